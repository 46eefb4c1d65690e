/** The parameters of Zipkin's query API, with its defaults, its checks in its order and its error messages. */
import {type TraceId, type UnixNano, unixNano} from '../base/index.ts';
import type {SpanCondition, TimeRange} from '../query/index.ts';
import {ForeignFailure} from './errors.ts';
import {tagCondition} from './jaeger-parameters.ts';
import type {Query} from './parameters.ts';

const day = 86_400_000n;
const defaultLimit = 10n;
/** More traces than this are never returned at once, whatever `limit` says. */
export const maximumLimit = 1500;
/** A longer list's end is one id, and too long for one. */
const maximumIds = 1000;

export interface ZipkinSearch extends TimeRange {
  /** Names are in lower case. */
  readonly service: string | undefined;
  readonly remoteService: string | undefined;
  readonly spanName: string | undefined;
  readonly minDurationNano: bigint | undefined;
  readonly maxDurationNano: bigint | undefined;
  readonly conditions: readonly SpanCondition[];
  readonly limit: number;
}

const malformed = (message: string): ForeignFailure => new ForeignFailure(400, message);

/** `GET /api/v2/traces`. `now` in milliseconds. */
export function readZipkinSearch(query: Query, now: number): ZipkinSearch {
  const minimum = readLong(query, 'minDuration');
  const maximum = readLong(query, 'maxDuration');
  const end = readLong(query, 'endTs') ?? BigInt(Math.trunc(now));
  const lookback = readLong(query, 'lookback') ?? day;
  const limit = query.limit === undefined ? defaultLimit : primitive(query, 'limit', 32);
  if (end <= 0n) throw malformed('endTs <= 0');
  if (limit <= 0n) throw malformed('limit <= 0');
  if (lookback <= 0n) throw malformed('lookback <= 0');
  if (minimum !== undefined) {
    if (minimum <= 0n) throw malformed('minDuration <= 0');
    if (maximum !== undefined && maximum < minimum) throw malformed('maxDuration < minDuration');
  } else if (maximum !== undefined) throw malformed('maxDuration is only valid with minDuration');
  const spanName = readName(query, 'spanName');
  return {
    ...rangeOf(end, lookback),
    service: readName(query, 'serviceName'),
    remoteService: readName(query, 'remoteServiceName'),
    spanName: spanName === 'all' ? undefined : spanName,
    // Durations are shown rounded, and that of every span that lasts at all as 1 or more.
    minDurationNano: minimum === 1n ? 1n : nanosOf(minimum, -500n),
    maxDurationNano: nanosOf(maximum, 499n),
    conditions: readAnnotations(query.annotationQuery?.[0] ?? ''),
    limit: Number(limit < maximumLimit ? limit : maximumLimit),
  };
}

/** `GET /api/v2/dependencies`. */
export function readZipkinRange(query: Query): TimeRange {
  const end = primitive(query, 'endTs', 64);
  const lookback = readLong(query, 'lookback') ?? day;
  if (end <= 0n) throw malformed('endTs <= 0');
  if (lookback <= 0n) throw malformed('lookback <= 0');
  return rangeOf(end, lookback);
}

/** `GET /api/v2/traceMany`. */
export function readZipkinIds(query: Query): readonly TraceId[] {
  const text = required(query, 'traceIds');
  if (text === '') throw malformed('traceIds parameter is empty');
  const ids = new Set<TraceId>();
  const texts = text.split(',');
  const rest = texts.splice(maximumIds - 1);
  for (const one of rest.length === 0 ? texts : [...texts, rest.join(',')]) {
    const id = readZipkinId(one);
    if (ids.has(id)) throw malformed(`redundant traceId: ${one}`);
    ids.add(id);
  }
  if (ids.size === 1) throw malformed('Use /api/v2/trace/{traceId} endpoint to retrieve a single trace');
  return [...ids];
}

/** 1 to 32 digits of hexadecimal in lower case. */
export function readZipkinId(text: string): TraceId {
  if (text.length === 0) throw malformed('traceId is empty');
  if (text.length > 32) throw malformed('traceId.length > 32');
  if (!/^[0-9a-f]+$/.test(text)) throw malformed(`${text} should be lower-hex encoded with no prefix`);
  if (/^0+$/.test(text)) throw malformed('traceId is all zeros');
  return text.padStart(32, '0') as TraceId;
}

/** The first value of a parameter that must be there; it may be empty. */
export function required(query: Query, name: string): string {
  const text = query[name]?.[0];
  if (text === undefined) throw malformed(`Mandatory parameter/header/attribute is missing: ${name}`);
  return text;
}

const readName = (query: Query, name: string): string | undefined => query[name]?.[0]?.toLowerCase() || undefined;

function readLong(query: Query, name: string): bigint | undefined {
  const text = query[name]?.[0] ?? '';
  return text === '' ? undefined : javaInteger(text, 64);
}

function primitive(query: Query, name: string, bits: 32 | 64): bigint {
  const text = required(query, name);
  if (text === '') throw malformed(`Cannot set null to primitive type parameter: ${name}`);
  return javaInteger(text, bits);
}

function javaInteger(text: string, bits: 32 | 64): bigint {
  const value = /^[+-]?\d{1,100}$/.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined;
  if (value === undefined || BigInt.asIntN(bits, value) !== value) throw malformed(`For input string: "${text}"`);
  return value;
}

const latest = 2n ** 63n - 1n;
const bounded = (nanos: bigint): bigint => (nanos < 0n ? 0n : nanos > latest ? latest : nanos);
/** Of milliseconds. Times are shown rounded to microseconds, and so they count. */
const rangeOf = (end: bigint, lookback: bigint): {start: UnixNano; end: UnixNano} => ({
  start: unixNano(bounded((end - lookback) * 1_000_000n - 500n)),
  end: unixNano(bounded(end * 1_000_000n + 499n)),
});
const nanosOf = (micros: bigint | undefined, more: bigint): bigint | undefined =>
  micros === undefined ? undefined : bounded(micros * 1000n + more);

/**
 * `http.path=/api and error`: tags with their values, and words that are an annotation or the key of a tag. Of a tag that comes twice
 * the last value counts, of a tag and a word the tag.
 */
function readAnnotations(text: string): SpanCondition[] {
  const wanted = new Map<string, string>();
  if (text !== '') {
    for (const part of text.split(' and ')) {
      const at = part.indexOf('=');
      if (at >= 0) wanted.set(part.slice(0, at).trim(), part.slice(at + 1).trim());
      else if (!wanted.has(part.trim())) wanted.set(part.trim(), '');
    }
  }
  return [...wanted].flatMap(([key, value]) => (value === '' ? wordCondition(key) : valueConditions(key, value)));
}

const attribute = (key: string, value: string): SpanCondition => ({type: 'attribute', key, value, of: 'anywhere'});
const any = (...of: readonly SpanCondition[]): SpanCondition => ({type: 'any', of});
const failed: SpanCondition = {type: 'status', status: 'error'};
const hasError: SpanCondition = {type: 'key', key: 'error', of: 'anywhere'};

function wordCondition(word: string): SpanCondition {
  // Every failed span has this tag, whatever attributes it came with, and no other span has it.
  return any(attribute('event', word), word === 'error' ? failed : {type: 'key', key: word, of: 'anywhere'});
}

function valueConditions(key: string, value: string): SpanCondition[] {
  if (key !== 'error') return [tagCondition(key, value)];
  if (value !== 'true') return [failed, attribute(key, value)];
  const says = ['true', 'false'].map((one) => attribute(key, one));
  return [failed, any({type: 'not', condition: hasError}, ...says)];
}
