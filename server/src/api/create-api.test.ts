/** The server around its routes: the page, headers, compression, streams, clients that go away. */
import {once} from 'node:events';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {get, type ServerResponse} from 'node:http';
import {type AddressInfo, connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync, zstdDecompressSync} from 'node:zlib';
import type {FastifyInstance} from 'fastify';
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {createMeter, type Log, silentLog} from '../base/index.ts';
import {createAdmission} from '../net/index.ts';
import {createApi} from './create-api.ts';
import type {Control, Source} from './source.ts';

/** A source of what cannot be seen through the real one: an endless query, a defect, a huge answer. */
const source = {
  async services(_tenant, {budget: {signal}}) {
    asked?.();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    gone?.();
    throw new Error('aborted');
  },
  async operations(_tenant, service) {
    if (service === 'endless') return [{name: 'x'.repeat(12_000_000), kind: 'server' as const, spans: 1}];
    if (service === 'defect') throw new TypeError('secret detail');
    return Array.from({length: 5000}, (_, i) => ({name: `operation ${i}`, kind: 'server' as const, spans: i}));
  },
} satisfies Partial<Source> as unknown as Source;
let asked: (() => void) | undefined;
let gone: (() => void) | undefined;

const errors: object[] = [];
const log: Log = {...silentLog, error: (fields) => errors.push(fields)};
const control = {
  readiness: async () => ({reasons: [], degraded: [], startedUnixNano: '1'}),
  metrics: async () => [],
} satisfies Partial<Control> as unknown as Control;
const directory = mkdtempSync(join(tmpdir(), 'weft-page-'));
let api: FastifyInstance;

beforeAll(async () => {
  mkdirSync(join(directory, 'assets'));
  writeFileSync(join(directory, 'index.html'), '<!doctype html>page');
  writeFileSync(join(directory, 'weft.svg'), '<svg/>');
  writeFileSync(join(directory, 'assets', 'index-B1x.js'), 'let a;');
  writeFileSync(join(directory, 'assets', 'index-B1x.js.br'), brotliCompressSync('let a;'));
  writeFileSync(join(directory, 'assets', 'index-B1x.js.gz'), gzipSync('let a;'));
  writeFileSync(
    join(directory, 'first-loads.json'),
    JSON.stringify({
      explore: ['assets/explore-B1x.js'],
      'services/service': ['assets/service-B1x.js'],
      trace: ['assets/trace-B1x.js', 'assets/trace-B1x.css'],
    }),
  );
  writeFileSync(join(directory, '..', `${directory.split('/').at(-1)}.secret`), 'secret');
  api = await createApi({source, control, meter: createMeter(), log, uiDirectory: directory, loopback: true});
  await api.listen({host: '127.0.0.1', port: 0});
});
afterAll(async () => {
  await api.close();
  rmSync(directory, {recursive: true});
  rmSync(`${directory}.secret`);
});

const ask = (url: string, headers: Record<string, string> = {}, remoteAddress = '127.0.0.1') =>
  api.inject({url, headers: {host: 'localhost', ...headers}, remoteAddress});

