/**
 * Attribute values as objects: for tests, APIs and processors that look at a few values. Hot loops read the columns.
 *
 * Nested values (arrays, maps) stay encoded in the heap as the OTLP messages ArrayValue and KeyValueList
 * (`opentelemetry/proto/common/v1/common.proto`), so that they cross Weft unread; this file is their small codec.
 */
import {MalformedError, utf8, utf8Bytes} from '../base/index.ts';
import {type AttributeTable, type Batch, type ValueType, valueType} from './batch.ts';
import type {Heap} from './heap.ts';

export type AnyValue =
  | {readonly type: 'empty'}
  | {readonly type: 'string'; readonly value: string}
  | {readonly type: 'bool'; readonly value: boolean}
  | {readonly type: 'int'; readonly value: bigint}
  | {readonly type: 'double'; readonly value: number}
  | {readonly type: 'array'; readonly value: readonly AnyValue[]}
  | {readonly type: 'map'; readonly value: readonly KeyValue[]}
  | {readonly type: 'bytes'; readonly value: Uint8Array};
export interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

/** How deep arrays and maps may nest. Beyond it the value is refused as malformed: recursion must stay bounded. */
export const maxNesting = 32;

/** The attributes `from … from + count - 1`, in the order in which they arrived. Byte strings are copies. */
export function readAttributes(batch: Batch, from: number, count: number): KeyValue[] {
  const {key} = batch.attributes.columns;
  const list: KeyValue[] = [];
  for (let row = from; row < from + count; row++) {
    list.push({key: utf8(batch.heap.bytes, key.start(row), key.size(row)), value: readValue(batch, row)});
  }
  return list;
}

/** The value of one row of the attribute table. */
export function readValue(batch: Batch, row: number): AnyValue {
  const {type, value} = batch.attributes.columns;
  const start = value.words[2 * row] as number;
  const length = value.words[2 * row + 1] as number;
  const bytes = batch.heap.bytes;
  switch (type.get(row) as ValueType) {
    case valueType.empty:
      return {type: 'empty'};
    case valueType.string:
      return {type: 'string', value: utf8(bytes, start, length)};
    case valueType.bool:
      return {type: 'bool', value: start !== 0};
    case valueType.int:
      return {type: 'int', value: value.getSigned(row)};
    case valueType.double:
      return {type: 'double', value: value.getDouble(row)};
    case valueType.bytes:
      return {type: 'bytes', value: bytes.slice(start, start + length)};
    case valueType.array:
      return {type: 'array', value: decodeArray(bytes, start, start + length, 1)};
    case valueType.map:
      return {type: 'map', value: decodeMap(bytes, start, start + length, 1)};
  }
}

/** Appends one attribute at the end of the table and returns its row. */
export function appendAttribute(table: AttributeTable, heap: Heap, key: string, value: AnyValue): number {
  const row = table.add();
  const at = heap.appendText(key);
  table.columns.key.setPair(row, at, heap.length - at);
  writeValue(table, heap, row, value);
  return row;
}

/** Replaces the value of a row. */
export function writeValue(table: AttributeTable, heap: Heap, row: number, value: AnyValue): void {
  const {type: types, value: values} = table.columns;
  types.set(row, valueType[value.type]);
  const slice = (bytes: Uint8Array): void => values.setPair(row, heap.append(bytes), bytes.length);
  switch (value.type) {
    case 'empty':
      return values.setPair(row, 0, 0);
    case 'string':
      return slice(utf8Bytes(value.value));
    case 'bool':
      return values.setPair(row, value.value ? 1 : 0, 0);
    case 'int':
      return values.set(row, value.value);
    case 'double':
      return values.setDouble(row, value.value);
    case 'bytes':
      return slice(value.value);
    case 'array':
      return slice(new Uint8Array(encodeArray(value.value)));
    case 'map':
      return slice(new Uint8Array(encodeMap(value.value)));
  }
}

// ── the codec of nested values ──────────────────────────────────────────────────────────────────────────────────────────

/** Decodes an ArrayValue message. Throws MalformedError; unknown fields are skipped. */
export function decodeArray(bytes: Uint8Array, start: number, end: number, depth = 1): AnyValue[] {
  const values: AnyValue[] = [];
  eachField(bytes, start, end, (field, wire, from, to) => {
    if (field === 1 && wire === 2) values.push(decodeAnyValue(bytes, from, to, depth + 1));
  });
  return values;
}

