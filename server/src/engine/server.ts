/** The ClickHouse HTTP interface over the engine process's sessions: see https://clickhouse.com/docs/interfaces/http. */
import {randomUUID} from 'node:crypto';
import {createWriteStream} from 'node:fs';
import {stat, unlink} from 'node:fs/promises';
import type {IncomingMessage, Server, ServerResponse} from 'node:http';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {setTimeout as delay} from 'node:timers/promises';
import {createGzip} from 'node:zlib';
import {nodeHttp} from '../base/index.ts';
import {bindLiterals} from './bind-literals.ts';
import type {InsertGuard} from './insert-guard.ts';
import {type PooledSession, type SessionPool, TooManyQueriesError} from './pool.ts';
import {type EngineRequest, readRequest} from './request.ts';
import {type InsertTarget, quote, quoteName, StatementError} from './sql.ts';

export interface EngineServerOptions {
  readonly pool: SessionPool;
  /** On the disk of the data, so that an INSERT of any size has room. */
  readonly tempDirectory: string;
  readonly version: string;
  readonly guard: InsertGuard;
}

/** Formats whose blocks can follow one another as they are; the others are made whole in memory. */
const streamable = new Set([
  'Native',
  'RowBinary',
  'JSONEachRow',
  'JSONLines',
  'NDJSON',
  'JSONStringsEachRow',
  'JSONCompactEachRow',
  'JSONCompactStringsEachRow',
  'TabSeparated',
  'TSV',
  'TabSeparatedRaw',
  'TSVRaw',
  'CSV',
]);

export function createEngineServer(options: EngineServerOptions): Server {
  const server = nodeHttp.createServer(
    {maxHeaderSize: 1024 * 1024, keepAliveTimeout: 60_000, requestTimeout: 0},
    (request, response) => {
      void answer(options, request, response);
    },
  );
  return server;
}

async function answer(options: EngineServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) gone.abort(new Error('the client went away'));
  });
  response.setHeader('X-ClickHouse-Server-Display-Name', 'weft');
  response.setHeader('X-ClickHouse-Timezone', 'UTC');
  try {
    const path = (request.url ?? '/').split('?')[0];
    if (path === '/ping' || (path === '/' && request.method === 'GET' && !request.url?.includes('query='))) {
      response.end('Ok.\n');
      return;
    }
    const parsed = await readRequest(request);
    response.setHeader('X-ClickHouse-Query-Id', parsed.queryId ?? randomUUID());
    if (parsed.statement.insert) await runInsert(options, parsed, parsed.statement.insert, response, gone.signal);
    else await runStatement(options, parsed, response, gone.signal);
  } catch (error) {
    request.resume();
    if (!gone.signal.aborted) fail(options, response, error);
  }
}

async function runStatement(
  {pool, guard}: EngineServerOptions,
  request: EngineRequest,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const {statement} = request;
  const kill = /^\s*KILL\b/i.test(statement.text);
  // It would never return, and take its session with it.
  if (kill && /\bSYNC\b/i.test(statement.text)) throw new StatementError(48, 'KILL … SYNC is not supported: say ASYNC');
  const format = statement.format ?? request.defaultFormat;
  const kind = kill ? 'control' : statement.kind === 'insert' ? 'insert' : 'read';
  await pool.use(kind, signal, async (session) => {
    // Only where the answer is taken whole, as by Weft's own questions, which name all columns: a column without a name would change its.
    const {text, parameters} =
      request.whole && statement.kind === 'select'
        ? bindLiterals(statement, request.parameters)
        : {text: statement.text, parameters: request.parameters};
    const preamble = session.preamble({...request, parameters});
    if (statement.kind === 'session') session.spoiled = true;
    const tag = `/* weft:${randomUUID()} */`;
    const sql = `${tag} ${text}`;
    const finished = cancelling(pool, tag, signal);
    try {
      // The library plans a stream on this very thread, which nothing may hold up; and two calls cost more than one.
      if (statement.plain && streamable.has(format) && !request.whole) {
        if (preamble !== '') await session.native.queryAsync(preamble);
        await sendStream(session, sql, format, request, response, signal);
      } else {
        const run = () => session.native.queryAsync(preamble + sql, {format});
        const result = await (kind === 'insert' ? guard.run(run, request.settings.insert_deduplication_token) : run());
        sendHead(response, request, format);
        if (request.gzip) await send(response, request, [result.bytes()]);
        else response.end(result.bytes());
      }
    } finally {
      finished();
    }
  });
}

