/** The last value of every series, as the exporter `prometheus` shows them: deltas added up, what expired forgotten. */
import {defaultTenant, type TenantId, utf8} from '../base/index.ts';
import {type Lent, type MetricBatch, metricType} from '../model/index.ts';
import {type LabelRules, type Labels, PointLabels} from './prometheus-labels.ts';
import {addDelta, hasNoValue, type Point, readPoint} from './prometheus-points.ts';

export type FamilyType = 'counter' | 'gauge' | 'histogram' | 'summary';

export interface Family {
  readonly name: string;
  readonly type: FamilyType;
  readonly help: string;
  readonly series: Map<string, Series>;
}

export interface Series {
  readonly labels: Labels;
  point: Point;
  /** Milliseconds since 1970: when its last point came. */
  updated: number;
}

/** Why a point is not shown. */
export type Dropped = 'temporality' | 'type_conflict' | 'out_of_order' | 'max_series';

interface Target {
  readonly labels: Labels;
  updated: number;
}

const temporality = {delta: 1, cumulative: 2} as const;

export class PrometheusStore {
  readonly families = new Map<string, Family>();
  private readonly targets = new Map<string, Target>();
  private readonly rules: LabelRules;
  private readonly expirationMs: number;
  private readonly maxSeries: number;
  private readonly dropped: (reason: Dropped, points: number) => void;
  private count = 0;

  constructor(
    rules: LabelRules,
    expirationMs: number,
    maxSeries: number,
    dropped: (reason: Dropped, points: number) => void,
  ) {
    this.rules = rules;
    this.expirationMs = expirationMs;
    this.maxSeries = maxSeries;
    this.dropped = dropped;
  }

  get series(): number {
    return this.count;
  }

  /** Takes the points over; returns how many. `now` in milliseconds since 1970, here and below. */
  add(batch: Lent<MetricBatch>, tenant: TenantId, now: number): number {
    const rules = tenant === defaultTenant ? this.rules : {...this.rules, constant: withTenant(this.rules, tenant)};
    const labels = new PointLabels(batch, rules);
    const {metric} = batch.points.columns;
    const resources = new Set<number>();
    let taken = 0;
    for (let row = 0; row < batch.points.count; row++) {
      const metricRow = metric.get(row);
      const refused = this.addPoint(batch, row, metricRow, labels, now);
      if (refused !== undefined) this.dropped(refused, 1);
      else taken++;
      resources.add(batch.metrics.columns.resource.get(metricRow));
    }
    for (const resource of resources) this.addTarget(labels.targetInfo(resource), now);
    return taken;
  }

  /** The labels of `target_info`, one for each target whose resource says more than its name. */
  targetInfo(): readonly Labels[] {
    return Array.from(this.targets.values(), ({labels}) => labels);
  }

  /** Forgets the series of which nothing came for too long. */
  expire(now: number): void {
    if (this.expirationMs === 0) return;
    const before = now - this.expirationMs;
    for (const [name, family] of this.families) {
      for (const [key, {updated}] of family.series) if (updated < before) this.remove(family, key);
      if (family.series.size === 0) this.families.delete(name);
    }
    for (const [key, {updated}] of this.targets) if (updated < before) this.targets.delete(key);
  }

  private addPoint(
    batch: Lent<MetricBatch>,
    row: number,
    metric: number,
    labels: PointLabels,
    now: number,
  ): Dropped | undefined {
    const {type, temporality: kinds, monotonic, description} = batch.metrics.columns;
    const kind = kinds.get(metric);
    const isMonotonic = monotonic.get(metric) !== 0;
    const isSum = type.get(metric) === metricType.sum;
    const isTemporal =
      isSum || type.get(metric) === metricType.histogram || type.get(metric) === metricType.exponentialHistogram;
    const isDelta = isTemporal && kind === temporality.delta;
    if (isTemporal && kind === 0) return 'temporality';
    if (isDelta && isSum && !isMonotonic) return 'temporality';
    const name = labels.name(metric);
    const family = this.family(name, typeOf(type.get(metric), isMonotonic), () =>
      utf8(description.bytes(metric, batch.heap)),
    );
    if (family === undefined) return 'type_conflict';
    const own = labels.of(row);
    const key = JSON.stringify(own);
    if (hasNoValue(batch, row)) {
      this.remove(family, key);
      return undefined;
    }
    const point = readPoint(batch, row);
    const known = family.series.get(key);
    if (known === undefined) {
      if (this.count >= this.maxSeries) return 'max_series';
      family.series.set(key, {labels: own, point, updated: now});
      this.count++;
      return undefined;
    }
    const next = isDelta ? afterDelta(known.point, point) : point.time < known.point.time ? undefined : point;
    if (next === undefined) return 'out_of_order';
    // A scrape may come between two points: the last examples stay until there are others.
    known.point = next.exemplars.length > 0 ? next : {...next, exemplars: known.point.exemplars};
    known.updated = now;
    return undefined;
  }

  /** The family of that name; undefined where it is of another type. */
  private family(name: string, type: FamilyType, help: () => string): Family | undefined {
    let family = this.families.get(name);
    if (family !== undefined && family.series.size > 0 && family.type !== type) return undefined;
    if (family === undefined || family.type !== type) {
      family = {name, type, help: help(), series: new Map()};
      this.families.set(name, family);
    }
    return family;
  }

  private remove(family: Family, key: string): void {
    if (family.series.delete(key)) this.count--;
  }

  private addTarget(labels: Labels | undefined, now: number): void {
    if (labels === undefined) return;
    // A target has one of them: what its resource said last.
    const key = JSON.stringify(labels.filter(([name]) => name === 'job' || name === 'instance' || name === 'tenant'));
    if (!this.targets.has(key) && this.targets.size >= this.maxSeries) return;
    this.targets.set(key, {labels, updated: now});
  }
}

/** A delta that begins where the last one ended goes on with it; one that begins later begins a series again. */
function afterDelta(before: Point, delta: Point): Point | undefined {
  if (delta.start === before.time) return {...delta, start: before.start, value: addDelta(before.value, delta.value)};
  return delta.start > before.time ? delta : undefined;
}

function typeOf(type: number, isMonotonic: boolean): FamilyType {
  if (type === metricType.sum && isMonotonic) return 'counter';
  if (type === metricType.histogram || type === metricType.exponentialHistogram) return 'histogram';
  return type === metricType.summary ? 'summary' : 'gauge';
}

const withTenant = ({constant}: LabelRules, tenant: TenantId): ReadonlyMap<string, string> =>
  new Map([...constant, ['tenant', tenant]]);
