/**
 * Reads ClickHouse Native blocks without copying: strings are slices of the answer's bytes. Understands the types that Weft's
 * tables and queries use; any other type in an answer is a defect of the query.
 */
import {bug, utf8} from '../base/index.ts';
import {skipData} from './skip.ts';

export type NativeValues = FixedValues | StringValues | DictionaryValues | ArrayValues | MapValues | TupleValues;

/** Numbers, times and fixed strings: `width` bytes a row from `at`. */
export interface FixedValues {
  readonly kind: 'fixed';
  readonly width: number;
  readonly bytes: Buffer;
  readonly at: number;
}
/** `slices[2 * row]` is where the text starts in the answer's bytes, `slices[2 * row + 1]` its length. */
export interface StringValues {
  readonly kind: 'strings';
  readonly slices: Uint32Array;
}
/** The distinct values, and for each row the index of its own. */
export interface DictionaryValues {
  readonly kind: 'dictionary';
  readonly keys: StringValues;
  readonly indexes: Uint32Array;
}
/** The elements of row r are `ends[r - 1] … ends[r] - 1` (from 0 for the first row). */
export interface ArrayValues {
  readonly kind: 'array';
  readonly ends: Uint32Array;
  readonly items: NativeValues;
}
export interface MapValues {
  readonly kind: 'map';
  readonly ends: Uint32Array;
  readonly keys: NativeValues;
  readonly values: NativeValues;
}

/** By the names of the elements. */
export interface TupleValues {
  readonly kind: 'tuple';
  readonly elements: ReadonlyMap<string, NativeValues>;
}

export interface NativeBlock {
  readonly rows: number;
  /** All the bytes of the answer, which slices point into. */
  readonly bytes: Buffer;
  /** Where in there the block itself lies: its first byte, and the first behind it. */
  readonly from: number;
  readonly to: number;
  /** A list of records is there field by field, as a query would name them: `events.name` is an array. */
  readonly columns: ReadonlyMap<string, NativeValues>;
}

/** The blocks of a whole answer in the format Native; with `only`, columns of other names are passed over, which costs a fraction. */
export function* readBlocks(answer: Uint8Array, only?: ReadonlySet<string>): Generator<NativeBlock> {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength);
  const reader = new Reader(bytes);
  const types = new Map<string, Type>();
  while (reader.at < bytes.length) {
    const from = reader.at;
    const columnCount = reader.varint();
    const rows = reader.varint();
    const columns = new Map<string, NativeValues>();
    for (let i = 0; i < columnCount; i++) {
      const name = reader.text();
      const typeName = reader.text();
      const type = types.get(typeName) ?? parseType(typeName);
      types.set(typeName, type);
      if (rows === 0) continue;
      readPrefix(reader, type);
      if (only?.has(name) === false) skipData(reader, type, rows);
      else for (const [key, values] of fieldsOf(name, readData(reader, type, rows))) columns.set(key, values);
    }
    if (rows > 0) yield {rows, bytes, from, to: reader.at, columns};
  }
}

export function fieldsOf(name: string, values: NativeValues): [string, NativeValues][] {
  if (values.kind !== 'array' || values.items.kind !== 'tuple') return [[name, values]];
  const {ends, items} = values;
  return [...items.elements].map(([field, of]) => [`${name}.${field}`, {kind: 'array', ends, items: of}]);
}

export class Reader {
  readonly bytes: Buffer;
  at = 0;
  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.bytes[this.at++] ?? bug('a Native answer is cut off');
      value += (byte & 0x7f) * factor;
      if (byte < 128) return value;
    }
  }
  text(): string {
    const length = this.varint();
    this.at += length;
    return utf8(this.bytes, this.at - length, length);
  }
  u64(): number {
    const value = this.bytes.readUInt32LE(this.at) + this.bytes.readUInt32LE(this.at + 4) * 4294967296;
    this.at += 8;
    return value;
  }
}

export type Type =
  | {readonly kind: 'fixed'; readonly width: number}
  | {readonly kind: 'string'}
  | {readonly kind: 'dictionary'; readonly of: Type}
  | {readonly kind: 'array'; readonly of: Type}
  | {readonly kind: 'map'; readonly key: Type; readonly value: Type}
  | {readonly kind: 'tuple'; readonly elements: ReadonlyMap<string, Type>};

const widths: Readonly<Record<string, number>> = {
  UInt8: 1,
  Int8: 1,
  Bool: 1,
  Enum8: 1,
  UInt16: 2,
  Int16: 2,
  Date: 2,
  UInt32: 4,
  Int32: 4,
  Float32: 4,
  DateTime: 4,
  UInt64: 8,
  Int64: 8,
  Float64: 8,
  DateTime64: 8,
};

export function parseType(text: string): Type {
  const open = text.indexOf('(');
  const name = open < 0 ? text : text.slice(0, open);
  const inner = open < 0 ? '' : text.slice(open + 1, -1);
  const width = widths[name];
  if (width !== undefined) return {kind: 'fixed', width};
  switch (name) {
    case 'String':
      return {kind: 'string'};
    case 'FixedString':
      return {kind: 'fixed', width: Number(inner)};
    case 'LowCardinality':
      return {kind: 'dictionary', of: parseType(inner)};
    case 'Array':
      return {kind: 'array', of: parseType(inner)};
    case 'SimpleAggregateFunction':
      return parseType(inner.slice(inner.indexOf(',') + 1).trim());
    case 'Map': {
      const [key, value] = argumentsOf(inner) as [string, string];
      return {kind: 'map', key: parseType(key), value: parseType(value)};
    }
    case 'Tuple':
      return {kind: 'tuple', elements: new Map(argumentsOf(inner).map(namedType))};
  }
  return bug(`the Native reader does not know the type ${text}`);
}

