/**
 * Jaeger's query services over gRPC: `jaeger.api_v2.QueryService` and `jaeger.api_v3.QueryService`. Facts: `grpc_handler.go` and
 * `apiv3/grpc_handler.go` of Jaeger 2.
 */
import {type TraceId, type UnixNano, unixNano} from '../base/index.ts';
import {batchBytes, type SpanBatch} from '../model/index.ts';
import {GrpcError, grpcCode} from '../net/index.ts';
import {plainJson, type SpanKindName, type TraceQuery} from '../query/index.ts';
import {
  dependenciesResponse,
  encodeJaegerSpan,
  type JaegerFindRequest,
  operationsResponse,
  otlp,
  readDependenciesRequest,
  readFindRequest,
  readOperationsRequest,
  readTraceIdRequest,
  servicesResponse,
  spansChunk,
  summariesResponse,
} from '../wire/index.ts';
import type {GrpcQuestion, GrpcRoute} from './create-grpc-api.ts';
import {JaegerParameterError} from './jaeger-go.ts';
import {halves, otlpParts} from './jaeger-otlp.ts';
import {maximumLimit, readTraceId, tagCondition} from './jaeger-parameters.ts';
import {jaegerSpans, rowsByTrace} from './jaeger-trace.ts';
import {maxSpans} from './routes-jaeger.ts';
import {defaultDepth, traceSummaries} from './routes-jaeger-v3.ts';

const v2 = '/jaeger.api_v2.QueryService';
const v3 = '/jaeger.api_v3.QueryService';
export const jaegerGrpcServices = [v2, v3].map((path) => path.slice(1));

type Version = 2 | 3;

export const jaegerGrpcRoutes: readonly GrpcRoute[] = [
  {path: `${v2}/GetTrace`, stream: true, handle: (question) => getTrace(question, 2)},
  {path: `${v2}/ArchiveTrace`, handle: archiveTrace},
  {path: `${v2}/FindTraces`, stream: true, handle: (question) => findTraces(question, 2)},
  {path: `${v2}/GetServices`, handle: getServices},
  {path: `${v2}/GetOperations`, handle: (question) => getOperations(question, 2)},
  {path: `${v2}/GetDependencies`, handle: (question) => getDependencies(question, 2)},
  {path: `${v3}/GetTrace`, stream: true, handle: (question) => getTrace(question, 3)},
  {path: `${v3}/FindTraces`, stream: true, handle: (question) => findTraces(question, 3)},
  {path: `${v3}/FindTraceSummaries`, stream: true, handle: findTraceSummaries},
  {path: `${v3}/GetServices`, handle: getServices},
  {path: `${v3}/GetOperations`, handle: (question) => getOperations(question, 3)},
  {path: `${v3}/GetDependencies`, handle: (question) => getDependencies(question, 3)},
];

const refused = (code: keyof typeof grpcCode, message: string): GrpcError =>
  new GrpcError({code: grpcCode[code], message});

async function* getTrace(
  {request, tenant, source, options, hold}: GrpcQuestion,
  version: Version,
): AsyncGenerator<Uint8Array> {
  const {traceId: text, raw} = readTraceIdRequest(request, version);
  const id = version === 2 ? idOfBytes(text) : idOfText(text);
  const batch = await source.traces(tenant, [id], {...options, maxSpans, copies: version === 2});
  if (batch === undefined) throw refused('notFound', 'trace not found');
  hold(batchBytes(batch));
  yield* messages(batch, [id], version, raw);
}

async function* findTraces(
  {request, tenant, source, options, hold}: GrpcQuestion,
  version: Version,
): AsyncGenerator<Uint8Array> {
  const wanted = findRequest(request, version);
  const {ids, starts} = await source.findTraces(tenant, queryOf(wanted), options);
  if (ids.length === 0) return;
  const batch = await source.traces(tenant, ids, {...options, maxSpans, copies: version === 2, starts});
  if (batch === undefined) return;
  hold(batchBytes(batch));
  yield* messages(batch, ids, version, wanted.raw);
}

async function* findTraceSummaries({request, tenant, source, options}: GrpcQuestion): AsyncGenerator<Uint8Array> {
  const summaries = await traceSummaries(source, tenant, queryOf(findRequest(request, 3)), options);
  for (let at = 0; at < summaries.length; at += summariesInMessage) {
    yield summariesResponse(summaries.slice(at, at + summariesInMessage));
  }
}

async function archiveTrace({request}: GrpcQuestion): Promise<Uint8Array> {
  idOfBytes(readTraceIdRequest(request, 2).traceId);
  throw refused('internal', 'failed to archive trace: archive span storage was not configured');
}

async function getServices({tenant, source, options}: GrpcQuestion): Promise<Uint8Array> {
  return servicesResponse((await source.services(tenant, options)).map(({name}) => name));
}

