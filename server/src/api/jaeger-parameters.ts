/** The parameters of Jaeger's HTTP API, with its defaults, its leniencies and its error messages. */
import {parseTraceId, type TraceId, type UnixNano, unixNano} from '../base/index.ts';
import {
  type SpanCondition,
  type SpanKindName,
  type StatusName,
  type TimeRange,
  type TraceOrder,
  type TraceQuery,
  traceOrders,
} from '../query/index.ts';
import {goBoolean, goBooleans, goDuration, goHex, goInteger, inGo, JaegerParameterError} from './jaeger-go.ts';
import {first, type Query} from './parameters.ts';

const hour = 3_600_000;
const defaultSearchLookback = 48 * hour;
const defaultDependencyLookback = 24 * hour;
const defaultLimit = 100;
/** More traces than this are never returned at once, whatever `limit` says. */
export const maximumLimit = 1500;

const microsecond = 1000n;
const millisecond = 1_000_000n;

export interface JaegerSearch {
  readonly query: TraceQuery;
  /** When given, these traces are wanted and nothing else counts. */
  readonly traceIds: readonly TraceId[];
  readonly raw: boolean;
}

/** `GET /api/traces`. `now` in milliseconds. */
export function readSearch(query: Query, now: number): JaegerSearch {
  const lookback = first(query, 'lookback');
  const end = readTime(query, 'end', microsecond) ?? fromMillis(now);
  const start =
    readTime(query, 'start', microsecond) ??
    (lookback !== '' && lookback !== 'custom'
      ? before(end, notNegative(readLookback(lookback)))
      : fromMillis(now - defaultSearchLookback));
  const tags = readTags(query.tag ?? [], query.tags ?? []);
  const limit = first(query, 'limit') === '' ? defaultLimit : Number(goInteger(first(query, 'limit'), 32));
  const minimum = readDuration(query, 'minDuration');
  const maximum = readDuration(query, 'maxDuration');
  const traceIds = (query.traceID ?? []).map((text) => {
    try {
      return readTraceId(text);
    } catch (error) {
      throw error instanceof JaegerParameterError
        ? new JaegerParameterError(`cannot parse traceID param: ${error.message}`)
        : error;
    }
  });
  const raw = readBoolean(query, 'raw');
  const service = first(query, 'service');
  if (service === '' && traceIds.length === 0) throw new JaegerParameterError("parameter 'service' is required");
  if (minimum !== 0n && maximum !== 0n && maximum < minimum) {
    throw new JaegerParameterError("'maxDuration' should be greater than 'minDuration'");
  }
  return {
    traceIds,
    raw,
    query: {
      start,
      end,
      service,
      operation: first(query, 'operation') || undefined,
      minDurationNano: minimum > 0n ? minimum : undefined,
      maxDurationNano: maximum > 0n ? maximum : undefined,
      conditions: Object.entries(tags).map(([key, value]) => tagCondition(key, value)),
      limit: limit <= 0 ? defaultLimit : Math.min(limit, maximumLimit),
      order: readOrder('order', first(query, 'order')),
    },
  };
}

/** Weft's own: Jaeger's page orders the newest ones by itself. */
export function readOrder(name: string, text: string): TraceOrder | undefined {
  if (text === '') return undefined;
  const order = traceOrders.find((one) => one === text);
  if (order !== undefined) return order;
  throw new JaegerParameterError(`unable to parse param '${name}': expected one of ${traceOrders.join(', ')}`);
}

/** `GET /api/traces/{traceID}`. Its times are hints that Weft's store does without; they are checked as Jaeger does. */
export function readTraceRequest(text: string, query: Query): {traceId: TraceId; raw: boolean} {
  const traceId = readTraceId(text);
  for (const name of ['start', 'end']) readTime(query, name, microsecond);
  return {traceId, raw: readBoolean(query, 'raw')};
}

/** `GET /api/dependencies`: both parameters are milliseconds. */
export function readDependencies(query: Query, now: number): TimeRange {
  const end = readTime(query, 'endTs', millisecond) ?? fromMillis(now);
  const text = first(query, 'lookback');
  const lookback = text === '' ? BigInt(defaultDependencyLookback) : inGo('lookback', text, goInteger);
  return {start: before(end, notNegative(lookback) * millisecond), end};
}

/**
 * A trace id in either case, without its leading zeros, or in base64 (standard or URL alphabet, 8 or 16 bytes).
 * An id of zeros only is valid to Jaeger and never found; here it is the id that no trace can have.
 */
export function readTraceId(text: string): TraceId {
  const id = parseTraceId(text);
  if (id !== undefined) return id;
  if (text.length > 32) {
    throw new JaegerParameterError(`TraceID cannot be longer than 32 hex characters: ${text}`);
  }
  if (isBase64(text) && !/^[0-9a-fA-F]+$/.test(text)) {
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length === 8 || bytes.length === 16) return bytes.toString('hex').padStart(32, '0') as TraceId;
    throw new JaegerParameterError('invalid length for TraceID');
  }
  const split = Math.max(0, text.length - 16);
  return `${split > 0 ? goHex(text.slice(0, split)) : '0'.repeat(16)}${goHex(text.slice(split))}` as TraceId;
}

/** With or without padding, as long as an id of 16 bytes at most. */
function isBase64(text: string): boolean {
  const [, digits = '', padding = ''] = /^([A-Za-z0-9+/]+|[A-Za-z0-9_-]+)(={0,2})$/.exec(text) ?? [];
  return text.length <= 24 && digits.length % 4 !== 1 && (padding === '' ? digits !== '' : text.length % 4 === 0);
}

