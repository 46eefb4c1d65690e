/**
 * Jaeger's HTTP query API under `/api`, as its own query service answers: what Jaeger's page, Grafana's Jaeger data source and
 * scripts call. Facts: `http_handler.go` and `query_parser.go` of Jaeger up to 2.20.
 */

import {MalformedError} from '../base/index.ts';
import {batchBytes, type SpanBatch} from '../model/index.ts';
import {traceOrders} from '../query/index.ts';
import {otlp} from '../wire/index.ts';
import {ForeignFailure} from './errors.ts';
import {JaegerParameterError} from './jaeger-go.ts';
import {readDependencies, readSearch, readTraceRequest} from './jaeger-parameters.ts';
import {jaegerTraces, rowsByTrace, shortTraceId} from './jaeger-trace.ts';
import type {Query} from './parameters.ts';
import {
  type Answer,
  json,
  type ParameterDoc,
  pathDocs,
  queryDoc,
  type Route,
  type RouteRequest,
  type Services,
} from './route.ts';
import {
  jaegerMetrics,
  metricAnswer,
  metricHandler,
  metricParameters,
  metricSummary,
  minStep,
} from './routes-jaeger-metrics.ts';

/** The envelope of every answer. */
export interface JaegerResponse {
  readonly data: unknown;
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
  readonly errors: readonly JaegerError[] | null;
}
export interface JaegerError {
  readonly code?: number;
  readonly msg: string;
  readonly traceID?: string;
}

export const jaegerFailure = (status: number, message: string): JaegerResponse => ({
  data: null,
  total: 0,
  limit: 0,
  offset: 0,
  errors: [{code: status, msg: message}],
});

const envelope = (data: unknown, total = 0): JaegerResponse => ({data, total, limit: 0, offset: 0, errors: null});

/** Spans in one answer: beyond, the earliest are shown, with a warning. */
export const maxSpans = 300_000;

const pretty = queryDoc('prettyPrint', 'true or false', 'Indents the answer.', {default: 'false'});
const raw = queryDoc('raw', 'true or false', 'Leaves out what Jaeger adjusts in a trace before it shows it.', {
  default: 'false',
});
const microseconds = 'microseconds since 1970';
const milliseconds = 'milliseconds';

