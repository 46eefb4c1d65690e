/** Filters out of the data, and beside it: values that nobody has, prefixes, other cases, the right value on another level. */
import type {TenantId, UnixNano} from '../../server/src/base/index.ts';
import type {KeyValue} from '../../server/src/model/index.ts';
import {
  type AttributeOwner,
  comparisonOperators,
  environmentIs,
  type GroupKey,
  groupFields,
  hasValue,
  kindNames,
  type SpanCondition,
  type SpanField,
  type SpanFilter,
  statusNames,
  type TraceConditions,
  type TraceFilter,
  traceOutcomes,
} from '../../server/src/query/index.ts';
import type {Model} from './model.ts';
import {durationOf, placesOf, serviceOf} from './model-filter.ts';
import type {Random} from './random.ts';
import {type Span, shown, textOf} from './span.ts';

/** Questions have a bound on their text. */
const longest = 20_000;
const asked = (text: string): string => shown(text).slice(0, longest);

/** A text as it is, or one that is nearly it. */
export function near(random: Random, text: string): string {
  const plain = asked(text);
  return random.chance(0.75)
    ? plain
    : random.pick([
        plain.toUpperCase(),
        plain.toLowerCase(),
        plain.slice(0, -1),
        `${plain}x`,
        ` ${plain}`,
        'nobody has this',
        '',
        '\uFFFD',
      ]);
}

/** One that has a key, where that is wanted: OTLP says that all have. */
function someAttribute(random: Random, span: Span, keyed = false): KeyValue | undefined {
  const list = placesOf(span)
    .map((place) => place.filter(({key}) => !keyed || key !== ''))
    .filter((place) => place.length > 0);
  return list.length === 0 ? undefined : random.pick(random.pick(list));
}

export function keyOf(random: Random, span: Span): string {
  const one = someAttribute(random, span, true);
  const key = one === undefined || random.chance(0.15) ? '' : near(random, one.key);
  return key === '' ? random.pick(['event', 'shared', 'n', 'constant']) : key;
}

export function condition(random: Random, span: Span, depth = 0): SpanCondition {
  const of: AttributeOwner = random.chance(0.8) ? 'anywhere' : 'resource';
  const attribute = (): SpanCondition => {
    const [event] = span.events;
    if (event !== undefined && random.chance(0.2))
      return {type: 'attribute', key: 'event', value: near(random, event.name), of};
    const one = someAttribute(random, span);
    if (one === undefined) return {type: 'attribute', key: 'constant', value: 'same', of};
    const key = random.chance(0.9) ? asked(one.key) : near(random, one.key);
    return {type: 'attribute', key, value: near(random, textOf(one.value)), of};
  };
  const field = (): SpanCondition => {
    const texts: Readonly<Record<SpanField, string>> = {
      service: serviceOf(span),
      operation: span.name,
      'scope.name': span.scope.name,
      'scope.version': span.scope.version,
      'status.message': span.statusMessage,
      'trace.state': span.traceState,
    };
    const name = random.pick(Object.keys(texts) as SpanField[]);
    return {type: 'field', field: name, value: near(random, texts[name])};
  };
  const comparison = (): SpanCondition => {
    const operator = random.pick(comparisonOperators);
    const one = someAttribute(random, span);
    if (operator === '!=' && one !== undefined) {
      return {type: 'comparison', key: asked(one.key), operator, value: near(random, textOf(one.value)), of};
    }
    const value = random.pick([
      '0',
      '5',
      '500',
      '499.5',
      '-1',
      '9007199254740993',
      '1e3',
      '9223372036854775807',
      '-0',
      '+3',
    ]);
    return {
      type: 'comparison',
      key: random.pick(['n', 'n', 'http.response.status_code', 'shared', 'any']),
      operator,
      value,
      of,
    };
  };
  const make: (() => SpanCondition)[] = [
    attribute,
    attribute,
    attribute,
    field,
    comparison,
    () => ({type: 'kind', kind: random.pick([...kindNames, kindNames[span.kind] ?? 'server'])}),
    () => ({type: 'status', status: random.pick(statusNames)}),
    () => ({type: 'key', key: keyOf(random, span), of}),
    () => environmentIs(random.pick(['prod', 'staging', 'Prod', '', 'nobody'])),
    () => hasValue(groupKey(random, span)),
    ...(depth > 1
      ? []
      : [
          () => ({type: 'any', of: random.list(random.below(4), () => condition(random, span, depth + 1))}) as const,
          () => ({type: 'any', of: [{type: 'status', status: 'error'}, attribute()]}) as const,
          () => ({type: 'not', condition: condition(random, span, depth + 1)}) as const,
        ]),
  ];
  return random.pick(make)();
}

