/** AnyValue and KeyValue from JSON: into the attribute table, or, nested, as protobuf into the heap. */

import {
  type AttributeTable,
  anyValueTag,
  type Heap,
  keyValueTag,
  maxNesting,
  NestingError,
  valuesTag,
  valueType,
} from '../model/index.ts';
import {JsonKeys} from './json-keys.ts';
import {int64, readDouble, readInteger, type Words} from './json-number.ts';
import {array, type JsonReader, object} from './json-reader.ts';
import {appendString, readBase64, readText, type Slice} from './json-text.ts';

const keyValueKeys = new JsonKeys([
  ['key', 'key'],
  ['value', 'value'],
] as const);
const anyValueKeys = new JsonKeys([
  ['stringValue', 'string'],
  ['boolValue', 'bool'],
  ['intValue', 'int'],
  ['doubleValue', 'double'],
  ['arrayValue', 'array'],
  ['kvlistValue', 'map'],
  ['bytesValue', 'bytes'],
] as const);
const listKeys = new JsonKeys([['values', 'values']] as const);

export class JsonValues {
  private readonly reader: JsonReader;
  private readonly heap: Heap;
  private readonly table: AttributeTable;
  private readonly slice: Slice = {start: 0, length: 0};
  private readonly words: Words = {low: 0, high: 0};
  private readonly double = new DataView(new ArrayBuffer(8));

  constructor(reader: JsonReader, heap: Heap, table: AttributeTable) {
    this.reader = reader;
    this.heap = heap;
    this.table = table;
  }

  /** Reads a KeyValue object into an empty attribute row. */
  keyValue(row: number): void {
    const {reader, slice} = this;
    if (!reader.enter(object)) return;
    do {
      reader.key();
      const field = keyValueKeys.find(reader);
      if (field === undefined) reader.skip();
      else if (isNull(reader)) continue;
      else if (field === 'key') {
        readText(reader, this.heap, slice);
        this.table.columns.key.setPair(row, slice.start, slice.length);
      } else this.anyValue(row);
    } while (reader.more(object));
  }

  /** Reads an AnyValue object into an attribute row; of several values in it the last one holds. */
  anyValue(row: number): void {
    const {reader, heap, slice, words} = this;
    const {type, value} = this.table.columns;
    type.set(row, valueType.empty);
    value.setPair(row, 0, 0);
    if (!reader.enter(object)) return;
    do {
      reader.key();
      const kind = anyValueKeys.find(reader);
      if (kind === undefined) {
        reader.skip();
        continue;
      }
      if (isNull(reader)) continue;
      switch (kind) {
        case 'string':
          readText(reader, heap, slice);
          value.setPair(row, slice.start, slice.length);
          break;
        case 'bytes':
          readBase64(reader, heap, slice);
          value.setPair(row, slice.start, slice.length);
          break;
        case 'bool':
          value.setPair(row, readBool(reader) ? 1 : 0, 0);
          break;
        case 'int':
          readInteger(reader, words, int64);
          value.setPair(row, words.low, words.high);
          break;
        case 'double':
          value.setDouble(row, readDouble(reader));
          break;
        case 'array':
        case 'map': {
          const start = heap.length;
          this.list(kind, 1);
          value.setPair(row, start, heap.length - start);
          break;
        }
      }
      type.set(row, valueType[kind]);
    } while (reader.more(object));
  }

  /** Appends the ArrayValue or KeyValueList object that follows as a message, without a header of its own. */
  private list(kind: 'array' | 'map', depth: number): void {
    const {reader, heap} = this;
    if (depth > maxNesting) throw new NestingError(reader.at);
    const start = heap.length;
    if (!reader.enter(object)) return;
    do {
      reader.key();
      if (listKeys.find(reader) === undefined) reader.skip();
      else if (!isNull(reader)) {
        heap.length = start;
        if (!reader.enter(array)) continue;
        do {
          const element = this.open(valuesTag);
          if (kind === 'array') this.nestedValue(depth);
          else this.nestedEntry(depth);
          this.close(element);
        } while (reader.more(array));
      }
    } while (reader.more(object));
  }

