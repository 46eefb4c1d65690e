/** Every query that the APIs ask of the store, over one client: what `api/source.ts` declares. */
import type {ClickHouseClient} from '@clickhouse/client';
import {type Clock, type SpanId, systemClock, type TenantId, type TraceId} from '../base/index.ts';
import {createEngineClient, type Endpoint} from '../engine/index.ts';
import type {TimeRange, TraceQuery} from '../query/index.ts';
import {readAttributeKeys, readAttributeValues, readOperations, readServices} from './read-catalog.ts';
import {readOutline} from './read-outline.ts';
import {createQueries, type QueryLimits} from './read-query.ts';
import {readDependencies, readRed} from './read-rates.ts';
import {findTraces} from './read-search.ts';
import {orphans, readSpan, readTraces, summaries} from './read-traces.ts';

export interface ReaderOptions {
  readonly client: ClickHouseClient;
  readonly clock: Clock;
  /** Of every single query; by default 30 s, 1 GiB, 2 million rows. */
  readonly limits?: QueryLimits;
}

interface Asked {
  readonly signal: AbortSignal;
}

export type Reader = ReturnType<typeof createReader>;

/** Rejects with `QueryError`; cancels the query in ClickHouse when the signal aborts. */
export function createReader({client, clock, limits}: ReaderOptions) {
  const queries = createQueries(client, limits);
  return {
    findTraces: (tenant: TenantId, search: TraceQuery, {signal}: Asked) =>
      findTraces(queries, tenant, search, clock.now(), signal),
    summaries: (tenant: TenantId, ids: readonly TraceId[], {signal}: Asked) => summaries(queries, tenant, ids, signal),
    orphans: (tenant: TenantId, ids: readonly TraceId[], {signal}: Asked) => orphans(queries, tenant, ids, signal),
    traces: (tenant: TenantId, ids: readonly TraceId[], {signal, maxSpans}: Asked & {maxSpans: number}) =>
      readTraces(queries, tenant, ids, maxSpans, signal),
    outline: (tenant: TenantId, id: TraceId, {signal, maxSpans}: Asked & {maxSpans: number}) =>
      readOutline(queries, tenant, id, maxSpans, signal),
    span: (tenant: TenantId, trace: TraceId, span: SpanId, {signal}: Asked) =>
      readSpan(queries, tenant, trace, span, signal),
    services: (tenant: TenantId, {signal}: Asked) => readServices(queries, tenant, signal),
    operations: (tenant: TenantId, service: string, {signal}: Asked) =>
      readOperations(queries, tenant, service, signal),
    attributeKeys: (tenant: TenantId, service: string | undefined, {signal}: Asked) =>
      readAttributeKeys(queries, tenant, service, clock.now(), signal),
    attributeValues: (
      tenant: TenantId,
      query: {key: string; service: string | undefined; prefix: string; limit: number},
      {signal}: Asked,
    ) => readAttributeValues(queries, tenant, query, clock.now(), signal),
    red: (tenant: TenantId, range: TimeRange, {signal}: Asked) => readRed(queries, tenant, range, signal),
    dependencies: (tenant: TenantId, range: TimeRange, {signal}: Asked) =>
      readDependencies(queries, tenant, range, signal),
  };
}

/** Readers with a connection of their own, for a thread that has no engine: to be closed by whoever made them. */
export function createReaders(endpoint: Endpoint, database: string): Reader & {close(): Promise<void>} {
  const client = createEngineClient(endpoint, database);
  return {...createReader({client, clock: systemClock}), close: () => client.close()};
}
