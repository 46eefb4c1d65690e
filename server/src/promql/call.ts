/** Calls of functions. */
import {bare, type Call, type Expression, type MatrixSelector, nameLabel, type Subquery} from './ast.ts';
import {bucketFraction, bucketQuantile, bucketSeries, isThere} from './buckets.ts';
import {PromqlError} from './error.ts';
import type {Evaluator, Value} from './evaluate.ts';
import {extendedFunction} from './extended.ts';
import {withInfo} from './info.ts';
import {labelJoin, labelReplace, naturalOrder} from './label-functions.ts';
import {type Label, Labels, metricLabels} from './labels.ts';
import {writeNumber} from './print.ts';
import {type Column, emptyColumn, type Grid, timeAt} from './series.ts';
import {calendarFunctions, isClampable, valueFunctions} from './vector-functions.ts';
import {moveTo, windowOf} from './window.ts';
import {keepsName, type Window, type WindowFunction, windowFunctions} from './window-functions.ts';

type Apply = (evaluator: Evaluator, call: Call, grid: Grid) => Value;

const operand = ({operands}: Call, index: number): Expression => operands[index] as Expression;

export function callFunction(evaluator: Evaluator, call: Call, grid: Grid): Value {
  const apply = byName.get(call.name);
  if (apply !== undefined) return apply(evaluator, call, grid);
  if (windowFunctions.has(call.name)) return overTime(evaluator, call, grid);
  if (valueFunctions.has(call.name)) return ofValues(evaluator, call, grid);
  throw new PromqlError(`the function ${call.name}() is not there yet`);
}

const scalars = (values: Float64Array): Value => ({kind: 'scalar', values});
const constant = (grid: Grid, value: number): Value => scalars(new Float64Array(grid.count).fill(value));
const moments = (grid: Grid): Float64Array =>
  Float64Array.from({length: grid.count}, (_, step) => timeAt(grid, step) / 1000);

function single(labels: Labels, values: Float64Array): Value {
  return {kind: 'vector', columns: [{labels, values, present: new Uint8Array(values.length).fill(1)}]};
}

const byName: ReadonlyMap<string, Apply> = new Map<string, Apply>([
  ['time', (_evaluator, _call, grid) => scalars(moments(grid))],
  ['pi', (_evaluator, _call, grid) => constant(grid, Math.PI)],
  ['start', ({question}, _call, grid) => constant(grid, question.start / 1000)],
  ['end', ({question}, _call, grid) => constant(grid, question.end / 1000)],
  ['step', ({question}, _call, grid) => constant(grid, question.step / 1000)],
  ['range', ({question}, _call, grid) => constant(grid, question.range / 1000)],
  ['max_of', (evaluator, call, grid) => ofTwo(evaluator, call, grid, Math.max)],
  ['min_of', (evaluator, call, grid) => ofTwo(evaluator, call, grid, Math.min)],
  ['vector', (evaluator, call, grid) => single(Labels.none, evaluator.scalar(operand(call, 0), grid))],
  ['scalar', scalarOf],
  ['timestamp', timestamps],
  ['absent', absent],
  ['absent_over_time', absent],
  ['sort', (evaluator, call, grid) => sorted(evaluator, call, grid, 1)],
  ['sort_desc', (evaluator, call, grid) => sorted(evaluator, call, grid, -1)],
  ['sort_by_label', (evaluator, call, grid) => sortedByLabels(evaluator, call, grid, 1)],
  ['sort_by_label_desc', (evaluator, call, grid) => sortedByLabels(evaluator, call, grid, -1)],
  [
    'info',
    (evaluator, call, grid) =>
      evaluator.unique(
        withInfo(call, evaluator.columns(operand(call, 0), grid), evaluator.infos(call, grid), grid.count),
      ),
  ],
  ['label_replace', (evaluator, call, grid) => relabelled(evaluator, call, grid, labelReplace)],
  ['label_join', (evaluator, call, grid) => relabelled(evaluator, call, grid, labelJoin)],
  ['histogram_quantile', quantile],
  ['histogram_quantiles', quantiles],
  ['histogram_fraction', fraction],
  // They are of native histograms, and there are none among these samples.
  ...['avg', 'count', 'sum', 'stddev', 'stdvar'].map((name): [string, Apply] => [
    `histogram_${name}`,
    (evaluator, call, grid) => {
      evaluator.columns(operand(call, 0), grid);
      return {kind: 'vector', columns: []};
    },
  ]),
]);

