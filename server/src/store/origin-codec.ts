/**
 * Resources and scopes as one exact byte string each, so that a column holds every distinct one once. The bytes are those of
 * the OTLP message ResourceSpans (or ScopeSpans) without its spans: field 1 is the Resource (InstrumentationScope), field 3
 * the schema URL. The field numbers are the same in ResourceLogs and ResourceMetrics.
 */
import {MalformedError, utf8, utf8Bytes} from '../base/index.ts';
import {
  appendAttribute,
  type Batch,
  decodeAnyValue,
  encodeAnyValue,
  type KeyValue,
  readAttributes,
} from '../model/index.ts';

/** The exact bytes of row `row` of the batch's resources; empty where nothing is set. */
export function encodeResource(batch: Batch, row: number): Uint8Array {
  const {attributes, droppedAttributes, schemaUrl} = batch.resources.columns;
  const message = [
    ...encodeAttributes(1, readAttributes(batch, attributes.from(row), attributes.count(row))),
    ...number(2, droppedAttributes.get(row)),
  ];
  return Uint8Array.from([...bytes(1, message), ...bytes(3, schemaUrl.bytes(row, batch.heap))]);
}

/** The exact bytes of row `row` of the batch's scopes. */
export function encodeScope(batch: Batch, row: number): Uint8Array {
  const {name, version, attributes, droppedAttributes, schemaUrl} = batch.scopes.columns;
  const message = [
    ...bytes(1, name.bytes(row, batch.heap)),
    ...bytes(2, version.bytes(row, batch.heap)),
    ...encodeAttributes(3, readAttributes(batch, attributes.from(row), attributes.count(row))),
    ...number(4, droppedAttributes.get(row)),
  ];
  return Uint8Array.from([...bytes(1, message), ...bytes(3, schemaUrl.bytes(row, batch.heap))]);
}

/** Adds the resource to the batch and returns its row. */
export function decodeResource(batch: Batch, encoded: Uint8Array): number {
  const row = batch.resources.add();
  const {attributes, droppedAttributes, schemaUrl} = batch.resources.columns;
  const list: KeyValue[] = [];
  for (const field of fields(encoded)) {
    if (field.number === 3) schemaUrl.setPair(row, batch.heap.append(field.payload), field.payload.length);
    else if (field.number === 1) {
      for (const inner of fields(field.payload)) {
        if (inner.number === 1) list.push(decodeKeyValue(inner.payload));
        else if (inner.number === 2) droppedAttributes.set(row, inner.value);
      }
    }
  }
  attributes.setPair(row, ...appendAll(batch, list));
  return row;
}

/** Adds the scope to the batch and returns its row. */
export function decodeScope(batch: Batch, encoded: Uint8Array): number {
  const row = batch.scopes.add();
  const {name, version, attributes, droppedAttributes, schemaUrl} = batch.scopes.columns;
  const list: KeyValue[] = [];
  for (const field of fields(encoded)) {
    if (field.number === 3) schemaUrl.setPair(row, batch.heap.append(field.payload), field.payload.length);
    else if (field.number === 1) {
      for (const inner of fields(field.payload)) {
        if (inner.number === 1) name.setPair(row, batch.heap.append(inner.payload), inner.payload.length);
        else if (inner.number === 2) version.setPair(row, batch.heap.append(inner.payload), inner.payload.length);
        else if (inner.number === 3) list.push(decodeKeyValue(inner.payload));
        else if (inner.number === 4) droppedAttributes.set(row, inner.value);
      }
    }
  }
  attributes.setPair(row, ...appendAll(batch, list));
  return row;
}

function appendAll(batch: Batch, list: readonly KeyValue[]): [from: number, count: number] {
  const from = batch.attributes.count;
  for (const {key, value} of list) appendAttribute(batch.attributes, batch.heap, key, value);
  return [from, list.length];
}

const encodeAttributes = (field: number, list: readonly KeyValue[]): number[] =>
  list.flatMap(({key, value}) =>
    message(field, [...message(1, [...utf8Bytes(key)]), ...message(2, [...encodeAnyValue(value)])]),
  );

function decodeKeyValue(encoded: Uint8Array): KeyValue {
  let key = '';
  let value: KeyValue['value'] = {type: 'empty'};
  for (const field of fields(encoded)) {
    if (field.number === 1) key = utf8(field.payload);
    else if (field.number === 2) value = decodeAnyValue(field.payload, 0, field.payload.length);
  }
  return {key, value};
}

const message = (field: number, payload: readonly number[]): number[] => [
  (field << 3) | 2,
  ...varint(payload.length),
  ...payload,
];
const bytes = (field: number, payload: Uint8Array | readonly number[]): number[] =>
  payload.length === 0 ? [] : message(field, [...payload]);
const number = (field: number, value: number): number[] => (value === 0 ? [] : [field << 3, ...varint(value)]);

function varint(value: number): number[] {
  const list: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) list.push((rest & 0x7f) | 0x80);
  return [...list, rest];
}

/** Reads back what this file wrote: fields of varints and delimited payloads only. */
function* fields(encoded: Uint8Array): Generator<{number: number; value: number; payload: Uint8Array}> {
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = encoded[at++];
      if (byte === undefined) throw new MalformedError('a stored resource or scope is cut off', at);
      value += (byte & 0x7f) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < encoded.length) {
    const tag = next();
    const value = next();
    const payload = (tag & 7) === 2 ? encoded.subarray(at, at + value) : encoded.subarray(at, at);
    at += payload.length;
    yield {number: tag >>> 3, value, payload};
  }
}
