/** The receiver `jaeger` over its ports: what it takes, and what it says of the rest. */
import * as dgram from 'node:dgram';
import {readFileSync} from 'node:fs';
import {gzipSync} from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import {describe, expect, it} from 'vitest';
import {RetryableError} from '../base/index.ts';
import {namesOf, recordingLog} from '../pipeline/testing.ts';
import {encodeJaegerProto} from '../wire/index.ts';
import {postSpansPath} from './jaeger-paths.ts';
import {samplingPath} from './sampling-answers.ts';
import {startTestCollector, type TestCollector} from './testing.ts';

const fixture = (name: string): Buffer => readFileSync(new URL(`../../../fixtures/jaeger/${name}`, import.meta.url));
const yaml = (protocols: string, more = ''): string =>
  `receivers: {jaeger: {protocols: {${protocols}}${more}}}\nexporters: {weft: }\nservice: {pipelines: {traces: {receivers: [jaeger], exporters: [weft]}}}`;

/** Sends a datagram from a socket of its own. */
async function sendUdp(endpoint: string | undefined, ...datagrams: readonly Uint8Array[]): Promise<void> {
  const [host, port] = String(endpoint).split(':');
  const socket = dgram.createSocket('udp4');
  for (const datagram of datagrams) {
    await new Promise<void>((resolve, reject) =>
      socket.send(datagram, Number(port), host, (error) => (error ? reject(error) : resolve())),
    );
  }
  socket.close();
}