function ofTwo(evaluator: Evaluator, call: Call, grid: Grid, choose: (a: number, b: number) => number): Value {
  const [left, right] = [evaluator.scalar(operand(call, 0), grid), evaluator.scalar(operand(call, 1), grid)];
  return scalars(left.map((value, step) => choose(value, right[step] as number)));
}

/** The one series there is at a moment; NaN where there are more or none. */
function scalarOf(evaluator: Evaluator, call: Call, grid: Grid): Value {
  const columns = evaluator.columns(operand(call, 0), grid);
  return scalars(
    Float64Array.from({length: grid.count}, (_, step) => {
      const here = columns.filter(({present}) => present[step] === 1);
      return here.length === 1 ? ((here[0] as Column).values[step] as number) : Number.NaN;
    }),
  );
}

/** Of a selector, when its samples are of; of anything else, the moment. */
function timestamps(evaluator: Evaluator, call: Call, grid: Grid): Value {
  const of = bare(operand(call, 0));
  const columns =
    of.kind === 'vector'
      ? evaluator.instants(of, grid, true)
      : evaluator.columns(of, grid).map(({labels, present}) => ({labels, values: moments(grid), present}));
  return evaluator.unique(columns.map((column) => ({...column, labels: column.labels.withoutMetric()})));
}

/** 1 at moments without any series, with the labels that the selector asks for by `=`. */
function absent(evaluator: Evaluator, call: Call, grid: Grid): Value {
  const of = bare(operand(call, 0));
  const there = new Uint8Array(grid.count);
  if (of.kind === 'matrix' || of.kind === 'subquery')
    eachWindow(evaluator, of, grid, (_window, step) => {
      there[step] = 1;
    });
  else
    for (const {present} of evaluator.columns(of, grid))
      for (let step = 0; step < there.length; step++) there[step]! |= present[step]!;
  const selector = of.kind === 'vector' ? of : of.kind === 'matrix' ? of.selector : undefined;
  const labels = new Map<string, string>();
  const seen = new Set<string>();
  for (const {label, sign, value} of selector?.matchers ?? []) {
    if (metricLabels.has(label)) continue;
    if (sign === '=' && !seen.has(label)) labels.set(label, value);
    else labels.delete(label);
    seen.add(label);
  }
  const column = emptyColumn(Labels.of(labels), grid.count);
  column.values.fill(1);
  there.forEach((is, step) => {
    column.present[step] = 1 - is;
  });
  return {kind: 'vector', columns: [column]};
}

/** Only at one moment: over time each series stands by itself. A NaN comes last. */
function sorted(evaluator: Evaluator, call: Call, grid: Grid, sign: 1 | -1): Value {
  const columns = evaluator.columns(operand(call, 0), grid);
  if (grid.count > 1) return {kind: 'vector', columns};
  const byValue = (a: Column, b: Column): number => {
    const [x, y] = [a.values[0] as number, b.values[0] as number];
    if (Number.isNaN(x)) return Number.isNaN(y) ? 0 : 1;
    return Number.isNaN(y) ? -1 : sign * (x - y);
  };
  return {kind: 'vector', columns: columns.toSorted(byValue)};
}

