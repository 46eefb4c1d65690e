/**
 * Where the spans of traces lie: asked once a question, and then given to each of its statements as literals. A subquery of the
 * index in each of them would cost ClickHouse more to plan than most of them cost to run.
 */
import type {TenantId, TraceId} from '../base/index.ts';
import {fixedColumn, readBlocks} from '../native/index.ts';
import type {Budget, SpanStarts} from '../query/index.ts';
import {bucketOf, Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {traceHash} from './schema-spans.ts';

/** A stretch of the table that may have spans of a trace. */
export interface Place {
  readonly bucket: number;
}

export type Places =
  /** Of each trace that may be there. */
  | {readonly kind: 'listed'; readonly of: ReadonlyMap<TraceId, readonly Place[]>}
  /** Too many for the text of a statement: the index is asked in there. */
  | {readonly kind: 'many'; readonly ids: readonly TraceId[]; readonly starts: SpanStarts};

/** Of all traces of a question: some 80 bytes each in the text of a statement, of which ClickHouse takes 256 KiB. */
const maxPlaces = 1000;
/** The index has a row for every INSERT that brought spans of a trace, until they are merged. */
const maxRows = 8 * maxPlaces;

/**
 * A view fills the index from each INSERT, which can be seen some milliseconds later than the spans themselves. A trace that was
 * found by its spans has the places of `starts` as well, so that a list has as many traces as were found. Undefined where no trace
 * has any: none of them is there.
 */
export async function findPlaces(
  queries: Queries,
  tenant: TenantId,
  ids: readonly TraceId[],
  {budget, starts = new Map()}: {readonly budget: Budget; readonly starts?: SpanStarts | undefined},
): Promise<Places | undefined> {
  if (ids.length === 0) return undefined;
  const many = {kind: 'many', ids, starts} as const;
  if (ids.length > maxPlaces) return many;
  const byHash = Map.groupBy(ids, hashOf);
  const where = new Where(tenant);
  const rows = await queries.native({
    sql: `SELECT trace_hash, bucket FROM trace_index WHERE ${where.sql} AND trace_hash IN (${[...byHash.keys()].join(', ')}) LIMIT ${maxRows + 1}`,
    parameters: where.parameters,
    budget,
  });
  const buckets = new Map<TraceId, Set<number>>();
  const add = (id: TraceId, bucket: number): void => {
    const known = buckets.get(id);
    if (known === undefined) buckets.set(id, new Set([bucket]));
    else known.add(bucket);
  };
  let count = 0;
  for (const block of readBlocks(rows)) {
    count += block.rows;
    const hash = fixedColumn(block, 'trace_hash');
    const bucket = fixedColumn(block, 'bucket');
    for (let row = 0; row < block.rows; row++) {
      const at = bucket.bytes.readUInt32LE(bucket.at + 4 * row);
      for (const id of byHash.get(hash.bytes.readUInt32LE(hash.at + 4 * row)) ?? []) add(id, at);
    }
  }
  if (count > maxRows) return many;
  for (const id of ids) {
    const start = starts.get(id);
    if (start !== undefined) add(id, Number(bucketOf(start)));
  }
  if (buckets.size === 0) return undefined;
  let listed = 0;
  for (const {size} of buckets.values()) listed += size;
  if (listed > maxPlaces) return many;
  return {kind: 'listed', of: new Map([...buckets].map(([id, all]) => [id, Array.from(all, (bucket) => ({bucket}))]))};
}

/** The places of some of the traces; undefined where these have none. */
export function placesOf(places: Places, ids: readonly TraceId[]): Places | undefined {
  if (places.kind === 'many') return ids.length === 0 ? undefined : {...places, ids};
  const of = new Map(ids.flatMap((id) => (places.of.has(id) ? [[id, places.of.get(id) as readonly Place[]]] : [])));
  return of.size === 0 ? undefined : {kind: 'listed', of};
}

/** `traceHash` as the index has it. */
function hashOf(id: TraceId): number {
  return Buffer.from(id.slice(-8), 'hex').readUInt32LE();
}

/** Spans of these traces. Of several, each is looked for in its own places only: one granule each, by the order of the table. */
export function whereTraces(tenant: TenantId, places: Places): Where {
  const where = new Where(tenant);
  if (places.kind === 'many') return addByIndex(where, tenant, places);
  const [first, ...others] = places.of;
  // Only one id is compared as such: a set costs more than it saves.
  if (first !== undefined && others.length === 0) {
    const [id, at] = first;
    return where.add(`bucket IN (${at.map(({bucket}) => bucket)})`).add(`trace_id = ${idLiteral(id)}`);
  }
  const pairs = [...places.of].flatMap(([id, at]) => at.map(({bucket}) => `(${bucket}, ${idLiteral(id)})`));
  return where.add(`(bucket, trace_id) IN (${pairs})`);
}

/** The 16 bytes of an id. Nothing but bytes comes out of a text, whatever it has. */
const idLiteral = (id: TraceId): string => `'${Buffer.from(id, 'hex').toString('hex').replace(/../g, '\\x$&')}'`;

/** Asks the index within the statement. */
function addByIndex(where: Where, tenant: TenantId, {ids, starts}: Places & {kind: 'many'}): Where {
  const tenantText = where.bind(tenant);
  const bytes = (text: string): string => `toFixedString(unhex(${text}), 16)`;
  const [id] = ids;
  if (ids.length === 1) {
    const wanted = bytes(where.bind(id as string));
    const start = starts.get(id as TraceId);
    const known = start === undefined ? '' : ` UNION ALL SELECT toUInt32(${bucketOf(start)})`;
    return where
      .add(
        `bucket IN (SELECT bucket FROM trace_index WHERE tenant = ${tenantText} AND trace_hash = ${traceHash(wanted)}${known})`,
      )
      .add(`trace_id = ${wanted}`);
  }
  const list = bytes(`arrayJoin(${where.bind(ids, 'Array(String)')})`);
  const known = ids.flatMap((id) => {
    const start = starts.get(id);
    return start === undefined ? [] : [{id, bucket: Number(bucketOf(start))}];
  });
  const knownBuckets = where.bind(
    known.map(({bucket}) => bucket),
    'Array(UInt32)',
  );
  const knownIds = where.bind(
    known.map(({id}) => id),
    'Array(String)',
  );
  return where.add(`(bucket, trace_id) IN (
  SELECT bucket, id FROM trace_index
  INNER JOIN (SELECT ${list} AS id, ${traceHash('id')} AS id_hash) AS wanted ON trace_hash = id_hash
  WHERE tenant = ${tenantText} AND trace_hash IN (SELECT ${traceHash(list)})${
    known.length === 0
      ? ''
      : `\n  UNION ALL SELECT pair.1, ${bytes('pair.2')} FROM (SELECT arrayJoin(arrayZip(${knownBuckets}, ${knownIds})) AS pair)`
  }
)`);
}
