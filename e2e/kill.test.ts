/** `kill -9` of Weft and of its engine under load, seen from outside: every acknowledged span is there once afterwards. */
import {spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, expect, test} from 'vitest';
import {startWeft} from './harness.ts';

const rounds = Number(process.env.WEFT_KILL_ROUNDS ?? 4);
const directory = mkdtempSync(join(tmpdir(), 'weft-kill-'));
afterAll(() => rmSync(directory, {recursive: true, force: true}));

test(`${rounds} kills at random moments lose and repeat nothing`, {timeout: 60_000 + rounds * 30_000}, async () => {
  const acknowledged: string[] = [];
  const sent: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const weft = await start();
    let killed = false;
    const load = Array.from({length: 4}, async () => {
      while (!killed) {
        const traceId = randomBytes(16).toString('hex');
        sent.push(traceId);
        const answer = await post(weft.otlp, traceId).catch(() => undefined);
        if (answer?.status === 200) acknowledged.push(traceId);
        await sleep(5); // enough to catch every moment, few enough to look at each afterwards
      }
    });
    await sleep(300 + Math.random() * 1500);
    const victim = round % 2 === 0 ? weft.pid : engineOf(weft.pid);
    process.kill(victim, 'SIGKILL');
    if (victim !== weft.pid) {
      // Without its engine Weft goes on taking spans, and finds a new engine by itself.
      await sleep(1000);
      process.kill(weft.pid, 'SIGKILL');
    }
    killed = true;
    await Promise.all(load);
    await weft.ended;
  }
  expect(acknowledged.length).toBeGreaterThan(rounds * 10);

  await using weft = await startWeft({dataDirectory: directory});
  await fetch(`${weft.http}/api/weft/v1/flush`, {method: 'POST'});
  const counts = new Map<string, number>();
  for (const traceId of sent) {
    const answer = await fetch(`${weft.http}/api/weft/v1/traces/${traceId}`);
    const spans = answer.ok ? ((await answer.json()) as {spans: {spanId: string[]}}).spans.spanId.length : 0;
    counts.set(traceId, spans);
  }
  expect(acknowledged.filter((traceId) => counts.get(traceId) !== spansPerTrace)).toEqual([]);
  // What was not acknowledged may be there or not, but never in part or twice.
  expect(sent.filter((traceId) => ![0, spansPerTrace].includes(counts.get(traceId) as number))).toEqual([]);
  const {store} = (await (await fetch(`${weft.http}/api/weft/v1/status`)).json()) as {store: {spans: number}};
  expect(store.spans).toBe([...counts.values()].reduce((sum, count) => sum + count, 0));
});

const spansPerTrace = 20;

async function start(): Promise<{pid: number; otlp: string; ended: Promise<unknown>}> {
  const cli = join(import.meta.dirname, '..', 'server', 'src', 'main', 'cli.ts');
  const child = spawn(process.execPath, [cli, 'serve', '--free-ports', '--data', directory, '--log-level', 'error'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (text) => String(text).includes('Weft is ready') && resolve());
    child.once('exit', (code) => reject(new Error(`Weft ended with ${code}`)));
  });
  const endpoints = JSON.parse(readFileSync(join(directory, 'endpoints.json'), 'utf8')) as Record<string, string>;
  return {pid: child.pid as number, otlp: `http://${endpoints.otlp_http}/v1/traces`, ended};
}

function engineOf(weft: number): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const engine = pids.find((pid) => {
    try {
      const parent = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1];
      return parent === String(weft) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('engine-process');
    } catch {
      return false; // it has ended meanwhile
    }
  });
  if (engine === undefined) throw new Error('no engine process');
  return Number(engine);
}

function post(url: string, traceId: string): Promise<Response> {
  const now = BigInt(Date.now()) * 1_000_000n;
  const spans = Array.from({length: spansPerTrace}, (_, i) => ({
    traceId,
    spanId: (i + 1).toString(16).padStart(16, '0'),
    parentSpanId: i === 0 ? '' : '0000000000000001',
    name: `step ${i}`,
    kind: 1,
    startTimeUnixNano: String(now + BigInt(i)),
    endTimeUnixNano: String(now + BigInt(i + 1000)),
  }));
  const resource = {attributes: [{key: 'service.name', value: {stringValue: 'kill-test'}}]};
  return fetch(url, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({resourceSpans: [{resource, scopeSpans: [{spans}]}]}),
    signal: AbortSignal.timeout(10_000),
  });
}
