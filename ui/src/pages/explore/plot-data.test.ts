import {expect, test} from 'vitest';
import type {TraceHeatmapResponse, TraceSummary} from '../../api/index.ts';
import {durations, heatmapLayer, onEdge, toneOf, tracePoints} from './plot-data.ts';

const trace: TraceSummary = {
  traceId: '',
  rootService: '',
  rootName: '',
  rootArrived: true,
  startUnixNano: '2000000000',
  durationNano: '5',
  spans: 1,
  errors: 0,
  outcome: 'clean',
  state: 'complete',
  services: [],
};

test('plot: points stand by time and never at zero', () =>
  expect(
    tracePoints({
      more: false,
      traces: [trace, {...trace, startUnixNano: '1000000000', durationNano: '0', outcome: 'failed'}],
    }),
  ).toMatchObject({x: [1, 2], y: [0, 5], trace: [1, 0], tone: ['failed', 'plain']}));

test('plot: a trace that is still arriving is neither failed nor healed', () => {
  expect(toneOf({state: 'arriving', outcome: 'failed'})).toBe('neutral');
  expect(toneOf({state: 'incomplete', outcome: 'failed'})).toBe('failed');
  expect(toneOf({state: 'complete', outcome: 'healed'})).toBe('healed');
});

const heatmap: TraceHeatmapResponse = {
  startUnixNano: '1000000000',
  endUnixNano: '3000000000',
  columnNano: '500000000',
  columns: 4,
  bounds: [1e6, 2e6, 4e6, 8e6],
  cells: {column: [0, 3], row: [0, 1], traces: [9, 1], failed: [0, 1], healed: [0, 0]},
  traces: 10,
  failed: 1,
  healed: 0,
  arriving: 0,
};

test('plot: a heatmap stands in seconds, as its bounds say', () =>
  expect(heatmapLayer(heatmap)).toMatchObject({start: 1, width: 0.5, amount: [9, 1], failed: [0, 1]}));

test('plot: its height has room for what is counted and for what is drawn', () => {
  const none = tracePoints({more: false, traces: []});
  const {min, max} = durations(heatmap, none);
  expect([min < 1e6, max > 4e6]).toEqual([true, true]);
  expect(durations(undefined, none)).toEqual({min: 1e6, max: 1e9});
  expect(
    durations(heatmap, tracePoints({more: false, traces: [{...trace, durationNano: '9000000000'}]})).max,
  ).toBeGreaterThan(9e9);
});

test('plot: a trace without a duration, or one that ends before it begins, lies on the lower edge and does not stretch it', () => {
  const odd = tracePoints({
    more: false,
    traces: ['0', '-5000', '2000000', '9000000'].map((durationNano) => ({...trace, durationNano})),
  });
  const extent = durations({...heatmap, bounds: [0, 1_000, 4e6, 8e6], cells: {...heatmap.cells, row: [0, 2]}}, odd);
  expect(extent.min).toBeGreaterThan(500);
  expect(Math.min(...onEdge(odd, extent).y)).toBe(extent.min);
  expect(durations(undefined, tracePoints({more: false, traces: [{...trace, durationNano: '0'}]}))).toEqual({
    min: 1e6,
    max: 1e9,
  });
});