describe('API: the page', () => {
  test.each(['/', '/trace/0af7651916cd43dd8448eb211c80319c', '/services', '/services/a%2Fb.js', '/search?service=a.b'])(
    '%s',
    async (url) => {
      const response = await ask(url);
      expect([response.statusCode, response.body]).toEqual([200, '<!doctype html>page']);
      expect(response.headers).toMatchObject({'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache'});
    },
  );
  const trace =
    '</assets/trace-B1x.js>; rel=modulepreload, </assets/trace-B1x.css>; rel=preload; as=style; crossorigin';
  const answer = (id: string): string => `</api/weft/v1/traces/${id}>; rel=preload; as=fetch; crossorigin`;
  test.each<[url: string, link: string | undefined]>([
    ['/', '</assets/explore-B1x.js>; rel=modulepreload'],
    ['/?service=a', '</assets/explore-B1x.js>; rel=modulepreload'],
    ['/trace/0AF7651916CD43DD8448EB211C80319C', `${answer('0af7651916cd43dd8448eb211c80319c')}, ${trace}`],
    ['/trace/7', `${answer('7'.padStart(32, '0'))}, ${trace}`],
    ['/trace/0', trace],
    ['/trace/%3E%3B', trace],
    ['/services/a%2Fb.js', '</assets/service-B1x.js>; rel=modulepreload'],
    ['/services', undefined],
    ['/nowhere', undefined],
  ])('API: of %s, the browser is told at once what it needs first', async (url, link) =>
    expect((await ask(url)).headers.link).toBe(link),
  );
  test('hashed files stay for ever', async () => {
    const {headers, body} = await ask('/assets/index-B1x.js');
    expect([headers['cache-control'], body]).toEqual(['public, max-age=31536000, immutable', 'let a;']);
    expect(headers['content-type']).toMatch(/javascript/);
  });
  test.each([
    ['br, gzip', 'br', brotliDecompressSync],
    ['gzip, deflate', 'gzip', gunzipSync],
  ])('API: to whom accepts %s, a file goes as the build compressed it: %s', async (accepted, encoding, read) => {
    const response = await ask('/assets/index-B1x.js', {'accept-encoding': accepted}, '10.0.0.9');
    expect(response.headers['content-encoding']).toBe(encoding);
    expect(response.headers['content-type']).toMatch(/javascript/);
    expect(read(response.rawPayload).toString()).toBe('let a;');
  });
  test('other files are asked for again', async () => {
    const {headers, statusCode} = await ask('/weft.svg');
    expect([statusCode, headers['cache-control'], headers['content-type']]).toEqual([
      200,
      'public, max-age=0',
      'image/svg+xml',
    ]);
  });
  test.each(['/assets/gone.js', '/nothing.png', '/../x.secret', '/%2e%2e/x.secret', '/assets/..%2f..%2fx.secret'])(
    'no file at %s',
    async (url) => {
      const response = await ask(url.replace('x.secret', `${directory.split('/').at(-1)}.secret`));
      expect(response.statusCode).toBeGreaterThanOrEqual(400);
      expect(response.body).not.toContain('secret"');
      expect(response.body).not.toBe('secret');
    },
  );
});

test('API: every answer forbids what the page does not need', async () => {
  for (const url of ['/', '/ready', '/api/nothing', '/assets/index-B1x.js']) {
    const {headers} = await ask(url);
    expect(headers).toMatchObject({'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY'});
    expect(headers['content-security-policy']).toContain("script-src 'self';");
    expect(headers['access-control-allow-origin']).toBeUndefined();
  }
});

test.each([
  ['POST', '/api/weft/v1/traces', 'GET, HEAD'],
  ['OPTIONS', '/api/weft/v1/traces', 'GET, HEAD'],
  ['PATCH', '/api/weft/v1/sampling', 'GET, HEAD, PUT, DELETE'],
  ['GET', '/api/weft/v1/flush', 'POST'],
  ['HEAD', '/api/weft/v1/flush', 'POST'],
  ['DELETE', '/api/weft/v1/traces/statuses', 'GET, HEAD'],
  ['POST', '/api/services', 'GET, HEAD'],
  ['GET', '/api/archive/1', 'POST'],
  ['DELETE', '/ready', 'GET, HEAD'],
  ['POST', '/status', 'GET, HEAD'],
] as const)('API: %s %s is refused with the methods that the address takes: %s', async (method, url, allowed) => {
  const payload = method === 'POST' ? 'x'.repeat(10_000) : '';
  const response = await api.inject({
    method,
    url,
    headers: {host: 'localhost'},
    payload: url === '/status' ? '' : payload,
  });
  expect([response.statusCode, response.headers.allow]).toEqual([405, allowed]);
});

