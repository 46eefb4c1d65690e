/** How many traces began when and took how long. */
import {type TenantId, unixNano} from '../base/index.ts';
import {type Budget, checkFilterSize, type Heatmap, type HeatmapQuery} from '../query/index.ts';
import {extent, extents, isArriving} from './read-extents.ts';
import type {Queries} from './read-query.ts';
import {withTexts} from './read-texts.ts';
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
  const query = await withTexts(queries, tenant, asked, budget);
  const {start, end, columns} = query;
  const columnNano = (end - start + BigInt(columns) - 1n) / BigInt(columns);
  const nanos = unixNano(BigInt(Math.trunc(now)) * 1_000_000n);
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
  const cells = rows
    .filter(({arriving}) => arriving === 0)
    .flatMap((row) =>
      row.columns.map((at, i) => ({
        column: at,
        step: row.step,
        traces: row.traces[i] as number,
        failed: row.failed[i] as number,
        healed: row.healed[i] as number,
      })),
    )
    .sort((a, b) => a.column - b.column || a.step - b.step);
  return {
    columnNano,
    column: cells.map((cell) => cell.column),
    step: cells.map((cell) => cell.step),
    traces: cells.map((cell) => cell.traces),
    failed: cells.map((cell) => cell.failed),
    healed: cells.map((cell) => cell.healed),
    arriving: rows.find(({arriving}) => arriving === 1)?.traces[0] ?? 0,
  };
}
