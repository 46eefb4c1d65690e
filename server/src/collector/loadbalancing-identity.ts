/**
 * The identities of resources and metric streams by which the Collector routes (its `internal/exp/metrics/identity`): maps are
 * hashed by XXH64 over their sorted entries, and FNV-1a goes over the parts.
 */
import {sameBytes, utf8Bytes} from '../base/index.ts';
import type {AnyBatch} from '../model/index.ts';
import {type AnyValue, type KeyValue, type Lent, type MetricBatch, metricType, readAttributes} from '../model/index.ts';

/** `resource/…` of a row of resources. */
export const resourceIdentity = (batch: Lent<AnyBatch>, row: number): string =>
  `resource/${resourceHash(batch, row).toString(16)}`;

const resourceHash = (batch: Lent<AnyBatch>, row: number): bigint => {
  const {attributes} = batch.resources.columns;
  return fnv1a(fnvBasis, mapHash(readAttributes(batch, attributes.from(row), attributes.count(row))));
};

/** The hash of everything but a point's attributes: of a row of metrics. */
export function metricHash(batch: Lent<MetricBatch>, row: number): bigint {
  const {resource, scope, name, unit, type, monotonic, temporality} = batch.metrics.columns;
  const {heap} = batch;
  const scopes = batch.scopes.columns;
  const scopeRow = scope.get(row);
  let hash = resourceHash(batch, resource.get(row));
  hash = fnv1a(hash, scopes.name.bytes(scopeRow, heap));
  hash = fnv1a(hash, scopes.version.bytes(scopeRow, heap));
  const range = scopes.attributes;
  hash = fnv1a(hash, mapHash(readAttributes(batch, range.from(scopeRow), range.count(scopeRow))));
  hash = fnv1a(hash, name.bytes(row, heap));
  hash = fnv1a(hash, unit.bytes(row, heap));
  const kind = type.get(row);
  const isHistogram = kind === metricType.histogram || kind === metricType.exponentialHistogram;
  const isMonotonic = isHistogram || (kind === metricType.sum && monotonic.get(row) !== 0);
  const told = isHistogram || kind === metricType.sum ? temporality.get(row) : 0;
  return fnv1a(hash, Uint8Array.of(pdataType[kind] ?? 0, isMonotonic ? 1 : 0, told));
}

/** pdata's own numbers of metric types. */
const pdataType: Readonly<Record<number, number>> = {
  [metricType.gauge]: 1,
  [metricType.sum]: 2,
  [metricType.histogram]: 3,
  [metricType.exponentialHistogram]: 4,
  [metricType.summary]: 5,
};

/** `stream/…` of a point, whose metric has this hash. */
export function streamIdentity(batch: Lent<MetricBatch>, point: number, metric: bigint): string {
  const {attributes} = batch.points.columns;
  const map = mapHash(readAttributes(batch, attributes.from(point), attributes.count(point)));
  return `stream/${fnv1a(metric, map).toString(16)}`;
}

const mask = 0xffff_ffff_ffff_ffffn;
const fnvBasis = 0xcbf2_9ce4_8422_2325n;

function fnv1a(hash: bigint, bytes: Uint8Array): bigint {
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100_0000_01b3n) & mask;
  return hash;
}

/** 16 bytes: zero for an empty map. */
function mapHash(map: readonly KeyValue[]): Uint8Array {
  const hash = new Uint8Array(16);
  if (map.length === 0) return hash;
  const bytes: number[] = [];
  writeMap(bytes, map);
  const view = new DataView(hash.buffer);
  view.setBigUint64(0, xxh64(Uint8Array.from(bytes)), true);
  bytes.push(0xf3);
  view.setBigUint64(8, xxh64(Uint8Array.from(bytes)), true);
  return hash;
}

function writeMap(bytes: number[], map: readonly KeyValue[]): void {
  const entries = map.map(({key, value}) => ({key: utf8Bytes(key), value}));
  entries.sort((a, b) => Buffer.compare(a.key, b.key));
  for (const [index, {key}] of entries.entries()) {
    bytes.push(0xf4, ...key);
    // Of a key that is there twice, the first value counts for both.
    const first = entries.findIndex((each) => sameBytes(each.key, 0, each.key.length, key, 0, key.length));
    writeValue(bytes, entries[Math.min(first, index)]!.value);
  }
}

function writeValue(bytes: number[], value: AnyValue): void {
  switch (value.type) {
    case 'empty':
      bytes.push(0xf5);
      return;
    case 'bytes':
      bytes.push(0xf6, ...value.value);
      return;
    case 'string':
      bytes.push(0xf7, ...utf8Bytes(value.value));
      return;
    case 'bool':
      bytes.push(value.value ? 0xf8 : 0xf9);
      return;
    case 'int': {
      const number = new DataView(new ArrayBuffer(8));
      number.setBigInt64(0, value.value, true);
      bytes.push(0xfa, ...new Uint8Array(number.buffer));
      return;
    }
    case 'double': {
      const number = new DataView(new ArrayBuffer(8));
      number.setFloat64(0, value.value, true);
      bytes.push(0xfb, ...new Uint8Array(number.buffer));
      return;
    }
    case 'map':
      bytes.push(0xfc);
      writeMap(bytes, value.value);
      bytes.push(0xfd);
      return;
    case 'array':
      bytes.push(0xfe);
      for (const each of value.value) writeValue(bytes, each);
      bytes.push(0xff);
  }
}

const prime1 = 0x9e37_79b1_85eb_ca87n;
const prime2 = 0xc2b2_ae3d_27d4_eb4fn;
const prime3 = 0x1656_67b1_9e37_79f9n;
const prime4 = 0x85eb_ca77_c2b2_ae63n;
const prime5 = 0x27d4_eb2f_1656_67c5n;

const rotate = (value: bigint, bits: bigint): bigint => ((value << bits) | (value >> (64n - bits))) & mask;
const round = (sum: bigint, input: bigint): bigint => (rotate((sum + input * prime2) & mask, 31n) * prime1) & mask;

/** XXH64 with seed 0. */
export function xxh64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  let hash: bigint;
  if (bytes.length >= 32) {
    const lanes = [(prime1 + prime2) & mask, prime2, 0n, (mask + 1n - prime1) & mask];
    for (; at + 32 <= bytes.length; at += 32) {
      for (let lane = 0; lane < 4; lane++) lanes[lane] = round(lanes[lane]!, view.getBigUint64(at + 8 * lane, true));
    }
    const [a, b, c, d] = lanes as [bigint, bigint, bigint, bigint];
    hash = (rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n)) & mask;
    for (const lane of lanes) hash = ((hash ^ round(0n, lane)) * prime1 + prime4) & mask;
  } else hash = prime5;
  hash = (hash + BigInt(bytes.length)) & mask;
  for (; at + 8 <= bytes.length; at += 8) {
    hash = (rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * prime1 + prime4) & mask;
  }
  if (at + 4 <= bytes.length) {
    hash = (rotate(hash ^ ((BigInt(view.getUint32(at, true)) * prime1) & mask), 23n) * prime2 + prime3) & mask;
    at += 4;
  }
  for (; at < bytes.length; at++) {
    hash = (rotate(hash ^ ((BigInt(bytes[at] as number) * prime5) & mask), 11n) * prime1) & mask;
  }
  hash = ((hash ^ (hash >> 33n)) * prime2) & mask;
  hash = ((hash ^ (hash >> 29n)) * prime3) & mask;
  return hash ^ (hash >> 32n);
}
