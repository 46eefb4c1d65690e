import {faultsIn, parse, print} from '@weft/server/traceql-language';
import {expect, test} from 'vitest';
import {ofWholeMillis, withDurations, withoutDurations, withSpans} from './narrow.ts';

/** However it is written. */
const canonical = (q: string): string => {
  const parsed = parse(q);
  return parsed.kind === 'ok' ? print(parsed.value) : `cannot be read: ${q}`;
};

test.each([
  ['{ }', '{ traceDuration >= 1s && traceDuration <= 2.5s }'],
  ['{ .a = 1 || .b = 2 }', '{ ((.a = 1) || (.b = 2)) && traceDuration >= 1s && traceDuration <= 2.5s }'],
  [
    '{ status = error && traceDuration > 500ms } | count() > 2',
    '{ status = error && traceDuration >= 1s && traceDuration <= 2.5s } | count() > 2',
  ],
  ['{ traceDuration >= 1500ms }', '{ traceDuration >= 1.5s && traceDuration <= 2.5s }'],
  [
    '{ .a = 1 } >> { .b = 2 } | by(name)',
    '{ .a = 1 } >> { .b = 2 } | { traceDuration >= 1s && traceDuration <= 2.5s } | by(name)',
  ],
])('TraceQL narrowed: %s between two durations', (q, expected) => {
  const narrowed = withDurations(q, [1e9, 2.5e9]);
  expect(canonical(narrowed)).toBe(canonical(expected));
  expect(faultsIn(narrowed)).toEqual([]);
  // Marked out again, the narrower bounds take the place of the wider.
  expect(withDurations(narrowed, [1e9, 2.5e9])).toBe(narrowed);
});

test.each([
  [
    [0.8e6, 1.2e6],
    [1, 2e6 - 1],
  ],
  [
    [1.2e6, 3.5e6],
    [2e6, 4e6 - 1],
  ],
  // Between two milliseconds nothing is drawn.
  [
    [1.2e6, 1.8e6],
    [1.2e6, 1.8e6],
  ],
  [
    [1e9, 2.5e9],
    [1e9, 2.501e9 - 1],
  ],
] as const)('TraceQL narrowed: traces drawn in whole milliseconds between %j take %j', (marked, expected) =>
  expect(ofWholeMillis(marked)).toEqual(expected),
);

test.each([
  ['{ traceDuration >= 1s && traceDuration <= 2s }', '{ }'],
  ['{ traceDuration >= 1s && status = error } | select(name)', '{ status = error } | select(name)'],
  ['({ .a = 1 } && { .b = 2 }) | { traceDuration > 1s }', '{ .a = 1 } && { .b = 2 }'],
  ['{ traceDuration > 1s || status = error }', '{ ((traceDuration > 1s) || (status = error)) }'],
  ['{ duration > 1s } | rate()', '{ duration > 1s } | rate()'],
])('TraceQL widened: %s without the durations of the trace', (q, expected) =>
  expect(canonical(withoutDurations(q))).toBe(canonical(expected)),
);

test.each([
  ['{ status = error }', '{ status = error } && { .a = 1 }'],
  ['{ } | select(name)', '{ } && { .a = 1 } | select(name)'],
  ['{ status = error } | count() > 2 | by(name)', '({ status = error } | count() > 2) && { .a = 1 } | by(name)'],
  ['{ } || { .b = 2 }', '({ } || { .b = 2 }) && { .a = 1 }'],
])('TraceQL narrowed: %s to traces that have such spans too', (q, expected) => {
  const narrowed = withSpans(q, '{ .a = 1 }');
  expect(canonical(narrowed)).toBe(canonical(expected));
  expect(faultsIn(narrowed)).toEqual([]);
});
