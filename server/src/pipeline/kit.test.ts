import {expect, test} from 'vitest';
import {RetryableError} from '../base/index.ts';
import {createSpanBatch, Heap, type SpanBatch} from '../model/index.ts';
import {edits, reads, takes} from './kit.ts';
import {release, takeSpare} from './spares.ts';
import {contextOf} from './testing.ts';

function oneSpan(): SpanBatch {
  const batch = createSpanBatch(Heap.of(new Uint8Array(10)));
  batch.spans.add();
  return batch;
}

function takeAll(): void {
  while (takeSpare('traces') !== undefined);
}

test('edits: memory is used again once the readers behind are done', async () => {
  takeAll();
  let during: unknown;
  const read = reads<'traces'>(async (batch) => {
    await Promise.resolve();
    expect(batch.spans.count).toBe(1);
    during = takeSpare('traces');
  });
  const batch = oneSpan();
  const {spans} = batch;
  await edits<'traces'>(read, (each) => each).consume(batch, contextOf());
  expect(during).toBeUndefined();
  expect(takeSpare('traces')?.spans).toBe(spans);
  expect(() => batch.spans.count).toThrow('was read after its owner had taken it back');
});

test('edits: memory is used again where the readers refuse', async () => {
  takeAll();
  const read = reads(() => Promise.reject(new RetryableError('queue_full', 'full')));
  await expect(edits<'traces'>(read, (each) => each).consume(oneSpan(), contextOf())).rejects.toThrow('full');
  expect(takeSpare('traces')).toBeDefined();
});

test('edits: a batch belongs to the taker behind', async () => {
  takeAll();
  let kept: SpanBatch | undefined;
  const take = takes<'traces'>(async (batch) => void (kept = batch));
  await edits<'traces'>(take, (each) => each).consume(oneSpan(), contextOf());
  expect(takeSpare('traces')).toBeUndefined();
  expect(kept?.spans.count).toBe(1);
});

test('edits: what was left out, and what another batch replaced, is used again', async () => {
  takeAll();
  const seen: number[] = [];
  const read = reads<'traces'>(async ({spans}) => void seen.push(spans.count));
  await edits<'traces'>(read, () => undefined).consume(oneSpan(), contextOf());
  expect(takeSpare('traces')).toBeDefined();
  const [first, second] = [oneSpan(), oneSpan()];
  const {spans} = first;
  const replaced = second.spans;
  await edits<'traces'>(read, () => second).consume(first, contextOf());
  expect(seen).toEqual([1]);
  expect([takeSpare('traces')?.spans, takeSpare('traces')?.spans]).toEqual([replaced, spans]);
  await edits<'traces'>(read, (batch) => {
    batch.spans.truncate(0);
    return batch;
  }).consume(oneSpan(), contextOf());
  expect(seen).toEqual([1]);
  expect(takeSpare('traces')).toBeDefined();
});

test('spares: few are kept', () => {
  takeAll();
  for (let i = 0; i < 20; i++) release(oneSpan());
  let count = 0;
  while (takeSpare('traces') !== undefined) count++;
  expect(count).toBe(8);
});
