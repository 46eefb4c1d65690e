/** Nanoseconds since 1970-01-01T00:00:00Z. */
export type UnixNano = bigint & {readonly unixNano: unique symbol};

export const unixNano = (value: bigint): UnixNano => value as UnixNano;

export const unixNanoFromMillis = (milliseconds: number): UnixNano =>
  (BigInt(Math.trunc(milliseconds)) * 1_000_000n) as UnixNano;

/** The clock that components are given; tests give their own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

export const systemClock: Clock = {now: () => Date.now()};

/**
 * The longest wait of `setTimeout`, `setInterval` and `AbortSignal.timeout` in milliseconds, 24.8 days: Node fires a longer one
 * at once, and an interval each millisecond.
 */
export const maxTimerMs = 2 ** 31 - 1;

/** A wait that a peer asked for, as a timer takes it: beyond `maxTimerMs` it is that. */
export const timerMs = (milliseconds: number): number => Math.max(0, Math.min(milliseconds, maxTimerMs));

const unitNanos: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
};

/**
 * Nanoseconds of a duration as Go, the Collector and Jaeger write it: `1.5s`, `200ms`, `1h30m`; also `7d`.
 * A bare `0` is allowed. Undefined where the text is not a duration.
 */
export function parseDuration(text: string): bigint | undefined {
  if (text === '0') return 0n;
  if (!/^(\d+(\.\d*)?(ns|us|µs|μs|ms|s|m|h|d))+$/.test(text)) return undefined;
  let nanos = 0n;
  for (const [, whole, fraction, unit] of text.matchAll(/(\d+)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h|d)/g)) {
    const size = unitNanos[unit as string] as number;
    nanos += BigInt(whole as string) * BigInt(size);
    if (fraction) nanos += BigInt(Math.round(Number(`0.${fraction}`) * size));
  }
  return nanos;
}
