/** The table of log records. */
import {
  attributePairs,
  byDay,
  column,
  createTable,
  fewMerges,
  originColumns,
  ruledOut,
  type SchemaTarget,
} from './schema.ts';

export function createLogTables(target: SchemaTarget): string[] {
  return createTable(target, {
    name: 'logs',
    columns: {
      tenant: column.label,
      stray: column.stray,
      time: column.time + ruledOut,
      observed_time: column.time,
      trace_id: column.traceId,
      span_id: column.spanId,
      flags: column.u32,
      severity_number: column.u8,
      severity_text: column.label,
      event_name: column.label,
      body: column.text,
      body_type: column.label,
      attributes: column.attributes,
      attribute_types: column.label,
      dropped_attributes: column.u32,
      ...originColumns,
    },
    indexes: [
      `body_words body TYPE text(tokenizer = 'splitByNonAlpha')`,
      'trace_ids trace_id TYPE bloom_filter(0.01) GRANULARITY 1',
      `attribute_pairs ${attributePairs('attributes')} TYPE bloom_filter(0.02) GRANULARITY 1`,
    ],
    engine: 'MergeTree',
    partitionBy: byDay('time'),
    orderBy: '(tenant, toStartOfMinute(time), service, time)',
    shardBy: 'sipHash64(trace_id, span_id, time)',
    settings: fewMerges,
  });
}
