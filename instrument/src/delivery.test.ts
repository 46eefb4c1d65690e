import {createServer, type RequestListener, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {createServer as createTcpServer} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {gunzipSync} from 'node:zlib';
import {afterEach, describe, expect, test} from 'vitest';
import {batchEncoder, createDelivery, type Delivery, type DeliveryOptions} from './delivery.ts';
import {otlpSender, type Send, type SenderOptions} from './otlp-sender.ts';
import {createQueueBudget} from './queue-budget.ts';

/** A busy machine may take its time; what is awaited here comes, or the test fails. */
const eventually = (value: () => unknown) => expect.poll(value, {interval: 20});

let servers: {close(done: () => void): unknown; closeAllConnections?(): void}[] = [];
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections?.();
    await new Promise<void>((resolve) => server.close(resolve));
  }
  servers = [];
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
}

/** A collector that answers as `answer` says and remembers the bodies it accepted with 200. */
async function collector(answer: RequestListener = (_request, response) => void response.end()) {
  const bodies: string[] = [];
  const url = await listen(
    createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        answer(request, response);
        if (response.statusCode === 200) {
          bodies.push((request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString());
        }
      });
    }),
  );
  return {url, bodies, items: () => bodies.flatMap((body) => body.split(','))};
}

function deliver(
  url: string,
  options: Partial<DeliveryOptions<string>> = {},
  sender: Partial<SenderOptions> = {},
): Delivery<string> {
  return createDelivery<string>({
    name: 'items',
    encoder: batchEncoder(
      (items) => Buffer.from(items.join(',')),
      (item) => item.length,
    ),
    send: otlpSender({url, headers: {}, timeoutMillis: 1_000, compression: 'none', ...sender}),
    maxQueue: 100,
    budget: createQueueBudget(1_000_000),
    maxBatch: 10,
    delayMillis: 5,
    retryForMillis: 10_000,
    ...options,
  });
}
const names = (count: number, from = 0): string[] => Array.from({length: count}, (_, index) => `i${index + from}`);

describe('delivery', () => {
  test('everything arrives once, in order, in full batches', async () => {
    const {url, bodies, items} = await collector();
    const delivery = deliver(url);
    for (const item of names(95)) delivery.add(item);
    await delivery.flush();
    expect(items()).toEqual(names(95));
    expect(bodies.map((body) => body.split(',').length)).toEqual([...Array(9).fill(10), 5]);
    expect(delivery.counts).toEqual({queued: 0, sent: 95, refused: 0, queueFull: 0, bytesFull: 0, gaveUp: 0});
  });

  test('a lone item goes out after the delay', async () => {
    const {url, items} = await collector();
    deliver(url).add('one');
    await eventually(items).toEqual(['one']);
  });

  test('nothing stays behind, however adding, sending and the timer fall together', async () => {
    const {url, items} = await collector(
      (_request, response) => void setTimeout(() => response.end(), Math.random() * 4),
    );
    const delivery = deliver(url, {delayMillis: 2, maxQueue: 1_000, maxBatch: 1_000}); // Only the timer sends.
    for (const item of names(300)) {
      delivery.add(item);
      if (Math.random() < 0.7) await sleep(Math.random() * 6);
    }
    await eventually(() => items().length).toBe(300);
    expect(items()).toEqual(names(300));
  });

  test('gzip', async () => {
    const {url, items} = await collector();
    const delivery = deliver(url, {}, {compression: 'gzip'});
    delivery.add('one');
    await delivery.flush();
    expect(items()).toEqual(['one']);
  });

  test.each([429, 502, 503, 504])('HTTP %d is tried again, nothing is lost or doubled', async (status) => {
    let times = 0;
    const {url, items} = await collector((_request, response) => {
      if (++times <= 2) response.writeHead(status, {'retry-after': '0'});
      response.end();
    });
    const delivery = deliver(url);
    for (const item of names(12)) delivery.add(item);
    await delivery.flush();
    expect(items()).toEqual(names(12));
    expect(delivery.counts.sent).toBe(12);
  });

  test.each([400, 401, 404, 413, 500, 301])('HTTP %d is final and counted', async (status) => {
    const {url} = await collector((_request, response) => void response.writeHead(status).end());
    const delivery = deliver(url);
    delivery.add('one');
    await delivery.flush();
    expect(delivery.counts).toMatchObject({sent: 0, refused: 1});
  });

  test('items that cannot be encoded are counted and hold up nothing', async () => {
    const {url, items} = await collector();
    const delivery = deliver(url, {
      maxBatch: 1,
      encoder: batchEncoder(
        ([item]) => {
          if (item === 'bad') throw new Error('cannot');
          return Buffer.from(item!);
        },
        (item) => item.length,
      ),
    });
    for (const item of ['bad', 'good']) delivery.add(item);
    await delivery.flush();
    expect([items(), delivery.counts.refused]).toEqual([['good'], 1]);
  });

  test('an item that cannot be encoded takes nothing with it', async () => {
    const {url, items} = await collector();
    const {add, take, undo} = batchEncoder<string>(
      (all) => Buffer.from(all.join(',')),
      (item) => item.length,
    );
    const delivery = deliver(url, {
      encoder: {
        take,
        undo,
        bytes: 0,
        add(item) {
          if (item === 'bad') throw new Error('cannot');
          add(item);
        },
      },
    });
    for (const item of ['good', 'bad', 'better']) delivery.add(item);
    await delivery.flush();
    expect([items(), delivery.counts]).toMatchObject([['good', 'better'], {sent: 2, refused: 1, queued: 0}]);
  });

  test('goes on where it stopped when the collector comes back', async () => {
    const dead = await collector();
    const port = Number(new URL(dead.url).port);
    await new Promise<void>((resolve) => servers.pop()!.close(resolve));
    const delivery = deliver(dead.url);
    for (const item of names(30)) delivery.add(item);
    await sleep(50);
    expect(delivery.counts).toMatchObject({sent: 0, queued: 30});
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      request.on('data', (chunk) => bodies.push(String(chunk)));
      request.on('end', () => response.end());
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    await delivery.flush();
    expect(bodies.join(',').split(',')).toEqual(names(30));
  });
});

