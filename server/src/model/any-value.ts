/**
 * Attribute values as objects: for tests, APIs and processors that look at a few values. Hot loops read the columns.
 *
 * Nested values (arrays, maps) stay encoded in the heap as the OTLP messages ArrayValue and KeyValueList, so that they cross
 * Weft unread; `any-value-codec.ts` is their codec.
 */
import {utf8, utf8Bytes} from '../base/index.ts';
import {decodeArray, decodeMap, encodeArray, encodeMap} from './any-value-codec.ts';
import type {AttributeTable, Batch} from './batch.ts';
import type {Heap} from './heap.ts';
import type {Lent} from './lent.ts';
import {type ValueType, valueType} from './value-column.ts';

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

/** The attributes `from … from + count - 1`, in the order in which they arrived. Byte strings are copies. */
export function readAttributes(
  batch: Pick<Lent<Batch>, 'attributes' | 'heap'>,
  from: number,
  count: number,
): KeyValue[] {
  const {key} = batch.attributes.columns;
  const list: KeyValue[] = [];
  for (let row = from; row < from + count; row++) {
    list.push({key: utf8(batch.heap.bytes, key.start(row), key.size(row)), value: readValue(batch, row)});
  }
  return list;
}

/** The value of one row of the attribute table. */
export function readValue(batch: Pick<Lent<Batch>, 'attributes' | 'heap'>, row: number): AnyValue {
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
      return {type: 'array', value: decodeArray(bytes, start, start + length)};
    case valueType.map:
      return {type: 'map', value: decodeMap(bytes, start, start + length)};
  }
}

/** Appends one attribute at the end of the table and returns its row. */
export function appendAttribute(table: AttributeTable, heap: Heap, key: string, value: AnyValue): number {
  const row = table.add();
  table.columns.key.setText(row, heap, key);
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
      return slice(encodeArray(value.value));
    case 'map':
      return slice(encodeMap(value.value));
  }
}
