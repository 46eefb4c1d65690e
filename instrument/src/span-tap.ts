import type {ReadableSpan} from '@opentelemetry/sdk-trace';

export type SpanListener = (span: ReadableSpan) => void;

const slot = Symbol.for('weft.instrument.taps');

/** The listeners that hear of finished spans in this process; one set, however often this package is loaded. */
export const spanListeners = (): Set<SpanListener> => {
  const holder = globalThis as {[slot]?: Set<SpanListener>};
  holder[slot] ??= new Set();
  return holder[slot];
};

/** Hears every span that ends in this process, as it is exported. Returns what stops it. For the testing kit. */
export function tapSpans(listener: SpanListener): () => void {
  spanListeners().add(listener);
  return () => void spanListeners().delete(listener);
}
