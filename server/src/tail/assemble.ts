/** Held spans → an export request that holds them, each resource and scope once for all the spans that came under it together. */
import type {HeldSpans} from './held-spans.ts';
import {SpanHead} from './request-index.ts';

/** Fields for the end of a span: attributes, and a tracestate for one that has none. */
export interface Suffix {
  readonly attributes: Uint8Array;
  readonly traceState: Uint8Array;
}

export interface Assembled {
  readonly request: Uint8Array;
  /** By the row that each span will have once it is decoded: its index in `slots`. */
  readonly order: Uint32Array;
  /** The rows of spans that have a tracestate and a suffix: it must be merged into theirs. */
  readonly withTraceState: readonly number[];
}

/** Spans that are assembled at once are fewer: a trace has no more than 100,000 and what came while it was judged. */
const most = 2 ** 21;
const head = new SpanHead();

/**
 * `suffixes[i]`, where there is one, is written behind the span `slots[i]`; the tracestate in it only where the span has none, since
 * one that has must be merged. `take` gives memory for the request: `length` bytes of any content.
 */
export function assemble(
  held: HeldSpans,
  slots: Int32Array,
  count: number,
  take: (length: number) => Uint8Array,
  suffixes?: readonly (Suffix | undefined)[],
): Assembled {
  // Sorted by origin; within one, as the slots are.
  const keys = new Float64Array(count);
  for (let i = 0; i < count; i++) keys[i] = held.originOf(slots[i] as number) * most + i;
  keys.sort();
  const order = new Uint32Array(count);
  const sizes = new Uint32Array(count);
  const withTraceState: number[] = [];
  const origins: {origin: number; from: number; to: number; scope: number; resource: number}[] = [];
  let total = 0;
  for (let at = 0; at < count; ) {
    const origin = Math.floor((keys[at] as number) / most);
    const from = at;
    const bytes = held.bytesOf(origin);
    let scope = held.originWord(origin, 5) + held.originWord(origin, 7);
    for (; at < count && Math.floor((keys[at] as number) / most) === origin; at++) {
      const index = (keys[at] as number) - origin * most;
      order[at] = index;
      const slot = slots[index] as number;
      const start = held.startOf(slot);
      const end = held.endOf(slot);
      head.read(bytes, start, end);
      const suffix = suffixes?.[index];
      if (suffix !== undefined && head.hasTraceState) withTraceState.push(at);
      const size = end - head.from + (suffix === undefined ? 0 : suffixLength(suffix, head.hasTraceState));
      sizes[at] = size;
      scope += 1 + varintLength(size) + size;
    }
    const resource = held.originWord(origin, 1) + held.originWord(origin, 3) + 1 + varintLength(scope) + scope;
    total += 1 + varintLength(resource) + resource;
    origins.push({origin, from, to: at, scope, resource});
  }
  const request = take(total);
  let at = 0;
  for (const {origin, from, to, scope, resource} of origins) {
    const bytes = held.bytesOf(origin);
    const piece = (word: number): void => {
      const start = held.originWord(origin, word);
      const length = held.originWord(origin, word + 1);
      request.set(bytes.subarray(start, start + length), at);
      at += length;
    };
    at = header(request, at, 0x0a, resource);
    piece(0);
    at = header(request, at, 0x12, scope);
    piece(4);
    for (let i = from; i < to; i++) {
      const index = order[i] as number;
      const slot = slots[index] as number;
      const end = held.endOf(slot);
      head.read(bytes, held.startOf(slot), end);
      at = header(request, at, 0x12, sizes[i] as number);
      request.set(bytes.subarray(head.from, end), at);
      at += end - head.from;
      const suffix = suffixes?.[index];
      if (suffix === undefined) continue;
      request.set(suffix.attributes, at);
      at += suffix.attributes.length;
      if (head.hasTraceState) continue;
      request.set(suffix.traceState, at);
      at += suffix.traceState.length;
    }
    piece(6);
    piece(2);
  }
  return {request, order, withTraceState};
}

const suffixLength = ({attributes, traceState}: Suffix, hasTraceState: boolean): number =>
  attributes.length + (hasTraceState ? 0 : traceState.length);

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) length++;
  return length;
}

/** Of a length-delimited field whose tag is one byte. */
function header(bytes: Uint8Array, start: number, tag: number, length: number): number {
  let at = start;
  bytes[at++] = tag;
  let rest = length;
  for (; rest > 127; rest >>>= 7) bytes[at++] = (rest & 127) | 128;
  bytes[at++] = rest;
  return at;
}
