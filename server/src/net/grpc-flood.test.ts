/** Traffic over HTTP/2 that only an attacker sends: each kind must cost little, end its connection and leave others alone. */
import {connect as connectHttp2} from 'node:http2';
import * as net from 'node:net';
import {setTimeout as delay} from 'node:timers/promises';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {silentLog} from '../base/index.ts';
import {createAdmission} from './admission.ts';
import {createGrpcServer, type GrpcServer} from './grpc-server.ts';
import {frame} from './grpc-status.ts';

const admission = createAdmission(8 << 20);
let server: GrpcServer;
let port: number;
const sockets: net.Socket[] = [];
beforeEach(async () => {
  server = createGrpcServer({
    methods: new Map([['/t.T/Echo', {kind: 'unary', handle: async (request) => request}]]),
    statusOf: () => ({code: 14, message: ''}),
    admission,
    log: silentLog,
    maxMessageBytes: 1 << 20,
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
  ({port} = await server.listen({host: '127.0.0.1', port: 0}));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.stop(100);
});

const type = {data: 0, headers: 1, rst: 3, settings: 4, ping: 6, window: 8, continuation: 9} as const;
const endHeaders = 4;

function http2Frame(
  kind: keyof typeof type,
  flags: number,
  stream: number,
  payload: Uint8Array = new Uint8Array(),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type[kind];
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
/** HPACK: POST, http, the authority (without one nghttp2 resets the stream unseen), the path and the content type of a call. */
const callHeaders = Buffer.concat([
  Buffer.from([0x83, 0x86, 0x01]),
  text('localhost'),
  Buffer.from([0x04]),
  text('/t.T/Echo'),
  Buffer.from([0x0f, 0x10]),
  text('application/grpc'),
]);

function attacker(): {socket: net.Socket; send(...frames: Buffer[]): Promise<void>; closed: Promise<void>} {
  const socket = net.connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {}); // being cut off is the point
  socket.resume();
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), http2Frame('settings', 0, 0)]));
  return {
    socket,
    closed,
    send: (...frames) =>
      new Promise((resolve) => {
        if (socket.destroyed) resolve();
        else socket.write(Buffer.concat(frames), () => resolve());
      }),
  };
}

/** Somebody else's call, over a connection of its own. */
function echo(): Promise<string> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const headers = {':method': 'POST', ':path': '/t.T/Echo', 'content-type': 'application/grpc', te: 'trailers'};
  const stream = session.request(headers);
  return new Promise((resolve, reject) => {
    stream.on('trailers', (trailers) => resolve(String(trailers['grpc-status'])));
    stream.on('error', reject);
    stream.resume();
    stream.on('close', () => session.close());
    stream.end(frame(new Uint8Array(100)));
  });
}

/** Sends `next(i)` until the server hangs up; fails where it takes as much as `limit` of them. */
async function untilCutOff(next: (i: number) => Buffer, limit = 200_000): Promise<number> {
  const {socket, send, closed} = attacker();
  let sent = 0;
  while (!socket.destroyed && sent < limit) {
    await Promise.race([send(...Array.from({length: 100}, () => next(sent++))), closed]);
  }
  expect(sent).toBeLessThan(limit);
  return sent;
}

test('gRPC floods: rapid reset: calls that are cancelled as soon as they are made', async () => {
  const cancel = Buffer.from([0, 0, 0, 8]);
  await untilCutOff((i) =>
    Buffer.concat([http2Frame('headers', endHeaders, 2 * i + 1, callHeaders), http2Frame('rst', 0, 2 * i + 1, cancel)]),
  );
  expect(await echo()).toBe('0');
  expect(admission.inFlightBytes).toBe(0);
});

test('gRPC floods: pings whose answers are not read', async () => {
  const {socket, send, closed} = attacker();
  socket.pause();
  const ping = http2Frame('ping', 0, 0, Buffer.alloc(8));
  let stuck = false;
  for (let sent = 0; sent < 5_000_000 && !socket.destroyed && !stuck; sent += 1000) {
    const written = send(...Array.from({length: 1000}, () => ping)).then(() => true);
    stuck = !(await Promise.race([written, closed.then(() => true), delay(2000, false)]));
  }
  // It reads no more of them, or has hung up.
  expect(stuck || socket.destroyed).toBe(true);
  expect(await echo()).toBe('0');
});

