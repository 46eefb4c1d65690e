/**
 * The interfaces that the API needs from the store and from the process around it. The readers of `store/` fit these by
 * shape; `main/` hands them over. Every query rejects with `QueryError` for what may happen (time limit, memory limit,
 * no ClickHouse, cancelled).
 */
import type {Readable} from 'node:stream';
import type {FamilySnapshot, SpanId, TenantId, TraceId, UnixNano} from '../base/index.ts';
import type {AnyValue, SpanBatch} from '../model/index.ts';
import type {
  Budget,
  Call,
  CallSeries,
  CallSeriesQuery,
  CountQuery,
  Coverage,
  Exemplar,
  FindTerm,
  FoundErrors,
  FoundNames,
  FoundSpans,
  FoundStatements,
  FoundTraces,
  Heatmap,
  HeatmapQuery,
  ListedSpans,
  ListedTraces,
  LogLines,
  Looked,
  OperationSeries,
  OperationSteps,
  OperationsRed,
  PointQuery,
  PointRange,
  Red,
  RedFigures,
  RedFilter,
  ResponseStatus,
  ServiceFilter,
  ServiceInstances,
  SpanCounts,
  SpanFilter,
  SpanGroups,
  SpanGroupsQuery,
  SpanKindName,
  SpanQuery,
  SpanStarts,
  SqlQuery,
  StoredExemplar,
  StoredGraph,
  StoredMetric,
  StoredPoints,
  StoredResource,
  StoredSeries,
  TimeRange,
  TraceOutline,
  TraceQuery,
  TraceSample,
  TraceSampleQuery,
  TraceSummary,
  TraceValue,
} from '../query/index.ts';
import type {PointTimes} from '../red/index.ts';
import type {
  InstrumentSettings,
  Override,
  PipelineComponentResponse,
  PipelineResponse,
  SamplingChange,
  SamplingResponse,
  StatusResponse,
} from './contract.ts';

export interface QueryOptions {
  /** When its signal aborts, the query is cancelled in ClickHouse too. */
  readonly budget: Budget;
}

export interface TraceSource {
  /** The first traces that fit, in the order of the query; the newest by the start of their newest span that fits. */
  findTraces(tenant: TenantId, query: TraceQuery, options: QueryOptions): Promise<FoundTraces>;
  /** The same with their summaries. */
  listTraces(tenant: TenantId, query: TraceQuery, options: QueryOptions): Promise<ListedTraces>;
  /** Of the traces that fit as many as the query's limit, spread evenly over its range, whatever its order. */
  sampleTraces(tenant: TenantId, query: TraceSampleQuery, options: QueryOptions): Promise<TraceSample>;
  heatmap(tenant: TenantId, query: HeatmapQuery, options: QueryOptions): Promise<Heatmap>;
  /** The first spans that fit, in the order of the query; of copies one. */
  listSpans(tenant: TenantId, query: SpanQuery, options: QueryOptions): Promise<ListedSpans>;
  /** All spans that fit, counted by one of their values. */
  spanGroups(tenant: TenantId, query: SpanGroupsQuery, options: QueryOptions): Promise<SpanGroups>;
  /**
   * Spans that fit, counted by what they are and when they start. Undefined where they differ too much, or have values that only
   * whole spans tell.
   */
  countSpans(tenant: TenantId, query: CountQuery, options: QueryOptions): Promise<readonly SpanCounts[] | undefined>;
  /** How many spans fit at most, as far as that is known without looking at spans. */
  countAtMost(tenant: TenantId, filter: SpanFilter, options: QueryOptions): Promise<number>;
  /** Traces with a span that starts at one of the times, and when: the earliest `limit`. */
  tracesAt(
    tenant: TenantId,
    times: readonly UnixNano[],
    options: QueryOptions & {readonly limit: number},
  ): Promise<SpanStarts>;
  /** In the order of `ids`; what is not there is left out. */
  summaries(tenant: TenantId, ids: readonly TraceId[], options: QueryOptions): Promise<readonly TraceSummary[]>;
  /** What the root span of each trace was answered with; traces of which that is not known are left out. */
  responseStatuses(
    tenant: TenantId,
    ids: readonly TraceId[],
    options: QueryOptions,
  ): Promise<ReadonlyMap<TraceId, ResponseStatus>>;
  /** How many spans of each trace name a parent that has not arrived; traces without such are left out. */
  orphans(tenant: TenantId, ids: readonly TraceId[], options: QueryOptions): Promise<ReadonlyMap<string, number>>;
  /**
   * Every span of the traces, ordered by start time; undefined where there is none. Of more than `maxSpans` spans the
   * earliest are returned. Spans that are equal in everything are one, unless `copies` are wanted. Traces that were found a moment
   * ago are read whole only with the `starts` that came with them.
   */
  traces(
    tenant: TenantId,
    ids: readonly TraceId[],
    options: TracesOptions & {readonly copies?: boolean; readonly starts?: SpanStarts},
  ): Promise<SpanBatch | undefined>;
  /** The columns of a trace that a waterfall needs: far fewer bytes than its spans. Undefined where there is none. */
  outline(tenant: TenantId, id: TraceId, options: TracesOptions): Promise<TraceOutline | undefined>;
  /** The spans of a trace on which every term holds: the earliest `limit`. Undefined where there is no such trace. */
  findInTrace(
    tenant: TenantId,
    id: TraceId,
    terms: readonly FindTerm[],
    options: QueryOptions & {readonly limit: number},
  ): Promise<FoundSpans | undefined>;
  /** The values that an attribute has on spans of a trace, the one of most spans first. Empty where none has it. */
  traceValues(tenant: TenantId, id: TraceId, key: string, options: QueryOptions): Promise<readonly TraceValue[]>;
  /** The log records with the trace's id, by time: the earliest `limit` of the range. */
  traceLogs(
    tenant: TenantId,
    id: TraceId,
    query: TimeRange & {readonly limit: number},
    options: QueryOptions,
  ): Promise<LogLines>;
  /** One span with everything that arrived with it, as the only row of a batch. */
  span(tenant: TenantId, trace: TraceId, span: SpanId, options: QueryOptions): Promise<SpanBatch | undefined>;
}

