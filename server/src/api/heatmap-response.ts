/** A heatmap in the form of Weft's API: steps of the histogram become rows, several of them one where fewer rows are wanted. */
import type {UnixNano} from '../base/index.ts';
import type {Heatmap} from '../query/index.ts';
import {stepNanos} from '../red/index.ts';
import type {TraceHeatmapResponse} from './contract.ts';

interface Asked {
  readonly start: UnixNano;
  readonly end: UnixNano;
  readonly columns: number;
  readonly rows: number | undefined;
}

export function heatmapResponse(heatmap: Heatmap, {start, end, columns, rows: wanted}: Asked): TraceHeatmapResponse {
  const lowest = least(heatmap.step);
  const steps = heatmap.step.length === 0 ? 0 : -least(heatmap.step.map((step) => -step)) - lowest + 1;
  const stepsARow = wanted === undefined ? 1 : Math.max(1, Math.ceil(steps / wanted));
  const rows = Math.ceil(steps / stepsARow);
  const cells: {[name in 'column' | 'row' | 'traces' | 'failed' | 'healed']: number[]} = {
    column: [],
    row: [],
    traces: [],
    failed: [],
    healed: [],
  };
  // By column and then by step: what belongs to one cell follows one another.
  heatmap.column.forEach((column, i) => {
    const row = Math.floor(((heatmap.step[i] as number) - lowest) / stepsARow);
    let at = cells.column.length - 1;
    if (cells.column[at] !== column || cells.row[at] !== row) {
      at = cells.column.push(column) - 1;
      cells.row.push(row);
      for (const name of counted) cells[name].push(0);
    }
    for (const name of counted) cells[name][at] = (cells[name][at] as number) + (heatmap[name][i] as number);
  });
  return {
    startUnixNano: start.toString(),
    endUnixNano: end.toString(),
    columnNano: heatmap.columnNano.toString(),
    columns,
    bounds: rows === 0 ? [] : Array.from({length: rows + 1}, (_, row) => stepNanos(lowest + row * stepsARow)),
    cells,
    traces: sum(heatmap.traces),
    failed: sum(heatmap.failed),
    healed: sum(heatmap.healed),
    arriving: heatmap.arriving,
  };
}

const counted = ['traces', 'failed', 'healed'] as const;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
/** Not by spreading: there may be 100,000 of them. */
const least = (values: readonly number[]): number =>
  values.reduce((low, value) => Math.min(low, value), values[0] ?? 0);
