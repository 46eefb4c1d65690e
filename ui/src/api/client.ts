/** Weft's own API, typed by the server's contract. Every function throws only RequestError, or the abort it was asked for. */
import type {
  AttributeKeysResponse,
  AttributeValuesResponse,
  CompareResponse,
  ExemplarsResponse,
  ExplainLanguage,
  ExplainResponse,
  ExplainTracesResponse,
  FindResponse,
  MendResponse,
  OperationsRedResponse,
  OperationsResponse,
  Override,
  OverrideChange,
  OverridesResponse,
  PipelineComponentResponse,
  PipelineResponse,
  PropagationResponse,
  ReadyResponse,
  SamplingChange,
  SamplingResponse,
  ServiceChangesResponse,
  ServiceErrorsResponse,
  ServiceGraphResponse,
  ServiceInstancesResponse,
  ServiceStatementsResponse,
  ServicesRedResponse,
  ServicesResponse,
  SpanGroupsResponse,
  SpanListResponse,
  SpanResponse,
  SqlResponse,
  SqlTablesResponse,
  StatusResponse,
  TempoSearchResponse,
  TempoSeriesResponse,
  TempoTagsResponse,
  TempoValuesResponse,
  TraceFindResponse,
  TraceHeatmapResponse,
  TraceLogsResponse,
  TraceResponse,
  TraceSearchResponse,
  TraceStatusesResponse,
  TraceValuesResponse,
} from '@weft/server/api-types';
import {createConnection} from './connection.ts';
import {RequestError, readFailure, readPrometheus, readText} from './failure.ts';
import type {PrometheusAnswer, PrometheusGrid, PrometheusMatrix, PrometheusMetadata} from './prometheus.ts';

const BASE = '/api/weft/v1';
/** What TraceQL is asked by. */
const TEMPO = '/tempo/api';
/** What PromQL is asked by. */
const PROMETHEUS = '/prometheus/api/v1';
/** A request that waits longer than this makes it doubtful whether Weft is there at all. */
const PATIENCE = 6_000;
const PROBE_LIMIT = 5_000;

/** The page has one Weft behind it, and so one connection, which every request below feeds. */
export const connection = createConnection(findWeft);

/** Query parameters; undefined and '' are left out, a list repeats its key. */
export type Parameters = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** What the page of one service asks for, by the path of each. */
export interface ServiceParts {
  readonly 'operations/red': OperationsRedResponse;
  readonly 'service/exemplars': ExemplarsResponse;
  readonly 'service/instances': ServiceInstancesResponse;
  readonly 'service/errors': ServiceErrorsResponse;
  readonly 'service/statements': ServiceStatementsResponse;
  readonly 'service/changes': ServiceChangesResponse;
  readonly 'service-graph': ServiceGraphResponse;
}

