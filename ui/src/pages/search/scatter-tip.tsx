import type {TraceSummary} from '../../api/index.ts';
import {nanosToMs} from '../../format/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {ServiceName} from '../../widgets/index.ts';
import classes from './scatter.module.css';

/** Explains a point, beside the pointer. */
export function ScatterTip({trace, x, y}: {readonly trace: TraceSummary; readonly x: number; readonly y: number}) {
  const text = useText().common;
  const format = useFormat();
  return (
    <div
      className={classes.tip}
      style={{transform: `translate(${x}px, ${y}px) translate(${x > 500 ? 'calc(-100% - 14px)' : '14px'}, -40%)`}}
    >
      <div className={classes.tipTitle}>
        <ServiceName name={trace.rootService} strong /> {trace.rootName}
      </div>
      <div>
        {format.duration(Number(trace.durationNano))} · {text.spans(trace.spans, format.count(trace.spans))}
        {trace.errors > 0 && (
          <span className={classes.tipErrors}> · {text.errorCount(trace.errors, format.count(trace.errors))}</span>
        )}
      </div>
      <div className={classes.quiet}>{format.moment(nanosToMs(trace.startUnixNano))}</div>
    </div>
  );
}
