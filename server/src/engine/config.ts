/**
 * The engine process's own configuration: small caches and few threads, since one machine's ingest, queries and senders
 * share its cores. ClickHouse's defaults are made for a server that has the machine to itself.
 */
import type {SessionClass} from './pool.ts';

const mib = 1024 * 1024;

export interface EngineLimits {
  /** For everything in the engine together; ClickHouse refuses a query (code 241) rather than exceed it. */
  readonly memoryBytes: number;
  readonly threads: number;
}

/** The XML that is passed by `--config-file`; `<profiles>` in it would be ignored, see `statementSettings`. */
export function engineConfig(limits: EngineLimits): string {
  const values: Record<string, number> = {
    max_server_memory_usage: limits.memoryBytes,
    mark_cache_size: 128 * mib,
    primary_index_cache_size: 64 * mib,
    uncompressed_cache_size: 0,
    index_mark_cache_size: 32 * mib,
    index_uncompressed_cache_size: 0,
    mmap_cache_size: 100,
    compiled_expression_cache_size: 16 * mib,
    query_condition_cache_size: 16 * mib,
    text_index_postings_cache_size: 32 * mib,
    text_index_tokens_cache_size: 32 * mib,
    text_index_header_cache_size: 32 * mib,
    vector_similarity_index_cache_size: 0,
    query_cache_max_size_in_bytes: 0,
    max_thread_pool_size: 400,
    max_thread_pool_free_size: 16,
    max_io_thread_pool_size: 16,
    max_io_thread_pool_free_size: 0,
    max_parts_cleaning_thread_pool_size: 2,
    max_outdated_parts_loading_thread_pool_size: 2,
    max_active_parts_loading_thread_pool_size: 4,
    max_unexpected_parts_loading_thread_pool_size: 1,
    max_backups_io_thread_pool_size: 4,
    background_pool_size: Math.max(2, limits.threads),
    background_merges_mutations_concurrency_ratio: 1,
    background_common_pool_size: 2,
    background_move_pool_size: 1,
    background_fetches_pool_size: 1,
    background_buffer_flush_schedule_pool_size: 1,
    background_distributed_schedule_pool_size: 1,
    background_message_broker_schedule_pool_size: 1,
    // Fewer make it log "temporarily pause scheduling" hundreds of times a second.
    background_schedule_pool_size: 16,
    asynchronous_metrics_update_period_s: 60,
    // Of each table a timer looks for work that nobody told it of, ten times a second at first. An INSERT and a merge tell it, so
    // that only parts that have become old are found by looking.
    background_processing_pool_thread_sleep_seconds_if_nothing_to_do: 5,
    // How often what the process takes of the system is compared with what ClickHouse counts; by itself every 50 ms.
    memory_worker_period_ms: 500,
  };
  const lines = Object.entries(values).map(([name, value]) => `  <${name}>${value}</${name}>`);
  return `<clickhouse>\n${lines.join('\n')}\n  <merge_tree>\n    <old_parts_lifetime>480</old_parts_lifetime>\n  </merge_tree>\n</clickhouse>\n`;
}

/**
 * In force for a statement unless its request says otherwise; on a real server its profile has this part. `queries` run at the
 * same time, this one included: they share the cores, and give way to inserts where the system lets them (CAP_SYS_NICE).
 */
export function statementSettings(limits: EngineLimits, kind: SessionClass, queries: number): Record<string, string> {
  const threads = kind === 'read' ? Math.max(1, Math.floor(limits.threads / queries)) : limits.threads;
  return {
    max_threads: String(threads),
    ...(kind === 'read' && {os_thread_priority: '15'}),
    max_memory_usage: String(Math.floor(limits.memoryBytes / 2)),
    // Past these sizes a GROUP BY or a sort spills to disk.
    max_bytes_before_external_group_by: String(Math.floor(limits.memoryBytes / 4)),
    max_bytes_before_external_sort: String(Math.floor(limits.memoryBytes / 4)),
    // A result that is not streamed is made whole in memory.
    max_result_bytes: String(Math.floor(limits.memoryBytes / 8)),
    async_insert: '0',
  };
}
