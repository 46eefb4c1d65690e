/**
 * The keys and values of blocks of spans, hashed for filters: wherever a search would find them, as `attribute-sql.ts` reads them. A hot
 * path: `write-spans.bench.ts`.
 */
import {utf8Bytes} from '../base/index.ts';
import {arrayColumn, asStrings, dictionaryColumn, type NativeBlock} from '../native/index.ts';
import type {HashSet} from './hash-set.ts';
import {cellHash, cellSalt, keyHash, keySalt, type PairKind, pairHash} from './span-filter.ts';
import {mark, markDigits, originMarks} from './span-text.ts';

/** The columns of a block that are looked at. */
export const filteredColumns = ['attribute_template', 'attribute_values', 'origin', 'events', 'links'] as const;

/** Throws where one of them is not as `FilterRows` expects it. */
export function checkFiltered(block: NativeBlock): void {
  dictionaryColumn(block, 'attribute_template');
  for (const name of ['attribute_values', 'events.name', 'events.attributes', 'links.attributes']) {
    arrayColumn(block, name);
  }
}

/** A text, as far as it tells of the spans that have it. */
interface SharedText {
  /** Hashes of the keys in it, and of its own pairs. */
  readonly keys: readonly number[];
  readonly pairs: readonly number[];
  /** Of the keys whose values each span has beside it, in order; undefined where it has keys too. */
  readonly names: readonly number[] | undefined;
  /** The buckets to which the pairs were added. */
  readonly added: Set<number>;
  lastAdded: number;
}

const eventKey = utf8Bytes('event');
const eventHash = keyHash('record', eventKey, 0, eventKey.length);
const code = (text: string): number => text.charCodeAt(0);
const equals = code('=');
const end = code(mark.end);

/** Of one block, a segment's part. */
export class BlockPairs {
  private readonly bytes: Buffer;
  private readonly block: NativeBlock;
  private readonly hashes: HashSet;
  private readonly buckets: Uint32Array;
  private readonly segment: number;

  constructor(block: NativeBlock, hashes: HashSet, buckets: Uint32Array, segment: number) {
    this.bytes = block.bytes;
    this.block = block;
    this.hashes = hashes;
    this.buckets = buckets;
    this.segment = segment;
  }

  /** Of the rows from one to another, the end excluded. */
  add(from: number, to: number): void {
    this.addShared('origin', from, to);
    const templates = this.addShared('attribute_template', from, to);
    this.addValues(templates, from, to);
    this.addNames(from, to);
    for (const name of ['events.attributes', 'links.attributes']) this.addMaps(name, from, to);
  }

  private salt(row: number): number {
    return cellSalt(this.segment, this.buckets[row] as number);
  }

  /** The pairs of the texts of a column, once a text and bucket. */
  private addShared(name: 'origin' | 'attribute_template', from: number, to: number): readonly SharedText[] {
    const {bytes, hashes, buckets} = this;
    const {keys, indexes} = dictionaryColumn(this.block, name);
    const texts: SharedText[] = [];
    const textOf = name === 'origin' ? originText : templateText;
    for (let row = from; row < to; row++) {
      const index = indexes[row] as number;
      const bucket = buckets[row] as number;
      let text = texts[index];
      if (text === undefined) {
        const start = keys.slices[2 * index] as number;
        texts[index] = text = textOf(bytes, start, start + (keys.slices[2 * index + 1] as number));
        for (const key of text.keys) hashes.add(cellHash(key, keySalt));
      }
      if (text.lastAdded === bucket) continue;
      text.lastAdded = bucket;
      if (text.added.has(bucket)) continue;
      text.added.add(bucket);
      const salt = this.salt(row);
      for (const pair of text.pairs) hashes.add(cellHash(pair, salt));
    }
    return texts;
  }

  private addValues(templates: readonly SharedText[], from: number, to: number): void {
    const {bytes, hashes, buckets, segment} = this;
    const {indexes} = dictionaryColumn(this.block, 'attribute_template');
    const {ends, items} = arrayColumn(this.block, 'attribute_values');
    const {slices} = asStrings(items);
    let value = from === 0 ? 0 : (ends[from - 1] as number);
    for (let row = from; row < to; row++) {
      const rowEnd = ends[row] as number;
      const {names} = templates[indexes[row] as number] as SharedText;
      const salt = cellSalt(segment, buckets[row] as number);
      if (names === undefined) this.addFree(slices, value, rowEnd, salt);
      else {
        const count = Math.min(names.length, rowEnd - value);
        for (let i = 0; i < count; i++) {
          const at = 2 * (value + i);
          const pair = pairHash(names[i] as number, bytes, slices[at] as number, slices[at + 1] as number);
          hashes.add(cellHash(pair, salt));
        }
      }
      value = rowEnd;
    }
  }

