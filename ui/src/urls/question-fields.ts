/** The fields of a question that are not attributes: one table, which reading, completion and the API's parameters go by. */
import {parseDuration} from '../format/index.ts';
import {type Operator, type Question, sameTerm, type Term} from './question.ts';

export const kinds = ['server', 'client', 'internal', 'producer', 'consumer', 'unspecified'] as const;
export const statuses = ['error', 'ok', 'unset'] as const;
export const outcomes = ['failed', 'healed', 'clean'] as const;
export type Outcome = (typeof outcomes)[number];

interface Field {
  /** Other words for it, in lower case. */
  readonly alias: readonly string[];
  readonly operators: readonly Operator[];
  /** The values that there are, or the shape of one. */
  readonly values: readonly string[] | 'text' | 'duration';
  /** Several may hold together. */
  readonly many?: true;
}

const comparisons = ['>', '>=', '<', '<='] as const;

export const questionFields = {
  outcome: {alias: ['request', 'result', 'trace.outcome'], operators: ['=', '!='], values: outcomes},
  duration: {
    alias: ['trace.duration', 'trace:duration', 'traceduration', 'latency', 'took'],
    operators: comparisons,
    values: 'duration',
  },
  operation: {
    alias: ['name', 'op', 'span.name', 'span:name', 'operation.name', 'operationname', 'span_name', 'spanname'],
    operators: ['=', '!='],
    values: 'text',
  },
  status: {
    alias: ['span.status', 'span:status', 'status.code', 'otel.status_code', 'status_code'],
    operators: ['=', '!='],
    values: statuses,
  },
  kind: {alias: ['span.kind', 'span:kind', 'spankind', 'span_kind'], operators: ['=', '!='], values: kinds},
  'span.duration': {alias: ['span:duration', 'spanduration'], operators: comparisons, values: 'duration'},
  /** Of one service is the context's scope; as a term it takes one out. */
  service: {alias: [], operators: ['=', '!='], values: 'text'},
  /** What the span has a value of: a word of `groupFields`, or an attribute as a field. */
  has: {alias: [], operators: ['=', '!='], values: 'text', many: true},
} as const satisfies Record<string, Field>;
export type FieldName = keyof typeof questionFields;
export const fieldNames = Object.keys(questionFields) as FieldName[];

/** Part of the page's context, not of the question. */
export const scopeFields = {
  service: ['service.name', 'resource.service.name', 'svc', 'servicename'],
  environment: [
    'env',
    'deployment.environment',
    'deployment.environment.name',
    'resource.deployment.environment',
    'resource.deployment.environment.name',
  ],
} as const;
export type ScopeField = keyof typeof scopeFields;

/**
 * Words for one attribute, as groups and `has` have them: the resource's. An attribute that is called so has a dot before its key.
 */
export const attributeWords: Readonly<Record<string, string>> = {version: 'service.version'};

/** An id leads to its trace, and is no condition on the spans in it; an attribute that is called so has a dot before its key. */
export const idOf = (name: string): 'trace' | 'span' | undefined =>
  /^(trace|span)[._:-]?id$/i.exec(name)?.[1]?.toLowerCase() as 'trace' | 'span' | undefined;

/** Words that say what is shown, not what is looked for; an attribute that is called so has a dot before its key. */
export const viewWords = ['limit', 'sort', 'order', 'last', 'lookback', 'start', 'end', 'live', 'min', 'max'] as const;
export type ViewWord = (typeof viewWords)[number];
export const isViewWord = (name: string): name is ViewWord => (viewWords as readonly string[]).includes(name);

export const attributeOperators: readonly Operator[] = ['=', '!=', '>', '>=', '<', '<='];

export const fieldOf = (name: string): Field | undefined =>
  Object.hasOwn(questionFields, name) ? questionFields[name as FieldName] : undefined;

/** Whether a span has one value of the field, and is asked for by it. How a request ended is asked for by any number of outcomes. */
export const isOneName = (field: string): boolean => {
  const known = fieldOf(field);
  return known !== undefined && known.values !== 'duration' && known.many !== true && field !== 'outcome';
};

/** The field of an attribute's key: with a dot before it where it is called as a field is. */
export const attributeField = (key: string): string =>
  key.startsWith('.') ||
  fieldOf(key) !== undefined ||
  Object.hasOwn(scopeFields, key) ||
  Object.hasOwn(attributeWords, key) ||
  isViewWord(key) ||
  idOf(key) !== undefined
    ? `.${key}`
    : key;

/** The key of the attribute that a field is; undefined where it is none. */
export function attributeKey(field: string): string | undefined {
  if (fieldOf(field) !== undefined) return undefined;
  if (Object.hasOwn(attributeWords, field)) return attributeWords[field];
  return field.startsWith('.') && field.length > 1 ? field.slice(1) : field;
}

/** Why a term cannot be asked. */
export type TermFault =
  | {readonly kind: 'operator'; readonly field: string; readonly operators: readonly Operator[]}
  | {readonly kind: 'value'; readonly field: string; readonly values: readonly string[]}
  | {readonly kind: 'duration'; readonly field: string; readonly value: string}
  | {readonly kind: 'number'; readonly field: string; readonly value: string};

export function termFault({field, op, value}: Term): TermFault | undefined {
  const known = fieldOf(field);
  if (known === undefined) {
    const compares = op !== '=' && op !== '!=';
    return compares && !isNumber(value) ? {kind: 'number', field, value} : undefined;
  }
  if (!known.operators.includes(op)) return {kind: 'operator', field, operators: known.operators};
  if (known.values === 'duration')
    return parseDuration(value) === undefined ? {kind: 'duration', field, value} : undefined;
  if (known.values === 'text' || known.values.includes(value)) return undefined;
  return {kind: 'value', field, values: known.values};
}

export const isNumber = (text: string): boolean => text.trim() !== '' && Number.isFinite(Number(text));

/**
 * The question with one more term. It takes the place of one that could not hold together with it: of another operation, kind,
 * status or outcome, or of the same bound.
 */
export function addTerm(question: Question, term: Term): Question {
  if (question.some((one) => sameTerm(one, term))) return question;
  const at = question.findIndex((one) => isSamePlace(one, term));
  return at < 0 ? [...question, term] : question.with(at, term);
}

function isSamePlace(one: Term, other: Term): boolean {
  const known = fieldOf(other.field);
  if (one.field !== other.field || known === undefined) return false;
  if (known.values === 'duration') return one.op[0] === other.op[0];
  if (known.many === true) return one.value === other.value;
  // Any number of others may be left out, but not the one that is asked for.
  return other.field === 'outcome' || (one.op === other.op ? other.op === '=' : one.value === other.value);
}

export const removeTerm = (question: Question, term: Term): Question => question.filter((one) => !sameTerm(one, term));

/** The question without what it wants of a field, or with `term` in its place. Values that are left out stay so, but for outcomes. */
export function setField(question: Question, field: FieldName, term: Term | undefined): Question {
  const rest = question.filter((one) => one.field !== field || (one.op === '!=' && field !== 'outcome'));
  return term === undefined ? rest : addTerm(rest, term);
}
