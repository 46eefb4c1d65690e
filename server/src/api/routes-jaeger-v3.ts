/**
 * The HTTP form of Jaeger's `api_v3.QueryService`, under `/api/v3`: what newer pages of Jaeger call. Traces are OTLP JSON. Facts: `apiv3/http_gateway.go` and `apiv3/query_parser.go` of Jaeger 2.
 */
import {type TenantId, type UnixNano, utf8} from '../base/index.ts';
import {batchBytes, type SpanBatch} from '../model/index.ts';
import {type TraceQuery, traceOrders} from '../query/index.ts';
import {type JaegerTraceSummary, otlp} from '../wire/index.ts';
import {ForeignFailure} from './errors.ts';
import {goBoolean, goDuration, goInteger, JaegerParameterError} from './jaeger-go.ts';
import {otlpParts} from './jaeger-otlp.ts';
import {maximumLimit, readOrder, readTagObject, readTraceId, tagCondition} from './jaeger-parameters.ts';
import {parseMoment, type Query} from './parameters.ts';
import {
  type Answer,
  type Handler,
  json,
  type ParameterDoc,
  pathDocs,
  queryDoc,
  type Route,
  type RouteRequest,
  type Services,
} from './route.ts';
import type {QueryOptions, Source} from './source.ts';

export const jaegerV3Failure = (status: number, message: string): object => ({error: {httpCode: status, message}});

/** Beyond this many spans, the earliest are returned. */
export const maxSpans = 200_000;
export const defaultDepth = 100;

const parameter = (name: string, expected: string, description: string, required = false): ParameterDoc =>
  queryDoc(name, expected, description, {
    required,
    default: name === 'query.searchDepth' ? String(defaultDepth) : name === 'query.order' ? 'newest' : undefined,
  });
const rfc3339 = 'a moment such as 2026-01-02T03:04:05Z';
const rawDoc = (name: string): ParameterDoc =>
  parameter(
    name,
    'true or false',
    'Returns spans as they arrived, without what Jaeger adjusts in their ids and without warnings.',
  );
const searchDocs: readonly ParameterDoc[] = [
  parameter('query.startTimeMin', rfc3339, 'The earliest start of the span.', true),
  parameter('query.startTimeMax', rfc3339, 'The latest start of the span.', true),
  parameter('query.serviceName', 'a text', 'The service of the span.'),
  parameter('query.operationName', 'a text', 'The name of the span.'),
  parameter('query.attributes', 'a JSON object of texts', 'Attributes, all of which fit.'),
  parameter('query.durationMin', 'a duration such as 1.2s', 'The least duration of the span.'),
  parameter('query.durationMax', 'a duration such as 1.2s', 'The greatest duration of the span.'),
  rawDoc('query.rawTraces'),
  parameter('query.searchDepth', 'a whole number', 'How many traces at most (never more than 1,500).'),
  parameter(
    'query.order',
    `one of ${traceOrders.join(', ')}`,
    "Weft's own: which of all stored traces that fit are returned, and the order of summaries.",
  ),
];

export const jaegerV3Routes: readonly Route[] = [
  route('/api/v3/services', 'Names of all services.', [], '`{services}`', async ({tenant, budget}, {source}) =>
    json({services: (await source.services(tenant, {budget})).map(({name}) => name)}),
  ),
  route(
    '/api/v3/operations',
    'Operations of a service.',
    [
      parameter('service', 'a text', 'The name of the service.'),
      parameter('spanKind', 'a span kind', 'Only of this kind.'),
    ],
    '`{operations: [{name, spanKind}]}`',
    operations,
  ),
  route(
    '/api/v3/traces/:trace_id',
    'One trace.',
    [
      ...pathDocs({trace_id: 'The id in hexadecimal or base64.'}),
      parameter('startTime', rfc3339, 'About when it began. Weft finds it without, and returns all of it.'),
      parameter('endTime', rfc3339, 'About when it ended.'),
      rawDoc('rawTraces'),
    ],
    '`{result: {resourceSpans}}`, OTLP JSON',
    trace,
  ),
  route('/api/v3/traces', 'Searches traces.', searchDocs, '`{result: {resourceSpans}}`, OTLP JSON', search),
  route('/api/v3/trace-summaries', 'Searches traces.', searchDocs, '`{summaries}`', summaries),
  route(
    '/api/v3/dependencies',
    'Which service called which, and how often.',
    [
      parameter('startTime', rfc3339, 'The start of the time looked at.', true),
      parameter('endTime', rfc3339, 'Its end.', true),
    ],
    '`{dependencies: [{parent, child, callCount}]}`',
    dependencies,
  ),
];

