/** The log records of the connector `exceptions`: one for each exception, with what its span says. */
import {sameBytes, unixNanoFromMillis, utf8, utf8Bytes} from '../base/index.ts';
import {
  appendAttribute,
  type Batch,
  createLogBatch,
  findAttribute,
  gatherRows,
  type KeyValue,
  type Lent,
  type LogBatch,
  type RangeColumn,
  readAttributes,
  readValue,
  type SpanBatch,
} from '../model/index.ts';
import {isException} from './connector-exceptions-metrics.ts';
import {kindText, statusText} from './connector-spanmetrics-labels.ts';
import type {DimensionConfig} from './connector-spanmetrics-settings.ts';

const severityError = 17;
/** As the semantic conventions have it of exceptions in logs. */
const eventName = utf8Bytes('exception');
const ofEvent = ['exception.type', 'exception.message', 'exception.stacktrace'].map(
  (name) => [name, utf8Bytes(name)] as const,
);

/** `now` in milliseconds since 1970. */
export function exceptionLogs(batch: Lent<SpanBatch>, dimensions: readonly DimensionConfig[], now: number): LogBatch {
  const logs = createLogBatch();
  const {columns, count} = batch.spans;
  const keys = dimensions.map(({name}) => utf8Bytes(name));
  const origins = {resources: new Map<number, number>(), scopes: new Map<number, number>()};
  const setAttributes = (column: RangeColumn, row: number, list: readonly KeyValue[]): void => {
    const from = logs.attributes.count;
    for (const {key, value} of list) appendAttribute(logs.attributes, logs.heap, key, value);
    column.setPair(row, from, list.length);
  };
  const originOf = (table: 'resources' | 'scopes', row: number): number => {
    let known = origins[table].get(row);
    if (known !== undefined) return known;
    known = logs[table].add();
    origins[table].set(row, known);
    const {attributes} = batch[table].columns;
    setAttributes(
      logs[table].columns.attributes,
      known,
      readAttributes(batch, attributes.from(row), attributes.count(row)),
    );
    if (table === 'resources') return known;
    for (const column of ['name', 'version'] as const) {
      const text = batch.scopes.columns[column].bytes(row, batch.heap);
      logs.scopes.columns[column].setPair(known, logs.heap.append(text), text.length);
    }
    return known;
  };
  const attributesOf = (row: number, event: number): KeyValue[] => {
    const attributes = new Map<string, KeyValue>();
    const put = (key: string, value: KeyValue['value']): void => void attributes.set(key, {key, value});
    const text = (key: string, value: string): void => put(key, {type: 'string', value});
    const own = columns.attributes;
    for (const {key, value} of readAttributes(batch, own.from(row), own.count(row))) put(key, value);
    text('span.name', utf8(columns.name.bytes(row, batch.heap)));
    text('span.kind', kindText(columns.kind.get(row)));
    text('status.code', statusText(columns.statusCode.get(row)));
    const find = (key: Uint8Array): number => {
      const {attributes: resource} = batch.resources.columns;
      const inSpan = findAttribute(batch, own, row, key);
      const inEvent = inSpan < 0 ? findAttribute(batch, batch.events.columns.attributes, event, key) : inSpan;
      return inEvent < 0 ? findAttribute(batch, resource, columns.resource.get(row), key) : inEvent;
    };
    const service = find(utf8Bytes('service.name'));
    if (service >= 0) put('service.name', readValue(batch, service));
    for (const [index, {name, default: fallback}] of dimensions.entries()) {
      const at = find(keys[index] as Uint8Array);
      if (at >= 0) put(name, readValue(batch, at));
      else if (fallback !== undefined) text(name, fallback);
    }
    for (const [name, key] of ofEvent) {
      const at = findAttribute(batch, batch.events.columns.attributes, event, key);
      if (at >= 0) put(name, readValue(batch, at));
    }
    return [...attributes.values()];
  };
  for (let row = 0; row < count; row++) {
    const from = columns.events.from(row);
    for (let event = from; event < from + columns.events.count(row); event++) {
      if (!isException(batch, event)) continue;
      const record = logs.logs.add();
      const to = logs.logs.columns;
      to.resource.set(record, originOf('resources', columns.resource.get(row)));
      to.scope.set(record, originOf('scopes', columns.scope.get(row)));
      to.time.set(record, batch.events.columns.time.get(event));
      to.observedTime.set(record, unixNanoFromMillis(now));
      to.severityNumber.set(record, severityError);
      to.severityText.setText(record, logs.heap, 'ERROR');
      to.eventName.setPair(record, logs.heap.append(eventName), eventName.length);
      to.traceId.set(record, columns.traceId.get(row));
      to.spanId.set(record, columns.spanId.get(row));
      setAttributes(to.attributes, record, attributesOf(row, event));
    }
  }
  return logs;
}

/** The rows of the records that are exceptions themselves. */
export function exceptionRows(batch: Lent<LogBatch>): readonly number[] {
  const {columns, count} = batch.logs;
  const rows: number[] = [];
  for (let row = 0; row < count; row++) {
    const {bytes} = batch.heap;
    const name = columns.eventName;
    if (sameBytes(bytes, name.start(row), name.size(row), eventName, 0, eventName.length)) rows.push(row);
  }
  return rows;
}

export function copyRecords(batch: Lent<LogBatch>, rows: readonly number[]): LogBatch {
  const logs = createLogBatch();
  if (rows.length > 0) gatherRows<Batch>(logs, batch as unknown as Lent<Batch>, rows);
  return logs;
}
