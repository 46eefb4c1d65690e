/**
 * Rows beside spans that were lost hide spans from questions: those of the index of traces from questions by id, those of texts from
 * searches. Both can be made again from the spans, any number of times. That looks at every span, and so is done where there are signs
 * of a loss: pieces that were put aside, and parts that ClickHouse found broken. What was mended is written down, so that the same
 * signs lead to it once. Filters and rates need no mending: see `lost-cells.ts`.
 */
import {readdir, readFile, rename, writeFile} from 'node:fs/promises';
import type {Log} from '../base/index.ts';
import type {Engine} from '../engine/index.ts';
import {spanTable, spanTextTable, traceIndexTable} from './schema-segments.ts';
import {traceHash} from './schema-spans.ts';

export interface MendOptions {
  readonly engine: Pick<Engine, 'client'>;
  /** Of the spool. */
  readonly rejectedDirectory: string;
  /** Where the signs are written down that were seen to. */
  readonly recordFile: string;
  readonly log: Log;
}

/** A file that was put aside, or a part, and the table whose rows are lost with it. */
interface Sign {
  readonly name: string;
  readonly table: string;
}

/** To be called when everything earlier is in the tables. Resolves to the tables that were looked through. */
export async function mendLost({engine, rejectedDirectory, recordFile, log}: MendOptions): Promise<readonly string[]> {
  const signs = [...(await filesAside(rejectedDirectory)), ...(await brokenParts(engine))];
  const seen = await seenSigns(recordFile);
  const tables = [traceIndexTable, spanTextTable].filter((of) =>
    signs.some(({name, table}) => table === of && !seen.has(name)),
  );
  if (tables.length === 0) return tables;
  log.warn(
    {tables, rejectedDirectory},
    'rows of these tables were lost, as files put aside or detached parts tell: they are made again from the spans',
  );
  if (tables.includes(traceIndexTable)) await mendIndex(engine);
  if (tables.includes(spanTextTable)) await mendTexts(engine);
  await writeFile(`${recordFile}.new`, JSON.stringify(signs.map(({name}) => name)));
  await rename(`${recordFile}.new`, recordFile);
  log.info({tables}, 'lost rows were made again');
  return tables;
}

/** None where there is no such record, or one that cannot be read: then it is mended once more. */
async function seenSigns(recordFile: string): Promise<ReadonlySet<unknown>> {
  try {
    return new Set(JSON.parse(await readFile(recordFile, 'utf8')) as Iterable<unknown>);
  } catch {
    return new Set();
  }
}

async function filesAside(directory: string): Promise<readonly Sign[]> {
  const names = await readdir(directory).catch(() => []);
  return names.flatMap((name) =>
    [traceIndexTable, spanTextTable]
      .filter((table) => name.startsWith(`${table}.`) || isOfSums(name, table))
      .map((table) => ({name, table})),
  );
}

/** A group of sums has rows of the index, and no texts. */
const isOfSums = (file: string, table: string): boolean => table === traceIndexTable && file.startsWith('derived.');

async function rowsOf<Row>({client}: MendOptions['engine'], query: string): Promise<readonly Row[]> {
  const answer = await client.query({query, format: 'JSONEachRow'});
  return answer.json<Row>();
}

const brokenParts = (engine: MendOptions['engine']): Promise<readonly Sign[]> =>
  rowsOf<Sign>(
    engine,
    `SELECT table, concat(table, '/', name) AS name FROM system.detached_parts
WHERE database = currentDatabase() AND startsWith(ifNull(reason, ''), 'broken')`,
  );

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
