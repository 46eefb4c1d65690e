import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {createServer, type RequestListener} from 'node:http';
import type {AddressInfo} from 'node:net';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {type CapturedSpan, captureSpans} from './testing/index.ts';

const capture = captureSpans();
beforeEach(() => capture.clear());
const undici = await import('undici');
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  stops.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ended = (): Promise<CapturedSpan> => capture.waitFor(({kind}) => kind === 'client');
const large: RequestListener = (_request, response) => response.end('x'.repeat(5_000_000));
const begun: RequestListener = (_request, response) => void response.write('x');
const silent: RequestListener = () => {};
const missing: RequestListener = (_request, response) => response.writeHead(404).end('x'.repeat(5_000_000));

describe('fetch and undici, bodies that nobody reads', () => {
  const clients: readonly [string, (url: string) => Promise<{readonly body: unknown}>][] = [
    ['fetch', (url) => fetch(url)],
    ['undici.fetch', (url) => undici.fetch(url)],
    ['undici.request', (url) => undici.request(url)],
  ];

  test.each(clients)(
    '%s: the span of a large unread body ends by its status, at the time of the headers',
    async (_name, get) => {
      const kept = await get(await serve(large));
      const arrived = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
      const span = await ended();
      expect(kept.body).toBeDefined(); // The garbage collector did not end it.
      expect(span).toMatchObject({status: 'unset', attributes: {'http.response.status_code': 200}, events: []});
      expect(span.attributes).not.toHaveProperty(['error.type']);
      expect(span.end - arrived).toBeLessThan(1_000_000_000n); // Not the second later when that was noticed.
    },
  );

  test('fetch: an unread error response is an error by its status', async () => {
    await fetch(await serve(missing));
    expect(await ended()).toMatchObject({status: 'error', attributes: {'error.type': '404'}, events: []});
  });

  test('fetch: a body that is read in spite of its size keeps the span open until its end', async () => {
    let finish = (): void => {};
    const url = await serve((_request, response) => {
      response.write('x'.repeat(1_000_000));
      finish = () => response.end('end');
    });
    const response = await fetch(url);
    const reader = response.body!.getReader();
    for (let read = 0; read < 1_000_000; ) read += (await reader.read()).value!.length;
    expect(capture.all(({kind}) => kind === 'client')).toEqual([]);
    finish();
    await reader.read();
    expect((await reader.read()).done).toBe(true);
    expect((await ended()).status).toBe('unset');
  });

  test('fetch: a response that the garbage collector takes is no error', async () => {
    const url = await serve(begun);
    await (async () => void (await fetch(url)))();
    await expect
      .poll(
        () => {
          collectGarbage();
          return capture.all(({kind}) => kind === 'client').length;
        },
        {interval: 20},
      )
      .toBe(1);
    expect(await ended()).toMatchObject({status: 'unset', attributes: {'http.response.status_code': 200}, events: []});
  });

  test.each<[string, (response: Response, controller: AbortController) => unknown]>([
    ['cancels the body', (response) => response.body!.cancel()],
    ['cancels the body with a text', (response) => response.body!.cancel('enough')],
    ['aborts', (_response, controller) => controller.abort()],
    ['aborts with null', (_response, controller) => controller.abort(null)],
  ])('fetch: a caller that %s after the headers ends the span by its status', async (_what, leave) => {
    const controller = new AbortController();
    const response = await fetch(await serve(begun), {signal: controller.signal});
    await leave(response, controller);
    expect(await ended()).toMatchObject({status: 'unset', attributes: {'http.response.status_code': 200}, events: []});
  });
});

describe('fetch and undici, how a failure is named', () => {
  test.each<[string, RequestListener]>([
    ['before the headers', silent],
    ['while the body is read', begun],
  ])('fetch: AbortSignal.timeout %s is TimeoutError in span, event and metric', async (_when, listener) => {
    const url = await serve(listener);
    await expect(fetch(url, {signal: AbortSignal.timeout(50)}).then((response) => response.text())).rejects.toThrow();
    const span = await ended();
    expect(span).toMatchObject({status: 'error', attributes: {'error.type': 'TimeoutError'}});
    expect(span.events[0]?.attributes['exception.type']).toBe('TimeoutError');
  });

  test('fetch: a connection that breaks off is an error by its code', async () => {
    const response = await fetch(
      await serve((request, answer) => {
        answer.write('x', () => request.socket.resetAndDestroy());
      }),
    ).catch(() => undefined);
    await response?.text().catch(() => {});
    const span = await ended();
    expect(span.status).toBe('error');
    expect(span.attributes['error.type']).toMatch(/^(UND_ERR_SOCKET|ECONNRESET)$/);
  });

  test.each<[string, unknown, string]>([
    ['a text', 'because', '_OTHER'],
    ['a number', 7, '_OTHER'],
    ['an object without a prototype', Object.create(null), '_OTHER'],
    ['an error of its own', new RangeError('mine'), 'RangeError'],
  ])('fetch: a caller that aborts with %s before the headers does not end the program', async (_what, reason, type) => {
    const controller = new AbortController();
    const url = await serve(() => controller.abort(reason));
    await fetch(url, {signal: controller.signal}).catch(() => {});
    expect((await ended()).attributes['error.type']).toBe(type);
  });
});

test('WebSocket: the span of its request ends with 101, and the server’s context is of it', async () => {
  const server = createServer();
  let parent: string | undefined;
  server.on('upgrade', (request, socket) => {
    parent = request.headers.traceparent as string | undefined;
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash('sha1').update(key).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    stops.push(async () => void socket.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  stops.push(async () => void server.close());
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await once(socket, 'open');
  const span = await ended();
  expect(span).toMatchObject({status: 'unset', attributes: {'http.response.status_code': 101}});
  expect(parent?.slice(36, 52)).toBe(span.spanId);
  socket.close();
});
