/** Looks at a segment whose blocks may be damaged: what is whole is inserted, what is not is set aside. */
import {type FileHandle, open} from 'node:fs/promises';
import {sliceBlock} from '../native/index.ts';
import {type Damage, type Layout, type Place, readLayout} from './frame.ts';
import {blocksFile, recordsFile, type Segment, setAside} from './segment.ts';

export interface CheckedSegment {
  /** The file to insert: the segment's own, or one of its whole blocks where some are damaged. */
  readonly file: string;
  readonly blocks: number;
  readonly rows: number;
  readonly damaged: readonly Damage[];
}

/**
 * Reads every byte, unless the segment is this process's own. Cuts off a write that was cut short, sets damaged blocks aside in
 * `rejectedDirectory`. Doing it again comes to the same.
 */
export async function checkSegment(segment: Segment, rejectedDirectory: string): Promise<CheckedSegment> {
  const file = blocksFile(segment);
  const {frames} = segment;
  if (frames !== undefined) return {file, blocks: frames.count, rows: frames.rows, damaged: []};
  return withLayout(segment, async ({intact, damaged, end}, blocks) => {
    const rows = sum(intact, 'rows');
    if (damaged.length === 0) {
      await blocks.truncate(end);
      return {file, blocks: intact.length, rows, damaged};
    }
    const bad = Buffer.concat(await Promise.all(damaged.map((place) => readBytes(blocks, place))));
    await setAside(rejectedDirectory, `${segment.token}.damaged`, bad, describe(damaged));
    const mended = `${segment.path}.mended`;
    await writeMended(mended, blocks, intact, sum(damaged, 'blocks'));
    return {file: mended, blocks: intact.length, rows, damaged};
  });
}

/**
 * The whole blocks, cut into as many as there were: ClickHouse makes the identity of an INSERT from its token and the number of
 * its blocks, and the segment may have gone in whole before it was damaged.
 */
async function writeMended(path: string, blocks: FileHandle, intact: readonly Place[], missing: number): Promise<void> {
  const output = await open(path, 'w', 0o600);
  let left = missing;
  try {
    for (const place of intact) {
      const block = await readBytes(blocks, place);
      const more = Math.min(left, place.rows - 1);
      left -= more;
      for (let row = 0; row < more; row++) await output.writeFile(sliceBlock(block, row, row + 1));
      await output.writeFile(more === 0 ? block : sliceBlock(block, more, place.rows));
    }
  } finally {
    await output.close();
  }
}

export const sum = <K extends string>(all: readonly Readonly<Record<K, number | undefined>>[], key: K): number =>
  all.reduce((total, each) => total + (each[key] ?? 0), 0);

const describe = (damaged: readonly Damage[]): string =>
  [
    'The spool read these bytes back otherwise than they were written. They were taken out of their segment, in this order:',
    ...damaged.map(
      ({offset, length, rows}) => `bytes ${offset} to ${offset + length}, ${rows === undefined ? 'some' : rows} rows`,
    ),
    'The last of them may be a write that a power cut interrupted, whose sender was never told that it is safe.',
  ].join('\n');

/** Calls `work` with what is whole of a segment and its open file. */
export async function withLayout<T>(
  segment: Segment,
  work: (layout: Layout, blocks: FileHandle) => Promise<T>,
): Promise<T> {
  const blocks = await open(blocksFile(segment), 'r+');
  try {
    const records = await openRecords(segment);
    if (records === undefined) {
      const {size} = await blocks.stat();
      const damaged = size === 0 ? [] : [{offset: 0, length: size, blocks: 1, rows: undefined}];
      return await work({intact: [], damaged, end: size}, blocks);
    }
    try {
      return await work(await readLayout(blocks, records), blocks);
    } finally {
      await records.close();
    }
  } finally {
    await blocks.close();
  }
}

async function openRecords(segment: Segment): Promise<FileHandle | undefined> {
  try {
    return await open(recordsFile(segment), 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export async function readBytes(file: FileHandle, {offset, length}: Pick<Place, 'offset' | 'length'>): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const {bytesRead} = await file.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}
