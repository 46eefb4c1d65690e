/** What an OTLP destination answers: partial success, and when to come back. Lenient: what it cannot read says nothing. */

/** `rejected` items and why, of an Export…ServiceResponse in protobuf (field 1: count 1, message 2). */
export function readPartialSuccess(bytes: Uint8Array): {readonly rejected: number; readonly message: string} {
  let rejected = 0;
  let message = '';
  for (const field of fields(bytes)) {
    if (field.id !== 1 || field.bytes === undefined) continue;
    for (const inner of fields(field.bytes)) {
      if (inner.id === 1) rejected = inner.number;
      if (inner.id === 2 && inner.bytes !== undefined) message = new TextDecoder().decode(inner.bytes);
    }
  }
  return {rejected, message};
}

/** The same of a response in JSON. */
export function readPartialSuccessJson(text: string): {readonly rejected: number; readonly message: string} {
  const partial = (tryParse(text) as {partialSuccess?: Record<string, unknown>} | undefined)?.partialSuccess ?? {};
  const count = Object.entries(partial).find(([key]) => key.startsWith('rejected'))?.[1];
  return {rejected: Number(count ?? 0) || 0, message: String(partial.errorMessage ?? '')};
}

/** The message of a google.rpc.Status in protobuf, and the milliseconds of its RetryInfo. */
export function readRpcStatus(bytes: Uint8Array): {
  readonly message: string;
  readonly retryAfterMs: number | undefined;
} {
  let message = '';
  let retryAfterMs: number | undefined;
  for (const field of fields(bytes)) {
    if (field.id === 2 && field.bytes !== undefined) message = new TextDecoder().decode(field.bytes);
    if (field.id === 3 && field.bytes !== undefined) retryAfterMs = retryInfo(field.bytes) ?? retryAfterMs;
  }
  return {message, retryAfterMs};
}

export const readRpcStatusJson = (text: string): string =>
  String((tryParse(text) as {message?: unknown} | undefined)?.message ?? '');

/** Milliseconds of a `Retry-After` header: seconds or a date. */
export function readRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Of an Any (type_url 1, value 2) that is a RetryInfo (retry_delay 1: seconds 1, nanos 2). */
function retryInfo(any: Uint8Array): number | undefined {
  const parts = [...fields(any)];
  const type = parts.find((part) => part.id === 1)?.bytes;
  const value = parts.find((part) => part.id === 2)?.bytes;
  if (type === undefined || value === undefined || !new TextDecoder().decode(type).endsWith('google.rpc.RetryInfo')) {
    return undefined;
  }
  const delay = [...fields(value)].find((part) => part.id === 1)?.bytes ?? new Uint8Array();
  const numberOf = (id: number): number => [...fields(delay)].find((part) => part.id === id)?.number ?? 0;
  return numberOf(1) * 1000 + numberOf(2) / 1e6;
}

interface WireField {
  readonly id: number;
  readonly number: number;
  readonly bytes: Uint8Array | undefined;
}

/** The fields of one message up to the first that is broken. */
function* fields(bytes: Uint8Array): Iterable<WireField> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++] as number;
      value += (byte & 127) * scale;
      if (byte < 128) break;
    }
    return value;
  };
  while (at < bytes.length) {
    const tag = varint();
    const wire = tag & 7;
    let number = 0;
    let inner: Uint8Array | undefined;
    if (wire === 0) number = varint();
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else if (wire === 2) {
      const length = varint();
      inner = bytes.subarray(at, at + length);
      at += length;
    } else return;
    if (at > bytes.length) return;
    yield {id: Math.floor(tag / 8), number, bytes: inner};
  }
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
