/** Lists of traces, their summaries and their heatmap against the plain reading. */
import type {TenantId, TraceId} from '../../server/src/base/index.ts';
import type {
  Heatmap,
  HeatmapQuery,
  ListedTraces,
  SpanFilter,
  TraceFilter,
  TraceOrder,
  TraceQuery,
  TraceSummary,
} from '../../server/src/query/index.ts';
import {lastTraceStep} from '../../server/src/red/index.ts';
import {asksOfTraces, fittingTraces, type Model, servicesOf, type Trace} from './model.ts';
import {fits, serviceOf} from './model-filter.ts';
import {comparable, descending, firstFault, type Ranked, same, sameFirst} from './question.ts';
import {shown} from './span.ts';

/** Traces of which a part may be out of sight of a question about a range: nothing is said of them. */
export function doubtful(model: Model, tenant: TenantId, filter: SpanFilter): Set<string> {
  return new Set(
    model
      .tracesOf(tenant)
      .filter((trace) => trace.sprawls && trace.sent.some((span) => fits(span, filter)))
      .map(({id}) => id),
  );
}

/** What a summary of the trace says; `head` is one of the spans that may stand for it. */
export function summaryFault(model: Model, trace: Trace, answer: TraceSummary): string | undefined {
  const services = servicesOf(trace);
  const expected = (head: Trace['heads'][number]) => ({
    traceId: trace.id,
    rootService: shown(serviceOf(head)),
    rootName: shown(head.name),
    rootArrived: trace.rootArrived,
    start: trace.start,
    durationNano: trace.duration,
    spans: trace.spans.length,
    errors: trace.errors,
    outcome: trace.outcome,
    state: trace.state,
    services: services.map(({name, spans, errors}) => comparable({name: shown(name), spans, errors})).sort(),
  });
  const got = {...answer, services: answer.services.map(comparable).sort()};
  const faults = trace.heads.map((head) => same(expected(head), got));
  if (!faults.includes(undefined)) return `summary (now ${model.now}): ${faults[0]}`;
  const begins = answer.services.map(
    ({name}) => services.find((one) => comparable(shown(one.name)) === comparable(name))?.begins ?? 0n,
  );
  return same(
    begins.toSorted((a, b) => -descending(a, b)),
    begins,
  );
}

interface Order {
  rank(found: {trace: Trace; newest: bigint}): readonly bigint[];
  /** Whether traces that are still arriving are left out. */
  readonly settled: boolean;
}

const orders: Readonly<Record<TraceOrder, Order>> = {
  newest: {rank: ({newest}) => [newest], settled: false},
  longest: {rank: ({trace}) => [trace.duration, trace.start], settled: true},
  spans: {rank: ({trace}) => [BigInt(trace.spans.length), trace.start], settled: false},
  errors: {rank: ({trace}) => [BigInt(trace.errors), trace.start], settled: true},
};

/** The ids of traces found, the first by the order. */
export function traceListFault(
  model: Model,
  tenant: TenantId,
  query: TraceQuery,
  {ids, more}: {readonly ids: readonly string[]; readonly more: boolean},
): string | undefined {
  const order = query.order ?? 'newest';
  const unbounded = query.start === undefined && query.end === undefined && order !== 'newest';
  const needsWhole = order !== 'newest' || asksOfTraces(query);
  const unsure = needsWhole && !unbounded ? doubtful(model, tenant, query) : new Set<string>();
  const {rank, settled} = orders[order];
  const fitting = fittingTraces(model, tenant, query).filter(({trace}) => !settled || trace.state !== 'arriving');
  const ranks = new Map(fitting.map((one) => [one.trace.id, rank(one)]));
  const expected = fitting
    .filter(({trace}) => !unsure.has(trace.id))
    .map((one): Ranked & {rank: readonly bigint[]} => ({rank: rank(one), value: one.trace.id}))
    .sort((a, b) => descending(a.rank[0] ?? 0n, b.rank[0] ?? 0n) || descending(a.rank[1] ?? 0n, b.rank[1] ?? 0n));
  const answer = ids
    .filter((id) => !unsure.has(id))
    .map((id): Ranked => ({rank: ranks.get(id) ?? 'does not fit', value: id}));
  if (unsure.size > 0 && more) return undefined;
  return firstFault(
    sameFirst(expected, answer, query.limit),
    unsure.size > 0 ? undefined : same({more: expected.length > query.limit}, {more}),
  );
}

