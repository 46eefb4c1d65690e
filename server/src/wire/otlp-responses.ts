/** What a receiver answers: Export…ServiceResponse with partial success, and google.rpc.Status with a retry hint. */

import {utf8Bytes} from '../base/index.ts';
import type {Signal} from '../model/index.ts';
import {schemas} from './otlp-schema.ts';

export type Encoding = 'proto' | 'json';

/**
 * An Export…ServiceResponse. With nothing rejected and no message it is the empty response that means full success; a message
 * with nothing rejected is a warning (OTLP specification, "Partial Success").
 */
export function encodeExportResponse(
  encoding: Encoding,
  signal: Signal,
  rejected: number,
  message: string,
): Uint8Array {
  if (encoding === 'json') {
    if (rejected === 0 && message === '') return utf8Bytes('{}');
    const count = rejected === 0 ? {} : {[schemas[signal].rejectedKey]: String(rejected)};
    return utf8Bytes(JSON.stringify({partialSuccess: {...count, errorMessage: message}}));
  }
  if (rejected === 0 && message === '') return new Uint8Array(0);
  return Uint8Array.from(field(1, [...number(1, rejected), ...text(2, message)]));
}

/**
 * A google.rpc.Status. `retryDelayMs` adds a google.rpc.RetryInfo detail, which tells an OTLP sender that it may send the same
 * data again and when.
 */
export function encodeRpcStatus(encoding: Encoding, code: number, message: string, retryDelayMs?: number): Uint8Array {
  if (encoding === 'json') {
    const details =
      retryDelayMs === undefined ? {} : {details: [{'@type': retryInfoType, retryDelay: `${retryDelayMs / 1000}s`}]};
    return utf8Bytes(JSON.stringify({code, message, ...details}));
  }
  const status = [...number(1, code), ...text(2, message)];
  if (retryDelayMs !== undefined) {
    const seconds = Math.floor(retryDelayMs / 1000);
    const nanos = Math.round((retryDelayMs - 1000 * seconds) * 1e6);
    const retryInfo = field(1, [...number(1, seconds), ...number(2, nanos)]);
    status.push(...field(3, [...text(1, retryInfoType), ...field(2, retryInfo)]));
  }
  return Uint8Array.from(status);
}

const retryInfoType = 'type.googleapis.com/google.rpc.RetryInfo';

const text = (id: number, value: string): number[] => (value === '' ? [] : field(id, [...utf8Bytes(value)]));
const number = (id: number, value: number): number[] => (value === 0 ? [] : [id << 3, ...varint(value)]);
const field = (id: number, payload: readonly number[]): number[] => [
  (id << 3) | 2,
  ...varint(payload.length),
  ...payload,
];

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}
