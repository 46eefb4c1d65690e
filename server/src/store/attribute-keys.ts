/**
 * The attribute keys that a tenant uses, kept for as long as somebody types: counting them reads thousands of spans, and the
 * palette asks again at every letter. An answer is at most `staleMs` old, and one older than `freshMs` is read again behind it.
 */
import type {TenantId} from '../base/index.ts';

const freshMs = 10_000;
const staleMs = 60_000;
/** Of these, the ones that were asked for last. */
const maxTenants = 100;

interface Kept<T> {
  readonly keys: T;
  readonly at: number;
}

export interface KeptKeys<T> {
  /** Reads by `ask`, unless what was read lately will do. Rejects as `ask` does, and keeps nothing of that. */
  get(tenant: TenantId, ask: () => Promise<T>): Promise<T>;
}

/** `now` is monotonic, in milliseconds. */
export function createKeptKeys<T>(now: () => number = () => performance.now()): KeptKeys<T> {
  const kept = new Map<TenantId, Kept<T>>();
  const asking = new Map<TenantId, Promise<T>>();

  async function read(tenant: TenantId, ask: () => Promise<T>): Promise<T> {
    const at = now();
    const keys = await ask();
    kept.delete(tenant);
    kept.set(tenant, {keys, at});
    for (const oldest of kept.keys()) if (kept.size > maxTenants) kept.delete(oldest);
    return keys;
  }

  return {
    async get(tenant, ask) {
      const known = kept.get(tenant);
      const age = known === undefined ? Number.POSITIVE_INFINITY : now() - known.at;
      if (known !== undefined && age < staleMs) {
        if (age >= freshMs && !asking.has(tenant)) {
          const again = read(tenant, ask).finally(() => asking.delete(tenant));
          asking.set(tenant, again);
          again.catch(() => {}); // the next one asks again
        }
        return known.keys;
      }
      return read(tenant, ask);
    },
  };
}
