import {expect, test} from 'vitest';
import {indexIds} from './id-index.ts';

test('id index: the first of equal ids is found, an absent one is not', () => {
  const index = indexIds(['b', 'a', 'b', '']);
  expect([index.get('a'), index.get('b'), index.get(''), index.get('c')]).toEqual([1, 0, 3, undefined]);
});
test('id index: nothing is found in nothing', () => expect(indexIds([]).get('a')).toBeUndefined());
test('id index: ids that differ in one digit only are kept apart', () => {
  const ids = Array.from({length: 5_000}, (_, i) => i.toString(16).padStart(16, '0'));
  const index = indexIds(ids);
  expect(ids.every((id, i) => index.get(id) === i)).toBe(true);
  expect(index.get('ffffffffffffffff')).toBeUndefined();
});
