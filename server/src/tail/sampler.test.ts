import {cpSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, expect, test} from 'vitest';
import {PermanentError, RetryableError} from '../base/index.ts';
import {recordingLog} from '../pipeline/testing.ts';
import {
  alwaysSample,
  drop,
  type NamedPolicy,
  numericAttribute,
  rateLimiting,
  spanCount,
  statusCode,
  stringAttribute,
} from './index.ts';
import {idsOf, startTestSampler, type TestSpan} from './testing.ts';

const named = (name: string, policy: NamedPolicy['policy'], isDrop = false): NamedPolicy => ({name, policy, isDrop});
const errors = (): NamedPolicy => named('errors', statusCode([2]));
const everything = (): NamedPolicy => named('everything', alwaysSample());

/** A root and one span below it; `status` is of the latter. */
const trace = (number: number, status = 0): TestSpan[] => [
  {trace: number, span: 1},
  {trace: number, span: 2, parent: 1, status, service: 'other'},
];

const directories: string[] = [];
const newDirectory = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'weft-tail-'));
  directories.push(made);
  return made;
};
afterAll(() => {
  for (const each of directories) rmSync(each, {recursive: true, force: true});
});

test('tail sampling: a trace is decided as a whole when its time is up', async () => {
  const at = await startTestSampler([errors()]);
  const [root, below] = trace(1, 2) as [TestSpan, TestSpan];
  await at.send([root, ...trace(2)]);
  await at.pass(900);
  await at.send([below]);
  expect(at.out).toEqual([]);
  await at.pass(100);
  expect(idsOf(at.out)).toEqual(['1/1', '1/2']);
  expect(at.count('global_count_traces_sampled', {decision: 'sampled'})).toBe(1);
  expect(at.count('global_count_traces_sampled', {decision: 'not_sampled'})).toBe(1);
  expect(at.count('count_traces_sampled', {policy: 'errors', sampled: 'true'})).toBe(1);
  expect(at.count('count_spans_sampled', {policy: 'errors', sampled: 'false'})).toBe(2);
  expect(at.count('new_trace_id_received')).toBe(2);
  expect(at.count('sampling_traces_on_memory')).toBe(0);
});

test('tail sampling: a trace is decided soon after its root has come', async () => {
  const at = await startTestSampler([everything()], {decisionWaitMs: 30_000, rootWaitMs: 500});
  await at.send([
    {trace: 1, span: 2, parent: 1},
    {trace: 2, span: 2, parent: 1},
  ]);
  await at.pass(1000);
  await at.send([{trace: 1, span: 1}]);
  await at.pass(499);
  expect(at.out).toEqual([]);
  await at.pass(1);
  expect(idsOf(at.out)).toEqual(['1/1', '1/2']);
  await at.pass(28_500);
  expect(idsOf(at.out)).toEqual(['1/1', '1/2', '2/2']);
});

test('tail sampling: one batch a tick and tenant, whose traces are other traces', async () => {
  const at = await startTestSampler([errors()]);
  for (let i = 0; i < 10; i++) await at.send(trace(i, 2), 'a');
  await at.send(trace(1), 'b');
  await at.send(trace(2, 2), 'b');
  await at.pass(1000);
  expect(at.batches).toBe(2);
  expect(idsOf(at.out.filter(({tenant}) => tenant === 'a'))).toHaveLength(20);
  expect(idsOf(at.out.filter(({tenant}) => tenant === 'b'))).toEqual(['2/1', '2/2']);
});

test('tail sampling: spans say which policy kept them, and how likely that was', async () => {
  const at = await startTestSampler([errors(), everything()]);
  await at.send([
    ...trace(1, 2),
    ...trace(2).map((span) => ({...span, traceState: 'vendor=1,ot=th:8;rv:ffffffffffffff'})),
  ]);
  await at.pass(1000);
  const of = (id: string) => at.out.find((each) => each.id === id);
  expect(of('1/1')).toMatchObject({traceState: 'ot=th:0', attributes: {'tailsampling.policy': 'errors'}});
  expect(of('2/1')?.attributes).toEqual({'tailsampling.policy': 'everything'});
  expect(of('2/2')?.traceState).toBe('ot=rv:ffffffffffffff;th:8,vendor=1');
});

test('tail sampling: a tracestate that cannot be read stays as it is, and is counted', async () => {
  const at = await startTestSampler([everything()]);
  await at.send([{trace: 1, span: 1, traceState: 'no list'}]);
  await at.pass(1000);
  expect(at.out[0]?.traceState).toBe('no list');
  expect(at.count('count_spans_with_unparseable_tracestate')).toBe(1);
});

