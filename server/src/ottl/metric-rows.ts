/** Making metrics of metrics within one batch: what lies in its heap is referred to, attributes are copied. */
import {
  type Columns,
  copyAttributes,
  copyRowWithin,
  type MetricBatch,
  metricType,
  pointHas,
  readNumbers,
  setNumbers,
  type Table,
} from '../model/index.ts';
import {OttlError} from './faults.ts';
import {forgetPoints, pointsOf} from './points.ts';

export interface NewMetric {
  /** Behind the name of the metric that it is made of. */
  readonly suffix?: string;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly unit?: string | undefined;
  readonly type: number;
  readonly temporality?: number;
  readonly monotonic?: boolean;
}

/** A metric of the same resource and scope, with what it does not say as `from` has it; without points. */
export function addMetric(batch: MetricBatch, from: number, wanted: NewMetric): number {
  const {metrics} = batch;
  const row = metrics.add();
  const {columns} = metrics;
  columns.resource.set(row, columns.resource.get(from));
  columns.scope.set(row, columns.scope.get(from));
  for (const field of ['name', 'description', 'unit'] as const) {
    const column = columns[field];
    const written = wanted[field];
    if (written === undefined) column.setPair(row, column.start(from), column.size(from));
    else column.setText(row, batch.heap, written);
  }
  if (wanted.suffix !== undefined) {
    const name = new TextDecoder().decode(columns.name.bytes(from, batch.heap));
    columns.name.setText(row, batch.heap, name + wanted.suffix);
  }
  columns.type.set(row, wanted.type);
  columns.temporality.set(row, wanted.temporality ?? 0);
  columns.monotonic.set(row, wanted.monotonic === true ? 1 : 0);
  return row;
}

/** A point of `metric` with the times and attributes of another. */
export function addPoint(batch: MetricBatch, metric: number, from: number): number {
  const {points} = batch;
  const row = points.add();
  const {columns} = points;
  columns.metric.set(row, metric);
  columns.start.set(row, columns.start.get(from));
  columns.time.set(row, columns.time.get(from));
  copyAttributes(batch, columns.attributes, row, from);
  return row;
}

export function setDouble(batch: MetricBatch, point: number, value: number): void {
  batch.points.columns.value.setDouble(point, value);
  batch.points.columns.has.set(point, pointHas.double);
}

export function setInt(batch: MetricBatch, point: number, value: bigint): void {
  batch.points.columns.value.set(point, BigInt.asUintN(64, value));
  batch.points.columns.has.set(point, pointHas.int);
}

/** A metric like another, with copies of its points. */
export function copyMetric(batch: MetricBatch, from: number, wanted: Omit<NewMetric, 'type'>): number {
  const {columns} = batch.metrics;
  const to = addMetric(batch, from, {
    ...wanted,
    type: columns.type.get(from),
    temporality: columns.temporality.get(from),
    monotonic: columns.monotonic.get(from) !== 0,
  });
  copyAttributes(batch, columns.metadata, to, from);
  const {points} = batch;
  for (const point of pointsOf(batch, from)) {
    const row = points.add();
    copyRowWithin(points, row, point);
    points.columns.metric.set(row, to);
    copyAttributes(batch, points.columns.attributes, row, point);
    for (const field of ['bounds', 'bucketCounts', 'positiveCounts', 'negativeCounts'] as const) {
      const range = points.columns[field];
      setNumbers(batch, range, row, readNumbers(batch, range, point));
    }
    copyChildren(batch, 'quantiles', point, row);
    copyChildren(batch, 'exemplars', point, row);
  }
  return to;
}

function copyChildren(batch: MetricBatch, name: 'quantiles' | 'exemplars', from: number, to: number): void {
  const range = batch.points.columns[name];
  const table = batch[name];
  const first = range.from(from);
  const start = table.count;
  for (let i = 0; i < range.count(from); i++) {
    const row = table.add();
    copyRowWithin(table as Table<Columns>, row, first + i);
    if (name === 'exemplars') copyAttributes(batch, batch.exemplars.columns.attributes, row, first + i);
  }
  range.setPair(to, start, range.count(from));
}

/** Takes points out of the batch; the others keep their order. */
export function removePoints(batch: MetricBatch, gone: ReadonlySet<number>): void {
  if (gone.size === 0) return;
  const {points} = batch;
  let to = 0;
  for (let from = 0; from < points.count; from++) {
    if (gone.has(from)) continue;
    if (to !== from) copyRowWithin(points, to, from);
    to++;
  }
  points.truncate(to);
  forgetPoints(batch);
}

const names: Readonly<Record<number, string>> = {
  [metricType.gauge]: 'Gauge',
  [metricType.sum]: 'Sum',
  [metricType.histogram]: 'Histogram',
  [metricType.exponentialHistogram]: 'ExponentialHistogram',
  [metricType.summary]: 'Summary',
};

/** Refuses a metric whose type a function does not take. */
export function mustBeType(batch: MetricBatch, metric: number, types: readonly number[], what: string): number {
  const type = batch.metrics.columns.type.get(metric);
  if (types.includes(type)) return type;
  const wanted = types.map((each) => names[each]).join(', ');
  throw new OttlError(`${what} needs a metric of type ${wanted}, found ${names[type] ?? 'none'}`);
}