describe('API: an address that is not percent-encoded UTF-8', () => {
  test.each([
    '/api/weft/v1/traces/%E0%A4%A',
    '/api/traces/%',
    '/api/weft/v1/find?text=%FF',
    '/ready?%zz=1',
    '/api/%ff',
  ])('%s is refused', async (url) => {
    const response = await ask(url);
    expect(response.statusCode).toBe(400);
    expect(response.body).toContain('is not percent-encoded UTF-8');
    expect(response.headers['x-frame-options']).toBe('DENY');
  });
  test('names the parameter it is in, and only the value', async () =>
    expect((await ask('/api/weft/v1/find?x=1&te%78t=a%20%A&y=%B')).json().error).toMatchObject({
      parameter: 'text',
      values: {given: 'a%20%A'},
    }));
  test('a name that is not ours stays refused', async () =>
    expect((await ask('/api/traces/%', {host: 'evil.example'})).statusCode).toBe(403));
  test.each(['/trace/%E0%A4%A', '/?service=%FF'])('%s is the page', async (url) =>
    expect((await ask(url)).body).toBe('<!doctype html>page'),
  );
});

test('API: a name that is not ours is refused before anything is looked at', async () => {
  const response = await ask('/ready', {host: 'evil.example'});
  expect([response.statusCode, response.json().error.code]).toEqual([403, 'forbidden']);
});

test('API: another site may not post', async () => {
  const headers = {host: 'localhost', origin: 'https://evil.example'};
  expect((await api.inject({method: 'POST', url: '/api/weft/v1/flush', headers})).statusCode).toBe(403);
});

test('API: a defect is logged and not told', async () => {
  const response = await ask('/api/weft/v1/operations?service=defect');
  expect([response.statusCode, response.json().error.code]).toEqual([500, 'internal']);
  expect(response.body).not.toContain('secret detail');
  expect(errors).toContainEqual(expect.objectContaining({err: expect.any(TypeError)}));
});

test.each([
  ['POST', '/api/weft/v1/flush', 4097],
  ['PUT', '/api/weft/v1/sampling', 65_537],
  ['POST', '/api/transform', 16 * 1024 * 1024 + 1],
  ['POST', '/nothing', 4097],
] as const)('API: %s %s refuses a body of %i bytes', async (method, url, length) => {
  const headers = {host: 'localhost'};
  const response = await api.inject({method, url, headers, payload: 'x'.repeat(length)});
  expect(response.statusCode).toBe(413);
});

test.each(['/../x.js', '/%00.js', '/%2e%2e/x.js', '/a\\b.js', '/%5c.js', '/./x.js', '/..', '/%2500.js'])(
  'API: %s is no file of the page: 404',
  async (target) => {
    expect(await talk(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)).toMatch(
      target === '/..' ? /^HTTP\/1.1 (200|404) / : /^HTTP\/1.1 404 /,
    );
  },
);

test('API: a target in absolute form is served by its own authority, whatever the Host header says', async () => {
  const of = (authority: string, host: string): Promise<string> =>
    talk(`GET http://${authority}/ready HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  expect(await of('localhost', 'evil.example')).toMatch(/^HTTP\/1.1 200 /);
  expect(await of('evil.example', 'localhost')).toMatch(/^HTTP\/1.1 403 /);
});

test('API: an address as long as a whole question is served, a longer one is refused in words', async () => {
  const fetchPath = (path: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${(api.server.address() as AddressInfo).port}${path}`);
  expect((await fetchPath(`/?where=${'a'.repeat(60_000)}`)).status).toBe(200);
  const person = await fetchPath(`/?where=${'a'.repeat(200_000)}`);
  expect([person.status, person.headers.get('content-type')]).toEqual([431, 'text/plain; charset=utf-8']);
  expect(await person.text()).toBe(
    'This address is too long: with its headers a request has at most 64 KiB. Leave conditions out, or shorten a value.\n',
  );
  const program = await talk('GET /api/weft/v1/traces HTTP/9.7\r\n\r\n');
  expect(program).toMatch(/^HTTP\/1.1 400 .*application\/json.*"code":"bad_request"/s);
});

test('API: answers that nobody reads count in the bound of the process, and make room when their reader leaves', async () => {
  const admission = createAdmission(128 << 20, {share: 0.5});
  const bounded = await createApi({
    source,
    control,
    meter: createMeter(),
    log,
    uiDirectory: undefined,
    loopback: true,
    admission,
  });
  await bounded.listen({host: '127.0.0.1', port: 0});
  const {port} = bounded.server.address() as AddressInfo;
  const readers = Array.from({length: 20}, () => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.pause();
    socket.write('GET /api/weft/v1/operations?service=endless HTTP/1.1\r\nHost: localhost\r\n\r\n');
    return socket;
  });
  await expect.poll(() => admission.inFlightBytes).toBeGreaterThan(32 << 20);
  expect(admission.inFlightBytes).toBeLessThanOrEqual(64 << 20);
  const refused = await fetch(`http://127.0.0.1:${port}/api/weft/v1/operations?service=endless`);
  expect(refused.status).toBe(503);
  for (const socket of readers) socket.destroy();
  await expect.poll(() => admission.inFlightBytes).toBe(0);
  await bounded.close();
});

