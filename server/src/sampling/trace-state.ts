/**
 * The tracestate of spans (W3C Trace Context) and OpenTelemetry's member in it: `ot=th:THRESHOLD;rv:RANDOMNESS`. Read in place,
 * byte by byte; written as the specification says: the changed member first.
 */
import {utf8} from '../base/index.ts';
import type {SpanBatch} from '../model/index.ts';

/** What a tracestate says of sampling. One object serves many reads. */
export class TraceState {
  hasThreshold = false;
  readonly threshold = {high: 0, low: 0};
  hasRandomness = false;
  readonly randomness = {high: 0, low: 0};
  /** The list is not one as W3C and OpenTelemetry define it: the reason, or undefined where it is sound. */
  fault: string | undefined;
}

const code = (text: string): number => text.charCodeAt(0);
const [comma, equals, semicolon, colon, space, tab, at] = [...',=;: \t@'].map(code) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];
const maxBytes = 1024;
const maxMembers = 32;

/** Reads what there is, sound or not; the values of a faulty `th` or `rv` are passed over. */
export function readTraceState(bytes: Uint8Array, start: number, length: number, into: TraceState): void {
  into.hasThreshold = into.hasRandomness = false;
  into.fault = length > maxBytes ? `it has ${length} bytes` : undefined;
  const end = start + length;
  let members = 0;
  for (let from = start; from < end; ) {
    let to = from;
    while (to < end && bytes[to] !== comma) to++;
    const next = to + 1;
    while (from < to && isBlank(bytes[from] as number)) from++;
    while (to > from && isBlank(bytes[to - 1] as number)) to--;
    if (to > from) {
      if (++members > maxMembers) into.fault ??= `it has more than ${maxMembers} members`;
      readMember(bytes, from, to, into);
    }
    from = next;
  }
}

function readMember(bytes: Uint8Array, from: number, to: number, into: TraceState): void {
  let split = from;
  while (split < to && bytes[split] !== equals) split++;
  if (!isKey(bytes, from, split) || !isValue(bytes, split + 1, to)) {
    into.fault ??= 'it is not a list of key=value';
  } else if (isOt(bytes, from, split)) readOt(bytes, split + 1, to, into);
}

const isOt = (bytes: Uint8Array, from: number, to: number): boolean =>
  to === from + 2 && bytes[from] === code('o') && bytes[from + 1] === code('t');

function readOt(bytes: Uint8Array, start: number, end: number, into: TraceState): void {
  for (let from = start; from <= end; ) {
    let to = from;
    while (to < end && bytes[to] !== semicolon) to++;
    let split = from;
    while (split < to && bytes[split] !== colon) split++;
    if (!isOtKey(bytes, from, split) || split === to || !isOtValue(bytes, split + 1, to)) {
      into.fault ??= 'its member ot is not a list of key:value';
    } else if (isNamed(bytes, from, split, 't', 'h')) {
      into.hasThreshold = readHex(bytes, split + 1, to, 1, into.threshold);
      if (!into.hasThreshold) into.fault ??= 'th is not 1 to 14 hexadecimal digits';
    } else if (isNamed(bytes, from, split, 'r', 'v')) {
      into.hasRandomness = readHex(bytes, split + 1, to, 14, into.randomness);
      if (!into.hasRandomness) into.fault ??= 'rv is not 14 hexadecimal digits';
    }
    from = to + 1;
  }
}

const isNamed = (bytes: Uint8Array, from: number, to: number, first: string, second: string): boolean =>
  to === from + 2 && bytes[from] === code(first) && bytes[from + 1] === code(second);

/** Reads `least` to 14 hexadecimal digits as the first ones of 14. */
export function readHex(
  bytes: Uint8Array,
  from: number,
  to: number,
  least: number,
  into: {high: number; low: number},
): boolean {
  const digits = to - from;
  if (digits < least || digits > 14) return false;
  let high = 0;
  let low = 0;
  for (let i = 0; i < 14; i++) {
    const digit = i < digits ? hexDigit(bytes[from + i] as number) : 0;
    if (digit < 0) return false;
    if (i < 7) high = high * 16 + digit;
    else low = low * 16 + digit;
  }
  into.high = high;
  into.low = low;
  return true;
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  if (byte >= 65 && byte <= 70) return byte - 55;
  return byte >= 97 && byte <= 102 ? byte - 87 : -1;
}

