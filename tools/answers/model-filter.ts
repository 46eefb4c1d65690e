/**
 * Which spans fit a question, by looking at every one: `docs/reference/http-api.md` and `query/filter.ts` in the plainest loops.
 *
 * Where a key comes twice in one place, which OTLP forbids, the first one counts.
 */
import type {KeyValue} from '../../server/src/model/index.ts';
import {
  type AttributeOwner,
  type ComparisonOperator,
  type GroupKey,
  kindNames,
  resourceFields,
  type SpanCondition,
  type SpanField,
  type SpanFilter,
  statusNames,
} from '../../server/src/query/index.ts';
import {type Span, shown, textOf} from './span.ts';

const replacement = '\uFFFD';

/** Whether a text that was sent is the one asked for. U+FFFD asks for whatever is shown so. */
export const isText = (sent: string, wanted: string): boolean =>
  wanted.includes(replacement) ? shown(sent) === shown(wanted) : sent === wanted;

/** The first `service.name` that says something. */
export function serviceOf(span: Span): string {
  const named = span.resource.attributes.find(({key, value}) => key === 'service.name' && textOf(value) !== '');
  return named === undefined ? 'unknown_service' : textOf(named.value);
}

/** The nanoseconds between start and end, less than nothing where it ends before it starts. */
export const durationOf = (span: Span): bigint => span.end - span.start;
export const shownDuration = (span: Span): bigint => (span.end > span.start ? span.end - span.start : 0n);
export const kindOf = (span: Span) => kindNames[span.kind] ?? 'unspecified';
export const statusOf = (span: Span) => statusNames[span.statusCode] ?? 'unset';
export const failed = (span: Span): boolean => span.statusCode === 2;

/** Every place where a span has attributes, in the order in which they are looked for. */
export const placesOf = (span: Span): (readonly KeyValue[])[] => [
  span.attributes,
  span.resource.attributes,
  span.scope.attributes,
  ...span.events.map(({attributes}) => attributes),
  ...span.links.map(({attributes}) => attributes),
];

const placesFor = (span: Span, of: AttributeOwner) => (of === 'resource' ? [span.resource.attributes] : placesOf(span));

/** The value of a key in one place. */
export const valueIn = (place: readonly KeyValue[], key: string): string | undefined => {
  const found = place.find((one) => isText(one.key, key));
  return found && textOf(found.value);
};

function someValue(span: Span, key: string, of: AttributeOwner, passes: (text: string) => boolean): boolean {
  if (of === 'anywhere' && key === 'event' && span.events.some(({name}) => passes(name))) return true;
  return placesFor(span, of).some((place) => {
    const value = valueIn(place, key);
    return value !== undefined && passes(value);
  });
}

/** The one value of a key that a span is listed and grouped by. */
export function attributeOf(span: Span, key: string): string | undefined {
  const places = [span.attributes, span.resource.attributes, span.scope.attributes];
  const found = [...places, ...span.events.map(({attributes}) => attributes)]
    .map((place) => valueIn(place, key))
    .find((value) => value !== undefined);
  if (found !== undefined) return found;
  const [event] = span.events;
  if (key === 'event' && event !== undefined) return event.name;
  return span.links.map(({attributes}) => valueIn(attributes, key)).find((value) => value !== undefined);
}

/** The value that a span is in a group by. */
export function groupValue(span: Span, by: GroupKey): string | undefined {
  if (by.type === 'attribute') return attributeOf(span, by.key);
  switch (by.field) {
    case 'service':
      return serviceOf(span);
    case 'operation':
      return span.name;
    case 'kind':
      return kindOf(span);
    case 'status':
      return statusOf(span);
    default: {
      const keys: readonly string[] = resourceFields[by.field];
      return keys.map((key) => valueIn(span.resource.attributes, key)).find((value) => value !== undefined);
    }
  }
}

const fieldTexts: Readonly<Record<SpanField, (span: Span) => string>> = {
  service: serviceOf,
  operation: ({name}) => name,
  'scope.name': ({scope}) => scope.name,
  'scope.version': ({scope}) => scope.version,
  'status.message': ({statusMessage}) => statusMessage,
  'trace.state': ({traceState}) => traceState,
};

export function fits(span: Span, filter: SpanFilter): boolean {
  const duration = durationOf(span);
  return (
    (filter.start === undefined || span.start >= filter.start) &&
    (filter.end === undefined || span.start <= filter.end) &&
    (filter.service === undefined || isText(serviceOf(span), filter.service)) &&
    (filter.operation === undefined || isText(span.name, filter.operation)) &&
    (filter.minDurationNano === undefined || duration >= filter.minDurationNano) &&
    (filter.maxDurationNano === undefined || duration <= filter.maxDurationNano) &&
    filter.conditions.every((condition) => holds(span, condition))
  );
}

export function holds(span: Span, condition: SpanCondition): boolean {
  switch (condition.type) {
    case 'any':
      return condition.of.some((one) => holds(span, one));
    case 'not':
      return !holds(span, condition.condition);
    case 'kind':
      return kindNames[span.kind] === condition.kind;
    case 'status':
      return statusNames[span.statusCode] === condition.status;
    case 'field':
      return isText(fieldTexts[condition.field](span), condition.value);
    case 'attribute':
      return someValue(span, condition.key, condition.of, (text) => isText(text, condition.value));
    case 'key':
      return someValue(span, condition.key, condition.of, () => true);
    case 'comparison': {
      const {key, operator, value, of} = condition;
      if (operator !== '!=') return someValue(span, key, of, (text) => compares(text, operator, value));
      return someValue(span, key, of, () => true) && !someValue(span, key, of, (text) => isText(text, value));
    }
  }
}

const isInteger = (text: string): boolean =>
  /^[+-]?\d{1,19}$/.test(text) && BigInt.asIntN(64, whole(text)) === whole(text);
const whole = (text: string): bigint => BigInt(text.replace(/^\+/, ''));
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** As numbers, where the text is one: two integers exactly. */
export function compares(text: string, operator: Exclude<ComparisonOperator, '!='>, value: string): boolean {
  const infinite = /^[+-]?Infinity$/.test(text);
  if (!decimal.test(text) && !infinite) return false;
  const [a, b] = isInteger(text) && isInteger(value) ? [whole(text), whole(value)] : [Number(text), Number(value)];
  switch (operator) {
    case '>':
      return a > b;
    case '<':
      return a < b;
    case '>=':
      return a >= b;
    case '<=':
      return a <= b;
  }
}
