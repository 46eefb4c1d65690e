/** Traces that may fit a TraceQL query, whole, the newest first: what the store's search finds by the query's plan. */
import type {TenantId, TraceId, UnixNano} from '../base/index.ts';
import {type SpanBatch, subset} from '../model/index.ts';
import type {Budget, FoundTraces, TraceQuery} from '../query/index.ts';
import {equalKeys, type Pipeline, type Plan, plan, SpanView} from '../traceql/index.ts';
import type {Source} from './source.ts';

export interface Asked {
  readonly source: Source;
  readonly tenant: TenantId;
  readonly budget: Budget;
  /** Whether spans that were sent twice are there twice. */
  readonly copies?: boolean;
}

/** Both inclusive; undefined for no bound. */
export interface Range {
  readonly start: UnixNano | undefined;
  readonly end: UnixNano | undefined;
}

/** Traces of the first page and of each further one. */
const pageSizes = [40, 100, 200, 400] as const;
/** Spans that are evaluated at once. Of a trace that has more the earliest are. */
const maxSpans = 200_000;
/** How far the spans of a trace may lie apart where one of them is looked for by what another one is. */
export const spreadNanos = 15n * 60n * 1_000_000_000n;

/** The plan of a pipeline, with what the store knows of the keys that it compares, and of spans in the range. */
export async function planOf(pipeline: Pipeline, range: Range, {source, tenant, budget}: Asked): Promise<Plan> {
  const keys = equalKeys(pipeline).slice(0, 64);
  const lists = await source.keysWithLists(tenant, keys, {budget});
  const [first, ...others] = plan(pipeline, (key) => !keys.includes(key) || lists.has(key));
  if (others.length === 0) return first;
  // Spans with an error may be all or none: the store knows how many there are.
  let best = {plan: first, spans: Number.POSITIVE_INFINITY};
  for (const each of [first, ...others].slice(0, maxPlans)) {
    const spans = await source.countAtMost(tenant, {...each.filter, ...spreadRange(each, range)}, {budget});
    if (spans < best.spans) best = {plan: each, spans};
  }
  return best.plan;
}

/** Of so many the one for the fewest spans is taken. */
const maxPlans = 8;

function spreadRange({ofResult}: Plan, {start, end}: Range): Range {
  const spread = ofResult ? 0n : spreadNanos;
  return {
    start: start === undefined ? undefined : ((start - spread) as UnixNano),
    end: end === undefined ? undefined : ((end + spread) as UnixNano),
  };
}

/** Each trace once. Whoever has enough stops asking. */
export async function* candidates(plan: Plan, range: Range, asked: Asked): AsyncGenerator<SpanView> {
  const {source, tenant, budget} = asked;
  const {filter, minSpans} = plan;
  const seen = new Set<TraceId>();
  const unseen = (ids: readonly TraceId[]): TraceId[] => ids.filter((id) => !seen.has(id) && seen.add(id));
  const {start, ...spread} = spreadRange(plan, range);
  let {end} = spread;
  let trace: TraceQuery['trace'];
  for (let page = 0; ; page++) {
    const limit = pageSizes[Math.min(page, pageSizes.length - 1)] as number;
    const {ids, starts, more} = await source.findTraces(tenant, {...filter, start, end, limit, trace}, {budget});
    const added = unseen(ids);
    let large = 0;
    for await (const view of wholeTraces(added, asked, starts)) {
      large += view.traces.filter(({rows}) => rows.length >= minSpans).length;
      yield view;
    }
    if (!more) return;
    if (page === 0 && large < rareShare * added.length && filter.conditions.length === 0) {
      const search: TraceQuery = {...filter, start, end, limit: maxLargest, trace: {minSpans}, order: 'spans'};
      const largest = await source.findTraces(tenant, search, {budget});
      if (!largest.more) return yield* wholeTraces(unseen(newestFirst(largest)), asked, largest.starts);
      trace = {minSpans};
    }
    const oldest = ids.map((id) => starts.get(id) ?? 0n).reduce((least, each) => (each < least ? each : least));
    // Those that were seen may fill pages by their older spans: on with what is older.
    end = (added.length === 0 || oldest === end ? oldest - 1n : oldest) as UnixNano;
    if (end < (start ?? 0n)) return;
  }
}

/** Where fewer of the newest traces have as many spans as are wanted, those that have are looked for. */
const rareShare = 0.2;
/** Of traces with most spans, as many as are looked at all at once. */
const maxLargest = 100;

const newestFirst = ({ids, starts}: FoundTraces): TraceId[] =>
  ids.toSorted((a, b) => Number((starts.get(b) ?? 0n) - (starts.get(a) ?? 0n)));

/** In groups whose spans fit into memory. */
async function* wholeTraces(
  ids: readonly TraceId[],
  asked: Asked,
  starts: ReadonlyMap<TraceId, UnixNano>,
): AsyncGenerator<SpanView> {
  if (ids.length === 0) return;
  const {source, tenant, budget, copies = false} = asked;
  const batch = await source.traces(tenant, ids, {budget, maxSpans, starts, copies});
  if (batch === undefined) return;
  if (batch.spans.count >= maxSpans && ids.length > 1) {
    const half = Math.ceil(ids.length / 2);
    yield* wholeTraces(ids.slice(0, half), asked, starts);
    yield* wholeTraces(ids.slice(half), asked, starts);
    return;
  }
  yield new SpanView(batch);
}

/** One trace of a view, to be written down. */
export const traceBatch = (view: SpanView, trace: number): SpanBatch =>
  subset(view.batch, view.traces[trace]?.rows ?? []);
