/** Names of span kinds and statuses, by their numbers in OTLP. */
export const kindNames = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
export const statusNames = ['unset', 'ok', 'error'] as const;

export type SpanKindName = (typeof kindNames)[number];
export type StatusName = (typeof statusNames)[number];
