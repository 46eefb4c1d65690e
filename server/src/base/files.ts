/** What everybody needs who writes files that must be there after a crash. */
import {open} from 'node:fs/promises';

/** Resolves when the names of the files in a directory, new and removed ones, are on disk. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** For `catch`: that the file is not there is no failure. */
export function ignoreAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
