import {IconAlertTriangle, IconBandage, IconCircleDashed, IconCircleX} from '@tabler/icons-react';
import {Link} from '@tanstack/react-router';
import {createContext, type ReactNode, use} from 'react';
import type {TraceOutcome, TraceSummary} from '../../api/index.ts';
import {type Format, nanosToMs} from '../../format/index.ts';
import {thingOf} from '../../frame/index.ts';
import {type ShellText, useFormat, useText, useVisible} from '../../i18n/index.ts';
import type {Column, MainProps} from '../../table/index.ts';
import {useServiceColour} from '../../theme/index.ts';
import type {Order} from '../../urls/index.ts';
import {ServiceName, useNow} from '../../widgets/index.ts';
import {type ExploreText, exploreText} from './text/index.ts';
import classes from './trace-columns.module.css';
import {useUnmarked} from './use-response-statuses.ts';

/** What an engineer asks of a trace first: failed or not and where it came in, how long, when, through which services. `longest`: the longest duration of the list. */
export function traceColumns(
  {results, common}: ShellText & ExploreText,
  format: Format,
  longest: number,
  order: Order,
): readonly Column<TraceSummary>[] {
  const {columns} = results;
  // The figure that the list is ordered by is the last to leave.
  const rankOf = (column: Order, rank: number): number => (column === order ? 0 : rank);
  return [
    {
      id: 'trace',
      header: columns.trace,
      width: {share: 6, min: 300},
      draw: (trace, main) => <Entry trace={trace} main={main} />,
    },
    {
      id: 'duration',
      header: columns.duration,
      sortable: true,
      width: {share: 2, min: 96},
      draw: ({durationNano, state, outcome}) => (
        <DurationBar
          duration={Number(durationNano)}
          longest={longest}
          tone={state === 'arriving' ? 'arriving' : outcome}
        />
      ),
    },
    {
      id: 'start',
      header: columns.start,
      hint: columns.startHint,
      sortable: true,
      width: {fixed: 84},
      draw: (trace) => <Started at={nanosToMs(trace.startUnixNano)} />,
    },
    {
      id: 'services',
      header: columns.services,
      width: {share: 4, min: 140},
      rank: 4,
      draw: (trace) => <OtherServices trace={trace} />,
    },
    {
      id: 'spans',
      header: columns.spans,
      sortable: true,
      align: 'end',
      width: {fixed: 60},
      rank: rankOf('spans', 3),
      draw: ({spans}) => <span title={common.spans(spans, format.count(spans))}>{format.count(spans)}</span>,
    },
    {
      id: 'errors',
      header: columns.errors,
      sortable: true,
      align: 'end',
      width: {fixed: 60},
      rank: rankOf('errors', 2),
      draw: ({errors, state, outcome}) => (
        <span
          className={classes.errors}
          data-outcome={state === 'arriving' ? undefined : outcome}
          title={common.errorCount(errors, format.count(errors))}
        >
          {errors > 0 ? format.count(errors) : '–'}
        </span>
      ),
    },
  ];
}

const byColumn: Readonly<Record<string, Order>> = {
  start: 'newest',
  duration: 'longest',
  spans: 'spans',
  errors: 'errors',
};
export const orderOf = (column: string): Order | undefined => byColumn[column];
export const columnOf = (order: Order): string =>
  Object.keys(byColumn).find((column) => byColumn[column] === order) ?? 'start';

