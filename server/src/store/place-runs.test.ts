import {expect, test} from 'vitest';
import {seededRandom} from '../model/testing.ts';
import {KeyFilter} from './key-filter.ts';
import {PlaceRuns, sortedRun} from './place-runs.ts';

const random = seededRandom(7);
const below = (limit: number): number => Math.floor(random() * limit);

type Row = readonly [key: number, bucket: number, segment: number];
const runOf = (rows: readonly Row[]) =>
  sortedRun(
    ...((rows.length === 0 ? [[], [], []] : ([0, 1, 2] as const).map((i) => rows.map((row) => row[i] as number))).map(
      (v) => Uint32Array.from(v),
    ) as [Uint32Array, Uint32Array, Uint32Array]),
  );
const textOf = (rows: readonly {bucket: number; segment: number}[] | undefined): string | undefined =>
  rows && [...new Set(rows.map(({bucket, segment}) => `${bucket}/${segment}`))].sort().join(' ');

test('place runs: every place of a key is found, whatever the order in which runs come', () => {
  const runs = new PlaceRuns();
  const all: Row[] = [];
  for (let i = 0; i < 200; i++) {
    const rows = Array.from({length: below(100)}, (): Row => [below(500) * 8_589_934, below(5), below(200)]);
    all.push(...rows);
    if (i % 3 === 0) runs.addOlder(runOf(rows));
    else runs.add(runOf(rows));
  }
  for (let key = 0; key < 500; key++) {
    const expected = all.filter((row) => row[0] === key * 8_589_934);
    expect(textOf(runs.find(key * 8_589_934, 10_000))).toBe(
      textOf(expected.map(([, bucket, segment]) => ({bucket, segment}))),
    );
  }
  expect(runs.find(1, 10)).toEqual([]);
});

test('place runs: of places beyond the bound only the keys are known, and beyond that nothing', () => {
  const runs = new PlaceRuns({places: 100, keys: 200, run: 50});
  const rowsOf = (i: number): Row[] => Array.from({length: 50}, (_, row) => [(i * 50 + row) * 10_000_000, 1, i]);
  for (let i = 0; i < 4; i++) runs.add(runOf(rowsOf(i)));
  expect(runs.places).toBeLessThanOrEqual(100);
  expect(runs.find(5 * 10_000_000, 10)).toBeUndefined();
  expect(runs.find(160 * 10_000_000, 10)).toEqual([{bucket: 1, segment: 3}]);
  expect(runs.find(5 * 10_000_000 + 5_000_000, 10)).toEqual([]);
  for (let i = 4; i < 8; i++) runs.add(runOf(rowsOf(i)));
  expect(runs.isPartial).toBe(true);
  expect(runs.find(5 * 10_000_000 + 5_000_000, 10)).toBeUndefined();
  runs.clear();
  expect(runs.find(5, 10)).toEqual([]);
});

test('key filter: every key that was put in is there, and hardly any other', () => {
  const sets = [
    Array.from({length: 20_000}, () => below(2 ** 32)),
    [0, 0, 15, 16, 4_079, 4_080, 4_081, 2 ** 20 - 1, 2 ** 20, 2 ** 31, 2 ** 32 - 1],
    Array.from({length: 2000}, (_, i) => 3_000_000_000 + i),
    [],
    [2 ** 32 - 1],
  ];
  for (const set of sets) {
    const keys = Uint32Array.from(set).sort();
    const filter = new KeyFilter(keys);
    for (const key of keys) if (!filter.has(key)) expect.fail(`${key} is missing`);
    const known = new Set(Array.from(keys, (key) => key >>> 4));
    for (let i = 0; i < 20_000; i++) {
      const key = below(2 ** 32);
      if (filter.has(key) !== known.has(key >>> 4)) expect.fail(`${key} is found and was never put in`);
    }
  }
});
