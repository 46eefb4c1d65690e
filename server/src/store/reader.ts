/** Every query that the APIs ask of the store, over one client: what `api/source.ts` declares. */
import type {MessagePort} from 'node:worker_threads';
import {
  type Clock,
  type Log,
  type SpanId,
  systemClock,
  type TenantId,
  type TraceId,
  type UnixNano,
} from '../base/index.ts';
import {createQueryClient, type Endpoint, type QueryClient} from '../engine/index.ts';
import type {
  Budget,
  CallSeriesQuery,
  CountQuery,
  FindTerm,
  HeatmapQuery,
  PointQuery,
  PointRange,
  RedFilter,
  ServiceFilter,
  SpanFilter,
  SpanGroupsQuery,
  SpanQuery,
  SpanStarts,
  SqlQuery,
  TimeRange,
  TraceQuery,
  TraceSampleQuery,
} from '../query/index.ts';
import type {PointTimes} from '../red/index.ts';
import {createKeptKeys} from './attribute-keys.ts';
import {createGraphKeeper} from './graph-keeper.ts';
import {createKeptOperations} from './kept-operations.ts';
import {createMemory, type Memory} from './memory.ts';
import {readCallSeries} from './read-call-series.ts';
import {
  type AttributeKey,
  findNames,
  readAttributeKeys,
  readAttributeValues,
  readOperations,
  readServices,
} from './read-catalog.ts';
import {countAtMost, countSpans} from './read-counts.ts';
import {readCoverage} from './read-coverage.ts';
import {readExemplars} from './read-exemplars.ts';
import {findInTrace} from './read-find.ts';
import {GraphCache, type GraphReader, readDependencies, readStoredGraph} from './read-graph.ts';
import {readGroups} from './read-groups.ts';
import {readHeatmap} from './read-heatmap.ts';
import {readInstances} from './read-instances.ts';
import {readKeyNames} from './read-key-names.ts';
import {findTraces, listTraces} from './read-list.ts';
import {keysWithLists} from './read-lists.ts';
import {
  readMetricExemplars,
  readMetrics,
  readPoints,
  readResources,
  readSeries,
  readUntimedResources,
} from './read-metrics.ts';
import {readOperationSeries, readOperationSteps, readWhole} from './read-operation-series.ts';
import {readOutline} from './read-outline.ts';
import {createPresence, type Presence} from './read-presence.ts';
import {createQueries} from './read-query.ts';
import {readFirstStart, readOperationsRed, readRed} from './read-rates.ts';
import {sampleTraces} from './read-sample.ts';
import {readServiceErrors} from './read-service-errors.ts';
import {listSpans} from './read-span-list.ts';
import {readSql} from './read-sql.ts';
import {readStatements} from './read-statements.ts';
import {readResponseStatuses} from './read-statuses.ts';
import {orphans, summaries} from './read-summaries.ts';
import {readTraceLogs, type TraceLogsQuery} from './read-trace-logs.ts';
import {readTraceValues} from './read-trace-values.ts';
import {readSpan, readTraces} from './read-traces.ts';
import {readTracesAt} from './read-traces-at.ts';
import {readTypedValues, type TypedValuesQuery} from './read-typed-values.ts';
import {type RecentSegment, type SpanChanges, spanChanges} from './span-changes.ts';
import {readSpanNews} from './span-news.ts';
import {createTurnGate} from './turn-gate.ts';

export interface ReaderOptions {
  readonly client: QueryClient;
  readonly clock: Clock;
  /** Default that ClickHouse is there. */
  readonly presence?: Presence;
  /** Tells when names are to be read again; without it they are read for every question. */
  readonly changes?: NameChanges;
  /** Without it, ClickHouse is asked for everything. */
  readonly memory?: Memory;
  /** Segments of spans that are not summed up yet; without it, those of `changes`. */
  readonly recent?: () => readonly RecentSegment[];
  /** Is told of minutes of the service graph that a question had to leave out. */
  readonly wantedGraphs?: GraphReader['wanted'];
}

export interface NameChanges {
  readonly changes: SpanChanges;
  /** Whether other Wefts store spans in the same ClickHouse. */
  readonly shared: boolean;
}

interface Asked {
  readonly budget: Budget;
}

export type Reader = ReturnType<typeof createReader>;

