/**
 * Renames, copies, combines and regroups metrics, and changes, aggregates and scales their points (the Collector's metricstransform).
 * Only points of one batch are aggregated.
 */
import {utf8, utf8Bytes} from '../base/index.ts';
import {
  type Batch,
  copyAttributes,
  copyRowWithin,
  findAttribute,
  gatherRows,
  goText,
  type Lent,
  type MetricBatch,
  metricType,
  pointHas,
  readAttributes,
  readDoubles,
  readValue,
  removeAttributes,
  retainItems,
  setAttribute,
  setNumbers,
} from '../model/index.ts';
import {edits, type ProcessorFactory, type Settings} from '../pipeline/index.ts';
import {aggregate} from './metric-aggregate.ts';
import {
  type MetricsTransformConfig,
  metricsTransformConfig,
  type Operation,
  type Transform,
} from './processor-metricstransform-settings.ts';

export const metricsTransformProcessor: ProcessorFactory<MetricsTransformConfig> = {
  help: 'Renames, copies, combines and regroups metrics, and changes their labels and values.',
  signals: ['metrics'],
  config: metricsTransformConfig,
  create: (settings, {transforms}, next) => ({
    consumer: edits<'metrics'>(next, (batch) => run(settings, batch, transforms)),
  }),
};

/** A metric of the batch and the rows of its points. */
interface Metric {
  readonly row: number;
  points: number[];
}

function run(settings: Settings, batch: MetricBatch, transforms: readonly Transform[]): MetricBatch | undefined {
  const metrics = new Map<number, Metric>();
  for (let point = 0; point < batch.points.count; point++) {
    const row = batch.points.columns.metric.get(point);
    const known = metrics.get(row);
    if (known === undefined) metrics.set(row, {row, points: [point]});
    else known.points.push(point);
  }
  let all = [...metrics.values()];
  /** Further transforms are not for these. */
  const grouped: Metric[] = [];
  for (const transform of transforms) {
    const matching = all.filter((metric) => matches(batch, transform, metric));
    if (matching.length === 0) continue;
    switch (transform.action) {
      case 'update':
        for (const metric of matching) change(settings, batch, transform, metric);
        break;
      case 'insert':
        for (const metric of matching) {
          const copy = copyOf(batch, metric, fitting(batch, transform, metric));
          change(settings, batch, transform, copy);
          all.push(copy);
        }
        break;
      case 'group': {
        const targets = new Map<number, number>();
        for (const metric of matching) grouped.push(regrouped(batch, transform, metric, targets));
        break;
      }
      case 'combine':
        for (const group of sameOrigin(batch, matching)) {
          const reason = whyApart(batch, group);
          if (reason === undefined) all.push(combined(settings, batch, transform, group));
          else
            settings.log.warn(
              {metrics: group.map(({row}) => nameOf(batch, row))},
              `metrics are not combined: ${reason}`,
            );
        }
    }
    all = all.filter(({points}) => points.length > 0);
  }
  const kept = new Uint8Array(batch.points.count);
  for (const {row, points} of [...all, ...grouped]) {
    for (const point of points) {
      kept[point] = 1;
      batch.points.columns.metric.set(point, row);
    }
  }
  return retainItems(batch, (point) => kept[point] === 1);
}

const nameOf = ({heap, metrics}: MetricBatch, row: number): string => utf8(metrics.columns.name.bytes(row, heap));

const setName = ({heap, metrics}: MetricBatch, row: number, name: string): void =>
  metrics.columns.name.setText(row, heap, name);

const namesMatch = (batch: MetricBatch, {include}: Transform, row: number): boolean =>
  typeof include === 'string' ? nameOf(batch, row) === include : include.test(nameOf(batch, row));

const matches = (batch: MetricBatch, transform: Transform, metric: Metric): boolean =>
  namesMatch(batch, transform, metric.row) && metric.points.some((point) => pointFits(batch, transform, point));

const fitting = (batch: MetricBatch, transform: Transform, {points}: Metric): number[] =>
  points.filter((point) => pointFits(batch, transform, point));

/** A label that a point does not have is compared as an empty text. */
function pointFits(batch: MetricBatch, {labels}: Transform, point: number): boolean {
  for (const [key, fits] of labels) if (!fits(labelOf(batch, point, key) ?? '')) return false;
  return true;
}

function labelOf(batch: MetricBatch, point: number, key: string): string | undefined {
  const found = findAttribute(batch as unknown as Lent<Batch>, batch.points.columns.attributes, point, utf8Bytes(key));
  return found < 0 ? undefined : goText(readValue(batch, found));
}

