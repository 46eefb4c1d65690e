import {
  createServer,
  get as httpGet,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import {type AddressInfo, connect, type Socket} from 'node:net';
import {trace} from '@opentelemetry/api';
import {beforeEach, describe, expect, test} from 'vitest';
import {getBaggage, withBaggage} from './baggage.ts';
import {
  assertChain,
  assertChildOf,
  assertContextSent,
  assertNoOrphans,
  captureSpans,
  startDownstream,
} from './testing/index.ts';
import {traced} from './traced.ts';

const capture = captureSpans({captureHeaders: {request: ['x-tenant', 'authorization']}});
beforeEach(() => capture.clear());

describe('HTTP clients', () => {
  test('fetch sends its span’s context and baggage', async () => {
    const downstream = await startDownstream();
    await withBaggage({tenant: 'acme'}, () => traced('request', () => fetch(`${downstream.url}/pay?token=abc`)));
    await downstream.stop();
    const {headers} = downstream.requests[0]!;
    const client = capture.one(({kind}) => kind === 'client');
    assertContextSent(headers, client);
    assertChildOf(client, capture.one('request'));
    expect(headers.baggage).toBe('tenant=acme');
    expect(client.attributes['url.full']).toBe(`${downstream.url}/pay?token=REDACTED`);
    expect(client.attributes['url.query']).toBe('token=REDACTED');
    expect(client.attributes).not.toHaveProperty(['http.request.method_original']);
    expect(() => assertContextSent(headers, capture.one('request'))).toThrow('expected the downstream to receive');
  });

  test('node:http too, and a failed call says so', async () => {
    const downstream = await startDownstream(503);
    await traced('request', async () => {
      await new Promise<void>((resolve) =>
        httpRequest(downstream.url, {headers: {authorization: 'Bearer secret', 'x-tenant': 'acme'}}, (response) =>
          response.resume().on('end', resolve),
        ).end(),
      );
    });
    await downstream.stop();
    const client = await capture.waitFor(({kind}) => kind === 'client');
    assertContextSent(downstream.requests[0]!.headers, client);
    expect(client).toMatchObject({status: 'error', attributes: {'error.type': '503'}});
    expect(client.attributes['http.request.header.x-tenant']).toEqual(['acme']);
    expect(client.attributes['http.request.header.authorization']).toBe('REDACTED');
    capture.clear();
    await expect(traced('request', () => fetch(downstream.url))).rejects.toThrow();
    const failed = capture.one(({kind}) => kind === 'client');
    expect(failed.status).toBe('error');
    expect(failed.attributes).not.toHaveProperty(['url.query']);
  });
});

describe('HTTP servers', () => {
  test('Express and Fastify name the span after the route and take the caller’s context and baggage', async () => {
    const {default: express} = await import('express');
    const {fastify} = await import('fastify');
    const app = express().get('/a/:id', (_request, response) => void response.json({tenant: getBaggage('tenant')}));
    const listening = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => listening.once('listening', resolve));
    const service = fastify();
    service.get('/b/:id', async () => ({tenant: getBaggage('tenant')}));
    service.get('/broken', async () => {
      throw new Error('broken inside');
    });
    const urls = [
      `http://127.0.0.1:${(listening.address() as AddressInfo).port}/a/1`,
      `${await service.listen({port: 0, host: '127.0.0.1'})}/b/2`,
    ];
    for (const url of urls) {
      const answer = await withBaggage({tenant: 'acme'}, () => traced('request', () => fetch(url)));
      expect(await answer.json()).toEqual({tenant: 'acme'});
    }
    await fetch(urls[1]!.replace('/b/2', '/broken'));
    await capture.waitFor(({kind}) => kind === 'server', {count: 3});
    await service.close();
    listening.closeAllConnections();
    listening.close();
    assertChain(capture.spans, ['request', 'GET', 'GET /a/:id']);
    assertChain(capture.spans, ['request', 'GET', 'GET /b/:id']);
    assertNoOrphans(capture.spans);
    expect(capture.one('GET /broken').status).toBe('error');
    expect(
      capture.spans.flatMap(({events}) => events).map(({attributes}) => attributes['exception.message']),
    ).toContain('broken inside');
  });
});

