/**
 * Hands the last point of each series on at intervals, and leaves out those between (the Collector's interval processor). What it
 * holds has been acknowledged: a kill loses the points since the last interval, of series whose later points say as much.
 */
import type {TenantId} from '../base/index.ts';
import {always, bool, duration, integer, object, withDefault} from '../config/index.ts';
import {
  type Consumer,
  createMetricBatch,
  gatherRows,
  type Lent,
  type MetricBatch,
  metricType,
  retainItems,
} from '../model/index.ts';
import {type Processor, type ProcessorFactory, type Settings, takes} from '../pipeline/index.ts';
import {createFlusher, type Flushed} from './connector-flush.ts';
import {seriesKeys} from './metric-series.ts';

const config = object({
  interval: withDefault(duration(1), 60_000, '60s', 'How often points are handed on.'),
  pass_through: always(
    object({
      gauge: withDefault(bool, false, 'false', 'Hand every point of gauges on at once.'),
      summary: withDefault(bool, false, 'false', 'The same of summaries.'),
    }),
    'What is not held back.',
  ),
  max_streams: withDefault(
    integer(1),
    100_000,
    '100000',
    'Of how many series the last point is held; those of further ones are handed on at once.',
  ),
});

export const intervalProcessor: ProcessorFactory<ReturnType<typeof config.read>> = {
  help: 'Hands the last point of each series on at intervals.',
  signals: ['metrics'],
  config,
  create: createInterval,
};

/** The last points of one tenant's series. Rows that newer ones have replaced stay until they are many. */
interface Held {
  batch: MetricBatch;
  readonly rows: Map<string, number>;
}

function createInterval(settings: Settings, options: ReturnType<typeof config.read>, next: Consumer): Processor {
  const {meter, id} = settings;
  const labels = {processor: id};
  const held = new Map<TenantId, Held>();
  const streams = (): number => [...held.values()].reduce((sum, {rows}) => sum + rows.size, 0);
  meter.gauge('weft_processor_streams', 'Series that a processor remembers.').with(labels).observe(streams);
  const replaced = meter
    .counter('weft_processor_aggregated_points', 'Points that were left out because a later one of their series came.')
    .with(labels);

  const holds = (batch: MetricBatch, metric: number): boolean => {
    const {columns: m} = batch.metrics;
    switch (m.type.get(metric)) {
      case metricType.gauge:
        return !options.pass_through.gauge;
      case metricType.summary:
        return !options.pass_through.summary;
      case metricType.sum:
        return m.temporality.get(metric) === 2 && m.monotonic.get(metric) === 1;
      default:
        return m.temporality.get(metric) === 2;
    }
  };
  /** Takes the points at `rows` into what is held. */
  const take = (tenant: TenantId, batch: Lent<MetricBatch>, rows: readonly {row: number; key: string}[]): void => {
    if (rows.length === 0) return;
    let own = held.get(tenant);
    if (own === undefined) held.set(tenant, (own = {batch: createMetricBatch(), rows: new Map()}));
    const from = own.batch.points.count;
    gatherRows<MetricBatch>(
      own.batch,
      batch,
      rows.map(({row}) => row),
    );
    for (const [index, {key}] of rows.entries()) own.rows.set(key, from + index);
    if (own.batch.points.count > 2 * own.rows.size + compactAt) compact(own);
  };
  const gather = function* (): Iterable<Flushed> {
    for (const [tenant, own] of [...held]) {
      held.delete(tenant);
      compact(own);
      const {batch} = own;
      // The consumer may take the batch and change it: what failed comes back from a copy.
      const copy = createMetricBatch();
      gatherRows<MetricBatch>(copy, batch as Lent<MetricBatch>, own.rows.values());
      yield {
        tenant,
        batch,
        failed() {
          const newer = held.get(tenant)?.rows;
          const keys = [...own.rows.keys()];
          take(
            tenant,
            copy as Lent<MetricBatch>,
            keys.flatMap((key, row) => (newer?.has(key) === true ? [] : [{row, key}])),
          );
        },
      };
    }
  };
  const flusher = createFlusher(settings, options.interval, next, gather);
  return {
    ...flusher,
    consumer: takes<'metrics'>(async (batch, context) => {
      const {columns: p} = batch.points;
      const keyOf = seriesKeys(batch as Lent<MetricBatch>);
      const keeps: (boolean | undefined)[] = [];
      const mine = held.get(context.tenant);
      const newest = new Map<string, {row: number; key: string}>();
      const passes = new Uint8Array(batch.points.count);
      let left = options.max_streams - streams();
      let dropped = 0;
      for (let row = 0; row < batch.points.count; row++) {
        const metric = p.metric.get(row);
        if (!(keeps[metric] ??= holds(batch, metric))) {
          passes[row] = 1;
          continue;
        }
        const key = keyOf(row);
        const known = newest.get(key);
        const before = mine?.rows.get(key);
        const time = p.time.get(row);
        if (known !== undefined) {
          dropped++;
          if (time > p.time.get(known.row)) newest.set(key, {row, key});
        } else if (before !== undefined) {
          dropped++;
          if (time > (mine as Held).batch.points.columns.time.get(before)) newest.set(key, {row, key});
        } else if (left > 0) {
          left--;
          newest.set(key, {row, key});
        } else passes[row] = 1;
      }
      const taken = [...newest.values()];
      take(context.tenant, batch as Lent<MetricBatch>, taken);
      replaced.add(dropped);
      const rest = retainItems(batch, (row) => passes[row] === 1);
      if (rest.points.count > 0) await next.consume(rest, context);
    }),
  };
}

/** Replaced rows that are not worth a copy. */
const compactAt = 1024;

/** Leaves out the rows that were replaced. */
function compact(own: Held): void {
  if (own.batch.points.count === own.rows.size) return;
  const batch = createMetricBatch();
  const rows = [...own.rows];
  gatherRows<MetricBatch>(
    batch,
    own.batch as Lent<MetricBatch>,
    rows.map(([, row]) => row),
  );
  for (const [index, [key]] of rows.entries()) own.rows.set(key, index);
  own.batch = batch;
}
