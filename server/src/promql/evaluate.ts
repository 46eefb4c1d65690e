/**
 * Answers a question from samples. A node is evaluated at all moments at once: what it comes to is a column of numbers a series, not an
 * object a sample. Facts: Prometheus 3 (`promql/engine.go`, `functions.go`), whose ranges and lookback are open at their start.
 */
import {aggregate} from './aggregate.ts';
import {
  type Binary,
  bare,
  type Call,
  type Expression,
  isSetOperator,
  type MatrixSelector,
  type Modifiers,
  type Subquery,
  type VectorSelector,
} from './ast.ts';
import {callFunction} from './call.ts';
import {positiveMillis} from './duration-value.ts';
import {Notes, PromqlError} from './error.ts';
import {extendedSamples, smoothedAt} from './extended.ts';
import {combineSets, operateOn} from './match.ts';
import {arithmetic, comparisons} from './operate.ts';
import {placeIn} from './place.ts';
import {
  firstMoment,
  infoModifiers,
  momentOf,
  type Question,
  type Selecting,
  selectionsOf,
  subqueryStep,
} from './select.ts';
import {
  type Column,
  emptyColumn,
  type Grid,
  isEmpty,
  isStale,
  type RawSeries,
  type SampleSource,
  timeAt,
} from './series.ts';
import {moveTo, windowOf} from './window.ts';

export interface EvaluateOptions {
  readonly source: SampleSource;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  /** Milliseconds; 0 of a question at one moment. */
  readonly step: number;
  /** Milliseconds: 5 minutes unless told. */
  readonly lookback?: number;
  /** Milliseconds: a minute unless told. */
  readonly subqueryStep?: number;
  /** How many samples a question may have in memory at once. */
  readonly maxSamples?: number;
  readonly text: string;
}

export type Value =
  | {readonly kind: 'scalar'; readonly values: Float64Array}
  | {readonly kind: 'string'; readonly value: string}
  | {readonly kind: 'vector'; readonly columns: readonly Column[]};

/** Ranges of series, looked at from one moment after the other. */
export interface Ranges {
  readonly series: readonly RawSeries[];
  /** Milliseconds. */
  readonly range: number;
  /** Where the range ends at a moment of the grid. */
  readonly stops: Float64Array;
}

export type Answer = (Value | {readonly kind: 'matrix'; readonly series: readonly RawSeries[]}) & {
  readonly grid: Grid;
  readonly notes: Notes;
};

const defaultLookback = 300_000;
const defaultMaxSamples = 50_000_000;

/** Throws PromqlError. */
export async function evaluate(tree: Expression, options: EvaluateOptions): Promise<Answer> {
  const {source, start, end, step, lookback = defaultLookback} = options;
  const question: Question = {
    start,
    end,
    step,
    range: end - start,
    lookback,
    subqueryStep: options.subqueryStep ?? 60_000,
  };
  const grid = {start, step: step || 1, count: step === 0 ? 1 : Math.floor((end - start) / step) + 1};
  const samples = new Map<Selecting, readonly RawSeries[]>();
  const evaluator = new Evaluator(question, samples, options);
  for (const [selector, selection] of selectionsOf(tree, question)) {
    const series = await source.select(selection);
    samples.set(selector, series);
    evaluator.count(series.reduce((sum, {times}) => sum + times.length, 0));
  }
  const {notes} = evaluator;
  const root = bare(tree);
  if (root.kind === 'matrix' || root.kind === 'subquery')
    return {kind: 'matrix', series: evaluator.rangeOf(root, grid), grid, notes};
  const value = evaluator.evaluate(tree, grid);
  if (value.kind !== 'vector') return {...value, grid, notes};
  return {kind: 'vector', columns: value.columns.filter((column) => !isEmpty(column)), grid, notes};
}

export class Evaluator {
  readonly question: Question;
  readonly notes = new Notes();
  readonly #samples: ReadonlyMap<Selecting, readonly RawSeries[]>;
  readonly #text: string;
  readonly #maxSamples: number;
  #held = 0;

  constructor(
    question: Question,
    samples: ReadonlyMap<Selecting, readonly RawSeries[]>,
    {text, maxSamples = defaultMaxSamples}: Pick<EvaluateOptions, 'text' | 'maxSamples'>,
  ) {
    this.question = question;
    this.#samples = samples;
    this.#text = text;
    this.#maxSamples = maxSamples;
  }

