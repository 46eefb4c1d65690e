/** Everything that passes, as the Collector's debug exporter writes it with `verbosity: detailed`. */
import {utf8} from '../base/index.ts';
import {
  type AnyBatch,
  type KeyValue,
  type Lent,
  type LogBatch,
  type MetricBatch,
  metricType,
  pointHas,
  readValue,
  type SpanBatch,
} from '../model/index.ts';
import {attributesOf, pointsOf, treeOf} from './debug-tree.ts';
import {goF, goId, goTime, severityName, spanKinds, statusCodes, temporalities, typedText} from './go-format.ts';

const titles = {
  traces: {resource: 'ResourceSpans', scope: 'ScopeSpans', item: 'Span'},
  logs: {resource: 'ResourceLog', scope: 'ScopeLogs', item: 'LogRecord'},
  metrics: {resource: 'ResourceMetrics', scope: 'ScopeMetrics', item: 'Metric'},
} as const;

export function detailedText(batch: Lent<AnyBatch>): string {
  const writer = new Writer(batch);
  const {resource: resourceTitle, scope: scopeTitle, item: itemTitle} = titles[batch.signal];
  const resources = batch.resources.columns;
  const scopes = batch.scopes.columns;
  const write = itemWriter(batch, writer);
  for (const [index, resource] of treeOf(batch).entries()) {
    writer.line(`${resourceTitle} #${index}`);
    writer.line(`Resource SchemaURL: ${writer.text(resources.schemaUrl, resource.row)}`);
    writer.attributes('Resource attributes', attributesOf(batch, resources.attributes, resource.row));
    writeEntities(batch, writer, resource.row);
    for (const [number, scope] of resource.scopes.entries()) {
      writer.line(`${scopeTitle} #${number}`);
      writer.line(`${scopeTitle} SchemaURL: ${writer.text(scopes.schemaUrl, scope.row)}`);
      writer.line(
        `InstrumentationScope ${writer.text(scopes.name, scope.row)} ${writer.text(scopes.version, scope.row)}`,
      );
      writer.attributes('InstrumentationScope attributes', attributesOf(batch, scopes.attributes, scope.row));
      for (const [at, row] of scope.items.entries()) {
        writer.line(`${itemTitle} #${at}`);
        write(row);
      }
    }
  }
  return writer.all;
}

class Writer {
  all = '';
  readonly batch: Lent<AnyBatch>;
  constructor(batch: Lent<AnyBatch>) {
    this.batch = batch;
  }
  line(text: string): void {
    this.all += `${text}\n`;
  }
  field(name: string, value: string): void {
    this.line(`    ${name.padEnd(15)}: ${value}`);
  }
  text(column: {bytes(row: number, heap: Lent<AnyBatch>['heap']): Uint8Array}, row: number): string {
    return utf8(column.bytes(row, this.batch.heap));
  }
  /** Deeper where the header itself is an entry of a list. */
  attributes(header: string, attributes: readonly KeyValue[]): void {
    if (attributes.length === 0) return;
    this.line(`${header}:`);
    const [indent, rest] = header.split('->') as [string, string?];
    const prefix = `${rest === undefined ? '' : indent}     ->`;
    for (const {key, value} of attributes) this.line(`${prefix} ${key}: ${typedText(value)}`);
  }
}

function writeEntities(batch: Lent<AnyBatch>, writer: Writer, resource: number): void {
  const {entities} = batch.resources.columns;
  const {type, schemaUrl, idKeys, descriptionKeys} = batch.entities.columns;
  if (entities.count(resource) > 0) writer.line('Resource entity refs:');
  for (let i = 0; i < entities.count(resource); i++) {
    const row = entities.from(resource) + i;
    writer.line(`     -> Entity ref #${i}:`);
    writer.line(`          -> Type: ${writer.text(type, row)}`);
    if (!schemaUrl.isEmpty(row)) writer.line(`          -> Schema URL: ${writer.text(schemaUrl, row)}`);
    for (const [title, keys] of [
      ['ID keys', idKeys],
      ['Description keys', descriptionKeys],
    ] as const) {
      if (keys.count(row) > 0) writer.line(`          -> ${title}:`);
      for (let at = keys.from(row); at < keys.from(row) + keys.count(row); at++) {
        writer.line(`               -> ${writer.text(batch.texts.columns.text, at)}`);
      }
    }
  }
}

function itemWriter(batch: Lent<AnyBatch>, writer: Writer): (row: number) => void {
  switch (batch.signal) {
    case 'traces':
      return (row) => writeSpan(batch, writer, row);
    case 'logs':
      return (row) => writeLog(batch, writer, row);
    case 'metrics': {
      const points = pointsOf(batch);
      return (row) => writeMetric(batch, writer, row, points.get(row) ?? []);
    }
  }
}