describe('node:http, where it is easy to go wrong', () => {
  /** A server of the test's own making, its address, and how to end it. */
  const serve = async (listener: RequestListener) => {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const {port} = server.address() as AddressInfo;
    return {
      port,
      stop: async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  };
  const client = () => capture.waitFor(({kind}) => kind === 'client');
  const server = () => capture.waitFor(({kind}) => kind === 'server');

  test('headers are sent as object or list, and the caller’s own object is left alone', async () => {
    const downstream = await startDownstream();
    const {port} = new URL(downstream.url);
    const shared = {'x-a': '1'};
    const expecting = {Expect: '100-continue', 'x-a': '1'};
    for (const headers of [shared, ['x-a', '1', 'host', 'h'], undefined, expecting]) {
      await new Promise((resolve) =>
        httpRequest({host: '127.0.0.1', port, ...(headers === undefined ? {} : {headers})}, (response) =>
          response.resume().on('end', resolve),
        ).end(),
      );
    }
    await downstream.stop();
    expect([shared, expecting]).toEqual([{'x-a': '1'}, {Expect: '100-continue', 'x-a': '1'}]);
    await capture.waitFor(({kind}) => kind === 'client', {count: 4});
    const sent = downstream.requests.map(({headers}) => headers);
    for (const [index, span] of capture.all(({kind}) => kind === 'client').entries())
      assertContextSent(sent[index]!, span);
    expect(sent.map((headers) => headers['x-a'])).toEqual(['1', '1', undefined, '1']);
  });

  test('a URL, URL and options, and get() are traced too', async () => {
    const downstream = await startDownstream();
    const calls = [
      (done: () => void) => httpGet(downstream.url, (response) => response.resume().on('end', done)),
      (done: () => void) =>
        httpGet(new URL('/b', downstream.url), {headers: {'x-b': '1'}}, (response) =>
          response.resume().on('end', done),
        ),
      (done: () => void) =>
        httpGet({host: '127.0.0.1', port: new URL(downstream.url).port, path: '/c'}, (response) =>
          response.resume().on('end', done),
        ),
    ];
    for (const call of calls) await new Promise<void>(call);
    await downstream.stop();
    await capture.waitFor(({kind}) => kind === 'client', {count: 3});
    for (const [index, span] of capture.all(({kind}) => kind === 'client').entries()) {
      assertContextSent(downstream.requests[index]!.headers, span);
    }
    expect(downstream.requests.map(({path}) => path)).toEqual(['/', '/b', '/c']);
  });

  test('an answer that nobody listens for does not hang the connection', async () => {
    const {port, stop} = await serve((_request, response) => response.end('x'.repeat(100_000)));
    const request = httpRequest({host: '127.0.0.1', port}).end();
    await new Promise((resolve) => request.once('close', resolve));
    expect((await client()).attributes['http.response.status_code']).toBe(200);
    await stop();
  });

  test.each<[string, string]>([
    ['a large body', 'x'.repeat(5_000_000)],
    ['a small body', 'x'],
    ['no body', ''],
  ])(
    'a response with %s that nobody reads ends the span by its status, at the time of the headers',
    async (_what, body) => {
      const {port, stop} = await serve((_request, response) => response.writeHead(404).end(body));
      let arrived = 0n;
      const kept = await new Promise<IncomingMessage>((resolve) =>
        httpRequest({host: '127.0.0.1', port}, (response) => {
          arrived = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
          resolve(response);
        }).end(),
      );
      const span = await client();
      expect(span).toMatchObject({status: 'error', attributes: {'error.type': '404'}, events: []});
      expect(span.end - arrived).toBeLessThan(1_000_000_000n); // Not the second later when that was noticed.
      kept.resume();
      await stop();
    },
  );

  test('a response that is slow to come, but read, keeps its span open until its end', async () => {
    let finish = (): void => {};
    const {port, stop} = await serve((_request, response) => {
      response.write('x');
      finish = () => response.end('y');
    });
    const unread = httpRequest({host: '127.0.0.1', port, path: '/unread'}, () => {}).end();
    const read = new Promise<void>((resolve) =>
      httpRequest({host: '127.0.0.1', port, path: '/read'}, (response) => response.resume().on('end', resolve)).end(),
    );
    const path = (name: string) =>
      capture.all(({kind, attributes}) => kind === 'client' && String(attributes['url.full']).endsWith(name));
    await expect.poll(() => path('/unread').length, {interval: 20}).toBe(1);
    expect(path('/read')).toEqual([]);
    finish();
    await read;
    expect(path('/read')).toMatchObject([{status: 'unset'}]);
    unread.destroy();
    await stop();
  });

  test('AbortSignal.timeout is TimeoutError', async () => {
    const {port, stop} = await serve(() => {});
    const signal = AbortSignal.timeout(50);
    await new Promise((resolve) => httpRequest({host: '127.0.0.1', port, signal}).on('error', resolve).end());
    expect(await client()).toMatchObject({status: 'error', attributes: {'error.type': 'TimeoutError'}});
    await stop();
  });

  test('an answer that breaks off is an error on the client; an error of the client’s own is recorded', async () => {
    const {port, stop} = await serve((_request, response) => {
      response.writeHead(200, {'content-length': '10'}).write('half');
      setTimeout(() => response.socket?.destroy(), 20);
    });
    await new Promise<void>((resolve) =>
      httpRequest({host: '127.0.0.1', port}, (response) =>
        response
          .resume()
          .on('error', () => {})
          .on('close', resolve),
      )
        .on('error', () => {})
        .end(),
    );
    expect((await client()).status).toBe('error');
    capture.clear();
    const request = httpRequest({host: '127.0.0.1', port}).on('error', () => {});
    request.destroy(new RangeError('changed my mind'));
    expect(await client()).toMatchObject({status: 'error', attributes: {'error.type': 'RangeError'}});
    await stop();
    capture.clear();
    await new Promise((resolve) => httpRequest({host: '127.0.0.1', port, agent: false}).on('error', resolve).end());
    expect(await client()).toMatchObject({status: 'error', attributes: {'error.type': 'ECONNREFUSED'}});
  });

  test('listeners on request and response see their own side’s context', async () => {
    let inServer: string | undefined;
    const {port, stop} = await serve((request, response) => {
      request.resume().on('end', () => {
        inServer = trace.getActiveSpan()?.spanContext().spanId;
        response.end('ok');
      });
    });
    const seen: (string | undefined)[] = [];
    const active = () => seen.push(trace.getActiveSpan()?.spanContext().spanId);
    await traced(
      'request',
      () =>
        new Promise<void>((resolve) => {
          const request = httpRequest({host: '127.0.0.1', port, method: 'POST'}, (response) => {
            active();
            response.on('data', active).on('end', () => resolve(void active()));
          });
          request.end('body');
        }),
    );
    expect(new Set(seen)).toEqual(new Set([capture.one('request').spanId]));
    expect(inServer).toBe((await server()).spanId);
    await stop();
  });

  test('a client that goes away, and a handler that throws, end the server’s span', async () => {
    const {port, stop} = await serve((request, response) => {
      if (request.url === '/throw') throw new Error('handler broke');
      response.write('some');
    });
    const request = httpRequest({host: '127.0.0.1', port}, (response) =>
      response.once('data', () => request.destroy()),
    ).on('error', () => {});
    request.end();
    await server();
    capture.clear();
    const caught = new Promise((resolve) => process.once('uncaughtException', resolve));
    const others = process.listeners('uncaughtException').slice(0, -1);
    for (const other of others) process.off('uncaughtException', other);
    const failing = httpRequest({host: '127.0.0.1', port, path: '/throw'})
      .on('error', () => {})
      .end();
    expect(String(await caught)).toContain('handler broke');
    for (const other of others) process.on('uncaughtException', other);
    expect(await server()).toMatchObject({status: 'error', statusMessage: 'handler broke'});
    failing.destroy();
    await stop();
  });

  test('says who asked for what, behind a proxy too, and folds invented methods', async () => {
    const {port, stop} = await serve((_request, response) => response.end());
    const headers = {host: 'shop.example:8443', 'x-forwarded-for': '203.0.113.9, 10.0.0.1', 'user-agent': 'test/1'};
    await new Promise((resolve) =>
      httpRequest({host: '127.0.0.1', port, path: '/a/b?q=1&token=x', headers, method: 'GET'}, (response) =>
        response.resume().on('end', resolve),
      ).end(),
    );
    expect((await server()).attributes).toMatchObject({
      'http.request.method': 'GET',
      'url.scheme': 'http',
      'url.path': '/a/b',
      'url.query': 'q=1&token=REDACTED',
      'server.address': 'shop.example',
      'server.port': 8443,
      'client.address': '203.0.113.9',
      'network.peer.address': '127.0.0.1',
      'network.protocol.version': '1.1',
      'user_agent.original': 'test/1',
    });
    capture.clear();
    await new Promise((resolve) =>
      httpRequest({host: '127.0.0.1', port, method: 'PROPFIND'}, (response) =>
        response.resume().on('end', resolve),
      ).end(),
    );
    const folded = {'http.request.method': '_OTHER', 'http.request.method_original': 'PROPFIND'};
    expect(await server()).toMatchObject({name: 'HTTP', attributes: folded});
    expect(await client()).toMatchObject({name: 'HTTP', attributes: folded});
    await stop();
  });
});

describe('node:http servers, requests out of the ordinary', () => {
  const serve = async (server: Server) => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const ask = (port: number, head: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(`${head}\r\nConnection: close\r\n\r\n`));
      let answer = '';
      socket.on('data', (bytes) => {
        answer += String(bytes);
      });
      socket.on('close', () => resolve(answer));
    });

  test('an absolute-form target, forwarded by proxies: path, query, address and scheme as the client asked', async () => {
    const server = createServer((_request, response) => response.end());
    const port = await serve(server);
    await ask(port, 'GET http://shop.example:8080/a/b?c=d HTTP/1.1\r\nHost: ignored.example');
    const direct = await capture.waitFor(({kind}) => kind === 'server');
    expect(direct.attributes).toMatchObject({
      'url.scheme': 'http',
      'url.path': '/a/b',
      'url.query': 'c=d',
      'server.address': 'shop.example',
      'server.port': 8080,
      'client.address': '127.0.0.1',
    });
    capture.clear();
    await ask(
      port,
      'GET /a HTTP/1.1\r\nHost: inner\r\nForwarded: for="[2001:db8::1]:4711";host=shop.example;proto=https',
    );
    expect((await capture.waitFor(({kind}) => kind === 'server')).attributes).toMatchObject({
      'url.scheme': 'https',
      'server.address': 'shop.example',
      'server.port': 443,
      'client.address': '2001:db8::1',
      'network.peer.address': '127.0.0.1',
    });
    capture.clear();
    await ask(port, 'GET http://shop.example/health HTTP/1.1\r\nHost: shop.example');
    await ask(port, 'GET /last HTTP/1.1\r\nHost: shop.example');
    await capture.waitFor(({attributes}) => attributes['url.path'] === '/last');
    expect(capture.all(({kind}) => kind === 'server')).toHaveLength(1); // /health is ignored in any form.
    server.close();
  });

  test.each<[string, string, (server: Server) => void]>([
    [
      'answered there',
      'checkContinue',
      (server) => server.on('checkContinue', (_request, response: ServerResponse) => response.writeHead(417).end()),
    ],
    [
      'passed on to request',
      'checkContinue',
      (server) =>
        server.on('checkContinue', (request, response: ServerResponse) => {
          response.writeContinue();
          server.emit('request', request, response);
        }),
    ],
    [
      'answered there',
      'checkExpectation',
      (server) => server.on('checkExpectation', (_request, response: ServerResponse) => response.writeHead(417).end()),
    ],
  ])(
    'a request that is %s by a program’s own %s has one server span, active in the handler',
    async (_how, event, handle) => {
      let active: string | undefined;
      const server = createServer((_request, response) => {
        active = trace.getActiveSpan()?.spanContext().spanId;
        response.writeHead(417).end();
      });
      server.on(event, () => {
        active ??= trace.getActiveSpan()?.spanContext().spanId;
      });
      handle(server);
      const port = await serve(server);
      const expectation = event === 'checkContinue' ? '100-continue' : 'a-miracle';
      const parent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
      const answer = await ask(
        port,
        `POST /up HTTP/1.1\r\nHost: h\r\nExpect: ${expectation}\r\ntraceparent: ${parent}\r\nContent-Length: 0`,
      );
      expect(answer).toContain('417');
      const span = await capture.waitFor(({kind}) => kind === 'server');
      expect(span).toMatchObject({
        traceId: 'a'.repeat(32),
        attributes: {'http.response.status_code': 417, 'url.path': '/up'},
      });
      expect(active).toBe(span.spanId);
      expect(capture.all(({kind}) => kind === 'server')).toHaveLength(1);
      server.close();
    },
  );

  test('a server that is handed what is no request runs as without instrumentation', () => {
    const seen: unknown[] = [];
    const server = createServer((request) => seen.push(request));
    server.emit('request');
    server.emit('request', {}, {});
    expect(seen).toEqual([undefined, {}]);
  });
});