export const api = {
  services: (signal: AbortSignal) => get<ServicesResponse>('/services', {}, signal),
  servicesRed: (parameters: Parameters, signal: AbortSignal) =>
    get<ServicesRedResponse>('/services/red', parameters, signal),
  servicePart: <P extends keyof ServiceParts>(part: P, parameters: Parameters, signal: AbortSignal) =>
    get<ServiceParts[P]>(`/${part}`, parameters, signal),
  serviceGraph: (parameters: Parameters, signal: AbortSignal) =>
    get<ServiceGraphResponse>('/service-graph', parameters, signal),
  propagation: (parameters: Parameters, signal: AbortSignal) =>
    get<PropagationResponse>('/propagation', parameters, signal),
  operations: (service: string, signal: AbortSignal) => get<OperationsResponse>('/operations', {service}, signal),
  attributeKeys: (service: string | undefined, signal: AbortSignal) =>
    get<AttributeKeysResponse>('/attributes', {service}, signal),
  attributeValues: (key: string, service: string | undefined, prefix: string, signal: AbortSignal) =>
    get<AttributeValuesResponse>('/attributes/values', {key, service, prefix}, signal),
  /** What is called so: services, operations, attribute keys. */
  find: (text: string, signal: AbortSignal) => get<FindResponse>('/find', {text}, signal),
  traces: (parameters: Parameters, signal: AbortSignal) => get<TraceSearchResponse>('/traces', parameters, signal),
  traceStatuses: (traceIds: readonly string[], signal: AbortSignal) =>
    get<TraceStatusesResponse>('/traces/statuses', {trace: traceIds}, signal),
  heatmap: (parameters: Parameters, signal: AbortSignal) =>
    get<TraceHeatmapResponse>('/traces/heatmap', parameters, signal),
  spans: (parameters: Parameters, signal: AbortSignal) => get<SpanListResponse>('/spans', parameters, signal),
  spanGroups: (parameters: Parameters, signal: AbortSignal) =>
    get<SpanGroupsResponse>('/spans/groups', parameters, signal),
  trace: (traceId: string, signal: AbortSignal) => get<TraceResponse>(tracePath(traceId), {}, signal),
  explain: (traceId: string, language: ExplainLanguage, signal: AbortSignal) =>
    get<ExplainResponse>(`${tracePath(traceId)}/explain`, {language}, signal),
  compare: (traceId: string, parameters: Parameters, signal: AbortSignal) =>
    get<CompareResponse>(`${tracePath(traceId)}/compare`, parameters, signal),
  mend: (parameters: Parameters, signal: AbortSignal) => get<MendResponse>('/mend', parameters, signal),
  explainTraces: (parameters: Parameters, signal: AbortSignal) =>
    get<ExplainTracesResponse>('/explain', parameters, signal),
  span: (traceId: string, spanId: string, signal: AbortSignal) =>
    get<SpanResponse>(`${tracePath(traceId)}/spans/${encodeURIComponent(spanId)}`, {}, signal),
  traceLogs: (traceId: string, signal: AbortSignal) => get<TraceLogsResponse>(`${tracePath(traceId)}/logs`, {}, signal),
  traceValues: (traceId: string, key: string, signal: AbortSignal) =>
    get<TraceValuesResponse>(`${tracePath(traceId)}/values`, {key}, signal),
  findInTrace: (traceId: string, text: string, signal: AbortSignal) =>
    get<TraceFindResponse>(`${tracePath(traceId)}/find`, {text}, signal),
  /** Reads only: sent in the body, since a statement may be longer than an address. */
  sql: (query: string, parameters: Parameters, signal: AbortSignal) =>
    ask<SqlResponse>(`/sql?${writeParameters(parameters)}`, {method: 'POST', body: JSON.stringify({query}), signal}),
  tempoSearch: (parameters: Parameters, signal: AbortSignal) =>
    get<TempoSearchResponse>('/search', parameters, signal, TEMPO),
  tempoSeries: (parameters: Parameters, signal: AbortSignal) =>
    get<TempoSeriesResponse>('/metrics/query_range', parameters, signal, TEMPO),
  tempoTags: (signal: AbortSignal) => get<TempoTagsResponse>('/v2/search/tags', {}, signal, TEMPO),
  /** `tag` as it stands in a query: its slashes too. */
  tempoValues: (tag: string, parameters: Parameters, signal: AbortSignal) =>
    get<TempoValuesResponse>(
      `/v2/search/tag/${tag.split('/').map(encodeURIComponent).join('/')}/values`,
      parameters,
      signal,
      TEMPO,
    ),
  /** In the body, since a query may be longer than an address. */
  metricsOverTime: (query: string, {start, end, step}: PrometheusGrid, signal: AbortSignal) => {
    const body = new URLSearchParams({query, start: `${start}`, end: `${end}`, step: `${step}`});
    return ask<PrometheusAnswer<PrometheusMatrix>>('/query_range', {method: 'POST', body, signal}, PROMETHEUS);
  },
  metrics: (signal: AbortSignal) => get<PrometheusAnswer<PrometheusMetadata>>('/metadata', {}, signal, PROMETHEUS),
  metricNames: (parameters: Parameters, signal: AbortSignal) =>
    get<PrometheusAnswer<readonly string[]>>('/label/__name__/values', parameters, signal, PROMETHEUS),
  metricLabels: (parameters: Parameters, signal: AbortSignal) =>
    get<PrometheusAnswer<readonly string[]>>('/labels', parameters, signal, PROMETHEUS),
  metricLabelValues: (label: string, parameters: Parameters, signal: AbortSignal) =>
    get<PrometheusAnswer<readonly string[]>>(
      `/label/${encodeURIComponent(label)}/values`,
      parameters,
      signal,
      PROMETHEUS,
    ),
  sqlTables: (signal: AbortSignal) => get<SqlTablesResponse>('/sql/tables', {}, signal),
  status: (signal: AbortSignal) => get<StatusResponse>('/status', {}, signal),
  pipeline: (signal: AbortSignal) => get<PipelineResponse>('/pipeline', {}, signal),
  pipelineComponent: (key: string, signal: AbortSignal) =>
    get<PipelineComponentResponse>('/pipeline/component', {key}, signal),
  sampling: (signal: AbortSignal) => get<SamplingResponse>('/sampling', {}, signal),
  /** Everything that `change` does not name stays as it is. */
  changeSampling: (change: SamplingChange) => send<SamplingResponse>('PUT', '/sampling', change),
  /** Mode, budget and probability as the configuration says. */
  resetSampling: () => send<SamplingResponse>('DELETE', '/sampling'),
  /** `service` is `*` for every service. */
  setOverride: (service: string, change: OverrideChange) =>
    send<OverridesResponse>('PUT', overridePath(service), change),
  endOverride: (service: string, what: Override['what']) =>
    send<OverridesResponse>('DELETE', `${overridePath(service)}?what=${what}`),
};