function callGrpc(
  endpoint: string | undefined,
  path: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  const client = new grpc.Client(String(endpoint), grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const bytes = (each: Buffer): Buffer => each;
  return new Promise<Buffer>((resolve, reject) =>
    client.makeUnaryRequest(path, bytes, bytes, Buffer.from(body), metadata, (error, reply) =>
      error === null ? resolve(reply as Buffer) : reject(error),
    ),
  ).finally(() => client.close());
}

const post = (
  endpoint: string | undefined,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> =>
  fetch(`http://${endpoint}/api/traces?format=jaeger.thrift`, {
    method: 'POST',
    headers: {'content-type': 'application/x-thrift', ...headers},
    body: new Uint8Array(body),
  });

const dropped = (collector: TestCollector, reason: string): number =>
  collector.count('weft_receiver_datagrams_dropped', {reason});

describe('Jaeger receiver: takes spans', () => {
  it.each([
    ['thrift_compact', 'agent.compact', 6],
    ['thrift_binary', 'agent.binary', 6],
    ['zipkin_compact', 'agent-zipkin.compact', 2],
    ['zipkin_compact', 'agent.compact', 6],
  ])('by UDP: %s, %s', async (protocol, name, spans) => {
    await using collector = await startTestCollector({yaml: yaml(`${protocol}: `)});
    await sendUdp(collector.endpoints[`jaeger_${protocol}`], fixture(name));
    await expect.poll(() => collector.traces.length).toBe(1);
    expect(collector.traces[0]?.spans.count).toBe(spans);
    await expect
      .poll(() => collector.count('otelcol_receiver_accepted_spans', {transport: `udp_${protocol}`}))
      .toBe(spans);
    expect(collector.contexts[0]?.tenant).toBe('default');
  });

  it('over gRPC, for the tenant of the header', async () => {
    await using collector = await startTestCollector({yaml: yaml('grpc: {include_metadata: true}')});
    const headers = {'x-scope-orgid': 'team-a', 'x-team': 'blue'};
    const reply = await callGrpc(collector.endpoints.jaeger_grpc, postSpansPath, fixture('post-spans.pb'), headers);
    expect(reply).toHaveLength(0);
    expect(collector.traces.flatMap(namesOf)).toEqual(['GET /coins', 'GET /coins', 'GET /coins']);
    expect(collector.contexts[0]).toMatchObject({tenant: 'team-a'});
    expect(collector.contexts[0]?.metadata?.get('x-team')).toEqual(['blue']);
    expect(collector.count('otelcol_receiver_requests', {transport: 'grpc', outcome: 'success'})).toBe(1);
  });

  it('as Thrift over HTTP, by both content types, gzip or not, with the empty 202 of Jaeger’s collector', async () => {
    await using collector = await startTestCollector({yaml: yaml('thrift_http: ')});
    const batch = fixture('batch.thrift');
    const answers = [
      await post(collector.endpoints.jaeger_thrift_http, batch),
      await post(collector.endpoints.jaeger_thrift_http, batch, {
        'content-type': 'application/vnd.apache.thrift.binary',
      }),
      await post(collector.endpoints.jaeger_thrift_http, gzipSync(batch), {'content-encoding': 'gzip'}),
    ];
    for (const answer of answers) expect([answer.status, await answer.text()]).toEqual([202, '']);
    expect(collector.traces.map(({spans}) => spans.count)).toEqual([6, 6, 6]);
  });

  it('and answers on its ports how to sample, as Jaeger’s collector does', async () => {
    await using collector = await startTestCollector({yaml: yaml('grpc: , thrift_http: ')});
    const question = Buffer.from([0x0a, 4, ...Buffer.from('mint')]);
    expect(await callGrpc(collector.endpoints.jaeger_grpc, samplingPath, question)).not.toHaveLength(0);
    const answer = await fetch(`http://${collector.endpoints.jaeger_thrift_http}/api/sampling?service=mint`);
    expect(await answer.json()).toMatchObject({strategyType: expect.anything()});
  });
});

describe('Jaeger receiver: bad input gets an error in the protocol’s own terms, and the next is taken', () => {
  it('over gRPC', async () => {
    await using collector = await startTestCollector({yaml: yaml('grpc: ')});
    const endpoint = collector.endpoints.jaeger_grpc;
    await expect(callGrpc(endpoint, postSpansPath, Buffer.from([0x0a, 9, 1]))).rejects.toMatchObject({
      code: grpc.status.INVALID_ARGUMENT,
      details: 'field 1 is longer than its message (at byte 0)',
    });
    await expect(callGrpc(endpoint, '/jaeger.api_v2.CollectorService/Nothing', new Uint8Array())).rejects.toMatchObject(
      {
        code: grpc.status.UNIMPLEMENTED,
      },
    );
    // A span without ids, and nothing else.
    await expect(
      callGrpc(endpoint, postSpansPath, Buffer.from([0x0a, 5, 0x0a, 3, 0x1a, 1, 0x61])),
    ).rejects.toMatchObject({
      code: grpc.status.INVALID_ARGUMENT,
      details: expect.stringContaining('1 of 1 spans rejected'),
    });
    expect(collector.count('otelcol_receiver_refused_spans', {reason: 'invalid'})).toBe(1);
    await callGrpc(endpoint, postSpansPath, fixture('post-spans.pb'));
    expect(collector.traces).toHaveLength(1);
  });

  it('over HTTP', async () => {
    await using collector = await startTestCollector({yaml: yaml('thrift_http: {max_request_body_size: 4096}')});
    const endpoint = collector.endpoints.jaeger_thrift_http;
    const batch = fixture('batch.thrift');
    const said = async (answer: Promise<Response>): Promise<string> => {
      const {status} = await answer;
      return `${status} ${await (await answer).text()}`;
    };
    expect(await said(post(endpoint, batch.subarray(0, 100)))).toMatch(/^400 .*cut off|longer than the message/);
    expect(await said(post(endpoint, new Uint8Array(5000)))).toMatch(/^413 /);
    expect(await said(post(endpoint, batch, {'content-type': 'application/json'}))).toMatch(
      /^415 content type application\/json is not supported; use application\/x-thrift/,
    );
    expect(await said(post(endpoint, Buffer.from('not gzip'), {'content-encoding': 'gzip'}))).toMatch(/^400 /);
    expect((await post(endpoint, batch)).status).toBe(202);
  });

  it('tells a sender over HTTP and gRPC to come back where the pipeline is full', async () => {
    const full = async (): Promise<void> => {
      throw new RetryableError('spool_full', 'the spool is full', 2000);
    };
    await using collector = await startTestCollector({yaml: yaml('grpc: , thrift_http: '), sink: {traces: full}});
    const answer = await post(collector.endpoints.jaeger_thrift_http, fixture('batch.thrift'));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
    await expect(
      callGrpc(collector.endpoints.jaeger_grpc, postSpansPath, fixture('post-spans.pb')),
    ).rejects.toMatchObject({code: grpc.status.UNAVAILABLE});
    expect(collector.count('otelcol_receiver_refused_spans', {reason: 'spool_full'})).toBe(9);
  });

  it('by UDP: every datagram that is dropped is counted with its reason', async () => {
    await using collector = await startTestCollector({yaml: yaml('thrift_compact: {max_packet_size: 2000}')});
    const endpoint = collector.endpoints.jaeger_thrift_compact;
    const good = fixture('agent.compact');
    await sendUdp(endpoint, good.subarray(0, 50), Buffer.from('hello'), new Uint8Array(0), new Uint8Array(2001), good);
    await expect.poll(() => collector.traces.length).toBe(1);
    expect([dropped(collector, 'malformed'), dropped(collector, 'too_large')]).toEqual([3, 1]);
  });

  it('by UDP: a full queue drops what comes, and what was taken before comes through', async () => {
    const gate = Promise.withResolvers<void>();
    const seen: number[] = [];
    await using collector = await startTestCollector({
      yaml: yaml('thrift_compact: {queue_size: 2, workers: 1}'),
      sink: {
        async traces(batch) {
          await gate.promise;
          seen.push(batch.items.count);
        },
      },
    });
    const good = fixture('agent.compact');
    await sendUdp(collector.endpoints.jaeger_thrift_compact, ...Array.from({length: 6}, () => good));
    await expect.poll(() => dropped(collector, 'queue_full')).toBe(3);
    gate.resolve();
    await expect.poll(() => seen).toEqual([6, 6, 6]);
  });
});

describe('Jaeger receiver: ports', () => {
  it('takes what has come, and works it off, before it stops', async () => {
    const gate = Promise.withResolvers<void>();
    let taken = 0;
    const collector = await startTestCollector({
      yaml: yaml('thrift_binary: {workers: 1}'),
      sink: {
        async traces({items}) {
          await gate.promise;
          taken += items.count;
        },
      },
    });
    const good = fixture('agent.binary');
    await sendUdp(collector.endpoints.jaeger_thrift_binary, good, good, good);
    const stopped = collector.stop();
    gate.resolve();
    await stopped;
    expect(taken).toBe(18);
    await collector[Symbol.asyncDispose]();
  });

  it('that another process uses: fails, or goes on without it where the configuration says so', async () => {
    const other = dgram.createSocket('udp4');
    await new Promise<void>((resolve) => other.bind(0, '127.0.0.1', resolve));
    const {port} = other.address();
    const settings = `thrift_compact: {endpoint: "127.0.0.1:${port}"}, thrift_binary: `;
    const start = (more: string, log = recordingLog()) =>
      startTestCollector({yaml: yaml(settings, more), log, keptPorts: new Set([port])});
    await expect(start('')).rejects.toThrow(
      `jaeger: cannot listen on 127.0.0.1:${port}: another process uses the port; stop it, set another \`endpoint\`, or use --free-ports`,
    );
    const log = recordingLog();
    await using collector = await start(', port_in_use: skip', log);
    expect(Object.keys(collector.endpoints)).toEqual(['jaeger_thrift_binary']);
    expect(log.lines.map(({message}) => message)).toContain(
      `jaeger does not receive over thrift_compact: another process uses port ${port}; stop it, or set another \`endpoint\``,
    );
    other.close();
  });

  it('goes over to another configuration without a datagram lost', async () => {
    await using collector = await startTestCollector({yaml: yaml('thrift_compact: ')});
    const endpoint = collector.endpoints.jaeger_thrift_compact;
    const good = fixture('agent.compact');
    await sendUdp(endpoint, good);
    await collector.change(yaml('thrift_compact: {workers: 3}'));
    expect(collector.endpoints.jaeger_thrift_compact).toBe(endpoint);
    await sendUdp(endpoint, good);
    await expect.poll(() => collector.traces.length).toBe(2);
  });
});

it('Jaeger receiver: a span of 10,000 tags and one of none are taken alike', async () => {
  await using collector = await startTestCollector({yaml: yaml('grpc: ')});
  const {decodeZipkinJson} = await import('../wire/index.ts');
  const tags = Object.fromEntries(Array.from({length: 10_000}, (_, i) => [`key-${i}`, 'v']));
  const spans = [
    {traceId: '1', id: '2', timestamp: 1, tags},
    {traceId: '1', id: '3', timestamp: 1},
  ];
  const {batch} = decodeZipkinJson(Buffer.from(JSON.stringify(spans)));
  await callGrpc(collector.endpoints.jaeger_grpc, postSpansPath, encodeJaegerProto(batch));
  const {attributes} = collector.traces[0]?.spans.columns ?? {};
  expect([attributes?.count(0), attributes?.count(1)]).toEqual([10_000, 0]);
});
