/**
 * What tail sampling costs, without a network: `npm run bench:tail [-- --seconds 30 --wait 10 --rate 80000]`. Time is simulated:
 * each second `rate` spans come in requests of 1,000, and the sampler looks once what is due. Printed are the memory that is held at
 * the most, as a share of the bytes that came within `wait`, and the CPU of a span beyond that of making and decoding it.
 */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {createMeter, defaultTenant, silentLog} from '../server/src/base/index.ts';
import {recycle, type SpanBatch} from '../server/src/model/index.ts';
import {openQueueLog, reads} from '../server/src/pipeline/index.ts';
import {
  alwaysSample,
  createTailWatch,
  Journal,
  latency,
  type NamedPolicy,
  probabilisticPolicy,
  statusCode,
  stringAttribute,
  TailSampler,
} from '../server/src/tail/index.ts';
import {otlp} from '../server/src/wire/index.ts';
import {createSpanSource} from './realistic-spans.ts';

const {values} = parseArgs({
  options: {
    seconds: {type: 'string', default: '25'},
    wait: {type: 'string', default: '10'},
    rate: {type: 'string', default: '80000'},
  },
});
const seconds = Number(values.seconds);
const waitMs = 1000 * Number(values.wait);
const spansPerRequest = 1000;
const requestsPerSecond = Math.round(Number(values.rate) / spansPerRequest);

const named = (name: string, policy: NamedPolicy['policy']): NamedPolicy => ({name, policy, isDrop: false});
const usual = (): NamedPolicy[] => [
  named('errors', statusCode([2])),
  named('slow', latency(5000, 0)),
  named('one tenth', probabilisticPolicy(10, 'default-hash-seed')),
  named('user', stringAttribute({key: 'user.id', values: ['u-0000000'], cacheSize: 128, inverted: false})),
];

interface Sample {
  readonly cpuMs: number;
  readonly spans: number;
  readonly bytes: number;
}

/** Runs the whole time; `take` gets each batch and `second` is told when one is over. */
async function run(
  take: (batch: SpanBatch) => Promise<void>,
  second: (bytes: number) => Promise<void>,
): Promise<Sample> {
  const source = createSpanSource(1, spansPerRequest);
  let bytes = 0;
  const before = process.cpuUsage();
  for (let s = 0; s < seconds; s++) {
    const start = bytes;
    for (let i = 0; i < requestsPerSecond; i++) {
      const request = source.next(1_700_000_000_000_000_000n + BigInt(s) * 1_000_000_000n);
      bytes += request.length;
      await take(otlp.traces.decodeProto(request).batch);
    }
    await second(bytes - start);
  }
  const {user, system} = process.cpuUsage(before);
  return {cpuMs: (user + system) / 1000, spans: seconds * requestsPerSecond * spansPerRequest, bytes};
}

const nothing = async (): Promise<void> => {};
await run(async (batch) => void recycle(batch), nothing);
const bare = await run(async (batch) => void recycle(batch), nothing);
const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
console.log(
  `${requestsPerSecond * spansPerRequest} spans/s of ${Math.round(bare.bytes / bare.spans)} bytes, decided after ${waitMs / 1000} s; making and decoding them: ${((1000 * bare.cpuMs) / bare.spans).toFixed(2)} µs of CPU a span`,
);

for (const [what, policies, isDurable] of [
  ['four policies, in memory', usual, false],
  ['four policies, journal', usual, true],
  ['every trace kept, in memory', () => [named('all', alwaysSample())], false],
] as const) {
  const directory = mkdtempSync(join(tmpdir(), 'weft-bench-tail-'));
  let time = 0;
  let kept = 0;
  const meter = createMeter();
  const made = policies();
  const watch = createTailWatch(
    meter,
    'tail_sampling',
    made.map(({name}) => name),
  );
  const sampler = new TailSampler(
    {
      decisionWaitMs: waitMs,
      rootWaitMs: 0,
      numTraces: 1_000_000,
      maximumBytes: 2 ** 32,
      maximumTraceBytes: 0,
      maximumTraceSpans: 100_000,
      refuseOverflow: false,
      firstMatch: false,
      atIngest: false,
      keptCapacity: 50_000,
      notKeptCapacity: 50_000,
      overturns: true,
      atEnd: 'drop',
    },
    {
      policies: made,
      next: reads<'traces'>(async (batch) => void (kept += batch.spans.count)),
      watch,
      log: silentLog,
      now: () => time,
    },
  );
  const queue = await openQueueLog({directory, fsync: true});
  await sampler.start(new Journal(queue, silentLog), isDurable);
  const window: number[] = [];
  let held = 0;
  let share = 0;
  let buffers = 0;
  const arriving: Promise<void>[] = [];
  const sample = await run(
    async (batch) => {
      const done = sampler.consume(batch, {tenant: defaultTenant});
      if (!isDurable) return done;
      // As many senders as wait for the disk together.
      arriving.push(done);
      if (arriving.length >= 16) await Promise.all(arriving.splice(0));
    },
    async (bytes) => {
      await Promise.all(arriving.splice(0));
      window.push(bytes);
      time += 1000;
      const within = window.slice(-waitMs / 1000).reduce((sum, each) => sum + each, 0);
      if (window.length >= waitMs / 1000 && sampler.bytes / within > share) {
        share = sampler.bytes / within;
        held = sampler.bytes;
        buffers = process.memoryUsage().arrayBuffers;
      }
      await sampler.tick();
      await sampler.delivered();
    },
  );
  await sampler.stop();
  rmSync(directory, {recursive: true});
  const micros = (1000 * (sample.cpuMs - bare.cpuMs)) / sample.spans;
  console.log(
    `${what.padEnd(28)} ${mb(held)} held (${share.toFixed(2)} of what came; all buffers of the process ${mb(buffers)})  ${micros.toFixed(2)} µs a span  ${((100 * kept) / sample.spans).toFixed(1)} % kept`,
  );
}