export interface TracesOptions extends QueryOptions {
  readonly maxSpans: number;
}

export interface CatalogSource {
  services(tenant: TenantId, options: QueryOptions): Promise<readonly {name: string; spans: number}[]>;
  operations(
    tenant: TenantId,
    service: string,
    options: QueryOptions,
  ): Promise<readonly {name: string; kind: SpanKindName; spans: number}[]>;
  attributeKeys(
    tenant: TenantId,
    service: string | undefined,
    options: QueryOptions,
  ): Promise<readonly {key: string; of: 'span' | 'resource'; spans: number}[]>;
  attributeValues(
    tenant: TenantId,
    query: {key: string; service: string | undefined; prefix: string; limit: number},
    options: QueryOptions,
  ): Promise<readonly {value: string; spans: number}[]>;
  /** The keys that attributes of spans and of resources have: in the range, and perhaps some more of the same days. */
  keyNames(
    tenant: TenantId,
    range: {readonly start: UnixNano | undefined; readonly end: UnixNano | undefined},
    options: QueryOptions,
  ): Promise<{readonly span: readonly string[]; readonly resource: readonly string[]}>;
  /**
   * The values of an attribute with their types, in no order: of spans of the range, and perhaps some more of the same days. Not
   * all where only whole spans tell some.
   */
  typedValues(
    tenant: TenantId,
    query: {
      readonly of: 'span' | 'resource';
      readonly key: string;
      readonly start: UnixNano | undefined;
      readonly end: UnixNano | undefined;
      readonly limit: number;
    },
    options: QueryOptions,
  ): Promise<{readonly values: readonly AnyValue[]; readonly isAll: boolean}>;
  /** Those of the keys that may have lists as values on spans, resources or scopes. */
  keysWithLists(tenant: TenantId, keys: readonly string[], options: QueryOptions): Promise<ReadonlySet<string>>;
  /** What contains the text, in any case, the best first. */
  findNames(tenant: TenantId, text: string, options: QueryOptions): Promise<FoundNames>;
  /** Rate, errors and duration (milliseconds) of server and consumer spans, by service. */
  red(
    tenant: TenantId,
    filter: RedFilter,
    options: QueryOptions & {readonly points?: PointTimes | undefined},
  ): Promise<Red>;
  /** Of spans of every kind, by operation, the busiest first. */
  operationsRed(tenant: TenantId, filter: RedFilter, options: QueryOptions): Promise<OperationsRed>;
  /** Of all that the service served (server and consumer spans), or of its spans of the filter's kind. */
  servedRed(tenant: TenantId, filter: RedFilter, options: QueryOptions): Promise<RedFigures>;
  /** The same over time, and of the busiest operations. */
  operationSeries(
    tenant: TenantId,
    filter: RedFilter,
    options: QueryOptions & {readonly points: PointTimes},
  ): Promise<OperationSeries>;
  /** How many requests of each of the busiest operations took how long. */
  operationSteps(tenant: TenantId, filter: RedFilter, options: QueryOptions): Promise<readonly OperationSteps[]>;
  /** When the earliest span of any service started in that time; undefined where there is none. */
  firstStart(tenant: TenantId, range: TimeRange, options: QueryOptions): Promise<UnixNano | undefined>;
  /** Stored spans to stand for what the service served, or for one of its operations. */
  exemplars(
    tenant: TenantId,
    filter: ServiceFilter & {readonly limit: number},
    options: QueryOptions,
  ): Promise<Looked & {readonly exemplars: readonly Exemplar[]}>;
  instances(tenant: TenantId, filter: ServiceFilter, options: QueryOptions): Promise<ServiceInstances>;
  serviceErrors(
    tenant: TenantId,
    filter: ServiceFilter,
    options: QueryOptions & {readonly points?: PointTimes | undefined},
  ): Promise<FoundErrors>;
  statements(tenant: TenantId, filter: ServiceFilter, options: QueryOptions): Promise<FoundStatements>;
  /** Calls, errors and a quantile of the duration over time. */
  callSeries(tenant: TenantId, query: CallSeriesQuery, options: QueryOptions): Promise<readonly CallSeries[]>;
  /** Calls from one service to another, counted by spans whose parent belongs to another service. */
  dependencies(tenant: TenantId, range: TimeRange, options: QueryOptions): Promise<readonly Call[]>;
  /** Edges between services and what they use, with durations; and how whole the traces of each service are. */
  serviceGraph(tenant: TenantId, range: TimeRange, options: QueryOptions): Promise<StoredGraph>;
  /** Services and HTTP routes that metrics or logs know, and spans do not. */
  coverage(tenant: TenantId, range: TimeRange, options: QueryOptions): Promise<Coverage>;
}

