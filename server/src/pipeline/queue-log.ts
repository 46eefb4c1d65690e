/**
 * An append log on disk for what must survive this process until it has been dealt with: segments of records, and beside each
 * the confirmations of its records. Records that arrive while a sync is under way share the next one. A segment whose records are
 * all confirmed is removed, so the log takes little more room than what waits in it.
 *
 * After `kill -9` every record whose `append` had resolved is there, but those whose `confirm` had resolved. A power cut loses
 * nothing either with `fsync`; it may bring back records that were confirmed in the last moments.
 */
import {mkdir, readdir, unlink} from 'node:fs/promises';
import {join} from 'node:path';
import {RetryableError, syncDirectory} from '../base/index.ts';
import {confirmedSuffix, type LogRecord, type NewRecord, recordsSuffix, Segment} from './queue-segment.ts';

export type {LogRecord} from './queue-segment.ts';

export interface QueueLog {
  /** What earlier processes left and nobody confirmed, oldest first. */
  readonly left: readonly LogRecord[];
  /** Bytes of earlier processes' files that are no records: a write cut short, or damage. */
  readonly damagedBytes: number;
  /** Bytes of all its files of records. */
  readonly bytes: number;
  /**
   * Resolves when the record is safe. `parts` are its payload, one after another; they must not change until then. Rejects with
   * RetryableError where it cannot be written; nothing of it is kept then.
   */
  append(parts: readonly Uint8Array[], items: number): Promise<LogRecord>;
  /** Undefined where the disk does not hold any more what was written. */
  read(record: LogRecord): Promise<Uint8Array | undefined>;
  /** The record has been dealt with. Resolves when the next process will know; records of a moment share one write. */
  confirm(record: LogRecord): Promise<void>;
  /** Waits for what is being written. */
  close(): Promise<void>;
}

export interface QueueLogOptions {
  /** Its own alone; it is made where it lacks. */
  readonly directory: string;
  /** Whether `append` waits until the disk has the record; else it waits for the system only, which a power cut takes along. */
  readonly fsync: boolean;
  /** A segment is closed at this size. */
  readonly segmentBytes?: number;
}

export async function openQueueLog({directory, fsync, segmentBytes = 16 << 20}: QueueLogOptions): Promise<QueueLog> {
  await mkdir(directory, {recursive: true, mode: 0o700});
  const {names, left, damagedBytes, segments} = await readLeft(directory);
  let nextName = names.reduce((most, name) => Math.max(most, Number(name) + 1), 1);
  let current: Segment | undefined;
  let closed = false;

  const open = async (): Promise<Segment> => {
    const segment = await Segment.create(directory, String(nextName++).padStart(12, '0'));
    segments.add(segment);
    if (fsync) await syncDirectory(directory);
    return segment;
  };
  const removeIfDone = async (segment: Segment): Promise<void> => {
    if (segment.pending > 0) return;
    // A queue that empties gives its room back although nothing more comes to fill the segment.
    if (segment === current && segment.bytes >= segmentBytes / 4) retire();
    if (!segment.sealed || !segments.delete(segment)) return;
    await segment.remove();
  };
  const retire = (): void => {
    if (current !== undefined) current.sealed = true;
    current = undefined;
  };

  const writeRecords = grouped<NewRecord, LogRecord>(async (records) => {
    if (current !== undefined && current.bytes >= segmentBytes) {
      const full = current;
      retire();
      await removeIfDone(full);
    }
    try {
      current ??= await open();
      return await current.append(records, fsync);
    } catch (error) {
      const failed = current;
      retire();
      if (failed !== undefined) await removeIfDone(failed).catch(() => {}); // found again, and empty, at the next start
      const message = `the queue cannot be written to ${directory}: ${(error as Error).message}`;
      throw new RetryableError('storage', message, 1000, {cause: error});
    }
  });
  const writeConfirmations = grouped<LogRecord, void>(async (records) => {
    for (const [segment, ofSegment] of Map.groupBy(records, (record) => record.segment)) {
      segment.pending -= ofSegment.length;
      // The last ones of a segment are confirmed by its end.
      if (segment.pending > 0 || !segment.sealed) await segment.confirm(ofSegment);
      await removeIfDone(segment);
    }
    return records.map(() => undefined);
  });
  return {
    left,
    damagedBytes,
    get bytes() {
      let sum = 0;
      for (const segment of segments) sum += segment.bytes;
      return sum;
    },
    append: (parts, items) =>
      closed ? Promise.reject(new RetryableError('stopping', 'the queue is closed')) : writeRecords.add({parts, items}),
    read: (record) => record.segment.read(record),
    confirm: (record) => writeConfirmations.add(record),
    async close() {
      closed = true;
      await writeRecords.idle();
      await writeConfirmations.idle();
      retire();
      for (const segment of [...segments]) {
        await segment.close();
        await removeIfDone(segment);
      }
    },
  };
}

const namePattern = new RegExp(`^(\\d{12})(\\${recordsSuffix}|\\${confirmedSuffix})$`);

async function readLeft(directory: string) {
  const entries = await readdir(directory);
  const names = new Set<string>();
  for (const entry of entries.toSorted()) {
    const [, name, suffix] = namePattern.exec(entry) ?? [];
    if (name === undefined) continue;
    if (suffix === recordsSuffix) names.add(name);
    // The removal of its segment was cut short.
    else if (!entries.includes(name + recordsSuffix)) await unlink(join(directory, entry));
  }
  const segments = new Set<Segment>();
  const left: LogRecord[] = [];
  let damagedBytes = 0;
  for (const name of names) {
    const {segment, records, damaged} = await Segment.left(directory, name);
    damagedBytes += damaged;
    if (records.length === 0) await segment.remove();
    else {
      await segment.close();
      segments.add(segment);
      for (const record of records) left.push(record);
    }
  }
  return {names: [...names], segments, left, damagedBytes};
}

/** Does what was asked for while the last work was under way in one go; each asker gets its own result, or the error of all. */
function grouped<A, R>(work: (asked: readonly A[]) => Promise<readonly R[]>) {
  let waiting: {readonly asked: A; resolve(result: R): void; reject(error: unknown): void}[] = [];
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    // So that everything of this turn goes together.
    await Promise.resolve();
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      try {
        const results = await work(group.map(({asked}) => asked));
        for (const [index, {resolve}] of group.entries()) resolve(results[index] as R);
      } catch (error) {
        for (const {reject} of group) reject(error);
      }
    }
    running = undefined;
  };
  return {
    add: (asked: A): Promise<R> =>
      new Promise((resolve, reject) => {
        waiting.push({asked, resolve, reject});
        running ??= run();
      }),
    async idle(): Promise<void> {
      await running;
    },
  };
}
