/** One segment of the spool, from its first block to its end: it becomes exactly one INSERT, whose token is its name. */
import {randomBytes} from 'node:crypto';
import {type FileHandle, open, readdir, rename, rm, stat, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {checkFrames, type Frames, frameRecord, type NewFrame, recordBytes} from './frame.ts';

const blocksSuffix = '.native';
const recordsSuffix = '.frames';

/** Sealed: never written again. What it holds is fixed before its INSERT is tried, and so the same at every trial. */
export interface Segment {
  readonly table: string;
  /** Of the file of blocks, without its suffix. */
  readonly path: string;
  /** The INSERT's deduplication token: no other segment ever has it. */
  readonly token: string;
  readonly bytes: number;
  /** Unknown until `checkSegment` has looked, for one that an earlier process left or whose last write failed. */
  readonly frames: Frames | undefined;
}

export const blocksFile = (segment: Pick<Segment, 'path'>): string => segment.path + blocksSuffix;

/** The segment that a table's blocks go to at the moment. */
export class OpenSegment {
  readonly table: string;
  readonly path: string;
  bytes = 0;
  rows = 0;
  #count = 0;
  #sound = true;
  readonly #blocks: FileHandle;
  readonly #records: FileHandle;
  readonly #directory: string;

  private constructor(table: string, path: string, blocks: FileHandle, records: FileHandle, directory: string) {
    this.table = table;
    this.path = path;
    this.#blocks = blocks;
    this.#records = records;
    this.#directory = directory;
  }

  static async create(directory: string, table: string, now: number): Promise<OpenSegment> {
    const path = join(directory, `${table}.${String(now).padStart(15, '0')}-${randomBytes(8).toString('hex')}`);
    const blocks = await open(path + blocksSuffix, 'wx', 0o600);
    try {
      return new OpenSegment(table, path, blocks, await open(path + recordsSuffix, 'wx', 0o600), directory);
    } catch (error) {
      await blocks.close();
      await rm(path + blocksSuffix, {force: true});
      throw error;
    }
  }

  get empty(): boolean {
    return this.#count === 0;
  }

  /**
   * Resolves when the blocks would survive a power cut. After a failure nothing of them is kept, since their senders send them
   * again, and the segment takes no more: seal it, or discard it where it is empty.
   */
  async append(frames: readonly NewFrame[]): Promise<void> {
    const written = await Promise.allSettled([
      write(
        this.#blocks,
        frames.map(({block}) => block),
        this.bytes,
      ),
      write(this.#records, frames.map(frameRecord), this.#count * recordBytes),
      // The first time their names have to be safe too.
      this.#count === 0 ? syncDirectory(this.#directory) : undefined,
    ]);
    const failure = written.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined) {
      this.#sound = await this.#cutBack();
      throw failure.reason;
    }
    this.#count += frames.length;
    for (const {block, rows} of frames) {
      this.bytes += block.length;
      this.rows += rows;
    }
  }

  /** To what was acknowledged. Whether that worked, as it does on a disk that is merely full. */
  async #cutBack(): Promise<boolean> {
    try {
      await this.#records.truncate(this.#count * recordBytes);
      await this.#blocks.truncate(this.bytes);
      await this.#records.datasync();
      return true;
    } catch {
      return false;
    }
  }

  /** Removes its files. */
  async discard(): Promise<void> {
    this.#close();
    await removeSegment(this);
  }

  #close(): void {
    for (const file of [this.#blocks, this.#records]) file.close().catch(() => {}); // what it held is safe already
  }

  seal(): Segment {
    this.#close();
    const {table, path, bytes, rows} = this;
    return {
      table,
      path,
      token: basename(path),
      bytes,
      frames: this.#sound ? {count: this.#count, rows, bytes} : undefined,
    };
  }
}

async function write(file: FileHandle, parts: readonly Uint8Array[], position: number): Promise<void> {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const {bytesWritten} = await file.writev(parts, position);
  if (bytesWritten < total) {
    // Rare: a disk that is nearly full, or more than the system takes at once.
    const rest = Buffer.concat(parts, total).subarray(bytesWritten);
    for (let done = 0; done < rest.length; ) {
      done += (await file.write(rest, done, rest.length - done, position + bytesWritten + done)).bytesWritten;
    }
  }
  await file.datasync();
}

/** What an earlier process left in the directory, oldest first. */
export async function leftSegments(directory: string): Promise<Segment[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(blocksSuffix));
  const paths = names.map((name) => join(directory, name.slice(0, -blocksSuffix.length)));
  const age = (path: string): string => path.slice(path.lastIndexOf('.'));
  return Promise.all(
    paths
      .sort((a, b) => (age(a) < age(b) ? -1 : 1))
      .map(async (path) => {
        const token = basename(path);
        const table = token.slice(0, token.indexOf('.'));
        return {table, path, token, bytes: (await stat(path + blocksSuffix)).size, frames: undefined};
      }),
  );
}

/** What of it is whole; the rest, which was never acknowledged, is cut off. Does nothing where that is known. */
export async function checkSegment(segment: Segment): Promise<Frames> {
  if (segment.frames) return segment.frames;
  const blocks = await open(segment.path + blocksSuffix, 'r+');
  try {
    // Without this file nothing was acknowledged: it is made before the first block is written.
    const records = await open(segment.path + recordsSuffix, 'a+', 0o600);
    try {
      const frames = await checkFrames(blocks, records);
      await blocks.truncate(frames.bytes);
      return frames;
    } finally {
      await records.close();
    }
  } finally {
    await blocks.close();
  }
}

/** The engine has it. Should a power cut undo this, the replay's token makes it harmless. */
export async function removeSegment({path}: Pick<Segment, 'path'>): Promise<void> {
  await rm(path + blocksSuffix, {force: true});
  await rm(path + recordsSuffix, {force: true});
}

/** Puts it aside with the reason beside it: somebody may mend it and move it back. */
export async function rejectSegment({path, token}: Segment, directory: string, reason: string): Promise<void> {
  await writeFile(join(directory, `${token}.error.txt`), `${reason}\n`);
  await rename(path + recordsSuffix, join(directory, token + recordsSuffix));
  await rename(path + blocksSuffix, join(directory, token + blocksSuffix));
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
