import {diag, type TextMapGetter, type TextMapPropagator, type TextMapSetter} from '@opentelemetry/api';
import {B3InjectEncoding, B3Propagator} from '@opentelemetry/propagator-b3';
import {textOf} from './odd-values.ts';
import {baggagePropagator} from './propagator-baggage.ts';
import {guarded} from './propagator-guard.ts';
import {jaegerPropagator} from './propagator-jaeger.ts';
import {traceContextPropagator} from './propagator-trace-context.ts';
import {seldom} from './seldom.ts';
import {withUsableSpan} from './span-identity.ts';

/** Name in `OTEL_PROPAGATORS` → propagator. */
const builtIn: Readonly<Record<string, () => TextMapPropagator>> = {
  tracecontext: () => traceContextPropagator,
  baggage: () => baggagePropagator,
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
    const own = Object.hasOwn(custom, name) ? custom[name] : undefined;
    if (own !== undefined) return isPropagator(own) ? guarded(name, own) : refuse(name);
    const found = Object.hasOwn(builtIn, name) ? builtIn[name]!() : undefined;
    if (found === undefined) {
      diag.warn(
        `OTEL_PROPAGATORS: unknown propagator "${name}"; known are ${[...Object.keys(builtIn), ...Object.keys(custom)].join(', ')}, none`,
      );
    }
    return found ?? [];
  });
  return compose(propagators);
}

const isPropagator = (value: unknown): boolean => {
  const {inject, extract} = (value ?? {}) as Partial<TextMapPropagator>;
  return typeof inject === 'function' && typeof extract === 'function';
};

function refuse(name: string): [] {
  diag.warn(`propagator "${name}" is left out: it needs inject and extract`);
  return [];
}

/** All of them in order. One that throws is left out of that message: nothing that a propagator does ends a program. */
function compose(propagators: readonly TextMapPropagator[]): TextMapPropagator {
  const warn = seldom();
  const complain = (what: string, error: unknown): void =>
    warn(() => `a propagator failed to ${what}: ${textOf(error)}`);
  const fields = new Set<string>();
  for (const propagator of propagators) {
    try {
      for (const field of propagator.fields()) fields.add(field.toLowerCase());
    } catch (error) {
      complain('name its fields', error);
    }
  }
  return {
    inject(given, carrier: unknown, setter: TextMapSetter) {
      const context = withUsableSpan(given);
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