function writeSpan(batch: Lent<SpanBatch>, writer: Writer, row: number): void {
  const span = batch.spans.columns;
  writer.field('Trace ID', goId(span.traceId.get(row)));
  writer.field('Parent ID', goId(span.parentSpanId.get(row)));
  writer.field('ID', goId(span.spanId.get(row)));
  writer.field('Name', writer.text(span.name, row));
  writer.field('Kind', spanKinds[span.kind.get(row)] ?? '');
  if (!span.traceState.isEmpty(row)) writer.field('TraceState', writer.text(span.traceState, row));
  writer.field('Start time', goTime(span.start.get(row)));
  writer.field('End time', goTime(span.end.get(row)));
  writer.field('Status code', statusCodes[span.statusCode.get(row)] ?? '');
  writer.field('Status message', writer.text(span.statusMessage, row));
  writer.field('DroppedAttributesCount', String(span.droppedAttributes.get(row)));
  writer.field('DroppedEventsCount', String(span.droppedEvents.get(row)));
  writer.field('DroppedLinksCount', String(span.droppedLinks.get(row)));
  writer.attributes('Attributes', attributesOf(batch, span.attributes, row));
  const event = batch.events.columns;
  if (span.events.count(row) > 0) writer.line('Events:');
  for (let i = 0; i < span.events.count(row); i++) {
    const at = span.events.from(row) + i;
    writer.line(`SpanEvent #${i}`);
    writer.line(`     -> Name: ${writer.text(event.name, at)}`);
    writer.line(`     -> Timestamp: ${goTime(event.time.get(at))}`);
    writer.line(`     -> DroppedAttributesCount: ${event.droppedAttributes.get(at)}`);
    writer.attributes('     -> Attributes:', attributesOf(batch, event.attributes, at));
  }
  const link = batch.links.columns;
  if (span.links.count(row) > 0) writer.line('Links:');
  for (let i = 0; i < span.links.count(row); i++) {
    const at = span.links.from(row) + i;
    writer.line(`SpanLink #${i}`);
    writer.line(`     -> Trace ID: ${goId(link.traceId.get(at))}`);
    writer.line(`     -> ID: ${goId(link.spanId.get(at))}`);
    writer.line(`     -> TraceState: ${writer.text(link.traceState, at)}`);
    writer.line(`     -> DroppedAttributesCount: ${link.droppedAttributes.get(at)}`);
    writer.attributes('     -> Attributes:', attributesOf(batch, link.attributes, at));
  }
}

function writeLog(batch: Lent<LogBatch>, writer: Writer, row: number): void {
  const log = batch.logs.columns;
  const severity = log.severityNumber.get(row);
  writer.line(`ObservedTimestamp: ${goTime(log.observedTime.get(row))}`);
  writer.line(`Timestamp: ${goTime(log.time.get(row))}`);
  writer.line(`SeverityText: ${writer.text(log.severityText, row)}`);
  writer.line(`SeverityNumber: ${severityName(severity)}(${severity})`);
  if (!log.eventName.isEmpty(row)) writer.line(`EventName: ${writer.text(log.eventName, row)}`);
  const body = log.body.count(row) === 0 ? ({type: 'empty'} as const) : readValue(batch, log.body.from(row));
  writer.line(`Body: ${typedText(body)}`);
  writer.attributes('Attributes', attributesOf(batch, log.attributes, row));
  writer.line(`Trace ID: ${goId(log.traceId.get(row))}`);
  writer.line(`Span ID: ${goId(log.spanId.get(row))}`);
  writer.line(`Flags: ${log.flags.get(row)}`);
}

const metricTypes: Readonly<Record<number, {readonly name: string; readonly points: string}>> = {
  [metricType.gauge]: {name: 'Gauge', points: 'NumberDataPoints'},
  [metricType.sum]: {name: 'Sum', points: 'NumberDataPoints'},
  [metricType.histogram]: {name: 'Histogram', points: 'HistogramDataPoints'},
  [metricType.exponentialHistogram]: {name: 'ExponentialHistogram', points: 'ExponentialHistogramDataPoints'},
  [metricType.summary]: {name: 'Summary', points: 'SummaryDataPoints'},
};