test('tail sampling: late spans follow the decision', async () => {
  const at = await startTestSampler([errors()]);
  await at.send([...trace(1, 2), ...trace(2)]);
  await at.pass(1000);
  await at.send([
    {trace: 1, span: 3},
    {trace: 2, span: 3},
  ]);
  await at.send([{trace: 1, span: 4}]);
  await at.pass(3000);
  expect(idsOf(at.out)).toEqual(['1/1', '1/2', '1/3', '1/4']);
  expect(at.out.find(({id}) => id === '1/3')?.attributes).toEqual({
    'tailsampling.policy': 'errors',
    'tailsampling.cached_decision': true,
  });
  expect(at.count('early_releases_from_cache_decision', {sampled: 'true'})).toBe(2);
  expect(at.count('early_releases_from_cache_decision', {sampled: 'false'})).toBe(1);
});

test('tail sampling: a late error overturns a no, for itself and for what follows', async () => {
  const at = await startTestSampler([errors()]);
  await at.send([...trace(1), ...trace(2)]);
  await at.pass(1000);
  await at.send([
    {trace: 1, span: 3},
    {trace: 1, span: 4, status: 2},
    {trace: 2, span: 3},
  ]);
  await at.send([{trace: 1, span: 5}]);
  await at.pass(1000);
  expect(idsOf(at.out)).toEqual(['1/3', '1/4', '1/5']);
});

test('tail sampling: an error that is being written while its trace is decided overturns the decision too', async () => {
  const at = await startTestSampler([errors()], {}, {directory: newDirectory(), isDurable: true});
  await at.send(trace(1));
  const sent = at.send([{trace: 1, span: 3, status: 2}]);
  await at.pass(1000);
  await sent;
  await at.pass(1000);
  expect(idsOf(at.out)).toContain('1/3');
  await at.stop();
});

test('tail sampling: what a drop policy dropped, and without overturning a no, stays dropped', async () => {
  const late = [{trace: 1, span: 3, status: 2}];
  const dropping = drop([numericAttribute({key: 'drop', min: 1, max: 1, inverted: false})]);
  const dropped = await startTestSampler([errors(), named('drop', dropping, true)]);
  await dropped.send([{trace: 1, span: 1, status: 2, attributes: {drop: 1}}]);
  await dropped.pass(1000);
  await dropped.send(late);
  await dropped.pass(1000);
  expect(dropped.out).toEqual([]);
  expect(dropped.count('count_traces_sampled', {policy: 'drop', decision: 'dropped'})).toBe(1);
  const following = await startTestSampler([errors()], {overturns: false});
  await following.send(trace(1));
  await following.pass(1000);
  await following.send(late);
  await following.pass(1000);
  expect(following.out).toEqual([]);
});

test('tail sampling: precedence of inverted matches', async () => {
  const inverted = named(
    'not health',
    stringAttribute({key: 'path', values: ['/health'], cacheSize: 1, inverted: true}),
  );
  const at = await startTestSampler([inverted, errors()]);
  const span = (number: number, path: string, status: number): TestSpan => ({
    trace: number,
    span: 1,
    status,
    attributes: {path},
  });
  await at.send([span(1, '/health', 2), span(2, '/orders', 2), span(3, '/orders', 0)]);
  await at.pass(1000);
  // 1: vetoed. 2: sampled. 3: the inverted match alone would do, but another policy says no.
  expect(idsOf(at.out)).toEqual(['2/1']);
  const alone = await startTestSampler([inverted]);
  await alone.send([span(1, '/health', 0), span(3, '/orders', 0)]);
  await alone.pass(1000);
  expect(idsOf(alone.out)).toEqual(['3/1']);
});

test('tail sampling: a policy that cannot be evaluated says nothing, and is counted', async () => {
  const broken = named('broken', {
    evaluate() {
      throw new Error('no such function');
    },
  });
  const log = recordingLog();
  const at = await startTestSampler([broken, errors()], {}, {log});
  await at.send(trace(1, 2));
  await at.pass(1000);
  expect(idsOf(at.out)).toEqual(['1/1', '1/2']);
  expect(at.count('sampling_policy_evaluation_error')).toBe(1);
  expect(log.lines).toHaveLength(1);
});

