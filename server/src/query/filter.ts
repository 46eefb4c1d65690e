/** Which spans a question is about: the one shape that every API asks with and every reader answers. */
import type {UnixNano} from '../base/index.ts';
import type {SpanGroupOrder, SpanKindName, SpanOrder, StatusName, TraceOrder, TraceOutcome} from './names.ts';
import type {TimeRange} from './range.ts';

/** A span fits when every condition given holds. Spans are matched by their start time. */
export interface SpanFilter {
  readonly start?: UnixNano | undefined;
  /** Inclusive where a question gives both ends, as Jaeger has it. */
  readonly end?: UnixNano | undefined;
  readonly service?: string | undefined;
  readonly operation?: string | undefined;
  readonly minDurationNano?: bigint | undefined;
  readonly maxDurationNano?: bigint | undefined;
  readonly conditions: readonly SpanCondition[];
}

/** Conditions on a trace as a whole, whatever of it lies in the range. A trace fits when every condition given holds. */
export interface TraceConditions {
  readonly minDurationNano?: bigint | undefined;
  readonly maxDurationNano?: bigint | undefined;
  /** Copies of a span count. */
  readonly minSpans?: number | undefined;
  /** Any of them; empty where it does not matter. A trace that is still arriving has none yet. */
  readonly outcomes?: readonly TraceOutcome[] | undefined;
}

/** Traces that fit, one of whose spans fits. */
export interface TraceFilter extends SpanFilter {
  readonly trace?: TraceConditions | undefined;
}

/** The first of them. */
export interface TraceQuery extends TraceFilter {
  readonly limit: number;
  /** Default `newest`: by the start of the newest span that fits. */
  readonly order?: TraceOrder | undefined;
}

/** Some of them, evenly spread over the range. */
export interface TraceSampleQuery extends TraceFilter {
  readonly limit: number;
  /** Where spans have to be looked at, those of one stretch of ten seconds in so many. */
  readonly every?: number;
}

/** The first spans that fit, of traces that fit. */
export interface SpanQuery extends TraceFilter {
  readonly limit: number;
  readonly order: SpanOrder;
  /** Keys of attributes whose values are wanted too. */
  readonly columns: readonly string[];
}

/** Spans that fit, counted by one of their values. */
export interface SpanGroupsQuery extends TraceFilter {
  readonly start: UnixNano;
  readonly end: UnixNano;
  readonly by: GroupKey;
  /** How many groups are named. */
  readonly limit: number;
  readonly order: SpanGroupOrder;
}

export const groupFields = ['service', 'operation', 'kind', 'status', 'environment', 'version'] as const;
export type GroupField = (typeof groupFields)[number];
/** An attribute is that of the span, else of its resource, its scope, its first event or its first link that has one. */
export type GroupKey =
  | {readonly type: 'field'; readonly field: GroupField}
  | {readonly type: 'attribute'; readonly key: string};

/** Which requests rates are wanted of. */
export interface RedFilter extends TimeRange {
  readonly service?: string | undefined;
  readonly kind?: SpanKindName | undefined;
  readonly environment?: string | undefined;
  readonly version?: string | undefined;
}

/** Which spans of a service are looked at. */
export interface ServiceFilter extends RedFilter {
  readonly service: string;
  readonly operation?: string | undefined;
}

/** Whose calls are wanted at every point of a series, each counted over a window of whole minutes. */
export interface CallSeriesQuery {
  readonly services: readonly string[];
  readonly kinds: readonly SpanKindName[];
  /** One series an operation, not one a service. */
  readonly byOperation: boolean;
  /** When point `i` is: `start + i * step`, in milliseconds since 1970. */
  readonly start: number;
  readonly step: number;
  readonly count: number;
  /** How many minutes a point's window has, of which the last is the one that the point lies in. */
  readonly minutes: number;
  /** Of the duration, from 0 to 1, where it is wanted. */
  readonly quantile: number | undefined;
  /** How many series are returned: those of most calls. */
  readonly limit: number;
}

/** How many of them began when and took how long. */
export interface HeatmapQuery extends TraceFilter {
  readonly start: UnixNano;
  readonly end: UnixNano;
  readonly columns: number;
}

export type SpanCondition =
  | {readonly type: 'any'; readonly of: readonly SpanCondition[]}
  | {readonly type: 'not'; readonly condition: SpanCondition}
  | {readonly type: 'kind'; readonly kind: SpanKindName}
  | {readonly type: 'status'; readonly status: StatusName}
  | {readonly type: 'field'; readonly field: SpanField; readonly value: string}
  /**
   * The text form of an attribute: `anywhere` is the span, its resource, its scope, one of its events or one of its links, and
   * the key `event` is the name of an event too. The integer 500 and the text "500" are the same here.
   */
  | {readonly type: 'attribute'; readonly key: string; readonly value: string; readonly of: AttributeOwner}
  /** An attribute that has the key, whatever its value. */
  | {readonly type: 'key'; readonly key: string; readonly of: AttributeOwner}
  /**
   * An attribute that has the key, and a value that compares so: as a number, whatever its type, and no value whose text is not
   * one fits. But `!=` compares texts, and wants the key somewhere and the value nowhere.
   */
  | {
      readonly type: 'comparison';
      readonly key: string;
      readonly operator: ComparisonOperator;
      /** For all but `!=`, a decimal number. */
      readonly value: string;
      readonly of: AttributeOwner;
    };

/** The environment of a resource: its name in the semantic conventions, and the one that it had until 2024. */
export const environmentKeys = ['deployment.environment.name', 'deployment.environment'] as const;

/** The resource's environment, by either name. */
export const environmentIs = (value: string): SpanCondition => ({
  type: 'any',
  of: environmentKeys.map((key) => ({
    type: 'attribute',
    key,
    value,
    of: 'resource',
  })),
});

/** The keys of the resource that a field is read from, the first one that it has. */
export const resourceFields = {environment: environmentKeys, version: ['service.version']} as const satisfies Partial<
  Record<GroupField, readonly string[]>
>;

/** The span has a value to be grouped by: every span has a service, a name, a kind and a status. */
export function hasValue(by: GroupKey): SpanCondition {
  if (by.type === 'attribute') return {type: 'key', key: by.key, of: 'anywhere'};
  if (by.field !== 'environment' && by.field !== 'version') return {type: 'not', condition: {type: 'any', of: []}};
  return {type: 'any', of: resourceFields[by.field].map((key) => ({type: 'key', key, of: 'resource'}))};
}

/** The environment that a condition asks for and nothing else, as `environmentIs` does. */
export function environmentOf(condition: SpanCondition): string | undefined {
  if (condition.type !== 'any' || condition.of.length !== environmentKeys.length) return undefined;
  const [first] = condition.of;
  if (first?.type !== 'attribute') return undefined;
  const isEnvironment = condition.of.every(
    (one, i) =>
      one.type === 'attribute' && one.of === 'resource' && one.key === environmentKeys[i] && one.value === first.value,
  );
  return isEnvironment ? first.value : undefined;
}

export const comparisonOperators = ['!=', '>=', '<=', '>', '<'] as const;
export type ComparisonOperator = (typeof comparisonOperators)[number];

export type SpanField = 'service' | 'operation' | 'scope.name' | 'scope.version' | 'status.message' | 'trace.state';
export type AttributeOwner = 'anywhere' | 'resource';
