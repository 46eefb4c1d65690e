/** How indexes in memory know a trace: 32 bits of its tenant and id. Two traces that share them only cost a look at each other's places. */
import {hashBytes, type TenantId, type TraceId, utf8Bytes} from '../base/index.ts';

const seed = {basis: 0x811c9dc5, multiplier: 0x01000193};

export const tenantMix = (bytes: Uint8Array, start: number, length: number): number =>
  hashBytes(seed, bytes, start, length);

export function tenantMixOf(tenant: TenantId): number {
  const bytes = utf8Bytes(tenant);
  return tenantMix(bytes, 0, bytes.length);
}

/** `traceHash` as the index has it. */
export const hashOf = (id: TraceId): number => Buffer.from(id.slice(-8), 'hex').readUInt32LE();

export const placeKey = (mix: number, traceHash: number): number => (mix ^ traceHash) >>> 0;
