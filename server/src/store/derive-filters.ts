/**
 * Which attributes the spans of some segments have, as a bloom filter for each owner: every key, and in each cell every key with every
 * value, wherever a search for it would find it. See docs/decisions/0063-filters-of-values.md. A hot path: `write-spans.bench.ts`.
 */
import {utf8Bytes} from '../base/index.ts';
import {
  ArrayColumn,
  arrayColumn,
  asStrings,
  ByteSink,
  type DictionaryColumn,
  dictionaryColumn,
  type NativeBlock,
  stringColumn,
  u8Column,
  u32Column,
  writeBlock,
} from '../native/index.ts';
import type {Block} from './block-writer.ts';
import {HashSet} from './hash-set.ts';
import {spanFilterTable} from './schema-filters.ts';
import {cellHash, cellSalt, filterForm, filterOf, keyHash, keySalt, pairHash} from './span-filter.ts';
import {mark, markDigits, originMarks} from './span-text.ts';

/** Pairs and cells of one owner: of more, no filter is kept, and their spans are looked through. */
const maxPairs = 2 ** 20;
const maxCells = 4096;

/** The columns of a block that are looked at. */
export const filteredColumns = ['attribute_template', 'attribute_values', 'origin', 'events', 'links'] as const;

/** Throws where one of them is not as `FilterRows` expects it. */
export function checkFiltered(block: NativeBlock): void {
  dictionaryColumn(block, 'attribute_template');
  for (const name of ['attribute_values', 'events.name', 'events.attributes', 'links.attributes']) {
    arrayColumn(block, name);
  }
}

interface Cell {
  readonly segment: number;
  first: number;
  last: number;
  spans: number;
}

interface Owned {
  readonly hashes: HashSet;
  /** Whether these are all. */
  complete: boolean;
  cells: Cell[];
  /** Of the last segment, by bucket. */
  readonly byBucket: Map<number, Cell>;
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

export class FilterRows {
  private readonly owned = new Map<number, Owned>();
  private readonly spare: HashSet[] = [];
  private readonly scratch = new ByteSink(64 * 1024);
  private readonly columns;
  /** Without rows: its indexes stand for the tenants. */
  private readonly tenants: DictionaryColumn;

  constructor(tenants: DictionaryColumn) {
    this.tenants = tenants;
    this.columns = {
      tenant: tenants,
      stray: u8Column(),
      last: u32Column(),
      segments: new ArrayColumn(u32Column()),
      firsts: new ArrayColumn(u32Column()),
      lasts: new ArrayColumn(u32Column()),
      counts: new ArrayColumn(u32Column()),
      form: u8Column(),
      bytes: u32Column(),
      words: stringColumn(),
    };
  }

  /** To be called before the blocks of a segment are added. */
  begin(): void {
    for (const {byBucket} of this.owned.values()) byBucket.clear();
  }

  /** Of each row its owner and its bucket. */
  add(block: NativeBlock, owners: Uint32Array, buckets: Uint32Array, segment: number): void {
    const {rows} = block;
    for (let from = 0; from < rows; ) {
      const owner = owners[from] as number;
      let to = from + 1;
      while (to < rows && owners[to] === owner) to++;
      const owned = this.of(owner);
      addCells(owned, buckets, from, to, segment);
      if (owned.complete) {
        new Pairs(block, owned.hashes, buckets, segment).add(from, to);
        if (owned.hashes.count > maxPairs) giveUp(owned);
      }
      from = to;
    }
  }

  private of(owner: number): Owned {
    const known = this.owned.get(owner);
    if (known !== undefined) return known;
    const hashes = this.spare.pop() ?? new HashSet();
    const made = {hashes, complete: true, cells: [], byBucket: new Map()};
    this.owned.set(owner, made);
    return made;
  }

  /** A row for each owner, or nothing; all of it is still there afterwards. */
  finish(): readonly Block[] {
    const {columns, owned} = this;
    for (const [owner, {hashes, complete, cells}] of owned) {
      this.tenants.push(owner >>> 1);
      columns.stray.data.u8(owner & 1);
      columns.last.data.u32(cells.reduce((last, cell) => Math.max(last, cell.last), 0));
      for (const cell of cells) {
        columns.segments.items.data.u32(cell.segment);
        columns.firsts.items.data.u32(cell.first);
        columns.lasts.items.data.u32(cell.last);
        columns.counts.items.data.u32(cell.spans);
      }
      for (const each of [columns.segments, columns.firsts, columns.lasts, columns.counts]) each.close(cells.length);
      columns.form.data.u8(filterForm);
      const filter = complete ? filterOf(hashes.slots, hashes.count) : new Uint8Array(0);
      columns.bytes.data.u32(filter.length);
      columns.words.data.string(filter, 0, filter.length);
    }
    const rows = owned.size;
    if (rows === 0) return [];
    const bytes = writeBlock(columns, rows, this.scratch);
    for (const column of Object.values(columns)) if (column !== this.tenants) column.reset();
    this.tenants.resetRows();
    return [{table: spanFilterTable, bytes, rows}];
  }

  reset(): void {
    for (const {hashes} of this.owned.values()) {
      hashes.reset();
      if (this.spare.length < 4) this.spare.push(hashes);
    }
    this.owned.clear();
  }
}

function addCells(owned: Owned, buckets: Uint32Array, from: number, to: number, segment: number): void {
  let cell: Cell | undefined;
  for (let row = from; row < to; row++) {
    const bucket = buckets[row] as number;
    if (cell?.first !== bucket) {
      cell = owned.byBucket.get(bucket);
      if (cell === undefined) {
        cell = {segment, first: bucket, last: bucket, spans: 0};
        owned.byBucket.set(bucket, cell);
        owned.cells.push(cell);
      }
    }
    cell.spans++;
  }
  if (owned.cells.length > maxCells) giveUp(owned);
}

/** Leaves one cell for each segment, and no filter. */
function giveUp(owned: Owned): void {
  owned.complete = false;
  owned.hashes.reset();
  const bySegment = new Map<number, Cell>();
  for (const {segment, first, last, spans} of owned.cells) {
    const known = bySegment.get(segment) ?? {segment, first, last, spans: 0};
    known.first = Math.min(known.first, first);
    known.last = Math.max(known.last, last);
    known.spans += spans;
    bySegment.set(segment, known);
  }
  owned.cells = [...bySegment.values()];
  owned.byBucket.clear();
}

/** Adds the pairs of a block. */
class Pairs {
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
    if (bytes[at] === code(mark.constant)) addShared(bytes, at + 1, close, keys, pairs);
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
      addShared(bytes, at + 1, close, keys, pairs);
    }
    at = close + 1;
  }
  return {keys, pairs, names: undefined, added: new Set(), lastAdded: -1};
}

/** `KEY = VALUE`, escaped as it stands there. */
function addShared(bytes: Buffer, from: number, to: number, keys: number[], pairs: number[]): void {
  const middle = indexOf(bytes, equals, from, to);
  const key = keyHash('shared', bytes, from, middle - from);
  keys.push(key);
  pairs.push(pairHash(key, bytes, middle + 1, to - middle - 1));
}

function indexOf(bytes: Buffer, byte: number, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== byte) at++;
  return at;
}
