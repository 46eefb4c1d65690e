/** A few rows of a large Native block, read without the others. */
import {bug} from '../base/index.ts';
import {
  fieldsOf,
  type NativeBlock,
  type NativeValues,
  parseType,
  Reader,
  readData,
  readPrefix,
  type Type,
} from './read.ts';
import {skipData} from './skip.ts';

/** The types of columns by their text: to be kept by whoever reads many blocks. */
export type TypeCache = Map<string, Type>;

/** Some columns of the block that begins at `from`; nothing behind the last of them is looked at. Its `to` is unknown, and 0. */
export function readLeading(bytes: Buffer, from: number, names: ReadonlySet<string>, types: TypeCache): NativeBlock {
  const reader = new Reader(bytes);
  reader.at = from;
  const columnCount = reader.varint();
  const rows = reader.varint();
  const columns = new Map<string, NativeValues>();
  for (let i = 0; i < columnCount && columns.size < names.size; i++) {
    const [name, type] = readHead(reader, types);
    if (names.has(name)) columns.set(name, readData(reader, type, rows));
    else skipData(reader, type, rows);
  }
  return {rows, bytes, from, to: 0, columns};
}

/** Rows of the block that begins at `from`, in ascending order; with `only`, of these columns. */
export function pickRows(
  bytes: Buffer,
  from: number,
  wanted: Uint32Array,
  types: TypeCache,
  only?: ReadonlySet<string>,
): NativeBlock {
  const reader = new Reader(bytes);
  reader.at = from;
  const columnCount = reader.varint();
  const rows = reader.varint();
  if (wanted.length > 0 && (wanted.at(-1) as number) >= rows) bug('a row that is not in its block');
  const columns = new Map<string, NativeValues>();
  for (let i = 0; i < columnCount; i++) {
    const [name, type] = readHead(reader, types);
    if (only?.has(name) === false) skipData(reader, type, rows);
    else for (const [key, values] of fieldsOf(name, pick(reader, type, rows, wanted))) columns.set(key, values);
  }
  return {rows: wanted.length, bytes, from, to: reader.at, columns};
}

function readHead(reader: Reader, types: TypeCache): readonly [name: string, type: Type] {
  const name = reader.text();
  const text = reader.text();
  let type = types.get(text);
  if (type === undefined) types.set(text, (type = parseType(text)));
  readPrefix(reader, type);
  return [name, type];
}

function pick(reader: Reader, type: Type, rows: number, wanted: Uint32Array): NativeValues {
  // Of no rows, not even a dictionary's head is there.
  if (rows === 0) return readData(reader, type, 0);
  switch (type.kind) {
    case 'fixed': {
      const {width} = type;
      const bytes = Buffer.allocUnsafe(width * wanted.length);
      for (let i = 0; i < wanted.length; i++) {
        const start = reader.at + width * (wanted[i] as number);
        for (let byte = 0; byte < width; byte++) bytes[width * i + byte] = reader.bytes[start + byte] as number;
      }
      reader.at += width * rows;
      return {kind: 'fixed', width, bytes, at: 0};
    }
    case 'string': {
      const slices = new Uint32Array(2 * wanted.length);
      let before = 0;
      for (let i = 0; i < wanted.length; i++) {
        skipData(reader, type, (wanted[i] as number) - before);
        const length = reader.varint();
        slices[2 * i] = reader.at;
        slices[2 * i + 1] = length;
        reader.at += length;
        before = (wanted[i] as number) + 1;
      }
      skipData(reader, type, rows - before);
      return {kind: 'strings', slices};
    }
    case 'dictionary': {
      const width = 1 << (reader.u64() & 0xff);
      const keys = readData(reader, {kind: 'string'}, reader.u64());
      if (keys.kind !== 'strings') bug('a LowCardinality column of other than strings');
      reader.u64();
      const indexes = new Uint32Array(wanted.length);
      for (let i = 0; i < wanted.length; i++)
        indexes[i] = reader.bytes.readUIntLE(reader.at + width * (wanted[i] as number), Math.min(width, 6));
      reader.at += width * rows;
      return {kind: 'dictionary', keys, indexes};
    }
    case 'array': {
      const {ends, items, total} = pickItems(reader, rows, wanted);
      return {kind: 'array', ends, items: pick(reader, type.of, total, items)};
    }
    case 'map': {
      const {ends, items, total} = pickItems(reader, rows, wanted);
      const keys = pick(reader, type.key, total, items);
      return {kind: 'map', ends, keys, values: pick(reader, type.value, total, items)};
    }
    case 'tuple': {
      const elements = new Map<string, NativeValues>();
      for (const [name, of] of type.elements) elements.set(name, pick(reader, of, rows, wanted));
      return {kind: 'tuple', elements};
    }
  }
}

/** Which of the `total` elements of all lists are in those of the wanted rows, and where each of these ends among them. */
function pickItems(reader: Reader, rows: number, wanted: Uint32Array) {
  const endOf = (row: number): number => (row < 0 ? 0 : reader.bytes.readUInt32LE(reader.at + 8 * row));
  const ends = new Uint32Array(wanted.length);
  let count = 0;
  for (let i = 0; i < wanted.length; i++) {
    const row = wanted[i] as number;
    count += endOf(row) - endOf(row - 1);
    ends[i] = count;
  }
  const items = new Uint32Array(count);
  let to = 0;
  for (const row of wanted) for (let item = endOf(row - 1); item < endOf(row); item++) items[to++] = item;
  const total = endOf(rows - 1);
  reader.at += 8 * rows;
  return {ends, items, total};
}
