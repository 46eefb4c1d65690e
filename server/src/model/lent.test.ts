/** Ownership of a batch: the compiler's refusals (each `@ts-expect-error` is a case), and the fate of one that was kept. */
import {expect, it} from 'vitest';
import {defaultTenant} from '../base/index.ts';
import {
  appendBatch,
  type Consumer,
  copyBatch,
  type Lent,
  recycle,
  type SpanBatch,
  setAttribute,
  type Taker,
} from './index.ts';
import {arbitrarySpanBatch, seededRandom} from './testing.ts';

const context = {tenant: defaultTenant};

it('a lent batch: the compiler refuses to edit it, to append to it and to hand it to who may keep it', () => {
  const misuse = (batch: Lent<SpanBatch>, next: Consumer, taker: Taker): void => {
    // @ts-expect-error: no row can be added
    batch.spans.add();
    // @ts-expect-error: no value can be set
    batch.spans.columns.kind.set(0, 1);
    // @ts-expect-error: no slice can be set
    batch.spans.columns.name.setPair(0, 0, 0);
    // @ts-expect-error: the heap cannot grow
    batch.heap.append(new Uint8Array(1));
    // @ts-expect-error: attributes cannot be edited
    setAttribute(batch, batch.spans.columns.attributes, 0, 'key', {type: 'empty'});
    // @ts-expect-error: nothing can be appended to it
    appendBatch(batch, batch);
    // @ts-expect-error: it cannot be recycled
    recycle(batch);
    // @ts-expect-error: a taker gets a batch of its own only
    void taker.consume(batch, context);
    // @ts-expect-error: nor may a consumer get it that could be a taker
    void next.consume(batch, context);
    // A reader may have it, and anybody a copy.
    if (next.access === 'reads') void next.consume(batch, context);
    void taker.consume(copyBatch(batch), context);
  };
  expect(misuse).toBeTypeOf('function');
});

it('a recycled batch: whoever kept it is told at the first read, and the memory goes on as another object', () => {
  const batch = arbitrarySpanBatch(seededRandom(1), 10);
  const before = batch.spans;
  const fresh = recycle(batch);
  expect(fresh === batch).toBe(false);
  expect(fresh.spans).toBe(before);
  expect([fresh.items.count, fresh.attributes.count, fresh.heap.length]).toEqual([0, 0, 0]);
  expect(() => batch.spans.count).toThrow('a batch was read after its owner had taken it back');
  expect(() => batch.items.count).toThrow('BUG');
  expect(() => batch.heap.bytes).toThrow('BUG');
  expect(() => Object.keys(batch.tables)).toThrow('BUG');
});
