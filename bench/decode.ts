/**
 * How fast OTLP becomes columns, and how fast adaptive sampling counts them, without a network:
 * `npm run bench:decode [-- --seconds 3]`. Rates are per second of processor time (all threads of the process, so collecting
 * garbage counts), which a busy machine does not distort much.
 *
 * Spans as in `realistic-spans.ts` (6 resource attributes, 8 to 11 span attributes, 300 to 600 bytes, 8 spans a trace), in
 * requests of 512 and of 8192 spans. Several bodies are used in turn, so that no body stays in the processor's cache.
 */
import {parseArgs} from 'node:util';
import type {SpanBatch} from '../server/src/model/index.ts';
import {Traffic} from '../server/src/sampling/index.ts';
import {type Decoded, otlp} from '../server/src/wire/index.ts';
import {createSpanSource, spansPerTrace} from './realistic-spans.ts';

const {values} = parseArgs({options: {seconds: {type: 'string', default: '2'}}});
const seconds = Number(values.seconds);

interface Row {
  readonly what: string;
  readonly spans: number;
  readonly bytes: number;
  /** One request, by the number of the round. */
  readonly run: (round: number) => void;
}

for (const spans of [512, 8192]) {
  const traffic = new Traffic({services: 500, operations: 200});
  const bodies = Array.from({length: Math.max(2, 16_384 / spans)}, (_, i) => requestOf(spans, i + 1));
  const bytes = bodies.reduce((sum, body) => sum + body.length, 0) / bodies.length;
  const batches = bodies.map((body) => checked(otlp.traces.decodeProto(body), spans));
  const texts = batches.map((batch) => otlp.traces.encodeJson(batch));
  const textBytes = texts.reduce((sum, text) => sum + text.length, 0) / texts.length;
  const pick = <T>(list: readonly T[], round: number): T => list[round % list.length] as T;
  const rows: Row[] = [
    {what: 'decode protobuf', spans, bytes, run: (i) => checked(otlp.traces.decodeProto(pick(bodies, i)), spans)},
    {what: 'encode protobuf', spans, bytes, run: (i) => otlp.traces.encodeProto(pick(batches, i))},
    {what: 'decode JSON', spans, bytes: textBytes, run: (i) => checked(otlp.traces.decodeJson(pick(texts, i)), spans)},
    {what: 'encode JSON', spans, bytes: textBytes, run: (i) => otlp.traces.encodeJson(pick(batches, i))},
    {what: 'count roots', spans, bytes, run: (i) => traffic.observe(pick(batches, i), 0)},
  ];
  console.log(`\n${spans} spans a request, ${Math.round(bytes / spans)} bytes a span in protobuf`);
  for (const row of rows) measure(row);
}

/** Warms up, then prints the median of rounds of a tenth of a second. */
function measure({what, spans, bytes, run}: Row): void {
  let round = 0;
  const roundOf = (milliseconds: number): number => {
    const end = performance.now() + milliseconds;
    const before = process.cpuUsage();
    let runs = 0;
    for (; performance.now() < end; runs++) run(round++);
    const {user, system} = process.cpuUsage(before);
    return (runs * spans * 1e6) / (user + system);
  };
  roundOf(700);
  const rates = Array.from({length: Math.ceil(seconds * 10)}, () => roundOf(100));
  rates.sort((a, b) => a - b);
  const rate = rates[Math.floor(rates.length / 2)] as number;
  const million = (rate / 1e6).toFixed(2);
  const micros = (1e6 / rate).toFixed(3);
  const megabytes = Math.round((rate / spans) * bytes * 1e-6);
  console.log(`${what.padEnd(16)} ${million.padStart(6)} M spans/s  ${micros.padStart(7)} µs/span  ${megabytes} MB/s`);
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
