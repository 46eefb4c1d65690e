import {createServer, type IncomingHttpHeaders} from 'node:http';
import type {AddressInfo} from 'node:net';
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest';
import {assertChildOf, assertContextSent, captureSpans} from './testing/index.ts';
import {traced} from './traced.ts';

const capture = captureSpans();
const {default: axios} = await import('axios');
const {default: superagent} = await import('superagent');
const {default: got} = await import('got');
const {default: nodeFetch} = await import('node-fetch');
const undici = await import('undici');

/** Answers every request, also one that a proxy would get, and remembers it. */
let requests: {readonly target: string; readonly raw: readonly string[]; readonly headers: IncomingHttpHeaders}[] = [];
const server = createServer((request, response) => {
  requests.push({target: request.url ?? '', raw: request.rawHeaders, headers: request.headers});
  response.setHeader('content-type', 'text/plain').end('answer');
});
let port = 0;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({port} = server.address() as AddressInfo);
});
beforeEach(() => {
  capture.clear();
  requests = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const libraries: readonly [string, (url: string, headers: Record<string, string>) => Promise<string>][] = [
  ['axios', async (url, headers) => String((await axios.get(url, {headers})).data)],
  ['superagent', async (url, headers) => (await superagent.get(url).set(headers)).text],
  ['got', async (url, headers) => (await got(url, {headers})).body],
  ['node-fetch', async (url, headers) => (await nodeFetch(url, {headers})).text()],
  ['fetch', async (url, headers) => (await fetch(url, {headers})).text()],
  ['undici.fetch', async (url, headers) => (await undici.fetch(url, {headers})).text()],
  ['undici.request', async (url, headers) => (await undici.request(url, {headers})).body.text()],
];

describe('HTTP client libraries', () => {
  test.each(libraries)('%s: one client span with the address called, whose context is sent', async (_name, get) => {
    const url = `http://127.0.0.1:${port}/a?b=c`;
    expect(await traced('request', () => get(url, {'x-own': '1'}))).toBe('answer');
    const span = await capture.waitFor(({kind}) => kind === 'client');
    expect(span.attributes).toMatchObject({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'server.address': '127.0.0.1',
      'server.port': port,
      'url.full': url,
    });
    expect(capture.all(({kind}) => kind === 'client')).toHaveLength(1);
    assertChildOf(span, capture.one('request'));
    assertContextSent(requests[0]!.headers, span);
    expect(requests[0]!.headers['x-own']).toBe('1');
  });

  test.each(libraries)('%s: beside a traceparent of the caller’s own there is no second one', async (_name, get) => {
    await get(`http://127.0.0.1:${port}/`, {traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`});
    expect(requests[0]!.raw.filter((name) => name.toLowerCase() === 'traceparent')).toHaveLength(1);
  });

  test('axios through a proxy: the span names what is asked for, and the proxy as the peer', async () => {
    await axios.get('http://shop.example/a?b=c', {proxy: {protocol: 'http', host: '127.0.0.1', port}});
    expect(requests[0]!.target).toBe('http://shop.example/a?b=c');
    expect((await capture.waitFor(({kind}) => kind === 'client')).attributes).toMatchObject({
      'server.address': 'shop.example',
      'server.port': 80,
      'url.full': 'http://shop.example/a?b=c',
      'network.peer.address': '127.0.0.1',
      'network.peer.port': port,
    });
  });
});
