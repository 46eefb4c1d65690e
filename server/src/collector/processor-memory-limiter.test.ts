import {expect, it} from 'vitest';
import {RetryableError} from '../base/index.ts';
import {createAdmission} from '../net/index.ts';
import {takes} from '../pipeline/index.ts';
import {contextOf, recordingLog, spansNamed, testSettings} from '../pipeline/testing.ts';
import {
  createMemoryLimiter,
  type MemoryLimiterConfig,
  type MemoryProbe,
  memoryLimiterProcessor,
} from './processor-memory-limiter.ts';
import {startTestCollector} from './testing.ts';

const mib = 2 ** 20;
const limits = (over: Partial<MemoryLimiterConfig>): MemoryLimiterConfig => ({
  check_interval: 1000,
  limit_mib: 0,
  spike_limit_mib: 0,
  limit_percentage: 0,
  spike_limit_percentage: 0,
  min_gc_interval_when_soft_limited: 10_000,
  min_gc_interval_when_hard_limited: 0,
  garbage_collector: {enabled: true},
  max_gc_interval_when_soft_limited: undefined,
  max_gc_interval_when_hard_limited: undefined,
  ...over,
});

/** Memory as the test says: `used` MiB, of which `garbage` MiB go with a collection. */
function memory(total = 1000) {
  const state = {used: 0, garbage: 0, heapUsed: 0, collections: 0};
  const probe: MemoryProbe = {
    total: total * mib,
    used: () => state.used * mib,
    heap: () => ({used: state.heapUsed, limit: 100}),
    collect() {
      state.collections++;
      state.used -= state.garbage;
      state.garbage = 0;
    },
  };
  return {state, probe};
}

const refuses = (limiter: {check(batch: ReturnType<typeof spansNamed>): void}): boolean => {
  try {
    limiter.check(spansNamed('a'));
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(RetryableError);
    return true;
  }
};

it.each([
  [{limit_mib: 100}, 79, 81],
  [{limit_mib: 100, spike_limit_mib: 50}, 49, 51],
  [{limit_percentage: 50}, 399, 401],
  [{limit_percentage: 50, spike_limit_percentage: 10}, 399, 401],
] as const)('%o: takes data at %i MiB and refuses it at %i MiB', (config, below, above) => {
  const {state, probe} = memory();
  const limiter = createMemoryLimiter(testSettings(), limits(config), probe);
  state.used = below;
  limiter.tick();
  expect(refuses(limiter)).toBe(false);
  state.used = above;
  limiter.tick();
  expect(refuses(limiter)).toBe(true);
  state.used = below;
  limiter.tick();
  expect(refuses(limiter)).toBe(false);
});

it('memory limiter: collects garbage before it refuses', () => {
  const {state, probe} = memory();
  const limiter = createMemoryLimiter(testSettings(), limits({limit_mib: 100}), probe);
  Object.assign(state, {used: 95, garbage: 40});
  limiter.tick();
  expect([state.collections, refuses(limiter)]).toEqual([1, false]);
});

it('memory limiter: with `garbage_collector: {enabled: false}` refuses without a collection', () => {
  const {state, probe} = memory();
  const limiter = createMemoryLimiter(
    testSettings(),
    limits({limit_mib: 100, garbage_collector: {enabled: false}}),
    probe,
  );
  Object.assign(state, {used: 95, garbage: 40});
  limiter.tick();
  expect([state.collections, refuses(limiter)]).toEqual([0, true]);
});

it('memory limiter: does not collect without end while it does not help', () => {
  const {state, probe} = memory();
  let now = 0;
  const limiter = createMemoryLimiter(testSettings(), limits({limit_mib: 100}), probe, () => now);
  state.used = 85;
  for (; now < 30_000; now += 1000) limiter.tick();
  expect(state.collections).toBe(3);
});

it('memory limiter: counts what the receivers have taken since the last measurement', () => {
  const admission = createAdmission(100 * mib);
  const {state, probe} = memory();
  const limiter = createMemoryLimiter(testSettings({admission}), limits({limit_mib: 100}), probe);
  state.used = 70;
  limiter.tick();
  const lease = admission.open();
  lease.take(20 * mib);
  expect(refuses(limiter)).toBe(true);
  lease.close();
  expect(refuses(limiter)).toBe(false);
});

it("memory limiter: refuses when V8's own heap is nearly full, whatever the limit", () => {
  const {state, probe} = memory();
  const limiter = createMemoryLimiter(testSettings(), limits({limit_mib: 100}), probe);
  state.heapUsed = 86;
  limiter.tick();
  expect(refuses(limiter)).toBe(true);
});

it('memory limiter: says once that it begins and once that it ends', () => {
  const log = recordingLog();
  const {state, probe} = memory();
  const limiter = createMemoryLimiter(testSettings({log}), limits({limit_mib: 100}), probe);
  for (const used of [85, 86, 50, 51]) {
    state.used = used;
    limiter.tick();
  }
  expect(log.lines.map(({level, message}) => `${level}: ${message}`)).toEqual([
    'warn: memory is above its soft limit: data is refused until it falls',
    'info: memory is back within its limits',
  ]);
});

it('measures the real process: with a limit of 1 MiB a sender is told to come back', async () => {
  await using collector = await startTestCollector({
    sets: ['processors.memory_limiter.limit_mib=1', 'processors.memory_limiter.spike_limit_percentage=0'],
  });
  const answer = await fetch(`http://${collector.endpoints.otlp_http}/v1/traces`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({
      resourceSpans: [{scopeSpans: [{spans: [{traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), name: 'x'}]}]}],
    }),
  });
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await answer.json()).toMatchObject({code: 14, message: 'the server is short of memory; try again later'});
  expect(collector.count('otelcol_receiver_refused_spans', {reason: 'memory_limit'})).toBe(1);
  expect(collector.traces).toEqual([]);
});

it('memory limiter: passes batches on as they are', async () => {
  const {probe} = memory();
  const taken: unknown[] = [];
  expect(probe.total).toBeGreaterThan(0);
  const next = async (batch: unknown): Promise<void> => void taken.push(batch);
  const processor = memoryLimiterProcessor.create(
    testSettings(),
    limits({limit_mib: 1_000_000}),
    takes(next),
    'traces',
  );
  const batch = spansNamed('a');
  await processor.start?.();
  await processor.consumer.consume(batch, contextOf());
  await processor.stop?.();
  expect(taken).toEqual([batch]);
});
