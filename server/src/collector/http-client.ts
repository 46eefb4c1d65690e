/** The HTTP client of exporters: one POST an attempt, connections kept, a bound on the answer. */
import type * as http from 'node:http';
import * as https from 'node:https';
import {errorMessage, nodeHttp, PermanentError, RetryableError} from '../base/index.ts';
import {
  always,
  bool,
  type ConfigType,
  ignored,
  integer,
  object,
  optional,
  scalar,
  unsupported,
  withDefault,
} from '../config/index.ts';
import {tlsClientOptions} from '../pipeline/index.ts';
import {readRetryAfter} from './otlp-answers.ts';

type TlsClient = Parameters<typeof tlsClientOptions>[0];

/** A URL that requests can go to; `words` say what is expected, with an example. */
export const httpUrl = (words: string): ConfigType<URL> =>
  scalar('URL', (_, written) =>
    URL.canParse(written) && /^https?:/.test(written) ? {value: new URL(written)} : `expected ${words}`,
  );

/** The settings of confighttp's client about its connections. */
export const transportFields = {
  proxy_url: optional(httpUrl('the URL of a proxy, such as http://proxy:3128'), 'The proxy that requests go through.'),
  max_conns_per_host: withDefault(
    integer(),
    0,
    '0',
    'How many connections at once; 0: as many as requests are under way.',
  ),
  disable_keep_alives: withDefault(bool, false, 'false', 'A connection of its own for every request.'),
  max_idle_conns: ignored('as many connections are kept as requests are under way'),
  max_idle_conns_per_host: ignored('as many connections are kept as requests are under way'),
  idle_conn_timeout: ignored('the other side closes idle connections'),
  keepalive: always(
    object({
      enabled: withDefault(bool, true, 'true', 'false: a connection of its own for every request.'),
      max_idle_conns: ignored('as many connections are kept as requests are under way'),
      max_idle_conns_per_host: ignored('as many connections are kept as requests are under way'),
      idle_conn_timeout: ignored('the other side closes idle connections'),
    }),
    'Whether connections are kept for the next request.',
  ),
  read_buffer_size: ignored('the runtime chooses its buffers'),
  write_buffer_size: ignored('the runtime chooses its buffers'),
  force_attempt_http2: ignored('requests go over HTTP/1.1'),
  http2_read_idle_timeout: ignored('requests go over HTTP/1.1'),
  http2_ping_timeout: ignored('requests go over HTTP/1.1'),
  cookies: unsupported('cookies of the other side are not kept'),
};
const transport = object(transportFields);
type Transport = ReturnType<typeof transport.read>;

export interface HttpClient {
  /** Rejects with RetryableError where there is no answer in time. Redirections are not followed. */
  post(target: URL, headers: http.OutgoingHttpHeaders, body: Uint8Array): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** An answer that is no success as the error of an attempt. `now` in milliseconds since 1970. */
export function answerError({headers}: HttpAnswer, message: string, mayRetry: boolean, now: number): Error {
  if (!mayRetry) return new PermanentError('destination', message);
  return new RetryableError('destination', message, readRetryAfter(headers['retry-after'], now) ?? 0);
}

/** Of an answer; more is not read. */
const maxAnswerBytes = 1 << 20;

/** Throws an Error that names a file of `tls` that cannot be read. */
export function createHttpClient(
  tls: TlsClient,
  timeoutMs: number,
  {
    proxy_url: through,
    max_conns_per_host: most,
    disable_keep_alives,
    keepalive,
  }: Pick<Transport, 'proxy_url' | 'max_conns_per_host' | 'disable_keep_alives' | 'keepalive'>,
): HttpClient {
  const common = {
    keepAlive: keepalive.enabled && !disable_keep_alives,
    ...(most === 0 ? {} : {maxSockets: most}),
    ...(through === undefined ? {} : {proxyEnv: {HTTP_PROXY: through.href, HTTPS_PROXY: through.href}}),
  };
  const agents = {
    'http:': new nodeHttp.Agent(common),
    'https:': new https.Agent({...common, ...tlsClientOptions(tls)}),
  };
  return {
    post: (target, headers, body) =>
      post(target, agents[target.protocol as keyof typeof agents], headers, body, timeoutMs),
    async close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

function post(
  target: URL,
  agent: http.Agent,
  headers: http.OutgoingHttpHeaders,
  body: Uint8Array,
  timeoutMs: number,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const send = target.protocol === 'https:' ? https.request : nodeHttp.request;
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
