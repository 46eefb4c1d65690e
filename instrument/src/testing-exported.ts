/** Every byte that the instrumentation of this process exports, for tests of what must not be in it. */
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {buffer} from 'node:stream/consumers';
import {expect} from 'vitest';
import {type Running, type StartOptions, start} from './index.ts';
import type {CapturedSpan} from './testing/captured.ts';
import {readSpans} from './testing/otlp-read.ts';

/** No value in a test but this may be exported; it is unlike anything else, and short enough for every field. */
export const sentinel = 'Zq7SENTINEL';

export type Exported = {
  readonly running: Running;
  /** Flushes, and gives the spans since the last call. */
  spans(): Promise<CapturedSpan[]>;
  /** Fails where a body, of whatever signal, has held the sentinel. */
  expectNoSentinel(): Promise<void>;
  stop(): Promise<void>;
};

/** Starts the instrumentation with a collector of its own that keeps bodies as they come. */
export async function exportEverything(options: StartOptions = {}): Promise<Exported> {
  const bodies: {path: string; body: Buffer}[] = [];
  const server = createServer((request, response) => {
    buffer(request).then(
      (body) => {
        bodies.push({path: String(request.url), body});
        response.writeHead(200, {'content-type': 'application/x-protobuf'}).end();
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ignorePaths = ['/v1/traces', '/v1/logs', '/v1/metrics']; // The collector is in this process too.
  const running = start({serviceName: 'test', endpoint, ignorePaths, ...options});
  let read = 0;
  return {
    running,
    async spans() {
      await running.flush();
      const fresh = bodies.slice(read);
      read = bodies.length;
      return fresh.filter(({path}) => path === '/v1/traces').flatMap(({body}) => [...readSpans(body)]);
    },
    async expectNoSentinel() {
      await running.flush();
      expect(bodies.some(({path}) => path === '/v1/traces')).toBe(true);
      for (const {path, body} of bodies) {
        const at = body.indexOf(sentinel);
        expect(at === -1 ? '' : `${path}: ${body.subarray(Math.max(0, at - 300), at + 100).toString('latin1')}`).toBe(
          '',
        );
      }
    },
    async stop() {
      await running.shutdown();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
