import {type Context, type TextMapPropagator, trace} from '@opentelemetry/api';
import {isToken} from './baggage-wire.ts';
import {textOf} from './odd-values.ts';
import {seldom} from './seldom.ts';

const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * A program's own propagator, kept from harming the program. The libraries that it writes for refuse a request with a malformed
 * header, undici by ending the process; a rejected promise ends it too; and later code relies on what it returns.
 */
export function guarded(name: string, propagator: TextMapPropagator): TextMapPropagator {
  const warn = seldom();
  const complain = (what: string, fault: unknown): void =>
    warn(() => `propagator "${name}" failed to ${what}: ${textOf(fault)}`);
  return {
    inject(context, carrier: unknown, setter) {
      const set = (key: unknown, value: unknown): void => {
        const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
        if (typeof key !== 'string' || !isToken(key)) return complain('inject', 'a header name that is no token');
        if (typeof text !== 'string' || !headerValue.test(text)) {
          return complain('inject', `a value of ${key} that no header can have`);
        }
        setter.set(carrier, key, text);
      };
      const attempt = (key: unknown, value: unknown): void => {
        try {
          set(key, value);
        } catch (error) {
          complain('inject', error);
        }
      };
      const result: unknown = propagator.inject(context, carrier, {set: (_carrier, key, value) => attempt(key, value)});
      expectNoPromise(result, 'inject', complain);
    },
    extract(context, carrier: unknown, getter) {
      const result: unknown = propagator.extract(context, carrier, getter);
      if (!isContext(result)) {
        expectNoPromise(result, 'extract', complain);
        complain('extract', 'it returned no context');
        return context;
      }
      const spanContext = trace.getSpanContext(result);
      if (spanContext?.traceState === undefined || typeof spanContext.traceState?.serialize === 'function')
        return result;
      const {traceState, ...others} = spanContext;
      complain('extract', `a traceState that is none: ${typeof traceState}`);
      return trace.setSpanContext(result, others);
    },
    fields() {
      const names: unknown = propagator.fields?.();
      expectNoPromise(names, 'name its fields', complain);
      return Array.isArray(names) ? names.filter((field) => typeof field === 'string') : [];
    },
  };
}

const isContext = (value: unknown): value is Context =>
  typeof (value as Context | undefined | null)?.getValue === 'function' &&
  typeof (value as Context).setValue === 'function';

/** An asynchronous one comes too late to be of use, but what it rejects with must be caught. */
function expectNoPromise(result: unknown, what: string, complain: (what: string, fault: unknown) => void): void {
  const {then} = (result ?? {}) as {readonly then?: unknown};
  if (typeof then !== 'function') return;
  complain(what, 'it is asynchronous');
  then.call(
    result,
    () => {},
    (error: unknown) => complain(what, error),
  );
}
