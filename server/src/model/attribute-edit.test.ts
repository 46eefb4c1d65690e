/** Editing attributes against the plain thing: a list of pairs for each owner. */
import {expect, test} from 'vitest';
import {utf8Bytes} from '../base/index.ts';
import {type KeyValue, readAttributes, readValue} from './any-value.ts';
import {findAttribute, removeAttributes, setAttribute} from './attribute-edit.ts';
import {arbitrarySpanBatch, arbitraryValue, seededRandom, spansAsObjects} from './testing.ts';

const first = Number(process.env.WEFT_SEED ?? 1);

test('attributes: arbitrary edits do to the batch what they do to lists', () => {
  for (let seed = first; seed < first + 60; seed++) {
    const random = seededRandom(seed);
    const batch = arbitrarySpanBatch(random, 5);
    const owner = batch.spans.columns.attributes;
    const expected: KeyValue[][] = spansAsObjects(batch).map((span) => span.attributes);
    for (let edit = 0; edit < 30; edit++) {
      const row = Math.floor(random() * 5);
      const list = expected[row] as KeyValue[];
      const key = `key.${Math.floor(random() * 7)}`;
      if (random() < 0.7) {
        const value = arbitraryValue(random);
        setAttribute(batch, owner, row, key, value);
        const at = list.findIndex((entry) => entry.key === key);
        if (at < 0) list.push({key, value});
        else list[at] = {key, value};
      } else {
        const prefix = key;
        const removed = removeAttributes(batch, owner, row, (at) =>
          (readAttributes(batch, at, 1)[0] as KeyValue).key.startsWith(prefix),
        );
        const kept = list.filter((entry) => !entry.key.startsWith(prefix));
        expect(removed, `WEFT_SEED=${seed}`).toBe(list.length - kept.length);
        expected[row] = kept;
      }
    }
    expect(
      spansAsObjects(batch).map((span) => span.attributes),
      `WEFT_SEED=${seed}`,
    ).toEqual(expected);
  }
});

test('attributes: edits of one owner leave all others as they were', () => {
  const batch = arbitrarySpanBatch(seededRandom(first), 6);
  const before = spansAsObjects(batch);
  setAttribute(batch, batch.spans.columns.attributes, 2, 'added', {type: 'string', value: 'x'.repeat(5000)});
  removeAttributes(batch, batch.spans.columns.attributes, 3, () => true);
  const after = spansAsObjects(batch);
  expect(after[3]?.attributes).toEqual([]);
  expect(after[2]?.attributes).toEqual([
    ...(before[2]?.attributes ?? []),
    {key: 'added', value: {type: 'string', value: 'x'.repeat(5000)}},
  ]);
  const others = (spans: typeof before) =>
    spans.map((span, row) => (row === 2 || row === 3 ? {...span, attributes: []} : span));
  expect(others(after)).toEqual(others(before));
});

test('attributes: an attribute is found by the bytes of its key', () => {
  const batch = arbitrarySpanBatch(seededRandom(first), 1);
  const owner = batch.spans.columns.attributes;
  setAttribute(batch, owner, 0, '鍵', {type: 'int', value: 7n});
  expect(readValue(batch, findAttribute(batch, owner, 0, utf8Bytes('鍵')))).toEqual({type: 'int', value: 7n});
  expect(findAttribute(batch, owner, 0, utf8Bytes('absent'))).toBe(-1);
});
