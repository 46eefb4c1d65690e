/** Weft's own API for its page, as `contract.ts` has it. */
import {parseSpanId, parseTraceId, QueryError, type SpanId, type TraceId, unixNano} from '../base/index.ts';
import {kindNames, type SpanCondition, statusNames, type TraceSummary} from '../query/index.ts';
import {wholeMinutes} from '../red/index.ts';
import type {
  AttributeKeysResponse,
  AttributeValuesResponse,
  FlushResponse,
  TraceSummary as ListedTrace,
  OperationsResponse,
  ServicesRedResponse,
  ServicesResponse,
  StatusResponse,
  TraceFindResponse,
  TraceSearchResponse,
} from './contract.ts';
import {ApiFailure} from './errors.ts';
import {parseFindText} from './find-text.ts';
import {duration, integer, moment, oneOf, pairs, required, text, withDefault} from './parameters.ts';
import {json, type Route, weftRoute} from './route.ts';
import {spanResponse} from './span-response.ts';
import {traceResponse} from './trace-response.ts';

/** A waterfall shows this many spans of a trace at most: the earliest. */
const maxOutlineSpans = 1_000_000;
/** Of a span in an outline: ten numbers and two short texts. */
const outlineRowBytes = 200;
/** A find in a trace names this many spans at most. */
const maxFoundSpans = 100_000;
const maxValues = 100;

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
    summary: 'Rate, errors and duration of what each service served.',
    parameters: {
      start: required(moment('Spans that start from here on.')),
      end: required(moment('Spans that start before.')),
    },
    answer: 'ServicesRedResponse',
    async handle({tenant, budget, values}, {source, clock}) {
      inOrder(values.start, values.end);
      const {start, end} = wholeMinutes(values.start, values.end, clock.now());
      const {coveredStart, services} = await source.red(tenant, {start, end}, {budget});
      return json({
        start: start.toString(),
        end: end.toString(),
        coveredStart: coveredStart.toString(),
        services,
      } satisfies ServicesRedResponse);
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
      key: required(text('The key of the attribute.')),
      service: text('Only on spans of this service.'),
      prefix: withDefault(text('Only values that begin so.'), '', 'every value'),
      limit: withDefault(integer(1, 1000, 'How many values at most.'), maxValues),
    },
    answer: 'AttributeValuesResponse',
    async handle({tenant, budget, values}, {source}) {
      return json({
        values: await source.attributeValues(tenant, values, {budget}),
      } satisfies AttributeValuesResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/traces',
    summary: 'Traces one of whose spans fits every condition, newest first.',
    parameters: {
      service: text('The service of the span.'),
      operation: text('The name of the span.'),
      kind: oneOf(kindNames, 'The kind of the span.'),
      status: oneOf(statusNames, 'The status of the span.'),
      attribute: pairs('An attribute of the span, its resource, its scope, one of its events or one of its links.'),
      minDuration: duration('The least duration of the span.'),
      maxDuration: duration('The greatest duration of the span.'),
      start: moment('Spans that start from here on.'),
      end: moment('Spans that start up to here.'),
      limit: withDefault(integer(1, 1500, 'How many traces at most.'), 20),
    },
    answer: 'TraceSearchResponse',
    async handle({tenant, budget, values}, {source}) {
      const {service, operation, kind, status, attribute, minDuration, maxDuration, start, end, limit} = values;
      if (start !== undefined && end !== undefined) inOrder(start, end);
      if (minDuration !== undefined && maxDuration !== undefined && maxDuration < minDuration) {
        throw new ApiFailure('bad_request', 'No span is at least as long as minDuration and at most maxDuration.', {
          parameter: 'maxDuration',
          hint: 'Expected a duration not shorter than minDuration.',
        });
      }
      const conditions: SpanCondition[] = attribute.map((pair) => ({type: 'attribute', ...pair, of: 'anywhere'}));
      if (kind !== undefined) conditions.push({type: 'kind', kind});
      if (status !== undefined) conditions.push({type: 'status', status});
      const found = await source.findTraces(
        tenant,
        {service, operation, minDurationNano: minDuration, maxDurationNano: maxDuration, start, end, limit, conditions},
        {budget},
      );
      const traces = found.ids.length === 0 ? [] : await source.summaries(tenant, found.ids, {budget});
      return json({traces: traces.map(listed), more: found.more} satisfies TraceSearchResponse);
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
    path: '/traces/:traceId/find',
    summary: 'The spans of a trace that hold every term of a text, by start time.',
    pathParameters: {traceId: 'The id in hexadecimal; leading zeros may be left out.'},
    parameters: {
      text: required(
        text(
          'Words, and comparisons such as key=value, key!=value, key>=500, duration>100ms, status=error, kind=client.',
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
        throw new ApiFailure('not_found', `There is no span ${spanId} in the trace ${id}.`, {hint: missingHint});
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
        throw new ApiFailure('timeout', error.message, {
          hint: 'Nothing is lost: it goes in as soon as ClickHouse takes it.',
        });
      });
      return json({flushed: true} satisfies FlushResponse);
    },
  }),
];

const listed = ({start, durationNano, spans, errors, services, ...root}: TraceSummary): ListedTrace => ({
  ...root,
  startUnixNano: start.toString(),
  durationNano: durationNano.toString(),
  spans,
  errors,
  services,
});

const missingHint = 'It may not have arrived yet, or its retention may have ended.';

const noTrace = (id: TraceId): ApiFailure =>
  new ApiFailure('not_found', `There is no trace ${id}.`, {hint: missingHint});

function traceIdOf(value: string): TraceId {
  const id = parseTraceId(value);
  if (id !== undefined) return id;
  throw new ApiFailure('bad_request', `${JSON.stringify(value)} is not a trace id.`, {
    parameter: 'traceId',
    hint: 'Expected 1 to 32 hexadecimal digits, not all zero.',
  });
}

function spanIdOf(value: string): SpanId {
  const id = parseSpanId(value);
  if (id !== undefined) return id;
  throw new ApiFailure('bad_request', `${JSON.stringify(value)} is not a span id.`, {
    parameter: 'spanId',
    hint: 'Expected 1 to 16 hexadecimal digits, not all zero.',
  });
}

function inOrder(start: bigint, end: bigint): void {
  if (start < end) return;
  throw new ApiFailure('bad_request', 'The time range is empty.', {
    parameter: 'end',
    hint: `Expected a moment after ${unixNano(start)}.`,
  });
}
