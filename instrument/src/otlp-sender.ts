import {Agent, type IncomingMessage, request as requestHttp} from 'node:http';
import {Agent as AgentTls, request as requestHttps} from 'node:https';
import {urlToHttpOptions} from 'node:url';
import {promisify} from 'node:util';
import {gzip} from 'node:zlib';
import {context} from '@opentelemetry/api';
import {suppressTracing} from '@opentelemetry/core';
import type {TlsFiles} from './config-otlp.ts';

/** The outcome of one export request (OTLP specification, "OTLP/HTTP response"). */
export type SendResult =
  | {readonly kind: 'accepted'; readonly body: Uint8Array}
  | {readonly kind: 'retry'; readonly reason: string; readonly afterMillis?: number}
  | {readonly kind: 'refused'; readonly reason: string};

/** Sends one encoded export request. Never rejects and settles within its time limit, whatever the collector does. */
export type Send = (body: Uint8Array) => Promise<SendResult>;

export type SenderOptions = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Limit for the whole exchange, a dripping answer included. */
  readonly timeoutMillis: number;
  readonly compression: 'gzip' | 'none';
  readonly tls?: TlsFiles;
  /** Of the body, `application/x-protobuf` by default. */
  readonly contentType?: string;
};

/** A collector's answer is a few bytes; more than this is not read. */
const maxAnswerBytes = 64 * 1024;
const retryableStatus = new Set([429, 502, 503, 504]);
const maxRetryAfterMillis = 60_000;

/**
 * OTLP over HTTP for one signal: keeps its connections, never traces itself, does not keep the process alive, and gives up
 * at one absolute deadline (an idle timeout would let a collector that drips one byte a second hold a batch forever).
 */
export function otlpSender({url, headers, timeoutMillis, compression, tls: files, contentType}: SenderOptions): Send {
  const target = new URL(url);
  const tls = target.protocol === 'https:';
  const agent = tls
    ? new AgentTls({keepAlive: true, maxSockets: 4, ...files})
    : new Agent({keepAlive: true, maxSockets: 4});
  const request = tls ? requestHttps : requestHttp;
  const destination = {...urlToHttpOptions(target), method: 'POST', agent};
  const fixed = {
    'content-type': contentType ?? 'application/x-protobuf',
    'user-agent': 'weft-instrument',
    ...headers,
    ...(compression === 'gzip' ? {'content-encoding': 'gzip'} : {}),
  };

  const send = async (plain: Uint8Array): Promise<SendResult> => {
    const body = compression === 'gzip' ? await zip(plain) : plain;
    const {promise, resolve} = Promise.withResolvers<SendResult>();
    const call = request({...destination, headers: {...fixed, 'content-length': body.length}});
    const deadline = setTimeout(() => {
      resolve({kind: 'retry', reason: `no answer within ${timeoutMillis} ms`});
      call.destroy();
    }, timeoutMillis).unref();
    call.on('socket', (socket) => socket.unref());
    call.on('error', (error) => resolve({kind: 'retry', reason: error.message || String(error)}));
    call.on('response', (response) => {
      response.on('error', (error) => resolve({kind: 'retry', reason: error.message}));
      readAnswer(response, (answer) => resolve(judge(response, answer)));
    });
    call.end(body);
    const result = await promise;
    clearTimeout(deadline);
    return result;
  };
  return (body) => context.with(suppressTracing(context.active()), () => send(body));
}

const zip = promisify(gzip) as (bytes: Uint8Array) => Promise<Uint8Array>;

function readAnswer(response: IncomingMessage, done: (answer: Uint8Array) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxAnswerBytes) chunks.push(chunk);
    else {
      done(new Uint8Array(0)); // The status alone decides.
      response.destroy();
    }
  });
  response.on('end', () => done(Buffer.concat(chunks)));
}

function judge(response: IncomingMessage, answer: Uint8Array): SendResult {
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return {kind: 'accepted', body: answer};
  const reason = `HTTP ${status}`;
  if (!retryableStatus.has(status)) return {kind: 'refused', reason};
  const afterMillis = retryAfter(response.headers['retry-after']);
  return afterMillis === undefined ? {kind: 'retry', reason} : {kind: 'retry', reason, afterMillis};
}

/** Seconds or an HTTP date, within reason. */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const millis = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(millis) ? undefined : Math.min(maxRetryAfterMillis, Math.max(0, millis));
}
