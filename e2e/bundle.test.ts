/** Weft as `./weft` runs it: the server's modules put together, and what is loaded only when somebody asks for it. */
import {execFile, spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';

const weft = join(import.meta.dirname, '..', 'weft');
const directory = mkdtempSync(join(tmpdir(), 'weft-bundle-'));
let running: ReturnType<typeof spawn>;
let endpoints: Readonly<Record<string, string>>;

beforeAll(async () => {
  const configuration = [
    '--set=exporters.file.path=' + join(directory, 'spans.json'),
    '--set=service.pipelines.traces/copy.receivers=[otlp]',
    '--set=service.pipelines.traces/copy.exporters=[file]',
  ];
  running = spawn(weft, ['serve', '--data', join(directory, 'data'), '--free-ports', ...configuration], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  running.stderr?.on('data', (text) => (said += text));
  await new Promise<void>((resolve, reject) => {
    running.stdout?.on('data', (text) => String(text).includes('Weft is ready') && resolve());
    running.once('exit', () => reject(new Error(said)));
  });
  endpoints = JSON.parse(readFileSync(join(directory, 'data', 'endpoints.json'), 'utf8'));
});
afterAll(() => {
  running.kill('SIGKILL');
  rmSync(directory, {recursive: true, force: true});
});

const run = (...args: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(weft, args, (error, stdout, stderr) => (error ? reject(new Error(stderr)) : resolve(stdout)));
  });

test.skipIf(process.platform !== 'linux')('bundle: the three programs run out of it', () => {
  const children = readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, 'utf8').trim().split(' ');
  for (const pid of [running.pid, ...children])
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toMatch(/server\/dist\/[^/]+\/(cli|process)\.js/);
});

test('bundle: a span comes in, is stored, copied, and found by API, terminal and page', async () => {
  const traceId = '5b8efff798038103d269b633813fc60c';
  const start = BigInt(Date.now()) * 1_000_000n;
  const span = {
    traceId,
    spanId: 'eee19b7ec3c1b174',
    name: 'checkout',
    kind: 2,
    startTimeUnixNano: `${start}`,
    endTimeUnixNano: `${start + 5_000_000n}`,
  };
  const resource = {attributes: [{key: 'service.name', value: {stringValue: 'till'}}]};
  const sent = await fetch(`http://${endpoints.otlp_http}/v1/traces`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({resourceSpans: [{resource, scopeSpans: [{spans: [span]}]}]}),
  });
  expect(sent.status).toBe(200);
  const http = `http://${endpoints.http}`;
  expect((await fetch(`${http}/api/weft/v1/flush`, {method: 'POST'})).status).toBe(200);
  const trace = await (await fetch(`${http}/api/traces/${traceId}`)).text();
  expect(trace).toContain('"operationName":"checkout"');
  const address = endpoints.http as string;
  expect(await run('query', 'SELECT name FROM spans', '--http', address)).toContain('checkout');
  expect(await run('trace', traceId, '--http', address)).toContain('till');
  expect(readFileSync(join(directory, 'spans.json'), 'utf8')).toContain('checkout');
  const asked = await fetch(`${http}/mcp`, {
    method: 'POST',
    headers: {'content-type': 'application/json', accept: 'application/json, text/event-stream'},
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {name: 'explain_trace', arguments: {trace_id: traceId}},
    }),
  });
  expect(await asked.text()).toContain('till');
  expect(await (await fetch(`${http}/`)).text()).toContain('<div id="root">');
});

test('bundle: it stops when it is told to', async () => {
  const ended = new Promise((resolve) => running.once('exit', (code) => resolve(code)));
  running.kill('SIGINT');
  expect(await ended).toBe(0);
});
