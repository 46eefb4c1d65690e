/**
 * The text of tables, the same for one server and for a cluster: see docs/decisions/0006-storage-layout.md. On a cluster each
 * table is a replicated one on every shard, `spans_local`, with a distributed one over it that has the plain name.
 */
import type {Engine} from '../engine/index.ts';

export type SchemaTarget = Pick<Engine, 'database' | 'cluster'> & {
  /** The expression by which rows of a table end that is made now. Default: they are kept, until `setRetention` says otherwise. */
  readonly ttlOf?: (table: string) => string | undefined;
};

export interface TableDefinition {
  readonly name: string;
  /** Name, type, codec: in order. */
  readonly columns: Readonly<Record<string, string>>;
  readonly indexes?: readonly string[];
  /** `MergeTree`, `SummingMergeTree((count))` …: without `Replicated`. */
  readonly engine: string;
  readonly partitionBy: string;
  readonly orderBy: string;
  /** Where it is only the beginning of `orderBy`, as it is of a table whose order has been made longer. */
  readonly primaryKey?: string;
  /** Spreads rows over the shards of a cluster. */
  readonly shardBy: string;
  readonly settings?: Readonly<Record<string, number | string>>;
}

/** Every statement can be run again and changes nothing then. */
export function createTable(target: SchemaTarget, table: TableDefinition): string[] {
  const lines = [
    ...Object.entries(table.columns).map(([name, type]) => `\`${name}\` ${type}`),
    ...(table.indexes ?? []).map((index) => `INDEX ${index}`),
  ];
  const body = `(\n  ${lines.join(',\n  ')}\n)`;
  const settings = Object.entries({...tableSettings(target), ...table.settings}).map(
    ([name, value]) => `${name} = ${value}`,
  );
  const ttl = target.ttlOf?.(table.name);
  const local = `CREATE TABLE IF NOT EXISTS ${localName(target, table.name)}${onCluster(target)} ${body}
ENGINE = ${engineOf(target, table)}
PARTITION BY ${table.partitionBy}
${table.primaryKey === undefined ? '' : `PRIMARY KEY ${table.primaryKey}\n`}ORDER BY ${table.orderBy}${ttl === undefined ? '' : `\nTTL ${ttl}`}
SETTINGS ${settings.join(', ')}`;
  return target.cluster === undefined ? [local] : [local, distributed(target, table)];
}

export interface ViewDefinition {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** Between SELECT and FROM. */
  readonly select: string;
  readonly groupBy?: string;
}

/** A view that fills `to` from every block that is inserted into `from`. */
export function createView(target: SchemaTarget, view: ViewDefinition): string {
  return `CREATE MATERIALIZED VIEW IF NOT EXISTS ${qualified(target, view.name)}${onCluster(target)} TO ${localName(target, view.to)}
AS ${viewQuery(target, view)}`;
}

/** Gives a view that an earlier version made the query of this one. */
export const changeView = (target: SchemaTarget, view: ViewDefinition): string =>
  `ALTER TABLE ${qualified(target, view.name)}${onCluster(target)} MODIFY QUERY ${viewQuery(target, view)}`;

export const dropView = (target: SchemaTarget, name: string): string =>
  `DROP VIEW IF EXISTS ${qualified(target, name)}${onCluster(target)}`;

/** The one with the plain name first: what nobody reads any more can go. */
export const dropTable = (target: SchemaTarget, name: string): string[] =>
  [...new Set([qualified(target, name), localName(target, name)])].map(
    // A table of any size.
    (table) => `DROP TABLE IF EXISTS ${table}${onCluster(target)} SETTINGS max_table_size_to_drop = 0`,
  );

const viewQuery = (target: SchemaTarget, {from, select, groupBy}: ViewDefinition): string =>
  `SELECT ${select} FROM ${localName(target, from)}${groupBy === undefined ? '' : ` GROUP BY ${groupBy}`}`;

export const changeSettings = (
  target: SchemaTarget,
  table: string,
  settings: NonNullable<TableDefinition['settings']>,
): string =>
  `ALTER TABLE ${localName(target, table)}${onCluster(target)} MODIFY SETTING ${Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ')}`;

/** An earlier version kept them for every column. */
export const dropAutoStatistics = (target: SchemaTarget, table: string): string =>
  changeSettings(target, table, {auto_statistics_types: "''"});

/** A column that an earlier version of the table has not. */
export function addColumn(target: SchemaTarget, table: string, name: string, type: string): string[] {
  const change = `${onCluster(target)} ADD COLUMN IF NOT EXISTS \`${name}\``;
  const local = `ALTER TABLE ${localName(target, table)}${change} ${type}`;
  if (target.cluster === undefined) return [local];
  return [local, `ALTER TABLE ${qualified(target, table)}${change} ${bareType(type)}`];
}

/** The same, at the end of the table's order. */
export function addKeyColumn(
  target: SchemaTarget,
  {name: table, columns, orderBy}: Pick<TableDefinition, 'name' | 'columns' | 'orderBy'>,
  name: string,
): string[] {
  const names = Object.keys(columns);
  const type = columns[name] as string;
  const added = addColumn(target, table, name, `${type} AFTER \`${names[names.indexOf(name) - 1]}\``);
  return added.map((text, i) => (i === 0 ? `${text}, MODIFY ORDER BY ${orderBy}` : text));
}

export const onCluster = ({cluster}: SchemaTarget): string => (cluster === undefined ? '' : ` ON CLUSTER '${cluster}'`);

/** The table that holds the rows, where ALTER applies. */
export const localName = (target: SchemaTarget, table: string): string =>
  qualified(target, target.cluster === undefined ? table : `${table}_local`);

