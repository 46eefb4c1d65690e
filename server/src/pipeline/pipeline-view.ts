/** The running graph in figures: what passes each edge, what each part refuses, holds and takes, lately and over two minutes. */
import type {Clock, FamilySnapshot, Labels, Meter} from '../base/index.ts';
import type {Signal} from '../model/index.ts';
import type {Graph} from './graph.ts';
import type {Part} from './parts.ts';
import type {PartKind, PlanNode} from './plan.ts';
import {durationBounds, type EdgeTally, type PartTally, type Problem} from './tally.ts';

export interface PipelineView {
  /** Seconds that a point of a series covers. */
  readonly stepSeconds: number;
  readonly pipelines: readonly ViewedPipeline[];
  /** In the order of the data. */
  readonly nodes: readonly ViewedNode[];
  readonly edges: readonly ViewedEdge[];
}

export interface ViewedPipeline {
  readonly id: string;
  readonly signal: Signal;
}

export interface ViewedNode {
  readonly key: string;
  readonly kind: PartKind;
  readonly id: string;
  readonly type: string;
  readonly help: string;
  /** Of a processor. */
  readonly pipeline?: string;
  /** Where it listens, by protocol. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Batches that are inside now. */
  readonly inFlight: number;
  readonly queue?: {readonly size: number; readonly capacity: number};
  /** Milliseconds until a batch was safe, over the last seconds, those behind included. Absent where none came. */
  readonly latency?: Latency;
  /** Items that it refused, dropped or failed to send, by metric and reason, most first. */
  readonly losses: readonly ViewedLoss[];
  readonly problem?: {readonly level: Problem['level']; readonly message: string; readonly atUnixMs: number};
  /** Its series, apart from those of other instances of its id. */
  readonly metrics: readonly {readonly name: string; readonly labels: Labels; readonly value: number}[];
}

export interface ViewedLoss {
  readonly metric: string;
  readonly reason: string;
  /** It is what the component is for, as it is a filter's. */
  readonly isMeant: boolean;
  /** Since the start. */
  readonly total: number;
  readonly perSecond: number;
}

export interface ViewedEdge {
  readonly from: string;
  readonly to: string;
  readonly signal: Signal;
  readonly pipeline: string;
  readonly perSecond: number;
  readonly refusedPerSecond: number;
  /** Since the start. */
  readonly total: number;
  readonly refusedTotal: number;
  /** As of a node: until what passed here was safe. */
  readonly latency?: Latency;
  /** Items a second, the last point last; shorter where it has not run so long. */
  readonly series: readonly number[];
}

interface Latency {
  readonly p50: number;
  readonly p95: number;
}

const stepMs = 2000;
/** Two minutes. */
const points = 60;
/** Rates are over ten seconds. */
const rateSteps = 5;

interface History {
  items: number;
  refused: number;
  readonly passed: number[];
  readonly failed: number[];
  readonly buckets: (readonly number[])[];
}

/** A reading of every instance's meter. */
interface Reading {
  readonly at: number;
  readonly parts: ReadonlyMap<PartTally, PartReading>;
}

/** The value of each series that may be shown as a rate, and the buckets of the durations. */
interface PartReading {
  readonly values: ReadonlyMap<string, number>;
  readonly buckets: readonly number[] | undefined;
}

/** Looks every two seconds until `stop`. */
export function watchPipeline(graph: Graph, clock: Clock) {
  const histories = new WeakMap<EdgeTally, History>();
  const readAll = (): Reading => ({
    at: clock.now(),
    parts: new Map([...graph.running.parts.values()].map(({tally}) => [tally, readMeter(tally.meter)])),
  });
  const readings: Reading[] = [readAll()];
  const look = (): void => {
    for (const {tally} of graph.running.edges) {
      let history = histories.get(tally);
      if (history === undefined)
        histories.set(tally, (history = {items: 0, refused: 0, passed: [], failed: [], buckets: []}));
      push(history.passed, tally.items - history.items, points);
      push(history.failed, tally.refused - history.refused, rateSteps);
      push(history.buckets, [...tally.seconds.counts], rateSteps + 1);
      history.items = tally.items;
      history.refused = tally.refused;
    }
    push(readings, readAll(), rateSteps + 1);
  };
  const timer = setInterval(look, stepMs).unref();
  return {
    look,
    stop: (): void => clearInterval(timer),
    read(): PipelineView {
      const {config, plan, parts, edges} = graph.running;
      const nodes = [...plan.receivers, ...plan.inner, ...plan.exporters, ...plan.extensions];
      const before = readings[0] as Reading;
      const seconds = Math.max(1, (clock.now() - before.at) / 1000);
      return {
        stepSeconds: stepMs / 1000,
        pipelines: config.pipelines.map(({id, signal}) => ({id, signal})),
        nodes: nodes.flatMap((node) => {
          const part = parts.get(node.key);
          const help = config.factories[`${node.kind}s`][node.defined.type]?.help ?? '';
          return part === undefined ? [] : [nodeView(node, part, help, before.parts.get(part.tally), seconds)];
        }),
        edges: edges.map(({edge, tally}) => {
          const {passed = [], failed = [], buckets = []} = histories.get(tally) ?? {};
          const full = buckets.length > rateSteps ? buckets[0] : undefined;
          const latency = quantiles(durationBounds, tally.seconds.counts, full);
          return {
            ...edge,
            perSecond: rate(passed.slice(-rateSteps)),
            refusedPerSecond: rate(failed),
            total: tally.items,
            refusedTotal: tally.refused,
            ...(latency && {latency}),
            series: passed.map((items) => items / (stepMs / 1000)),
          };
        }),
      };
    },
  };
}
export type PipelineWatch = ReturnType<typeof watchPipeline>;

