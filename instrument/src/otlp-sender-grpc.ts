import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2';
import {promisify} from 'node:util';
import {gzip} from 'node:zlib';
import {context} from '@opentelemetry/api';
import {suppressTracing} from '@opentelemetry/core';
import type {Signal} from './config.ts';
import type {Send, SenderOptions, SendResult} from './otlp-sender.ts';
import {asBytes, asNumber, asText, readFields} from './protobuf-read.ts';

/** The method of each signal's service (opentelemetry/proto/collector). */
export const grpcPaths: Readonly<Record<Signal, string>> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
};

const exhausted = 8;
/** Cancelled, deadline exceeded, aborted, out of range, unavailable, data loss (OTLP specification, "Failures"). */
const retryableStatus = new Set([1, 4, 10, 11, 14, 15]);
const retryableHttp = new Set([429, 502, 503, 504]);
const maxAnswerBytes = 64 * 1024;
const maxRetryAfterMillis = 60_000;

/**
 * OTLP over gRPC for one signal: a unary call is one request of node:http2, so there is no library to load. Loaded itself
 * only where it is asked for. Like the HTTP sender it keeps its connection, does not keep the process alive and gives up
 * at one absolute deadline; a connection that let a call run into it is not used again.
 */
export function grpcSender(path: string, {url, headers, timeoutMillis, compression, tls}: SenderOptions): Send {
  const fixed = {
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    'user-agent': 'weft-instrument',
    'grpc-timeout': `${Math.min(99_999_999, timeoutMillis)}m`,
    ...(compression === 'gzip' ? {'grpc-encoding': 'gzip'} : {}),
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  };
  let session: ClientHttp2Session | undefined;

  const connected = (): ClientHttp2Session => {
    if (session !== undefined && !session.closed && !session.destroyed) return session;
    const fresh = connect(url, {...tls});
    fresh.unref();
    const forget = (): void => {
      if (session === fresh) session = undefined;
    };
    fresh.on('goaway', forget).on('close', forget).on('error', forget); // The streams report the requests that it broke.
    session = fresh;
    return fresh;
  };

  const send = async (plain: Uint8Array): Promise<SendResult> => {
    const body = frame(compression === 'gzip' ? await zip(plain) : plain, compression === 'gzip');
    const {promise, resolve} = Promise.withResolvers<SendResult>();
    const retry = (reason: string): void => resolve({kind: 'retry', reason});
    let used: ClientHttp2Session | undefined;
    const deadline = setTimeout(() => {
      retry(`no answer within ${timeoutMillis} ms`);
      used?.destroy();
    }, timeoutMillis).unref();
    try {
      used = connected();
      const stream = used.request(fixed);
      stream.on('error', (error: Error) => retry(error.message || String(error)));
      readAnswer(stream, (answer) => resolve(judge(answer)));
      stream.end(body);
    } catch (error) {
      retry(String(error)); // The connection closed between the two.
    }
    const result = await promise;
    clearTimeout(deadline);
    return result;
  };
  return (body) => context.with(suppressTracing(context.active()), () => send(body));
}

const zip = promisify(gzip) as (bytes: Uint8Array) => Promise<Uint8Array>;

/** A message as gRPC has it on the wire: compressed or not, length, bytes. */
function frame(message: Uint8Array, compressed = false): Uint8Array {
  const framed = new Uint8Array(5 + message.length);
  framed[0] = compressed ? 1 : 0;
  new DataView(framed.buffer).setUint32(1, message.length);
  framed.set(message, 5);
  return framed;
}

type Answer = {readonly http: number; readonly headers: IncomingHttpHeaders; readonly body: Uint8Array};

/** The status is in the trailers, or in the headers where there is nothing else. */
function readAnswer(stream: ClientHttp2Stream, done: (answer: Answer) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let headers: IncomingHttpHeaders = {};
  stream.on('response', (arrived) => {
    headers = arrived;
  });
  stream.on('trailers', (arrived) => {
    headers = {...headers, ...arrived};
  });
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxAnswerBytes) chunks.push(chunk);
    else stream.close(constants.NGHTTP2_CANCEL);
  });
  stream.on('close', () => {
    done({http: Number(headers[':status'] ?? 0), headers, body: Buffer.concat(chunks).subarray(5)});
  });
}

function judge({http, headers, body}: Answer): SendResult {
  const text = headers['grpc-status'];
  if (text === undefined) {
    if (http === 0) return {kind: 'retry', reason: 'the connection closed before an answer'};
    if (http === 200) return {kind: 'retry', reason: 'an answer without a gRPC status'};
    return {kind: retryableHttp.has(http) ? 'retry' : 'refused', reason: `HTTP ${http}`};
  }
  const status = Number(text);
  if (status === 0) return {kind: 'accepted', body};
  const message = decode(String(headers['grpc-message'] ?? ''));
  const reason = `gRPC status ${status}${message === '' ? '' : `: ${message.slice(0, 200)}`}`;
  const afterMillis = retryDelay(headers['grpc-status-details-bin']);
  if (!retryableStatus.has(status) && !(status === exhausted && afterMillis !== undefined)) {
    return {kind: 'refused', reason};
  }
  return afterMillis === undefined ? {kind: 'retry', reason} : {kind: 'retry', reason, afterMillis};
}

function decode(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}

/** `google.rpc.RetryInfo` among the details of a `google.rpc.Status`, in ms, within reason. */
function retryDelay(details: string | string[] | undefined): number | undefined {
  if (typeof details !== 'string') return undefined;
  try {
    for (const detail of readFields(Buffer.from(details, 'base64'))) {
      if (detail.number !== 3) continue;
      const any = [...readFields(asBytes(detail.value))];
      const type = any.find(({number}) => number === 1);
      const value = any.find(({number}) => number === 2);
      if (type === undefined || !asText(type.value).endsWith('/google.rpc.RetryInfo')) continue;
      const duration = [...readFields(asBytes(value?.value ?? new Uint8Array(0)))].find(({number}) => number === 1);
      let millis = 0;
      for (const {number, value: part} of readFields(asBytes(duration?.value ?? new Uint8Array(0)))) {
        millis += asNumber(part) * (number === 1 ? 1_000 : 1e-6);
      }
      return Math.min(maxRetryAfterMillis, Math.max(0, millis));
    }
  } catch {
    // Details that cannot be read are none.
  }
  return undefined;
}
