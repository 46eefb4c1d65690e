/** Keeps two processes out of one directory: a socket that listens in it for as long as its process lives. */

import {createHash} from 'node:crypto';
import {mkdirSync, rmSync} from 'node:fs';
import {connect, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';

export interface DirectoryLock {
  release(): Promise<void>;
}

/** Undefined where another living process holds it, still after `waitMs`. One that was killed holds nothing. */
export async function lockDirectory(directory: string, waitMs = 0): Promise<DirectoryLock | undefined> {
  mkdirSync(directory, {recursive: true});
  const path = lockPath(directory);
  const deadline = performance.now() + waitMs;
  for (;;) {
    const lock = await tryLock(path);
    if (lock !== undefined || performance.now() >= deadline) return lock;
    await delay(50);
  }
}

async function tryLock(path: string): Promise<DirectoryLock | undefined> {
  if (await answers(path)) return undefined;
  rmSync(path, {force: true});
  const server = createServer((socket) => socket.destroy());
  const listening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(path, () => resolve(true));
  });
  if (!listening) return undefined;
  server.unref();
  return {release: () => new Promise((resolve) => server.close(() => resolve()))};
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** A socket's path has room for about a hundred bytes. */
function lockPath(directory: string): string {
  const path = join(directory, 'lock.sock');
  if (Buffer.byteLength(path) < 100) return path;
  return join(tmpdir(), `weft-${createHash('sha256').update(directory).digest('hex').slice(0, 24)}.sock`);
}