describe('node:http clients whose connection becomes another', () => {
  test.each<[string, string, number]>([
    ['upgrade', 'GET', 101],
    ['connect', 'CONNECT', 200],
  ])('%s: the span ends with its status, without an error', async (event, method, status) => {
    const server = createServer();
    server.on(event, (_request: unknown, socket: Socket) => {
      socket.end(`HTTP/1.1 ${status} Fine\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const {port} = server.address() as AddressInfo;
    const headers = method === 'CONNECT' ? {} : {connection: 'Upgrade', upgrade: 'other'};
    const path = method === 'CONNECT' ? 'o.example:443' : '/';
    await new Promise<void>((resolve) => {
      httpRequest({host: '127.0.0.1', port, method, path, headers})
        .on(event, (_response: unknown, socket: Socket) => resolve(void socket.destroy()))
        .end();
    });
    const span = await capture.waitFor(({kind}) => kind === 'client');
    expect(span).toMatchObject({status: 'unset', attributes: {'http.response.status_code': status}});
    if (method === 'CONNECT') expect(span.attributes['url.full']).toBe('http://o.example:443');
    server.close();
  });
});

describe('gRPC', () => {
  const echo = {
    path: '/test.Echo/Say',
    requestStream: false,
    responseStream: false,
    requestSerialize: (value: string) => Buffer.from(value),
    requestDeserialize: (bytes: Buffer) => bytes.toString(),
    responseSerialize: (value: string) => Buffer.from(value),
    responseDeserialize: (bytes: Buffer) => bytes.toString(),
  } as const;

  test('a call is client and server span in one trace, baggage in its metadata, errors with their status', async () => {
    const grpc = await import('@grpc/grpc-js');
    const server = new grpc.Server();
    server.addService(
      {Say: echo},
      {
        Say: (call: {request: string}, done: (error: object | null, value?: string) => void) => {
          if (call.request === 'fail') return done({code: grpc.status.NOT_FOUND, details: 'no such order'});
          traced('inside', () => done(null, `${call.request} for ${getBaggage('tenant')}`));
        },
      },
    );
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      ),
    );
    const Client = grpc.makeGenericClientConstructor({Say: echo}, 'test.Echo');
    const client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure()) as unknown as {
      Say(value: string, done: (error: Error | null, answer: string) => void): void;
      close(): void;
    };
    const say = (value: string): Promise<string> =>
      new Promise((resolve, reject) =>
        client.Say(value, (error, answer) => (error === null ? resolve(answer) : reject(error))),
      );

    expect(await withBaggage({tenant: 'acme'}, () => traced('request', () => say('hello')))).toBe('hello for acme');
    assertChain(capture.spans, ['request', 'test.Echo/Say', 'inside']);
    expect(
      capture
        .all('test.Echo/Say')
        .map(({kind}) => kind)
        .sort(),
    ).toEqual(['client', 'server']);
    assertNoOrphans(capture.spans);

    await expect(say('fail')).rejects.toThrow('no such order');
    const failed = await capture.waitFor(({kind, status}) => kind === 'client' && status === 'error');
    expect(failed.attributes['rpc.grpc.status_code']).toBe(5);
    client.close();
    server.forceShutdown();
  });
});