/** The parts between the commas of the outermost level. */
function argumentsOf(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')') depth--;
    else if (text[i] === ',' && depth === 0) {
      parts.push(text.slice(from, i).trim());
      from = i + 1;
    }
  }
  return [...parts, text.slice(from).trim()];
}

function namedType(text: string): [string, Type] {
  const space = text.indexOf(' ');
  return [text.slice(0, space), parseType(text.slice(space + 1))];
}

export function readPrefix(reader: Reader, type: Type): void {
  if (type.kind === 'dictionary') {
    if (reader.u64() !== 1) bug('a LowCardinality column of an unknown version');
  } else if (type.kind === 'array') readPrefix(reader, type.of);
  else if (type.kind === 'map') {
    readPrefix(reader, type.key);
    readPrefix(reader, type.value);
  } else if (type.kind === 'tuple') {
    for (const element of type.elements.values()) readPrefix(reader, element);
  }
}

export function readData(reader: Reader, type: Type, rows: number): NativeValues {
  switch (type.kind) {
    case 'fixed': {
      const at = reader.at;
      reader.at += type.width * rows;
      return {kind: 'fixed', width: type.width, bytes: reader.bytes, at};
    }
    case 'string':
      return readStrings(reader, rows);
    case 'dictionary':
      return readDictionary(reader, type.of, rows);
    case 'array': {
      const ends = readEnds(reader, rows);
      return {kind: 'array', ends, items: readData(reader, type.of, lastOf(ends))};
    }
    case 'map': {
      const ends = readEnds(reader, rows);
      const count = lastOf(ends);
      const keys = readData(reader, type.key, count);
      return {kind: 'map', ends, keys, values: readData(reader, type.value, count)};
    }
    case 'tuple': {
      const elements = new Map<string, NativeValues>();
      for (const [name, of] of type.elements) elements.set(name, readData(reader, of, rows));
      return {kind: 'tuple', elements};
    }
  }
}

function readStrings(reader: Reader, rows: number): StringValues {
  const slices = new Uint32Array(2 * rows);
  const {bytes} = reader;
  for (let row = 0; row < rows; row++) {
    const short = bytes[reader.at] ?? bug('a Native answer is cut off');
    const length = short < 128 ? short : reader.varint();
    if (short < 128) reader.at++;
    slices[2 * row] = reader.at;
    slices[2 * row + 1] = length;
    reader.at += length;
  }
  return {kind: 'strings', slices};
}

function readDictionary(reader: Reader, of: Type, rows: number): DictionaryValues {
  if (of.kind !== 'string') bug('a LowCardinality column of other than strings');
  const indexes = new Uint32Array(rows);
  if (rows === 0) return {kind: 'dictionary', keys: {kind: 'strings', slices: new Uint32Array(0)}, indexes};
  const flags = reader.u64();
  if ((flags & 0x200) === 0) bug('a LowCardinality column without its own dictionary');
  const keys = readStrings(reader, reader.u64());
  if (reader.u64() !== rows) bug('a LowCardinality column in several pieces');
  const width = 1 << (flags & 0xff);
  const {bytes, at} = reader;
  if (width === 1) for (let row = 0; row < rows; row++) indexes[row] = bytes[at + row] as number;
  else for (let row = 0; row < rows; row++) indexes[row] = bytes.readUIntLE(at + row * width, Math.min(width, 6));
  reader.at += rows * width;
  return {kind: 'dictionary', keys, indexes};
}

function readEnds(reader: Reader, rows: number): Uint32Array {
  const ends = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) ends[row] = reader.u64();
  return ends;
}

const lastOf = (ends: Uint32Array): number => (ends.length === 0 ? 0 : (ends[ends.length - 1] as number));

// ── looking at values ───────────────────────────────────────────────────────────────────────────────────────────────────

export function fixedColumn(block: NativeBlock, name: string): FixedValues {
  const values = block.columns.get(name);
  return values?.kind === 'fixed' ? values : bug(`column ${name} is not of a fixed width`);
}

/** Slices of a text column, whether it is a dictionary or not. */
export function textColumn(block: NativeBlock, name: string): StringValues {
  return asStrings(block.columns.get(name) ?? bug(`no column ${name}`));
}

export function dictionaryColumn(block: NativeBlock, name: string): DictionaryValues {
  const values = block.columns.get(name);
  return values?.kind === 'dictionary' ? values : bug(`column ${name} is not LowCardinality`);
}

export function arrayColumn(block: NativeBlock, name: string): ArrayValues {
  const values = block.columns.get(name);
  return values?.kind === 'array' ? values : bug(`column ${name} is not an array`);
}

export function mapColumn(block: NativeBlock, name: string): MapValues {
  const values = block.columns.get(name);
  return values?.kind === 'map' ? values : bug(`column ${name} is not a map`);
}

export function asFixed(values: NativeValues): FixedValues {
  return values.kind === 'fixed' ? values : bug('values of a fixed width expected');
}

/** Dictionaries are resolved to one slice a row. */
export function asStrings(values: NativeValues): StringValues {
  if (values.kind === 'strings') return values;
  if (values.kind !== 'dictionary') return bug('text expected');
  const {keys, indexes} = values;
  const slices = new Uint32Array(2 * indexes.length);
  for (let row = 0; row < indexes.length; row++) {
    const key = indexes[row] as number;
    slices[2 * row] = keys.slices[2 * key] as number;
    slices[2 * row + 1] = keys.slices[2 * key + 1] as number;
  }
  return {kind: 'strings', slices};
}