async function getOperations({request, tenant, source, options}: GrpcQuestion, version: Version): Promise<Uint8Array> {
  const {service, spanKind} = readOperationsRequest(request);
  const found = (await source.operations(tenant, service, options)).map(({name, kind}) => ({
    name,
    spanKind: kindText(kind),
  }));
  return operationsResponse(
    found.filter((operation) => spanKind === '' || operation.spanKind === spanKind),
    version,
  );
}

const kindText = (kind: SpanKindName): string => (kind === 'unspecified' ? '' : kind);

async function getDependencies(
  {request, tenant, source, options}: GrpcQuestion,
  version: Version,
): Promise<Uint8Array> {
  const {start, end} = readDependenciesRequest(request);
  if (version === 2 && (start === undefined || end === undefined)) {
    throw refused('invalidArgument', 'StartTime and EndTime must be initialized.');
  }
  if (start === undefined) throw refused('invalidArgument', 'start_time is required');
  if (end === undefined) throw refused('invalidArgument', 'end_time is required');
  if (version === 3 && end <= start) throw refused('invalidArgument', 'end_time must be after start_time');
  const calls = await source.dependencies(tenant, {start: moment(start), end: moment(end)}, options);
  return dependenciesResponse(calls.map((call) => ({parent: call.parent, child: call.child, callCount: call.calls})));
}

function findRequest(request: Uint8Array, version: Version): JaegerFindRequest {
  const wanted = readFindRequest(request);
  if (wanted === undefined) throw refused('invalidArgument', 'missing query');
  if (version === 3 && (wanted.start === undefined || wanted.end === undefined)) {
    throw refused('invalidArgument', 'start time min and max are required parameters');
  }
  if (version === 3 && wanted.filtered) throw refused('invalidArgument', 'filter expressions are not supported');
  return wanted;
}

function queryOf(wanted: JaegerFindRequest): TraceQuery {
  const {depth} = wanted;
  return {
    start: wanted.start === undefined ? undefined : moment(wanted.start),
    end: wanted.end === undefined ? undefined : moment(wanted.end),
    service: wanted.service || undefined,
    operation: wanted.operation || undefined,
    minDurationNano: wanted.minDuration > 0n ? wanted.minDuration : undefined,
    maxDurationNano: wanted.maxDuration > 0n ? wanted.maxDuration : undefined,
    conditions: Object.entries(wanted.tags).map(([key, value]) => tagCondition(key, value)),
    limit: depth <= 0 ? defaultDepth : Math.min(depth, maximumLimit),
  };
}

const latest = 2n ** 63n - 1n;
const moment = (nanos: bigint): UnixNano => unixNano(nanos < 0n ? 0n : nanos > latest ? latest : nanos);

/** Of 8 or 16 bytes; one of zeros is none. */
function idOfBytes(hex: string): TraceId {
  if (hex.length !== 0 && hex.length !== 16 && hex.length !== 32) {
    throw refused('invalidArgument', `invalid length for TraceID: ${hex.length / 2} bytes`);
  }
  if (/^0*$/.test(hex)) throw refused('invalidArgument', 'uninitialized TraceID is not allowed');
  return hex.padStart(32, '0') as TraceId;
}

function idOfText(text: string): TraceId {
  try {
    return readTraceId(text);
  } catch (error) {
    throw error instanceof JaegerParameterError
      ? refused('invalidArgument', `malform trace ID: ${error.message}`)
      : error;
  }
}

/** Clients refuse messages of more than 4 MiB unless they are told otherwise; these are far below where no single span is large. */
const messageBytes = 256 * 1024;
const spansInMessage = 256;
const summariesInMessage = 100;

/** The traces in the order of the ids, each in messages of its own. */
function* messages(batch: SpanBatch, ids: readonly string[], version: Version, raw: boolean): Generator<Uint8Array> {
  if (version === 3) {
    for (const part of otlpParts(batch, ids, {raw, spans: spansInMessage})) yield* otlpMessages(part);
    return;
  }
  const traces = rowsByTrace(batch);
  for (const id of ids) {
    const rows = traces.get(id);
    if (rows !== undefined) yield* spanChunks(batch, id, rows, raw);
  }
}

function* spanChunks(batch: SpanBatch, id: string, rows: readonly number[], raw: boolean): Generator<Uint8Array> {
  let chunk: Uint8Array[] = [];
  let bytes = 0;
  for (const span of jaegerSpans(batch, id, rows, raw)) {
    const encoded = encodeJaegerSpan(span, plainJson);
    if (chunk.length > 0 && bytes + encoded.length > messageBytes) {
      yield spansChunk(chunk);
      chunk = [];
      bytes = 0;
    }
    chunk.push(encoded);
    bytes += encoded.length;
  }
  if (chunk.length > 0) yield spansChunk(chunk);
}

/** OTLP's `TracesData`, which an export request is too. */
function* otlpMessages(part: SpanBatch): Generator<Uint8Array> {
  const encoded = otlp.traces.encodeProto(part);
  if (encoded.length <= messageBytes || part.spans.count === 1) return yield encoded;
  for (const half of halves(part)) yield* otlpMessages(half);
}
