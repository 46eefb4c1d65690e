import {useNavigate} from '@tanstack/react-router';
import {useMemo} from 'react';
import type {TraceHeatmapResponse, TraceSearchResponse, TraceSummary} from '../../api/index.ts';
import {LazyChart, type Selection} from '../../chart/index.ts';
import {durationDecades, nanosToMs, writeDuration} from '../../format/index.ts';
import {useFormat, useText, useVisible} from '../../i18n/index.ts';
import {absoluteRange, addTerm, type Question, type RangeUrl, rangeInMs} from '../../urls/index.ts';
import {ServiceName} from '../../widgets/index.ts';
import {durations, heatmapLayer, onEdge, tracePoints} from './plot-data.ts';
import {exploreText} from './text/index.ts';
import classes from './trace-plot.module.css';
import {asksFor, type ChangeAsked} from './use-explore-url.ts';

const HEIGHT = 176;

/** The whole range as asked for: all traces as a heatmap, those of the list as points on it. Marking out a part narrows the search, and tells what it shares. */
export function TracePlot({
  data,
  heatmap,
  range,
  at,
  hovered,
  question,
  against,
  onChange,
}: {
  readonly data: TraceSearchResponse;
  readonly heatmap: TraceHeatmapResponse | undefined;
  readonly range: RangeUrl;
  /** When the API was asked: the end of a relative range. */
  readonly at: number;
  /** Trace to point out. */
  readonly hovered: string | undefined;
  readonly question: Question;
  /** What a selection is held against already. */
  readonly against: string | undefined;
  readonly onChange: ChangeAsked;
}) {
  const text = useText(exploreText).plot;
  const format = useFormat();
  const navigate = useNavigate();
  const points = useMemo(() => tracePoints(data), [data]);
  const height = useMemo(() => durations(heatmap, points), [heatmap, points]);
  const layers = useMemo(() => {
    const shown = onEdge(points, height);
    return heatmap === undefined ? [shown] : [heatmapLayer(heatmap), shown];
  }, [heatmap, points, height]);
  const {from, to} = rangeInMs(range, at);
  const traceAt = (index: number): TraceSummary => data.traces[points.trace[index]!]!;
  const pointed =
    hovered === undefined ? undefined : points.trace.findIndex((index) => data.traces[index]?.traceId === hovered);

  const select = ({x, y}: Selection): void => {
    const bounds = y === undefined ? question : narrowed(question, y);
    // Narrowed again, it is still held against the whole that the reader began with.
    const whole = absoluteRange(from, to);
    onChange({
      ...absoluteRange(x[0] * 1000, x[1] * 1000),
      live: undefined,
      ...asksFor(bounds, {against: against ?? `${whole.start}~${whole.end}`}),
    });
  };
  const say = ({x, y}: Selection): string => {
    const time = `${format.time(x[0] * 1000)} – ${format.time(x[1] * 1000)}`;
    const tall = y === undefined ? '' : ` · ${format.duration(y[0])} – ${format.duration(y[1])}`;
    return `${time}${tall} · ${text.markedKeys}`;
  };
  return (
    <figure className={classes.figure}>
      <LazyChart
        label={text.label}
        height={HEIGHT}
        x={{min: from / 1000, max: to / 1000}}
        y={{...height, log: true}}
        unit={(value) => roundText(format.duration(value))}
        ticks={durationDecades}
        layers={layers}
        pointed={pointed}
        onSelect={select}
        onPoint={(index) => void navigate({to: '/trace/$traceId', params: {traceId: traceAt(index).traceId}})}
        tip={(index) => <Tip trace={traceAt(index)} />}
        saySelection={say}
      />
      <figcaption className={classes.legend} aria-hidden="true">
        <span className={classes.clean}>{text.clean}</span>
        <span className={classes.healed}>{text.healed}</span>
        <span className={classes.failed}>{text.failed}</span>
        <span className={classes.hint}>{text.hint}</span>
      </figcaption>
    </figure>
  );
}

/** The plot's height is the duration of the trace. Three figures are as fine as a hand can drag. */
function narrowed(question: Question, [low, high]: readonly [number, number]): Question {
  const value = (nanoseconds: number): string => writeDuration(Math.max(1, Number(nanoseconds.toPrecision(3))));
  return [
    {field: 'duration', op: '>=', value: value(low)} as const,
    {field: 'duration', op: '<=', value: value(high)} as const,
  ].reduce(addTerm, question);
}

/** Marks stand at round durations: `10 s`, not `10.0 s`. */
const roundText = (text: string): string => text.replace(/[.,]0+(?= )/, '');

/** Explains a point. */
function Tip({trace}: {readonly trace: TraceSummary}) {
  const {common} = useText(exploreText);
  const format = useFormat();
  const visible = useVisible();
  return (
    <>
      <div className={classes.tipTitle}>
        <ServiceName name={trace.rootService} strong /> <bdi>{visible(trace.rootName)}</bdi>
      </div>
      <div>
        {format.duration(Number(trace.durationNano))} · {common.spans(trace.spans, format.count(trace.spans))}
        {trace.errors > 0 && (
          <span className={classes.tipErrors}> · {common.errorCount(trace.errors, format.count(trace.errors))}</span>
        )}
      </div>
      <div className={classes.quiet}>{format.moment(nanosToMs(trace.startUnixNano))}</div>
    </>
  );
}
