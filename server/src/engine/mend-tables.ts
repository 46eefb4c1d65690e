/**
 * Makes token and part of every INSERT agree, before the engine opens its tables. ClickHouse writes the one and then the other,
 * so that a process killed in between leaves one of them: the replay of the INSERT would be lost, or come twice. See
 * docs/decisions/0005-durable-before-acknowledged.md.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import {basename, dirname, join, relative} from 'node:path';
import type {Log} from '../base/index.ts';
import {
  type LogRecord,
  logLine,
  type Part,
  partsWithoutToken,
  readTables,
  syncLogs,
  type Table,
  tokensWithoutPart,
} from './deduplication-log.ts';

/** `directory` is the table's, within the data. */
export type Mend =
  | {readonly kind: 'log'; readonly directory: string; readonly file: string}
  | {readonly kind: 'tokens'; readonly directory: string; readonly parts: readonly string[]}
  | {readonly kind: 'part'; readonly directory: string; readonly part: string; readonly movedTo: string};

export interface EngineDirectories {
  /** Holds the others, and the lock. */
  readonly directory: string;
  readonly data: string;
  /** On the same disk, for files that are not whole yet. */
  readonly temp: string;
}

/** Only for the process that holds the directory's lock, and before it opens the data. */
export function mendTables({directory: root, data, temp}: EngineDirectories): Mend[] {
  const closed = existsSync(join(root, closedMark));
  const mends = readTables(data).flatMap((table) => {
    const directory = relative(data, table.directory);
    const mends: Mend[] = [];
    for (const {path, records, sound} of table.logs) {
      if (sound) continue;
      rewrite(path, records, temp);
      mends.push({kind: 'log', directory, file: basename(path)});
    }
    const orphans = tokensWithoutPart(table);
    if (orphans.length > 0) {
      forget(table, orphans);
      mends.push({kind: 'tokens', directory, parts: orphans.map(({part}) => part.name)});
    }
    if (!closed) {
      for (const part of partsWithoutToken(table)) {
        mends.push({kind: 'part', directory, part: part.name, movedTo: moveOut(table, part)});
      }
    }
    return mends;
  });
  rmSync(join(root, closedMark), {force: true});
  sync(root);
  return mends;
}

/** Once nothing is written to the data any more: a part without a token was made by hand then, and stays. */
export async function markClosed({directory, data}: EngineDirectories): Promise<void> {
  await syncLogs(data);
  writeFileSync(join(directory, closedMark), '');
}

const closedMark = 'closed';

/** Without the lines that are no records: ClickHouse would read nothing after them, and append to one that is cut short. */
function rewrite(path: string, records: readonly LogRecord[], temp: string): void {
  // Not beside it: ClickHouse takes every file there for a log.
  const whole = join(temp, basename(path));
  write(whole, 'w', records.map(({operation, part, block}) => logLine(operation, part.name, block)).join(''));
  renameSync(whole, path);
  sync(dirname(path));
}

/** As ClickHouse does where a part is dropped. */
function forget({logs}: Table, orphans: readonly LogRecord[]): void {
  const newest = logs.at(-1) as {path: string};
  write(newest.path, 'a', orphans.map(({part, block}) => logLine('drop', part.name, block)).join(''));
}

function write(path: string, flags: 'w' | 'a', text: string): void {
  const file = openSync(path, flags, 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Not removed: should somebody have made it by hand, `ALTER TABLE … ATTACH PART` brings it back. */
function moveOut({directory}: Table, part: Part): string {
  const detached = join(directory, 'detached');
  mkdirSync(detached, {recursive: true, mode: 0o700});
  for (let trial = 0; ; trial++) {
    // ClickHouse's own names for a part in here.
    const name = `unconfirmed_${part.name}${trial === 0 ? '' : `_try${trial}`}`;
    try {
      renameSync(join(directory, part.name), join(detached, name));
      sync(directory);
      return join('detached', name);
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '') || trial === 100) throw error;
    }
  }
}

function sync(directory: string): void {
  const handle = openSync(directory, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

export function logMend(log: Log, data: string, mend: Mend): void {
  const about = {...mend, directory: join(data, mend.directory)};
  switch (mend.kind) {
    case 'log':
      return log.warn(about, 'a deduplication log was damaged: took the lines out that are no records');
    case 'tokens':
      return log.info(
        about,
        'a kill cut INSERTs off before their parts were there: forgot their tokens, so that their replay counts',
      );
    case 'part':
      return log.warn(
        about,
        'a part has no token, and so its INSERT was not confirmed: moved it out, since the spool still has its rows',
      );
  }
}
