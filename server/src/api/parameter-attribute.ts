/** A condition on an attribute as a query parameter: `key=value`, `key!=value`, `key>=500`, the key in quotes where it must be: `""` is the empty one. */
import {type ComparisonOperator, comparisonOperators, type SpanCondition} from '../query/index.ts';
import {ApiFailure, shorten} from './errors.ts';
import type {Phrase, PhraseName} from './failure-texts.ts';
import type {Parameter} from './parameters.ts';

/** Any number of times. */
export const attributes = (description: string): Parameter<readonly SpanCondition[]> => ({
  description,
  expected: {phrase: 'condition', values: {}},
  repeatable: true,
  required: false,
  default: undefined,
  read: (values, name) => values.map((value) => readAttribute(value, name)),
  absent: [],
});

/** Words that people write for what has a parameter of its own. */
const others: Readonly<Record<string, PhraseName>> = {
  duration: 'use_duration',
  status: 'use_status',
  service: 'use_service',
  operation: 'use_operation',
  name: 'use_operation',
  kind: 'use_kind',
};

export function readAttribute(text: string, parameter: string): SpanCondition {
  const refuse = (reason: 'condition_invalid' | 'condition_not_number', advice: Phrase): never => {
    const key = /^\s*([A-Za-z]+)\s*(?![\w.])/.exec(text)?.[1]?.toLowerCase() ?? '';
    const other = Object.hasOwn(others, key) ? others[key] : undefined;
    const given = JSON.stringify(shorten(text));
    const values = {parameter, given, advice: other === undefined ? advice : {phrase: other, values: {}}};
    throw new ApiFailure(reason, values, parameter);
  };
  const parts = split(text);
  if (parts === 'unclosed') return refuse('condition_invalid', {phrase: 'write_quoted', values: {}});
  const {key, operator, value} = parts ?? refuse('condition_invalid', {phrase: 'write_condition', values: {}});
  if (operator === '=') {
    // As everybody writes it, and as Jaeger's API has it: a span's status, or an attribute of that name.
    const attribute = {type: 'attribute', key, value, of: 'anywhere'} as const;
    return key === 'error' && value === 'true'
      ? {type: 'any', of: [{type: 'status', status: 'error'}, attribute]}
      : attribute;
  }
  if (operator !== '!=' && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) {
    refuse('condition_not_number', {phrase: 'write_number', values: {operator}});
  }
  return {type: 'comparison', key, operator, value, of: 'anywhere'};
}

/** The first operator outside of quotes ends the key. Undefined where there is none, or no key before it. */
function split(
  text: string,
): {key: string; operator: '=' | ComparisonOperator; value: string} | 'unclosed' | undefined {
  const quoted = /^\s*("(?:[^"\\]|\\.)*")(?=\s*(?:[=<>]|!=))/.exec(text);
  if (quoted === null && /^\s*"/.test(text)) return 'unclosed';
  const rest = quoted === null ? text : text.slice(quoted[0].length);
  const [found] = /!=|[<>]=?|=/.exec(rest) ?? [];
  if (found === undefined) return undefined;
  const at = rest.indexOf(found);
  const before = rest.slice(0, at);
  const after = rest.slice(at + found.length);
  const operator = found === '=' ? found : (comparisonOperators.find((one) => one === found) as ComparisonOperator);
  const key = quoted === null ? before.trim() : unquoted(quoted[1] as string);
  // In quotes, the empty text is a key as any other.
  if (key === undefined || (key === '' && quoted === null)) return undefined;
  // A value that is compared as a text may begin with a space, unless spaces stand around the operator.
  const spaced = /\s$/.test(before) || operator.startsWith('>') || operator.startsWith('<');
  return {key, operator, value: spaced ? after.trim() : after};
}

function unquoted(text: string): string | undefined {
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}