function route(
  path: string,
  summary: string,
  parameters: readonly ParameterDoc[],
  answer: string,
  handle: Handler,
): Route {
  return {
    method: 'GET',
    path,
    dialect: 'jaeger-v3',
    summary,
    parameters,
    answer,
    async handle(request, services) {
      try {
        return await handle(request, services);
      } catch (error) {
        throw error instanceof JaegerParameterError ? new ForeignFailure(400, error.message) : error;
      }
    },
  };
}

async function operations({tenant, query, budget}: RouteRequest, {source}: Services): Promise<Answer> {
  const kind = get(query, 'spanKind', 'span_kind').text;
  const found = await source.operations(tenant, query.service?.[0] ?? '', {budget});
  return json({
    operations: found
      .filter((operation) => kind === '' || operation.kind === kind)
      .map((operation) => ({
        name: operation.name,
        spanKind: operation.kind === 'unspecified' ? 'internal' : operation.kind,
      })),
  });
}

async function trace({tenant, path, query, budget}: RouteRequest, {source}: Services): Promise<Answer> {
  const id = malformedIn('trace_id', () => readTraceId(path.trace_id as string));
  readMoment(query, 'startTime', 'start_time');
  readMoment(query, 'endTime', 'end_time');
  const raw = readBoolean(query, 'rawTraces', 'raw_traces');
  return tracesAnswer(await source.traces(tenant, [id], {budget, maxSpans}), [id], raw);
}

async function search({tenant, query, budget}: RouteRequest, {source}: Services): Promise<Answer> {
  const {ids, starts} = await source.findTraces(tenant, readQuery(query), {budget});
  const batch = ids.length === 0 ? undefined : await source.traces(tenant, ids, {budget, maxSpans, starts});
  return tracesAnswer(batch, ids, readRaw(query));
}

async function summaries({tenant, query, budget}: RouteRequest, {source}: Services): Promise<Answer> {
  return json({summaries: await traceSummaries(source, tenant, readQuery(query), {budget})});
}

/** Of the traces that fit, as protobuf's JSON has them. */
export async function traceSummaries(
  source: Source,
  tenant: TenantId,
  query: TraceQuery,
  options: QueryOptions,
): Promise<JaegerTraceSummary[]> {
  const {traces: found} = await source.listTraces(tenant, query, options);
  const orphans = await source.orphans(
    tenant,
    found.map(({traceId}) => traceId),
    options,
  );
  return found.map((summary) => ({
    traceId: summary.traceId,
    // Jaeger names a root only where one has arrived.
    ...(summary.rootArrived ? {rootServiceName: summary.rootService, rootOperationName: summary.rootName} : {}),
    minStartTimeUnixNano: summary.start.toString(),
    maxEndTimeUnixNano: (summary.start + summary.durationNano).toString(),
    spanCount: summary.spans,
    ...(summary.errors > 0 ? {errorSpanCount: summary.errors} : {}),
    ...(orphans.has(summary.traceId) ? {orphanSpanCount: orphans.get(summary.traceId) as number} : {}),
    services: summary.services
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({name, spans, errors}) => ({name, spanCount: spans, ...(errors > 0 ? {errorSpanCount: errors} : {})})),
  }));
}

/** A count is a text, as protobuf's JSON has 64-bit numbers. */
async function dependencies({tenant, query, budget}: RouteRequest, {source}: Services): Promise<Answer> {
  const start = readMoment(query, 'startTime', 'start_time');
  const end = readMoment(query, 'endTime', 'end_time');
  if (start === undefined) throw new JaegerParameterError('start_time is required');
  if (end === undefined) throw new JaegerParameterError('end_time is required');
  if (end <= start) throw new JaegerParameterError('end_time must be after start_time');
  const calls = await source.dependencies(tenant, {start, end}, {budget});
  return json({
    dependencies: calls.map((call) => ({parent: call.parent, child: call.child, callCount: String(call.calls)})),
  });
}

