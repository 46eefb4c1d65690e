import {TooLargeError} from '../base/index.ts';
import type {Column} from './columns.ts';

export type Columns = Readonly<Record<string, Column>>;

/** A table that held more rows does not keep their memory when it is cleared. */
const maxKeptRows = 1 << 18;

/** Rows of one kind (spans, events, attributes …) as named columns of equal length. */
export class Table<C extends Columns> {
  readonly columns: C;
  readonly all: readonly Column[];
  /** The memory of one row. */
  readonly rowBytes: number;
  count = 0;
  capacity = 0;
  /** Making room for more throws TooLargeError: for a decoder, whose input may ask for far more memory than it brings. */
  maxRows = Number.POSITIVE_INFINITY;

  constructor(columns: C) {
    this.columns = columns;
    this.all = Object.values(columns);
    this.rowBytes = this.all.reduce((sum, column) => sum + column.rowBytes, 0);
  }

  /** Adds a row whose every value is empty and returns its index. */
  add(): number {
    const row = this.count;
    if (row === this.capacity) this.reserve(1);
    this.count = row + 1;
    return row;
  }

  /** Makes room for `rows` more without adding them. */
  reserve(rows: number): void {
    const needed = this.count + rows;
    if (needed <= this.capacity) return;
    if (needed > this.maxRows) {
      const limit = this.maxRows * this.rowBytes;
      throw new TooLargeError(
        `the body would take more than ${limit} bytes of memory: it holds many items that say nothing`,
        limit,
      );
    }
    this.capacity = Math.max(needed, Math.min(Math.max(this.capacity * 2, 16), this.maxRows));
    for (const column of this.all) column.grow(this.capacity);
  }

  /** Takes all rows back and keeps the memory for the next ones, unless there is an unusual lot of it. */
  clear(): void {
    if (this.capacity > maxKeptRows) {
      this.capacity = 0;
      for (const column of this.all) column.drop();
    } else for (const column of this.all) column.clear(this.count);
    this.count = 0;
  }

  /** Takes the rows from `count` on back: for a decoder that finds an item to be invalid. */
  truncate(count: number): void {
    for (let row = count; row < this.count; row++) for (const column of this.all) column.clearRow(row);
    this.count = Math.min(this.count, count);
  }
}
