/** The tenant that data belongs to: header `X-Scope-OrgID`, or `defaultTenant` where none is sent. */
export type TenantId = string & {readonly tenantId: unique symbol};

export const defaultTenant = 'default' as TenantId;

/**
 * A tenant from the text of a header. Undefined where it is not a tenant name: 1 to 150 of letters, digits and
 * `!-_.*'()`, and neither `.` nor `..` (the rules of Loki, Mimir and Tempo).
 */
export function parseTenant(text: string): TenantId | undefined {
  if (!/^[A-Za-z0-9!\-_.*'()]{1,150}$/.test(text) || text === '.' || text === '..') return undefined;
  return text as TenantId;
}

/** 32 lower-case hexadecimal digits. */
export type TraceId = string & {readonly traceId: unique symbol};
/** 16 lower-case hexadecimal digits. */
export type SpanId = string & {readonly spanId: unique symbol};

/** A trace id as people paste it: either case, leading zeros left out (Jaeger does so). Undefined where it is none. */
export function parseTraceId(text: string): TraceId | undefined {
  const trimmed = text.trim();
  return /^[0-9a-fA-F]{1,32}$/.test(trimmed) && !/^0+$/.test(trimmed)
    ? (trimmed.toLowerCase().padStart(32, '0') as TraceId)
    : undefined;
}

export function parseSpanId(text: string): SpanId | undefined {
  const trimmed = text.trim();
  return /^[0-9a-fA-F]{1,16}$/.test(trimmed) && !/^0+$/.test(trimmed)
    ? (trimmed.toLowerCase().padStart(16, '0') as SpanId)
    : undefined;
}
