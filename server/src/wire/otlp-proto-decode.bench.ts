/**
 * How fast OTLP becomes columns and columns become OTLP, without a network: `npm run bench:decode`, or this file by itself.
 *
 * Spans as in `realistic-spans.ts` (6 resource attributes, 8 to 11 span attributes, 300 to 600 bytes, 8 spans a trace).
 * Several bodies are used in turn, so that no body stays in the processor's cache.
 */
import {measure, pick, type Row} from '../../../bench/measure.ts';
import {createSpanSource, spansPerTrace} from '../../../bench/realistic-spans.ts';
import type {SpanBatch} from '../model/index.ts';
import {type Decoded, otlp} from './index.ts';

export interface CodecBench {
  readonly bytesPerSpan: number;
  readonly batches: readonly SpanBatch[];
  readonly rows: readonly Row[];
}

/** The rows for requests of that many spans. */
export function benchCodec(spans: number): CodecBench {
  const bodies = Array.from({length: Math.max(2, 16_384 / spans)}, (_, i) => requestOf(spans, i + 1));
  const bytes = bodies.reduce((sum, body) => sum + body.length, 0) / bodies.length;
  const batches = bodies.map((body) => checked(otlp.traces.decodeProto(body), spans));
  const texts = batches.map((batch) => otlp.traces.encodeJson(batch));
  const textBytes = texts.reduce((sum, text) => sum + text.length, 0) / texts.length;
  const rows: Row[] = [
    {what: 'decode protobuf', spans, bytes, run: (i) => checked(otlp.traces.decodeProto(pick(bodies, i)), spans)},
    {what: 'encode protobuf', spans, bytes, run: (i) => otlp.traces.encodeProto(pick(batches, i))},
    {what: 'decode JSON', spans, bytes: textBytes, run: (i) => checked(otlp.traces.decodeJson(pick(texts, i)), spans)},
    {what: 'encode JSON', spans, bytes: textBytes, run: (i) => otlp.traces.encodeJson(pick(batches, i))},
  ];
  return {bytesPerSpan: bytes / spans, batches, rows};
}

/** One request with the spans of all services: encodings of a message concatenate. */
function requestOf(spans: number, seed: number): Uint8Array {
  const source = createSpanSource(seed, spans / spansPerTrace);
  const parts = Array.from({length: spansPerTrace}, () => source.next(1_700_000_000_000_000_000n));
  return new Uint8Array(Buffer.concat(parts));
}

function checked({batch, rejected}: Decoded<SpanBatch>, spans: number): SpanBatch {
  if (batch.spans.count !== spans || rejected !== 0)
    throw new Error(`decoded ${batch.spans.count}, rejected ${rejected}`);
  return batch;
}

if (import.meta.main) for (const row of benchCodec(512).rows) measure(row, 2);
