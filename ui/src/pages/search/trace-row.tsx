import {Link} from '@tanstack/react-router';
import {memo} from 'react';
import type {TraceSummary} from '../../api/index.ts';
import {nanosToMs} from '../../format/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {useServiceColour} from '../../theme/index.ts';
import {ServiceName} from '../../widgets/index.ts';
import {searchText} from './text/index.ts';
import classes from './trace-list.module.css';

/** One trace on one line; the whole line is the link. */
export const TraceRow = memo(function TraceRow({
  trace,
  longest,
  now,
}: {
  readonly trace: TraceSummary;
  readonly longest: number;
  readonly now: number;
}) {
  const text = useText(searchText);
  const format = useFormat();
  const start = nanosToMs(trace.startUnixNano);
  const duration = Number(trace.durationNano);
  return (
    <Link
      to="/trace/$traceId"
      params={{traceId: trace.traceId}}
      className={classes.row}
      data-failed={trace.errors > 0}
      data-trace-row
    >
      <time className={classes.start} dateTime={new Date(start).toISOString()} title={format.moment(start)}>
        {format.ago(start, now)}
      </time>
      <span className={classes.root}>
        <ServiceName name={trace.rootService} strong />
        <span className={classes.name} title={trace.rootName}>
          {trace.rootName}
        </span>
        {!trace.rootArrived && <span className={classes.badge}>{text.search.rootMissing}</span>}
      </span>
      <OtherServices trace={trace} />
      <span className={classes.right} title={text.common.spans(trace.spans, format.count(trace.spans))}>
        {format.count(trace.spans)}
      </span>
      <span className={classes.errors} title={text.common.errorCount(trace.errors, format.count(trace.errors))}>
        {trace.errors > 0 ? format.count(trace.errors) : '–'}
      </span>
      <span className={classes.duration}>
        <span>{format.duration(duration)}</span>
        <span className={classes.track} aria-hidden="true">
          <span className={classes.bar} style={{width: `${Math.max(0.5, (duration / longest) * 100)}%`}} />
        </span>
      </span>
    </Link>
  );
});

/** The services besides the root's, the busiest first, as far as they fit. */
function OtherServices({trace}: {readonly trace: TraceSummary}) {
  const format = useFormat();
  const colour = useServiceColour();
  const others = trace.services
    .filter((service) => service.name !== trace.rootService)
    .sort((a, b) => b.spans - a.spans);
  return (
    <span
      className={classes.services}
      title={others.map((service) => `${service.name} ${format.count(service.spans)}`).join('\n')}
    >
      {others.map((service) => (
        <span key={service.name} className={classes.service} data-failed={service.errors > 0}>
          <span className={classes.dot} style={{background: colour(service.name)}} aria-hidden="true" />
          {service.name}
        </span>
      ))}
    </span>
  );
}
