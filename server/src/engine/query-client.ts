/**
 * Asks an endpoint over ClickHouse's HTTP interface, the answer whole: the few parts of it that questions need, at a third of
 * the processor time of `@clickhouse/client`. See https://clickhouse.com/docs/interfaces/http.
 */
import type * as http from 'node:http';
import * as https from 'node:https';
import type {Readable} from 'node:stream';
import {text} from 'node:stream/consumers';
import {ClickHouseError} from '@clickhouse/client';
import {nodeHttp} from '../base/index.ts';
import {socketAgent} from './client.ts';
import type {Endpoint} from './engine.ts';

export type ParameterValue =
  | string
  | number
  | bigint
  | readonly string[]
  | readonly number[]
  /** A value as the interface takes it. */
  | {readonly written: string};

export interface Question {
  /** One SELECT, with its FORMAT. */
  readonly sql: string;
  /** Values of `{name:Type}` in the text. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly settings: Readonly<Record<string, string | number>>;
  /** Aborting it closes the connection, whereupon ClickHouse cancels the query; `ask` rejects with its reason. */
  readonly signal: AbortSignal;
}

export interface QueryClient {
  /** Rejects with `ClickHouseException` where ClickHouse says why, and otherwise with what became of the connection. */
  ask(question: Question): Promise<Buffer>;
  /** The same for an answer that may be large: resolves once there is all of it, to a stream. Destroying that ends the question. */
  open(question: Question): Promise<Readable>;
  /** Ends idle connections. */
  close(): void;
}

/** ClickHouse's code for what it says of a statement, whichever client asked; undefined where it did not answer. */
export function exceptionCode(error: unknown): number | undefined {
  const code = error instanceof ClickHouseException || error instanceof ClickHouseError ? error.code : undefined;
  return code === undefined ? undefined : Number(code);
}

/** Says what ClickHouse said. */
export class ClickHouseException extends Error {
  /** See https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp; undefined where its text has none. */
  readonly code: string | undefined;
  constructor(text: string) {
    super(text.trim());
    this.code = /Code: (\d+)\. DB::Exception/.exec(text)?.[1];
  }
}

const maxConnections = 32;

export function createQueryClient(endpoint: Endpoint, database: string): QueryClient {
  const {request, target, agent} = connectionTo(endpoint);
  const fixed =
    // The answer comes whole: then a failure half-way still has its status.
    `/?wait_end_of_query=1&cancel_http_readonly_queries_on_client_close=1` +
    (database === 'default' ? '' : `&database=${encodeURIComponent(database)}`);
  const pathOf = ({parameters, settings}: Question): string => {
    let path = fixed;
    for (const name in settings) path += `&${name}=${encodeURIComponent(settings[name] as string | number)}`;
    for (const name in parameters) {
      path += `&param_${name}=${encodeURIComponent(parameterText(parameters[name] as ParameterValue))}`;
    }
    return path;
  };
  return {
    open(question) {
      const {sql, signal} = question;
      return new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const asked = request({...target, path: pathOf(question), agent, method: 'POST'}, (response) => {
          const {statusCode = 0, headers} = response;
          if (statusCode < 300 && headers['x-clickhouse-exception-code'] === undefined) {
            settled();
            resolve(response);
            return;
          }
          settled();
          text(response).then((said) => reject(new ClickHouseException(said)), reject);
        });
        const settled = (): void => signal.removeEventListener('abort', onAbort);
        const onAbort = (): void => {
          asked.destroy();
          reject(signal.reason);
        };
        signal.addEventListener('abort', onAbort, {once: true});
        asked.on('error', (error) => {
          settled();
          reject(error);
        });
        asked.end(sql);
      });
    },
    ask(question) {
      const {sql, signal} = question;
      const path = pathOf(question);
      return new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const chunks: Buffer[] = [];
        const settled = (): void => signal.removeEventListener('abort', onAbort);
        const fail = (error: Error): void => {
          settled();
          reject(lateException(chunks) ?? error);
        };
        const asked = request({...target, path, agent, method: 'POST'}, (response) => {
          const {statusCode = 0, headers} = response;
          const isFailure = statusCode >= 300 || headers['x-clickhouse-exception-code'] !== undefined;
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', fail);
          response.on('end', () => {
            settled();
            const answer = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
            const exception = isFailure ? new ClickHouseException(answer.toString()) : lateException(chunks);
            if (exception === undefined) resolve(answer);
            else reject(exception);
          });
        });
        // Node tells a request that waits for a connection only once it has one.
        const onAbort = (): void => {
          asked.destroy();
          reject(signal.reason);
        };
        signal.addEventListener('abort', onAbort, {once: true});
        asked.on('error', fail);
        asked.end(sql);
      });
    },
    close: () => agent.destroy(),
  };
}

function connectionTo(endpoint: Endpoint): {
  request: typeof http.request;
  target: http.RequestOptions;
  agent: http.Agent;
} {
  const headers = {'User-Agent': 'weft', Connection: 'keep-alive'};
  if (endpoint.kind === 'socket') {
    return {request: nodeHttp.request, target: {host: 'engine', headers}, agent: socketAgent(endpoint.path)};
  }
  const {protocol, hostname, port, username, password} = endpoint.url;
  const isSecure = protocol === 'https:';
  const user = `${decodeURIComponent(username) || 'default'}:${decodeURIComponent(password)}`;
  const agentOptions = {keepAlive: true, maxSockets: maxConnections};
  return {
    request: isSecure ? https.request : nodeHttp.request,
    target: {
      protocol,
      // Of an IPv6 address, without its brackets.
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      ...(port !== '' && {port: Number(port)}),
      headers: {...headers, Authorization: `Basic ${Buffer.from(user).toString('base64')}`},
    },
    agent: isSecure ? new https.Agent(agentOptions) : new nodeHttp.Agent(agentOptions),
  };
}

/**
 * A bound parameter as the interface takes it: texts escaped as in TabSeparated, arrays as literals of texts that are. Halves of
 * surrogate pairs, which UTF-8 has no bytes for, become U+FFFD.
 */
export function parameterText(value: ParameterValue): string {
  if (typeof value === 'string') return escaped(value);
  if (typeof value !== 'object') return String(value);
  if ('written' in value) return value.written;
  return `[${value.map((one) => (typeof one === 'string' ? `'${escaped(one)}'` : String(one))).join(',')}]`;
}

const escapes: Readonly<Record<string, string>> = {'\t': '\\t', '\n': '\\n', '\r': '\\r', "'": "\\'", '\\': '\\\\'};
const escaped = (text: string): string =>
  text.toWellFormed().replace(/[\t\n\r'\\]/g, (character) => escapes[character] as string);

/**
 * A failure after the first rows cannot change the status any more: it stands at the end of the answer, between two lines
 * `__exception__`.
 */
function lateException(chunks: readonly Buffer[]): ClickHouseException | undefined {
  const last = chunks.at(-1);
  if (last === undefined) return undefined;
  const end = last.length >= 16_384 || chunks.length === 1 ? last : Buffer.concat(chunks.slice(-2));
  if (!end.subarray(-mark.length).equals(mark)) return undefined;
  const text = end.subarray(-16_384);
  return new ClickHouseException(text.toString('utf8', Math.max(0, text.lastIndexOf(mark, -mark.length - 1))));
}
const mark = Buffer.from('__exception__\r\n');
