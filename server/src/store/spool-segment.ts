/** One file of the spool, from its first frame to its end: it becomes exactly one INSERT, whose token is its name. */
import {randomBytes} from 'node:crypto';
import {type FileHandle, open, readdir, rename, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {type Frame, frameHeader, frameHeaderBytes, readBlock, readFrames} from './spool-frame.ts';

const suffix = '.spool';

/** Sealed: never written again. What it holds is fixed before its INSERT is tried, and so the same at every trial. */
export interface Segment {
  readonly table: string;
  readonly path: string;
  /** The INSERT's deduplication token: no other segment ever has it. */
  readonly token: string;
  readonly bytes: number;
  /** Unknown for one that an earlier process left until it has been read. */
  readonly frames: readonly Frame[] | undefined;
}

export interface NewFrame {
  readonly block: Uint8Array;
  readonly rows: number;
}

/** The segment that a table's blocks go to at the moment. */
export class OpenSegment {
  readonly table: string;
  readonly path: string;
  readonly openedAt: number;
  bytes = 0;
  rows = 0;
  readonly #frames: Frame[] = [];
  readonly #file: FileHandle;
  readonly #directory: string;

  private constructor(table: string, path: string, file: FileHandle, directory: string, now: number) {
    this.table = table;
    this.path = path;
    this.#file = file;
    this.#directory = directory;
    this.openedAt = now;
  }

  static async create(directory: string, table: string, now: number): Promise<OpenSegment> {
    const name = `${table}.${String(now).padStart(15, '0')}-${randomBytes(8).toString('hex')}${suffix}`;
    const path = join(directory, name);
    return new OpenSegment(table, path, await open(path, 'wx', 0o600), directory, now);
  }

  /** Resolves when the frames would survive a power cut. After a failure the segment takes no more: seal it. */
  async append(frames: readonly NewFrame[]): Promise<void> {
    const parts: Uint8Array[] = [];
    const added: Frame[] = [];
    let at = this.bytes;
    for (const {block, rows} of frames) {
      parts.push(frameHeader(block, rows), block);
      added.push({offset: at + frameHeaderBytes, length: block.length, rows});
      at += frameHeaderBytes + block.length;
    }
    try {
      await writeAll(this.#file, parts, this.bytes);
      // The first time its name has to be safe too.
      await Promise.all([this.#file.datasync(), this.bytes === 0 ? syncDirectory(this.#directory) : undefined]);
    } catch (error) {
      // Nobody was told that these are safe; a replay should not bring them.
      await this.#file.truncate(this.bytes).catch(() => {}); // a replay may then bring them, which does no harm
      throw error;
    }
    this.#frames.push(...added);
    for (const {rows} of frames) this.rows += rows;
    this.bytes = at;
  }

  seal(): Segment {
    this.#file.close().catch(() => {}); // what it held is safe already
    const {table, path, bytes} = this;
    return {table, path, token: tokenOf(path), bytes, frames: this.#frames};
  }
}

async function writeAll(file: FileHandle, parts: readonly Uint8Array[], position: number): Promise<void> {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const {bytesWritten} = await file.writev(parts, position);
  if (bytesWritten === total) return;
  // Rare: a disk that is nearly full, or more than the system takes at once.
  const rest = Buffer.concat(parts, total).subarray(bytesWritten);
  for (let done = 0; done < rest.length; ) {
    const step = await file.write(rest, done, rest.length - done, position + bytesWritten + done);
    done += step.bytesWritten;
  }
}

/** Blocks of a sealed segment, one after another: the body of its INSERT. */
export async function* segmentBlocks(file: FileHandle, frames: readonly Frame[]): AsyncGenerator<Uint8Array> {
  for (const frame of frames) yield await readBlock(file, frame);
}

/** What an earlier process left in the directory, oldest first. */
export async function leftSegments(directory: string): Promise<Segment[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(suffix));
  const order = (name: string): string => name.slice(name.indexOf('.'));
  const sorted = names.sort((a, b) => (order(a) < order(b) ? -1 : 1));
  return Promise.all(
    sorted.map(async (name) => {
      const path = join(directory, name);
      const table = name.slice(0, name.indexOf('.'));
      return {table, path, token: tokenOf(path), bytes: (await stat(path)).size, frames: undefined};
    }),
  );
}

/** Its frames where they are not known yet; opens the file for reading. The caller closes it. */
export async function openSegment(segment: Segment): Promise<{file: FileHandle; frames: readonly Frame[]}> {
  const file = await open(segment.path, 'r');
  try {
    return {file, frames: segment.frames ?? (await readFrames(file))};
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The engine has it. Should a power cut undo this, the replay's token makes it harmless. */
export const removeSegment = (segment: Segment): Promise<void> => rm(segment.path, {force: true});

/** Puts it aside with the reason beside it: somebody may mend it and move it back. */
export async function rejectSegment(segment: Segment, directory: string, reason: string): Promise<void> {
  const name = segment.path.slice(segment.path.lastIndexOf('/') + 1);
  await writeFile(join(directory, `${name}.error.txt`), `${reason}\n`);
  await rename(segment.path, join(directory, name));
  await syncDirectory(directory);
}

export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const tokenOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1, -suffix.length);
