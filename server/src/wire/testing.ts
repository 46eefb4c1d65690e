/** For tests: the real OTLP messages, from their published descriptors, read and written by a library that is not Weft's. */
import {readFileSync} from 'node:fs';
import protobuf from 'protobufjs';
import 'protobufjs/ext/descriptor/index.js';
import type {Signal, SpanBatch} from '../model/index.ts';
import {otlp} from './index.ts';

const descriptors = new URL('../../../fixtures/otlp/descriptors.binpb', import.meta.url);

export type MessageType = protobuf.Type;

/** Every message type of OTLP and google.rpc by its full name: `opentelemetry.proto.trace.v1.Span`. */
export function loadMessages(): (name: string) => MessageType {
  const {fromDescriptor} = protobuf.Root as unknown as {fromDescriptor(bytes: Uint8Array): protobuf.Root};
  const root = fromDescriptor(readFileSync(descriptors));
  return (name) => root.lookupType(name);
}

/** The export request or response of each signal. */
export function serviceMessage(signal: Signal, part: 'Request' | 'Response'): string {
  const name = {traces: 'Trace', logs: 'Logs', metrics: 'Metrics'}[signal];
  const folder = {traces: 'trace', logs: 'logs', metrics: 'metrics'}[signal];
  return `opentelemetry.proto.collector.${folder}.v1.Export${name}Service${part}`;
}

/** A body's contents as plain values to compare; numbers of 64 bits and bytes as text. */
export function readMessage(type: MessageType, body: Uint8Array): Record<string, unknown> {
  // A field with its default value says the same as an absent one, except in a oneof.
  return withoutDefaults(type, type.toObject(type.decode(body), {longs: String, bytes: String}));
}

function withoutDefaults(type: MessageType, value: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    const described = type.fields[name];
    const nested = described?.resolve().resolvedType;
    const each = (item: unknown): unknown =>
      nested instanceof protobuf.Type ? withoutDefaults(nested, item as Record<string, unknown>) : item;
    const isDefault = field === 0 ? !Object.is(field, -0) : field === '' || field === '0' || field === false;
    if (isDefault && described?.partOf === null) continue;
    if (Array.isArray(field) && field.length === 0) continue;
    kept[name] = Array.isArray(field) ? field.map(each) : each(field);
    if (emptyIsAbsent.has(nested?.name ?? '') && Object.keys(kept[name] as object).length === 0) delete kept[name];
  }
  return kept;
}

export function writeMessage(type: MessageType, value: Record<string, unknown>): Uint8Array {
  return type.encode(type.fromObject(value)).finish();
}

/** `same`, or where two encodings differ first: a failure that can be read. */
export function sameEncoding(actual: Uint8Array, expected: Uint8Array): string {
  if (Buffer.compare(actual, expected) === 0) return 'same';
  let at = 0;
  while (actual[at] === expected[at]) at++;
  const around = (bytes: Uint8Array): string =>
    Buffer.from(bytes.subarray(Math.max(0, at - 12), at + 12)).toString('hex');
  return `differ from byte ${at} of ${expected.length}: …${around(actual)}… instead of …${around(expected)}…`;
}

/** Whether these are present without content is not kept. */
const emptyIsAbsent = new Set(['Resource', 'InstrumentationScope', 'Status', 'Buckets']);

/** Never left out: an item without them is invalid, or a batch has no row for it. */
const required = new Set(['trace_id', 'span_id', 'time_unix_nano', 'data_points', 'value']);
/** For profiles only. */
const leftOut = new Set(['key_strindex', 'string_value_strindex']);
const nestedLists = new Set(['ArrayValue', 'KeyValueList']);

