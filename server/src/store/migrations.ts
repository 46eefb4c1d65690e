/**
 * The schema's versions: each is run once, in order, and recorded. Statements can be run again without harm, so that a
 * process that dies half-way leaves nothing to mend. A version that has been released is never changed: add another. A database
 * that no Weft has used yet begins with the last version instead: where a version changes a table of an earlier one, change what
 * is `left` of that too. `schema-shortcut.test.ts` compares the two ways.
 */
import type {Log} from '../base/index.ts';
import {type Engine, insertSettings} from '../engine/index.ts';
import {fillSegments} from './migrate-segments.ts';
import {planTable} from './migration-plan.ts';
import {addColumn, column, createTable, dropAutoStatistics, dropTable, dropView, type SchemaTarget} from './schema.ts';
import {addAttributeSearch, changeAttributeSearch} from './schema-attribute-search.ts';
import {createFilterTable, markUnfiltered} from './schema-filters.ts';
import {createGraphTable} from './schema-graph.ts';
import {createLogTables} from './schema-logs.ts';
import {createMetricTables} from './schema-metrics.ts';
import {
  createFormerSegmentTables,
  createSegmentTables,
  formerTables,
  formerViews,
  makeBlocksSmaller,
} from './schema-segments.ts';
import {changeSpanTables, createSpanTables, createSums, mergeSmallTables, weighRates} from './schema-spans.ts';
import {createTraces, createTraceTable, fillTraces, indexByTraces, keepOrigins} from './schema-traces.ts';

export interface Migration {
  readonly version: number;
  readonly title: string;
  readonly statements: (target: SchemaTarget) => readonly string[];
  /** Makes what is left of it in the last version, for a database that begins with that. Default: its statements. */
  readonly left?: (target: SchemaTarget) => readonly string[];
  /** Runs after the statements, and can be run again without harm as they can. */
  readonly fill?: (engine: Engine, log: Log) => Promise<void>;
  /** To be run after `fill`: takes away what it was filled from. */
  readonly closing?: (target: SchemaTarget) => readonly string[];
}

/** Of the first version that has no table `spans`. */
export const segmentsVersion = 11;

const nothing = (): readonly string[] => [];

export const migrations: readonly Migration[] = [
  {version: 1, title: 'spans, trace index, operations, span rates', statements: createSpanTables, left: createSums},
  {version: 2, title: 'logs', statements: createLogTables},
  {version: 3, title: 'metric series and points', statements: createMetricTables},
  {version: 4, title: 'attributes of spans searched on every level', statements: addAttributeSearch, left: nothing},
  {version: 5, title: 'strays of time, hashes of resources and scopes', statements: placeStrays, left: nothing},
  // As version 5 began with a spelling that no query could use.
  {
    version: 6,
    title: 'the filter over attributes, spelled so that it is used',
    statements: changeAttributeSearch,
    left: nothing,
  },
  {version: 7, title: 'extents of traces', statements: createTraceTable, fill: fillTraces, left: createTraces},
  {version: 8, title: 'the trace index, filled by the extents of traces', statements: indexByTraces, left: nothing},
  {version: 9, title: 'small tables merged as usual', statements: mergeSmallTables, left: nothing},
  {version: 10, title: 'services and environments of traces', statements: keepOrigins, left: nothing},
  {
    version: segmentsVersion,
    title: 'spans by segment and template',
    statements: createFormerSegmentTables,
    left: createSegmentTables,
    fill: fillSegments,
    closing: replaceFormerTables,
  },
  {version: 12, title: 'filters of the attributes of spans', statements: createFilterTable, fill: markUnfiltered},
  {version: 13, title: 'rates of spans that were sampled out', statements: weighRates, left: nothing},
  {version: 14, title: 'columns of spans in smaller blocks', statements: makeBlocksSmaller, left: nothing},
  {version: 15, title: 'the service graph', statements: createGraphTable},
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
  /** Whether a database that no Weft has used yet may begin with the last version: `before` is not called then. Default true. */
  readonly shortcut?: boolean;
  readonly ttlOf?: SchemaTarget['ttlOf'];
}

/**
 * Brings the schema to its last version and returns the versions that it ran. Rejects with `NewerSchemaError` where it is newer
 * than this program.
 */
export async function migrate(
  engine: Engine,
  log: Log,
  {before, shortcut = true, ttlOf}: MigrateOptions = {},
): Promise<readonly number[]> {
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
  if (applied.size === 0 && shortcut && !(await hasFormerSpans(engine))) {
    await makeLast({database: engine.database, cluster: engine.cluster, ...(ttlOf && {ttlOf})}, run);
    await record(engine, migrations);
    log.info({version: newest}, 'schema made');
    return migrations.map(({version}) => version);
  }
  const pending = migrations.filter(({version}) => !applied.has(version));
  for (const {version, title, statements, fill, closing} of pending) {
    await before?.(version);
    const texts = statements(engine);
    for (const statement of texts) await run(statement);
    const changesViews = texts.some((text) => text.includes(' MODIFY QUERY '));
    if (changesViews && engine.kind === 'embedded') await attachViewsAgain(engine, run);
    await fill?.(engine, log);
    for (const statement of closing?.(engine) ?? []) await run(statement);
    await record(engine, [{version, title}]);
    log.info({version, title}, 'schema migrated');
  }
  return pending.map(({version}) => version);
}

/** The first version begins with this table: where it is, somebody is on the long way, or was cut short there. */
async function hasFormerSpans(engine: Engine): Promise<boolean> {
  const answer = await engine.client.query({
    query: `SELECT count() > 0 AS there FROM system.tables WHERE database = {database:String} AND name IN ('spans', 'spans_local')`,
    query_params: {database: engine.database},
    format: 'JSONEachRow',
  });
  return (await answer.json<{there: number}>()).some(({there}) => there === 1);
}

/** The tables of one version do not depend on those of another. */
async function makeLast(target: SchemaTarget, run: (query: string) => Promise<unknown>): Promise<void> {
  const make = async ({statements, left = statements}: Migration): Promise<void> => {
    for (const statement of left(target)) await run(statement);
  };
  await Promise.all(migrations.map(make));
}

async function record(engine: Engine, done: readonly Pick<Migration, 'version' | 'title'>[]): Promise<void> {
  await engine.client.insert({
    table: 'schema_migrations',
    values: done.map(({version, title}) => ({version, title})),
    columns: ['version', 'title'],
    format: 'JSONEachRow',
    // Without a token, a start after a kill would take the record for an INSERT that nobody confirmed.
    clickhouse_settings: insertSettings(`schema_migrations-${done.map(({version}) => version).join()}`),
  });
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