function push<T>(list: T[], value: T, most: number): void {
  list.push(value);
  if (list.length > most) list.shift();
}

const rate = (items: readonly number[]): number =>
  items.length === 0 ? 0 : items.reduce((sum, each) => sum + each, 0) / ((items.length * stepMs) / 1000);

const durations = 'weft_component_duration_seconds';
const seriesKey = (name: string, labels: Labels): string => `${name} ${JSON.stringify(labels)}`;

function readMeter(meter: Meter): PartReading {
  const values = new Map<string, number>();
  let buckets: readonly number[] | undefined;
  for (const family of meter.read()) {
    if (family.kind === 'histogram') {
      if (family.name === durations) buckets = family.series[0]?.counts;
    } else if (isLoss(family)) {
      for (const {labels, value} of family.series) values.set(seriesKey(family.name, labels), value);
    }
  }
  return {values, buckets};
}

/** Nothing to mend: what a rule left out, and spans without another side, such as a request's first or a database's. */
const isMeant = (name: string): boolean => /_(filtered|expired_edges)(_|$)/.test(name);

const lossNames = /_(refused|dropped|failed|filtered|lost|expired|evicted)(_|$)/;

/** A counter of items that did not get through, as the Collector and Weft name them. */
const isLoss = ({kind, name}: FamilySnapshot): boolean =>
  kind === 'counter' && /^(otelcol|weft)_/.test(name) && lossNames.test(name);

const lossOf = (name: string): string => lossNames.exec(name)?.[1] ?? name;

function nodeView(
  node: PlanNode,
  part: Part,
  help: string,
  before: PartReading | undefined,
  seconds: number,
): ViewedNode {
  const {kind, id, pipeline} = node;
  // The Collector's filter calls its label by its type.
  const {type} = node.defined;
  const metrics: {name: string; labels: Labels; value: number}[] = [];
  const losses: ViewedLoss[] = [];
  let latency: ViewedNode['latency'];
  for (const family of part.tally.meter.read()) {
    if (family.kind === 'histogram') {
      const [own] = family.series;
      if (family.name === durations && own !== undefined)
        latency = quantiles(family.bounds, own.counts, before?.buckets);
      continue;
    }
    for (const {labels, value} of family.series) {
      const own = [kind, type, 'component'].find((label) => labels[label] === id) ?? '';
      const {[own]: _, ...others} = labels;
      metrics.push({name: family.name, labels: others, value});
      if (!isLoss(family) || value === 0) continue;
      const earlier = before?.values.get(seriesKey(family.name, labels)) ?? 0;
      const {reason = Object.values(others).join(' ') || lossOf(family.name)} = others;
      losses.push({
        metric: family.name,
        reason,
        isMeant: isMeant(family.name),
        total: value,
        perSecond: Math.max(0, value - earlier) / seconds,
      });
    }
  }
  const gauge = (name: string): number | undefined =>
    metrics.find((each) => each.name === `otelcol_exporter_queue_${name}`)?.value;
  const [size, capacity] = [gauge('size'), gauge('capacity')];
  const {problem, inside} = part.tally;
  return {
    key: node.key,
    kind,
    id,
    type,
    help,
    ...(pipeline && {pipeline: pipeline.id}),
    endpoints: part.endpoints,
    inFlight: inside(),
    ...(kind === 'exporter' && size !== undefined && capacity !== undefined && {queue: {size, capacity}}),
    ...(latency && {latency}),
    losses: losses.toSorted((a, b) => b.perSecond - a.perSecond || b.total - a.total),
    ...(problem && {problem: {level: problem.level, message: problem.message, atUnixMs: problem.at}}),
    metrics,
  };
}

/** Of what came since `before`, in milliseconds, linear within a bucket. */
function quantiles(
  bounds: readonly number[],
  counts: readonly number[],
  before: readonly number[] | undefined,
): ViewedNode['latency'] {
  const lately = counts.map((count, index) => count - (before?.[index] ?? 0));
  const total = lately.reduce((sum, each) => sum + each, 0);
  if (total <= 0) return undefined;
  const at = (share: number): number => {
    let left = share * total;
    for (const [index, count] of lately.entries()) {
      if (left > count) {
        left -= count;
        continue;
      }
      const low = index === 0 ? 0 : (bounds[index - 1] as number);
      const high = bounds[index] ?? low;
      return 1000 * (low + (high - low) * (count === 0 ? 0 : left / count));
    }
    return 1000 * (bounds.at(-1) as number);
  };
  return {p50: at(0.5), p95: at(0.95)};
}
