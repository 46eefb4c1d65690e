import {mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {watchFiles} from './watch-files.ts';

/** A watched file, and how often it was said to have changed. */
function scene(file = 'weft.yaml') {
  const directory = mkdtempSync(join(tmpdir(), 'weft-watch-'));
  const path = join(directory, file);
  writeFileSync(join(directory, 'weft.yaml'), 'a');
  let changes = 0;
  const watch = watchFiles(() => changes++, 10);
  onTestFinished(() => {
    watch.stop();
    rmSync(directory, {recursive: true});
  });
  return {directory, path, watch, changes: () => changes};
}

test('watched files: one that is written is told of once it is left alone', async () => {
  const {path, watch, changes} = scene();
  watch.watch([path]);
  writeFileSync(path, 'another');
  await expect.poll(changes).toBe(1);
  rmSync(path);
  await expect.poll(changes).toBe(2);
  writeFileSync(path, 'it is back');
  await expect.poll(changes).toBe(3);
});

test('watched files: a link that leads elsewhere is a change, as Kubernetes swaps a ConfigMap', async () => {
  const {directory, path, watch, changes} = scene('mounted/weft.yaml');
  for (const version of ['1', '2']) {
    mkdirSync(join(directory, version));
    writeFileSync(join(directory, version, 'weft.yaml'), `version ${version}`);
  }
  symlinkSync('1', join(directory, 'mounted'));
  watch.watch([path]);
  symlinkSync('2', join(directory, 'next'));
  renameSync(join(directory, 'next'), join(directory, 'mounted'));
  await expect.poll(changes).toBe(1);
});

test('watched files: what is read already is no change, and what is written afterwards is one', async () => {
  const {path, watch, changes} = scene();
  watch.watch([path]);
  writeFileSync(path, 'another');
  watch.accept();
  const other = `${path}.other`;
  writeFileSync(other, 'a');
  watch.watch([path, other]);
  writeFileSync(other, 'changed');
  await expect.poll(changes).toBe(1);
  writeFileSync(path, 'another one');
  await expect.poll(changes).toBe(2);
});

test('watched files: one that is no longer named is no longer looked at', async () => {
  const {directory, path, watch, changes} = scene();
  const other = join(directory, 'other.yaml');
  writeFileSync(other, 'a');
  watch.watch([path, other]);
  watch.watch([other]);
  writeFileSync(path, 'changed');
  writeFileSync(other, 'changed');
  await expect.poll(changes).toBe(1);
});
