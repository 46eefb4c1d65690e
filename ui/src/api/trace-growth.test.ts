import {expect, test} from 'vitest';
import {isSameTrace, mayGrow} from './trace-growth.ts';

const trace = (spans: number) => ({
  traceId: 'a',
  startUnixNano: '1700000000000000000',
  durationNano: '8000000000',
  services: [],
  names: [],
  hosts: [],
  spans: {
    spanId: Array.from({length: spans}, String),
    parentSpanId: [],
    service: [],
    name: [],
    host: [],
    kind: [],
    status: [],
    start: [],
    duration: [],
    events: [],
    links: [],
  },
});
const end = 1_700_000_008_000;

test('trace growth: a trace may grow for half a minute after its end, unless it is large', () => {
  expect(mayGrow(trace(3), end + 29_000)).toBe(true);
  expect(mayGrow(trace(3), end + 31_000)).toBe(false);
  expect(mayGrow(trace(6_000), end)).toBe(false);
});

test('trace growth: more spans make another trace of it', () => {
  expect(isSameTrace(undefined, trace(1))).toBe(false);
  expect(isSameTrace(trace(2), trace(2))).toBe(true);
  expect(isSameTrace(trace(2), trace(3))).toBe(false);
});
