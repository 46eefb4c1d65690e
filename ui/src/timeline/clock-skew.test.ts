/** Facts: the cases of Jaeger's `clock_skew_test.go`, in milliseconds, with calls between servers for spans without a kind. */
import {clockSkew} from '@weft/server/trace-shape';
import {expect, test} from 'vitest';
import {type SpanSketch, traceOf} from './testing.ts';
import {layOutTrace} from './trace-layout.ts';
import {withClocksAdjusted} from './trace-model.ts';

const ms = 1_000_000;
type Case = Omit<SpanSketch, 'end'> & {readonly duration: number; readonly adjusted: number};

function adjusted(cases: readonly Case[]): Record<string, number> {
  const trace = traceOf(
    ...cases.map(({start, duration, ...rest}) => ({...rest, start: start * ms, end: (start + duration) * ms})),
  );
  const {by} = clockSkew(trace, layOutTrace(trace.spans)) ?? {by: []};
  return Object.fromEntries(trace.spans.spanId.map((id, i) => [id, (trace.spans.start[i]! + (by[i] ?? 0)) / ms]));
}
const f = (title: string, ...cases: readonly Case[]) =>
  test(`clock skew: ${title}`, () =>
    expect(adjusted(cases)).toEqual(Object.fromEntries(cases.map((one) => [one.id, one.adjusted]))));
const caller = {id: '1', start: 10, duration: 100, host: 'a', adjusted: 10};

f('a parent that is not there', {id: '1', parent: '99', start: 0, duration: 100, host: 'a', adjusted: 0});
f(
  'a child that fits, on one host',
  {...caller, start: 0, adjusted: 0},
  {id: '2', parent: '1', start: 10, duration: 50, host: 'a', adjusted: 10},
);
f('nothing moves on one host', caller, {id: '2', parent: '1', start: 0, duration: 50, host: 'a', adjusted: 0});
f('a child that fits inside its parent', caller, {
  id: '2',
  parent: '1',
  start: 20,
  duration: 50,
  host: 'b',
  adjusted: 20,
});
f('a child longer than its parent', caller, {id: '2', parent: '1', start: 20, duration: 150, host: 'b', adjusted: 20});
f('a child that starts before its parent goes to its middle', caller, {
  id: '2',
  parent: '1',
  start: 0,
  duration: 50,
  host: 'b',
  adjusted: 35,
});
f('a longer child that starts before its parent starts with it', caller, {
  id: '2',
  parent: '1',
  start: 0,
  duration: 150,
  host: 'b',
  adjusted: 10,
});
f(
  'spans below a moved one on the same host move with it',
  caller,
  {id: '2', parent: '1', start: -50, duration: 70, host: 'b', adjusted: 25},
  {id: '3', parent: '2', start: -40, duration: 20, host: 'b', adjusted: 35},
);
// Here Weft differs from Jaeger: a child that only ends late is work after the answer, or a call that was given up.
f('a child that ends after its parent stays', caller, {
  id: '2',
  parent: '1',
  start: 50,
  duration: 70,
  host: 'b',
  adjusted: 50,
});

const call = {...caller, kind: 3};
const served = {id: '2', parent: '1', kind: 2, start: 3_600_010, duration: 80, host: 'b'};
f('a call served after its answer moves to its middle', call, {...served, adjusted: 20});
f('a call served long after it failed moves too', {...call, error: true}, {...served, adjusted: 20});
f('a call that was given up may be served later', {...call, error: true}, {...served, start: 500, adjusted: 500});
f('a message may be taken later', {...caller, kind: 4}, {...served, kind: 5, adjusted: 3_600_010});
f('clocks that differ by less than a millisecond agree', call, {...served, start: 9.2, adjusted: 9.2});
f(
  'where no host is named, services stand for hosts',
  {id: '1', start: 10, duration: 100, service: 'web', kind: 3, adjusted: 10},
  {id: '2', parent: '1', start: -3_599_990, duration: 80, service: 'api', kind: 2, adjusted: 20},
  {id: '3', parent: '1', start: 0, duration: 5, service: 'web', adjusted: 0},
);

test('clock skew: the trace is as long as it is shown, and says which clock is how wrong', () => {
  const trace = traceOf(
    {id: 'c', kind: 3, start: 3_600_000 * ms, end: 3_600_100 * ms, host: 'a'},
    {id: 's', parent: 'c', kind: 2, start: 10 * ms, end: 90 * ms, host: 'b'},
    {id: 'q', parent: 's', start: 20 * ms, end: 30 * ms, host: 'b'},
  );
  const skew = clockSkew(trace, layOutTrace(trace.spans))!;
  expect(skew.clocks).toEqual([{name: 'b', by: 3_600_000 * ms, spans: 2}]);
  expect([...skew.contradicts]).toEqual([1, 0, 0]);
  const shown = withClocksAdjusted(trace, skew);
  expect(shown.spans.start.map((start) => start / ms)).toEqual([10, 20, 0]);
  expect(shown.durationNano).toBe(String(100 * ms));
  expect(BigInt(shown.startUnixNano) - BigInt(trace.startUnixNano)).toBe(BigInt(3_600_000 * ms));
});