const setLabel = (batch: MetricBatch, point: number, key: string, value: string): void =>
  setAttribute(batch as Batch, batch.points.columns.attributes, point, key, {type: 'string', value});

/** Renames the metric and runs the operations. What concerns the whole metric needs all of its points to fit. */
function change(settings: Settings, batch: MetricBatch, transform: Transform, metric: Metric): void {
  const isWhole = metric.points.every((point) => pointFits(batch, transform, point));
  if (isWhole && transform.new_name !== '') setName(batch, metric.row, expandedName(batch, transform, metric.row));
  // Unlike in the Collector, an operation that changes the labels that were asked for does not keep the next from the point.
  const fits = new Set(fitting(batch, transform, metric));
  for (const operation of transform.operations) {
    if (isWhole && aggregates.has(operation.action) && typeOf(batch, metric) === metricType.summary) {
      settings.log.warn({metric: nameOf(batch, metric.row)}, `${operation.action} is not for summaries`);
      return;
    }
    const points = metric.points.filter((point) => fits.has(point));
    operate(batch, operation, metric, points, isWhole);
  }
}

const aggregates: ReadonlySet<Operation['action']> = new Set(['aggregate_labels', 'aggregate_label_values']);

const typeOf = ({metrics}: MetricBatch, {row}: Metric): number => metrics.columns.type.get(row);

function expandedName(batch: MetricBatch, {include, new_name}: Transform, row: number): string {
  const found = typeof include === 'string' ? undefined : include.exec(nameOf(batch, row));
  if (found === undefined) return new_name;
  // Go's way to write groups: $1, ${1}, $name, ${name}; $$ is a dollar.
  return new_name.replace(/\$(?:(\$)|(\w+)|\{(\w+)\})/g, (_, dollar, short, braced) => {
    if (dollar !== undefined) return '$';
    const group = (short ?? braced) as string;
    return (/^\d+$/.test(group) ? found[Number(group)] : found.groups?.[group]) ?? '';
  });
}

function operate(
  batch: MetricBatch,
  operation: Operation,
  metric: Metric,
  points: readonly number[],
  isWhole: boolean,
): void {
  const {columns: p} = batch.points;
  switch (operation.action) {
    case 'update_label':
      for (const point of points) updateLabel(batch, operation, point);
      return;
    case 'toggle_scalar_data_type':
      for (const point of points) toggle(batch, point);
      return;
    case 'experimental_scale_value':
      for (const point of points) scale(batch, point, operation.experimental_scale as number);
      return;
    case 'add_label':
      if (!isWhole) return;
      for (const point of points) {
        // A label that is there stays, as in the Collector.
        const has = labelOf(batch, point, operation.new_label) !== undefined;
        if (!has) setLabel(batch, point, operation.new_label, operation.new_value);
      }
      return;
    case 'delete_label_value':
      if (!isWhole) return;
      metric.points = metric.points.filter((point) => labelOf(batch, point, operation.label) !== operation.label_value);
      return;
    case 'aggregate_labels': {
      if (!isWhole) return;
      const stay = operation.label_set.map(utf8Bytes);
      for (const point of metric.points) {
        const kept = new Set(
          stay.map((key) => findAttribute(batch as unknown as Lent<Batch>, p.attributes, point, key)),
        );
        removeAttributes(batch as Batch, p.attributes, point, (at) => !kept.has(at));
      }
      metric.points = merged(batch, metric.points, operation.aggregation_type ?? 'sum');
      return;
    }
    case 'aggregate_label_values': {
      if (!isWhole) return;
      for (const point of metric.points) {
        const value = labelOf(batch, point, operation.label);
        if (value !== undefined && operation.aggregated_values.includes(value)) {
          setLabel(batch, point, operation.label, operation.new_value);
        }
      }
      metric.points = merged(batch, metric.points, operation.aggregation_type ?? 'sum');
    }
  }
}

const merged = (
  batch: MetricBatch,
  points: readonly number[],
  how: NonNullable<Operation['aggregation_type']>,
): number[] => {
  const {attributes} = batch.points.columns;
  return aggregate(batch, points, how, (point) =>
    readAttributes(batch as Lent<MetricBatch>, attributes.from(point), attributes.count(point))
      .map(({key, value}) => JSON.stringify([key, value.type, goText(value)]))
      .sort()
      .join(),
  );
};

