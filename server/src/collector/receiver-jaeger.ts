/** Receives what Jaeger's clients, agents and collectors send (github.com/jaegertracing/jaeger-idl). */
import {
  createGrpcServer,
  createHttpServer,
  createUdpServer,
  errorStatus,
  grpcServerOptions,
  httpServerOptions,
} from '../net/index.ts';
import {
  type Component,
  createReceiverMetrics,
  type Intake,
  type ReceiverFactory,
  type Settings,
} from '../pipeline/index.ts';
import {decodeAgentMessage, decodeJaegerProto, decodeJaegerThrift, type ThriftProtocol} from '../wire/index.ts';
import {postSpansPath} from './jaeger-paths.ts';
import {
  type GrpcConfig,
  type JaegerReceiverConfig,
  jaegerReceiverConfig,
  type ThriftHttpConfig,
  type UdpConfig,
} from './receiver-jaeger-settings.ts';
import {datagramContext, graceMs, listenOrSkip, requestContext, takeSpans, together} from './receiver-spans.ts';
import {samplingAnswers, samplingPath} from './sampling-answers.ts';

export const jaegerReceiver: ReceiverFactory<JaegerReceiverConfig> = {
  help: "Spans of Jaeger's clients and agents: gRPC, Thrift over HTTP, and Thrift by UDP.",
  signals: ['traces'],
  config: jaegerReceiverConfig,
  create(settings, {protocols, port_in_use: portInUse}, intake) {
    const {grpc, thrift_http, thrift_compact, thrift_binary, zipkin_compact} = protocols;
    const door: Door = {settings, intake, portInUse};
    const servers: Component[] = [];
    if (grpc !== undefined) servers.push(createGrpc(door, grpc));
    if (thrift_http !== undefined) servers.push(createHttp(door, thrift_http));
    if (thrift_compact !== undefined) servers.push(createUdp(door, 'thrift_compact', 'compact', thrift_compact));
    if (thrift_binary !== undefined) servers.push(createUdp(door, 'thrift_binary', 'binary', thrift_binary));
    if (zipkin_compact !== undefined) servers.push(createUdp(door, 'zipkin_compact', 'compact', zipkin_compact));
    // A datagram that has come is not sent again.
    const drains = (thrift_compact ?? thrift_binary ?? zipkin_compact) !== undefined;
    return {...together(servers), drains};
  },
};

interface Door {
  readonly settings: Settings;
  readonly intake: Intake;
  readonly portInUse: 'fail' | 'skip';
}

/** An empty `PostSpansResponse`. */
const nothing = new Uint8Array(0);

function createGrpc({settings, intake, portInUse}: Door, grpc: GrpcConfig): Component {
  const metrics = createReceiverMetrics(settings, 'grpc');
  const server = createGrpcServer({
    methods: new Map([
      [
        postSpansPath,
        {
          kind: 'unary',
          async handle(body, call) {
            const {hold} = call;
            const context = requestContext(call, grpc.include_metadata);
            await takeSpans({intake, transport: 'grpc', body, context, hold, decode: decodeJaegerProto});
            metrics.request();
            return nothing;
          },
        },
      ],
      // Jaeger's agents and clients ask the collector that they send to.
      [samplingPath, samplingAnswers(settings, 'grpc').method],
    ]),
    statusOf(error) {
      const status = errorStatus(error);
      if (status.unforeseen) settings.log.error({err: error}, 'a request failed');
      metrics.request(status);
      return {code: status.grpc, message: status.message};
    },
    admission: settings.admission,
    log: settings.log,
    ...grpcServerOptions(grpc, settings),
    onForeign: () => metrics.foreign(),
  });
  return {
    start: () => listenOrSkip(settings, portInUse, 'grpc', server, grpc.endpoint),
    stop: () => server.stop(graceMs),
  };
}

function createHttp({settings, intake, portInUse}: Door, http: ThriftHttpConfig): Component {
  const metrics = createReceiverMetrics(settings, 'collector_http');
  const server = createHttpServer({
    routes: new Map([
      [
        '/api/traces',
        {
          method: 'POST',
          contentTypes: ['application/x-thrift', 'application/vnd.apache.thrift.binary'],
          async handle(request) {
            const {body, hold} = request;
            const context = requestContext(request, http.include_metadata);
            const decode = (bytes: Uint8Array, spare: Parameters<typeof decodeJaegerThrift>[2]) =>
              decodeJaegerThrift(bytes, 'binary', spare);
            await takeSpans({intake, transport: 'collector_http', body, context, hold, decode});
            metrics.request();
            return {status: 202, contentType: 'text/plain; charset=utf-8', body: ''};
          },
        },
      ],
      ['/api/sampling', samplingAnswers(settings, 'http').route(false)],
    ]),
    refuse: ({message}) => ({contentType: 'text/plain; charset=utf-8', body: `${message}\n`}),
    onRefused: (status) => metrics.request(status),
    admission: settings.admission,
    log: settings.log,
    ...httpServerOptions(http, settings),
    onForeign: () => metrics.foreign(),
  });
  return {
    start: () => listenOrSkip(settings, portInUse, 'thrift_http', server, http.endpoint),
    stop: () => server.stop(graceMs),
  };
}

function createUdp(
  {settings, intake, portInUse}: Door,
  name: string,
  protocol: ThriftProtocol,
  config: UdpConfig,
): Component {
  const transport = `udp_${name}`;
  const metrics = createReceiverMetrics(settings, transport);
  const dropped = settings.meter.counter(
    'weft_receiver_datagrams_dropped',
    'Datagrams of which nothing, or not all, came into the pipeline: UDP has no answer that would tell their sender.',
  );
  const server = createUdpServer({
    async handle(body, hold) {
      const decode = (bytes: Uint8Array, spare: Parameters<typeof decodeAgentMessage>[3]) =>
        decodeAgentMessage(bytes, protocol, {now: () => settings.clock.now()}, spare);
      await takeSpans({intake, transport, body, context: datagramContext, hold, decode});
      metrics.request();
    },
    onDropped(reason, error) {
      dropped.with({receiver: settings.id, transport, reason}).add(1);
      if (error !== undefined) metrics.request(errorStatus(error));
      settings.log.debug({reason, error: error instanceof Error ? error.message : undefined}, 'a datagram was dropped');
    },
    admission: settings.admission,
    log: settings.log,
    maxDatagramBytes: config.max_packet_size,
    queueSize: config.queue_size,
    workers: config.workers,
    receiveBufferBytes: config.socket_buffer_size,
  });
  return {
    start: () => listenOrSkip(settings, portInUse, name, server, config.endpoint),
    stop: () => server.stop(graceMs),
  };
}
