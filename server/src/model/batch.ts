import {RangeColumn, RefColumn, SliceColumn, U32Column} from './columns.ts';
import type {Heap} from './heap.ts';
import {type Columns, Table} from './table.ts';
import {ValueColumn} from './value-column.ts';

/**
 * A columnar batch: tables over one heap. The three signals differ only in their tables; everything that works on a batch
 * whatever its signal (copying rows, merging, editing attributes) is written once against this.
 */
export interface Batch {
  readonly signal: Signal;
  readonly heap: Heap;
  /** Every table by name; ranges and refs name tables here. */
  readonly tables: Readonly<Record<string, Table<Columns>>>;
  /** The table whose rows are the signal's items: `spans`, `logs` or `points`. */
  readonly items: Table<Columns>;
  readonly attributes: AttributeTable;
  readonly resources: ResourceTable;
  readonly scopes: ScopeTable;
  readonly entities: EntityTable;
  readonly texts: TextTable;
}

/** The memory that the rows of a batch take, without its heap. */
export function tableBytes(batch: Batch): number {
  let bytes = 0;
  for (const name in batch.tables) {
    const {count, rowBytes} = batch.tables[name]!;
    bytes += count * rowBytes;
  }
  return bytes;
}

/** The memory that a batch takes. */
export const batchBytes = (batch: Batch): number => batch.heap.length + tableBytes(batch);

export type Signal = 'traces' | 'logs' | 'metrics';

export type AttributeTable = Table<{
  readonly key: SliceColumn;
  readonly type: U32Column;
  readonly value: ValueColumn;
}>;
export type ResourceTable = Table<{
  readonly attributes: RangeColumn;
  readonly droppedAttributes: U32Column;
  readonly entities: RangeColumn;
  readonly schemaUrl: SliceColumn;
}>;
export type ScopeTable = Table<{
  readonly name: SliceColumn;
  readonly version: SliceColumn;
  readonly attributes: RangeColumn;
  readonly droppedAttributes: U32Column;
  readonly schemaUrl: SliceColumn;
}>;

/** The entities that a resource describes: which of its attributes identify them (OTLP's EntityRef). */
export type EntityTable = Table<{
  readonly schemaUrl: SliceColumn;
  readonly type: SliceColumn;
  readonly idKeys: RangeColumn;
  readonly descriptionKeys: RangeColumn;
}>;
/** Elements of lists of texts. */
export type TextTable = Table<{readonly text: SliceColumn}>;

/** The tables that every signal has. */
export function sharedTables(): SharedTables {
  const type = new U32Column();
  return {
    attributes: new Table({key: new SliceColumn(), type, value: new ValueColumn(type)}),
    resources: new Table({
      attributes: new RangeColumn('attributes'),
      droppedAttributes: new U32Column(),
      entities: new RangeColumn('entities'),
      schemaUrl: new SliceColumn(),
    }),
    scopes: new Table({
      name: new SliceColumn(),
      version: new SliceColumn(),
      attributes: new RangeColumn('attributes'),
      droppedAttributes: new U32Column(),
      schemaUrl: new SliceColumn(),
    }),
    entities: new Table({
      schemaUrl: new SliceColumn(),
      type: new SliceColumn(),
      idKeys: new RangeColumn('texts'),
      descriptionKeys: new RangeColumn('texts'),
    }),
    texts: new Table({text: new SliceColumn()}),
  };
}

export type SharedTables = Pick<Batch, 'attributes' | 'resources' | 'scopes' | 'entities' | 'texts'>;

/** The origin of every row of a signal. */
export const originColumns = () => ({resource: new RefColumn('resources'), scope: new RefColumn('scopes')});
