/** How both decoders add rows to a batch, and take back what an invalid item added. */
import {
  type Batch,
  type Columns,
  type LogBatch,
  type MetricBatch,
  pointHas,
  type RangeColumn,
  type SpanBatch,
  type Table,
  type U32Column,
} from '../model/index.ts';
import {fault, type Rejections} from './otlp-rejections.ts';

/** Adds a row to `child` at the end of the owner's range, which must end where the table does; returns the row. */
export function addTo(range: RangeColumn, owner: number, child: Table<Columns>): number {
  const row = child.add();
  const {words} = range;
  const count = words[2 * owner + 1] as number;
  if (count === 0) words[2 * owner] = row;
  words[2 * owner + 1] = count + 1;
  return row;
}

/** Adds `count` rows of a child table, the last ones, to the owner's range. */
export function addRange(range: RangeColumn, owner: number, from: number, count: number): void {
  if (count === 0) return;
  const {words} = range;
  if (words[2 * owner + 1] === 0) words[2 * owner] = from;
  words[2 * owner + 1] = (words[2 * owner + 1] as number) + count;
}

const oneofValue = pointHas.int | pointHas.double;

/** Notes in a row's `has` that a field is set; of the two kinds of value the last one holds. */
export function setHas(column: U32Column, row: number, bit: number): void {
  const has = column.data[row] as number;
  column.data[row] = (bit & oneofValue ? has & ~oneofValue : has) | bit;
}

/** Adds items (spans, log records, points) one after the other; one found invalid leaves nothing behind but its count. */
export class ItemRows {
  /** Why the current item cannot be taken: a decoder sets it as it reads. */
  fault = '';
  private readonly batch: Batch;
  private readonly rejections: Rejections;
  private readonly tables: readonly Table<Columns>[];
  private readonly marks: number[];

  constructor(batch: Batch, rejections: Rejections) {
    this.batch = batch;
    this.rejections = rejections;
    this.tables = Object.values(batch.tables);
    this.marks = this.tables.map(() => 0);
  }

  /** Adds the row of a new item. */
  begin(): number {
    const {tables, marks} = this;
    for (let i = 0; i < tables.length; i++) marks[i] = (tables[i] as Table<Columns>).count;
    this.fault = '';
    return this.batch.items.add();
  }

  /** Ends the item: keeps it, or takes back all that was added since `begin`. */
  end(row: number): void {
    this.fault = itemFault(this.batch, row) || this.fault;
    if (this.fault !== '') this.discard(this.fault);
  }

  /** Ends an item that could not be read: takes back all that was added since `begin`. */
  discard(reason: string): void {
    const {tables, marks} = this;
    this.rejections.add(reason);
    for (let i = 0; i < tables.length; i++) (tables[i] as Table<Columns>).truncate(marks[i] as number);
  }

  /** Rejects an item before anything was added for it. */
  reject(reason: string): void {
    this.rejections.add(reason);
  }
}

/** The fault of an item as a whole; empty where there is none. */
function itemFault(batch: Batch, row: number): string {
  const {columns} = batch.items;
  switch (batch.signal) {
    case 'traces': {
      const {traceId, spanId} = columns as SpanBatch['spans']['columns'];
      if (traceId.isEmpty(row)) return fault.traceId;
      return spanId.isEmpty(row) ? fault.spanId : '';
    }
    case 'logs': {
      if (!(columns as LogBatch['logs']['columns']).time.isEmpty(row)) return '';
      return batch.items.all.slice(originColumns).every((column) => column.isEmpty(row)) ? fault.empty : '';
    }
    case 'metrics': {
      const {time, has, count} = columns as MetricBatch['points']['columns'];
      return time.isEmpty(row) && has.isEmpty(row) && count.isEmpty(row) ? fault.noValue : '';
    }
  }
}

/** Resource and scope: they say nothing of the item itself. */
const originColumns = 2;