export const jaegerRoutes: readonly Route[] = [
  route('GET', '/api/services', 'Names of all services.', [pretty], 'a list of texts in `data`', services),
  route(
    'GET',
    '/api/services/:service/operations',
    'Names of the operations of a service.',
    [...pathDocs({service: 'The name of the service.'}), pretty],
    'a list of texts in `data`',
    operationNames,
  ),
  route(
    'GET',
    '/api/operations',
    'Operations of a service with their span kinds.',
    [
      queryDoc('service', 'a text', 'The name of the service.', {required: true}),
      queryDoc('spanKind', 'internal, server, client, producer or consumer', 'Only operations of this kind.'),
      pretty,
    ],
    'a list of `{name, spanKind}` in `data`',
    operations,
  ),
  route(
    'GET',
    '/api/traces',
    'Searches traces, or returns those whose ids are given. A trace is found when one span fits everything.',
    [
      queryDoc('service', 'a text', 'The service of the span. Required unless ids are given.'),
      queryDoc('operation', 'a text', 'The name of the span.'),
      queryDoc(
        'tags',
        'a JSON object of texts',
        'Attributes of the span, its resource, its scope, its events or its links, all of which fit.',
        {
          repeatable: true,
        },
      ),
      queryDoc('tag', 'key:value', 'One such attribute.', {repeatable: true}),
      queryDoc('start', microseconds, 'The earliest start of the span.', {default: '48 hours ago'}),
      queryDoc('end', microseconds, 'The latest start of the span.', {default: 'now'}),
      queryDoc('lookback', 'a duration such as 1h or 2d', 'How far before `end` to look, where `start` is not given.'),
      queryDoc('minDuration', 'a duration such as 1.2s or 100ms', 'The least duration of the span.'),
      queryDoc('maxDuration', 'a duration such as 1.2s or 100ms', 'The greatest duration of the span.'),
      queryDoc('limit', 'a whole number', 'How many traces at most (never more than 1,500).', {default: '100'}),
      queryDoc(
        'order',
        `one of ${traceOrders.join(', ')}`,
        "Weft's own: which of all stored traces that fit come first. Jaeger's page orders only what it got.",
        {default: 'newest'},
      ),
      queryDoc('traceID', 'a trace id', 'Returns this trace instead of searching.', {repeatable: true}),
      raw,
      pretty,
    ],
    'a list of traces in `data`; ids that were not found in `errors`',
    search,
  ),
  route(
    'GET',
    '/api/traces/:traceID',
    'One trace.',
    [
      ...pathDocs({traceID: 'The id in hexadecimal (leading zeros may be left out) or base64.'}),
      queryDoc('start', microseconds, 'About when the trace began. Weft finds it without, and shows all of it.'),
      queryDoc('end', microseconds, 'About when it ended.'),
      raw,
      pretty,
    ],
    'a list of one trace in `data`; 404 where there is none',
    trace,
  ),
  route(
    'POST',
    '/api/archive/:traceID',
    "Jaeger's archive, which Weft has no need of: what stays is decided by keep rules.",
    pathDocs({traceID: 'The id of the trace.'}),
    'status 500, as Jaeger answers without an archive',
    archive,
  ),
  {
    ...route(
      'POST',
      '/api/transform',
      "Turns OTLP JSON into Jaeger's: what Jaeger's page asks when a file is dropped on it.",
      [pretty],
      'a list of traces in `data`',
      transform,
    ),
    maxBodyBytes: 16 * 1024 * 1024,
  },
  route(
    'GET',
    '/api/dependencies',
    'Which service called which, and how often.',
    [
      queryDoc('endTs', `${milliseconds} since 1970`, 'The end of the time looked at.', {default: 'now'}),
      queryDoc('lookback', milliseconds, 'The length of the time looked at.', {default: '86400000 (a day)'}),
      queryDoc('service', 'a text', 'Only calls from or to this service.'),
      pretty,
    ],
    'a list of `{parent, child, callCount}` in `data`',
    dependencies,
  ),
  ...jaegerMetrics.map((metric) =>
    route(
      'GET',
      `/api/metrics/${metric}`,
      metricSummary(metric),
      [...metricParameters(metric), pretty],
      metricAnswer,
      metricHandler(metric),
    ),
  ),
  route(
    'GET',
    '/api/metrics/minstep',
    'The shortest `step` of the routes beside it.',
    [pretty],
    'milliseconds in `data`',
    minStep,
  ),
];

function route(
  method: Route['method'],
  path: string,
  summary: string,
  parameters: readonly ParameterDoc[],
  answer: string,
  handle: (request: RouteRequest, services: Services) => Promise<Answer>,
): Route {
  return {
    method,
    path,
    dialect: 'jaeger',
    summary,
    parameters,
    answer,
    async handle(request, services) {
      try {
        const given = await handle(request, services);
        return prettyPrinted(request.query) ? indented(given) : given;
      } catch (error) {
        throw error instanceof JaegerParameterError ? new ForeignFailure(400, error.message) : error;
      }
    },
  };
}

async function services({tenant, budget}: RouteRequest, {source}: Services): Promise<Answer> {
  const names = (await source.services(tenant, {budget})).map(({name}) => name);
  return json(envelope(names, names.length));
}

async function operationNames({tenant, path, budget}: RouteRequest, {source}: Services): Promise<Answer> {
  const found = await source.operations(tenant, path.service as string, {budget});
  const names = [...new Set(found.map(({name}) => name))];
  // Jaeger's own answer for an unknown service.
  return json(envelope(names.length === 0 ? null : names, names.length));
}

