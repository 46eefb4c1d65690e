/** Durations as Prometheus writes them: `1h30m`, `5ms`, the largest unit first. */

/** By descending size: milliseconds. */
const units: readonly (readonly [unit: string, millis: number])[] = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];
const pattern = new RegExp(`^${units.map(([unit]) => `(?:(\\d+)${unit})?`).join('')}$`);
/** As many fit in 64 bits of nanoseconds. */
export const maxDurationSeconds = 2 ** 63 / 1e9;

/** Seconds; undefined for what is no duration, or one beyond some 292 years. */
export function readDuration(text: string): number | undefined {
  const parts = pattern.exec(text);
  if (parts === null || text === '') return undefined;
  let millis = 0;
  units.forEach(([, size], i) => {
    millis += Number(parts[i + 1] ?? 0) * size;
  });
  return millis / 1000 < maxDurationSeconds ? millis / 1000 : undefined;
}

/** Of seconds, to the millisecond. Years and weeks stand only where nothing is left over, as 90d is easier to read than 12w6d. */
export function writeDuration(seconds: number): string {
  let rest = Math.trunc(Math.abs(seconds) * 1000 + 1e-6);
  if (rest === 0) return '0s';
  let text = seconds < 0 ? '-' : '';
  for (const [unit, size] of units) {
    if ((unit === 'y' || unit === 'w') && rest % size !== 0) continue;
    if (rest >= size) text += `${Math.floor(rest / size)}${unit}`;
    rest %= size;
  }
  return text;
}
