/**
 * A segment that ClickHouse has no memory for goes in pieces: ranges of its rows, each an INSERT with a token of its own. Which
 * pieces there are is on disk before the first is tried, so that a process that comes after this one tries the same: were the
 * segment tried as a whole again, what its pieces have brought in would come twice.
 */
import {open, readFile, rename, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {syncDirectory} from '../base/index.ts';
import {sliceBlock} from '../native/index.ts';
import type {Segment} from './segment.ts';
import {readBytes, withLayout} from './segment-check.ts';

/** Rows `from` to `to`, exclusive, as the segment's records count them. */
export interface Piece {
  readonly from: number;
  readonly to: number;
}

export const pieceToken = ({token}: Segment, {from, to}: Piece): string => `${token}.${from}-${to}`;
const planFile = ({path}: Segment): string => `${path}.pieces`;

/** Undefined where the segment goes as a whole. */
export async function loadPieces(segment: Segment): Promise<readonly Piece[] | undefined> {
  try {
    return JSON.parse(await readFile(planFile(segment), 'utf8')) as Piece[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** On disk when it resolves, in one step. */
export async function savePieces(segment: Segment, pieces: readonly Piece[]): Promise<void> {
  const scratch = `${planFile(segment)}.new`;
  await writeFile(scratch, JSON.stringify(pieces), {mode: 0o600, flush: true});
  await rename(scratch, planFile(segment));
  await syncDirectory(dirname(segment.path));
}

/** All rows of the segment. */
export async function wholePiece(segment: Segment): Promise<Piece> {
  return withLayout(segment, async ({intact}) => {
    const last = intact.at(-1);
    return {from: 0, to: last === undefined ? 0 : last.firstRow + last.rows};
  });
}

export function halves({from, to}: Piece): [Piece, Piece] {
  const middle = Math.floor((from + to) / 2);
  return [
    {from, to: middle},
    {from: middle, to},
  ];
}

/** Writes the whole blocks and parts of blocks that are a piece into a file and returns its path and its rows. */
export async function writePiece(segment: Segment, {from, to}: Piece): Promise<{file: string; rows: number}> {
  const file = `${segment.path}.piece`;
  return withLayout(segment, async ({intact}, blocks) => {
    const output = await open(file, 'w', 0o600);
    let rows = 0;
    try {
      for (const place of intact) {
        const first = Math.max(from, place.firstRow) - place.firstRow;
        const last = Math.min(to, place.firstRow + place.rows) - place.firstRow;
        if (first >= last) continue;
        const block = await readBytes(blocks, place);
        await output.writeFile(last - first === place.rows ? block : sliceBlock(block, first, last));
        rows += last - first;
      }
    } finally {
      await output.close();
    }
    return {file, rows};
  });
}
