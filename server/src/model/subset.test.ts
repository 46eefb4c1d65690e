import {expect, it} from 'vitest';
import {utf8} from '../base/index.ts';
import type {Lent} from './lent.ts';
import {createSpanBatch, type SpanBatch} from './span-batch.ts';
import {subset} from './subset.ts';

const namesOf = ({spans, heap}: Lent<SpanBatch>): string[] =>
  Array.from({length: spans.count}, (_, row) => utf8(spans.columns.name.bytes(row, heap)));

it('subset: holds the items in the order asked for, and leaves the batch as it is', () => {
  const batch = createSpanBatch();
  for (const name of ['a', 'b', 'c', 'd']) {
    const row = batch.spans.add();
    batch.spans.columns.name.setPair(row, batch.heap.appendText(name), 1);
    batch.spans.columns.spanId.set(row, new Uint8Array(8).fill(row));
  }
  const part = subset(batch as Lent<SpanBatch>, [2, 0]);
  expect([part.items.count, part.tables.spans?.count, namesOf(part)]).toEqual([2, 2, ['c', 'a']]);
  expect(part.spans.columns.spanId.get(0)).toEqual(new Uint8Array(8).fill(2));
  expect(namesOf(batch)).toEqual(['a', 'b', 'c', 'd']);
});
