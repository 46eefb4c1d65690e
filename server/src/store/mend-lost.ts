/**
 * Rows beside spans that were lost hide spans from questions: those of the index of traces from questions by id, those of texts from
 * searches. Both can be made again from the spans, any number of times. That looks at every span, and so is done where there are signs
 * of a loss: pieces that were put aside, and parts that ClickHouse found broken. Filters and rates need no mending: see `lost-cells.ts`.
 */
import {readdir} from 'node:fs/promises';
import type {Log} from '../base/index.ts';
import type {Engine} from '../engine/index.ts';
import {spanTable, spanTextTable, traceIndexTable} from './schema-segments.ts';
import {traceHash} from './schema-spans.ts';

export interface MendOptions {
  readonly engine: Pick<Engine, 'client'>;
  /** Of the spool. */
  readonly rejectedDirectory: string;
  readonly log: Log;
}

/** To be called when everything earlier is in the tables. Resolves to the tables that were looked through. */
export async function mendLost({engine, rejectedDirectory, log}: MendOptions): Promise<readonly string[]> {
  const aside = await readdir(rejectedDirectory).catch(() => []);
  const broken = new Set(await brokenTables(engine));
  const tables = [traceIndexTable, spanTextTable].filter(
    (table) => broken.has(table) || aside.some((file) => file.startsWith(`${table}.`) || isOfSums(file, table)),
  );
  if (tables.length === 0) return tables;
  log.warn(
    {tables, rejectedDirectory},
    'rows of these tables were lost, as files put aside or detached parts tell: they are made again from the spans',
  );
  if (tables.includes(traceIndexTable)) await mendIndex(engine);
  if (tables.includes(spanTextTable)) await mendTexts(engine);
  log.info({tables}, 'lost rows were made again');
  return tables;
}

/** A group of sums has rows of the index, and no texts. */
const isOfSums = (file: string, table: string): boolean => table === traceIndexTable && file.startsWith('derived.');

async function rowsOf<Row>({client}: MendOptions['engine'], query: string): Promise<readonly Row[]> {
  const answer = await client.query({query, format: 'JSONEachRow'});
  return answer.json<Row>();
}

async function brokenTables(engine: MendOptions['engine']): Promise<readonly string[]> {
  const rows = await rowsOf<{table: string}>(
    engine,
    `SELECT DISTINCT table FROM system.detached_parts
WHERE database = currentDatabase() AND startsWith(ifNull(reason, ''), 'broken')`,
  );
  return rows.map(({table}) => table);
}

/** A day at a time: what one INSERT brought of a bucket has all of its entries, or has lost them. */
async function mendIndex(engine: MendOptions['engine']): Promise<void> {
  const partitions = await rowsOf<{id: string}>(engine, `SELECT DISTINCT _partition_id AS id FROM ${spanTable}`);
  for (const {id} of partitions) {
    const within = `_partition_id = '${id}'`;
    await insert(
      engine,
      `INSERT INTO ${traceIndexTable} (tenant, stray, trace_hash, bucket, segment)
SELECT DISTINCT tenant, stray, ${traceHash('trace_id')}, bucket, segment FROM ${spanTable}
WHERE ${within} AND (tenant, bucket, segment) NOT IN (SELECT tenant, bucket, segment FROM ${traceIndexTable} WHERE ${within})`,
    );
  }
}

async function mendTexts(engine: MendOptions['engine']): Promise<void> {
  const texts = ['attribute_template', 'origin'].map(
    (column) => `SELECT tenant, start_time, ${column} AS text FROM ${spanTable}`,
  );
  await insert(
    engine,
    `INSERT INTO ${spanTextTable} (tenant, day, text)
SELECT tenant, toDate(max(start_time)), toString(text) FROM (${texts.join(' UNION ALL ')}) GROUP BY tenant, text
HAVING text != '' AND (tenant, cityHash64(text)) NOT IN (SELECT tenant, hash FROM ${spanTextTable})`,
  );
}

const insert = async ({client}: MendOptions['engine'], query: string): Promise<void> =>
  void (await client.command({query, clickhouse_settings: {wait_end_of_query: 1}}));
