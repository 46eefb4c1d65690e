/** Jaeger's gRPC query services over the real store, asked by grpc-js and read by protobufjs with jaeger-idl's messages. */
import {connect} from 'node:http2';
import * as grpc from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {createMeter, defaultTenant, silentLog, systemClock, type TenantId} from '../base/index.ts';
import {createQueryClient} from '../engine/index.ts';
import type {GrpcServer} from '../net/index.ts';
import {createReader} from '../store/index.ts';
import {startTestStore, type TestStore} from '../store/testing.ts';
import {loadMessages} from '../wire/testing.ts';
import {createGrpcApi} from './create-grpc-api.ts';
import {spanBatchOf, type TestSpan} from './testing.ts';

/** Facts: jaeger-idl's api_v2/model.proto, api_v2/query.proto, api_v3/query_service.proto; grpc.health.v1. */
const idl = protobuf.parse(
  `syntax = "proto3";
   message Time { int64 seconds = 1; int32 nanos = 2; }
   message KeyValue { string key = 1; int32 v_type = 2; string v_str = 3; bool v_bool = 4; int64 v_int64 = 5; double v_float64 = 6; bytes v_binary = 7; }
   message Log { Time timestamp = 1; repeated KeyValue fields = 2; }
   message SpanRef { bytes trace_id = 1; bytes span_id = 2; int32 ref_type = 3; }
   message Process { string service_name = 1; repeated KeyValue tags = 2; }
   message Span { bytes trace_id = 1; bytes span_id = 2; string operation_name = 3; repeated SpanRef references = 4; uint32 flags = 5;
     Time start_time = 6; Time duration = 7; repeated KeyValue tags = 8; repeated Log logs = 9; Process process = 10; string process_id = 11;
     repeated string warnings = 12; }
   message SpansResponseChunk { repeated Span spans = 1; }
   message GetTraceV2 { bytes trace_id = 1; Time start_time = 2; Time end_time = 3; bool raw_traces = 4; }
   message GetTraceV3 { string trace_id = 1; Time start_time = 2; Time end_time = 3; bool raw_traces = 4; }
   message Filter { string op = 1; }
   message Parameters { string service_name = 1; string operation_name = 2; map<string, string> tags = 3; Time start_time_min = 4;
     Time start_time_max = 5; Time duration_min = 6; Time duration_max = 7; int32 search_depth = 8; bool raw_traces = 9; Filter filter = 10; }
   message Find { Parameters query = 1; }
   message Services { repeated string services = 1; }
   message GetOperations { string service = 1; string span_kind = 2; }
   message Operation { string name = 1; string span_kind = 2; }
   message OperationsV2 { repeated string operationNames = 1; repeated Operation operations = 2; }
   message OperationsV3 { repeated Operation operations = 1; }
   message Range { Time start_time = 1; Time end_time = 2; }
   message Dependency { string parent = 1; string child = 2; uint64 call_count = 3; }
   message Dependencies { repeated Dependency dependencies = 1; }
   message ServiceSummary { string name = 1; int32 span_count = 2; int32 error_span_count = 3; }
   message TraceSummary { string trace_id = 1; string root_service_name = 2; string root_operation_name = 3; fixed64 min_start_time_unix_nano = 4;
     fixed64 max_end_time_unix_nano = 5; int32 span_count = 6; int32 error_span_count = 7; int32 orphan_span_count = 8;
     repeated ServiceSummary services = 9; }
   message Summaries { repeated TraceSummary summaries = 1; }
   message Health { string service = 1; }
   message HealthStatus { int32 status = 1; }
   message Nothing {}`,
  {keepCase: true},
).root;

