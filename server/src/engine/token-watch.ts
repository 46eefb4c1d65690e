/** Looks for parts without their token before and after every INSERT, and so only into tables that have changed since they were sound. */
import {statSync} from 'node:fs';
import {pathsWithoutToken, tableDirectories} from './deduplication-log.ts';

export interface TokenWatch {
  /** Paths of the parts of all tables whose INSERT was never confirmed. */
  partsWithoutToken(): string[];
}

/** A directory that changed later than this before a look may change once more without showing it: times of files have a grain. */
const grainMs = 100;

export function createTokenWatch(data: string, now: () => number = Date.now): TokenWatch {
  /** Tables without such parts, by when their directory had changed last: no part has come since. */
  let sound = new Map<string, number>();
  return {
    partsWithoutToken() {
      const before = sound;
      sound = new Map();
      return tableDirectories(data).flatMap((directory) => {
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