function sortedByLabels(evaluator: Evaluator, call: Call, grid: Grid, sign: 1 | -1): Value {
  const columns = evaluator.columns(operand(call, 0), grid);
  const names = call.operands.slice(1).map(textOf);
  if (grid.count > 1) return {kind: 'vector', columns};
  const byLabels = (a: Column, b: Column): number => {
    for (const name of names) {
      const [x, y] = [a.labels.get(name), b.labels.get(name)];
      if (x !== y) return sign * naturalOrder(x, y);
    }
    return sign * a.labels.compare(b.labels);
  };
  return {kind: 'vector', columns: columns.toSorted(byLabels)};
}

function textOf(node: Expression): string {
  const inner = bare(node);
  if (inner.kind !== 'string') throw new PromqlError('expected a string');
  return inner.value;
}

function relabelled(
  evaluator: Evaluator,
  call: Call,
  grid: Grid,
  change: (texts: readonly string[]) => (labels: Labels) => Labels,
): Value {
  const columns = evaluator.columns(operand(call, 0), grid);
  const changed = change(call.operands.slice(1).map(textOf));
  return evaluator.unique(columns.map((column) => ({...column, labels: changed(column.labels)})));
}

// Histograms whose buckets are series.

function histogramsOf(
  evaluator: Evaluator,
  node: Expression,
  grid: Grid,
): ReturnType<typeof bucketSeries>['histograms'] {
  const {histograms, bad} = bucketSeries(evaluator.columns(node, grid));
  for (const {labels} of bad)
    evaluator.notes.warnings.add(
      `PromQL warning: bucket label "le" is missing or has a malformed value of ${JSON.stringify(labels.get('le'))} for metric name ` +
        `${JSON.stringify(labels.get(nameLabel))} ${evaluator.place(node.at)}`,
    );
  return histograms;
}

function quantile(evaluator: Evaluator, call: Call, grid: Grid): Value {
  const wanted = evaluator.scalar(operand(call, 0), grid);
  evaluator.noteQuantiles(wanted, operand(call, 0));
  return {kind: 'vector', columns: quantileColumns(evaluator, operand(call, 1), grid, wanted, [])};
}

function quantiles(evaluator: Evaluator, call: Call, grid: Grid): Value {
  const label = textOf(operand(call, 1));
  const columns = call.operands.slice(2).flatMap((node) => {
    const wanted = evaluator.scalar(node, grid);
    evaluator.noteQuantiles(wanted, node);
    return quantileColumns(evaluator, operand(call, 0), grid, wanted, [[label, writeNumber(wanted[0] as number)]]);
  });
  return evaluator.unique(columns);
}

function quantileColumns(
  evaluator: Evaluator,
  node: Expression,
  grid: Grid,
  wanted: Float64Array,
  labels: readonly Label[],
): Column[] {
  return histogramsOf(evaluator, node, grid).map((series) => {
    const column = emptyColumn(series.labels.with(labels), grid.count);
    for (let step = 0; step < grid.count; step++) {
      if (!isThere(series, step)) continue;
      const {value, forced} = bucketQuantile(wanted[step] as number, series, step);
      column.values[step] = value;
      column.present[step] = 1;
      if (forced)
        evaluator.notes.infos.add(
          'PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see ' +
            'https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) for metric name ' +
            `${JSON.stringify(series.buckets[0]?.column.labels.get(nameLabel) ?? '')} ${evaluator.place(node.at)}`,
        );
    }
    return column;
  });
}

function fraction(evaluator: Evaluator, call: Call, grid: Grid): Value {
  const [lower, upper] = [evaluator.scalar(operand(call, 0), grid), evaluator.scalar(operand(call, 1), grid)];
  const columns = histogramsOf(evaluator, operand(call, 2), grid).map((series) => {
    const column = emptyColumn(series.labels, grid.count);
    for (let step = 0; step < grid.count; step++) {
      if (!isThere(series, step)) continue;
      column.values[step] = bucketFraction(lower[step] as number, upper[step] as number, series, step);
      column.present[step] = 1;
    }
    return column;
  });
  return {kind: 'vector', columns};
}

// Functions of single values, and of ranges.

