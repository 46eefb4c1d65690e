import {
  type Attributes,
  type Context,
  context as contextApi,
  INVALID_SPAN_CONTEXT,
  type Link,
  SamplingDecision,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  type TimeInput,
  TraceFlags,
  type Tracer,
  type TraceState,
  trace,
} from '@opentelemetry/api';
import {isTracingSuppressed} from '@opentelemetry/core';
import type {IdGenerator, Sampler} from '@opentelemetry/sdk-trace';
import {complain, guarded, isContext, plainAttributes, readProperty, textOf} from './odd-values.ts';
import {withSpan} from './program-context.ts';
import {isReceived} from './propagator-trace-context.ts';
import {cleanLink, RecordedSpan, type SpanOwner} from './span.ts';
import {type AttributeLimits, defaultLimits, SpanAttributes} from './span-attributes.ts';
import {usableSpanContext} from './span-identity.ts';

export type TracerParts = SpanOwner & {readonly sampler: Sampler; readonly ids: IdGenerator};

/**
 * Does the work of the SDK's tracer, in the same order (parent, ids, sampler, span), at a third of its price: the SDK's
 * copies attributes twice and counts spans into metrics that nobody reads. Hot path: see bench/instrument.ts.
 */
export class LeanTracer implements Tracer {
  readonly #parts: TracerParts;

  constructor(parts: TracerParts) {
    this.#parts = parts;
  }

  startSpan(name: string, options: SpanOptions = {}, context: Context = contextApi.active()): Span {
    try {
      return this.#startGiven(name, options ?? {}, context ?? contextApi.active());
    } catch (error) {
      complain('a span is started without what cannot be read', error);
    }
    const parent = isContext(context) ? context : contextApi.active();
    try {
      return this.#startGiven(name, plainOptions(options), parent);
    } catch (error) {
      complain('a span is not recorded', error);
      return trace.wrapSpanContext(
        guarded('no parent', () => trace.getSpanContext(parent), undefined) ?? INVALID_SPAN_CONTEXT,
      );
    }
  }

  #startGiven(name: string, options: SpanOptions, context: Context): Span {
    const parent = options.root === true ? trace.deleteSpan(context) : context;
    const {limits} = this.#parts;
    const attributes = new SpanAttributes({}, 0, limits.span);
    if (options.attributes != null) attributes.start(options.attributes);
    const kind = kindOf(options.kind);
    return this.#start(
      typeof name === 'string' ? name : textOf(name, 'unnamed'),
      kind,
      attributes,
      cleanLinks(options.links, limits.link),
      options.startTime,
      parent,
    );
  }

  /** `startSpan` with attributes that are taken over as they are. */
  startOwn(name: string, kind: SpanKind, attributes: Attributes, parent: Context): Span {
    const limits = this.#parts.limits.span;
    // Limits of the user's own may be below what an instrumentation gives.
    if (limits !== defaultLimits.span) return this.startSpan(name, {kind, attributes}, parent);
    return this.#start(name, kind, new SpanAttributes(attributes, ownAttributes, limits), undefined, undefined, parent);
  }

  startActiveSpan<F extends (span: Span) => unknown>(name: string, fn: F): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(name: string, options: SpanOptions, fn: F): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    context: Context,
    fn: F,
  ): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    second: SpanOptions | F,
    third?: Context | F,
    fourth?: F,
  ): ReturnType<F> {
    const fn = (fourth ?? third ?? second) as (span: Span) => ReturnType<F>;
    const options = second === fn ? undefined : (second as SpanOptions | undefined);
    const given = fourth === undefined ? undefined : third;
    const parent = isContext(given) ? given : contextApi.active();
    const span = this.startSpan(name, options, parent);
    return contextApi.with(withSpan(parent, span), fn, undefined, span);
  }

  #start(
    name: string,
    kind: SpanKind,
    attributes: SpanAttributes,
    links: Link[] | undefined,
    startTime: TimeInput | undefined,
    given: Context,
  ): Span {
    if (isTracingSuppressed(given)) return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    const parts = this.#parts;
    const parent = validParent(given);
    const context = withParent(given, parent);
    const spanId = parts.ids.generateSpanId();
    const traceId = parent === undefined ? parts.ids.generateTraceId() : parent.traceId;
    const sampled = parts.sampler.shouldSample(context, traceId, name, kind, attributes.values, links ?? []);
    const spanContext: SpanContext = {
      traceId,
      spanId,
      traceFlags: sampled.decision === SamplingDecision.RECORD_AND_SAMPLED ? TraceFlags.SAMPLED : TraceFlags.NONE,
      traceState: (sampled.traceState ?? parent?.traceState) as TraceState, // Set even if undefined, as the SDK does.
    };
    if (sampled.decision === SamplingDecision.NOT_RECORD) return trace.wrapSpanContext(spanContext);
    if (sampled.attributes !== undefined) attributes.start(sampled.attributes);
    return new RecordedSpan(parts, {name, kind, spanContext, parent, attributes, links, startTime}, context);
  }
}

/** More than any instrumentation of ours starts a span with; see `SpanAttributes`. */
const ownAttributes = 32;

/**
 * `tracer.startSpan` for our own instrumentations, which know their attributes: an object nobody else has, of texts,
 * numbers, booleans and lists of them, at most 32, none `undefined`. Such need not be looked at or copied.
 */
export const startOwnSpan = (
  tracer: Tracer,
  name: string,
  kind: SpanKind,
  attributes: Attributes,
  parent: Context,
): Span =>
  tracer instanceof LeanTracer
    ? tracer.startOwn(name, kind, attributes, parent)
    : tracer.startSpan(name, {kind, attributes}, parent);

/** The parent's span context. Ours, and those our propagator read, are valid by their making; any other is looked at. */
function validParent(context: Context): SpanContext | undefined {
  const span = trace.getSpan(context);
  const spanContext = span?.spanContext();
  if (spanContext === undefined || span instanceof RecordedSpan || isReceived(spanContext)) return spanContext;
  return usableSpanContext(spanContext);
}

const kindOf = (kind: unknown): SpanKind => (typeof kind === 'number' && kind in SpanKind ? kind : SpanKind.INTERNAL);

/** The context with a parent that can be used, for samplers and processors: they must not meet what `validParent` refused. */
function withParent(context: Context, parent: SpanContext | undefined): Context {
  const given = trace.getSpanContext(context);
  if (given === parent) return context;
  return parent === undefined ? trace.deleteSpan(context) : trace.setSpanContext(context, parent);
}

function cleanLinks(links: readonly Link[] | undefined, limits: AttributeLimits): Link[] | undefined {
  if (links == null) return undefined;
  return Array.from(links, (link) => cleanLink(link, limits)).filter((link) => link !== undefined);
}

/** The usable part of options, each property read once. */
function plainOptions(given: unknown): SpanOptions {
  const links = readProperty(given, 'links');
  const startTime = readProperty(given, 'startTime') as TimeInput | undefined;
  return {
    root: readProperty(given, 'root') === true,
    kind: kindOf(readProperty(given, 'kind')),
    attributes: plainAttributes(readProperty(given, 'attributes')),
    links: guarded('links that cannot be listed are left out', () => Array.from((links ?? []) as Link[]), []),
    ...(startTime === undefined ? {} : {startTime}),
  };
}