const begin = 1_767_323_045_000_000_000n;
const ms = 1_000_000n;
const trace = '0af7651916cd43dd8448eb211c80319c';
const gateway = {'service.name': 'gateway', 'host.name': 'a'};
const payment = {'service.name': 'payment', 'host.name': 'b'};
const spans: TestSpan[] = [
  {
    traceId: trace,
    spanId: 'b7ad6b7169203331',
    name: 'POST /checkout',
    kind: 2,
    start: begin,
    duration: 8000n * ms,
    resource: gateway,
    status: 2,
  },
  {
    traceId: trace,
    spanId: 'c1',
    parentSpanId: 'b7ad6b7169203331',
    name: 'charge',
    kind: 2,
    start: begin + 10n * ms,
    duration: 5_000_000_007n,
    resource: payment,
    scope: {name: 'lib', version: '1'},
    attributes: {
      ratio: 0.5,
      big: -9_007_199_254_740_993n,
      secret: {type: 'bytes', value: Uint8Array.of(1, 2, 255)},
      list: {type: 'array', value: [{type: 'int', value: 1n}]},
      on: true,
    },
    events: [{name: 'exception', time: begin + 20n * ms, attributes: {'exception.type': 'CardError'}}],
    links: [{traceId: 'abc', spanId: 'def'}],
  },
  {
    traceId: 'abc',
    spanId: 'def',
    name: 'GET /health',
    kind: 0,
    start: begin - 3_600_000n * ms,
    duration: ms,
    resource: gateway,
  },
  {traceId: 'abcd', spanId: '1', parentSpanId: 'ffff', name: 'orphan', start: begin, duration: -5n, resource: payment},
];
/** As Zipkin's clients have it. */
const sharedId: TestSpan[] = [
  {traceId: 'cafe', spanId: '5', name: 'call', kind: 3, start: begin, resource: {'service.name': 'one'}},
  {
    traceId: 'cafe',
    spanId: '5',
    name: 'serve',
    kind: 2,
    start: begin + 1n,
    duration: 5n,
    resource: {'service.name': 'two'},
  },
];
/** So many that one message could not hold them. */
const long = Array.from({length: 3000}, (_, i) => ({
  traceId: 'feed',
  spanId: (i + 1).toString(16),
  ...(i > 0 && {parentSpanId: '1'}),
  name: `step ${i}`,
  start: begin + BigInt(i),
  attributes: {text: 'x'.repeat(2000)},
  resource: {'service.name': 'long'},
}));

let store: TestStore;
let server: GrpcServer;
let client: grpc.Client;
beforeAll(async () => {
  store = await startTestStore();
  server = createGrpcApi({
    source: createReader({client: store.engine.queries, clock: systemClock}),
    meter: createMeter(),
    log: silentLog,
  });
  const {port} = await server.listen({host: '127.0.0.1', port: 0});
  client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  await store.sink.consume(spanBatchOf([...spans, ...sharedId]), {tenant: defaultTenant});
  await store.sink.consume(spanBatchOf(long), {tenant: defaultTenant});
  await store.sink.consume(spanBatchOf([{traceId: 'a', spanId: 'b', resource: {'service.name': 'theirs'}}]), {
    tenant: 'other' as TenantId,
  });
  await store.spool.flush();
});
afterAll(async () => {
  client?.close();
  await server?.stop(0);
  await store?.stop();
});

type Fields = Record<string, unknown>;
const bytes = (type: string, value: Fields): Buffer => {
  const message = idl.lookupType(type);
  return Buffer.from(message.encode(message.fromObject(value)).finish());
};
const read = (type: string, message: Uint8Array): Fields => {
  const known = idl.lookupType(type);
  return known.toObject(known.decode(message), {longs: String, bytes: String});
};
const same = (value: Buffer): Buffer => value;
const metadata = (tenant?: string): grpc.Metadata => {
  const headers = new grpc.Metadata();
  if (tenant !== undefined) headers.set('x-scope-orgid', tenant);
  return headers;
};

