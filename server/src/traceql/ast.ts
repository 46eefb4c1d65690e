/**
 * The syntax tree of TraceQL. Every field is readonly, and every node has its place in the text: `at` to `end`. A `missing` node
 * stands where a text that is still being typed has nothing yet; a tree without faults has none.
 */
import type {Value} from './value.ts';

export interface Placed {
  readonly at: number;
  readonly end: number;
}

export interface Query {
  readonly root: Pipeline | Metrics;
  readonly hints: readonly Hint[];
}

export interface Hint extends Placed {
  readonly name: string;
  readonly value: Value;
}

// Expressions over one span.

export type Field = Literal | Attribute | Intrinsic | Unary | Exists | Binary | Missing;
export type Literal = Placed & {readonly kind: 'literal'; readonly value: Value};
export type Missing = Placed & {readonly kind: 'missing'};

export const attributeScopes = ['resource', 'span', 'event', 'link', 'instrumentation'] as const;
export type AttributeScope = (typeof attributeScopes)[number];

export interface Attribute extends Placed {
  readonly kind: 'attribute';
  /** Undefined: the first of the scopes that has the name. */
  readonly scope: AttributeScope | undefined;
  /** Whether it is that of the span's parent. */
  readonly parent: boolean;
  readonly name: string;
}

/** By the names that Tempo prints; `scopedIntrinsics` has those that are written with a scope. */
export const intrinsicTypes = {
  duration: 'duration',
  name: 'string',
  status: 'status',
  statusMessage: 'string',
  kind: 'kind',
  parent: 'nil',
  rootName: 'string',
  rootServiceName: 'string',
  traceDuration: 'duration',
  nestedSetLeft: 'int',
  nestedSetRight: 'int',
  nestedSetParent: 'int',
  'trace:id': 'string',
  'span:id': 'string',
  'span:parentID': 'string',
  'span:childCount': 'int',
  'event:name': 'string',
  'event:timeSinceStart': 'duration',
  'link:traceID': 'string',
  'link:spanID': 'string',
  // Tempo gives these two no type before they are evaluated.
  'instrumentation:name': 'attribute',
  'instrumentation:version': 'attribute',
} as const;
export type IntrinsicName = keyof typeof intrinsicTypes;

export const scopedIntrinsics: Readonly<Record<string, Readonly<Record<string, IntrinsicName>>>> = {
  trace: {duration: 'traceDuration', rootName: 'rootName', rootService: 'rootServiceName', id: 'trace:id'},
  span: {
    duration: 'duration',
    name: 'name',
    kind: 'kind',
    status: 'status',
    statusMessage: 'statusMessage',
    id: 'span:id',
    parentID: 'span:parentID',
    childCount: 'span:childCount',
  },
  event: {name: 'event:name', timeSinceStart: 'event:timeSinceStart'},
  link: {traceID: 'link:traceID', spanID: 'link:spanID'},
  instrumentation: {name: 'instrumentation:name', version: 'instrumentation:version'},
};

/** Those that are written without a scope. */
export const bareIntrinsics: ReadonlySet<string> = new Set([
  'duration',
  'name',
  'status',
  'statusMessage',
  'kind',
  'parent',
  'rootName',
  'rootServiceName',
  'traceDuration',
  'nestedSetLeft',
  'nestedSetRight',
  'nestedSetParent',
]);

export interface Intrinsic extends Placed {
  readonly kind: 'intrinsic';
  readonly name: IntrinsicName;
}
/** What `by`, `select` and functions over time name. */
export type Name = Attribute | Intrinsic;

export interface Unary extends Placed {
  readonly kind: 'unary';
  readonly operator: '-' | '!';
  readonly value: Field;
}
/** `= nil` and `!= nil`. */
export interface Exists extends Placed {
  readonly kind: 'exists';
  readonly not: boolean;
  readonly value: Field;
}
export interface Binary extends Placed {
  readonly kind: 'binary';
  readonly operator: FieldOperator;
  readonly left: Field;
  readonly right: Field;
}
export type ComparisonSign = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type ArithmeticSign = '+' | '-' | '*' | '/' | '%' | '^';
export type FieldOperator = ComparisonSign | ArithmeticSign | '=~' | '!~' | '&&' | '||';

