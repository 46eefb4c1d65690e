/** One segment of the spool, from its first block to its end: it becomes exactly one INSERT, whose token is its name. */
import {randomBytes} from 'node:crypto';
import {type FileHandle, open, readdir, rename, rm, stat, unlink, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {crc32} from 'node:zlib';
import {ignoreAbsent, lockFile, syncDirectory} from '../base/index.ts';
import {type Frames, frameRecord, type NewFrame, recordBytes} from './frame.ts';

const blocksSuffix = '.native';
const recordsSuffix = '.frames';

/** Sealed: never written again. Its contents are fixed before its INSERT is tried, and so the same at every trial. */
export interface Segment {
  readonly table: string;
  /** Of the file of blocks, without its suffix. */
  readonly path: string;
  /** The INSERT's deduplication token: no other segment ever has it. */
  readonly token: string;
  readonly bytes: number;
  /** Unknown for one that an earlier process left or whose last write failed: `checkSegment` has to look. */
  readonly frames: Frames | undefined;
}

export const blocksFile = (segment: Pick<Segment, 'path'>): string => segment.path + blocksSuffix;
export const recordsFile = (segment: Pick<Segment, 'path'>): string => segment.path + recordsSuffix;

/** The segment that a table's blocks go to at the moment. */
export class OpenSegment {
  readonly table: string;
  readonly path: string;
  bytes = 0;
  rows = 0;
  readonly #checksums: number[] = [];
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
    return this.#checksums.length === 0;
  }

  /**
   * Resolves when the blocks would survive a power cut. After a failure nothing of them is kept, since their senders send them
   * again, and the segment takes no more: seal it, or discard it where it is empty.
   */
  async append(frames: readonly NewFrame[]): Promise<void> {
    const count = this.#checksums.length;
    const checksums = frames.map(({block}) => crc32(block));
    const records = frames.map((frame, i) => frameRecord(frame, checksums[i]));
    const written = await Promise.allSettled([
      write(
        this.#blocks,
        frames.map(({block}) => block),
        this.bytes,
      ),
      write(this.#records, records, count * recordBytes),
      // The first time their names have to be safe too.
      count === 0 ? syncDirectory(this.#directory) : undefined,
    ]);
    const failure = written.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined) {
      this.#sound = await this.#cutBack();
      throw failure.reason;
    }
    this.#checksums.push(...checksums);
    for (const {block, rows} of frames) {
      this.bytes += block.length;
      this.rows += rows;
    }
  }

  /** To what was acknowledged. Whether that worked, as it does on a disk that is merely full. */
  async #cutBack(): Promise<boolean> {
    try {
      await this.#records.truncate(this.#checksums.length * recordBytes);
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
      frames: this.#sound ? {count: this.#checksums.length, rows, bytes, checksums: this.#checksums} : undefined,
    };
  }
}

/** A segment of one block under a name that its caller has chosen, on disk but for its name. Doing it again writes the same. */
export async function writeSegment(directory: string, token: string, frame: NewFrame): Promise<Segment> {
  const path = join(directory, token);
  const [table] = token.split('.') as [string];
  const checksum = crc32(frame.block);
  const record = frameRecord(frame, checksum);
  await writeFile(path + recordsSuffix, record, {mode: 0o600, flush: true});
  await writeFile(path + blocksSuffix, frame.block, {mode: 0o600, flush: true});
  const {rows, block} = frame;
  return {
    table,
    path,
    token,
    bytes: block.length,
    frames: {count: 1, rows, bytes: block.length, checksums: [checksum]},
  };
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

/** Everything that Weft may have beside a segment's blocks, by its suffix. */
const companions = [recordsSuffix, '.mended', '.pieces', '.pieces.new', '.piece'];

export interface LeftSegments {
  /** Oldest first. */
  readonly segments: readonly Segment[];
  /** Entries of the directory that are none of Weft's: left alone. */
  readonly foreign: readonly string[];
}

/** Looks through the directory that an earlier process left, and removes what belongs to no segment any more. */
export async function leftSegments(directory: string): Promise<LeftSegments> {
  const entries = await readdir(directory, {withFileTypes: true});
  const segments: Segment[] = [];
  const foreign: string[] = [];
  const names = new Set(entries.filter((entry) => entry.isFile()).map(({name}) => name));
  for (const {name} of entries) {
    const [, token, table, suffix] = segmentFile.exec(name) ?? [];
    if (token === undefined || table === undefined || !names.has(name)) {
      if (!ownNames.has(name)) foreign.push(name);
    } else if (suffix === blocksSuffix) {
      const path = join(directory, token);
      segments.push({table, path, token, bytes: (await stat(path + blocksSuffix)).size, frames: undefined});
    } else if (!names.has(token + blocksSuffix)) await rm(join(directory, name)); // its removal was cut short
  }
  const age = ({token, table}: Segment): string => token.slice(table.length);
  return {segments: segments.sort((a, b) => (age(a) < age(b) ? -1 : 1)), foreign};
}

/** `spans.000001766000000-0123456789abcdef.native`, and what may stand beside it. */
const segmentFile = new RegExp(`^(([a-z][a-z0-9_]*)\\.\\d+-[0-9a-f]+)(${[blocksSuffix, ...companions].join('|')})$`);
export const rejectedFolder = 'rejected';
/** Of files that are kept for readers, see `recent.ts`. */
export const recentFolder = 'recent';
const ownNames: ReadonlySet<string> = new Set([lockFile, rejectedFolder, recentFolder]);

/** The engine has it. Should a power cut undo this, the replay's token makes it harmless. */
export async function removeSegment({path}: Pick<Segment, 'path'>): Promise<void> {
  await removeFile(path + blocksSuffix);
  await Promise.all(companions.map((suffix) => removeFile(path + suffix)));
}

/** Cheaper than `rm`, which first looks, on this thread, whether it is a directory. */
const removeFile = (path: string): Promise<void> => unlink(path).catch(ignoreAbsent);

/** Puts it aside with the reason beside it: somebody may mend it and move it back. */
export async function rejectSegment(segment: Segment, directory: string, reason: string): Promise<void> {
  const {path, token} = segment;
  await writeReason(directory, token, reason);
  await rename(path + recordsSuffix, join(directory, token + recordsSuffix)).catch(ignoreAbsent);
  await rename(path + blocksSuffix, join(directory, token + blocksSuffix));
  await removeSegment(segment);
  await syncDirectory(directory);
}

/** Puts blocks aside that are no segment's any more. Doing it again writes the same files. */
export async function setAside(directory: string, name: string, blocks: Uint8Array, reason: string): Promise<void> {
  await writeFile(join(directory, `${name}.native`), blocks, {mode: 0o600, flush: true});
  await writeReason(directory, name, reason);
  await syncDirectory(directory);
}

async function writeReason(directory: string, name: string, reason: string): Promise<void> {
  await writeFile(join(directory, `${name}.error.txt`), `${reason}\n`, {mode: 0o600});
}
