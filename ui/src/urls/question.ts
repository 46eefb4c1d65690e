/** What is looked for: terms that must all hold. Form, palette, menus of attributes and "no match" edit the same one. */
import {type RawQuery, type Reader, readerOf} from './query-string.ts';
import {quoteFault, unquote} from './question-quotes.ts';
import {joinedTerms, splitTerms} from './question-split.ts';

export const operators = ['>=', '<=', '!=', '=', '>', '<'] as const;
export type Operator = (typeof operators)[number];

/**
 * `field` is one of `question-fields.ts` (`operation`, `kind`, `status` of a span; `duration` of the trace; `span.duration`;
 * `outcome` of the request), or the key of an attribute. An attribute that is called as one of these has a dot before its key.
 */
export interface Term {
  readonly field: string;
  readonly op: Operator;
  readonly value: string;
}

export type Question = readonly Term[];

/**
 * As it stands in an address and in the query bar: `duration>1s`. A field that has an operator or a space in it is written in quotes,
 * as JSON, and so is a value that begins or ends with a space or a quote, begins as a longer operator does (`a==b`), is a word of the
 * language (`nil`) or has what joins conditions in it. So is a field that begins as what is not to hold does when it is typed: `-x=1`.
 */
export function writeTerm({field, op, value}: Term): string {
  const begin = `${isPlainKey(field) ? field : JSON.stringify(field)}${op}`;
  const plain =
    value !== '' &&
    !/^[\s"=<>~'‘“「『«]|^\/\/|\s$|^(?:nil|null)$/i.test(value) &&
    splitTerms(begin + value)?.length === 1;
  return begin + (plain ? value : JSON.stringify(value));
}

/** Signs of other keyboards and the colon are operators only where a person types. */
const isPlainKey = (field: string): boolean => /^[^\s=<>!:≥≤≠＝：＞＜！~"-][^\s=<>!:≥≤≠＝：＞＜！~"]*$/.test(field);

/**
 * Undefined where it is no term. The first operator counts: `a=b>c` asks for the value `b>c`. `a=""` asks for an empty text. A value
 * that begins as an operator does (`a=~b`), or as quotes do that are not closed, stands in quotes or is none.
 */
export function readTerm(text: string): Term | undefined {
  const match = /^\s*([^\s=<>!"]+|"(?:[^"\\]|\\.)+")\s*(>=|<=|!=|=|>|<)\s*(.*?)\s*$/s.exec(text);
  if (match === null || match[3] === '' || /^[=<>~]/.test(match[3]!) || quoteFault(match[3]!) !== undefined)
    return undefined;
  const field = unquote(match[1]!);
  return field === '' ? undefined : {field, op: match[2] as Operator, value: unquote(match[3]!)};
}

export interface QuestionUrl {
  /** Each a term. */
  readonly where?: readonly string[] | undefined;
}

/** One value may hold several terms, as they are typed: `a=1 and b=2`, but no "or". A value with such words in it stands in quotes. */
export function readWhere(query: RawQuery | Reader): QuestionUrl {
  const where = readerOf(query).list('where', readTerms);
  return where === undefined ? {} : {where};
}

function readTerms(text: string): readonly string[] | undefined {
  const parts = joinedTerms(text);
  return parts?.every((part) => readTerm(part) !== undefined) ? parts : undefined;
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
