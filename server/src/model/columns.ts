/**
 * The columns that tables are made of. Each holds one value a row in a typed array that doubles as it grows; hot loops read
 * the arrays (`data`, `words`, `bytes`) directly and must fetch them again after a row was added.
 */
import {enlarged, isZero} from '../base/index.ts';
import type {Heap} from './heap.ts';
import type {HeapView} from './lent.ts';

/** The operations that copying a row to another batch needs; see `copy.ts`. */
export interface RowCopier {
  /** Copies the bytes of a slice and returns where the copy starts. */
  slice(start: number, length: number): number;
  /** Copies `count` rows of a child table and returns where the copies start. */
  range(child: string, from: number, count: number): number;
  /** Copies one row of a shared table, once for each row, and returns its new index. */
  ref(shared: string, row: number): number;
}

/** How far each heap and table of another batch moves when it is appended whole. */
export interface Shift {
  readonly heap: number;
  readonly tables: Readonly<Record<string, number>>;
}

export interface Column {
  readonly rowBytes: number;
  /** Makes room for `capacity` rows; never shrinks. */
  grow(capacity: number): void;
  /** Sets `row` to the value that `from` has in `fromRow`, copying what it refers to. */
  copyRow(row: number, from: this, fromRow: number, copier: RowCopier): void;
  /** Appends the first `count` values of `from` at `row`, moved by `shift`; nothing else is copied. */
  copyAll(row: number, from: this, count: number, shift: Shift): void;
  /** Sets `row` back to the empty value. */
  clearRow(row: number): void;
  isEmpty(row: number): boolean;
  /** Sets the first `rows` rows back to the empty value. */
  clear(rows: number): void;
  /** Gives the memory back: no rows. */
  drop(): void;
}

/** 32-bit numbers: kinds, flags, counts. */
export class U32Column implements Column {
  readonly rowBytes = 4;
  data = new Uint32Array(0);
  get(row: number): number {
    return this.data[row] as number;
  }
  set(row: number, value: number): void {
    this.data[row] = value;
  }
  grow(capacity: number): void {
    this.data = enlarged(this.data, capacity);
  }
  copyRow(row: number, from: this, fromRow: number): void {
    this.data[row] = from.data[fromRow] as number;
  }
  copyAll(row: number, from: this, count: number): void {
    this.data.set(from.data.subarray(0, count), row);
  }
  clearRow(row: number): void {
    this.data[row] = 0;
  }
  isEmpty(row: number): boolean {
    return this.data[row] === 0;
  }
  clear(rows: number): void {
    this.data.fill(0, 0, rows);
  }
  drop(): void {
    this.data = new Uint32Array(0);
  }
}

/** The index of a row in a table that rows share: a span's resource. */
export class RefColumn extends U32Column {
  readonly shared: string;
  constructor(shared: string) {
    super();
    this.shared = shared;
  }
  override copyRow(row: number, from: this, fromRow: number, copier?: RowCopier): void {
    this.data[row] = copier!.ref(this.shared, from.data[fromRow] as number);
  }
  override copyAll(row: number, from: this, count: number, shift?: Shift): void {
    const by = shift!.tables[this.shared] as number;
    const {data} = this;
    const source = from.data;
    for (let i = 0; i < count; i++) data[row + i] = (source[i] as number) + by;
  }
}

/** Two 32-bit words a row, low first: the base of 64-bit numbers, slices and ranges. */
abstract class PairColumn implements Column {
  readonly rowBytes = 8;
  /** `words[2 * row]` and `words[2 * row + 1]`. */
  words = new Uint32Array(0);
  /** Both words at once: (low, high), (start, length) or (from, count). */
  setPair(row: number, first: number, second: number): void {
    const words = this.words;
    words[2 * row] = first;
    words[2 * row + 1] = second;
  }
  grow(capacity: number): void {
    this.words = enlarged(this.words, 2 * capacity);
  }
  copyRow(row: number, from: this, fromRow: number, _copier: RowCopier): void {
    this.setPair(row, from.words[2 * fromRow] as number, from.words[2 * fromRow + 1] as number);
  }
  copyAll(row: number, from: this, count: number, _shift: Shift): void {
    this.words.set(from.words.subarray(0, 2 * count), 2 * row);
  }
  /** As `copyAll`, with `by` added to each first word. */
  protected copyMoved(row: number, {words: source}: this, count: number, by: number): void {
    const {words} = this;
    const to = 2 * row;
    for (let i = 0; i < 2 * count; i += 2) {
      words[to + i] = (source[i] as number) + by;
      words[to + i + 1] = source[i + 1] as number;
    }
  }
  clearRow(row: number): void {
    this.setPair(row, 0, 0);
  }
  isEmpty(row: number): boolean {
    return this.words[2 * row] === 0 && this.words[2 * row + 1] === 0;
  }
  clear(rows: number): void {
    this.words.fill(0, 0, 2 * rows);
  }
  drop(): void {
    this.words = new Uint32Array(0);
  }
}

