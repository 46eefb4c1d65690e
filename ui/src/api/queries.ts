/** The page's questions, each with how long its answer stays good. */
import {keepPreviousData, queryOptions} from '@tanstack/react-query';
import type {ExplainLanguage, TraceResponse} from '@weft/server/api-types';
import {api, type Parameters, type ServiceParts} from './client.ts';
import type {PrometheusGrid} from './prometheus.ts';
import {isSameTrace, mayGrow} from './trace-growth.ts';

const MINUTE = 60_000;
type Bounds = Pick<PrometheusGrid, 'start' | 'end'>;

export const queries = {
  services: () =>
    queryOptions({queryKey: ['services'], queryFn: ({signal}) => api.services(signal), staleTime: 15_000}),
  operations: (service: string) =>
    queryOptions({
      queryKey: ['operations', service],
      queryFn: ({signal}) => api.operations(service, signal),
      staleTime: 30_000,
    }),
  attributeKeys: (service: string | undefined) =>
    queryOptions({
      queryKey: ['attributes', service],
      queryFn: ({signal}) => api.attributeKeys(service, signal),
      staleTime: MINUTE,
    }),
  attributeValues: (key: string, service: string | undefined, prefix: string) =>
    queryOptions({
      queryKey: ['attribute-values', key, service, prefix],
      queryFn: ({signal}) => api.attributeValues(key, service, prefix, signal),
      staleTime: MINUTE,
      placeholderData: keepPreviousData,
    }),
  find: (text: string) =>
    queryOptions({
      queryKey: ['find', text],
      queryFn: ({signal}) => api.find(text, signal),
      staleTime: MINUTE,
      placeholderData: keepPreviousData,
    }),
  /** Spans of a young trace may still be on their way; what comes back the same is the same object, laid out once. */
  trace: (traceId: string) =>
    queryOptions({
      queryKey: ['trace', traceId],
      queryFn: ({signal}) => api.trace(traceId, signal),
      staleTime: MINUTE,
      gcTime: 2 * MINUTE,
      refetchInterval: (query) =>
        query.state.data !== undefined && mayGrow(query.state.data, Date.now()) ? 3_000 : false,
      structuralSharing: (before, now) =>
        isSameTrace(before as TraceResponse | undefined, now as TraceResponse) ? before : now,
    }),
  /** `spans`: how many the trace had, since one that grows is explained again; until then what was said stays. */
  explain: (traceId: string, language: ExplainLanguage, spans: number) =>
    queryOptions({
      queryKey: ['explain', traceId, language, spans],
      queryFn: ({signal}) => api.explain(traceId, language, signal),
      placeholderData: (before, query) => (query?.queryKey[1] === traceId ? before : undefined),
      staleTime: MINUTE,
      gcTime: MINUTE,
      retry: false,
    }),
  compare: (
    traceId: string,
    parameters: {readonly with: string; readonly hours?: number | undefined; readonly language: ExplainLanguage},
  ) =>
    queryOptions({
      queryKey: ['compare', traceId, parameters],
      queryFn: ({signal}) => api.compare(traceId, parameters, signal),
      staleTime: MINUTE,
      gcTime: MINUTE,
      retry: false,
    }),
  mend: (parameters: Parameters) =>
    queryOptions({
      queryKey: ['mend', parameters],
      queryFn: ({signal}) => api.mend(parameters, signal),
      staleTime: MINUTE,
      gcTime: MINUTE,
      retry: false,
    }),
  /** `parameters` as for `traces`: an answer stays until something else is asked. */
  explainTraces: (key: unknown, parameters: () => Parameters) =>
    queryOptions({
      queryKey: ['explain-traces', key],
      queryFn: ({signal}) => api.explainTraces(parameters(), signal),
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 10 * MINUTE,
      retry: false,
    }),
  /** `spans`: how many the trace had, since one that grows is looked through again. */
  findInTrace: (traceId: string, text: string, spans: number) =>
    queryOptions({
      queryKey: ['find-in-trace', traceId, text, spans],
      queryFn: ({signal}) => api.findInTrace(traceId, text, signal),
      staleTime: MINUTE,
      gcTime: MINUTE,
    }),
  /** As for `findInTrace`. Loggers send later than tracers: what a young trace has is asked again. */
  traceLogs: (traceId: string, spans: number, young: boolean) =>
    queryOptions({
      queryKey: ['trace-logs', traceId, spans],
      queryFn: ({signal}) => api.traceLogs(traceId, signal),
      placeholderData: (before, query) => (query?.queryKey[1] === traceId ? before : undefined),
      staleTime: MINUTE,
      gcTime: MINUTE,
      refetchInterval: young ? 5_000 : false,
    }),
  /** As for `findInTrace`. */
  traceValues: (traceId: string, key: string, spans: number) =>
    queryOptions({
      queryKey: ['trace-values', traceId, key, spans],
      queryFn: ({signal}) => api.traceValues(traceId, key, signal),
      staleTime: MINUTE,
      gcTime: MINUTE,
    }),
  /** `range`: what the time is called, so that the same question has the same answer until it is asked again. */
  sql: (statement: string, range: object, bounds: () => {readonly start: string; readonly end: string}) =>
    queryOptions({
      queryKey: ['sql', statement, range],
      queryFn: ({signal}) => api.sql(statement, bounds(), signal),
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: MINUTE,
      retry: false,
      structuralSharing: false,
    }),
  /** As for `sql`. Spans, their traces and their groups come with one answer. */
  tempoSearch: (key: readonly unknown[], parameters: () => Parameters) =>
    queryOptions({
      queryKey: ['tempo-search', ...key],
      queryFn: ({signal}) => api.tempoSearch(parameters(), signal),
      placeholderData: keepPreviousData,
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 5 * MINUTE,
    }),
  tempoSeries: (key: readonly unknown[], parameters: () => Parameters) =>
    queryOptions({
      queryKey: ['tempo-series', ...key],
      queryFn: ({signal}) => api.tempoSeries(parameters(), signal),
      placeholderData: keepPreviousData,
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 5 * MINUTE,
    }),
  tempoTags: () =>
    queryOptions({queryKey: ['tempo-tags'], queryFn: ({signal}) => api.tempoTags(signal), staleTime: MINUTE}),
  /** `where`: the part of the query that is finished. */
  tempoValues: (tag: string, where: string) =>
    queryOptions({
      queryKey: ['tempo-values', tag, where],
      queryFn: ({signal}) => api.tempoValues(tag, {q: where}, signal),
      staleTime: MINUTE,
    }),
  /** `range` as for `sql`. The answer comes with the moments it was asked for. */
  metricsOverTime: (query: string, range: object, gridNow: () => PrometheusGrid) =>
    queryOptions({
      queryKey: ['metrics-over-time', query, range],
      queryFn: async ({signal}) => {
        const grid = gridNow();
        return {grid, ...(await api.metricsOverTime(query, grid, signal))};
      },
      placeholderData: keepPreviousData,
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: MINUTE,
      retry: false,
      structuralSharing: false,
    }),
  metrics: () => queryOptions({queryKey: ['metrics'], queryFn: ({signal}) => api.metrics(signal), staleTime: MINUTE}),
  /** `range` as for `sql`; `bounds` are seconds since 1970. */
  metricNames: (range: object, bounds: () => Bounds) =>
    queryOptions({
      queryKey: ['metric-names', range],
      queryFn: ({signal}) => api.metricNames(bounds(), signal),
      staleTime: MINUTE,
    }),
  /** `selector`: of which series; undefined for all. */
  metricLabels: (selector: string | undefined, range: object, bounds: () => Bounds) =>
    queryOptions({
      queryKey: ['metric-labels', selector, range],
      queryFn: ({signal}) => api.metricLabels({'match[]': selector, ...bounds()}, signal),
      staleTime: MINUTE,
    }),
  metricLabelValues: (label: string, selector: string | undefined, range: object, bounds: () => Bounds) =>
    queryOptions({
      queryKey: ['metric-label-values', label, selector, range],
      queryFn: ({signal}) => api.metricLabelValues(label, {'match[]': selector, ...bounds()}, signal),
      staleTime: MINUTE,
    }),
  sqlTables: () =>
    queryOptions({
      queryKey: ['sql-tables'],
      queryFn: ({signal}) => api.sqlTables(signal),
      staleTime: Number.POSITIVE_INFINITY,
    }),
  span: (traceId: string, spanId: string) =>
    queryOptions({
      queryKey: ['span', traceId, spanId],
      queryFn: ({signal}) => api.span(traceId, spanId, signal),
      staleTime: 10 * MINUTE,
    }),
  status: () => queryOptions({queryKey: ['status'], queryFn: ({signal}) => api.status(signal), refetchInterval: 5_000}),
  pipeline: () =>
    queryOptions({queryKey: ['pipeline'], queryFn: ({signal}) => api.pipeline(signal), refetchInterval: 2_000}),
  /** `loaded`: when the configuration was loaded, since another one may say something else of the same component. */
  pipelineComponent: (key: string, loaded: string) =>
    queryOptions({
      queryKey: ['pipeline-component', key, loaded],
      queryFn: ({signal}) => api.pipelineComponent(key, signal),
      staleTime: 10 * MINUTE,
    }),
  sampling: () =>
    queryOptions({queryKey: ['sampling'], queryFn: ({signal}) => api.sampling(signal), refetchInterval: 5_000}),
  /**
   * `parameters` is called at each request, so that "the last 15 minutes" ends now. An answer stays until it is asked for again:
   * whoever goes back to the same `key` finds what was there, until the caller removes it from the cache.
   */
  traces: (key: unknown, parameters: () => Parameters) =>
    queryOptions({
      queryKey: ['traces', key],
      queryFn: ({signal}) => api.traces(parameters(), signal),
      placeholderData: keepPreviousData,
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: Number.POSITIVE_INFINITY,
    }),
  traceStatuses: (traceIds: readonly string[]) =>
    queryOptions({
      queryKey: ['trace-statuses', traceIds],
      queryFn: ({signal}) => api.traceStatuses(traceIds, signal),
      placeholderData: keepPreviousData,
      staleTime: Number.POSITIVE_INFINITY,
    }),
  heatmap: (key: unknown, parameters: () => Parameters) =>
    queryOptions({
      queryKey: ['heatmap', key],
      queryFn: ({signal}) => api.heatmap(parameters(), signal),
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: Number.POSITIVE_INFINITY,
    }),
  spans: (key: unknown, parameters: () => Parameters) =>
    queryOptions({
      queryKey: ['spans', key],
      queryFn: ({signal}) => api.spans(parameters(), signal),
      placeholderData: keepPreviousData,
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: Number.POSITIVE_INFINITY,
    }),
  spanGroups: (key: unknown, parameters: () => Parameters) =>
    queryOptions({
      queryKey: ['span-groups', key],
      queryFn: ({signal}) => api.spanGroups(parameters(), signal),
      placeholderData: keepPreviousData,
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: Number.POSITIVE_INFINITY,
    }),
  /** `of`: the service and what of it; an answer to the same in another time may stand in until this one has come. */
  servicePart: <P extends keyof ServiceParts>(part: P, of: string, time: object, parameters: () => Parameters) =>
    queryOptions({
      queryKey: ['service-part', part, of, time],
      queryFn: ({signal}) => api.servicePart(part, parameters(), signal),
      placeholderData: (before, query) => (query?.queryKey[2] === of ? before : undefined),
      staleTime: 10_000,
      gcTime: 2 * MINUTE,
    }),
  serviceGraph: (key: unknown, parameters: () => Parameters) =>
    queryOptions({
      queryKey: ['service-graph', key],
      queryFn: ({signal}) => api.serviceGraph(parameters(), signal),
      placeholderData: keepPreviousData,
    }),
  propagation: (key: unknown, parameters: () => Parameters) =>
    queryOptions({
      queryKey: ['propagation', key],
      queryFn: ({signal}) => api.propagation(parameters(), signal),
      placeholderData: keepPreviousData,
    }),
  servicesRed: (key: unknown, parameters: () => Parameters) =>
    queryOptions({
      queryKey: ['services-red', key],
      queryFn: ({signal}) => api.servicesRed(parameters(), signal),
      placeholderData: keepPreviousData,
    }),
};
