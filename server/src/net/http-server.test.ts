/** The HTTP server of receivers, against what senders do and what attackers would. */
import {once} from 'node:events';
import * as http from 'node:http';
import * as net from 'node:net';
import {deflateRawSync, deflateSync, gzipSync, zstdCompressSync} from 'node:zlib';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {MalformedError, PermanentError, RetryableError, silentLog} from '../base/index.ts';
import {type Admission, createAdmission} from './admission.ts';
import {createCors} from './http-cors.ts';
import {createHttpServer, type HttpRoute, type HttpServer, type HttpServerOptions} from './http-server.ts';

const maxBodyBytes = 1 << 20;
const answer = (text: string) => ({status: 200, contentType: 'text/plain', body: text});
let release: () => void = () => {};
const route = (handle: HttpRoute['handle']): HttpRoute => ({method: 'POST', contentTypes: ['text/plain'], handle});
const routes = new Map<string, HttpRoute>([
  ['/length', route(async ({body, query}) => answer(`${body.length}${query}`))],
  ['/slow', route(() => new Promise((resolve) => (release = () => resolve(answer('done')))))],
  ['/malformed', route(() => Promise.reject(new MalformedError('no such field', 7)))],
  ['/never', route(() => Promise.reject(new PermanentError('too_old', 'the data is too old')))],
  ['/later', route(() => Promise.reject(new RetryableError('full', 'the spool is full', 2500)))],
  ['/defect', route(() => Promise.reject(new TypeError('x is not a function')))],
]);

let server: HttpServer;
let admission: Admission;
let port: number;

async function start(options: Partial<HttpServerOptions> = {}): Promise<void> {
  admission = createAdmission(4 << 20);
  server = createHttpServer({
    routes,
    refuse: ({grpc, message}) => ({contentType: 'text/plain', body: `${grpc}: ${message}`}),
    onRefused() {},
    admission,
    log: silentLog,
    maxBodyBytes,
    encodings: new Set(['identity', 'gzip', 'deflate', 'zstd']),
    headerTimeoutMs: 60_000,
    requestTimeoutMs: 60_000,
    idleTimeoutMs: 60_000,
    keepAlive: true,
    ...options,
  });
  ({port} = await server.listen({host: '127.0.0.1', port: 0}));
}
async function restart(options: Partial<HttpServerOptions>): Promise<void> {
  await server.stop(0);
  await start(options);
}

beforeEach(() => start());
afterEach(() => server.stop(100));

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

function send(
  path: string,
  body: Uint8Array | readonly Uint8Array[],
  headers: http.OutgoingHttpHeaders = {},
  {method = 'POST', agent}: {method?: string; agent?: http.Agent} = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      port,
      host: '127.0.0.1',
      path,
      method,
      headers: {'content-type': 'text/plain', ...headers},
      ...(agent === undefined ? {} : {agent}),
    });
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({status: response.statusCode as number, headers: response.headers, text}));
    });
    if (body instanceof Uint8Array) request.end(body);
    else {
      for (const part of body) request.write(part);
      request.end();
    }
  });
}

/** The server's answer to these bytes, up to its close or to `until`. */
function talk(parts: readonly string[], until?: string): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const socket = net.connect(port, '127.0.0.1');
    const done = (): void => {
      socket.destroy();
      resolve(said);
    };
    socket.on('error', done).on('close', done);
    socket.on('data', (chunk) => {
      said += chunk;
      if (until !== undefined && said.includes(until)) done();
    });
    for (const part of parts) socket.write(part);
  });
}

const noise = (bytes: number): Buffer => Buffer.from(Array.from({length: bytes}, (_, i) => (i * 7919) % 251));
const works = async (): Promise<void> => expect((await send('/length', noise(10))).text).toBe('10');

