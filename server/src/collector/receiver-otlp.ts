/** Receives OTLP over gRPC and over HTTP, in protobuf and JSON (https://opentelemetry.io/docs/specs/otlp/). */
import type {IncomingHttpHeaders} from 'node:http';
import {giveBytes} from '../base/index.ts';
import {always, object, optional, withDefault} from '../config/index.ts';
import {type Consumer, resetBatch, type Signal} from '../model/index.ts';
import {
  createGrpcServer,
  createHttpServer,
  type ErrorStatus,
  errorStatus,
  type GrpcMethod,
  grpcServerFields,
  grpcServerOptions,
  type HttpRoute,
  httpServerFields,
  httpServerOptions,
  startListening,
  urlPath,
} from '../net/index.ts';
import {
  type BatchOf,
  type Component,
  type Consumers,
  contextOf,
  createReceiverMetrics,
  type ReceiverFactory,
  type ReceiverMetrics,
  type Settings,
} from '../pipeline/index.ts';
import {
  type Decoded,
  type Encoding,
  encodeExportResponse,
  encodeRpcStatus,
  type OtlpCodec,
  otlp,
} from '../wire/index.ts';
import {grpcPaths} from './otlp-paths.ts';

const grpcConfig = object(grpcServerFields(4317));
const httpConfig = object(
  {
    ...httpServerFields(4318),
    traces_url_path: withDefault(urlPath, '/v1/traces', '/v1/traces', 'Path for traces.'),
    metrics_url_path: withDefault(urlPath, '/v1/metrics', '/v1/metrics', 'Path for metrics.'),
    logs_url_path: withDefault(urlPath, '/v1/logs', '/v1/logs', 'Path for logs.'),
  },
  ({traces_url_path: traces, metrics_url_path: metrics, logs_url_path: logs}, node, report) => {
    if (traces === metrics || traces === logs || metrics === logs) {
      report.fault(
        node.at,
        'two signals have one path; `traces_url_path`, `metrics_url_path` and `logs_url_path` differ',
      );
    }
  },
);
const config = object({
  protocols: always(
    object(
      {
        grpc: optional(
          grpcConfig,
          'Receive over gRPC. Without this key it is off; with nothing behind it, all defaults.',
        ),
        http: optional(httpConfig, 'Receive over HTTP, protobuf and JSON on the same port.'),
      },
      ({grpc, http}, node, report) => {
        if (grpc === undefined && http === undefined) {
          report.fault(node.at, 'name at least one protocol: `grpc:`, `http:` or both');
        }
      },
    ),
    'What to listen for.',
  ),
});
type GrpcConfig = ReturnType<typeof grpcConfig.read>;
type HttpConfig = ReturnType<typeof httpConfig.read>;
type OtlpConfig = ReturnType<typeof config.read>;

export const otlpReceiver: ReceiverFactory<OtlpConfig> = {
  help: 'OTLP over gRPC and over HTTP: what every OpenTelemetry SDK and Collector sends.',
  signals: ['traces', 'metrics', 'logs'],
  config,
  create(settings, {protocols: {grpc, http}}, next) {
    const servers: Component[] = [];
    if (grpc !== undefined) servers.push(createGrpc(settings, grpc, next));
    if (http !== undefined) servers.push(createHttp(settings, http, next));
    return {
      async start() {
        for (const server of servers) await server.start?.();
      },
      async stop() {
        await Promise.all(servers.map((server) => server.stop?.()));
      },
    };
  },
};

/** How long requests under way may still take once Weft is stopping. */
const graceMs = 5000;

/** As many as are decoded and not yet written, with a margin; each holds some hundred kB. */
const maxSpares = 8;
const noBytes = new Uint8Array(0);

interface Door<S extends Signal> {
  readonly signal: S;
  readonly next: Consumer<BatchOf[S]>;
  readonly metrics: ReceiverMetrics;
  readonly includeMetadata: boolean;
  /** Batches that nobody uses any more, to be filled again. */
  readonly spares: BatchOf[S][];
}

/** Takes one decoded request; resolves with the answer when everything that it held is safe. */
async function take<S extends Signal>(
  door: Door<S>,
  encoding: Encoding,
  decoded: Decoded<BatchOf[S]>,
  headers: IncomingHttpHeaders,
): Promise<Uint8Array> {
  const {signal, metrics} = door;
  const {batch, rejected, rejectedReason} = decoded;
  const count = batch.items.count;
  // An empty request is a success (OTLP specification, "Full Success").
  if (count > 0) {
    try {
      await door.next(batch, contextOf(headers, door.includeMetadata));
    } catch (error) {
      metrics.refused(signal, count, errorStatus(error).reason);
      throw error;
    }
    metrics.accepted(signal, count);
    if (batch.released && door.spares.length < maxSpares) {
      giveBytes(batch.heap.bytes); // the body
      resetBatch(batch, noBytes);
      door.spares.push(batch);
    }
  }
  if (rejected > 0) metrics.refused(signal, rejected, 'invalid');
  metrics.request();
  return encodeExportResponse(encoding, signal, rejected, rejectedReason);
}