/** How the request ended, where it came in, and its operation; the link to the trace. */
function Entry({trace, main}: {readonly trace: TraceSummary; readonly main: MainProps}) {
  const text = useText(exploreText);
  const visible = useVisible();
  const status = useUnmarked(trace.traceId);
  return (
    <>
      <Mark trace={trace} unmarked={status !== undefined} />
      <Link
        {...main}
        to="/trace/$traceId"
        params={{traceId: trace.traceId}}
        className={`${main.className ?? ''} ${classes.entry}`}
        {...thingOf({kind: 'trace', traceId: trace.traceId}, {button: false})}
      >
        <ServiceName name={trace.rootService} strong titled={false} />
        <bdi className={classes.name}>{visible(trace.rootName)}</bdi>
      </Link>
      {status !== undefined && (
        <span className={classes.status} title={text.common.unmarkedTip}>
          {text.common.protocolStatus[status.protocol]} {status.code}
        </span>
      )}
      {trace.state === 'arriving' && <span className={classes.badge}>{text.results.arrivingTrace}</span>}
      {trace.state === 'incomplete' && <span className={classes.badge}>{text.results.rootMissing}</span>}
    </>
  );
}

/** One sign for each outcome, with its word; a place as wide where there is none. */
function Mark({trace: {state, outcome}, unmarked}: {readonly trace: TraceSummary; readonly unmarked: boolean}) {
  const text = useText(exploreText);
  const {outcomes, outcomeHints} = text.explore;
  if (state === 'arriving') {
    return (
      <span className={classes.mark} title={text.results.arrivingTrace}>
        <IconCircleDashed size={14} aria-hidden="true" />
      </span>
    );
  }
  // That nothing failed, or healed, would be wrong of a request that was answered so.
  if (unmarked) {
    return (
      <span className={classes.mark} data-outcome="unmarked" title={text.common.unmarkedTip}>
        <IconAlertTriangle size={14} aria-hidden="true" />
      </span>
    );
  }
  return (
    <span className={classes.mark} data-outcome={outcome} title={outcomeHints[outcome]}>
      {outcome === 'failed' && <IconCircleX size={15} aria-hidden="true" />}
      {outcome === 'healed' && <IconBandage size={15} aria-hidden="true" />}
      {outcome !== 'clean' && <span className="visually-hidden">{outcomes[outcome]}</span>}
    </span>
  );
}

/** A duration, and its share of the longest as a bar. */
export function DurationBar({
  duration,
  longest,
  tone,
}: {
  readonly duration: number;
  readonly longest: number;
  readonly tone: 'arriving' | TraceOutcome | undefined;
}) {
  const format = useFormat();
  return (
    <span className={classes.duration}>
      <span>{format.duration(duration)}</span>
      <span className={classes.track} aria-hidden="true">
        <span data-outcome={tone} style={{width: `${Math.max(0.5, (duration / longest) * 100)}%`}} />
      </span>
    </span>
  );
}

const NowContext = createContext(0);

/** The present moment for every row, so that a second that passes draws their moments again and nothing else. */
export function NowProvider({interval, children}: {readonly interval: number; readonly children: ReactNode}) {
  return <NowContext value={useNow(interval)}>{children}</NowContext>;
}

export function Started({at}: {readonly at: number}) {
  const format = useFormat();
  const now = use(NowContext);
  return (
    <time className={classes.start} dateTime={new Date(at).toISOString()} title={format.moment(at)}>
      {format.ago(at, now)}
    </time>
  );
}

/** The services besides the root's, the busiest first, as far as they fit. */
function OtherServices({trace}: {readonly trace: TraceSummary}) {
  const format = useFormat();
  const colour = useServiceColour();
  const visible = useVisible();
  const others = trace.services
    .filter((service) => service.name !== trace.rootService)
    .sort((a, b) => b.spans - a.spans);
  return (
    <span
      className={classes.services}
      title={others.map((service) => `${visible(service.name)} ${format.count(service.spans)}`).join('\n')}
    >
      {others.map((service) => (
        <span
          key={service.name}
          className={classes.service}
          data-outcome={service.errors > 0 && trace.state !== 'arriving' ? trace.outcome : undefined}
          {...thingOf({kind: 'service', service: service.name}, {button: false})}
        >
          <span className={classes.dot} style={{background: colour(service.name)}} aria-hidden="true" />
          <bdi>{visible(service.name)}</bdi>
        </span>
      ))}
    </span>
  );
}
