/**
 * Tempo's query API under `/tempo`, for Grafana's Tempo data source. Facts: `pkg/api`, `modules/frontend` and `tempo.proto` of Tempo,
 * and the requests of Grafana's data source (`pkg/tempo`, `src/language_provider.ts` of its repository).
 */
import {parseTraceId, type TraceId, unixNanoFromMillis} from '../base/index.ts';
import {ProtoWriter, type SpanBatch} from '../model/index.ts';
import {finishedPart} from '../traceql/index.ts';
import {otlp} from '../wire/index.ts';
import {ForeignFailure} from './errors.ts';
import {readLogfmt} from './logfmt.ts';
import {first} from './parameters.ts';
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
import {resourceSpansJson} from './tempo-json.ts';
import {queryInstant, querySeries, readInstantRange, readSeriesRange} from './tempo-metrics.ts';
import {invalid, readCount, readDuration, readMetricsQuery, readSearchRange, readSpansetQuery} from './tempo-query.ts';
import {searchTraces, tagsQuery} from './tempo-search.ts';
import {tagNames, tagScopes, tagValues} from './tempo-tags.ts';

/** Of a trace that has more the earliest are given, and the answer says so. */
const maxSpans = 200_000;
const maxLimit = 1000;
const maxSpansOfSet = 100;

/** The version of Tempo whose API this is: Grafana asks older ones differently. */
const tempoVersion = '2.9.0';

const doc = (name: string, expected: string, description: string, fallback?: string): ParameterDoc =>
  queryDoc(name, expected, description, {default: fallback});
const moment = 'seconds or nanoseconds since 1970, or RFC 3339';
const times = [
  doc('start', moment, 'Spans that start from here on.'),
  doc('end', moment, 'Spans that start until here.'),
];
const metricsTimes = [
  doc('start', moment, 'The start of the range.', '`since` before the end'),
  doc('end', moment, 'The end of the range, at most 24 hours after its start.', 'now'),
  doc('since', 'a duration', 'How long before the end the range starts.', '1h'),
];
const spansetDoc = doc('q', 'a TraceQL query', 'Which traces.', '{}');
const metricsDocs = [
  {
    ...doc('q', 'a TraceQL query', 'A function over time, such as `{ } | rate()`; also called `query`.'),
    required: true,
  },
  ...metricsTimes,
];
const scopeDoc = doc('scope', `one of ${tagScopes.join(', ')}`, 'Of which scope.', 'none: all of them');

const limitDoc = doc('limit', 'a whole number', 'How many at most, of names in each scope.', 'all that there are');

export const tempoRoutes: readonly Route[] = [
  route('/echo', 'Answers `echo`: what Grafana asks to see whether the address is right.', [], 'a text', async () => ({
    kind: 'text',
    text: 'echo',
    type: 'text/plain; charset=utf-8',
  })),
  route('/status/buildinfo', 'The version of Tempo whose API this is.', [], 'an object', async () =>
    json({version: tempoVersion, revision: '', branch: '', buildUser: '', buildDate: '', goVersion: ''}),
  ),
  route(
    '/search',
    'Traces that fit a query, the newest first, with some of the spans that fit.',
    [
      spansetDoc,
      doc('tags', '`key=value` pairs in logfmt', 'The form of search before TraceQL; not together with `q`.'),
      doc('minDuration', 'a duration', 'The least duration of the trace; with `tags`.'),
      doc('maxDuration', 'a duration', 'The greatest duration of the trace; with `tags`.'),
      doc('limit', 'a whole number', `How many traces at most, never more than ${maxLimit}.`, '20'),
      doc('spss', 'a whole number', `How many spans are shown of each set, never more than ${maxSpansOfSet}.`, '3'),
      ...times,
    ],
    '`SearchResponse` of `tempo.proto`',
    search,
  ),
  traceRoute(
    '/traces/:traceId',
    'One trace, version 1.',
    '404 where there is none; `{"batches": […]}`, or `Trace` in protobuf',
    traceV1,
  ),
  traceRoute(
    '/v2/traces/:traceId',
    'One trace, version 2.',
    '`TraceByIDResponse` of `tempo.proto`, with an empty trace where there is none',
    traceV2,
  ),
  route(
    '/search/tags',
    'Names of attributes and intrinsics.',
    [scopeDoc, limitDoc, ...times],
    '`{"tagNames": […]}`',
    tagsV1,
  ),
  route(
    '/v2/search/tags',
    'The same by scope.',
    [scopeDoc, limitDoc, ...times],
    '`{"scopes": [{"name", "tags"}]}`',
    tagsV2,
  ),
  route(
    '/search/tag/*',
    'Values of the tag NAME; asked as `/tempo/api/search/tag/NAME/values`.',
    [limitDoc, ...times],
    '`{"tagValues": […]}`',
    valuesV1,
  ),
  route(
    '/v2/search/tag/*',
    'Values of the tag NAME with their types; asked as `/tempo/api/v2/search/tag/NAME/values`.',
    [
      doc('q', 'a TraceQL query', 'Only values of spans that fit; one that is not finished is left out.'),
      limitDoc,
      ...times,
    ],
    '`{"tagValues": [{"type", "value"}]}`',
    valuesV2,
  ),
  route(
    '/metrics/query_range',
    'Series over time.',
    [
      ...metricsDocs,
      doc(
        'step',
        'seconds, or a duration',
        'The length of an interval; the range has at most 10,000 of them.',
        'about 240 intervals',
      ),
      doc('exemplars', 'a whole number', 'How many spans are named as examples, never more than 100.', '100'),
    ],
    '`QueryRangeResponse` of `tempo.proto`',
    range,
  ),
  route(
    '/metrics/query',
    'One value of each series for the whole range.',
    metricsDocs,
    '`QueryInstantResponse` of `tempo.proto`',
    instant,
  ),
];

