import {closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync} from 'node:fs';

/** Replaces the file in one step: after a crash at any moment it is the old or the new one, whole. */
export function writeState(path: string, value: unknown): void {
  const scratch = `${path}.new`;
  const file = openSync(scratch, 'w');
  try {
    writeFileSync(file, `${JSON.stringify(value)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(scratch, path);
}

/** Undefined where there is none. Throws where it cannot be read or is not JSON. */
export function readState(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return JSON.parse(text);
}