  /** Appends a KeyValue. Which key holds is known only at the end, so that it is written last and then moved to the front. */
  private nestedEntry(depth: number): void {
    const {reader, heap, slice} = this;
    const start = heap.length;
    let keyAt = -1;
    if (!reader.enter(object)) return;
    do {
      reader.key();
      const field = keyValueKeys.find(reader);
      if (field === undefined) reader.skip();
      else if (isNull(reader)) continue;
      else if (field === 'key') {
        keyAt = reader.at;
        reader.string();
      } else {
        heap.length = start;
        const value = this.open(keyValueTag.value);
        this.nestedValue(depth);
        this.close(value);
      }
    } while (reader.more(object));
    if (keyAt < 0) return;
    const end = reader.at;
    reader.at = keyAt;
    reader.string();
    if (reader.from === reader.to) {
      reader.at = end;
      return;
    }
    const keyStart = heap.length;
    const key = this.open(keyValueTag.key);
    appendString(reader, heap, slice);
    this.close(key);
    reader.at = end;
    if (keyStart === start) return;
    const moved = heap.bytes.slice(keyStart, heap.length);
    heap.bytes.copyWithin(start + moved.length, start, keyStart);
    heap.bytes.set(moved, start);
  }

  /** Appends the fields of an AnyValue. */
  private nestedValue(depth: number): void {
    const {reader, heap, words} = this;
    const start = heap.length;
    if (!reader.enter(object)) return;
    do {
      reader.key();
      const kind = anyValueKeys.find(reader);
      if (kind === undefined) {
        reader.skip();
        continue;
      }
      if (isNull(reader)) continue;
      heap.length = start;
      switch (kind) {
        case 'bool':
          this.bytes(anyValueTag.bool, readBool(reader) ? 1 : 0);
          break;
        case 'int':
          readInteger(reader, words, int64);
          this.varint(anyValueTag.int, words.low, words.high);
          break;
        case 'double':
          this.double.setFloat64(0, readDouble(reader), true);
          this.bytes(anyValueTag.double);
          heap.append(new Uint8Array(this.double.buffer));
          break;
        default:
          this.nestedPayload(kind, depth);
      }
    } while (reader.more(object));
  }

  private nestedPayload(kind: 'string' | 'bytes' | 'array' | 'map', depth: number): void {
    const {reader, heap, slice} = this;
    const payload = this.open(anyValueTag[kind]);
    if (kind === 'string') {
      reader.string();
      appendString(reader, heap, slice);
    } else if (kind === 'bytes') readBase64(reader, heap, slice);
    else this.list(kind, depth + 1);
    this.close(payload);
  }

  /** Appends a tag and one byte for a length that is not yet known; returns where the payload starts. */
  private open(tag: number): number {
    this.bytes(tag, 0);
    return this.heap.length;
  }

  /** Writes the length before the payload that was opened at `start`, moving it where one byte is not enough. */
  private close(start: number): void {
    const {heap} = this;
    const length = heap.length - start;
    let extra = 0;
    for (let rest = length >>> 7; rest > 0; rest >>>= 7) extra++;
    if (extra > 0) {
      heap.reserve(extra);
      heap.bytes.copyWithin(start + extra, start, start + length);
    }
    let rest = length;
    for (let i = 0; i <= extra; i++) {
      heap.bytes[start - 1 + i] = (rest & 0x7f) | (i < extra ? 0x80 : 0);
      rest >>>= 7;
    }
  }

  private bytes(...bytes: number[]): void {
    const at = this.heap.reserve(bytes.length);
    for (let i = 0; i < bytes.length; i++) this.heap.bytes[at + i] = bytes[i] as number;
  }

  private varint(tag: number, low: number, high: number): void {
    this.bytes(tag);
    while (high !== 0 || low > 127) {
      this.bytes((low & 0x7f) | 0x80);
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.bytes(low);
  }
}

/** `null` means the same as an absent field. Reads it where it follows. */
export const isNull = (reader: JsonReader): boolean => reader.peek() === 0x6e && reader.literal() === 'null';

export function readBool(reader: JsonReader): boolean {
  const byte = reader.peek();
  if (byte !== 0x74 && byte !== 0x66) reader.expected('true or false');
  return reader.literal() === 'true';
}
