import {type Context, context, diag, propagation} from '@opentelemetry/api';

/**
 * What W3C Baggage allows a sender to rely on: 64 entries and 8,192 bytes in all. Baggage rides on every request that
 * follows, so what does not fit is left out here, with a warning, instead of failing far downstream.
 */
export const baggageLimits = {entries: 64, bytes: 8_192} as const;

/** The value of one key of the active baggage. */
export function getBaggage(key: string, from: Context = context.active()): string | undefined {
  return propagation.getBaggage(from)?.getEntry(key)?.value;
}

/** All of the active baggage. */
export function allBaggage(from: Context = context.active()): Record<string, string> {
  const entries = propagation.getBaggage(from)?.getAllEntries() ?? [];
  return Object.fromEntries(entries.map(([key, {value}]) => [key, value]));
}

/** `base` with more baggage; a value of `undefined` removes its key. Entries past the limits are left out. */
export function setBaggage(
  entries: Readonly<Record<string, string | undefined>>,
  base: Context = context.active(),
): Context {
  let baggage = propagation.getBaggage(base) ?? propagation.createBaggage();
  for (const [key, value] of Object.entries(entries)) {
    if (value === undefined) {
      baggage = baggage.removeEntry(key);
      continue;
    }
    const fault = whyNot(key, value);
    const next = fault === undefined ? baggage.setEntry(key, {value}) : baggage;
    if (fault !== undefined) diag.warn(`baggage ${JSON.stringify(key)} is left out: ${fault}`);
    else if (next.getAllEntries().length > baggageLimits.entries || size(next.getAllEntries()) > baggageLimits.bytes) {
      diag.warn(
        `baggage ${JSON.stringify(key)} is left out: over ${baggageLimits.entries} entries or ${baggageLimits.bytes} bytes`,
      );
    } else baggage = next;
  }
  return propagation.setBaggage(base, baggage);
}

/**
 * Runs `fn` with more baggage: every call downstream of it carries the entries.
 *
 * @example await withBaggage({'tenant.id': tenant, 'user.tier': 'gold'}, () => placeOrder(order));
 */
export function withBaggage<T>(entries: Readonly<Record<string, string | undefined>>, fn: () => T): T {
  return context.with(setBaggage(entries), fn);
}

/** RFC 7230 token: what a baggage key may be. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function whyNot(key: string, value: string): string | undefined {
  if (!token.test(key)) return "a key is letters, digits and !#$%&'*+-.^_`|~";
  if (!value.isWellFormed()) return 'its value is not well-formed text';
  return undefined;
}

/** Bytes on the wire: percent-encoded value, `=`, and a comma between entries. */
const size = (entries: readonly (readonly [string, {readonly value: string}])[]): number =>
  entries.reduce((sum, [key, {value}]) => sum + key.length + encodeURIComponent(value).length + 2, -1);
