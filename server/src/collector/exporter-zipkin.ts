/** Sends to Zipkin, or to what takes Zipkin's v2 spans over HTTP. */
import {defaultTenant, PermanentError, RetryableError, utf8} from '../base/index.ts';
import {type ConfigType, ignored, mapOf, object, oneOf, required, scalar, text, withDefault} from '../config/index.ts';
import type {Lent, SpanBatch} from '../model/index.ts';
import {compress} from '../net/index.ts';
import {clientFields, createForwarder, type ExporterFactory} from '../pipeline/index.ts';
import {encodeZipkinJson, encodeZipkinProto, missingServiceName} from '../wire/index.ts';
import {createHttpClient, transportFields} from './http-client.ts';
import {readRetryAfter} from './otlp-answers.ts';

const url: ConfigType<URL> = scalar('URL', (_, written) =>
  URL.canParse(written) && /^https?:/.test(written)
    ? {value: new URL(written)}
    : 'expected a URL, such as http://zipkin:9411/api/v2/spans',
);

const config = object({
  endpoint: required(url, 'Where to send, the whole URL: `http://zipkin:9411/api/v2/spans`.'),
  format: withDefault(oneOf('json', 'proto'), 'json', 'json', 'How spans are encoded.'),
  default_service_name: withDefault(
    text,
    missingServiceName,
    missingServiceName,
    'The service of spans whose resource names none.',
  ),
  compression: withDefault(
    oneOf('gzip', 'zstd', 'deflate', 'none', ''),
    'none',
    'none',
    'How requests are compressed.',
  ),
  headers: withDefault(mapOf(text), new Map(), '{}', 'Sent with every request, such as a key of the other side.'),
  ...clientFields(5000),
  compression_params: ignored('the usual level is used'),
  ...transportFields,
});

export const zipkinExporter: ExporterFactory<ReturnType<typeof config.read>> = {
  help: 'Sends spans to Zipkin, v2 as JSON or protobuf. The tenant goes along as `X-Scope-OrgID` where it is not the default one.',
  signals: ['traces'],
  config,
  create(settings, options) {
    const {endpoint, format, default_service_name: name, timeout} = options;
    const http = createHttpClient(options.tls, timeout, options);
    const compression = options.compression === '' || options.compression === 'none' ? 'identity' : options.compression;
    const fixed = Object.fromEntries([...options.headers].map(([key, value]) => [key.toLowerCase(), value]));
    const encode = format === 'json' ? encodeZipkinJson : encodeZipkinProto;
    return createForwarder(settings, {
      ...options,
      // Only traces lead here.
      encode: (batch) => encode(batch as Lent<SpanBatch>, name),
      async send({tenant, body, authorize}) {
        const headers = authorize({
          'content-type': format === 'json' ? 'application/json' : 'application/x-protobuf',
          'user-agent': 'weft',
          ...fixed,
          ...(tenant === defaultTenant ? {} : {'x-scope-orgid': tenant}),
          ...(compression === 'identity' ? {} : {'content-encoding': compression}),
        });
        const answer = await http.post(endpoint, headers, await compress(compression, body));
        if (answer.status >= 200 && answer.status < 300) return {rejected: 0, message: ''};
        const said = utf8(answer.body).trim().slice(0, 200);
        const message = `the other side answered HTTP ${answer.status}${said === '' ? '' : `: ${said}`}`;
        if (!isRetryable(answer.status)) throw new PermanentError('destination', message);
        const retryAfterMs = readRetryAfter(answer.headers['retry-after'], settings.clock.now());
        throw new RetryableError('destination', message, retryAfterMs ?? 0);
      },
      close: () => http.close(),
    });
  },
};

/** Zipkin answers 500 and 503 where its storage does not take spans at the moment, 400 where it never will. */
const isRetryable = (status: number): boolean => status >= 500 || status === 408 || status === 429;