function route(
  path: string,
  summary: string,
  parameters: readonly ParameterDoc[],
  answer: string,
  handle: (request: RouteRequest, services: Services) => Promise<Answer>,
): Route {
  return {method: 'GET', path: `/tempo/api${path}`, dialect: 'tempo', summary, parameters, answer, handle};
}

function traceRoute(path: string, summary: string, answer: string, handle: Route['handle']): Route {
  const id = pathDocs({traceId: 'The id in hexadecimal (leading zeros may be left out).'});
  return route(path, `${summary} With \`Accept: application/protobuf\` in protobuf, else JSON.`, id, answer, handle);
}

const askedBy = ({tenant, budget}: RouteRequest, {source}: Services) => ({source, tenant, budget});

async function search(request: RouteRequest, services: Services): Promise<Answer> {
  const {query} = request;
  const tags = first(query, 'tags');
  const asked = first(query, 'q');
  if (tags !== '' && asked !== '') throw invalid("invalid request: can't specify tags and q in the same query");
  const limit = readCount(query, 'limit', 20, maxLimit);
  if (limit === 0) throw invalid('invalid limit: must be a positive number');
  const least = readDuration(first(query, 'minDuration'), 'minDuration');
  const most = readDuration(first(query, 'maxDuration'), 'maxDuration');
  if (least !== undefined && most !== undefined && least > most)
    throw invalid('invalid maxDuration: must be greater than minDuration');
  const text = asked === '' ? tagsQuery(readLogfmt(tags), {least, most}) : asked;
  const options = {
    ...readSearchRange(query),
    limit,
    spans: readCount(query, 'spss', 3, maxSpansOfSet) || maxSpansOfSet,
  };
  return json(await searchTraces(readSpansetQuery(text), options, askedBy(request, services)));
}

/** Undefined where there is none. */
async function readTrace(
  request: RouteRequest,
  {source}: Services,
): Promise<{batch: SpanBatch; isCut: boolean} | undefined> {
  const text = request.path['traceId'] ?? '';
  const id = parseTraceId(text.padStart(32, '0').toLowerCase()) as TraceId | undefined;
  if (id === undefined)
    throw invalid(`trace IDs can only contain hex characters: invalid trace id ${JSON.stringify(text.slice(0, 64))}`);
  const {tenant, budget} = request;
  const batch = await source.traces(tenant, [id], {budget, maxSpans});
  return batch === undefined || batch.spans.count === 0 ? undefined : {batch, isCut: batch.spans.count >= maxSpans};
}

const wantsProtobuf = ({accept}: RouteRequest): boolean => accept.includes('application/protobuf');
const protobuf = (bytes: Uint8Array): Answer => ({kind: 'protobuf', bytes});

