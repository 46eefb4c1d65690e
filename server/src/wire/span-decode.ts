/** What the decoders of spans in other protocols than OTLP have in common: the batch that they fill, and what they leave out. */
import {createSpanBatch, Heap, type SpanBatch} from '../model/index.ts';
import {type Decoded, Rejections, withBoundedTables} from './otlp-rejections.ts';

/**
 * A batch whose heap is the body, which it takes: `spare`, or a new one. The numbers are about how many bytes of the protocol, as
 * powers of two, a span and an attribute take: that much room is made, which spares most of the tables' growing.
 */
export function batchOver(body: Uint8Array, spare: SpanBatch | undefined, spanBits: number, attributeBits: number) {
  spare?.heap.reset(body);
  const batch = spare ?? createSpanBatch(Heap.of(body));
  batch.items.reserve(body.length >>> spanBits);
  batch.attributes.reserve(body.length >>> attributeBits);
  return batch;
}

/** Lets `decode` fill the batch from a body of `bodyBytes`. Throws TooLargeError where it needs too much memory for that. */
export function decodeSpans(
  batch: SpanBatch,
  bodyBytes: number,
  decode: (rejections: Rejections) => void,
): Decoded<SpanBatch> {
  const rejections = new Rejections();
  withBoundedTables(batch, bodyBytes, () => decode(rejections));
  return {batch, rejected: rejections.total, rejectedReason: rejections.describe('span', batch.items.count)};
}
