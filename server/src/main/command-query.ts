/** `weft query`: a statement in SQL, its answer as a table, JSON, CSV, Parquet or Arrow. */
import {once} from 'node:events';
import {text} from 'node:stream/consumers';
import type {SqlResponse} from '../api/index.ts';
import {clientFlags, RefusedError, requestsToWeft, table} from './api-client.ts';
import {type Command, readFlags, UsageError, type Values} from './command.ts';
import {sinceOf} from './range-flags.ts';

const flags = {
  ...clientFlags,
  tenant: {value: 'NAME', help: 'Whose data (default: default)'},
  param: {value: 'NAME=VALUE', multiple: true, help: 'The value of {NAME:Type} in the statement; may be repeated'},
  since: {value: 'TIME', help: 'Only what is younger, such as 15m or 24h'},
  limit: {value: 'N', help: 'How many rows at most (default: 1000 in a table; everything with --csv and --format)'},
  json: {help: 'Answer as JSON: columns, rows, truncated'},
  csv: {help: 'Answer as CSV with a header'},
  format: {value: 'FORMAT', help: 'json, csv, parquet or arrow: written to standard output'},
} as const;

/** The server gives up after 30. */
const seconds = 60;

export const queryCommand: Command = {
  name: 'query',
  summary: 'Ask in SQL: spans, traces, rates, operations and logs are tables.',
  usage: "'SELECT …'",
  details: [
    "query 'SHOW TABLES'            which tables there are; 'DESCRIBE spans' tells the columns of one",
    "query 'SELECT service, count() FROM spans GROUP BY service' --since 1h",
    'query < statement.sql --csv > answer.csv',
    'query "SELECT count() FROM spans WHERE attributes[\'http.route\'] = {r:String}" --param r=/cart',
    '',
    'Statements only read, and only data of one tenant. See docs/how-to/sql.md and docs/reference/sql.md.',
  ].join('\n'),
  flags,
  async run(args) {
    const values = readFlags(flags, args, 1);
    const statement = await statementOf(values);
    const format = formatOf(values);
    const ask = requestsToWeft(values);
    let response: Response;
    try {
      response = await ask(`/sql?${addressOf(values, format)}`, {
        method: 'POST',
        body: {query: statement, parameters: parametersOf(values), format: format ?? 'json'},
        headers: headersOf(values),
        seconds,
      });
    } catch (error) {
      throw error instanceof RefusedError ? pointed(error, statement) : error;
    }
    if (format === undefined) {
      const answer = (await response.json()) as SqlResponse;
      console.log(describeRows(answer));
    } else {
      for await (const chunk of response.body ?? [])
        if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
      if (format === 'json') console.log();
    }
    return 0;
  },
};

async function statementOf({words}: Values): Promise<string> {
  const [word] = words;
  if (word !== undefined && word !== '-') return word;
  if (word === undefined && process.stdin.isTTY)
    throw new UsageError('which statement? Give it in quotes, or on standard input');
  return text(process.stdin);
}

const formats = ['json', 'csv', 'parquet', 'arrow'];

/** Undefined for a table. */
function formatOf(values: Values): string | undefined {
  const format = values.text('format');
  const asked = [values.on('json') && 'json', values.on('csv') && 'csv', format].filter(
    (one) => typeof one === 'string',
  );
  if (asked.length > 1) throw new UsageError(`name one of ${asked.map((one) => `--${one}`).join(' and ')}`);
  if (format !== undefined && !formats.includes(format)) {
    throw new UsageError(`--format ${format}: expected one of ${formats.join(', ')}`);
  }
  return asked[0];
}

function addressOf(values: Values, format: string | undefined): URLSearchParams {
  const address = new URLSearchParams();
  const [limit, since] = [values.text('limit') ?? (format === undefined ? '1000' : undefined), values.text('since')];
  if (limit !== undefined) address.set('limit', limit);
  if (since !== undefined) address.set('start', `${sinceOf(values, Date.now())}`);
  return address;
}

function parametersOf(values: Values): Record<string, string> {
  return Object.fromEntries(
    values.all('param').map((given) => {
      const at = given.indexOf('=');
      if (at < 1) throw new UsageError(`--param ${given}: expected NAME=VALUE`);
      return [given.slice(0, at), given.slice(at + 1)];
    }),
  );
}

function headersOf(values: Values): Record<string, string> {
  const tenant = values.text('tenant');
  return tenant === undefined ? {} : {'x-scope-orgid': tenant};
}

/** With the line of the statement that it is about, and a mark under the place. */
function pointed(error: RefusedError, statement: string): Error {
  const {line, column, message} = error.values;
  const written = statement.split('\n')[Number(line) - 1];
  if (written === undefined || typeof message !== 'string') return error;
  // A mark under a tab would stand elsewhere.
  return new Error(`${message}\n  ${written.replaceAll('\t', ' ')}\n  ${' '.repeat(Number(column) - 1)}^`);
}

/** Longer cells are cut: a table is to be looked at. */
const widest = 80;

/** For a terminal. */
export function describeRows({columns, rows, truncated}: SqlResponse): string {
  if (columns.length === 0) return 'No columns.';
  const cells = rows.map((row) => row.map(cellText));
  const right = new Set(
    columns.flatMap(({type}, i) => (/^(?:Nullable\()?(?:U?Int|Float|Decimal)/.test(type) ? [i] : [])),
  );
  const lines = table([columns.map(({name}) => shortened(name)), ...cells], right);
  const count = `${rows.length.toLocaleString('en')} ${rows.length === 1 ? 'row' : 'rows'}`;
  return [...lines, '', truncated ? `${count}, and there are more: see --limit` : count].join('\n');
}

const cellText = (value: unknown): string =>
  shortened(value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value));

/** What was sent may have control characters in it, which a terminal would obey. */
function shortened(value: string): string {
  const shown = value.replaceAll(/\p{Cc}/gu, (one) => (one === '\n' ? '⏎' : '·'));
  return shown.length > widest ? `${shown.slice(0, widest - 1)}…` : shown;
}
