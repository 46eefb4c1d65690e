import {describe, expect, it} from 'vitest';
import {PermanentError, RetryableError} from '../base/index.ts';
import {emptyMap, parseYaml} from '../config/index.ts';
import type {ConsumeContext, SpanBatch} from '../model/index.ts';
import {reads, takeSpare, takes} from '../pipeline/index.ts';
import {contextOf, namesOf, spansNamed, testSettings} from '../pipeline/testing.ts';
import {batchProcessor} from './processor-batch.ts';

const quiet = {fault() {}, warn() {}, listens() {}, refers() {}};

/** A batch processor and what came out of it: `tenant: names` of each batch. */
function batcher(yaml: string, next: (batch: SpanBatch, context: ConsumeContext) => Promise<void> = async () => {}) {
  const node = parseYaml('', yaml, quiet) ?? emptyMap({source: '', line: 0, column: 0});
  const out: string[] = [];
  const processor = batchProcessor.create(
    testSettings(),
    batchProcessor.config.read(node, quiet),
    takes<'traces'>(async (batch, context) => {
      const metadata = [...(context.metadata ?? [])].map(([key, values]) => ` ${key}=${values}`).join('');
      out.push(`${context.tenant}${metadata}: ${namesOf(batch).join(' ')}`);
      await next(batch, context);
    }),
    'traces',
  );
  const {consumer} = processor;
  return {...processor, consume: (batch: SpanBatch, context: ConsumeContext) => consumer.consume(batch, context), out};
}

it('batch processor: merges until the size is reached, and only then answers', async () => {
  const {consume, out} = batcher('{send_batch_size: 4, timeout: 1s}');
  let answered = 0;
  const first = consume(spansNamed('a', 'b'), contextOf()).then(() => answered++);
  await new Promise((resolve) => setImmediate(resolve));
  expect([out, answered]).toEqual([[], 0]);
  await Promise.all([first, consume(spansNamed('c', 'd', 'e'), contextOf())]);
  expect([out, answered]).toEqual([['default: a b c d e'], 1]);
});

it('batch processor: sends what there is when the time is over', async () => {
  const {consume, out} = batcher('{timeout: 10ms}');
  await Promise.all([consume(spansNamed('a'), contextOf()), consume(spansNamed('b'), contextOf())]);
  expect(out).toEqual(['default: a b']);
});

it.each(['{timeout: 0s}', '{send_batch_size: 0}'])('batch processor: sends at once with %s', async (yaml) => {
  const {consume, out} = batcher(yaml);
  await Promise.all([consume(spansNamed('a'), contextOf()), consume(spansNamed('b'), contextOf())]);
  expect(out).toEqual(['default: a', 'default: b']);
});

it('batch processor: sends what there is when it stops, and waits for it', async () => {
  const {consume, stop, out} = batcher('{timeout: 1s}');
  const answer = consume(spansNamed('a'), contextOf());
  await stop?.();
  expect(out).toEqual(['default: a']);
  await answer;
});

it('batch processor: never merges tenants', async () => {
  const {consume, out} = batcher('{timeout: 10ms}');
  await Promise.all([consume(spansNamed('a'), contextOf('x')), consume(spansNamed('b'), contextOf('y'))]);
  expect(out).toEqual(['x: a', 'y: b']);
});

it('batch processor: keeps the values of metadata keys apart, and hands on what a batch has in common', async () => {
  const {consume, out} = batcher('{timeout: 10ms, metadata_keys: [Region]}');
  await Promise.all([
    consume(spansNamed('a'), contextOf('x', {region: 'eu', other: '1'})),
    consume(spansNamed('b'), contextOf('x', {region: 'us'})),
    consume(spansNamed('c'), contextOf('x', {region: 'eu', other: '2'})),
    consume(spansNamed('d'), contextOf('x', {region: ''})),
    consume(spansNamed('e'), contextOf('x')),
  ]);
  expect(out.toSorted()).toEqual(['x region=: d', 'x region=eu: a c', 'x region=us: b', 'x: e']);
});

