/** Whole traces, and single spans of them. */
import {type SpanId, type TenantId, type TraceId, toHex} from '../base/index.ts';
import type {SpanBatch} from '../model/index.ts';
import {arrayColumn, fixedColumn, gatherRows, type NativeBlock, readBlocks} from '../native/index.ts';
import type {Budget, SpanStarts} from '../query/index.ts';
import type {Where} from './read-conditions.ts';
import {withoutCopies} from './read-copies.ts';
import {hasLinks} from './read-links.ts';
import {findPlaces, readFiles, whereTraces} from './read-places.ts';
import type {Queries} from './read-query.ts';
import {spanBatchOf, spanColumnsSql, unlinkedColumnsSql} from './read-spans.ts';
import {readInOrder} from './span-order.ts';

interface ReadTracesOptions {
  readonly maxSpans: number;
  readonly copies: boolean;
  readonly starts: SpanStarts | undefined;
  readonly budget: Budget;
}

/**
 * Every span of the traces, ordered by start time: the earliest `maxSpans` of them, without copies unless they are wanted.
 * Undefined where there is none.
 */
export async function readTraces(
  queries: Queries,
  tenant: TenantId,
  ids: readonly TraceId[],
  {maxSpans, copies, starts, budget}: ReadTracesOptions,
): Promise<SpanBatch | undefined> {
  const places = await findPlaces(queries, tenant, ids, {starts, budget});
  if (places === undefined) return undefined;
  const where = whereTraces(tenant, places);
  const block = readFiles(queries, tenant, places);
  const isAll = block !== undefined && block.rows <= maxSpans;
  const blocks = isAll ? [block] : await readWhole(queries, where, {maxSpans, budget});
  const batch = batchOf(blocks, budget);
  if (copies || batch === undefined || !hasIdTwice(batch)) return batch;
  const rest = `WHERE ${where.sql} ORDER BY start_time, span_id ${withoutCopies} LIMIT ${maxSpans}`;
  return readBatch(queries, rest, where, budget);
}

/** With links, which are asked for where there are any. */
async function readWhole(
  queries: Queries,
  where: Where,
  options: {readonly maxSpans: number; readonly budget: Budget},
): Promise<readonly NativeBlock[]> {
  const {links} = queries;
  const whole = (): Promise<readonly NativeBlock[]> => readInOrder(queries, spanColumnsSql, where, options);
  if (links.often) {
    const blocks = await whole();
    links.note(blocks.some((block) => arrayColumn(block, 'links.flags').ends.some((end) => end > 0)));
    return blocks;
  }
  const blocks = await readInOrder(queries, unlinkedColumnsSql, where, options);
  const any = hasLinks(blocks);
  links.note(any);
  return any ? whole() : blocks;
}

function hasIdTwice({spans}: SpanBatch): boolean {
  const {traceId, spanId} = spans.columns;
  const seen = new Set<string>();
  for (let row = 0; row < spans.count; row++) seen.add(`${toHex(traceId.get(row))}${toHex(spanId.get(row))}`);
  return seen.size < spans.count;
}

export async function readSpan(
  queries: Queries,
  tenant: TenantId,
  trace: TraceId,
  span: SpanId,
  budget: Budget,
): Promise<SpanBatch | undefined> {
  const places = await findPlaces(queries, tenant, [trace], {budget});
  if (places === undefined) return undefined;
  const block = readFiles(queries, tenant, places);
  if (block !== undefined) {
    const row = rowOfSpan(block, span);
    return row && batchOf([gatherRows([block], {blocks: new Uint32Array(1), rows: Uint32Array.of(row.row)})], budget);
  }
  const where = whereTraces(tenant, places);
  where.add(`span_id = toFixedString(unhex(${where.bind(span)}), 8)`);
  return readBatch(queries, `WHERE ${where.sql} ORDER BY start_time LIMIT 1`, where, budget);
}

/** The first span with this id. */
function rowOfSpan(block: NativeBlock, id: SpanId): {readonly row: number} | undefined {
  const {bytes, at} = fixedColumn(block, 'span_id');
  const wanted = Buffer.from(id, 'hex');
  for (let row = 0; row < block.rows; row++)
    if (bytes.compare(wanted, 0, 8, at + 8 * row, at + 8 * (row + 1)) === 0) return {row};
  return undefined;
}

/** Of blocks that lie in the same bytes. */
function batchOf(blocks: readonly NativeBlock[], budget: Budget): SpanBatch | undefined {
  const [first] = blocks;
  if (first === undefined) return undefined;
  const batch = spanBatchOf(first.bytes, blocks);
  budget.spendRows(batch.spans.count);
  return batch;
}

async function readBatch(queries: Queries, rest: string, where: Where, budget: Budget): Promise<SpanBatch | undefined> {
  const sql = `SELECT ${spanColumnsSql} FROM spans_11 ${rest}`;
  return batchOf([...readBlocks(await queries.native({sql, parameters: where.parameters, budget}))], budget);
}
