/** The HTTP client of exporters: one POST an attempt, connections kept, a bound on the answer. */
import * as http from 'node:http';
import * as https from 'node:https';
import {errorMessage, RetryableError} from '../base/index.ts';
import {tlsClientOptions} from '../pipeline/index.ts';

type TlsClient = Parameters<typeof tlsClientOptions>[0];

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

/** Of an answer; more is not read. */
const maxAnswerBytes = 1 << 20;

/** Throws an Error that names a file of `tls` that cannot be read. */
export function createHttpClient(tls: TlsClient, timeoutMs: number): HttpClient {
  const agents = {
    'http:': new http.Agent({keepAlive: true}),
    'https:': new https.Agent({keepAlive: true, ...tlsClientOptions(tls)}),
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
