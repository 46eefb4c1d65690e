/**
 * Keeps two processes out of one directory. Node has no call for a lock of the operating system, but its SQLite takes one: an
 * exclusive transaction holds a POSIX lock on the file. See docs/decisions/0036-one-process-a-directory.md.
 */
import {mkdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import type {DatabaseSync} from 'node:sqlite';
import {setTimeout as delay} from 'node:timers/promises';

export interface DirectoryLock {
  release(): Promise<void>;
}

/** The file in the directory that carries the lock. It stays empty, and stays when the lock is released. */
export const lockFile = 'lock';

/**
 * Undefined where another process holds it, still after `waitMs`. The kernel drops the lock of a process that ends, however it
 * ends, and knows the directory by its inode, not by a path.
 */
export async function lockDirectory(directory: string, waitMs = 0): Promise<DirectoryLock | undefined> {
  mkdirSync(directory, {recursive: true, mode: 0o700});
  const deadline = performance.now() + waitMs;
  for (;;) {
    const lock = await tryLock(join(directory, lockFile));
    if (lock !== undefined || performance.now() >= deadline) {
      if (lock !== undefined) rmSync(join(directory, 'lock.sock'), {force: true}); // an earlier version's
      return lock;
    }
    await delay(50);
  }
}

async function tryLock(path: string): Promise<DirectoryLock | undefined> {
  // Loaded here, since most processes of Weft never lock anything.
  const sqlite = await import('node:sqlite');
  let database: DatabaseSync | undefined;
  try {
    database = new sqlite.DatabaseSync(path);
    // Nothing is ever written, so that the file stays empty and has no journal beside it.
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    held.add(database);
    return lockHeldBy(database);
  } catch (error) {
    database?.close();
    if ((error as {errcode?: number}).errcode === sqliteBusy) return undefined;
    throw new Error(`cannot lock ${path}: ${(error as Error).message}`, {cause: error});
  }
}

const lockHeldBy = (database: DatabaseSync): DirectoryLock => ({
  async release() {
    if (held.delete(database)) database.close();
  },
});

/** A database that nobody refers to is closed by the garbage collector, and its lock is gone: the process holds it, not the caller. */
const held = new Set<DatabaseSync>();

const sqliteBusy = 5;
