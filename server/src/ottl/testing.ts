/** Batches for tests of the language. */
import {
  type AnyValue,
  appendAttribute,
  createLogBatch,
  createSpanBatch,
  type LogBatch,
  type MetricBatch,
  type SpanBatch,
  setAttribute,
} from '../model/index.ts';
import {fromPlain} from './text.ts';
import {toAny, type Value} from './value.ts';

/** Attributes as plain values; a whole number is an int, all others are doubles. */
export type PlainAttributes = Readonly<Record<string, unknown>>;

function anyOf(plain: unknown): AnyValue {
  const ints = (value: Value): Value => {
    if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
    if (Array.isArray(value)) return value.map(ints);
    if (value instanceof Map) return new Map([...value].map(([key, each]) => [key, ints(each)]));
    return value;
  };
  return toAny(plain instanceof Uint8Array ? plain : ints(fromPlain(plain)));
}

function resourceAndScope(batch: SpanBatch | LogBatch | MetricBatch): void {
  const resource = batch.resources.add();
  setAttribute(batch, batch.resources.columns.attributes, resource, 'host.name', {type: 'string', value: 'localhost'});
  setAttribute(batch, batch.resources.columns.attributes, resource, 'A|B|C', {type: 'string', value: 'newValue'});
  const scope = batch.scopes.add();
  batch.scopes.columns.name.setText(scope, batch.heap, 'scope');
}

const bytes = (length: number): Uint8Array => Uint8Array.from({length}, (_, index) => index + 1);

/** One span, `operationA`, a server's, with an event `event`. */
export function testSpan(attributes: PlainAttributes = {}): SpanBatch {
  const batch = createSpanBatch();
  resourceAndScope(batch);
  const {columns} = batch.spans;
  const row = batch.spans.add();
  columns.traceId.set(row, bytes(16));
  columns.spanId.set(row, bytes(8));
  columns.parentSpanId.set(row, bytes(8).reverse());
  columns.kind.set(row, 2);
  columns.statusCode.set(row, 2);
  columns.start.set(row, 1_600_000_000_000_000_000n);
  columns.end.set(row, 1_600_000_000_250_000_000n);
  columns.name.setText(row, batch.heap, 'operationA');
  columns.traceState.setText(row, batch.heap, 'key1=val1,key2=val2');
  for (const [key, value] of Object.entries(attributes))
    setAttribute(batch, columns.attributes, row, key, anyOf(value));
  const event = batch.events.add();
  batch.events.columns.name.setText(event, batch.heap, 'event');
  columns.events.setPair(row, event, 1);
  return batch;
}

/** One log record with this body. */
export function testLog(attributes: PlainAttributes = {}, body: unknown = 'operationA'): LogBatch {
  const batch = createLogBatch();
  resourceAndScope(batch);
  const {columns} = batch.logs;
  const row = batch.logs.add();
  columns.severityNumber.set(row, 9);
  columns.traceId.set(row, bytes(16));
  columns.spanId.set(row, bytes(8));
  columns.time.set(row, 1_600_000_000_000_000_000n);
  for (const [key, value] of Object.entries(attributes))
    setAttribute(batch, columns.attributes, row, key, anyOf(value));
  if (body !== undefined) columns.body.setPair(row, appendAttribute(batch.attributes, batch.heap, '', anyOf(body)), 1);
  return batch;
}
