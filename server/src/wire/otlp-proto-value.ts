/** AnyValue and KeyValue from protobuf into the attribute table, without an object for either. */
import {
  type AttributeTable,
  anyValueTag,
  type Heap,
  keyValueTag,
  maxNesting,
  NestingError,
  type ProtoReader,
  valuesTag,
  valueType,
} from '../model/index.ts';

/**
 * The hot path of all decoding: appends the attributes that follow each other at `at`, as long as each has the form that
 * encoders give nearly all of them: `tag` and all lengths below 128, first the key, then a short scalar value. Returns where
 * the first one of another form starts, which is for `decodeKeyValue`.
 */
export function decodeUsualAttributes(
  reader: ProtoReader,
  table: AttributeTable,
  tag: number,
  at: number,
  end: number,
): number {
  const {bytes, view} = reader;
  const {key, type, value: values} = table.columns;
  // The shortest: tag, length, key's tag and length, value's tag and length, the value's own tag and a byte of it.
  while (at + 8 <= end && bytes[at] === tag) {
    const stop = at + 2 + (bytes[at + 1] as number);
    const keySize = bytes[at + 3] as number;
    const value = at + 4 + keySize;
    if (stop > end || value + 4 > stop || (bytes[at + 1] as number) > 127 || bytes[at + 2] !== keyValueTag.key)
      return at;
    if (bytes[value] !== keyValueTag.value || (bytes[value + 1] as number) !== stop - value - 2) return at;
    const content = bytes[value + 3] as number;
    let low = content;
    let high = 0;
    let kind: number;
    switch (bytes[value + 2]) {
      case anyValueTag.string:
        if (content !== stop - value - 4) return at;
        kind = valueType.string;
        low = value + 4;
        high = content;
        break;
      case anyValueTag.int:
        if (content > 127 || value + 4 !== stop) {
          if (value + 5 !== stop || content < 128 || (bytes[value + 4] as number) > 127) return at;
          low = (content & 127) | ((bytes[value + 4] as number) << 7);
        }
        kind = valueType.int;
        break;
      case anyValueTag.bool:
        if (content > 1 || value + 4 !== stop) return at;
        kind = valueType.bool;
        break;
      case anyValueTag.double:
        if (value + 11 !== stop) return at;
        kind = valueType.double;
        low = view.getUint32(value + 3, true);
        high = view.getUint32(value + 7, true);
        break;
      default:
        return at;
    }
    const row = table.add();
    key.words[2 * row] = at + 4;
    key.words[2 * row + 1] = keySize;
    type.data[row] = kind;
    values.words[2 * row] = low;
    values.words[2 * row + 1] = high;
    at = stop;
  }
  return at;
}

/** Sets an empty attribute row from the KeyValue message at `start … end`, whatever its form. */
export function decodeKeyValue(
  reader: ProtoReader,
  table: AttributeTable,
  heap: Heap,
  row: number,
  start: number,
  end: number,
): void {
  let values = 0;
  for (let at = start; at < end; ) {
    at = reader.next(at, end);
    const {tag, from} = reader;
    if (tag === keyValueTag.key) table.columns.key.setPair(row, from, at - from);
    else if (tag === keyValueTag.value) {
      values++;
      decodeAnyValue(reader, table, heap, row, from, at);
    }
  }
  // A repeated singular message is merged with its first occurrence; encodings merge by concatenation.
  if (values > 1) decodeMerged(reader, table, heap, row, start, end, keyValueTag.value);
}

/** Sets the value of an attribute row from the AnyValue message at `start … end`. */
export function decodeAnyValue(
  reader: ProtoReader,
  table: AttributeTable,
  heap: Heap,
  row: number,
  start: number,
  end: number,
): void {
  const {type, value} = table.columns;
  let last = 0;
  let lastFrom = start;
  let repeated = false;
  for (let at = start; at < end; ) {
    const fieldStart = at;
    at = reader.next(at, end);
    const {tag, from} = reader;
    switch (tag) {
      case anyValueTag.string:
        type.set(row, valueType.string);
        value.setPair(row, from, at - from);
        break;
      case anyValueTag.bool:
        type.set(row, valueType.bool);
        value.setPair(row, reader.low !== 0 || reader.high !== 0 ? 1 : 0, 0);
        break;
      case anyValueTag.int:
        type.set(row, valueType.int);
        value.setPair(row, reader.low, reader.high);
        break;
      case anyValueTag.double:
        type.set(row, valueType.double);
        value.setPair(row, reader.view.getUint32(from, true), reader.view.getUint32(from + 4, true));
        break;
      case anyValueTag.array:
      case anyValueTag.map:
        checkNested(reader, tag, from, at, 1);
        type.set(row, tag === anyValueTag.array ? valueType.array : valueType.map);
        value.setPair(row, from, at - from);
        break;
      case anyValueTag.bytes:
        type.set(row, valueType.bytes);
        value.setPair(row, from, at - from);
        break;
      default:
        continue;
    }
    if (tag !== last) {
      last = tag;
      lastFrom = fieldStart;
      repeated = false;
    } else repeated = true;
  }
  if (repeated && (last === anyValueTag.array || last === anyValueTag.map)) {
    value.setPair(row, ...concatenated(reader, heap, lastFrom, end, last));
  }
}

/** Decodes the AnyValue that the fields `tag` of the message at `start … end` make together. */
export function decodeMerged(
  reader: ProtoReader,
  table: AttributeTable,
  heap: Heap,
  row: number,
  start: number,
  end: number,
  tag: number,
): void {
  const [from, length] = concatenated(reader, heap, start, end, tag);
  table.columns.type.set(row, valueType.empty);
  table.columns.value.setPair(row, 0, 0);
  decodeAnyValue(reader, table, heap, row, from, from + length);
}

/** Appends the payloads of all fields `tag` to the heap, one after the other; the slice that they are. */
function concatenated(
  reader: ProtoReader,
  heap: Heap,
  start: number,
  end: number,
  tag: number,
): [start: number, length: number] {
  const from = heap.length;
  for (let at = start; at < end; ) {
    at = reader.next(at, end);
    if (reader.tag === tag) heap.append(reader.bytes.subarray(reader.from, at));
  }
  // The heap may have moved; what it held stays where it was, so the reader goes on in the new bytes.
  reader.retarget(heap.bytes);
  return [from, heap.length - from];
}

/** Throws where an ArrayValue (`tag` 0x2a) or KeyValueList (0x32), or anything in it, is malformed or nests too deep. */
function checkNested(reader: ProtoReader, tag: number, start: number, end: number, depth: number): void {
  if (depth > maxNesting) throw new NestingError(start);
  for (let at = start; at < end; ) {
    at = reader.next(at, end);
    if (reader.tag !== valuesTag) continue;
    if (tag === anyValueTag.array) checkAnyValue(reader, reader.from, at, depth);
    else checkEntry(reader, reader.from, at, depth);
  }
}

function checkEntry(reader: ProtoReader, start: number, end: number, depth: number): void {
  for (let at = start; at < end; ) {
    at = reader.next(at, end);
    if (reader.tag === keyValueTag.value) checkAnyValue(reader, reader.from, at, depth);
  }
}

function checkAnyValue(reader: ProtoReader, start: number, end: number, depth: number): void {
  for (let at = start; at < end; ) {
    at = reader.next(at, end);
    const {tag} = reader;
    if (tag === anyValueTag.array || tag === anyValueTag.map) checkNested(reader, tag, reader.from, at, depth + 1);
  }
}