test('tail sampling: more traces than may wait are decided early, the oldest first, and never dropped', async () => {
  const at = await startTestSampler([everything()], {numTraces: 10});
  for (let i = 0; i < 25; i++) await at.send(trace(i));
  await at.sampler.delivered();
  await at.pass(0);
  expect(idsOf(at.out).slice(0, 2)).toEqual(['0/1', '0/2']);
  expect(at.count('sampling_trace_dropped_too_early')).toBe(15);
  await at.pass(1000);
  expect(idsOf(at.out)).toHaveLength(50);
});

test('tail sampling: with block_on_overflow it refuses, retryably, and takes spans of traces that wait', async () => {
  const at = await startTestSampler([everything()], {numTraces: 2, refuseOverflow: true});
  await at.send(trace(1));
  await at.send(trace(2));
  await expect(at.send(trace(3))).rejects.toBeInstanceOf(RetryableError);
  await at.send([{trace: 1, span: 3}]);
  await at.pass(1000);
  await at.send(trace(3));
  await at.pass(1000);
  expect(idsOf(at.out)).toHaveLength(7);
});

test('tail sampling: memory stays within its bound, and the oldest traces are decided for it', async () => {
  const maximumBytes = 1 << 20;
  const at = await startTestSampler([errors()], {maximumBytes});
  const big = 'x'.repeat(4000);
  let most = 0;
  for (let i = 0; i < 1000; i++) {
    await at.send([{trace: i, span: 1, attributes: {big}, status: i % 10 === 0 ? 2 : 0}]);
    most = Math.max(most, at.sampler.bytes);
  }
  expect(most).toBeLessThanOrEqual(maximumBytes);
  await at.pass(1000);
  expect(idsOf(at.out)).toHaveLength(100);
});

test('tail sampling: a trace that is too large is left out, and its late spans with it', async () => {
  const at = await startTestSampler([everything()], {maximumTraceBytes: 1000});
  const span = (number: number): TestSpan => ({trace: 1, span: number, attributes: {big: 'x'.repeat(400)}});
  await at.send([span(1), ...trace(2)]);
  await at.send([span(2), span(3), span(4)]);
  await at.send([span(5)]);
  await at.pass(1000);
  expect(idsOf(at.out)).toEqual(['2/1', '2/2']);
  expect(at.count('traces_dropped_too_large')).toBe(1);
  expect(at.count('sampling_traces_on_memory')).toBe(0);
});

test('tail sampling: a trace that does not end is decided, and comes out in parts', async () => {
  const disk = {directory: newDirectory(), isDurable: true};
  const at = await startTestSampler([everything()], {maximumTraceSpans: 9000}, disk);
  const request = (from: number): TestSpan[] => Array.from({length: 2500}, (_, i) => ({trace: 1, span: from + i}));
  for (let from = 0; from < 10_000; from += 2500) await at.send(request(from));
  await at.pass(0);
  // 9,000 spans are more than a batch holds; the others came late.
  expect(at.batches).toBe(2);
  expect(new Set(at.out.map(({id}) => id)).size).toBe(10_000);
  expect(at.out).toHaveLength(10_000);
  expect(at.sampler.held).toBe(0);
  await at.stop();
});

test('tail sampling: what is refused for now waits, and nothing is lost', async () => {
  const at = await startTestSampler([everything()], {maximumBytes: 1 << 20});
  at.refuse(new RetryableError('full', 'later', 1));
  await at.send(trace(1));
  await at.pass(1000);
  expect(at.out).toEqual([]);
  at.refuse(undefined);
  await expect.poll(() => idsOf(at.out)).toEqual(['1/1', '1/2']);
});

test('tail sampling: what is refused for ever is counted', async () => {
  const at = await startTestSampler([everything()]);
  at.refuse(new PermanentError('bad', 'never'));
  await at.send(trace(1));
  await at.pass(1000);
  const lost = at.meter.read().find(({name}) => name === 'weft_processor_tail_sampling_lost_spans');
  expect(lost).toMatchObject({series: [{labels: {reason: 'refused'}, value: 2}]});
});

test('tail sampling: while those behind refuse, a full sampler refuses too', async () => {
  const at = await startTestSampler([everything()], {maximumBytes: 1 << 20});
  at.refuse(new RetryableError('full', 'later', 60_000));
  const fill = async (): Promise<void> => {
    for (let i = 0; i < 1000; i++) await at.send([{trace: i, span: 1, attributes: {big: 'x'.repeat(4000)}}]);
  };
  await expect(fill()).rejects.toBeInstanceOf(RetryableError);
  expect(at.sampler.bytes).toBeLessThan(3 << 20);
  await at.stop();
});

