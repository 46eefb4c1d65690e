/** Answers that more than one API writes down, each in its own form. */
import type {SpanId, TraceId, UnixNano} from '../base/index.ts';
import type {SpanKindName, StatusName, TraceOutcome, TraceState} from './names.ts';

export interface FoundTraces {
  readonly ids: readonly TraceId[];
  /** A moment at which a span of each starts, to be handed on to whoever reads them. */
  readonly starts: SpanStarts;
  /** Whether traces that fit were left out because of the limit. */
  readonly more: boolean;
}

/** Some of the traces that fit, as good as drawn at random. */
export interface TraceSample {
  /** How many fit. */
  readonly total: number;
  /** Whether that is counted from a part of the range. */
  readonly estimated: boolean;
  /** By `place`, which is the same for every question. */
  readonly traces: readonly {readonly id: TraceId; readonly start: UnixNano; readonly place: number}[];
}

/** By trace, when some span of it starts: found a moment ago, it may not be in any index of traces yet. */
export type SpanStarts = ReadonlyMap<TraceId, UnixNano>;

export interface ListedTraces {
  readonly traces: readonly TraceSummary[];
  readonly more: boolean;
}

export interface TraceSummary {
  readonly traceId: TraceId;
  /** Of the root span; where it has not arrived, of the earliest span whose parent has not arrived either. */
  readonly rootService: string;
  readonly rootName: string;
  readonly rootArrived: boolean;
  readonly start: UnixNano;
  readonly durationNano: bigint;
  readonly spans: number;
  readonly errors: number;
  readonly outcome: TraceOutcome;
  readonly state: TraceState;
  readonly services: readonly {readonly name: string; readonly spans: number; readonly errors: number}[];
}

export interface ListedSpans {
  readonly spans: readonly ListedSpan[];
  /** Whether spans that fit were left out because of the limit. */
  readonly more: boolean;
}

