/** Questions whose answer is series over time: spans in, series out. */
import {toHex} from '../base/index.ts';
import type {Metrics, Series as SeriesNode} from './ast.ts';
import {Evaluator} from './evaluate.ts';
import type {Patterns} from './evaluate-field.ts';
import {attributeLister, compareObserver} from './metrics-compare.ts';
import {type Observer, overTimeObserver} from './metrics-over-time.ts';
import {Intervals, type SeriesRange} from './metrics-time.ts';
import {printMetrics} from './print.ts';
import {intrinsicReader} from './readers.ts';
import {
  combineSeries,
  filterSeries,
  type Label,
  rankSeries,
  type Series,
  type SeriesSet,
  withScalar,
} from './series.ts';
import type {SpanView} from './span-view.ts';

export interface MetricsLimits {
  /** How many spans are named as examples, at most one a trace. */
  readonly exemplars: number;
  /** Series of one function; beyond, spans that would make more are left out. */
  readonly series: number;
}

export class MetricsEvaluator {
  readonly intervals: Intervals;
  readonly #root: Metrics;
  readonly #limits: MetricsLimits;
  /** By what they print: a function that stands twice in a query is evaluated once. */
  readonly #leaves = new Map<string, {readonly node: SeriesNode; readonly observer: Observer; exemplars: number}>();
  readonly #patterns: Patterns = new Map();
  #isCut = false;

  /** The query is folded and without faults. */
  constructor(root: Metrics, range: SeriesRange, limits: MetricsLimits) {
    this.intervals = new Intervals(range);
    this.#root = root;
    this.#limits = limits;
    for (const node of leavesOf(root)) {
      const observer =
        node.function.kind === 'compare'
          ? compareObserver(node.function, this.intervals, this.#patterns)
          : overTimeObserver(node.function, this.intervals);
      this.#leaves.set(printMetrics(node), {node, observer, exemplars: 0});
    }
  }

  /** Whether there were more series than the limit. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Takes whole traces, each once. Throws TraceqlError. */
  observe(view: SpanView): void {
    const evaluator = new Evaluator(view, this.#patterns);
    const labels = exemplarLabels(view);
    const perLeaf = Math.ceil(this.#limits.exemplars / this.#leaves.size);
    for (const leaf of this.#leaves.values()) {
      const take = leaf.observer.bind(view);
      for (let trace = 0; trace < view.traces.length; trace++) {
        let wantsExemplar = leaf.exemplars < perLeaf;
        for (const {rows} of evaluator.evaluate(leaf.node.pipeline, trace)) {
          for (const row of rows) {
            const interval = this.intervals.indexOf(view.start(row));
            if (interval < 0) continue;
            if (leaf.observer.size >= this.#limits.series) {
              this.#isCut = true;
              continue;
            }
            take(row, interval, wantsExemplar ? labels(row) : undefined);
            if (wantsExemplar) leaf.exemplars++;
            wantsExemplar = false;
          }
        }
      }
    }
  }

  series(): readonly Series[] {
    return [...this.#evaluate(this.#root).values()];
  }

  #evaluate(node: Metrics): SeriesSet {
    switch (node.kind) {
      case 'series':
        return this.#leaves.get(printMetrics(node))?.observer.series() ?? new Map();
      case 'math':
        return combineSeries(node.operator, this.#evaluate(node.left), this.#evaluate(node.right));
      case 'seriesScalar':
        return withScalar(this.#evaluate(node.series), node.operator, node.scalar, node.scalarFirst);
      case 'seriesFilter':
        return filterSeries(this.#evaluate(node.series), node.operator, node.value);
      case 'rank':
        return rankSeries(this.#evaluate(node.series), node.operator, node.limit, this.intervals.count);
    }
  }
}

export function leavesOf(node: Metrics): readonly SeriesNode[] {
  if (node.kind === 'series') return [node];
  return node.kind === 'math' ? [...leavesOf(node.left), ...leavesOf(node.right)] : leavesOf(node.series);
}

/** What Grafana opens a trace with, and what tells one span from another. */
function exemplarLabels(view: SpanView): (row: number) => Label[] {
  const {spanId} = view.batch.spans.columns;
  const readers = (['name', 'kind', 'status', 'rootName', 'rootServiceName'] as const).map(
    (name) => [name, intrinsicReader(view, name)] as const,
  );
  const attributes = attributeLister(view);
  return (row) => {
    const labels: Label[] = [
      {name: 'trace:id', value: {type: 'string', value: view.traceAt(row).id}},
      {name: 'span:id', value: {type: 'string', value: toHex(spanId.get(row))}},
      ...readers.map(([name, read]) => ({name, value: read(row)})),
    ];
    attributes(row, (name, value) => void labels.push({name, value}));
    return labels;
  };
}