  /** Throws where a question takes more memory than it may. */
  count(samples: number): void {
    this.#held += samples;
    if (this.#held > this.#maxSamples)
      throw new PromqlError('query processing would load too many samples into memory in query execution');
  }

  /** A place in the text, as notes name it. */
  place(at: number): string {
    return `(${placeIn(this.#text, at)})`;
  }

  evaluate(node: Expression, grid: Grid): Value {
    switch (node.kind) {
      case 'number':
        return {kind: 'scalar', values: new Float64Array(grid.count).fill(node.value)};
      case 'string':
        return {kind: 'string', value: node.value};
      case 'parenthesis':
        return this.evaluate(node.inner, grid);
      case 'unary': {
        const value = this.evaluate(node.operand, grid);
        if (node.sign === '+' || value.kind === 'string') return value;
        if (value.kind === 'scalar') return {kind: 'scalar', values: value.values.map((each) => -each)};
        return this.unique(
          value.columns.map(({labels, values, present}) => ({
            labels: labels.withoutMetric(),
            values: values.map((each) => -each),
            present,
          })),
        );
      }
      case 'vector':
        return {kind: 'vector', columns: this.instants(node, grid)};
      case 'call':
        return callFunction(this, node, grid);
      case 'aggregation': {
        const parameter = node.parameter === undefined ? undefined : this.evaluate(node.parameter, grid);
        const columns = aggregate({
          node,
          columns: this.columns(node.operand, grid),
          count: grid.count,
          parameter:
            parameter?.kind === 'scalar'
              ? parameter.values
              : parameter?.kind === 'string'
                ? parameter.value
                : undefined,
        });
        if (node.name === 'quantile' && parameter?.kind === 'scalar')
          this.noteQuantiles(parameter.values, node.parameter as Expression);
        this.count(columns.length * grid.count);
        return {kind: 'vector', columns};
      }
      case 'binary':
        return this.#binary(node, grid);
      case 'matrix':
      case 'subquery':
        throw new PromqlError('a range of series has no value at a moment');
    }
  }

  columns(node: Expression, grid: Grid): readonly Column[] {
    const value = this.evaluate(node, grid);
    if (value.kind !== 'vector') throw new PromqlError(`expected an instant vector, got a ${value.kind}`);
    return value.columns;
  }

  scalar(node: Expression, grid: Grid): Float64Array {
    const value = this.evaluate(node, grid);
    if (value.kind !== 'scalar') throw new PromqlError(`expected a scalar, got a ${value.kind}`);
    return value.values;
  }

  /** The last sample of each series before each moment; with `asTime` the second it is of. */
  instants(node: VectorSelector, grid: Grid, asTime = false): Column[] {
    const series = this.#samples.get(node) ?? [];
    this.count(series.length * grid.count);
    return series.map((each) =>
      node.extension === 'smoothed' && !asTime
        ? this.#smoothed(each, node, grid)
        : this.#last(each, node, grid, asTime),
    );
  }

  /** Of what the targets are, with the second that each sample is of. */
  infos(call: Call, grid: Grid): Column[] {
    const series = this.#samples.get(call) ?? [];
    const times = infoModifiers(call.operands[0] as Expression);
    this.count(series.length * grid.count);
    return series.map((each) => this.#last(each, times, grid, true));
  }

  #last({labels, times, values}: RawSeries, modifiers: Modifiers, grid: Grid, asTime: boolean): Column {
    const column = emptyColumn(labels, grid.count);
    let last = -1;
    for (let step = 0; step < grid.count; step++) {
      const moment = momentOf(modifiers, timeAt(grid, step), this.question);
      while ((times[last + 1] as number) <= moment) last++;
      if (last < 0 || (times[last] as number) <= moment - this.question.lookback || isStale(values, last)) continue;
      column.present[step] = 1;
      column.values[step] = asTime ? (times[last] as number) / 1000 : (values[last] as number);
    }
    return column;
  }

  #smoothed(series: RawSeries, node: VectorSelector, grid: Grid): Column {
    const column = emptyColumn(series.labels, grid.count);
    const {lookback} = this.question;
    const window = windowOf(series);
    for (let step = 0; step < grid.count; step++) {
      const moment = momentOf(node, timeAt(grid, step), this.question);
      moveTo(window, moment - lookback, moment + lookback);
      const value = smoothedAt(window, moment);
      if (value === undefined) continue;
      column.present[step] = 1;
      column.values[step] = value;
    }
    return column;
  }

  /** The samples of the range at the first moment. */
  rangeOf(node: MatrixSelector | Subquery, grid: Grid): RawSeries[] {
    const {series, range, stops} = this.ranges(node, grid);
    const {lookback} = this.question;
    const stop = stops[0] as number;
    return series
      .map((each): RawSeries => {
        const window = windowOf(each);
        const {extension} = node;
        moveTo(
          window,
          stop - range - (extension === undefined ? 0 : lookback),
          stop + (extension === 'smoothed' ? lookback : 0),
        );
        const {times, values, first, end} = window;
        if (first === end) return {labels: each.labels, times: new Float64Array(0), values: new Float64Array(0)};
        window.start = stop - range;
        window.stop = stop;
        if (extension !== undefined) return {labels: each.labels, ...extendedSamples(window, extension)};
        return {labels: each.labels, times: times.slice(first, end), values: values.slice(first, end)};
      })
      .filter(({times}) => times.length > 0);
  }

