/** Log levels and sampling probabilities that people set for a service for a time. In memory; `sampling.ts` keeps them. */

export const everyService = '*';

export type What = 'logLevel' | 'sampling';

export interface Override {
  /** `*` is every service. */
  readonly service: string;
  readonly what: What;
  /** A level of the service's logger, or a probability from 0 to 1. */
  readonly value: string | number;
  /** Milliseconds since 1970. */
  readonly setAt: number;
  readonly until: number;
  readonly setBy: string;
  readonly note: string;
}

/** Of one tenant. More are a mistake of some script. */
export const maxOverrides = 1000;

export class Overrides {
  #byKey = new Map<string, Override>();

  /** Takes its place where there is one for the same; false where there are too many. */
  set(override: Override): boolean {
    const key = keyOf(override.service, override.what);
    if (!this.#byKey.has(key) && this.#byKey.size >= maxOverrides) return false;
    this.#byKey.set(key, override);
    return true;
  }

  get size(): number {
    return this.#byKey.size;
  }

  has(service: string, what: What): boolean {
    return this.#byKey.has(keyOf(service, what));
  }

  /** Whether there was one. */
  clear(service: string, what: What): boolean {
    return this.#byKey.delete(keyOf(service, what));
  }

  /** The service's own, else that of all services. */
  inForce(service: string, what: What, now: number): Override | undefined {
    return this.#valid(service, what, now) ?? this.#valid(everyService, what, now);
  }

  /** All that hold now: those of all services first, then by name. */
  list(now: number): Override[] {
    return [...this.#byKey.values()]
      .filter(({until}) => until > now)
      .sort((a, b) => rank(a) - rank(b) || compare(a.service, b.service) || compare(a.what, b.what));
  }

  /** Forgets those that have ended and returns them. */
  expire(now: number): Override[] {
    const ended = [...this.#byKey.values()].filter(({until}) => until <= now);
    for (const {service, what} of ended) this.#byKey.delete(keyOf(service, what));
    return ended;
  }

  #valid(service: string, what: What, now: number): Override | undefined {
    const override = this.#byKey.get(keyOf(service, what));
    return override !== undefined && override.until > now ? override : undefined;
  }
}

const keyOf = (service: string, what: What): string => `${what} ${service}`;
const rank = ({service}: Override): number => Number(service !== everyService);
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
