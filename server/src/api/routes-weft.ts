/** Weft's own API for its page, as `contract.ts` has it. */
import {
  parseSpanId,
  QueryError,
  type SpanId,
  type TenantId,
  type TraceId,
  unixNano,
  unixNanoFromMillis,
} from '../base/index.ts';
import {
  type Anatomy,
  dissect,
  explainAnatomy,
  explainLanguages,
  mayBeSlower,
  mayLackCaller,
  type Shape,
} from '../insight/index.ts';
import {type Budget, type TraceSummary, traceOrders} from '../query/index.ts';
import {lastStep, pointTimes, wholeMinutes} from '../red/index.ts';
import type {
  AttributeKeysResponse,
  AttributeValuesResponse,
  ExplainResponse,
  FindResponse,
  FlushResponse,
  TraceSummary as ListedTrace,
  OperationsResponse,
  ServicesRedResponse,
  ServicesResponse,
  StatusResponse,
  TraceFindResponse,
  TraceHeatmapResponse,
  TraceSearchResponse,
  TraceStatusesResponse,
  TraceValuesResponse,
} from './contract.ts';
import {ApiFailure} from './errors.ts';
import {explainResponse} from './explain-response.ts';
import {parseFindText} from './find-text.ts';
import {heatmapResponse} from './heatmap-response.ts';
import {integer, moment, oneOf, required, text, texts, unquotedEmpty, withDefault} from './parameters.ts';
import {inOrder, questionFilter, questionParameters} from './parameters-question.ts';
import {json, type Route, weftRoute} from './route.ts';
import {redParameters} from './routes-service.ts';
import type {Asking} from './sample-traces.ts';
import {countedTime} from './service-response.ts';
import type {Source} from './source.ts';
import {spanResponse} from './span-response.ts';
import {traceIdOf} from './trace-id.ts';
import {traceResponse} from './trace-response.ts';
import {usualTraces} from './usual-traces.ts';

/** A waterfall shows this many spans of a trace at most: the earliest. */
const maxOutlineSpans = 1_000_000;
/** Of a span in an outline: ten numbers and two short texts. */
const outlineRowBytes = 200;
/** A find in a trace names this many spans at most. */
const maxFoundSpans = 100_000;
/** An explanation looks at this many spans of a trace at most: the earliest. */
const maxExplainedSpans = 100_000;
/** Who calls a service is asked of this time before a trace, and as much after it. */
const callersNanos = 15n * 60n * 1_000_000_000n;
/** What is usual is asked of these hours before a trace. */
const usualSample = {hours: 3, most: 60};
const maxValues = 100;
const maxStatuses = 100;

