/** The engine process: how it ends, starts again, and who may have its directory. */

import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, afterEach, expect, test} from 'vitest';
import {silentLog} from '../base/index.ts';
import {createEmbeddedEngine, type EmbeddedEngine, type EmbeddedEngineOptions, startEngineProcess} from './embedded.ts';

const root = await mkdtemp(join(tmpdir(), 'weft-embedded-'));
afterAll(() => rm(root, {recursive: true, force: true}));

const engines: EmbeddedEngine[] = [];
const create = (name: string, options: Partial<EmbeddedEngineOptions> = {}): EmbeddedEngine => {
  const engine = createEmbeddedEngine({directory: join(root, name), log: silentLog, ...options});
  engines.push(engine);
  return engine;
};
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.stop();
});

const one = async (engine: EmbeddedEngine): Promise<unknown> =>
  (await engine.client.query({query: 'SELECT 1 AS one', format: 'JSONEachRow'})).json();
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('embedded engine: a killed engine comes back, and the same client reaches it', async () => {
  const engine = create('killed');
  await engine.start();
  const ready = (): boolean => engine.state.kind === 'ready';
  for (let round = 0; round < 3; round++) {
    process.kill(engine.pid as number, 'SIGKILL');
    while (ready()) await delay(5);
    while (!ready()) await delay(5);
    expect(await one(engine)).toEqual([{one: 1}]);
  }
});

test('two may not have one directory: the second says which', async () => {
  const first = create('shared');
  await first.start();
  const second = create('shared', {lockWaitMs: 200});
  await expect(second.start()).rejects.toThrow(`another Weft is running on ${join(root, 'shared')}`);
  expect(await one(first)).toEqual([{one: 1}]);
  await first.stop();
});

test('embedded engine: one that starts while its predecessor still ends waits for it', async () => {
  const first = create('succeeded');
  await first.start();
  const second = create('succeeded');
  const [, started] = await Promise.all([delay(500).then(() => first.stop()), second.start().then(() => one(second))]);
  expect(started).toEqual([{one: 1}]);
});

test('embedded engine: the engine ends with a parent that is killed, and its directory is free', async () => {
  const directory = join(root, 'orphan');
  const script = `
    import {createEmbeddedEngine} from ${JSON.stringify(join(import.meta.dirname, 'embedded.ts'))};
    import {silentLog} from ${JSON.stringify(join(import.meta.dirname, '../base/index.ts'))};
    const engine = createEmbeddedEngine({directory: ${JSON.stringify(directory)}, log: silentLog});
    await engine.start();
    engine.client.query({query: 'SELECT sum(sipHash64(number)) FROM numbers_mt(1000000000000)'}).catch(() => {});
    setTimeout(() => process.stdout.write(String(engine.pid)), 200);`;
  const parent = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = await new Promise<number>((resolve) =>
    parent.stdout.once('data', (data) => resolve(Number(String(data)))),
  );
  expect(alive(pid)).toBe(true);
  parent.kill('SIGKILL');
  while (alive(pid)) await delay(10);
  const engine = create('orphan');
  await engine.start();
  expect(await one(engine)).toEqual([{one: 1}]);
});

test('embedded engine: stops while a heavy query runs, and tells its client', async () => {
  const engine = create('stopped');
  await engine.start();
  const heavy = engine.client.query({query: 'SELECT sum(sipHash64(number)) FROM numbers_mt(1000000000000)'});
  const outcome = heavy.then(
    () => 'answered',
    () => 'failed',
  );
  await delay(200);
  const pid = engine.pid as number;
  await engine.stop();
  expect(alive(pid)).toBe(false);
  expect(await outcome).toBe('failed');
  expect(engine.state).toEqual({kind: 'stopped'});
});

test('embedded engine: a directory whose path is too long for a socket', async () => {
  const engine = create(join('x'.repeat(60), 'y'.repeat(60)));
  await engine.start();
  expect(await one(engine)).toEqual([{one: 1}]);
});

test('embedded engine: goes on with a process that waits for its settings, and starts another where that has ended', async () => {
  const waiting = startEngineProcess();
  const engine = create('head-start', {process: waiting});
  await engine.start();
  expect(engine.pid).toBe(waiting.pid);
  expect(await one(engine)).toEqual([{one: 1}]);

  const ended = startEngineProcess();
  const end = once(ended, 'close');
  ended.kill('SIGKILL');
  await end;
  const other = create('no-head-start', {process: ended});
  await other.start();
  expect(await one(other)).toEqual([{one: 1}]);
});

test('embedded engine: an engine that stands still is told of, and answers again when it goes on', async () => {
  const engine = create('standstill', {watch: {everyMs: 100, misses: 1000}});
  const ready = (): boolean => engine.state.kind === 'ready';
  let readies = 0;
  engine.onReady(() => readies++);
  await engine.start();
  const {pid} = engine;
  process.kill(pid as number, 'SIGSTOP');
  while (ready()) await delay(10);
  expect(engine.state).toMatchObject({
    kind: 'unavailable',
    error: {message: expect.stringMatching(/has not answered/)},
  });
  process.kill(pid as number, 'SIGCONT');
  while (!ready()) await delay(10);
  expect(await one(engine)).toEqual([{one: 1}]);
  expect([engine.pid, readies]).toEqual([pid, 2]);
});

test('embedded engine: an engine that hangs and does not come back is killed, and another is started', async () => {
  const engine = create('hanging', {watch: {everyMs: 50, misses: 6}});
  await engine.start();
  const {pid} = engine;
  process.kill(pid as number, 'SIGSTOP');
  while (engine.pid === pid || engine.state.kind !== 'ready') await delay(10);
  expect(alive(pid as number)).toBe(false);
  expect(await one(engine)).toEqual([{one: 1}]);
});

test('embedded engine: an engine that is killed while it starts is started again', async () => {
  const engine = create('nipped');
  const started = engine.start();
  while (engine.pid === undefined) await delay(1);
  process.kill(engine.pid, 'SIGKILL');
  await started;
  expect(await one(engine)).toEqual([{one: 1}]);
});

test('embedded engine: an engine that cannot start says why, after some trials', async () => {
  // A file where the data should be.
  const directory = join(root, 'blocked');
  await mkdir(directory);
  await writeFile(join(directory, 'data'), '');
  await expect(create('blocked', {lockWaitMs: 0}).start()).rejects.toThrow(/EEXIST/);
});