/** Decodes a body with the signal's codec: the one place that pairs a signal with its batch. */
function decode<S extends Signal>(
  {signal, spares}: Door<S>,
  encoding: Encoding,
  body: Uint8Array,
): Decoded<BatchOf[S]> {
  const codec = otlp[signal] as unknown as OtlpCodec<BatchOf[S]>;
  return encoding === 'proto' ? codec.decodeProto(body, spares.pop()) : codec.decodeJson(body);
}

const signals = ['traces', 'metrics', 'logs'] as const;

function createGrpc(settings: Settings, grpc: GrpcConfig, next: Consumers): Component {
  const metrics = createReceiverMetrics(settings, 'grpc');
  const methods = new Map<string, GrpcMethod>();
  const add = <S extends Signal>(signal: S, consumer: Consumer<BatchOf[S]> | undefined): void => {
    if (consumer === undefined) return;
    const door: Door<S> = {signal, next: consumer, metrics, includeMetadata: grpc.include_metadata, spares: []};
    methods.set(grpcPaths[signal], {
      kind: 'unary',
      handle: async (body, {headers}) => take(door, 'proto', decode(door, 'proto', body), headers),
    });
  };
  for (const signal of signals) add(signal, next[signal] as Consumer<BatchOf[typeof signal]> | undefined);
  const server = createGrpcServer({
    methods,
    statusOf(error) {
      const status = errorStatus(error);
      if (status.unforeseen) settings.log.error({err: error}, 'an export failed');
      metrics.request(status);
      const details = encodeRpcStatus('proto', status.grpc, status.message, status.retryAfterMs);
      return {code: status.grpc, message: status.message, details};
    },
    admission: settings.admission,
    log: settings.log,
    ...grpcServerOptions(grpc),
    onForeign: () => metrics.foreign(),
  });
  return {
    start: () => startListening(settings, 'grpc', server, grpc.endpoint),
    stop: () => server.stop(graceMs),
  };
}

const contentTypes: Readonly<Record<string, Encoding>> = {
  'application/x-protobuf': 'proto',
  'application/json': 'json',
};
const contentTypeOf: Readonly<Record<Encoding, string>> = {proto: 'application/x-protobuf', json: 'application/json'};

function createHttp(settings: Settings, http: HttpConfig, next: Consumers): Component {
  const metrics = createReceiverMetrics(settings, 'http');
  const routes = new Map<string, HttpRoute>();
  const add = <S extends Signal>(signal: S, path: string, consumer: Consumer<BatchOf[S]> | undefined): void => {
    if (consumer === undefined) return;
    const door: Door<S> = {signal, next: consumer, metrics, includeMetadata: http.include_metadata, spares: []};
    routes.set(path, {
      method: 'POST',
      contentTypes: Object.keys(contentTypes),
      async handle({contentType, body, headers}) {
        const encoding = contentTypes[contentType] as Encoding;
        const reply = await take(door, encoding, decode(door, encoding, body), headers);
        return {status: 200, contentType: contentTypeOf[encoding], body: reply};
      },
    });
  };
  add('traces', http.traces_url_path, next.traces);
  add('metrics', http.metrics_url_path, next.metrics);
  add('logs', http.logs_url_path, next.logs);
  const server = createHttpServer({
    routes,
    refuse: (status, contentType) => refusal(status, contentTypes[contentType] ?? 'json'),
    onRefused: (status) => metrics.request(status),
    admission: settings.admission,
    log: settings.log,
    ...httpServerOptions(http),
    onForeign: () => metrics.foreign(),
  });
  return {
    start: () => startListening(settings, 'http', server, http.endpoint),
    stop: () => server.stop(graceMs),
  };
}

/** A google.rpc.Status in the encoding of the request (OTLP specification, "Failures" of OTLP/HTTP). */
const refusal = (status: ErrorStatus, encoding: Encoding): {contentType: string; body: Uint8Array} => ({
  contentType: contentTypeOf[encoding],
  body: encodeRpcStatus(encoding, status.grpc, status.message, status.retryAfterMs),
});
