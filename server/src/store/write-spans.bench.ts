/**
 * How fast batches become Native blocks, in blocks of some 16,000 spans as the sink makes them, and segments of these the rows
 * that are kept beside spans: `npm run bench:write`, or this file by itself. Spans as in `realistic-spans.ts`.
 */
import {measure, pick, type Row} from '../../../bench/measure.ts';
import {createSpanSource, spansPerTrace} from '../../../bench/realistic-spans.ts';
import {defaultTenant, giveBytes, systemClock} from '../base/index.ts';
import {sliceBlock} from '../native/index.ts';
import {otlp} from '../wire/index.ts';
import {createSpanDeriver} from './derive-spans.ts';
import {createPlacement} from './placement.ts';
import {expandedBytes} from './write-attributes.ts';
import {createSpanWriter} from './write-spans.ts';

/** The rows for requests of that many spans. */
export function benchWriter(spans: number): readonly Row[] {
  const bodies = Array.from({length: Math.max(2, 16_384 / spans)}, (_, i) => requestOf(spans, i + 1));
  const batches = bodies.map((body) => otlp.traces.decodeProto(body).batch);
  const bytes = bodies.reduce((sum, body) => sum + body.length, 0) / bodies.length;
  const writer = createSpanWriter(systemClock);
  const write = (round: number): void => {
    writer.append(pick(batches, round), defaultTenant);
    if (writer.rows < 16_384) return;
    for (const block of writer.finish().blocks) giveBytes(block.bytes);
  };
  const keep = {traces: undefined, logs: undefined, metrics: undefined};
  const placement = createPlacement('traces', keep, {now: () => 1_700_000_000_000});
  const sift = (round: number): void => {
    const batch = pick(batches, round);
    if (placement(batch).expired + expandedBytes(batch) < 0) throw new Error('nothing weighs less than nothing');
  };
  writer.append(pick(batches, 0), defaultTenant);
  const block = Uint8Array.from(writer.finish().blocks.at(-1)?.bytes ?? []);
  return [
    {what: 'place and weigh', spans, bytes, run: sift},
    {what: 'write Native', spans, bytes, run: write},
    {what: 'halve a block', spans, bytes: block.length, run: () => void sliceBlock(block, 0, spans / 2)},
  ];
}

const segments = 4;
const blocksPerSegment = 3;

/**
 * Segments as the spool has them, all of other traces, and the blocks of what is kept beside their spans; with the tracestates of
 * sampled spans, if wanted.
 */
export function benchDeriver(traceState?: (row: number) => string): Row {
  const spans = blocksPerSegment * 16_384;
  const writer = createSpanWriter(systemClock);
  const files = Array.from({length: segments}, (_, segment) => {
    const blocks = Array.from({length: blocksPerSegment}, (_, i) => {
      const body = requestOf(16_384, 100 + segment * blocksPerSegment + i);
      const {batch} = otlp.traces.decodeProto(body);
      const {columns, count} = batch.spans;
      if (traceState)
        for (let row = 0; row < count; row++) columns.traceState.setText(row, batch.heap, traceState(row));
      writer.append(batch, defaultTenant);
      return writer.finish().blocks.at(-1)?.bytes ?? new Uint8Array(0);
    });
    return new Uint8Array(Buffer.concat(blocks));
  });
  const deriver = createSpanDeriver();
  const derive = (round: number): void => {
    deriver.add(pick(files, round), round);
    if (round % segments < segments - 1) return;
    for (const block of deriver.finish()) giveBytes(block.bytes);
  };
  return {what: traceState ? 'derive rows, sampled' : 'derive rows', spans, bytes: pick(files, 0).length, run: derive};
}

/** One request with the spans of all services: encodings of a message concatenate. */
function requestOf(spans: number, seed: number): Uint8Array {
  const source = createSpanSource(seed, spans / spansPerTrace);
  const parts = Array.from({length: spansPerTrace}, () => source.next(1_700_000_000_000_000_000n));
  return new Uint8Array(Buffer.concat(parts));
}

if (import.meta.main) {
  for (const spans of [512, 8192]) {
    console.log(`\n${spans} spans a request`);
    for (const row of benchWriter(spans)) measure(row, 2);
  }
  console.log('\nsegments of 49,152 spans');
  measure(benchDeriver(), 4);
  measure(
    benchDeriver((row) => ['ot=th:c', 'ot=th:e6666'][row % 2] as string),
    4,
  );
}
