/** `@clickhouse/client` as the store uses it: towards a server's URL, or the Unix socket of the engine process. */
import type {Agent} from 'node:http';
import {connect} from 'node:net';
import {type ClickHouseClient, ClickHouseLogLevel, type ClickHouseSettings, createClient} from '@clickhouse/client';
import {nodeHttp} from '../base/index.ts';
import type {Endpoint} from './engine.ts';

/** Above every query's own limit: this one only ends what hangs. */
const requestTimeoutMs = 10 * 60_000;

export function createEngineClient(endpoint: Endpoint, database: string): ClickHouseClient {
  return createClient({
    ...(endpoint.kind === 'url' ? {url: endpoint.url} : {url: 'http://engine', http_agent: socketAgent(endpoint.path)}),
    database,
    application: 'weft',
    request_timeout: requestTimeoutMs,
    max_open_connections: 32,
    // Node's agent closes what is idle, as the server's keep-alive header says. The client's own timers would close a connection
    // in use: one is forgotten, and so never stopped, where a request was aborted while it waited for a connection.
    keep_alive: {enabled: true, idle_socket_ttl: 0},
    // Every error is the caller's to handle, and to log.
    log: {level: ClickHouseLogLevel.OFF},
    clickhouse_settings: {cancel_http_readonly_queries_on_client_close: 1},
  });
}

/** The settings that make an INSERT one block, and so one part a partition, under one token, on every kind of server. */
export const insertSettings = (token: string) =>
  ({
    insert_deduplication_token: token,
    async_insert: 0,
    insert_deduplicate: 1,
    // A repeated INSERT then also fills what a materialized view missed, and nothing twice.
    deduplicate_blocks_in_dependent_materialized_views: 1,
    distributed_foreground_insert: 1,
    max_insert_threads: '1',
    max_insert_block_size: '10000000',
    min_insert_block_size_rows: '10000000',
    min_insert_block_size_bytes: '1073741824',
    max_partitions_per_insert_block: '0',
    // The parts of all partitions are committed at the end: one that failed for want of memory has stored nothing.
    max_insert_delayed_streams_for_parallel_write: '1000',
    wait_end_of_query: 1,
  }) satisfies ClickHouseSettings;

/** Connections that are kept open to a Unix socket, whatever host the URL names. */
export function socketAgent(path: string): Agent {
  const agent = new nodeHttp.Agent({keepAlive: true, maxSockets: 32});
  agent.createConnection = () => connect(path);
  return agent;
}
