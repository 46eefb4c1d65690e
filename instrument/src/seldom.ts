import {diag} from '@opentelemetry/api';

/** Warns at most once a minute: what happens at every request would fill the log. */
export function seldom(): (text: () => string) => void {
  let warnedAt = Number.NEGATIVE_INFINITY;
  return (text) => {
    if (performance.now() - warnedAt < 60_000) return;
    warnedAt = performance.now();
    diag.warn(text());
  };
}
