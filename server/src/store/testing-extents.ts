/** Rows of the table of traces, as ClickHouse answers them. */
import {type TenantId, utf8Bytes} from '../base/index.ts';
import {
  ArrayColumn,
  ByteSink,
  DictionaryColumn,
  PlainColumn,
  u8Column,
  u32Column,
  u64Column,
  writeBlock,
} from '../native/index.ts';

export interface TraceRow {
  readonly trace: number;
  readonly end: bigint;
  /** In nanoseconds. Default: a second. */
  readonly duration?: bigint;
  readonly spans?: number;
  readonly errors?: number;
}

export function blockOfTraces(tenant: TenantId, rows: readonly TraceRow[]): Uint8Array<ArrayBuffer> {
  if (rows.length === 0) return new Uint8Array(0);
  const columns = {
    ...{tenant: new DictionaryColumn(), bucket: u32Column(), trace_id: new PlainColumn('FixedString(16)')},
    ...{head: u64Column(), last: u64Column(), spans: u64Column(), errors: u64Column(), root: u8Column()},
    origins: new ArrayColumn(u64Column()),
  };
  const name = utf8Bytes(tenant);
  const put = (column: PlainColumn, value: bigint): void =>
    column.data.u64(Number(value & 0xffff_ffffn), Number(value >> 32n));
  for (const {trace, end, duration = 1_000_000_000n, spans = 1, errors = 0} of rows) {
    const start = end - duration;
    columns.tenant.append(name, 0, name.length);
    columns.bucket.data.u32(Number(start / 10_000_000_000n));
    for (let i = 0; i < 3; i++) columns.trace_id.data.u32(0);
    columns.trace_id.data.u32(trace);
    put(columns.head, 2n * start);
    put(columns.last, end);
    put(columns.spans, BigInt(spans));
    put(columns.errors, BigInt(errors));
    columns.root.data.u8(1);
    columns.origins.close(0);
  }
  return Uint8Array.from(writeBlock(columns, rows.length, new ByteSink()));
}
