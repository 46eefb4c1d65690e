/** Attributes of a row, read and written without objects: the hot paths of OTTL. */
import {sameBytes, utf8, utf8Bytes} from '../base/index.ts';
import {
  type AnyBatch,
  addAttribute,
  appendAttribute,
  type Batch,
  findAttribute,
  type RangeColumn,
  readAttributes,
  readValue,
  removeAttributes,
  valueType,
  writeValue,
} from '../model/index.ts';
import {OttlError} from './faults.ts';
import type {Frame, Owner, PathSource} from './frame.ts';
import {fromAny, mapFromAny, readIndexed, toAny, typeOf, type Value, type ValueMap, writeIndexed} from './value.ts';

/** The value of a row of the attribute table. */
export function readRow(batch: AnyBatch, row: number): Value {
  const {type, value} = batch.attributes.columns;
  switch (type.data[row]) {
    case valueType.empty:
      return undefined;
    case valueType.string:
      return utf8(batch.heap.bytes, value.words[2 * row] as number, value.words[2 * row + 1] as number);
    case valueType.bool:
      return value.words[2 * row] !== 0;
    case valueType.int:
      return value.getSigned(row);
    case valueType.double:
      return value.getDouble(row);
    default:
      return fromAny(readValue(batch, row));
  }
}

export function writeRow(batch: AnyBatch, row: number, to: Value): void {
  const {type, value} = batch.attributes.columns;
  if (typeof to === 'string') {
    const at = batch.heap.appendText(to);
    type.data[row] = valueType.string;
    value.setPair(row, at, batch.heap.length - at);
  } else writeValue(batch.attributes, batch.heap, row, toAny(to));
}

/** Whether the row's value is the text of these bytes. */
export function rowIsText(batch: AnyBatch, row: number, text: Uint8Array): boolean {
  const {type, value} = batch.attributes.columns;
  if (type.data[row] !== valueType.string) return false;
  const {words} = value;
  return sameBytes(batch.heap.bytes, words[2 * row] as number, words[2 * row + 1] as number, text, 0, text.length);
}

/** As of Source.number. */
export function rowNumber(batch: AnyBatch, row: number): number {
  const {type, value} = batch.attributes.columns;
  if (type.data[row] === valueType.double) return value.getDouble(row);
  if (type.data[row] !== valueType.int) return Number.NaN;
  const number = ((value.words[2 * row + 1] as number) | 0) * 4294967296 + (value.words[2 * row] as number);
  return Number.isSafeInteger(number) ? number : Number.NaN;
}

/** A text as bytes, prepared once. Within one batch it is written into the heap once: slices never change. */
export class PreparedText {
  readonly text: string;
  readonly bytes: Uint8Array;
  #batch: WeakRef<object> | undefined;
  #start = 0;

  constructor(text: string) {
    this.text = text;
    this.bytes = utf8Bytes(text);
  }

