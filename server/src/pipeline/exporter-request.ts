/** One encoded request of an exporter, and how it lies on disk. */
import {bug, type TenantId, utf8, utf8Bytes} from '../base/index.ts';
import type {AuthData, Metadata, Signal} from '../model/index.ts';

export interface QueuedRequest {
  readonly signal: Signal;
  readonly tenant: TenantId;
  /** Of the sender, where its receiver keeps it. */
  readonly metadata: Metadata | undefined;
  /** What is known of the sender, where the exporter's own `auth` may ask for it. */
  readonly auth?: AuthData | undefined;
  readonly items: number;
  readonly body: Uint8Array;
}

/** Four bytes with the length of what follows, that as JSON, and the body. */
export function requestParts({signal, tenant, metadata, auth, body}: QueuedRequest): Uint8Array[] {
  const head = utf8Bytes(
    JSON.stringify({signal, tenant, ...(metadata && {metadata: [...metadata]}), ...(auth && {auth: [...auth]})}),
  );
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, head.length, true);
  return [length, head, body];
}

/** The request of a record that was read whole. */
export function readRequest(bytes: Uint8Array, items: number): QueuedRequest {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0, true);
  if (4 + length > bytes.length) bug('a record of a queue is no request');
  const {signal, tenant, metadata, auth} = JSON.parse(utf8(bytes, 4, length)) as {
    signal: Signal;
    tenant: TenantId;
    metadata?: [string, readonly string[]][];
    auth?: [string, string][];
  };
  return {
    signal,
    tenant,
    metadata: metadata && new Map(metadata),
    auth: auth && new Map(auth),
    items,
    body: bytes.subarray(4 + length),
  };
}
