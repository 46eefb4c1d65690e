/** Spans in the order in which they are answered: by start, and of equal starts by id. */
import {
  type FixedValues,
  fixedColumn,
  gatherRows,
  type NativeBlock,
  type RowList,
  readBlocks,
} from '../native/index.ts';
import type {Budget} from '../query/index.ts';
import type {Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';

/** Spans that are put in order here. ORDER BY costs ClickHouse a millisecond or two before the first row, and little for any other. */
const maxOrdered = 1000;

/**
 * The earliest `maxSpans` spans, in order: what is selected must have `start_time` and `span_id`. The caller counts the rows. `columns` is
 * the list after SELECT.
 */
export async function readInOrder(
  queries: Queries,
  columns: string,
  where: Where,
  {maxSpans, budget}: {readonly maxSpans: number; readonly budget: Budget},
): Promise<readonly NativeBlock[]> {
  const read = async (rest: string, settings = {}): Promise<readonly NativeBlock[]> => {
    // PREWHERE as ClickHouse would make it of WHERE, without its looking for one.
    const sql = `SELECT ${columns} FROM spans_11 PREWHERE ${where.sql} ${rest}`;
    return [...readBlocks(await queries.native({sql, parameters: where.parameters, budget, settings}))];
  };
  const most = Math.min(maxSpans, maxOrdered);
  // A second thread has nothing to do that is worth its start.
  const blocks = await read(`LIMIT ${most + 1}`, {max_threads: 1});
  const count = blocks.reduce((sum, {rows}) => sum + rows, 0);
  return count <= most ? inOrder(blocks) : read(`ORDER BY start_time, span_id LIMIT ${maxSpans}`);
}

interface Row {
  readonly block: number;
  readonly row: number;
  readonly start: bigint;
}

/** The same rows in order. */
function inOrder(blocks: readonly NativeBlock[]): readonly NativeBlock[] {
  const order = orderOfSpans(blocks);
  return isAsTheyLie(order) ? blocks : [gatherRows(blocks, order)];
}

const isAsTheyLie = ({blocks, rows}: RowList): boolean =>
  rows.every((row, i) => (i > 0 && blocks[i] === blocks[i - 1] ? row === (rows[i - 1] as number) + 1 : row === 0)) &&
  blocks.every((block, i) => i === 0 || block >= (blocks[i - 1] as number));

/** Of all rows of these blocks. */
export function orderOfSpans(blocks: readonly NativeBlock[]): RowList {
  const ids = blocks.map((block) => fixedColumn(block, 'span_id'));
  const list: Row[] = [];
  for (const [number, block] of blocks.entries()) {
    const {bytes, at} = fixedColumn(block, 'start_time');
    for (let row = 0; row < block.rows; row++)
      list.push({block: number, row, start: bytes.readBigInt64LE(at + 8 * row)});
  }
  list.sort((a, b) => compare(ids, a, b));
  return {blocks: Uint32Array.from(list, ({block}) => block), rows: Uint32Array.from(list, ({row}) => row)};
}

function compare(ids: readonly FixedValues[], a: Row, b: Row): number {
  if (a.start !== b.start) return a.start < b.start ? -1 : 1;
  const [left, right] = [ids[a.block] as FixedValues, ids[b.block] as FixedValues];
  const [from, to] = [left.at + 8 * a.row, right.at + 8 * b.row];
  return left.bytes.compare(right.bytes, to, to + 8, from, from + 8);
}
