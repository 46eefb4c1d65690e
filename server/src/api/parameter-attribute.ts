/** A condition on an attribute as a query parameter: `key=value`, `key!=value`, `key>=500`, the key in quotes where it must be. */
import {type ComparisonOperator, comparisonOperators, type SpanCondition} from '../query/index.ts';
import {ApiFailure} from './errors.ts';
import type {Parameter} from './parameters.ts';

const expected = 'key=value, key!=value, or a comparison with a number such as http.response.status_code>=500';

/** Any number of times. */
export const attributes = (description: string): Parameter<readonly SpanCondition[]> => ({
  description,
  expected,
  repeatable: true,
  required: false,
  default: undefined,
  read: (values, name) => values.map((value) => readAttribute(value, name)),
  absent: [],
});

/** Words that people write for what has a parameter of its own. */
const others: Readonly<Record<string, string>> = {
  duration:
    'For a duration use minDuration and maxDuration (of a span), minTraceDuration and maxTraceDuration (of a trace).',
  status: 'For the status of a span use status=error, for that of the request outcome=failed.',
  service: 'For the service use service=NAME.',
  operation: 'For the name of a span use operation=NAME.',
  name: 'For the name of a span use operation=NAME.',
  kind: 'For the kind of a span use kind=server.',
};

export function readAttribute(text: string, parameter: string): SpanCondition {
  const refuse = (message: string, hint: string): never => {
    const key = /^\s*([A-Za-z]+)\s*(?![\w.])/.exec(text)?.[1]?.toLowerCase() ?? '';
    throw new ApiFailure('bad_request', message, {
      parameter,
      hint: Object.hasOwn(others, key) ? (others[key] as string) : hint,
    });
  };
  const shown = JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
  const {key, operator, value} =
    split(text) ?? refuse(`The parameter '${parameter}' is not valid: ${shown}.`, `Expected ${expected}.`);
  if (operator === '=') {
    // As everybody writes it, and as Jaeger's API has it: a span's status, or an attribute of that name.
    const attribute = {type: 'attribute', key, value, of: 'anywhere'} as const;
    return key === 'error' && value === 'true'
      ? {type: 'any', of: [{type: 'status', status: 'error'}, attribute]}
      : attribute;
  }
  if (operator !== '!=' && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) {
    refuse(
      `The parameter '${parameter}' compares with what is not a number: ${shown}.`,
      `Expected a number after ${operator}. A key that has one of = ! < > in it is written in quotes: "a>b"=c.`,
    );
  }
  return {type: 'comparison', key, operator, value, of: 'anywhere'};
}

/** The first operator outside of quotes ends the key. Undefined where there is none, or no key before it. */
function split(text: string): {key: string; operator: '=' | ComparisonOperator; value: string} | undefined {
  const quoted = /^\s*("(?:[^"\\]|\\.)*")(?=\s*(?:[=<>]|!=))/.exec(text);
  const rest = quoted === null ? text : text.slice(quoted[0].length);
  const [found] = /!=|[<>]=?|=/.exec(rest) ?? [];
  if (found === undefined) return undefined;
  const at = rest.indexOf(found);
  const before = rest.slice(0, at);
  const after = rest.slice(at + found.length);
  const operator = found === '=' ? found : (comparisonOperators.find((one) => one === found) as ComparisonOperator);
  const key = quoted === null ? before.trim() : unquoted(quoted[1] as string);
  if (key === undefined || key === '') return undefined;
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
