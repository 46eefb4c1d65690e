/** What spans are counted by, as it stands in an address: `by`. */
import {attributeField, fieldOf} from './question-fields.ts';

/** What every span can be counted by, beside attributes. */
export const groupFields = ['service', 'operation', 'kind', 'status', 'environment', 'version'] as const;
export type GroupField = (typeof groupFields)[number];

export const isGroupField = (by: string): by is GroupField => (groupFields as readonly string[]).includes(by);

/** Other words for some of them. */
const alias: Readonly<Record<string, GroupField>> = {
  name: 'operation',
  'span:name': 'operation',
  'span:kind': 'kind',
  'span:status': 'status',
};

/**
 * One of `groupFields`, or an attribute as a field of the question. Undefined for what spans cannot be counted by: fields that are
 * no name but a measure, or of the trace.
 */
export function readBy(text: string): string | undefined {
  if (isGroupField(text)) return text;
  if (Object.hasOwn(alias, text)) return alias[text];
  return fieldOf(text) === undefined ? text : undefined;
}

/** `by` for an attribute: with a dot before its key where that is a word for something else. */
export const attributeBy = (key: string): string =>
  readBy(key) === key && !isGroupField(key) ? attributeField(key) : `.${key}`;
