/** Names of span kinds and statuses, by their numbers in OTLP. */
export const kindNames = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
export const statusNames = ['unset', 'ok', 'error'] as const;

export type SpanKindName = (typeof kindNames)[number];
export type StatusName = (typeof statusNames)[number];

/** What the traces that are found are ordered by: the newest, the longest, those with most spans or most errors first. */
export const traceOrders = ['newest', 'longest', 'spans', 'errors'] as const;
export type TraceOrder = (typeof traceOrders)[number];

/** The newest or the longest span first. */
export const spanOrders = ['newest', 'longest'] as const;
export type SpanOrder = (typeof spanOrders)[number];

/** The groups of spans with most spans, most errors, the largest share of errors or the longest durations first. */
export const spanGroupOrders = ['spans', 'errors', 'errorRate', 'p50', 'p95', 'p99'] as const;
export type SpanGroupOrder = (typeof spanGroupOrders)[number];

/**
 * `failed`: a root span failed, or where no root has arrived the earliest span did; `healed`: another span failed; `clean`: none
 * did. A span failed when its status is error: the semantic conventions have a server set it for a 5xx, and not for a 4xx.
 */
export const traceOutcomes = ['failed', 'healed', 'clean'] as const;
export type TraceOutcome = (typeof traceOutcomes)[number];

/** `arriving`: without a root, and its latest span ended less than `arrivingNanos` from now; `incomplete`: it ended long ago. */
export type TraceState = 'complete' | 'arriving' | 'incomplete';
/** Exporters send within seconds: half a minute after its latest span, a root that has not come is not expected any more. */
export const arrivingNanos = 30_000_000_000n;
