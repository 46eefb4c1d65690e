/** Traces of odd shapes, as a comparison is told. */
import {expect, test} from 'vitest';
import {compareTraces, dissect, stepsOf} from '../insight/index.ts';
import {sketched} from '../insight/testing.ts';
import {compareResponse} from './compare-response.ts';

test('compare: a trace that is one chain of fifty thousand calls is told by its first steps', () => {
  const count = 50_000;
  // The lowest differ most: all that they are below would not fit.
  const chain = Array.from({length: count}, (_, i) => ({
    id: `${i}`,
    ...(i === 0 ? {} : {parent: `${i - 1}`}),
    name: 'deep: call',
    at: i / 1000,
    ms: 100 + i,
  }));
  const here = dissect(sketched(...chain));
  const other = dissect(sketched({id: '0', name: 'deep: call', at: 0, ms: 1}));
  const durations = {here: here.trace.spans.duration, other: other.trace.spans.duration};
  const {steps, omitted} = compareResponse(
    compareTraces(stepsOf(here), stepsOf(other), durations),
    {here, other},
    'en',
  );
  expect(steps.length + omitted).toBe(count);
  expect(steps.map(({parent, depth}) => [parent, depth])).toEqual(steps.map((_, i) => [i - 1, i]));
  expect(steps.length).toBe(1000);
}, 60_000);
