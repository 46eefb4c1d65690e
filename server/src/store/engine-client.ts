/** `@clickhouse/client` as the store uses it: towards a server's URL, or the Unix socket of the engine process. */
import {Agent} from 'node:http';
import {connect} from 'node:net';
import {type ClickHouseClient, ClickHouseLogLevel, createClient} from '@clickhouse/client';
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
    // Every error is the caller's to handle, and to log.
    log: {level: ClickHouseLogLevel.OFF},
    clickhouse_settings: {cancel_http_readonly_queries_on_client_close: 1},
  });
}

/** Connections that are kept open to a Unix socket, whatever host the URL names. */
export function socketAgent(path: string): Agent {
  const agent = new Agent({keepAlive: true, maxSockets: 32});
  agent.createConnection = () => connect(path);
  return agent;
}
