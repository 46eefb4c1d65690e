/**
 * The table of the service graph: a row for each minute of a tenant, which has all edges of that minute. A minute that is counted
 * again gets another row, and the latest is the one that counts. See docs/decisions/0086-the-stored-service-graph.md.
 */
import {byDay, column, createTable, type SchemaTarget} from './schema.ts';

export const graphTable = 'service_graph';

/** What `minute`, which counts minutes since 1970, is as a time. */
export const graphTime = "toDateTime64(toInt64(minute) * 60, 9, 'UTC')";

export const createGraphTable = (target: SchemaTarget): string[] =>
  createTable(target, {
    name: graphTable,
    columns: {
      tenant: column.label,
      // Always 0: minutes far from now are not kept, so that they make no partitions.
      stray: column.stray,
      minute: 'UInt32 CODEC(Delta(4), ZSTD(1))',
      // When it was counted, in milliseconds since 1970.
      version: column.u64,
      // Spans that the rates had of the minute and its neighbours, and of the hour before these: it is counted again when they have more.
      near: column.u64,
      far: column.u64,
      orphans: column.u64,
      graph: column.text,
    },
    engine: 'ReplacingMergeTree(version)',
    partitionBy: byDay(graphTime),
    orderBy: '(tenant, minute)',
    shardBy: 'cityHash64(tenant)',
  });
