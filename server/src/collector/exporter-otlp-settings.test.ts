/** Settings of the OTLP exporters' clients, seen from the other side. */
import * as http from 'node:http';
import type {AddressInfo} from 'node:net';
import {gunzipSync, inflateSync, zstdDecompressSync} from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import {afterEach, expect, it} from 'vitest';
import {parseYaml} from '../config/index.ts';
import {contextOf, namesOf, spansNamed, testSettings} from '../pipeline/testing.ts';
import {otlp, snappyDecompress} from '../wire/index.ts';
import {otlpGrpcExporter} from './exporter-otlp-grpc.ts';
import {otlpHttpExporter} from './exporter-otlp-http.ts';
import {grpcPaths} from './otlp-paths.ts';

const open: {stop(): unknown}[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.stop();
});

const strict = {
  fault(_: unknown, message: string) {
    throw new Error(message);
  },
  warn() {},
  listens() {},
  refers() {},
};
const direct = 'sending_queue: {enabled: false}, retry_on_failure: {enabled: false}';
const httpConfig = (yaml: string) => otlpHttpExporter.config.read(parseYaml('', yaml, strict)!, strict);

interface Seen {
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  readonly port: number | undefined;
}
async function server(): Promise<{readonly seen: Seen[]; readonly address: string}> {
  const seen: Seen[] = [];
  const listening = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const {url = '', headers, socket} = request;
      seen.push({url, headers, body: Buffer.concat(chunks), port: socket.remotePort});
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  open.push({stop: () => listening.closeAllConnections() ?? listening.close()});
  return {seen, address: `127.0.0.1:${(listening.address() as AddressInfo).port}`};
}

async function sent(settings: string, times = 1, endpoint?: string) {
  const {seen, address} = await server();
  const yaml = `{endpoint: "${endpoint ?? `http://${address}`}", ${direct}, ${settings.replace('HERE', address)}}`;
  const exporter = otlpHttpExporter.create(testSettings(), httpConfig(yaml));
  for (let i = 0; i < times; i++) await exporter.consumer.consume(spansNamed('a', 'b'), contextOf());
  await exporter.stop?.();
  return seen;
}

it.each([
  ['compression: gzip, compression_params: {level: 9}', 'gzip', gunzipSync],
  ['compression: gzip, compression_params: {level: -2}', 'gzip', gunzipSync],
  ['compression: zlib, compression_params: {level: 1}', 'zlib', inflateSync],
  ['compression: deflate', 'deflate', inflateSync],
  ['compression: zstd, compression_params: {level: 19}', 'zstd', zstdDecompressSync],
  ['compression: snappy', 'snappy', (bytes: Buffer) => snappyDecompress(new Uint8Array(bytes), 1 << 20)],
])('OTLP/HTTP exporter: with %s, the other side reads the spans', async (settings, encoding, unpack) => {
  const [request] = await sent(settings);
  expect(request?.headers['content-encoding']).toBe(encoding);
  const {batch} = otlp.traces.decodeProto(new Uint8Array(unpack(request!.body)));
  expect(namesOf(batch)).toEqual(['a', 'b']);
});

it.each([
  ['compression: gzip, compression_params: {level: 10}', 'gzip has no level 10'],
  ['compression: zstd, compression_params: {level: -1}', 'zstd has no level -1'],
  ['compression: none, compression_params: {level: 1}', 'none has no level 1'],
  ['compression: lz4', 'expected one of'],
  ['cookies: {}', 'cookies of the other side are not kept'],
  ['tls: {cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}', 'expected one of'],
  ['tls: {include_insecure_cipher_suites: true}', 'the runtime takes safe ones only'],
])('OTLP/HTTP exporter: %s is a fault', (settings, message) => {
  expect(() => httpConfig(`{endpoint: "http://a:1", ${settings}}`)).toThrow(message);
});

it('OTLP/HTTP exporter: goes through a proxy', async () => {
  const [request] = await sent('proxy_url: "http://HERE", compression: none', 1, 'http://collector.example:4318');
  expect(request?.url).toBe('http://collector.example:4318/v1/traces');
  expect(request?.headers.host).toBe('collector.example:4318');
});

it('OTLP/HTTP exporter: keeps its connection, or makes one for every request', async () => {
  const ports = async (settings: string) => new Set((await sent(settings, 3)).map(({port}) => port)).size;
  expect(await ports('compression: none')).toBe(1);
  expect(await ports('disable_keep_alives: true')).toBe(3);
  expect(await ports('keepalive: {enabled: false, max_idle_conns: 5}')).toBe(3);
});

it('OTLP/gRPC exporter: says another authority and another name of itself', async () => {
  const calls: {readonly host: string; readonly agent: string}[] = [];
  const same = (bytes: Buffer): Buffer => bytes;
  const method = {
    path: grpcPaths.traces,
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  } as const;
  const listening = new grpc.Server();
  listening.addService(
    {export: method},
    {
      export(call: grpc.ServerUnaryCall<Buffer, Buffer>, callback: grpc.sendUnaryData<Buffer>) {
        calls.push({host: call.getHost(), agent: String(call.metadata.get('user-agent')[0])});
        callback(null, Buffer.alloc(0));
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) =>
    listening.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  open.push({stop: () => listening.forceShutdown()});
  const yaml = `{endpoint: "http://127.0.0.1:${port}", ${direct}, authority: collector.example, user_agent: fleet/1}`;
  const exporter = otlpGrpcExporter.create(
    testSettings(),
    otlpGrpcExporter.config.read(parseYaml('', yaml, strict)!, strict),
  );
  await exporter.start?.();
  await exporter.consumer.consume(spansNamed('a'), contextOf());
  await exporter.stop?.();
  expect(calls).toEqual([{host: 'collector.example', agent: expect.stringMatching(/^fleet\/1 /)}]);
});