/** Decodes a KeyValueList message. */
export function decodeMap(bytes: Uint8Array, start: number, end: number, depth = 1): KeyValue[] {
  const entries: KeyValue[] = [];
  eachField(bytes, start, end, (field, wire, from, to) => {
    if (field !== 1 || wire !== 2) return;
    let key = '';
    let value: AnyValue = {type: 'empty'};
    eachField(bytes, from, to, (inner, innerWire, a, b) => {
      if (inner === 1 && innerWire === 2) key = utf8(bytes, a, b - a);
      else if (inner === 2 && innerWire === 2) value = decodeAnyValue(bytes, a, b, depth + 1);
    });
    entries.push({key, value});
  });
  return entries;
}

/** Decodes an AnyValue message; where several of its fields are set the last one holds, as protobuf has it for a oneof. */
export function decodeAnyValue(bytes: Uint8Array, start: number, end: number, depth = 0): AnyValue {
  if (depth > maxNesting) throw new MalformedError(`values nest deeper than ${maxNesting} levels`, start);
  let value: AnyValue = {type: 'empty'};
  eachField(bytes, start, end, (field, wire, from, to, low, high) => {
    if (field === 1 && wire === 2) value = {type: 'string', value: utf8(bytes, from, to - from)};
    else if (field === 2 && wire === 0) value = {type: 'bool', value: low !== 0 || high !== 0};
    else if (field === 3 && wire === 0) {
      value = {type: 'int', value: BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low))};
    } else if (field === 4 && wire === 1) {
      value = {type: 'double', value: new DataView(bytes.buffer, bytes.byteOffset + from, 8).getFloat64(0, true)};
    } else if (field === 5 && wire === 2) value = {type: 'array', value: decodeArray(bytes, from, to, depth + 1)};
    else if (field === 6 && wire === 2) value = {type: 'map', value: decodeMap(bytes, from, to, depth + 1)};
    else if (field === 7 && wire === 2) value = {type: 'bytes', value: bytes.slice(from, to)};
  });
  return value;
}

type FieldVisitor = (field: number, wire: number, from: number, to: number, low: number, high: number) => void;

/** Walks the fields of one message; `from … to` is the payload (wire types 1, 2, 5), `low`, `high` the varint (wire type 0). */
function eachField(bytes: Uint8Array, start: number, end: number, visit: FieldVisitor): void {
  let at = start;
  let low = 0;
  let high = 0;
  const varint = (): void => {
    low = 0;
    high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) throw new MalformedError('a number is cut off', at);
      const byte = bytes[at++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else if (shift < 64) high |= bits << (shift - 32);
      if (byte < 0x80) {
        low >>>= 0;
        high >>>= 0;
        return;
      }
    }
    throw new MalformedError('a number has more than 10 bytes', at);
  };
  while (at < end) {
    varint();
    const field = low >>> 3;
    const wire = low & 7;
    let from = at;
    if (wire === 0) varint();
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else if (wire === 2) {
      varint();
      from = at;
      if (high !== 0 || low > end - at) throw new MalformedError(`field ${field} is longer than its message`, at);
      at += low;
    } else throw new MalformedError(`field ${field} has the unknown wire type ${wire}`, at);
    if (at > end) throw new MalformedError(`field ${field} is cut off`, from);
    visit(field, wire, from, at, low, high);
  }
}

/** The bytes of an ArrayValue message. */
export const encodeArray = (values: readonly AnyValue[]): number[] =>
  values.flatMap((value) => delimited(1, encodeAnyValue(value)));

/** The bytes of a KeyValueList message. */
export const encodeMap = (entries: readonly KeyValue[]): number[] =>
  entries.flatMap(({key, value}) =>
    delimited(1, [...delimited(1, [...utf8Bytes(key)]), ...delimited(2, encodeAnyValue(value))]),
  );

/** The bytes of an AnyValue message. */
export function encodeAnyValue(value: AnyValue): number[] {
  switch (value.type) {
    case 'empty':
      return [];
    case 'string':
      return delimited(1, [...utf8Bytes(value.value)]);
    case 'bool':
      return [0x10, value.value ? 1 : 0];
    case 'int':
      return [0x18, ...varintBytes(BigInt.asUintN(64, value.value))];
    case 'double': {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setFloat64(0, value.value, true);
      return [0x21, ...bytes];
    }
    case 'array':
      return delimited(5, encodeArray(value.value));
    case 'map':
      return delimited(6, encodeMap(value.value));
    case 'bytes':
      return delimited(7, [...value.value]);
  }
}

const delimited = (field: number, payload: readonly number[]): number[] => [
  (field << 3) | 2,
  ...varintBytes(BigInt(payload.length)),
  ...payload,
];

function varintBytes(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}
