/** The exporter `jaeger` to a foreign gRPC server: what it sends, and what it makes of the answers. */
import * as grpc from '@grpc/grpc-js';
import {expect, it} from 'vitest';
import {namesOf, spansNamed} from '../pipeline/testing.ts';
import {decodeJaegerProto, otlp} from '../wire/index.ts';
import {postSpansPath} from './jaeger-paths.ts';
import {startTestCollector} from './testing.ts';

/** A collector that answers in turn with `codes`, then with success. */
async function foreign(...codes: readonly number[]) {
  const left = [...codes];
  const calls: {readonly body: Buffer; readonly metadata: grpc.Metadata}[] = [];
  const same = (bytes: Buffer): Buffer => bytes;
  const server = new grpc.Server();
  const method = {
    path: postSpansPath,
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  } as const;
  server.addService(
    {method},
    {
      method({request, metadata}: grpc.ServerUnaryCall<Buffer, Buffer>, answer: grpc.sendUnaryData<Buffer>) {
        calls.push({body: request, metadata});
        const code = left.shift() ?? 0;
        if (code === 0) answer(null, Buffer.of());
        else answer({code, details: 'no'});
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return {calls, endpoint: `127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => server.forceShutdown()};
}

const forwarding = (endpoint: string, more = '') =>
  startTestCollector({
    yaml: `receivers: {otlp: {protocols: {http: }}}\nexporters: {jaeger: {endpoint: "${endpoint}", tls: {insecure: true}, sending_queue: {wait_for_result: true}, retry_on_failure: {initial_interval: 1ms, max_interval: 2ms, max_elapsed_time: 5s}${more}}}\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [jaeger]}}}`,
  });

async function send(endpoint: string | undefined): Promise<number> {
  const body = new Uint8Array(otlp.traces.encodeProto(spansNamed('a', 'b')));
  const headers = {'content-type': 'application/x-protobuf', 'x-scope-orgid': 'team-a'};
  return (await fetch(`http://${endpoint}/v1/traces`, {method: 'POST', headers, body})).status;
}

it('Jaeger exporter: posts spans with the headers that it is told to send, and the tenant', async () => {
  await using jaeger = await foreign();
  await using collector = await forwarding(jaeger.endpoint, ', headers: {X-Key: secret}');
  expect(await send(collector.endpoints.otlp_http)).toBe(200);
  expect(jaeger.calls).toHaveLength(1);
  const [{body, metadata} = {body: Buffer.of(), metadata: new grpc.Metadata()}] = jaeger.calls;
  expect(namesOf(decodeJaegerProto(new Uint8Array(body)).batch)).toEqual(['a', 'b']);
  expect([metadata.get('x-key'), metadata.get('x-scope-orgid')]).toEqual([['secret'], ['team-a']]);
  expect(collector.count('otelcol_exporter_sent_spans', {exporter: 'jaeger'})).toBe(2);
});

it('Jaeger exporter: sends again where the collector is busy or its storage fails, and gives up on bad spans', async () => {
  const {RESOURCE_EXHAUSTED, INTERNAL, OK, INVALID_ARGUMENT} = grpc.status;
  await using jaeger = await foreign(RESOURCE_EXHAUSTED, INTERNAL, OK, INVALID_ARGUMENT);
  await using collector = await forwarding(jaeger.endpoint);
  expect(await send(collector.endpoints.otlp_http)).toBe(200);
  expect(jaeger.calls).toHaveLength(3);
  expect(await send(collector.endpoints.otlp_http)).toBe(400);
  expect(jaeger.calls).toHaveLength(4);
  expect(collector.count('otelcol_exporter_send_failed_spans', {exporter: 'jaeger', reason: 'destination'})).toBe(2);
});
