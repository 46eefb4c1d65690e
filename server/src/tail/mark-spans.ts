/** What kept spans say of their decision: the policy as an attribute, as the Collector names it, and the probability in the tracestate. */
import {ProtoWriter, type SpanBatch} from '../model/index.ts';
import {
  probabilityThreshold,
  randomnessText,
  readTraceState,
  spanProbability,
  TraceState,
  thresholdText,
  writeTraceState,
} from '../sampling/index.ts';
import type {Suffix} from './assemble.ts';
import {hashRandomness, traceHash} from './policies-chance.ts';
import {type Mark, probabilityAfter} from './verdict.ts';

/** A span of a trace that was kept for `mark`; `isLate`: it came when the decision had been made. */
export interface Marking {
  readonly mark: Mark;
  readonly isLate: boolean;
  /** The four words of the trace's id. */
  readonly traceId: Uint32Array;
  /** Shipments that hold spans of the trace and have not been delivered. */
  shipments: number;
  /** The last request that one of the delivered spans came in. */
  upTo: number;
  /** Spans of the same trace that were handed over earlier, or later, and are not delivered either. */
  before: Marking | undefined;
  after: Marking | undefined;
}

export class SpanMarker {
  readonly #attributes = new Map<string, Uint8Array>();
  readonly #states = new Map<string, Uint8Array>();
  readonly #hashes = new Map<string, ReturnType<typeof traceHash>>();

  /** What is written behind a span that has no tracestate, and but for that behind one that has. */
  suffix({mark, isLate, traceId}: Marking): Suffix {
    const attributesKey = `${isLate ? 1 : 0}${mark.policy}\n${mark.subPolicy ?? ''}`;
    let attributes = this.#attributes.get(attributesKey);
    if (attributes === undefined) this.#attributes.set(attributesKey, (attributes = encodeAttributes(mark, isLate)));
    return {attributes, traceState: this.#traceState(mark, traceId)};
  }

  #traceState(mark: Mark, traceId: Uint32Array): Uint8Array {
    const probability = probabilityAfter(mark, 1);
    if (mark.salt !== undefined) return encodeState(probability, this.#randomness(mark.salt, traceId));
    const key = String(probability);
    let encoded = this.#states.get(key);
    if (encoded === undefined) {
      // Shares of limiters are ever new.
      if (this.#states.size >= 1000) this.#states.clear();
      this.#states.set(key, (encoded = encodeState(probability, undefined)));
    }
    return encoded;
  }

  #randomness(salt: string, traceId: Uint32Array): string {
    let hash = this.#hashes.get(salt);
    if (hash === undefined) this.#hashes.set(salt, (hash = traceHash(salt)));
    hash.of(new Uint8Array(traceId.buffer, traceId.byteOffset, 16), 0);
    return randomnessText(hashRandomness(hash));
  }

  /** The same for a span that came with a tracestate, in place. False where it is not one that can be read; it stays as it is then. */
  merge(batch: SpanBatch, row: number, {mark, traceId}: Marking): boolean {
    const {traceState} = batch.spans.columns;
    readTraceState(batch.heap.bytes, traceState.start(row), traceState.size(row), said);
    if (said.fault !== undefined) return false;
    const probability = probabilityAfter(mark, spanProbability(batch, row));
    const isHashed = mark.salt !== undefined && !said.hasRandomness && !said.hasThreshold;
    writeTraceState(batch, row, {
      threshold: textOf(probability),
      ...(isHashed && {randomness: this.#randomness(mark.salt as string, traceId)}),
    });
    return true;
  }
}

const said = new TraceState();

const textOf = (probability: number): string => thresholdText(probabilityThreshold(Math.max(probability, 2 ** -56)));

function encodeState(probability: number, randomness: string | undefined): Uint8Array {
  const writer = new ProtoWriter(64);
  const rv = randomness === undefined ? '' : `rv:${randomness};`;
  writer.textField(3, `ot=${rv}th:${textOf(probability)}`);
  return writer.finish();
}

function encodeAttributes({policy, subPolicy}: Mark, isLate: boolean): Uint8Array {
  const writer = new ProtoWriter(256);
  const attribute = (key: string, value: () => void): void => {
    writer.messageField(9, () => {
      writer.messageField(2, value);
      writer.textField(1, key);
    });
  };
  // Last first: see ProtoWriter.
  if (isLate) {
    attribute('tailsampling.cached_decision', () => {
      writer.varint(1, 0);
      writer.tag(2, 0);
    });
  }
  if (subPolicy !== undefined) attribute('tailsampling.composite_policy', () => writer.textField(1, subPolicy));
  attribute('tailsampling.policy', () => writer.textField(1, policy));
  return writer.finish();
}
