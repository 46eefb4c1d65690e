/** The metric of the connector `exceptions`: after each batch, the series that it has changed. */
import {type TenantId, unixNanoFromMillis, utf8, utf8Bytes} from '../base/index.ts';
import {
  createMetricWriter,
  findAttribute,
  goText,
  type Lent,
  type MetricBatch,
  readValue,
  type SpanBatch,
} from '../model/index.ts';
import {KeyWriter, spanWeight} from '../red/index.ts';
import {spanProbability} from '../sampling/index.ts';
import type {ExceptionsConfig} from './connector-exceptions.ts';
import {createLabels, type Labels} from './connector-spanmetrics-labels.ts';
import {SeriesTable} from './connector-spanmetrics-series.ts';

const serviceKey = utf8Bytes('service.name');
const overflowLabels = [{key: 'otel.metric.overflow', value: {type: 'bool', value: true}}] as const;
const maxExemplars = 5;

export const isException = (batch: Lent<SpanBatch>, event: number): boolean =>
  utf8(batch.events.columns.name.bytes(event, batch.heap)) === 'exception';

export class ExceptionCounts {
  private readonly labels: Labels;
  private readonly table: SeriesTable;
  private readonly uncounted: (reason: 'no_service_name' | 'overflow') => void;
  private readonly key = new KeyWriter();

  constructor(config: ExceptionsConfig, uncounted: (reason: 'no_service_name' | 'overflow') => void) {
    const {dimensions} = config;
    const shared = {include_instrumentation_scope: [], enable_metrics_sampling_method: false};
    this.labels = createLabels({dimensions, exclude_dimensions: ['collector.instance.id'], ...shared}, '', []);
    const exemplars = config.exemplars.enabled ? maxExemplars : 0;
    this.table = new SeriesTable({durations: {kind: 'none'}, exemplars, maxSeries: config.max_series});
    this.uncounted = uncounted;
  }

  get series(): number {
    return this.table.count;
  }

  /** `metrics` is undefined where there is no exception. `undo` takes back what was counted. `now` in milliseconds since 1970. */
  add(batch: Lent<SpanBatch>, tenant: TenantId, now: number): {metrics: MetricBatch | undefined; undo: () => void} {
    const {columns, count} = batch.spans;
    const changed = new Map<number, number>();
    for (let row = 0; row < count; row++) {
      const from = columns.events.from(row);
      for (let event = from; event < from + columns.events.count(row); event++) {
        if (!isException(batch, event)) continue;
        const id = this.seriesOf(batch, row, event, tenant, now);
        if (id === undefined) continue;
        const weight = spanWeight(spanProbability(batch, row), columns.spanId.bytes, row);
        this.table.observe(id, weight, 0, now);
        if (!columns.traceId.isEmpty(row))
          this.table.exemplify(id, 1, columns.traceId.bytes, columns.spanId.bytes, row);
        changed.set(id, (changed.get(id) ?? 0) + weight);
      }
    }
    const undo = (): void => {
      for (const [id, weight] of changed) this.table.counts[id] = (this.table.counts[id] as number) - weight;
    };
    return {metrics: changed.size === 0 ? undefined : this.write([...changed.keys()], now), undo};
  }

  private seriesOf(
    batch: Lent<SpanBatch>,
    row: number,
    event: number,
    tenant: TenantId,
    now: number,
  ): number | undefined {
    const {key, table} = this;
    const resource = batch.spans.columns.resource.get(row);
    const service = findAttribute(batch, batch.resources.columns.attributes, resource, serviceKey);
    if (service < 0) {
      this.uncounted('no_service_name');
      return undefined;
    }
    const name = goText(readValue(batch, service));
    const begin = (texts: readonly string[]): KeyWriter => {
      key.begin();
      for (const bytes of texts.map((text) => utf8Bytes(text))) key.slice(bytes, 0, bytes.length);
      return key;
    };
    const seen = {row, event, isExtrapolated: false};
    this.labels.write(batch, seen, begin([tenant, name]));
    const found = table.find(key);
    if (found >= 0) return found;
    if (!table.isFull) return table.add(key, 0, now, this.labels.read(batch, seen, name));
    this.uncounted('overflow');
    const overflow = table.find(begin([tenant]));
    return overflow >= 0 ? overflow : table.add(key, 0, now, overflowLabels);
  }

  private write(changed: readonly number[], now: number): MetricBatch {
    const time = unixNanoFromMillis(now);
    const writer = createMetricWriter();
    writer.resource([]);
    writer.scope('exceptionsconnector');
    writer.metric({name: 'exceptions', type: 'sum', temporality: 'cumulative', monotonic: true});
    for (const id of changed) {
      writer.number({
        attributes: this.table.attributes[id] ?? [],
        start: unixNanoFromMillis(this.table.starts[id] as number),
        time,
        value: BigInt(this.table.counts[id] as number),
        exemplars: this.table.takeExemplars(id, time),
      });
    }
    return writer.batch;
  }
}
