/**
 * The files of the last segments that are done with, so that what is asked for most can be read where it lies in the system's cache.
 * Nothing depends on them: they go after a while, when they take too much room, when the disk is full, and at the next start.
 */
import {mkdir, readdir, rename, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {blocksFile, recentFolder, removeSegment, type Segment} from './segment.ts';

export interface RecentSegments {
  /** Instead of removing it. */
  keep(segment: Pick<Segment, 'path' | 'token' | 'bytes'>): Promise<void>;
  clear(): void;
  stop(): void;
}

export interface RecentOptions {
  readonly directory: string;
  readonly limitBytes: number;
  /** Of these the files are gone. */
  readonly onGone: (tokens: readonly string[]) => void;
  /** Default 15 minutes: what retention removes must not be found for long. */
  readonly maxAgeMs?: number;
}

/** What a small file takes on the disk at least. */
const leastBytes = 4096;
const maxFiles = 4096;

/** Where the blocks of a segment lie at last, and until its sums are made. */
export const filesOf = (segment: Pick<Segment, 'path'>): readonly [recent: string, first: string] => {
  const first = blocksFile(segment);
  return [join(dirname(first), recentFolder, basename(first)), first];
};

/** Removes what an earlier process left: nobody knows any more what is in there. */
export async function createRecentSegments(options: RecentOptions): Promise<RecentSegments> {
  const {limitBytes, onGone, maxAgeMs = 900_000} = options;
  const directory = join(options.directory, recentFolder);
  await mkdir(directory, {recursive: true, mode: 0o700});
  for (const name of await readdir(directory)) await rm(join(directory, name), {force: true, recursive: true});
  /** By token, oldest first. */
  const files = new Map<string, {readonly file: string; readonly bytes: number; readonly until: number}>();
  let bytes = 0;

  const drop = (tokens: readonly string[]): void => {
    if (tokens.length === 0) return;
    for (const token of tokens) {
      const known = files.get(token);
      if (known === undefined) continue;
      files.delete(token);
      bytes -= known.bytes;
      rm(known.file, {force: true}).catch(() => {}); // the next start tries again
    }
    onGone(tokens);
  };

  const prune = (): void => {
    const tokens: string[] = [];
    let [left, count] = [bytes, files.size];
    for (const [token, {bytes, until}] of files) {
      if (left <= limitBytes && count <= maxFiles && until > performance.now()) break;
      tokens.push(token);
      left -= bytes;
      count--;
    }
    drop(tokens);
  };
  const timer = setInterval(prune, maxAgeMs / 15).unref();

  return {
    async keep(segment) {
      const [file, first] = filesOf(segment);
      try {
        await rename(first, file);
      } catch {
        // Somebody may have removed the directory: then the next segment finds it again.
        await mkdir(directory, {recursive: true, mode: 0o700}).catch(() => {});
        await removeSegment(segment);
        onGone([segment.token]);
        return;
      }
      await removeSegment(segment);
      const size = Math.max(leastBytes, segment.bytes);
      files.set(segment.token, {file, bytes: size, until: performance.now() + maxAgeMs});
      bytes += size;
      prune();
    },
    clear: () => drop([...files.keys()]),
    stop() {
      clearInterval(timer);
      drop([...files.keys()]);
    },
  };
}
