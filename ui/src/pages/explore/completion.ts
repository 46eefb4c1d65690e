/** What could be written next in the query field. */
import {
  attributeField,
  attributeOperators,
  attributeWords,
  canonicalField,
  fieldNames,
  fieldOf,
  type Operator,
  readDraft,
  scopeFields,
  writeTerm,
} from '../../urls/index.ts';

export type Group = 'fields' | 'attributes' | 'operators' | 'values';

export interface Suggestion {
  readonly group: Group;
  /** The field's text once it is chosen. */
  readonly text: string;
  /** The text is a whole condition: choosing it searches. */
  readonly whole: boolean;
  readonly name: string;
  /** Says of a field or an operator what it is. */
  readonly explains?: {readonly field: string} | {readonly operator: Operator} | undefined;
  /** How many spans have it. */
  readonly spans?: number | undefined;
}

/** Whose values are wanted to complete the draft: `attribute` is a key. */
export type Wanted =
  | {readonly kind: 'keys'}
  | {readonly kind: 'operations'; readonly prefix: string}
  /** `having`: all that a span may have a value of. */
  | {readonly kind: 'services' | 'environments' | 'having'}
  | {readonly kind: 'attribute'; readonly key: string; readonly prefix: string}
  | {readonly kind: 'nothing'};

/** Those that came for what was wanted. */
export interface Known {
  readonly keys: readonly {readonly key: string; readonly spans: number}[];
  readonly values: readonly {readonly value: string; readonly spans?: number | undefined}[];
  /** Services and operations that are called as the draft is. */
  readonly named?: readonly {readonly field: 'service' | 'operation'; readonly value: string; readonly spans: number}[];
}

const MOST = 40;

/** What a condition is completed from: the draft without the "not" before it, in any of its spellings. */
export function draftOf(draft: string): {readonly negation: string; readonly rest: string} {
  const [negation = ''] = /^\s*(?:not\s+|[!！]\s*|-(?!\s))*/i.exec(draft) ?? [];
  return {negation, rest: draft.slice(negation.length)};
}

export function wantedFor(draft: string): Wanted {
  const read = readDraft(draftOf(draft).rest);
  if (read === undefined) return {kind: 'keys'};
  if (read.field === 'operation') return {kind: 'operations', prefix: read.value};
  if (read.field === 'service') return {kind: 'services'};
  if (read.field === 'environment') return {kind: 'environments'};
  if (read.field === 'has') return {kind: 'having'};
  if (fieldOf(read.field) !== undefined || (read.op !== '=' && read.op !== '!=')) return {kind: 'nothing'};
  return {kind: 'attribute', key: read.key, prefix: read.value};
}

export function suggest(draft: string, known: Known): readonly Suggestion[] {
  const {negation, rest} = draftOf(draft);
  if (negation === '') return suggestFor(draft, known);
  // A name before which nothing was typed is a whole condition, and reads as one.
  const isBare = readDraft(rest) === undefined;
  return suggestFor(rest, known).map((one) => ({
    ...one,
    text: negation + one.text,
    name: isBare && one.whole ? negation + one.name : one.name,
  }));
}

function suggestFor(draft: string, known: Known): readonly Suggestion[] {
  const read = readDraft(draft);
  if (read !== undefined) return values(read, known);
  const part = draft.trim().toLowerCase();
  const keys = distinct(known.keys);
  if (part !== '' && /\s$/.test(draft)) return operatorsAfter(draft);
  const exact = keys.some((one) => one.key === draft) || isField(part) ? operatorsAfter(draft) : [];
  const fits = (name: string): boolean => name.toLowerCase().includes(part);
  const fields = [...new Set([...fieldNames, ...Object.keys(scopeFields), ...Object.keys(attributeWords)])]
    .filter(fits)
    .map(
      (field): Suggestion => ({
        group: 'fields',
        text: field,
        whole: false,
        name: field,
        explains: {field},
      }),
    );
  const attributes = keys
    .filter((one) => fits(one.key))
    .slice(0, MOST)
    .map(
      (one): Suggestion => ({
        group: 'attributes',
        text: written(one.key),
        whole: false,
        name: one.key,
        spans: one.spans,
      }),
    );
  const named = (known.named ?? []).map(
    ({field, value, spans}): Suggestion => ({
      group: 'values',
      text: writeTerm({field, op: '=', value}),
      whole: true,
      name: `${field} = ${value}`,
      spans,
    }),
  );
  return [...exact, ...fields.filter((one) => exact.length === 0 || one.name !== part), ...attributes, ...named];
}

const isField = (name: string): boolean =>
  fieldOf(name) !== undefined || Object.hasOwn(scopeFields, name) || Object.hasOwn(attributeWords, name);

/** A key as a condition begins with it. */
const written = (key: string): string => {
  // Names of the conventions (`service.name`) mean what the word for them means.
  const isOtherWord = !key.includes('.') && canonicalField(key) !== key;
  const field = isOtherWord ? `.${key}` : attributeField(key);
  return /^[^\s=<>!:"]+$/.test(field) ? field : JSON.stringify(key);
};

function operatorsAfter(draft: string): Suggestion[] {
  const field = draft.trim();
  const name = field.toLowerCase();
  const operators =
    fieldOf(name)?.operators ?? (Object.hasOwn(scopeFields, name) ? (['='] as const) : attributeOperators);
  return operators.map((operator) => ({
    group: 'operators',
    text: `${field} ${operator} `,
    whole: false,
    name: operator,
    explains: {operator},
  }));
}

function values(read: NonNullable<ReturnType<typeof readDraft>>, {values: known}: Known): Suggestion[] {
  const kinds = fieldOf(read.field)?.values;
  const all =
    kinds === 'duration'
      ? ['100ms', '500ms', '1s', '5s'].map((value) => ({value}))
      : kinds !== undefined && kinds !== 'text'
        ? kinds.map((value) => ({value}))
        : known;
  const part = read.value.toLowerCase();
  return all
    .filter(({value}) => value.toLowerCase().includes(part))
    .slice(0, MOST)
    .map((one) => ({
      group: 'values',
      text: writeTerm({field: read.field, op: read.op, value: one.value}),
      whole: true,
      name: one.value,
      spans: 'spans' in one ? (one.spans as number | undefined) : undefined,
    }));
}

/** A key of spans and of resources is one key to ask for. */
function distinct(keys: Known['keys']): Known['keys'] {
  const seen = new Map<string, {key: string; spans: number}>();
  for (const {key, spans} of keys) {
    const before = seen.get(key);
    if (before === undefined) seen.set(key, {key, spans});
    else before.spans = Math.max(before.spans, spans);
  }
  return [...seen.values()];
}
