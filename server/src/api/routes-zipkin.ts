/**
 * Zipkin's query API, version 2, where Zipkin Lens asks for it: under `/zipkin`, beside its page. Facts: `zipkin2-api.yaml` of
 * zipkin-api, `ZipkinQueryApiV2` and `QueryRequest` of Zipkin 3.
 */
import type {TraceId} from '../base/index.ts';
import {batchBytes, type SpanBatch} from '../model/index.ts';
import type {SpanStarts, TraceQuery} from '../query/index.ts';
import {ForeignFailure} from './errors.ts';
import {rowsByTrace, shortTraceId} from './jaeger-trace.ts';
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
import {fieldKeys, maxValues, remoteIn, shownNames, withField, ZipkinNames} from './zipkin-names.ts';
import {readZipkinId, readZipkinIds, readZipkinRange, readZipkinSearch, required} from './zipkin-parameters.ts';
import {zipkinTrace, zipkinTraces} from './zipkin-trace.ts';

/** Spans in one answer: beyond, the earliest are shown. */
const maxSpans = 300_000;

const parameter = (name: string, expected: string, description: string, fallback?: string): ParameterDoc =>
  queryDoc(name, expected, description, {default: fallback});
const needed = (name: string, expected: string, description: string): ParameterDoc =>
  queryDoc(name, expected, description, {required: true});
const service = needed('serviceName', 'a text', 'The name of the service.');
const lookback = parameter('lookback', 'milliseconds', 'How far before `endTs` to look.', '86400000 (a day)');
const sinceEpoch = 'milliseconds since 1970';

export const zipkinRoutes: readonly Route[] = [
  route('/services', 'Names of all services.', [], 'a list of texts', services),
  route('/spans', 'Names of the spans of a service.', [service], 'a list of texts', spanNames),
  route(
    '/remoteServices',
    'Names of the services that spans of a service call or are called by.',
    [service],
    'a list of texts',
    remoteServices,
  ),
  route(
    '/traces',
    'Searches traces, the newest first. A trace is found when one span fits everything.',
    [
      parameter('serviceName', 'a text', 'The service of the span.'),
      parameter('remoteServiceName', 'a text', "The name of the other side's service."),
      parameter('spanName', 'a text', 'The name of the span; `all` is any.'),
      parameter(
        'annotationQuery',
        'such as `http.path=/api and error`',
        'Attributes of the span, its resource, its scope, its events or its links with their values; a word alone is the name of ' +
          'an event, or an attribute that has any value.',
      ),
      parameter('minDuration', 'microseconds', 'The least duration of the span.'),
      parameter('maxDuration', 'microseconds', 'The greatest duration of the span. Only with `minDuration`.'),
      parameter('endTs', sinceEpoch, 'The latest start of the span.', 'now'),
      lookback,
      parameter('limit', 'a whole number', 'How many traces at most (never more than 1,500).', '10'),
    ],
    'a list of traces, each a list of spans',
    search,
  ),
  route(
    '/trace/:traceId',
    'One trace.',
    pathDocs({traceId: 'The id in hexadecimal, in lower case (leading zeros may be left out).'}),
    `a list of spans, of more than ${maxSpans.toLocaleString('en')} the earliest; 404 where there is none`,
    trace,
  ),
  route(
    '/traceMany',
    'Several traces.',
    [needed('traceIds', 'trace ids, separated by commas', 'At least two, and none twice.')],
    'a list of those traces that there are, each a list of spans',
    traces,
  ),
  route(
    '/dependencies',
    'Which service called which, and how often: spans whose parent is of another service.',
    [needed('endTs', sinceEpoch, 'The end of the time looked at.'), lookback],
    'a list of `{parent, child, callCount, errorCount}`, the last only where calls failed',
    dependencies,
  ),
  route(
    '/autocompleteKeys',
    'Keys of tags that the newest spans have: all of them, where a Zipkin server has a list in its configuration.',
    [],
    'a list of texts',
    autocompleteKeys,
  ),
  route(
    '/autocompleteValues',
    'Values that the newest spans have of a tag.',
    [needed('key', 'a text', 'The key of the tag.')],
    'a list of texts',
    autocompleteValues,
  ),
  {
    ...route('', "What Zipkin Lens asks for when it starts: the defaults of Zipkin's server.", [], 'an object', lens),
    path: '/zipkin/config.json',
  },
  {
    ...route(
      '',
      'Whether data is taken, in the shape of Zipkin.',
      [],
      'an object; status 503 where data is refused',
      health,
    ),
    path: '/zipkin/health',
  },
  {...route('', "Weft's version, in the shape of Zipkin's.", [], 'an object', info), path: '/zipkin/info'},
];

function route(
  path: string,
  summary: string,
  parameters: readonly ParameterDoc[],
  answer: string,
  handle: (request: RouteRequest, services: Services) => Promise<Answer>,
): Route {
  return {method: 'GET', path: `/zipkin/api/v2${path}`, dialect: 'zipkin', summary, parameters, answer, handle};
}

const namesOf = ({tenant, budget}: RouteRequest, {source}: Services): ZipkinNames =>
  new ZipkinNames(source, tenant, {budget});

async function services(request: RouteRequest, given: Services): Promise<Answer> {
  return json(shownNames(await namesOf(request, given).services()));
}

async function spanNames(request: RouteRequest, given: Services): Promise<Answer> {
  const wanted = required(request.query, 'serviceName').toLowerCase();
  const names = namesOf(request, given);
  return json(shownNames(await names.operations(await names.services(wanted))));
}

