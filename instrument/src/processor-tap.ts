import type {ReadableSpan, SpanProcessor} from '@opentelemetry/sdk-trace';

type Listener = (span: ReadableSpan) => void;

const slot = Symbol.for('weft.instrument.taps');
const taps = (): Set<Listener> => ((globalThis as {[slot]?: Set<Listener>})[slot] ??= new Set());

/** Hears every span that ends in this process, as it is exported. Returns what stops it. For the testing kit. */
export function tapSpans(listener: Listener): () => void {
  taps().add(listener);
  return () => void taps().delete(listener);
}

/** Last among the span processors. */
export function tapProcessor(): SpanProcessor {
  const listeners = taps();
  return {
    onStart() {},
    onEnd(span) {
      if (listeners.size > 0) for (const listener of listeners) listener(span);
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
}
