/** Receives OTLP over gRPC and over HTTP, in protobuf and JSON (https://opentelemetry.io/docs/specs/otlp/). */
import {always, ignored, object, optional, withDefault} from '../config/index.ts';
import {type AnyBatch, type Signal, tableBytes} from '../model/index.ts';
import {
  createGrpcServer,
  createHttpServer,
  type ErrorStatus,
  errorStatus,
  type GrpcCall,
  type GrpcMethod,
  grpcServerFields,
  grpcServerOptions,
  type HttpRoute,
  httpServerFields,
  httpServerOptions,
  serverObject,
  startListening,
  urlPath,
} from '../net/index.ts';
import {
  type Component,
  contextOf,
  createReceiverMetrics,
  type Intake,
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

const grpcConfig = serverObject(grpcServerFields(4317));
const httpConfig = serverObject(
  {
    ...httpServerFields(4318),
    traces_url_path: withDefault(urlPath, '/v1/traces', '/v1/traces', 'Path for traces.'),
    metrics_url_path: withDefault(urlPath, '/v1/metrics', '/v1/metrics', 'Path for metrics.'),
    logs_url_path: withDefault(urlPath, '/v1/logs', '/v1/logs', 'Path for logs.'),
    profiles_url_path: ignored('profiles are not received'),
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
    'The protocols to listen for.',
  ),
});
type GrpcConfig = ReturnType<typeof grpcConfig.read>;
type HttpConfig = ReturnType<typeof httpConfig.read>;
type OtlpConfig = ReturnType<typeof config.read>;

export const otlpReceiver: ReceiverFactory<OtlpConfig> = {
  help: 'OTLP over gRPC and over HTTP: what every OpenTelemetry SDK and Collector sends.',
  signals: ['traces', 'metrics', 'logs'],
  config,
  create(settings, {protocols: {grpc, http}}, intake) {
    const servers: Component[] = [];
    if (grpc !== undefined) servers.push(createGrpc(settings, grpc, intake));
    if (http !== undefined) servers.push(createHttp(settings, http, intake));
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

interface Door {
  readonly signal: Signal;
  readonly transport: 'grpc' | 'http';
  readonly intake: Intake;
  readonly metrics: ReceiverMetrics;
  readonly includeMetadata: boolean;
}

/** Takes one request; resolves with the answer when everything that it held is safe. */
async function take(
  {signal, transport, intake, metrics, includeMetadata}: Door,
  encoding: Encoding,
  body: Uint8Array,
  {headers, client, hold}: Pick<GrpcCall, 'headers' | 'client' | 'hold'>,
): Promise<Uint8Array> {
  const {batch, rejected, rejectedReason} = decode(signal, intake, encoding, body);
  hold(tableBytes(batch));
  let left = rejected;
  const reasons = rejectedReason === '' ? [] : [rejectedReason];
  const onLeftOut = (items: number, reason: string): void => {
    left += items;
    reasons.push(reason);
  };
  await intake.deliver({
    batch,
    context: {...contextOf(headers, includeMetadata, client), onLeftOut},
    transport,
    rejected,
  });
  metrics.request();
  return encodeExportResponse(encoding, signal, left, reasons.join('; '));
}

/** Decodes a body with the signal's codec: the one place that pairs a signal with its batch. */
function decode<S extends Signal>(signal: S, intake: Intake, encoding: Encoding, body: Uint8Array): Decoded<AnyBatch> {
  const codec = otlp[signal] as unknown as OtlpCodec<AnyBatch>;
  return encoding === 'proto' ? codec.decodeProto(body, intake.spare(signal)) : codec.decodeJson(body);
}

const signals = ['traces', 'metrics', 'logs'] as const;

function createGrpc(settings: Settings, grpc: GrpcConfig, intake: Intake): Component {
  const metrics = createReceiverMetrics(settings, 'grpc');
  const methods = new Map<string, GrpcMethod>();
  for (const signal of signals.filter(intake.takes)) {
    const door: Door = {signal, transport: 'grpc', intake, metrics, includeMetadata: grpc.include_metadata};
    methods.set(grpcPaths[signal], {
      kind: 'unary',
      handle: (body, call) => take(door, 'proto', body, call),
    });
  }
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
    ...grpcServerOptions(grpc, settings),
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

function createHttp(settings: Settings, http: HttpConfig, intake: Intake): Component {
  const metrics = createReceiverMetrics(settings, 'http');
  const paths = {traces: http.traces_url_path, metrics: http.metrics_url_path, logs: http.logs_url_path};
  const routes = new Map<string, HttpRoute>();
  for (const signal of signals.filter(intake.takes)) {
    const door: Door = {signal, transport: 'http', intake, metrics, includeMetadata: http.include_metadata};
    routes.set(paths[signal], {
      method: 'POST',
      contentTypes: Object.keys(contentTypes),
      async handle(request) {
        const encoding = contentTypes[request.contentType] as Encoding;
        const reply = await take(door, encoding, request.body, request);
        return {status: 200, contentType: contentTypeOf[encoding], body: reply};
      },
    });
  }
  const server = createHttpServer({
    routes,
    refuse: (status, contentType) => refusal(status, contentTypes[contentType] ?? 'json'),
    onRefused: (status) => metrics.request(status),
    admission: settings.admission,
    log: settings.log,
    ...httpServerOptions(http, settings),
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
