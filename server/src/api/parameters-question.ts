/** The parameters by which traces and spans are asked for: one table for the lists, the heatmap and the groups. */
import {type UnixNano, unixNano} from '../base/index.ts';
import {
  environmentIs,
  type GroupField,
  type GroupKey,
  groupFields,
  hasValue,
  kindNames,
  type SpanCondition,
  statusNames,
  type TraceFilter,
  traceOutcomes,
} from '../query/index.ts';
import {ApiFailure, allOf} from './errors.ts';
import {attributes} from './parameter-attribute.ts';
import {duration, oneOf, severalOf, text, texts, unquotedEmpty, type Values} from './parameters.ts';

export const environment = text(
  'Only spans of this environment: the resource attribute `deployment.environment.name`, or the older `deployment.environment`.',
);

/** Of whatever is about traces or spans that fit. */
export const questionParameters = {
  service: text('The service of the span.'),
  notService: texts('No span of this service.'),
  operation: text('The name of the span. `""` is that of spans without a name.'),
  notOperation: texts('No span of this name. `""` is that of spans without a name.'),
  kind: oneOf(kindNames, 'The kind of the span.'),
  notKind: severalOf(kindNames, 'No span of this kind.'),
  status: oneOf(statusNames, 'The status of the span.'),
  notStatus: severalOf(statusNames, 'No span of this status.'),
  environment,
  attribute: attributes(
    'An attribute of the span, its resource, its scope, one of its events or one of its links. `=` and `!=` compare texts, the others numbers. A key with one of `= ! < >` in it, and the empty one, is written in quotes.',
  ),
  has: texts(
    'What the span has a value of, as `by` of `GET /spans/groups`: `environment`, `version`, or the key of an attribute.',
  ),
  notHas: texts('What the span has no value of, in the same words.'),
  minDuration: duration('The least duration of the span.'),
  maxDuration: duration('The greatest duration of the span.'),
  minTraceDuration: duration('The least duration of the trace, from its earliest start to its latest end.'),
  maxTraceDuration: duration('The greatest duration of the trace.'),
  outcome: severalOf(
    traceOutcomes,
    'How the trace ended, any of those given: its root failed, another span failed, none did. Without a root, its earliest span counts. A trace that is still arriving fits none.',
  ),
};

/** A question and the time that it is asked of. */
type Asked = Values<typeof questionParameters> & {
  readonly start: UnixNano | undefined;
  readonly end: UnixNano | undefined;
};

/** Throws `ApiFailure` for all that cannot hold together. */
export function questionFilter(values: Asked): TraceFilter {
  const {start, end, service, kind, status, environment, attribute, outcome} = values;
  const {minDuration, maxDuration, minTraceDuration, maxTraceDuration} = values;
  allOf(
    () => (start === undefined || end === undefined ? undefined : inOrder(start, end)),
    () => durationsInOrder('what_span', 'minDuration', minDuration, 'maxDuration', maxDuration),
    () => durationsInOrder('what_trace', 'minTraceDuration', minTraceDuration, 'maxTraceDuration', maxTraceDuration),
  );
  const conditions = [...attribute];
  if (kind !== undefined) conditions.push({type: 'kind', kind});
  if (status !== undefined) conditions.push({type: 'status', status});
  if (environment !== undefined) conditions.push(environmentIs(environment));
  const not = (condition: SpanCondition): void => void conditions.push({type: 'not', condition});
  for (const by of values.has) conditions.push(hasValue(groupKey(by)));
  for (const by of values.notHas) not(hasValue(groupKey(by)));
  for (const value of values.notService) not({type: 'field', field: 'service', value});
  for (const value of values.notOperation) not({type: 'field', field: 'operation', value: unquotedEmpty(value)});
  for (const one of values.notKind) not({type: 'kind', kind: one});
  for (const one of values.notStatus) not({type: 'status', status: one});
  return {
    start,
    end,
    service,
    operation: values.operation === undefined ? undefined : unquotedEmpty(values.operation),
    conditions,
    minDurationNano: minDuration,
    maxDurationNano: maxDuration,
    trace: {minDurationNano: minTraceDuration, maxDurationNano: maxTraceDuration, outcomes: outcome},
  };
}

/** What spans are grouped by: one of its words, or the key of an attribute, with a dot before it where it is called as one of these. */
export function groupKey(by: string): GroupKey {
  const field = groupFields.find((one): one is GroupField => one === by);
  if (field !== undefined) return {type: 'field', field};
  return {type: 'attribute', key: by.length > 1 && by.startsWith('.') ? by.slice(1) : by};
}

function durationsInOrder(
  what: 'what_span' | 'what_trace',
  least: string,
  minimum: bigint | undefined,
  greatest: string,
  maximum: bigint | undefined,
): void {
  if (minimum === undefined || maximum === undefined || maximum >= minimum) return;
  throw new ApiFailure('durations_crossed', {what: {phrase: what, values: {}}, least, greatest}, greatest);
}

export function inOrder(start: bigint, end: bigint, parameter = 'end'): void {
  if (start < end) return;
  throw new ApiFailure('range_empty', {start: `${unixNano(start)}`}, parameter);
}
