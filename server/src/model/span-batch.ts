import {type Batch, originColumns, sharedTables} from './batch.ts';
import {IdColumn, RangeColumn, SliceColumn, U32Column, U64Column} from './columns.ts';
import {Heap} from './heap.ts';
import {Table} from './table.ts';

/** Spans, with the fields and meanings of `opentelemetry/proto/trace/v1/trace.proto`. Times are nanoseconds since 1970. */
export interface SpanBatch extends Batch {
  readonly signal: 'traces';
  readonly spans: ReturnType<typeof spanTable>;
  readonly events: ReturnType<typeof eventTable>;
  readonly links: ReturnType<typeof linkTable>;
}

/** An empty batch over `heap`. */
export function createSpanBatch(heap: Heap = Heap.empty()): SpanBatch {
  const tables = {spans: spanTable(), events: eventTable(), links: linkTable(), ...sharedTables()};
  return {signal: 'traces', heap, tables, items: tables.spans, ...tables};
}

const spanTable = () =>
  new Table({
    ...originColumns(),
    traceId: new IdColumn(16),
    spanId: new IdColumn(8),
    parentSpanId: new IdColumn(8),
    traceState: new SliceColumn(),
    flags: new U32Column(),
    name: new SliceColumn(),
    kind: new U32Column(),
    start: new U64Column(),
    end: new U64Column(),
    attributes: new RangeColumn('attributes'),
    droppedAttributes: new U32Column(),
    events: new RangeColumn('events'),
    droppedEvents: new U32Column(),
    links: new RangeColumn('links'),
    droppedLinks: new U32Column(),
    statusCode: new U32Column(),
    statusMessage: new SliceColumn(),
  });

const eventTable = () =>
  new Table({
    time: new U64Column(),
    name: new SliceColumn(),
    attributes: new RangeColumn('attributes'),
    droppedAttributes: new U32Column(),
  });

const linkTable = () =>
  new Table({
    traceId: new IdColumn(16),
    spanId: new IdColumn(8),
    traceState: new SliceColumn(),
    flags: new U32Column(),
    attributes: new RangeColumn('attributes'),
    droppedAttributes: new U32Column(),
  });