const qualified = ({database}: SchemaTarget, name: string): string => `\`${database}\`.\`${name}\``;

function engineOf({cluster}: SchemaTarget, {engine}: TableDefinition): string {
  if (cluster === undefined) return engine;
  const [, name, inner] = /^(\w+)(?:\((.*)\))?$/.exec(engine) as unknown as [string, string, string | undefined];
  const path = `'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'`;
  return `Replicated${name}(${inner === undefined ? path : `${path}, ${inner}`})`;
}

function distributed(target: SchemaTarget, table: TableDefinition): string {
  return `CREATE TABLE IF NOT EXISTS ${qualified(target, table.name)}${onCluster(target)} AS ${localName(target, table.name)}
ENGINE = Distributed('${target.cluster}', '${target.database}', '${table.name}_local', ${table.shardBy})`;
}

/**
 * The settings of every table. Inserts are synced, since the spool forgets a segment when its INSERT is confirmed; the parts
 * that a merge replaced stay until the merged one is surely on disk; tokens are remembered for long enough to outlive any retry.
 */
function tableSettings({cluster}: SchemaTarget): Readonly<Record<string, number | string>> {
  return {
    fsync_after_insert: 1,
    fsync_part_directory: 1,
    old_parts_lifetime: 480,
    ttl_only_drop_parts: 1,
    // The part that an insert wrote is soon merged: it has one file, not one a column.
    min_level_for_wide_part: 1,
    // Least and greatest values rule out parts: a column says that it has them (`ruledOut`). For all columns a merge would copy
    // the texts of dictionaries for every row, and a resource of 1 MiB in 8,000 spans would need 8 GiB.
    auto_statistics_types: "''",
    // A changed retention looks at the parts that are there without rewriting them.
    materialize_ttl_recalculate_only: 1,
    ...(cluster === undefined
      ? {non_replicated_deduplication_window: 10_000}
      : {replicated_deduplication_window: 10_000, replicated_deduplication_window_seconds: 604_800}),
  };
}

/** Partitions by day, one for everything else: rows that are marked as strays, and those outside the days of `dayOf`. */
export const byDay = (time: string): string => `if(stray = 0, ${dayOf(time)}, toDate(0))`;

/** The day of a time between 2020 and 2050; 1970-01-01 for any other. */
export const dayOf = (time: string): string =>
  `if(${time} >= toDateTime64('2020-01-01', 9, 'UTC') AND ${time} < toDateTime64('2050-01-01', 9, 'UTC'), toDate(${time}), toDate(0))`;

/**
 * For tables whose rows come in the order of time: many small parts cost a query little there, while every merge rewrites
 * all rows. So: few merges of many parts, and none of a large part with small ones (the base). Tables that views fill get
 * one part an insert too, and have the same.
 */
export const fewMerges = {min_parts_to_merge_at_once: 32, merge_selector_base: 24} as const;

/** Without its codec and statistics. */
export const bareType = (type: string): string => type.replace(/ (CODEC\(|STATISTICS\().*$/, '');

/** Appended to a column of numbers or times by whose least and greatest value parts are left out. */
export const ruledOut = ' STATISTICS(basic)';

/** Sorts of columns that several tables have. */
export const column = {
  label: 'LowCardinality(String) CODEC(ZSTD(1))',
  /** 1: its time is so far from now that it lies in the partition for the rest, see `placement.ts`. */
  stray: 'UInt8 CODEC(ZSTD(1))',
  text: 'String CODEC(ZSTD(1))',
  u8: 'UInt8 CODEC(ZSTD(1))',
  u32: 'UInt32 CODEC(ZSTD(1))',
  u64: 'UInt64 CODEC(ZSTD(1))',
  time: `DateTime64(9, 'UTC') CODEC(T64, ZSTD(1))`,
  traceId: 'FixedString(16) CODEC(ZSTD(1))',
  spanId: 'FixedString(8) CODEC(ZSTD(1))',
  /** Text of every value; the letters of their types stand in a column of its own, see `value-text.ts`. */
  attributes: 'Map(LowCardinality(String), String) CODEC(ZSTD(1))',
} as const;

/** Where a row came from: the same in every table, see `write-attributes.ts`. */
export const originColumns = {
  service: column.label,
  /** The exact resource as it arrived, with its schema URL. */
  resource: column.label,
  resource_attributes: 'Map(LowCardinality(String), LowCardinality(String)) CODEC(ZSTD(1))',
  scope: column.label,
  scope_name: column.label,
  scope_version: column.label,
} as const;

/**
 * A list of records that a row has: `events.name` is then the array of their names. One column rather than an array for each
 * field: few rows have any, and every array costs an offset a row, at each insert and each merge.
 */
export function list(name: string, fields: Readonly<Record<string, string>>): Record<string, string> {
  const inner = Object.entries(fields).map(([field, type]) => `${field} ${bareType(type)}`);
  return {[name]: `Array(Tuple(${inner.join(', ')})) CODEC(ZSTD(1))`};
}

/**
 * The entries of the bloom filters on attributes: a hash of each key and value. A query that is to use one must spell this out
 * alike, and test the attribute itself too.
 */
export const attributePairs = (map: string): string =>
  `arrayMap((k, v) -> ${pairHash('k', 'v')}, mapKeys(${map}), mapValues(${map}))`;

/** Of one pair. Hashing costs half of what joining the texts does, at every insert and every merge. */
export const pairHash = (key: string, value: string): string => `cityHash64(${key}, ${value})`;
