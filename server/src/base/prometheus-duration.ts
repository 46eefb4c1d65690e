/** Durations as Prometheus and the languages after it write them: `1h30m`, `5ms`, the largest unit first. */

/** By descending size: milliseconds. A year has 365 days. */
export const prometheusUnits: readonly (readonly [unit: string, millis: number])[] = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];
const pattern = new RegExp(`^${prometheusUnits.map(([unit]) => `(?:(\\d+)${unit})?`).join('')}$`);

/** Milliseconds; undefined for what is no such duration, or one whose nanoseconds do not fit in 64 bits. */
export function prometheusMillis(text: string): bigint | undefined {
  const parts = text === '' ? null : pattern.exec(text);
  if (parts === null) return undefined;
  let millis = 0n;
  for (const [i, [, size]] of prometheusUnits.entries()) millis += BigInt(parts[i + 1] ?? 0) * BigInt(size);
  const nanos = millis * 1_000_000n;
  return BigInt.asIntN(64, nanos) === nanos ? millis : undefined;
}
