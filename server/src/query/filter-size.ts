/** How large a filter may be: the text of its query and the work of planning it grow with it. */
import {QueryError} from '../base/index.ts';
import type {SpanCondition, SpanFilter} from './filter.ts';

export const maxConditions = 64;
/** Of all conditions together, each alternative counted. */
export const maxAlternatives = 256;
export const maxConditionText = 64 * 1024;

const words = {
  conditions: 'conditions',
  alternatives: 'alternatives in its conditions',
  characters: 'characters in its conditions',
} as const;

/** Rejects a filter that asks for too much, by the name of what there is too much of. */
export function checkFilterSize({conditions}: SpanFilter): void {
  const refuse = (count: number, of: keyof typeof words, most: number): never => {
    const [there, limit] = [count.toLocaleString('en'), most.toLocaleString('en')];
    throw new QueryError('too_large', `The search has ${there} ${words[of]}; at most ${limit}. Leave some out.`, {
      told: {reason: `query_${of}`, values: {count, most}},
    });
  };
  if (conditions.length > maxConditions) refuse(conditions.length, 'conditions', maxConditions);
  const all = conditions.flatMap(alternatives);
  if (all.length > maxAlternatives) refuse(all.length, 'alternatives', maxAlternatives);
  const text = all.reduce((sum, one) => sum + textOf(one), 0);
  if (text > maxConditionText) refuse(text, 'characters', maxConditionText);
}

/** The first of the conditions, as many as a filter may have: for a search that may find too much. */
export function fittingConditions(conditions: readonly SpanCondition[]): readonly SpanCondition[] {
  const fitting: SpanCondition[] = [];
  let count = 0;
  let text = 0;
  for (const condition of conditions) {
    const all = alternatives(condition);
    const size = all.reduce((sum, one) => sum + textOf(one), 0);
    if (fitting.length === maxConditions) break;
    if (count + all.length > maxAlternatives || text + size > maxConditionText) continue;
    fitting.push(condition);
    count += all.length;
    text += size;
  }
  return fitting;
}

const alternatives = (condition: SpanCondition): readonly SpanCondition[] =>
  condition.type === 'any'
    ? condition.of.flatMap(alternatives)
    : condition.type === 'not'
      ? alternatives(condition.condition)
      : [condition];

const textOf = (condition: SpanCondition): number =>
  ('key' in condition ? condition.key.length : 0) + ('value' in condition ? condition.value.length : 0);