describe('HTTP server: a body', () => {
  it.each([0, 1, 65_536, maxBodyBytes])('of %i bytes arrives whole', async (size) => {
    expect(await send('/length', noise(size))).toMatchObject({status: 200, text: String(size)});
  });

  it('in chunks arrives whole', async () => {
    expect((await send('/length?x=1', [noise(10), noise(70_000), noise(1)])).text).toBe('70011x=1');
  });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['zstd', zstdCompressSync],
    ['GZIP', gzipSync],
  ] as const)('in %s is decompressed', async (encoding, encode) => {
    expect((await send('/length', encode(noise(maxBodyBytes)), {'content-encoding': encoding})).text).toBe(
      `${maxBodyBytes}`,
    );
  });

  it('of several gzip members is one', async () => {
    const body = Buffer.concat([gzipSync(noise(1000)), gzipSync(noise(10))]);
    expect((await send('/length', body, {'content-encoding': 'gzip'})).text).toBe('1010');
  });

  const gzip = gzipSync(noise(5000));
  const cases: readonly [
    name: string,
    body: Uint8Array,
    headers: http.OutgoingHttpHeaders,
    status: number,
    text: string,
  ][] = [
    ['that is not gzip', noise(100), {'content-encoding': 'gzip'}, 400, '3: the body is not valid gzip'],
    ['whose gzip is cut off', gzip.subarray(0, 90), {'content-encoding': 'gzip'}, 400, '3: the body is not valid gzip'],
    [
      'whose gzip has a wrong checksum',
      Buffer.concat([gzip.subarray(0, -8), Buffer.alloc(8)]),
      {'content-encoding': 'gzip'},
      400,
      '3: the body is not valid gzip',
    ],
    ['that is not zstd', noise(100), {'content-encoding': 'zstd'}, 400, '3: the body is not valid zstd'],
    [
      'in an unknown encoding',
      noise(1),
      {'content-encoding': 'br'},
      415,
      '12: content encoding br is not supported; use identity, gzip, deflate, zstd',
    ],
    [
      'of another type',
      noise(1),
      {'content-type': 'image/png'},
      415,
      '12: content type image/png is not supported; use text/plain',
    ],
  ];
  it.each(cases)('%s is refused', async (_, body, headers, status, text) => {
    expect(await send('/length', body, headers)).toMatchObject({status, text});
    expect(admission.inFlightBytes).toBe(0);
    await works();
  });

  it('beyond the limit is refused by its announced length, before it comes', async () => {
    const said = await talk(
      [`POST /length HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: ${maxBodyBytes + 1}\r\n\r\n`],
      'bytes',
    );
    expect(said).toContain('413 Payload Too Large');
    expect(said).toContain('connection: close');
    await works();
  });

  it('beyond the limit is refused although its length is not announced', async () => {
    const body = Array.from({length: 20}, () => noise(100_000));
    expect(await send('/length', body)).toMatchObject({
      status: 413,
      text: `8: the body has more than ${maxBodyBytes} bytes; send smaller batches, or raise max_request_body_size of the receiver`,
    });
    expect(admission.inFlightBytes).toBe(0);
    await works();
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['zstd', zstdCompressSync],
  ] as const)('that is a bomb in %s costs little', async (encoding, encode) => {
    const bomb = encode(Buffer.alloc(64 << 20));
    expect(await send('/length', bomb, {'content-encoding': encoding})).toMatchObject({
      status: 413,
      text: `8: the decompressed body exceeds ${maxBodyBytes} bytes; send smaller batches, or raise max_request_body_size of the receiver`,
    });
    expect(admission.inFlightBytes).toBe(0);
    await works();
  });

  it('waits for 100-continue, and is not asked for where it would be refused', async () => {
    const head = (path: string, length: number): string =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\n\r\n`;
    expect(await talk([head('/length', 5)], '\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    expect(await talk([head('/none', 5)], 'nothing')).toMatch(/^HTTP\/1.1 404 /);
    expect(await talk([head('/length', 2 ** 31)], 'bytes')).toMatch(/^HTTP\/1.1 413 /);
  });
});

describe('HTTP server: an error', () => {
  const cases: readonly [path: string, status: number, retryAfter: string | undefined, text: string][] = [
    ['/malformed', 400, undefined, '3: no such field (at byte 7)'],
    ['/never', 400, undefined, '3: the data is too old'],
    ['/later', 503, '3', '14: the spool is full'],
    ['/defect', 503, '1', '14: an unexpected error on the server; see its log'],
    ['/none', 404, undefined, '12: nothing is served at /none'],
  ];
  it.each(cases)('of %s is %i', async (path, status, retryAfter, text) => {
    const got = await send(path, noise(10));
    expect(got).toMatchObject({status, text});
    expect(got.headers['retry-after']).toBe(retryAfter);
    expect(admission.inFlightBytes).toBe(0);
  });

  it('of the method is 405 and names the right one', async () => {
    const got = await send('/length', noise(0), {}, {method: 'GET'});
    expect([got.status, got.headers.allow, got.text]).toEqual([
      405,
      'POST',
      '12: method GET is not allowed here; use POST',
    ]);
  });

  it('of overload is 503, and passes', async () => {
    const headers = {'content-type': 'text/plain', 'content-length': maxBodyBytes};
    const holders = Array.from({length: 6}, () => {
      const request = http.request({port, host: '127.0.0.1', path: '/length', method: 'POST', headers});
      request.on('error', () => {});
      request.write(noise(maxBodyBytes - 1));
      return {
        request,
        status: new Promise<number>((resolve) => request.on('response', (got) => resolve(got.statusCode as number))),
      };
    });
    expect(await Promise.race(holders.map((each) => each.status))).toBe(503);
    expect(admission.inFlightBytes).toBeLessThanOrEqual(4 << 20);
    for (const {request} of holders) request.destroy();
    await expect.poll(() => admission.inFlightBytes).toBe(0);
    await works();
  });
});

describe('HTTP server: a connection', () => {
  it('serves one request after another', async () => {
    const agent = new http.Agent({keepAlive: true, maxSockets: 1});
    for (let i = 0; i < 5; i++) expect((await send('/length', noise(i), {}, {agent})).text).toBe(String(i));
    expect((await send('/none', noise(9), {}, {agent})).headers.connection).toBe('keep-alive');
    agent.destroy();
  });

  it('without keep-alive serves one', async () => {
    await restart({keepAlive: false});
    expect((await send('/length', noise(1))).headers.connection).toBe('close');
  });

  it('that breaks off in a body leaves nothing behind', async () => {
    for (let i = 0; i < 20; i++) {
      const socket = net.connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write('POST /length HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 5000\r\n\r\nabc');
      await new Promise((resolve) => setTimeout(resolve, i));
      socket.destroy();
    }
    await expect.poll(() => admission.inFlightBytes).toBe(0);
    await works();
  });

  it('that breaks off while its request is handled leaves nothing behind', async () => {
    const request = http.request({
      port,
      host: '127.0.0.1',
      path: '/slow',
      method: 'POST',
      headers: {'content-type': 'text/plain'},
    });
    request.on('error', () => {});
    request.end('abc');
    await expect.poll(() => admission.inFlightBytes).toBeGreaterThan(0);
    request.destroy();
    release();
    await expect.poll(() => admission.inFlightBytes).toBe(0);
  });

  it('that names its target in absolute form is served', async () => {
    const head = `POST http://weft:${port}/length?a=b HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\n`;
    expect(await talk([head, 'abc'], '3a=b')).toMatch(/^HTTP\/1.1 200 .*3a=b$/s);
  });

  it('that half closes still gets its answer', async () => {
    const said = new Promise<string>((resolve) => {
      let text = '';
      const socket = net.connect({port, host: '127.0.0.1', allowHalfOpen: true});
      socket.on('data', (chunk) => (text += chunk)).on('end', () => resolve(text));
      socket.end('POST /length HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc');
    });
    expect(await said).toMatch(/^HTTP\/1.1 200 .*3$/s);
  });

  it('whose headers come too slowly is ended', async () => {
    await restart({headerTimeoutMs: 50});
    expect(await talk(['POST /length HTTP/1.1\r\nHost: a\r\n'])).toMatch(/^HTTP\/1.1 408 /);
  });

  it('whose body comes too slowly is ended', async () => {
    await restart({headerTimeoutMs: 50, requestTimeoutMs: 100});
    const head = 'POST /length HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\n';
    expect(await talk([head, 'abc'])).toMatch(/^HTTP\/1.1 408 /);
    await expect.poll(() => admission.inFlightBytes).toBe(0);
  });

  it('that speaks no HTTP is told so', async () => {
    expect(await talk(['\0\x01\x02 nonsense\r\n\r\n'])).toMatch(/^HTTP\/1.1 400 /);
    await works();
  });

  it('is one of many', async () => {
    const answers = await Promise.all(Array.from({length: 300}, (_, i) => send('/length', noise(i))));
    expect(answers.every((each, i) => each.text === String(i))).toBe(true);
  });

  it('finishes its request when the server stops, and is closed', async () => {
    const agent = new http.Agent({keepAlive: true});
    const slow = send('/slow', noise(3), {}, {agent});
    await expect.poll(() => admission.inFlightBytes).toBeGreaterThan(0);
    const stopped = server.stop(5000);
    release();
    expect(await slow).toMatchObject({status: 200, text: 'done', headers: {connection: 'close'}});
    await stopped;
    await expect(send('/length', noise(1))).rejects.toThrow('ECONNREFUSED');
    agent.destroy();
  });
});

