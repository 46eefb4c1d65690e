/** Makes rates of deltas: a gauge of how many a second (the Collector's deltatorate). */
import {utf8} from '../base/index.ts';
import {list, object, required, text} from '../config/index.ts';
import {type MetricBatch, metricType, pointHas, retainItems} from '../model/index.ts';
import {edits, type ProcessorFactory} from '../pipeline/index.ts';

const config = object({metrics: required(list(text), 'the names of sums of deltas to make rates of')});

export const deltaToRateProcessor: ProcessorFactory<ReturnType<typeof config.read>> = {
  help: 'Makes rates a second of sums of deltas, as gauges.',
  signals: ['metrics'],
  config,
  create(settings, {metrics}, next) {
    const names = new Set(metrics);
    const dropped = settings.meter
      .counter(
        'weft_processor_dropped_points',
        'Points that a processor dropped because it can say nothing true of them.',
      )
      .with({processor: settings.id});
    /** Said once for each name: the sender keeps sending it. */
    const refused = new Set<string>();
    return {
      consumer: edits<'metrics'>(next, (batch) => {
        const {columns: m} = batch.metrics;
        const rates = new Set<number>();
        for (let row = 0; row < batch.metrics.count; row++) {
          const name = utf8(m.name.bytes(row, batch.heap));
          if (!names.has(name)) continue;
          if (m.type.get(row) === metricType.sum && m.temporality.get(row) === delta) rates.add(row);
          else if (!refused.has(name)) {
            refused.add(name);
            settings.log.warn({metric: name}, 'no rate is made of this metric: it is not a sum of deltas');
          }
        }
        if (rates.size === 0) return batch;
        const timeless = toRates(batch, rates);
        dropped.add(timeless.size);
        return timeless.size === 0 ? batch : retainItems(batch, (point) => !timeless.has(point));
      }),
    };
  },
};

const delta = 1;

/** The points that are left are those of no time, or of one that nobody knows. */
function toRates(batch: MetricBatch, metrics: ReadonlySet<number>): Set<number> {
  const {columns: p} = batch.points;
  const timeless = new Set<number>();
  for (let row = 0; row < batch.points.count; row++) {
    if (!metrics.has(p.metric.get(row))) continue;
    const has = p.has.get(row);
    if ((has & (pointHas.int | pointHas.double)) === 0) continue;
    const [start, time] = [p.start.get(row), p.time.get(row)];
    if (start === 0n || time <= start) {
      timeless.add(row);
      continue;
    }
    const value = (has & pointHas.int) !== 0 ? Number(p.value.getSigned(row)) : p.value.getDouble(row);
    p.value.setDouble(row, value / (Number(time - start) / 1e9));
    p.has.set(row, (has & ~pointHas.int) | pointHas.double);
  }
  const {columns: m} = batch.metrics;
  for (const row of metrics) {
    m.type.set(row, metricType.gauge);
    m.temporality.set(row, 0);
    m.monotonic.set(row, 0);
  }
  return timeless;
}
