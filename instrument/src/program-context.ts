import {type Context, ROOT_CONTEXT, type Span, trace} from '@opentelemetry/api';

/** The key under which the API keeps the span, learned from the API itself. */
const spanKey = ((): symbol => {
  let found: symbol | undefined;
  const probe: Context = {
    getValue: () => undefined,
    setValue: (key) => {
      found = key;
      return probe;
    },
    deleteValue: () => probe,
  };
  trace.setSpan(probe, trace.wrapSpanContext({traceId: '', spanId: '', traceFlags: 0}));
  if (found === undefined) throw new Error('BUG: the API sets a span without a key');
  return found;
})();

/**
 * A context whose span has a place of its own: what changes from span to span. The API's copies a map and makes three
 * closures for each. Flat like the API's, so that a chain of contexts holds nothing of the ones before it.
 */
class ProgramContext implements Context {
  readonly #span: unknown;
  readonly #others: ReadonlyMap<symbol, unknown> | undefined;

  constructor(span: unknown, others: ReadonlyMap<symbol, unknown> | undefined) {
    this.#span = span;
    this.#others = others;
  }

  getValue(key: symbol): unknown {
    return key === spanKey ? this.#span : this.#others?.get(key);
  }

  setValue(key: symbol, value: unknown): Context {
    if (key === spanKey) return new ProgramContext(value, this.#others);
    return new ProgramContext(this.#span, new Map(this.#others).set(key, value));
  }

  deleteValue(key: symbol): Context {
    if (key === spanKey) return new ProgramContext(undefined, this.#others);
    const others = new Map(this.#others);
    others.delete(key);
    return new ProgramContext(this.#span, others);
  }
}

/** Nothing in it: what `ROOT_CONTEXT` is, but made cheap to build on. */
export const emptyContext: Context = new ProgramContext(undefined, undefined);

/** `trace.setSpan`, cheap for the root context too. */
export const withSpan = (parent: Context, span: Span): Context =>
  (parent === ROOT_CONTEXT ? emptyContext : parent).setValue(spanKey, span);
