import {useNavigate} from '@tanstack/react-router';
import {useMemo} from 'react';
import {type Layer, LazyChart, logExtent, type PointsLayer} from '../../../chart/index.ts';
import {durationDecades} from '../../../format/index.ts';
import {useFormat, useText, useVisible} from '../../../i18n/index.ts';
import type {Example, Histogram, Line} from './series.ts';
import {traceqlText} from './text/index.ts';
import classes from './traceql.module.css';

const HEIGHT = 240;
/** As many colours as stay apart. */
export const mostDrawn = 10;
export const colourOf = (index: number): string => `--service-${index}`;

interface Range {
  readonly min: number;
  readonly max: number;
}

/** The greatest series as lines; marks are spans of them, and lead to their traces. */
export function LineChart({
  lines,
  range,
  write,
}: {
  readonly lines: readonly Line[];
  readonly range: Range;
  readonly write: (value: number) => string;
}) {
  const text = useText(traceqlText).series;
  const format = useFormat();
  const visible = useVisible();
  const navigate = useNavigate();
  const drawn = lines.slice(0, mostDrawn);
  const examples = useMemo(() => drawn.flatMap((line) => line.examples).sort((a, b) => a.at - b.at), [drawn]);
  const layers = useMemo(
    (): readonly Layer[] => [
      ...drawn.map(({x, y}, i): Layer => ({kind: 'line', x, y, colour: colourOf(i), filled: drawn.length === 1})),
      pointsOf(examples),
    ],
    [drawn, examples],
  );
  const values = [...drawn.flatMap(({y}) => y), ...examples.map(({value}) => value)];
  const [low, high] = [least(values), greatest(values)];
  const names = drawn.map(({name}) => (name === undefined ? text.all : visible(name))).join(', ');
  return (
    <figure className={classes.chart}>
      <LazyChart
        label={text.label(names)}
        height={HEIGHT}
        x={range}
        y={{min: low, max: high === low ? low + 1 : high, log: false}}
        unit={write}
        layers={layers}
        onPoint={(index) => {
          const one = examples[index];
          if (one === undefined) return;
          const {traceId, spanId} = one;
          void navigate({to: '/trace/$traceId', params: {traceId}, search: spanId === undefined ? {} : {span: spanId}});
        }}
        tip={(index) => {
          const one = examples[index];
          return (
            one !== undefined && (
              <span className={classes.tip}>
                {write(one.value)} · {format.time(one.at * 1000)}
                <br />
                {text.exemplar}
              </span>
            )
          );
        }}
      />
      {lines.length > mostDrawn && (
        <figcaption className={classes.quiet}>{text.drawn(mostDrawn, format.count(lines.length))}</figcaption>
      )}
    </figure>
  );
}

const pointsOf = (examples: readonly Example[]): PointsLayer => ({
  kind: 'points',
  x: examples.map(({at}) => at),
  y: examples.map(({value}) => value),
  size: examples.map(() => 3.5),
  tone: examples.map(() => 'neutral' as const),
});

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), 0);
const greatest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);

/** Durations by time, as many spans as there were of each. */
export function HistogramChart({
  histogram: {layer},
  range,
  write,
}: {
  readonly histogram: Histogram;
  readonly range: Range;
  readonly write: (value: number) => string;
}) {
  const text = useText(traceqlText).series;
  const {bounds} = layer;
  return (
    <figure className={classes.chart}>
      <LazyChart
        label={text.histogram}
        height={HEIGHT}
        x={range}
        y={{...logExtent(bounds[0]!, bounds.at(-1)!), log: true}}
        unit={write}
        ticks={durationDecades}
        layers={[layer]}
      />
    </figure>
  );
}