export interface SqlSource {
  /** The bytes of the answer, as they come. Rejects with `SqlFault` where the statement is at fault. */
  sql(tenant: TenantId, query: SqlQuery, options: QueryOptions): Promise<Readable>;
}

/** Metrics in OpenTelemetry's terms. */
export interface MetricSource {
  /** Those with points on the days that the range touches. */
  metrics(tenant: TenantId, range: PointRange, options: QueryOptions): Promise<readonly StoredMetric[]>;
  /** Their series, by the metrics' names. */
  metricSeries(
    tenant: TenantId,
    names: readonly string[],
    range: PointRange,
    options: QueryOptions,
  ): Promise<readonly StoredSeries[]>;
  /** By ascending time. */
  metricPoints(tenant: TenantId, query: PointQuery, options: QueryOptions): Promise<readonly StoredPoints[]>;
  /** Of the series, the newest `limit` in the range, by ascending time. */
  metricExemplars(
    tenant: TenantId,
    query: {readonly ids: readonly string[]; readonly range: PointRange; readonly limit: number},
    options: QueryOptions,
  ): Promise<readonly StoredExemplar[]>;
  /** Every resource with points in the range; without times those with points on the days that it touches, which reads no points. */
  metricResources(
    tenant: TenantId,
    query: {readonly range: PointRange; readonly isTimed: boolean},
    options: QueryOptions,
  ): Promise<readonly StoredResource[]>;
}

export interface Source extends TraceSource, CatalogSource, MetricSource, SqlSource {}

/** In words for an operator; both empty when all is well. */
export interface Readiness {
  /** Why data is refused: nothing should be sent here now. */
  readonly reasons: readonly string[];
  /** Problems that do not keep data from being taken: acknowledged data is kept, and found later. */
  readonly degraded: readonly string[];
  readonly startedUnixNano: string;
}

/** Sampling and log levels of a tenant's services: kept by the process around the API. */
export interface SamplingControl {
  /** Of one service, with all of its operations, where it is named. */
  sampling(tenant: TenantId, service?: string): Promise<SamplingResponse>;
  /** Undefined goes back to the configuration. False where there are too many tenants. */
  changeSampling(tenant: TenantId, change: SamplingChange | undefined): Promise<boolean>;
  overrides(tenant: TenantId): Promise<readonly Override[]>;
  /** `until` in milliseconds since 1970. False where there are too many. */
  setOverride(tenant: TenantId, override: NewOverride): Promise<boolean>;
  /** Whether there was one. */
  clearOverride(tenant: TenantId, service: string, what: Override['what']): Promise<boolean>;
  /** Notes that the service has asked. */
  instrumentSettings(tenant: TenantId, service: string): Promise<InstrumentSettings>;
}
export type NewOverride = Pick<Override, 'service' | 'what' | 'value' | 'setBy' | 'note'> & {readonly until: number};

/** Calls that only the process around the API can answer. */
export interface Control extends SamplingControl {
  /** Resolves when everything acknowledged before the call can be queried. */
  flush(): Promise<void>;
  status(): Promise<StatusResponse>;
  readiness(): Promise<Readiness>;
  /** Counters of the threads other than the API's own, for `/metrics`. */
  metrics(): Promise<readonly FamilySnapshot[]>;
  pipeline(): Promise<PipelineResponse>;
  /** Undefined where no component has the key. */
  pipelineComponent(key: string): Promise<PipelineComponentResponse | undefined>;
}