/** An id comes from an address that anybody may have written. */
const tracePath = (traceId: string): string => `/traces/${encodeURIComponent(traceId)}`;

const overridePath = (service: string): string => `/instrument/overrides/${encodeURIComponent(service)}`;

function get<T>(path: string, parameters: Parameters, signal: AbortSignal, base = BASE): Promise<T> {
  const query = writeParameters(parameters);
  return ask(`${path}${query === '' ? '' : `?${query}`}`, {signal}, base);
}

/** A change runs to its end, whoever has stopped waiting for it. */
function send<T>(method: 'PUT' | 'DELETE', path: string, body?: object): Promise<T> {
  return ask(
    path,
    body === undefined ? {method} : {method, body: JSON.stringify(body), headers: {'content-type': 'application/json'}},
  );
}

async function ask<T>(path: string, request: RequestInit, base = BASE): Promise<T> {
  // While Weft is gone, only the connection's own attempts go out. A change is always tried: its reader waits for the outcome.
  if (connection.state().kind === 'gone' && request.method === undefined)
    throw new RequestError({kind: 'unreachable', message: 'Weft does not answer.'});
  const patience = setTimeout(() => void connection.doubt(), PATIENCE);
  try {
    return await askOnce<T>(base + path, request);
  } catch (error) {
    if (error instanceof RequestError && error.failure.kind !== 'refused' && error.failure.kind !== 'long')
      void connection.doubt();
    throw error;
  } finally {
    clearTimeout(patience);
  }
}

async function askOnce<T>(path: string, request: RequestInit): Promise<T> {
  let response: Response;
  let body: string;
  try {
    response = await fetch(path, {...request, headers: {accept: 'application/json', ...request.headers}});
    body = await response.text();
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw new RequestError({kind: 'unreachable', message: error instanceof Error ? error.message : String(error)});
  }
  if (!response.ok) {
    const failure = path.startsWith(TEMPO)
      ? readText(response, body)
      : path.startsWith(PROMETHEUS)
        ? readPrometheus(response.status, body)
        : readFailure(response.status, body);
    if (failure.kind === 'refused') connection.answered();
    throw new RequestError(failure);
  }
  let answer: T;
  try {
    answer = JSON.parse(body) as T;
  } catch {
    throw new RequestError({kind: 'foreign', status: response.status, message: body.slice(0, 300)});
  }
  connection.answered();
  return answer;
}

/** Whether Weft, and not only a proxy before it, answers: also that it is not ready is an answer. */
async function findWeft(): Promise<{readonly started: string} | undefined> {
  try {
    const response = await fetch('/ready', {cache: 'no-store', signal: AbortSignal.timeout(PROBE_LIMIT)});
    const answer = (await response.json()) as Partial<ReadyResponse>;
    return answer.ready === undefined ? undefined : {started: answer.startedUnixNano ?? ''};
  } catch {
    return undefined;
  }
}

export function writeParameters(parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== '') query.append(key, String(one));
    }
  }
  return query.toString();
}
