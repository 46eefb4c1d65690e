/** uPlot's own options for a chart: axes, scales, brush. */
import type uPlot from 'uplot';
import type {Format} from '../format/index.ts';
import type {Colours} from './draw.ts';
import type {Selection} from './layers.ts';

export interface Setting {
  readonly width: number;
  readonly height: number;
  readonly log: boolean;
  /** Without axes and padding, as in a table's cell. */
  readonly bare: boolean;
  readonly colours: Colours;
  readonly format: Format;
  /** A value of the y axis with its unit. */
  readonly unit: (value: number) => string;
  /** Marks of a logarithmic axis. */
  readonly ticks: (low: number, high: number, most: number) => readonly number[];
  readonly draw: (chart: uPlot) => void;
  readonly select: ((selection: Selection) => void) | undefined;
}

/** The x axis is time, in seconds since 1970. */
export function chartOptions(setting: Setting): uPlot.Options {
  const {width, height, log, bare, draw, select} = setting;
  return {
    width,
    height,
    legend: {show: false},
    padding: bare ? [1, 1, 1, 1] : [20, 28, 0, 0],
    scales: {x: {time: true, auto: false}, y: {distr: log ? 3 : 1, auto: false}},
    axes: bare ? [{show: false}, {show: false}] : axes(setting),
    series: [{}, {paths: () => null, points: {show: false}}],
    cursor: {
      show: !bare,
      x: false,
      y: false,
      points: {show: false},
      drag: {x: select !== undefined, y: select !== undefined, uni: 12, dist: 5, setScale: false},
    },
    hooks: {
      draw: [draw],
      setSelect: select === undefined ? [] : [(chart) => onSelect(chart, select)],
    },
  };
}

/** Pixels between two marks of the y axis at least, beside the longest of its labels, and for the shortest. */
const APART = 20;
const GAP = 8;
const NARROWEST = 44;

function axes({log, colours, format, unit, ticks}: Setting): uPlot.Axis[] {
  const axis = {
    stroke: colours('--ink-3'),
    font: axisFont(1),
    grid: {stroke: colours('--line'), width: 1},
    ticks: {show: false},
  };
  return [
    {
      ...axis,
      size: 24,
      gap: 4,
      space: 90,
      values: (_chart, splits, _axis, _space, step) => splits.map((at) => format.tick(at * 1000, step)),
    },
    {
      ...axis,
      // As wide as its labels: none is cut, and none leaves an empty margin.
      size: (chart, labels) => Math.max(NARROWEST, ...(labels ?? []).map((label) => widthOf(chart, label) + GAP + 6)),
      gap: GAP,
      ...(log
        ? {
            splits: (chart: uPlot, _axis: number, low: number, high: number) => [
              ...ticks(low, high, Math.floor((chart.bbox.height || chart.height) / devicePixelRatio / APART)),
            ],
            filter: (_chart: uPlot, splits: number[]) => splits,
          }
        : {}),
      values: (_, splits) => splits.map(unit),
    },
  ];
}

/** In CSS pixels; the canvas has its own. */
function widthOf({ctx}: uPlot, label: string): number {
  ctx.save();
  ctx.font = axisFont(devicePixelRatio);
  const {width} = ctx.measureText(label);
  ctx.restore();
  return Math.ceil(width / devicePixelRatio);
}

const axisFont = (ratio: number): string => `${11 * ratio}px ${getComputedStyle(document.body).fontFamily}`;

function onSelect(chart: uPlot, select: (selection: Selection) => void): void {
  const box = chart.select;
  if (box.width < 4) return;
  const tall = box.height < chart.over.clientHeight - 1;
  select({
    x: [chart.posToVal(box.left, 'x'), chart.posToVal(box.left + box.width, 'x')],
    y: tall ? [chart.posToVal(box.top + box.height, 'y'), chart.posToVal(box.top, 'y')] : undefined,
  });
  chart.setSelect({left: 0, top: 0, width: 0, height: 0}, false);
}