/** An arbitrary valid message, from its descriptor alone: a field that Weft does not know would be in it all the same. */
export function arbitraryMessage(type: MessageType, random: () => number, depth = 0): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  const chosen = new Map(type.oneofsArray.map((oneof) => [oneof.name, pick(random, oneof.fieldsArray).name]));
  for (const field of type.fieldsArray) {
    field.resolve();
    const group = field.partOf;
    const isList =
      field.resolvedType !== null && /^Resource|^Scope|^(Span|LogRecord|Metric)$/.test(field.resolvedType.name);
    const isData = type.name === 'Metric' && group !== null;
    if (leftOut.has(field.name)) continue;
    if (group !== null && group.fieldsArray.length > 1 && chosen.get(group.name) !== field.name) continue;
    if (!required.has(field.name) && !isData && !(isList && field.repeated) && random() < 0.3) continue;
    if (depth > 12 && field.resolvedType !== null && nestedLists.has(field.resolvedType.name)) continue;
    if (!field.repeated) {
      value[field.name] = arbitraryField(field, random, depth);
    } else {
      const count = 1 + Math.floor(random() * 3);
      value[field.name] = Array.from({length: count}, () => arbitraryField(field, random, depth));
    }
  }
  return value;
}

function arbitraryField(field: protobuf.Field, random: () => number, depth: number): unknown {
  const {resolvedType} = field;
  if (resolvedType instanceof protobuf.Type) return arbitraryMessage(resolvedType, random, depth + 1);
  if (resolvedType instanceof protobuf.Enum) return pick(random, Object.values(resolvedType.values));
  const any64 = ['0', '1', '127', '128', '9007199254740993', '9223372036854775807'];
  switch (field.type) {
    case 'string':
      return pick(random, ['', 'a', 'GET /orders/{id}', '訂單 🦀', 'x'.repeat(200), 'a\n"b"\\c\u0001\u2028']);
    case 'bytes':
      return Uint8Array.from({length: idWidth(field.name) ?? Math.floor(random() * 30)}, () => 1 + random() * 255);
    case 'bool':
      return random() < 0.5;
    case 'double':
      return pick(random, [0, -0, 1.5, -1e300, 5e-324, Number.NaN, Infinity, -Infinity, random()]);
    case 'int64':
    case 'sfixed64':
      return pick(random, [...any64, '-1', '-9223372036854775808', String(Math.floor(random() * 1e15))]);
    case 'uint64':
    case 'fixed64':
      // A point without a time or a value is refused.
      if (field.name === 'time_unix_nano') return pick(random, [...any64.slice(1), '1700000000123456789']);
      if (field.name.endsWith('time_unix_nano')) return pick(random, [...any64, '1700000000123456789']);
      return pick(random, [...any64, '18446744073709551615', String(Math.floor(random() * 1e15))]);
    case 'int32':
    case 'sint32':
      return pick(random, [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), Math.floor(random() * 100)]);
    case 'uint32':
    case 'fixed32':
      return pick(random, [0, 1, 300, 2 ** 32 - 1, Math.floor(random() * 100)]);
    default:
      throw new Error(`no generator for ${field.type} ${field.fullName}`);
  }
}

const idWidth = (name: string): number | undefined =>
  name === 'trace_id' ? 16 : name === 'span_id' || name === 'parent_span_id' ? 8 : undefined;

const pick = <T>(random: () => number, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

/** A span as a plain value to compare, whatever protocol it came by. */
export type ReadSpan = Readonly<Record<string, unknown>>;

/** Each span with its resource and scope, as OTLP's JSON has them; attributes in the order of their keys. */
export function readSpans(batch: SpanBatch): readonly ReadSpan[] {
  const request = JSON.parse(Buffer.from(otlp.traces.encodeJson(batch)).toString());
  const spans: {[key: string]: unknown; resource: unknown; scope: unknown; spanId: string}[] = [];
  for (const {resource, scopeSpans} of request.resourceSpans ?? []) {
    for (const {scope, spans: list} of scopeSpans) for (const span of list) spans.push({resource, scope, ...span});
  }
  const order = new Map<string, number>();
  const hex = (row: number): string => Buffer.from(batch.spans.columns.spanId.get(row)).toString('hex');
  for (let row = 0; row < batch.spans.count; row++) order.set(hex(row), row);
  return spans
    .toSorted((a, b) => (order.get(a.spanId) ?? 0) - (order.get(b.spanId) ?? 0))
    .map((span) => sorted(span) as ReadSpan);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      const list = sorted(each);
      if (key !== 'attributes') return [key, list];
      return [key, (list as {key: string}[]).toSorted((a, b) => (a.key < b.key ? -1 : 1))];
    }),
  );
}
