/** `npm run bench:insight`: the critical path of a trace of 100,000 spans, and the explanation of one of 1,000 and of 100,000. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {criticalPath} from '../server/src/insight/critical-path.ts';
import {
  compareTraces,
  compareWithUsual,
  dissect,
  explainTrace,
  judgeMend,
  requestsOf,
  shapeOfTraces,
  stepsOf,
} from '../server/src/insight/index.ts';
import {appendBatch, createSpanBatch, type SpanBatch} from '../server/src/model/index.ts';
import {tracesOfFile} from '../tools/insight/traces.ts';

const checkouts = tracesOfFile(readFileSync(join(import.meta.dirname, '../fixtures/insight/slow-checkout.json.gz')));

/** Checkouts of the shop side by side below one root, in one trace of `count` spans. */
function largeTrace(count: number): SpanBatch {
  const batch = createSpanBatch();
  const {columns} = batch.spans;
  for (let copy = 0; batch.spans.count < count; copy++) {
    const from = batch.spans.count;
    appendBatch(batch, checkouts[copy % checkouts.length] as SpanBatch);
    for (let row = from; row < batch.spans.count; row++) {
      const salt = (id: Uint8Array): void => {
        if (id.every((byte) => byte === 0)) return;
        id[0] = copy & 0xff;
        id[1] = copy >> 8;
      };
      if (row > 0 && columns.parentSpanId.isEmpty(row)) columns.parentSpanId.get(row).set(columns.spanId.get(0));
      else salt(columns.parentSpanId.get(row));
      salt(columns.spanId.get(row));
    }
  }
  return batch;
}

/** Milliseconds, the median of five after one to warm up. */
function median(work: () => unknown): number {
  work();
  const times = Array.from({length: 5}, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  }).sort((a, b) => a - b);
  return times[2] as number;
}

const small = largeTrace(1_000);
const large = largeTrace(100_000);
const {trace} = dissect(large);
const print = (what: string, milliseconds: number, limit?: number): void =>
  console.log(
    `${what.padEnd(44)} ${milliseconds.toFixed(1).padStart(8)} ms${limit === undefined ? '' : `   (≤ ${limit} ms)`}`,
  );
print(
  `critical path of ${trace.count} spans`,
  median(() => criticalPath(trace.spans, trace.tree)),
  200,
);
print(
  `explain ${small.spans.count} spans`,
  median(() => explainTrace(small)),
  300,
);
print(
  `explain ${large.spans.count} spans`,
  median(() => explainTrace(large)),
);
const [a, b] = [dissect(large), dissect(largeTrace(100_000))];
print(
  `compare two traces of ${trace.count} spans`,
  median(() => compareTraces(stepsOf(a), stepsOf(b), {here: a.trace.spans.duration, other: b.trace.spans.duration})),
);
const hundred = Array.from({length: 120}, (_, index) => checkouts[index % checkouts.length] as SpanBatch);
print(
  'read 120 traces, and compare one with them',
  median(() => {
    const shape = shapeOfTraces(hundred.map((batch) => stepsOf(dissect(batch))));
    return compareWithUsual(stepsOf(a), shape, a.trace.spans.duration);
  }),
);
const entry = {service: 'gateway', operation: 'POST /api/checkout'};
const requests = hundred.flatMap((batch) => requestsOf(batch, entry));
print(
  `judge a mend by ${requests.length} requests on each side`,
  median(() => judgeMend(requests, requests)),
);
