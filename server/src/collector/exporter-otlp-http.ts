/** Forwards over OTLP/HTTP, in protobuf or JSON. */
import {defaultTenant, PermanentError, utf8} from '../base/index.ts';
import {always, headerMap, integer, object, oneOf, optional, withDefault} from '../config/index.ts';
import {compress, compressionOf} from '../net/index.ts';
import {allSignals, clientFields, createForwarder, type ExporterFactory, fixedHeaders} from '../pipeline/index.ts';
import {encodeJson, encodeProto, snappyCompress} from '../wire/index.ts';
import {answerError, createHttpClient, httpUrl, transportFields} from './http-client.ts';
import {readPartialSuccess, readPartialSuccessJson, readRpcStatus, readRpcStatusJson} from './otlp-answers.ts';

const url = httpUrl('a URL, such as http://collector:4318');

const config = object(
  {
    endpoint: optional(url, 'Where to send, without `/v1/traces` and the like.'),
    traces_endpoint: optional(url, 'The whole URL for traces, instead of `endpoint`.'),
    metrics_endpoint: optional(url, 'The whole URL for metrics.'),
    logs_endpoint: optional(url, 'The whole URL for logs.'),
    encoding: withDefault(oneOf('proto', 'json'), 'proto', 'proto', 'How requests are encoded.'),
    compression: withDefault(
      oneOf('gzip', 'zstd', 'deflate', 'zlib', 'snappy', 'none', ''),
      'gzip',
      'gzip',
      'How requests are compressed.',
    ),
    headers: withDefault(
      headerMap,
      new Map<string, string>(),
      '{}',
      'Sent with every request, such as a key of the other side.',
    ),
    ...clientFields(30_000),
    compression_params: always(
      object({level: withDefault(integer(-2, 22), 0, '0', 'The level of gzip, zlib and zstd; 0: the usual one.')}),
      'How hard to compress.',
    ),
    ...transportFields,
  },
  (
    {endpoint, traces_endpoint, metrics_endpoint, logs_endpoint, compression, compression_params: {level}},
    node,
    report,
  ) => {
    const highest: Readonly<Record<string, number>> = {gzip: 9, zlib: 9, deflate: 9, zstd: 22};
    if (level !== 0 && (level > (highest[compression] ?? 0) || (compression === 'zstd' && level < 0))) {
      report.fault(node.at, `\`compression_params\`: ${compression || 'none'} has no level ${level}`);
    }
    if ((endpoint ?? traces_endpoint ?? metrics_endpoint ?? logs_endpoint) === undefined) {
      report.fault(node.at, '`endpoint` is required: where to send, such as http://collector:4318');
    }
  },
);

export const otlpHttpExporter: ExporterFactory<ReturnType<typeof config.read>> = {
  help: 'Forwards over OTLP/HTTP. The tenant goes along as `X-Scope-OrgID` where it is not the default one.',
  signals: allSignals,
  config,
  create(settings, options) {
    const {encoding, timeout} = options;
    const targets = {
      traces: options.traces_endpoint ?? join(options.endpoint, 'v1/traces'),
      metrics: options.metrics_endpoint ?? join(options.endpoint, 'v1/metrics'),
      logs: options.logs_endpoint ?? join(options.endpoint, 'v1/logs'),
    };
    const http = createHttpClient(options.tls, timeout, options);
    const compression = compressionOf(options.compression);
    const {level} = options.compression_params;
    const pack = async (body: Uint8Array): Promise<Uint8Array> =>
      compression === 'snappy'
        ? snappyCompress(body)
        : compress(compression === 'zlib' ? 'deflate' : compression, body, level);
    const fixed = fixedHeaders(options.headers);
    return createForwarder(settings, {
      ...options,
      encode: encoding === 'proto' ? encodeProto : encodeJson,
      async send({signal, tenant, body, authorize}) {
        const target = targets[signal];
        if (target === undefined) throw new PermanentError('no_endpoint', `no endpoint is set for ${signal}`);
        const headers = authorize({
          'content-type': encoding === 'proto' ? 'application/x-protobuf' : 'application/json',
          'user-agent': 'weft',
          ...fixed,
          ...(tenant === defaultTenant ? {} : {'x-scope-orgid': tenant}),
          ...(compression === 'identity' ? {} : {'content-encoding': compression}),
        });
        const answer = await http.post(target, headers, await pack(body));
        if (answer.status >= 200 && answer.status < 300) {
          return encoding === 'proto' ? readPartialSuccess(answer.body) : readPartialSuccessJson(utf8(answer.body));
        }
        const said = encoding === 'proto' ? readRpcStatus(answer.body).message : readRpcStatusJson(utf8(answer.body));
        const message = `the other side answered HTTP ${answer.status}${said === '' ? '' : `: ${said}`}`;
        throw answerError(answer, message, retryable.has(answer.status), settings.clock.now());
      },
      close: () => http.close(),
    });
  },
};

/** OTLP specification, "Retryable Response Codes". */
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504]);

function join(base: URL | undefined, path: string): URL | undefined {
  return base === undefined ? undefined : new URL(path, base.href.endsWith('/') ? base : `${base.href}/`);
}
