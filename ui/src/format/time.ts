/** Moments: the API's decimal nanoseconds to milliseconds, clock texts, relative texts. */

/** Milliseconds since 1970, exact to the microsecond, of the API's decimal nanoseconds. */
export function nanosToMs(nanoseconds: string): number {
  const value = BigInt(nanoseconds);
  return Number(value / 1_000_000n) + Number((value % 1_000_000n) / 1_000n) / 1_000;
}

/** Milliseconds since 1970 (fractions allowed) as the API's decimal nanoseconds. */
export function msToNanos(milliseconds: number): string {
  const whole = Math.floor(milliseconds);
  return String(BigInt(whole) * 1_000_000n + BigInt(Math.round((milliseconds - whole) * 1e6)));
}

/** RFC 3339 in UTC with nine decimals, for copying: `2026-01-02T03:04:05.000000006Z`. */
export function isoNanos(nanoseconds: string): string {
  const value = BigInt(nanoseconds);
  const seconds = new Date(Number(value / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(value % 1_000_000_000n).padStart(9, '0')}Z`;
}

const steps = [
  ['second', 1_000, 60],
  ['minute', 60_000, 60],
  ['hour', 3_600_000, 24],
  ['day', 86_400_000, Number.POSITIVE_INFINITY],
] as const;

/** The unit and count of `now - then` for a relative text: whole units, rounded down, at least 0. */
export function relativeParts(
  then: number,
  now: number,
): {readonly count: number; readonly unit: 'second' | 'minute' | 'hour' | 'day'} {
  const distance = Math.max(0, now - then);
  for (const [unit, size, limit] of steps) {
    const count = Math.floor(distance / size);
    if (count < limit) return {count, unit};
  }
  throw new Error('BUG: a day has no upper limit');
}
