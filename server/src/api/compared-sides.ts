/** The traces of a selection and those that they are held against: which they are, and as many of them as can be read in the time. */
import {type TenantId, type TraceId, type UnixNano, unixNano} from '../base/index.ts';
import {impliedBy, type SetExplanation, SetReader} from '../insight/index.ts';
import type {SpanBatch} from '../model/index.ts';
import {type Budget, environmentOf, type TraceFilter, type TraceSample} from '../query/index.ts';
import {type Pipeline, SpanView} from '../traceql/index.ts';
import {splitTraces} from './sample-traces.ts';
import type {Source} from './source.ts';
import {fits, fittingTraces} from './tempo-search.ts';

/** By conditions, or by a query of TraceQL in a range. */
export type Selected =
  | {readonly kind: 'filter'; readonly filter: TraceFilter}
  | {readonly kind: 'query'; readonly pipeline: Pipeline; readonly filter: TraceFilter};

export interface ComparedQuestion {
  readonly selection: Selected;
  /** Undefined where the selection is everything. Traces of the selection are left out of it. */
  readonly baseline: Selected | undefined;
  /** Whether it is the asker's own: otherwise it is narrowed to what the selection is traces of. */
  readonly own: boolean;
}

export interface ComparedSides {
  readonly explanation: SetExplanation;
  readonly selected: Total;
  readonly baseline: Total;
  /** What the baseline was narrowed to: traces that begin with it. */
  readonly operation: {readonly service: string; readonly operation: string} | undefined;
}

/** How many traces there are; undefined where they were not counted. */
export interface Total {
  readonly total: number | undefined;
  /** Whether it was counted from a sample. */
  readonly estimated: boolean;
}

interface Asked {
  readonly source: Source;
  readonly tenant: TenantId;
  readonly budget: Budget;
}

/** Ids of each side that are known; of these as many are read as there is time for. */
const mostIds = 4_000;
const mostTraces = 300;
const mostSpans = 20_000;
/** Of one read; the earliest spans of a trace that has more. */
const mostAtOnce = 40_000;
/** Milliseconds in which a side is read: what was read by then is the sample. */
const mostMillis = 600;
/** However long that takes: fewer tell nothing. */
const leastTraces = 100;
/** A range is searched in so many parts, so that what is found is from all over it. */
const parts = 8;
/** Nearly all of a selection begins with it: then what begins otherwise is no comparison. */
const leadingShare = 0.9;
/** As many of the others are read before it is known how many of them begin with it, and where fewer do, these are asked for. */
const firstLook = 60;
const leastFitting = 0.3;
/** One stretch of ten seconds in so many. */
const thinned = 12;

export async function compareSides(question: ComparedQuestion, asked: Asked): Promise<ComparedSides> {
  const {selection, baseline, own} = question;
  const reader = new SetReader();
  const {mine, every} = await sampleOfSelection(question, asked);
  await readSide(mine.traces, asked, (batch) => void reader.add(0, batch));
  const isImplied = impliedBy(selection.filter);
  const selected = {total: mine.total, estimated: mine.estimated};
  if (baseline === undefined) {
    const none = {total: undefined, estimated: false};
    return {explanation: reader.explain(isImplied), selected, baseline: none, operation: undefined};
  }
  const root = own ? undefined : reader.root();
  const operation = root !== undefined && root.share >= leadingShare ? root : undefined;
  const isSelected = selection.kind === 'query' ? testOf(selection.pipeline, selection.filter) : () => false;
  const fitting = {read: 0, fit: 0};
  const take = (batch: SpanBatch): void => {
    fitting.read++;
    if (!isSelected(batch) && reader.add(1, batch, operation)) fitting.fit++;
  };
  let others = await sampleOf(baseline, asked, every);
  let rest = restOf(others, mine, selection);
  const first = operation === undefined ? rest.length : firstLook;
  await readSide(rest.slice(0, first), asked, take);
  // Where few of the others begin as the selection does, these are looked for: it costs less the fewer there are.
  const narrowed = fitting.fit < leastFitting * fitting.read ? narrowedTo(baseline, operation) : undefined;
  if (narrowed !== undefined) {
    const seen = new Set(rest.slice(0, first).map(({id}) => id));
    others = await sampleOf(narrowed, asked, every);
    rest = restOf(others, mine, selection);
    await readSide(
      rest.filter(({id}) => !seen.has(id)),
      asked,
      take,
    );
  } else if (first < rest.length) await readSide(rest.slice(first), asked, take);
  const isAll = operation === undefined && !own;
  return {
    explanation: reader.explain(isImplied),
    selected,
    baseline: totalOf(others, mine, rest.length, {
      isAll,
      share: narrowed === undefined ? fitting.fit / fitting.read : 1,
    }),
    operation,
  };
}

/** What it takes to know how many of a side there are. */
interface Shares {
  /** Whether the selection is among it. */
  readonly isAll: boolean;
  /** Of those that were read, the share that is compared. */
  readonly share: number;
}

function totalOf(others: Sample, mine: Sample, rest: number, {isAll, share}: Shares): Total {
  if (others.total === undefined || mine.total === undefined) return {total: undefined, estimated: false};
  if (isAll) {
    const total = Math.max(0, others.total - mine.total);
    return {total, estimated: others.estimated || mine.estimated};
  }
  const isRead = others.traces.length >= others.total;
  if (isRead && (share === 1 || rest === 0)) return {total: rest, estimated: false};
  const outside = rest / Math.max(1, others.traces.length);
  return {total: Math.round((Number.isNaN(share) ? 0 : share) * outside * others.total), estimated: true};
}

