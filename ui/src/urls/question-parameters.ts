/** The API's query for a question in its context. */
import type {Parameters} from '../api/index.ts';
import {parseDuration, writeDuration} from '../format/index.ts';
import type {PageContext} from './context.ts';
import {defaultLimit, type GroupOrder, mostGroups, type Order, type SpanOrder} from './explore-url.ts';
import type {Question, Term} from './question.ts';
import {attributeKey, type FieldName, outcomes} from './question-fields.ts';
import {rangeInNanos} from './time-range.ts';

/** For questions without faults (`questionFaults`): no other is asked. */
export function searchParameters(
  context: PageContext,
  question: Question,
  {limit, order}: {readonly limit?: number | undefined; readonly order?: Order | undefined},
  now: number,
): Parameters {
  return {
    ...conditionParameters(context, question),
    ...rangeInNanos(context, now),
    limit: limit ?? defaultLimit,
    order: order === 'newest' ? undefined : order,
  };
}

/** The same for spans: the first of them, with the values of some attributes. */
export const spanParameters = (
  context: PageContext,
  question: Question,
  {
    limit,
    order,
    columns,
  }: {
    readonly limit?: number | undefined;
    readonly order?: SpanOrder | undefined;
    readonly columns?: readonly string[] | undefined;
  },
  now: number,
): Parameters => ({
  ...conditionParameters(context, question),
  ...rangeInNanos(context, now),
  limit: limit ?? defaultLimit,
  order,
  columns,
});

/** All spans that fit, by one of their values. */
export const groupParameters = (
  context: PageContext,
  question: Question,
  {
    by,
    order,
    limit,
  }: {readonly by: string; readonly order?: GroupOrder | undefined; readonly limit?: number | undefined},
  now: number,
): Parameters => ({
  ...conditionParameters(context, question),
  ...rangeInNanos(context, now),
  by,
  // Every group is of the same time: the one of most spans has most a second.
  order: order === 'rate' ? 'spans' : order,
  limit: Math.min(limit ?? defaultLimit, mostGroups),
});

/** Scope and question alone, as both the list and the heatmap take them. */
export function conditionParameters(context: PageContext, question: Question): Parameters {
  return {
    service: context.service ?? lastOf(question, 'service'),
    notService: valuesOf(question, 'service', '!='),
    environment: context.environment,
    operation: quoteEmpty(lastOf(question, 'operation')),
    notOperation: valuesOf(question, 'operation', '!='),
    kind: lastOf(question, 'kind'),
    notKind: valuesOf(question, 'kind', '!='),
    status: lastOf(question, 'status'),
    notStatus: valuesOf(question, 'status', '!='),
    outcome: outcomesOf(question),
    attribute: attributesOf(question),
    has: valuesOf(question, 'has', '='),
    notHas: valuesOf(question, 'has', '!='),
    minTraceDuration: bound(question, 'duration', '>'),
    maxTraceDuration: bound(question, 'duration', '<'),
    minDuration: bound(question, 'span.duration', '>'),
    maxDuration: bound(question, 'span.duration', '<'),
  };
}

/** The API takes an empty parameter as none at all. */
const quoteEmpty = <T extends string | undefined>(value: T): T | '""' => (value === '' ? '""' : value);

const lastOf = (question: Question, field: FieldName): string | undefined =>
  question.findLast((one) => one.field === field && one.op !== '!=')?.value;

function valuesOf(question: Question, field: FieldName, op: '=' | '!='): readonly string[] | undefined {
  const values = question.flatMap((one) => (one.field === field && one.op === op ? [quoteEmpty(one.value)] : []));
  return values.length > 0 ? values : undefined;
}

/** Those that every term leaves; undefined where none speaks of it. */
function outcomesOf(question: Question): readonly string[] | undefined {
  const terms = question.filter((one) => one.field === 'outcome');
  if (terms.length === 0) return undefined;
  const left = outcomes.filter((one) => terms.every((term) => (term.value === one) === (term.op === '=')));
  return left.length > 0 ? left : terms.map((term) => term.value);
}

function attributesOf(question: Question): readonly string[] | undefined {
  const list = question.flatMap(({field, op, value}) => {
    const key = attributeKey(field);
    return key === undefined ? [] : [`${/[=!<>"]/.test(key) ? JSON.stringify(key) : key}${op}${value}`];
  });
  return list.length > 0 ? list : undefined;
}

/** The narrowest of the bounds on one side, both ends belonging to it: `> 1s` begins a nanosecond later. */
function bound(question: Question, field: string, side: '>' | '<'): string | undefined {
  const terms = question.filter((one) => one.field === field && one.op[0] === side);
  const foreign = terms.find((one) => parseDuration(one.value) === undefined);
  if (foreign !== undefined) return foreign.value;
  if (terms.length === 0) return undefined;
  const ends = terms.map(boundEnd);
  return writeDuration(side === '>' ? Math.max(...ends) : Math.max(0, Math.min(...ends)));
}

/** The last whole nanosecond that a bound of a duration allows. */
export function boundEnd({op, value}: Term): number {
  const nanoseconds = parseDuration(value)!;
  if (op.length === 2) return Math.round(nanoseconds);
  return op === '>' ? Math.floor(nanoseconds) + 1 : Math.ceil(nanoseconds) - 1;
}