function ask(path: string, request: Buffer, tenant?: string, through = client): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    through.makeUnaryRequest(path, same, same, request, metadata(tenant), (error, value) =>
      error ? reject(error) : resolve(value as Buffer),
    );
  });
}
async function list(path: string, request: Buffer): Promise<Buffer[]> {
  const messages: Buffer[] = [];
  for await (const message of client.makeServerStreamRequest(path, same, same, request)) messages.push(message);
  return messages;
}
const v2 = (method: string): string => `/jaeger.api_v2.QueryService/${method}`;
const v3 = (method: string): string => `/jaeger.api_v3.QueryService/${method}`;
const time = (nanos: bigint): Fields => ({
  seconds: String(nanos / 1_000_000_000n),
  nanos: Number(nanos % 1_000_000_000n),
});
const idBytes = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
const spansOf = (chunks: readonly Buffer[]): Fields[] =>
  chunks.flatMap((chunk) => read('SpansResponseChunk', chunk).spans as Fields[]);

describe('gRPC api_v2', () => {
  test('a trace has every field of its spans', async () => {
    const [root, charge] = spansOf(await list(v2('GetTrace'), bytes('GetTraceV2', {trace_id: idBytes(trace)})));
    expect(root).toMatchObject({
      trace_id: idBytes(trace),
      span_id: idBytes('b7ad6b7169203331'),
      operation_name: 'POST /checkout',
      start_time: time(begin),
      duration: time(8000n * ms),
      process: {service_name: 'gateway', tags: [{key: 'host.name', v_str: 'a'}]},
      tags: [
        {key: 'span.kind', v_str: 'server'},
        {key: 'otel.status_code', v_str: 'ERROR'},
        {key: 'error', v_type: 1, v_bool: true},
      ],
    });
    expect(charge).toMatchObject({
      duration: {seconds: '5', nanos: 7},
      references: [
        {trace_id: idBytes(trace), span_id: idBytes('b7ad6b7169203331')},
        {trace_id: idBytes('abc'.padStart(32, '0')), span_id: idBytes('def'.padStart(16, '0')), ref_type: 1},
      ],
      tags: [
        {key: 'otel.scope.name', v_str: 'lib'},
        {key: 'otel.scope.version', v_str: '1'},
        {key: 'big', v_type: 2, v_int64: '-9007199254740993'},
        {key: 'list', v_str: '[1]'},
        {key: 'on', v_type: 1, v_bool: true},
        {key: 'ratio', v_type: 3, v_float64: 0.5},
        {key: 'secret', v_type: 4, v_binary: 'AQL/'},
        {key: 'span.kind', v_str: 'server'},
      ],
      logs: [
        {
          timestamp: time(begin + 20n * ms),
          fields: [
            {key: 'event', v_str: 'exception'},
            {key: 'exception.type', v_str: 'CardError'},
          ],
        },
      ],
    });
  });

  test('an id of 8 bytes is one with zeros before it', async () => {
    const found = spansOf(
      await list(v2('GetTrace'), bytes('GetTraceV2', {trace_id: idBytes('abc'.padStart(16, '0'))})),
    );
    expect(found.map((span) => span.operation_name)).toEqual(['GET /health']);
  });

  test('warnings of what was adjusted, and none where the raw trace is wanted', async () => {
    const warnings = async (raw: boolean) => {
      const request = bytes('GetTraceV2', {trace_id: idBytes('abcd'.padStart(32, '0')), raw_traces: raw});
      return spansOf(await list(v2('GetTrace'), request))[0]?.warnings;
    };
    expect(await warnings(false)).toEqual([
      expect.stringContaining('Negative duration'),
      'parent span ID=000000000000ffff is not in the trace; skipping clock skew adjustment',
    ]);
    expect(await warnings(true)).toEqual([expect.stringContaining('Negative duration')]);
  });

  test('traces are found by everything that a query has', async () => {
    const find = async (query: Fields) => {
      const found = spansOf(await list(v2('FindTraces'), bytes('Find', {query})));
      return [...new Set(found.map((span) => span.trace_id))];
    };
    const range = {start_time_min: time(begin - 7_200_000n * ms), start_time_max: time(begin + 1000n * ms)};
    const exact = {
      service_name: 'payment',
      operation_name: 'charge',
      tags: {'exception.type': 'CardError', on: 'true'},
    };
    expect(await find({...range, ...exact, duration_min: time(5000n * ms), duration_max: time(5001n * ms)})).toEqual([
      idBytes(trace),
    ]);
    expect(await find({...range, ...exact, duration_min: time(5001n * ms)})).toEqual([]);
    expect(await find({service_name: 'gateway', search_depth: 1})).toEqual([idBytes(trace)]);
    expect(await find({service_name: 'gateway', start_time_max: time(begin - 1n)})).toEqual([
      idBytes('abc'.padStart(32, '0')),
    ]);
  });

  test('services, operations and dependencies', async () => {
    expect(read('Services', await ask(v2('GetServices'), bytes('Nothing', {})))).toEqual({
      services: ['gateway', 'long', 'one', 'payment', 'two'],
    });
    expect(read('OperationsV2', await ask(v2('GetOperations'), bytes('GetOperations', {service: 'gateway'})))).toEqual({
      operationNames: ['GET /health', 'POST /checkout'],
      operations: [{name: 'GET /health'}, {name: 'POST /checkout', span_kind: 'server'}],
    });
    const kind = {service: 'gateway', span_kind: 'server'};
    expect(read('OperationsV2', await ask(v2('GetOperations'), bytes('GetOperations', kind)))).toMatchObject({
      operationNames: ['POST /checkout'],
    });
    const range = {start_time: time(begin - 1000n * ms), end_time: time(begin + 1000n * ms)};
    const calls = {
      dependencies: [
        {parent: 'gateway', child: 'payment', call_count: '1'},
        {parent: 'one', child: 'two', call_count: '1'},
      ],
    };
    expect(read('Dependencies', await ask(v2('GetDependencies'), bytes('Range', range)))).toEqual(calls);
    expect(read('Dependencies', await ask(v3('GetDependencies'), bytes('Range', range)))).toEqual(calls);
  });
});

