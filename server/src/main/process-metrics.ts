import type {Meter} from '../base/index.ts';
import type {Engine} from '../engine/index.ts';
import type {Spool} from '../spool/index.ts';

/** Gauges of the process and the spool, read when somebody looks. */
export function observeProcess(meter: Meter, engine: Engine, spool: Spool): void {
  const gauge = (name: string, help: string, read: () => number): void =>
    meter.gauge(name, help).with({}).observe(read);
  gauge('process_resident_memory_bytes', 'Resident memory of the main process.', () => process.memoryUsage.rss());
  gauge('process_cpu_seconds_total', 'CPU time of the main process.', cpuSeconds);
  // The same by the Collector's names, for dashboards that are made for it.
  gauge('otelcol_process_memory_rss', 'Total physical memory (resident set size).', () => process.memoryUsage.rss());
  gauge('otelcol_process_cpu_seconds', 'Total CPU user and system time in seconds.', cpuSeconds);
  gauge('otelcol_process_uptime', 'Uptime of the process.', () => process.uptime());
  gauge('otelcol_process_runtime_heap_alloc_bytes', 'Bytes of allocated heap objects.', () => {
    const {heapUsed, external} = process.memoryUsage();
    return heapUsed + external;
  });
  gauge('otelcol_process_runtime_total_sys_memory_bytes', 'Total bytes of memory obtained from the OS.', () => {
    const {heapTotal, external} = process.memoryUsage();
    return heapTotal + external;
  });
  gauge('weft_engine_up', 'Whether ClickHouse answers.', () => (engine.state.kind === 'ready' ? 1 : 0));
  gauge('weft_spool_bytes', 'Acknowledged, on disk, not yet in ClickHouse.', () => spool.status.bytes);
  gauge(
    'weft_spool_limit_bytes',
    'Bound of weft_spool_bytes; beyond it senders are told to wait.',
    () => spool.status.limitBytes,
  );
  gauge('weft_spool_segments', 'Segments that wait for ClickHouse.', () => spool.status.segments);
  gauge('weft_spool_waiting_bytes', 'Taken in and not yet on disk.', () => spool.status.waitingBytes);
  gauge(
    'weft_spool_inserted_rows',
    'Rows that ClickHouse has confirmed since the start.',
    () => spool.status.insertedRows,
  );
  gauge(
    'weft_spool_rejected_rows',
    'Rows that ClickHouse cannot take, put aside in spool/rejected.',
    () => spool.status.rejectedRows,
  );
  gauge(
    'weft_spool_damaged_blocks',
    'Blocks that the disk gave back otherwise than they were written, put aside in spool/rejected.',
    () => spool.status.damagedBlocks,
  );
}

function cpuSeconds(): number {
  const {user, system} = process.cpuUsage();
  return (user + system) / 1e6;
}
