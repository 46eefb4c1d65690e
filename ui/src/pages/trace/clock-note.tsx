import {IconClockShare} from '@tabler/icons-react';
import {useFormat, useText} from '../../i18n/index.ts';
import {type TraceModel, traceText} from '../../timeline/index.ts';
import classes from './clock-note.module.css';

/** Says which clocks are wrong and that spans were moved for it, with the way to see them as they were sent. */
export function ClockNote({
  skew,
  adjusted,
  onChange,
}: {
  readonly skew: NonNullable<TraceModel['skew']>;
  readonly adjusted: boolean;
  readonly onChange: (clocks: 'sent' | undefined) => void;
}) {
  const text = useText(traceText).trace;
  const format = useFormat();
  const [worst, ...others] = skew.clocks;
  const moved = skew.clocks.reduce((sum, clock) => sum + clock.spans, 0);
  const by = format.duration(Math.abs(worst!.by));
  return (
    <p className={classes.note}>
      <IconClockShare size={15} aria-hidden="true" />
      <span>
        {worst!.by > 0 ? text.clockBehind(worst!.name, by) : text.clockAhead(worst!.name, by)}
        {others.length > 0 && ` ${text.otherClocks(format.count(others.length))}`}
        {' · '}
        {adjusted ? text.clocksMoved(moved, format.count(moved)) : text.clocksAsSent}
      </span>
      <button type="button" className={classes.change} onClick={() => onChange(adjusted ? 'sent' : undefined)}>
        {adjusted ? text.showAsSent : text.showMoved}
      </button>
    </p>
  );
}
