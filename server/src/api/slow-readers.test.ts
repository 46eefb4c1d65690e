import {createServer} from 'node:http';
import {type AddressInfo, connect} from 'node:net';
import {Readable} from 'node:stream';
import {afterEach, expect, test} from 'vitest';
import {endSlowReaders} from './slow-readers.ts';

const open: {close(): unknown}[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

test('slow readers: one that reads nothing is cut off, one that waits for its answer or reads it is not', async () => {
  const ends: string[] = [];
  const server = createServer((request, response) => {
    response.on('close', () => ends.push(`${request.url} ${response.writableFinished ? 'read' : 'cut off'}`));
    // A client that waits for a query has nothing to read yet.
    if (request.url === '/waits') setTimeout(() => response.end('late'), 900);
    else Readable.from(pieces(), {objectMode: false}).pipe(response);
  });
  endSlowReaders(server, {withinMs: 400});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  open.push({close: () => server.closeAllConnections()}, server);
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  socket.pause();
  socket.write('GET /unread HTTP/1.1\r\nHost: a\r\n\r\n');
  const read = async (path: string): Promise<number> =>
    (await (await fetch(`http://127.0.0.1:${port}${path}`)).arrayBuffer()).byteLength;
  expect(await Promise.all([read('/waits'), read('/read')])).toEqual([4, 16 << 20]);
  await expect.poll(() => ends.toSorted()).toEqual(['/read read', '/unread cut off', '/waits read']);
});

function* pieces(): Generator<Buffer> {
  for (let i = 0; i < 256; i++) yield Buffer.alloc(64 << 10);
}
