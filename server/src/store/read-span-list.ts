/**
 * The first spans of a search, newest or longest first. Which ones these are is found in the narrow columns, in windows of time
 * or of durations that the rates choose; only those that are listed are read whole.
 */
import {type SpanId, type TenantId, type TraceId, type UnixNano, unixNano, unixNanoFromMillis} from '../base/index.ts';
import {
  type Budget,
  checkFilterSize,
  kindNames,
  type ListedSpan,
  type ListedSpans,
  type SpanQuery,
  statusNames,
} from '../query/index.ts';
import {attributeValue, beginning} from './read-attribute-value.ts';
import {bucketOf, spanWhere, type Where} from './read-conditions.ts';
import {withoutCopies} from './read-copies.ts';
import {durationWindows} from './read-duration-windows.ts';
import {fittingIds, hasTraceConditions} from './read-extents.ts';
import {type Narrowed, narrowed} from './read-narrow.ts';
import type {Queries} from './read-query.ts';
import {searchSteps} from './read-search.ts';
import {type Window, windows} from './read-windows.ts';

/** What a span is found and ordered by. Spans that are equal in all of it are copies, or differ in what only a whole span tells. */
interface Candidate {
  readonly bucket: number;
  readonly trace: string;
  readonly span: string;
  readonly start: bigint;
  readonly duration: bigint;
}

interface Order {
  readonly sql: string;
  compare(a: Candidate, b: Candidate): number;
  /** The search without what cannot be among the first any more, since enough are known up to `last`. */
  narrowed(search: Narrowed<SpanQuery>, last: Candidate): Narrowed<SpanQuery>;
  /**
   * Conditions on the parts in which to look for one after the other: together they hold everything that fits. `since` is when the last
   * of those started that are found, undefined while there are not enough.
   */
  parts(ask: Ask, since: () => UnixNano | undefined): AsyncIterable<Part>;
}

type Part = Window<SpanQuery>;

interface Ask {
  readonly queries: Queries;
  readonly tenant: TenantId;
  readonly search: Narrowed<SpanQuery>;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly budget: Budget;
}

const descending = (a: bigint, b: bigint): number => (a > b ? -1 : a < b ? 1 : 0);
const byId = (a: Candidate, b: Candidate): number =>
  a.trace === b.trace ? (a.span < b.span ? -1 : a.span > b.span ? 1 : 0) : a.trace < b.trace ? -1 : 1;
const greatestBucket = 2 ** 32 - 1;

const orders: Readonly<Record<SpanQuery['order'], Order>> = {
  newest: {
    sql: 'start_time DESC, trace_id, span_id, duration_ns DESC',
    compare: (a, b) => descending(a.start, b.start) || byId(a, b) || descending(a.duration, b.duration),
    narrowed: (search, {start}) => (start > (search.start ?? 0n) ? {...search, start: unixNano(start)} : search),
    parts: ({queries, tenant, search, now, budget}, since) =>
      windows(queries, tenant, search, {now, spans: known(search) ? search.limit + 1 : undefined, since, budget}),
  },
  longest: {
    sql: 'duration_ns DESC, start_time DESC, trace_id, span_id',
    compare: (a, b) => descending(a.duration, b.duration) || descending(a.start, b.start) || byId(a, b),
    narrowed: (search, {duration}) =>
      duration > (search.minDurationNano ?? 0n) ? {...search, minDurationNano: duration} : search,
    async *parts({queries, tenant, search, budget}, since) {
      const first = search.start === undefined ? 0 : Number(bucketOf(search.start));
      const last = search.end === undefined ? greatestBucket : Number(bucketOf(search.end));
      for await (const sql of durationWindows(queries, tenant, search, search.limit + 1, budget)) {
        yield {sql, first, last, filter: search};
        if (since() !== undefined) return;
      }
    },
  },
};

/** Whether conditions on spans are all that there are. */
const known = ({trace}: SpanQuery): boolean => !hasTraceConditions(trace);

/** `now` in milliseconds since 1970. */
export async function listSpans(
  queries: Queries,
  tenant: TenantId,
  asked: SpanQuery,
  now: number,
  budget: Budget,
): Promise<ListedSpans> {
  checkFilterSize(asked);
  const search = await narrowed(queries, tenant, asked, {budget, inWindows: asked.order === 'newest'});
  const order = orders[search.order];
  const wanted = search.limit + 1;
  let found: Candidate[] = [];
  for (const step of searchSteps(search)) {
    const last = found.length < wanted ? undefined : found.at(-1);
    const narrowed = last === undefined ? step : order.narrowed(step, last);
    const more = await firstCandidates({queries, tenant, search: narrowed, now, budget}, wanted);
    found = first(order, [...found, ...more], wanted);
  }
  const spans = await readListed({queries, tenant, search, now, budget}, found);
  return {spans: spans.slice(0, search.limit), more: spans.length > search.limit};
}

/** Each once, in order. */
function first(order: Order, list: readonly Candidate[], count: number): Candidate[] {
  const distinct = new Map(list.map((one) => [keyOf(one), one]));
  return [...distinct.values()].sort(order.compare).slice(0, count);
}

const keyOf = ({trace, span, start, duration}: Candidate): string => `${trace} ${span} ${start} ${duration}`;

