/**
 * A sample of the traces that fit, and how many do. Each trace has a place in one order that is as good as random, and the first ones are
 * taken: they are spread evenly over the range, and of two questions whose traces are among one another's the samples are so too.
 */
import {type TenantId, type TraceId, type UnixNano, unixNano, unixNanoFromMillis} from '../base/index.ts';
import {type Budget, checkFilterSize, type TraceSample, type TraceSampleQuery} from '../query/index.ts';
import {extent, extents} from './read-extents.ts';
import {type KeptScan, keptScan} from './read-kept-extents.ts';
import {narrowed} from './read-narrow.ts';
import type {Queries} from './read-query.ts';
import {exactStart} from './scan-extents.ts';

/** `now` in milliseconds since 1970. The order of the query does not matter. */
export async function sampleTraces(
  queries: Queries,
  tenant: TenantId,
  asked: TraceSampleQuery,
  now: number,
  budget: Budget,
): Promise<TraceSample> {
  checkFilterSize(asked);
  const query = await narrowed(queries, tenant, asked, {budget, inWindows: false});
  const nanos = unixNanoFromMillis(now);
  const scan = await keptScan({queries, tenant, filter: query, now: nanos, budget});
  if (scan !== undefined) return sampleOfScan(scan.unsure ? await scan.sure() : scan, asked.limit);
  const every = asked.every ?? 1;
  const {sql, where} = extents(tenant, query, extent.began, nanos, undefined, every);
  const rows = await queries.rows(
    {
      // Counted beside it, since the groups of a range fit into memory and a second look at them costs as much as the first.
      sql: `
SELECT count() AS total, groupArraySorted(${asked.limit})((${placeSql}, trace_key, ${extent.began})) AS first,
  arrayMap(one -> lower(hex(reinterpretAsFixedString(one.2))), first) AS ids, arrayMap(one -> toString(one.3), first) AS starts,
  arrayMap(one -> one.1, first) AS places
FROM (${sql})`,
      parameters: where.parameters,
      budget,
    },
    {total: 'number', ids: 'texts', starts: 'texts', places: 'numbers'},
  );
  const [row] = rows;
  return {
    total: (row?.total ?? 0) * every,
    estimated: every > 1,
    traces: (row?.ids ?? []).map((id, i) => ({
      id: id as TraceId,
      start: startOf(row?.starts[i] as string),
      place: row?.places[i] as number,
    })),
  };
}

const startOf = (text: string): UnixNano => unixNano(BigInt(text));

function sampleOfScan({rows, run}: KeptScan, limit: number): TraceSample {
  let first: {place: number; row: number; start: UnixNano}[] = [];
  let last = Number.POSITIVE_INFINITY;
  let total = 0;
  const cut = (): void => {
    first = first.sort((a, b) => a.place - b.place || compareIds(rows.ids, a.row, b.row)).slice(0, limit);
    if (first.length === limit) last = first.at(-1)?.place ?? 0;
  };
  run((trace) => {
    total++;
    const at = 4 * trace.row;
    const {ids} = rows;
    const place = placeOf(ids[at]! ^ ids[at + 1]! ^ ids[at + 2]! ^ ids[at + 3]!);
    if (place > last) return;
    first.push({place, row: trace.row, start: unixNano(exactStart(trace))});
    if (first.length >= 2 * limit + 100) cut();
  });
  cut();
  return {
    total,
    estimated: false,
    traces: first.map(({row, start, place}) => ({
      place,
      id: Buffer.from(rows.ids.buffer, rows.ids.byteOffset + 16 * row, 16).toString('hex') as TraceId,
      start,
    })),
  };
}

/** As ClickHouse compares the 16 bytes as a number, whose first byte is the lowest. */
function compareIds(ids: Uint32Array, a: number, b: number): number {
  for (let i = 3; i >= 0; i--) {
    const difference = ids[4 * a + i]! - ids[4 * b + i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The end of MurmurHash3: ids that count up are scattered by it as well as random ones. */
export function placeOf(words: number): number {
  let hash = words >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 0;
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The same of the four words of `trace_key`. */
export const placeSql = ((): string => {
  const word = (shift: number): string => `toUInt32(bitAnd(bitShiftRight(trace_key, ${shift}), 4294967295))`;
  const mixed = (of: string, shift: number, factor: number): string =>
    `toUInt32(bitAnd(toUInt64(bitXor(${of}, bitShiftRight(${of}, ${shift}))) * ${factor}, 4294967295))`;
  const words = `bitXor(bitXor(${word(0)}, ${word(32)}), bitXor(${word(64)}, ${word(96)}))`;
  const hash = mixed(mixed(words, 16, 0x85ebca6b), 13, 0xc2b2ae35);
  return `bitXor(${hash}, bitShiftRight(${hash}, 16))`;
})();
