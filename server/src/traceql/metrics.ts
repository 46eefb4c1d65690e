/** Questions whose answer is series over time: spans in, series out. */
import {bug, toHex} from '../base/index.ts';
import type {SpanCounts} from '../query/index.ts';
import type {Metrics, Series as SeriesNode} from './ast.ts';
import {type CountedSpan, type Counting, observeCounts} from './counting.ts';
import {Evaluator} from './evaluate.ts';
import type {Patterns} from './evaluate-field.ts';
import {attributeLister, compareObserver} from './metrics-compare.ts';
import {type Observer, type OverTimeObserver, overTimeObserver} from './metrics-over-time.ts';
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

interface Leaf {
  readonly node: SeriesNode;
  readonly observer: Observer;
  exemplars: number;
  /** Where a store has counted its spans: some of these, to be named as examples. */
  counted: ReadonlySet<bigint> | undefined;
}

export class MetricsEvaluator {
  readonly intervals: Intervals;
  readonly #root: Metrics;
  readonly #limits: MetricsLimits;
  /** By what they print: a function that stands twice in a query is evaluated once. */
  readonly #leaves = new Map<string, Leaf>();
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
      this.#leaves.set(printMetrics(node), {node, observer, exemplars: 0, counted: undefined});
    }
  }

  /** Whether there were more series than the limit. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Each function once. */
  get leaves(): readonly SeriesNode[] {
    return [...this.#leaves.values()].map(({node}) => node);
  }

  get #exemplarsPerLeaf(): number {
    return Math.ceil(this.#limits.exemplars / this.#leaves.size);
  }

  /** Takes all spans of a function as a store has counted them: no whole trace is to be observed for it. Throws TraceqlError. */
  count(node: SeriesNode, counting: Counting, counts: readonly SpanCounts[]): void {
    const leaf = this.#leaves.get(printMetrics(node)) ?? bug('a function that is not in the query is counted');
    const {isCut, spans} = observeCounts(counting, counts, leaf.observer as OverTimeObserver, {
      patterns: this.#patterns,
      limit: this.#limits.series,
      intervals: this.intervals.count,
    });
    this.#isCut ||= isCut;
    leaf.counted = new Set(exampleTimes(spans, this.#exemplarsPerLeaf));
  }

  /** When spans start that are to be named as examples: their traces are to be observed by `observeExemplars`. */
  get exemplarTimes(): readonly bigint[] {
    return [...new Set([...this.#leaves.values()].flatMap(({counted}) => [...(counted ?? [])]))];
  }

  /** Takes whole traces, each once. Throws TraceqlError. */
  observe(view: SpanView): void {
    const evaluator = new Evaluator(view, this.#patterns);
    const labels = exemplarLabels(view);
    for (const leaf of this.#leaves.values()) {
      if (leaf.counted !== undefined) continue;
      const take = leaf.observer.bind(view);
      for (let trace = 0; trace < view.traces.length; trace++) {
        let wantsExemplar = leaf.exemplars < this.#exemplarsPerLeaf;
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

  /** Takes whole traces with spans that were counted: one span of each is named as an example. Throws TraceqlError. */
  observeExemplars(view: SpanView): void {
    const evaluator = new Evaluator(view, this.#patterns);
    const labels = exemplarLabels(view);
    for (const leaf of this.#leaves.values()) {
      const {counted, observer, node} = leaf;
      if (counted === undefined) continue;
      const name = (observer as OverTimeObserver).bindExemplars(view);
      for (let trace = 0; trace < view.traces.length && leaf.exemplars < this.#exemplarsPerLeaf; trace++) {
        const rows = evaluator.evaluate(node.pipeline, trace).flatMap((set) => set.rows);
        const row = rows.find((each) => counted.has(view.start(each)));
        if (row === undefined) continue;
        name(row, labels(row));
        leaf.exemplars++;
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

/** How many intervals have examples: the traces of one lie near each other, and are read together. */
const intervalsWithExamples = 20;

/** Of intervals all over the range, some spans each. */
function exampleTimes(spans: readonly CountedSpan[], most: number): readonly bigint[] {
  const byInterval = Map.groupBy(spans, ({interval}) => interval);
  const chosen = someSpread(
    [...byInterval.keys()].sort((a, b) => a - b),
    Math.min(most, intervalsWithExamples),
  );
  const each = Math.ceil(most / Math.max(1, chosen.length));
  return chosen
    .flatMap((interval) => someSpread(byInterval.get(interval) ?? [], each).map(({time}) => time))
    .slice(0, most);
}

/** At most so many of the list, evenly. */
function someSpread<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  return Array.from({length: most}, (_each, i) => list[Math.floor((i * list.length) / most)] as T);
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
