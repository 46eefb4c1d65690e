import 'uplot/dist/uPlot.min.css';
import {type KeyboardEvent, type ReactNode, useEffect, useEffectEvent, useRef, useState} from 'react';
import uPlot from 'uplot';
import {useFormat} from '../i18n/index.ts';
import {useCanvasColours} from '../theme/index.ts';
import {type Marked, markedSelection, moveMarked, nearestPoint} from './axis.ts';
import classes from './chart.module.css';
import {drawLayers} from './draw.ts';
import type {Extent, Layer, PointsLayer, Selection} from './layers.ts';
import {chartOptions} from './options.ts';

const REACH = 12;
const COLUMNS = 60;
const ROWS = 24;

export interface ChartProps {
  /** The chart in words, for who does not see it. */
  readonly label: string;
  readonly height: number;
  /** Seconds since 1970. */
  readonly x: Extent;
  readonly y: Extent & {readonly log: boolean};
  readonly unit: (value: number) => string;
  /** At most `most` marks of a logarithmic axis between two values. */
  readonly ticks?: ((low: number, high: number, most: number) => readonly number[]) | undefined;
  readonly layers: readonly Layer[];
  /** Without axes, as in a table's cell. */
  readonly bare?: boolean;
  /** Point of the points layer to point out. */
  readonly pointed?: number | undefined;
  /** A part was marked out, by dragging or by keys. */
  readonly onSelect?: ((selection: Selection) => void) | undefined;
  /** A point was clicked. */
  readonly onPoint?: ((index: number) => void) | undefined;
  /** Explains a point; shown beside it. */
  readonly tip?: ((index: number) => ReactNode) | undefined;
  /** Says what the keys have marked so far, and what they do. */
  readonly saySelection?: ((selection: Selection) => string) | undefined;
}

