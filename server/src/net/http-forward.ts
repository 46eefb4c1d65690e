/**
 * Hands requests on to another HTTP server of this process, which runs on a thread of its own, and its answers back piece by
 * piece: that thread may take its time without holding up this one. Requests go on without their bodies.
 */
import type * as http from 'node:http';
import {pipeline} from 'node:stream';
import {errorMessage, nodeHttp, RetryableError} from '../base/index.ts';
import {isWildcard, parseAddress} from '../config/index.ts';
import {type ErrorStatus, errorStatus, httpRefusal} from './error-status.ts';
import {hostName, isOwnName} from './host-name.ts';

export interface ForwardedRequest {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
  /** On the other server, with the query. */
  readonly target: string;
  /** Whether the request came to a loopback address: then it has to name one of this machine, or one of `hosts`. */
  readonly loopback: boolean;
  /** Added to the answer. */
  readonly headers: http.OutgoingHttpHeaders;
  /** Answers where the other server has not. */
  fail(status: ErrorStatus): void;
}

export type Forward = (request: ForwardedRequest) => void;

export interface ForwardOptions {
  /** `HOST:PORT` of the other server; undefined while it does not listen. */
  readonly address: () => string | undefined;
  /** Names by which this process may be addressed on loopback beside loopback ones. */
  readonly hosts: readonly string[];
  /** Requests under way at once. Default 256. */
  readonly limit?: number;
}

/** The headers of a request that its answer depends on. */
const requestHeaders = ['accept', 'accept-encoding', 'if-none-match', 'user-agent', 'x-scope-orgid'];
/** Of one connection (RFC 9110, 7.6.1). */
const connectionHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding', 'date']);

export function createForward({address, hosts, limit = 256}: ForwardOptions): Forward {
  const names = new Set(hosts.map((host) => host.toLowerCase()));
  // No timer of its own: the other server bounds every answer.
  const agent = new nodeHttp.Agent({keepAlive: true, maxFreeSockets: 16});
  let underWay = 0;
  return ({request, response, target, loopback, headers, fail}) => {
    const name = hostName(request.headers.host);
    if (loopback && !isOwnName(name, names)) return fail(foreignName(name));
    const to = parseAddress(address() ?? '');
    if (to === undefined) return fail(later('starting', 'queries are not answered yet; try again later'));
    if (underWay >= limit) return fail(later('queries', `${limit} queries are under way; try again later`));
    underWay += 1;
    let gone = false;
    let asked: http.ClientRequest | undefined;
    response.once('close', () => {
      underWay -= 1;
      gone = true;
      // A query that nobody waits for is cancelled.
      asked?.destroy();
    });
    const ask = (mayRepeat: boolean): void => {
      const question = nodeHttp.request({
        agent,
        host: isWildcard(to.host) ? '127.0.0.1' : (to.host as string),
        port: to.port,
        method: request.method as string,
        path: target,
        headers: forwarded(request),
      });
      asked = question;
      question.once('response', (answer) => {
        response.writeHead(answer.statusCode as number, answerHeaders(answer.headers, headers));
        // An answer that breaks off breaks off here too.
        pipeline(answer, response, () => {});
      });
      question.once('error', (error: NodeJS.ErrnoException) => {
        if (gone || response.headersSent) return void response.destroy();
        // The other server closed a kept connection just as it was used again.
        if (mayRepeat && question.reusedSocket && error.code === 'ECONNRESET') return ask(false);
        fail(later('queries', `queries are not answered now: ${errorMessage(error)}; try again later`));
      });
      question.end();
    };
    ask(true);
  };
}

function forwarded(request: http.IncomingMessage): http.OutgoingHttpHeaders {
  const headers: http.OutgoingHttpHeaders = {};
  for (const name of requestHeaders) {
    const value = request.headers[name];
    if (value !== undefined) headers[name] = value;
  }
  const from = request.socket.remoteAddress;
  // Whether an answer is worth compressing depends on how far it goes.
  if (from !== undefined) headers['x-forwarded-for'] = from;
  return headers;
}

function answerHeaders(given: http.IncomingHttpHeaders, added: http.OutgoingHttpHeaders): http.OutgoingHttpHeaders {
  const kept = Object.entries(given).filter(([name]) => !connectionHeaders.has(name));
  const headers: http.OutgoingHttpHeaders = {...Object.fromEntries(kept), ...added};
  if (given.vary !== undefined && added.vary !== undefined) headers.vary = `${given.vary}, ${added.vary}`;
  return headers;
}

const later = (reason: string, message: string): ErrorStatus => errorStatus(new RetryableError(reason, message));

const foreignName = (name = ''): ErrorStatus =>
  httpRefusal(
    403,
    `Weft listens on this machine only and is not known as '${name}'; add the name to weft.http.hosts, or use localhost`,
    'host_unknown',
  );
