import {useFormat} from '../i18n/index.ts';
import {useNow} from './use-now.ts';

/** The time left until `end` (milliseconds since 1970), second by second; the moment itself in the tooltip. */
export function Countdown({end}: {readonly end: number}) {
  const format = useFormat();
  const now = useNow(1_000);
  return (
    <span role="timer" title={format.moment(end)}>
      {format.countdown(end - now)}
    </span>
  );
}
