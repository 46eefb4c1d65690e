/** Receivers on Unix domain sockets (`transport: unix`). */
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {request} from 'node:http';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import * as grpc from '@grpc/grpc-js';
import {afterAll, expect, it} from 'vitest';
import {grpcPaths} from './otlp-paths.ts';
import {startTestCollector} from './testing.ts';
import {requestOf} from './testing-contract.ts';

const root = mkdtempSync(join(tmpdir(), 'weft-unix-'));
afterAll(() => rmSync(root, {recursive: true, force: true}));
const body = Buffer.from(requestOf('traces', ['shop']));

const receiving = (protocols: string): string =>
  `receivers: {otlp: {protocols: ${protocols}}}\nexporters: {weft: }\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [weft]}}}`;

const post = (socketPath: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const headers = {'content-type': 'application/x-protobuf'};
    const asked = request({socketPath, path: '/v1/traces', method: 'POST', headers}, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode));
    });
    asked.once('error', reject);
    asked.end(body);
  });

it('unix sockets: a receiver takes OTLP over both protocols, and leaves no file behind', async () => {
  const [http, rpc] = [join(root, 'http.sock'), join(root, 'grpc.sock')];
  const yaml = receiving(`{http: {endpoint: ${http}, transport: unix}, grpc: {endpoint: ${rpc}, transport: unix}}`);
  {
    await using collector = await startTestCollector({yaml});
    expect(collector.endpoints).toEqual({otlp_http: `unix:${http}`, otlp_grpc: `unix:${rpc}`});
    expect(await post(http)).toBe(200);
    const client = new grpc.Client(`unix:${rpc}`, grpc.credentials.createInsecure());
    const same = (bytes: Buffer): Buffer => bytes;
    const error = await new Promise((resolve) => client.makeUnaryRequest(grpcPaths.traces, same, same, body, resolve));
    client.close();
    expect(error).toBe(null);
    expect(collector.traces).toHaveLength(2);
  }
  expect([existsSync(http), existsSync(rpc)]).toEqual([false, false]);
});

it('unix sockets: one that nobody listens on any more is taken over, another process’s is not', async () => {
  const path = join(root, 'left.sock');
  const yaml = receiving(`{http: {endpoint: ${path}, transport: unix}}`);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(path, resolve));
  await expect(startTestCollector({yaml})).rejects.toThrow(
    `otlp: cannot listen on ${path}: another process uses the socket`,
  );
  // A process that dies leaves its file; `close` would remove it.
  const child = (await import('node:child_process')).spawnSync(process.execPath, [
    '-e',
    `require('node:net').createServer().listen(${JSON.stringify(`${path}2`)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ]);
  expect(child.signal).toBe('SIGKILL');
  expect(existsSync(`${path}2`)).toBe(true);
  await using collector = await startTestCollector({yaml: yaml.replace(path, `${path}2`)});
  expect(await post(`${path}2`)).toBe(200);
  expect(collector.traces).toHaveLength(1);
  other.close();
});

it.each([
  ['{http: {endpoint: "127.0.0.1:0", transport: unix}}', 'the `endpoint` is the path of a socket'],
  ['{http: {endpoint: /run/a.sock}}', 'write `transport: unix` beside it'],
])('unix sockets: %s is a fault', async (protocols, fault) => {
  await expect(startTestCollector({yaml: receiving(protocols)})).rejects.toThrow(fault);
});