async function remoteServices(request: RouteRequest, given: Services): Promise<Answer> {
  const wanted = required(request.query, 'serviceName').toLowerCase();
  const names = namesOf(request, given);
  return json(shownNames(await names.remoteServices(await names.services(wanted))));
}

async function search(request: RouteRequest, given: Services): Promise<Answer> {
  const query = await searchQuery(request, given);
  if (query === undefined) return json([]);
  const {tenant, budget} = request;
  const {ids, starts} = await given.source.findTraces(tenant, query, {budget});
  return traceLists(request, given, ids, starts);
}

/** Undefined where no span has one of the names. */
async function searchQuery(request: RouteRequest, given: Services): Promise<TraceQuery | undefined> {
  const {service, remoteService, spanName, conditions, ...rest} = readZipkinSearch(request.query, given.clock.now());
  const names = namesOf(request, given);
  let query: TraceQuery = {...rest, conditions};
  const owners = service === undefined && spanName === undefined ? [] : await names.services(service);
  if (service !== undefined) {
    if (owners.length === 0) return undefined;
    query = withField(query, 'service', owners);
  }
  if (spanName !== undefined) {
    const called = (await names.operations(owners)).filter((name) => name.toLowerCase() === spanName);
    if (called.length === 0) return undefined;
    query = withField(query, 'operation', called);
  }
  if (remoteService !== undefined) {
    const known = await names.remoteServices(service === undefined ? [undefined] : owners);
    // Not all of them are known: what is seldom called need not be among the values that were looked at.
    const called = known.filter((name) => name.toLowerCase() === remoteService);
    query = {...query, conditions: [...query.conditions, remoteIn([...new Set([remoteService, ...called])])]};
  }
  return query;
}

async function trace({tenant, path, budget}: RouteRequest, {source}: Services): Promise<Answer> {
  const id = readZipkinId((path.traceId as string).trim());
  const batch = await source.traces(tenant, [id], {budget, maxSpans});
  const rows = batch === undefined ? undefined : rowsByTrace(batch).get(id);
  if (batch === undefined || rows === undefined) throw new ForeignFailure(404, `${shortTraceId(id)} not found`);
  return {kind: 'stream', chunks: zipkinTrace(batch, rows), holds: batchBytes(batch)};
}

async function traces(request: RouteRequest, given: Services): Promise<Answer> {
  return traceLists(request, given, readZipkinIds(request.query));
}

async function traceLists(
  {tenant, budget}: RouteRequest,
  {source}: Services,
  ids: readonly TraceId[],
  starts?: SpanStarts,
): Promise<Answer> {
  if (ids.length === 0) return json([]);
  const batch = await source.traces(tenant, ids, {budget, maxSpans, ...(starts === undefined ? {} : {starts})});
  if (batch === undefined) return json([]);
  return {kind: 'stream', chunks: listed(batch, ids), holds: batchBytes(batch)};
}

function* listed(batch: SpanBatch, ids: Iterable<string>): Generator<string> {
  yield '[';
  yield* zipkinTraces(batch, ids);
  yield ']';
}

async function dependencies({tenant, query, budget}: RouteRequest, {source}: Services): Promise<Answer> {
  const calls = await source.dependencies(tenant, readZipkinRange(query), {budget});
  const links = new Map<string, {parent: string; child: string; callCount: number; errorCount?: number}>();
  for (const call of calls) {
    const [parent, child] = [call.parent.toLowerCase(), call.child.toLowerCase()];
    if (parent === child) continue;
    const key = JSON.stringify([parent, child]);
    const former = links.get(key);
    const callCount = (former?.callCount ?? 0) + call.calls;
    const errorCount = (former?.errorCount ?? 0) + call.errors;
    links.set(key, {parent, child, callCount, ...(errorCount > 0 ? {errorCount} : {})});
  }
  return json([...links.values()]);
}

async function autocompleteKeys({tenant, budget}: RouteRequest, {source}: Services): Promise<Answer> {
  const keys = await source.attributeKeys(tenant, undefined, {budget});
  const tags = new Set(keys.map(({key}) => key).filter((key) => !fieldKeys.has(key)));
  return json([...tags].sort());
}

async function autocompleteValues({tenant, query, budget}: RouteRequest, {source}: Services): Promise<Answer> {
  const key = required(query, 'key');
  if (key === '') throw new ForeignFailure(400, 'key was empty');
  const wanted = {key, service: undefined, prefix: '', limit: maxValues};
  const values = await source.attributeValues(tenant, wanted, {budget});
  return json(values.map(({value}) => value).sort());
}

/** Its settings, of those that Zipkin's server hands on, are of the page and not of what is stored. */
async function lens(): Promise<Answer> {
  return json({
    environment: '',
    queryLimit: 10,
    defaultLookback: 900_000,
    searchEnabled: true,
    logsUrl: null,
    supportUrl: null,
    archivePostUrl: null,
    archiveUrl: null,
    dependency: {enabled: true, lowErrorRate: 0.5, highErrorRate: 0.75},
  });
}

async function health(_request: RouteRequest, {control}: Services): Promise<Answer> {
  const {reasons} = await control.readiness();
  const status = reasons.length === 0 ? 'UP' : 'DOWN';
  const weft = {status, ...(reasons.length === 0 ? {} : {details: {error: reasons.join('; ')}})};
  return json({status, zipkin: {status, details: {Weft: weft}}}, status === 'UP' ? 200 : 503);
}

async function info(_request: RouteRequest, {control}: Services): Promise<Answer> {
  return json({zipkin: {version: `Weft ${(await control.status()).version}`}});
}
