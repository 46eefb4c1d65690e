import {type Context, propagation} from '@opentelemetry/api';
import type {Span} from '@opentelemetry/sdk-trace';
import type {SpanStage} from './tracer-provider.ts';

/**
 * Copies baggage onto every span that starts under it, but only the keys named: baggage comes from whoever calls, so
 * what is not on the list never becomes an attribute.
 */
export function baggageProcessor(keys: readonly string[]): SpanStage {
  return {
    onStart(span: Span, parent: Context) {
      const baggage = propagation.getBaggage(parent);
      if (baggage === undefined) return;
      for (const key of keys) {
        const entry = baggage.getEntry(key);
        if (entry !== undefined) span.setAttribute(key, entry.value);
      }
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
}
