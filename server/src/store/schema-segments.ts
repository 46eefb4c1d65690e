/**
 * The tables of spans since version 11. Rows of one INSERT lie together within their ten seconds, so that merges copy long runs;
 * what spans have in common stands once a part. See docs/decisions/0059-segments-and-templates.md.
 */
import {
  attributePairs,
  byDay,
  changeSettings,
  column,
  createTable,
  fewMerges,
  list,
  pairHash,
  ruledOut,
  type SchemaTarget,
  type TableDefinition,
} from './schema.ts';
import {bucketNanos, bucketTime} from './schema-spans.ts';

/** Of every span. Their names tell them from the tables of earlier versions, and the spool's segments for these from theirs. */
export const spanTable = 'spans_11';
/** In which buckets and segments a trace has spans. */
export const traceIndexTable = 'trace_index_11';
/** Every `attribute_template` and `origin` that the spans of a tenant have, once. */
export const spanTextTable = 'span_texts';

/** The number of an INSERT, the same at every trial: when its segment was begun, in tenths of a second, modulo 2^32. */
export const segmentNumber = (token: string): number =>
  Math.floor(Number(/\.(\d+)-/.exec(token)?.[1] ?? 0) / 100) % 2 ** 32;

/**
 * What the bloom filter knows of a span: the values that vary, its template and origin as wholes, and every pair of its events and
 * links; the name of an event is the pair `event=NAME`. A query must spell it out alike, and test the attribute itself too.
 */
export const spanHashes = `arrayConcat(${[
  'arrayMap(v -> cityHash64(v), attribute_values)',
  '[cityHash64(attribute_template), cityHash64(origin)]',
  `arrayMap(n -> ${pairHash("'event'", 'n')}, events.name)`,
  pairsOfAll('events.attributes'),
  pairsOfAll('links.attributes'),
].join(', ')})`;

function pairsOfAll(maps: string): string {
  return `arrayFlatten(arrayMap(m -> ${attributePairs('m')}, ${maps}))`;
}

/** By name: the columns that an INSERT brings beside `segment`, in order. */
export const spanColumns = {
  tenant: column.label,
  stray: column.stray,
  start_time: column.time + ruledOut,
  duration_ns: `Int64 CODEC(T64, ZSTD(1))${ruledOut}`,
  trace_id: column.traceId,
  span_id: 'FixedString(8) CODEC(NONE)',
  parent_span_id: column.spanId,
  trace_state: column.text,
  flags: column.u32,
  name: column.label,
  kind: column.u8,
  status_code: column.u8,
  status_message: column.text,
  // Keys, types and the values that many spans share, see `span-text.ts`; beside it the values that vary.
  attribute_template: column.label,
  attribute_values: 'Array(String) CODEC(ZSTD(1))',
  dropped_attributes: column.u32,
  service: column.label,
  // The exact resource and scope as they arrived, with their schema URLs, and the searchable text of both.
  resource: column.label,
  scope: column.label,
  origin: column.label,
  ...list('events', {
    time: column.u64,
    name: column.label,
    attributes: column.attributes,
    attribute_types: column.label,
    dropped_attributes: column.u32,
  }),
  dropped_events: column.u32,
  ...list('links', {
    trace_id: column.traceId,
    span_id: column.spanId,
    trace_state: column.text,
    flags: column.u32,
    attributes: column.attributes,
    attribute_types: column.label,
    dropped_attributes: column.u32,
  }),
  dropped_links: column.u32,
} as const satisfies Readonly<Record<string, string>>;

/** Rows of a granule, and granules that share a bloom filter. */
interface Granules {
  readonly rows: number;
  readonly perFilter: number;
}

/** Lists and rare values read one trace here and one there, and each is a granule of every column. */
const granules: Granules = {rows: 2048, perFilter: 2};
/** As versions before 14 made them: a table keeps what it was made with. */
const formerGranules: Granules = {rows: 4096, perFilter: 1};
/** Bytes of a column that are compressed as one, at least: all of these are unpacked for one trace. */
const compressedBlocks = {min_compress_block_size: 16_384} as const;

/** As the last version has them. */
export const createSegmentTables = (target: SchemaTarget): string[] =>
  segmentTables(target, granules, compressedBlocks);
export const createFormerSegmentTables = (target: SchemaTarget): string[] => segmentTables(target, formerGranules, {});

export const makeBlocksSmaller = (target: SchemaTarget): string[] => [
  changeSettings(target, spanTable, compressedBlocks),
];

const segmentTables = (
  target: SchemaTarget,
  {rows, perFilter}: Granules,
  settings: TableDefinition['settings'],
): string[] => [
  ...createTable(target, {
    name: spanTable,
    columns: {
      segment: 'UInt32 CODEC(Delta(4), ZSTD(1))',
      bucket: `UInt32 MATERIALIZED intDiv(toUnixTimestamp64Nano(start_time), ${bucketNanos}) CODEC(Delta(4), ZSTD(1))`,
      ...spanColumns,
    },
    indexes: [`span_hashes ${spanHashes} TYPE bloom_filter(0.02) GRANULARITY ${perFilter}`],
    engine: 'MergeTree',
    partitionBy: byDay('start_time'),
    orderBy: '(tenant, bucket, segment, trace_id, start_time)',
    shardBy: 'sipHash64(trace_id)',
    settings: {...fewMerges, index_granularity: rows, ...settings},
  }),
  ...createTable(target, {
    name: traceIndexTable,
    columns: {
      tenant: column.label,
      stray: column.stray,
      trace_hash: 'UInt32 CODEC(Delta(4), ZSTD(1))',
      bucket: 'UInt32 CODEC(Delta(4), ZSTD(1))',
      segment: 'UInt32 CODEC(Delta(4), ZSTD(1))',
    },
    engine: 'ReplacingMergeTree',
    partitionBy: byDay(bucketTime),
    orderBy: '(tenant, trace_hash, bucket, segment)',
    shardBy: 'trace_hash',
    settings: fewMerges,
  }),
  ...createTable(target, {
    name: spanTextTable,
    columns: {
      tenant: column.label,
      hash: 'UInt64 MATERIALIZED cityHash64(text) CODEC(NONE)',
      // The last day on which a span with it came.
      day: 'Date CODEC(ZSTD(1))',
      text: column.text,
    },
    engine: 'ReplacingMergeTree(day)',
    partitionBy: 'tuple()',
    orderBy: '(tenant, hash)',
    shardBy: 'hash',
    settings: {ttl_only_drop_parts: 0},
  }),
];

/** The views and tables that these take the place of. */
export const formerViews = [
  'traces_of_spans',
  'trace_index_of_traces',
  'span_rates_of_spans',
  'operations_of_rates',
] as const;
export const formerTables = ['spans', 'trace_index'] as const;
