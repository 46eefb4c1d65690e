/** The protobuf of AnyValue, ArrayValue and KeyValueList (`opentelemetry/proto/common/v1/common.proto`), as objects. */
import {MalformedError, signed64, utf8} from '../base/index.ts';
import type {AnyValue, KeyValue} from './any-value.ts';
import {ProtoReader} from './proto-reader.ts';
import {ProtoWriter} from './proto-writer.ts';

/** How deep arrays and maps may nest. Beyond it a value is refused as malformed: recursion must stay bounded. */
export const maxNesting = 32;

/** A value nests deeper than `maxNesting`: nothing else is wrong with the bytes, so that what lies beside it can be read. */
export class NestingError extends MalformedError {
  constructor(offset: number) {
    super(`values nest deeper than ${maxNesting} levels`, offset);
  }
}

/** The tags (`number << 3 | wireType`) of AnyValue's fields. */
export const anyValueTag = {
  string: 0x0a,
  bool: 0x10,
  int: 0x18,
  double: 0x21,
  array: 0x2a,
  map: 0x32,
  bytes: 0x3a,
} as const;

/** The tags of KeyValue's fields, and of the one field of ArrayValue and KeyValueList. */
export const keyValueTag = {key: 0x0a, value: 0x12} as const;
export const valuesTag = 0x0a;

/** Decodes an ArrayValue message. Throws MalformedError; unknown fields are skipped. Byte strings are copies. */
export function decodeArray(bytes: Uint8Array, start: number, end: number): AnyValue[] {
  const values: AnyValue[] = [];
  readArray(new ProtoReader(bytes), start, end, values, 1);
  return values;
}

/** Decodes a KeyValueList message. */
export function decodeMap(bytes: Uint8Array, start: number, end: number): KeyValue[] {
  const entries: KeyValue[] = [];
  readMap(new ProtoReader(bytes), start, end, entries, 1);
  return entries;
}

/**
 * Decodes an AnyValue message; where several of its fields are set the last one holds, as protobuf has it for a oneof, and a
 * message that is repeated is merged with what it was before.
 */
export function decodeAnyValue(bytes: Uint8Array, start: number, end: number): AnyValue {
  return readAnyValue(new ProtoReader(bytes), start, end, {type: 'empty'}, 0);
}

function readArray(reader: ProtoReader, start: number, end: number, values: AnyValue[], depth: number): void {
  checkDepth(depth, start);
  for (let at = start; at < end; ) {
    at = reader.next(at, end);
    if (reader.tag === valuesTag) values.push(readAnyValue(reader, reader.from, at, {type: 'empty'}, depth));
  }
}

function readMap(reader: ProtoReader, start: number, end: number, entries: KeyValue[], depth: number): void {
  checkDepth(depth, start);
  for (let at = start; at < end; ) {
    at = reader.next(at, end);
    if (reader.tag === valuesTag) entries.push(readKeyValue(reader, reader.from, at, depth));
  }
}

function readKeyValue(reader: ProtoReader, start: number, end: number, depth: number): KeyValue {
  let key = '';
  let value: AnyValue = {type: 'empty'};
  for (let at = start; at < end; ) {
    at = reader.next(at, end);
    const {tag, from} = reader;
    if (tag === keyValueTag.key) key = utf8(reader.bytes, from, at - from);
    else if (tag === keyValueTag.value) value = readAnyValue(reader, from, at, value, depth);
  }
  return {key, value};
}

/** `value` is what an earlier occurrence of the message said; its lists are added to. */
function readAnyValue(reader: ProtoReader, start: number, end: number, value: AnyValue, depth: number): AnyValue {
  for (let at = start; at < end; ) {
    at = reader.next(at, end);
    const {bytes, tag, from} = reader;
    switch (tag) {
      case anyValueTag.string:
        value = {type: 'string', value: utf8(bytes, from, at - from)};
        break;
      case anyValueTag.bool:
        value = {type: 'bool', value: reader.low !== 0 || reader.high !== 0};
        break;
      case anyValueTag.int:
        value = {type: 'int', value: signed64(reader)};
        break;
      case anyValueTag.double:
        value = {type: 'double', value: reader.view.getFloat64(from, true)};
        break;
      case anyValueTag.array: {
        const values: AnyValue[] = value.type === 'array' ? (value.value as AnyValue[]) : [];
        readArray(reader, from, at, values, depth + 1);
        value = {type: 'array', value: values};
        break;
      }
      case anyValueTag.map: {
        const entries: KeyValue[] = value.type === 'map' ? (value.value as KeyValue[]) : [];
        readMap(reader, from, at, entries, depth + 1);
        value = {type: 'map', value: entries};
        break;
      }
      case anyValueTag.bytes:
        value = {type: 'bytes', value: bytes.slice(from, at)};
        break;
    }
  }
  return value;
}

function checkDepth(depth: number, at: number): void {
  if (depth > maxNesting) throw new NestingError(at);
}

/** The bytes of an ArrayValue message. */
export function encodeArray(values: readonly AnyValue[]): Uint8Array {
  const writer = new ProtoWriter(64);
  writeArray(writer, values);
  return writer.finish();
}

/** The bytes of a KeyValueList message. */
export function encodeMap(entries: readonly KeyValue[]): Uint8Array {
  const writer = new ProtoWriter(64);
  writeMap(writer, entries);
  return writer.finish();
}

/** The bytes of an AnyValue message. */
export function encodeAnyValue(value: AnyValue): Uint8Array {
  const writer = new ProtoWriter(64);
  writeAnyValue(writer, value);
  return writer.finish();
}

// ProtoWriter writes from the end to the start: what comes last is written first.

function writeArray(writer: ProtoWriter, values: readonly AnyValue[]): void {
  for (let i = values.length - 1; i >= 0; i--) {
    const end = writer.length;
    writeAnyValue(writer, values[i] as AnyValue);
    writer.delimited(1, end);
  }
}

function writeMap(writer: ProtoWriter, entries: readonly KeyValue[]): void {
  for (let i = entries.length - 1; i >= 0; i--) {
    const {key, value} = entries[i] as KeyValue;
    const end = writer.length;
    writeAnyValue(writer, value);
    writer.delimited(2, end);
    if (key !== '') writer.textField(1, key);
    writer.delimited(1, end);
  }
}

function writeAnyValue(writer: ProtoWriter, value: AnyValue): void {
  const end = writer.length;
  switch (value.type) {
    case 'empty':
      return;
    case 'string':
      return writer.textField(1, value.value);
    case 'bool':
      writer.varint(value.value ? 1 : 0, 0);
      return writer.tag(2, 0);
    case 'int':
      writer.varint(Number(value.value & 0xffff_ffffn), Number((value.value >> 32n) & 0xffff_ffffn));
      return writer.tag(3, 0);
    case 'double':
      return writer.doubleField(4, value.value);
    case 'array':
      writeArray(writer, value.value);
      return writer.delimited(5, end);
    case 'map':
      writeMap(writer, value.value);
      return writer.delimited(6, end);
    case 'bytes':
      return writer.bytesField(7, value.value);
  }
}
