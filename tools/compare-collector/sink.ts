/** Where both sides export to: an HTTP server that keeps what came, by the path: `/CASE/EXPORTER/…`. */
import * as http from 'node:http';
import type {AddressInfo} from 'node:net';
import type {Item, Signal} from './case.ts';
import {itemsOf} from './items.ts';
import {decodeRequest} from './messages.ts';

export interface Sink extends AsyncDisposable {
  readonly url: string;
  /** What came for a case, in the order in which it came; and forgets it. */
  take(id: string): readonly Item[];
}

export async function startSink(): Promise<Sink> {
  const received = new Map<string, Item[]>();
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [, id = '', to = '', ...rest] = (request.url ?? '').split('/');
      const items = read(rest.at(-1) ?? '', Buffer.concat(chunks)).map((item) => (to === '' ? item : {to, ...item}));
      received.set(id, [...(received.get(id) ?? []), ...items]);
      response.writeHead(200, {'content-type': 'application/x-protobuf'}).end();
    });
  });
  const read = (what: string, body: Buffer): readonly Item[] => {
    if (what === 'spans') return (JSON.parse(body.toString()) as Item[]).map((span) => ({zipkin: span}));
    const signal = what as Signal;
    return itemsOf(signal, decodeRequest(signal, body));
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: (id) => {
      const items = received.get(id) ?? [];
      received.delete(id);
      return items;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
