export {type AnyValue, appendAttribute, type KeyValue, readAttributes, readValue, writeValue} from './any-value.ts';
export {
  anyValueTag,
  decodeAnyValue,
  decodeArray,
  decodeMap,
  encodeAnyValue,
  encodeArray,
  encodeMap,
  keyValueTag,
  maxNesting,
  NestingError,
  valuesTag,
} from './any-value-codec.ts';
export {addAttribute, copyAttributes, findAttribute, removeAttributes, setAttribute} from './attribute-edit.ts';
export type {
  AttributeTable,
  Batch,
  ResourceTable,
  ScopeTable,
  Signal,
} from './batch.ts';
export {batchBytes, tableBytes} from './batch.ts';
export {type Column, IdColumn, RangeColumn, RefColumn, SliceColumn, U32Column, U64Column} from './columns.ts';
export type {
  AnyBatch,
  AuthData,
  BatchOf,
  Client,
  ConsumeContext,
  Consumer,
  Metadata,
  Reader,
  Taker,
} from './consumer.ts';
export {
  appendBatch,
  type BatchSize,
  batchSize,
  copyBatch,
  copyRowWithin,
  emptyBatch,
  gatherRows,
  growBatch,
  maxHeapBytes,
} from './copy.ts';
export {attributeGoText, goText} from './go-text.ts';
export {Heap} from './heap.ts';
export type {ColumnView, HeapView, Lent, TableView} from './lent.ts';
export {createLogBatch, type LogBatch} from './log-batch.ts';
export {createMetricBatch, type MetricBatch, metricType, pointHas} from './metric-batch.ts';
export {readDoubles, readNumbers, setNumbers} from './metric-numbers.ts';
export {
  createMetricWriter,
  type ExponentialBuckets,
  type MetricWriter,
  type NewExemplar,
  type NewExponentialHistogram,
  type NewHistogram,
  type NewMetric,
  type NewNumber,
  type NewSummary,
} from './metric-writer.ts';
export {ProtoReader} from './proto-reader.ts';
export {ProtoWriter} from './proto-writer.ts';
export {recycle} from './recycle.ts';
export {retainItems} from './retain.ts';
export {createSpanBatch, type SpanBatch} from './span-batch.ts';
export {subset} from './subset.ts';
export {type Columns, Table} from './table.ts';
export {ValueColumn, type ValueType, valueType} from './value-column.ts';
