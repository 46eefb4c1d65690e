import {createServer as createTcpServer, type Server as TcpServer} from 'node:net';
import {Metadata, Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status} from '@grpc/grpc-js';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from 'vitest';
import type {SenderOptions} from './otlp-sender.ts';
import {grpcPaths, grpcSender} from './otlp-sender-grpc.ts';
import {readLogs, readMetrics, readSpans} from './testing/otlp-read.ts';
import {runProgram} from './testing/run-program.ts';

type Answer = {readonly code: number; readonly details?: string; readonly metadata?: Metadata};
type Call = {readonly path: string; readonly body: Buffer; readonly metadata: Metadata};

/** A real gRPC server with the three OTLP services; it answers as `answer` says and remembers what came. */
const calls: Call[] = [];
let answer: Answer | undefined;
let server: Server;
let port: number;

async function listen(on: number): Promise<void> {
  const raw = (bytes: Buffer): Buffer => bytes;
  server = new Server();
  for (const path of Object.values(grpcPaths)) {
    const shape = {path, requestStream: false, responseStream: false} as const;
    const method = {
      ...shape,
      requestSerialize: raw,
      requestDeserialize: raw,
      responseSerialize: raw,
      responseDeserialize: raw,
    };
    server.addService({Export: method} as never, {
      Export(call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) {
        calls.push({path, body: call.request, metadata: call.metadata});
        if (answer === undefined) done(null, Buffer.from('ok'));
        else done(answer);
      },
    });
  }
  port = await new Promise((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${on}`, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
}

beforeAll(() => listen(0));
afterAll(() => server.forceShutdown());
beforeEach(() => {
  calls.length = 0;
  answer = undefined;
});

const sender = (options: Partial<SenderOptions> = {}) =>
  grpcSender(grpcPaths.traces, {
    url: `http://127.0.0.1:${port}`,
    headers: {},
    timeoutMillis: 2_000,
    compression: 'none',
    ...options,
  });

test('a batch arrives as it is, with the headers, over one connection', async () => {
  const send = sender({headers: {Authorization: 'Bearer a'}});
  for (const text of ['one', 'two']) {
    expect(await send(Buffer.from(text))).toMatchObject({kind: 'accepted', body: Buffer.from('ok')});
  }
  expect(calls.map(({body}) => String(body))).toEqual(['one', 'two']);
  expect(calls[0]!.metadata.get('authorization')).toEqual(['Bearer a']);
});

test('compressed', async () => {
  expect((await sender({compression: 'gzip'})(Buffer.from('x'.repeat(100_000)))).kind).toBe('accepted');
  expect(String(calls[0]!.body)).toBe('x'.repeat(100_000));
});

test.each([
  [status.CANCELLED, 'retry'],
  [status.UNKNOWN, 'refused'],
  [status.INVALID_ARGUMENT, 'refused'],
  [status.DEADLINE_EXCEEDED, 'retry'],
  [status.PERMISSION_DENIED, 'refused'],
  [status.RESOURCE_EXHAUSTED, 'refused'],
  [status.ABORTED, 'retry'],
  [status.OUT_OF_RANGE, 'retry'],
  [status.UNIMPLEMENTED, 'refused'],
  [status.INTERNAL, 'refused'],
  [status.UNAVAILABLE, 'retry'],
  [status.DATA_LOSS, 'retry'],
  [status.UNAUTHENTICATED, 'refused'],
])('status %i: %s', async (code, kind) => {
  answer = {code, details: 'why, 台'};
  expect(await sender()(Buffer.from('x'))).toEqual({kind, reason: `gRPC status ${code}: why, 台`});
});

test.each([
  ['two and a half seconds', [0x0a, 0x06, 0x08, 2, 0x10, 0x80, 0xca, 0xb5, 0xee, 0x01], 2_500],
  ['a year', [0x0a, 0x05, 0x08, 0x80, 0xe7, 0x84, 0x0f], 60_000],
  ['no time at all', [], 0],
])('exhausted, but to be tried again after %s', async (_what, info, afterMillis) => {
  const delay = info.length === 0 ? [] : [0x0a, info.length - 2, ...info.slice(2)];
  const type = Buffer.from('type.googleapis.com/google.rpc.RetryInfo');
  const any = [0x0a, type.length, ...type, 0x12, delay.length, ...delay];
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from([0x08, 8, 0x1a, any.length, ...any]));
  answer = {code: status.RESOURCE_EXHAUSTED, metadata};
  expect(await sender()(Buffer.from('x'))).toMatchObject({kind: 'retry', afterMillis});
});

