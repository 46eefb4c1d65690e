import {type ClientRequest, type IncomingMessage, request as requestHttp} from 'node:http';
import {request as requestHttps} from 'node:https';
import {context, diag} from '@opentelemetry/api';
import {suppressTracing} from '@opentelemetry/core';

export type Poller = {
  /** Asks now. Resolves when the answer is in force, or there is none. */
  poll(): Promise<void>;
  stop(): void;
};

export type PollerOptions = {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly everyMillis: number;
  /** Takes a new document; throwing says what is wrong with it. Not called while the server answers 304. */
  readonly onDocument: (document: unknown) => void;
};

const maxDocumentBytes = 1024 * 1024;
const timeoutMillis = 3_000;

/**
 * Asks `url` for a JSON document again and again, without holding the process open and without tracing itself. A server
 * that is away, slow or wrong changes nothing: the last good document stays in force.
 */
export function startPolling({url, headers = {}, everyMillis, onDocument}: PollerOptions): Poller {
  let etag: string | undefined;
  let healthy = true;
  let timer: NodeJS.Timeout | undefined;

  const ask = async (): Promise<void> => {
    try {
      const answer = await getJson(url, {...headers, ...(etag === undefined ? {} : {'if-none-match': etag})});
      if (answer !== undefined) {
        onDocument(answer.document);
        etag = answer.etag;
      }
      healthy = true;
    } catch (error) {
      if (healthy) diag.warn(`no answer of use from ${url}: ${error instanceof Error ? error.message : String(error)}`);
      healthy = false;
    }
  };
  const poll = (): Promise<void> => context.with(suppressTracing(context.active()), ask);
  timer = setInterval(() => void poll(), everyMillis).unref();
  void poll();
  return {poll, stop: () => clearInterval(timer)};
}

type Answer = {readonly document: unknown; readonly etag: string | undefined};

function getJson(url: string, headers: Readonly<Record<string, string>>): Promise<Answer | undefined> {
  const {promise, resolve, reject} = Promise.withResolvers<Answer | undefined>();
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  const call: ClientRequest = request(url, {headers: {accept: 'application/json', ...headers}}, (response) => {
    read(response)
      .then((text) => {
        if (response.statusCode === 304) resolve(undefined);
        else if (response.statusCode === 200) resolve({document: JSON.parse(text), etag: response.headers.etag});
        else reject(new Error(`HTTP ${response.statusCode}`));
      })
      .catch(reject);
  });
  const deadline = setTimeout(
    () => call.destroy(new Error(`no answer within ${timeoutMillis} ms`)),
    timeoutMillis,
  ).unref();
  call.on('socket', (socket) => socket.unref());
  call.on('error', reject);
  call.end();
  return promise.finally(() => clearTimeout(deadline));
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxDocumentBytes) throw new Error(`an answer over ${maxDocumentBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