test.each([
  [3, true],
  [2000, false],
])('API: an answer of %i spans is whole, and says its length if it is short: %s', async (count, isShort) => {
  const spans = Array.from({length: count}, (_, i) => ({
    ...{
      traceId: '5b8efff798038103d269b633813fc60c',
      spanId: (i + 1).toString(16).padStart(16, '0'),
      name: `späti ${i}`,
    },
    ...{startTimeUnixNano: '1700000000000000000', endTimeUnixNano: '1700000000000001000'},
  }));
  const {port} = api.server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/api/transform`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({resourceSpans: [{scopeSpans: [{spans}]}]}),
  });
  const text = await answer.text();
  const length = answer.headers.get('content-length');
  expect([answer.status, length]).toEqual([200, isShort ? String(Buffer.byteLength(text)) : null]);
  const [trace] = JSON.parse(text).data;
  expect(trace.spans.map(({operationName}: {operationName: string}) => operationName)).toEqual(
    spans.map(({name}) => name),
  );
});

test('API: a client that leaves in the middle of its body is not logged as a defect', async () => {
  const before = errors.length;
  const answered = vi.fn();
  const socket = connect((api.server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
  api.server.once('request', (_request, response: ServerResponse) => response.once('close', answered));
  socket.write(
    'POST /api/transform HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{',
  );
  await once(api.server, 'request');
  socket.destroy();
  await expect.poll(() => answered.mock.calls.length).toBe(1);
  await talk('GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  expect(errors.slice(before)).toEqual([]);
});

/** The answer to the bytes. */
function talk(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect((api.server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('data', (chunk) => (said += chunk));
    socket.on('error', () => {}).on('close', () => resolve(said));
    socket.write(bytes);
  });
}

describe('API: compression', () => {
  const url = '/api/weft/v1/operations?service=a';
  test('for other machines', async () => {
    const response = await ask(url, {'accept-encoding': 'gzip, br, zstd'}, '192.0.2.1');
    expect(response.headers['content-encoding']).toBe('zstd');
    expect(JSON.parse(zstdDecompressSync(response.rawPayload).toString()).operations).toHaveLength(5000);
  });
  test('not on this machine', async () => {
    const response = await ask(url, {'accept-encoding': 'gzip, br, zstd'});
    expect(response.headers['content-encoding']).toBeUndefined();
    expect(response.json().operations).toHaveLength(5000);
  });
  test('not of what is small', async () => {
    const response = await ask('/ready', {'accept-encoding': 'gzip'}, '192.0.2.1');
    expect(response.headers['content-encoding']).toBeUndefined();
  });
});

test('API: a client that goes away ends its query', async () => {
  const {promise: wasAsked, resolve: setAsked} = Promise.withResolvers<void>();
  const {promise: wasGone, resolve: setGone} = Promise.withResolvers<void>();
  asked = setAsked;
  gone = setGone;
  const address = api.server.address() as {port: number};
  const request = get({host: '127.0.0.1', port: address.port, path: '/api/services'});
  request.on('error', () => {}); // it is we who end it
  await wasAsked;
  request.destroy();
  await wasGone;
});

test('API: requests are counted by route, never by address', async () => {
  await ask('/trace/1234');
  await ask('/api/weft/v1/operations?service=b');
  const {body} = await ask('/metrics');
  expect(body).toMatch(
    /weft_api_requests_total\{route="\/api\/weft\/v1\/operations",method="GET",status="200"\} \d+\n/,
  );
  expect(body).toMatch(/weft_api_requests_total\{route="other",method="GET",status="200"\} \d+\n/);
  expect(body).not.toContain('1234');
});
