/** The tables of metrics: what each series is, once a day, and its points. */
import {byDay, column, createTable, fewMerges, list, originColumns, type SchemaTarget} from './schema.ts';

const gorilla = 'Float64 CODEC(Gorilla(8), ZSTD(1))';
const plainFloat = 'Float64 CODEC(ZSTD(1))';
const int = 'Int64 CODEC(ZSTD(1))';

export function createMetricTables(target: SchemaTarget): string[] {
  return [
    ...createTable(target, {
      name: 'metric_series',
      columns: {
        tenant: column.label,
        day: `Date MATERIALIZED ${byDay('time')}`,
        series: column.u64,
        time: column.time,
        name: column.label,
        description: column.text,
        unit: column.label,
        type: column.u8,
        temporality: column.u8,
        monotonic: column.u8,
        metadata: column.attributes,
        metadata_types: column.label,
        attributes: column.attributes,
        attribute_types: column.label,
        ...originColumns,
      },
      indexes: ['series_ids series TYPE bloom_filter(0.01) GRANULARITY 1'],
      engine: 'ReplacingMergeTree',
      partitionBy: byDay('time'),
      orderBy: '(tenant, name, series, day)',
      shardBy: 'series',
    }),
    ...createTable(target, {
      name: 'metric_points',
      columns: {
        tenant: column.label,
        series: 'UInt64 CODEC(Delta(8), ZSTD(1))',
        time: `DateTime64(9, 'UTC') CODEC(DoubleDelta, ZSTD(1))`,
        start_time: `DateTime64(9, 'UTC') CODEC(DoubleDelta, ZSTD(1))`,
        flags: column.u32,
        has: column.u8,
        value: gorilla,
        int_value: 'Int64 CODEC(DoubleDelta, ZSTD(1))',
        count: 'UInt64 CODEC(DoubleDelta, ZSTD(1))',
        sum: gorilla,
        min: gorilla,
        max: gorilla,
        bounds: 'Array(Float64) CODEC(ZSTD(1))',
        bucket_counts: 'Array(UInt64) CODEC(ZSTD(1))',
        scale: 'Int32 CODEC(ZSTD(1))',
        zero_count: column.u64,
        zero_threshold: plainFloat,
        positive_offset: 'Int32 CODEC(ZSTD(1))',
        positive_counts: 'Array(UInt64) CODEC(ZSTD(1))',
        negative_offset: 'Int32 CODEC(ZSTD(1))',
        negative_counts: 'Array(UInt64) CODEC(ZSTD(1))',
        ...list('quantiles', {quantile: plainFloat, value: plainFloat}),
        ...list('exemplars', {
          time: column.u64,
          has: column.u8,
          value: plainFloat,
          int_value: int,
          trace_id: column.traceId,
          span_id: column.spanId,
          attributes: column.attributes,
          attribute_types: column.label,
        }),
      },
      engine: 'MergeTree',
      partitionBy: byDay('time'),
      orderBy: '(tenant, series, time)',
      shardBy: 'series',
      settings: fewMerges,
    }),
  ];
}