  /** Where the text lies in the batch's heap. */
  startIn(batch: Batch): number {
    if (this.#batch?.deref() === batch) return this.#start;
    this.#batch = new WeakRef(batch);
    this.#start = batch.heap.append(this.bytes);
    return this.#start;
  }
}

/** The row of the owner's attribute, added with an empty value where there is none. */
export function ensureAttribute(batch: Batch, owner: RangeColumn, row: number, key: PreparedText): number {
  const found = findAttribute(batch as AnyBatch, owner, row, key.bytes);
  return found >= 0 ? found : addNamed(batch, owner, row, key);
}

/** Adds an attribute with an empty value; the owner must have none of that key. */
function addNamed(batch: Batch, owner: RangeColumn, row: number, key: PreparedText): number {
  const at = addAttribute(batch, owner, row);
  batch.attributes.columns.key.setPair(at, key.startIn(batch), key.bytes.length);
  return at;
}

/** All attributes of a row, as a map of their own. */
export function readOwner(frame: Frame, {column, row}: Owner): ValueMap {
  const range = column(frame);
  const at = row(frame);
  return mapFromAny(readAttributes(frame.batch, range.from(at), range.count(at)));
}

/** Replaces all attributes of a row. */
function writeOwner(frame: Frame, {column, row}: Owner, map: ValueMap): void {
  const entries = [...map].map(([key, value]) => [key, toAny(value)] as const);
  const range = column(frame);
  const at = row(frame);
  const {attributes, heap} = frame.batch;
  const start = attributes.count;
  for (const [key, value] of entries) {
    appendAttribute(attributes, heap, key, value);
  }
  range.setPair(at, start, entries.length);
}

/** The key of an attribute row. */
export const keyOf = (batch: AnyBatch, row: number): string => {
  const {key} = batch.attributes.columns;
  return utf8(batch.heap.bytes, key.start(row), key.size(row));
};

export const removeWhere = (frame: Frame, owner: Owner, remove: (attribute: number) => boolean): number =>
  removeAttributes(frame.batch, owner.column(frame), owner.row(frame), remove);

/** `attributes`: the whole map. */
export const ownerPath = (owner: Owner): PathSource => ({
  owner,
  get: (frame) => readOwner(frame, owner),
  isNil: () => false,
  set(frame, value) {
    if (value === undefined) return writeOwner(frame, owner, new Map());
    if (!(value instanceof Map)) throw new OttlError(`attributes are set to a map, not to ${typeOf(value)}`);
    writeOwner(frame, owner, value);
  },
});

/** `attributes["key"]`. */
export function attributePath({column, row}: Owner, text: string): PathSource {
  const key = new PreparedText(text);
  // Spans of one program have their attributes in one order: the place where the key was last is looked at first.
  let hint = 0;
  const find = (frame: Frame): number => {
    const range = column(frame);
    const at = row(frame);
    const from = range.words[2 * at] as number;
    const count = range.words[2 * at + 1] as number;
    const {batch} = frame;
    const keys = batch.attributes.columns.key.words;
    const {bytes} = batch.heap;
    const {length} = key.bytes;
    const first = hint < count ? hint : 0;
    // Keys are unique in a row, as OTLP demands, so that the order of looking makes no difference.
    for (let n = 0; n < count; n++) {
      const each = from + (first + n < count ? first + n : first + n - count);
      if (keys[2 * each + 1] !== length) continue;
      const start = keys[2 * each] as number;
      let i = 0;
      while (i < length && bytes[start + i] === key.bytes[i]) i++;
      if (i < length) continue;
      hint = each - from;
      return each;
    }
    return -1;
  };
  return {
    get(frame) {
      const found = find(frame);
      return found < 0 ? undefined : readRow(frame.batch, found);
    },
    isNil(frame) {
      const found = find(frame);
      return found < 0 || frame.batch.attributes.columns.type.data[found] === valueType.empty;
    },
    sameText(frame, bytes) {
      const found = find(frame);
      return found >= 0 && rowIsText(frame.batch, found, bytes);
    },
    number(frame) {
      const found = find(frame);
      return found < 0 ? Number.NaN : rowNumber(frame.batch, found);
    },
    set(frame, value) {
      const found = find(frame);
      // What no attribute can hold is refused before the attribute is added.
      if (found < 0 && typeof value === 'object') toAny(value);
      const at = found < 0 ? addNamed(frame.batch, column(frame), row(frame), key) : found;
      writeRow(frame.batch, at, value);
    },
    setText(frame, text) {
      const found = find(frame);
      const at = found < 0 ? addNamed(frame.batch, column(frame), row(frame), key) : found;
      const {type, value} = frame.batch.attributes.columns;
      type.data[at] = valueType.string;
      value.setPair(at, text.startIn(frame.batch), text.bytes.length);
    },
    attribute: find,
    copy(frame, from) {
      const found = find(frame);
      const at = found < 0 ? addNamed(frame.batch, column(frame), row(frame), key) : found;
      const {type, value} = frame.batch.attributes.columns;
      type.data[at] = type.data[from] as number;
      value.setPair(at, value.words[2 * from] as number, value.words[2 * from + 1] as number);
    },
  };
}

/** `attributes[first]…` with keys that are computed, or several of them. */
export const indexedAttributePath = (owner: Owner, keys: (frame: Frame) => readonly Value[]): PathSource => ({
  get(frame) {
    const [first, ...rest] = keys(frame);
    const found = findAttribute(frame.batch, owner.column(frame), owner.row(frame), utf8Bytes(keyText(first)));
    return found < 0 ? undefined : readIndexed(readRow(frame.batch, found), rest);
  },
  set(frame, value) {
    const list = keys(frame);
    const key = new PreparedText(keyText(list[0]));
    const column = owner.column(frame);
    const found = findAttribute(frame.batch, column, owner.row(frame), key.bytes);
    const to = writeIndexed(found < 0 ? undefined : readRow(frame.batch, found), list, value, 1);
    toAny(to);
    writeRow(frame.batch, found < 0 ? ensureAttribute(frame.batch, column, owner.row(frame), key) : found, to);
  },
});

function keyText(key: Value): string {
  if (typeof key === 'string') return key;
  throw new OttlError(`attributes are indexed by a string, not by ${typeOf(key)}`);
}
