/** One file of a queue's log, and the file of its confirmations beside it. */
import {constants} from 'node:fs';
import {type FileHandle, open, readFile, unlink} from 'node:fs/promises';
import {join} from 'node:path';
import {ignoreAbsent} from '../base/index.ts';
import {
  checksumOf,
  confirmation,
  confirmationBytes,
  type FrameHeader,
  findMagic,
  frameHeader,
  headerBytes,
  readConfirmations,
  readHeader,
} from './queue-frame.ts';

export const recordsSuffix = '.records';
export const confirmedSuffix = '.confirmed';

/** A record's place: an opaque token for those who use the log. */
export interface LogRecord {
  readonly items: number;
  /** Of the payload. */
  readonly bytes: number;
  readonly segment: Segment;
  readonly number: number;
  readonly offset: number;
  readonly checksum: number;
}

export interface NewRecord {
  readonly parts: readonly Uint8Array[];
  readonly items: number;
}

/** A file that takes records in its first life and gives them back in any. */
export class Segment {
  /** Of the records' file. */
  bytes = 0;
  /** Records that nobody has confirmed, those that are being written included. */
  pending = 0;
  /** Nothing is appended to it any more. */
  sealed = false;
  readonly path: string;
  #next = 0;
  #file: Promise<FileHandle> | undefined;
  #confirmed: Promise<FileHandle> | undefined;
  #confirmedBytes = 0;

  private constructor(path: string) {
    this.path = path;
  }

  /** A new one, to append to. */
  static async create(directory: string, name: string): Promise<Segment> {
    const segment = new Segment(join(directory, name));
    segment.#file = open(segment.path + recordsSuffix, 'wx+', 0o600);
    await segment.#file;
    return segment;
  }

  /**
   * One that an earlier process left, with the records that nobody has confirmed. `damaged` are bytes that are no records: a
   * write that was cut short, which nobody was told of, or a disk that lost them.
   */
  static async left(
    directory: string,
    name: string,
  ): Promise<{segment: Segment; records: LogRecord[]; damaged: number}> {
    const segment = new Segment(join(directory, name));
    segment.sealed = true;
    const confirmed = await readFile(segment.path + confirmedSuffix).catch(emptyWhereAbsent);
    // A record that was cut short must not hide the next one: what follows it begins at a whole record's place.
    segment.#confirmedBytes = confirmed.length - (confirmed.length % confirmationBytes);
    const done = readConfirmations(confirmed);
    const file = await segment.#open();
    segment.bytes = (await file.stat()).size;
    const records: LogRecord[] = [];
    let damaged = 0;
    for await (const found of scan(file, segment.bytes)) {
      if (found.kind === 'damage') damaged += found.bytes;
      else if (!done.has(found.header.number)) {
        const {length, items, number, checksum} = found.header;
        records.push({segment, items, bytes: length, number, checksum, offset: found.offset});
      }
    }
    segment.pending = records.length;
    return {segment, records, damaged};
  }

  #open(): Promise<FileHandle> {
    return (this.#file ??= open(this.path + recordsSuffix, 'r'));
  }

  /** Resolves when the records are written, and with `fsync` on disk. After a failure nothing of them is kept: seal it then. */
  async append(records: readonly NewRecord[], fsync: boolean): Promise<LogRecord[]> {
    // Before anything is waited for: who confirms the last record meanwhile must not take the segment for done with.
    this.pending += records.length;
    try {
      return await this.#write(records, fsync);
    } catch (error) {
      this.pending -= records.length;
      throw error;
    }
  }