function tracesAnswer(batch: SpanBatch | undefined, ids: readonly string[], raw: boolean): Answer {
  if (batch === undefined) throw new ForeignFailure(404, 'No traces found');
  return {kind: 'stream', chunks: otlpPieces(batch, ids, raw), holds: batchBytes(batch)};
}

const piece = 2000;
const open = '{"resourceSpans":[';
const close = ']}';

/** OTLP JSON in pieces of some spans each, so that a large trace is never one text. */
function* otlpPieces(batch: SpanBatch, ids: readonly string[], raw: boolean): Generator<string> {
  yield `{"result":${open}`;
  let separator = '';
  for (const part of otlpParts(batch, ids, {raw, spans: piece})) {
    const text = utf8(otlp.traces.encodeJson(part));
    yield `${separator}${text.slice(open.length, -close.length)}`;
    separator = ',';
  }
  yield `${close}}`;
}

function readQuery(query: Query): TraceQuery {
  const service = get(query, 'query.serviceName', 'query.service_name').text;
  const operation = get(query, 'query.operationName', 'query.operation_name').text;
  const attributes = get(query, 'query.attributes').text;
  const tags = attributes === '' ? {} : malformedIn('query.attributes', () => readTagObject(attributes));
  if (get(query, 'query.filter').text !== '') {
    throw new JaegerParameterError('malformed parameter query.filter: filter expressions are not supported');
  }
  const start = readMoment(query, 'query.startTimeMin', 'query.start_time_min');
  const end = readMoment(query, 'query.startTimeMax', 'query.start_time_max');
  if (start === undefined || end === undefined) {
    throw new JaegerParameterError('query.startTimeMin and query.startTimeMax are required');
  }
  if (start >= end) throw new JaegerParameterError('query.startTimeMin must be before query.startTimeMax');
  const depth = get(query, 'query.searchDepth', 'query.search_depth', 'query.num_traces');
  const limit =
    depth.text === '' ? defaultDepth : Number(malformedIn(depth.name, () => goInteger(depth.text, 64, 'Atoi')));
  readRaw(query);
  return {
    start,
    end,
    service: service || undefined,
    operation: operation || undefined,
    minDurationNano: readDuration(query, 'query.durationMin', 'query.duration_min'),
    maxDurationNano: readDuration(query, 'query.durationMax', 'query.duration_max'),
    conditions: Object.entries(tags).map(([key, value]) => tagCondition(key, value)),
    limit: limit <= 0 ? defaultDepth : Math.min(limit, maximumLimit),
    order: readOrder('query.order', get(query, 'query.order').text),
  };
}

const readRaw = (query: Query): boolean => readBoolean(query, 'query.rawTraces', 'query.raw_traces');

/** The first of the names that is given: later ones are older spellings. */
function get(query: Query, ...names: readonly string[]): {name: string; text: string} {
  const name = names.find((one) => (query[one]?.[0] ?? '') !== '') ?? (names[0] as string);
  return {name, text: query[name]?.[0] ?? ''};
}

function readMoment(query: Query, ...names: readonly string[]): UnixNano | undefined {
  const {name, text} = get(query, ...names);
  if (text === '') return undefined;
  const moment = /^\d+$/.test(text) ? undefined : parseMoment(text);
  if (moment !== undefined) return moment;
  throw new JaegerParameterError(
    `malformed parameter ${name}: parsing time ${JSON.stringify(text)}: expected ${rfc3339}`,
  );
}

function readDuration(query: Query, ...names: readonly string[]): bigint | undefined {
  const {name, text} = get(query, ...names);
  const nanos = text === '' ? 0n : malformedIn(name, () => goDuration(text));
  return nanos > 0n ? nanos : undefined;
}

function readBoolean(query: Query, ...names: readonly string[]): boolean {
  const {name, text} = get(query, ...names);
  return text !== '' && malformedIn(name, () => goBoolean(text));
}

function malformedIn<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof JaegerParameterError
      ? new JaegerParameterError(
          `malformed parameter ${name}: ${error.message.replace(/^malformed 'tags'[^:]*: /, '')}`,
        )
      : error;
  }
}
