/**
 * The service that the W3C Trace Context test suite drives (github.com/w3c/trace-context, `test/`): it takes a POST with a
 * JSON list of `{url, arguments}` and posts `arguments` to each `url`, in order, with the context of the request it serves.
 *
 *     PORT=7777 node --import @weft/instrument instrument/examples/trace-context-service.ts
 *     HARNESS_HOST=127.0.0.1 python3 test/test.py http://127.0.0.1:7777/test
 */
import {createServer, type IncomingMessage} from 'node:http';
import type {AddressInfo} from 'node:net';
import {json} from 'node:stream/consumers';

type Call = {readonly url: string; readonly arguments: unknown};

async function serve(request: IncomingMessage): Promise<void> {
  const calls = (await json(request)) as readonly Call[];
  for (const {url, arguments: body} of calls) {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify(body ?? []),
    });
    await answer.arrayBuffer();
  }
}

const server = createServer((request, response) => {
  serve(request).then(
    () => response.end('ok'),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});
server.listen(Number(process.env.PORT ?? 7777), '127.0.0.1', () => {
  console.log(`at http://127.0.0.1:${(server.address() as AddressInfo).port}/test`);
});
