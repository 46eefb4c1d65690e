/** What the connector `spanmetrics` has counted. Adding spans is a hot path: `npm run bench:processors`. */
import type {TenantId} from '../base/index.ts';
import type {Lent, SpanBatch} from '../model/index.ts';
import {KeyWriter, spanWeight} from '../red/index.ts';
import {readTraceState, TraceState, thresholdProbability56} from '../sampling/index.ts';
import {type Flushed, maxPoints} from './connector-flush.ts';
import {type Group, Groups, tooMany} from './connector-spanmetrics-groups.ts';
import {createPage} from './connector-spanmetrics-page.ts';
import {type Counted, createPlan, type Plan} from './connector-spanmetrics-plan.ts';
import type {SeriesTable} from './connector-spanmetrics-series.ts';
import type {SpanMetricsConfig} from './connector-spanmetrics-settings.ts';

/** Why spans were not counted in a series of their own. */
export type Uncounted = 'no_service_name' | 'max_series' | 'overflow';

const overflowLabels = [{key: 'otel.metric.overflow', value: {type: 'bool', value: true}}] as const;

export class SpanMetrics {
  private readonly config: SpanMetricsConfig;
  private readonly uncounted: (reason: Uncounted, spans: number) => void;
  private readonly groups: Groups;
  private readonly plan: Plan;
  private readonly key = new KeyWriter();
  private readonly state = new TraceState();
  private readonly nanosPerUnit: number;
  private readonly isDelta: boolean;
  private readonly keepsExemplars: boolean;
  private readonly seen = {row: 0, event: -1, isExtrapolated: false};
  private groupOf = new Int32Array(16);

  /** `instance` tells this process's series from those of others. */
  constructor(config: SpanMetricsConfig, instance: string, uncounted: (reason: Uncounted, spans: number) => void) {
    this.config = config;
    this.uncounted = uncounted;
    this.groups = new Groups(config.resource_metrics_key_attributes, config.max_series);
    this.nanosPerUnit = config.histogram.unit === 's' ? 1e9 : 1e6;
    this.isDelta = config.aggregation_temporality === 'AGGREGATION_TEMPORALITY_DELTA';
    this.keepsExemplars = config.exemplars.enabled;
    this.plan = createPlan(config, instance);
  }

  /** Series that are kept. */
  get series(): number {
    return this.plan.all.reduce((sum, {table}) => sum + table.count, 0);
  }

  /** `now` in milliseconds since 1970. */
  add(batch: Lent<SpanBatch>, tenant: TenantId, now: number): void {
    const {count, columns} = batch.spans;
    const {resource, start, end, spanId, traceId} = columns;
    this.beginBatch(batch.resources.count);
    let [unnamedSpans, tooManySpans] = [0, 0];
    const {groupOf, seen} = this;
    const {spans, events} = this.plan;
    for (let row = 0; row < count; row++) {
      const resourceRow = resource.data[row] as number;
      let group = groupOf[resourceRow] as number;
      if (group === unasked) {
        group = this.groups.of(batch, resourceRow, tenant, now);
        groupOf[resourceRow] = group;
      }
      if (group < 0) {
        if (group === tooMany) tooManySpans++;
        else unnamedSpans++;
        continue;
      }
      seen.row = row;
      const weight = spanWeight(this.probability(batch, row), spanId.bytes, row);
      const nanos =
        ((end.words[2 * row + 1] as number) - (start.words[2 * row + 1] as number)) * 2 ** 32 +
        ((end.words[2 * row] as number) - (start.words[2 * row] as number));
      const duration = nanos > 0 ? nanos / this.nanosPerUnit : 0;
      for (let i = 0; i < spans.length; i++) {
        const {table} = spans[i] as Counted;
        const id = this.seriesOf(spans[i] as Counted, batch, group, now);
        table.observe(id, weight, duration, now);
        if (this.keepsExemplars && !traceId.isEmpty(row)) {
          table.exemplify(id, duration, traceId.bytes, spanId.bytes, row);
        }
      }
      if (events !== undefined) this.addEvents(events, batch, group, weight, duration, now);
    }
    if (unnamedSpans > 0) this.uncounted('no_service_name', unnamedSpans);
    if (tooManySpans > 0) this.uncounted('max_series', tooManySpans);
  }

  /**
   * The metrics of now, by tenant, in batches. Go through all of them, each after the one before it has arrived or failed: what is
   * too old is forgotten at the end.
   */
  *flush(now: number): Generator<Flushed> {
    const byGroup = new Map(this.plan.all.map((each) => [each, idsByGroup(each.table, this.groups.list.length)]));
    for (const [tenant, groups] of this.tenants()) {
      let page = createPage(tenant, now, this.isDelta);
      for (const number of groups) {
        for (const each of this.plan.all) {
          const ids = byGroup.get(each)?.(number) ?? [];
          for (const id of ids) {
            if (this.isDelta && each.table.counts[id] === 0) continue;
            if (page.series >= maxPoints) {
              yield page.end();
              page = createPage(tenant, now, this.isDelta);
            }
            page.add(each, this.groups.list[number] as Group, id);
          }
        }
      }
      if (page.series > 0) yield page.end();
    }
    this.forget(now);
  }

