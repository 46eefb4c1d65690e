/** The tables of spans, and what is kept of every span beside it so that lists and lookups need not read spans. */
import {firstStepNanos, lastStep, lastTraceStep, stepsPerDoubling} from '../red/index.ts';
import {
  addColumn,
  addKeyColumn,
  byDay,
  changeView,
  column,
  createTable,
  createView,
  dropAutoStatistics,
  fewMerges,
  list,
  localName,
  onCluster,
  originColumns,
  ruledOut,
  type SchemaTarget,
  type TableDefinition,
} from './schema.ts';

/** Nanoseconds of `bucket`: spans of the same ten seconds lie together, and in there those of a trace. */
export const bucketNanos = 10_000_000_000n;
export const bucketSeconds = Number(bucketNanos / 1_000_000_000n);
/** Of the latest time: after it in number come those before 1970. */
export const latestBucket = Number((2n ** 63n - 1n) / bucketNanos);

export function createSpanTables(target: SchemaTarget): string[] {
  return [
    ...createTable(target, {
      name: 'spans',
      columns: {
        tenant: column.label,
        stray: column.stray,
        start_time: column.time + ruledOut,
        bucket: `UInt32 MATERIALIZED intDiv(toUnixTimestamp64Nano(start_time), ${bucketNanos}) CODEC(Delta(4), ZSTD(1))`,
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
        attributes: column.attributes,
        attribute_types: column.label,
        dropped_attributes: column.u32,
        ...originColumns,
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
      },
      // Filters on attributes: see schema-attribute-search.ts.
      indexes: [],
      engine: 'MergeTree',
      partitionBy: byDay('start_time'),
      orderBy: '(tenant, bucket, trace_id, start_time)',
      shardBy: 'sipHash64(trace_id)',
      settings: fewMerges,
    }),
    // In which buckets a trace has spans: a few bytes a trace, so that a trace is read without looking through time.
    ...createTable(target, {
      name: 'trace_index',
      columns: {
        tenant: column.label,
        stray: column.stray,
        trace_hash: 'UInt32 CODEC(Delta(4), ZSTD(1))',
        bucket: 'UInt32 CODEC(Delta(4), ZSTD(1))',
      },
      engine: 'ReplacingMergeTree',
      partitionBy: byDay(bucketTime),
      orderBy: '(tenant, trace_hash, bucket)',
      shardBy: 'trace_hash',
      settings: fewMerges,
    }),
    createView(target, traceIndexView),
    ...createTable(target, {...operationsTable, settings: {...operationsTable.settings, ...fewMerges}}),
    ...createTable(target, {...formerSpanRatesTable, settings: fewMerges}),
    createView(target, spanRatesView),
    createView(target, operationsView),
  ];
}

const operationsTable = {
  name: 'operations',
  columns: {
    tenant: column.label,
    stray: column.stray,
    day: 'Date CODEC(ZSTD(1))',
    service: column.label,
    name: column.label,
    kind: column.u8,
    spans: column.u64,
  },
  engine: 'SummingMergeTree((spans))',
  partitionBy: 'if(stray = 0, toStartOfMonth(day), toDate(0))',
  orderBy: '(tenant, service, name, kind, day)',
  shardBy: 'sipHash64(service)',
  // A part holds many days, and few rows.
  settings: {ttl_only_drop_parts: 0},
} as const satisfies TableDefinition;

/** As versions before 13 made it. */
const formerSpanRatesTable = {
  name: 'span_rates',
  columns: {
    tenant: column.label,
    stray: column.stray,
    minute: `DateTime('UTC') CODEC(Delta(4), ZSTD(1))`,
    service: column.label,
    name: column.label,
    kind: column.u8,
    status_code: column.u8,
    duration_step: column.u8,
    spans: column.u64,
  },
  engine: 'SummingMergeTree((spans))',
  partitionBy: byDay('toDateTime64(minute, 9)'),
  orderBy: '(tenant, minute, service, name, kind, status_code, duration_step)',
  shardBy: 'sipHash64(service)',
} as const satisfies TableDefinition;

const {spans, ...formerRateColumns} = formerSpanRatesTable.columns;

