/** For tests: batches of spans and log records from plain objects. */
import {fromHex, utf8Bytes} from '../base/index.ts';
import {
  type AnyValue,
  appendAttribute,
  createSpanBatch,
  type LogBatch,
  type RangeColumn,
  type SliceColumn,
  type SpanBatch,
} from '../model/index.ts';
import {otlp} from '../wire/index.ts';

/** A plain text, boolean, bigint (int) or number (double), or any typed value. */
export type TestValue = string | boolean | bigint | number | AnyValue;
export type TestAttributes = Readonly<Record<string, TestValue>>;

export interface TestSpan {
  /** Hexadecimal, filled up with zeros on the left. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name?: string;
  readonly kind?: number;
  /** Nanoseconds. */
  readonly start?: bigint;
  readonly duration?: bigint;
  readonly attributes?: TestAttributes;
  readonly resource?: TestAttributes;
  readonly scope?: {readonly name?: string; readonly version?: string; readonly attributes?: TestAttributes};
  readonly status?: number;
  readonly statusMessage?: string;
  readonly traceState?: string;
  readonly events?: readonly {readonly name: string; readonly time?: bigint; readonly attributes?: TestAttributes}[];
  readonly links?: readonly {readonly traceId: string; readonly spanId: string; readonly attributes?: TestAttributes}[];
}

export function spanBatchOf(spans: readonly TestSpan[]): SpanBatch {
  const batch = createSpanBatch();
  const {heap} = batch;
  const s = batch.spans.columns;
  const e = batch.events.columns;
  const l = batch.links.columns;
  const setText = (column: SliceColumn, row: number, text: string): void => {
    const at = heap.appendText(text);
    column.setPair(row, at, utf8Bytes(text).length);
  };
  const setAttributes = (column: RangeColumn, row: number, attributes: TestAttributes = {}): void => {
    const from = batch.attributes.count;
    const entries = Object.entries(attributes);
    for (const [key, value] of entries) appendAttribute(batch.attributes, heap, key, typed(value));
    column.setPair(row, from, entries.length);
  };
  for (const span of spans) {
    const resource = batch.resources.add();
    setAttributes(batch.resources.columns.attributes, resource, span.resource ?? {'service.name': 'shop'});
    const scope = batch.scopes.add();
    setText(batch.scopes.columns.name, scope, span.scope?.name ?? '');
    setText(batch.scopes.columns.version, scope, span.scope?.version ?? '');
    setAttributes(batch.scopes.columns.attributes, scope, span.scope?.attributes);
    const row = batch.spans.add();
    s.resource.set(row, resource);
    s.scope.set(row, scope);
    s.traceId.set(row, id(span.traceId, 32));
    s.spanId.set(row, id(span.spanId, 16));
    s.parentSpanId.set(row, id(span.parentSpanId ?? '', 16));
    setText(s.name, row, span.name ?? 'work');
    s.kind.set(row, span.kind ?? 0);
    const start = span.start ?? 1_700_000_000_000_000_000n;
    s.start.set(row, start);
    s.end.set(row, start + (span.duration ?? 1_000_000n));
    setAttributes(s.attributes, row, span.attributes);
    s.statusCode.set(row, span.status ?? 0);
    setText(s.statusMessage, row, span.statusMessage ?? '');
    setText(s.traceState, row, span.traceState ?? '');
    const firstEvent = batch.events.count;
    for (const event of span.events ?? []) {
      const at = batch.events.add();
      setText(e.name, at, event.name);
      e.time.set(at, event.time ?? start);
      setAttributes(e.attributes, at, event.attributes);
    }
    s.events.setPair(row, firstEvent, span.events?.length ?? 0);
    const firstLink = batch.links.count;
    for (const link of span.links ?? []) {
      const at = batch.links.add();
      l.traceId.set(at, id(link.traceId, 32));
      l.spanId.set(at, id(link.spanId, 16));
      setAttributes(l.attributes, at, link.attributes);
    }
    s.links.setPair(row, firstLink, span.links?.length ?? 0);
  }
  return batch;
}

/** Of one service; `logRecords` as the JSON of OTLP has them. */
export function logBatchOf(service: string, logRecords: readonly object[]): LogBatch {
  const resource = {attributes: [{key: 'service.name', value: {stringValue: service}}]};
  const body = {resourceLogs: [{resource, scopeLogs: [{scope: {name: 'app.log'}, logRecords}]}]};
  return otlp.logs.decodeJson(utf8Bytes(JSON.stringify(body))).batch;
}

const id = (text: string, digits: number): Uint8Array => fromHex(text.padStart(digits, '0')) as Uint8Array;

function typed(value: TestValue): AnyValue {
  if (typeof value === 'string') return {type: 'string', value};
  if (typeof value === 'boolean') return {type: 'bool', value};
  if (typeof value === 'bigint') return {type: 'int', value};
  if (typeof value === 'number') return {type: 'double', value};
  return value;
}
