/** For tests: root spans as services would send them, and random numbers that are the same each time. */
import {utf8Bytes} from '../base/index.ts';
import {type AnyValue, appendAttribute, createSpanBatch, type RangeColumn, type SpanBatch} from '../model/index.ts';

export interface TestRoot {
  readonly service?: string;
  readonly name?: string;
  readonly traceState?: string;
  readonly attributes?: Readonly<Record<string, string | number | bigint>>;
  /** Makes it no root. */
  readonly parent?: boolean;
}

/** One resource for each run of spans of the same service, as senders have it. */
export function rootsOf(roots: readonly TestRoot[]): SpanBatch {
  const batch = createSpanBatch();
  const {columns: s} = batch.spans;
  let last: string | undefined;
  let resource = -1;
  for (const [index, {service = 'shop', name = 'GET /', traceState = '', attributes = {}, parent}] of roots.entries()) {
    if (service !== last) {
      resource = batch.resources.add();
      setAttributes(
        batch,
        batch.resources.columns.attributes,
        resource,
        service === '' ? {} : {'service.name': service},
      );
      last = service;
    }
    const row = batch.spans.add();
    s.resource.set(row, resource);
    s.spanId.set(row, Uint8Array.of(0, 0, 0, 0, 0, 0, 1, index & 255));
    if (parent) s.parentSpanId.set(row, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 7));
    s.name.setPair(row, batch.heap.appendText(name), utf8Bytes(name).length);
    s.traceState.setPair(row, batch.heap.appendText(traceState), utf8Bytes(traceState).length);
    setAttributes(batch, s.attributes, row, attributes);
  }
  return batch;
}

function setAttributes(
  batch: SpanBatch,
  column: RangeColumn,
  row: number,
  attributes: Readonly<Record<string, string | number | bigint>>,
): void {
  const entries = Object.entries(attributes);
  const from = batch.attributes.count;
  for (const [key, value] of entries) appendAttribute(batch.attributes, batch.heap, key, typed(value));
  column.setPair(row, from, entries.length);
}

function typed(value: string | number | bigint): AnyValue {
  if (typeof value === 'string') return {type: 'string', value};
  return typeof value === 'bigint' ? {type: 'int', value} : {type: 'double', value};
}

/** Numbers from 0 to below 1 (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many of something that happens `mean` times on average. */
export function poisson(mean: number, next: () => number): number {
  // For large means a normal distribution with the same spread is near enough, and quick.
  if (mean > 500) {
    const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  let count = 0;
  for (let product = next(); product > Math.exp(-mean); product *= next()) count++;
  return count;
}
