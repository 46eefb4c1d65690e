/** Forwarding over OTLP: to Weft itself, to grpc-js as a foreign server, to servers that misbehave. */
import * as http from 'node:http';
import type {AddressInfo} from 'node:net';
import * as net from 'node:net';
import * as grpc from '@grpc/grpc-js';
import {afterEach, describe, expect, it} from 'vitest';
import {RetryableError} from '../base/index.ts';
import {contextOf, namesOf, recordingLog, spansNamed} from '../pipeline/testing.ts';
import {encodeExportResponse, encodeRpcStatus, otlp} from '../wire/index.ts';
import {grpcPaths} from './otlp-paths.ts';
import {startTestCollector, type TestCollector} from './testing.ts';

const open: {stop(): unknown}[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.stop();
});

/** A collector that forwards traces with this exporter; its receiver is at `otlp_http`. */
async function forwarding(type: string, exporter: string, log = recordingLog()): Promise<TestCollector> {
  const collector = await startTestCollector({
    yaml: `receivers: {otlp: {protocols: {http: }}}\nexporters: {${type}: ${exporter}}\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [${type}]}}}`,
    log,
  });
  open.push(collector);
  return collector;
}

async function send(
  collector: TestCollector,
  headers: Readonly<Record<string, string>> = {},
  ...names: readonly string[]
) {
  const body = new Uint8Array(otlp.traces.encodeProto(spansNamed(...(names.length > 0 ? names : ['a']))));
  const url = `http://${collector.endpoints.otlp_http}/v1/traces`;
  return fetch(url, {method: 'POST', headers: {'content-type': 'application/x-protobuf', ...headers}, body});
}

const fast = 'retry_on_failure: {initial_interval: 1ms, max_interval: 2ms, max_elapsed_time: 5s}';
const patient = 'sending_queue: {wait_for_result: true}';

