/**
 * Attribute values as text, and back. Every value is stored in the text form that a person would search for, beside one
 * letter for its type, so that nothing is lost: an int 5, a double 5 and a string "5" are all found by `5` and read back apart.
 */
import {bug, utf8, utf8Bytes} from '../base/index.ts';
import {
  type AnyValue,
  type Batch,
  type KeyValue,
  type Lent,
  readValue,
  type ValueType,
  valueType,
  writeValue,
} from '../model/index.ts';
import {ByteSink} from '../native/index.ts';
import {attributeText, doubleText} from '../query/index.ts';
import {nestedLetter, readPlainJson} from './nested-value.ts';

/**
 * Type letters in the order of `valueType`: n empty, s string, b bool, i int, d double, a array, m map, y bytes. Arrays and maps
 * are written with those of `nested-value.ts`.
 */
const typeLetters = 'nsbidamy';
const letterCodes = Uint8Array.from(typeLetters, (letter) => letter.charCodeAt(0));
const typeOfLetter = new Map<number, ValueType>([...letterCodes].map((code, type) => [code, type as ValueType]));

/** Appends the text of the attribute in `row` to the sink, without its length. */
export function writeValueText(sink: ByteSink, batch: Lent<Batch>, row: number): void {
  const {type, value} = batch.attributes.columns;
  const low = value.words[2 * row] as number;
  const high = value.words[2 * row + 1] as number;
  switch (type.data[row]) {
    case valueType.string:
      return sink.copy(batch.heap.bytes, low, high);
    case valueType.bool:
      return writeAscii(sink, low === 0 ? 'false' : 'true');
    case valueType.int:
      return high === 0 ? writeDecimal(sink, low) : writeAscii(sink, value.getSigned(row).toString());
    case valueType.double:
      return writeAscii(sink, doubleText(value.getDouble(row)));
    case valueType.empty:
      return;
    default: {
      const text = utf8Bytes(attributeText(readValue(batch, row)));
      return sink.copy(text, 0, text.length);
    }
  }
}

/** The letters of one row's attributes, and behind them what their plain texts do not say. */
export class TypeLetters {
  readonly sink = new ByteSink();
  private exact: Json[] = [];

  reset(): void {
    this.sink.reset();
    this.exact = [];
  }

  append(batch: Lent<Batch>, row: number): void {
    const type = batch.attributes.columns.type.get(row);
    if (type !== valueType.array && type !== valueType.map) return this.sink.u8(letterCodes[type] as number);
    const value = readValue(batch, row);
    const letter = nestedLetter(value);
    if (letter === 'x') this.exact.push(toJson(value));
    this.sink.u8(letter.charCodeAt(0));
  }

  /** To be called once all are appended. */
  end(): void {
    if (this.exact.length === 0) return;
    const text = utf8Bytes(JSON.stringify(this.exact));
    this.sink.copy(text, 0, text.length);
  }
}

/** The exact values behind the `count` letters of a row: one for each `x`, in their order. */
export function readExact(bytes: Uint8Array, start: number, length: number, count: number): AnyValue[] {
  return length <= count ? [] : (JSON.parse(utf8(bytes, start + count, length - count)) as Json[]).map(fromJson);
}

/** Sets the value of an attribute row from its letter and the text form that the store gave back; `exact` as `readExact` has it. */
export function readValueText(
  batch: Batch,
  row: number,
  letter: number,
  bytes: Uint8Array,
  start: number,
  length: number,
  exact: AnyValue[],
): void {
  const {attributes, heap} = batch;
  const {type: types, value} = attributes.columns;
  const type = typeOfLetter.get(letter);
  if (type !== undefined) types.set(row, type);
  switch (type) {
    case valueType.empty:
      return value.setPair(row, 0, 0);
    case valueType.string:
      return value.setPair(row, heap.append(bytes.subarray(start, start + length)), length);
    case valueType.bool:
      return value.setPair(row, bytes[start] === 0x74 ? 1 : 0, 0);
    case valueType.int:
      return value.set(row, BigInt(utf8(bytes, start, length)));
    case valueType.double:
      return value.setDouble(row, Number(utf8(bytes, start, length)));
    case valueType.bytes: {
      const raw = Buffer.from(utf8(bytes, start, length), 'base64');
      return value.setPair(row, heap.append(raw), raw.length);
    }
    default:
      return writeValue(
        attributes,
        heap,
        row,
        readNested(String.fromCharCode(letter), utf8(bytes, start, length), exact),
      );
  }
}

