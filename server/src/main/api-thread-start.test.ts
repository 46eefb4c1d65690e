import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createServer, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterAll, expect, test} from 'vitest';
import type {Control} from '../api/index.ts';
import {silentLog} from '../base/index.ts';
import {type ApiThread, startApiThread} from './api-thread-start.ts';

const root = mkdtempSync(join(tmpdir(), 'weft-api-'));
const threads: ApiThread[] = [];
afterAll(async () => {
  for (const thread of threads) await thread.stop();
  rmSync(root, {recursive: true, force: true});
});

/** Tells the thread that ClickHouse has gone away. */
let goAway: () => void;
let made = 0;
const start = async (source?: string): Promise<ApiThread> => {
  const path = join(root, `${++made}.mjs`);
  if (source !== undefined) writeFileSync(path, source);
  const thread = await startApiThread({
    http: {host: '127.0.0.1', port: 0},
    grpc: {host: '127.0.0.1', port: 0, optional: false},
    hosts: [],
    uiDirectory: undefined,
    log: silentLog,
    logLevel: 'error',
    logFormat: 'json',
    engine: {
      endpoint: {kind: 'socket', path: join(root, 'engine.sock')},
      database: 'default',
      state: {kind: 'ready', version: '26.7'},
      onReady() {},
      onAway: (listener) => (goAway = listener),
    },
    changes: new SharedArrayBuffer(8),
    tellNews() {},
    memory: {limitBytes: 2 ** 28, shared: new SharedArrayBuffer(16)},
    control: {} as Control,
    ...(source !== undefined && {module: pathToFileURL(path)}),
  });
  threads.push(thread);
  return thread;
};

test.each([
  ["throw new Error('no such module')", /^the API thread cannot start: no such module$/],
  ["import {nothing} from 'node:fs'", /^the API thread cannot start: .*does not provide an export named 'nothing'/],
  ['process.exit(3)', /^the API thread cannot start: it ended with code 3$/],
])('API thread: one that cannot load says why: %s', async (source, message) => {
  await expect(start(source)).rejects.toThrow(message);
});

test('API thread: listens where it is told and answers, and says why it cannot listen', async () => {
  const thread = await start();
  const {http: address, grpc} = await thread.listen();
  expect(grpc).toMatch(/^127\.0\.0\.1:\d+$/);
  expect((await fetch(`http://${address}/api/weft/v1/nothing`)).status).toBe(404);
  await expect(thread.listen()).rejects.toThrow(/already listening/i);
});

test('API thread: questions are answered 503 at once when ClickHouse has gone away, those under way too', async () => {
  // A ClickHouse that takes connections and stands still.
  const sockets: Socket[] = [];
  const still = createServer((socket) => void sockets.push(socket)).listen(join(root, 'engine.sock'));
  const thread = await start();
  const {http: address} = await thread.listen();
  const ask = async (): Promise<number> => (await fetch(`http://${address}/api/services`)).status;
  const waiting = ask();
  await expect.poll(() => sockets).toHaveLength(1);
  goAway();
  expect(await waiting).toBe(503);
  expect(await ask()).toBe(503);
  expect(sockets).toHaveLength(1);
  for (const socket of sockets) socket.destroy();
  still.close();
});