test.each([true, false])(
  'tail sampling: what waits at the end is decided by the next process (durable: %s)',
  async (isDurable) => {
    const disk = {directory: newDirectory(), isDurable};
    const first = await startTestSampler([errors()], {}, disk);
    const [root, below] = trace(1, 2) as [TestSpan, TestSpan];
    await first.send([{trace: 9, span: 1, status: 2}]);
    await first.pass(900);
    await first.send([root], 'a');
    await first.send(trace(2), 'b');
    await first.pass(100);
    await first.stop();
    expect(idsOf(first.out)).toEqual(['9/1']);
    const second = await startTestSampler([errors()], {}, disk);
    await second.send([below], 'a');
    await second.pass(1000);
    expect(idsOf(second.out)).toEqual(['1/1', '1/2']);
    expect(second.out[0]?.tenant).toBe('a');
    await second.stop();
    const third = await startTestSampler([everything()], {}, disk);
    await third.pass(2000);
    expect(third.out).toEqual([]);
    await third.stop();
  },
);

test('tail sampling: what nobody takes at the end is handed on by the next process', async () => {
  const log = recordingLog();
  const disk = {directory: newDirectory(), isDurable: true, log};
  const first = await startTestSampler([everything()], {}, disk);
  first.refuse(new RetryableError('full', 'later', 60_000));
  await first.send(trace(1));
  await first.pass(1000);
  await first.stop();
  expect(log.lines.map(({message}) => message)).toContain(
    'kept traces that nobody takes now wait on disk for the next start',
  );
  const second = await startTestSampler([everything()], {}, disk);
  await second.pass(1000);
  expect(idsOf(second.out)).toEqual(['1/1', '1/2']);
  await second.stop();
});

test('tail sampling: after a kill what waited is back, and what was decided is not', async () => {
  const disk = {directory: newDirectory(), isDurable: true};
  const first = await startTestSampler([errors()], {}, disk);
  // One request holds spans of four traces: two are decided, two wait.
  await first.send([...trace(1, 2), ...trace(2)]);
  await first.pass(500);
  await first.send([...trace(3, 2), ...trace(4), {trace: 1, span: 3}, {trace: 2, span: 3}]);
  await first.pass(500);
  expect(idsOf(first.out)).toEqual(['1/1', '1/2', '1/3']);
  await first.sampler.settled();
  // As a kill leaves the disk.
  const left = newDirectory();
  cpSync(disk.directory, left, {recursive: true});
  await first.stop();
  const second = await startTestSampler([errors()], {}, {...disk, directory: left});
  await second.send([
    {trace: 1, span: 4},
    {trace: 2, span: 4},
  ]);
  await second.pass(1000);
  expect(idsOf(second.out)).toEqual(['1/4', '3/1', '3/2']);
  await second.stop();
});

test('tail sampling: after a kill, a trace that was refused is back although late spans of it were delivered', async () => {
  const disk = {directory: newDirectory(), isDurable: true};
  const first = await startTestSampler([everything()], {}, disk);
  first.refuse(new RetryableError('full', 'later', 60_000));
  await first.send([...trace(1), ...trace(2)]);
  await first.pass(1000);
  first.refuse(undefined);
  for (const span of [3, 4]) {
    await first.send([{trace: 1, span}]);
    await first.pass(1);
  }
  expect(idsOf(first.out)).toEqual(['1/3', '1/4']);
  await first.sampler.settled();
  const left = newDirectory();
  cpSync(disk.directory, left, {recursive: true});
  await first.stop();
  const second = await startTestSampler([everything()], {}, {...disk, directory: left});
  await second.pass(1000);
  expect(idsOf(second.out)).toEqual(['1/1', '1/2', '2/1', '2/2']);
  await second.stop();
});

test('tail sampling: after a kill, late errors that overturned a decision and were refused are back', async () => {
  const disk = {directory: newDirectory(), isDurable: true};
  const first = await startTestSampler([errors()], {}, disk);
  await first.send(trace(1));
  await first.pass(500);
  await first.send(trace(2));
  await first.pass(500);
  first.refuse(new RetryableError('full', 'later', 60_000));
  await first.send([{trace: 1, span: 3, status: 2}]);
  await first.pass(1);
  expect(first.out).toEqual([]);
  await first.sampler.settled();
  const left = newDirectory();
  cpSync(disk.directory, left, {recursive: true});
  await first.stop();
  const second = await startTestSampler([errors()], {}, {...disk, directory: left});
  await second.pass(1000);
  expect(idsOf(second.out)).toEqual(['1/3']);
  await second.stop();
});

