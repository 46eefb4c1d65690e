/** A receiver's answers: Export…ServiceResponse with partial success, and google.rpc.Status with a retry hint. */

import {utf8Bytes} from '../base/index.ts';
import {ProtoWriter, type Signal} from '../model/index.ts';
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
  const writer = new ProtoWriter(64);
  writer.messageField(1, () => {
    if (message !== '') writer.textField(2, message);
    if (rejected !== 0) writer.numberField(1, rejected);
  });
  return writer.finish();
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
  const writer = new ProtoWriter(64);
  if (retryDelayMs !== undefined) {
    const seconds = Math.floor(retryDelayMs / 1000);
    const nanos = Math.round((retryDelayMs - 1000 * seconds) * 1e6);
    writer.messageField(3, () => {
      writer.messageField(2, () => writer.messageField(1, () => writeDuration(writer, seconds, nanos)));
      writer.textField(1, retryInfoType);
    });
  }
  if (message !== '') writer.textField(2, message);
  if (code !== 0) writer.numberField(1, code);
  return writer.finish();
}

function writeDuration(writer: ProtoWriter, seconds: number, nanos: number): void {
  if (nanos !== 0) writer.numberField(2, nanos);
  if (seconds !== 0) writer.numberField(1, seconds);
}

const retryInfoType = 'type.googleapis.com/google.rpc.RetryInfo';
