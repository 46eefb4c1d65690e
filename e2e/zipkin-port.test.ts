/**
 * Zipkin's port as those who have a Zipkin server use it: they send and ask at `http://host:9411`. Facts: the requests of Zipkin Lens
 * (`zipkin-lens/src/slices`, `constants/api.ts`), of Grafana's data source (`pkg/zipkin/client.go`) and `ITZipkinServer`.
 */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import * as http from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {PipelineResponse} from '../server/src/api/contract.ts';
import {type RunningWeft, startWeft} from './harness.ts';

const directory = mkdtempSync(join(tmpdir(), 'weft-zipkin-'));
const file = join(directory, 'weft.yaml');
const yaml = (zipkin: string, exporter = 'weft'): string => `
receivers: {zipkin: {${zipkin}}}
exporters: {weft: , nop: }
service: {pipelines: {traces: {receivers: [zipkin], exporters: [${exporter}]}}}
weft: {http: {hosts: [zipkin.example.com]}}
`;
let weft: RunningWeft;
/** Of the receiver, which may be another one after a reload. */
let zipkin: string;

const now = Math.floor(Date.now() / 1000) * 1_000_000;
const traceId = '5af7183fb1d4cf5f';
const root = {
  traceId,
  id: '6b221d5bc9e6496c',
  kind: 'SERVER',
  name: 'get /',
  timestamp: now - 5_000_000,
  duration: 5000,
  localEndpoint: {serviceName: 'frontend'},
  tags: {'http.path': '/'},
};
const spans = [
  root,
  {
    traceId,
    parentId: root.id,
    id: '352bff9a74ca9ad2',
    kind: 'CLIENT',
    name: 'get /api',
    timestamp: root.timestamp + 1000,
    duration: 3000,
    localEndpoint: {serviceName: 'frontend'},
    remoteEndpoint: {serviceName: 'backend'},
    tags: {error: 'boom'},
  },
  {
    traceId,
    parentId: root.id,
    id: '352bff9a74ca9ad2',
    kind: 'SERVER',
    shared: true,
    name: 'get /api',
    timestamp: root.timestamp + 2000,
    duration: 1000,
    localEndpoint: {serviceName: 'backend'},
  },
];

beforeAll(async () => {
  writeFileSync(file, yaml('endpoint: "127.0.0.1:0"'));
  weft = await startWeft({args: ['--config', file]});
  zipkin = `http://${weft.endpoints.zipkin_http}`;
  const response = await fetch(`${zipkin}/api/v2/spans`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify(spans),
  });
  expect(response.status).toBe(202);
  await fetch(`${weft.http}/api/weft/v1/flush`, {method: 'POST', body: '{}'});
});
afterAll(async () => {
  await weft?.stop();
  rmSync(directory, {recursive: true, force: true});
});

const get = async (path: string, headers: Record<string, string> = {}) => {
  const {status, body} = await new Promise<{status: number; body: string}>((resolve, reject) => {
    http
      .get(`${zipkin}${path}`, {headers}, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('end', () => resolve({status: response.statusCode as number, body}));
      })
      .on('error', reject);
  });
  return {status, body: /^[[{]/.test(body) ? JSON.parse(body) : body};
};
const of = async (path: string) => (await get(path)).body;
const configuration = async () =>
  ((await (await fetch(`${weft.http}/api/weft/v1/pipeline`)).json()) as PipelineResponse).configuration;

async function reload(text: string): Promise<void> {
  const before = (await configuration()).loadedUnixNano;
  writeFileSync(file, text);
  await expect.poll(async () => (await configuration()).loadedUnixNano).not.toBe(before);
  const {endpoints} = (await (await fetch(`${weft.http}/api/weft/v1/status`)).json()) as {
    endpoints: Record<string, string>;
  };
  zipkin = `http://${(endpoints.zipkin_http as string).replace('0.0.0.0', '127.0.0.1')}`;
}

test('Zipkin port: Lens finds its settings, services, traces and dependencies', async () => {
  expect(await of('/zipkin/config.json')).toMatchObject({searchEnabled: true, dependency: {enabled: true}});
  await expect.poll(() => of('/zipkin/api/v2/services')).toEqual(['backend', 'frontend']);
  expect(await of('/zipkin/api/v2/remoteServices?serviceName=frontend')).toEqual(['backend']);
  expect(await of('/zipkin/api/v2/spans?serviceName=frontend')).toEqual(['get /', 'get /api']);
  expect(await of('/zipkin/api/v2/autocompleteKeys')).toEqual(['error', 'http.path']);
  expect(await of('/zipkin/api/v2/autocompleteValues?key=http.path')).toEqual(['/']);
  const asked = `serviceName=frontend&spanName=get+%2Fapi&annotationQuery=error&minDuration=2000&limit=10&endTs=${Date.now()}&lookback=900000`;
  expect(await of(`/zipkin/api/v2/traces?${asked}`)).toEqual([spans]);
  expect(await of(`/zipkin/api/v2/trace/${traceId}`)).toEqual(spans);
  expect(await of(`/zipkin/api/v2/dependencies?lookback=86400000&endTs=${Date.now()}`)).toEqual([
    {parent: 'frontend', child: 'backend', callCount: 1},
  ]);
});

test('Zipkin port: Grafana’s data source finds services, spans, traces and a trace', async () => {
  expect(await of('/api/v2/services')).toEqual(['backend', 'frontend']);
  expect(await of('/api/v2/spans?serviceName=backend')).toEqual(['get /api']);
  expect(await of('/api/v2/traces?serviceName=backend&spanName=get+%2Fapi')).toEqual([spans]);
  expect(await of(`/api/v2/trace/${traceId}`)).toEqual(spans);
  expect(await get('/api/v2/trace/abc')).toEqual({status: 404, body: '0000000000000abc not found'});
});

test('Zipkin port: a server’s state, names of this machine alone, and each tenant its own', async () => {
  expect(await get('/health')).toEqual({
    status: 200,
    body: {status: 'UP', zipkin: {status: 'UP', details: {Weft: {status: 'UP'}}}},
  });
  expect((await of('/info')).zipkin.version).toMatch(/^Weft \d/);
  expect((await get('/api/v2/services', {host: 'evil.example.com'})).status).toBe(403);
  expect((await get('/api/v2/services', {host: 'zipkin.example.com'})).status).toBe(200);
  expect((await get('/api/v2/services', {'x-scope-orgid': 'other'})).body).toEqual([]);
});

test('Zipkin port: a reload opens it beyond loopback where it is told to, and a gateway says that it stores nothing', async () => {
  await reload(yaml('endpoint: "0.0.0.0:0"'));
  expect(await get('/api/v2/services')).toMatchObject({status: 403, body: expect.stringContaining('query_api: true')});
  expect((await get('/health')).status).toBe(200);
  await reload(yaml('endpoint: "0.0.0.0:0", query_api: true'));
  expect((await get('/api/v2/services', {host: 'zipkin.other.example'})).body).toEqual(['backend', 'frontend']);
  await reload(yaml('endpoint: "0.0.0.0:0", query_api: true', 'nop'));
  expect(await get('/api/v2/services')).toMatchObject({
    status: 404,
    body: expect.stringContaining('nothing is stored'),
  });
});
