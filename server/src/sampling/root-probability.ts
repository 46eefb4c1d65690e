/**
 * With which probability a root span was kept, as the span itself says: `ot=th:` in its tracestate (OpenTelemetry, "TraceState:
 * Probability Sampling"), or the attributes that Jaeger's clients (`sampler.type`, `sampler.param`) and OpenTelemetry Go's
 * remote sampler (`jaeger.sampler.…`) set. Runs for each root span that arrives: nothing is allocated.
 */
import {utf8, utf8Bytes} from '../base/index.ts';
import {type Lent, type SpanBatch, valueType} from '../model/index.ts';

/** It says nothing. */
export const unsaid = -1;
/** It was kept for another reason than a probability: by a rate limit or a lower bound. */
export const notByChance = -2;

/** A probability above 0 and at most 1, `unsaid` or `notByChance`. */
export function rootProbability(batch: Lent<SpanBatch>, row: number): number {
  const {traceState, attributes} = batch.spans.columns;
  const {bytes} = batch.heap;
  const length = traceState.size(row);
  if (length > 0) {
    const said = thresholdProbability(bytes, traceState.start(row), length);
    if (said !== unsaid) return said;
  }
  const from = attributes.from(row);
  return samplerAttributes(batch, from, from + attributes.count(row));
}

const letter = (text: string): number => text.charCodeAt(0);
const [comma, semicolon, space, tab] = [letter(','), letter(';'), letter(' '), letter('\t')];

/** The probability of `th` in the member `ot` of a tracestate. */
export function thresholdProbability(bytes: Uint8Array, start: number, length: number): number {
  const end = start + length;
  for (let at = start; at < end; ) {
    while (at < end && (bytes[at] === space || bytes[at] === tab || bytes[at] === comma)) at++;
    const isOt = bytes[at] === letter('o') && bytes[at + 1] === letter('t') && bytes[at + 2] === letter('=');
    if (isOt && at + 3 < end) return otProbability(bytes, at + 3, end);
    while (at < end && bytes[at] !== comma) at++;
  }
  return unsaid;
}

function otProbability(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end && bytes[at] !== comma; ) {
    if (bytes[at] === letter('t') && bytes[at + 1] === letter('h') && bytes[at + 2] === letter(':')) {
      return hexProbability(bytes, at + 3, end);
    }
    while (at < end && bytes[at] !== comma && bytes[at] !== semicolon) at++;
    if (bytes[at] === semicolon) at++;
  }
  return unsaid;
}

/** 1 to 14 hexadecimal digits are the share that was rejected, as a fraction; added up is what is left of it, which may be tiny. */
function hexProbability(bytes: Uint8Array, start: number, end: number): number {
  let kept = 0;
  let scale = 1;
  let at = start;
  for (; at < end && at < start + 14; at++) {
    const digit = hexDigit(bytes[at] as number);
    if (digit < 0) break;
    scale /= 16;
    kept += (15 - digit) * scale;
  }
  const isWhole = at === end || bytes[at] === semicolon || bytes[at] === comma || bytes[at] === space;
  return at > start && isWhole ? kept + scale : unsaid;
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  return byte >= 97 && byte <= 102 ? byte - 87 : -1;
}

const typeKeys = [utf8Bytes('sampler.type'), utf8Bytes('jaeger.sampler.type')];
const paramKeys = [utf8Bytes('sampler.param'), utf8Bytes('jaeger.sampler.param')];
const probabilisticText = utf8Bytes('probabilistic');
const constText = utf8Bytes('const');

function samplerAttributes(batch: Lent<SpanBatch>, from: number, to: number): number {
  const {key, type, value} = batch.attributes.columns;
  const {bytes} = batch.heap;
  let typeAt = -1;
  let paramAt = -1;
  for (let at = from; at < to; at++) {
    const size = key.size(at);
    // Few keys have these lengths; only they are compared.
    if (size < 12 || size > 20) continue;
    if (isOneOf(bytes, key.start(at), size, typeKeys)) typeAt = at;
    else if (isOneOf(bytes, key.start(at), size, paramKeys)) paramAt = at;
  }
  if (typeAt < 0 || type.get(typeAt) !== valueType.string) return unsaid;
  const start = value.words[2 * typeAt] as number;
  const size = value.words[2 * typeAt + 1] as number;
  const isConst = same(bytes, start, size, constText);
  if (!isConst && !same(bytes, start, size, probabilisticText)) return notByChance;
  const param = paramAt < 0 ? Number.NaN : numberOf(batch, paramAt);
  if (isConst) return param === 1 ? 1 : notByChance;
  return param > 0 && param <= 1 ? param : unsaid;
}

function numberOf(batch: Lent<SpanBatch>, at: number): number {
  const {type, value} = batch.attributes.columns;
  if (type.get(at) === valueType.double) return value.getDouble(at);
  if (type.get(at) === valueType.int) return Number(value.getSigned(at));
  if (type.get(at) === valueType.bool) return value.words[2 * at] as number;
  if (type.get(at) !== valueType.string) return Number.NaN;
  return Number(utf8(batch.heap.bytes, value.words[2 * at], value.words[2 * at + 1]));
}

const isOneOf = (bytes: Uint8Array, start: number, size: number, keys: readonly Uint8Array[]): boolean =>
  same(bytes, start, size, keys[0] as Uint8Array) || same(bytes, start, size, keys[1] as Uint8Array);

function same(bytes: Uint8Array, start: number, size: number, text: Uint8Array): boolean {
  if (size !== text.length) return false;
  for (let i = 0; i < size; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}
