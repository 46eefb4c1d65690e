/**
 * What Weft's own API (`/api/weft/v1`) says and hears: the only module of the server that the page imports, types only.
 *
 * Times are nanoseconds since 1970 as decimal strings (they exceed 2^53), durations likewise, unless a field says otherwise.
 */

export type SpanKindName = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';
export type StatusName = 'unset' | 'ok' | 'error';

/** Every failure of the API: `message` says what, `hint` how to mend it, `parameter` which query parameter was wrong. */
export interface ApiError {
  readonly error: {
    readonly code: ApiErrorCode;
    readonly message: string;
    readonly hint?: string;
    readonly parameter?: string;
  };
}
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
  readonly spans: number;
}

/** `GET /services/red?start=&end=`: rate, errors and duration of what each service served (server and consumer spans). */
export interface ServicesRedResponse {
  /** The time that was counted: that asked for, widened to whole minutes, but not beyond now. */
  readonly start: string;
  readonly end: string;
  readonly services: readonly ServiceRed[];
}
export interface ServiceRed {
  readonly name: string;
  readonly requests: number;
  readonly errors: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
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
 * `GET /traces`: newest first. A trace is listed when one of its spans fits every condition.
 * Query parameters, all optional: `service`, `operation`, `kind`, `status`, `attribute` (`key=value`, repeatable, every one
 * must hold on the same span; resource attributes count too), `minDuration` and `maxDuration` (`1.5s`, `200ms`),
 * `start` and `end` (nanoseconds, or a moment such as `2026-01-02T03:04:05Z`), `limit` (1 to 1,500, default 20).
 */
export interface TraceSearchResponse {
  readonly traces: readonly TraceSummary[];
  /** True when older traces that fit were left out because of `limit`. */
  readonly more: boolean;
}
export interface TraceSummary {
  readonly traceId: string;
  /** Of the root span, or of the earliest one where the root has not arrived. */
  readonly rootService: string;
  readonly rootName: string;
  readonly rootArrived: boolean;
  readonly startUnixNano: string;
  readonly durationNano: string;
  readonly spans: number;
  readonly errors: number;
  readonly services: readonly {readonly name: string; readonly spans: number; readonly errors: number}[];
}

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
  readonly services: readonly string[];
  readonly names: readonly string[];
  readonly spans: {
    readonly spanId: readonly string[];
    /** '' for a root. The parent may be missing from the trace. */
    readonly parentSpanId: readonly string[];
    /** Index into `services`, `names`. */
    readonly service: readonly number[];
    readonly name: readonly number[];
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
  readonly status: {readonly code: StatusName; readonly message: string};
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
export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly flags: number;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributes: number;
}

/** `GET /status`: what runs here. */
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
  };
}

/** `POST /flush`: answers when everything acknowledged before it is queryable. */
export interface FlushResponse {
  readonly flushed: true;
}
