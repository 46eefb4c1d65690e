/** Reads the whole index of traces into memory, the newest days first, in steps that hold nobody up. */
import {setTimeout as delay} from 'node:timers/promises';
import {dictionaryColumn, fixedColumn, type NativeBlock, readBlocks} from '../native/index.ts';
import {Budget} from '../query/index.ts';
import {placeKey, tenantMix} from './place-key.ts';
import {type PlaceRun, sortedRun} from './place-runs.ts';
import type {Queries} from './read-query.ts';
import {traceIndexTable} from './schema-segments.ts';

export interface LoadOptions {
  readonly signal: AbortSignal;
  /** Rows that are read at once: some. */
  readonly rows?: number;
  /** Between two steps. */
  readonly pauseMs?: number;
}

/**
 * Calls `onRun` with all of it, piece by piece. Resolves to whether that is so: false where many traces share a hash, as nobody's do
 * by chance. Rejects where ClickHouse cannot be asked.
 */
export async function loadPlaces(
  queries: Queries,
  onRun: (run: PlaceRun) => void,
  {signal, rows: most = 2 ** 17, pauseMs = 50}: LoadOptions,
): Promise<boolean> {
  const partitions = await queries.rows(
    {
      sql: `
SELECT partition_id, toUInt32(sum(rows)) AS rows FROM system.parts
WHERE database = currentDatabase() AND table = '${traceIndexTable}' AND active
GROUP BY partition_id ORDER BY partition_id DESC`,
      budget: new Budget(signal),
    },
    {partition_id: 'text', rows: 'number'},
  );
  for (const {partition_id, rows} of partitions) {
    const steps = Math.ceil(rows / most);
    for (let step = 0; step < steps; step++) {
      const [from, to] = [boundOf(step, steps), boundOf(step + 1, steps) - 1];
      const answer = await queries.native({
        sql: `
SELECT tenant, trace_hash, bucket, segment FROM ${traceIndexTable}
WHERE _partition_id = {partition:String} AND trace_hash BETWEEN ${from} AND ${to} LIMIT ${4 * most + 1}`,
        parameters: {partition: partition_id},
        settings: {max_threads: 1},
        budget: new Budget(signal),
      });
      if (!readRuns(answer, 4 * most, onRun)) return false;
      await delay(pauseMs, undefined, {signal, ref: false});
    }
  }
  return true;
}

const boundOf = (step: number, steps: number): number => Math.floor((step * 2 ** 32) / steps);

/** False where there are more rows than `most`. */
function readRuns(answer: Uint8Array, most: number, onRun: (run: PlaceRun) => void): boolean {
  const blocks = [...readBlocks(answer)];
  const count = blocks.reduce((sum, {rows}) => sum + rows, 0);
  if (count > most) return false;
  const [keys, buckets, segments] = [new Uint32Array(count), new Uint32Array(count), new Uint32Array(count)];
  let at = 0;
  for (const block of blocks) {
    const {keys: tenants, indexes} = dictionaryColumn(block, 'tenant');
    const mixes = Array.from({length: tenants.slices.length / 2}, (_, i) =>
      tenantMix(block.bytes, tenants.slices[2 * i] as number, tenants.slices[2 * i + 1] as number),
    );
    const hash = wordsOf(block, 'trace_hash');
    for (let row = 0; row < block.rows; row++)
      keys[at + row] = placeKey(mixes[indexes[row] as number] as number, hash[row] as number);
    buckets.set(wordsOf(block, 'bucket'), at);
    segments.set(wordsOf(block, 'segment'), at);
    at += block.rows;
  }
  onRun(sortedRun(keys, buckets, segments));
  return true;
}

/** Copied, since columns begin anywhere and words only at multiples of four. */
function wordsOf(block: NativeBlock, name: string): Uint32Array {
  const {bytes, at} = fixedColumn(block, name);
  return new Uint32Array(Uint8Array.from(bytes.subarray(at, at + 4 * block.rows)).buffer);
}
