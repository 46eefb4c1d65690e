/** What was sent, in plain arrays, and traces as wholes. */
import type {TenantId} from '../../server/src/base/index.ts';
import {arrivingNanos, type TraceFilter, type TraceOutcome, type TraceState} from '../../server/src/query/index.ts';
import {durationOf, failed, fits, serviceOf} from './model-filter.ts';
import {bytesOf, identityOf, noParent, type Span} from './span.ts';

export interface Model {
  /** Nanoseconds since 1970. */
  readonly now: bigint;
  spansOf(tenant: TenantId): readonly Span[];
  tracesOf(tenant: TenantId): readonly Trace[];
  trace(tenant: TenantId, id: string): Trace | undefined;
}

export function createModel(all: readonly Span[], now: bigint): Model {
  const tenants = new Map<TenantId, {spans: Span[]; traces: Map<string, Span[]>}>();
  for (const span of all) {
    let known = tenants.get(span.tenant);
    if (known === undefined) tenants.set(span.tenant, (known = {spans: [], traces: new Map()}));
    known.spans.push(span);
    const trace = known.traces.get(span.traceId);
    if (trace === undefined) known.traces.set(span.traceId, [span]);
    else trace.push(span);
  }
  const traces = new Map(
    [...tenants].map(([tenant, known]) => [
      tenant,
      new Map([...known.traces].map(([id, spans]) => [id, createTrace(id, spans, now)])),
    ]),
  );
  return {
    now,
    spansOf: (tenant) => tenants.get(tenant)?.spans ?? [],
    tracesOf: (tenant) => [...(traces.get(tenant)?.values() ?? [])],
    trace: (tenant, id) => traces.get(tenant)?.get(id),
  };
}

export interface Trace {
  readonly id: string;
  /** All that arrived. */
  readonly sent: readonly Span[];
  /** Of copies one. */
  readonly spans: readonly Span[];
  readonly start: bigint;
  readonly duration: bigint;
  readonly errors: number;
  readonly outcome: TraceOutcome;
  readonly state: TraceState;
  readonly rootArrived: boolean;
  /** The spans that may stand for it: more than one where nothing tells which is the earliest. */
  readonly heads: readonly Span[];
  /** Spans that name a parent which has not arrived. */
  readonly orphans: readonly Span[];
  /**
   * Whether its spans lie so far apart that a question about a part of it may not see the rest: what ends ten minutes before the
   * range, or begins ten minutes after it (decision 45).
   */
  readonly sprawls: boolean;
}

const nineMinutes = 540_000_000_000n;
const lastNano = 2n ** 63n - 1n;

function createTrace(id: string, sent: readonly Span[], now: bigint): Trace {
  const spans = withoutCopies(sent);
  const start = spans.reduce((least, span) => (span.start < least ? span.start : least), spans[0]!.start);
  const lastStart = spans.reduce((most, span) => (span.start > most ? span.start : most), start);
  const end = spans.reduce((latest, span) => {
    const ends = span.start + (durationOf(span) > 0n ? durationOf(span) : 0n);
    return ends > latest ? ends : latest;
  }, start);
  const roots = spans.filter(isRoot);
  const ids = new Set(spans.map(({spanId}) => spanId));
  const orphans = spans.filter((span) => !isRoot(span) && !ids.has(span.parentSpanId));
  const standing = roots.length > 0 ? roots : orphans.length > 0 ? orphans : spans;
  const errors = spans.filter(failed).length;
  const isFailed =
    roots.length > 0 ? roots.some(failed) : spans.filter((span) => span.start === start).every((span) => failed(span));
  const ago = now - (end < lastNano ? end : lastNano);
  const isRecent = ago < arrivingNanos && ago > -arrivingNanos;
  return {
    id,
    sent,
    spans,
    start,
    duration: (end < lastNano ? end : lastNano) - start,
    errors,
    outcome: isFailed ? 'failed' : errors > 0 ? 'healed' : 'clean',
    state: roots.length > 0 ? 'complete' : isRecent ? 'arriving' : 'incomplete',
    rootArrived: roots.length > 0,
    heads: earliest(standing),
    orphans,
    sprawls: lastStart - start > nineMinutes,
  };
}

export const isRoot = (span: Span): boolean => span.parentSpanId === noParent;

export function withoutCopies(spans: readonly Span[]): Span[] {
  const distinct = new Map(spans.map((span) => [identityOf(span), span]));
  return [...distinct.values()];
}

/** Of those that start first, those whose name comes first. */
export function earliest(spans: readonly Span[]): Span[] {
  const order = (a: Span, b: Span): number =>
    a.start < b.start ? -1 : a.start > b.start ? 1 : Buffer.compare(bytesOf(a.name), bytesOf(b.name));
  const [first] = spans.toSorted(order);
  return first === undefined ? [] : spans.filter((span) => order(span, first) === 0);
}

/** Whether the conditions on traces hold of it. */
export function traceFits(trace: Trace, {trace: wanted}: TraceFilter): boolean {
  const {minDurationNano, maxDurationNano, outcomes = []} = wanted ?? {};
  return (
    (minDurationNano === undefined || trace.duration >= minDurationNano) &&
    (maxDurationNano === undefined || trace.duration <= maxDurationNano) &&
    (outcomes.length === 0 || (trace.state !== 'arriving' && outcomes.includes(trace.outcome)))
  );
}

export const asksOfTraces = ({trace}: TraceFilter): boolean =>
  trace?.minDurationNano !== undefined || trace?.maxDurationNano !== undefined || (trace?.outcomes ?? []).length > 0;

/** Traces that fit, each with the start of the newest span that does. */
export function fittingTraces(model: Model, tenant: TenantId, filter: TraceFilter): {trace: Trace; newest: bigint}[] {
  return model.tracesOf(tenant).flatMap((trace) => {
    if (!traceFits(trace, filter)) return [];
    const starts = trace.sent.filter((span) => fits(span, filter)).map(({start}) => start);
    if (starts.length === 0) return [];
    return [{trace, newest: starts.reduce((most, one) => (one > most ? one : most))}];
  });
}

/** All spans that fit, of traces that fit, copies included. */
export const fittingSpans = (model: Model, tenant: TenantId, filter: TraceFilter): Span[] =>
  model
    .tracesOf(tenant)
    .flatMap((trace) => (traceFits(trace, filter) ? trace.sent.filter((span) => fits(span, filter)) : []));

/** The services of a trace, the one that began first first. */
export function servicesOf(trace: Trace): {name: string; spans: number; errors: number; begins: bigint}[] {
  const services = new Map<string, Span[]>();
  for (const span of trace.spans) services.set(serviceOf(span), [...(services.get(serviceOf(span)) ?? []), span]);
  return [...services].map(([name, spans]) => ({
    name,
    spans: spans.length,
    errors: spans.filter(failed).length,
    begins: spans.reduce((least, {start}) => (start < least ? start : least), spans[0]!.start),
  }));
}
