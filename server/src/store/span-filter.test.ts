import {expect, test} from 'vitest';
import {utf8Bytes} from '../base/index.ts';
import {seededRandom} from '../model/testing.ts';
import {HashSet} from './hash-set.ts';
import {cellHash, cellSalt, filterOf, keyHash, mayHave, type PairKind, pairHash} from './span-filter.ts';

const pairOf = (kind: PairKind, key: string, value: string): number => {
  const [k, v] = [utf8Bytes(key), utf8Bytes(value)];
  return pairHash(keyHash(kind, k, 0, k.length), v, 0, v.length);
};

test.each([10, 1000, 30_000])(
  'span filter: it has all of %d pairs, each in its cell, and next to none beside them',
  (count) => {
    const salts = [
      cellSalt(780_021_252, 179_598_879),
      cellSalt(780_021_252, 179_598_880),
      cellSalt(780_021_253, 179_598_879),
    ];
    const saltOf = (i: number): number => salts[i % 3] as number;
    const pairs = Array.from({length: count}, (_, i) => pairOf('own', `key.${i % 7}`, `value-${i}`));
    const hashes = new HashSet();
    for (const [i, pair] of pairs.entries()) hashes.add(cellHash(pair, saltOf(i)));
    const filter = filterOf(hashes.slots, hashes.count);
    expect(pairs.every((pair, i) => mayHave(filter, cellHash(pair, saltOf(i))))).toBe(true);
    const wrong = (list: readonly number[], salt: (i: number) => number): number =>
      list.filter((pair, i) => mayHave(filter, cellHash(pair, salt(i)))).length;
    const trials = 30_000;
    const others = Array.from({length: trials}, (_, i) => pairOf('own', 'key.1', `other-${i}`));
    expect(wrong(others, saltOf)).toBeLessThan(trials / 1000);
    expect(wrong(pairs, (i) => saltOf(i + 1))).toBeLessThanOrEqual(3 + count / 1000);
  },
);

test('span filter: key and value, and the kind of text that has them, make a difference', () => {
  const pairs = [
    pairOf('own', 'a', 'bc'),
    pairOf('own', 'ab', 'c'),
    pairOf('own', '', 'abc'),
    pairOf('own', 'abc', ''),
    pairOf('template', 'a', 'bc'),
    pairOf('origin', 'a', 'bc'),
  ];
  expect(new Set(pairs.map((pair) => cellHash(pair, 1))).size).toBe(pairs.length);
});

test('span filter: its hashes are those that are stored', () => {
  expect(cellHash(pairOf('own', 'user.id', 'u-1'), cellSalt(780_021_252, 179_598_879))).toMatchInlineSnapshot(
    `1443211474`,
  );
  expect(Buffer.from(filterOf(Uint32Array.of(1, 0, 0xffff_ffff, 77), 3)).toString('hex')).toMatchInlineSnapshot(
    `"81884440602201119888400406201081"`,
  );
});

test('hash set: it has each hash once, however many there are', () => {
  const random = seededRandom(7);
  const set = new HashSet();
  for (let round = 0; round < 2; round++) {
    const known = new Set<number>();
    for (let i = 0; i < 5000; i++) {
      const hash = 1 + Math.floor(random() * 4000) * 65_536;
      known.add(hash);
      set.add(hash);
    }
    expect(set.count).toBe(known.size);
    expect(new Set(set.slots.filter((hash) => hash !== 0))).toEqual(known);
    set.reset();
  }
});
