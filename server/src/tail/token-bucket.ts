/** Tokens that come at a constant rate, as many as the bucket holds (golang.org/x/time/rate). It begins full. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #capacity: number;
  #tokens: number;
  #at = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number, capacity: number) {
    this.#perMs = perSecond / 1000;
    this.#capacity = capacity;
    this.#tokens = capacity;
  }

  /** Takes all of them, or none. `now` is in milliseconds and never goes back. */
  take(tokens: number, now: number): boolean {
    if (now > this.#at) {
      const passed = this.#at === Number.NEGATIVE_INFINITY ? 0 : now - this.#at;
      this.#tokens = Math.min(this.#capacity, this.#tokens + passed * this.#perMs);
      this.#at = now;
    }
    if (tokens > this.#tokens) return false;
    this.#tokens -= tokens;
    return true;
  }
}
