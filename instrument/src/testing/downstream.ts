import {createServer, type IncomingHttpHeaders} from 'node:http';
import type {AddressInfo} from 'node:net';

export type DownstreamRequest = {readonly method: string; readonly path: string; readonly headers: IncomingHttpHeaders};

/** A service that remembers what it was sent: proof of what really crossed the wire. */
export type Downstream = {
  readonly url: string;
  readonly requests: readonly DownstreamRequest[];
  stop(): Promise<void>;
};

/**
 * Starts a real HTTP server on a free port that answers every request with `status` and `{}`.
 *
 * @example const payment = await startDownstream(); await checkout({paymentUrl: payment.url});
 * assertContextSent(payment.requests[0].headers, capture.one('POST'));
 */
export async function startDownstream(status = 200): Promise<Downstream> {
  const requests: DownstreamRequest[] = [];
  const server = createServer((request, response) => {
    requests.push({method: request.method ?? '', path: request.url ?? '', headers: request.headers});
    request.resume();
    request.on('end', () => response.writeHead(status, {'content-type': 'application/json'}).end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
