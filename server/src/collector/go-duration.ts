/** A span of time as Go prints it: `1h2m3.5s`, `250ms`, `0s`. */
export function goDuration(millis: number): string {
  if (millis === 0) return '0s';
  if (millis < 0) return `-${goDuration(-millis)}`;
  if (millis < 1) return millis * 1000 < 1 ? `${Math.round(millis * 1e6)}ns` : `${trimmed(millis * 1000)}µs`;
  if (millis < 1000) return `${trimmed(millis)}ms`;
  const hours = Math.floor(millis / 3_600_000);
  const minutes = Math.floor(millis / 60_000) % 60;
  const seconds = trimmed((millis % 60_000) / 1000);
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}

/** Nine digits behind the point, without those that say nothing. */
const trimmed = (value: number): string => String(Number(value.toFixed(9)));
