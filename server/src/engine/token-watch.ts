/** Looks for parts without their token before and after every INSERT, and so only into tables that have changed since they were sound. */
import {statSync} from 'node:fs';
import {type ListNames, names, pathsWithoutToken, tableDirectories} from './deduplication-log.ts';

export interface TokenWatch {
  /** Paths of the parts of all tables whose INSERT was never confirmed. */
  partsWithoutToken(): string[];
}

/**
 * Lists directories that seldom change, as those around tables and those of logs: what was found counts while the directory's time
 * stays the same. A system's look at a time costs a quarter of one at the names.
 */
export function createListing(now: () => number = Date.now): ListNames {
  const known = new Map<string, {readonly changed: number; readonly names: readonly string[]}>();
  return (directory) => {
    const changed = statSync(directory, {throwIfNoEntry: false})?.mtimeMs;
    const before = known.get(directory);
    if (before !== undefined && before.changed === changed) return before.names;
    known.delete(directory);
    if (changed === undefined) return [];
    const found = names(directory);
    if (known.size >= maxListed) known.clear();
    if (now() - changed > grainMs) known.set(directory, {changed, names: found});
    return found;
  };
}

/** Two for each table that is there, and those of tables that are gone. */
const maxListed = 1000;
/** A directory that changed later than this before a look may change once more without showing it: times of files have a grain. */
const grainMs = 100;

export function createTokenWatch(
  data: string,
  now: () => number = Date.now,
  list: ListNames = createListing(now),
): TokenWatch {
  /** Tables without such parts, by when their directory had changed last: no part has come since. */
  let sound = new Map<string, number>();
  return {
    partsWithoutToken() {
      const before = sound;
      sound = new Map();
      return tableDirectories(data, list).flatMap((directory) => {
        const changed = statSync(directory, {throwIfNoEntry: false})?.mtimeMs;
        if (changed === undefined) return [];
        const settled = now() - changed > grainMs;
        const found = before.get(directory) === changed ? [] : pathsWithoutToken(directory);
        if (found.length === 0 && settled) sound.set(directory, changed);
        return found;
      });
    },
  };
}
