/** Our gRPC server against grpc-js as a client, and against raw HTTP/2 for what no client would send. */
import * as http2 from 'node:http2';
import * as net from 'node:net';
import {deflateRawSync, deflateSync, gzipSync, zstdCompressSync} from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {RetryableError, silentLog, utf8, utf8Bytes} from '../base/index.ts';
import {type Admission, createAdmission} from './admission.ts';
import {errorStatus} from './error-status.ts';
import {createGrpcServer, type GrpcMethod, type GrpcServer, type GrpcServerOptions} from './grpc-server.ts';

const maxMessageBytes = 1 << 20;
const methods = new Map<string, GrpcMethod>([
  ['/t.T/Echo', {kind: 'unary', handle: async (request) => request}],
  ['/t.T/Length', {kind: 'unary', handle: async (request) => utf8Bytes(String(request.length))}],
  ['/t.T/Headers', {kind: 'unary', handle: async (_, {headers}) => utf8Bytes(String(headers['x-scope-orgid']))}],
  [
    '/t.T/Fail',
    {
      kind: 'unary',
      async handle() {
        throw new RetryableError('full', 'spool ist voll: 100 % ☃', 2500);
      },
    },
  ],
  ['/t.T/Slow', {kind: 'unary', handle: (_, {signal}) => until(signal)}],
  [
    '/t.T/Count',
    {
      kind: 'server_stream',
      async handle(request, _, send) {
        for (let i = 0; i < Number(utf8(request)); i++) await send(utf8Bytes(String(i)));
      },
    },
  ],
]);

/** Resolves when the call is over: the client left or its deadline passed. */
const ended: string[] = [];
function until(signal: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      ended.push('aborted');
      resolve(new Uint8Array());
    });
  });
}

let server: GrpcServer;
let admission: Admission;
let address: string;
const opened: {close(): void}[] = [];

async function start(options: Partial<GrpcServerOptions> = {}): Promise<void> {
  admission = createAdmission(8 << 20);
  server = createGrpcServer({
    methods,
    statusOf(error) {
      const {grpc: code, message, retryAfterMs} = errorStatus(error);
      return {code, message, details: Buffer.from(`${code} ${message} ${retryAfterMs}`)};
    },
    admission,
    log: silentLog,
    maxMessageBytes,
    maxConcurrentStreams: 100,
    receiveTimeoutMs: 60_000,
    keepAlive: {
      maxConnectionIdleMs: 0,
      maxConnectionAgeMs: 0,
      maxConnectionAgeGraceMs: 0,
      timeMs: 7_200_000,
      timeoutMs: 20_000,
    },
    ...options,
  });
  const {port} = await server.listen({host: '127.0.0.1', port: 0});
  address = `127.0.0.1:${port}`;
}

beforeEach(() => start());
afterEach(async () => {
  for (const each of opened.splice(0)) each.close();
  await server.stop(100);
});

function client(options: grpc.ClientOptions = {}): grpc.Client {
  const made = new grpc.Client(address, grpc.credentials.createInsecure(), options);
  opened.push(made);
  return made;
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes);

/** The reply, or the ServiceError. */
function call(
  method: string,
  request: Uint8Array,
  {from = client(), metadata = new grpc.Metadata(), deadline = 20_000} = {},
): Promise<Buffer | grpc.ServiceError> {
  const options = {deadline: Date.now() + deadline};
  return new Promise((resolve) => {
    from.makeUnaryRequest(
      method,
      asBuffer,
      (bytes) => bytes,
      asBuffer(request),
      metadata,
      options,
      (error, reply) => resolve(error ?? (reply as Buffer)),
    );
  });
}

/** One request over raw HTTP/2: headers and the bytes of the body as they are. */
async function raw(
  body: readonly Uint8Array[],
  headers: http2.OutgoingHttpHeaders = {},
  {end = true} = {},
): Promise<{readonly status: number; readonly headers: http2.IncomingHttpHeaders; readonly body: Buffer}> {
  const session = http2.connect(`http://${address}`);
  opened.push(session);
  const stream = session.request(
    {':method': 'POST', ':path': '/t.T/Length', 'content-type': 'application/grpc', te: 'trailers', ...headers},
    {endStream: false},
  );
  const answer = new Promise<{status: number; headers: http2.IncomingHttpHeaders; body: Buffer}>((resolve, reject) => {
    let all: http2.IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on('response', (received) => (all = {...all, ...received}));
    stream.on('trailers', (received) => (all = {...all, ...received}));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('close', () => resolve({status: Number(all[':status']), headers: all, body: Buffer.concat(chunks)}));
  });
  for (const part of body) stream.write(part);
  if (end) stream.end();
  return answer;
}

