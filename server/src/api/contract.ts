/**
 * Requests and answers of Weft's own API (`/api/weft/v1`): the only module of the server that the page imports, types only.
 *
 * Times are nanoseconds since 1970 as decimal strings (they exceed 2^53), durations likewise, unless a field says otherwise.
 */
import type {FailureReason, FailureValue} from './failure-texts.ts';

export type SpanKindName = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';
export type StatusName = 'unset' | 'ok' | 'error';

/** Every failure of the API: `message` says what, `hint` how to mend it, `parameter` which query parameter was wrong. */
export interface ApiError {
  readonly error: ApiFault & {
    readonly code: ApiErrorCode;
    /** Whatever else is wrong with the same request. Absent where nothing is. */
    readonly others?: readonly ApiFault[];
  };
}
export interface ApiFault {
  /** The failure itself, and the values in `message` and `hint`: by these it can be said in another language. */
  readonly reason?: FailureReason;
  readonly values?: Readonly<Record<string, FailureValue>>;
  readonly message: string;
  readonly hint?: string;
  /** Or the field of the body. */
  readonly parameter?: string;
}
export type {FailureReason, FailureValue, Phrase, PhraseName} from './failure-texts.ts';
export type ApiErrorCode =
  | 'bad_request'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'too_large'
  | 'unsupported'
  | 'internal'
  | 'not_implemented'
  | 'unavailable'
  | 'timeout';

/** `GET /services`: every service that sent spans, by name. */
export interface ServicesResponse {
  readonly services: readonly ServiceItem[];
}
export interface ServiceItem {
  readonly name: string;
  /** Those that were sampled out too, as the stored ones tell of them. */
  readonly spans: number;
}

/**
 * `GET /services/red?start=&end=`: rate, errors and duration of what each service served (server and consumer spans); copies of a span that
 * was sent twice are counted. Optional:
 * `service`, `environment`, `version` (only spans of these; the last two are counted from the spans themselves, which takes
 * longer) and `points` (1 to 60: a series for each service).
 */
export interface ServicesRedResponse extends CountedTime {
  /** Only where `points` is asked for. */
  readonly points?: PointTimes;
  readonly services: readonly ServiceRed[];
}
/** The time that rates are of. */
export interface CountedTime {
  /** The time that was counted: that asked for, widened to whole minutes, but not beyond now. */
  readonly start: string;
  readonly end: string;
  /**
   * From when on there is data in that time: the start of the earliest span of any service, `start` where there is none.
   * A rate is `requests` divided by `end` less this, lest a Weft that has run for a minute look idle in "the last hour".
   */
  readonly coveredStart: string;
}
/** Point `i` of a series covers `stepSeconds` from `start` + `i` × `stepSeconds` on; the last one ends at the range's end. */
export interface PointTimes {
  readonly start: string;
  /** Whole minutes. */
  readonly stepSeconds: number;
  /** How many points each series has: at most as many as were asked for. */
  readonly count: number;
}
/**
 * Rate, errors and duration of some requests. A span that was sampled counts for as many as it stands for, as its tracestate says
 * (`ot=th:`): a tenth of the requests kept, and `requests` are all of them, on average.
 */
export interface RedFigures {
  readonly requests: number;
  /** How many stored spans `requests` is counted from; absent where they are as many. */
  readonly stored?: number;
  readonly errors: number;
  /** Milliseconds, to a step of the histogram: at most 9 % off, but for those in `bounds`. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /**
   * The percentiles that lie where the histogram is open: `most`, the duration is as long or shorter (a microsecond); `least`, it is as
   * long or longer (an hour and five minutes). Absent where there is none.
   */
  readonly bounds?: PercentileBounds;
}
export type PercentileName = 'p50' | 'p95' | 'p99';
export type PercentileBounds = {readonly [percentile in PercentileName]?: 'most' | 'least'};
export interface ServiceRed extends RedFigures {
  readonly name: string;
  /** One entry a point. */
  readonly series?: {readonly requests: readonly number[]; readonly errors: readonly number[]};
}

/**
 * `GET /operations/red?service=&start=&end=`: rate, errors and duration of each operation of one service, most requests first; copies
 * count as in `GET /services/red`.
 * Optional: `kind` (only spans of this kind), `environment`, `version`, `points` (1 to 60: a series for the service and for each of its
 * 30 busiest operations), `baselineStart` and `baselineEnd` (the same of another time beside it).
 */
export interface OperationsRedResponse extends CountedTime {
  /** True when there are more than these 1,000. */
  readonly more: boolean;
  readonly operations: readonly OperationRed[];
  /** All that the service served (server and consumer spans), or all spans of `kind`. Only where `points` or a baseline is asked for. */
  readonly service?: RedFigures & {readonly series?: RedSeries; readonly baseline?: RedFigures};
  /** Only where `points` is asked for. */
  readonly points?: PointTimes;
  /** The other time. Only where it is asked for. */
  readonly baseline?: CountedTime;
}
export interface OperationRed extends RedFigures {
  readonly name: string;
  readonly kind: SpanKindName;
  readonly series?: RedSeries;
  /** The other time's; null where the operation was not there then. Absent where no other time was asked for. */
  readonly baseline?: RedFigures | null;
}
/** One entry a point. Percentiles are milliseconds, null where there was no request. */
export interface RedSeries {
  readonly requests: readonly number[];
  readonly errors: readonly number[];
  readonly p50: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
}

/** `GET /operations?service=`: span names of a service, with the kind each was seen as. */
export interface OperationsResponse {
  readonly operations: readonly {readonly name: string; readonly kind: SpanKindName; readonly spans: number}[];
}

/** `GET /attributes?service=`: attribute keys seen lately, most frequent first; `/attributes/values?key=&service=&prefix=`: values. */
export interface AttributeKeysResponse {
  readonly keys: readonly {readonly key: string; readonly of: 'span' | 'resource'; readonly spans: number}[];
}
export interface AttributeValuesResponse {
  readonly values: readonly {readonly value: string; readonly spans: number}[];
}

/**
 * `GET /find?text=`: what is called so, for a palette: names that contain the text, in any case. Exact names come first, then
 * those that begin with it, then those in which a word does; among these, most spans first. At most 20 of each. Without a text
 * every name fits.
 */
export interface FindResponse {
  readonly services: readonly ServiceItem[];
  readonly operations: readonly FoundOperation[];
  /** Keys seen lately. */
  readonly attributes: readonly {readonly key: string; readonly of: 'span' | 'resource'; readonly spans: number}[];
}
export interface FoundOperation {
  readonly service: string;
  readonly name: string;
  readonly kind: SpanKindName;
  readonly spans: number;
}

/**
 * `GET /traces`: the first traces by `order`, of all that are stored in the range and fit. All parameters are optional.
 *
 * A trace is listed when one of its spans fits every condition on spans: `service`, `operation`, `kind`, `status`, `environment`,
 * `attribute`, `has`, `notHas` (repeatable), `notService`, `notOperation`, `notKind`, `notStatus` (repeatable: that span is none of them),
 * `minDuration` and `maxDuration` (of that span: `1.5s`, `200ms`), `start` and `end` (when it started: nanoseconds, or a moment
 * such as `2026-01-02T03:04:05Z`). And when the trace itself fits: `minTraceDuration`, `maxTraceDuration` (the `durationNano` of its
 * summary), `outcome` (repeatable: any of them).
 *
 * - `order`: `newest` (the default), `longest`, `spans` (most first), `errors` (most first). A trace that is still arriving is in
 *   neither `longest` nor `errors`, and fits no `outcome`.
 * - `attribute`: `key=value` compares texts, `key!=value` wants the key and nowhere that value, and `>=`, `<=`, `>`, `<` compare
 *   numbers (`http.response.status_code>=500`), spaces around them allowed. It is looked for on the span, its resource, its
 *   scope, its events and links. A key that has one of `=!<>` in it is written in quotes, as JSON: `"a>b"=1`. `error=true` is an
 *   attribute or a status of error.
 * - `has`, `notHas`: `environment`, `version`, or the key of an attribute (as in `by` of `GET /spans/groups`) of which the span has a
 *   value, or has none: the span is in a group by it, or among those `without`.
 * - `environment`: the resource attribute `deployment.environment.name`, or the older `deployment.environment`.
 * - `limit`: 1 to 1,500, default 20.
 */