test('gRPC floods: settings without end', async () => {
  const {socket, send, closed} = attacker();
  socket.pause();
  const settings = http2Frame('settings', 0, 0, Buffer.from([0, 4, 0, 1, 0, 0]));
  let stuck = false;
  for (let sent = 0; sent < 5_000_000 && !socket.destroyed && !stuck; sent += 1000) {
    const written = send(...Array.from({length: 1000}, () => settings)).then(() => true);
    stuck = !(await Promise.race([written, closed.then(() => true), delay(2000, false)]));
  }
  expect(stuck || socket.destroyed).toBe(true);
  expect(await echo()).toBe('0');
});

test('gRPC floods: headers that go on without end', async () => {
  const more = Buffer.concat(Array.from({length: 500}, () => Buffer.concat([Buffer.from([0]), text('a'), text('b')])));
  await untilCutOff(
    (i) => (i === 0 ? http2Frame('headers', 0, 1, callHeaders) : http2Frame('continuation', 0, 1, more)),
    10_000,
  );
  expect(await echo()).toBe('0');
});

test('gRPC floods: frames without content', async () => {
  const {send} = attacker();
  await send(http2Frame('headers', endHeaders, 1, callHeaders));
  for (let i = 0; i < 100; i++) await send(...Array.from({length: 100}, () => http2Frame('data', 0, 1)));
  expect(await echo()).toBe('0');
  expect(admission.inFlightBytes).toBe(0);
});

test('gRPC floods: one that never reads its answer does not hold up the end', async () => {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on('error', () => {}); // it is cut off
  const stream = session.request({':method': 'POST', ':path': '/t.T/Echo', 'content-type': 'application/grpc'});
  stream.on('error', () => {});
  const answered = new Promise((resolve) => stream.on('response', resolve));
  stream.end(frame(new Uint8Array(100)));
  await answered;
  await server.stop(100);
  session.destroy();
});

test('gRPC floods: headers beyond the limit are refused', async () => {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/t.T/Echo',
    'content-type': 'application/grpc',
    'x-large': 'x'.repeat(100_000),
  });
  session.on('error', () => {}); // it may be cut off
  const outcome = await new Promise((resolve) => {
    stream.on('response', (headers) => resolve(headers[':status']));
    stream.on('error', () => resolve('cut off'));
    stream.end(frame(new Uint8Array(1)));
  });
  session.destroy();
  expect(outcome).toBe('cut off');
  expect(await echo()).toBe('0');
});

test('gRPC floods: thousands of connections that do nothing', async () => {
  const idle = Array.from({length: 2000}, () => attacker());
  await Promise.all(idle.map(({send}) => send()));
  expect(await echo()).toBe('0');
  for (const {socket} of idle) socket.destroy();
});

test('gRPC floods: calls of unknown methods end their connection', async () => {
  const unknown = Buffer.concat([
    Buffer.from([0x83, 0x86, 0x01]),
    text('localhost'),
    Buffer.from([0x04]),
    text('/t.T/None'),
    Buffer.from([0x0f, 0x10]),
    text('application/grpc'),
  ]);
  await untilCutOff((i) => http2Frame('headers', endHeaders | 1, 2 * i + 1, unknown));
  expect(await echo()).toBe('0');
  expect(admission.inFlightBytes).toBe(0);
});

test('gRPC floods: a message in frames of one byte costs what it has bytes', async () => {
  const {send} = attacker();
  await send(
    http2Frame('headers', endHeaders, 1, callHeaders),
    http2Frame('data', 0, 1, Buffer.from([0, 0, 16, 0, 0])),
  );
  for (let i = 0; i < 50; i++) {
    await send(...Array.from({length: 1000}, () => http2Frame('data', 0, 1, Buffer.from('x'))));
  }
  await expect.poll(() => admission.inFlightBytes).toBeGreaterThanOrEqual(50_000);
  expect(admission.inFlightBytes).toBeLessThan(8 * 50_000);
});

test('gRPC floods: callers that read no answer are cut off, those with most of them first', async () => {
  const open = Array.from({length: 90}, () => attacker());
  const call = (stream: number): Buffer =>
    Buffer.concat([
      http2Frame('headers', endHeaders, stream, callHeaders),
      http2Frame('data', 1, stream, frame(new Uint8Array(9))),
    ]);
  for (const {send} of open) {
    // No window for the answers.
    await send(http2Frame('settings', 0, 0, Buffer.from([0, 4, 0, 0, 0, 0])));
    await send(...Array.from({length: 100}, (_, i) => call(2 * i + 1)));
  }
  await expect.poll(() => open.filter(({socket}) => socket.destroyed).length).toBeGreaterThan(5);
  expect(await echo()).toBe('0');
});