const isBlank = (byte: number): boolean => byte === space || byte === tab;
const isLower = (byte: number): boolean => byte >= 97 && byte <= 122;
const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;
const isKeyByte = (byte: number): boolean =>
  isLower(byte) || isDigit(byte) || byte === 95 || byte === 45 || byte === 42 || byte === 47;

/** `name`, or `tenant@system`. */
function isKey(bytes: Uint8Array, from: number, to: number): boolean {
  if (to <= from || to - from > 256) return false;
  let split = from;
  while (split < to && bytes[split] !== at) split++;
  const isTenant = split < to;
  const system = isTenant ? split + 1 : from;
  if (system >= to || !isLower(bytes[system] as number)) return false;
  if (isTenant) {
    const first = bytes[from] as number;
    if (split === from || !(isLower(first) || isDigit(first)) || split - from > 241 || to - system > 14) return false;
  }
  for (let i = from; i < to; i++) if (i !== split && !isKeyByte(bytes[i] as number)) return false;
  return true;
}

function isValue(bytes: Uint8Array, from: number, to: number): boolean {
  if (to <= from || to - from > 256) return false;
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number;
    if (byte < space || byte > 126 || byte === comma || byte === equals) return false;
  }
  return bytes[to - 1] !== space;
}

function isOtKey(bytes: Uint8Array, from: number, to: number): boolean {
  if (to <= from || !isLower(bytes[from] as number)) return false;
  for (let i = from + 1; i < to; i++) if (!isLower(bytes[i] as number) && !isDigit(bytes[i] as number)) return false;
  return true;
}

function isOtValue(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number;
    const isLetter = isLower(byte) || (byte >= 65 && byte <= 90);
    if (!isLetter && !isDigit(byte) && byte !== 46 && byte !== 95 && byte !== 45) return false;
  }
  return true;
}

/** What a tracestate shall say; without a value it says as before, and with `undefined` nothing. */
export interface TraceStateChange {
  readonly threshold?: string | undefined;
  readonly randomness?: string | undefined;
}

/** Writes the tracestate of a span again: `ot` first with `rv` and `th` as they shall be and its other keys, then the other members. */
export function writeTraceState(batch: SpanBatch, row: number, change: TraceStateChange): void {
  const {traceState} = batch.spans.columns;
  const {heap} = batch;
  const start = traceState.start(row);
  const length = traceState.size(row);
  const said = length === 0 ? {ot: new Map<string, string>(), others: []} : split(utf8(heap.bytes, start, length));
  const ot: string[] = [];
  const put = (key: 'rv' | 'th', wanted: string | undefined, isGiven: boolean): void => {
    const value = isGiven ? wanted : said.ot.get(key);
    if (value !== undefined) ot.push(`${key}:${value}`);
    said.ot.delete(key);
  };
  put('rv', change.randomness, 'randomness' in change);
  put('th', change.threshold, 'threshold' in change);
  for (const [key, value] of said.ot) ot.push(`${key}:${value}`);
  const members = ot.length === 0 ? said.others : [`ot=${ot.join(';')}`, ...said.others];
  traceState.setText(row, heap, members.slice(0, maxMembers).join(','));
}

function split(text: string): {ot: Map<string, string>; others: string[]} {
  const ot = new Map<string, string>();
  const others: string[] = [];
  for (const member of text.split(',').map((each) => each.replace(/^[ \t]+|[ \t]+$/g, ''))) {
    if (!member.startsWith('ot=')) {
      if (member !== '') others.push(member);
      continue;
    }
    for (const pair of member.slice(3).split(';')) {
      const colonAt = pair.indexOf(':');
      if (colonAt > 0) ot.set(pair.slice(0, colonAt), pair.slice(colonAt + 1));
    }
  }
  return {ot, others};
}
