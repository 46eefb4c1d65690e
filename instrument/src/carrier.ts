import {type Context, context, propagation, ROOT_CONTEXT, type TextMapGetter} from '@opentelemetry/api';

/** A context as plain strings: what can be put into a header, a database row, a job or a message. */
export type Carrier = Record<string, string>;

/** The active context (trace and baggage) as strings, by the configured propagators. Empty without a trace. */
export function packContext(from: Context = context.active()): Carrier {
  const carrier: Carrier = {};
  propagation.inject(from, carrier);
  return carrier;
}

/** The context that `packContext` packed; the root context when there is nothing (or nothing valid) in it. */
export function unpackContext(carrier: Readonly<Carrier> | undefined): Context {
  return propagation.extract(ROOT_CONTEXT, carrier ?? {}, texts);
}

/** A carrier may come from anywhere: a value that is no text counts as absent. */
const texts: TextMapGetter<Readonly<Carrier>> = {
  keys: (carrier) => Object.keys(carrier),
  get(carrier, key) {
    const value: unknown = carrier[key];
    return typeof value === 'string' ? value : undefined;
  },
};

/**
 * Runs `fn` as if it had been called where the carrier was packed: spans in it become children of that place.
 *
 * @example await runInContext(job.context, () => traced('job.run', () => work(job)));
 */
export function runInContext<T>(carrier: Readonly<Carrier> | undefined, fn: () => T): T {
  return context.with(unpackContext(carrier), fn);
}