/** A foreign OTLP/gRPC server that answers each call as `answers` says, then with success. */
async function foreignGrpc(answers: ((callback: grpc.sendUnaryData<Buffer>) => void)[] = []) {
  const calls: {readonly body: Buffer; readonly metadata: grpc.Metadata}[] = [];
  const server = new grpc.Server();
  const identity = (bytes: Buffer): Buffer => bytes;
  const definition = {
    path: grpcPaths.traces,
    requestStream: false,
    responseStream: false,
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: identity,
    responseDeserialize: identity,
  } as const;
  server.addService(
    {export: definition},
    {
      export(call: grpc.ServerUnaryCall<Buffer, Buffer>, callback: grpc.sendUnaryData<Buffer>) {
        calls.push({body: call.request, metadata: call.metadata});
        const answer = answers.shift();
        if (answer === undefined) callback(null, Buffer.alloc(0));
        else answer(callback);
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  open.push({stop: () => server.forceShutdown()});
  return {address: `127.0.0.1:${port}`, calls};
}

interface Seen {
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}
/** A foreign OTLP/HTTP server, likewise. */
async function foreignHttp(answers: ((response: http.ServerResponse) => void)[] = []) {
  const calls: Seen[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      calls.push({path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks)});
      const answer = answers.shift();
      if (answer === undefined) response.writeHead(200, {'content-type': 'application/x-protobuf'}).end();
      else answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({stop: () => server.closeAllConnections() ?? server.close()});
  return {address: `127.0.0.1:${(server.address() as AddressInfo).port}`, calls};
}

describe('OTLP exporter: to Weft', () => {
  it.each(['gzip', 'zstd', 'deflate', 'none'])('over gRPC with %s', async (compression) => {
    await using store = await startTestCollector();
    const from = await forwarding(
      'otlp',
      `{endpoint: "${store.endpoints.otlp_grpc}", tls: {insecure: true}, compression: ${compression}, ${patient}}`,
    );
    expect((await send(from, {'X-Scope-OrgID': 'team-a'}, 'a', 'b')).status).toBe(200);
    expect(store.traces.map(namesOf)).toEqual([['a', 'b']]);
    expect(store.contexts).toMatchObject([contextOf('team-a')]);
    expect(from.count('otelcol_exporter_sent_spans', {exporter: 'otlp'})).toBe(2);
  });

  it.each([
    ['proto', 'gzip'],
    ['json', 'zstd'],
    ['proto', 'none'],
  ])('over HTTP in %s with %s', async (encoding, compression) => {
    await using store = await startTestCollector();
    const from = await forwarding(
      'otlphttp',
      `{endpoint: "http://${store.endpoints.otlp_http}", encoding: ${encoding}, compression: ${compression}, ${patient}}`,
    );
    expect((await send(from)).status).toBe(200);
    expect(store.traces.map(namesOf)).toEqual([['a']]);
  });

  it('which refuses: the sender is told when it waits for the result and nothing is retried', async () => {
    await using store = await startTestCollector({
      sink: {
        traces: async () => {
          throw new RetryableError('spool_full', 'full', 7000);
        },
      },
    });
    for (const [type, endpoint] of [
      ['otlp', `"http://${store.endpoints.otlp_grpc}"`],
      ['otlphttp', `"http://${store.endpoints.otlp_http}"`],
    ] as const) {
      const from = await forwarding(
        type,
        `{endpoint: ${endpoint}, retry_on_failure: {enabled: false}, sending_queue: {enabled: false}}`,
      );
      const answer = await send(from);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '7']);
    }
  });
});

describe('OTLP exporter: to a foreign gRPC server', () => {
  it('sends headers and exactly the spans', async () => {
    const there = await foreignGrpc();
    const from = await forwarding(
      'otlp',
      `{endpoint: "http://${there.address}", headers: {X-Key: secret}, ${patient}}`,
    );
    await send(from);
    expect(
      there.calls.map(({body, metadata}) => [
        namesOf(otlp.traces.decodeProto(new Uint8Array(body)).batch),
        metadata.get('x-key'),
      ]),
    ).toEqual([[['a'], ['secret']]]);
  });

  const failing = (code: grpc.status, details?: Uint8Array) => (callback: grpc.sendUnaryData<Buffer>) => {
    const metadata = new grpc.Metadata();
    if (details !== undefined) metadata.set('grpc-status-details-bin', Buffer.from(details));
    callback({code, details: 'no', metadata});
  };

  it('tries again what is retryable, by the code', async () => {
    const retryInfo = encodeRpcStatus('proto', 8, 'no', 1);
    const there = await foreignGrpc([
      failing(grpc.status.UNAVAILABLE),
      failing(grpc.status.RESOURCE_EXHAUSTED, retryInfo),
      failing(grpc.status.ABORTED),
    ]);
    const from = await forwarding('otlp', `{endpoint: "http://${there.address}", ${fast}, ${patient}}`);
    expect((await send(from)).status).toBe(200);
    expect(there.calls.length).toBe(4);
  });

  it.each([grpc.status.INVALID_ARGUMENT, grpc.status.RESOURCE_EXHAUSTED, grpc.status.INTERNAL])(
    'gives up on code %i',
    async (code) => {
      const there = await foreignGrpc([failing(code)]);
      const from = await forwarding('otlp', `{endpoint: "http://${there.address}", ${fast}, ${patient}}`);
      expect((await send(from)).status).toBe(400);
      expect(there.calls.length).toBe(1);
      expect(from.count('otelcol_exporter_send_failed_spans', {reason: 'destination'})).toBe(1);
    },
  );

  it('counts what the other side rejected', async () => {
    const there = await foreignGrpc([
      (callback) => callback(null, Buffer.from(encodeExportResponse('proto', 'traces', 1, 'too old'))),
    ]);
    const log = recordingLog();
    const from = await forwarding('otlp', `{endpoint: "http://${there.address}", ${patient}}`, log);
    await send(from, {}, 'a', 'b', 'c');
    expect([
      from.count('otelcol_exporter_sent_spans'),
      from.count('otelcol_exporter_send_failed_spans', {reason: 'partial_success'}),
    ]).toEqual([2, 1]);
    expect(log.lines.map((line) => line.message)).toContain('the other side rejected a part of the data');
  });

  it('finds out by `keepalive` that a proxy has frozen its connection, and makes another', async () => {
    const there = await foreignGrpc();
    const [host, port] = there.address.split(':');
    const sockets: net.Socket[] = [];
    const proxy = net.createServer((incoming) => {
      const onward = net.connect(Number(port), host);
      sockets.push(
        incoming.on('error', () => {}),
        onward.on('error', () => {}),
      );
      incoming.pipe(onward).pipe(incoming);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const all: net.Socket[] = [];
    open.push({
      stop() {
        for (const socket of [...all, ...sockets]) socket.destroy();
        proxy.close();
      },
    });
    const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const from = await forwarding(
      'otlp',
      `{endpoint: "${endpoint}", timeout: 300ms, keepalive: {time: 1s, timeout: 1s}, retry_on_failure: {initial_interval: 1ms, max_interval: 2ms, max_elapsed_time: 30s}, ${patient}}`,
    );
    expect((await send(from)).status).toBe(200);
    for (const socket of sockets.splice(0)) all.push(socket.unpipe().pause());
    expect((await send(from)).status).toBe(200);
    expect(there.calls.length).toBe(2);
  });

  it('connects again when the connection is gone', async () => {
    const there = await foreignGrpc();
    const from = await forwarding('otlp', `{endpoint: "http://${there.address}", ${fast}, ${patient}}`);
    await send(from);
    await (
      open.splice(
        open.findIndex((each) => each !== from),
        1,
      )[0] as {stop(): unknown}
    ).stop();
    const pending = send(from);
    const server = new grpc.Server();
    const identity = (bytes: Buffer): Buffer => bytes;
    const paths = {
      path: grpcPaths.traces,
      requestStream: false,
      responseStream: false,
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
    } as const;
    server.addService(
      {export: paths},
      {export: (_: unknown, callback: grpc.sendUnaryData<Buffer>) => callback(null, Buffer.alloc(0))},
    );
    await new Promise<void>((resolve, reject) =>
      server.bindAsync(there.address, grpc.ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      ),
    );
    open.push({stop: () => server.forceShutdown()});
    expect((await pending).status).toBe(200);
  });
});

describe('OTLP exporter: to a foreign HTTP server', () => {
  it('sends to the path of the signal, below the path of the endpoint', async () => {
    const there = await foreignHttp();
    const from = await forwarding(
      'otlphttp',
      `{endpoint: "http://${there.address}/otlp", headers: {X-Key: secret}, ${patient}}`,
    );
    await send(from);
    expect(there.calls[0]).toMatchObject({
      path: '/otlp/v1/traces',
      headers: {'x-key': 'secret', 'content-encoding': 'gzip'},
    });
  });

  it('tries again on 429, 502, 503 and 504', async () => {
    const there = await foreignHttp(
      [429, 502, 503, 504].map((status) => (response) => void response.writeHead(status).end()),
    );
    const from = await forwarding('otlphttp', `{endpoint: "http://${there.address}", ${fast}, ${patient}}`);
    expect((await send(from)).status).toBe(200);
    expect(there.calls.length).toBe(5);
  });

  it('logs the first failure of several and when sending works again, each once', async () => {
    const there = await foreignHttp(
      [503, 503, 503].map((status) => (response) => void response.writeHead(status).end()),
    );
    const log = recordingLog();
    const from = await forwarding('otlphttp', `{endpoint: "http://${there.address}", ${fast}, ${patient}}`, log);
    expect((await send(from)).status).toBe(200);
    expect((await send(from)).status).toBe(200);
    const told = log.lines.filter(({level, message}) => level !== 'debug' && message.startsWith('sending'));
    expect(told).toEqual([
      {level: 'warn', message: 'sending failed; it is tried again, and told of again at debug only'},
      {level: 'info', message: 'sending works again'},
    ]);
  });

  it.each([400, 401, 404, 413, 500, 301])('gives up on %i', async (status) => {
    const there = await foreignHttp([(response) => void response.writeHead(status, {location: '/elsewhere'}).end()]);
    const from = await forwarding('otlphttp', `{endpoint: "http://${there.address}", ${fast}, ${patient}}`);
    expect((await send(from)).status).toBe(400);
    expect(there.calls.length).toBe(1);
  });

  it('gives an attempt only so much time', async () => {
    const there = await foreignHttp([() => {}]);
    const from = await forwarding(
      'otlphttp',
      `{endpoint: "http://${there.address}", timeout: 50ms, ${fast}, ${patient}}`,
    );
    expect((await send(from)).status).toBe(200);
    expect(there.calls.length).toBe(2);
  });
});

it('OTLP exporter: an exporter without a queue that waits for a slow server keeps nobody out of another pipeline', async () => {
  const held: http.ServerResponse[] = [];
  const there = await foreignHttp(Array.from({length: 60}, () => (response) => void held.push(response)));
  const collector = await startTestCollector({
    yaml: `receivers: {otlp: {protocols: {http: }}, otlp/b: {protocols: {http: {endpoint: "127.0.0.1:4418"}}}}
exporters: {otlphttp: {endpoint: "http://${there.address}", sending_queue: {enabled: false}}, weft: }
service: {pipelines: {traces: {receivers: [otlp], exporters: [otlphttp]}, traces/b: {receivers: [otlp/b], exporters: [weft]}}}`,
  });
  open.push(collector);
  const body = new Uint8Array(otlp.traces.encodeProto(spansNamed('a')));
  const post = async (endpoint: string): Promise<number> => {
    const headers = {'content-type': 'application/x-protobuf'};
    return (await fetch(`http://${collector.endpoints[endpoint]}/v1/traces`, {method: 'POST', headers, body})).status;
  };
  const forwarded = Array.from({length: 60}, () => post('otlp_http'));
  await expect.poll(() => held.length).toBe(60);
  // Past the 1.5 s after which a wait for Weft itself would be a sign of congestion.
  for (const begin = performance.now(); performance.now() - begin < 2500; ) expect(await post('otlp/b_http')).toBe(200);
  for (const response of held) response.writeHead(200).end();
  expect(new Set(await Promise.all(forwarded))).toEqual(new Set([200]));
});

describe('OTLP exporter: the sending queue', () => {
  it('answers at once, sends later, and refuses when it is full', async () => {
    const held: http.ServerResponse[] = [];
    const there = await foreignHttp(Array.from({length: 9}, () => (response) => void held.push(response)));
    const from = await forwarding(
      'otlphttp',
      `{endpoint: "http://${there.address}", sending_queue: {queue_size: 3, num_consumers: 1}}`,
    );
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push((await send(from)).status);
    expect(answers).toEqual([200, 200, 200, 503]);
    expect(from.count('otelcol_exporter_queue_size')).toBe(3);
    expect(from.count('otelcol_exporter_enqueue_failed_spans', {reason: 'queue_full'})).toBe(1);
    for (let i = 0; i < 3; i++) {
      await expect.poll(() => held.length).toBe(i + 1);
      held[i]?.writeHead(200).end();
    }
    await expect.poll(() => from.count('otelcol_exporter_queue_size')).toBe(0);
    expect(from.count('otelcol_exporter_sent_spans')).toBe(3);
  });

  it('lets senders wait instead, where it is told to', async () => {
    const held: http.ServerResponse[] = [];
    const there = await foreignHttp(Array.from({length: 9}, () => (response) => void held.push(response)));
    const from = await forwarding(
      'otlphttp',
      `{endpoint: "http://${there.address}", sending_queue: {queue_size: 1, num_consumers: 1, block_on_overflow: true}}`,
    );
    await send(from);
    const second = send(from);
    await expect.poll(() => held.length).toBe(1);
    held[0]?.writeHead(200).end();
    expect((await second).status).toBe(200);
    await expect.poll(() => held.length).toBe(2);
    held[1]?.writeHead(200).end();
  });

  it('is emptied on stop', async () => {
    const there = await foreignHttp(
      Array.from({length: 3}, () => (response) => void setTimeout(() => response.writeHead(200).end(), 20)),
    );
    const from = await forwarding(
      'otlphttp',
      `{endpoint: "http://${there.address}", sending_queue: {num_consumers: 1}}`,
    );
    for (let i = 0; i < 3; i++) await send(from);
    await from.stop();
    expect(from.count('otelcol_exporter_sent_spans')).toBe(3);
  });

  it('counts and logs what it drops', async () => {
    const there = await foreignHttp([(response) => void response.writeHead(400).end()]);
    const log = recordingLog();
    const from = await forwarding('otlphttp', `{endpoint: "http://${there.address}"}`, log);
    expect((await send(from)).status).toBe(200);
    await expect.poll(() => from.count('otelcol_exporter_send_failed_spans', {reason: 'destination'})).toBe(1);
    expect(log.lines).toContainEqual({level: 'error', message: 'queued data could not be sent and is dropped'});
  });

  it('says in one line what a stop drops because its destination is away', async () => {
    const log = recordingLog();
    const from = await forwarding(
      'otlphttp',
      '{endpoint: "http://127.0.0.1:1", sending_queue: {num_consumers: 2}}',
      log,
    );
    for (let i = 0; i < 5; i++) expect((await send(from)).status).toBe(200);
    await from.stop();
    expect(from.count('otelcol_exporter_send_failed_spans')).toBe(5);
    expect(log.lines.filter(({level}) => level === 'error')).toEqual([
      {level: 'error', message: 'queued data could not be sent before the stop and is dropped'},
    ]);
    expect(log.fields.at(-1)).toMatchObject({requests: 5, traces: 5, error: expect.stringContaining('ECONNREFUSED')});
  });
});