export function readTime(query: Query, name: string, unit: bigint): UnixNano | undefined {
  const text = first(query, name);
  if (text === '') return undefined;
  const time = inGo(name, text, goInteger) * unit;
  return unixNano(time < 0n ? 0n : time > latest ? latest : time);
}
const latest = 2n ** 63n - 1n;

function readDuration(query: Query, name: string): bigint {
  const text = first(query, name);
  return text === '' ? 0n : inGo(name, text, goDuration);
}

export function readBoolean(query: Query, name: string): boolean {
  const text = first(query, name);
  return text !== '' && inGo(name, text, goBoolean);
}

/** `1h`, `2d`, as Jaeger's page has it in its addresses; it sends `start` and `end` beside it. */
function readLookback(text: string): bigint {
  const days = /^(\d{1,6})([dw])$/.exec(text);
  if (days !== null) return BigInt(days[1] as string) * (days[2] === 'd' ? 86_400n : 604_800n) * 1_000_000_000n;
  return inGo('lookback', text, goDuration);
}

function notNegative(lookback: bigint): bigint {
  if (lookback >= 0n) return lookback;
  throw new JaegerParameterError("unable to parse param 'lookback': it is negative");
}

function readTags(simple: readonly string[], encoded: readonly string[]): Record<string, string> {
  const tags: Record<string, string> = Object.create(null);
  for (const tag of simple) {
    const at = tag.indexOf(':');
    if (at < 0) throw new JaegerParameterError(`malformed 'tag' parameter, expecting key:value, received: ${tag}`);
    tags[tag.slice(0, at)] = tag.slice(at + 1);
  }
  for (const text of encoded) Object.assign(tags, readTagObject(text));
  return tags;
}

export function readTagObject(text: string): Record<string, string> {
  const malformed = (reason: string) =>
    new JaegerParameterError(`malformed 'tags' parameter, cannot unmarshal JSON: ${reason}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed((error as Error).message);
  }
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw malformed(`json: cannot unmarshal ${goType(value)} into Go value of type map[string]string`);
  }
  const tags: Record<string, string> = Object.create(null);
  for (const [key, entry] of Object.entries(value)) {
    // Go reads null as the empty text.
    if (entry !== null && typeof entry !== 'string') {
      throw malformed(`json: cannot unmarshal ${goType(entry)} into Go value of type string`);
    }
    tags[key] = entry ?? '';
  }
  return tags;
}

const goType = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;

const kinds: Readonly<Record<string, SpanKindName>> = {
  unspecified: 'unspecified',
  internal: 'internal',
  server: 'server',
  client: 'client',
  producer: 'producer',
  consumer: 'consumer',
};
/** A kind that `/api/metrics/*` counts. */
export function readKind(text: string): SpanKindName {
  if (Object.hasOwn(kinds, text)) return kinds[text] as SpanKindName;
  throw new JaegerParameterError(`unable to parse param 'spanKind': unsupported span kind: '${text}'`);
}
const statuses: Readonly<Record<string, StatusName>> = {ERROR: 'error', OK: 'ok', UNSET: 'unset'};

const scopeNameTags: ReadonlySet<string> = new Set(['otel.scope.name', 'otel.library.name', 'scope.name']);
const scopeVersionTags: ReadonlySet<string> = new Set(['otel.scope.version', 'otel.library.version', 'scope.version']);

const any = (...of: readonly SpanCondition[]): SpanCondition => ({type: 'any', of});

/** Tags that Jaeger makes out of a span's fields are searched there; every other tag is an attribute. */
export function tagCondition(key: string, value: string): SpanCondition {
  if (key === 'error' && Object.hasOwn(goBooleans, value)) {
    if (goBooleans[value])
      return any({type: 'status', status: 'error'}, {type: 'attribute', key, value: 'true', of: 'anywhere'});
    // Every span that is no error: most have no status at all.
    return any({type: 'status', status: 'ok'}, {type: 'status', status: 'unset'});
  }
  if (key === 'span.kind' && Object.hasOwn(kinds, value)) {
    return {type: 'kind', kind: kinds[value] as SpanKindName};
  }
  // Jaeger 2 has names of its own beside those of the tags that it shows: span.status, scope.name, scope.version.
  if ((key === 'otel.status_code' || key === 'span.status') && Object.hasOwn(statuses, value.toUpperCase())) {
    return {type: 'status', status: statuses[value.toUpperCase()] as StatusName};
  }
  if (key === 'otel.status_description') return {type: 'field', field: 'status.message', value};
  if (scopeNameTags.has(key)) return {type: 'field', field: 'scope.name', value};
  if (scopeVersionTags.has(key)) return {type: 'field', field: 'scope.version', value};
  if (key === 'w3c.tracestate') return {type: 'field', field: 'trace.state', value};
  const anywhere = {type: 'attribute', key, value, of: 'anywhere'} as const;
  // The prefix asks for attributes of the resource alone; an attribute may have such a name too.
  if (key.startsWith(resourcePrefix)) {
    return any(anywhere, {...anywhere, key: key.slice(resourcePrefix.length), of: 'resource'});
  }
  return anywhere;
}

const resourcePrefix = 'resource.';

const fromMillis = (millis: number): UnixNano => unixNano(BigInt(Math.trunc(millis)) * millisecond);
const before = (end: UnixNano, nanos: bigint): UnixNano => unixNano(end > nanos ? end - nanos : 0n);