function writeMetric(batch: Lent<MetricBatch>, writer: Writer, row: number, points: readonly number[]): void {
  const metric = batch.metrics.columns;
  const type = metric.type.get(row);
  const {name, points: title} = metricTypes[type] ?? {name: 'Empty', points: ''};
  writer.line('Descriptor:');
  writer.line(`     -> Name: ${writer.text(metric.name, row)}`);
  writer.line(`     -> Description: ${writer.text(metric.description, row)}`);
  writer.line(`     -> Unit: ${writer.text(metric.unit, row)}`);
  writer.line(`     -> DataType: ${name}`);
  writer.attributes('     -> Metadata', attributesOf(batch, metric.metadata, row));
  if (type === metricType.sum) writer.line(`     -> IsMonotonic: ${metric.monotonic.get(row) !== 0}`);
  if (type === metricType.sum || type === metricType.histogram || type === metricType.exponentialHistogram) {
    writer.line(`     -> AggregationTemporality: ${temporalities[metric.temporality.get(row)] ?? ''}`);
  }
  for (const [index, point] of points.entries()) {
    const columns = batch.points.columns;
    writer.line(`${title} #${index}`);
    writer.attributes('Data point attributes', attributesOf(batch, columns.attributes, point));
    writer.line(`StartTimestamp: ${goTime(columns.start.get(point))}`);
    writer.line(`Timestamp: ${goTime(columns.time.get(point))}`);
    writePoint(batch, writer, type, point);
    writeExemplars(batch, writer, point);
  }
}

function writePoint(batch: Lent<MetricBatch>, writer: Writer, type: number, point: number): void {
  const columns = batch.points.columns;
  const {bits} = batch.numbers.columns;
  const has = columns.has.get(point);
  if (type === metricType.gauge || type === metricType.sum)
    return writeValue(writer, 'Value', has, columns.value, point);
  writer.line(`Count: ${columns.count.get(point)}`);
  if (type === metricType.summary) {
    writer.line(`Sum: ${goF(columns.sum.getDouble(point))}`);
    const {quantile, value} = batch.quantiles.columns;
    for (let i = 0; i < columns.quantiles.count(point); i++) {
      const at = columns.quantiles.from(point) + i;
      writer.line(`QuantileValue #${i}: Quantile ${goF(quantile.getDouble(at))}, Value ${goF(value.getDouble(at))}`);
    }
    return;
  }
  if ((has & pointHas.sum) !== 0) writer.line(`Sum: ${goF(columns.sum.getDouble(point))}`);
  if ((has & pointHas.min) !== 0) writer.line(`Min: ${goF(columns.min.getDouble(point))}`);
  if ((has & pointHas.max) !== 0) writer.line(`Max: ${goF(columns.max.getDouble(point))}`);
  if (type === metricType.histogram) {
    const {bounds, bucketCounts} = columns;
    for (let i = 0; i < bounds.count(point); i++) {
      writer.line(`ExplicitBounds #${i}: ${goF(bits.getDouble(bounds.from(point) + i))}`);
    }
    for (let i = 0; i < bucketCounts.count(point); i++) {
      writer.line(`Buckets #${i}, Count: ${bits.get(bucketCounts.from(point) + i)}`);
    }
    return;
  }
  const factor = Math.LN2 * 2 ** -(columns.scale.get(point) | 0);
  const bound = (index: number): number => Math.exp(index * factor);
  const {negativeCounts, positiveCounts} = columns;
  for (let i = negativeCounts.count(point) - 1; i >= 0; i--) {
    const index = (columns.negativeOffset.get(point) | 0) + i;
    const count = bits.get(negativeCounts.from(point) + i);
    writer.line(`Bucket [${goF(-bound(index + 1))}, ${goF(-bound(index))}), Count: ${count}`);
  }
  if (columns.zeroCount.get(point) !== 0n) writer.line(`Bucket [0, 0], Count: ${columns.zeroCount.get(point)}`);
  for (let i = 0; i < positiveCounts.count(point); i++) {
    const index = (columns.positiveOffset.get(point) | 0) + i;
    const count = bits.get(positiveCounts.from(point) + i);
    writer.line(`Bucket (${goF(bound(index))}, ${goF(bound(index + 1))}], Count: ${count}`);
  }
}

function writeValue(
  writer: Writer,
  title: string,
  has: number,
  value: {getSigned(row: number): bigint; getDouble(row: number): number},
  row: number,
): void {
  if ((has & pointHas.int) !== 0) writer.line(`${title}: ${value.getSigned(row)}`);
  else if ((has & pointHas.double) !== 0) writer.line(`${title}: ${goF(value.getDouble(row))}`);
}

function writeExemplars(batch: Lent<MetricBatch>, writer: Writer, point: number): void {
  const {exemplars} = batch.points.columns;
  const {traceId, spanId, time, has, value, attributes} = batch.exemplars.columns;
  if (exemplars.count(point) > 0) writer.line('Exemplars:');
  for (let i = 0; i < exemplars.count(point); i++) {
    const row = exemplars.from(point) + i;
    writer.line(`Exemplar #${i}`);
    writer.line(`     -> Trace ID: ${goId(traceId.get(row))}`);
    writer.line(`     -> Span ID: ${goId(spanId.get(row))}`);
    writer.line(`     -> Timestamp: ${goTime(time.get(row))}`);
    writeValue(writer, '     -> Value', has.get(row), value, row);
    writer.attributes('     -> FilteredAttributes', attributesOf(batch, attributes, row));
  }
}