/** Rate, errors and duration of every operation by the minute, its durations as a histogram: see `red/duration-steps.ts`. */
const spanRatesTable = {
  ...formerSpanRatesTable,
  columns: {
    ...formerRateColumns,
    // 1: `spans` are not stored, but were sampled out, and those of the row with 0 stand for them. The sum of both is what there was.
    sampled_out: column.u8,
    spans,
  },
  orderBy: '(tenant, minute, service, name, kind, status_code, duration_step, sampled_out)',
  primaryKey: '(tenant, minute, service, name, kind, status_code, duration_step)',
} as const satisfies TableDefinition;

/** For rows of `span_rates`: those that count stored spans. */
export const isStored = 'sampled_out = 0';

/** Rows that are there count stored spans. */
export const weighRates = (target: SchemaTarget): string[] => addKeyColumn(target, spanRatesTable, 'sampled_out');

/** Of these, the tables that are still there, as later versions have changed them. */
export const createSums = (target: SchemaTarget): string[] => [
  ...createTable(target, operationsTable),
  ...createTable(target, spanRatesTable),
];

/** A bucket's beginning. */
export const bucketTime = `fromUnixTimestamp64Nano(toInt64(bucket) * ${bucketNanos}, 'UTC')`;
/** `DateTime` knows 1970 to 2106 only. */
const clampedTime = "greatest(toDateTime64(0, 9, 'UTC'), least(toDateTime64('2106-01-01', 9, 'UTC'), start_time))";

/** The minute of the rates that a span counts in. */
export const minuteOf = `toStartOfMinute(toDateTime(${clampedTime}, 'UTC'))`;

/** The last four bytes of a trace id, which are random in every scheme: enough to find its few buckets. */
export const traceHash = (traceId: string): string => `reinterpretAsUInt32(substring(${traceId}, 13, 4))`;

/** `durationStep` of `red/` as SQL. */
export const durationStep = (nanos: string): string => `toUInt8(${stepUpTo(nanos, lastStep)})`;

/** Of a trace as a whole. */
export const traceDurationStep = (nanos: string): string => `toUInt16(${stepUpTo(nanos, lastTraceStep)})`;

const stepUpTo = (nanos: string, last: number): string =>
  `least(${last}, greatest(0, floor(log2(greatest(${nanos}, 1) / ${firstStepNanos}) * ${stepsPerDoubling})))`;

const traceIndexView = {
  name: 'trace_index_of_spans',
  from: 'spans',
  to: 'trace_index',
  select: `DISTINCT tenant, stray, ${traceHash('trace_id')} AS trace_hash, bucket`,
} as const;

const spanRatesView = {
  name: 'span_rates_of_spans',
  from: 'spans',
  to: 'span_rates',
  select:
    `tenant, stray, ${minuteOf} AS minute, service, name, kind, status_code, ` +
    `${durationStep('duration_ns')} AS duration_step, count() AS spans`,
  groupBy: 'tenant, stray, minute, service, name, kind, status_code, duration_step',
} as const;

/** Fed by the rates, which are a fraction of the spans. */
const operationsView = {
  name: 'operations_of_rates',
  from: 'span_rates',
  to: 'operations',
  select: 'tenant, stray, toDate(minute) AS day, service, name, kind, sum(spans) AS spans',
  groupBy: 'tenant, stray, day, service, name, kind',
} as const;

/** Tables of an earlier version have every row in the partition of its time. */
export const changeSpanTables = (target: SchemaTarget): string[] => [
  ...['spans', 'trace_index', 'span_rates', 'operations'].flatMap((table) =>
    addColumn(target, table, 'stray', column.stray),
  ),
  ...['spans', 'trace_index', 'span_rates', 'operations'].map((table) => dropAutoStatistics(target, table)),
  // Version 8 drops it: run again after that, there is none to change.
  createView(target, traceIndexView),
  ...[traceIndexView, spanRatesView, operationsView].map((view) => changeView(target, view)),
];

/**
 * Questions of rates and names read all parts of a time, and pay for each of them; these tables are so small that merging them as
 * ClickHouse usually does costs next to nothing.
 */
export const mergeSmallTables = (target: SchemaTarget): string[] =>
  ['span_rates', 'operations'].map(
    (table) =>
      `ALTER TABLE ${localName(target, table)}${onCluster(target)} RESET SETTING ${Object.keys(fewMerges).join(', ')}`,
  );
