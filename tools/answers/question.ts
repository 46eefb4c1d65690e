/** A question to the store, and whether an answer to it is right. */

import type {TenantId} from '../../server/src/base/index.ts';
import {Budget} from '../../server/src/query/index.ts';
import type {Reader} from '../../server/src/store/reader.ts';
import type {Model} from './model.ts';
import {canonical} from './span.ts';

export type Ask = {readonly budget: Budget};

export interface Question {
  /** What is asked, to be read by a person. */
  readonly text: string;
  /** Resolves to what is wrong with the answer; undefined where it is right. */
  ask(asked: Asked, model: Model): Promise<string | undefined>;
}

/** Whom to ask. */
export interface Asked {
  readonly reader: Reader;
  /** Resolves to the status and body of a GET. */
  http(tenant: TenantId, path: string): Promise<{readonly status: number; readonly body: string}>;
}

const {signal} = new AbortController();

/** `fault` says what is wrong with an answer, and undefined where nothing is. */
export const question = <Answer>(
  name: string,
  parameters: unknown,
  ask: (reader: Reader, asked: Ask) => Promise<Answer>,
  fault: (model: Model, answer: Answer) => string | undefined,
): Question => ({
  text: `${name} ${canonical(parameters)}`,
  async ask({reader}, model) {
    return fault(model, await ask(reader, {budget: new Budget(signal)}));
  },
});

/** One of an HTTP API, answered in JSON. */
export const httpQuestion = <Answer>(
  tenant: TenantId,
  path: string,
  fault: (model: Model, answer: Answer) => string | undefined,
): Question => ({
  text: `GET ${path} of ${tenant}`,
  async ask({http}, model) {
    const {status, body} = await http(tenant, path);
    return status === 200 ? fault(model, JSON.parse(body) as Answer) : `${status} ${body.slice(0, 1000)}`;
  },
});

/** U+FFFD for a run of bytes that are not UTF-8, however many a reader takes for it. */
export const comparable = (value: unknown): string => canonical(value).replaceAll(/\uFFFD+/g, '\uFFFD');

const most = 3000;
const cut = (text: string): string =>
  text.length > most ? `${text.slice(0, most)}… (${text.length} characters)` : text;

export function same(expected: unknown, answer: unknown): string | undefined {
  const [wanted, got] = [comparable(expected), comparable(answer)];
  return wanted === got ? undefined : differ(wanted, got);
}

function differ(wanted: string, got: string): string {
  let at = 0;
  while (wanted[at] === got[at]) at++;
  const from = Math.max(0, at - 200);
  return `expected …${cut(wanted.slice(from))}\n  answered …${cut(got.slice(from))}`;
}

/** An entry of a list: `rank` is what it is ordered by, entries of one rank come in any order. */
export interface Ranked {
  readonly rank: unknown;
  readonly value: unknown;
}

/** The first `limit` of the expected entries, in their order. */
export function sameFirst(expected: readonly Ranked[], answer: readonly Ranked[], limit: number): string | undefined {
  const count = Math.min(limit, expected.length);
  const ranks = same(
    expected.slice(0, count).map(({rank}) => rank),
    answer.map(({rank}) => rank),
  );
  if (ranks !== undefined) {
    return `the ranks of ${count} of ${expected.length} entries against ${answer.length}: ${ranks}\n  all expected: ${cut(comparable(expected))}\n  all answered: ${cut(comparable(answer))}`;
  }
  const left = new Map<string, number>();
  for (const one of expected) left.set(comparable(one), (left.get(comparable(one)) ?? 0) + 1);
  for (const one of answer) {
    const text = comparable(one);
    const times = left.get(text) ?? 0;
    if (times === 0) {
      const near = expected.filter(({rank}) => comparable(rank) === comparable(one.rank)).map(comparable);
      return `not expected: ${cut(text)}\n  expected of its rank: ${cut(near.join('\n    '))}`;
    }
    left.set(text, times - 1);
  }
  return undefined;
}

export const descending = (a: bigint, b: bigint): number => (a > b ? -1 : a < b ? 1 : 0);
export const firstFault = (...faults: readonly (string | undefined)[]): string | undefined =>
  faults.find((fault) => fault !== undefined);
