/** Requests that one server hands on to another one of the process, against what clients do and what the other one does. */
import * as http from 'node:http';
import {afterEach, beforeEach, expect, it} from 'vitest';
import {PermanentError, silentLog} from '../base/index.ts';
import {createAdmission} from './admission.ts';
import {createCors} from './http-cors.ts';
import {createForward, type ForwardOptions} from './http-forward.ts';
import {createHttpServer, type HttpServer, type HttpServerOptions} from './http-server.ts';

let other: http.Server;
let answer: http.RequestListener;
let address: string | undefined;
let server: HttpServer;
let port: number;
let refused: number;
const admission = createAdmission(1 << 20);

beforeEach(async () => {
  other = http.createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${(other.address() as {port: number}).port}`;
  refused = 0;
  await start();
});
afterEach(async () => {
  await server.stop(100);
  other.closeAllConnections();
  other.close();
});

async function start(
  given: Partial<ForwardOptions> = {},
  options: Partial<HttpServerOptions> = {},
  loopback = true,
): Promise<void> {
  await server?.stop(0);
  const forward = createForward({address: () => address, hosts: ['Proxy.example'], ...given});
  server = createHttpServer({
    routes: new Map([
      [
        '/both',
        {method: 'POST', contentTypes: [], handle: async () => ({status: 202, contentType: 'text/plain', body: ''})},
      ],
    ]),
    reads: (path) =>
      ['/both', '/read'].includes(path) ? {kind: 'forwarded', target: `/other${path}`, loopback, forward} : undefined,
    refuse: ({message}) => ({contentType: 'text/plain', body: message}),
    onRefused: () => refused++,
    admission,
    log: silentLog,
    maxBodyBytes: 1000,
    encodings: new Set(['identity']),
    headerTimeoutMs: 60_000,
    requestTimeoutMs: 60_000,
    idleTimeoutMs: 60_000,
    keepAlive: true,
    ...options,
  });
  ({port} = await server.listen({host: '127.0.0.1', port: 0}));
}

interface Answered {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

const ask = (path: string, options: http.RequestOptions = {}, body?: string): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const request = http.request({port, host: '127.0.0.1', path, agent: false, ...options}, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({
          status: response.statusCode as number,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.once('error', reject);
    request.end(body);
  });

it('forwarding: hands on the query and the headers that an answer depends on, and the answer as it is', async () => {
  let seen: http.IncomingMessage | undefined;
  answer = (request, response) => {
    seen = request;
    response.writeHead(404, {'content-type': 'text/x', etag: '"1"'}).end('none');
  };
  const headers = {'x-scope-orgid': 'team-a', accept: 'text/x', cookie: 'secret', 'accept-encoding': 'gzip'};
  const {status, headers: told, text} = await ask('/both?a=%20b&c', {headers});
  expect([status, told['content-type'], told.etag, text]).toEqual([404, 'text/x', '"1"', 'none']);
  expect(seen?.url).toBe('/other/both?a=%20b&c');
  expect(seen?.headers).toMatchObject({
    host: address,
    'x-scope-orgid': 'team-a',
    accept: 'text/x',
    'accept-encoding': 'gzip',
    'x-forwarded-for': '127.0.0.1',
  });
  expect(seen?.headers).not.toHaveProperty('cookie');
});

it('forwarding: HEAD has the headers alone, a route keeps its method, and others are told both', async () => {
  answer = (request, response) =>
    void response.writeHead(200, {'content-length': 4}).end(request.method === 'HEAD' ? undefined : 'body');
  const head = await ask('/both', {method: 'HEAD'});
  expect([head.status, head.headers['content-length'], head.text]).toEqual([200, '4', '']);
  expect((await ask('/both', {method: 'POST'}, '{}')).status).toBe(202);
  const put = await ask('/both', {method: 'PUT'});
  expect([put.status, put.headers.allow]).toEqual([405, 'GET, HEAD, POST']);
  const post = await ask('/read', {method: 'POST'});
  expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD']);
});

it('forwarding: a read is no work of the server, which holds nothing for it and counts no refusal of it', async () => {
  const held = Promise.withResolvers<http.ServerResponse>();
  answer = (_, response) => held.resolve(response);
  const asked = ask('/read');
  const response = await held.promise;
  expect(admission.inFlightBytes).toBe(0);
  response.end('late');
  expect((await asked).text).toBe('late');
  expect((await ask('/read', {headers: {host: 'evil.example'}})).status).toBe(403);
  expect(refused).toBe(0);
});

it('forwarding: on loopback, names that are not this machine’s are refused, and elsewhere any will do', async () => {
  answer = (_, response) => void response.end('ok');
  const status = async (host: string): Promise<number> => (await ask('/read', {headers: {host}})).status;
  expect(await status('evil.example')).toBe(403);
  expect(await status('localhost:9411')).toBe(200);
  expect(await status('proxy.example')).toBe(200);
  await start({}, {}, false);
  expect(await status('evil.example')).toBe(200);
});

it('forwarding: a body is refused, announced or in chunks', async () => {
  answer = (_, response) => void response.end('ok');
  expect((await ask('/read', {headers: {'content-length': 4}}, 'body')).status).toBe(400);
  expect((await ask('/read', {headers: {'transfer-encoding': 'chunked'}}, 'body')).status).toBe(400);
});

it('forwarding: the other server away, or at its limit, is a 503 with Retry-After', async () => {
  answer = (_, response) => void response.end('ok');
  const there = address;
  address = undefined;
  const starting = await ask('/read');
  expect([starting.status, starting.headers['retry-after']]).toEqual([503, '1']);
  address = '127.0.0.1:1';
  expect((await ask('/read')).status).toBe(503);
  address = there;

  await start({limit: 1});
  const held = Promise.withResolvers<http.ServerResponse>();
  answer = (_, response) => held.resolve(response);
  const first = ask('/read');
  const response = await held.promise;
  expect((await ask('/read')).status).toBe(503);
  response.end('ok');
  expect((await first).text).toBe('ok');
  answer = (_, late) => void late.end('again');
  expect((await ask('/read')).text).toBe('again');
});

it('forwarding: an answer that breaks off breaks off here too', async () => {
  answer = (_, response) => {
    response.writeHead(200, {'content-length': 100});
    response.write('half', () => response.destroy());
  };
  await expect(ask('/read')).rejects.toThrow();
});

it('forwarding: a client that leaves ends its request at the other server', async () => {
  const left = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  answer = (request, response) => {
    response.once('close', () => left.resolve());
    request.resume();
    asked.resolve();
  };
  const request = http.get({port, host: '127.0.0.1', path: '/read', agent: false});
  request.on('error', () => {});
  await asked.promise;
  request.destroy();
  await left.promise;
});

it('forwarding: a connection that the other server closed meanwhile is made again', async () => {
  answer = (_, response) => void response.end('ok');
  expect((await ask('/read')).text).toBe('ok');
  other.closeAllConnections();
  expect((await ask('/read')).text).toBe('ok');
});

it('forwarding: asks for credentials where the server does, and lets pages of allowed origins read', async () => {
  answer = (_, response) => void response.writeHead(200, {vary: 'accept-encoding'}).end('ok');
  await start(
    {},
    {
      cors: createCors({
        allowed_origins: ['http://lens.example'],
        allowed_headers: [],
        exposed_headers: [],
        max_age: 0,
      }),
      responseHeaders: {'x-own': '1'},
      auth: {
        challenge: 'Bearer',
        async check({authorization}) {
          if (authorization !== 'Bearer t') throw new PermanentError('unauthenticated', 'who are you?');
        },
      },
    },
  );
  const unknown = await ask('/read');
  expect([unknown.status, unknown.headers['www-authenticate']]).toEqual([401, 'Bearer']);
  const {headers} = await ask('/read', {headers: {authorization: 'Bearer t', origin: 'http://lens.example'}});
  expect(headers).toMatchObject({
    'access-control-allow-origin': 'http://lens.example',
    vary: 'accept-encoding, Origin',
    'x-own': '1',
  });
});
