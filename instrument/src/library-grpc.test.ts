import {afterAll, beforeEach, expect, test} from 'vitest';
import {getBaggage, withBaggage} from './baggage.ts';
import {assertChildOf, captureSpans} from './testing/index.ts';
import {traced} from './traced.ts';

const capture = captureSpans();
beforeEach(() => capture.clear());
const grpc = await import('@grpc/grpc-js');

const text = {
  requestSerialize: (value: string) => Buffer.from(value),
  requestDeserialize: (bytes: Buffer) => bytes.toString(),
  responseSerialize: (value: string) => Buffer.from(value),
  responseDeserialize: (bytes: Buffer) => bytes.toString(),
} as const;
const method = (name: string, requestStream: boolean, responseStream: boolean) => ({
  path: `/test.Echo/${name}`,
  requestStream,
  responseStream,
  ...text,
});
const methods = {
  Say: method('Say', false, false),
  Up: method('Up', true, false),
  Down: method('Down', false, true),
  Both: method('Both', true, true),
};

const seen: (string | undefined)[] = [];
const server = new grpc.Server();
server.addService(methods, {
  Say: (call: {request: string}, done: (error: null, value: string) => void) =>
    traced('inside', () => {
      seen.push(getBaggage('tenant'));
      done(null, call.request);
    }),
  Up: (call: AsyncIterable<string>, done: (error: object | null, value?: string) => void) =>
    void traced('inside', async () => {
      let all = '';
      for await (const part of call) all += part;
      done(null, all);
    }),
  Down: (call: import('@grpc/grpc-js').ServerWritableStream<string, string>) =>
    traced('inside', () => {
      if (call.request === 'fail') {
        call.emit('error', Object.assign(new Error('no such order'), {code: grpc.status.NOT_FOUND}));
        return;
      }
      for (const part of call.request) call.write(part);
      call.end();
    }),
  Both: (call: import('@grpc/grpc-js').ServerDuplexStream<string, string>) =>
    traced('inside', () => {
      call.on('data', (part: string) => call.write(part.toUpperCase())).on('end', () => call.end());
    }),
});
const port = await new Promise<number>((resolve, reject) =>
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
    error === null ? resolve(bound) : reject(error),
  ),
);
type Writing = {write(value: string): void; end(): void};
type Client = {
  Say(value: string, ...more: unknown[]): void;
  Up(done: (error: Error | null, answer: string) => void): Writing;
  Down(value: string): AsyncIterable<string>;
  Both(): AsyncIterable<string> & Writing;
  close(): void;
};
const Made = grpc.makeGenericClientConstructor(methods, 'test.Echo');
const client = new Made(`127.0.0.1:${port}`, grpc.credentials.createInsecure()) as unknown as Client;
afterAll(() => {
  client.close();
  server.forceShutdown();
});

const parts = async (stream: AsyncIterable<string>): Promise<string> => {
  let all = '';
  for await (const part of stream) all += part;
  return all;
};

test.each<[string, () => Promise<string>, string]>([
  [
    'Up',
    () =>
      new Promise((resolve, reject) => {
        const call = client.Up((error, answer) => (error === null ? resolve(answer) : reject(error)));
        for (const part of ['a', 'b']) call.write(part);
        call.end();
      }),
    'ab',
  ],
  ['Down', () => parts(client.Down('abc')), 'abc'],
  [
    'Both',
    async () => {
      const call = client.Both();
      for (const part of ['a', 'b']) call.write(part);
      call.end();
      return await parts(call);
    },
    'AB',
  ],
])('gRPC: a call that streams, %s, is one client and one server span in one trace', async (name, call, answer) => {
  expect(await traced('request', call)).toBe(answer);
  const spanName = `test.Echo/${name}`;
  const serverSpan = await capture.waitFor((span) => span.name === spanName && span.kind === 'server');
  const clientSpan = await capture.waitFor((span) => span.name === spanName && span.kind === 'client');
  expect(capture.all(spanName)).toHaveLength(2);
  assertChildOf(clientSpan, capture.one('request'));
  assertChildOf(serverSpan, clientSpan);
  assertChildOf(await capture.waitFor('inside'), serverSpan);
  for (const span of [clientSpan, serverSpan]) {
    expect(span.attributes).toMatchObject({'rpc.system': 'grpc', 'rpc.grpc.status_code': 0});
  }
});

test('gRPC: a stream that fails marks both of its spans', async () => {
  await expect(traced('request', () => parts(client.Down('fail')))).rejects.toThrow('no such order');
  for (const kind of ['client', 'server'] as const) {
    const span = await capture.waitFor((one) => one.name === 'test.Echo/Down' && one.kind === kind);
    expect(span.attributes['rpc.grpc.status_code']).toBe(grpc.status.NOT_FOUND);
  }
  expect(capture.one(({kind}) => kind === 'client').status).toBe('error');
});

test('gRPC: the caller’s metadata is not written into, is sent, and serves calls of several traces', async () => {
  const metadata = new grpc.Metadata();
  metadata.set('x-tenant', 'acme');
  const say = (value: string): Promise<void> =>
    new Promise((resolve, reject) =>
      client.Say(value, metadata, {}, (error: Error | null) => (error === null ? resolve() : reject(error))),
    );
  await withBaggage({tenant: 'acme'}, () => traced('first', {root: true}, () => say('a')));
  expect(metadata.getMap()).toEqual({'x-tenant': 'acme'});
  await say('b'); // Outside of any trace: another call's context must not be in it.
  expect(seen).toEqual(['acme', undefined]);
  const traces = capture.all(({kind}) => kind === 'server').map(({traceId}) => traceId);
  expect(new Set(traces).size).toBe(2);
  expect(traces[0]).toBe(capture.one('first').traceId);
});
