/** How many traces began when and took how long. */
import {type TenantId, unixNanoFromMillis} from '../base/index.ts';
import {type Budget, checkFilterSize, type Heatmap, type HeatmapQuery} from '../query/index.ts';
import {createStepTable, lastTraceStep} from '../red/index.ts';
import {durationOf, halvesOf} from './extent-rows.ts';
import {extent, extents, isArriving} from './read-extents.ts';
import {type KeptScan, keptScan} from './read-kept-extents.ts';
import {narrowed} from './read-narrow.ts';
import type {Queries} from './read-query.ts';
import {traceDurationStep} from './schema-spans.ts';

/** Over everything that is stored. `now` in milliseconds since 1970. */
export async function readHeatmap(
  queries: Queries,
  tenant: TenantId,
  asked: HeatmapQuery,
  now: number,
  budget: Budget,
): Promise<Heatmap> {
  checkFilterSize(asked);
  const query = await narrowed(queries, tenant, asked, {budget, inWindows: false});
  const {start, end, columns} = query;
  const columnNano = (end - start + BigInt(columns) - 1n) / BigInt(columns);
  const nanos = unixNanoFromMillis(now);
  const scan = await keptScan({queries, tenant, filter: query, now: nanos, budget});
  if (scan !== undefined) return heatmapOfScan(scan.unsure ? await scan.sure() : scan, query, columnNano);
  // What began before the range is in its first column.
  const column = `intDiv(greatest(toInt64(${extent.began}), toInt64(${start})) - toInt64(${start}), ${columnNano})`;
  const cell = `
  SELECT ${isArriving(nanos)} AS arriving, if(arriving, 0, ${traceDurationStep(extent.duration)}) AS step,
    if(arriving, 0, toUInt32(least(${column}, ${columns - 1}))) AS at, count() AS traces,
    countIf(${extent.failed}) AS failed, countIf(NOT ${extent.failed} AND ${extent.hasErrors}) AS healed`;
  const {sql, where} = extents(tenant, query, cell, nanos);
  const rows = await queries.rows(
    {
      sql: `
SELECT arriving, step, groupArray(at) AS columns, groupArray(traces) AS traces, groupArray(failed) AS failed, groupArray(healed) AS healed
FROM (${cell}
  FROM (${sql}) GROUP BY arriving, step, at
) GROUP BY arriving, step`,
      parameters: where.parameters,
      budget,
    },
    {arriving: 'number', step: 'number', columns: 'numbers', traces: 'numbers', failed: 'numbers', healed: 'numbers'},
  );
  const cells: Cell[] = rows
    .filter(({arriving}) => arriving === 0)
    .flatMap((row) =>
      row.columns.map((at, i) => ({
        column: at,
        step: row.step,
        traces: row.traces[i] as number,
        failed: row.failed[i] as number,
        healed: row.healed[i] as number,
      })),
    );
  return heatmapOf(cells, columnNano, rows.find(({arriving}) => arriving === 1)?.traces[0] ?? 0);
}

interface Cell {
  readonly column: number;
  readonly step: number;
  readonly traces: number;
  readonly failed: number;
  readonly healed: number;
}

const traceStep = createStepTable(lastTraceStep);

function heatmapOfScan({run}: KeptScan, {start, columns}: HeatmapQuery, columnNano: bigint): Heatmap {
  const steps = lastTraceStep + 1;
  /** Of every cell: traces, failed, healed. */
  const counts = new Uint32Array(3 * columns * steps);
  const from = halvesOf(start);
  const width = Number(columnNano);
  let arriving = 0;
  run((trace) => {
    if (trace.arriving) {
      arriving++;
      return;
    }
    const sinceStart = durationOf(trace.startHigh, trace.startLow, from.high, from.low);
    const column = Math.min(columns - 1, quotient(Math.max(0, sinceStart), width));
    const at = 3 * (column * steps + traceStep(trace.duration));
    counts[at] = (counts[at] as number) + 1;
    const outcome = trace.failed ? at + 1 : trace.errors > 0 ? at + 2 : undefined;
    if (outcome !== undefined) counts[outcome] = (counts[outcome] as number) + 1;
  });
  const cells: Cell[] = [];
  for (let cell = 0; cell < columns * steps; cell++) {
    if (counts[3 * cell] === 0) continue;
    const [traces, failed, healed] = counts.subarray(3 * cell, 3 * cell + 3) as unknown as [number, number, number];
    cells.push({column: Math.floor(cell / steps), step: cell % steps, traces, failed, healed});
  }
  return heatmapOf(cells, columnNano, arriving);
}

/** Of whole numbers; a quotient just below one is rounded to it. */
function quotient(of: number, by: number): number {
  const rounded = Math.floor(of / by);
  return rounded * by > of ? rounded - 1 : rounded;
}

function heatmapOf(cells: readonly Cell[], columnNano: bigint, arriving: number): Heatmap {
  const sorted = cells.toSorted((a, b) => a.column - b.column || a.step - b.step);
  return {
    columnNano,
    column: sorted.map((cell) => cell.column),
    step: sorted.map((cell) => cell.step),
    traces: sorted.map((cell) => cell.traces),
    failed: sorted.map((cell) => cell.failed),
    healed: sorted.map((cell) => cell.healed),
    arriving,
  };
}
