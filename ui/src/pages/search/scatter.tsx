import 'uplot/dist/uPlot.min.css';
import {useNavigate} from '@tanstack/react-router';
import {useEffect, useEffectEvent, useMemo, useRef, useState} from 'react';
import uPlot from 'uplot';
import type {TraceSearchResponse, TraceSummary} from '../../api/index.ts';
import {writeDuration} from '../../format/index.ts';
import {useFormat, useText} from '../../i18n/index.ts';
import {useCanvasColours} from '../../theme/index.ts';
import {absoluteRange, type RangeUrl, rangeInMs, type SearchUrl} from '../../urls/index.ts';
import classes from './scatter.module.css';
import {drawPoints, scatterOptions} from './scatter-plot.ts';
import {durationExtent, nearestPoint, scatterPoints, timeExtent} from './scatter-points.ts';
import {ScatterTip} from './scatter-tip.tsx';
import {searchText} from './text/index.ts';

const HEIGHT = 176;
const REACH = 12;

/** Start time across, duration up (logarithmic). Dragging zooms by narrowing the search; a click opens a trace. */
export function Scatter({
  data,
  range,
  at,
  hovered,
  onZoom,
}: {
  readonly data: TraceSearchResponse;
  readonly range: RangeUrl;
  /** When the API was asked: the end of a relative range. */
  readonly at: number;
  /** Trace to point out. */
  readonly hovered: string | undefined;
  readonly onZoom: (change: Partial<SearchUrl>) => void;
}) {
  const text = useText(searchText).search;
  const format = useFormat();
  const colours = useCanvasColours();
  const navigate = useNavigate();
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [tip, setTip] = useState<{readonly trace: TraceSummary; readonly x: number; readonly y: number} | undefined>();
  const points = useMemo(() => scatterPoints(data), [data]);
  const {from, to} = rangeInMs(range, at);
  const extent = timeExtent(points, from, to, data.more);

  const onDraw = useEffectEvent((chart: uPlot) => {
    const index =
      hovered === undefined ? -1 : points.trace.findIndex((trace) => data.traces[trace]?.traceId === hovered);
    drawPoints(chart, points, data.traces, colours, index);
  });
  const onSelect = useEffectEvent((left: number, right: number, low: number | undefined, high: number | undefined) => {
    onZoom({
      ...absoluteRange(left * 1000, right * 1000),
      ...(low === undefined || high === undefined ? {} : {min: roundDuration(low), max: roundDuration(high)}),
    });
  });
  const pointAt = (x: number, y: number): number => {
    const chart = plot.current;
    if (chart === undefined) return -1;
    const place = (index: number) =>
      [chart.valToPos(points.x[index]!, 'x'), chart.valToPos(points.y[index]!, 'y')] as const;
    return nearestPoint(points, place, x, y, REACH);
  };
  const onMove = useEffectEvent((x: number, y: number) => {
    const index = pointAt(x, y);
    const trace = index < 0 ? undefined : data.traces[points.trace[index]!];
    if (plot.current !== undefined) plot.current.over.style.cursor = trace === undefined ? 'crosshair' : 'pointer';
    setTip(trace === undefined ? undefined : {trace, x: x + (plot.current?.over.offsetLeft ?? 0), y});
  });
  const onClick = useEffectEvent((x: number, y: number) => {
    const trace = data.traces[points.trace[pointAt(x, y)] ?? -1];
    if (trace !== undefined) void navigate({to: '/trace/$traceId', params: {traceId: trace.traceId}});
  });

  useEffect(() => {
    const element = holder.current!;
    const options = scatterOptions({
      width: element.clientWidth,
      height: HEIGHT,
      colours,
      format,
      draw: (chart) => onDraw(chart),
      select: (...bounds) => onSelect(...bounds),
    });
    const chart = new uPlot(options, [[], []], element);
    plot.current = chart;
    let pressed: readonly [number, number] | undefined;
    chart.over.addEventListener('mousemove', (event) => {
      if (event.buttons === 0) onMove(event.offsetX, event.offsetY);
      else setTip(undefined);
    });
    chart.over.addEventListener('mouseleave', () => setTip(undefined));
    chart.over.addEventListener('mousedown', (event) => {
      pressed = [event.offsetX, event.offsetY];
    });
    chart.over.addEventListener('mouseup', (event) => {
      const [x, y] = pressed ?? [-99, -99];
      if (Math.hypot(event.offsetX - x, event.offsetY - y) < 4) onClick(event.offsetX, event.offsetY);
    });
    const resized = new ResizeObserver(() => chart.setSize({width: element.clientWidth, height: HEIGHT}));
    resized.observe(element);
    return () => {
      resized.disconnect();
      chart.destroy();
      plot.current = undefined;
    };
  }, [colours, format]);

  const [left, right] = extent;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new chart (colours, format) needs the data again
  useEffect(() => {
    const chart = plot.current;
    if (chart === undefined) return;
    const [low, high] = durationExtent(points);
    chart.batch(() => {
      chart.setData([points.x as number[], points.y as number[]], false);
      chart.setScale('x', {min: left, max: right});
      chart.setScale('y', {min: low, max: high});
    });
  }, [points, left, right, colours, format]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is pointed out is read when drawing
  useEffect(() => plot.current?.redraw(false), [hovered]);

  return (
    <figure className={classes.figure}>
      <div ref={holder} className={classes.plot} role="img" aria-label={text.scatterLabel} style={{height: HEIGHT}} />
      {tip !== undefined && <ScatterTip trace={tip.trace} x={tip.x} y={tip.y} />}
      <figcaption className={classes.legend} aria-hidden="true">
        <span className={classes.fine}>{text.withoutErrors}</span>
        <span className={classes.failed}>{text.withErrors}</span>
        <span className={classes.hint}>{text.scatterHint}</span>
      </figcaption>
    </figure>
  );
}

/** Three figures are as fine as a hand can drag. */
function roundDuration(nanoseconds: number): string {
  return writeDuration(Math.max(1, Number(nanoseconds.toPrecision(3))));
}
