/**
 * Where the spans of traces lie: asked once a question, and then given to each of its statements as literals. A subquery of the
 * index in each of them would cost ClickHouse more to plan than most of them cost to run.
 */
import {bug, type TenantId, type TraceId} from '../base/index.ts';
import {fixedColumn, type NativeBlock, readBlocks} from '../native/index.ts';
import type {Budget, SpanStarts} from '../query/index.ts';
import {hashOf} from './place-key.ts';
import type {StretchOf} from './place-runs.ts';
import {bucketOf, Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {traceHash} from './schema-spans.ts';
import type {RecentSegment} from './span-changes.ts';

/** A stretch of the table that may have spans of a trace. */
export interface Place {
  readonly bucket: number;
  /** Undefined where it is only known that a span is somewhere in the bucket. */
  readonly segment: number | undefined;
}

export type Places =
  /** Of each trace that may be there. */
  | {readonly kind: 'listed'; readonly of: ReadonlyMap<TraceId, readonly Place[]>; readonly recent: Recent}
  /** Too many for the text of a statement: the index is asked in there. */
  | {readonly kind: 'many'; readonly ids: readonly TraceId[]; readonly recent: Recent};

/** Segments that the index does not know yet, which are few and small: spans of any trace may be in there. */
type Recent = readonly RecentSegment[];

/** Of all traces of a question: some 80 bytes each in the text of a statement, of which ClickHouse takes 256 KiB. */
const maxPlaces = 1000;
/** The index has a row for every INSERT that brought spans of a trace, until they are merged. */
const maxRows = 8 * maxPlaces;

/**
 * A view fills the index from each INSERT, which can be seen some milliseconds later than the spans themselves. A trace that was
 * found by a span whose bucket the index does not know yet is looked for in there, so that a list has as many traces as were found.
 * Undefined where no trace has any place: none of them is there.
 */
export async function findPlaces(
  queries: Queries,
  tenant: TenantId,
  ids: readonly TraceId[],
  {budget, starts = new Map()}: {readonly budget: Budget; readonly starts?: SpanStarts | undefined},
): Promise<Places | undefined> {
  if (ids.length === 0) return undefined;
  const recent = queries.recent();
  const many = {kind: 'many', ids, recent} as const;
  if (ids.length > maxPlaces) return many;
  const known = queries.memory.places?.find(tenant, ids, recent, maxPlaces);
  const indexed = known?.of ?? (await askIndex(queries, tenant, ids, budget));
  if (indexed === undefined) return many;
  const unknown = known?.unknown ?? recent;
  /** Each once, by both numbers. */
  const found = new Map<TraceId, Map<string, Place>>();
  const add = (id: TraceId, place: Place): void => {
    const known = found.get(id) ?? new Map<string, Place>();
    found.set(id, known.set(`${place.bucket} ${place.segment}`, place));
  };
  for (const [id, places] of indexed) for (const place of places) add(id, place);
  for (const id of ids) {
    const start = starts.get(id);
    if (start === undefined) continue;
    const bucket = Number(bucketOf(start));
    const isKnown = [...(found.get(id)?.values() ?? [])].some((place) => place.bucket === bucket);
    if (!isKnown) add(id, {bucket, segment: undefined});
  }
  if (unknown.length > 0) for (const id of ids) if (!found.has(id)) found.set(id, new Map());
  if (found.size === 0) return undefined;
  let listed = 0;
  for (const {size} of found.values()) listed += size;
  if (listed > maxPlaces) return many;
  return {kind: 'listed', of: new Map([...found].map(([id, places]) => [id, [...places.values()]])), recent: unknown};
}

/** What the index has; undefined where that is too much. */
async function askIndex(
  queries: Queries,
  tenant: TenantId,
  ids: readonly TraceId[],
  budget: Budget,
): Promise<ReadonlyMap<TraceId, readonly StretchOf[]> | undefined> {
  const byHash = Map.groupBy(ids, hashOf);
  const where = new Where(tenant);
  const rows = await queries.native({
    sql: `SELECT trace_hash, bucket, segment FROM trace_index_11 WHERE ${where.sql} AND trace_hash IN (${[...byHash.keys()].join(', ')}) LIMIT ${maxRows + 1}`,
    parameters: where.parameters,
    budget,
  });
  const of = new Map<TraceId, StretchOf[]>();
  let count = 0;
  for (const block of readBlocks(rows)) {
    count += block.rows;
    const hash = fixedColumn(block, 'trace_hash');
    const bucket = fixedColumn(block, 'bucket');
    const segment = fixedColumn(block, 'segment');
    for (let row = 0; row < block.rows; row++) {
      const place = {
        bucket: bucket.bytes.readUInt32LE(bucket.at + 4 * row),
        segment: segment.bytes.readUInt32LE(segment.at + 4 * row),
      };
      for (const id of byHash.get(hash.bytes.readUInt32LE(hash.at + 4 * row)) ?? []) {
        const places = of.get(id);
        if (places === undefined) of.set(id, [place]);
        else places.push(place);
      }
    }
  }
  return count > maxRows ? undefined : of;
}

/**
 * All spans of the traces out of files of Weft's own, where these have all of them: `columns` of `spans_11`, in the order of start and id.
 * Undefined where ClickHouse has to be asked.
 */
export function readFiles(
  queries: Queries,
  tenant: TenantId,
  places: Places,
  columns?: readonly string[],
): NativeBlock | undefined {
  if (queries.memory.places === undefined || places.kind === 'many' || places.recent.length > 0) return undefined;
  const of = new Map<TraceId, StretchOf[]>();
  for (const [id, all] of places.of) {
    const known = all.flatMap(({bucket, segment}) => (segment === undefined ? [] : [{bucket, segment}]));
    if (known.length < all.length) return undefined;
    of.set(id, known);
  }
  return queries.memory.places.read(tenant, of, columns);
}

/** The places of some of the traces; undefined where these have none. */
export function placesOf(places: Places, ids: readonly TraceId[]): Places | undefined {
  if (places.kind === 'many') return ids.length === 0 ? undefined : {...places, ids};
  const of = new Map(ids.flatMap((id) => (places.of.has(id) ? [[id, places.of.get(id) as readonly Place[]]] : [])));
  return of.size === 0 ? undefined : {...places, of};
}

/**
 * Spans of these traces. Of several, each is looked for in its own places only: one granule each, by the order of the table. The
 * places only say what is to be read: telling them row by row would take longer than telling ids does.
 */
export function whereTraces(tenant: TenantId, places: Places): Where {
  const where = new Where(tenant);
  if (places.kind === 'many') return addByIndex(where, tenant, places);
  const ids = [...places.of.keys()];
  const [id] = ids;
  const isOne = (list: readonly TraceId[]): string =>
    list.length === 1
      ? `trace_id = ${idLiteral(list[0] as TraceId)}`
      : `trace_id IN (${list.map(idLiteral).join(', ')})`;
  const recent = recentSql(places.recent);
  // Only one id is compared as such: a set costs more than it saves.
  if (id !== undefined && ids.length === 1) {
    const at = (places.of.get(id) ?? []).map((place) => ({...place, id: undefined}));
    return where.add(`indexHint(${either(anyOf(at), recent)})`).add(isOne(ids));
  }
  const listed = anyOf([...places.of].flatMap(([id, at]) => at.map((place) => ({...place, id}))));
  return where.add(`indexHint(${either(listed, recent)})`).add(isOne(ids));
}

const either = (a: string | undefined, b: string | undefined): string =>
  a !== undefined && b !== undefined ? `(${a} OR ${b})` : (a ?? b ?? bug('no place to look at'));

function recentSql(recent: Recent): string | undefined {
  if (recent.length === 0) return undefined;
  const ranges = recent.map(
    ({segment, first, last}) => `(bucket BETWEEN ${first} AND ${last} AND segment = ${segment})`,
  );
  return `(${ranges.join(' OR ')})`;
}

/** One of these places. Without a segment, the whole bucket is looked through. */
function anyOf(places: readonly (Place & {readonly id: TraceId | undefined})[]): string | undefined {
  if (places.length === 0) return undefined;
  const tuples = (of: typeof places, columns: string, text: (place: (typeof places)[number]) => string): string[] =>
    of.length === 0 ? [] : [`${columns} IN (${of.map(text).join(', ')})`];
  const exact = places.filter(({segment}) => segment !== undefined);
  const rest = places.filter(({segment}) => segment === undefined);
  const terms =
    places[0]?.id === undefined
      ? [
          ...tuples(exact, '(bucket, segment)', ({bucket, segment}) => `(${bucket}, ${segment})`),
          ...tuples(rest, 'bucket', ({bucket}) => String(bucket)),
        ]
      : [
          ...tuples(
            exact,
            '(bucket, segment, trace_id)',
            ({bucket, segment, id}) => `(${bucket}, ${segment}, ${idLiteral(id as TraceId)})`,
          ),
          ...tuples(rest, '(bucket, trace_id)', ({bucket, id}) => `(${bucket}, ${idLiteral(id as TraceId)})`),
        ];
  return terms.length === 1 ? (terms[0] as string) : `(${terms.join(' OR ')})`;
}

/** The 16 bytes of an id. Nothing but bytes comes out of a text, whatever it has. */
const idLiteral = (id: TraceId): string => `'${Buffer.from(id, 'hex').toString('hex').replace(/../g, '\\x$&')}'`;

/** Asks the index within the statement. */
function addByIndex(where: Where, tenant: TenantId, {ids, recent}: Places & {kind: 'many'}): Where {
  const tenantText = where.bind(tenant);
  const bytes = (text: string): string => `toFixedString(unhex(${text}), 16)`;
  if (ids.length === 1) {
    const wanted = bytes(where.bind(ids[0] as string));
    return where
      .add(
        either(
          `(bucket, segment) IN (SELECT bucket, segment FROM trace_index_11 WHERE tenant = ${tenantText} AND trace_hash = ${traceHash(wanted)})`,
          recentSql(recent),
        ),
      )
      .add(`trace_id = ${wanted}`);
  }
  const list = bytes(`arrayJoin(${where.bind(ids, 'Array(String)')})`);
  const listed = `(bucket, segment, trace_id) IN (
  SELECT bucket, segment, id FROM trace_index_11
  INNER JOIN (SELECT ${list} AS id, ${traceHash('id')} AS id_hash) AS wanted ON trace_hash = id_hash
  WHERE tenant = ${tenantText} AND trace_hash IN (SELECT ${traceHash(list)})
)`;
  const also = recentSql(recent);
  return where.add(either(listed, also && `(${also} AND trace_id IN (SELECT ${list}))`));
}
