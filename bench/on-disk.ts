/** What the tables of a running Weft take on disk, asked of its engine. */
import {join} from 'node:path';
import {createEngineClient} from '../server/src/engine/index.ts';
import type {MeasuredWeft} from './running-weft.ts';

export interface OnDisk {
  /** Of spans, in the largest table that has one row for each. */
  readonly rows: number;
  /** Of all tables together, without parts that a merge has replaced. */
  readonly bytesASpan: number;
  /** Of these, the table that has a row for each span. */
  readonly ownBytesASpan: number;
  readonly parts: number;
}

export async function onDisk({directory}: MeasuredWeft): Promise<OnDisk> {
  const client = createEngineClient({kind: 'socket', path: join(directory, 'clickhouse', 'engine.sock')}, 'default');
  try {
    const answer = await client.query({
      query: `SELECT toFloat64(sumIf(rows, startsWith(table, 'spans'))) AS rows, toFloat64(sum(bytes_on_disk)) AS bytes,
        toFloat64(sumIf(bytes_on_disk, startsWith(table, 'spans'))) AS own,
        toFloat64(count()) AS parts FROM system.parts WHERE active AND database = 'default'`,
      format: 'JSONEachRow',
    });
    const [{rows, bytes, own, parts}] = (await answer.json()) as [Record<'rows' | 'bytes' | 'own' | 'parts', number>];
    return {rows, bytesASpan: bytes / rows, ownBytesASpan: own / rows, parts};
  } finally {
    await client.close();
  }
}

export const sizeText = ({bytesASpan, ownBytesASpan, parts}: OnDisk): string =>
  `${bytesASpan.toFixed(1)} bytes a span in ${parts} parts, ${ownBytesASpan.toFixed(1)} in the table of spans alone`;
