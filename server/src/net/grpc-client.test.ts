/** The gRPC client against our own server, a proxy that freezes, and servers that come and go. */
import {randomBytes} from 'node:crypto';
import * as net from 'node:net';
import {afterEach, expect, test} from 'vitest';
import {silentLog, utf8, utf8Bytes} from '../base/index.ts';
import {createAdmission} from './admission.ts';
import {createGrpcClient, type GrpcClientOptions} from './grpc-client.ts';
import {createGrpcServer} from './grpc-server.ts';

const open: {close(): unknown}[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

/** A server that answers with its name and the message's length; `calls` counts. */
async function serve(name: string, port = 0) {
  const calls: string[] = [];
  const server = createGrpcServer({
    methods: new Map([
      [
        '/t.T/Name',
        {
          kind: 'unary',
          async handle(request, {headers}) {
            calls.push(String(headers['x-key']));
            return utf8Bytes(`${name} ${request.length}`);
          },
        },
      ],
    ]),
    statusOf: () => ({code: 13, message: 'no'}),
    admission: createAdmission(64 << 20),
    log: silentLog,
    maxMessageBytes: 8 << 20,
    maxConcurrentStreams: 100,
    receiveTimeoutMs: 60_000,
    keepAlive: {
      maxConnectionIdleMs: 0,
      maxConnectionAgeMs: 0,
      maxConnectionAgeGraceMs: 0,
      timeMs: 7.2e6,
      timeoutMs: 20_000,
    },
  });
  const bound = await server.listen({host: '127.0.0.1', port});
  open.push({close: () => server.stop(100)});
  return {port: bound.port, calls};
}

async function client(options: Partial<GrpcClientOptions> & {readonly target: string}) {
  const made = await createGrpcClient({
    tls: undefined,
    encoding: 'identity',
    keepAlive: {timeMs: 10_000, timeoutMs: 10_000, withoutCalls: false},
    balancer: 'round_robin',
    waitForReady: false,
    ...options,
  });
  open.push(made);
  return {
    check: made.check,
    name: async (bytes = 10, timeoutMs = 20_000, headers: Record<string, string> = {}): Promise<string> =>
      utf8(await made.unary('/t.T/Name', randomBytes(bytes), headers, timeoutMs)),
  };
}

/** Passes bytes on until it freezes: connections that were made before stay open and silent. */
async function proxy(to: number) {
  let connections = 0;
  const sockets: net.Socket[] = [];
  const server = net.createServer((from) => {
    connections++;
    const onward = net.connect(to, '127.0.0.1');
    sockets.push(from, onward);
    for (const each of [from, onward]) each.on('error', () => {});
    from.pipe(onward).pipe(from);
    from.on('close', () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return {
    port: (server.address() as net.AddressInfo).port,
    get connections() {
      return connections;
    },
    freeze() {
      for (const socket of sockets.splice(0)) socket.unpipe().pause();
    },
  };
}

test.each(['identity', 'gzip', 'deflate', 'zstd'] as const)(
  'gRPC client: messages go as %s, with the headers of the call',
  async (encoding) => {
    const {port, calls} = await serve('a');
    const {name} = await client({target: `127.0.0.1:${port}`, encoding});
    expect(await name(5 << 20, undefined, {'X-Key': 'secret'})).toBe(`a ${5 << 20}`);
    expect(calls).toEqual(['secret']);
  },
);

test('gRPC client: says which header cannot be sent', async () => {
  const {check} = await client({target: 'a:1'});
  expect(() => check({'x-key': 'snow ☃'})).toThrow(/snow/);
  check({'x-key': 'snow', 'x-bytes-bin': '☃'});
});

test('gRPC client: behind a proxy that freezes, keep-alive finds the connection dead and makes another', async () => {
  const {port} = await serve('a');
  const through = await proxy(port);
  const {name} = await client({
    target: `127.0.0.1:${through.port}`,
    keepAlive: {timeMs: 200, timeoutMs: 200, withoutCalls: false},
  });
  expect(await name()).toBe('a 10');
  through.freeze();
  let failed = 0;
  for (;;) {
    const answer = await name(10, 300).catch(() => undefined);
    if (answer === 'a 10') break;
    // 12 of 12 used to wait on the dead one.
    expect(++failed).toBeLessThan(12);
  }
  expect(through.connections).toBe(2);
});

test('gRPC client: keep-alive asks also while there are no calls, where it is told to', async () => {
  const {port} = await serve('a');
  const through = await proxy(port);
  const {name} = await client({
    target: `127.0.0.1:${through.port}`,
    keepAlive: {timeMs: 100, timeoutMs: 100, withoutCalls: true},
  });
  await name();
  through.freeze();
  // round_robin connects again by itself.
  await expect.poll(() => through.connections).toBe(2);
  expect(await name()).toBe('a 10');
});

test('gRPC client: calls go to every address of a name in turn, or to the first alone', async () => {
  const [a, b] = [await serve('a'), await serve('b')];
  const target = `ipv4:127.0.0.1:${a.port},127.0.0.1:${b.port}`;
  const inTurn = await client({target, balancer: 'round_robin'});
  await expect.poll(async () => new Set([await inTurn.name(), await inTurn.name()]).size).toBe(2);
  const first = await client({target, balancer: 'pick_first'});
  expect(new Set(await Promise.all(Array.from({length: 10}, () => first.name())))).toEqual(new Set(['a 10']));
});

test('gRPC client: without a connection a call fails at once, or waits for one where it is told to', async () => {
  const {port} = await serve('a');
  await open.pop()?.close();
  const impatient = await client({target: `127.0.0.1:${port}`});
  await expect(impatient.name()).rejects.toMatchObject({status: {code: 14}});
  const patient = await client({target: `127.0.0.1:${port}`, waitForReady: true});
  const waiting = patient.name();
  await serve('b', port);
  expect(await waiting).toBe('b 10');
});

test('gRPC client: names are resolved', async () => {
  const {port} = await serve('a');
  const {name} = await client({target: `dns:///localhost:${port}`, waitForReady: true, balancer: 'pick_first'});
  expect(await name()).toBe('a 10');
});

test('gRPC client: a call that is not answered in time says so', async () => {
  const {port} = await serve('a');
  const through = await proxy(port);
  const {name} = await client({target: `127.0.0.1:${through.port}`});
  await name();
  through.freeze();
  await expect(name(10, 100)).rejects.toMatchObject({
    status: {code: 4, message: expect.stringMatching(/^no answer within 100 ms/)},
  });
});