/** The one chart of the page, on uPlot: time across, a quantity up, whatever layers on it. */
export function Chart(props: ChartProps) {
  const {label, height, x, y, layers, bare = false, pointed = -1, onSelect, tip, saySelection} = props;
  const format = useFormat();
  const colours = useCanvasColours();
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [hit, setHit] = useState<{readonly index: number; readonly x: number; readonly y: number} | undefined>();
  const [marked, setMarked] = useState<Marked | undefined>();
  const points = layers.find((layer): layer is PointsLayer => layer.kind === 'points');

  const onDraw = useEffectEvent((chart: uPlot) => drawLayers(chart, layers, colours, hit?.index ?? pointed));
  const select = useEffectEvent((selection: Selection) => {
    setMarked(undefined);
    onSelect?.(selection);
  });
  const unit = useEffectEvent((value: number) => props.unit(value));
  const ticks = useEffectEvent(
    (low: number, high: number, most: number) => props.ticks?.(low, high, most) ?? [low, high],
  );
  const pointAt = useEffectEvent((left: number, top: number): number => {
    const chart = plot.current;
    if (chart === undefined || points === undefined) return -1;
    const place = (index: number) =>
      [chart.valToPos(points.x[index]!, 'x'), chart.valToPos(points.y[index]!, 'y')] as const;
    return nearestPoint(points, place, left, top, REACH);
  });
  const onMove = useEffectEvent((left: number, top: number) => {
    const index = pointAt(left, top);
    const chart = plot.current;
    if (chart === undefined) return;
    chart.over.style.cursor = index >= 0 && props.onPoint !== undefined ? 'pointer' : onSelect ? 'crosshair' : '';
    setHit(index < 0 ? undefined : {index, x: left + chart.over.offsetLeft, y: top});
  });
  const onClick = useEffectEvent((left: number, top: number) => {
    const index = pointAt(left, top);
    if (index >= 0) props.onPoint?.(index);
  });
  const selects = onSelect !== undefined;

  useEffect(() => {
    const element = holder.current!;
    const options = chartOptions({
      width: element.clientWidth,
      height,
      log: y.log,
      bare,
      colours,
      format,
      unit: (value) => unit(value),
      ticks: (low, high, most) => ticks(low, high, most),
      draw: (chart) => onDraw(chart),
      select: selects ? (selection) => select(selection) : undefined,
    });
    const chart = new uPlot(options, [[], []], element);
    plot.current = chart;
    listen(chart, onMove, onClick, () => setHit(undefined));
    const resized = new ResizeObserver(() => chart.setSize({width: element.clientWidth, height}));
    resized.observe(element);
    return () => {
      resized.disconnect();
      chart.destroy();
      plot.current = undefined;
    };
  }, [colours, format, height, y.log, bare, selects]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another chart (colours, format) needs the scales again
  useEffect(() => {
    const chart = plot.current;
    if (chart === undefined) return;
    chart.batch(() => {
      chart.setData(
        [
          [x.min, x.max],
          [y.min, y.max],
        ],
        false,
      );
      chart.setScale('x', {min: x.min, max: x.max});
      chart.setScale('y', {min: y.min, max: y.max});
    });
    chart.redraw(false);
  }, [layers, x.min, x.max, y.min, y.max, colours, format, height, y.log, bare, selects]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is pointed out is read when drawing
  useEffect(() => plot.current?.redraw(false), [pointed, hit?.index]);

  const selection = marked === undefined ? undefined : markedSelection(marked, COLUMNS, ROWS, x, y);
  useEffect(() => {
    const chart = plot.current;
    if (chart === undefined || marked === undefined) return;
    const {clientWidth: wide, clientHeight: high} = chart.over;
    chart.setSelect(
      {
        left: (wide * marked.from) / COLUMNS,
        width: (wide * (marked.to - marked.from)) / COLUMNS,
        top: (high * (ROWS - marked.high)) / ROWS,
        height: (high * (marked.high - marked.low)) / ROWS,
      },
      false,
    );
  }, [marked]);

  const clear = (): void => {
    setMarked(undefined);
    plot.current?.setSelect({left: 0, top: 0, width: 0, height: 0}, false);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = moveMarked(marked, event.key, event.shiftKey, COLUMNS, ROWS);
    if (next !== undefined) setMarked(next);
    else if (event.key === 'Enter' && selection !== undefined) {
      clear();
      onSelect?.(selection);
    } else if (event.key === 'Escape' && marked !== undefined) clear();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={classes.chart}>
      {selects ? (
        // biome-ignore lint/a11y/useSemanticElements: no element marks out a part of a picture by keys
        <div
          ref={holder}
          className={classes.plot}
          role="application"
          aria-label={label}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys mark out a part, as dragging does
          tabIndex={0}
          style={{height}}
          onKeyDown={onKeyDown}
          onBlur={clear}
        />
      ) : (
        <div ref={holder} className={classes.plot} role="img" aria-label={label} style={{height}} />
      )}
      {hit !== undefined && tip !== undefined && hit.index < (points?.x.length ?? 0) && (
        <div
          className={classes.tip}
          style={{
            transform: `translate(${hit.x}px, ${hit.y}px) translate(${hit.x > 500 ? 'calc(-100% - 14px)' : '14px'}, -40%)`,
          }}
        >
          {tip(hit.index)}
        </div>
      )}
      {saySelection !== undefined && (
        <div role="status" className={marked === undefined ? 'visually-hidden' : classes.said}>
          {selection === undefined ? '' : saySelection(selection)}
        </div>
      )}
    </div>
  );
}

/** A click is a press that did not move: one that did was a drag. */
function listen(
  chart: uPlot,
  move: (x: number, y: number) => void,
  click: (x: number, y: number) => void,
  leave: () => void,
): void {
  let pressed: readonly [number, number] | undefined;
  chart.over.addEventListener('mousemove', (event) => {
    if (event.buttons === 0) move(event.offsetX, event.offsetY);
    else leave();
  });
  chart.over.addEventListener('mouseleave', leave);
  chart.over.addEventListener('mousedown', (event) => {
    pressed = [event.offsetX, event.offsetY];
  });
  chart.over.addEventListener('mouseup', (event) => {
    const [x, y] = pressed ?? [-99, -99];
    if (Math.hypot(event.offsetX - x, event.offsetY - y) < 4) click(event.offsetX, event.offsetY);
  });
}
