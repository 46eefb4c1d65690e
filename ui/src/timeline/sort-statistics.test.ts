import {expect, test} from 'vitest';
import {sortStatistics} from './sort-statistics.ts';
import {operationStatistics} from './statistics.ts';
import {traceOf} from './testing.ts';
import {layOutTrace} from './trace-layout.ts';

const trace = traceOf(
  {id: '1', start: 0, end: 100, name: 'b', service: 'x'},
  {id: '2', parent: '1', start: 0, end: 30, name: 'a', service: 'y', error: true},
  {id: '3', parent: '1', start: 30, end: 60, name: 'a', service: 'y'},
  {id: '4', parent: '1', start: 60, end: 70, name: 'a', service: 'x'},
);
const rows = operationStatistics(trace, layOutTrace(trace.spans));
test.each([
  ['operation', true, 'xa xb ya'],
  ['operation', false, 'ya xb xa'],
  ['count', false, 'ya xa xb'],
  ['total', true, 'xa ya xb'],
  ['self', false, 'ya xb xa'],
  ['errors', false, 'ya xa xb'],
] as const)('sort statistics: %s, ascending %s', (column, up, order) =>
  expect(
    sortStatistics(rows, trace, column, up)
      .map((row) => trace.services[row.service]! + trace.names[row.name])
      .join(' '),
  ).toBe(order),
);