export const weftRoutes: readonly Route[] = [
  weftRoute({
    method: 'GET',
    path: '/services',
    summary: 'Every service that sent spans, by name.',
    parameters: {},
    answer: 'ServicesResponse',
    async handle({tenant, budget}, {source}) {
      return json({services: await source.services(tenant, {budget})} satisfies ServicesResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/services/red',
    summary: 'Rate, errors and duration of what each service served. A span that was sent twice counts twice.',
    parameters: {
      ...redParameters,
      service: text('Only this service.'),
      points: integer(
        1,
        60,
        'Adds requests and errors of this many equal parts of the time, or fewer: of whole minutes.',
      ),
    },
    answer: 'ServicesRedResponse',
    async handle({tenant, budget, values}, {source, clock}) {
      const {points, service, environment, version} = values;
      inOrder(values.start, values.end);
      const range = wholeMinutes(values.start, values.end, clock.now());
      const times = points === undefined ? undefined : pointTimes(range, points);
      const filter = {...range, service, environment, version};
      const {coveredStart, services} = await source.red(tenant, filter, {budget, points: times});
      return json({
        ...countedTime(range, coveredStart),
        ...(times === undefined ? {} : {points: {...times, start: times.start.toString()}}),
        services,
      } satisfies ServicesRedResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/find',
    summary: 'Services, operations and attribute keys whose names contain a text, the best first.',
    parameters: {text: text('The text to find, in any case; without one, the names of most spans come.')},
    answer: 'FindResponse',
    async handle({tenant, budget, values}, {source}) {
      return json((await source.findNames(tenant, values.text ?? '', {budget})) satisfies FindResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/operations',
    summary: 'The span names of a service, with the kind each was seen as.',
    parameters: {service: required(text('The name of the service.'))},
    answer: 'OperationsResponse',
    async handle({tenant, budget, values}, {source}) {
      return json({
        operations: await source.operations(tenant, values.service, {budget}),
      } satisfies OperationsResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/attributes',
    summary: 'Attribute keys seen lately, most frequent first.',
    parameters: {service: text('Only on spans of this service.')},
    answer: 'AttributeKeysResponse',
    async handle({tenant, budget, values}, {source}) {
      return json({
        keys: await source.attributeKeys(tenant, values.service, {budget}),
      } satisfies AttributeKeysResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/attributes/values',
    summary: 'Values of an attribute seen lately, most frequent first.',
    parameters: {
      key: required(text('The key of the attribute. `""` is the empty one.')),
      service: text('Only on spans of this service.'),
      prefix: withDefault(text('Only values that begin so.'), '', 'every value'),
      limit: withDefault(integer(1, 1000, 'How many values at most.'), maxValues),
    },
    answer: 'AttributeValuesResponse',
    async handle({tenant, budget, values}, {source}) {
      return json({
        values: await source.attributeValues(tenant, {...values, key: unquotedEmpty(values.key)}, {budget}),
      } satisfies AttributeValuesResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/traces',
    summary:
      'Of all stored traces that fit, and one of whose spans fits every condition on spans, the first by their order.',
    parameters: {
      ...questionParameters,
      start: moment('Spans that start from here on.'),
      end: moment('Spans that start up to here.'),
      order: withDefault(
        oneOf(traceOrders, 'What comes first. A trace that is still arriving is in neither `longest` nor `errors`.'),
        'newest',
      ),
      limit: withDefault(integer(1, 1500, 'How many traces at most.'), 20),
    },
    answer: 'TraceSearchResponse',
    async handle({tenant, budget, values}, {source}) {
      const {order, limit} = values;
      const {traces, more} = await source.listTraces(tenant, {...questionFilter(values), order, limit}, {budget});
      return json({traces: traces.map(listed), more} satisfies TraceSearchResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/traces/statuses',
    summary: 'What the root span of each of some traces was answered with, by HTTP or gRPC.',
    parameters: {trace: texts(`The id of a trace in hexadecimal: at most ${maxStatuses} of them.`)},
    answer: 'TraceStatusesResponse',
    async handle({tenant, budget, values}, {source}) {
      const ids = [...new Set(values.trace.map((value) => traceIdOf(value, 'trace')))];
      if (ids.length > maxStatuses)
        throw new ApiFailure('traces_many', {count: ids.length, most: maxStatuses}, 'trace');
      const found = await source.responseStatuses(tenant, ids, {budget});
      return json({
        statuses: ids.flatMap((traceId) => {
          const status = found.get(traceId);
          return status === undefined ? [] : {traceId, ...status};
        }),
      } satisfies TraceStatusesResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/traces/heatmap',
    summary: 'How many of all stored traces that fit began when and took how long, and how many of them failed.',
    parameters: {
      ...questionParameters,
      start: required(moment('Spans that start from here on.')),
      end: withDefault(moment('Spans that start up to here.'), undefined, 'now'),
      columns: withDefault(integer(1, 400, 'Equal parts of the time.'), 120),
      rows: integer(1, lastStep + 1, 'Parts of the durations at most; without it, each step of the histogram is one.'),
    },
    answer: 'TraceHeatmapResponse',
    async handle({tenant, budget, values}, {source, clock}) {
      const {start, columns, rows} = values;
      const end = values.end ?? unixNanoFromMillis(clock.now());
      const filter = questionFilter({...values, start, end});
      const heatmap = await source.heatmap(tenant, {...filter, start, end, columns}, {budget});
      return json(heatmapResponse(heatmap, {start, end, columns, rows}) satisfies TraceHeatmapResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/traces/:traceId',
    summary: 'The whole trace as columns, ordered by start time.',
    pathParameters: {traceId: 'The id in hexadecimal; leading zeros may be left out.'},
    parameters: {},
    answer: 'TraceResponse',
    async handle({tenant, budget, path}, {source}) {
      const id = traceIdOf(path.traceId as string);
      const outline = await source.outline(tenant, id, {budget, maxSpans: maxOutlineSpans});
      if (outline === undefined) throw noTrace(id);
      return {kind: 'stream', chunks: traceResponse(id, outline), holds: outlineRowBytes * outline.start.length};
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/traces/:traceId/explain',
    summary:
      'Why a trace was slow or failed: findings with their spans, where the time went, and a paragraph in words.',
    pathParameters: {traceId: 'The id in hexadecimal; leading zeros may be left out.'},
    parameters: {
      language: withDefault(oneOf(explainLanguages, 'The language of the texts.'), 'en'),
    },
    answer: 'ExplainResponse',
    async handle({tenant, budget, path, values}, {source}) {
      const id = traceIdOf(path.traceId as string);
      const batch = await source.traces(tenant, [id], {budget, maxSpans: maxExplainedSpans});
      if (batch === undefined) throw noTrace(id);
      const [summary] = batch.spans.count < maxExplainedSpans ? [] : await source.summaries(tenant, [id], {budget});
      const anatomy = dissect(batch);
      const usualCallers = mayLackCaller(anatomy) ? await callersOf(anatomy, source, tenant, budget) : undefined;
      const explanation = explainAnatomy(anatomy, {
        omitted: summary === undefined ? 0 : Math.max(0, summary.spans - batch.spans.count),
        ...(usualCallers === undefined ? {} : {usualCallers}),
        usual: mayBeSlower(anatomy) ? await usualOf(anatomy, {source, tenant, budget}) : undefined,
      });
      return json(explainResponse(explanation, values.language) satisfies ExplainResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/traces/:traceId/find',
    summary: 'The spans of a trace that hold every term of a text, by start time.',
    pathParameters: {traceId: 'The id in hexadecimal; leading zeros may be left out.'},
    parameters: {
      text: required(
        text(
          'Words, and comparisons such as key=value, key!=value, key>=500, duration>100ms, status=error, kind=client, service=cart, has=key.',
        ),
      ),
    },
    answer: 'TraceFindResponse',
    async handle({tenant, budget, path, values}, {source}) {
      const id = traceIdOf(path.traceId as string);
      const found = await source.findInTrace(tenant, id, parseFindText(values.text), {budget, limit: maxFoundSpans});
      if (found === undefined) throw noTrace(id);
      return json({spans: found.spanIds, total: found.total} satisfies TraceFindResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/traces/:traceId/values',
    summary: 'The values that an attribute has on the spans of a trace, each with its spans.',
    pathParameters: {traceId: 'The id in hexadecimal; leading zeros may be left out.'},
    parameters: {key: required(text('The key of the attribute.'))},
    answer: 'TraceValuesResponse',
    async handle({tenant, budget, path, values}, {source}) {
      const found = await source.traceValues(tenant, traceIdOf(path.traceId as string), values.key, {budget});
      return json({
        values: found.map(({value, spanIds}) => ({value, spans: spanIds})),
      } satisfies TraceValuesResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/traces/:traceId/spans/:spanId',
    summary: 'Everything that arrived with one span.',
    pathParameters: {traceId: 'The id of the trace in hexadecimal.', spanId: 'The id of the span in hexadecimal.'},
    parameters: {},
    answer: 'SpanResponse',
    async handle({tenant, budget, path}, {source}) {
      const id = traceIdOf(path.traceId as string);
      const spanId = spanIdOf(path.spanId as string);
      const batch = await source.span(tenant, id, spanId, {budget});
      if (batch === undefined) {
        throw new ApiFailure('span_missing', {span: spanId, trace: id});
      }
      return json(spanResponse(batch, 0));
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/status',
    summary: 'The version, start time, addresses and store of this Weft.',
    parameters: {},
    answer: 'StatusResponse',
    async handle(_request, {control}) {
      return json((await control.status()) satisfies StatusResponse);
    },
  }),
  weftRoute({
    method: 'POST',
    path: '/flush',
    summary: 'Answers when everything acknowledged before it can be queried.',
    parameters: {},
    answer: 'FlushResponse',
    async handle(_request, {control}) {
      await control.flush().catch((error: unknown) => {
        if (!(error instanceof QueryError) || error.reason !== 'timeout') throw error;
        throw new ApiFailure('flush_timeout', {message: error.message});
      });
      return json({flushed: true} satisfies FlushResponse);
    },
  }),
];

const listed = ({
  start,
  durationNano,
  spans,
  errors,
  outcome,
  state,
  services,
  ...root
}: TraceSummary): ListedTrace => ({
  ...root,
  startUnixNano: start.toString(),
  durationNano: durationNano.toString(),
  spans,
  errors,
  outcome,
  state,
  services,
});

/** Services that called the root's service around that time; undefined where that takes too much to find out. */
async function callersOf(
  {trace, root}: Anatomy,
  source: Source,
  tenant: TenantId,
  budget: Budget,
): Promise<readonly string[] | undefined> {
  const {startUnixNano} = trace;
  const service = trace.services[trace.spans.service[root]!]!;
  const range = {
    start: unixNano(startUnixNano > callersNanos ? startUnixNano - callersNanos : 0n),
    end: unixNano(startUnixNano + callersNanos),
  };
  try {
    const calls = await source.dependencies(tenant, range, {budget});
    return calls
      .filter(({parent, child}) => child === service && parent !== service)
      .sort((a, b) => b.calls - a.calls)
      .map(({parent}) => parent);
  } catch (error) {
    // The explanation is worth having without it.
    if (error instanceof QueryError && error.reason !== 'cancelled') return undefined;
    throw error;
  }
}

/** What is usual of its operation; undefined where that takes too much to find out. */
async function usualOf(anatomy: Anatomy, asking: Asking): Promise<Shape | undefined> {
  try {
    return (await usualTraces(anatomy, usualSample, asking)).shape;
  } catch (error) {
    if (error instanceof QueryError && error.reason !== 'cancelled') return undefined;
    throw error;
  }
}

const noTrace = (id: TraceId): ApiFailure => new ApiFailure('trace_missing', {trace: id});

function spanIdOf(value: string): SpanId {
  const id = parseSpanId(value);
  if (id !== undefined) return id;
  throw new ApiFailure('span_id_invalid', {given: JSON.stringify(value)}, 'spanId');
}