/** 64 bits: a time in nanoseconds, a counter, or the bits of a double. Little-endian in memory, as on every platform we run on. */
export class U64Column extends PairColumn {
  get(row: number): bigint {
    return (BigInt(this.words[2 * row + 1] as number) << 32n) | BigInt(this.words[2 * row] as number);
  }
  getSigned(row: number): bigint {
    return BigInt.asIntN(64, this.get(row));
  }
  set(row: number, value: bigint): void {
    this.setPair(row, Number(value & 0xffff_ffffn), Number((value >> 32n) & 0xffff_ffffn));
  }
  /** The nearest double of the unsigned number; exact to 2^53. */
  approximate(row: number): number {
    return (this.words[2 * row + 1] as number) * 4294967296 + (this.words[2 * row] as number);
  }
  getDouble(row: number): number {
    scratchWords[0] = this.words[2 * row] as number;
    scratchWords[1] = this.words[2 * row + 1] as number;
    return scratchDouble[0] as number;
  }
  setDouble(row: number, value: number): void {
    scratchDouble[0] = value;
    this.setPair(row, scratchWords[0] as number, scratchWords[1] as number);
  }
}

const scratchDouble = new Float64Array(1);
const scratchWords = new Uint32Array(scratchDouble.buffer);

/** A slice of the heap: text or bytes. */
export class SliceColumn extends PairColumn {
  start(row: number): number {
    return this.words[2 * row] as number;
  }
  size(row: number): number {
    return this.words[2 * row + 1] as number;
  }
  /** A view, valid until the heap's next append. */
  bytes(row: number, heap: HeapView): Uint8Array {
    const start = this.words[2 * row] as number;
    return heap.bytes.subarray(start, start + (this.words[2 * row + 1] as number));
  }
  /** Appends the text to the heap, as the slice of this row. */
  setText(row: number, heap: Heap, text: string): void {
    const start = heap.appendText(text);
    this.setPair(row, start, heap.length - start);
  }
  override isEmpty(row: number): boolean {
    return this.words[2 * row + 1] === 0;
  }
  override copyRow(row: number, from: this, fromRow: number, copier: RowCopier): void {
    const length = from.words[2 * fromRow + 1] as number;
    this.setPair(row, copier.slice(from.words[2 * fromRow] as number, length), length);
  }
  override copyAll(row: number, from: this, count: number, shift: Shift): void {
    this.copyMoved(row, from, count, shift.heap);
  }
}

/** `count` neighbouring rows of a child table: a span's events, an event's attributes. */
export class RangeColumn extends PairColumn {
  readonly child: string;
  constructor(child: string) {
    super();
    this.child = child;
  }
  from(row: number): number {
    return this.words[2 * row] as number;
  }
  count(row: number): number {
    return this.words[2 * row + 1] as number;
  }
  override isEmpty(row: number): boolean {
    return this.words[2 * row + 1] === 0;
  }
  override copyRow(row: number, from: this, fromRow: number, copier: RowCopier): void {
    const count = from.words[2 * fromRow + 1] as number;
    this.setPair(row, copier.range(this.child, from.words[2 * fromRow] as number, count), count);
  }
  override copyAll(row: number, from: this, count: number, shift: Shift): void {
    this.copyMoved(row, from, count, shift.tables[this.child] as number);
  }
}

/** Ids of a fixed width, copied out of the heap so that they lie together; all zero means none. */
export class IdColumn implements Column {
  readonly width: 8 | 16;
  get rowBytes(): number {
    return this.width;
  }
  bytes = new Uint8Array(0);
  constructor(width: 8 | 16) {
    this.width = width;
  }
  /** Copies `width` bytes from `source`. */
  set(row: number, source: Uint8Array, start = 0): void {
    const bytes = this.bytes;
    const at = row * this.width;
    for (let i = 0; i < this.width; i++) bytes[at + i] = source[start + i] as number;
  }
  /** A view, valid until the next row is added. */
  get(row: number): Uint8Array {
    return this.bytes.subarray(row * this.width, (row + 1) * this.width);
  }
  grow(capacity: number): void {
    this.bytes = enlarged(this.bytes, capacity * this.width);
  }
  copyRow(row: number, from: this, fromRow: number): void {
    this.set(row, from.bytes, fromRow * this.width);
  }
  copyAll(row: number, from: this, count: number): void {
    this.bytes.set(from.bytes.subarray(0, count * this.width), row * this.width);
  }
  clearRow(row: number): void {
    this.bytes.fill(0, row * this.width, (row + 1) * this.width);
  }
  isEmpty(row: number): boolean {
    return isZero(this.bytes, row * this.width, this.width);
  }
  clear(rows: number): void {
    this.bytes.fill(0, 0, rows * this.width);
  }
  drop(): void {
    this.bytes = new Uint8Array(0);
  }
}