export const groupKey = (random: Random, span: Span): GroupKey =>
  random.chance(0.4) ? {type: 'field', field: random.pick(groupFields)} : {type: 'attribute', key: keyOf(random, span)};

const second = 1_000_000_000n;

/** A moment at or beside the start of a span, of its bucket, its minute or its day. */
export function moment(random: Random, span: Span): UnixNano {
  const at = random.pick([
    span.start,
    span.start - 1n,
    span.start + 1n,
    ...[10n, 60n, 86_400n].map((seconds) => span.start - (span.start % (seconds * second))),
    span.start - BigInt(random.below(3600)) * second,
    span.start + BigInt(random.below(3600)) * second,
  ]);
  return (at < 0n ? 0n : at) as UnixNano;
}

export function range(random: Random, model: Model, span: Span, other: Span): {start: UnixNano; end: UnixNano} {
  const moments = random.chance(0.3)
    ? [moment(random, span), model.now as UnixNano]
    : [
        moment(random, span),
        random.chance(0.5) ? ((span.start + BigInt(random.below(900)) * second) as UnixNano) : moment(random, other),
      ];
  const [start, end] = moments.sort((a, b) => (a < b ? -1 : 1)) as [UnixNano, UnixNano];
  return {start, end: end === start ? ((end + 1n) as UnixNano) : end};
}

export function traceConditions(random: Random, model: Model, tenant: TenantId): TraceConditions {
  const duration = (): bigint => random.pick(model.tracesOf(tenant)).duration + BigInt(random.below(3) - 1);
  const [minDurationNano, maxDurationNano] = [random.maybe(0.5, duration), random.maybe(0.3, duration)];
  return {
    minDurationNano,
    maxDurationNano,
    outcomes: random.maybe(0.6, () => random.shuffled(traceOutcomes).slice(0, 1 + random.below(2))),
  };
}

export interface FilterOptions {
  readonly ranged?: boolean;
}

/** Around a span, so that mostly something fits. */
export function filterAround(
  random: Random,
  model: Model,
  tenant: TenantId,
  {ranged = false}: FilterOptions = {},
): TraceFilter {
  const spans = model.spansOf(tenant);
  const span = random.pick(spans);
  const both = ranged || random.chance(0.4) ? range(random, model, span, random.pick(spans)) : undefined;
  const spanFilter: SpanFilter = {
    start: both?.start ?? random.maybe(0.15, () => moment(random, span)),
    end: both?.end ?? random.maybe(0.15, () => moment(random, span)),
    service: random.maybe(0.3, () => near(random, serviceOf(span))),
    operation: random.maybe(0.25, () => near(random, span.name)),
    minDurationNano: random.maybe(0.15, () => durationOf(span) + BigInt(random.below(2))),
    maxDurationNano: random.maybe(0.15, () => durationOf(span) - BigInt(random.below(2))),
    conditions: random.list(random.pick([0, 0, 1, 1, 1, 2, 3, 6]), () => condition(random, span)),
  };
  return {...spanFilter, trace: random.maybe(0.3, () => traceConditions(random, model, tenant))};
}
