/** What is looked for: terms that must all hold. Form, palette, menus of attributes and "no match" edit the same one. */
import {type RawQuery, read} from './query-string.ts';

export const operators = ['>=', '<=', '!=', '=', '>', '<'] as const;
export type Operator = (typeof operators)[number];

/**
 * `field` is `operation`, `kind` or `status` of a span, `duration` of the trace, `span.duration`, `outcome` of the request
 * (`failed`, `healed`: an error inside that the request survived, `clean`), or the key of an attribute.
 */
export interface Term {
  readonly field: string;
  readonly op: Operator;
  readonly value: string;
}

export type Question = readonly Term[];

/** As it stands in an address and in the query bar: `duration>1s`. */
export const writeTerm = ({field, op, value}: Term): string => `${field}${op}${value}`;

/** Undefined where it is no term. The first operator counts: `a=b>c` asks for the value `b>c`. */
export function readTerm(text: string): Term | undefined {
  const match = /^\s*([^\s=<>!]+)\s*(>=|<=|!=|=|>|<)\s*(.*?)\s*$/s.exec(text);
  if (match === null || match[3] === '') return undefined;
  return {field: match[1]!, op: match[2] as Operator, value: match[3]!};
}

export interface QuestionUrl {
  /** Each a term. */
  readonly where?: readonly string[] | undefined;
}

export function readWhere(query: RawQuery): QuestionUrl {
  const where = read.list(query.where, (one) => readTerm(one) !== undefined);
  return where === undefined ? {} : {where};
}

export const questionOf = (url: QuestionUrl): Question =>
  (url.where ?? []).flatMap((text) => {
    const term = readTerm(text);
    return term === undefined ? [] : [term];
  });

export const sameTerm = (a: Term, b: Term): boolean => a.field === b.field && a.op === b.op && a.value === b.value;

/** Undefined where no term is left, so that the address says nothing. */
export function writeQuestion(question: Question): QuestionUrl['where'] {
  return question.length === 0 ? undefined : question.map(writeTerm);
}
