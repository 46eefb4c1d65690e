import {useFormat, useText} from '../i18n/index.ts';
import {useNow} from '../widgets/index.ts';

/** Counts down to the next attempt, which comes by itself. */
export function RetryNote({at, busy}: {readonly at: number | undefined; readonly busy: boolean}) {
  const text = useText().failure;
  const format = useFormat();
  const now = useNow(500);
  if (busy || (at !== undefined && at <= now)) return <span>{text.retrying}</span>;
  if (at === undefined) return undefined;
  return <span>{text.retryIn(format.count(Math.ceil((at - now) / 1_000)))}</span>;
}
