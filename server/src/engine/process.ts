/**
 * The engine process: the only one that loads chDB. Its parent starts it with an IPC channel and sends it the settings below, for
 * which it waits; it ends with its parent, however that ends. See embedded.ts for the other side.
 */
import {chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {flushCompileCache} from 'node:module';
import {setPriority} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {giveMemoryBackAtRest, lockDirectory, silentLog} from '../base/index.ts';
import {type EngineLimits, engineConfig, statementSettings} from './config.ts';
import {createInsertGuard} from './insert-guard.ts';
import {type Mend, markClosed, mendTables} from './mend-tables.ts';

export interface EngineProcessSettings {
  readonly directory: string;
  readonly socket: string;
  readonly limits: EngineLimits;
  /** How long to wait for a predecessor to let the directory go. */
  readonly lockWaitMs: number;
}

export type EngineProcessMessage =
  | {readonly kind: 'mended'; readonly mend: Mend}
  | {readonly kind: 'givingUp'; readonly reason: string}
  | {readonly kind: 'ready'; readonly version: string; readonly openedMs: number}
  | {readonly kind: 'failed'; readonly locked: boolean; readonly message: string};

export type EngineProcessCommand =
  | {readonly kind: 'start'; readonly settings: EngineProcessSettings}
  | {readonly kind: 'stop'};

async function main(): Promise<void> {
  const asked = Promise.withResolvers<EngineProcessSettings>();
  // Until it is open: an exit would go through ClickHouse's half-way.
  let stop = async (): Promise<void> => void process.kill(process.pid, 'SIGKILL');
  process.on('message', (command: EngineProcessCommand) => {
    if (command.kind === 'start') asked.resolve(command.settings);
    else void stop();
  });
  // At once and without ceremony: acknowledged data is safe, and the next Weft waits for the directory.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  // Ctrl-C reaches the whole process group; the parent decides what ends when.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  // Where memory runs out, the system takes this process and not the one that acknowledges.
  if (process.platform === 'linux') writeFileSync('/proc/self/oom_score_adj', '500');
  process.umask(0o077);
  // Before the engine's threads are made, which inherit it: queries and merges give way to ingest.
  setPriority(5);

  const {SessionPool} = await import('./pool.ts');
  const {createEngineServer} = await import('./server.ts');
  const settings = await asked.promise;
  const temp = join(settings.directory, 'tmp');
  const path = join(settings.directory, 'data');
  mkdirSync(temp, {recursive: true});
  mkdirSync(path, {recursive: true});
  const config = join(settings.directory, 'engine.xml');
  writeFileSync(config, engineConfig(settings.limits));

  const pool = new SessionPool({
    path,
    connectionArgs: [`--config-file=${config}`],
    sizes: {read: 6, insert: 2, control: 1},
    maxWaiting: 100,
    settings: (kind, running) => statementSettings(settings.limits, kind, running),
  });
  const started = performance.now();
  const deadline = started + settings.lockWaitMs;
  if ((await lockDirectory(settings.directory, settings.lockWaitMs)) === undefined) {
    return fail(new Error('locked'), true);
  }
  for (const name of readdirSync(temp)) rmSync(join(temp, name), {recursive: true, force: true});
  const directories = {directory: settings.directory, data: path, temp};
  for (const mend of mendTables(directories)) say({kind: 'mended', mend});
  await open(pool, deadline);
  const openedMs = performance.now() - started;

  const version = await pool.use('control', new AbortController().signal, async (session) =>
    (await session.native.queryAsync('SELECT version()', {format: 'TSVRaw'})).text().trim(),
  );
  const guard = createInsertGuard(path, async (reason) => {
    say({kind: 'givingUp', reason});
    await delay(100); // so that it is heard
    // Not an exit, which would go through ClickHouse once more.
    process.kill(process.pid, 'SIGKILL');
    return new Promise(() => {});
  });
  const server = createEngineServer({pool, tempDirectory: temp, version, guard});
  rmSync(settings.socket, {force: true});
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(settings.socket, resolve));
  chmodSync(settings.socket, 0o600);
  stop = async () => {
    server.close();
    server.closeAllConnections(); // which cancels what they wait for
    await pool.close();
    await markClosed(directories);
    rmSync(settings.socket, {force: true});
    process.exit(0);
  };
  say({kind: 'ready', version, openedMs});
  flushCompileCache();
  giveMemoryBackAtRest(silentLog);
}

async function open(pool: {open(): void}, deadline: number): Promise<void> {
  for (;;) {
    try {
      // The engine has a lock of its own, which a process that was killed a moment ago may still hold.
      pool.open();
      return;
    } catch (error) {
      if (performance.now() > deadline) return fail(error as Error);
      await delay(100);
    }
  }
}

async function fail({message}: Error, locked = false): Promise<never> {
  say({kind: 'failed', locked, message});
  await delay(100); // so that it is heard
  process.exit(1);
}

function say(message: EngineProcessMessage): void {
  process.send?.(message);
}

await main().catch(fail);
