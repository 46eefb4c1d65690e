/**
 * The schema's versions: each is run once, in order, and recorded. Statements can be run again without harm, so that a
 * process that dies half-way leaves nothing to mend. A version that has been released is never changed: add another.
 */
import type {Log} from '../base/index.ts';
import type {Engine} from '../engine/index.ts';
import {fillSegments} from './migrate-segments.ts';
import {planTable} from './migration-plan.ts';
import {addColumn, column, createTable, dropAutoStatistics, dropTable, dropView, type SchemaTarget} from './schema.ts';
import {addAttributeSearch, changeAttributeSearch} from './schema-attribute-search.ts';
import {createLogTables} from './schema-logs.ts';
import {createMetricTables} from './schema-metrics.ts';
import {createSegmentTables, formerTables, formerViews} from './schema-segments.ts';
import {changeSpanTables, createSpanTables, mergeSmallTables} from './schema-spans.ts';
import {createTraceTable, fillTraces, indexByTraces, keepOrigins} from './schema-traces.ts';

export interface Migration {
  readonly version: number;
  readonly title: string;
  readonly statements: (target: SchemaTarget) => readonly string[];
  /** Runs after the statements, and can be run again without harm as they can. */
  readonly fill?: (engine: Engine, log: Log) => Promise<void>;
  /** To be run after `fill`: takes away what it was filled from. */
  readonly closing?: (target: SchemaTarget) => readonly string[];
}

/** Of the first version that has no table `spans`. */
export const segmentsVersion = 11;

export const migrations: readonly Migration[] = [
  {version: 1, title: 'spans, trace index, operations, span rates', statements: createSpanTables},
  {version: 2, title: 'logs', statements: createLogTables},
  {version: 3, title: 'metric series and points', statements: createMetricTables},
  {version: 4, title: 'attributes of spans searched on every level', statements: addAttributeSearch},
  {version: 5, title: 'strays of time, hashes of resources and scopes', statements: placeStrays},
  // As version 5 began with a spelling that no query could use.
  {version: 6, title: 'the filter over attributes, spelled so that it is used', statements: changeAttributeSearch},
  {version: 7, title: 'extents of traces', statements: createTraceTable, fill: fillTraces},
  {version: 8, title: 'the trace index, filled by the extents of traces', statements: indexByTraces},
  {version: 9, title: 'small tables merged as usual', statements: mergeSmallTables},
  {version: 10, title: 'services and environments of traces', statements: keepOrigins},
  {
    version: segmentsVersion,
    title: 'spans by segment and template',
    statements: createSegmentTables,
    fill: fillSegments,
    closing: replaceFormerTables,
  },
];

/** The plan goes last: while there is a table to copy, it says what is copied already. */
function replaceFormerTables(target: SchemaTarget): readonly string[] {
  return [
    ...formerViews.map((view) => dropView(target, view)),
    ...formerTables.flatMap((table) => dropTable(target, table)),
    ...dropTable(target, planTable),
  ];
}

/** Tables that the versions before make now have these already: a partition key cannot be changed afterwards. */
function placeStrays(target: SchemaTarget): readonly string[] {
  const others = ['logs', 'metric_series', 'metric_points'];
  return [
    ...changeSpanTables(target),
    ...changeAttributeSearch(target),
    ...others.flatMap((table) => [
      ...addColumn(target, table, 'stray', column.stray),
      dropAutoStatistics(target, table),
    ]),
  ];
}

/** No later trial mends it: only another program. */
export class NewerSchemaError extends Error {
  constructor(found: number, newest: number) {
    super(`the data was written by a newer Weft (schema ${found}, this one knows ${newest}): start that one`);
  }
}

export interface MigrateOptions {
  /** Is waited for before a version is run that was not there yet. */
  readonly before?: (version: number) => Promise<void> | undefined;
}

/**
 * Brings the schema to its last version and returns the versions that it ran. Rejects with `NewerSchemaError` where it is newer
 * than this program.
 */
export async function migrate(engine: Engine, log: Log, {before}: MigrateOptions = {}): Promise<readonly number[]> {
  const run = (query: string): Promise<unknown> =>
    engine.client.command({query, clickhouse_settings: {wait_end_of_query: 1}});
  for (const statement of createTable(engine, recordTable)) await run(statement);
  const answer = await engine.client.query({
    query: 'SELECT DISTINCT version FROM schema_migrations ORDER BY version',
    format: 'JSONEachRow',
  });
  const applied = new Set((await answer.json<{version: number}>()).map(({version}) => version));
  const newest = Math.max(...migrations.map(({version}) => version));
  const unknown = [...applied].find((version) => version > newest);
  if (unknown !== undefined) throw new NewerSchemaError(unknown, newest);
  const pending = migrations.filter(({version}) => !applied.has(version));
  for (const {version, title, statements, fill, closing} of pending) {
    await before?.(version);
    const texts = statements(engine);
    for (const statement of texts) await run(statement);
    const changesViews = texts.some((text) => text.includes(' MODIFY QUERY '));
    if (changesViews && engine.kind === 'embedded') await attachViewsAgain(engine, run);
    await fill?.(engine, log);
    for (const statement of closing?.(engine) ?? []) await run(statement);
    await engine.client.insert({
      table: 'schema_migrations',
      values: [{version, title}],
      columns: ['version', 'title'],
      format: 'JSONEachRow',
    });
    log.info({version, title}, 'schema migrated');
  }
  return pending.map(({version}) => version);
}

/**
 * The deduplication ids of a view have its name in them; in the process that ran ALTER … MODIFY QUERY on it, its UUID instead. A
 * segment that was inserted there and is replayed in the next process would come twice into all that views fill. On a server that
 * others run, a view must not be absent for a moment.
 */
async function attachViewsAgain(engine: Engine, run: (query: string) => Promise<unknown>): Promise<void> {
  const answer = await engine.client.query({
    query: `SELECT name FROM system.tables WHERE database = {database:String} AND engine = 'MaterializedView'`,
    query_params: {database: engine.database},
    format: 'JSONEachRow',
  });
  for (const {name} of await answer.json<{name: string}>()) {
    await run(`DETACH TABLE \`${name}\``);
    await run(`ATTACH TABLE \`${name}\``);
  }
}

const recordTable = {
  name: 'schema_migrations',
  columns: {
    version: 'UInt32',
    title: 'String',
    applied: `DateTime('UTC') DEFAULT now()`,
  },
  engine: 'ReplacingMergeTree',
  partitionBy: 'tuple()',
  orderBy: 'version',
  shardBy: 'version',
} as const;
