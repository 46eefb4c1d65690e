/** The metric of the connector `exceptions`: after each batch, the series that it has changed. */
import {type TenantId, unixNanoFromMillis, utf8, utf8Bytes} from '../base/index.ts';
import {
  type Batch,
  createMetricWriter,
  findAttribute,
  goText,
  type KeyValue,
  type Lent,
  type LogBatch,
  type MetricBatch,
  readValue,
  type SpanBatch,
} from '../model/index.ts';
import {KeyWriter, spanWeight} from '../red/index.ts';
import {spanProbability} from '../sampling/index.ts';
import type {ExceptionsConfig} from './connector-exceptions.ts';
import {createLabels, type Labels} from './connector-spanmetrics-labels.ts';
import {SeriesTable} from './connector-spanmetrics-series.ts';
import type {DimensionConfig} from './connector-spanmetrics-settings.ts';

const serviceKey = utf8Bytes('service.name');
const overflowLabels = [{key: 'otel.metric.overflow', value: {type: 'bool', value: true}}] as const;
const maxExemplars = 5;

export const isException = (batch: Lent<SpanBatch>, event: number): boolean =>
  utf8(batch.events.columns.name.bytes(event, batch.heap)) === 'exception';

const writeText = (key: KeyWriter, text: string): void => {
  const bytes = utf8Bytes(text);
  key.slice(bytes, 0, bytes.length);
};

export class ExceptionCounts {
  private readonly labels: Labels;
  private readonly table: SeriesTable;
  private readonly uncounted: (reason: 'no_service_name' | 'overflow') => void;
  private readonly key = new KeyWriter();
  private readonly dimensions: readonly (DimensionConfig & {readonly key: Uint8Array})[];

  constructor(config: ExceptionsConfig, uncounted: (reason: 'no_service_name' | 'overflow') => void) {
    const {dimensions} = config;
    const shared = {include_instrumentation_scope: [], enable_metrics_sampling_method: false};
    this.labels = createLabels({dimensions, exclude_dimensions: ['collector.instance.id'], ...shared}, '', []);
    const exemplars = config.exemplars.enabled ? maxExemplars : 0;
    this.table = new SeriesTable({durations: {kind: 'none'}, exemplars, maxSeries: config.max_series});
    this.uncounted = uncounted;
    this.dimensions = dimensions.map((each) => ({...each, key: utf8Bytes(each.name)}));
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
        const seen = {row, event, isExtrapolated: false};
        const labels = {
          write: (key: KeyWriter) => this.labels.write(batch, seen, key),
          read: (service: string) => this.labels.read(batch, seen, service),
        };
        const id = this.seriesOf(batch, columns.resource.get(row), labels, tenant, now);
        if (id === undefined) continue;
        const weight = spanWeight(spanProbability(batch, row), columns.spanId.bytes, row);
        this.table.observe(id, weight, 0, now);
        if (!columns.traceId.isEmpty(row))
          this.table.exemplify(id, 1, columns.traceId.bytes, columns.spanId.bytes, row);
        changed.set(id, (changed.get(id) ?? 0) + weight);
      }
    }
    return this.changes(changed, now);
  }

  /** The same of log records that are exceptions, in these rows; their labels are the service and the dimensions. */
  addRecords(
    batch: Lent<LogBatch>,
    rows: readonly number[],
    tenant: TenantId,
    now: number,
  ): {metrics: MetricBatch | undefined; undo: () => void} {
    const changed = new Map<number, number>();
    const {columns} = batch.logs;
    for (const row of rows) {
      const resource = columns.resource.get(row);
      const labels = (service: string): KeyValue[] => [
        {key: 'service.name', value: {type: 'string', value: service}},
        ...this.dimensions.flatMap(({name, key, default: fallback}): KeyValue[] => {
          const own = findAttribute(batch, columns.attributes, row, key);
          const at = own < 0 ? findAttribute(batch, batch.resources.columns.attributes, resource, key) : own;
          if (at >= 0) return [{key: name, value: readValue(batch, at)}];
          return fallback === undefined ? [] : [{key: name, value: {type: 'string', value: fallback}}];
        }),
      ];
      const write = (key: KeyWriter, service: string): void => {
        // Spans write the number of their kind here.
        key.byte(255);
        for (const {key: name, value} of labels(service))
          for (const text of [name, goText(value)]) writeText(key, text);
      };
      const id = this.seriesOf(batch, resource, {write, read: labels}, tenant, now);
      if (id === undefined) continue;
      this.table.observe(id, 1, 0, now);
      if (!columns.traceId.isEmpty(row)) this.table.exemplify(id, 1, columns.traceId.bytes, columns.spanId.bytes, row);
      changed.set(id, (changed.get(id) ?? 0) + 1);
    }
    return this.changes(changed, now);
  }

  private changes(changed: ReadonlyMap<number, number>, now: number) {
    const undo = (): void => {
      for (const [id, weight] of changed) this.table.counts[id] = (this.table.counts[id] as number) - weight;
    };
    return {metrics: changed.size === 0 ? undefined : this.write([...changed.keys()], now), undo};
  }

  private seriesOf(
    batch: Lent<Batch>,
    resource: number,
    labels: {write(key: KeyWriter, service: string): void; read(service: string): KeyValue[]},
    tenant: TenantId,
    now: number,
  ): number | undefined {
    const {key, table} = this;
    const service = findAttribute(batch, batch.resources.columns.attributes, resource, serviceKey);
    if (service < 0) {
      this.uncounted('no_service_name');
      return undefined;
    }
    const name = goText(readValue(batch, service));
    const begin = (texts: readonly string[]): KeyWriter => {
      key.begin();
      for (const text of texts) writeText(key, text);
      return key;
    };
    labels.write(begin([tenant, name]), name);
    const found = table.find(key);
    if (found >= 0) return found;
    if (!table.isFull) return table.add(key, 0, now, labels.read(name));
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