/** While the statement runs: when the signal aborts, kills it, again and again as it may not have begun yet. */
function cancelling(pool: SessionPool, tag: string, signal: AbortSignal): () => void {
  // Made where it is needed: aborting one costs a tenth of a small statement.
  let done: AbortController | undefined;
  const kill = async ({signal}: AbortController): Promise<void> => {
    const sql = `KILL QUERY WHERE startsWith(query, ${quote(tag)}) ASYNC`;
    while (!signal.aborted) {
      await pool.use('control', signal, (session) => session.native.queryAsync(session.preamble(plain) + sql));
      await delay(50, undefined, {signal});
    }
  };
  const onAbort = (): void => {
    done = new AbortController();
    kill(done).catch(() => {}); // it ended before, or while, it was killed
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, {once: true});
  return () => {
    signal.removeEventListener('abort', onAbort);
    done?.abort();
  };
}

const plain = {settings: {}, parameters: {}, database: 'default'} as const;

async function sendStream(
  session: PooledSession,
  sql: string,
  format: string,
  request: EngineRequest,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const stream = session.native.queryStream(sql, {format});
  const chunks = stream[Symbol.asyncIterator]();
  try {
    // Most failures come before the first rows: then the status can still say so.
    let chunk = await chunks.next();
    sendHead(response, request, format);
    const rows = async function* (): AsyncGenerator<Uint8Array> {
      for (; !chunk.done && !signal.aborted; chunk = await chunks.next()) yield chunk.value.raw();
    };
    await send(response, request, rows());
  } finally {
    stream.cancel();
  }
}

async function runInsert(
  {pool, tempDirectory, guard}: EngineServerOptions,
  request: EngineRequest,
  target: InsertTarget,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const file = join(tempDirectory, `${randomUUID()}.insert`);
  try {
    await pipeline(request.data, createWriteStream(file), {signal});
    if ((await stat(file)).size > 0) {
      const source = `${quote(file)}, ${quote(target.format)}`;
      // Its data is here: it runs to its end even if the client does not wait for it.
      await pool.use('insert', signal, async (session) => {
        const preamble = session.preamble(request);
        if (preamble !== '') await session.native.queryAsync(preamble);
        const statement = await selectFrom(source, target, session);
        const run = () => session.native.queryAsync(statement);
        await guard.run(run, request.settings.insert_deduplication_token);
      });
    }
  } finally {
    await unlink(file).catch(() => {}); // it may not have been made
  }
  sendHead(response, request, request.defaultFormat);
  response.end();
}

/** A Native block says itself which columns it has; the engine would match them to the table's by position. */
async function selectFrom(named: string, target: InsertTarget, session: PooledSession): Promise<string> {
  const {head, input} = target;
  if (input !== undefined) {
    return `${head.slice(0, input.start)}file(${named}, ${input.structure})${head.slice(input.end)}`;
  }
  const source = `file(${named})`;
  if (target.format !== 'Native') return `${target.head} SELECT * FROM ${source}`;
  if (target.columns !== undefined) return `${target.head} SELECT ${target.columns} FROM ${source}`;
  const described = await session.native.queryAsync(`DESCRIBE TABLE ${source}`, {format: 'JSONCompactEachRow'});
  const lines = described.text().trimEnd().split('\n');
  const columns = lines.map((line) => quoteName((JSON.parse(line) as string[])[0] as string)).join(', ');
  const [name, rest] = splitTarget(target.head);
  return `${name} (${columns})${rest} SELECT ${columns} FROM ${source}`;
}

