import {type Baggage, type Context, context, diag, propagation} from '@opentelemetry/api';
import {baggageLimits, isToken, sizeOf} from './baggage-wire.ts';
import {guarded, isContext, readProperty} from './odd-values.ts';

export {baggageLimits};

/** The value of one key of the active baggage. */
export function getBaggage(key: string, from: Context = context.active()): string | undefined {
  return baggageOf(from)?.getEntry(key)?.value;
}

/** All of the active baggage. */
export function allBaggage(from: Context = context.active()): Record<string, string> {
  const entries = baggageOf(from)?.getAllEntries() ?? [];
  return Object.fromEntries(entries.map(([key, {value}]) => [key, value]));
}

/**
 * `base` with more baggage; a value of `undefined` removes its key. Baggage rides on every request that follows, so an entry past
 * the limits is left out here, with a warning, instead of failing far downstream. Entries that came with a request stay.
 */
export function setBaggage(
  entries: Readonly<Record<string, string | undefined>>,
  base: Context = context.active(),
): Context {
  let baggage = baggageOf(base) ?? propagation.createBaggage();
  for (const key of guarded('baggage that cannot be listed is left out', () => Object.keys(entries), [])) {
    const value = readProperty(entries, key);
    if (value === undefined) {
      baggage = baggage.removeEntry(key);
      continue;
    }
    const next = baggage.setEntry(key, {value: value as string});
    const fault = whyNot(key, value) ?? whyTooLarge(next, baggage);
    if (fault === undefined) baggage = next;
    else diag.warn(`baggage ${JSON.stringify(key)} is left out: ${fault}`);
  }
  return propagation.setBaggage(isContext(base) ? base : context.active(), baggage);
}

const baggageOf = (from: Context): Baggage | undefined =>
  isContext(from) ? guarded('no baggage', () => propagation.getBaggage(from), undefined) : undefined;

/**
 * Runs `fn` with more baggage: every call downstream of it carries the entries.
 *
 * @example await withBaggage({'tenant.id': tenant, 'user.tier': 'gold'}, () => placeOrder(order));
 */
export function withBaggage<T>(entries: Readonly<Record<string, string | undefined>>, fn: () => T): T {
  return context.with(setBaggage(entries), fn);
}

function whyNot(key: string, value: unknown): string | undefined {
  if (!isToken(key)) return "a key is letters, digits and !#$%&'*+-.^_`|~";
  if (typeof value !== 'string' || !value.isWellFormed()) return 'its value is not well-formed text';
  return undefined;
}

/** More entries than the limit can have come with a request: those may change. */
function whyTooLarge(next: Baggage, now: Baggage): string | undefined {
  const {entries, bytes} = baggageLimits;
  const count = next.getAllEntries().length;
  const fits = count <= entries || count <= now.getAllEntries().length;
  return fits && sizeOf(next) <= bytes ? undefined : `over ${entries} entries or ${bytes} bytes`;
}
