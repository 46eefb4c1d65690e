import {type Batch, originColumns, sharedTables} from './batch.ts';
import {IdColumn, RangeColumn, SliceColumn, U32Column, U64Column} from './columns.ts';
import {Heap} from './heap.ts';
import {Table} from './table.ts';

/** Log records, with the fields and meanings of `opentelemetry/proto/logs/v1/logs.proto`. */
export interface LogBatch extends Batch {
  readonly signal: 'logs';
  readonly logs: ReturnType<typeof logTable>;
}

export function createLogBatch(heap: Heap = Heap.empty()): LogBatch {
  const tables = {logs: logTable(), ...sharedTables()};
  return {signal: 'logs', heap, tables, items: tables.logs, ...tables};
}

const logTable = () =>
  new Table({
    ...originColumns(),
    time: new U64Column(),
    observedTime: new U64Column(),
    severityNumber: new U32Column(),
    severityText: new SliceColumn(),
    /** The body is one attribute without a key, or none: a range of 0 or 1 rows. */
    body: new RangeColumn('attributes'),
    attributes: new RangeColumn('attributes'),
    droppedAttributes: new U32Column(),
    flags: new U32Column(),
    traceId: new IdColumn(16),
    spanId: new IdColumn(8),
    eventName: new SliceColumn(),
  });
