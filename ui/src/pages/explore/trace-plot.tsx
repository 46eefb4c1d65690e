import {useNavigate} from '@tanstack/react-router';
import {useMemo} from 'react';
import {type HeatmapLayer, LazyChart, type Selection} from '../../chart/index.ts';
import {durationDecades, nanosToMs} from '../../format/index.ts';
import {useFormat, useText, useVisible} from '../../i18n/index.ts';
import {absoluteRange, type PlotKind, plotKinds, type RangeUrl, rangeInMs} from '../../urls/index.ts';
import {Segmented, ServiceName} from '../../widgets/index.ts';
import {durations, onEdge, type PlotTrace, tracePoints} from './plot-data.ts';
import {exploreText} from './text/index.ts';
import classes from './trace-plot.module.css';

const HEIGHT = 176;

/** A part of the plot, as an address says it. */
export interface Marked {
  readonly range: RangeUrl;
  /** All of the time on show, as `against` says it. */
  readonly whole: string;
  /** In nanoseconds. */
  readonly durations: readonly [number, number] | undefined;
}

/** The whole range as asked for: traces counted as a heatmap, with those of the list as points on it, or each as a point. Marking out a part narrows the search, and tells what it shares. */
export function TracePlot({
  traces,
  heatmap,
  plot,
  tells = 'outcomes',
  note,
  range,
  at,
  hovered,
  onMark,
  onPlot,
}: {
  readonly traces: readonly PlotTrace[];
  /** Gives the axis its height even where it is not drawn. */
  readonly heatmap: HeatmapLayer | undefined;
  readonly plot: PlotKind;
  /** What a mark says of a trace: how its request ended, or whether an error is in it. */
  readonly tells?: 'outcomes' | 'errors';
  /** What the plot leaves out. */
  readonly note?: string | undefined;
  readonly range: RangeUrl;
  /** When the API was asked: the end of a relative range. */
  readonly at: number;
  /** Trace to point out. */
  readonly hovered: string | undefined;
  readonly onMark: (marked: Marked) => void;
  readonly onPlot: (plot: PlotKind) => void;
}) {
  const text = useText(exploreText).plot;
  const format = useFormat();
  const navigate = useNavigate();
  const points = useMemo(() => tracePoints(traces), [traces]);
  const height = useMemo(() => durations(heatmap, points), [heatmap, points]);
  const layers = useMemo(() => {
    const shown = onEdge(points, height);
    return heatmap === undefined || plot === 'scatter' ? [shown] : [heatmap, shown];
  }, [heatmap, points, height, plot]);
  const {from, to} = rangeInMs(range, at);
  const pointed = hovered === undefined ? undefined : points.trace.findIndex(({traceId}) => traceId === hovered);

  const select = ({x, y}: Selection): void => {
    const whole = absoluteRange(from, to);
    onMark({range: absoluteRange(x[0] * 1000, x[1] * 1000), whole: `${whole.start}~${whole.end}`, durations: y});
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
        onPoint={(index) => void navigate({to: '/trace/$traceId', params: {traceId: points.trace[index]!.traceId}})}
        tip={(index) => <Tip trace={points.trace[index]!} />}
        saySelection={say}
      />
      <figcaption className={classes.caption} data-noted={note !== undefined || undefined}>
        <span className={classes.legend} aria-hidden="true">
          <span className={classes.clean}>{text.clean}</span>
          {tells === 'outcomes' && <span className={classes.healed}>{text.healed}</span>}
          <span className={classes.failed}>{tells === 'outcomes' ? text.failed : text.withErrors}</span>
          <span className={classes.hint}>{text.hint}</span>
        </span>
        {note !== undefined && <span className={classes.note}>{note}</span>}
        <span className={classes.switch}>
          <Segmented
            label={text.kinds}
            value={plot}
            choices={plotKinds.map((value) => ({value, label: text[value]}))}
            onChange={onPlot}
          />
        </span>
      </figcaption>
    </figure>
  );
}

/** Marks stand at round durations: `10 s`, not `10.0 s`. */
const roundText = (text: string): string => text.replace(/[.,]0+(?= )/, '');

/** Explains a point. */
function Tip({trace}: {readonly trace: PlotTrace}) {
  const {common} = useText(exploreText);
  const format = useFormat();
  const visible = useVisible();
  return (
    <>
      <div className={classes.tipTitle}>
        <ServiceName name={trace.service} strong /> <bdi>{visible(trace.name)}</bdi>
      </div>
      <div>
        {format.duration(trace.durationNano)} · {common.spans(trace.spans, format.count(trace.spans))}
        {trace.errors > 0 && (
          <span className={classes.tipErrors}> · {common.errorCount(trace.errors, format.count(trace.errors))}</span>
        )}
      </div>
      <div className={classes.quiet}>{format.moment(nanosToMs(trace.startUnixNano))}</div>
    </>
  );
}
