/**
 * Builders of the columns of a ClickHouse Native block: values go in row by row, straight from a batch's bytes; `write` emits
 * the column as the Native format has it (docs: "Formats / Native"; LowCardinality: SerializationLowCardinality.cpp).
 */
import {type HashSeed, hashBytes, randomSeed, takeBytes} from '../base/index.ts';
import {ByteSink} from './sink.ts';

export interface NativeColumn {
  /** As in CREATE TABLE. */
  readonly type: string;
  /** The bytes before the data of the column, whatever its rows: the versions of its dictionaries. */
  writePrefix(sink: ByteSink): void;
  writeData(sink: ByteSink): void;
  reset(): void;
}

/** Values of a fixed width; callers append to `data` directly: `column.data.u64(low, high)`. */
export class PlainColumn implements NativeColumn {
  readonly type: string;
  readonly data = new ByteSink();
  constructor(type: string) {
    this.type = type;
  }
  writePrefix(): void {}
  writeData(sink: ByteSink): void {
    sink.copy(this.data.bytes, 0, this.data.length);
  }
  reset(): void {
    this.data.reset();
  }
}

export const u8Column = (): PlainColumn => new PlainColumn('UInt8');
export const u32Column = (): PlainColumn => new PlainColumn('UInt32');
export const u64Column = (): PlainColumn => new PlainColumn('UInt64');
/** Append with `data.string(bytes, start, length)`. */
export const stringColumn = (): PlainColumn => new PlainColumn('String');

/** Far beyond what chance does to a table that is at most half full. */
const maxProbes = 128;
/** Reseeding in vain would be chance beyond belief; it must end all the same. */
const maxReseeds = 8;

/** `LowCardinality(String)`: distinct values once, then an index a row. */
export class DictionaryColumn implements NativeColumn {
  readonly type = 'LowCardinality(String)';
  private keys = new ByteSink();
  /** Of each key: where its text starts in `keys`, its length, its hash. */
  private meta = new Uint32Array(3 * 64);
  private keyCount = 0;
  /** Open addressing; 0 is free, else key index + 1. Its size is a power of two, at least twice `keyCount`. */
  private slots = new Int32Array(128);
  private indexes = new Uint32Array(64);
  private rows = 0;
  private seed: HashSeed;
  /** How often values of this block collided so much that another seed was taken. */
  reseeds = 0;

  constructor(seed = randomSeed()) {
    this.seed = seed;
  }

  /** The dictionary's index of a value, added where it is new. */
  intern(bytes: Uint8Array, start: number, length: number): number {
    const hash = hashBytes(this.seed, bytes, start, length);
    const {slots, meta} = this;
    const mask = slots.length - 1;
    const known = this.keys.bytes;
    for (let slot = hash & mask, probes = 0; ; slot = (slot + 1) & mask, probes++) {
      const key = (slots[slot] as number) - 1;
      if (key < 0) {
        slots[slot] = this.keyCount + 1;
        return this.addKey(bytes, start, length, hash);
      }
      if (probes > maxProbes && this.reseeds < maxReseeds) {
        this.reseed();
        return this.intern(bytes, start, length);
      }
      if (meta[3 * key + 2] !== hash || meta[3 * key + 1] !== length) continue;
      const at = meta[3 * key] as number;
      let i = 0;
      while (i < length && known[at + i] === bytes[start + i]) i++;
      if (i === length) return key;
    }
  }

  private addKey(bytes: Uint8Array, start: number, length: number, hash: number): number {
    const key = this.keyCount++;
    this.keys.string(bytes, start, length);
    if (3 * this.keyCount > this.meta.length) {
      const larger = new Uint32Array(this.meta.length * 2);
      larger.set(this.meta);
      this.meta = larger;
    }
    this.meta[3 * key] = this.keys.length - length;
    this.meta[3 * key + 1] = length;
    this.meta[3 * key + 2] = hash;
    if (2 * this.keyCount > this.slots.length) this.rehash(this.slots.length * 2);
    return key;
  }

  private reseed(): void {
    this.reseeds++;
    this.seed = randomSeed();
    const {meta} = this;
    for (let key = 0; key < this.keyCount; key++) {
      meta[3 * key + 2] = hashBytes(this.seed, this.keys.bytes, meta[3 * key] as number, meta[3 * key + 1] as number);
    }
    this.rehash(this.slots.length);
  }

