import {expect, test} from 'vitest';
import {kafkaError} from './stand-in-kafka-errors.ts';
import {Groups} from './stand-in-kafka-groups.ts';
import {Topics} from './stand-in-kafka-topics.ts';
import {recordBatch} from './testing-kafka.ts';

test('Kafka stand-in bounds: over its bound of bytes the largest partition loses its oldest records, the others none', () => {
  const one = recordBatch();
  const topics = new Topics(10 * one.length);
  topics.create('a', 2);
  const [busy, quiet] = topics.get('a')?.partitions ?? [];
  if (busy === undefined || quiet === undefined) throw new Error('two partitions were made');
  topics.append(quiet, one, true);
  for (let count = 0; count < 20; count++) expect(topics.append(busy, one, true).error).toBe(kafkaError.none);
  expect(busy.size + quiet.size).toBe(10 * one.length);
  expect([quiet.start, quiet.end, busy.start, busy.end]).toEqual([0n, 1n, 11n, 20n]);
});

test('Kafka stand-in bounds: records just stored stay, even where they alone are over the bound', () => {
  const topics = new Topics(1);
  topics.create('a', 1);
  const [log] = topics.get('a')?.partitions ?? [];
  if (log === undefined) throw new Error('a partition was made');
  for (const offset of [0n, 1n]) {
    expect(topics.append(log, recordBatch(), true)).toEqual({error: kafkaError.none, offset});
    expect([log.start, log.end]).toEqual([offset, offset + 1n]);
  }
});

test('Kafka stand-in bounds: partitions beyond 2,048 are refused, and a deleted topic gives its own back', () => {
  const topics = new Topics(1);
  expect(topics.create('a', 2_000)).toBe(kafkaError.none);
  expect(topics.create('b', 49)).toBe(kafkaError.policyViolation);
  expect(topics.create('b', 48)).toBe(kafkaError.none);
  expect(topics.grow('b', 49, false)).toBe(kafkaError.policyViolation);
  const a = topics.get('a');
  if (a !== undefined) topics.delete(a);
  expect(topics.grow('b', 49, false)).toBe(kafkaError.none);
});

test.each(['', '.', '..', 'a/b', 'ä', 'x'.repeat(250)])('Kafka stand-in bounds: topic name %j is refused', (name) => {
  expect(new Topics(1).create(name)).toBe(kafkaError.invalidTopic);
});

test('Kafka stand-in bounds: groups beyond 1,000 are refused unless some have neither members nor offsets', () => {
  const groups = new Groups();
  const commitIn = (name: string): void => {
    const group = groups.take(name);
    if (typeof group !== 'number') group.committed.set('t/0', {offset: 0n, metadata: ''});
  };
  for (let index = 0; index < 999; index++) commitIn(`g${index}`);
  groups.take('unused');
  commitIn('last');
  expect(groups.get('unused')).toBeUndefined();
  expect(groups.take('one-more')).toBe(kafkaError.groupMaxSizeReached);
});
