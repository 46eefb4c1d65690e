/** Moving rows between batches of one signal: some rows (`gatherRows`) or all of them (`appendBatch`, `copyBatch`). */

import {bug} from '../base/index.ts';
import type {Batch, Signal} from './batch.ts';
import type {RowCopier, Shift} from './columns.ts';
import type {AnyBatch} from './consumer.ts';
import {Heap} from './heap.ts';
import type {Lent} from './lent.ts';
import {createLogBatch} from './log-batch.ts';
import {createMetricBatch} from './metric-batch.ts';
import {createSpanBatch} from './span-batch.ts';
import type {Columns, Table} from './table.ts';

/** A heap must stay addressable by 32-bit offsets, with room to edit. */
export const maxHeapBytes = 2 ** 31;

/**
 * Appends copies of the items `rows` of `source`, in that order, with everything they refer to. A resource, scope or metric
 * that several of them share is copied once for each call. Neither batch shares memory with the other afterwards.
 */
export function gatherRows<B extends Batch>(target: B, lent: Lent<B>, rows: Iterable<number>): void {
  const source = readable(lent);
  const copied = new Map<string, Map<number, number>>();
  const copyRow = (name: string, from: number): number => {
    const to = tableOf(target, name);
    const row = to.add();
    copyColumns(to, row, tableOf(source, name), from);
    return row;
  };
  const copyColumns = (to: Table<Columns>, row: number, from: Table<Columns>, fromRow: number): void => {
    for (let i = 0; i < to.all.length; i++) to.all[i]!.copyRow(row, from.all[i]!, fromRow, copier);
  };
  const copier: RowCopier = {
    slice(start, length) {
      if (length === 0) return 0;
      const at = target.heap.reserve(length);
      const to = target.heap.bytes;
      const from = source.heap.bytes;
      // Most are short: a loop is quicker than the calls.
      if (length < 48) for (let i = 0; i < length; i++) to[at + i] = from[start + i] as number;
      else to.set(from.subarray(start, start + length), at);
      return at;
    },
    range(child, from, count) {
      if (count === 0) return 0;
      // All rows are added before any is filled, so that they stay neighbours when they have children in the same table.
      const to = tableOf(target, child);
      const start = to.count;
      for (let i = 0; i < count; i++) to.add();
      for (let i = 0; i < count; i++) copyColumns(to, start + i, tableOf(source, child), from + i);
      return start;
    },
    ref(shared, row) {
      let known = copied.get(shared);
      if (known === undefined) copied.set(shared, (known = new Map()));
      let to = known.get(row);
      if (to === undefined) known.set(row, (to = copyRow(shared, row)));
      return to;
    },
  };
  for (const row of rows) {
    const to = target.items.add();
    copyColumns(target.items, to, source.items, row);
  }
}

/** How much a batch holds. */
export interface BatchSize {
  readonly heap: number;
  readonly tables: Readonly<Record<string, number>>;
}

export function batchSize(batch: Lent<Batch>): BatchSize {
  const tables: Record<string, number> = {};
  for (const name in batch.tables) tables[name] = batch.tables[name]!.count;
  return {heap: batch.heap.length, tables};
}

/** Makes room for a batch to become of this size at once, where it would otherwise grow step by step. */
export function growBatch(batch: Batch, {heap, tables}: BatchSize): void {
  batch.heap.makeRoom(heap - batch.heap.length);
  for (const name in tables) {
    const table = tableOf(batch, name);
    table.reserve((tables[name] as number) - table.count);
  }
}

/** Appends copies of everything in `source`: array copies only, a fraction of the cost of `gatherRows`. */
export function appendBatch<B extends Batch>(target: B, lent: Lent<B>): void {
  const source = readable(lent);
  if (target.heap.length + source.heap.length > maxHeapBytes) bug('a batch outgrew its heap; split before merging');
  const {tables} = batchSize(target as unknown as Lent<Batch>);
  const shift: Shift = {
    heap: target.heap.append(source.heap.bytes.subarray(0, source.heap.length)),
    tables,
  };
  for (const name in target.tables) {
    const to = tableOf(target, name);
    const from = tableOf(source, name);
    to.reserve(from.count);
    for (let i = 0; i < to.all.length; i++) to.all[i]!.copyAll(to.count, from.all[i]!, from.count, shift);
    to.count += from.count;
  }
}

const create: Readonly<Record<Signal, (heap: Heap) => AnyBatch>> = {
  traces: createSpanBatch,
  logs: createLogBatch,
  metrics: createMetricBatch,
};

/** A batch of the signal without rows. */
export const emptyBatch = (signal: Signal, heapBytes?: number): AnyBatch => create[signal](Heap.empty(heapBytes));

/** A batch of one's own with the same rows. */
export function copyBatch(batch: Lent<AnyBatch>): AnyBatch {
  const copy = emptyBatch(batch.signal, batch.heap.length);
  appendBatch<Batch>(copy, batch);
  return copy;
}

/** What a row refers to stays where it is. */
const within: RowCopier = {slice: (start) => start, range: (_, from) => from, ref: (_, row) => row};

/**
 * Sets a row to what another one of its table is, or of `source`, a table over the same heap and children; both rows then refer to the
 * same texts and children.
 */
export function copyRowWithin(table: Table<Columns>, to: number, from: number, source = table): void {
  for (let i = 0; i < table.all.length; i++) table.all[i]!.copyRow(to, source.all[i]!, from, within);
}

/** The columns copy from columns of their own class, which the view of a lent batch hides. Nothing is written to it. */
const readable = (batch: Lent<Batch>): Batch => batch as unknown as Batch;

const tableOf = (batch: Batch, name: string): Table<Columns> =>
  batch.tables[name] ?? bug(`no table ${name} in a batch of ${batch.signal}`);
