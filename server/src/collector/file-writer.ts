/** One output file: whole records go in, in order, and it is rotated by its size. */
import {type FileHandle, open, readdir, rename, unlink} from 'node:fs/promises';
import {basename, dirname, extname, join} from 'node:path';
import {errorMessage, RetryableError} from '../base/index.ts';

export interface Rotation {
  readonly maxBytes: number;
  /** 0: for ever. */
  readonly maxDays: number;
  /** 0: all. */
  readonly maxBackups: number;
  readonly localTime: boolean;
}

export interface FileWriter {
  /** Resolves when the system has the record. Rejects with RetryableError, and nothing of it stays in the file. */
  write(record: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** `truncate`: what the file held before goes; with a rotation it stays, and the next records follow it. */
export function createFileWriter(
  path: string,
  {
    truncate,
    rotation,
    now,
  }: {readonly truncate: boolean; readonly rotation: Rotation | undefined; readonly now: () => number},
): FileWriter {
  let file: FileHandle | undefined;
  let size = 0;
  let isFirst = true;
  let last: Promise<unknown> = Promise.resolve();

  const opened = async (): Promise<FileHandle> => {
    if (file !== undefined) return file;
    file = await open(path, isFirst && truncate && rotation === undefined ? 'w' : 'a', 0o600);
    isFirst = false;
    size = (await file.stat()).size;
    return file;
  };
  const rotate = async (limits: Rotation): Promise<void> => {
    await file?.close();
    file = undefined;
    await rename(path, backupName(path, now(), limits.localTime));
    await removeOld(path, limits, now());
  };
  const append = async (record: Uint8Array): Promise<void> => {
    let handle = await opened();
    if (rotation !== undefined && size > 0 && size + record.length > rotation.maxBytes) {
      await rotate(rotation);
      handle = await opened();
    }
    try {
      for (let done = 0; done < record.length; ) done += (await handle.write(record, done)).bytesWritten;
      size += record.length;
    } catch (error) {
      await handle.truncate(size).catch(() => {}); // the next one follows what is there
      throw error;
    }
  };
  /** One after another, whatever became of the one before. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const mine = last.then(work);
    last = mine.catch(() => {}); // told to whoever asked
    return mine;
  };
  return {
    write: (record) =>
      inTurn(() => append(record)).catch((error: unknown) => {
        throw new RetryableError('file', `cannot write ${path}: ${errorMessage(error)}`, 1000, {cause: error});
      }),
    close: () =>
      inTurn(async () => {
        await file?.close();
        file = undefined;
      }),
  };
}

/** `data.json` at some moment, put aside for its size: `data-2022-09-14T05-02-14.173-size.json`. */
function backupName(path: string, now: number, localTime: boolean): string {
  const extension = extname(path);
  return `${path.slice(0, path.length - extension.length)}-${stampOf(now, localTime)}-size${extension}`;
}

const stampOf = (now: number, localTime: boolean): string => {
  const shifted = localTime ? now - new Date(now).getTimezoneOffset() * 60_000 : now;
  return new Date(shifted).toISOString().slice(0, 23).replaceAll(':', '-');
};

/** Files that were put aside before names had the reason in them have none. */
const backupStamp = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}(-size)?$/;

async function removeOld(path: string, {maxDays, maxBackups, localTime}: Rotation, now: number): Promise<void> {
  if (maxDays === 0 && maxBackups === 0) return;
  const folder = dirname(path);
  const extension = extname(path);
  const stem = `${basename(path, extension)}-`;
  const stamps = (await readdir(folder))
    .filter((name) => name.startsWith(stem) && name.endsWith(extension))
    .map((name) => name.slice(stem.length, name.length - extension.length))
    .filter((stamp) => backupStamp.test(stamp))
    .toSorted();
  const oldest = maxDays === 0 ? '' : stampOf(now - maxDays * 86_400_000, localTime);
  const excess = maxBackups === 0 ? 0 : Math.max(0, stamps.length - maxBackups);
  for (const [index, stamp] of stamps.entries()) {
    if (index < excess || stamp < oldest) await unlink(join(folder, `${stem}${stamp}${extension}`));
  }
}