  async #write(records: readonly NewRecord[], fsync: boolean): Promise<LogRecord[]> {
    const file = await this.#open();
    const places: LogRecord[] = [];
    const parts: Uint8Array[] = [];
    let offset = this.bytes;
    let number = this.#next;
    for (const record of records) {
      const {items} = record;
      const length = record.parts.reduce((sum, part) => sum + part.length, 0);
      const checksum = checksumOf(record.parts);
      places.push({segment: this, items, bytes: length, number, offset: offset + headerBytes, checksum});
      parts.push(frameHeader({length, items, number, checksum}), ...record.parts);
      offset += headerBytes + length;
      number++;
    }
    try {
      await writeAll(file, parts, this.bytes);
      if (fsync) await file.datasync();
    } catch (error) {
      await file.truncate(this.bytes).catch(() => {}); // the caller makes another segment; a rest is found as unconfirmed
      throw error;
    }
    this.bytes = offset;
    this.#next = number;
    return places;
  }

  /** The payload; undefined where it is not what was written. */
  async read({offset, bytes, checksum}: LogRecord): Promise<Uint8Array | undefined> {
    const file = await this.#open();
    const payload = new Uint8Array(bytes);
    let done = 0;
    while (done < bytes) {
      const {bytesRead} = await file.read(payload, done, bytes - done, offset + done);
      if (bytesRead === 0) return undefined;
      done += bytesRead;
    }
    return checksumOf([payload]) === checksum ? payload : undefined;
  }

  /** Resolves when the confirmations would survive this process; a power cut may undo the latest. */
  async confirm(records: readonly LogRecord[]): Promise<void> {
    const file = await (this.#confirmed ??= open(
      this.path + confirmedSuffix,
      constants.O_RDWR | constants.O_CREAT,
      0o600,
    ));
    const bytes = Buffer.concat(records.map(({number}) => confirmation(number)));
    await writeAll(file, [bytes], this.#confirmedBytes);
    this.#confirmedBytes += bytes.length;
  }

  async close(): Promise<void> {
    const files = [this.#file, this.#confirmed];
    this.#file = this.#confirmed = undefined;
    for (const file of files) await file?.then((handle) => handle.close()).catch(() => {}); // what it held is safe already
  }

  /** All of it is confirmed: removes its files, the records first, since confirmations without records mean nothing. */
  async remove(): Promise<void> {
    await this.close();
    await unlink(this.path + recordsSuffix).catch(ignoreAbsent);
    await unlink(this.path + confirmedSuffix).catch(ignoreAbsent);
  }
}

type Found =
  | {readonly kind: 'record'; readonly header: FrameHeader; readonly offset: number}
  | {readonly kind: 'damage'; readonly bytes: number};

const windowBytes = 1 << 16;

/** The records of a file by their headers; payloads are passed over and judged when they are read. */
async function* scan(file: FileHandle, size: number): AsyncIterable<Found> {
  const window = Buffer.alloc(windowBytes);
  let start = 0;
  let filled = 0;
  /** The bytes from `at`, at least a header's where the file has them. */
  const view = async (at: number, atLeast: number): Promise<Buffer> => {
    if (at < start || at + Math.min(atLeast, size - at) > start + filled) {
      start = at;
      filled = (await file.read(window, 0, windowBytes, at)).bytesRead;
    }
    return window.subarray(at - start, filled);
  };
  let at = 0;
  while (at < size) {
    const header = readHeader(await view(at, headerBytes), 0);
    if (header !== undefined && at + headerBytes + header.length <= size) {
      yield {kind: 'record', header, offset: at + headerBytes};
      at += headerBytes + header.length;
      continue;
    }
    const from = at++;
    // Until a header that is whole; the magic number alone may stand in any payload.
    for (; at < size; at++) {
      const bytes = await view(at, headerBytes);
      const next = findMagic(bytes, 0);
      if (next < 0) at += Math.max(0, bytes.length - 4);
      else {
        at += next;
        if (readHeader(await view(at, headerBytes), 0) !== undefined) break;
      }
    }
    at = Math.min(at, size);
    yield {kind: 'damage', bytes: at - from};
  }
}

async function writeAll(file: FileHandle, parts: readonly Uint8Array[], position: number): Promise<void> {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  // The system takes 1,024 pieces at once.
  const {bytesWritten} = await file.writev(parts.length <= 1024 ? parts : [Buffer.concat(parts, total)], position);
  if (bytesWritten === total) return;
  // Rare: a disk that is nearly full.
  const rest = Buffer.concat(parts, total).subarray(bytesWritten);
  for (let done = 0; done < rest.length; ) {
    done += (await file.write(rest, done, rest.length - done, position + bytesWritten + done)).bytesWritten;
  }
}

function emptyWhereAbsent(error: NodeJS.ErrnoException): Buffer {
  if (error.code === 'ENOENT') return Buffer.alloc(0);
  throw error;
}
