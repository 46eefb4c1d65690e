/**
 * `kill -9` of Weft and of its engine under load, seen from outside, at any moment: while it starts, migrates, replays what the last
 * one left, inserts, merges. Every acknowledged span is there once afterwards. A long series: `npm run kill`.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, expect, test} from 'vitest';
import {engineOf} from './engine-of.ts';
import {startWeft, until} from './harness.ts';
import {compare, type Load, sqlAt, startLoad} from './load.ts';

const kills = Number(process.env.WEFT_KILLS ?? 8);
/** On one directory, before all is counted; a new one then, so that first starts and migrations are met too. */
const killsPerDirectory = Math.min(kills, 8);
const root = mkdtempSync(join(tmpdir(), 'weft-kill-'));
afterAll(() => rmSync(root, {recursive: true, force: true}));

test(`kill -9: ${kills} kills at random moments lose and repeat nothing`, {
  timeout: 240_000 + kills * 60_000,
}, async () => {
  let acknowledged = 0;
  for (let done = 0; done < kills; done += killsPerDirectory) {
    const directory = mkdtempSync(join(root, 'd'));
    const loads: Load[] = [];
    /** The course of events, for those who must understand a failure. */
    const history: string[] = [];
    for (let i = 0; i < Math.min(killsPerDirectory, kills - done); i++) history.push(await live(directory, loads));
    acknowledged += await count(directory, loads, history);
    rmSync(directory, {recursive: true, force: true});
  }
  expect(acknowledged).toBeGreaterThan(kills * 10);
  if (kills > 8) console.log(`${kills} kills, ${acknowledged} acknowledged traces, each there once`);
});

/** One life of Weft, from its start to a violent end; tells what was done. */
async function live(directory: string, loads: Load[]): Promise<string> {
  // While it starts; or under load, from the moment at which it listens, which is before its store is open.
  const early = Math.random() < 0.25;
  const moment = Math.round(Math.random() * (early ? 1500 : 5000));
  const victim = (['weft', 'engine', 'both'] as const)[Math.floor(Math.random() * 3)] as 'weft' | 'engine' | 'both';
  const endpointsFile = join(directory, 'endpoints.json');
  rmSync(endpointsFile, {force: true});
  const weft = startProcess(directory);
  const ended = new Promise((resolve) => weft.once('exit', resolve));
  let over = false;
  // Senders are there as soon as anything listens.
  const sending = (async () => {
    await until(() => over || existsSync(endpointsFile));
    if (over) return;
    const load = startLoad({endpoints: JSON.parse(readFileSync(endpointsFile, 'utf8'))});
    loads.push(load);
    await until(() => over);
    await load.stop();
  })();
  await until(() => early || weft.exitCode !== null || existsSync(endpointsFile));
  // Not a wait for something: the moment of the kill is what the test draws.
  await sleep(moment);
  const engine = victim === 'weft' ? undefined : engineOf(weft.pid as number);
  if (engine !== undefined) process.kill(engine, 'SIGKILL');
  // Without its engine Weft goes on taking spans and finds a new one by itself; or dies in the middle of that.
  const later = victim === 'engine' ? Math.round(Math.random() * 4000) : 0;
  await sleep(later);
  weft.kill('SIGKILL');
  over = true;
  await ended;
  await sending;
  return `${victim} ${moment} ms after ${early ? 'the start' : 'it listens'}${engine === undefined && victim !== 'weft' ? ' (no engine yet)' : ''}, Weft ${later} ms later`;
}

/** Starts Weft once more in peace, and counts by asking ClickHouse itself. */
async function count(directory: string, loads: readonly Load[], history: readonly string[]): Promise<number> {
  await using weft = await startWeft({dataDirectory: directory});
  // The kills of the engine have found one: it is recognised.
  expect(engineOf(weft.pid)).toBeTypeOf('number');
  expect((await fetch(`${weft.http}/api/weft/v1/flush`, {method: 'POST'})).status).toBe(200);
  const sql = sqlAt(join(directory, 'clickhouse', 'engine.sock'));
  const {missing, broken, strangers} = await compare(sql, loads);
  expect({missing, broken, strangers, history}).toEqual({missing: [], broken: [], strangers: 0, history});
  // What is summed up is neither less nor more than the same spans.
  const sums =
    'SELECT (SELECT count() FROM spans_11), (SELECT sum(spans) FROM span_rates), (SELECT sum(spans) FROM operations)';
  const [spans, rates, operations] = (await sql(`${sums} FORMAT TSV`)).trim().split('\t');
  if (rates !== spans || operations !== spans) console.error(await evidence(sql, directory));
  expect({rates, operations, history}).toEqual({rates: spans, operations: spans, history});
  expect(readdirSync(join(directory, 'spool', 'rejected'))).toEqual([]);
  return loads.reduce((sum, load) => sum + load.acknowledged.size, 0);
}

/** Parts and tokens of every table: which block is there twice, or not at all. */
async function evidence(sql: (query: string) => Promise<string>, directory: string): Promise<string> {
  const parts = await sql(
    `SELECT table, name, active, rows, modification_time FROM system.parts WHERE database = 'default' AND table IN
     ('spans_11', 'span_rates', 'operations') ORDER BY table, min_block_number FORMAT TSV`,
  );
  const store = join(directory, 'clickhouse', 'data', 'store');
  const logs = readdirSync(store, {recursive: true, encoding: 'utf8'}).filter((path) =>
    /deduplication_log_\d/.test(path),
  );
  return [parts, ...logs.map((path) => `${path}\n${readFileSync(join(store, path), 'utf8')}`)].join('\n');
}

function startProcess(directory: string): ChildProcess {
  const cli = join(import.meta.dirname, '..', 'server', 'src', 'main', 'cli.ts');
  return spawn(process.execPath, [cli, 'serve', '--free-ports', '--data', directory, '--log-level', 'error'], {
    stdio: 'ignore',
  });
}
