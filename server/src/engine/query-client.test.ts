import {once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {createQueryClient, type QueryClient} from './query-client.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
let answer: Answer = () => {};
const server = createServer((request, response) => answer(request, response));
let client: QueryClient;
let url: URL;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = new URL(`http://weft:p%40ss@127.0.0.1:${(server.address() as AddressInfo).port}`);
  client = createQueryClient({kind: 'url', url}, 'some base');
});
afterAll(() => {
  client.close();
  server.close();
  server.closeAllConnections();
});

const ask = (signal: AbortSignal = new AbortController().signal): Promise<Buffer> =>
  client.ask({sql: 'SELECT 1', parameters: {p: "a'\n&"}, settings: {max_result_rows: '7'}, signal});

test('query client: sends who asks, the database, settings and parameters, and the statement as the body', async () => {
  let body = '';
  let sent: IncomingMessage | undefined;
  answer = (request, response) => {
    sent = request;
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => response.end('1\n'));
  };
  expect(String(await ask())).toBe('1\n');
  expect([sent?.method, body]).toEqual(['POST', 'SELECT 1']);
  expect(Buffer.from(sent?.headers.authorization?.slice('Basic '.length) ?? '', 'base64').toString()).toBe('weft:p@ss');
  const {searchParams} = new URL(sent?.url ?? '', url);
  expect(Object.fromEntries(searchParams)).toEqual({
    wait_end_of_query: '1',
    cancel_http_readonly_queries_on_client_close: '1',
    database: 'some base',
    max_result_rows: '7',
    param_p: "a\\'\\n&",
  });
});

test('query client: a refusal has the first code that ClickHouse names, and its text', async () => {
  const text = 'Code: 241. DB::Exception: From other: Code: 99. DB::Exception: x. (MEMORY_LIMIT_EXCEEDED)\n';
  answer = (_, response) => response.writeHead(500).end(text);
  await expect(ask()).rejects.toMatchObject({code: '241', message: text.trim()});
  answer = (_, response) => response.writeHead(502).end('Bad Gateway');
  await expect(ask()).rejects.toMatchObject({code: undefined, message: 'Bad Gateway'});
  answer = (_, response) =>
    response.writeHead(200, {'X-ClickHouse-Exception-Code': '159'}).end('Code: 159. DB::Exception: x');
  await expect(ask()).rejects.toMatchObject({code: '159'});
});

const late =
  '\r\n__exception__\r\ntag\r\nCode: 159. DB::Exception: too slow. (TIMEOUT_EXCEEDED)\n49 tag\r\n__exception__\r\n';

test.each<[string, Answer]>([
  ['whose answer ends well', (_, response) => response.write('1\n', () => response.end(late))],
  [
    'whose answer is cut off',
    (_, response) => response.write('1\n', () => response.write(late, () => response.socket?.destroySoon())),
  ],
])('query client: a failure after the first rows is one, of a server %s', async (_, how) => {
  answer = how;
  await expect(ask()).rejects.toMatchObject({code: '159', message: expect.stringContaining('too slow')});
});

test('query client: an answer that is cut off is no answer', async () => {
  answer = (_, response) => response.write('1\n', () => response.socket?.destroy());
  await expect(ask()).rejects.toMatchObject({code: 'ECONNRESET'});
});

test('query client: a question that is given up while it waits for a connection costs no other its own', async () => {
  const held: ServerResponse[] = [];
  answer = (_, response) => void held.push(response);
  const untilHeld = async (count: number): Promise<void> => {
    while (held.length < count) await delay(5);
  };
  // As many as there are connections: the next one waits.
  const first = Array.from({length: 32}, () => ask());
  await untilHeld(32);
  const gone = new AbortController();
  const aborted = ask(gone.signal);
  gone.abort();
  await expect(aborted).rejects.toThrow();
  held[0]?.end('1\n');
  expect(String(await first[0])).toBe('1\n');
  const next = ask();
  await untilHeld(33);
  for (const response of held.slice(1)) response.end('1\n');
  expect(String(await next)).toBe('1\n');
  await Promise.all(first);
});