export interface TraceSearchResponse {
  readonly traces: readonly TraceSummary[];
  /** True when traces that fit were left out because of `limit`. */
  readonly more: boolean;
}
export interface TraceSummary {
  readonly traceId: string;
  /**
   * Of the root span. Where it has not arrived, of the earliest span whose parent has not arrived either: the highest that is
   * known of it.
   */
  readonly rootService: string;
  readonly rootName: string;
  readonly rootArrived: boolean;
  readonly startUnixNano: string;
  readonly durationNano: string;
  readonly spans: number;
  readonly errors: number;
  /** Of a trace that is still arriving, as far as it is known. */
  readonly outcome: TraceOutcome;
  readonly state: TraceState;
  readonly services: readonly {readonly name: string; readonly spans: number; readonly errors: number}[];
}
export type TraceOrder = 'newest' | 'longest' | 'spans' | 'errors';
/**
 * `failed`: a root span has the status error, or where no root has arrived, the earliest span has; `healed`: another span has;
 * `clean`: no span has.
 */
export type TraceOutcome = 'failed' | 'healed' | 'clean';
/** `arriving`: no root has arrived, and the latest span ended less than 30 s ago; `incomplete`: it ended longer ago. */
export type TraceState = 'complete' | 'arriving' | 'incomplete';

/**
 * `GET /traces/statuses?trace=`: what the root span of each trace was answered with, in the order asked for. Traces without a root, or
 * whose root has no such status, are left out. `trace` is repeated, at most 100 times. A span may have failed by it and yet not have the status `error`:
 * outcomes, errors and rates go by the span's status alone.
 */
export interface TraceStatusesResponse {
  readonly statuses: readonly (ResponseStatus & {readonly traceId: string})[];
}
/** The status of a response by HTTP or gRPC, out of a span's attributes. */
export interface ResponseStatus {
  readonly protocol: 'http' | 'grpc';
  /** As it was sent: `503`, `14`, `UNAVAILABLE`. */
  readonly code: string;
  /** The attribute: `http.response.status_code`, `http.status_code`, `rpc.response.status_code` or `rpc.grpc.status_code`. */
  readonly key: string;
  /** `bad`: the server failed (5xx, and the like of gRPC); `refused`: it says that the client did. */
  readonly verdict: 'good' | 'refused' | 'bad';
}

/**
 * `GET /traces/heatmap?start=`: how many traces began when and took how long, over everything that is stored in the range and
 * fits. Takes the conditions of `GET /traces`; `start` is required, `end` is now where it is not given. `columns` (1 to 400,
 * default 120): equal parts of the range. `rows` (1 to 256): at most so many, each of whole steps of the histogram that
 * durations are counted in everywhere (eight a doubling); without it a row is one step.
 */
export interface TraceHeatmapResponse {
  readonly startUnixNano: string;
  readonly endUnixNano: string;
  /** Column `i` begins at `startUnixNano` + `i` × this. Traces that began before `startUnixNano` are in the first column. */
  readonly columnNano: string;
  readonly columns: number;
  /**
   * Nanoseconds: row `i` holds durations from entry `i` up to entry `i + 1`, the lowest row first. One more than there are rows;
   * empty where no trace fits. The histogram ends at 93 days: longer traces are in its last step.
   */
  readonly bounds: readonly number[];
  /** Cells in which there are traces, one entry a cell in every array, by column and then by row. */
  readonly cells: {
    readonly column: readonly number[];
    readonly row: readonly number[];
    readonly traces: readonly number[];
    readonly failed: readonly number[];
    readonly healed: readonly number[];
  };
  /** Sums over all cells. */
  readonly traces: number;
  readonly failed: number;
  readonly healed: number;
  /** Traces that are still arriving: in no cell. */
  readonly arriving: number;
}

/**
 * `GET /spans`: the first spans by `order`, of all that are stored in the range and fit. Takes the conditions of `GET /traces`:
 * every condition on spans holds of each span listed, and every one on traces of its trace. A span that was sent twice is listed
 * once. All parameters are optional.
 *
 * - `order`: `newest` (the default), `longest`.
 * - `columns` (repeatable, at most 12): keys of attributes to list.
 * - `limit`: 1 to 1,500, default 100.
 */
export interface SpanListResponse {
  readonly spans: readonly ListedSpan[];
  /** True when spans that fit were left out because of `limit`. */
  readonly more: boolean;
}
export interface ListedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** '' for a root. */
  readonly parentSpanId: string;
  readonly service: string;
  readonly name: string;
  readonly kind: SpanKindName;
  readonly status: {readonly code: StatusName; readonly message: string};
  readonly startUnixNano: string;
  readonly durationNano: string;
  /**
   * By key, the text of each column that the span has: its own attribute, else that of its resource, its scope, its first event or
   * its first link that has one. Of texts longer than 1,001 characters, and of status messages, the first 1,001.
   */
  readonly attributes: Readonly<Record<string, string>>;
}
export type SpanOrder = 'newest' | 'longest';

/**
 * `GET /spans/groups?start=&by=`: all spans that are stored in the range and fit, counted by one of their values. Takes the
 * conditions of `GET /spans`; `end` is now where it is not given. `by`: `service`, `operation`, `kind`, `status`, `environment`,
 * `version` (`service.version`), or the key of an attribute (with a dot before it where it is called as one of these); its value is
 * that which a column of `GET /spans` shows. `order`: `spans` (the default), `errors`, `errorRate`, `p50`, `p95`, `p99`. `limit`: 1 to
 * 1,000, default 100. Copies of a span that was sent twice are counted, as in every rate. `rate` is per second, of the time that data
 * covers. A percentile is the nearest rank: the least duration that so great a share of the spans do not exceed.
 */