/** Those of the others that are no traces of the selection. */
function restOf(others: Sample, mine: Sample, selection: Selected): Sample['traces'] {
  const known = new Set(mine.traces.map(({id}) => id));
  // Of the selection those up to the last place are known: beyond it, nobody can tell whose a trace is.
  const isKnown = selection.kind === 'query' || mine.traces.length < mostIds;
  const last = isKnown ? Number.POSITIVE_INFINITY : (mine.traces.at(-1)?.place ?? 0);
  return others.traces.filter(({id, place}) => place <= last && !known.has(id));
}

type Sample = Pick<TraceSample, 'traces' | 'estimated'> & {readonly total: number | undefined};

/** Conditions on spans that many traces fit are looked at in a part of the range: then the baseline is too. */
async function sampleOfSelection(
  {selection, baseline}: ComparedQuestion,
  asked: Asked,
): Promise<{mine: Sample; every: number}> {
  const isThinnable = hasConditions(selection) && (baseline === undefined || hasConditions(baseline));
  if (isThinnable) {
    const thin = await sampleOf(selection, asked, thinned);
    if (thin.traces.length >= mostTraces) return {mine: thin, every: thinned};
  }
  return {mine: await sampleOf(selection, asked, 1), every: 1};
}

/** Others than those that extents in memory answer. */
function hasConditions({kind, filter}: Selected): boolean {
  if (kind === 'query') return false;
  const {operation, minDurationNano, maxDurationNano, conditions} = filter;
  if ([operation, minDurationNano, maxDurationNano].some((one) => one !== undefined)) return true;
  return conditions.some((condition) => environmentOf(condition) === undefined);
}

async function sampleOf(selected: Selected, {source, tenant, budget}: Asked, every: number): Promise<Sample> {
  if (selected.kind === 'filter')
    return source.sampleTraces(tenant, {...selected.filter, limit: mostIds, every}, {budget});
  const {start = 0n as UnixNano, end = 0n as UnixNano} = selected.filter;
  const step = (end - start) / BigInt(parts) + 1n;
  const traces = new Map<TraceId, UnixNano>();
  let isAll = true;
  for (let part = 0; part < parts; part++) {
    const from = unixNano(start + BigInt(part) * step);
    const to = unixNano(from + step - 1n < end ? from + step - 1n : end);
    if (from > end) break;
    let found = 0;
    for await (const {view, trace} of fittingTraces(
      selected.pipeline,
      {start: from, end: to},
      {source, tenant, budget},
    )) {
      const {id, start: began} = view.traces[trace] as SpanView['traces'][number];
      traces.set(id as TraceId, began as UnixNano);
      if (++found < mostTraces / parts) continue;
      isAll = false;
      break;
    }
  }
  const listed = [...traces].map(([id, began]) => ({id, start: began, place: 0}));
  return {total: isAll ? listed.length : undefined, traces: listed, estimated: false};
}

/** Traces in which a span of the operation fits what is asked; undefined where something else is asked of the span. */
function narrowedTo(
  baseline: Selected,
  named: {readonly service: string; readonly operation: string} | undefined,
): Selected | undefined {
  if (named === undefined) return undefined;
  const {service, operation} = named;
  const {filter} = baseline;
  const asksElse =
    baseline.kind === 'query' ||
    filter.operation !== undefined ||
    filter.conditions.length > 0 ||
    filter.minDurationNano !== undefined ||
    filter.maxDurationNano !== undefined ||
    (filter.service !== undefined && filter.service !== service);
  return asksElse ? undefined : {kind: 'filter', filter: {...filter, service, operation}};
}

async function readSide(
  traces: TraceSample['traces'],
  {source, tenant, budget}: Asked,
  take: (batch: SpanBatch) => void,
): Promise<void> {
  const began = performance.now();
  let [at, spans, size] = [0, 0, 50];
  while (
    at < Math.min(traces.length, mostTraces) &&
    spans < mostSpans &&
    (at < leastTraces || performance.now() - began < mostMillis)
  ) {
    const some = traces.slice(at, Math.min(at + size, mostTraces));
    const ids = some.map(({id}) => id);
    const starts = new Map(some.map(({id, start}) => [id, start]));
    const batch = await source.traces(tenant, ids, {budget, maxSpans: mostAtOnce, starts});
    const count = batch?.spans.count ?? 0;
    if (count >= mostAtOnce && some.length > 1) {
      // Cut in the middle of traces: fewer at once.
      size = Math.ceil(size / 4);
      continue;
    }
    if (batch !== undefined) for (const one of splitTraces(batch)) take(one);
    at += some.length;
    spans += count;
    size = Math.max(1, Math.min(150, Math.floor((mostSpans * some.length) / Math.max(1, 2 * count))));
  }
}

/** Whether a trace, whole, fits the query, and has a span in its time. */
function testOf(pipeline: Pipeline, {start, end}: TraceFilter): (batch: SpanBatch) => boolean {
  const isWithin = ({spans}: SpanBatch): boolean => {
    for (let row = 0; row < spans.count; row++) {
      const began = spans.columns.start.get(row);
      if ((start === undefined || began >= start) && (end === undefined || began <= end)) return true;
    }
    return false;
  };
  return (batch) => isWithin(batch) && fits(pipeline, new SpanView(batch));
}