function ofValues(evaluator: Evaluator, call: Call, grid: Grid): Value {
  const {name, operands} = call;
  const apply = valueFunctions.get(name) as NonNullable<ReturnType<typeof valueFunctions.get>>;
  if (calendarFunctions.has(name) && operands.length === 0)
    return single(
      Labels.none,
      moments(grid).map((second) => apply(second, [])),
    );
  const columns = evaluator.columns(operand(call, 0), grid);
  const parameters = operands.slice(1).map((node) => evaluator.scalar(node, grid));
  evaluator.count(columns.length * grid.count);
  const out = columns.map(({labels, values, present}): Column => {
    const own = emptyColumn(labels.withoutMetric(), grid.count);
    for (let step = 0; step < grid.count; step++) {
      const here = parameters.map((each) => each[step] as number);
      if (present[step] === 0 || (name === 'clamp' && !isClampable(here[0] as number, here[1] as number))) continue;
      own.values[step] = apply(values[step] as number, here);
      own.present[step] = 1;
    }
    return own;
  });
  return evaluator.unique(out);
}

function overTime(evaluator: Evaluator, call: Call, grid: Grid): Value {
  const {name, operands} = call;
  const plain = windowFunctions.get(name) as WindowFunction;
  const place = operands.findIndex((node) => ['matrix', 'subquery'].includes(bare(node).kind));
  const of = bare(operand(call, place)) as MatrixSelector | Subquery;
  const apply = of.extension === undefined ? plain : extendedFunction(name, of.extension, plain);
  if (typeof apply === 'string') throw new PromqlError(apply);
  const others = operands.filter((_, i) => i !== place);
  const parameters = others.map((node) => evaluator.scalar(node, grid));
  if (name === 'quantile_over_time') evaluator.noteQuantiles(parameters[0] as Float64Array, others[0] as Expression);
  if (name === 'integral' && parameters[0]?.some((each) => ![0, 1, 2].includes(each)))
    evaluator.notes.warnings.add(
      `PromQL warning: strategy should be 0, 1, or 2 (default), using 2, got ${parameters[0][0]} ${evaluator.place((others[0] as Expression).at)}`,
    );
  const columns = new Map<Labels, Column>();
  eachWindow(evaluator, of, grid, (window, step, labels) => {
    let column = columns.get(labels);
    if (column === undefined) {
      column = emptyColumn(keepsName.has(name) ? labels : labels.withoutMetric(), grid.count);
      evaluator.count(grid.count);
      columns.set(labels, column);
      if (name === 'rate' || name === 'increase') noteGauge(evaluator, labels, of);
    }
    const value = apply(
      window,
      parameters.map((each) => each[step] as number),
    );
    if (value === undefined) return;
    column.values[step] = value;
    column.present[step] = 1;
  });
  return evaluator.unique([...columns.values()]);
}

function noteGauge(evaluator: Evaluator, labels: Labels, {at}: Expression): void {
  const name = labels.get(nameLabel);
  if (name === '' || /_(?:total|sum|count|bucket)$/.test(name)) return;
  evaluator.notes.infos.add(
    'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ' +
      `${JSON.stringify(name)} ${evaluator.place(at)}`,
  );
}

/** Each range that has samples, series by series, from one moment to the next. */
function eachWindow(
  evaluator: Evaluator,
  of: MatrixSelector | Subquery,
  grid: Grid,
  use: (window: Window, step: number, labels: Labels) => void,
): void {
  const {series, range, stops} = evaluator.ranges(of, grid);
  const {lookback} = evaluator.question;
  const [before, after] = [of.extension === undefined ? 0 : lookback, of.extension === 'smoothed' ? lookback : 0];
  for (const each of series) {
    const window = windowOf(each);
    for (let step = 0; step < grid.count; step++) {
      window.at = timeAt(grid, step);
      window.stop = stops[step] as number;
      window.start = window.stop - range;
      moveTo(window, window.start - before, window.stop + after);
      if (window.first < window.end) use(window, step, each.labels);
    }
  }
}