  /** Of the form without a template: a key, a letter and a value in turn. */
  private addFree(slices: Uint32Array, from: number, to: number, salt: number): void {
    for (let at = from; at + 2 < to; at += 3) {
      const key = keyHash('own', this.bytes, slices[2 * at] as number, slices[2 * at + 1] as number);
      const pair = pairHash(key, this.bytes, slices[2 * at + 4] as number, slices[2 * at + 5] as number);
      this.hashes.add(cellHash(key, keySalt));
      this.hashes.add(cellHash(pair, salt));
    }
  }

  /** The names of events, which are values of the key `event`. */
  private addNames(from: number, to: number): void {
    const names = arrayColumn(this.block, 'events.name');
    if (isEmpty(names.ends, from, to)) return;
    const {slices} = asStrings(names.items);
    this.hashes.add(cellHash(eventHash, keySalt));
    for (let row = from; row < to; row++) {
      for (let at = beginOf(names.ends, row); at < (names.ends[row] as number); at++) {
        const pair = pairHash(eventHash, this.bytes, slices[2 * at] as number, slices[2 * at + 1] as number);
        this.hashes.add(cellHash(pair, this.salt(row)));
      }
    }
  }

  private addMaps(name: string, from: number, to: number): void {
    const maps = arrayColumn(this.block, name);
    if (isEmpty(maps.ends, from, to) || maps.items.kind !== 'map') return;
    const {ends} = maps.items;
    const [keys, values] = [asStrings(maps.items.keys).slices, asStrings(maps.items.values).slices];
    for (let row = from; row < to; row++) {
      const [first, last] = [beginOf(maps.ends, row), maps.ends[row] as number];
      if (first === last) continue;
      for (let at = beginOf(ends, first); at < (ends[last - 1] as number); at++) {
        const key = keyHash('record', this.bytes, keys[2 * at] as number, keys[2 * at + 1] as number);
        const pair = pairHash(key, this.bytes, values[2 * at] as number, values[2 * at + 1] as number);
        this.hashes.add(cellHash(key, keySalt));
        this.hashes.add(cellHash(pair, this.salt(row)));
      }
    }
  }
}

const beginOf = (ends: Uint32Array, row: number): number => (row === 0 ? 0 : (ends[row - 1] as number));
const isEmpty = (ends: Uint32Array, from: number, to: number): boolean => beginOf(ends, from) === beginOf(ends, to);

/** See `span-text.ts`. */
function templateText(bytes: Buffer, start: number, to: number): SharedText {
  const isFree = to === start + 1 && bytes[start] === code(mark.free);
  const keys: number[] = [];
  const pairs: number[] = [];
  const names: number[] = [];
  for (let at = start; at < to && !isFree; ) {
    const close = indexOf(bytes, end, at, to);
    if (bytes[at] === code(mark.constant)) addShared('template', bytes, at + 1, close, keys, pairs);
    else names.push(keyHash('own', bytes, at + 1, close - at - 1));
    // After it, the letter of its type.
    at = close + 2;
  }
  keys.push(...names);
  return {keys, pairs, names: isFree ? undefined : names, added: new Set(), lastAdded: -1};
}

function originText(bytes: Buffer, start: number, to: number): SharedText {
  const keys: number[] = [];
  const pairs: number[] = [];
  for (let at = start + markDigits; at < to; ) {
    const close = indexOf(bytes, end, at, to);
    const begin = bytes[at];
    if (begin === code(originMarks.resource) || begin === code(originMarks.scope)) {
      addShared('origin', bytes, at + 1, close, keys, pairs);
    }
    at = close + 1;
  }
  return {keys, pairs, names: undefined, added: new Set(), lastAdded: -1};
}

/** `KEY = VALUE`, escaped as it stands there. */
function addShared(kind: PairKind, bytes: Buffer, from: number, to: number, keys: number[], pairs: number[]): void {
  const middle = indexOf(bytes, equals, from, to);
  const key = keyHash(kind, bytes, from, middle - from);
  keys.push(key);
  pairs.push(pairHash(key, bytes, middle + 1, to - middle - 1));
}

function indexOf(bytes: Buffer, byte: number, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== byte) at++;
  return at;
}
