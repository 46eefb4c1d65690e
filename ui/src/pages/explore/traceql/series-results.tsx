import {useMemo} from 'react';
import type {TempoSeriesResponse} from '../../../api/index.ts';
import {type Format, nanosToMs} from '../../../format/index.ts';
import {useFormat} from '../../../i18n/index.ts';
import {comparedOf, histogramOf, linesOf} from './series.ts';
import {HistogramChart, LineChart} from './series-chart.tsx';
import {BucketTable, ComparedTable, LineTable, ValueTable} from './series-tables.tsx';
import type {Shape, Unit} from './shape.ts';
import classes from './traceql.module.css';

type SeriesShape = Extract<Shape, {kind: 'series'}>;

/** A function over time: drawn, with what each series came to, or as a table of its values. */
export function SeriesResults({
  data,
  shape,
  table,
  range,
}: {
  readonly data: TempoSeriesResponse;
  readonly shape: SeriesShape;
  readonly table: boolean;
  readonly range: {readonly start: string; readonly end: string};
}) {
  return (
    <div className={classes.answer}>
      {data.message !== undefined && <p className={classes.note}>{data.message}</p>}
      <Drawn data={data} shape={shape} table={table} range={rangeOf(range)} />
    </div>
  );
}

function Drawn({
  data: {series},
  shape: {draws, unit},
  table,
  range,
}: {
  readonly data: TempoSeriesResponse;
  readonly shape: SeriesShape;
  readonly table: boolean;
  readonly range: {readonly min: number; readonly max: number};
}) {
  const format = useFormat();
  const write = useMemo(() => unitText(unit, format), [unit, format]);
  const lines = useMemo(() => (draws === 'lines' ? linesOf(series) : []), [series, draws]);
  const isHistogram = draws === 'histogram' || draws === 'durations';
  const histogram = useMemo(
    () => (isHistogram ? histogramOf(series, draws === 'durations' ? 1e9 : 1) : undefined),
    [series, draws, isHistogram],
  );
  const compared = useMemo(() => (draws === 'compare' ? comparedOf(series) : []), [series, draws]);
  if (draws === 'compare') return <ComparedTable rows={compared} />;
  if (histogram !== undefined)
    return (
      <>
        {!table && (
          <HistogramChart
            histogram={histogram}
            range={range}
            write={draws === 'durations' ? format.duration : format.compact}
          />
        )}
        <BucketTable buckets={histogram.buckets} write={draws === 'durations' ? format.duration : format.compact} />
      </>
    );
  if (table) return <ValueTable lines={lines} write={write} />;
  return (
    <>
      <LineChart lines={lines} range={range} write={write} />
      <LineTable lines={lines} write={write} />
    </>
  );
}

const rangeOf = ({start, end}: {readonly start: string; readonly end: string}) => ({
  min: nanosToMs(start) / 1000,
  max: nanosToMs(end) / 1000,
});

/** A value of a series with its unit, as a person reads it. */
function unitText(unit: Unit, format: Format): (value: number) => string {
  switch (unit) {
    case 'rate':
      return format.rate;
    case 'seconds':
      return (value) => format.duration(value * 1e9);
    case 'count':
      return (value) => (value < 10_000 && Number.isInteger(value) ? format.count(value) : format.compact(value));
    case 'plain':
      return format.compact;
  }
}