test('details that are none count as none', async () => {
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from([0xff, 0xff, 0xff]));
  answer = {code: status.RESOURCE_EXHAUSTED, metadata};
  expect((await sender()(Buffer.from('x'))).kind).toBe('refused');
});

test('goes on with a new connection when the collector comes back', async () => {
  const send = sender();
  expect((await send(Buffer.from('one'))).kind).toBe('accepted');
  server.forceShutdown();
  await expect.poll(async () => (await send(Buffer.from('two'))).kind).toBe('retry');
  await listen(port);
  expect((await send(Buffer.from('three'))).kind).toBe('accepted');
});

describe('a collector that is down or hostile is a retry, in time', () => {
  let tcp: TcpServer | undefined;
  afterEach(() => new Promise<void>((resolve) => (tcp === undefined ? resolve() : tcp.close(() => resolve()))));

  const behind = async (handle: Parameters<typeof createTcpServer>[1]): Promise<string> => {
    const listening = createTcpServer(handle);
    tcp = listening;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(listening.address() as {port: number}).port}`;
  };

  test.each<[string, () => Promise<string>]>([
    ['nobody there', async () => 'http://127.0.0.1:9'],
    ['never answers', () => behind((socket) => void socket.on('error', () => {}).resume())],
    ['hangs up', () => behind((socket) => void socket.on('error', () => {}).destroy())],
    [
      'speaks HTTP/1',
      () =>
        behind(
          (socket) =>
            void socket
              .on('error', () => {})
              .resume()
              .end('HTTP/1.1 200 OK\r\n\r\n'),
        ),
    ],
  ])('%s', async (_how, where) => {
    const send = sender({url: await where(), timeoutMillis: 300});
    for (let attempt = 0; attempt < 3; attempt++) expect(await send(Buffer.from('x'))).toMatchObject({kind: 'retry'});
  });
});

describe('a whole program with OTEL_EXPORTER_OTLP_PROTOCOL=grpc', () => {
  const env = (): Record<string, string> => ({
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_BSP_SCHEDULE_DELAY: '60000',
    OTEL_METRIC_EXPORT_INTERVAL: '200',
  });
  const fixture = (name: string): string => new URL(`../fixtures/${name}`, import.meta.url).pathname;
  const sent = (signal: keyof typeof grpcPaths): Buffer[] =>
    calls.filter(({path}) => path === grpcPaths[signal]).map(({body}) => body);
  const names = (): string[] =>
    sent('traces')
      .flatMap(readSpans)
      .map(({name}) => name);

  test('running empty: flushes', async () => {
    const program = runProgram(fixture('short.mjs'), {args: ['1000'], env: env()});
    expect(await program.ended).toEqual({code: 0, signal: null});
    expect(names().filter((name) => name === 'short')).toHaveLength(1_000);
  });

  test('all three signals, and what is left at process.exit', async () => {
    const program = runProgram(fixture('shop.mjs'), {args: ['exit'], env: env()});
    const url = /http:\S+/.exec(await program.line(/http:/))![0];
    await expect.poll(() => sent('metrics').flatMap(readMetrics).length).toBeGreaterThan(0);
    await fetch(`${url}/orders/7`);
    await fetch(`${url}/work`).catch(() => {});
    expect((await program.ended).code).toBe(3);
    await expect.poll(names).toContain('last work');
    expect(sent('logs').flatMap(readLogs).length).toBeGreaterThan(0);
  });
});
