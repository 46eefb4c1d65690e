/** Durations in seconds. */
import {prometheusMillis, prometheusUnits} from '../base/index.ts';

/** As many fit in 64 bits of nanoseconds. */
export const maxDurationSeconds = 2 ** 63 / 1e9;

/** Seconds; undefined for what is no duration, or one beyond some 292 years. */
export function readDuration(text: string): number | undefined {
  const millis = prometheusMillis(text);
  return millis === undefined ? undefined : Number(millis) / 1000;
}

/** Of seconds, to the millisecond. Years and weeks stand only where nothing is left over, as 90d is easier to read than 12w6d. */
export function writeDuration(seconds: number): string {
  let rest = Math.trunc(Math.abs(seconds) * 1000 + 1e-6);
  if (rest === 0) return '0s';
  let text = seconds < 0 ? '-' : '';
  for (const [unit, size] of prometheusUnits) {
    if ((unit === 'y' || unit === 'w') && rest % size !== 0) continue;
    if (rest >= size) text += `${Math.floor(rest / size)}${unit}`;
    rest %= size;
  }
  return text;
}