describe('HTTP server: a stop', () => {
  /** Of a server with a grace that no test waits for. */
  const stop = () => server.stop(10 * 60_000);

  it('with idle connections ends at once, and they see their end', async () => {
    const agent = new http.Agent({keepAlive: true});
    await send('/length', noise(1), {}, {agent});
    const silent = net.connect({port, host: '127.0.0.1'});
    await once(silent, 'connect');
    const ended = once(silent, 'close');
    await stop();
    await ended;
    await expect.poll(() => Object.keys(agent.freeSockets)).toEqual([]);
  });

  it('waits for a request under way alone', async () => {
    const slow = send('/slow', noise(3));
    await expect.poll(() => admission.inFlightBytes).toBeGreaterThan(0);
    let isStopped = false;
    const stopped = stop().then(() => (isStopped = true));
    await expect(send('/length', noise(1))).rejects.toThrow('ECONNREFUSED');
    expect(isStopped).toBe(false);
    release();
    expect((await slow).text).toBe('done');
    await stopped;
  });
});

describe('HTTP server: a web page', () => {
  beforeEach(() =>
    restart({
      cors: createCors({
        allowed_origins: ['https://shop.example', 'https://*.example.org'],
        allowed_headers: ['X-Scope-OrgID'],
        exposed_headers: ['Retry-After'],
        max_age: 600,
      }),
    }),
  );
  const preflight = (origin: string): Promise<Answer> =>
    send(
      '/length',
      noise(0),
      {origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type'},
      {method: 'OPTIONS'},
    );

  it.each(['https://shop.example', 'https://a.b.example.org'])('of %s may send', async (origin) => {
    const asked = await preflight(origin);
    expect(asked.status).toBe(204);
    expect(asked.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'Content-Type, X-Scope-OrgID',
      'access-control-max-age': '600',
      vary: 'Origin',
    });
    expect((await send('/length', noise(5), {origin})).headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'Retry-After',
    });
  });

  it('CORS preflight: however many come, no request counts as in work afterwards', async () => {
    let open = 0;
    const counted = {
      ...createAdmission(1 << 20),
      open() {
        const lease = createAdmission(1 << 20).open();
        open++;
        return {...lease, close: () => void open--};
      },
    };
    await restart({
      admission: counted,
      cors: createCors({allowed_origins: ['*'], allowed_headers: [], exposed_headers: [], max_age: 0}),
    });
    for (let i = 0; i < 3; i++) expect((await preflight('https://shop.example')).status).toBe(204);
    expect(open).toBe(0);
  });

  it.each(['https://evil.example', 'https://shop.example.evil', 'null'])('of %s may not', async (origin) => {
    expect((await preflight(origin)).headers).not.toHaveProperty('access-control-allow-origin');
    expect((await send('/length', noise(5), {origin})).headers).not.toHaveProperty('access-control-allow-origin');
  });
});
