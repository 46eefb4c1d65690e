/** SIGTERM under load: requests under way are answered, what was acknowledged is there after the next start. */
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, expect, test} from 'vitest';
import {startWeft} from './harness.ts';
import {compare, type Load, sqlAt, startLoad} from './load.ts';

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
