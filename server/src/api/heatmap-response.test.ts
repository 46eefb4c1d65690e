import {describe, expect, test} from 'vitest';
import type {UnixNano} from '../base/index.ts';
import type {Heatmap} from '../query/index.ts';
import {durationStep, lastTraceStep} from '../red/index.ts';
import {heatmapResponse} from './heatmap-response.ts';

const heatmap: Heatmap = {
  columnNano: 10n,
  column: [0, 0, 1, 1, 1],
  step: [40, 41, 40, 41, 47],
  traces: [1, 2, 3, 4, 5],
  failed: [0, 1, 0, 1, 0],
  healed: [1, 0, 0, 0, 2],
  arriving: 7,
};
const asked = (rows: number | undefined) => ({start: 100n as UnixNano, end: 120n as UnixNano, columns: 2, rows});

describe('heatmap response', () => {
  test('without a number of rows, each step from the lowest to the highest is one', () => {
    const {bounds, cells} = heatmapResponse(heatmap, asked(undefined));
    expect(bounds).toHaveLength(9);
    expect(cells.row).toEqual([0, 1, 0, 1, 7]);
    expect(durationStep(BigInt(bounds[1] as number) + 1n)).toBe(41);
    expect(durationStep(BigInt(bounds[1] as number) - 1n)).toBe(40);
  });
  test('with fewer rows, neighbouring steps of a column are one cell', () => {
    const {bounds, cells, ...sums} = heatmapResponse(heatmap, asked(4));
    expect(bounds).toHaveLength(5);
    expect(cells).toEqual({column: [0, 1, 1], row: [0, 0, 3], traces: [3, 7, 5], failed: [1, 1, 0], healed: [1, 0, 2]});
    expect(sums).toMatchObject({traces: 15, failed: 2, healed: 3, arriving: 7, columns: 2, columnNano: '10'});
  });
  test('one row holds everything', () => {
    expect(heatmapResponse(heatmap, asked(1)).cells).toMatchObject({column: [0, 1], row: [0, 0], traces: [3, 12]});
  });
  test('the lowest row begins at nothing, the highest ends', () => {
    const ends = {...heatmap, column: [0, 1], step: [0, lastTraceStep]};
    const {bounds} = heatmapResponse(ends, asked(undefined));
    expect([bounds[0], bounds.length, bounds.every(Number.isSafeInteger)]).toEqual([0, lastTraceStep + 2, true]);
  });
  test('no trace is no row', () => {
    const none = {...heatmap, column: [], step: [], traces: [], failed: [], healed: []};
    expect(heatmapResponse(none, asked(5))).toMatchObject({bounds: [], cells: {column: [], row: []}, traces: 0});
  });
});