/** `INSERT INTO t` and what follows the table's name. */
function splitTarget(head: string): [name: string, rest: string] {
  const settings = /\sSETTINGS\s/i.exec(head);
  return settings ? [head.slice(0, settings.index), head.slice(settings.index)] : [head, ''];
}

const contentTypes: Readonly<Record<string, string>> = {
  JSON: 'application/json; charset=UTF-8',
  JSONCompact: 'application/json; charset=UTF-8',
  JSONEachRow: 'application/x-ndjson; charset=UTF-8',
  Native: 'application/octet-stream',
  RowBinary: 'application/octet-stream',
  CSV: 'text/csv; charset=UTF-8; header=absent',
};
const exceptionTag = 'weftexceptiontag';

function sendHead(response: ServerResponse, request: EngineRequest, format: string): void {
  response.setHeader('Content-Type', contentTypes[format] ?? 'text/plain; charset=UTF-8');
  response.setHeader('X-ClickHouse-Format', format);
  response.setHeader('X-ClickHouse-Exception-Tag', exceptionTag);
  if (request.gzip) response.setHeader('Content-Encoding', 'gzip');
  response.writeHead(200);
}

async function send(
  response: ServerResponse,
  request: EngineRequest,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  if (request.gzip) await pipeline(chunks, createGzip({level: 1}), response);
  else await pipeline(chunks, response);
}

/** Exception codes that are the client's fault or an absent thing; all others are 500. */
const statusOfCode: Readonly<Record<number, number>> = {
  27: 400,
  36: 400,
  38: 400,
  41: 400,
  43: 400,
  46: 404,
  47: 404,
  48: 501,
  53: 400,
  60: 404,
  62: 400,
  69: 400,
  70: 400,
  72: 400,
  81: 404,
  115: 404,
  158: 413,
  159: 408,
  160: 408,
  164: 403,
  202: 503,
  241: 507,
  307: 413,
  396: 413,
  456: 400,
  457: 400,
};

function fail({version}: EngineServerOptions, response: ServerResponse, error: unknown): void {
  const {code, message} = describe(error);
  const text = `${message} (version ${version})\n`;
  if (response.headersSent) {
    // The reader must not take what it has for the whole: the text that clients look for, then no proper end.
    const trailer = `\r\n__exception__\r\n${exceptionTag}\r\n${text}${Buffer.byteLength(text)} ${exceptionTag}\r\n__exception__\r\n`;
    if (!response.destroyed) response.write(trailer, () => response.socket?.destroySoon());
    return;
  }
  response.removeHeader('Content-Encoding');
  response.setHeader('X-ClickHouse-Exception-Code', String(code));
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.writeHead(statusOfCode[code] ?? 500);
  response.end(text);
}

function describe(error: unknown): {code: number; message: string} {
  const message = error instanceof Error ? error.message : String(error);
  const own = error instanceof StatementError ? error.code : error instanceof TooManyQueriesError ? 202 : undefined;
  if (own !== undefined) return {code: own, message: `Code: ${own}. DB::Exception: ${message}. (${ownNames[own]})`};
  const code = /Code: (\d+)\. /.exec(message)?.[1];
  return code === undefined
    ? {code: 1001, message: `Code: 1001. DB::Exception: ${message}. (STD_EXCEPTION)`}
    : {code: Number(code), message};
}

const ownNames: Readonly<Record<number, string>> = {
  48: 'NOT_IMPLEMENTED',
  62: 'SYNTAX_ERROR',
  115: 'UNKNOWN_SETTING',
  202: 'TOO_MANY_SIMULTANEOUS_QUERIES',
  456: 'UNKNOWN_QUERY_PARAMETER',
};