export function listedTracesFault(
  model: Model,
  tenant: TenantId,
  query: TraceQuery,
  {traces, more}: ListedTraces,
): string | undefined {
  return firstFault(
    traceListFault(model, tenant, query, {ids: traces.map(({traceId}) => traceId), more}),
    ...traces.map((one) => summaryFault(model, model.trace(tenant, one.traceId) as Trace, one)),
  );
}

export function summariesFault(
  model: Model,
  tenant: TenantId,
  ids: readonly TraceId[],
  answer: readonly TraceSummary[],
): string | undefined {
  const known = ids.flatMap((id) => model.trace(tenant, id) ?? []);
  return firstFault(
    same(
      known.map(({id}) => id),
      answer.map(({traceId}) => traceId),
    ),
    ...known.map((trace, i) => summaryFault(model, trace, answer[i] as TraceSummary)),
  );
}

const stepOf = (nanos: number): number => Math.floor(Math.log2(Math.max(nanos, 1) / 1000) * 8);
const traceStep = (nanos: number): number => Math.min(lastTraceStep, Math.max(0, stepOf(nanos)));

export function heatmapFault(model: Model, tenant: TenantId, query: HeatmapQuery, answer: Heatmap): string | undefined {
  if (doubtful(model, tenant, query).size > 0) return undefined;
  const traces = fittingTraces(model, tenant, query as TraceFilter).map(({trace}) => trace);
  const settled = traces.filter(({state}) => state !== 'arriving');
  const columns = BigInt(query.columns);
  const columnNano = (query.end - query.start + columns - 1n) / columns;
  // Where a duration lies at the end of a step, rounding may put it into the next one.
  const isSure = settled.every(
    ({duration}) => traceStep(Number(duration) * (1 + 1e-9)) === traceStep(Number(duration) * (1 - 1e-9)),
  );
  const cells = new Map<string, {at: readonly number[]; traces: number; failed: number; healed: number}>();
  const add = (column: number, step: number, one: {traces: number; failed: number; healed: number}): void => {
    const at = [column, isSure ? step : 0];
    const cell = cells.get(at.join()) ?? {at, traces: 0, failed: 0, healed: 0};
    cells.set(at.join(), {
      at,
      traces: cell.traces + one.traces,
      failed: cell.failed + one.failed,
      healed: cell.healed + one.healed,
    });
  };
  const inOrder = () =>
    [...cells.values()].sort(
      (a, b) => (a.at[0] as number) - (b.at[0] as number) || (a.at[1] as number) - (b.at[1] as number),
    );
  for (const {start, duration, outcome} of settled) {
    const from = start > query.start ? start - query.start : 0n;
    const column = columnNano === 0n ? 0 : Math.min(query.columns - 1, Number(from / columnNano));
    add(column, traceStep(Number(duration)), {
      traces: 1,
      failed: outcome === 'failed' ? 1 : 0,
      healed: outcome === 'healed' ? 1 : 0,
    });
  }
  const expected = {columnNano, arriving: traces.length - settled.length, cells: inOrder()};
  cells.clear();
  answer.column.forEach((column, i) => {
    const [count, bad, healed] = [answer.traces[i], answer.failed[i], answer.healed[i]] as [number, number, number];
    add(column, answer.step[i] as number, {traces: count, failed: bad, healed});
  });
  return same(expected, {columnNano: answer.columnNano, arriving: answer.arriving, cells: inOrder()});
}