describe('gRPC api_v3', () => {
  const messages = loadMessages();
  const otlpSpans = (chunk: Buffer): Fields[] => {
    const type = messages('opentelemetry.proto.trace.v1.TracesData');
    const {resource_spans: resources} = type.toObject(type.decode(chunk), {bytes: String, longs: String}) as {
      resource_spans: {scope_spans: {spans: Fields[]}[]}[];
    };
    return resources.flatMap(({scope_spans}) => scope_spans.flatMap((scope) => scope.spans));
  };

  test('a trace is OTLP, with warnings where they are not left out by `raw_traces`', async () => {
    const warned = async (raw: boolean) =>
      (await list(v3('GetTrace'), bytes('GetTraceV3', {trace_id: 'abcd', raw_traces: raw})))
        .flatMap(otlpSpans)
        .flatMap((span) => span.attributes);
    expect(await warned(false)).toMatchObject([
      {
        key: '@jaeger@warnings',
        value: {
          array_value: {
            values: [
              {string_value: 'parent span ID=000000000000ffff is not in the trace; skipping clock skew adjustment'},
            ],
          },
        },
      },
    ]);
    expect((await warned(true)).filter((attribute) => attribute !== undefined)).toEqual([]);
  });

  test('the server of two spans that share an id has one of its own, below the client', async () => {
    const found = async (raw: boolean) => {
      const chunks = await list(v3('GetTrace'), bytes('GetTraceV3', {trace_id: 'cafe', raw_traces: raw}));
      return chunks.flatMap(otlpSpans).map((span) => [span.name, span.span_id, span.parent_span_id ?? '']);
    };
    const shared = idBytes('5'.padStart(16, '0'));
    expect(await found(true)).toEqual([
      ['call', shared, ''],
      ['serve', shared, ''],
    ]);
    expect(await found(false)).toEqual([
      ['call', shared, ''],
      ['serve', idBytes('1'.padStart(16, '0')), shared],
    ]);
  });

  test('a trace is OTLP as it arrived', async () => {
    const found = (await list(v3('GetTrace'), bytes('GetTraceV3', {trace_id: trace}))).flatMap(otlpSpans);
    expect(found.map((span) => [span.name, span.span_id])).toEqual([
      ['POST /checkout', idBytes('b7ad6b7169203331')],
      ['charge', idBytes('c1'.padStart(16, '0'))],
    ]);
  });

  test('a large trace comes in messages that every client takes, all of it in order', async () => {
    for (const [chunks, names] of [
      [
        await list(v3('GetTrace'), bytes('GetTraceV3', {trace_id: 'feed'})),
        (chunk: Buffer) => otlpSpans(chunk).map((span) => span.name),
      ],
      [
        await list(v2('GetTrace'), bytes('GetTraceV2', {trace_id: idBytes('feed'.padStart(32, '0'))})),
        (chunk: Buffer) => spansOf([chunk]).map((span) => span.operation_name),
      ],
    ] as const) {
      expect(Math.max(...chunks.map(({length}) => length))).toBeLessThan(2 ** 20);
      expect(chunks.flatMap(names)).toEqual(long.map(({name}) => name));
    }
  });

  test('traces and their summaries are searched for', async () => {
    const query = {
      service_name: 'payment',
      start_time_min: time(begin - 1000n * ms),
      start_time_max: time(begin + 1000n * ms),
    };
    const found = await list(v3('FindTraces'), bytes('Find', {query}));
    expect(found.map((chunk) => otlpSpans(chunk).map((span) => span.name))).toEqual([
      ['POST /checkout', 'charge'],
      ['orphan'],
    ]);
    const summaries = await list(v3('FindTraceSummaries'), bytes('Find', {query}));
    expect(summaries.flatMap((chunk) => read('Summaries', chunk).summaries)).toMatchObject([
      {
        trace_id: trace,
        root_service_name: 'gateway',
        root_operation_name: 'POST /checkout',
        min_start_time_unix_nano: begin.toString(),
        max_end_time_unix_nano: (begin + 8000n * ms).toString(),
        span_count: 2,
        error_span_count: 1,
        services: [
          {name: 'gateway', span_count: 1, error_span_count: 1},
          {name: 'payment', span_count: 1},
        ],
      },
      {trace_id: 'abcd'.padStart(32, '0'), orphan_span_count: 1},
    ]);
  });

  test('services and operations', async () => {
    expect(read('Services', await ask(v3('GetServices'), bytes('Nothing', {}), 'other'))).toEqual({
      services: ['theirs'],
    });
    expect(read('OperationsV3', await ask(v3('GetOperations'), bytes('GetOperations', {service: 'payment'})))).toEqual({
      operations: [{name: 'charge', span_kind: 'server'}, {name: 'orphan'}],
    });
  });
});

