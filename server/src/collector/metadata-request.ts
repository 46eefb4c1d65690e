/** Questions to the metadata services of machines, the APIs of clusters and the Docker daemon: one small answer each. */
import type * as http from 'node:http';
import * as https from 'node:https';
import {nodeHttp} from '../base/index.ts';

export interface MetadataRequest {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Of HTTPS: whom to trust, and who we are. */
  readonly tls?: Pick<https.RequestOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized'>;
  /** A socket of this machine instead of the URL's host. */
  readonly socketPath?: string;
  readonly signal: AbortSignal;
  /** Of this one request; `signal` may end it earlier. */
  readonly timeoutMs?: number;
}

/** Nobody answers, or not as the service does: the machine is no machine of that kind, or not yet. */
export class NotThereError extends Error {
  override readonly name = 'NotThereError';
  /** Of an answer that is no success. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

export interface MetadataAnswer {
  readonly text: string;
  readonly headers: http.IncomingHttpHeaders;
}

const maxAnswerBytes = 1 << 20;

/** Throws a NotThereError where there is no answer with a status of success. Redirections are not followed. */
export function askMetadata(url: string, request: MetadataRequest): Promise<MetadataAnswer> {
  const {method = 'GET', headers = {}, body, tls, socketPath, timeoutMs} = request;
  const signal =
    timeoutMs === undefined ? request.signal : AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]);
  const where = socketPath ?? url;
  return new Promise((resolve, reject) => {
    const fail = (why: string, status?: number): void => reject(new NotThereError(`${where}: ${why}`, status));
    const {request: send} = url.startsWith('https:') ? https : nodeHttp;
    let asked: http.ClientRequest;
    try {
      const length = body === undefined ? {} : {'content-length': String(Buffer.byteLength(body))};
      const connection = socketPath === undefined ? {agent: false as const, ...tls} : {socketPath};
      asked = send(url, {method, headers: {...headers, ...length}, signal, ...connection});
    } catch (error) {
      return fail((error as Error).message);
    }
    asked.on('error', (error) => fail(signal.aborted ? 'no answer in time' : error.message || String(error)));
    asked.on('response', (answer) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (part: Buffer) => {
        parts.push(part);
        bytes += part.length;
        if (bytes > maxAnswerBytes) asked.destroy(new Error('its answer is too long'));
      });
      answer.on('error', (error) => fail(error.message));
      answer.on('end', () => {
        const {statusCode = 0} = answer;
        if (statusCode < 200 || statusCode > 299) return fail(`it answers with ${statusCode}`, statusCode);
        resolve({text: Buffer.concat(parts).toString(), headers: answer.headers});
      });
    });
    asked.end(body);
  });
}

/** An answer in JSON, of which `textAt` and `valueAt` take what they need. */
export async function askJson(url: string, request: MetadataRequest): Promise<unknown> {
  const {text} = await askMetadata(url, request);
  try {
    return JSON.parse(text);
  } catch {
    throw new NotThereError(`${request.socketPath ?? url}: its answer is no JSON`);
  }
}

/** What is at the end of this path of keys in a document that others wrote; undefined where it does not lead there. */
export function valueAt(document: unknown, ...path: readonly string[]): unknown {
  let value = document;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

/** The text, or the number as text, at the end of this path. */
export function textAt(document: unknown, ...path: readonly string[]): string | undefined {
  const value = valueAt(document, ...path);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
