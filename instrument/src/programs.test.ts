import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {DeliveryCounts} from './delivery.ts';
import {
  assertChain,
  assertConventions,
  assertNoOrphans,
  assertNothingSensitive,
  type Program,
  type ProgramOptions,
  type Receiver,
  receiveOtlp,
  runProgram,
} from './testing/index.ts';

/** A busy machine may take its time; what is awaited here comes, or the test fails. */
const eventually = (value: () => unknown) => expect.poll(value, {interval: 20});

const fixture = (name: string): string => join(import.meta.dirname, '..', 'fixtures', name);

/** A process as PID 1, with a namespace of its own; ends when the command does. */
const unshare = ['unshare', '--pid', '--fork', '--kill-child'] as const;
const canBePid1 = spawnSync(unshare[0], [...unshare.slice(1), 'true']).status === 0;
if (!canBePid1) process.stderr.write('SKIPPED: no PID 1 to be: `unshare --pid --fork` wants root\n');

let received: Receiver;
let programs: Program[] = [];
beforeEach(async () => {
  received = await receiveOtlp();
});
afterEach(async () => {
  for (const program of programs) await program.stop('SIGKILL');
  programs = [];
  await received.stop();
});

function run(file: string, options: ProgramOptions = {}): Program {
  const program = runProgram(fixture(file), {...options, env: {...received.env, ...options.env}});
  programs.push(program);
  return program;
}
const address = async (program: Program): Promise<string> => (await program.line(/^at http/)).slice(3);