describe('gRPC status codes', () => {
  const range = {start_time_min: time(begin), start_time_max: time(begin + 1n)};
  test.each([
    [
      'an id of two bytes',
      v2('GetTrace'),
      bytes('GetTraceV2', {trace_id: idBytes('1234')}),
      3,
      'invalid length for TraceID: 2 bytes',
    ],
    [
      'a trace that is not there',
      v2('GetTrace'),
      bytes('GetTraceV2', {trace_id: idBytes('77'.repeat(16))}),
      5,
      'trace not found',
    ],
    ['no id', v2('GetTrace'), bytes('GetTraceV2', {}), 3, 'uninitialized TraceID is not allowed'],
    ['no query', v2('FindTraces'), bytes('Find', {}), 3, 'missing query'],
    ['a trace that is not there', v3('GetTrace'), bytes('GetTraceV3', {trace_id: '1234'}), 5, 'trace not found'],
    ['no id', v3('GetTrace'), bytes('GetTraceV3', {trace_id: 'zz!'}), 3, /^malform trace ID: /],
    ['no times', v3('FindTraces'), bytes('Find', {query: {}}), 3, 'start time min and max are required parameters'],
    [
      'a filter',
      v3('FindTraces'),
      bytes('Find', {query: {...range, filter: {}}}),
      3,
      'filter expressions are not supported',
    ],
    ['no query', v3('FindTraceSummaries'), bytes('Find', {}), 3, 'missing query'],
    ['no protobuf', v3('FindTraces'), Buffer.from([0xff]), 3, /cut off/],
  ])('of a stream: %s', async (_, path, request, code, details) => {
    await expect(list(path, request)).rejects.toMatchObject({
      code,
      details: details instanceof RegExp ? expect.stringMatching(details) : details,
    });
  });
  test.each([
    [
      'no archive',
      v2('ArchiveTrace'),
      bytes('GetTraceV2', {trace_id: idBytes(trace)}),
      13,
      'failed to archive trace: archive span storage was not configured',
    ],
    ['no times', v2('GetDependencies'), bytes('Range', {}), 3, 'StartTime and EndTime must be initialized.'],
    ['no end', v3('GetDependencies'), bytes('Range', {start_time: time(1n)}), 3, 'end_time is required'],
    [
      'backwards',
      v3('GetDependencies'),
      bytes('Range', {start_time: time(2n), end_time: time(2n)}),
      3,
      'end_time must be after start_time',
    ],
    ['another service', v2('Nothing'), bytes('Nothing', {}), 12, 'unknown method /jaeger.api_v2.QueryService/Nothing'],
    ['health of a stranger', '/grpc.health.v1.Health/Check', bytes('Health', {service: 'other'}), 5, 'unknown service'],
  ])('%s', async (_, path, request, code, details) => {
    await expect(ask(path, request)).rejects.toMatchObject({code, details});
  });

  test('a tenant that is none', async () => {
    await expect(ask(v2('GetServices'), bytes('Nothing', {}), 'a/b')).rejects.toMatchObject({code: 3});
  });

  test('a store that is away', async () => {
    const source = createReader({
      client: createQueryClient({kind: 'url', url: new URL('http://127.0.0.1:1')}, 'default'),
      clock: systemClock,
    });
    const away = createGrpcApi({source, meter: createMeter(), log: silentLog});
    const {port} = await away.listen({host: '127.0.0.1', port: 0});
    const other = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    await expect(ask(v2('GetServices'), bytes('Nothing', {}), undefined, other)).rejects.toMatchObject({code: 14});
    other.close();
    await away.stop(0);
  });
});