/** A value from its letter, which is none of an exact one, and its text. */
export function anyValueOf(letter: string, text: string): AnyValue {
  switch (typeOfLetter.get(letter.charCodeAt(0))) {
    case valueType.empty:
      return {type: 'empty'};
    case valueType.string:
      return {type: 'string', value: text};
    case valueType.bool:
      return {type: 'bool', value: text === 'true'};
    case valueType.int:
      return {type: 'int', value: BigInt(text)};
    case valueType.double:
      return {type: 'double', value: Number(text)};
    case valueType.bytes:
      return {type: 'bytes', value: Buffer.from(text, 'base64')};
    default:
      return readNested(letter, text, []);
  }
}

function readNested(letter: string, text: string, exact: AnyValue[]): AnyValue {
  switch (letter) {
    case 'j':
    case 'J':
      return readPlainJson(text, letter);
    case 'x':
      return exact.shift() ?? bug('an exact value is missing');
    case 'a':
    case 'm':
      return fromJson(JSON.parse(text));
    default:
      return bug(`an unknown type letter: ${letter}`);
  }
}

/** The JSON mapping of OTLP for nested values. */
type Json = {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: string;
  doubleValue?: number | string;
  bytesValue?: string;
  arrayValue?: {values: Json[]};
  kvlistValue?: {values: {key: string; value: Json}[]};
};

function toJson(value: AnyValue): Json {
  switch (value.type) {
    case 'empty':
      return {};
    case 'string':
      return {stringValue: value.value};
    case 'bool':
      return {boolValue: value.value};
    case 'int':
      return {intValue: value.value.toString()};
    case 'double':
      return {
        doubleValue:
          Number.isFinite(value.value) && !Object.is(value.value, -0) ? value.value : doubleText(value.value),
      };
    case 'bytes':
      return {bytesValue: Buffer.from(value.value).toString('base64')};
    case 'array':
      return {arrayValue: {values: value.value.map(toJson)}};
    case 'map':
      return {kvlistValue: {values: value.value.map((entry) => ({key: entry.key, value: toJson(entry.value)}))}};
  }
}

function fromJson(json: Json): AnyValue {
  if (json.stringValue !== undefined) return {type: 'string', value: json.stringValue};
  if (json.boolValue !== undefined) return {type: 'bool', value: json.boolValue};
  if (json.intValue !== undefined) return {type: 'int', value: BigInt(json.intValue)};
  if (json.doubleValue !== undefined) return {type: 'double', value: Number(json.doubleValue)};
  if (json.bytesValue !== undefined) return {type: 'bytes', value: Buffer.from(json.bytesValue, 'base64')};
  if (json.arrayValue !== undefined) return {type: 'array', value: json.arrayValue.values.map(fromJson)};
  if (json.kvlistValue !== undefined) {
    const entries: KeyValue[] = json.kvlistValue.values.map(({key, value}) => ({key, value: fromJson(value)}));
    return {type: 'map', value: entries};
  }
  return {type: 'empty'};
}

function writeAscii(sink: ByteSink, text: string): void {
  const at = sink.reserve(text.length);
  for (let i = 0; i < text.length; i++) sink.bytes[at + i] = text.charCodeAt(i);
}

function writeDecimal(sink: ByteSink, value: number): void {
  let digits = 1;
  for (let limit = 10; digits < 10 && value >= limit; limit *= 10) digits++;
  let at = sink.reserve(digits) + digits;
  let rest = value;
  do {
    const next = Math.floor(rest / 10);
    sink.bytes[--at] = 48 + (rest - 10 * next);
    rest = next;
  } while (rest > 0);
}