function updateLabel(batch: MetricBatch, {label, new_label, value_actions}: Operation, point: number): void {
  const {attributes} = batch.points.columns;
  const found = findAttribute(batch as unknown as Lent<Batch>, attributes, point, utf8Bytes(label));
  if (found < 0) return;
  const value = goText(readValue(batch as Lent<MetricBatch>, found));
  const changed = value_actions.find((each) => each.value === value);
  if (changed !== undefined) setLabel(batch, point, label, changed.new_value);
  if (new_label === '') return;
  const {key} = batch.attributes.columns;
  const at = findAttribute(batch as unknown as Lent<Batch>, attributes, point, utf8Bytes(label));
  // One that had the new name already is replaced.
  key.setText(at, batch.heap, new_label);
  removeAttributes(
    batch as Batch,
    attributes,
    point,
    (other) => other !== at && utf8(key.bytes(other, batch.heap)) === new_label,
  );
}

function toggle(batch: MetricBatch, point: number): void {
  const {columns: p} = batch.points;
  const has = p.has.get(point);
  if ((has & pointHas.int) !== 0) {
    p.value.setDouble(point, Number(p.value.getSigned(point)));
    p.has.set(point, (has & ~pointHas.int) | pointHas.double);
  } else if ((has & pointHas.double) !== 0 && Number.isFinite(p.value.getDouble(point))) {
    p.value.set(point, BigInt(Math.trunc(p.value.getDouble(point))));
    p.has.set(point, (has & ~pointHas.double) | pointHas.int);
  }
}

function scale(batch: MetricBatch, point: number, factor: number): void {
  const {columns: p} = batch.points;
  const type = batch.metrics.columns.type.get(p.metric.get(point));
  const has = p.has.get(point);
  if (type === metricType.gauge || type === metricType.sum) return scaleNumber(p, point, factor);
  if (type !== metricType.histogram && type !== metricType.exponentialHistogram) return;
  for (const name of ['sum', 'min', 'max'] as const) {
    if ((has & pointHas[name]) !== 0) p[name].setDouble(point, p[name].getDouble(point) * factor);
  }
  scaleExemplars(batch, point, factor);
  if (type === metricType.histogram) {
    // Bounds may be shared with another point: these are new ones.
    const bounds = readDoubles(batch, p.bounds, point).map((bound) => bound * factor);
    return setNumbers(batch, p.bounds, point, bounds);
  }
  p.zeroThreshold.setDouble(point, p.zeroThreshold.getDouble(point) * factor);
  // No bucket of an exponential histogram holds what is multiplied by nothing, or turned around.
  if (!(factor > 0)) return;
  const resolution = p.scale.get(point) | 0;
  if (p.positiveCounts.count(point) > 0) {
    p.positiveOffset.set(point, scaledOffset(p.positiveOffset.get(point) | 0, resolution, factor) >>> 0);
  }
  if (p.negativeCounts.count(point) > 0) {
    p.negativeOffset.set(point, scaledOffset(p.negativeOffset.get(point) | 0, resolution, factor) >>> 0);
  }
}

/** The bucket that the middle of the first bucket is in when it is multiplied. In logarithms, which do not overflow. */
function scaledOffset(offset: number, scale: number, factor: number): number {
  const width = 2 ** -scale;
  const middle = width > 64 ? width - 1 : Math.log2((1 + 2 ** width) / 2);
  return offset + Math.ceil((middle + Math.log2(factor)) / width) - 1;
}

/** Exemplars may be shared with another point: these are new ones. */
function scaleExemplars(batch: MetricBatch, point: number, factor: number): void {
  const range = batch.points.columns.exemplars;
  const {exemplars} = batch;
  const [from, count, start] = [range.from(point), range.count(point), exemplars.count];
  for (let index = 0; index < count; index++) {
    const row = exemplars.add();
    copyRowWithin(exemplars, row, from + index);
    scaleNumber(exemplars.columns, row, factor);
  }
  range.setPair(point, start, count);
}

/** A number of a point or an exemplar. */
function scaleNumber(
  {has, value}: Pick<MetricBatch['points']['columns'], 'has' | 'value'>,
  row: number,
  factor: number,
) {
  if ((has.get(row) & pointHas.int) !== 0) {
    const scaled = Number(value.getSigned(row)) * factor;
    if (Number.isFinite(scaled)) value.set(row, BigInt(Math.trunc(scaled)));
  } else if ((has.get(row) & pointHas.double) !== 0) value.setDouble(row, value.getDouble(row) * factor);
}

