/** The identity of a metric series: 64 bits over everything that tells it from another, whatever the order of its attributes. */
import type {Lent, MetricBatch} from '../model/index.ts';
import {origin} from '../wire/index.ts';

export interface Fingerprint {
  /** Low and high 32 bits. */
  readonly low: number;
  readonly high: number;
}

/** Two 32-bit lanes of different multipliers; attributes are summed, so that their order does not count. */
class Lanes {
  low = 0;
  high = 0;
  reset(seed: number): void {
    this.low = 0x811c9dc5 ^ seed;
    this.high = 0x9747b28c ^ seed;
  }
  bytes(bytes: Uint8Array, start: number, length: number): void {
    let {low, high} = this;
    for (let i = start; i < start + length; i++) {
      const byte = bytes[i] as number;
      low = Math.imul(low ^ byte, 0x01000193);
      high = Math.imul(high ^ byte, 0x5bd1e995);
      high ^= high >>> 15;
    }
    this.low = low;
    this.high = high;
    this.number(length);
  }
  number(value: number): void {
    this.low = Math.imul(this.low ^ value, 0x85ebca6b);
    this.low ^= this.low >>> 13;
    this.high = Math.imul(this.high ^ value, 0xc2b2ae35);
    this.high ^= this.high >>> 16;
  }
}

/** A function from a row of the batch's points to its series. Resources and scopes are looked at once, here. */
export function fingerprintsOf(batch: Lent<MetricBatch>): (row: number) => Fingerprint {
  const lanes = new Lanes();
  const one = new Lanes();

  const ofBytes = (bytes: Uint8Array): Fingerprint => {
    one.reset(1);
    one.bytes(bytes, 0, bytes.length);
    return {low: one.low, high: one.high};
  };

  const ofOrigins = (table: 'resources' | 'scopes'): Fingerprint[] =>
    Array.from({length: batch[table].count}, (_, row) => ofBytes(origin.encode(batch, table, row)));
  const resources = ofOrigins('resources');
  const scopes = ofOrigins('scopes');

  return (row) => {
    const {bytes} = batch.heap;
    const metrics = batch.metrics.columns;
    const metric = batch.points.columns.metric.get(row);
    lanes.reset(0);
    lanes.bytes(bytes, metrics.name.start(metric), metrics.name.size(metric));
    lanes.bytes(bytes, metrics.unit.start(metric), metrics.unit.size(metric));
    lanes.number(metrics.type.get(metric));
    lanes.number(metrics.temporality.get(metric));
    lanes.number(metrics.monotonic.get(metric));
    for (const from of [resources[metrics.resource.get(metric)], scopes[metrics.scope.get(metric)]]) {
      lanes.number(from!.low);
      lanes.number(from!.high);
    }
    const range = batch.points.columns.attributes;
    const {key, type, value} = batch.attributes.columns;
    let low = 0;
    let high = 0;
    for (let at = range.from(row); at < range.from(row) + range.count(row); at++) {
      one.reset(2);
      one.bytes(bytes, key.start(at), key.size(at));
      const kind = type.get(at);
      one.number(kind);
      const first = value.words[2 * at] as number;
      const second = value.words[2 * at + 1] as number;
      if (sliceTypes.has(kind)) one.bytes(bytes, first, second);
      else {
        one.number(first);
        one.number(second);
      }
      low = (low + one.low) | 0;
      high = (high + one.high) | 0;
    }
    lanes.number(low);
    lanes.number(high);
    lanes.number(range.count(row));
    return {low: lanes.low >>> 0, high: lanes.high >>> 0};
  };
}

/** `valueType` string, array, map, bytes: their two words are a slice of the heap. */
const sliceTypes: ReadonlySet<number> = new Set([1, 5, 6, 7]);
