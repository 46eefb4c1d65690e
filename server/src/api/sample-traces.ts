/** Some of the traces that fit a question, whole, from all over its time: what is usual is not what was in the last seconds. */
import {type TenantId, type TraceId, toHex, type UnixNano, unixNano} from '../base/index.ts';
import {type SpanBatch, subset} from '../model/index.ts';
import type {Budget, TraceFilter} from '../query/index.ts';
import type {Source} from './source.ts';

export interface Asking {
  readonly source: Source;
  readonly tenant: TenantId;
  readonly budget: Budget;
}

export interface SampleQuery extends TraceFilter {
  readonly start: UnixNano;
  readonly end: UnixNano;
}

export interface Sample {
  /** One batch a trace. */
  readonly traces: readonly SpanBatch[];
  /** Whether more traces fit. */
  readonly more: boolean;
}

/** Where more traces fit, as many are taken of each of these equal parts of the time. */
const parts = 6;
/** Of one sample. Larger traces make it smaller. */
const mostSpans = 100_000;
const mostAtOnce = 100;

export async function sampleTraces(query: SampleQuery, most: number, asking: Asking): Promise<Sample> {
  const {source, tenant, budget} = asking;
  const newest = await source.findTraces(tenant, {...query, limit: most}, {budget});
  const starts = new Map(newest.starts);
  let ids = newest.ids;
  if (newest.more) {
    const found = await Promise.all(
      partsOf(query).map((part) =>
        source.findTraces(tenant, {...query, ...part, limit: Math.ceil(most / parts)}, {budget}),
      ),
    );
    for (const one of found) for (const [id, start] of one.starts) starts.set(id, start);
    // Where some parts are empty, the newest fill up.
    ids = [...new Set([...found.flatMap((one) => one.ids), ...newest.ids])].slice(0, most);
  }
  const traces: SpanBatch[] = [];
  let spans = 0;
  for (let from = 0; from < ids.length && spans < mostSpans; from += mostAtOnce) {
    const some = await readWhole(ids.slice(from, from + mostAtOnce), starts, mostSpans - spans, asking);
    for (const batch of some) spans += batch.spans.count;
    traces.push(...some);
  }
  return {traces, more: newest.more};
}

function partsOf({start, end}: SampleQuery): {readonly start: UnixNano; readonly end: UnixNano}[] {
  const length = (end - start) / BigInt(parts);
  return Array.from({length: parts}, (_, index) => ({
    start: unixNano(start + length * BigInt(index)),
    // Both ends belong to a range.
    end: index === parts - 1 ? end : unixNano(start + length * BigInt(index + 1) - 1n),
  }));
}

/** Fewer of them where they have too many spans: half a trace would lack its end. */
async function readWhole(
  ids: readonly TraceId[],
  starts: ReadonlyMap<TraceId, UnixNano>,
  maxSpans: number,
  asking: Asking,
): Promise<SpanBatch[]> {
  const batch = await asking.source.traces(asking.tenant, ids, {budget: asking.budget, maxSpans, starts});
  if (batch === undefined) return [];
  if (batch.spans.count < maxSpans) return splitTraces(batch);
  return ids.length === 1 ? [] : readWhole(ids.slice(0, Math.ceil(ids.length / 4)), starts, maxSpans, asking);
}

/** A batch for each trace, in the order of their first spans. */
export function splitTraces(batch: SpanBatch): SpanBatch[] {
  const rows = new Map<string, number[]>();
  for (let row = 0; row < batch.spans.count; row++) {
    const id = toHex(batch.spans.columns.traceId.get(row));
    const list = rows.get(id);
    if (list === undefined) rows.set(id, [row]);
    else list.push(row);
  }
  return [...rows.values()].map((list) => subset(batch, list));
}