// Sets of spans.

export interface Pipeline extends Placed {
  readonly kind: 'pipeline';
  readonly stages: readonly Stage[];
}
export type Stage = Spansets | ScalarFilter | By | Coalesce | Select | Missing;
export type Spansets = SpansetFilter | SpansetOperation | Pipeline | Missing;

export interface SpansetFilter extends Placed {
  readonly kind: 'filter';
  readonly condition: Field;
}
export const structuralSigns = ['>', '>>', '<', '<<', '~'] as const;
export type StructuralSign = (typeof structuralSigns)[number];
export interface SpansetOperation extends Placed {
  readonly kind: 'spansets';
  readonly operator: '&&' | '||' | StructuralSign;
  /** `not`: those of the right side without such a span on the left; `union`: those of both sides. */
  readonly variant: 'plain' | 'not' | 'union';
  readonly left: Spansets;
  readonly right: Spansets;
}
export interface By extends Placed {
  readonly kind: 'by';
  readonly value: Field;
}
export type Coalesce = Placed & {readonly kind: 'coalesce'};
export interface Select extends Placed {
  readonly kind: 'select';
  readonly names: readonly Name[];
}

/** Of a set of spans, one number. */
export type Scalar = Literal | Aggregate | ScalarOperation | ScalarPipeline | Missing;
export const aggregates = ['count', 'sum', 'avg', 'min', 'max'] as const;
export interface Aggregate extends Placed {
  readonly kind: 'aggregate';
  readonly operator: (typeof aggregates)[number];
  /** Undefined of `count()` only. */
  readonly value: Field | undefined;
}
export interface ScalarOperation extends Placed {
  readonly kind: 'scalar';
  readonly operator: ArithmeticSign;
  readonly left: Scalar;
  readonly right: Scalar;
}
/** `({ … } | count())`. */
export interface ScalarPipeline extends Placed {
  readonly kind: 'scalarPipeline';
  readonly pipeline: Pipeline;
  readonly aggregate: Aggregate;
}
export interface ScalarFilter extends Placed {
  readonly kind: 'scalarFilter';
  readonly operator: ComparisonSign;
  readonly left: Scalar;
  readonly right: Scalar;
}

// Series over time.

export type Metrics = Series | SeriesMath | SeriesScalar | SeriesFilter | SeriesRank;
export const overTime = [
  'rate',
  'count_over_time',
  'min_over_time',
  'max_over_time',
  'avg_over_time',
  'sum_over_time',
  'quantile_over_time',
  'histogram_over_time',
  'compare',
] as const;

export interface Series extends Placed {
  readonly kind: 'series';
  readonly pipeline: Pipeline;
  readonly function: OverTime | Compare;
}
export interface OverTime extends Placed {
  readonly kind: 'overTime';
  readonly operator: Exclude<(typeof overTime)[number], 'compare'>;
  readonly value: Name | undefined;
  readonly quantiles: readonly number[];
  readonly by: readonly Name[];
}
export interface Compare extends Placed {
  readonly kind: 'compare';
  readonly filter: SpansetFilter;
  readonly top: number;
  /** Nanoseconds since 1970; 0 for both: all of the time. */
  readonly start: bigint;
  readonly stop: bigint;
}
export type SeriesSign = '+' | '-' | '*' | '/';
export interface SeriesMath extends Placed {
  readonly kind: 'math';
  readonly operator: SeriesSign;
  readonly left: Metrics;
  readonly right: Metrics;
}
export interface SeriesScalar extends Placed {
  readonly kind: 'seriesScalar';
  readonly operator: SeriesSign;
  readonly scalar: number;
  readonly scalarFirst: boolean;
  readonly series: Metrics;
}
export interface SeriesFilter extends Placed {
  readonly kind: 'seriesFilter';
  readonly operator: ComparisonSign;
  readonly value: number;
  readonly series: Metrics;
}
export interface SeriesRank extends Placed {
  readonly kind: 'rank';
  readonly operator: 'topk' | 'bottomk';
  readonly limit: number;
  readonly series: Metrics;
}

export const isMetrics = (root: Query['root']): root is Metrics => root.kind !== 'pipeline';
