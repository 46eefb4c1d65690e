/** A time that reaches back from a moment, as people write it: `15m`, `24h`, `2d`. */
import {parseDuration} from './time.ts';

/** Nanoseconds since 1970, not before; undefined where the text is no such time. */
export function sinceNanos(text: string, untilMillis: number): bigint | undefined {
  const back = parseDuration(text);
  if (back === undefined) return undefined;
  const until = BigInt(Math.max(0, Math.floor(untilMillis))) * 1_000_000n;
  return until > back ? until - back : 0n;
}

/** What is said of a text that is no such time. */
export const expectedSince = (text: string): string => `expected a time such as 15m or 24h, not "${text}"`;
