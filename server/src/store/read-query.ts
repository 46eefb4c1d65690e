/**
 * How readers ask ClickHouse: bound parameters, limits on time, memory and rows, cancelled with the caller, rows checked
 * against a row spec, failures as `QueryError`.
 */

import type {Readable} from 'node:stream';
import {bug, QueryError} from '../base/index.ts';
import {ClickHouseException, type ParameterValue, type QueryClient, type Question} from '../engine/index.ts';
import {type Budget, type BudgetLimits, type QueryLimits, refusals} from '../query/index.ts';
import type {Memory} from './memory.ts';
import {SeenLinks} from './read-links.ts';
import type {Presence} from './read-presence.ts';
import type {RecentSegment} from './span-changes.ts';

export interface Query {
  readonly sql: string;
  /** Values of `{name:Type}` in the text. */
  readonly parameters?: Readonly<Record<string, ParameterValue>>;
  readonly settings?: Settings;
  readonly budget: Budget;
}

/** The type of each column, by name: checked in every row. 64-bit numbers come as numbers; times and ids are selected as texts. */
export type RowSpec = Readonly<Record<string, keyof CellTypes>>;
interface CellTypes {
  text: string;
  number: number;
  texts: readonly string[];
  numbers: readonly number[];
  lists: readonly (readonly string[])[];
}
export type Row<S extends RowSpec> = {readonly [K in keyof S]: CellTypes[S[K]]};

export interface Queries {
  rows<S extends RowSpec>(query: Query, spec: S): Promise<Row<S>[]>;
  /** The whole answer in the format Native: for large ones, read without an object a row. The caller counts its rows. */
  native(query: Query): Promise<Uint8Array>;
  /** The answer in a format of ClickHouse's, read as it comes: of a statement with its own settings, whose failures are its author's. */
  open(query: Query, format: string): Promise<Readable>;
  /**
   * Spans that neither the index of traces nor the rates know yet. To be read before these are asked: what is summed up meanwhile is
   * then seen in both, and not in neither.
   */
  recent(): readonly RecentSegment[];
  readonly memory: Memory;
  readonly links: SeenLinks;
}

/** How much longer than its time a query may take to say that it took too long. */
const graceMs = 1000;

export function createQueries(
  client: QueryClient,
  presence: Presence,
  {recent = () => [], memory = {}}: {readonly recent?: Queries['recent']; readonly memory?: Memory} = {},
): Queries {
  const ask = async <T>(query: Query, sql: string, send: (question: Question) => Promise<T>): Promise<T> => {
    const {budget} = query;
    if (presence.away) throw unavailable();
    const {lost} = presence;
    const limits = budget.takeQuery();
    // ClickHouse keeps to its time by itself; one that does not is one that hangs.
    const hung = AbortSignal.timeout(Math.ceil(1000 * limits.seconds) + graceMs);
    try {
      return await send({
        sql,
        parameters: query.parameters ?? {},
        settings: {...settingsOf(limits), ...query.settings},
        signal: AbortSignal.any([budget.signal, hung, lost]),
      });
    } catch (error) {
      throw (hung.aborted || lost.aborted) && !budget.signal.aborted ? unavailable() : queryError(error, budget);
    }
  };
  // In the statement's own settings: as one of its session, the embedded engine would have to open another for each.
  const run = (query: Query, format: string): Promise<Buffer> =>
    ask(query, `${query.sql}\nSETTINGS readonly = 2\nFORMAT ${format}`, (question) => client.ask(question));
  return {
    async rows(query, spec) {
      const answer = await run(query, 'JSONEachRow');
      const rows: Row<typeof spec>[] = [];
      for (let from = 0; from < answer.length; ) {
        const end = answer.indexOf(10, from);
        const row: unknown = JSON.parse(answer.toString('utf8', from, end < 0 ? answer.length : end));
        rows.push(checked(row as Record<string, unknown>, spec));
        from = end < 0 ? answer.length : end + 1;
      }
      query.budget.spendRows(rows.length);
      return rows;
    },
    native: (query) => run(query, 'Native'),
    async open(query, format) {
      const answer = await ask(query, `${query.sql}\nFORMAT ${format}`, (question) => client.open(question));
      // Its time is that of ClickHouse: a client may take the answer as slowly as it wants to, while it is there.
      query.budget.signal.addEventListener('abort', () => answer.destroy(), {once: true});
      return answer;
    },
    recent,
    memory,
    links: new SeenLinks(),
  };
}

type Settings = Readonly<Record<string, string | number>>;

const settingsOf = ({seconds, memoryBytes, rows}: QueryLimits): Settings => ({
  max_execution_time: Math.ceil(seconds),
  max_memory_usage: String(memoryBytes),
  max_result_rows: String(rows),
  result_overflow_mode: 'throw',
  output_format_json_quote_64bit_integers: 0,
  // On a cluster, the rows of a trace in every table are on one shard: a subquery of traces or spans needs to ask no other.
  distributed_product_mode: 'local',
  // A query that grouped or sorted more than this goes on by way of the disk instead of failing.
  max_bytes_before_external_group_by: String(Math.floor(memoryBytes / 2)),
  max_bytes_before_external_sort: String(Math.floor(memoryBytes / 2)),
});

function checked<S extends RowSpec>(row: Record<string, unknown>, spec: S): Row<S> {
  for (const name in spec) {
    const value = row[name];
    const type = spec[name] as keyof CellTypes;
    if (!cellChecks[type](value)) bug(`the column ${name} of an answer is not of the type ${type}`);
  }
  return row as Row<S>;
}

const cellChecks: Readonly<Record<keyof CellTypes, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  texts: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  numbers: (value) => Array.isArray(value) && value.every((one) => typeof one === 'number'),
  lists: (value) => Array.isArray(value) && value.every(cellChecks.texts),
};

const unavailable = (): QueryError => new QueryError('unavailable', 'ClickHouse cannot be reached.');
const cancelled = (): QueryError => new QueryError('cancelled', 'The query was cancelled.');

/** Of the answer; the same codes tell that it has too many rows. */
const tooManyBytes = /^Code: (?:307|396)\..* max bytes: /;

/** The errors behind the exception codes of ClickHouse that a query must expect. */
const failureOfCode: Readonly<Record<string, (limits: BudgetLimits) => QueryError>> = {
  158: refusals.rows,
  159: refusals.time,
  160: refusals.time,
  202: unavailable,
  209: unavailable,
  210: unavailable,
  241: refusals.memory,
  242: unavailable,
  279: unavailable,
  307: refusals.rows,
  394: cancelled,
  396: refusals.rows,
};

function queryError(error: unknown, {signal, limits}: Budget): unknown {
  const code = error instanceof ClickHouseException ? error.code : undefined;
  const failure = signal.aborted
    ? cancelled()
    : code !== undefined
      ? (tooManyBytes.test(error instanceof Error ? error.message : '') ? refusals.bytes : failureOfCode[code])?.(
          limits,
        )
      : isConnectionError(error)
        ? unavailable()
        : undefined;
  if (failure === undefined) return error;
  failure.cause = error;
  return failure;
}

const connectionErrors = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

const isConnectionError = (error: unknown): boolean =>
  error instanceof Error &&
  (connectionErrors.has(String((error as NodeJS.ErrnoException).code)) ||
    /socket hang up|aborted|Timeout error/.test(error.message));