export interface ListedSpan {
  readonly traceId: TraceId;
  readonly spanId: SpanId;
  /** '' for a root. */
  readonly parentSpanId: string;
  readonly service: string;
  readonly name: string;
  readonly kind: SpanKindName;
  readonly status: {readonly code: StatusName; readonly message: string};
  readonly start: UnixNano;
  readonly durationNano: bigint;
  /** Of the columns asked for, those that the span has. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Copies of a span that was sent again are counted, as in every rate. */
export interface SpanFigures {
  readonly spans: number;
  readonly errors: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface SpanGroup extends SpanFigures {
  readonly value: string;
}

export interface SpanGroups {
  /** When the earliest span of any kind within the range started; the range's start where there is none. */
  readonly coveredStart: UnixNano;
  /** Whether durations are exact; otherwise they are to a step of the histogram. */
  readonly exact: boolean;
  readonly groups: readonly SpanGroup[];
  /** Spans without the value that they are grouped by; undefined where all have one. */
  readonly without: SpanFigures | undefined;
  /** All groups beyond the limit together. */
  readonly others: {readonly groups: number; readonly spans: number; readonly errors: number};
}

/** A trace as a waterfall draws it. One entry a span in every array but `services` and `names`, ordered by start time. */
export type EndsBeforeStart = readonly [span: number, nanos: number];

export interface TraceOutline {
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  readonly services: readonly string[];
  readonly names: readonly string[];
  /** What tells one machine from another, '' where nothing does: see `hostOf`. */
  readonly hosts: readonly string[];
  /** 16 hexadecimal digits; the parent's is '' for a root. */
  readonly spanId: readonly string[];
  readonly parentSpanId: readonly string[];
  /** Index into `services`, `names`, `hosts`. */
  readonly service: readonly number[];
  readonly name: readonly number[];
  readonly host: readonly number[];
  readonly kind: readonly number[];
  readonly status: readonly number[];
  /** Nanoseconds after `startUnixNano`. */
  readonly start: readonly number[];
  readonly duration: readonly number[];
  readonly events: readonly number[];
  readonly links: readonly number[];
  /** Spans that were sent with an end before their start, by index, with how long before, in nanoseconds: their duration is 0. */
  readonly endsBeforeStart: readonly EndsBeforeStart[];
  /** Spans of the trace that were left out because of `maxSpans`. */
  readonly omitted: number;
}

/** Rate, errors and duration of every service's server and consumer spans. */
export interface Red {
  /** When the earliest span of any service within the range started; the range's start where there is none. */
  readonly coveredStart: UnixNano;
  readonly services: readonly ServiceRed[];
}

/** Each stored span counts for as many as it stands for: those that were sampled out too. */
export interface RedFigures {
  readonly requests: number;
  /** How many stored spans these are counted from, where they are not as many. */
  readonly stored?: number;
  readonly errors: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Of percentiles that are known only to be at most, or at least, so long. Absent where there is none. */
  readonly bounds?: {readonly [percentile in 'p50' | 'p95' | 'p99']?: 'most' | 'least'};
}

export interface ServiceRed extends RedFigures {
  readonly name: string;
  /** One entry a point, where points were asked for. */
  readonly series?: {readonly requests: readonly number[]; readonly errors: readonly number[]};
}

export interface OperationsRed {
  readonly coveredStart: UnixNano;
  readonly operations: readonly OperationRed[];
  /** Whether less busy operations were left out. */
  readonly more: boolean;
}

export interface OperationRed extends RedFigures {
  readonly name: string;
  readonly kind: SpanKindName;
}

/** At the points that have calls in their window, one entry each; the busiest first. Each stored span counts for as many as it stands for. */
export interface CallSeries {
  readonly service: string;
  /** Empty where operations were not told apart. */
  readonly operation: string;
  readonly point: readonly number[];
  readonly calls: readonly number[];
  readonly errors: readonly number[];
  /** Milliseconds; empty where no quantile was wanted. */
  readonly quantile: readonly number[];
}

/** How many traces began when (columns) and took how long (steps of `red/duration-steps.ts`); one entry a cell in each array. */
export interface Heatmap {
  /** Nanoseconds that a column covers. */
  readonly columnNano: bigint;
  readonly column: readonly number[];
  readonly step: readonly number[];
  readonly traces: readonly number[];
  readonly failed: readonly number[];
  readonly healed: readonly number[];
  /** Traces that are still arriving: in no cell. */
  readonly arriving: number;
}

/** Names that contain a text, the best first. */
export interface FoundNames {
  readonly services: readonly {readonly name: string; readonly spans: number}[];
  readonly operations: readonly {
    readonly service: string;
    readonly name: string;
    readonly kind: SpanKindName;
    readonly spans: number;
  }[];
  readonly attributes: readonly {readonly key: string; readonly of: 'span' | 'resource'; readonly spans: number}[];
}

/** Calls from one service to another. */
export interface Call {
  readonly parent: string;
  readonly child: string;
  readonly calls: number;
  /** Those of them that failed. */
  readonly errors: number;
}

/** Milliseconds. */
export interface DurationFigures {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export const graphEdgeKinds = ['call', 'async', 'link', 'database', 'produce', 'consume', 'external', 'user'] as const;
/**
 * `call`: a service's span above another's. `async`: the same by a message, through the parent or a link within the trace; `link`: a
 * link to another trace. The others have a span at one end only: `database`, `produce`, `consume` and `external` name the other end
 * by attributes, `user` is a server's span that nobody called.
 */
export type GraphEdgeKind = (typeof graphEdgeKinds)[number];

/** Who uses what: a service, or, by the kind, a database, a queue (`SYSTEM/NAME`) or whatever else has no spans. */
export interface GraphEdge {
  readonly kind: GraphEdgeKind;
  readonly from: string;
  readonly to: string;
  readonly calls: number;
  readonly errors: number;
  /** Of the caller's spans and of the callee's, as far as there are some. */
  readonly client?: DurationFigures;
  readonly server?: DurationFigures;
  /** Milliseconds on average: of a call, by how much the callee's clock is ahead; of a message, how long it waited. */
  readonly offset?: number;
  /** Callee's spans that began after the caller's had ended. */
  readonly late: number;
}

/** How whole the traces are that a service is in. Spans. */
export interface GraphService {
  readonly name: string;
  readonly spans: number;
  readonly errors: number;
  /** Without a parent; below another service's; with a parent that is not stored. */
  readonly roots: number;
  readonly remote: number;
  readonly orphans: number;
  /** That are named as parents and not stored. */
  readonly lost: number;
  readonly unnamed: number;
  /** That began after their parent of the same service had ended. */
  readonly late: number;
}

/** Known to metrics or logs, while no stored span is of it. */
export interface KnownWithoutSpans {
  readonly service: string;
  /** Series of metrics with points in the time, and log records. */
  readonly series: number;
  readonly logs: number;
}

export interface Coverage {
  /** The most logs first. */
  readonly services: readonly KnownWithoutSpans[];
  /** HTTP routes of services that have spans. */
  readonly routes: readonly (KnownWithoutSpans & {readonly route: string})[];
  /** Whether there may be others: there was more than is compared. */
  readonly more: boolean;
}

export interface StoredGraph {
  readonly edges: readonly GraphEdge[];
  readonly services: readonly GraphService[];
  /** The most first. */
  readonly orphans: readonly {readonly service: string; readonly operation: string; readonly spans: number}[];
  /** Minutes of the range that are not counted yet. */
  readonly pendingMinutes: number;
  /** Of so many traces one was looked at in minutes that are not counted yet; 1: all of them. */
  readonly share: number;
}
