/** The form as a query of TraceQL that finds the same traces, as far as TraceQL can say it. */
import {printName} from '@weft/server/traceql-language';
import {parseDuration} from '../../../format/index.ts';
import {
  attributeKey,
  type ExploreUrl,
  isGroupField,
  type PageContext,
  type Question,
  type Term,
} from '../../../urls/index.ts';

export interface Written {
  readonly text: string;
  /** Conditions that TraceQL has no words for. */
  readonly left: readonly Term[];
}

export const environmentNames = ['deployment.environment.name', 'deployment.environment'] as const;
/** The root, whose parent has no number. */
export const rootIs = 'nestedSetParent < 0';

export const attributeName = (name: string, scope?: 'resource'): string =>
  printName({kind: 'attribute', scope, parent: false, name, at: 0, end: 0});

export function toTraceql(
  question: Question,
  {service, environment}: Pick<PageContext, 'service' | 'environment'>,
  view: Pick<ExploreUrl, 'by' | 'column'> = {},
): Written {
  const left: Term[] = [];
  const conditions = [
    ...(service === undefined ? [] : [`${attributeName('service.name', 'resource')} = ${quote(service)}`]),
    ...(environment === undefined ? [] : [environmentIs('=', environment)]),
  ];
  const others: string[] = [];
  for (const term of question) {
    if (term.field === 'outcome') {
      const sets = outcomeSets(term);
      if (sets === undefined) left.push(term);
      else others.push(...sets);
      continue;
    }
    const condition = conditionOf(term);
    if (condition === undefined) left.push(term);
    else conditions.push(condition);
  }
  const own =
    conditions.length > 0 || others.length === 0 ? [`{ ${conditions.join(' && ')} }`.replace('{  }', '{ }')] : [];
  const stages = [
    ...(view.by === undefined ? [] : [`by(${groupName(view.by)})`]),
    ...(view.column === undefined ? [] : [`select(${view.column.map((key) => attributeName(key)).join(', ')})`]),
  ];
  return {text: [[...own, ...others].join(' && '), ...stages].join(' | '), left};
}

/** JSON's escapes are all TraceQL's too. */
const quote = (text: string): string => JSON.stringify(text);

const environmentIs = (sign: string, value: string): string =>
  `(${environmentNames.map((name) => `${attributeName(name, 'resource')} ${sign} ${quote(value)}`).join(' || ')})`;

function conditionOf({field, op, value}: Term): string | undefined {
  switch (field) {
    case 'operation':
      return `name ${op} ${quote(value)}`;
    case 'service':
      return `${attributeName('service.name', 'resource')} ${op} ${quote(value)}`;
    case 'status':
    case 'kind':
      return `${field} ${op} ${value}`;
    case 'duration':
    case 'span.duration': {
      const nanos = parseDuration(value);
      return nanos === undefined
        ? undefined
        : `${field === 'duration' ? 'traceDuration' : 'duration'} ${op} ${durationText(nanos)}`;
    }
    case 'has':
      return hasValue(value, op);
  }
  const key = attributeKey(field);
  if (key === undefined) return undefined;
  const name = attributeName(key);
  if (op !== '=' && op !== '!=') return `${name} ${op} ${value}`;
  // The form has no types: what reads as a number or a boolean is that too.
  const isTyped = /^(?:true|false|-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?)$/.test(value);
  return isTyped ? `(${name} ${op} ${quote(value)} || ${name} ${op} ${value})` : `${name} ${op} ${quote(value)}`;
}

/** In the largest unit that it is whole of. */
function durationText(nanos: number): string {
  const units = [
    ['s', 1e9],
    ['ms', 1e6],
    ['us', 1e3],
  ] as const;
  const whole = Math.round(nanos);
  const [name, size] = units.find(([, each]) => whole % each === 0) ?? ['ns', 1];
  return `${whole / size}${name}`;
}

function hasValue(field: string, op: string): string {
  const sign = op === '=' ? '!=' : '=';
  if (field !== 'environment') return `${attributeName(attributeKey(field) ?? field)} ${sign} nil`;
  const each = environmentNames.map((name) => `${attributeName(name, 'resource')} ${sign} nil`);
  return `(${each.join(op === '=' ? ' || ' : ' && ')})`;
}

/** Of how the request ended, in further sets of spans: nobody else than the root says it. */
function outcomeSets({op, value}: Term): readonly string[] | undefined {
  const root = (sign: string): string => `{ ${rootIs} && status ${sign} error }`;
  if (value === 'failed') return [root(op)];
  return value === 'healed' && op === '=' ? ['{ status = error }', root('!=')] : undefined;
}

function groupName(by: string): string {
  if (!isGroupField(by)) return attributeName(attributeKey(by) ?? by);
  const names = {
    service: attributeName('service.name', 'resource'),
    operation: 'name',
    kind: 'kind',
    status: 'status',
    environment: attributeName(environmentNames[0], 'resource'),
    version: attributeName('service.version', 'resource'),
  };
  return names[by];
}
