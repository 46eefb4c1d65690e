/**
 * Ownership of a batch. A batch (`SpanBatch`, `LogBatch`, `MetricBatch`) is its holder's own: to edit, to keep, to hand on. A
 * `Lent` one belongs to somebody else, who takes it back when the borrower's promise settles: it shows no way to change it, and
 * one that was kept all the same throws from then on (`recycle`).
 */
import type {Batch} from './batch.ts';
import type {Column} from './columns.ts';
import type {Heap} from './heap.ts';
import type {Columns, Table} from './table.ts';

/** A heap to read. */
export type HeapView = Readonly<Pick<Heap, 'bytes' | 'length'>>;

/** A column to read. Hot loops read its typed array, which the type cannot protect. */
export type ColumnView<C> = Omit<C, Exclude<keyof Column, 'isEmpty'> | 'set' | 'setPair' | 'setText' | 'setDouble'>;

/** A table to read. */
export interface TableView<C extends Columns = Columns> {
  readonly columns: {readonly [K in keyof C]: ColumnView<C[K]>};
  /** The columns by their position in the table. */
  readonly all: readonly ColumnView<Column>[];
  readonly count: number;
}

/** A batch that may be read until the promise of the call that lent it settles. */
export type Lent<B extends Batch> = B extends Batch ? {readonly [K in keyof B]: FieldView<B[K]>} : never;

type FieldView<T> = T extends Heap
  ? HeapView
  : T extends Table<infer C>
    ? TableView<C>
    : T extends Readonly<Record<string, Table<Columns>>>
      ? Readonly<Record<string, TableView>>
      : T;