test('gRPC health: each service, checked and watched', async () => {
  for (const service of ['', 'jaeger.api_v2.QueryService', 'jaeger.api_v3.QueryService']) {
    expect(read('HealthStatus', await ask('/grpc.health.v1.Health/Check', bytes('Health', {service})))).toEqual({
      status: 1,
    });
  }
  const watch = client.makeServerStreamRequest(
    '/grpc.health.v1.Health/Watch',
    same,
    same,
    bytes('Health', {service: 'other'}),
  );
  const failed = new Promise((resolve) => watch.once('error', resolve));
  const status = await new Promise<Buffer>((resolve) => watch.once('data', resolve));
  expect(read('HealthStatus', status)).toEqual({status: 3});
  watch.cancel();
  expect(await failed).toMatchObject({code: 1});
});

test('gRPC: a caller that reads nothing is given up', async () => {
  const meter = createMeter();
  const source = createReader({client: store.engine.queries, clock: systemClock});
  const impatient = createGrpcApi({source, meter, log: silentLog, unreadMs: 50});
  const {port} = await impatient.listen({host: '127.0.0.1', port: 0});
  // Of a stream it takes a thousand bytes, until it has read these.
  const session = connect(`http://127.0.0.1:${port}`, {settings: {initialWindowSize: 1000}});
  const call = session.request({
    ':method': 'POST',
    ':path': v3('GetTrace'),
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  call.on('error', () => {}); // that it is given up
  const message = bytes('GetTraceV3', {trace_id: 'feed'});
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  call.end(Buffer.concat([head, message]));
  await expect.poll(() => JSON.stringify(meter.read())).toContain('"code":"4"');
  session.destroy();
  await impatient.stop(0);
});