export interface SpanGroupsResponse {
  /** The time that was counted. */
  readonly start: string;
  readonly end: string;
  /** From when on there is data in that time: the start of the earliest span of any service, `start` where there is none. */
  readonly coveredStart: string;
  /** `estimated`: to 1 %, where more than 20 million spans may fit. Counts are exact. */
  readonly percentiles: 'exact' | 'estimated';
  readonly groups: readonly SpanGroup[];
  /** Spans that have no such value; absent where there are none. */
  readonly without?: SpanFigures;
  /** All groups beyond `limit`. */
  readonly others: {readonly groups: number; readonly spans: number; readonly errors: number};
}
export interface SpanFigures {
  readonly spans: number;
  readonly errors: number;
  /** Spans per second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}
export interface SpanGroup extends SpanFigures {
  readonly value: string;
}
export type SpanGroupOrder = 'spans' | 'errors' | 'errorRate' | 'p50' | 'p95' | 'p99';

/**
 * `GET /traces/{traceId}`: the whole trace as columns, one entry a span in every array, ordered by start time; what only one
 * span's details need is left to `GET /traces/{traceId}/spans/{spanId}`, so that 100,000 spans stay a few megabytes.
 */
export interface TraceResponse {
  readonly traceId: string;
  readonly startUnixNano: string;
  readonly durationNano: string;
  /** Spans that the trace has beyond the earliest ones listed here; absent where all are listed. */
  readonly omitted?: number;
  /**
   * Spans that were sent with an end before their start: index, and how long before in nanoseconds. Their duration is given as 0.
   * Absent where there is none.
   */
  readonly endsBeforeStart?: readonly (readonly [span: number, nanos: number])[];
  readonly services: readonly string[];
  readonly names: readonly string[];
  /** Machines, by `host.id`, `host.ip` or `host.name` of the resource; '' stands for a resource that names none. */
  readonly hosts: readonly string[];
  readonly spans: {
    readonly spanId: readonly string[];
    /** '' for a root. The parent may be missing from the trace. */
    readonly parentSpanId: readonly string[];
    /** Index into `services`, `names`, `hosts`. */
    readonly service: readonly number[];
    readonly name: readonly number[];
    readonly host: readonly number[];
    /** 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
    readonly kind: readonly number[];
    /** 0 unset, 1 ok, 2 error. */
    readonly status: readonly number[];
    /** Nanoseconds after the trace's start, and length in nanoseconds: plain numbers, exact to 104 days. */
    readonly start: readonly number[];
    readonly duration: readonly number[];
    readonly events: readonly number[];
    readonly links: readonly number[];
  };
}

/**
 * `GET /traces/{traceId}/find?text=`: the spans that hold every term of `text`. A term is a word (in a name, the service, an
 * attribute's key or value, an event, a link or the status, in any case; or the beginning of a span id), or a comparison:
 * `key=value`, `key!=value`, `key>=500` on attributes, `duration>100ms`, `status=error`, `kind=client`, `service=cart`,
 * `operation="GET /cart"`, `has=key`. Quotes keep blanks; a dot before a key makes it that of an attribute.
 */
export interface TraceFindResponse {
  /** Ids, by start time; at most 100,000. */
  readonly spans: readonly string[];
  /** How many spans fit. */
  readonly total: number;
}

/**
 * `GET /traces/{traceId}/values?key=`: the values that an attribute has on the spans of a trace (the span's own before that of its
 * resource and of its scope), the one of most spans first. Of longer values the first 200 characters. Spans without the key are
 * in none.
 */
export interface TraceValuesResponse {
  readonly values: readonly {readonly value: string; readonly spans: readonly string[]}[];
}

/**
 * `GET /traces/{traceId}/explain?language=`: why the trace was slow or failed, in words and with the evidence. Of a trace of more than
 * 100,000 spans the earliest are looked at. Clocks that contradict each other are adjusted first. Times are plain numbers of
 * nanoseconds.
 */
export interface ExplainResponse {
  readonly traceId: string;
  readonly language: ExplainLanguage;
  /** Whether the root failed. */
  readonly failed: boolean;
  /** From the first start to the last end. */
  readonly durationNanos: number;
  readonly spans: number;
  /** To be pasted into an incident. */
  readonly paragraph: string;
  /** The most telling first; empty where nothing stands out. At most 20. */
  readonly findings: readonly Finding[];
  readonly breakdown: Breakdown;
  /** The spans that everything waited for, in drawing order; of more than 1,000 those that took longest. */
  readonly criticalPath: readonly CriticalSpan[];
  /** Stretches of the critical path in which nobody worked, the longest first. At most 100. */
  readonly gaps: readonly Gap[];
  /** What is odd about the data: the explanation may be wrong because of it. */
  readonly notes: readonly ExplainNote[];
}
export type ExplainLanguage = 'en' | 'zh-Hant' | 'zh-Hans';
export interface Finding {
  readonly kind: FindingKind;
  /** A `problem` made this request slow or fail; a `notice` is worth mending, and is not why. */
  readonly severity: 'problem' | 'notice';
  /** 0 to 1. */
  readonly confidence: number;
  /** The share of the trace's duration that it explains, 0 to 1; of an error that reached the caller 1. */
  readonly impact: number;
  readonly title: string;
  readonly sentence: string;
  /** What would show that it is not so. */
  readonly disprove: string;
  /** Ids of the spans that show it, the most telling first; at most 100 of `spanCount`. */
  readonly spans: readonly string[];
  readonly spanCount: number;
  readonly figures: {
    readonly nanos?: number;
    readonly longestNanos?: number;
    readonly count?: number;
    readonly failed?: number;
    readonly layers?: number;
    readonly lag?: number;
    readonly ageNanos?: number;
    readonly probability?: number;
    readonly usualNanos?: number;
    readonly traces?: number;
  };
  /** Texts of the trace: the kind of an error, an exception's message and stack, a statement, who was called. */
  readonly facts: {
    readonly error?: string;
    readonly service?: string;
    readonly operation?: string;
    readonly version?: string;
    readonly type?: string;
    readonly message?: string;
    readonly stack?: string;
    readonly statement?: string;
    readonly peer?: string;
    readonly way?: readonly string[];
    readonly waitedFor?: string;
    readonly callers?: readonly string[];
    readonly keys?: readonly string[];
    readonly name?: string;
    readonly work?: string;
    readonly writes?: boolean;
  };
}
export type FindingKind =
  | 'error'
  | 'healed_error'
  | 'handled_error'
  | 'retry_backoff'
  | 'pool_wait'
  | 'lock_wait'
  | 'queue_wait'
  | 'network_time'
  | 'cold_start'
  | 'slow_statement'
  | 'slow_call'
  | 'unexplained_time'
  | 'slow_consumer'
  | 'slower_than_usual'
  | 'repeated_statement'
  | 'chatty_edge'
  | 'serial_calls'
  | 'lost_context'
  | 'sensitive_data'
  | 'unbounded_name'
  | 'low_sampling';
/** Where the time of the critical path went, by kind of work, service and operation, the longest first; and calls by protocol. */
export interface Breakdown {
  readonly kinds: readonly (BreakdownShare & {readonly kind: WorkKind})[];
  readonly services: readonly BreakdownShare[];
  readonly operations: readonly (BreakdownShare & {readonly service: string})[];
  readonly calls: readonly {readonly name: string; readonly count: number}[];
  readonly slowestStep?: {
    readonly spanId: string;
    readonly service: string;
    readonly name: string;
    readonly nanos: number;
  };
}
export type WorkKind =
  | 'code'
  | 'database'
  | 'cache'
  | 'messaging'
  | 'network'
  | 'external'
  | 'backoff'
  | 'pool'
  | 'lock'
  | 'queue';
export interface BreakdownShare {
  /** Of a kind of work, in the language asked for. */
  readonly name: string;
  readonly nanos: number;
  readonly share: number;
}
export interface CriticalSpan {
  readonly spanId: string;
  readonly nanos: number;
  /** In which no child ran, on the critical path or not. */
  readonly selfNanos: number;
}
export interface Gap {
  readonly spanId: string;
  /** Nanoseconds after the trace's start. */
  readonly from: number;
  readonly to: number;
  readonly cause: 'backoff' | 'pool' | 'lock' | 'queue' | 'network' | 'cold_start' | 'unknown';
  readonly confidence: number;
  readonly evidence: readonly string[];
}
export interface ExplainNote {
  readonly kind:
    | 'clock_skew'
    | 'missing_parents'
    | 'cycles'
    | 'several_roots'
    | 'ends_before_start'
    | 'repeated_ids'
    | 'after_parent'
    | 'no_name'
    | 'omitted';
  readonly count: number;
  readonly text: string;
}

/**
 * `GET /traces/{traceId}/compare?with=`: the trace held against another one by its id, or against what is `usual` of its operation. Spans of
 * the same service and operation below the same path are one step; ids and numbers in names do not count. Times are plain numbers of
 * nanoseconds.
 */
export type CompareResponse = ComparedTraces | TooFewToCompare;
/** There are too few usual traces to say what is usual. */
export interface TooFewToCompare {
  readonly state: 'too_few';
  readonly traceId: string;
  readonly with: 'usual';
  readonly language: ExplainLanguage;
  readonly service: string;
  readonly operation: string;
  readonly durationNanos: number;
  readonly usual: {readonly traces: number; readonly least: number; readonly start: string; readonly end: string};
}
export interface ComparedTraces {
  readonly state: 'compared';
  readonly traceId: string;
  /** `usual`, or the id of the other trace. */
  readonly with: string;
  readonly language: ExplainLanguage;
  /** Of the root; where another trace begins with another operation, that is `otherService` and `otherOperation`. */
  readonly service: string;
  readonly operation: string;
  readonly otherService: string;
  readonly otherOperation: string;
  /** To be pasted into an incident. */
  readonly paragraph: string;
  readonly durationNanos: number;
  /** The other trace's duration; the mean of typical traces, which are the middle half of the usual ones by duration. */
  readonly otherNanos: number;
  /** What no step's is: with the steps' `excessNanos` it adds up to the difference of the durations. */
  readonly restExcessNanos: number;
  readonly usual?: {
    readonly traces: number;
    readonly p50Nanos: number;
    readonly p95Nanos: number;
    /** The share of the usual traces that took less time, 0 to 1. */
    readonly rank: number;
    readonly start: string;
    readonly end: string;
  };
  /** In drawing order. Of more than 1,000 those that differ most, with all that they are below. */
  readonly steps: readonly ComparedStep[];
  /** Steps beyond these. */
  readonly omitted: number;
}
export interface ComparedStep {
  /** Index of the step that it is below, always before it; -1 at the top. */
  readonly parent: number;
  readonly depth: number;
  readonly service: string;
  readonly name: string;
  readonly kind: SpanKindName;
  readonly work: WorkKind;
  readonly changes: readonly StepChange[];
  /** Absent where that side has no such step. On the usual side, medians of the traces that have it. */
  readonly here?: StepFigures;
  readonly other?: StepFigures;
  readonly usual?: {
    /** Of the usual traces, those that have the step; of these, those in which it failed. */
    readonly share: number;
    readonly errorShare: number;
    readonly callsP95: number;
    readonly nanosP05: number;
    readonly nanosP95: number;
    readonly selfNanosP95: number;
  };
  /** What it adds to the trace's duration, on the critical path; negative where it takes less than on the other side. */
  readonly excessNanos: number;
  /** Repeated spans are matched in order: how many pairs, what these take more here, and what the rest takes more here. */
  readonly matched?: {readonly count: number; readonly nanos: number; readonly restNanos: number};
  /** Ids of spans of this trace and of the other one, the most telling first; at most 20 each. */
  readonly spans: readonly string[];
  readonly otherSpans: readonly string[];
}
export type StepChange = 'slower' | 'faster' | 'more' | 'fewer' | 'new' | 'missing' | 'failed';
/** Sums over the spans of a step; on the usual side `criticalNanos` is the mean of typical traces and `errors` a share. */
export interface StepFigures {
  readonly calls: number;
  readonly nanos: number;
  readonly selfNanos: number;
  readonly criticalNanos: number;
  readonly errors: number;
}

/**
 * `GET /mend?service=`: did the mend work? Requests of before against requests of after: around a moment (`at`), or by the value of an
 * attribute (`by`, `before`, `after`). Each side is a sample of at most 200 traces from all over its time. Times are plain numbers of
 * nanoseconds.
 */
export interface MendResponse {
  readonly service: string;
  readonly operation?: string;
  readonly language: ExplainLanguage;
  readonly paragraph: string;
  /** `too_few` where a side has fewer than 10 requests. */
  readonly verdict: MendVerdict | 'mixed';
  readonly before: MendSide;
  readonly after: MendSide;
  /** `p`: how likely chance alone makes such a difference. `slower`: the chance that a request of after takes longer than one of before. */
  readonly latency: {readonly verdict: MendVerdict; readonly p: number; readonly slower: number};
  /** The share of requests that took longer than nine tenths of both sides. */
  readonly slowShare: {
    readonly verdict: MendVerdict;
    readonly p: number;
    readonly nanos: number;
    readonly before: number;
    readonly after: number;
  };
  /** `interval`: of the share that failed, after less before, at 95 %. */
  readonly errors: {readonly verdict: MendVerdict; readonly p: number; readonly interval: readonly [number, number]};
  /** In drawing order, at most 200. */
  readonly steps: readonly MendStep[];
}
export type MendVerdict = 'better' | 'worse' | 'no_difference' | 'too_few';
export interface MendSide {
  readonly start: string;
  readonly end: string;
  readonly value?: string;
  readonly requests: number;
  /** Whether the store has more than were looked at. */
  readonly more: boolean;
  /** Absent without requests. The intervals are where the quantile lies, at 95 %. */
  readonly durations?: {
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly mean: number;
    readonly p50Interval: readonly [number, number];
    readonly p95Interval: readonly [number, number];
  };
  readonly failed: number;
  /** Requests in which a failed call was tried again, and those in which a later attempt succeeded. */
  readonly retried: number;
  readonly healed: number;
  /** Trace ids of the slowest. */
  readonly slowest: readonly string[];
}
export interface MendStep {
  readonly parent: number;
  readonly depth: number;
  readonly service: string;
  readonly name: string;
  readonly kind: SpanKindName;
  readonly work: WorkKind;
  /** Of what a request's spans of the step take together. */
  readonly verdict: MendVerdict;
  readonly before?: MendStepFigures;
  readonly after?: MendStepFigures;
}
/** `calls`, `nanos` and `selfNanos` are means over all requests; the quantiles and the share that failed over those that have the step. */
export interface MendStepFigures {
  readonly share: number;
  readonly calls: number;
  readonly nanos: number;
  readonly selfNanos: number;
  readonly p50: number;
  readonly p95: number;
  readonly errorShare: number;
}

/** `GET /compare`: what the traces of a selection share that others do not have. */
export interface SharesResponse {
  readonly language: ExplainLanguage;
  /** To be pasted into an incident. */
  readonly paragraph: string;
  readonly selection: ComparedSide;
  /** What it is held against: without the traces of the selection. */
  readonly baseline: ComparedSide;
  /** Nearly all of the selection begins with this span, and so does all of the baseline. */
  readonly operation?: {readonly service: string; readonly name: string};
  /** The most telling first, those that follow from the question last. At most 40. */
  readonly attributes: readonly SharedAttribute[];
  /** Steps that differ, what explains most first. At most 20. */
  readonly steps: readonly DifferingStep[];
  /** How many values and ranges were compared; of one selection without anything in it, one in a hundred is told some. */
  readonly lookedAt: number;
  /** Keys with a value of its own for nearly every trace, or too many to compare. At most 20. */
  readonly uniqueKeys: readonly string[];
  /** Ids of traces of the selection, the longest first. At most 5. */
  readonly examples: readonly string[];
}
export interface ComparedSide {
  /** How many traces there are; absent where they were not counted. */
  readonly traces?: number;
  /** Whether that was counted from a part of them. */
  readonly estimated?: boolean;
  /** How many of them were read: with fewer than there are, a sample that is spread evenly over the time. */
  readonly lookedAt: number;
  readonly spans: number;
  /** Of those that were read. */
  readonly failed: number;
  readonly p50Nanos: number;
  readonly p95Nanos: number;
  readonly start: string;
  readonly end: string;
}
/**
 * `failed` is an operation that failed, `trace` the first span of a trace, or its `duration` or number of `spans`. Of an operation the
 * key is its service.
 */
export interface ComparedFeature {
  readonly of: 'span' | 'resource' | 'event' | 'service' | 'operation' | 'failed' | 'kind' | 'trace';
  readonly key: string;
  /** Absent: any value, or one in the range. */
  readonly value?: string;
  readonly range?: {readonly from?: number; readonly below?: number};
  /** In words. */
  readonly name: string;
}
export interface SharedAttribute extends ComparedFeature {
  readonly sentence: string;
  /** Services on whose spans it was seen, at most three. */
  readonly services: readonly string[];
  /** Traces of each side that have it, of `lookedAt`. */
  readonly selected: number;
  readonly baseline: number;
  /** Whether the selection has it more often than the baseline. */
  readonly direction: 'more' | 'less';
  /** How much the shares differ at the least, 0 to 1: few traces make it small. */
  readonly difference: number;
  /** Of a difference as large by chance, in a single comparison. */
  readonly chance: number;
  /** It follows from the question. */
  readonly implied: boolean;
  /** What goes with it in nearly every trace. At most 8. */
  readonly twins: readonly ComparedFeature[];
}
export interface DifferingStep {
  readonly service: string;
  readonly operation: string;
  readonly changes: readonly ('slower' | 'more_calls' | 'failing' | 'only' | 'missing')[];
  readonly sentence: string;
  readonly selected: StepSide;
  readonly baseline: StepSide;
  /** Traces of the selection that spend more in it than nearly all of the baseline; where none does, all that have it. */
  readonly affected: number;
  /** What these spend in it, and what is usual: nanoseconds in which everything waited for it, the median. */
  readonly affectedNanos: number;
  readonly usualNanos: number;
  readonly affectedCalls: number;
  /** Of what the selection takes longer on average, the share that lies in this step, 0 to 1. */
  readonly explains: number;
  readonly difference: number;
  /** Ids of traces, those that spend most in it first. At most 5. */
  readonly examples: readonly string[];
}
/** Medians of the traces that have the step, in nanoseconds. */
export interface StepSide {
  readonly traces: number;
  readonly failedTraces: number;
  readonly critical: number;
  readonly self: number;
  readonly duration: number;
  readonly calls: number;
}

/** `GET /explain`: the same, and what was found in the traces of the selection one by one. */
export interface ExplainTracesResponse extends SharesResponse {
  /** The most telling first. At most 10. */
  readonly findings: readonly SetFinding[];
}
export interface SetFinding {
  readonly kind: FindingKind;
  readonly severity: 'problem' | 'notice';
  /** Of a trace in the middle of those that have it. */
  readonly title: string;
  readonly sentence: string;
  readonly disprove: string;
  readonly facts: Finding['facts'];
  /** 0 to 1: less where the baseline has it as often. */
  readonly confidence: number;
  /** Of the duration of the traces, the share that it explains. */
  readonly impact: number;
  /** Traces of each side that have it, of `lookedAt`. */
  readonly traces: number;
  readonly baselineTraces: number;
  /** The median, and the most. */
  readonly nanos?: number;
  readonly longestNanos?: number;
  /** Of errors that come back after the same time. */
  readonly period?: {readonly nanos: number; readonly times: number; readonly sentence: string};
  /** Ids of traces, the longest first. At most 5. */
  readonly examples: readonly string[];
}

/** A typed attribute value. `int` and `bytes` (base64) are strings so that nothing is rounded. */
export type AttributeValue =
  | {readonly type: 'string'; readonly value: string}
  | {readonly type: 'int'; readonly value: string}
  | {readonly type: 'double'; readonly value: number | 'NaN' | 'Infinity' | '-Infinity'}
  | {readonly type: 'bool'; readonly value: boolean}
  | {readonly type: 'bytes'; readonly value: string}
  | {readonly type: 'array'; readonly value: readonly AttributeValue[]}
  | {readonly type: 'map'; readonly value: readonly Attribute[]}
  | {readonly type: 'empty'};
export interface Attribute {
  readonly key: string;
  readonly value: AttributeValue;
}

/** `GET /traces/{traceId}/spans/{spanId}`: everything that arrived with one span. */
export interface SpanResponse {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly flags: number;
  readonly name: string;
  readonly service: string;
  readonly kind: SpanKindName;
  readonly startUnixNano: string;
  readonly durationNano: string;
  /** How long before its start the span ends, as it was sent; its duration is given as 0. Absent where it does not. */
  readonly endsBeforeStartNano?: string;
  readonly status: {readonly code: StatusName; readonly message: string};
  /** Absent where no attribute says it. */
  readonly responseStatus?: ResponseStatus;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributes: number;
  readonly events: readonly SpanEvent[];
  readonly droppedEvents: number;
  readonly links: readonly SpanLink[];
  readonly droppedLinks: number;
  readonly resource: {
    readonly attributes: readonly Attribute[];
    readonly droppedAttributes: number;
    readonly schemaUrl: string;
  };
  readonly scope: {
    readonly name: string;
    readonly version: string;
    readonly attributes: readonly Attribute[];
    readonly droppedAttributes: number;
    readonly schemaUrl: string;
  };
}
export interface SpanEvent {
  readonly name: string;
  readonly timeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributes: number;
}
/** The log records with a trace's id, by time. */
export interface TraceLogsResponse {
  readonly lines: readonly LogLine[];
  /** There are later ones. */
  readonly more: boolean;
}
export interface LogLine {
  /** When it happened; where that was not said, when it was seen. */
  readonly timeUnixNano: string;
  /** Empty where it belongs to no span. */
  readonly spanId: string;
  readonly service: string;
  readonly severity: 'unspecified' | 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  /** Of OpenTelemetry: 1 to 24, 0 where it was not said. */
  readonly severityNumber: number;
  /** As it was sent. */
  readonly severityText: string;
  readonly eventName: string;
  readonly body: AttributeValue;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributes: number;
  /** The name of the instrumentation scope, mostly of the logger. */
  readonly scope: string;
}
export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly flags: number;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributes: number;
}

