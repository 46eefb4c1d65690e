import {
  type Attributes,
  type Context,
  context,
  type Histogram,
  type Meter,
  type MeterProvider,
  type SpanContext,
  TraceFlags,
  trace,
} from '@opentelemetry/api';

/** A measurement together with the span it was made in: the way from a metric to a trace. */
export type Exemplar = {
  readonly value: number;
  readonly attributes: Attributes;
  readonly unixMillis: number;
  readonly traceId: string;
  readonly spanId: string;
};

/** Exemplars per histogram; the metrics SDK of OpenTelemetry JS has none. */
export type Exemplars = {
  /** `provider`, with every histogram it makes remembering exemplars. */
  wrap(provider: MeterProvider): MeterProvider;
  /** The exemplars of one histogram since the last call, by `seriesKey`. */
  take(histogram: string): ReadonlyMap<string, readonly Exemplar[]>;
};

/** Kept per histogram and power of two of the value: the slow ones are few and must not be crowded out. */
const perMagnitude = 64;
const magnitudes = 32;

export function createExemplars(): Exemplars {
  const reservoirs = new Map<string, Reservoir>();

  const histogram = (inner: Histogram, name: string): Histogram => {
    let reservoir = reservoirs.get(name);
    if (reservoir === undefined) reservoirs.set(name, (reservoir = new Reservoir()));
    const kept = reservoir;
    return {
      record(value: number, attributes?: Attributes, ctx: Context = context.active()) {
        inner.record(value, attributes, ctx);
        const span = trace.getSpanContext(ctx);
        if (span !== undefined && hasIds(span) && (span.traceFlags & TraceFlags.SAMPLED) !== 0) {
          kept.offer(value, attributes ?? {}, span.traceId, span.spanId);
        }
      },
    };
  };

  return {
    wrap: (provider) => ({
      getMeter(...scope) {
        const inner = provider.getMeter(...scope);
        const meter = Object.create(inner) as Meter;
        meter.createHistogram = ((name, options) =>
          histogram(inner.createHistogram(name, options) as Histogram, name)) as Meter['createHistogram'];
        return meter;
      },
    }),
    take: (name) => reservoirs.get(name)?.take() ?? new Map(),
  };
}

/** Whether the ids can be sent: a program may have made the span context itself. */
const hasIds = ({traceId, spanId, traceFlags}: SpanContext): boolean =>
  typeof traceFlags === 'number' &&
  typeof traceId === 'string' &&
  traceId.length === 32 &&
  typeof spanId === 'string' &&
  spanId.length === 16;

/** One text per set of attributes, whatever their order. */
export const seriesKey = (attributes: Attributes): string => JSON.stringify(Object.entries(attributes).sort());

/** Keeps a uniform sample per magnitude (Vitter's algorithm R). `offer` is on the path of every recorded request. */
class Reservoir {
  readonly #slots: Exemplar[][] = Array.from({length: magnitudes}, () => []);
  readonly #seen = new Uint32Array(magnitudes);

  offer(value: number, attributes: Attributes, traceId: string, spanId: string): void {
    const magnitude = value > 0 ? Math.min(magnitudes - 1, Math.max(0, Math.floor(Math.log2(value)) + 16)) : 0;
    const slots = this.#slots[magnitude]!;
    const seen = this.#seen[magnitude]!++;
    const at = slots.length < perMagnitude ? slots.length : Math.floor(Math.random() * (seen + 1));
    if (at < perMagnitude) slots[at] = {value, attributes, unixMillis: Date.now(), traceId, spanId};
  }

  take(): Map<string, Exemplar[]> {
    const series = new Map<string, Exemplar[]>();
    for (const exemplar of this.#slots.flat()) {
      const key = seriesKey(exemplar.attributes);
      const list = series.get(key);
      if (list === undefined) series.set(key, [exemplar]);
      else list.push(exemplar);
    }
    for (const slots of this.#slots) slots.length = 0;
    this.#seen.fill(0);
    return series;
  }
}