function framed(message: Uint8Array, flag = 0, length = message.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

/** `code: message` of an answer. */
const statusOf = ({headers}: {headers: http2.IncomingHttpHeaders}): string =>
  `${headers['grpc-status']}: ${decodeURIComponent(String(headers['grpc-message'] ?? ''))}`;

const noise = (bytes: number): Buffer => Buffer.from(Array.from({length: bytes}, (_, i) => (i * 7919) % 251));

describe('gRPC server: grpc-js as a client', () => {
  it.each([0, 1, 100, 70_000, maxMessageBytes])('gets a message of %i bytes back', async (size) => {
    expect(await call('/t.T/Echo', noise(size))).toEqual(noise(size));
  });

  it.each([
    ['deflate', 1],
    ['gzip', 2],
  ])('sends %s', async (_, algorithm) => {
    const from = client({'grpc.default_compression_algorithm': algorithm});
    expect(await call('/t.T/Echo', noise(100_000), {from})).toEqual(noise(100_000));
  });

  it('is told the status, the message and the details of a failure', async () => {
    const error = (await call('/t.T/Fail', noise(1))) as grpc.ServiceError;
    expect([error.code, error.details]).toEqual([grpc.status.UNAVAILABLE, 'spool ist voll: 100 % ☃']);
    const details = error.metadata.get('grpc-status-details-bin')[0] as Buffer;
    expect(details.toString()).toBe(`14 ${error.details} 2500`);
  });

  it('is told of an unknown method', async () => {
    const error = (await call('/t.T/None', noise(1))) as grpc.ServiceError;
    expect([error.code, error.details]).toEqual([grpc.status.UNIMPLEMENTED, 'unknown method /t.T/None']);
  });

  it('gets RESOURCE_EXHAUSTED, with the limit and its setting, for a message beyond it', async () => {
    const error = (await call('/t.T/Echo', noise(maxMessageBytes + 1))) as grpc.ServiceError;
    expect([error.code, error.details]).toEqual([
      grpc.status.RESOURCE_EXHAUSTED,
      `the message has ${maxMessageBytes + 1} bytes, more than the limit of ${maxMessageBytes}; send smaller batches, or raise max_recv_msg_size_mib of the receiver`,
    ]);
    expect(admission.inFlightBytes).toBe(0);
    expect(await call('/t.T/Echo', noise(5))).toEqual(noise(5));
  });

  it('passes metadata', async () => {
    const metadata = new grpc.Metadata();
    metadata.set('X-Scope-OrgID', 'team-a');
    expect(String(await call('/t.T/Headers', noise(1), {metadata}))).toBe('team-a');
  });

  it('has its deadline passed on, and the method learns that nobody waits', async () => {
    const timeOut = async (): Promise<number> => {
      const error = (await call('/t.T/Slow', noise(1), {deadline: 50})) as grpc.ServiceError;
      expect(error.code).toBe(grpc.status.DEADLINE_EXCEEDED);
      return ended.length;
    };
    // On a busy machine a deadline can pass before its call has reached the server.
    await expect.poll(timeOut).toBeGreaterThan(0);
    await expect.poll(() => admission.inFlightBytes).toBe(0);
  });

  it('takes a stream of messages', async () => {
    const got = await new Promise<string[]>((resolve, reject) => {
      const replies: string[] = [];
      client()
        .makeServerStreamRequest('/t.T/Count', asBuffer, String, Buffer.from('5'))
        .on('data', (reply) => replies.push(reply))
        .on('end', () => resolve(replies))
        .on('error', reject);
    });
    expect(got).toEqual(['0', '1', '2', '3', '4']);
  });

  it('makes many calls at once over one connection', async () => {
    const from = client();
    const replies = await Promise.all(Array.from({length: 300}, (_, i) => call('/t.T/Echo', noise(1000 + i), {from})));
    expect(replies.every((reply, i) => Buffer.isBuffer(reply) && reply.length === 1000 + i)).toBe(true);
    expect(admission.inFlightBytes).toBe(0);
  });

  it('finishes its call when the server stops, and cannot make another', async () => {
    const from = client();
    const slow = call('/t.T/Slow', noise(1), {from, deadline: 300});
    await expect.poll(() => admission.inFlightBytes).toBeGreaterThan(0);
    const stopped = server.stop(5000);
    expect(((await slow) as grpc.ServiceError).code).toBe(grpc.status.DEADLINE_EXCEEDED);
    await stopped;
    expect(((await call('/t.T/Echo', noise(1), {from})) as grpc.ServiceError).code).toBe(grpc.status.UNAVAILABLE);
  });
});

describe('gRPC server: a connection', () => {
  const never = {
    maxConnectionIdleMs: 0,
    maxConnectionAgeMs: 0,
    maxConnectionAgeGraceMs: 0,
    timeMs: 7_200_000,
    timeoutMs: 20_000,
  };
  /** The GOAWAYs and pings that a connection gets when it makes one call and then waits for its end. */
  async function ends(keepAlive: Partial<typeof never>): Promise<string> {
    await server.stop(0);
    await start({keepAlive: {...never, ...keepAlive}});
    const session = http2.connect(`http://${address}`);
    opened.push(session);
    const heard: string[] = [];
    session.on('goaway', (code) => heard.push(`goaway ${code}`));
    session.on('ping', () => heard.push('ping'));
    session.on('error', () => {});
    const over = new Promise<string>((resolve) => session.on('close', () => resolve(heard.join(', '))));
    const stream = session.request({':method': 'POST', ':path': '/t.T/Length', 'content-type': 'application/grpc'});
    stream.resume().end(framed(noise(1)));
    return over;
  }

  it('that is idle for too long is closed', async () => {
    expect(await ends({maxConnectionIdleMs: 10})).toMatch(/^goaway 0/);
  });

  it('that is too old is closed', async () => {
    expect(await ends({maxConnectionAgeMs: 10})).toMatch(/^goaway 0/);
  });

  it('is asked whether it still lives', async () => {
    expect(await ends({timeMs: 1, maxConnectionAgeMs: 1500})).toMatch(/^ping.*goaway 0/);
  });
});

describe('gRPC server: a raw client', () => {
  const encodings: readonly [name: string, encode: (bytes: Uint8Array) => Uint8Array][] = [
    ['identity', (bytes) => bytes],
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['zstd', zstdCompressSync],
  ];
  it.each(encodings)('sends %s', async (name, encode) => {
    const answer = await raw([framed(encode(noise(50_000)), name === 'identity' ? 0 : 1)], {'grpc-encoding': name});
    expect([statusOf(answer), utf8(answer.body, 5)]).toEqual(['0: ', '50000']);
    expect(answer.headers['grpc-accept-encoding']).toBe('identity,deflate,gzip,zstd');
  });

  it('sends deflate without the zlib header, as some do', async () => {
    const answer = await raw([framed(deflateRawSync(noise(1000)), 1)], {'grpc-encoding': 'deflate'});
    expect(utf8(answer.body, 5)).toBe('1000');
  });

  it('sends a message uncompressed although it named an encoding', async () => {
    expect(utf8((await raw([framed(noise(10))], {'grpc-encoding': 'gzip'})).body, 5)).toBe('10');
  });

  it('sends a message byte by byte', async () => {
    const parts = [...framed(noise(20))].map((byte) => Buffer.from([byte]));
    expect(utf8((await raw(parts)).body, 5)).toBe('20');
  });

  const cut = gzipSync(noise(5000)).subarray(0, 100);
  const cutZstd = zstdCompressSync(noise(5000)).subarray(0, 100);
  const cases: readonly [
    name: string,
    body: readonly Uint8Array[],
    headers: http2.OutgoingHttpHeaders,
    status: string,
  ][] = [
    [
      'an encoding that there is not',
      [framed(noise(1), 1)],
      {'grpc-encoding': 'snappy'},
      '12: grpc-encoding snappy is not supported; use one of identity,deflate,gzip,zstd',
    ],
    [
      'a compressed message without an encoding',
      [framed(noise(1), 1)],
      {},
      '13: the message is marked as compressed and no grpc-encoding is named',
    ],
    ['bytes that are not gzip', [framed(noise(100), 1)], {'grpc-encoding': 'gzip'}, '3: the body is not valid gzip'],
    ['gzip that is cut off', [framed(cut, 1)], {'grpc-encoding': 'gzip'}, '3: the body is not valid gzip'],
    ['zstd that is cut off', [framed(cutZstd, 1)], {'grpc-encoding': 'zstd'}, '3: the body is not valid zstd'],
    ['no message', [], {}, '13: the request holds no message'],
    ['two messages', [framed(noise(1)), framed(noise(1))], {}, '13: the method takes one message; more were sent'],
    ['half a prefix', [Buffer.from([0, 0, 0])], {}, '13: the request holds no message'],
    ['half a message', [framed(noise(5), 0, 10)], {}, '13: the message is cut off'],
    [
      'a length beyond the limit',
      [framed(noise(5), 0, 0xffffffff)],
      {},
      `8: the message has 4294967295 bytes, more than the limit of ${maxMessageBytes}; send smaller batches, or raise max_recv_msg_size_mib of the receiver`,
    ],
    ['a timeout that is none', [framed(noise(1))], {'grpc-timeout': '5 seconds'}, '13: grpc-timeout is not a timeout'],
    [
      'a timeout that has passed',
      [framed(noise(1))],
      {':path': '/t.T/Slow', 'grpc-timeout': '1m'},
      '4: the deadline passed',
    ],
  ];
  it.each(cases)('is told of %s', async (_, body, headers, status) => {
    const answer = await raw(body, headers);
    expect([answer.status, statusOf(answer)]).toEqual([200, status]);
    await expect.poll(() => admission.inFlightBytes).toBe(0);
    expect(await call('/t.T/Echo', noise(5))).toEqual(noise(5));
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['zstd', zstdCompressSync],
  ] as const)('pays little for a bomb in %s', async (name, encode) => {
    const bomb = encode(Buffer.alloc(64 << 20));
    expect(bomb.length).toBeLessThan(maxMessageBytes);
    const answer = await raw([framed(bomb, 1)], {'grpc-encoding': name});
    expect(statusOf(answer)).toBe(
      `8: the decompressed body exceeds ${maxMessageBytes} bytes; send smaller batches, or raise max_recv_msg_size_mib of the receiver`,
    );
    expect(admission.inFlightBytes).toBe(0);
  });

  it.each([
    [{'content-type': 'text/plain'}, 415],
    [{'content-type': 'application/grpc-web'}, 415],
    [{'content-type': 'application/grpc+json'}, 415],
    [{':method': 'PUT'}, 405],
  ])('that does not speak gRPC (%o) gets HTTP %i', async (headers, status) => {
    expect((await raw([], headers)).status).toBe(status);
  });

  it('is answered at once when it sends too much, before its end', async () => {
    const answer = await raw([framed(noise(10), 0, 2 ** 31)], {}, {end: false});
    expect(statusOf(answer)).toContain('8: the message has');
  });

  it('is ended when its message takes too long', async () => {
    await server.stop(0);
    await start({receiveTimeoutMs: 50});
    const answer = await raw([framed(noise(5), 0, 10)], {}, {end: false});
    expect(statusOf(answer)).toBe('4: the request took too long to arrive');
    expect(admission.inFlightBytes).toBe(0);
  });

  it('is refused retryably while the server holds too much', async () => {
    const session = http2.connect(`http://${address}`);
    opened.push(session);
    // Ten messages of nearly 1 MiB each, none complete: the ninth passes the bound of 8 MiB.
    const holders = Array.from({length: 10}, () => {
      const stream = session.request({':method': 'POST', ':path': '/t.T/Length', 'content-type': 'application/grpc'});
      stream.on('error', () => {});
      stream.write(framed(noise(maxMessageBytes - 10), 0, maxMessageBytes));
      return new Promise<string | undefined>((resolve) => {
        stream.on('response', (headers) => resolve(`${headers['grpc-status']}`));
      });
    });
    expect(await Promise.race(holders)).toBe('14');
    expect(admission.inFlightBytes).toBeLessThanOrEqual(8 << 20);
    session.destroy();
    await expect.poll(() => admission.inFlightBytes).toBe(0);
  });

  it('that breaks off leaves nothing behind', async () => {
    for (let i = 0; i < 20; i++) {
      const session = http2.connect(`http://${address}`);
      session.on('error', () => {});
      const stream = session.request({':method': 'POST', ':path': '/t.T/Length', 'content-type': 'application/grpc'});
      stream.on('error', () => {});
      stream.write(framed(noise(1000), 0, 5000));
      await new Promise((resolve) => setTimeout(resolve, i));
      session.destroy();
    }
    await expect.poll(() => admission.inFlightBytes).toBe(0);
    expect(await call('/t.T/Echo', noise(5))).toEqual(noise(5));
  });

  it('that speaks HTTP/1.1, or nothing sensible, is let go', async () => {
    let foreign = 0;
    await server.stop(0);
    await start({onForeign: () => foreign++});
    for (const text of ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0']) {
      const socket = net.connect(Number(address.split(':')[1]), '127.0.0.1');
      socket.on('error', () => {});
      socket.write(text);
      await new Promise((resolve) => socket.on('close', resolve).resume());
    }
    expect(foreign).toBe(2);
    expect(await call('/t.T/Echo', noise(5))).toEqual(noise(5));
  });

  it('gets its pings answered', async () => {
    const session = http2.connect(`http://${address}`);
    opened.push(session);
    await new Promise((resolve) => session.once('connect', resolve));
    const echoed = await new Promise<Buffer>((resolve) =>
      session.ping(Buffer.from('12345678'), (_, __, payload) => resolve(payload)),
    );
    expect(String(echoed)).toBe('12345678');
  });
});