async function traceV1(request: RouteRequest, services: Services): Promise<Answer> {
  const trace = await readTrace(request, services);
  if (trace === undefined) throw new ForeignFailure(404, 'trace not found');
  if (wantsProtobuf(request)) return protobuf(otlp.traces.encodeProto(trace.batch));
  return json({batches: resourceSpansJson(trace.batch)});
}

async function traceV2(request: RouteRequest, services: Services): Promise<Answer> {
  const trace = await readTrace(request, services);
  const message = trace?.isCut ? `the trace has more than ${maxSpans} spans: the earliest are returned` : undefined;
  if (wantsProtobuf(request)) {
    // The last field first: the writer goes backwards.
    const writer = new ProtoWriter();
    if (message !== undefined) {
      writer.textField(4, message);
      writer.numberField(3, 1);
    }
    writer.bytesField(2, new Uint8Array());
    writer.bytesField(1, trace === undefined ? new Uint8Array() : otlp.traces.encodeProto(trace.batch));
    return protobuf(writer.finish());
  }
  return json({
    trace: trace === undefined ? {} : {resourceSpans: resourceSpansJson(trace.batch)},
    metrics: {},
    ...(message !== undefined && {status: 'PARTIAL', message}),
  });
}

function readScope({query}: RouteRequest): (typeof tagScopes)[number] {
  const text = first(query, 'scope') || 'none';
  const scope = tagScopes.find((each) => each === text);
  if (scope === undefined)
    throw invalid(`invalid scope: ${text.slice(0, 50)}; expected one of ${tagScopes.join(', ')}`);
  return scope;
}

async function tagsV1(request: RouteRequest, services: Services): Promise<Answer> {
  const scopes = await tagNames(readScope(request), readSearchRange(request.query), askedBy(request, services));
  return json({tagNames: limited(request, [...new Set(scopes.flatMap(({tags}) => tags))].sort()), metrics: {}});
}

async function tagsV2(request: RouteRequest, services: Services): Promise<Answer> {
  const scopes = await tagNames(readScope(request), readSearchRange(request.query), askedBy(request, services));
  return json({scopes: scopes.map(({name, tags}) => ({name, tags: limited(request, tags)})), metrics: {}});
}

/** The tag's name may have slashes in it, which clients do not escape. */
function readTagName({path}: RouteRequest): string {
  const text = path['*'] ?? '';
  if (!text.endsWith('/values')) throw new ForeignFailure(404, '404 page not found');
  return text.slice(0, -'/values'.length);
}

/** At most as many as `limit` says; 0 is no limit. */
function limited<T>({query}: RouteRequest, sorted: readonly T[]): readonly T[] {
  const limit = readCount(query, 'limit', 0, sorted.length);
  return limit === 0 ? sorted : sorted.slice(0, limit);
}

async function valuesV1(request: RouteRequest, services: Services): Promise<Answer> {
  const values = await tagValues(
    readTagName(request),
    undefined,
    readSearchRange(request.query),
    askedBy(request, services),
  );
  return json({tagValues: limited(request, [...new Set(values.map(({value}) => value))].sort()), metrics: {}});
}

async function valuesV2(request: RouteRequest, services: Services): Promise<Answer> {
  const {query} = request;
  // Grafana sends what is being typed: `{ span.a = }`.
  const filter = finishedPart(first(query, 'q'));
  const found = await tagValues(readTagName(request), filter, readSearchRange(query), askedBy(request, services));
  const sorted = found.toSorted((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0));
  return json({tagValues: limited(request, sorted), metrics: {}});
}

const metricsText = ({query}: RouteRequest): string => first(query, 'q') || first(query, 'query');

async function range(request: RouteRequest, services: Services): Promise<Answer> {
  const query = readMetricsQuery(metricsText(request));
  const now = unixNanoFromMillis(services.clock.now());
  const asked = askedBy(request, services);
  return json(await querySeries(query, request.query, readSeriesRange(request.query, now), asked));
}

async function instant(request: RouteRequest, services: Services): Promise<Answer> {
  const {root} = readMetricsQuery(metricsText(request));
  const now = unixNanoFromMillis(services.clock.now());
  return json(await queryInstant(root, readInstantRange(request.query, now), askedBy(request, services)));
}
