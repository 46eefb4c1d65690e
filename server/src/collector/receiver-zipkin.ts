/**
 * Receives what Zipkin's clients send (https://zipkin.io/zipkin-api/): v2 as JSON and protobuf, v1 as JSON and Thrift. Zipkin's query
 * API is on the same port, as on Zipkin's server; the query thread answers it.
 */
import {bool, isLoopback, optional, withDefault} from '../config/index.ts';
import type {SpanBatch} from '../model/index.ts';
import {createHttpServer, type HttpRoute, httpServerFields, httpServerOptions, serverObject} from '../net/index.ts';
import {createReceiverMetrics, type ReceiverFactory, type ReceiverMetrics} from '../pipeline/index.ts';
import {
  type Decoded,
  decodeZipkinJson,
  decodeZipkinProto,
  decodeZipkinThrift,
  decodeZipkinV1Json,
  type ZipkinOptions,
} from '../wire/index.ts';
import {graceMs, listenOrSkip, portInUse, requestContext, takeSpans} from './receiver-spans.ts';
import {zipkinReads} from './receiver-zipkin-reads.ts';

const config = serverObject({
  ...httpServerFields(9411),
  parse_string_tags: withDefault(
    bool,
    false,
    'false',
    'Read tags that are numbers, `true` or `false` as such; else all of them are texts.',
  ),
  query_api: optional(
    bool,
    "Answer Zipkin's query API too, from all that is stored. Without it: on a loopback address or a Unix domain socket only, since whoever reaches the port could read everything.",
  ),
  port_in_use: portInUse,
});

type Decode = (body: Uint8Array, options: ZipkinOptions, spare: SpanBatch | undefined) => Decoded<SpanBatch>;
interface Format {
  /** For the counters. */
  readonly transport: string;
  readonly decode: Decode;
}

const v2Json: Format = {transport: 'http_v2_json', decode: decodeZipkinJson};
const v2Proto: Format = {transport: 'http_v2_proto', decode: decodeZipkinProto};
const v1Json: Format = {transport: 'http_v1_json', decode: (body, options) => decodeZipkinV1Json(body, options)};
const v1Thrift: Format = {
  transport: 'http_v1_thrift',
  decode: (body, options) => decodeZipkinThrift(body, 'binary', options),
};

/** By path, then by content type; what is not named is JSON, as Zipkin's server has it. */
const formats: Readonly<Record<string, (contentType: string) => Format>> = {
  '/api/v2/spans': (type) => (type === 'application/x-protobuf' ? v2Proto : v2Json),
  '/api/v1/spans': (type) => (type === 'application/x-thrift' ? v1Thrift : v1Json),
};

export const zipkinReceiver: ReceiverFactory<ReturnType<typeof config.read>> = {
  help: "Spans of Zipkin's clients: v2 as JSON and protobuf at `/api/v2/spans`, v1 as JSON and Thrift at `/api/v1/spans`.",
  signals: ['traces'],
  config,
  create(settings, options, intake) {
    const metrics: Record<string, ReceiverMetrics> = {};
    const metricsOf = (transport: string): ReceiverMetrics =>
      (metrics[transport] ??= createReceiverMetrics(settings, transport));
    const zipkinOptions = {parseStringTags: options.parse_string_tags, now: () => settings.clock.now()};
    const route = (formatOf: (contentType: string) => Format): HttpRoute => ({
      method: 'POST',
      contentTypes: [],
      async handle(request) {
        const {contentType, body, hold} = request;
        const {transport, decode} = formatOf(contentType);
        await takeSpans({
          intake,
          transport,
          body,
          context: requestContext(request, options.include_metadata),
          hold,
          decode: (bytes, spare) => decode(bytes, zipkinOptions, spare),
        });
        metricsOf(transport).request();
        return {status: 202, contentType: 'text/plain; charset=utf-8', body: ''};
      },
    });
    const {host, path} = options.endpoint;
    const loopback = isLoopback(host);
    const answersQueries = options.query_api ?? (loopback || path !== undefined);
    const server = createHttpServer({
      routes: new Map(Object.entries(formats).map(([path, formatOf]) => [path, route(formatOf)])),
      refuse: ({message}) => ({contentType: 'text/plain; charset=utf-8', body: `${message}\n`}),
      ...(settings.queries && {
        reads: zipkinReads({id: settings.id, queries: settings.queries, isOpen: answersQueries, loopback}),
      }),
      onRefused: (status) => metricsOf('http').request(status),
      admission: settings.admission,
      log: settings.log,
      ...httpServerOptions(options, settings),
      onForeign: () => metricsOf('http').foreign(),
    });
    const answers = answersQueries
      ? "answers Zipkin's query API"
      : "does not answer Zipkin's query API; `query_api: true` has it do so";
    const listener: typeof server = {
      ...server,
      async listen(target) {
        const bound = await server.listen(target);
        if (settings.queries !== undefined) settings.log.info({}, `${settings.id} ${answers}`);
        return bound;
      },
    };
    return {
      answers,
      start: () => listenOrSkip(settings, options.port_in_use, 'http', listener, options.endpoint),
      stop: () => server.stop(graceMs),
    };
  },
};
