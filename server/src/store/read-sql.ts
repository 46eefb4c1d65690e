/** A statement of a person's, over the tables of `sql-tables.ts`: see docs/decisions/0082-sql-for-people.md. */
import type {Readable} from 'node:stream';
import type {TenantId} from '../base/index.ts';
import {ClickHouseException, type ParameterValue} from '../engine/index.ts';
import type {Budget, SqlFormat, SqlQuery} from '../query/index.ts';
import {
  likeName,
  type Parsed,
  parameterName,
  parseStatement,
  printStatement,
  SqlFault,
  sqlTables,
  unixTime,
} from '../sql/index.ts';
import {Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {selectTable} from './sql-tables.ts';

/** Of what ClickHouse is sent: its parser takes 256 KiB. */
const maxPrintedBytes = 250_000;

const formats: Readonly<Record<SqlFormat, string>> = {
  rows: 'JSONCompactEachRowWithNamesAndTypes',
  csv: 'CSVWithNames',
  parquet: 'Parquet',
  arrow: 'ArrowStream',
};

/** Resolves to the bytes of the answer. Rejects with `SqlFault` where the statement is at fault. */
export async function readSql(queries: Queries, tenant: TenantId, query: SqlQuery, budget: Budget): Promise<Readable> {
  const parsed = parseStatement(query.statement);
  const parameters = boundValues(parsed, query.parameters);
  const where = new Where(tenant);
  const recent = queries.recent();
  const tables = {where, range: query.range, recent};
  const {sql, limit} = printStatement(
    parsed.statement,
    {select: (table, reading) => selectTable(tables, table, reading)},
    // One more tells that there are more.
    query.rows + 1,
  );
  if (Buffer.byteLength(sql) > maxPrintedBytes) {
    throw new SqlFault(
      'The statement is too long once its tables are written out: leave out some tables, columns or values.',
      nowhere,
    );
  }
  const settings = ['readonly = 1', ...(limit === undefined ? [] : [`limit = ${limit}`])];
  const whole = query.whole ? {max_result_rows: String(query.rows)} : {};
  try {
    return await queries.open(
      {
        sql: `${sql}\nSETTINGS ${settings.join(', ')}`,
        parameters: {...where.parameters, ...parameters},
        settings: {...answerSettings, max_result_bytes: budget.limits.answerBytes, ...whole},
        budget,
      },
      formats[query.format],
    );
  } catch (error) {
    if (error instanceof ClickHouseException) throw explained(error, query.statement);
    throw error;
  }
}

const answerSettings = {
  max_temporary_data_on_disk_size_for_query: String(4 * 1024 ** 3),
  output_format_arrow_string_as_string: 1,
  output_format_parquet_string_as_string: 1,
  // Texts that are no UTF-8 would make the whole answer none.
  output_format_json_validate_utf8: 1,
  use_query_cache: 0,
  // As people write times: 2026-01-31T12:00:00Z.
  cast_string_to_date_time_mode: 'best_effort',
  date_time_input_format: 'best_effort',
  joined_subquery_requires_alias: 0,
  // Tables of people are not spread alike: a subquery is asked of all shards, and not of each its own.
  distributed_product_mode: 'global',
} as const;

/** Values by the names that they have in what is printed. */
function boundValues({parameters}: Parsed, given: SqlQuery['parameters']): Record<string, ParameterValue> {
  const values: Record<string, ParameterValue> = {};
  for (const [name, {type, at}] of parameters) {
    const value = given[name];
    if (value === undefined) throw new SqlFault(`The parameter ${name} (${type}) has no value.`, at);
    // A text is any text; of other types it is what ClickHouse writes for the value.
    const time = /^(?:Nullable\()?DateTime/.test(type) ? unixTime(value) : undefined;
    if (time !== undefined) {
      const written = time.seconds + (type.includes('DateTime64') ? time.fraction : '');
      values[parameterName(name)] = {written};
    } else
      values[parameterName(name)] = /^(?:LowCardinality\()?(?:FixedS|S)tring/.test(type) ? value : {written: value};
  }
  const extra = Object.keys(given).find((name) => !parameters.has(name));
  if (extra !== undefined) {
    throw new SqlFault(`The statement has no parameter ${extra}: expected {${extra}:Type} in it.`, nowhere);
  }
  return values;
}

/** What ClickHouse said, without the statement that it was sent, and where the word stands that it speaks of. */
function explained({message}: ClickHouseException, statement: string): SqlFault {
  const said = message
    .replace(/^Code: \d+\. DB::Exception: /, '')
    .replace(/^Syntax error[\s\S]*$/, 'ClickHouse does not understand this')
    .replace(/^(?:Maximum parse depth|AST is too deep)[\s\S]*$/, 'The expressions are nested too deep for ClickHouse')
    .replace(/\. Consider (?:rais|ris|increas)ing [\s\S]*$/, '')
    .replace(
      /[:.,;]? ?\b(?:[Ii]n scope|[Ii]n query|[Ww]hile (?:processing|executing)|Stack trace|Maybe you meant)\b[\s\S]*$/,
      '',
    )
    .replace(/\s*\([A-Z_0-9]+\)\s*(?:\(version[^)]*\)\s*)?$/, '')
    .replaceAll(/\bweft_common_\d+\b/g, 'the table')
    .replaceAll(/`?\b(?:__table\d+|weft_key_\d+)\b`?\.?/g, '')
    .replaceAll(/\buser_(?=\w)/g, '')
    .replace(/\.?\s*$/, '.');
  const unknown = /^Unknown expression(?: or function)? identifier [`']([^`']+)[`']/.exec(said)?.[1];
  if (unknown !== undefined) {
    const names = new Set(sqlTables.flatMap(({columns}) => columns.map(({name}) => name)));
    const like = likeName(unknown.split('.').at(-1) as string, names);
    const meant = unknown.includes('.')
      ? " An attribute is attributes['http.route']."
      : statement.includes(`"${unknown}"`)
        ? ' A text is in single quotes.'
        : '';
    return new SqlFault(
      `There is no column ${cut(unknown)}${like === undefined || like === unknown ? '' : `; there is ${like}`}.${meant} DESCRIBE and the name of a table tell its columns.`,
      placeOf(unknown, statement) ?? nowhere,
    );
  }
  for (const [, quoted, called] of said.matchAll(/[`'"]([^`'"\s]{1,100})[`'"]|\bfunction ([A-Za-z]\w*)/g)) {
    const place =
      placeOf((quoted ?? called) as string, statement) ??
      placeOf((quoted ?? '').split('.').at(-1) as string, statement);
    if (place !== undefined) return new SqlFault(said, place);
  }
  return new SqlFault(said, nowhere);
}

const cut = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);

const nowhere = {start: 0, end: 0};

/** Where a word stands first. */
function placeOf(word: string, statement: string): {start: number; end: number} | undefined {
  if (word === '' || word.length > 200) return undefined;
  const pattern = new RegExp(`(?<![\\w.])${word.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&')}(?!\\w)`, 'i');
  const at = pattern.exec(statement)?.index;
  return at === undefined ? undefined : {start: at, end: at + word.length};
}
