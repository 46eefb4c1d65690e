/** An OTLP destination's answers: partial success, and when to come back. Lenient: what it cannot read says nothing. */

import {MalformedError, timerMs, utf8} from '../base/index.ts';
import {ProtoReader} from '../model/index.ts';

/** `rejected` items and why, of an Export…ServiceResponse in protobuf (field 1: count 1, message 2). */
export function readPartialSuccess(bytes: Uint8Array): {readonly rejected: number; readonly message: string} {
  let rejected = 0;
  let message = '';
  for (const partial of fields(bytes)) {
    if (partial.number !== 1) continue;
    for (const {number, value, bytes: text} of fields(partial.bytes)) {
      if (number === 1) rejected = countOf(value);
      if (number === 2) message = utf8(text);
    }
  }
  return {rejected, message};
}

/** The same of a response in JSON. */
export function readPartialSuccessJson(text: string): {readonly rejected: number; readonly message: string} {
  const partial = (tryParse(text) as {partialSuccess?: Record<string, unknown>} | undefined)?.partialSuccess ?? {};
  const count = Object.entries(partial).find(([key]) => key.startsWith('rejected'))?.[1];
  return {rejected: countOf(count), message: String(partial.errorMessage ?? '')};
}

/** The message of a google.rpc.Status in protobuf, and the milliseconds of its RetryInfo. */
export function readRpcStatus(bytes: Uint8Array): {
  readonly message: string;
  readonly retryAfterMs: number | undefined;
} {
  let message = '';
  let retryAfterMs: number | undefined;
  for (const {number, bytes: inner} of fields(bytes)) {
    if (number === 2) message = utf8(inner);
    if (number === 3) retryAfterMs = retryInfo(inner) ?? retryAfterMs;
  }
  return {message, retryAfterMs};
}

export const readRpcStatusJson = (text: string): string =>
  String((tryParse(text) as {message?: unknown} | undefined)?.message ?? '');

/** Milliseconds of a `Retry-After` header: seconds or a date. */
export function readRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return timerMs(Number(header) * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : timerMs(date - now);
}

/** Of an Any (type_url 1, value 2) that is a RetryInfo (retry_delay 1: seconds 1, nanos 2). A time that is past is 0. */
function retryInfo(any: Uint8Array): number | undefined {
  let type = '';
  let delay: number | undefined;
  for (const {number, bytes} of fields(any)) {
    if (number === 1) type = utf8(bytes);
    if (number === 2) delay = durationOf(bytes);
  }
  return type.endsWith('google.rpc.RetryInfo') ? delay : undefined;
}

function durationOf(retryInfo: Uint8Array): number {
  let millis = 0;
  for (const delay of fields(retryInfo)) {
    if (delay.number !== 1) continue;
    for (const {number, value} of fields(delay.bytes)) {
      if (number === 1) millis += value * 1000;
      if (number === 2) millis += value / 1e6;
    }
  }
  return Math.max(0, millis);
}

interface WireField {
  readonly number: number;
  /** Of a varint, read as an int64. */
  readonly value: number;
  /** Of a length-delimited field; else empty. */
  readonly bytes: Uint8Array;
}

const noBytes = new Uint8Array(0);

/** The fields of one message up to the first that is broken. */
function* fields(bytes: Uint8Array): Iterable<WireField> {
  const reader = new ProtoReader(bytes);
  try {
    for (let at = 0; at < bytes.length; ) {
      at = reader.next(at, bytes.length);
      const wire = reader.tag & 7;
      yield {
        number: reader.tag >>> 3,
        value: wire === 0 ? (reader.high | 0) * 2 ** 32 + reader.low : 0,
        bytes: wire === 2 ? bytes.subarray(reader.from, at) : noBytes,
      };
    }
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
  }
}

/** How many items a peer says that it rejected. */
const countOf = (value: unknown): number => {
  const count = Math.trunc(Number(value ?? 0));
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
};

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
