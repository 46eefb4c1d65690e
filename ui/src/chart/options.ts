/** uPlot's own options for a chart: axes, scales, brush. */
import type uPlot from 'uplot';
import type {Format} from '../format/index.ts';
import {logTicks} from './axis.ts';
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
  readonly draw: (chart: uPlot) => void;
  readonly select: ((selection: Selection) => void) | undefined;
}

/** The x axis is time, in seconds since 1970. */
export function chartOptions(setting: Setting): uPlot.Options {
  const {width, height, log, bare, format, unit, draw, select} = setting;
  return {
    width,
    height,
    legend: {show: false},
    padding: bare ? [1, 1, 1, 1] : [20, 28, 0, 0],
    scales: {x: {time: true, auto: false}, y: {distr: log ? 3 : 1, auto: false}},
    axes: bare ? [{show: false}, {show: false}] : axes(setting, format, unit),
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

function axes({log, colours}: Setting, format: Format, unit: (value: number) => string): uPlot.Axis[] {
  const axis = {
    stroke: colours('--ink-3'),
    font: `11px ${getComputedStyle(document.body).fontFamily}`,
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
      size: 64,
      gap: 8,
      ...(log
        ? {
            splits: (_chart: uPlot, _axis: number, low: number, high: number) => logTicks(low, high),
            filter: (_chart: uPlot, splits: number[]) => splits,
          }
        : {}),
      values: (_, splits) => splits.map(unit),
    },
  ];
}

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
