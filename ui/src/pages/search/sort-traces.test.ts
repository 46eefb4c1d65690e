import {expect, test} from 'vitest';
import type {TraceSummary} from '../../api/index.ts';
import {sortTraces} from './sort-traces.ts';

const trace = (
  traceId: string,
  startUnixNano: string,
  durationNano: string,
  spans: number,
  errors: number,
): TraceSummary => ({
  traceId,
  startUnixNano,
  durationNano,
  spans,
  errors,
  rootService: 's',
  rootName: 'n',
  rootArrived: true,
  outcome: 'clean',
  state: 'complete',
  services: [],
});
const traces = [
  trace('a', '1795223045123456788', '5', 9, 1),
  trace('b', '1795223045123456789', '40', 2, 1),
  trace('c', '999', '300', 2, 0),
];
const f = (sort: Parameters<typeof sortTraces>[1]) =>
  sortTraces(traces, sort)
    .map((one) => one.traceId)
    .join('');

test('sort traces: newest, to the nanosecond', () => expect(f('newest')).toBe('bac'));
test('sort traces: longest', () => expect(f('longest')).toBe('cba'));
test('sort traces: most spans, then newest', () => expect(f('spans')).toBe('abc'));
test('sort traces: most errors, then newest', () => expect(f('errors')).toBe('bac'));