  private beginBatch(resources: number): void {
    if (resources > this.groupOf.length) this.groupOf = new Int32Array(2 * resources);
    this.groupOf.fill(unasked, 0, resources);
  }

  private probability(batch: Lent<SpanBatch>, row: number): number {
    const {traceState} = batch.spans.columns;
    const length = traceState.words[2 * row + 1] as number;
    this.seen.isExtrapolated = false;
    if (length === 0) return 1;
    readTraceState(batch.heap.bytes, traceState.start(row), length, this.state);
    this.seen.isExtrapolated = this.state.hasThreshold;
    return this.state.hasThreshold ? thresholdProbability56(this.state.threshold) : 1;
  }

  private addEvents(
    counted: Counted,
    batch: Lent<SpanBatch>,
    group: number,
    weight: number,
    duration: number,
    now: number,
  ): void {
    const {seen} = this;
    const {events, traceId, spanId} = batch.spans.columns;
    const from = events.from(seen.row);
    const to = from + events.count(seen.row);
    for (let event = from; event < to; event++) {
      seen.event = event;
      const id = this.seriesOf(counted, batch, group, now);
      counted.table.observe(id, weight, 0, now);
      if (this.keepsExemplars && !traceId.isEmpty(seen.row)) {
        counted.table.exemplify(id, duration, traceId.bytes, spanId.bytes, seen.row);
      }
    }
    seen.event = -1;
  }

  private seriesOf(counted: Counted, batch: Lent<SpanBatch>, group: number, now: number): number {
    const {key, seen} = this;
    const {labels, table, perGroup} = counted;
    key.begin().word(group);
    key.byte(0);
    labels.write(batch, seen, key);
    const found = table.find(key);
    if (found >= 0) return found;
    const limit = this.config.aggregation_cardinality_limit;
    const has = perGroup[group] ?? 0;
    if (table.isFull || (limit > 0 && has >= limit)) return this.overflowOf(table, group, now);
    perGroup[group] = has + 1;
    return table.add(key, group, now, labels.read(batch, seen, (this.groups.list[group] as Group).service));
  }

  private overflowOf(table: SeriesTable, group: number, now: number): number {
    const {key} = this;
    this.uncounted('overflow', 1);
    key.begin().word(group);
    key.byte(1);
    const found = table.find(key);
    return found >= 0 ? found : table.add(key, group, now, overflowLabels);
  }

  private tenants(): Map<TenantId, number[]> {
    const tenants = new Map<TenantId, number[]>();
    for (const [number, group] of this.groups.list.entries()) {
      if (group === undefined) continue;
      const groups = tenants.get(group.tenant);
      if (groups === undefined) tenants.set(group.tenant, [number]);
      else groups.push(number);
    }
    return tenants;
  }

  private forget(now: number): void {
    const {metrics_expiration, series_expiration, resource_metrics_cache_size, metric_timestamp_cache_size} =
      this.config;
    const gone = new Set<number>();
    const known = this.groups.list.flatMap((group, number) => (group === undefined ? [] : [{group, number}]));
    for (const {group, number} of known) {
      if (metrics_expiration > 0 && now - group.lastSeen >= metrics_expiration) gone.add(number);
    }
    const more = known.length - gone.size - resource_metrics_cache_size;
    if (more > 0) {
      const left = known.filter(({number}) => !gone.has(number));
      left.sort((a, b) => a.group.lastSeen - b.group.lastSeen);
      for (const {number} of left.slice(0, more)) gone.add(number);
    }
    for (const {table, perGroup} of this.plan.all) {
      const oldest = this.isDelta ? oldestKept(table, metric_timestamp_cache_size) : Number.NEGATIVE_INFINITY;
      table.retain((id) => {
        if (gone.has(table.groups[id] as number)) return false;
        const seen = table.seen[id] as number;
        if (series_expiration > 0 && now - seen >= series_expiration) return false;
        return !(this.isDelta && table.counts[id] === 0 && seen < oldest);
      });
      perGroup.length = 0;
      for (let id = 0; id < table.count; id++) {
        if (table.attributes[id] === overflowLabels) continue;
        const group = table.groups[id] as number;
        perGroup[group] = (perGroup[group] ?? 0) + 1;
      }
    }
    this.groups.remove((number) => gone.has(number));
  }
}

const unasked = -3;

/** The series of each group, as they are now. */
function idsByGroup({groups, count}: SeriesTable, groupCount: number): (group: number) => Uint32Array {
  const starts = new Uint32Array(groupCount + 1);
  for (let id = 0; id < count; id++) starts[(groups[id] as number) + 1]! += 1;
  for (let group = 0; group < groupCount; group++) starts[group + 1]! += starts[group] as number;
  const ids = new Uint32Array(count);
  const next = starts.slice();
  for (let id = 0; id < count; id++) {
    const group = groups[id] as number;
    ids[next[group] as number] = id;
    next[group]! += 1;
  }
  return (group) => ids.subarray(starts[group] as number, starts[group + 1] as number);
}

/** Of more series than `most`, since when the newest `most` were seen. */
function oldestKept({seen, count}: SeriesTable, most: number): number {
  if (count <= most) return Number.NEGATIVE_INFINITY;
  return seen.slice(0, count).sort()[count - most] as number;
}
