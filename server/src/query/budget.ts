/** The limits of one question. They travel with the question: however many queries an answer takes, they share one budget. */
import {QueryError} from '../base/index.ts';

export interface BudgetLimits {
  readonly seconds: number;
  /** That queries return, not that they read. */
  readonly rows: number;
  readonly queries: number;
  /** Of any single query. */
  readonly memoryBytes: number;
  /** Of the answer of a statement of a person's, as ClickHouse holds it. */
  readonly answerBytes: number;
}

export const questionLimits: BudgetLimits = {
  seconds: 30,
  rows: 2_000_000,
  queries: 500,
  memoryBytes: 1024 ** 3,
  answerBytes: 128 * 1024 ** 2,
};

/** The limits of the next query. */
export type QueryLimits = Omit<BudgetLimits, 'queries' | 'answerBytes'>;

export class Budget {
  /** Aborted when whoever asked goes away. */
  readonly signal: AbortSignal;
  readonly limits: BudgetLimits;
  readonly #now: () => number;
  readonly #deadline: number;
  #rows = 0;
  #queries = 0;

  /** The time runs from here on. `now` is monotonic, in milliseconds. */
  constructor(signal: AbortSignal, limits: Partial<BudgetLimits> = {}, now: () => number = () => performance.now()) {
    this.signal = signal;
    this.limits = {...questionLimits, ...limits};
    this.#now = now;
    this.#deadline = now() + this.limits.seconds * 1000;
  }

  /** Takes one query out of the budget; rejects the question by the name of what is used up. */
  takeQuery(): QueryLimits {
    const seconds = (this.#deadline - this.#now()) / 1000;
    if (seconds <= 0) throw refusals.time(this.limits);
    if (this.#queries >= this.limits.queries) throw refusals.queries(this.limits);
    if (this.#rows >= this.limits.rows) throw refusals.rows(this.limits);
    this.#queries++;
    return {seconds, rows: this.limits.rows - this.#rows, memoryBytes: this.limits.memoryBytes};
  }

  /** Counts rows that a query returned. */
  spendRows(rows: number): void {
    this.#rows += rows;
  }
}

/** How each part of a budget is refused: what was asked for too much of, and what to do about it. */
export const refusals = {
  time: ({seconds}: BudgetLimits) =>
    new QueryError(
      'timeout',
      `The question takes longer than ${seconds} s. Narrow its time range, or add a condition such as a service.`,
      {told: {reason: 'query_seconds', values: {seconds}}},
    ),
  rows: ({rows}: BudgetLimits) =>
    new QueryError(
      'too_large',
      `The answer has more than ${count(rows)} rows. Narrow the time range, or lower the limit.`,
      {told: {reason: 'query_rows', values: {rows}}},
    ),
  queries: ({queries}: BudgetLimits) =>
    new QueryError(
      'too_large',
      `The question takes more than ${count(queries)} queries. Narrow its time range, or add a condition such as a service.`,
      {told: {reason: 'query_count', values: {queries}}},
    ),
  bytes: ({answerBytes}: BudgetLimits) =>
    new QueryError(
      'too_large',
      `The answer has more than ${count(answerBytes / 1024 ** 2)} MiB. Ask for fewer rows or columns, or narrow the time range.`,
      {told: {reason: 'query_bytes', values: {mebibytes: answerBytes / 1024 ** 2}}},
    ),
  memory: ({memoryBytes}: BudgetLimits) =>
    new QueryError(
      'too_large',
      `The question needs more than ${count(Math.round(memoryBytes / 1024 ** 2))} MiB of memory. Narrow its time range, or lower its limit.`,
      {told: {reason: 'query_memory', values: {mebibytes: Math.round(memoryBytes / 1024 ** 2)}}},
    ),
} satisfies Readonly<Record<string, (limits: BudgetLimits) => QueryError>>;

const count = (value: number): string => value.toLocaleString('en');