/** Rejects with `QueryError`; cancels the query in ClickHouse when the budget's signal aborts. */
export function createReader({
  client,
  clock,
  presence = createPresence(),
  changes,
  memory = {},
  recent = () => changes?.changes.recent ?? [],
  wantedGraphs: wanted = () => {},
}: ReaderOptions) {
  const queries = createQueries(client, presence, {recent, memory});
  // Of the engine's sessions for questions, these leave most to the page and to the other APIs.
  const statements = createTurnGate({running: 2, waitingEach: 20, waiting: 200});
  const graphs: GraphReader = {cache: new GraphCache(), wanted};
  const kept = createKeptKeys<readonly AttributeKey[]>();
  const names = changes === undefined ? undefined : createKeptOperations({queries, presence, ...changes});
  return {
    findTraces: (tenant: TenantId, search: TraceQuery, {budget}: Asked) =>
      findTraces(queries, tenant, search, clock.now(), budget),
    listTraces: (tenant: TenantId, search: TraceQuery, {budget}: Asked) =>
      listTraces(queries, tenant, search, clock.now(), budget),
    sampleTraces: (tenant: TenantId, search: TraceSampleQuery, {budget}: Asked) =>
      sampleTraces(queries, tenant, search, clock.now(), budget),
    heatmap: (tenant: TenantId, query: HeatmapQuery, {budget}: Asked) =>
      readHeatmap(queries, tenant, query, clock.now(), budget),
    listSpans: (tenant: TenantId, search: SpanQuery, {budget}: Asked) =>
      listSpans(queries, tenant, search, clock.now(), budget),
    spanGroups: (tenant: TenantId, query: SpanGroupsQuery, {budget}: Asked) =>
      readGroups(queries, tenant, query, {now: clock.now(), budget}),
    countSpans: (tenant: TenantId, query: CountQuery, {budget}: Asked) => countSpans(queries, tenant, query, budget),
    countAtMost: (tenant: TenantId, filter: SpanFilter, {budget}: Asked) =>
      countAtMost(queries, tenant, filter, budget),
    tracesAt: (tenant: TenantId, times: readonly UnixNano[], {budget, limit}: Asked & {limit: number}) =>
      readTracesAt(queries, tenant, times, limit, budget),
    summaries: (tenant: TenantId, ids: readonly TraceId[], {budget}: Asked) =>
      summaries(queries, tenant, ids, {now: clock.now(), budget}),
    responseStatuses: (tenant: TenantId, ids: readonly TraceId[], {budget}: Asked) =>
      readResponseStatuses(queries, tenant, ids, budget),
    orphans: (tenant: TenantId, ids: readonly TraceId[], {budget}: Asked) => orphans(queries, tenant, ids, budget),
    traces: (
      tenant: TenantId,
      ids: readonly TraceId[],
      {budget, maxSpans, copies = false, starts}: Asked & {maxSpans: number; copies?: boolean; starts?: SpanStarts},
    ) => readTraces(queries, tenant, ids, {maxSpans, copies, starts, budget}),
    outline: (tenant: TenantId, id: TraceId, {budget, maxSpans}: Asked & {maxSpans: number}) =>
      readOutline(queries, tenant, id, maxSpans, budget),
    findInTrace: (
      tenant: TenantId,
      id: TraceId,
      terms: readonly FindTerm[],
      {budget, limit}: Asked & {limit: number},
    ) => findInTrace(queries, tenant, id, terms, {limit, budget}),
    traceValues: (tenant: TenantId, id: TraceId, key: string, {budget}: Asked) =>
      readTraceValues(queries, tenant, id, key, budget),
    traceLogs: (tenant: TenantId, id: TraceId, query: TraceLogsQuery, {budget}: Asked) =>
      readTraceLogs(queries, tenant, id, query, budget),
    span: (tenant: TenantId, trace: TraceId, span: SpanId, {budget}: Asked) =>
      readSpan(queries, tenant, trace, span, budget),
    metrics: (tenant: TenantId, range: PointRange, {budget}: Asked) => readMetrics(queries, tenant, range, budget),
    metricSeries: (tenant: TenantId, names: readonly string[], range: PointRange, {budget}: Asked) =>
      readSeries(queries, tenant, names, range, budget),
    metricPoints: (tenant: TenantId, query: PointQuery, {budget}: Asked) => readPoints(queries, tenant, query, budget),
    metricExemplars: (
      tenant: TenantId,
      query: {readonly ids: readonly string[]; readonly range: PointRange; readonly limit: number},
      {budget}: Asked,
    ) => readMetricExemplars(queries, tenant, query, budget),
    metricResources: (
      tenant: TenantId,
      {range, isTimed}: {readonly range: PointRange; readonly isTimed: boolean},
      {budget}: Asked,
    ) => (isTimed ? readResources : readUntimedResources)(queries, tenant, range, budget),
    sql: (tenant: TenantId, query: SqlQuery, {budget}: Asked) =>
      statements.run(tenant, budget.signal, () => readSql(queries, tenant, query, budget)),
    services: (tenant: TenantId, {budget}: Asked) => readServices(queries, tenant, budget, names),
    operations: (tenant: TenantId, service: string, {budget}: Asked) =>
      readOperations(queries, tenant, service, budget, names),
    attributeKeys: (tenant: TenantId, service: string | undefined, {budget}: Asked) =>
      readAttributeKeys(queries, tenant, service, clock.now(), budget),
    attributeValues: (
      tenant: TenantId,
      query: {key: string; service: string | undefined; prefix: string; limit: number},
      {budget}: Asked,
    ) => readAttributeValues(queries, tenant, query, clock.now(), budget),
    keyNames: (tenant: TenantId, range: Parameters<typeof readKeyNames>[2], {budget}: Asked) =>
      readKeyNames(queries, tenant, range, budget),
    typedValues: (tenant: TenantId, query: TypedValuesQuery, {budget}: Asked) =>
      readTypedValues(queries, tenant, query, clock.now(), budget),
    findNames: (tenant: TenantId, text: string, {budget}: Asked) =>
      findNames(queries, tenant, text, clock.now(), kept, budget),
    keysWithLists: (tenant: TenantId, keys: readonly string[], {budget}: Asked) =>
      keysWithLists(queries, tenant, keys, budget),
    red: (tenant: TenantId, filter: RedFilter, {budget, points}: Asked & {points?: PointTimes | undefined}) =>
      readRed(queries, tenant, filter, points, budget),
    operationsRed: (tenant: TenantId, filter: RedFilter, {budget}: Asked) =>
      readOperationsRed(queries, tenant, filter, budget),
    servedRed: (tenant: TenantId, filter: RedFilter, {budget}: Asked) => readWhole(queries, tenant, filter, budget),
    operationSeries: (tenant: TenantId, filter: RedFilter, {budget, points}: Asked & {points: PointTimes}) =>
      readOperationSeries(queries, tenant, filter, points, budget),
    operationSteps: (tenant: TenantId, filter: RedFilter, {budget}: Asked) =>
      readOperationSteps(queries, tenant, filter, budget),
    firstStart: (tenant: TenantId, {start, end}: TimeRange, {budget}: Asked) =>
      readFirstStart(queries, tenant, {start, end}, budget),
    exemplars: (tenant: TenantId, filter: ServiceFilter & {readonly limit: number}, {budget}: Asked) =>
      readExemplars(queries, tenant, filter, budget),
    instances: (tenant: TenantId, filter: ServiceFilter, {budget}: Asked) =>
      readInstances(queries, tenant, filter, budget),
    serviceErrors: (
      tenant: TenantId,
      filter: ServiceFilter,
      {budget, points}: Asked & {points?: PointTimes | undefined},
    ) => readServiceErrors(queries, tenant, {...filter, points}, budget),
    statements: (tenant: TenantId, filter: ServiceFilter, {budget}: Asked) =>
      readStatements(queries, tenant, filter, budget),
    callSeries: (tenant: TenantId, query: CallSeriesQuery, {budget}: Asked) =>
      readCallSeries(queries, tenant, query, budget),
    dependencies: (tenant: TenantId, range: TimeRange, {budget}: Asked) =>
      readDependencies(queries, graphs, tenant, range, budget),
    serviceGraph: (tenant: TenantId, range: TimeRange, {budget}: Asked) =>
      readStoredGraph(queries, graphs, tenant, range, budget),
    coverage: (tenant: TenantId, range: TimeRange, {budget}: Asked) => readCoverage(queries, tenant, range, budget),
  };
}

/** Readers with a connection of their own, for a thread that has no engine: to be closed by whoever made them. */
export function createReaders(
  endpoint: Endpoint,
  database: string,
  {changes, news, log}: {readonly changes: SharedArrayBuffer; readonly news: MessagePort; readonly log?: Log},
): Reader & {readonly presence: Presence; close(): void} {
  const client = createQueryClient(endpoint, database);
  const presence = createPresence();
  // A ClickHouse of one's own has nobody else's spans.
  const shared = endpoint.kind === 'url';
  const told = spanChanges(changes);
  const queries = createQueries(client, presence, {recent: () => told.recent});
  const kept = {queries, presence, clock: systemClock, news: readSpanNews(news)};
  const graphs = createGraphKeeper({
    queries,
    client,
    presence,
    clock: systemClock,
    log,
    inserts: shared ? undefined : () => told.inserts,
  });
  graphs.start();
  return {
    ...createReader({
      client,
      clock: systemClock,
      presence,
      changes: {changes: told, shared},
      memory: shared ? {} : createMemory(kept),
      wantedGraphs: graphs.want,
    }),
    presence,
    close() {
      graphs.stop();
      client.close();
    },
  };
}
