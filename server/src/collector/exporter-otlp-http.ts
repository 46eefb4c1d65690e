/** Forwards over OTLP/HTTP, in protobuf or JSON. */
import * as http from 'node:http';
import * as https from 'node:https';
import {defaultTenant, errorMessage, PermanentError, RetryableError, utf8} from '../base/index.ts';
import {type ConfigType, ignored, mapOf, object, oneOf, optional, scalar, text, withDefault} from '../config/index.ts';
import {compress} from '../net/index.ts';
import {allSignals, clientFields, createForwarder, type ExporterFactory, tlsClientOptions} from '../pipeline/index.ts';
import {encodeJson, encodeProto} from '../wire/index.ts';
import {
  readPartialSuccess,
  readPartialSuccessJson,
  readRetryAfter,
  readRpcStatus,
  readRpcStatusJson,
} from './otlp-answers.ts';

const url: ConfigType<URL> = scalar('URL', (_, written) =>
  URL.canParse(written) && /^https?:/.test(written)
    ? {value: new URL(written)}
    : 'expected a URL, such as http://collector:4318',
);

const config = object(
  {
    endpoint: optional(url, 'Where to send, without `/v1/traces` and the like.'),
    traces_endpoint: optional(url, 'The whole URL for traces, instead of `endpoint`.'),
    metrics_endpoint: optional(url, 'The whole URL for metrics.'),
    logs_endpoint: optional(url, 'The whole URL for logs.'),
    encoding: withDefault(oneOf('proto', 'json'), 'proto', 'proto', 'How requests are encoded.'),
    compression: withDefault(
      oneOf('gzip', 'zstd', 'deflate', 'none', ''),
      'gzip',
      'gzip',
      'How requests are compressed.',
    ),
    headers: withDefault(mapOf(text), new Map(), '{}', 'Sent with every request, such as a key of the other side.'),
    ...clientFields(30_000),
    compression_params: ignored('the usual level is used'),
    read_buffer_size: ignored('the runtime chooses its buffers'),
    write_buffer_size: ignored('the runtime chooses its buffers'),
    max_idle_conns: ignored('as many connections are kept as requests are under way'),
    max_idle_conns_per_host: ignored('as many connections are kept as requests are under way'),
    max_conns_per_host: ignored('`num_consumers` of the queue bounds the connections'),
    idle_conn_timeout: ignored('the other side closes idle connections'),
    disable_keep_alives: ignored('connections are kept'),
  },
  ({endpoint, traces_endpoint, metrics_endpoint, logs_endpoint}, node, report) => {
    if ((endpoint ?? traces_endpoint ?? metrics_endpoint ?? logs_endpoint) === undefined) {
      report.fault(node.at, '`endpoint` is required: where to send, such as http://collector:4318');
    }
  },
);

/** Of an answer; more is not read. */
const maxAnswerBytes = 1 << 20;

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
    const agents = {
      'http:': new http.Agent({keepAlive: true}),
      'https:': new https.Agent({keepAlive: true, ...tlsClientOptions(options.tls)}),
    };
    const compression = options.compression === '' || options.compression === 'none' ? 'identity' : options.compression;
    const fixed = Object.fromEntries([...options.headers].map(([name, value]) => [name.toLowerCase(), value]));
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
        const agent = agents[target.protocol as keyof typeof agents];
        const answer = await post(target, agent, headers, await compress(compression, body), timeout);
        if (answer.status >= 200 && answer.status < 300) {
          return encoding === 'proto' ? readPartialSuccess(answer.body) : readPartialSuccessJson(utf8(answer.body));
        }
        const said = encoding === 'proto' ? readRpcStatus(answer.body).message : readRpcStatusJson(utf8(answer.body));
        const message = `the other side answered HTTP ${answer.status}${said === '' ? '' : `: ${said}`}`;
        if (!retryable.has(answer.status)) throw new PermanentError('destination', message);
        const retryAfterMs = readRetryAfter(answer.headers['retry-after'], settings.clock.now());
        throw new RetryableError('destination', message, retryAfterMs ?? 0);
      },
      async close() {
        for (const agent of Object.values(agents)) agent.destroy();
      },
    });
  },
};

/** OTLP specification, "Retryable Response Codes". */
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504]);

function join(base: URL | undefined, path: string): URL | undefined {
  return base === undefined ? undefined : new URL(path, base.href.endsWith('/') ? base : `${base.href}/`);
}

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** Rejects with RetryableError where there is no answer. Redirections are not followed. */
function post(
  target: URL,
  agent: http.Agent,
  headers: http.OutgoingHttpHeaders,
  body: Uint8Array,
  timeoutMs: number,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = target.protocol === 'https:' ? https.request : http.request;
    const options = {
      method: 'POST',
      agent,
      headers: {...headers, 'content-length': body.length},
      signal: AbortSignal.timeout(timeoutMs),
    };
    const request = send(target, options, (response) => {
      const chunks: Buffer[] = [];
      let received = 0;
      response.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received <= maxAnswerBytes) chunks.push(chunk);
        else request.destroy(new Error('its answer is too large'));
      });
      response.on('error', fail);
      response.on('end', () =>
        resolve({status: response.statusCode as number, headers: response.headers, body: Buffer.concat(chunks)}),
      );
    });
    const fail = (error: Error): void => {
      const reason =
        error.name === 'AbortError' || error.name === 'TimeoutError'
          ? `no answer within ${timeoutMs} ms`
          : errorMessage(error);
      reject(new RetryableError('destination', `the other side cannot be reached: ${reason}`, 0));
    };
    request.on('error', fail);
    request.end(body);
  });
}