async function operations({tenant, query, budget}: RouteRequest, {source}: Services): Promise<Answer> {
  const service = query.service?.[0] ?? '';
  const kind = query.spanKind?.[0] ?? '';
  if (service === '') throw new JaegerParameterError("parameter 'service' is required");
  const found = (await source.operations(tenant, service, {budget}))
    .map((operation) => ({name: operation.name, spanKind: operation.kind === 'unspecified' ? '' : operation.kind}))
    .filter(({spanKind}) => kind === '' || spanKind === kind);
  return json(envelope(found, found.length));
}

async function search({tenant, query, budget}: RouteRequest, {source, clock}: Services): Promise<Answer> {
  const wanted = readSearch(query, clock.now());
  const given = [...new Set(wanted.traceIds)];
  const {ids, starts} =
    given.length > 0 ? {ids: given, starts: new Map()} : await source.findTraces(tenant, wanted.query, {budget});
  const batch =
    ids.length === 0 ? undefined : await source.traces(tenant, ids, {budget, maxSpans, copies: true, starts});
  const found = batch === undefined ? undefined : rowsByTrace(batch);
  const missing = given.filter((id) => !found?.has(id));
  const errors = missing.map((id) => ({msg: 'trace not found', traceID: shortTraceId(id)}));
  return {
    kind: 'stream',
    chunks: traceList(batch, ids, wanted.raw, errors),
    holds: batch === undefined ? 0 : batchBytes(batch),
  };
}

async function trace({tenant, path, query, budget}: RouteRequest, {source}: Services): Promise<Answer> {
  const {traceId, raw: rawTrace} = readTraceRequest(path.traceID as string, query);
  const batch = await source.traces(tenant, [traceId], {budget, maxSpans, copies: true});
  if (batch === undefined) throw new ForeignFailure(404, 'trace not found');
  return {kind: 'stream', chunks: traceList(batch, [traceId], rawTrace, []), holds: batchBytes(batch)};
}

async function archive({path, query}: RouteRequest): Promise<Answer> {
  readTraceRequest(path.traceID as string, query);
  throw new ForeignFailure(500, 'archive span storage was not configured');
}

async function transform({body}: RouteRequest): Promise<Answer> {
  try {
    const {batch} = otlp.traces.decodeJson(body);
    return {kind: 'stream', chunks: traceList(batch, rowsByTrace(batch).keys(), true, []), holds: batchBytes(batch)};
  } catch (error) {
    if (error instanceof MalformedError) throw new JaegerParameterError(`cannot unmarshal OTLP : ${error.message}`);
    throw error;
  }
}

async function dependencies({tenant, query, budget}: RouteRequest, {source, clock}: Services): Promise<Answer> {
  const range = readDependencies(query, clock.now());
  const service = query.service?.[0] ?? '';
  const calls = await source.dependencies(tenant, range, {budget});
  const links = calls
    .filter(({parent, child}) => service === '' || parent === service || child === service)
    .map((call) => ({parent: call.parent, child: call.child, callCount: call.calls}));
  return json(envelope(links));
}

function* traceList(
  batch: SpanBatch | undefined,
  ids: Iterable<string>,
  rawTraces: boolean,
  errors: readonly JaegerError[],
): Generator<string> {
  yield '{"data":[';
  if (batch !== undefined) {
    const cut = batch.spans.count >= maxSpans;
    const warnings = cut ? [`There are more spans than Weft returns at once: these are the earliest ${maxSpans}.`] : [];
    yield* jaegerTraces(batch, ids, {raw: rawTraces, warnings});
  }
  yield `],"total":0,"limit":0,"offset":0,"errors":${errors.length === 0 ? 'null' : JSON.stringify(errors)}}`;
}

const prettyPrinted = (query: Query): boolean => !['', 'false'].includes(query.prettyPrint?.[0] ?? '');

/** For people who read JSON: the one place where an answer lies in memory whole. */
function indented(answer: Answer): Answer {
  const value =
    answer.kind === 'stream' ? JSON.parse([...answer.chunks].join('')) : answer.kind === 'json' ? answer.value : '';
  return {kind: 'text', text: JSON.stringify(value, undefined, 4), type: 'application/json; charset=utf-8'};
}
