/** Traces that may fit a TraceQL query, whole, the newest first: what the store's search finds by the query's plan. */
import type {TenantId, TraceId, UnixNano} from '../base/index.ts';
import {type SpanBatch, subset} from '../model/index.ts';
import type {Budget, TraceQuery} from '../query/index.ts';
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

/** The plan of a pipeline, with what the store knows of the keys that it compares. */
export async function planOf(pipeline: Pipeline, {source, tenant, budget}: Asked): Promise<Plan> {
  const keys = equalKeys(pipeline).slice(0, 64);
  const lists = await source.keysWithLists(tenant, keys, {budget});
  return plan(pipeline, (key) => !keys.includes(key) || lists.has(key));
}

/** Each trace once. Whoever has enough stops asking. */
export async function* candidates({filter, ofResult}: Plan, range: Range, asked: Asked): AsyncGenerator<SpanView> {
  const {source, tenant, budget} = asked;
  const spread = ofResult ? 0n : spreadNanos;
  const seen = new Set<TraceId>();
  const start = range.start === undefined ? undefined : ((range.start - spread) as UnixNano);
  let end = range.end === undefined ? undefined : ((range.end + spread) as UnixNano);
  for (let page = 0; ; page++) {
    const limit = pageSizes[Math.min(page, pageSizes.length - 1)] as number;
    const query: TraceQuery = {...filter, start, end, limit};
    const {ids, starts, more} = await source.findTraces(tenant, query, {budget});
    const added = ids.filter((id) => !seen.has(id));
    for (const id of added) seen.add(id);
    yield* wholeTraces(added, asked, starts);
    if (!more) return;
    const oldest = ids.map((id) => starts.get(id) ?? 0n).reduce((least, each) => (each < least ? each : least));
    // Those that were seen may fill pages by their older spans: on with what is older.
    end = (added.length === 0 || oldest === end ? oldest - 1n : oldest) as UnixNano;
    if (end < (start ?? 0n)) return;
  }
}

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
