/**
 * The receivers of Jaeger and Zipkin against clients in the wild: `jaeger-client` and `zipkin` for JavaScript, Jaeger's client
 * for Python, and OpenTelemetry's Zipkin exporters for both. Needs npm, Python and their registries; says why it skips where
 * they are not there.
 */
import {spawn, spawnSync} from 'node:child_process';
import {cpSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {startTestCollector} from '../../server/src/collector/testing.ts';
import {type ReadSpan, readSpans} from '../../server/src/wire/testing.ts';

const folder = join(import.meta.dirname, 'jaeger-zipkin');

/** Runs to the end; undefined where it succeeded, else what it said. */
function fails(command: string, args: readonly string[], cwd: string): string | undefined {
  const {status, error, stderr} = spawnSync(command, args, {cwd, encoding: 'utf8', timeout: 100_000});
  return error === undefined && status === 0
    ? undefined
    : (error?.message ?? stderr.trim().split('\n').at(-1) ?? `exit ${status}`);
}

/** Runs a sender against a collector of the built-in configuration; gives what arrived, by service and name. */
async function received(command: string, script: string, cwd: string, count: number): Promise<Map<string, ReadSpan>> {
  await using collector = await startTestCollector();
  const sender = spawn(command, [script, JSON.stringify(collector.endpoints)], {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  expect(await new Promise((resolve) => sender.on('close', resolve))).toBe(0);
  const spans = (): readonly ReadSpan[] => collector.traces.flatMap(readSpans);
  await expect.poll(() => spans().length).toBe(count);
  return new Map(spans().map((span) => [`${serviceOf(span)} ${span.name}`, span]));
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
const attributesOf = (owner: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    ((owner as {attributes?: readonly Attribute[]}).attributes ?? []).map(({key, value}) => [
      key,
      Object.values(value)[0],
    ]),
  );
const serviceOf = (span: ReadSpan): unknown => attributesOf(span.resource)['service.name'];

/** The two spans that Jaeger's clients send, field by field. `number` is how the client's language sends one. */
function expectJaeger(
  spans: Map<string, ReadSpan>,
  service: string,
  number: (value: number) => unknown,
  ref: string,
): void {
  const root = spans.get(`${service} GET /coins`) as ReadSpan;
  expect(root).toMatchObject({kind: 2, status: {code: 2}, flags: 1, events: [{name: 'retry'}]});
  expect(root.parentSpanId).toBeUndefined();
  expect(root.traceId).toMatch(/^(?!0{16})[\da-f]{32}$/);
  expect(attributesOf(root)).toMatchObject({'http.status_code': number(500), ratio: 1.5, 'sampler.type': 'const'});
  expect(attributesOf((root.events as readonly unknown[])[0])).toEqual({attempt: number(2)});
  expect(attributesOf(root.resource)).toMatchObject({'host.name': expect.any(String), ip: expect.any(String)});
  expect(attributesOf(root.resource)['opencensus.exporterversion']).toMatch(`Jaeger-${ref}-`);
  const child = spans.get(`${service} query`) as ReadSpan;
  expect(child).toMatchObject({kind: 3, traceId: root.traceId, parentSpanId: root.spanId});
  const [link, ...others] = child.links as readonly Record<string, unknown>[];
  expect(others).toEqual([]);
  expect(link).toMatchObject({traceId: root.traceId, spanId: root.spanId});
  expect(attributesOf(link)).toEqual({'opentracing.ref_type': 'follows_from'});
  expect(Number(root.endTimeUnixNano) - Number(root.startTimeUnixNano)).toBeGreaterThanOrEqual(0);
}

/** The span of OpenTelemetry's exporters, whose attributes Zipkin makes texts of. */
function expectOpenTelemetry(span: ReadSpan | undefined): void {
  expect(span).toMatchObject({
    name: 'pay',
    kind: 3,
    status: {code: 2, message: 'no money'},
    events: [{name: 'declined'}],
  });
  expect(attributesOf(span)).toEqual({amount: '12', error: 'no money', 'peer.service': 'bank'});
}

it("interoperation: takes what Jaeger's and Zipkin's clients for JavaScript send, and OpenTelemetry's Zipkin exporter", async (context) => {
  const work = mkdtempSync(join(tmpdir(), 'weft-interop-'));
  try {
    for (const name of ['package.json', 'package-lock.json', 'send.mjs']) cpSync(join(folder, name), join(work, name));
    const reason = fails('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], work);
    if (reason !== undefined) return context.skip(`the clients cannot be had here: ${reason}`);
    const spans = await received(process.execPath, 'send.mjs', work, 6);
    for (const service of ['js-jaeger-udp', 'js-jaeger-http']) expectJaeger(spans, service, (value) => value, 'Node');
    const server = spans.get('js-zipkin get') as ReadSpan;
    expect(server).toMatchObject({kind: 2, status: {code: 2}, events: [{name: 'cart loaded'}]});
    expect(attributesOf(server)).toMatchObject({
      'http.path': '/coins',
      'http.status_code': '503',
      shelf: 'top',
      'net.host.port': '8080',
      'network.local.address': expect.any(String),
    });
    expectOpenTelemetry(spans.get('js-opentelemetry pay'));
  } finally {
    rmSync(work, {recursive: true, force: true});
  }
});

it("interoperation: takes what Jaeger's client for Python sends by UDP, and OpenTelemetry's Zipkin exporter", async (context) => {
  const environment = mkdtempSync(join(tmpdir(), 'weft-interop-'));
  try {
    const python = join(environment, 'bin', 'python');
    const reason =
      fails('python3', ['-m', 'venv', environment], folder) ??
      fails(
        python,
        ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', 'requirements.txt'],
        folder,
      );
    if (reason !== undefined) return context.skip(`the clients cannot be had here: ${reason}`);
    const spans = await received(python, join(folder, 'send.py'), folder, 3);
    expectJaeger(spans, 'py-jaeger-udp', String, 'Python');
    const paid = spans.get('py-opentelemetry pay');
    expectOpenTelemetry(paid);
    expect(paid?.scope).toEqual({name: 'checkout', version: '1.0'});
  } finally {
    rmSync(environment, {recursive: true, force: true});
  }
});