  private rehash(size: number): void {
    const slots = new Int32Array(size);
    for (let key = 0; key < this.keyCount; key++) {
      let slot = (this.meta[3 * key + 2] as number) & (size - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (size - 1);
      slots[slot] = key + 1;
    }
    this.slots = slots;
  }

  /** Whether the key of a dictionary index is this value: cheaper than `intern` where there is a guess. */
  is(index: number, bytes: Uint8Array, start: number, length: number): boolean {
    if (index >= this.keyCount || this.meta[3 * index + 1] !== length) return false;
    const known = this.keys.bytes;
    const at = this.meta[3 * index] as number;
    let i = 0;
    while (i < length && known[at + i] === bytes[start + i]) i++;
    return i === length;
  }

  /** Appends a row that holds the value of a dictionary index. */
  push(index: number): void {
    if (this.rows === this.indexes.length) {
      const larger = new Uint32Array(this.indexes.length * 2);
      larger.set(this.indexes);
      this.indexes = larger;
    }
    this.indexes[this.rows++] = index;
  }

  append(bytes: Uint8Array, start: number, length: number): void {
    this.push(this.intern(bytes, start, length));
  }

  get count(): number {
    return this.rows;
  }

  /** How many different values it has. */
  get size(): number {
    return this.keyCount;
  }

  writePrefix(sink: ByteSink): void {
    sink.u64(1, 0); // SharedDictionariesWithAdditionalKeys
  }

  writeData(sink: ByteSink): void {
    if (this.rows === 0) return;
    const width = this.keyCount <= 0x100 ? 0 : this.keyCount <= 0x10000 ? 1 : 2;
    sink.u64(width | 0x600, 0); // HasAdditionalKeys, NeedUpdateDictionary
    sink.u64(this.keyCount, 0);
    sink.copy(this.keys.bytes, 0, this.keys.length);
    sink.u64(this.rows, 0);
    const at = sink.reserve(this.rows << width);
    const {bytes} = sink;
    const {indexes, rows} = this;
    if (width === 0) for (let i = 0; i < rows; i++) bytes[at + i] = indexes[i] as number;
    else if (width === 1) for (let i = 0; i < rows; i++) bytes.writeUInt16LE(indexes[i] as number, at + 2 * i);
    else for (let i = 0; i < rows; i++) bytes.writeUInt32LE(indexes[i] as number, at + 4 * i);
  }

  /** Keeps the values and their indexes: another block with the same dictionary follows. */
  resetRows(): void {
    this.rows = 0;
  }

  reset(): void {
    this.keys.reset();
    this.keyCount = 0;
    this.rows = 0;
    this.reseeds = 0;
    if (this.slots.length > 0x10000) {
      this.slots = new Int32Array(128);
      this.meta = new Uint32Array(3 * 64);
      this.indexes = new Uint32Array(64);
    } else this.slots.fill(0);
  }
}

/** `Array(T)`: append the elements to `items`, then `close` the row. */
export class ArrayColumn<T extends NativeColumn> implements NativeColumn {
  readonly type: string;
  readonly items: T;
  private readonly offsets = new ByteSink();
  private total = 0;
  constructor(items: T) {
    this.items = items;
    this.type = `Array(${items.type})`;
  }
  /** Ends the row, which has taken `added` elements. */
  close(added: number): void {
    this.total += added;
    this.offsets.u64(this.total, 0);
  }
  writePrefix(sink: ByteSink): void {
    this.items.writePrefix(sink);
  }
  writeData(sink: ByteSink): void {
    sink.copy(this.offsets.bytes, 0, this.offsets.length);
    this.items.writeData(sink);
  }
  reset(): void {
    this.items.reset();
    this.offsets.reset();
    this.total = 0;
  }
}

/** `Tuple(name T, …)`: append to every element, in step. */
export class TupleColumn<T extends Readonly<Record<string, NativeColumn>>> implements NativeColumn {
  readonly type: string;
  readonly elements: T;
  constructor(elements: T) {
    this.elements = elements;
    this.type = `Tuple(${Object.entries(elements)
      .map(([name, {type}]) => `${name} ${type}`)
      .join(', ')})`;
  }
  writePrefix(sink: ByteSink): void {
    for (const element of Object.values(this.elements)) element.writePrefix(sink);
  }
  writeData(sink: ByteSink): void {
    for (const element of Object.values(this.elements)) element.writeData(sink);
  }
  reset(): void {
    for (const element of Object.values(this.elements)) element.reset();
  }
}

/** `Map(K, V)`: append to `keys` and `values` in step, then `close` the row. */
export class MapColumn<K extends NativeColumn, V extends NativeColumn> implements NativeColumn {
  readonly type: string;
  readonly keys: K;
  readonly values: V;
  private readonly offsets = new ByteSink();
  private total = 0;
  constructor(keys: K, values: V) {
    this.keys = keys;
    this.values = values;
    this.type = `Map(${keys.type}, ${values.type})`;
  }
  close(added: number): void {
    this.total += added;
    this.offsets.u64(this.total, 0);
  }
  writePrefix(sink: ByteSink): void {
    this.keys.writePrefix(sink);
    this.values.writePrefix(sink);
  }
  writeData(sink: ByteSink): void {
    sink.copy(this.offsets.bytes, 0, this.offsets.length);
    this.keys.writeData(sink);
    this.values.writeData(sink);
  }
  reset(): void {
    this.keys.reset();
    this.values.reset();
    this.offsets.reset();
    this.total = 0;
  }
}

/**
 * Emits one Native block of `rows` rows. The columns keep their contents until they are `reset`.
 * The bytes are of the pool: give them back when they are stored.
 */
export function writeBlock(
  columns: Readonly<Record<string, NativeColumn>>,
  rows: number,
  scratch: ByteSink,
): Uint8Array {
  scratch.reset();
  const names = Object.keys(columns);
  scratch.varint(names.length);
  scratch.varint(rows);
  for (const name of names) {
    const column = columns[name] as NativeColumn;
    scratch.ascii(name);
    scratch.ascii(column.type);
    column.writePrefix(scratch);
    column.writeData(scratch);
  }
  const block = takeBytes(scratch.length);
  block.set(scratch.bytes.subarray(0, scratch.length));
  return block;
}
