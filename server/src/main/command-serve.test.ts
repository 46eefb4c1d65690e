import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {reloadWhenAsked} from './command-serve.ts';
import type {ServeOptions, Weft} from './serve.ts';
import {watchFiles} from './watch-files.ts';

test('reload: a SIGHUP beside an edited file is one reading, and what is written later is another', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'weft-hang-up-'));
  const file = join(directory, 'weft.yaml');
  writeFileSync(file, 'a');
  let reloads = 0;
  const weft = {reload: async () => void reloads++} satisfies Partial<Weft>;
  const source = {names: [file], files: () => [file], load: () => Promise.reject(new Error('nobody reads it'))};
  const end = reloadWhenAsked(Promise.resolve(weft as unknown as Weft), {source} as unknown as ServeOptions);
  // Looks behind that of the reload, in the same rhythm: once it has seen a change, the other would have too.
  let changes = 0;
  const witness = watchFiles(() => changes++);
  witness.watch([file]);
  try {
    writeFileSync(file, 'edited');
    process.emit('SIGHUP');
    await expect.poll(() => reloads).toBe(1);
    await expect.poll(() => changes).toBe(1);
    expect(reloads).toBe(1);
    writeFileSync(file, 'edited again');
    await expect.poll(() => reloads).toBe(2);
  } finally {
    end();
    witness.stop();
    rmSync(directory, {recursive: true});
  }
});