/** A metric of the same resource and scope with copies of the points. */
function copyOf(batch: MetricBatch, {row}: Metric, points: readonly number[]): Metric {
  const from = batch.points.count;
  const {columns: m} = batch.metrics;
  gatherRows<MetricBatch>(batch, batch as Lent<MetricBatch>, points);
  const copy = batch.points.columns.metric.get(from);
  m.resource.set(copy, m.resource.get(row));
  m.scope.set(copy, m.scope.get(row));
  return {row: copy, points: points.map((_, index) => from + index)};
}

/** Moves the fitting points to a copy of the metric, whose resource has further attributes. `targets`: resources by those they copy. */
function regrouped(batch: MetricBatch, transform: Transform, metric: Metric, targets: Map<number, number>): Metric {
  const points = fitting(batch, transform, metric);
  const moved = copyOf(batch, metric, points);
  const {attributes} = batch.resources.columns;
  const {resource} = batch.metrics.columns;
  const own = resource.get(metric.row);
  let target = targets.get(own);
  if (target === undefined) {
    target = batch.resources.add();
    targets.set(own, target);
    copyRowWithin(batch.resources, target, own);
    copyAttributes(batch as Batch, attributes, target, own);
    for (const [key, value] of transform.group_resource_labels) {
      setAttribute(batch as Batch, attributes, target, key, {type: 'string', value});
    }
  }
  resource.set(moved.row, target);
  const gone = new Set(points);
  metric.points = metric.points.filter((point) => !gone.has(point));
  return moved;
}

/** Metrics of one resource and scope each. */
function sameOrigin(batch: MetricBatch, metrics: readonly Metric[]): Metric[][] {
  const {columns: m} = batch.metrics;
  return [...Map.groupBy(metrics, ({row}) => `${m.resource.get(row)} ${m.scope.get(row)}`).values()];
}

function whyApart(batch: MetricBatch, metrics: readonly Metric[]): string | undefined {
  const {columns: m} = batch.metrics;
  const [first, ...rest] = metrics as [Metric, ...Metric[]];
  if (m.type.get(first.row) === metricType.summary) return 'summaries cannot be';
  const labels = ({points}: Metric): string =>
    [...new Set(points.flatMap((point) => keysOf(batch, point)))].sort().join();
  for (const other of rest) {
    if (m.type.get(other.row) !== m.type.get(first.row)) return 'they are of different types';
    if (utf8(m.unit.bytes(other.row, batch.heap)) !== utf8(m.unit.bytes(first.row, batch.heap)))
      return 'they have different units';
    if (m.temporality.get(other.row) !== m.temporality.get(first.row)) return 'they have different temporalities';
    if (m.monotonic.get(other.row) !== m.monotonic.get(first.row)) return 'only some of them are monotonic';
    if (labels(other) !== labels(first)) return 'they have different labels';
  }
  return undefined;
}

function keysOf(batch: MetricBatch, point: number): string[] {
  const {attributes} = batch.points.columns;
  return readAttributes(batch as Lent<MetricBatch>, attributes.from(point), attributes.count(point)).map(
    ({key}) => key,
  );
}

/** One metric of the fitting points of all, which get the groups of the expression as labels. */
function combined(settings: Settings, batch: MetricBatch, transform: Transform, metrics: readonly Metric[]): Metric {
  const all: Metric = {row: -1, points: []};
  for (const metric of metrics) {
    const points = fitting(batch, transform, metric);
    const found = typeof transform.include === 'string' ? undefined : transform.include.exec(nameOf(batch, metric.row));
    const names = typeof transform.include === 'string' ? [] : transform.include.names;
    for (const point of points) {
      for (const [index, value] of (found ?? []).entries()) {
        if (index === 0 || value === undefined || value === '') continue;
        setLabel(batch, point, names[index - 1] ?? `$${index}`, cased(value, transform.submatch_case));
      }
    }
    all.points.push(...points);
    const gone = new Set(points);
    metric.points = metric.points.filter((point) => !gone.has(point));
  }
  const copy = copyOf(batch, metrics[0] as Metric, all.points);
  for (const point of copy.points) batch.points.columns.metric.set(point, copy.row);
  if (transform.aggregation_type !== undefined) copy.points = merged(batch, copy.points, transform.aggregation_type);
  setName(batch, copy.row, transform.new_name);
  change(settings, batch, {...transform, new_name: '', labels: new Map()}, copy);
  return copy;
}

const cased = (value: string, how: 'lower' | 'upper' | undefined): string =>
  how === 'lower' ? value.toLowerCase() : how === 'upper' ? value.toUpperCase() : value;