test('tail sampling: at the end it can decide what waits, or drop and count it', async () => {
  const deciding = await startTestSampler([errors()], {atEnd: 'decide'});
  await deciding.send([...trace(1, 2), ...trace(2)]);
  await deciding.stop();
  expect(idsOf(deciding.out)).toEqual(['1/1', '1/2']);
  const dropping = await startTestSampler([errors()], {atEnd: 'drop'});
  await dropping.send(trace(1, 2));
  await dropping.stop();
  expect(dropping.out).toEqual([]);
  const lost = dropping.meter.read().find(({name}) => name === 'weft_processor_tail_sampling_lost_spans');
  expect(lost).toMatchObject({series: [{labels: {reason: 'shutdown'}, value: 2}]});
});

test('tail sampling: with the first match no limiter behind it spends anything', async () => {
  const policies = [errors(), named('limit', rateLimiting('limit', 2, 2))];
  const at = await startTestSampler(policies, {firstMatch: true});
  await at.send([...trace(1, 2), ...trace(2)]);
  await at.pass(1000);
  expect(idsOf(at.out)).toEqual(['1/1', '1/2', '2/1', '2/2']);
});

test('tail sampling: at ingest, a request that a policy says yes to keeps its trace at once, and what came before with it', async () => {
  const at = await startTestSampler([errors()], {atIngest: true});
  const [root, below] = trace(1, 2) as [TestSpan, TestSpan];
  await at.send([root, ...trace(2)]);
  await at.pass(1);
  expect(at.out).toEqual([]);
  await at.send([below]);
  await at.pass(1);
  expect(idsOf(at.out)).toEqual(['1/1', '1/2']);
  await at.send([{trace: 1, span: 3, parent: 1}]);
  await at.pass(1);
  expect(idsOf(at.out)).toEqual(['1/1', '1/2', '1/3']);
  // The other one has come to its end undecided, and no policy is asked about it.
  await at.pass(1000);
  expect(at.count('global_count_traces_sampled', {decision: 'sampled'})).toBe(1);
  expect(at.count('global_count_traces_sampled', {decision: 'not_sampled'})).toBe(1);
  expect(at.count('count_traces_sampled', {policy: 'errors'})).toBe(3);
  expect(at.count('sampling_traces_on_memory')).toBe(0);
});

test('tail sampling: at ingest, each request is judged by itself, and neither inverted policies nor any beside a drop keep', async () => {
  const two = named('two', spanCount(2, 0));
  const at = await startTestSampler([two], {atIngest: true});
  const [root, below] = trace(1) as [TestSpan, TestSpan];
  await at.send([root]);
  await at.send([below]);
  await at.send(trace(2));
  await at.pass(1000);
  expect(idsOf(at.out)).toEqual(['2/1', '2/2']);

  const inverted = stringAttribute({key: 'k', values: ['no'], cacheSize: 1, inverted: true});
  const unsure = await startTestSampler([named('inverted', inverted)], {atIngest: true});
  await unsure.send(trace(1));
  await unsure.pass(1000);
  expect(unsure.out).toEqual([]);

  const dropping = await startTestSampler([named('gone', drop([statusCode([2])]), true), everything()], {
    atIngest: true,
  });
  await dropping.send([...trace(1), ...trace(2, 2)]);
  await dropping.pass(1);
  expect(dropping.count('global_count_traces_sampled', {decision: 'dropped'})).toBe(1);
  await dropping.pass(1000);
  expect(dropping.out).toEqual([]);
  expect(dropping.count('global_count_traces_sampled', {decision: 'not_sampled'})).toBe(1);
});

test('tail sampling: at ingest, a trace that was kept and not handed on any more is kept after a restart', async () => {
  const directory = newDirectory();
  const first = await startTestSampler([errors()], {atIngest: true}, {directory, isDurable: true});
  first.refuse(new RetryableError('full', 'later'));
  await first.send([...trace(1, 2), ...trace(2)]);
  await first.sampler.settled();
  const copy = newDirectory();
  cpSync(directory, copy, {recursive: true});
  await first.stop();
  const second = await startTestSampler([errors()], {atIngest: true}, {directory: copy, isDurable: true});
  await second.pass(1);
  expect(idsOf(second.out)).toEqual(['1/1', '1/2']);
  await second.pass(1000);
  expect(second.count('global_count_traces_sampled', {decision: 'not_sampled'})).toBe(1);
  await second.stop();
});