  ranges(node: MatrixSelector | Subquery, grid: Grid): Ranges {
    const range = positiveMillis(node.range, this.question);
    const stops = Float64Array.from({length: grid.count}, (_, step) =>
      momentOf(node, timeAt(grid, step), this.question),
    );
    if (node.kind === 'matrix') return {series: this.#samples.get(node.selector) ?? [], range, stops};
    const step = subqueryStep(node, this.question);
    const start = firstMoment((stops[0] as number) - range, step);
    const stop = stops.at(-1) as number;
    const inner = {start, step, count: Math.max(0, Math.floor((stop - start) / step) + 1)};
    const columns = inner.count === 0 ? [] : this.columns(node.inner, inner);
    return {series: columns.map((column) => rawOf(column, inner)), range, stops};
  }

  /** Series by their labels. A question that makes one series of two at a moment has no answer. */
  unique(columns: readonly Column[]): Value {
    const byLabels = new Map<string, Column>();
    for (const column of columns) {
      const {key} = column.labels;
      const other = byLabels.get(key);
      if (other === undefined) {
        byLabels.set(key, column);
        continue;
      }
      const merged: Column = {labels: other.labels, values: other.values.slice(), present: other.present.slice()};
      for (let step = 0; step < column.present.length; step++) {
        if (column.present[step] === 0) continue;
        if (merged.present[step] === 1) throw new PromqlError('vector cannot contain metrics with the same labelset');
        merged.present[step] = 1;
        merged.values[step] = column.values[step] as number;
      }
      byLabels.set(key, merged);
    }
    return {kind: 'vector', columns: [...byLabels.values()]};
  }

  /** Quantiles are of 0 to 1. */
  noteQuantiles(values: Float64Array, {at}: Expression): void {
    const wrong = values.find((value) => !(value >= 0 && value <= 1));
    if (wrong === undefined) return;
    this.notes.warnings.add(
      `PromQL warning: quantile value should be between 0 and 1, got ${Number.isNaN(wrong) ? 'NaN' : wrong} ${this.place(at)}`,
    );
  }

  #binary(node: Binary, grid: Grid): Value {
    const [left, right] = [this.evaluate(node.left, grid), this.evaluate(node.right, grid)];
    if (left.kind === 'string' || right.kind === 'string') throw new PromqlError('no operator takes a string');
    if (left.kind === 'scalar' && right.kind === 'scalar') {
      const compare = comparisons[node.operator];
      const operate =
        compare === undefined ? arithmetic[node.operator] : (a: number, b: number) => Number(compare(a, b));
      if (operate === undefined) throw new PromqlError(`the operator ${node.operator} is not of scalars`);
      return {kind: 'scalar', values: left.values.map((value, step) => operate(value, right.values[step] as number))};
    }
    if (left.kind === 'scalar')
      return this.#withScalar(node, (right as Value & {kind: 'vector'}).columns, left.values, true);
    if (right.kind === 'scalar') return this.#withScalar(node, left.columns, right.values, false);
    const isSet = isSetOperator(node.operator);
    if (!isSet && !isOfNumbers(node)) return {kind: 'vector', columns: []};
    const combine = isSet ? combineSets : operateOn;
    const columns = combine(node, left.columns, right.columns, grid.count);
    this.count(columns.length * grid.count);
    return this.unique(columns);
  }

  #withScalar(node: Binary, columns: readonly Column[], scalars: Float64Array, isLeft: boolean): Value {
    const {operator, isBool} = node;
    const compare = comparisons[operator];
    const operate = arithmetic[operator];
    if (!isOfNumbers(node)) return {kind: 'vector', columns: []};
    this.count(columns.length * scalars.length);
    const out = columns.map(({labels, values, present}): Column => {
      const own = emptyColumn(compare === undefined || isBool ? labels.withoutMetric() : labels, scalars.length);
      for (let step = 0; step < scalars.length; step++) {
        if (present[step] === 0) continue;
        const [value, scalar] = [values[step] as number, scalars[step] as number];
        const [a, b] = isLeft ? [scalar, value] : [value, scalar];
        if (compare === undefined) own.values[step] = operate?.(a, b) as number;
        else if (isBool) own.values[step] = Number(compare(a, b));
        else if (compare(a, b)) own.values[step] = value;
        else continue;
        own.present[step] = 1;
      }
      return own;
    });
    return this.unique(out);
  }
}

const isOfNumbers = ({operator}: Binary): boolean =>
  arithmetic[operator] !== undefined || comparisons[operator] !== undefined;

/** A column as the samples of a series. */
function rawOf({labels, values, present}: Column, grid: Grid): RawSeries {
  const steps = Array.from(present.keys()).filter((step) => present[step] === 1);
  return {
    labels,
    times: Float64Array.from(steps, (step) => timeAt(grid, step)),
    values: Float64Array.from(steps, (step) => values[step] as number),
  };
}
