/** Variables of OpenTelemetry's specification as a collector sees them: whole programs against a server of the test's own. */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {createServer, type IncomingHttpHeaders, type RequestListener, type Server} from 'node:http';
import {createServer as createTlsServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {buffer} from 'node:stream/consumers';
import {gunzipSync} from 'node:zlib';
import {afterAll, afterEach, expect, test} from 'vitest';
import {type ProgramOptions, runProgram} from './testing/index.ts';

type Export = {readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: Buffer};

let servers: Server[] = [];
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  servers = [];
});

async function collect(create: (listener: RequestListener) => Server = createServer) {
  const exports: Export[] = [];
  const server = create(async (request, response) => {
    const body = await buffer(request);
    exports.push({path: request.url ?? '', headers: request.headers, body});
    response.end();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  return {exports, port, to: (path: string) => exports.filter((one) => one.path === path)};
}

const fixture = (name: string): string => join(import.meta.dirname, '..', 'fixtures', name);
async function run(name: string, options: ProgramOptions): Promise<void> {
  const program = runProgram(fixture(name), options);
  const {code} = await program.ended;
  expect([code, ...program.errors]).toEqual([0]);
}

test('environment: OTEL_EXPORTER_OTLP_PROTOCOL=http/json sends all signals as JSON', async () => {
  const {to, port} = await collect();
  await run('all-signals.mjs', {
    env: {OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`},
  });
  const parsed = (path: string) => {
    const [{headers, body}] = to(path) as [Export];
    expect(headers['content-type']).toBe('application/json');
    return JSON.stringify(JSON.parse(body.toString()));
  };
  expect(parsed('/v1/traces')).toContain('"name":"in all signals"');
  expect(parsed('/v1/logs')).toContain('"stringValue":"a record"');
  expect(parsed('/v1/metrics')).toContain('"name":"a.counter"');
});

test('environment: with http/json, what is left at process.exit goes out as JSON too', async () => {
  const {to, port} = await collect();
  await run('all-signals.mjs', {
    args: ['exit'],
    env: {OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`},
  });
  const [{headers, body}] = to('/v1/traces') as [Export];
  expect(headers['content-type']).toBe('application/json');
  expect(JSON.parse(body.toString())).toHaveProperty('resourceSpans');
});

test('environment: headers, compression and endpoint of one signal hold for that signal alone', async () => {
  const {to, port} = await collect();
  const url = `http://127.0.0.1:${port}`;
  await run('all-signals.mjs', {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=all',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-tenant=traces',
      OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/own`,
    },
  });
  const [[traces], [logs]] = [to('/own'), to('/v1/logs')] as [[Export], [Export]];
  expect(traces.headers).toMatchObject({'x-tenant': 'traces', 'content-encoding': 'gzip'});
  expect(gunzipSync(traces.body).toString('latin1')).toContain('in all signals');
  expect(logs.headers['x-tenant']).toBe('all');
  expect(logs.headers['content-encoding']).toBeUndefined();
});

const folder = mkdtempSync(join(tmpdir(), 'weft-tls-'));
afterAll(() => rmSync(folder, {recursive: true, force: true}));
const openssl = (...args: readonly string[]) => spawnSync('openssl', args, {cwd: folder, encoding: 'utf8'});
const certificate = (name: string) =>
  openssl(
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...[
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
      '-subj',
      `/CN=${name}`,
      '-addext',
      'subjectAltName=IP:127.0.0.1',
    ],
  );
const hasOpenssl = openssl('version').status === 0;

test.skipIf(!hasOpenssl).each([[''], ['exit']])(
  'environment: certificate files are trusted and shown to the collector %s',
  async (how) => {
    for (const name of ['server', 'client']) expect(certificate(name).status).toBe(0);
    const pem = (name: string): Buffer => readFileSync(join(folder, name));
    const tls = {key: pem('server.key'), cert: pem('server.pem'), ca: pem('client.pem'), requestCert: true};
    const {to, port} = await collect((listener) => createTlsServer({...tls, rejectUnauthorized: true}, listener));
    await run('all-signals.mjs', {
      args: [how],
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `https://127.0.0.1:${port}`,
        OTEL_EXPORTER_OTLP_CERTIFICATE: join(folder, 'server.pem'),
        OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: join(folder, 'client.pem'),
        OTEL_EXPORTER_OTLP_CLIENT_KEY: join(folder, 'client.key'),
      },
    });
    expect(to('/v1/traces')).toHaveLength(1);
  },
);