describe('one line instruments a whole program', () => {
  test.each<[string, string, ProgramOptions]>([
    ['an ES module with --import', 'shop.mjs', {}],
    ['an ES module with --import …/register', 'shop.mjs', {nodeOptions: ['--import', '@weft/instrument/register']}],
    ['an ES module by NODE_OPTIONS', 'shop.mjs', {nodeOptions: [], env: {NODE_OPTIONS: '--import=@weft/instrument'}}],
    ['CommonJS with --import', 'shop.cjs', {}],
    ['CommonJS with --require', 'shop.cjs', {nodeOptions: ['--require', '@weft/instrument']}],
    ['start() and a dynamic import', 'started-by-code.mjs', {nodeOptions: []}],
  ])('%s', async (_how, file, options) => {
    const program = run(file, options);
    const url = await address(program);
    expect((await fetch(`${url}/orders/7`)).status).toBe(200);
    await received.waitFor('GET /orders/:id');
    await received.waitFor('GET /stock/:sku');
    assertChain(received.spans, ['GET /orders/:id', 'GET', 'GET /stock/:sku']);
    assertNoOrphans(received.spans);
    assertConventions(received.spans, {required: {server: ['http.route', 'http.response.status_code']}});
    assertNothingSensitive(received.spans);

    // The log line and the exported record both carry the request's trace.
    const server = received.one('GET /orders/:id');
    const line = JSON.parse(await program.line(/order asked for/)) as Record<string, unknown>;
    expect(line).toMatchObject({trace_id: server.traceId, span_id: expect.stringMatching(/^[0-9a-f]{16}$/)});
    await eventually(() => received.logs.length).toBeGreaterThan(0);
    expect(received.logs[0]).toMatchObject({
      body: 'order asked for',
      severityNumber: 9,
      traceId: server.traceId,
      spanId: line.span_id,
      attributes: {order: '7'},
    });
  });

  test('a dead collector costs a program that sends 2 GiB of spans and records little memory, and each is counted', async () => {
    const env = {OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', WEFT_EXIT_TIMEOUT: '0'};
    const program = run('dead-collector.mjs', {nodeOptions: [], env});
    const told = JSON.parse(await program.line(/^\{/)) as Record<'spans' | 'logs', DeliveryCounts> & {peakMiB: number};
    expect(told.peakMiB).toBeLessThan(500);
    for (const {queued, bytesFull, gaveUp} of [told.spans, told.logs]) {
      expect(bytesFull).toBeGreaterThan(1_000);
      expect(queued + bytesFull + gaveUp).toBe(2_000);
    }
  });

  test('propagators of the program’s own that throw, reject and write malformed headers end neither it nor a request', async () => {
    const program = run('hostile-propagator.mjs', {nodeOptions: []});
    await program.line(/^alive kept kept kept kept kept$/);
    expect((await program.ended).code).toBe(0);
  });

  test('says who sends', async () => {
    const program = run('started-by-code.mjs', {
      nodeOptions: [],
      env: {
        OTEL_RESOURCE_ATTRIBUTES: 'team=b,region=tw',
        KUBERNETES_SERVICE_HOST: '10.0.0.1',
        POD_NAME: 'pod-1',
        K8S_NODE_NAME: 'n1',
      },
    });
    await fetch(`${await address(program)}/orders/7`);
    const {resource} = await received.waitFor('GET /orders/:id');
    expect(resource).toMatchObject({
      'service.name': 'by-code',
      'service.version': '2.0.0',
      'deployment.environment.name': 'test',
      team: 'a', // An option wins over the environment …
      region: 'tw', // … which adds its own.
      'process.pid': program.child.pid,
      'process.runtime.name': 'nodejs',
      'k8s.pod.name': 'pod-1',
      'k8s.node.name': 'n1',
      'telemetry.sdk.language': 'nodejs',
    });
    expect(resource['host.name']).toBeTruthy();
    expect(resource['service.instance.id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(resource['process.command_args']).toBeUndefined();
  });

  test('leaves health checks alone', async () => {
    const url = await address(run('shop.mjs'));
    await fetch(`${url}/health`);
    await fetch(`${url}/orders/1`);
    await received.waitFor('GET /orders/:id');
    expect(received.all(({attributes}) => attributes['url.path'] === '/health')).toEqual([]);
  });

  test('names the package.json of the program when nothing else does', async () => {
    run('short.mjs');
    const {service} = await received.waitFor('short');
    const {name} = JSON.parse(readFileSync(fixture('../package.json'), 'utf8')) as {name: string};
    expect(service).toBe(name);
  });

  test('does nothing when OTEL_SDK_DISABLED', async () => {
    const program = run('short.mjs', {env: {OTEL_SDK_DISABLED: 'true'}});
    expect(await program.ended).toEqual({code: 0, signal: null});
    expect(received.spans).toEqual([]);
  });

  test('start: an environment made for other programs is one warning, and the program runs and is traced', async () => {
    const program = run('short.mjs', {
      env: {
        OTEL_TRACES_EXPORTER: 'zipkin',
        OTEL_METRICS_EXPORTER: 'prometheus',
        OTEL_LOGS_EXPORTER: 'logging',
        OTEL_TRACES_SAMPLER: 'xray',
        OTEL_TRACES_SAMPLER_ARG: 'half',
        OTEL_PROPAGATORS: 'xray',
        OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'nowhere',
        OTEL_EXPORTER_OTLP_HEADERS: 'a b=c',
        OTEL_EXPORTER_OTLP_TIMEOUT: '10s',
        WEFT_EXIT_TIMEOUT: 'soon',
      },
    });
    expect((await program.ended).code, program.errors.join('\n')).toBe(0);
    await received.waitFor('short');
    const text = program.errors.join('\n');
    const named = [
      'TRACES_EXPORTER',
      'METRICS_EXPORTER',
      'LOGS_EXPORTER',
      'TRACES_SAMPLER',
      'OTLP_LOGS_ENDPOINT',
      'OTLP_TIMEOUT',
      'EXIT_TIMEOUT',
    ];
    for (const name of named) expect(text).toContain(name);
    expect(text.match(/variables that cannot be used/g)).toHaveLength(1);
  });

  test('start: a sampler’s argument that it cannot use is left out', async () => {
    const env = {OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: 'half'};
    const program = run('short.mjs', {env});
    expect((await program.ended).code).toBe(0);
    expect(program.errors.join()).toContain('OTEL_TRACES_SAMPLER_ARG');
    await received.waitFor('short');
  });

  test('start: OTEL_TRACES_EXPORTER=otlp,console sends and prints', async () => {
    const program = run('short.mjs', {env: {OTEL_TRACES_EXPORTER: 'otlp,console'}});
    expect((await program.ended).code).toBe(0);
    expect(program.lines.join('\n')).toContain("name: 'short'");
    await received.waitFor('short');
  });
});

describe('metrics', () => {
  test('RED histogram per route, never per path, with an exemplar that leads to a trace', async () => {
    const url = await address(run('shop.mjs'));
    for (let id = 0; id < 20; id++) await fetch(`${url}/orders/${id}${id % 4 === 0 ? '?status=500' : ''}`);
    const latest = () => received.metrics.filter(({name}) => name === 'http.server.request.duration');
    const ok = () =>
      latest().findLast(
        ({attributes}) => attributes['http.route'] === '/orders/:id' && attributes['http.response.status_code'] === 200,
      );
    await eventually(() => ok()?.count).toBe(15);
    const failed = latest().findLast(({attributes}) => attributes['http.response.status_code'] === 500);
    expect(failed?.count).toBe(5);
    expect(failed?.attributes['error.type']).toBe('500');
    expect(ok()?.unit).toBe('s');
    expect(JSON.stringify(received.metrics)).not.toContain('/orders/1');

    const {exemplars} = latest().find(
      ({exemplars: list, attributes}) => list.length > 0 && attributes['http.route'] === '/orders/:id',
    )!;
    const span = await received.waitFor(({spanId}) => spanId === exemplars[0]!.spanId);
    expect(span).toMatchObject({name: 'GET /orders/:id', traceId: exemplars[0]!.traceId});
  });
});

describe('settings at run time', () => {
  test.each([
    ['pino', 'shop.mjs'],
    ['winston', 'shop.cjs'],
  ])('a log level set on the server is in force without a restart, and goes again: %s', async (_logger, file) => {
    let document = '{}';
    const server = createServer((_request, response) => response.end(document));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const settings = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const program = run(file, {env: {WEFT_SETTINGS_ENDPOINT: settings, WEFT_SETTINGS_INTERVAL: '20'}});
    const url = await address(program);
    const debugLines = async (): Promise<number> => {
      await fetch(`${url}/orders/7`);
      return program.lines.filter((line) => line.includes('looking up')).length;
    };
    expect(await debugLines()).toBe(0);
    document = JSON.stringify({logLevel: {value: 'debug'}});
    await eventually(debugLines).toBeGreaterThan(0);
    await eventually(() => received.logs.filter(({body}) => body === 'looking up').length).toBeGreaterThan(0);
    document = '{}';
    await eventually(async () => {
      const before = await debugLines();
      return (await debugLines()) - before;
    }).toBe(0);
    server.closeAllConnections();
    server.close();
  });

  test('sampling set on the server is in force without a restart', async () => {
    let document = '{}';
    const server = createServer((_request, response) => response.end(document));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const settings = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const program = run('shop.mjs', {
      env: {WEFT_SETTINGS_ENDPOINT: settings, WEFT_SETTINGS_INTERVAL: '20', OTEL_TRACES_SAMPLER: 'always_off'},
    });
    const url = await address(program);
    await fetch(`${url}/orders/7`);
    document = JSON.stringify({sampling: {probability: 1}});
    await eventually(async () => {
      await fetch(`${url}/orders/7`);
      return received.all('GET /orders/:id').length;
    }).toBeGreaterThan(0);
    expect(received.all('GET /orders/:id')[0]?.traceState).toBe('ot=th:0');
    server.closeAllConnections();
    server.close();
  });
});

describe('the end of a process', () => {
  const lastWork = () => received.waitFor('last work', {timeoutMillis: 3_000});
  const slowBatch = {OTEL_BSP_SCHEDULE_DELAY: '60000'}; // Spans that arrive were sent because of the end.

  test('SIGTERM: flushes, then ends by the signal', async () => {
    const program = run('shop.mjs', {env: slowBatch});
    await fetch(`${await address(program)}/work`);
    program.child.kill('SIGTERM');
    expect(await program.ended).toEqual({code: null, signal: 'SIGTERM'});
    await lastWork();
    await eventually(() => received.metrics.length).toBeGreaterThan(0);
  });

  test('SIGTERM handled by the program: its own stop goes on, and nothing of it is lost', async () => {
    const program = run('shop.mjs', {args: ['graceful'], env: slowBatch});
    await fetch(`${await address(program)}/work`, {headers: {connection: 'close'}});
    program.child.kill('SIGTERM');
    expect(await program.ended).toEqual({code: 0, signal: null});
    expect(program.lines).toContain('closed');
    await lastWork();
    await received.waitFor('closing');
  });

  test.skipIf(!canBePid1)(
    'SIGTERM to a program that is PID 1 and does not handle it: the program goes on, traced',
    async () => {
      const options = [...unshare.slice(1), process.execPath, '--import', '@weft/instrument', fixture('shop.mjs')];
      const program = spawn(unshare[0], options, {
        env: {...process.env, ...received.env},
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        const [url] = (await once(createInterface({input: program.stdout}), 'line')) as [string];
        const [pid] = readFileSync(`/proc/${program.pid}/task/${program.pid}/children`, 'utf8').split(' ');
        expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^NSpid:\t\d+\t1$/m);
        await fetch(`${url.slice(3)}/orders/1`);
        await received.waitFor('GET /orders/:id');
        process.kill(Number(pid), 'SIGTERM');
        await eventually(() => received.metrics.length).toBeGreaterThan(0); // The flush that the signal brought.
        for (let id = 2; id < 12; id++) expect((await fetch(`${url.slice(3)}/orders/${id}`)).status).toBe(200);
        await received.waitFor('GET /orders/:id', {count: 11});
        expect(program.exitCode).toBeNull();
      } finally {
        program.kill('SIGKILL');
        await once(program, 'close');
      }
    },
  );

  test.each([
    ['process.exit', 'exit', 3],
    ['a crash', 'crash', 1],
  ])('%s: what is left goes out, the exit code stays', async (_what, argument, code) => {
    const program = run('shop.mjs', {args: [argument], env: slowBatch});
    await fetch(`${await address(program)}/work`).catch(() => {});
    expect((await program.ended).code).toBe(code);
    await lastWork();
  });

  test('a worker thread that inherits --import sends its spans, in the sender’s trace', async () => {
    const program = run('with-worker.mjs', {env: slowBatch});
    expect(await program.ended).toEqual({code: 0, signal: null});
    await received.waitFor('in worker');
    assertChain(received.spans, ['in main', 'in worker']);
  });

  test.each([
    ['is down', () => {}],
    ['never answers', (server: Server) => server.listen(0, '127.0.0.1')],
  ])('a collector that %s: the program serves, ends and says so once', async (_how, listen) => {
    const collector = createServer(() => {});
    listen(collector);
    const port = (collector.address() as AddressInfo | null)?.port ?? 9;
    const limits = {WEFT_SHUTDOWN_TIMEOUT: '200', WEFT_EXIT_TIMEOUT: '100', OTEL_BSP_SCHEDULE_DELAY: '10'};
    const program = run('shop.mjs', {env: {...limits, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`}});
    const url = await address(program);
    for (let index = 0; index < 50; index++) expect((await fetch(`${url}/orders/${index}`)).status).toBe(200);
    program.child.kill('SIGTERM');
    expect(await program.ended).toEqual({code: null, signal: 'SIGTERM'});
    expect(program.errors.filter((line) => line.includes('spans:')).length).toBeLessThanOrEqual(1);
    expect(program.errors.filter((line) => !line.includes('@weft/instrument'))).toEqual([]);
    collector.closeAllConnections();
    collector.close();
  });

  test('running empty: flushes', async () => {
    const program = run('short.mjs', {args: ['3000'], env: slowBatch});
    expect(await program.ended).toEqual({code: 0, signal: null});
    await received.waitFor('short', {count: 3000});
    expect(received.all('short')).toHaveLength(3000);
  });
});
