/** Some rows of a Native block as a block of their own: for a block of which ClickHouse cannot take all rows at once. */
import {type NativeValues, parseType, Reader, readData, readPrefix, type Type} from './read.ts';
import {ByteSink} from './sink.ts';

/** Rows `from` to `to` (exclusive) of a block, which must be whole. Dictionaries keep only the values that these rows have. */
export function sliceBlock(block: Uint8Array, from: number, to: number): Uint8Array {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  const reader = new Reader(bytes);
  const sink = new ByteSink(64 * 1024);
  const columns = reader.varint();
  const rows = reader.varint();
  sink.varint(columns);
  sink.varint(to - from);
  for (let i = 0; i < columns; i++) {
    const head = reader.at;
    reader.text();
    const type = parseType(reader.text());
    sink.copy(bytes, head, reader.at - head);
    if (rows === 0) continue;
    const prefix = reader.at;
    readPrefix(reader, type);
    if (to > from) sink.copy(bytes, prefix, reader.at - prefix);
    writeRows(sink, bytes, type, readData(reader, type, rows), from, to);
  }
  return Uint8Array.from(sink.bytes.subarray(0, sink.length));
}

function writeRows(sink: ByteSink, bytes: Buffer, type: Type, values: NativeValues, from: number, to: number): void {
  switch (values.kind) {
    case 'fixed':
      return sink.copy(bytes, values.at + from * values.width, (to - from) * values.width);
    case 'strings':
      for (let row = from; row < to; row++) copyText(sink, bytes, values.slices, row);
      return;
    case 'dictionary':
      if (to > from) writeDictionary(sink, bytes, values.keys.slices, values.indexes.subarray(from, to));
      return;
    case 'array': {
      const [first, last] = writeEnds(sink, values.ends, from, to);
      return writeRows(sink, bytes, (type as Of<'array'>).of, values.items, first, last);
    }
    case 'map': {
      const [first, last] = writeEnds(sink, values.ends, from, to);
      const {key, value} = type as Of<'map'>;
      writeRows(sink, bytes, key, values.keys, first, last);
      return writeRows(sink, bytes, value, values.values, first, last);
    }
    case 'tuple':
      for (const [name, element] of (type as Of<'tuple'>).elements) {
        writeRows(sink, bytes, element, values.elements.get(name) as NativeValues, from, to);
      }
  }
}

type Of<K extends Type['kind']> = Extract<Type, {kind: K}>;

/** The ends of arrays, counted from the first element that is kept; returns which elements are. */
function writeEnds(sink: ByteSink, ends: Uint32Array, from: number, to: number): [first: number, last: number] {
  const first = from === 0 ? 0 : (ends[from - 1] as number);
  for (let row = from; row < to; row++) sink.u64((ends[row] as number) - first, 0);
  return [first, to === from ? first : (ends[to - 1] as number)];
}

function writeDictionary(sink: ByteSink, bytes: Buffer, keys: Uint32Array, indexes: Uint32Array): void {
  const place = new Map<number, number>();
  for (const index of indexes) if (!place.has(index)) place.set(index, place.size);
  const width = place.size <= 0x100 ? 0 : place.size <= 0x10000 ? 1 : 2;
  sink.u64(width | 0x600, 0); // HasAdditionalKeys, NeedUpdateDictionary: as in columns.ts
  sink.u64(place.size, 0);
  for (const key of place.keys()) copyText(sink, bytes, keys, key);
  sink.u64(indexes.length, 0);
  for (const index of indexes) {
    const at = sink.reserve(1 << width);
    sink.bytes.writeUIntLE(place.get(index) as number, at, 1 << width);
  }
}

function copyText(sink: ByteSink, bytes: Buffer, slices: Uint32Array, row: number): void {
  sink.string(bytes, slices[2 * row] as number, slices[2 * row + 1] as number);
}