describe('a collector that is down, slow or hostile', () => {
  const hostile: Record<string, () => Promise<string>> = {
    'refuses connections': async () => {
      const {url} = await collector();
      await new Promise<void>((resolve) => servers.pop()!.close(resolve));
      return url;
    },
    'accepts and never answers': () => listen(createServer(() => {})),
    'drips one byte at a time for ever': () =>
      listen(
        createServer((request, response) => {
          request.resume();
          response.writeHead(200);
          const timer = setInterval(() => response.write('x'), 20);
          response.on('close', () => clearInterval(timer));
        }),
      ),
    'floods the answer': () =>
      listen(
        createServer((request, response) => {
          request.resume();
          response.writeHead(503);
          const pour = (error?: Error | null): void => {
            if (!error) response.write(Buffer.alloc(65_536), pour);
          };
          pour();
        }),
      ),
    'speaks nonsense': async () => {
      const server = createTcpServer((socket) => {
        socket.on('error', () => {});
        socket.end('\x00\x01 not http \r\n\r\n', () => socket.destroy());
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
    },
    'hangs up in the middle': () => listen(createServer((request) => request.socket.destroy())),
    'asks to wait for a year': async () =>
      (await collector((_request, response) => void response.writeHead(429, {'retry-after': '31536000'}).end())).url,
    'redirects in a circle': async () =>
      (await collector((_request, response) => void response.writeHead(307, {location: '/v1/traces'}).end())).url,
  };

  test.each(Object.keys(hostile))(
    '%s: adding never blocks, memory stays bounded, a stop ends, all is counted',
    async (how) => {
      const delivery = deliver(await hostile[how]!(), {retryForMillis: 60_000}, {timeoutMillis: 200});
      for (const item of names(1_000)) delivery.add(item);
      const {queued, queueFull, refused} = delivery.counts;
      expect(queued).toBeLessThanOrEqual(110); // The queue, and the batch on its way.
      expect(queued + queueFull + refused).toBe(1_000);
      await sleep(20);
      await delivery.shutdown();
      const end = delivery.counts;
      expect(end.sent + end.refused + end.queueFull + end.gaveUp).toBe(1_000);
      expect(end.queued).toBe(0);
    },
  );

  test('bytes that wait are bounded over all queues together; what is over the bound is dropped and counted as that', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const sent: string[] = [];
    const send: Send = async (body) => {
      await held;
      sent.push(...String(body).split(','));
      return {kind: 'accepted', body: new Uint8Array(0)};
    };
    const budget = createQueueBudget(10_000);
    const common = {budget, send, maxQueue: 1_000, maxBatch: 3};
    const [first, second] = [deliver('http://unused', common), deliver('http://unused', common)];
    const items = Array.from({length: 20}, (_, index) => `${index}`.padStart(1_000, 'x'));
    for (const [index, item] of items.entries()) (index % 2 === 0 ? first : second).add(item);
    expect(budget.used).toBeLessThanOrEqual(10_100); // Commas come on top as a batch is sealed.
    const dropped = first.counts.bytesFull + second.counts.bytesFull;
    expect(first.counts.queued + second.counts.queued).toBe(20 - dropped);
    expect(dropped).toBeGreaterThanOrEqual(10);
    release();
    await Promise.all([first.flush(), second.flush()]);
    expect(sent).toHaveLength(first.counts.sent + second.counts.sent);
    expect(first.counts).toMatchObject({queued: 0, queueFull: 0, gaveUp: 0});
    expect(budget.used).toBe(0);
    first.add(items[0]!); // There is room again.
    await first.flush();
    expect(sent.at(-1)).toBe(items[0]);
    expect(budget.used).toBe(0);
  });

  test('one item larger than all that may wait is dropped, and the next one is taken', async () => {
    const {url, items} = await collector();
    const budget = createQueueBudget(1_000);
    const delivery = deliver(url, {budget});
    delivery.add('before');
    delivery.add('x'.repeat(2_000));
    delivery.add('after');
    await delivery.flush();
    expect(items()).toEqual(['before', 'after']);
    expect(delivery.counts).toMatchObject({sent: 2, bytesFull: 1});
    expect(budget.used).toBe(0);
  });

  test('items drained at the end of a process are not sent a second time', async () => {
    const {url} = await collector((_request, response) => void response.writeHead(503).end());
    const delivery = deliver(url);
    for (const item of names(25)) delivery.add(item);
    await sleep(20);
    expect(delivery.drain().map(String).join(',').split(',')).toEqual(names(25));
    expect(delivery.drain()).toEqual([]);
    delivery.add('late');
    expect(delivery.counts.queueFull).toBe(1);
  });
});
