import {expect, test} from 'vitest';
import type {TraceHeatmapResponse, TraceSummary} from '../../api/index.ts';
import {countedPoints, durations, heatmapLayer, onEdge, plotTrace, toneOf, tracePoints} from './plot-data.ts';

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
    tracePoints(
      [
        {...trace, traceId: 'b'},
        {...trace, traceId: 'a', startUnixNano: '1000000000', durationNano: '0', outcome: 'failed' as const},
      ].map(plotTrace),
    ),
  ).toMatchObject({x: [1, 2], y: [0, 5], trace: [{traceId: 'a'}, {traceId: 'b'}], tone: ['failed', 'plain']}));

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
  const none = tracePoints([]);
  const {min, max} = durations(heatmapLayer(heatmap), none);
  expect([min < 1e6, max > 4e6]).toEqual([true, true]);
  expect(durations(undefined, none)).toEqual({min: 1e6, max: 1e9});
  expect(
    durations(heatmapLayer(heatmap), tracePoints([plotTrace({...trace, durationNano: '9000000000'})])).max,
  ).toBeGreaterThan(9e9);
});

test('plot: a trace without a duration, or one that ends before it begins, lies on the lower edge and does not stretch it', () => {
  const odd = tracePoints(
    ['0', '-5000', '2000000', '9000000'].map((durationNano) => plotTrace({...trace, durationNano})),
  );
  const extent = durations(
    heatmapLayer({...heatmap, bounds: [0, 1_000, 4e6, 8e6], cells: {...heatmap.cells, row: [0, 2]}}),
    odd,
  );
  expect(extent.min).toBeGreaterThan(500);
  expect(Math.min(...onEdge(odd, extent).y)).toBe(extent.min);
  expect(durations(undefined, tracePoints([plotTrace({...trace, durationNano: '0'})]))).toEqual({
    min: 1e6,
    max: 1e9,
  });
});

test('plot: every trace in the time is counted once, in a cell around its start and duration', () => {
  const traces = Array.from({length: 500}, (_, n) =>
    plotTrace({
      ...trace,
      startUnixNano: `${(n * 17_000_003) % 10_000_000_000}`,
      durationNano: `${1 + ((n * 7_919_003) % 3_000_000_000)}`,
      outcome: n % 7 === 0 ? 'failed' : 'clean',
    }),
  );
  const points = tracePoints(traces);
  const layer = countedPoints(points, {from: 0, to: 10_000}, 20, 9)!;
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  expect([sum(layer.amount), sum(layer.failed)]).toEqual([500, 72]);
  for (const [at, amount] of layer.amount.entries()) {
    const [column, row] = [layer.column[at]!, layer.row[at]!];
    const within = points.x.filter((x, index) => {
      const y = points.y[index]!;
      return (
        x >= layer.start + column * layer.width &&
        x < layer.start + (column + 1) * layer.width &&
        y >= layer.bounds[row]! * (1 - 1e-9) &&
        y < layer.bounds[row + 1]!
      );
    });
    expect(within.length).toBe(amount);
  }
});

test('plot: of the same duration alone, of none, and outside the time', () => {
  const one = tracePoints([plotTrace(trace), plotTrace(trace)]);
  expect(countedPoints(one, {from: 0, to: 10_000}, 10, 4)).toMatchObject({column: [2], row: [0], amount: [2]});
  expect(countedPoints(tracePoints([]), {from: 0, to: 10_000}, 10, 4)).toBeUndefined();
  expect(countedPoints(one, {from: 5_000, to: 10_000}, 10, 4)).toMatchObject({amount: []});
});
