import {expect, test} from 'vitest';
import type {Lent, SpanBatch} from '../model/index.ts';
import {createSpanBatch, Heap} from '../model/index.ts';
import {createPlacement} from './placement.ts';

const day = 86_400_000;
const now = Date.parse('2026-06-15T12:00:00Z');
const clock = {now: () => now};
const none = {traces: undefined, logs: undefined, metrics: undefined};

/** Spans that start these numbers of days from now; undefined for no start at all. */
function batchOf(...days: (number | undefined)[]): Lent<SpanBatch> {
  const batch = createSpanBatch(Heap.empty());
  for (const days_ of days) {
    const row = batch.spans.add();
    batch.spans.columns.start.set(row, days_ === undefined ? 0n : BigInt(Math.round(now + days_ * day)) * 1_000_000n);
  }
  return batch as unknown as Lent<SpanBatch>;
}

test('placement: spans of yesterday, today and tomorrow go to their day', () => {
  const placement = createPlacement('traces', none, clock);
  expect(placement(batchOf(0, -0.9, 0.9, 0.1))).toEqual({places: undefined, expired: 0});
});

test('placement: spans days ahead of now and of 1970 are strays where everything is kept', () => {
  const placement = createPlacement('traces', none, clock);
  expect(placement(batchOf(0, 2, 400, 9000))).toEqual({places: Uint8Array.of(0, 1, 1, 1), expired: 0});
});

test('placement: spans from before the retention, and those without a start, are expired', () => {
  const placement = createPlacement('traces', {...none, traces: 7 * day}, clock);
  expect(placement(batchOf(-6.9, -7.1, 0, undefined, -300))).toEqual({
    places: Uint8Array.of(0, 2, 0, 2, 2),
    expired: 3,
  });
  const short = createPlacement('traces', {...none, traces: 3_600_000}, clock);
  expect(short(batchOf(-0.03, -0.05))).toEqual({places: Uint8Array.of(0, 2), expired: 1});
});

test('placement: eight days of the past at a time have their own partition, and another takes its turn later', () => {
  let passed = 0;
  const placement = createPlacement('traces', {...none, traces: 400 * day}, clock, () => passed);
  const days = Array.from({length: 300}, (_, i) => -2 - i);
  const {places} = placement(batchOf(...days));
  expect(places?.slice(0, 8)).toEqual(new Uint8Array(8));
  expect(places?.filter((each) => each === 1).length).toBe(292);
  expect(placement(batchOf(-2, -9)).places).toBeUndefined();
  expect(placement(batchOf(-50)).places).toEqual(Uint8Array.of(1));
  passed = 80_000;
  expect(placement(batchOf(-50)).places).toBeUndefined();
  expect(placement(batchOf(-2)).places).toBeUndefined();
});
