import {diag, type TextMapGetter, type TextMapPropagator, type TextMapSetter} from '@opentelemetry/api';
import {W3CBaggagePropagator} from '@opentelemetry/core';
import {B3InjectEncoding, B3Propagator} from '@opentelemetry/propagator-b3';
import {jaegerPropagator} from './propagator-jaeger.ts';
import {traceContextPropagator} from './propagator-trace-context.ts';

/** Name in `OTEL_PROPAGATORS` → propagator. */
const builtIn: Readonly<Record<string, () => TextMapPropagator>> = {
  tracecontext: () => traceContextPropagator,
  baggage: () => new W3CBaggagePropagator(),
  b3: () => new B3Propagator({injectEncoding: B3InjectEncoding.SINGLE_HEADER}),
  b3multi: () => new B3Propagator({injectEncoding: B3InjectEncoding.MULTI_HEADER}),
  jaeger: () => jaegerPropagator,
};

/**
 * One propagator that writes all of `names`, in order, and reads them all: where a request carries several, the last one
 * named wins. `none` alone propagates nothing. A name that nobody knows is left out with a warning, as the OpenTelemetry
 * specification asks.
 */
export function buildPropagator(
  names: readonly string[],
  custom: Readonly<Record<string, TextMapPropagator>> = {},
): TextMapPropagator {
  const propagators = [...new Set(names)].flatMap((name) => {
    if (name === 'none') return [];
    const found = custom[name] ?? builtIn[name]?.();
    if (found === undefined) {
      diag.warn(
        `OTEL_PROPAGATORS: unknown propagator "${name}"; known are ${[...Object.keys(builtIn), ...Object.keys(custom)].join(', ')}, none`,
      );
    }
    return found ?? [];
  });
  return compose(propagators);
}

/** All of them in order. One that throws (it may be a user's own) is left out of that message. */
function compose(propagators: readonly TextMapPropagator[]): TextMapPropagator {
  const fields = [...new Set(propagators.flatMap((propagator) => propagator.fields()))];
  const complain = (what: string, error: unknown): void =>
    diag.warn(`a propagator failed to ${what}: ${String(error)}`);
  return {
    inject(context, carrier: unknown, setter: TextMapSetter) {
      for (let index = 0; index < propagators.length; index++) {
        try {
          propagators[index]!.inject(context, carrier, setter);
        } catch (error) {
          complain('inject', error);
        }
      }
    },
    extract(context, carrier: unknown, getter: TextMapGetter) {
      let found = context;
      for (let index = 0; index < propagators.length; index++) {
        try {
          found = propagators[index]!.extract(found, carrier, getter);
        } catch (error) {
          complain('extract', error);
        }
      }
      return found;
    },
    fields: () => [...fields],
  };
}