async function firstCandidates(ask: Ask, wanted: number): Promise<Candidate[]> {
  const order = orders[ask.search.order];
  let found: Candidate[] = [];
  const since = (): UnixNano | undefined =>
    found.length < wanted ? undefined : unixNano((found.at(-1) as Candidate).start);
  for await (const part of order.parts(ask, since)) {
    // Copies take places of the limit: where they do, more is asked for.
    for (let count = wanted; ; count *= 4) {
      const rows = await readCandidates(ask, order, part, count);
      const distinct = first(order, rows, wanted);
      if (rows.length >= count && distinct.length < wanted) continue;
      found = first(order, [...found, ...distinct], wanted);
      break;
    }
  }
  return found;
}

async function readCandidates(ask: Ask, order: Order, part: Part, count: number): Promise<Candidate[]> {
  const where = spansOf(ask, part).add(part.sql);
  const rows = await ask.queries.rows(
    {
      sql:
        'SELECT bucket, lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, ' +
        'toString(toUnixTimestamp64Nano(start_time)) AS start, toString(duration_ns) AS duration ' +
        `FROM spans_11 ${where.clauses} ORDER BY ${order.sql} LIMIT ${count}`,
      parameters: where.parameters,
      budget: ask.budget,
    },
    {bucket: 'number', trace: 'text', span: 'text', start: 'text', duration: 'text'},
  );
  return rows.map((row) => ({...row, start: BigInt(row.start), duration: BigInt(row.duration)}));
}

/** The conditions of the search; those on traces by the traces that have spans in these buckets. */
function spansOf({tenant, now}: Ask, part: Part): Where {
  const where = spanWhere(tenant, part.filter);
  const {trace} = part.filter;
  if (trace !== undefined && hasTraceConditions(trace)) {
    const nanos = unixNanoFromMillis(now);
    where.add(`trace_id IN (${fittingIds(where, tenant, trace, part, nanos)})`);
  }
  return where;
}

/** The spans themselves, in order. */
async function readListed(ask: Ask, candidates: readonly Candidate[]): Promise<ListedSpan[]> {
  if (candidates.length === 0) return [];
  const rows = await readRows(ask, candidates, '');
  const isCopied = new Set(rows.map(keyOf)).size < rows.length;
  const distinct = isCopied ? await readRows(ask, candidates, withoutCopies) : rows;
  const wanted = new Set(candidates.map(keyOf));
  return distinct
    .filter((row) => wanted.has(keyOf(row)))
    .sort(orders[ask.search.order].compare)
    .map(({listed}) => listed);
}

interface Listed extends Candidate {
  readonly listed: ListedSpan;
}

async function readRows(ask: Ask, candidates: readonly Candidate[], limitBy: string): Promise<Listed[]> {
  const {search, budget} = ask;
  // What fits was found by the conditions on traces: those on spans are enough to tell it from what has the same ids.
  const where = spanWhere(ask.tenant, search);
  const columns = search.columns.map((key) => attributeValue(where, key));
  const buckets = where.bind(
    candidates.map(({bucket}) => bucket),
    'Array(UInt32)',
  );
  const traces = where.bind(
    candidates.map(({trace}) => trace),
    'Array(String)',
  );
  const spans = where.bind(
    candidates.map(({span}) => span),
    'Array(String)',
  );
  const bytes = (list: string, length: number): string =>
    `arrayMap(id -> toFixedString(unhex(id), ${length}), ${list})`;
  where.add(`(bucket, trace_id) IN (SELECT arrayJoin(arrayZip(${buckets}, ${bytes(traces, 16)})) AS pair)`);
  where.add(`span_id IN (SELECT arrayJoin(${bytes(spans, 8)}))`);
  const rows = await ask.queries.rows(
    {
      sql: `
SELECT bucket, lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, lower(hex(parent_span_id)) AS parent,
  toString(toUnixTimestamp64Nano(start_time)) AS start, toString(duration_ns) AS duration, service, name, kind, status_code AS status,
  ${beginning('status_message')} AS message, [${columns.map(({has}) => `toUInt8(${has})`).join(', ')}]::Array(UInt8) AS has,
  [${columns.map(({value}) => beginning(value)).join(', ')}]::Array(String) AS texts
FROM spans_11 ${where.clauses}${limitBy === '' ? '' : ` ORDER BY start_time ${limitBy}`}`,
      parameters: where.parameters,
      budget,
    },
    {
      ...{bucket: 'number', trace: 'text', span: 'text', parent: 'text', start: 'text', duration: 'text'},
      ...{service: 'text', name: 'text', kind: 'number', status: 'number', message: 'text'},
      ...{has: 'numbers', texts: 'texts'},
    } as const,
  );
  return rows.map((row) => {
    const start = BigInt(row.start);
    const duration = BigInt(row.duration);
    return {
      ...{bucket: row.bucket, trace: row.trace, span: row.span, start, duration},
      listed: {
        traceId: row.trace as TraceId,
        spanId: row.span as SpanId,
        parentSpanId: row.parent === noId ? '' : row.parent,
        service: row.service,
        name: row.name,
        kind: kindNames[row.kind] ?? 'unspecified',
        status: {code: statusNames[row.status] ?? 'unset', message: row.message},
        start: unixNano(start),
        durationNano: duration > 0n ? duration : 0n,
        attributes: Object.fromEntries(
          search.columns.flatMap((key, i) => (row.has[i] === 1 ? [[key, row.texts[i] as string]] : [])),
        ),
      },
    };
  });
}

const noId = '0'.repeat(16);
