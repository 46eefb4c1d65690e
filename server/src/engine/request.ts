/** One HTTP request to the engine process, taken apart as ClickHouse's HTTP interface does. */
import type {IncomingMessage} from 'node:http';
import {pipeline, Readable} from 'node:stream';
import * as zlib from 'node:zlib';
import {readStatement, type Statement, StatementError} from './sql.ts';

export interface EngineRequest {
  readonly statement: Statement;
  readonly settings: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  readonly database: string;
  readonly defaultFormat: string;
  readonly queryId: string | undefined;
  readonly gzip: boolean;
  /** The answer goes out once there is all of it: ClickHouse's `wait_end_of_query`. */
  readonly whole: boolean;
  /** The data behind an INSERT: to be read to its end. Empty for every other statement. */
  readonly data: Readable;
}

/** ClickHouse's `max_query_size`, with room: the text of a statement, without an INSERT's data. */
const maxStatementBytes = 1024 * 1024;

/** URL parameters that are neither settings nor bound parameters; the engine has one user and no HTTP sessions. */
const reserved = new Set([
  'query',
  'database',
  'default_format',
  'query_id',
  'user',
  'password',
  'quota_key',
  'role',
  'stacktrace',
  'compress',
  'decompress',
  'session_id',
  'session_timeout',
  'session_check',
  'close_session',
  'buffer_size',
  'wait_end_of_query',
  'enable_http_compression',
  'http_zlib_compression_level',
  'client_protocol_version',
]);
const unsupported = ['session_id', 'compress', 'decompress'];

const decoders: Readonly<Record<string, () => NodeJS.ReadWriteStream>> = {
  gzip: zlib.createGunzip,
  deflate: zlib.createInflate,
  br: zlib.createBrotliDecompress,
  zstd: zlib.createZstdDecompress,
};

/** Reads the statement of a request, and what it is to run with. Throws `StatementError` where it cannot be run. */
export async function readRequest(request: IncomingMessage): Promise<EngineRequest> {
  const parameters = new URL(request.url ?? '/', 'http://engine').searchParams;
  let body: Readable = decoded(request);
  if (/^multipart\/form-data/i.test(request.headers['content-type'] ?? '')) {
    const form = await new Response(Readable.toWeb(body) as ReadableStream, {
      headers: {'content-type': request.headers['content-type'] as string},
    }).formData();
    for (const [name, value] of form) if (typeof value === 'string') parameters.append(name, value);
    body = Readable.from([]);
  }
  const settings: Record<string, string> = {};
  const bound: Record<string, string> = {};
  for (const [name, value] of parameters) {
    if (unsupported.includes(name) && value !== '' && value !== '0') {
      throw new StatementError(48, `The embedded engine does not support the URL parameter ${name}`);
    }
    if (reserved.has(name)) continue;
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new StatementError(115, `Unknown setting '${name}'`);
    if (name.startsWith('param_')) bound[name.slice('param_'.length)] = value;
    else settings[name] = value;
  }
  if (request.method === 'GET') settings.readonly ??= '2';
  const {statement, data} = await splitBody(parameters.get('query') ?? '', body);
  for (const {name} of statement.placeholders) {
    if (!(name in bound)) throw new StatementError(456, `Substitution \`${name}\` is not set`);
  }
  return {
    statement,
    settings,
    parameters: bound,
    database: parameters.get('database') || 'default',
    defaultFormat: parameters.get('default_format') || 'TabSeparated',
    queryId: parameters.get('query_id') || undefined,
    whole: parameters.get('wait_end_of_query') === '1',
    gzip:
      parameters.get('enable_http_compression') === '1' && /\bgzip\b/.test(String(request.headers['accept-encoding'])),
    data,
  };
}

function decoded(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity' || encoding === '') return request;
  const decoder = decoders[encoding]?.();
  if (!decoder) throw new StatementError(48, `The embedded engine does not support Content-Encoding: ${encoding}`);
  // A failure destroys the decoder, and so reaches whoever reads it.
  pipeline(request, decoder, () => {});
  return decoder as unknown as Readable;
}

/** The statement may stand in the URL, in the body, or begin in one and go on in the other; an INSERT's data follows it. */
async function splitBody(query: string, body: Readable): Promise<{statement: Statement; data: Readable}> {
  if (query !== '') {
    const statement = readStatement(query);
    if (statement.insert) {
      const inline = query.slice(statement.insert.dataStart);
      return {statement, data: inline === '' ? body : Readable.from(joined([Buffer.from(inline)], body))};
    }
  }
  const chunks: Buffer[] = query === '' ? [] : [Buffer.from(`${query}\n`)];
  const rest = body[Symbol.asyncIterator]();
  let ended = false;
  for (let size = 0; size <= maxStatementBytes; ) {
    const next = await rest.next();
    if (next.done) {
      ended = true;
      break;
    }
    const chunk = Buffer.from(next.value as Uint8Array);
    chunks.push(chunk);
    size += chunk.length;
  }
  const head = Buffer.concat(chunks);
  // One character a byte, so that positions are bytes: the data may be binary.
  const {insert} = readStatement(ended ? head.toString('latin1') : head.toString('latin1', 0, maxStatementBytes));
  if (insert) {
    const statement = readStatement(head.toString('utf8', 0, insert.dataStart));
    return {
      statement,
      data: Readable.from(joined([head.subarray(insert.dataStart)], {[Symbol.asyncIterator]: () => rest})),
    };
  }
  if (!ended) throw new StatementError(62, `Syntax error: Max query size exceeded (${maxStatementBytes} bytes)`);
  return {statement: readStatement(head.toString()), data: Readable.from([])};
}

async function* joined(first: readonly Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for (const chunk of first) if (chunk.length > 0) yield chunk;
  yield* rest;
}
