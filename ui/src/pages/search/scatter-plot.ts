/** The uPlot side of the scatter plot: axes, brush, points. */
import type uPlot from 'uplot';
import type {TraceSummary} from '../../api/index.ts';
import type {Format} from '../../format/index.ts';
import {logTicks, type Points} from './scatter-points.ts';

interface Setting {
  readonly width: number;
  readonly height: number;
  readonly colours: (token: string) => string;
  readonly format: Format;
  readonly draw: (chart: uPlot) => void;
  /** Seconds and nanoseconds; no durations where the drag went only sideways. */
  readonly select: (left: number, right: number, low: number | undefined, high: number | undefined) => void;
}

export function scatterOptions({width, height, colours, format, draw, select}: Setting): uPlot.Options {
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const axis = {
    stroke: colours('--ink-3'),
    font,
    grid: {stroke: colours('--line'), width: 1},
    ticks: {show: false},
  };
  return {
    width,
    height,
    legend: {show: false},
    padding: [20, 28, 0, 0],
    scales: {x: {time: true, auto: false}, y: {distr: 3, auto: false}},
    axes: [
      {
        ...axis,
        size: 24,
        gap: 4,
        space: 90,
        values: (_, splits) => splits.map((at) => format.tick(at * 1000, (splits[1] ?? 0) - (splits[0] ?? 0))),
      },
      {
        ...axis,
        size: 64,
        gap: 8,
        splits: (_chart, _axis, low, high) => logTicks(low, high),
        filter: (_chart, splits) => splits,
        values: (_, splits) => splits.map((value) => format.duration(value)),
      },
    ],
    series: [{}, {paths: () => null, points: {show: false}}],
    cursor: {
      x: false,
      y: false,
      points: {show: false},
      drag: {x: true, y: true, uni: 12, dist: 5, setScale: false},
    },
    hooks: {
      draw: [draw],
      setSelect: [
        (chart) => {
          const box = chart.select;
          if (box.width < 4) return;
          const tall = box.height < chart.over.clientHeight - 1;
          select(
            chart.posToVal(box.left, 'x'),
            chart.posToVal(box.left + box.width, 'x'),
            tall ? chart.posToVal(box.top + box.height, 'y') : undefined,
            tall ? chart.posToVal(box.top, 'y') : undefined,
          );
          chart.setSelect({left: 0, top: 0, width: 0, height: 0}, false);
        },
      ],
    },
  };
}

/** Circles, larger for more spans; failed traces are diamonds, drawn last, so that colour is not all that tells them. */
export function drawPoints(
  chart: uPlot,
  points: Points,
  traces: readonly TraceSummary[],
  colours: (token: string) => string,
  pointedOut: number,
): void {
  const {ctx, bbox} = chart;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  const draw = (index: number, failed: boolean): void => {
    const trace = traces[points.trace[index]!]!;
    if (trace.errors > 0 !== failed) return;
    const x = chart.valToPos(points.x[index]!, 'x', true);
    const y = chart.valToPos(points.y[index]!, 'y', true);
    const size = (2.4 + Math.min(4.5, Math.log10(trace.spans) * 1.1)) * ratio;
    ctx.beginPath();
    if (failed) {
      ctx.moveTo(x, y - size * 1.3);
      ctx.lineTo(x + size * 1.3, y);
      ctx.lineTo(x, y + size * 1.3);
      ctx.lineTo(x - size * 1.3, y);
      ctx.closePath();
    } else {
      ctx.arc(x, y, size, 0, 2 * Math.PI);
    }
    ctx.fill();
  };
  ctx.fillStyle = colours('--accent');
  ctx.globalAlpha = 0.5;
  for (let index = 0; index < points.x.length; index++) draw(index, false);
  ctx.fillStyle = colours('--error');
  ctx.globalAlpha = 0.85;
  for (let index = 0; index < points.x.length; index++) draw(index, true);
  if (pointedOut >= 0) {
    ctx.globalAlpha = 1;
    ctx.strokeStyle = colours('--ink');
    ctx.lineWidth = 1.5 * ratio;
    ctx.beginPath();
    ctx.arc(
      chart.valToPos(points.x[pointedOut]!, 'x', true),
      chart.valToPos(points.y[pointedOut]!, 'y', true),
      8 * ratio,
      0,
      2 * Math.PI,
    );
    ctx.stroke();
  }
  ctx.restore();
}
