/** What is told of one service in a time, beside its rates. Durations are milliseconds, times nanoseconds since 1970 as texts. */
import type {SpanKindName} from './names.ts';
import type {RedFigures} from './results.ts';

/** One entry a point. Percentiles are null where there was no request. */
export interface RedSeries {
  readonly requests: readonly number[];
  readonly errors: readonly number[];
  readonly p50: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
}

export interface OperationSeries {
  readonly whole: RedSeries;
  readonly operations: readonly {readonly name: string; readonly kind: SpanKindName; readonly series: RedSeries}[];
}

/** How many requests of an operation took how long: by steps of `red/duration-steps.ts`. */
export interface OperationSteps {
  readonly name: string;
  readonly kind: SpanKindName;
  readonly steps: readonly number[];
  readonly requests: readonly number[];
}

/** `share`: of so many stretches of time, or traces, one was looked at, and counts are times that. */
export interface Looked {
  readonly share: number;
}

export interface SpanExample {
  readonly traceId: string;
  readonly spanId: string;
  readonly startUnixNano: string;
  readonly durationNano: string;
}

export interface Exemplar extends SpanExample {
  readonly operation: string;
  readonly kind: SpanKindName;
  readonly failed: boolean;
}

/** The same attribute of resources by its names, those in force first. */
export const instanceAttributes = {
  version: ['service.version'],
  environment: ['deployment.environment.name', 'deployment.environment'],
  instance: ['service.instance.id'],
  host: ['host.name'],
  pod: ['k8s.pod.name'],
  container: ['container.name', 'k8s.container.name', 'container.id'],
  namespace: ['k8s.namespace.name', 'service.namespace'],
  cluster: ['k8s.cluster.name'],
  zone: ['cloud.availability_zone', 'cloud.zone'],
  region: ['cloud.region'],
  runtime: ['process.runtime.version'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type InstanceAttributeName = keyof typeof instanceAttributes;

export interface InstanceFigures extends RedFigures {
  readonly value: string;
  readonly spans: number;
  readonly firstUnixNano: string;
  readonly lastUnixNano: string;
  readonly versions?: readonly string[];
}

export interface ServiceInstances extends Looked {
  readonly languages: readonly string[];
  readonly attributes: readonly {
    readonly attribute: InstanceAttributeName;
    readonly key: string;
    readonly values: readonly InstanceFigures[];
    readonly omitted?: number;
    readonly without: number;
  }[];
}

export interface FoundError {
  readonly id: string;
  readonly operation: string;
  readonly kind: SpanKindName;
  readonly type: string;
  /** Folded. */
  readonly message: string;
  /** What else tells the kind of the error: statuses of HTTP, gRPC and databases by their keys, of the example. */
  readonly facts: Readonly<Record<string, string>>;
  /** The service whose span failed below these; '' where there is none. */
  readonly from: string;
  readonly count: number;
  readonly firstUnixNano: string;
  readonly lastUnixNano: string;
  readonly series: readonly number[];
  readonly example: SpanExample & {readonly message: string};
}
export interface FoundErrors extends Looked {
  readonly errors: number;
  /** Most errors first. */
  readonly groups: readonly FoundError[];
  readonly omitted: number;
}

export interface FoundStatement {
  readonly id: string;
  readonly statement: string;
  readonly system: string;
  readonly database: string;
  readonly calls: number;
  readonly errors: number;
  readonly totalMs: number;
  readonly meanMs: number;
  /** How far durations lie from their mean: the square root of the mean of squares. */
  readonly spreadMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  readonly example: SpanExample & {readonly statement: string; readonly operation: string};
}
export interface FoundStatements extends Looked {
  readonly totalMs: number;
  /** Most time first. */
  readonly statements: readonly FoundStatement[];
  readonly omitted: number;
}