/** `GET /status`: the version, start time, addresses and store of this Weft. */
export interface StatusResponse {
  readonly version: string;
  readonly startedUnixNano: string;
  /** Receiver and API addresses by name, as in `endpoints.json`: `{"otlp_grpc": "127.0.0.1:4317", …}`. */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly store: {
    readonly kind: 'embedded' | 'clickhouse';
    readonly state: 'ready' | 'unavailable';
    readonly spans: number;
    readonly logs: number;
    readonly metricPoints: number;
    readonly diskBytes: number;
    /** Acknowledged, on disk, and not yet queryable. */
    readonly spooledBytes: number;
    /** Beyond this, senders are told to come back later. */
    readonly spoolLimitBytes: number;
    /** Problems, in words: why data is refused, or cannot be found yet. */
    readonly problems: readonly string[];
  };
}

/** `GET /pipeline`: the collector's running graph, with what passes it now. Rates are over the last ten seconds. */
export interface PipelineResponse {
  readonly configuration: PipelineConfiguration;
  /** Seconds that a point of a series covers. */
  readonly stepSeconds: number;
  readonly pipelines: readonly {readonly id: string; readonly signal: PipelineSignal}[];
  /** In the order of the data: receivers, processors and connectors, exporters; extensions last. */
  readonly nodes: readonly PipelineNode[];
  readonly edges: readonly PipelineEdge[];
}
export type PipelineSignal = 'traces' | 'metrics' | 'logs';
export type PipelineKind = 'receiver' | 'processor' | 'connector' | 'exporter' | 'extension';

