/** The demo shop with a receiver that hands over every export request of spans that it sends, as OTLP protobuf. */
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {buffer} from 'node:stream/consumers';
import {gunzipSync} from 'node:zlib';
import type {LoadShape} from '../../shop/src/load-shapes.ts';
import {type Shop, startShop} from '../../shop/src/start-shop.ts';

export interface RecordedShop {
  readonly shop: Shop;
  stop(): Promise<void>;
}

/** Starts the shop without faults. `take` gets each request's body; bodies put one behind the other are one request. */
export async function recordShop(load: LoadShape, take: (request: Uint8Array) => void): Promise<RecordedShop> {
  const server = createServer((request, response) => {
    buffer(request).then(
      (sent) => {
        const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
        if (request.url === '/v1/traces') take(body);
        response.writeHead(200, {'content-type': 'application/x-protobuf'}).end();
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const {port} = server.address() as AddressInfo;
  const shop = await startShop({
    otlpEndpoint: `http://127.0.0.1:${port}`,
    storefrontPort: 0,
    load,
    faults: 'off',
  });
  return {
    shop,
    async stop() {
      await shop.stop();
      await new Promise((closed) => server.close(closed));
    },
  };
}
