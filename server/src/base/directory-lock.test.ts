import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {afterAll, expect, test} from 'vitest';
import {lockDirectory} from './directory-lock.ts';

const root = mkdtempSync(join(tmpdir(), 'weft-lock-'));
const processes: ChildProcessWithoutNullStreams[] = [];
afterAll(() => {
  for (const each of processes) each.kill('SIGKILL');
  rmSync(root, {recursive: true, force: true});
});

/** A process that is ready to lock the directory under this name. */
async function contender(directory: string, environment: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, ['--expose-gc', join(import.meta.dirname, 'testing-lock.ts'), directory], {
    env: {...process.env, ...environment},
  });
  processes.push(child);
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
  await lines.next();
  return {
    async tries(): Promise<string> {
      child.stdin.write('now\n');
      return (await lines.next()).value ?? 'ended';
    },
    end(signal?: NodeJS.Signals): Promise<unknown> {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (signal === undefined) child.stdin.end();
      else child.kill(signal);
      return ended;
    },
  };
}

test('directory lock: of processes that start at once on a directory that a killed one left, by several paths, one holds it', async () => {
  const directory = join(root, 'a rather long name that leaves no room for the path of a socket'.repeat(2));
  mkdirSync(directory);
  const link = join(root, 'link');
  symlinkSync(directory, link);
  const elsewhere = join(root, 'tmp');
  mkdirSync(elsewhere);
  for (let round = 0; round < 6; round++) {
    const all = await Promise.all([
      contender(directory),
      contender(link),
      contender(`${link}/.`, {TMPDIR: elsewhere}),
      contender(directory, {TMPDIR: elsewhere}),
    ]);
    const said = await Promise.all(all.map((each) => each.tries()));
    expect(said.sort()).toEqual(['holds it', 'kept out', 'kept out', 'kept out']);
    await Promise.all(all.map((each) => each.end('SIGKILL')));
  }
});

test('directory lock: is held until its process is killed or lets go, whether or not anything refers to it', async () => {
  const directory = join(root, 'b');
  const other = await contender(directory);
  expect(await other.tries()).toBe('holds it');
  expect(await lockDirectory(directory)).toBeUndefined();
  const waiting = lockDirectory(directory, 10_000);
  await other.end('SIGKILL');
  const mine = await waiting;
  expect(mine).toBeDefined();
  await mine?.release();
  await mine?.release();
  const next = await contender(directory);
  expect(await next.tries()).toBe('holds it');
  await next.end();
});

test('directory lock: one process cannot hold a directory twice, and trying does not lose it', async () => {
  const directory = join(root, 'c');
  const lock = await lockDirectory(directory);
  expect(await lockDirectory(directory)).toBeUndefined();
  const other = await contender(directory);
  expect(await other.tries()).toBe('kept out');
  await other.end();
  await lock?.release();
});

test('directory lock: an error that is not another holder is told with its file', async () => {
  const directory = join(root, 'd');
  mkdirSync(join(directory, 'lock'), {recursive: true});
  await expect(lockDirectory(directory)).rejects.toThrow(/^cannot lock .*\/d\/lock: unable to open database file/);
  rmSync(join(directory, 'lock'), {recursive: true});
  writeFileSync(join(directory, 'lock'), 'somebody keeps notes here '.repeat(50));
  await expect(lockDirectory(directory)).rejects.toThrow(/d\/lock: file is not a database/);
});

test('directory lock: removes the socket that an earlier version left', async () => {
  const directory = join(root, 'e');
  mkdirSync(directory);
  const socket = join(directory, 'lock.sock');
  writeFileSync(socket, '');
  const lock = await lockDirectory(directory);
  expect(existsSync(socket)).toBe(false);
  await lock?.release();
});
