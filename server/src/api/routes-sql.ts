/** Statements in SQL: `sql/` says what may be in them. */
import type {Readable} from 'node:stream';
import {mapOf, oneOf as oneOfValues, scalar, string} from '../config/index.ts';
import type {SqlFormat, TimeRange} from '../query/index.ts';
import {functionGroups, SqlFault, sqlTables} from '../sql/index.ts';
import type {SqlTablesResponse} from './contract.ts';
import {ApiFailure, shorten} from './errors.ts';
import {bodyField, jsonBody} from './json-body.ts';
import {integer, moment, oneOf, type Query, readParameters, text} from './parameters.ts';
import {type Answer, queryDoc, queryDocs, type Route, type RouteRequest, type Services, weftRoute} from './route.ts';
import {rowsToJson} from './sql-json.ts';

const formatNames = ['json', 'csv', 'parquet', 'arrow'] as const;
type FormatName = (typeof formatNames)[number];
const formats: Readonly<
  Record<FormatName, {readonly of: SqlFormat; readonly type: string; readonly extension: string}>
> = {
  json: {of: 'rows', type: 'application/json; charset=utf-8', extension: 'json'},
  csv: {of: 'csv', type: 'text/csv; charset=utf-8; header=present', extension: 'csv'},
  parquet: {of: 'parquet', type: 'application/vnd.apache.parquet', extension: 'parquet'},
  arrow: {of: 'arrow', type: 'application/vnd.apache.arrow.stream', extension: 'arrows'},
};

const shownRows = 10_000;
const mostRows = 1_000_000;

const parameters = {
  query: text('The statement.'),
  format: oneOf(formatNames, 'Of the answer. Without it, what the header Accept asks for; JSON where it says nothing.'),
  limit: integer(
    1,
    mostRows,
    `How many rows at most; the answer in JSON says in \`truncated\` whether there are more. Without it ${shownRows.toLocaleString('en')} in JSON; ` +
      `in other formats all, and an error where they are more than ${mostRows.toLocaleString('en')}.`,
  ),
  start: moment('Only rows from then on.'),
  end: moment('Only rows until then.'),
};

const boundDoc = queryDoc(
  'param_NAME',
  'a text',
  'The value of `{NAME:Type}` in the statement, as ClickHouse writes it: `[1,2]` for a list.',
  {repeatable: true},
);

/** Of the statement, its parameters and the rest. */
const maxBodyBytes = 256 * 1024;

export const sqlRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/weft/v1/sql',
    dialect: 'weft',
    summary: 'Answers a statement that reads: see docs/how-to/sql.md and docs/reference/sql.md.',
    parameters: [...queryDocs(parameters), boundDoc],
    answer: 'SqlResponse',
    handle: (request, services) => answer(request, readAddress(request.query), services),
  },
  {
    method: 'POST',
    path: '/api/weft/v1/sql',
    dialect: 'weft',
    summary: 'The same for longer statements; the address takes the parameters of GET too.',
    parameters: [...queryDocs(parameters), boundDoc],
    body: 'SqlRequest',
    maxBodyBytes,
    answer: 'SqlResponse',
    async handle(request, services) {
      const address = readAddress(request.query);
      return answer(
        request,
        request.body.length === 0 ? address : {...address, ...readBody(request.body, address)},
        services,
      );
    },
  },
  weftRoute({
    method: 'GET',
    path: '/sql/tables',
    summary: 'The tables with their columns, and the functions that statements may call.',
    parameters: {},
    answer: 'SqlTablesResponse',
    async handle() {
      const functions = Object.entries(functionGroups).map(([group, names]) => ({group, names: names.split(' ')}));
      return {kind: 'json', value: {tables: sqlTables, functions} satisfies SqlTablesResponse, etag: true};
    },
  }),
];

interface Asked extends Partial<TimeRange> {
  readonly query: string | undefined;
  readonly format: FormatName | undefined;
  readonly limit: number | undefined;
  readonly bound: Readonly<Record<string, string>>;
}

const boundName = /^param_(?=[A-Za-z_][A-Za-z0-9_]*$)/;

function readAddress(query: Query): Asked {
  const bound = Object.entries(query).filter(([name]) => boundName.test(name));
  const rest = Object.fromEntries(Object.entries(query).filter(([name]) => !boundName.test(name)));
  const {start, end, ...values} = readParameters(parameters, rest);
  for (const [parameter, {length: times}] of bound) {
    if (times > 1) throw new ApiFailure('parameter_repeated', {parameter, times}, parameter);
  }
  return {
    ...values,
    ...(start !== undefined && {start}),
    ...(end !== undefined && {end}),
    bound: Object.fromEntries(bound.map(([name, [value = '']]) => [name.replace(boundName, ''), value])),
  };
}

const valueText = (words: string) =>
  scalar(words, (value) => (typeof value === 'string' || typeof value === 'number' ? {value: String(value)} : words));

const bodyFields = {
  query: bodyField((words) => string(() => true, words), 'text'),
  parameters: bodyField((words) => mapOf(valueText(words)), 'values_by_name'),
  format: bodyField(() => oneOfValues(...formatNames), 'one_of', {options: formatNames.join(', ')}),
};

function readBody(body: Uint8Array, {bound}: Asked): Partial<Asked> {
  const {query, format, parameters: given} = jsonBody(body, bodyFields);
  return {
    ...(query !== undefined && {query}),
    ...(format !== undefined && {format}),
    bound: {...bound, ...(given && Object.fromEntries(given))},
  };
}

async function answer(request: RouteRequest, asked: Asked, {source}: Services): Promise<Answer> {
  const {query: statement = '', limit, bound} = asked;
  if (statement.trim() === '')
    throw new ApiFailure('sql_missing', {example: '{"query": "SELECT count() FROM spans"}'}, 'query');
  const format = asked.format ?? formatOf(request.accept);
  const {of, type, extension} = formats[format];
  const rows = limit ?? (format === 'json' ? shownRows : mostRows);
  let bytes: Readable;
  try {
    bytes = await source.sql(
      request.tenant,
      {
        statement,
        parameters: bound,
        range: {
          ...(asked.start !== undefined && {start: asked.start}),
          ...(asked.end !== undefined && {end: asked.end}),
        },
        format: of,
        rows,
        whole: format !== 'json' && limit === undefined,
      },
      {budget: request.budget},
    );
  } catch (error) {
    throw error instanceof SqlFault ? failureOf(error, statement) : error;
  }
  if (format === 'json') return {kind: 'bytes', type, chunks: rowsToJson(bytes, rows)};
  return {kind: 'bytes', type, chunks: bytes, fileName: `weft.${extension}`};
}

/** The first that the header names and that there is. */
function formatOf(accept: string): FormatName {
  const names = accept.split(',').map((one) => (one.split(';', 1)[0] as string).trim().toLowerCase());
  return (
    names.flatMap((name) => formatNames.filter((format) => formats[format].type.split(';', 1)[0] === name))[0] ?? 'json'
  );
}

function failureOf({message, start, end}: SqlFault, statement: string): ApiFailure {
  if (end === 0) return new ApiFailure('sql_failed', {message}, 'query');
  const before = statement.slice(0, start).split('\n');
  const found = start >= statement.length ? 'the end' : shorten(statement.slice(start, Math.max(end, start + 1)));
  // As texts: they are positions, and no amounts.
  const values = {message, line: String(before.length), column: String((before.at(-1) as string).length + 1), found};
  return new ApiFailure('sql_at', values, 'query');
}
