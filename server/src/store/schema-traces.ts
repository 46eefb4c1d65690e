/**
 * The extent of every trace: when it began and ended, how many spans and errors it has, how its root fared. A row is what one
 * INSERT brought of a trace within a bucket; merges join them, and a question groups what is left. So an order over all traces
 * of an hour reads a row a trace where it would read every span. See docs/decisions/0045-order-over-all-traces.md.
 */
import type {Log} from '../base/index.ts';
import {type Engine, insertSettings} from '../engine/index.ts';
import {
  addColumn,
  byDay,
  changeView,
  column,
  createTable,
  createView,
  fewMerges,
  onCluster,
  type SchemaTarget,
  type TableDefinition,
} from './schema.ts';
import {bucketNanos, bucketTime, traceHash} from './schema-spans.ts';
import {markDigits} from './span-text.ts';

const startNanos = 'toUInt64(toUnixTimestamp64Nano(start_time))';

/** A span's start with its failure in the last bit: the least of a trace's says when it began, and whether its earliest span failed. */
export const spanHead = `${startNanos} * 2 + (status_code = 2)`;
/** Neither of the two exceeds 2^63, so that their sum cannot begin again at 0. */
export const spanEnd = `least(${startNanos} + toUInt64(greatest(duration_ns, 0)), 9223372036854775807)`;
/** The greatest of a trace's: 0 no root has arrived, 1 the roots succeeded, 2 a root failed. */
export const spanRoot = `toUInt8(if(parent_span_id = toFixedString('', 8), 1 + (status_code = 2), 0))`;

const tracesView = {
  name: 'traces_of_spans',
  from: 'spans',
  to: 'traces',
  select:
    `tenant, stray, bucket, trace_id, min(${spanHead}) AS head, max(${spanEnd}) AS last, ` +
    `count() AS spans, countIf(status_code = 2) AS errors, max(${spanRoot}) AS root`,
  groupBy: 'tenant, stray, bucket, trace_id',
} as const;

/** Fed by the traces, which are a fraction of the spans. */
const traceIndexView = {
  name: 'trace_index_of_traces',
  from: 'traces',
  to: 'trace_index',
  select: `DISTINCT tenant, stray, ${traceHash('trace_id')} AS trace_hash, bucket`,
} as const;

const tracesTable = {
  name: 'traces',
  columns: {
    tenant: column.label,
    stray: column.stray,
    bucket: 'UInt32 CODEC(Delta(4), ZSTD(1))',
    trace_id: column.traceId,
    head: 'SimpleAggregateFunction(min, UInt64) CODEC(T64, ZSTD(1))',
    last: 'SimpleAggregateFunction(max, UInt64) CODEC(T64, ZSTD(1))',
    spans: 'SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1))',
    errors: 'SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1))',
    root: 'SimpleAggregateFunction(max, UInt8) CODEC(ZSTD(1))',
  },
  // Finds what began long before a range and reaches into it.
  indexes: ['reach last TYPE minmax GRANULARITY 1'],
  engine: 'AggregatingMergeTree',
  partitionBy: byDay(bucketTime),
  orderBy: '(tenant, bucket, trace_id)',
  shardBy: 'sipHash64(trace_id)',
  settings: fewMerges,
} as const satisfies TableDefinition;

export const createTraceTable = (target: SchemaTarget): string[] => [
  ...createTable(target, tracesTable),
  createView(target, tracesView),
];

/** The new view first: nothing that arrives meanwhile is without an entry, and one that comes twice is one. */
export const indexByTraces = (target: SchemaTarget): string[] => [
  createView(target, traceIndexView),
  `DROP VIEW IF EXISTS \`${target.database}\`.\`trace_index_of_spans\`${onCluster(target)}`,
];

/** Computed once a dictionary entry, not once a span. */
const spanOrigin = `toUInt64OrZero(extract(origin_hashes, '^@([0-9]{${markDigits}})'))`;

/**
 * Which services in which environments a row has spans of, as `originNumber`s: a question about these asks the row. 0 is a span
 * of which it is not known, as of every row from before.
 */
export const keepOrigins = (target: SchemaTarget): string[] => [
  ...addColumn(target, 'traces', 'origins', originsType),
  changeView(target, {...tracesView, select: `${tracesView.select}, groupUniqArray(${spanOrigin}) AS origins`}),
];

const originsType = 'SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)) DEFAULT [toUInt64(0)] CODEC(LZ4)';

/** The table as later versions have changed it. */
export const createTraces = (target: SchemaTarget): string[] =>
  createTable(target, {...tracesTable, columns: {...tracesTable.columns, origins: originsType}});

const bucketsAnHour = Number(3_600_000_000_000n / bucketNanos);
/** Spans of one INSERT: they are grouped in memory. */
const spansAtOnce = 20_000_000;

/**
 * Fills the table with what was stored before there was one: some million spans at a time, each under a token, so that a run that
 * was cut short adds nothing twice. On a cluster a row comes to the shard that has its spans: both are spread alike.
 */
export async function fillTraces(engine: Engine, log: Log): Promise<void> {
  const answer = await engine.client.query({
    query: `SELECT toUInt32(intDiv(bucket, ${bucketsAnHour})) AS hour, toFloat64(count()) AS spans FROM spans GROUP BY hour ORDER BY hour`,
    format: 'JSONEachRow',
  });
  const stretches = stretchesOf(await answer.json<Hour>());
  let told = performance.now();
  for (const [index, {from, before}] of stretches.entries()) {
    await engine.client.command({
      query:
        'INSERT INTO traces (tenant, stray, bucket, trace_id, head, last, spans, errors, root) ' +
        `SELECT ${tracesView.select} FROM spans WHERE bucket >= ${from} AND bucket < ${before} ` +
        `GROUP BY ${tracesView.groupBy} ORDER BY ALL`,
      clickhouse_settings: insertSettings(`traces-${from}-${before}`),
    });
    if (performance.now() - told < 5000) continue;
    told = performance.now();
    log.info({filled: index + 1, of: stretches.length}, 'filling the table of traces');
  }
}

export interface Hour {
  /** Since 1970. */
  readonly hour: number;
  readonly spans: number;
}

/** Buckets of each INSERT: as many hours as it can take, since strays may lie in thousands of them; a full hour in parts. */
export function stretchesOf(hours: readonly Hour[]): {from: number; before: number}[] {
  const stretches: {from: number; before: number; spans: number}[] = [];
  for (const {hour, spans} of hours) {
    const last = stretches.at(-1);
    const [from, before] = [hour * bucketsAnHour, (hour + 1) * bucketsAnHour];
    if (last !== undefined && last.spans + spans <= spansAtOnce) {
      last.before = before;
      last.spans += spans;
      continue;
    }
    const parts = Math.min(bucketsAnHour, Math.ceil(spans / spansAtOnce));
    const at = (part: number): number => from + Math.round((bucketsAnHour * part) / parts);
    for (let part = 0; part < parts; part++) {
      stretches.push({from: at(part), before: at(part + 1), spans: spans / parts});
    }
  }
  return stretches.map(({from, before}) => ({from, before}));
}
