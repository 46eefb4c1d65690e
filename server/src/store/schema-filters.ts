/**
 * The table of filters over the attributes of spans, a row for each tenant and each group of sums: see `derive-filters.ts`
 * and docs/decisions/0063-filters-of-values.md.
 */
import type {Engine} from '../engine/index.ts';
import {byDay, column, createTable, type SchemaTarget} from './schema.ts';
import {spanTable} from './schema-segments.ts';
import {bucketTime} from './schema-spans.ts';

export const spanFilterTable = 'span_filters';

/** The time of a row: when the last of its spans started. */
export const filterTime = bucketTime.replace('bucket', 'last');

export const createFilterTable = (target: SchemaTarget): string[] =>
  createTable(target, {
    name: spanFilterTable,
    columns: {
      tenant: column.label,
      stray: column.stray,
      last: 'UInt32 CODEC(Delta(4), ZSTD(1))',
      // Of each cell its segment, its buckets and its spans. Without any, of all that an earlier version stored.
      segments: 'Array(UInt32) CODEC(ZSTD(1))',
      firsts: 'Array(UInt32) CODEC(ZSTD(1))',
      lasts: 'Array(UInt32) CODEC(ZSTD(1))',
      counts: 'Array(UInt32) CODEC(ZSTD(1))',
      form: column.u8,
      // Of the words.
      bytes: 'UInt32 CODEC(ZSTD(1))',
      // Empty where anything may be in the spans.
      words: 'String CODEC(NONE)',
    },
    engine: 'MergeTree',
    partitionBy: byDay(filterTime),
    orderBy: '(tenant, last)',
    shardBy: 'cityHash64(tenant)',
  });

/**
 * Of spans that an earlier version summed up there is no filter, and never will be: a row for each tenant says until when there are
 * such. To be run before any filter is inserted; running it again changes nothing.
 */
export async function markUnfiltered(engine: Engine): Promise<void> {
  await engine.client.command({
    query: `INSERT INTO ${spanFilterTable} (tenant, stray, last)
SELECT tenant, stray, max(bucket) FROM ${spanTable} GROUP BY tenant, stray`,
    clickhouse_settings: {wait_end_of_query: 1},
  });
}