it('batch processor: refuses more combinations at once than it may hold', async () => {
  const {consume, stop} = batcher('{timeout: 1s, metadata_keys: [k], metadata_cardinality_limit: 2}');
  const held = ['1', '2'].map((k) => consume(spansNamed('a'), contextOf('x', {k})));
  await expect(consume(spansNamed('a'), contextOf('x', {k: '3'}))).rejects.toThrow('more than 2 combinations of k');
  await stop?.();
  await Promise.all(held);
});

describe('batch processor: send_batch_max_size', () => {
  it('splits', async () => {
    const {consume, out} = batcher('{send_batch_size: 3, send_batch_max_size: 3}');
    await Promise.all([
      consume(spansNamed('a', 'b'), contextOf()),
      consume(spansNamed('c', 'd', 'e', 'f', 'g'), contextOf()),
    ]);
    expect(out).toEqual(['default: a b c', 'default: d e f', 'default: g']);
  });

  it('tells each sender what became of its own rows', async () => {
    const {consume} = batcher('{timeout: 10ms, send_batch_size: 100, send_batch_max_size: 100}', async (batch) => {
      if (namesOf(batch).includes('bad')) throw new PermanentError('bad', 'this one is bad');
    });
    const names = (prefix: string, count: number): string[] => Array.from({length: count}, (_, i) => `${prefix}${i}`);
    const answers = await Promise.allSettled([
      consume(spansNamed(...names('a', 90)), contextOf()),
      consume(spansNamed(...names('b', 120), 'bad'), contextOf()),
    ]);
    expect(answers.map((each) => each.status)).toEqual(['fulfilled', 'rejected']);
  });
});

it('batch processor: hands a refusal to everybody in the batch', async () => {
  const {consume} = batcher('{timeout: 10ms}', async () => {
    throw new RetryableError('full', 'the store is full', 1500);
  });
  const answers = await Promise.allSettled([
    consume(spansNamed('a'), contextOf()),
    consume(spansNamed('b'), contextOf()),
  ]);
  expect(answers.map((each) => each.status === 'rejected' && (each.reason as RetryableError).retryAfterMs)).toEqual([
    1500, 1500,
  ]);
});

it('batch processor: uses the memory of its batches again when those that read them are done', async () => {
  while (takeSpare('traces') !== undefined);
  const node = parseYaml('', '{send_batch_size: 5, send_batch_max_size: 3}', quiet)!;
  const out: string[][] = [];
  const next = reads<'traces'>(async (batch) => {
    await new Promise((resolve) => setImmediate(resolve));
    out.push(namesOf(batch as SpanBatch));
  });
  const config = batchProcessor.config.read(node, quiet);
  const {consumer} = batchProcessor.create(testSettings(), config, next, 'traces');
  const given = [spansNamed('a', 'b'), spansNamed('c', 'd', 'e')];
  await Promise.all(given.map(async (batch) => consumer.consume(batch as never, contextOf())));
  expect(out).toEqual([
    ['a', 'b', 'c'],
    ['d', 'e'],
  ]);
  for (const batch of given) expect(() => batch.spans.count).toThrow('its owner had taken it back');
  let spares = 0;
  for (; takeSpare('traces') !== undefined; spares++);
  // The two that came and the two pieces.
  expect(spares).toBe(4);
});

it('batch processor: a batch gets the memory that the one before it came to need, at once', async () => {
  const spare: number[] = [];
  const names = Array.from({length: 450}, (_, i) => `${i} ${'n'.repeat(90)}`);
  const {consume} = batcher('{send_batch_size: 1800, timeout: 1s}', async ({heap}) => {
    spare.push(heap.bytes.length - heap.length);
  });
  for (let round = 0; round < 2; round++) {
    await Promise.all(Array.from({length: 4}, () => consume(spansNamed(...names), contextOf())));
  }
  // The first one grows step by step, and has room left in the end.
  expect(spare).toEqual([expect.toSatisfy((left: number) => left > 0), 0]);
});
