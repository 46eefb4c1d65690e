/** Finding, statistics, flame graph and self-time segments: what is read off a finished layout. */
import {expect, test} from 'vitest';
import {findSpans} from './find-spans.ts';
import {flameTree} from './flame-tree.ts';
import {coveredSegments} from './self-segments.ts';
import {byOperation, byService, byValue, groupStatistics, serviceShares} from './statistics.ts';
import {randomTrace, traceOf} from './testing.ts';
import {layOutTrace} from './trace-layout.ts';
import {modelTrace} from './trace-model.ts';

const trace = traceOf(
  {id: 'aaaa0001', start: 0, end: 100, service: 'gateway', name: 'GET /orders'},
  {id: 'aaaa0002', parent: 'aaaa0001', start: 10, end: 40, service: 'orders', name: 'SELECT orders'},
  {id: 'aaaa0003', parent: 'aaaa0001', start: 40, end: 90, service: 'orders', name: 'SELECT orders', error: true},
);
const layout = layOutTrace(trace.spans);
const find = (query: string) => [...findSpans(trace, layout, query)];

test.each([
  ['select', [1, 2]],
  ['ORDERS', [0, 1, 2]],
  ['orders select', [1, 2]],
  ['gateway', [0]],
  ['aaaa0003', [2]],
  ['aaaa', [0, 1, 2]],
  ['aaa', []],
  ['nothing', []],
  ['  ', []],
])('summaries: finding %j', (query, spans) => expect(find(query)).toEqual(spans));

const model = modelTrace(trace);
const root = {count: 1, errors: 0, total: 100, self: 20, wall: 100, average: 100, max: 100, slowest: 0};
const selects = {count: 2, errors: 1, total: 80, self: 80, wall: 80, average: 40, max: 50, slowest: 2};

test('summaries: statistics by operation, and by service', () => {
  expect(groupStatistics(model, byOperation(model))).toEqual([
    {group: 0, ...root},
    {group: 3, ...selects},
  ]);
  expect(groupStatistics(model, byService(model))).toEqual([
    {group: 0, ...root},
    {group: 1, ...selects},
  ]);
});

test('summaries: statistics by a value, spans that do not have the key apart, and spans that are not there ignored', () => {
  const values = [{spans: ['aaaa0003', 'ffff0000']}, {spans: ['ffff0001']}];
  expect(
    groupStatistics(model, byValue(model, values)).map(({group, count, errors}) => [group, count, errors]),
  ).toEqual([
    [0, 1, 1],
    [2, 2, 0],
  ]);
});

test('summaries: wall time counts once what ran side by side, in whatever order the spans come', () => {
  const beside = modelTrace(
    traceOf(
      {id: 'a', start: 0, end: 100, host: 'h1', service: 's'},
      {id: 'b', parent: 'a', start: 10, end: 40, service: 's'},
      {id: 'c', parent: 'a', start: 20, end: 30, service: 's'},
      {id: 'd', parent: 'a', start: 35, end: 60, service: 's'},
      {id: 'e', parent: 'a', start: 70, end: 80, service: 's'},
    ),
  );
  const rest = byValue(beside, [{spans: ['a']}]);
  for (const byStart of [undefined, beside.layout.order.slice().sort((a, b) => a - b)])
    expect(groupStatistics({...beside, byStart}, rest)[1]).toMatchObject({total: 75, wall: 60});
});

test('summaries: shares of the services, the busiest first', () =>
  expect(serviceShares(trace, layout)).toEqual([
    {name: 'orders', service: 1, spans: 2, errors: 1, self: 80},
    {name: 'gateway', service: 0, spans: 1, errors: 0, self: 20},
  ]));

test('summaries: equal paths become one frame', () => {
  const tree = flameTree(trace, layout);
  expect(tree).toMatchObject({count: 3, maxDepth: 2});
  expect([...tree.total]).toEqual([100, 100, 80]);
  expect([...tree.spans]).toEqual([3, 1, 2]);
  expect([...tree.errors]).toEqual([0, 0, 1]);
  expect([...tree.width]).toEqual([1, 1, 0.8]);
  expect([...tree.longest]).toEqual([-1, 0, 2]);
});

test.each(Array.from({length: 50}, (_, seed) => seed))(
  'summaries: frames lie inside their parents and add up (seed %d)',
  (seed) => {
    const random = randomTrace(seed, 50, seed % 2 === 0);
    const tree = flameTree(random, layOutTrace(random.spans));
    for (let frame = 1; frame < tree.count; frame++) {
      const up = tree.parent[frame]!;
      expect(up).toBeLessThan(frame);
      expect(tree.left[frame]).toBeGreaterThanOrEqual(tree.left[up]! - 1e-9);
      expect(tree.left[frame]! + tree.width[frame]!).toBeLessThanOrEqual(tree.left[up]! + tree.width[up]! + 1e-9);
      const below = tree.total.filter((_, i) => tree.parent[i] === frame).reduce((sum, value) => sum + value, 0);
      expect(tree.total[frame]).toBeCloseTo(tree.self[frame]! + below);
    }
    expect(tree.spans.slice(1).reduce((sum, value) => sum + value, 0)).toBe(50);
  },
);

const covered = (from: number, to: number, resolution = 0) =>
  coveredSegments(layout, trace.spans, 0, from, to, resolution);
test('summaries: children that touch are one part', () => expect(covered(0, 100)).toEqual([[0.1, 0.9]]));
test('summaries: parts are cut to the range', () => expect(covered(20, 60)).toEqual([[0, 1]]));
test('summaries: a range before the children has none', () => expect(covered(0, 10)).toEqual([]));
test('summaries: an empty range has none', () => expect(covered(5, 5)).toEqual([]));
test('summaries: narrow gaps close', () => {
  const gap = traceOf(
    {id: 'a', start: 0, end: 100},
    {id: 'b', parent: 'a', start: 10, end: 20},
    {id: 'c', parent: 'a', start: 22, end: 30},
  );
  const parts = (resolution: number) => coveredSegments(layOutTrace(gap.spans), gap.spans, 0, 0, 100, resolution);
  expect(parts(0.01)).toEqual([
    [0.1, 0.2],
    [0.22, 0.3],
  ]);
  expect(parts(0.03)).toEqual([[0.1, 0.3]]);
});
