/** Sends to Zipkin, or to what takes Zipkin's v2 spans over HTTP. */
import {defaultTenant, utf8} from '../base/index.ts';
import {headerMap, ignored, object, oneOf, required, text, withDefault} from '../config/index.ts';
import type {Lent, SpanBatch} from '../model/index.ts';
import {compress, compressionOf} from '../net/index.ts';
import {clientFields, createForwarder, type ExporterFactory, fixedHeaders} from '../pipeline/index.ts';
import {encodeZipkinJson, encodeZipkinProto, missingServiceName} from '../wire/index.ts';
import {answerError, createHttpClient, httpUrl, transportFields} from './http-client.ts';

const url = httpUrl('a URL, such as http://zipkin:9411/api/v2/spans');

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
  headers: withDefault(
    headerMap,
    new Map<string, string>(),
    '{}',
    'Sent with every request, such as a key of the other side.',
  ),
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
    const compression = compressionOf(options.compression);
    const fixed = fixedHeaders(options.headers);
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
        throw answerError(answer, message, isRetryable(answer.status), settings.clock.now());
      },
      close: () => http.close(),
    });
  },
};

/** Zipkin answers 500 and 503 where its storage does not take spans at the moment, 400 where it never will. */
const isRetryable = (status: number): boolean => status >= 500 || status === 408 || status === 429;
