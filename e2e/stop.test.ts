/** SIGTERM under load: requests under way are answered, what was acknowledged is there after the next start. */
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, expect, test} from 'vitest';
import {startWeft} from './harness.ts';
import {compare, type Load, sqlAt, startLoad} from './load.ts';
import {traceOf} from './ui-testing.ts';

const directory = mkdtempSync(join(tmpdir(), 'weft-stop-'));
afterAll(() => rmSync(directory, {recursive: true, force: true}));

test('SIGTERM under load, three times over: Weft stops by itself and everything acknowledged is there afterwards', async () => {
  const loads: Load[] = [];
  for (let round = 0; round < 3; round++) {
    const cli = join(import.meta.dirname, '..', 'server', 'src', 'main', 'cli.ts');
    const args = [cli, 'serve', '--free-ports', '--data', directory, '--log-level', 'error'];
    const weft = spawn(process.execPath, args, {stdio: ['ignore', 'pipe', 'inherit']});
    const ended = new Promise<[code: number | null, signal: string | null]>((resolve) =>
      weft.once('exit', (code, signal) => resolve([code, signal])),
    );
    await new Promise<void>((resolve, reject) => {
      weft.stdout.on('data', (text) => String(text).includes('Weft is ready') && resolve());
      weft.once('exit', (code) => reject(new Error(`Weft ended with ${code}`)));
    });
    const endpoints = JSON.parse(readFileSync(join(directory, 'endpoints.json'), 'utf8'));
    const load = startLoad({endpoints, senders: 8, pauseMs: 0});
    loads.push(load);
    await load.more(200);
    weft.kill('SIGTERM');
    // A standstill would be ended by this, and seen.
    const limit = setTimeout(() => weft.kill('SIGKILL'), 10_000);
    expect(await ended).toEqual([0, null]);
    clearTimeout(limit);
    await load.stop();
    const answers = [...load.answers.keys()];
    expect(answers).toContain('http 200');
    expect(answers).toContain('grpc 0');
    // Answered, or never taken (a stream is only cancelled while it waits for its connection): none is cut off under way.
    const untaken = 'ECONNREFUSED|ERR_HTTP2_GOAWAY_SESSION|ERR_HTTP2_STREAM_CANCEL|NGHTTP2_REFUSED_STREAM';
    const harmless = new RegExp(`^(http (200|503|ECONNRESET before it was taken)|grpc (0|14)|\\w+ (${untaken}))$`);
    expect(answers.filter((answer) => !harmless.test(answer))).toEqual([]);
  }
  await using weft = await startWeft({dataDirectory: directory});
  await fetch(`${weft.http}/api/weft/v1/flush`, {method: 'POST'});
  const found = await compare(sqlAt(join(directory, 'clickhouse', 'engine.sock')), loads);
  expect(found).toEqual({missing: [], broken: [], strangers: 0});
});

test('SIGTERM while an exporter waits for an answer that never comes: Weft ends all the same', async () => {
  const asked = Promise.withResolvers<void>();
  const silent = createServer(() => asked.resolve());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const {port} = silent.address() as AddressInfo;
  const weft = await startWeft({
    args: [
      '--config',
      `yaml:
receivers: {otlp: {protocols: {http: }}}
exporters: {otlphttp: {endpoint: "http://127.0.0.1:${port}", timeout: 1h, sending_queue: {enabled: false}}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [otlphttp]}}}`,
    ],
  });
  try {
    const {body} = traceOf(1000, [{id: 'a', service: 'stop', name: 'work', start: 0, end: 1, kind: 2}]);
    const sent = fetch(`http://${weft.endpoints.otlp_http}/v1/traces`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify(body),
    }).catch(() => undefined); // never answered
    await asked.promise;
    process.kill(weft.pid, 'SIGTERM');
    await expect.poll(() => weft.alive).toBe(false);
    await sent;
  } finally {
    await weft.stop();
    silent.closeAllConnections();
    silent.close();
  }
});
