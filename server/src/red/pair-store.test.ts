import {expect, test} from 'vitest';
import {seededRandom} from '../model/testing.ts';
import {type PairSide, PairStore} from './pair-store.ts';

const side = (node: number): PairSide => ({
  node,
  peer: -1,
  seconds: 0.5,
  millis: 7,
  probability: 1,
  weight: 1,
  flags: 3,
});
const ids = (id: number): Uint8Array => new Uint8Array(new Uint32Array([id, 1, 2, 3]).buffer);

function store(most = 1000) {
  const pairs = new PairStore(most);
  const key = (id: number, owner = 0): PairStore => {
    pairs.setKey(owner, ids(id), 0, ids(id), 0);
    return pairs;
  };
  const read = (at: number): PairSide => {
    const found = side(-9);
    pairs.read(at, found);
    return found;
  };
  return {pairs, key, read};
}

test('pair store: a half is found by its ids, kind and owner only', () => {
  const {key, read, pairs} = store();
  key(1).add(0, side(11), 100);
  expect(read(key(1).find(0))).toEqual(side(11));
  expect([key(2).find(0), key(1).find(1), key(1, 5).find(0)]).toEqual([-1, -1, -1]);
  pairs.remove(key(1).find(0));
  expect([key(1).find(0), pairs.count]).toEqual([-1, 0]);
});

test('pair store: several halves of one key are found one after the other', () => {
  const {key, read} = store();
  for (const node of [1, 2, 3]) key(7).add(2, side(node), 100);
  const found: number[] = [];
  for (let at = key(7).find(2); at >= 0; at = key(7).find(2, at)) found.push(read(at).node);
  expect(found.toSorted()).toEqual([1, 2, 3]);
});

test('pair store: halves are overdue in the order in which they came', () => {
  const {key, read, pairs} = store();
  for (const id of [1, 2, 3]) key(id).add(0, side(id), 100 + id);
  pairs.remove(key(1).find(0));
  expect(pairs.overdue(101)).toBe(-1);
  expect(read(pairs.overdue(102)).node).toBe(2);
  pairs.remove(pairs.overdue(102));
  expect(pairs.overdue(102)).toBe(-1);
  expect(Array.from(pairs, (at) => read(at).node)).toEqual([3]);
});

test('pair store: it says as a map does what it holds, whatever is added and removed (seed 5)', () => {
  const random = seededRandom(5);
  const {key, pairs, read} = store();
  const expected = new Map<number, number>();
  for (let step = 0; step < 20_000; step++) {
    const id = Math.floor(random() * 2000);
    const at = key(id).find(0);
    if (at >= 0 !== expected.has(id)) throw new Error(`step ${step}: ${id} is ${at}`);
    if (at >= 0) {
      if (read(at).node !== expected.get(id)) throw new Error(`step ${step}: ${id} has another node`);
      pairs.remove(at);
      expected.delete(id);
    } else if (!pairs.isFull) {
      pairs.add(0, side(step), step);
      expected.set(id, step);
    }
  }
  expect(pairs.count).toBe(expected.size);
  expect(Array.from(pairs, (at) => read(at).node)).toEqual([...expected.values()]);
});