/** Where the running configuration comes from, and whether what is written by now differs from it. */
export interface PipelineConfiguration {
  /** As `--config` names them; empty is the built-in one. */
  readonly sources: readonly string[];
  readonly loadedUnixNano: string;
  /** Its warnings, each with its place. */
  readonly warnings: readonly string[];
  /** Why what is written now does not run: every fault with its place. Absent where it does. */
  readonly refused?: {readonly atUnixNano: string; readonly faults: readonly string[]};
  /** Settings that were changed and are taken at the next start only. */
  readonly atNextStart: readonly string[];
}
export interface PipelineNode {
  /** `receiver/otlp`, `processor/batch@traces`. */
  readonly key: string;
  readonly kind: PipelineKind;
  readonly id: string;
  readonly type: string;
  /** One sentence. */
  readonly help: string;
  /** Of a processor: there is one instance in each pipeline. */
  readonly pipeline?: string;
  /** Where it listens, by name as in `endpoints.json`. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Batches that are inside now. */
  readonly inFlight: number;
  /** Of an exporter: in the measure of its `sizer`. */
  readonly queue?: {readonly size: number; readonly capacity: number};
  /** Milliseconds until a batch was safe, the components behind included. Absent where none came lately. */
  readonly latency?: {readonly p50: number; readonly p95: number};
  /** What it refused, dropped or failed to send, by metric and reason, the present ones first. */
  readonly losses: readonly PipelineLoss[];
  /** The last warning or error that it told of. */
  readonly problem?: {readonly level: 'warning' | 'error'; readonly message: string; readonly atUnixMs: number};
  /** Its series of `/metrics`, without the label that names it. There, instances of one id share a series; here each has its own. */
  readonly metrics: readonly PipelineMetric[];
}
export interface PipelineLoss {
  readonly metric: string;
  readonly reason: string;
  /** It is what the component is for, as it is a filter's: no cause for alarm. */
  readonly isMeant: boolean;
  /** Since the start. */
  readonly total: number;
  readonly perSecond: number;
}
export interface PipelineMetric {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
export interface PipelineEdge {
  /** Keys of nodes. */
  readonly from: string;
  readonly to: string;
  readonly signal: PipelineSignal;
  readonly pipeline: string;
  /** Items: spans, metric points, log records. */
  readonly perSecond: number;
  /** Of these, what was refused behind it. */
  readonly refusedPerSecond: number;
  /** The same since the start. */
  readonly total: number;
  readonly refusedTotal: number;
  /** As of a node, of what passed here. */
  readonly latency?: {readonly p50: number; readonly p95: number};
  /** Items a second over the last two minutes, the present one last; shorter where it has not run so long. */
  readonly series: readonly number[];
}

/** `GET /pipeline/component?key=`: the configuration of a component as it runs, and the documentation of its type. */
export interface PipelineComponentResponse {
  readonly key: string;
  readonly kind: PipelineKind;
  readonly id: string;
  readonly type: string;
  readonly help: string;
  /** YAML of what is set, references replaced and secrets masked; empty where everything is at its default. */
  readonly configuration: string;
  readonly settings: readonly PipelineSetting[];
}
export interface PipelineSetting {
  /** `sending_queue.queue_size`; `[]` stands for each entry of a list. */
  readonly path: string;
  readonly type: string;
  /** As written in YAML; empty for none. */
  readonly default: string;
  readonly help: string;
  readonly required: boolean;
  readonly isSet: boolean;
}

/** `GET /ready`, which is not below `/api/weft/v1`: whether data is taken. */
export interface ReadyResponse {
  readonly ready: boolean;
  /** Why data is refused; empty where it is taken. */
  readonly reasons: readonly string[];
  /** What else is amiss. */
  readonly degraded: readonly string[];
  /** Another value is another start of Weft. */
  readonly startedUnixNano: string;
}

/** `POST /flush`: answers when everything acknowledged before it is queryable. */
export interface FlushResponse {
  readonly flushed: true;
}

/**
 * `GET /sampling`: how much of each service's traffic is kept, and why; also what `PUT /sampling` and `DELETE /sampling`
 * answer. Rates are traces per second, counted where traces begin (root spans), averaged over about the last minute.
 */
export interface SamplingResponse {
  readonly mode: SamplingMode;
  /** The modes that `PUT /sampling` accepts: `file` only where the configuration names a strategies file. */
  readonly modes: readonly SamplingMode[];
  /** Whether mode, budget and probability are the configuration's, or were changed here (`DELETE /sampling` brings them back). */
  readonly setBy: 'configuration' | 'api';
  /** Mode `fixed`: the share of traces that every service keeps. */
  readonly probability: number;
  /** Mode `adaptive`: how many traces a second are wanted from all services together. */
  readonly budget: number;
  /** Mode `adaptive`: an operation is kept this often a second however small its probability is. */
  readonly lowerBound: number;
  /** Mode `file`: its path and what was wrong with it when it was last read (the one before stays in force). */
  readonly file?: {readonly path: string; readonly problem?: string};
  /** Where services ask for their sampling; absent where the configuration does not serve it. */
  readonly endpoints: {readonly http?: string; readonly grpc?: string};
  /** False where no pipeline has the processor `adaptive_sampling`: rates are then unknown, and `adaptive` keeps everything. */
  readonly observing: boolean;
  readonly seenRate: number;
  readonly keptRate: number;
  /** Busiest first, at most 200. */
  readonly services: readonly SamplingService[];
  /** How many are left out because of that. */
  readonly omittedServices?: number;
  /** Overrides in force, `*` first, then by service. */
  readonly overrides: readonly Override[];
}
/** `fixed`: one probability for all; `file`: Jaeger's strategies file; `adaptive`: a budget shared out by traffic. */
export type SamplingMode = 'fixed' | 'file' | 'adaptive';

export interface SamplingService {
  /** `''` stands for all services beyond the limit of those that are told apart. */
  readonly service: string;
  /** Traces that began here, those included that were not kept, as far as the kept ones tell their probability. */
  readonly seenRate: number;
  /** Traces that began here and arrived. */
  readonly keptRate: number;
  /** Mode `adaptive`: its part of the budget. */
  readonly share?: number;
  /** The probability of operations that are not listed. */
  readonly probability: number;
  readonly reason: SamplingReason;
  /** When a trace last began here, to some seconds; absent where none has since Weft was started. */
  readonly lastSeenUnixNano?: string;
  /** When it last asked for its sampling; absent where it has not: then only overrides can reach it, see below. */
  readonly askedUnixNano?: string;
  /** When it last asked for its run-time settings, by which overrides reach it too; absent where it has not. */
  readonly settingsAskedUnixNano?: string;
  /** Busiest first, at most 50; all with `GET /sampling?service=`. */
  readonly operations: readonly SamplingOperation[];
  /** How many are left out because of that. */
  readonly omittedOperations?: number;
}
export interface SamplingOperation {
  /** `''` stands for all operations beyond the limit of those that are told apart. */
  readonly operation: string;
  readonly seenRate: number;
  readonly keptRate: number;
  readonly lastSeenUnixNano?: string;
  readonly share?: number;
  readonly probability: number;
  readonly reason: SamplingReason;
}
/**
 * Why a probability is what it is. `text` says it in English: "below its share: kept whole", "held to 2.1/s of 340/s".
 * - `whole`: traffic is below its share; - `held`: reduced to its share; - `new`: too little is known yet;
 * - `fixed`: the one probability of all; - `file`: the strategies file says so; - `rate_limit`: the file allows `perSecond`
 *   traces a second, whatever the traffic; - `override`: set by a person until `untilUnixNano`.
 */
export type SamplingReason =
  | {readonly kind: 'whole' | 'new' | 'fixed' | 'file'; readonly text: string}
  | {readonly kind: 'held'; readonly text: string; readonly share: number; readonly seenRate: number}
  | {readonly kind: 'rate_limit'; readonly text: string; readonly perSecond: number}
  | {readonly kind: 'override'; readonly text: string; readonly service: string; readonly untilUnixNano: string};

/** `PUT /sampling`: what is given is changed, from now on and over restarts. Budget: above 0; probability: 0 to 1. */
export interface SamplingChange {
  readonly mode?: SamplingMode;
  readonly budget?: number;
  readonly probability?: number;
}

/** `GET /instrument/overrides`; also what `PUT` and `DELETE /instrument/overrides/{service}` answer: all that are in force. */
export interface OverridesResponse {
  readonly overrides: readonly Override[];
}
/** A setting that a person made for a service for a time. A service's own override is stronger than that of all services. */
export interface Override {
  /** `*` is every service. */
  readonly service: string;
  readonly what: 'logLevel' | 'sampling';
  /** A level of the service's logger (`debug`), or the probability from 0 to 1. */
  readonly value: string | number;
  readonly setUnixNano: string;
  readonly untilUnixNano: string;
  /** The name of the person who set it, and the reason, as given; '' where not given. */
  readonly setBy: string;
  readonly note: string;
}
/**
 * `PUT /instrument/overrides/{service}`, `*` for every service: sets a log level, a sampling probability, or both, and leaves
 * the other as it was. It ends after `for` (`15m`, `2h`; at most 30 days) or at `until` (RFC 3339); without either in an hour.
 * `DELETE /instrument/overrides/{service}?what=` ends both, or the one named.
 */
export interface OverrideChange {
  readonly logLevel?: string;
  readonly probability?: number;
  readonly for?: string;
  readonly until?: string;
  readonly setBy?: string;
  readonly note?: string;
}

/**
 * `POST /sql`: a statement, values of its `{name:Type}`, and `json`, `csv`, `parquet` or `arrow`. Limit and range are in the address.
 */
export interface SqlRequest {
  readonly query?: string;
  readonly parameters?: Readonly<Record<string, string | number>>;
  readonly format?: 'json' | 'csv' | 'parquet' | 'arrow';
}
/** `GET /sql` and `POST /sql` in JSON. Times are texts in UTC; a number that is not finite is null. */
export interface SqlResponse {
  /** `type` is ClickHouse's, such as `UInt64` or `Map(String, String)`. */
  readonly columns: readonly {readonly name: string; readonly type: string}[];
  readonly rows: readonly (readonly unknown[])[];
  /** Whether there are more rows than `limit`. */
  readonly truncated: boolean;
}
/** `GET /sql/tables`. */
export interface SqlTablesResponse {
  readonly tables: readonly {
    readonly name: string;
    readonly description: string;
    readonly columns: readonly {readonly name: string; readonly type: string; readonly description: string}[];
  }[];
  readonly functions: readonly {readonly group: string; readonly names: readonly string[]}[];
}

/** `GET /instrument/settings?service=`: what holds for one service (docs/instrument/runtime-settings.md). With ETag and 304. */
export interface InstrumentSettings {
  /** `until` is RFC 3339. */
  readonly logLevel?: {readonly value: string; readonly until: string};
  readonly sampling?: {readonly probability: number; readonly until: string};
}

// Tempo's query API under `/tempo/api`, as far as the page asks it. Its faults are plain texts.

/** `GET /tempo/api/search?q=`. */
export interface TempoSearchResponse {
  readonly traces: readonly TempoTrace[];
}
export interface TempoTrace {
  readonly traceID: string;
  readonly rootServiceName: string;
  /** Absent where the root has not arrived. */
  readonly rootTraceName?: string;
  readonly startTimeUnixNano: string;
  readonly durationMs: number;
  readonly spanSets: readonly TempoSpanSet[];
  readonly serviceStats: Readonly<Record<string, {readonly spanCount: number; readonly errorCount?: number}>>;
}
export interface TempoSpanSet {
  /** As many as were asked for; `matched` says of how many. */
  readonly spans: readonly TempoSpan[];
  readonly matched: number;
  /** What `by(…)` parted the spans by, and what aggregates came to. */
  readonly attributes?: readonly TempoAttribute[];
}
export interface TempoSpan {
  readonly spanID: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly durationNanos: string;
  /** What the query names. */
  readonly attributes?: readonly TempoAttribute[];
}
export interface TempoAttribute {
  readonly key: string;
  readonly value: TempoValue;
}
export type TempoValue =
  | {readonly stringValue: string}
  | {readonly intValue: string}
  | {readonly doubleValue: number | 'NaN' | 'Infinity' | '-Infinity'}
  | {readonly boolValue: boolean}
  | {readonly arrayValue: {readonly values: readonly TempoValue[]}};

/** `GET /tempo/api/metrics/query_range?q=`. */
export interface TempoSeriesResponse {
  readonly series: readonly TempoSeries[];
  /** Of an answer that leaves something out. */
  readonly message?: string;
}
export interface TempoSeries {
  readonly labels: readonly TempoAttribute[];
  readonly samples: readonly TempoSample[];
  readonly exemplars?: readonly (TempoSample & {readonly labels: readonly TempoAttribute[]})[];
}
export interface TempoSample {
  readonly timestampMs: string;
  readonly value: number | 'NaN' | 'Infinity' | '-Infinity';
}

/** `GET /tempo/api/v2/search/tags`. */
export interface TempoTagsResponse {
  readonly scopes: readonly {readonly name: string; readonly tags: readonly string[]}[];
}
/** `GET /tempo/api/v2/search/tag/NAME/values`. */
export interface TempoValuesResponse {
  readonly tagValues: readonly {readonly type: string; readonly value: string}[];
}

/** What a node of the service graph is: `user` stands for all who send no spans and call. */
export type GraphNodeKind = 'service' | 'database' | 'queue' | 'external' | 'user';
/** `GET /service-graph?start=&end=`, with `service`, `baselineStart` and `baselineEnd` if wanted: in whole minutes. */
export interface ServiceGraphResponse extends GraphTimes {
  /** The other time. Absent where none was asked for. */
  readonly baseline?: GraphTimes;
  /** The busiest first. */
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}
export interface GraphTimes {
  readonly start: string;
  readonly end: string;
  /** Minutes that are not counted yet, and are left out: ask again a little later. Absent where there are none. */
  readonly pendingMinutes?: number;
  /** In the newest minutes, of so many traces one was looked at. Absent where it was all of them. */
  readonly share?: number;
}
export interface GraphNode {
  /** `KIND:NAME`, of databases and queues `KIND:SYSTEM/NAME`. */
  readonly id: string;
  readonly kind: GraphNodeKind;
  readonly name: string;
  /** Of databases and queues: `postgresql`, `kafka`. */
  readonly system?: string;
  /** Of a service, what it served; of others, what was asked of them. */
  readonly requests: number;
  readonly errors: number;
  /** Requests a second. */
  readonly rate: number;
  /** Milliseconds. Absent where nothing was measured, or by several who call it. */
  readonly durations?: {readonly p50: number; readonly p95: number; readonly p99: number};
}
/**
 * `call`: a service's span above another's. `async`: the same by a message, through the parent or a link within the trace. `link`: a
 * link to another trace. Of the others one end has spans: a service's `database`, what it does `produce` into a queue and `consume` out
 * of one, an `external` system, and a `user`, who called without a span. A message from a service to another is an edge of its own
 * beside those with the queue.
 */
export type GraphEdgeKind = 'call' | 'async' | 'link' | 'database' | 'produce' | 'consume' | 'external' | 'user';
export interface GraphEdge extends GraphEdgeFigures {
  readonly id: string;
  readonly kind: GraphEdgeKind;
  /** Ids of nodes. */
  readonly from: string;
  readonly to: string;
  /** The other time's; null where the edge was not there then. Absent where no other time was asked for. */
  readonly baseline?: GraphEdgeFigures | null;
}
export interface GraphEdgeFigures {
  readonly calls: number;
  readonly errors: number;
  /** Calls a second. */
  readonly rate: number;
  /** Of the caller's spans, and of the callee's: between the two is the network. */
  readonly client?: GraphDurations;
  readonly server?: GraphDurations;
  /** Of calls: by how much the callee's clock is ahead, on average. */
  readonly aheadMs?: number;
  /** Of messages: from the end of sending to the beginning of processing, on average. */
  readonly waitMs?: number;
}
/** Milliseconds. */
export interface GraphDurations {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** `GET /propagation?start=&end=`: in whole minutes. */
export interface PropagationResponse extends GraphTimes {
  /** Most orphans first. */
  readonly services: readonly PropagationService[];
  /** Operations of orphans, the most first: at most 100. */
  readonly operations: readonly {readonly service: string; readonly operation: string; readonly spans: number}[];
  readonly breaks: readonly PropagationBreak[];
  /** Edges whose ends disagree most about the time first. */
  readonly clocks: readonly {
    readonly from: string;
    readonly to: string;
    readonly calls: number;
    /** By how much the callee's clock is ahead, on average. Absent where it cannot be told. */
    readonly aheadMs?: number;
    /** Callee's spans that began after the caller's had ended. */
    readonly late: number;
  }[];
  /** Known to metrics or logs of the time, while no stored span is of it: at most 200 of each, the most logs first. */
  readonly coverage: {
    readonly services: readonly UncoveredService[];
    /** HTTP routes (`http.route`) of services that have spans. */
    readonly routes: readonly (UncoveredService & {readonly route: string})[];
    /** There may be others. */
    readonly more?: true;
  };
}
export interface UncoveredService {
  readonly service: string;
  /** Series of metrics with points in the time, and log records. */
  readonly series: number;
  readonly logs: number;
}
export interface PropagationService {
  readonly service: string;
  readonly spans: number;
  readonly errors: number;
  /** Spans without a parent; below another service's span; with a parent that is not stored. */
  readonly roots: number;
  readonly remote: number;
  readonly orphans: number;
  /** The sum of these three: where the service is entered. `share` is that of the orphans among them. */
  readonly entries: number;
  readonly share: number;
  /** Spans that are named as parents and are not stored. */
  readonly lost: number;
  readonly unnamed: number;
  /** Spans that began after their parent of the same service had ended. */
  readonly late: number;
}
/** Calls to a service that has spans, none of which is below the caller's: the context is lost in between. */
export interface PropagationBreak {
  readonly from: string;
  readonly to: string;
  /** As the caller names it. */
  readonly address: string;
  readonly calls: number;
  readonly rate: number;
  /** Of the called service: traces that it begins, and spans whose parent is not stored. */
  readonly roots: number;
  readonly orphans: number;
}

// One service in a time. All take `service`, `start` and `end`, and of these spans only those of `environment` and `version` where they
// are given. Counts are of what was sent, as in the rates: a sampled span counts for as many as it stands for.

/** The time that an answer is of, and how much of it was looked at. */
export interface ServicePart extends CountedTime {
  /** Of so many stretches of ten seconds one was looked at, and counts are times that. Absent where it was all of them. */
  readonly share?: number;
}
/** A span to open. */
export interface SpanExample {
  readonly traceId: string;
  readonly spanId: string;
  readonly startUnixNano: string;
  readonly durationNano: string;
}

/**
 * `GET /service/exemplars`: stored spans to stand for the requests of a service (server and consumer spans; with `operation`, and `kind`,
 * the spans of this) in a chart of durations. They are spread over time and durations; the slowest and failed ones are among them.
 * `limit`: 1 to 200, default 100.
 */
export interface ExemplarsResponse extends ServicePart {
  /** By start. */
  readonly exemplars: readonly Exemplar[];
}
export interface Exemplar extends SpanExample {
  readonly operation: string;
  readonly kind: SpanKindName;
  readonly failed: boolean;
}

/** `GET /service/instances`: what the service ran as, by its resources' attributes, present and former names of each. */
export interface ServiceInstancesResponse extends ServicePart {
  /** Languages of the SDKs that sent the spans (`telemetry.sdk.language`), most spans first. */
  readonly languages: readonly string[];
  /** In this order: version, environment, instance, and so on. Attributes that no span has are left out. */
  readonly attributes: readonly InstanceAttribute[];
}
export type InstanceAttributeName =
  | 'version'
  | 'environment'
  | 'instance'
  | 'host'
  | 'pod'
  | 'container'
  | 'namespace'
  | 'cluster'
  | 'zone'
  | 'region'
  | 'runtime';
export interface InstanceAttribute {
  readonly attribute: InstanceAttributeName;
  /** The attribute of the most spans, such as `service.version`. */
  readonly key: string;
  /** Most spans first, at most 100. */
  readonly values: readonly InstanceFigures[];
  /** How many values beyond these. Absent where there are none. */
  readonly omitted?: number;
  /** Spans that have no value. */
  readonly without: number;
}
/** Requests are server and consumer spans; a worker may have none and still have spans. */
export interface InstanceFigures extends RedFigures {
  readonly value: string;
  readonly spans: number;
  /** Start of the first and of the last span in this time. */
  readonly firstUnixNano: string;
  readonly lastUnixNano: string;
  /** Of an instance, host, pod or container: the versions that it ran, the latest last. Absent where none is named. */
  readonly versions?: readonly string[];
}

/**
 * `GET /service/errors`: failed spans of the service, grouped. A span that failed because one below it did is not counted where that one
 * is of the same service. Optional: `operation`, `points` (1 to 60), `baselineStart` and `baselineEnd`, `limit` (1 to 200, default 50).
 */
export interface ServiceErrorsResponse extends ServicePart {
  /** Of all groups. */
  readonly errors: number;
  /** Most errors first. */
  readonly groups: readonly ErrorGroup[];
  /** How many groups beyond these. */
  readonly omitted: number;
  readonly points?: PointTimes;
  readonly baseline?: ServicePart;
}
export interface ErrorGroup {
  /** The same for the same group at any time. */
  readonly id: string;
  readonly operation: string;
  readonly kind: SpanKindName;
  /** A word such as `timeout`, `deadlock`, `refused`, `unknown`. */
  readonly error: string;
  /** `exception.type` or `error.type`; '' where there is neither. */
  readonly type: string;
  /** Ids, numbers and quoted texts in it are `?`. */
  readonly message: string;
  /** The service below, where a span of another service failed below these spans: the error was born there. */
  readonly from?: string;
  readonly count: number;
  /** Of all errors, 0 to 1. */
  readonly share: number;
  readonly firstUnixNano: string;
  readonly lastUnixNano: string;
  /** Errors of each point. */
  readonly series?: readonly number[];
  /** The latest; `message` as it was sent. */
  readonly example: SpanExample & {readonly message: string};
  /** The other time's; null where there were none of it. Absent where no other time was asked for. */
  readonly baseline?: {readonly count: number} | null;
}

/**
 * `GET /service/statements`: what the service asked of databases and caches, by statement without literals, most time first. Optional:
 * `baselineStart` and `baselineEnd`, `limit` (1 to 200, default 50).
 */
export interface ServiceStatementsResponse extends ServicePart {
  /** What the service served in that time. */
  readonly requests: number;
  /** Milliseconds in all statements together. */
  readonly totalMs: number;
  readonly statements: readonly StatementFigures[];
  readonly omitted: number;
  readonly baseline?: ServicePart;
}
export interface StatementFigures extends StatementTimes {
  readonly id: string;
  /** Literals are `?`. Of a span that names no statement, its name. At most 2,000 characters. */
  readonly statement: string;
  /** `postgresql`, `redis`; '' where it is not named. Database likewise. */
  readonly system: string;
  readonly database: string;
  /** Of the time in all statements, 0 to 1. */
  readonly timeShare: number;
  /** `calls` divided by what the service served; absent where it served nothing. */
  readonly callsPerRequest?: number;
  /** The slowest. */
  readonly example: SpanExample & {readonly statement: string; readonly operation: string};
  readonly baseline?: StatementTimes | null;
}
/** Milliseconds. */
export interface StatementTimes {
  readonly calls: number;
  readonly errors: number;
  readonly totalMs: number;
  readonly meanMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

/**
 * `GET /service/changes`: what is different from another time, the most telling first, beyond what chance does. `baselineStart` and
 * `baselineEnd`: by default as long a time, just before.
 */
export interface ServiceChangesResponse extends ServicePart {
  readonly baseline: ServicePart;
  /** What the service served then and now. */
  readonly before: RedFigures;
  readonly now: RedFigures;
  readonly changes: readonly ServiceChange[];
  /** Why less can be said than usual: too few requests, or none in the other time. */
  readonly notes: readonly ('no_baseline' | 'few_requests' | 'sampled')[];
}
export type ServiceChangeKind =
  | 'version_new'
  | 'version_gone'
  | 'rate'
  | 'errors'
  | 'latency'
  | 'operation_new'
  | 'operation_gone'
  | 'error_new'
  | 'error_more'
  | 'statement_new'
  | 'statement_slower'
  | 'dependency_new'
  | 'dependency_gone';
export interface ServiceChange {
  readonly kind: ServiceChangeKind;
  readonly effect: 'worse' | 'better' | 'neutral';
  /** In English, such as "POST /orders: p95 240 ms → 1.2 s". */
  readonly text: string;
  /** How telling it is, 0 to 1. */
  readonly weight: number;
  /** Of `rate`, `errors`, `latency`, and `operation_…`: absent where the whole service is meant. */
  readonly operation?: {readonly name: string; readonly kind: SpanKindName};
  readonly version?: string;
  /** The entry of `GET /service/errors`. */
  readonly error?: ErrorGroup;
  /** The entry of `GET /service/statements`. */
  readonly statement?: StatementFigures;
  /** The node of `GET /service-graph` at the other end, and the edge that leads there or comes from there. */
  readonly dependency?: {
    readonly node: string;
    readonly name: string;
    readonly kind: GraphNodeKind;
    readonly edge: string;
    readonly direction: 'calls' | 'called_by';
  };
  readonly before?: ChangeFigures;
  readonly now?: ChangeFigures;
  /** When what is new was first seen, or what is gone last. */
  readonly seenUnixNano?: string;
  readonly example?: SpanExample;
}
export interface ChangeFigures {
  /** Requests of operations, versions and the service; calls of statements and dependencies; errors' count. */
  readonly count: number;
  /** A second. */
  readonly rate: number;
  readonly errors?: number;
  /** Milliseconds. */
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
  readonly mean?: number;
}
