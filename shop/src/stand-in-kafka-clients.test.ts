/** A client of Kafka's newest versions beside KafkaJS, whose versions are old; `e2e/kafka` has those of other languages. */
import {
  Admin,
  type CompressionAlgorithmValue,
  Consumer,
  type Message,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import {Kafka, logLevel} from 'kafkajs';
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';
import {startKafkaStandIn} from './stand-in-kafka.ts';

let broker: Awaited<ReturnType<typeof startKafkaStandIn>>;
const open: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  broker = await startKafkaStandIn();
});
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});
afterAll(() => broker.close());

const base = () => ({clientId: 'platformatic', bootstrapBrokers: [broker.brokers]});
function producerOf(options: {idempotent?: boolean} = {}) {
  const producer = new Producer({...base(), serializers: stringSerializers, autocreateTopics: true, ...options});
  open.push(() => producer.close());
  return producer;
}
type Texts = Message<string, string, string, string>;

/** Joins the group and gives what it reads, until it is closed. */
async function consume(groupId: string, topic: string, instance?: string) {
  const consumer = new Consumer({
    ...base(),
    groupId,
    deserializers: stringDeserializers,
    heartbeatInterval: 100,
    maxWaitTime: 100,
    ...(instance === undefined ? {} : {groupInstanceId: instance}),
  });
  const got: Texts[] = [];
  const stream = await consumer.consume({
    topics: [topic],
    mode: 'committed',
    fallbackMode: 'earliest',
    autocommit: false,
  });
  stream.on('data', (message) => void got.push(message));
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    await consumer.close(true);
  };
  open.push(close);
  return {got, close, assigned: () => consumer.assignments?.flatMap(({partitions}) => partitions).length ?? 0};
}

const compressions: readonly CompressionAlgorithmValue[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
test('Kafka stand-in: batches of each compression reach consumers with key, value and headers as they were sent', async () => {
  const producer = producerOf();
  for (const compression of compressions) {
    const value = `${compression} `.repeat(100);
    await producer.send({
      messages: [{topic: 'packed', partition: 1, key: 'k', value, headers: {h: compression}}],
      compression,
    });
  }
  const {got} = await consume('packed-group', 'packed');
  await expect.poll(() => got.length).toBe(compressions.length);
  expect(
    got.map(({key, value, headers, partition, offset}) => ({key, value, h: headers.get('h'), partition, offset})),
  ).toEqual(
    compressions.map((h, index) => ({key: 'k', value: `${h} `.repeat(100), h, partition: 1, offset: BigInt(index)})),
  );
});

test('Kafka stand-in: an idempotent producer of the newest versions delivers each message once', async () => {
  const producer = producerOf({idempotent: true});
  for (const value of ['a', 'b', 'c']) await producer.send({messages: [{topic: 'once', partition: 0, value}]});
  const {got} = await consume('once-group', 'once');
  await expect.poll(() => got.map(({value}) => value)).toEqual(['a', 'b', 'c']);
});

test('Kafka stand-in: a group of the newest versions goes on from its committed offset', async () => {
  const producer = producerOf();
  await producer.send({messages: [{topic: 'resumed', partition: 2, value: 'before'}]});
  const first = await consume('resumed-group', 'resumed');
  await expect.poll(() => first.got.length).toBe(1);
  await first.got[0]?.commit();
  await first.close();
  await producer.send({messages: [{topic: 'resumed', partition: 2, value: 'after'}]});
  const second = await consume('resumed-group', 'resumed');
  await expect.poll(() => second.got.length).toBeGreaterThan(0);
  expect(second.got.map(({value, offset}) => ({value, offset}))).toEqual([{value: 'after', offset: 1n}]);
});

test('Kafka stand-in: two members share the partitions, and one that leaves gives its share to the other', async () => {
  await producerOf().send({messages: [{topic: 'shared', partition: 0, value: 'x'}]});
  const [one, other] = await Promise.all([consume('shared-group', 'shared'), consume('shared-group', 'shared')]);
  await expect.poll(() => [one.assigned(), other.assigned()].sort()).toEqual([1, 2]);
  await other.close();
  await expect.poll(() => one.assigned()).toBe(3);
});

test('Kafka stand-in: a KafkaJS member and a member of the newest versions consume what the other produced', async () => {
  const kafka = new Kafka({clientId: 'kafkajs', brokers: [broker.brokers], logLevel: logLevel.NOTHING});
  const producer = kafka.producer();
  const consumer = kafka.consumer({groupId: 'mixed-kafkajs', maxWaitTimeInMs: 100});
  open.push(
    () => producer.disconnect(),
    () => consumer.disconnect(),
  );
  await producer.connect();
  await producer.send({topic: 'mixed', messages: [{partition: 0, value: 'old', headers: {h: '1'}}]});
  await producerOf().send({messages: [{topic: 'mixed', partition: 0, value: 'new', headers: {h: '2'}}]});
  const got: unknown[] = [];
  await consumer.connect();
  await consumer.subscribe({topic: 'mixed', fromBeginning: true});
  await consumer.run({eachMessage: async ({message}) => void got.push([`${message.value}`, `${message.headers?.h}`])});
  const expected = [
    ['old', '1'],
    ['new', '2'],
  ];
  await expect.poll(() => got).toEqual(expected);
  const other = await consume('mixed-platformatic', 'mixed');
  await expect.poll(() => other.got.map(({value, headers}) => [value, headers.get('h')])).toEqual(expected);
});

test('Kafka stand-in: topics can be made, grown, asked for by offset and time, and deleted', async () => {
  const admin = new Admin(base());
  open.push(() => admin.close());
  const [made] = await admin.createTopics({topics: ['admin'], partitions: 2, replicas: 1});
  expect(made).toMatchObject({name: 'admin', partitions: 2});
  await admin.createPartitions({topics: [{name: 'admin', count: 4, assignments: []}]});
  const producer = producerOf();
  for (const [compression, timestamp] of [
    ['none', 1_000n],
    ['gzip', 2_000n],
    ['zstd', 3_000n],
  ] as const)
    await producer.send({
      messages: [0n, 1n].map((later) => ({topic: 'admin', partition: 3, value: 'x', timestamp: timestamp + later})),
      compression,
    });
  const at = async (timestamp: bigint): Promise<bigint | undefined> => {
    const [topic] = await admin.listOffsets({topics: [{name: 'admin', partitions: [{partitionIndex: 3, timestamp}]}]});
    return topic?.partitions[0]?.offset;
  };
  const offsets = await Promise.all([-2n, -1n, 0n, 1_000n, 1_001n, 1_002n, 2_001n, 3_001n, 3_002n].map(at));
  expect(offsets).toEqual([0n, 6n, 0n, 0n, 1n, 2n, 3n, 5n, -1n]);
  await admin.deleteTopics({topics: ['admin']});
  expect(await admin.listTopics()).not.toContain('admin');
});

test('Kafka stand-in: groups can be listed, described and deleted once they are empty', async () => {
  const admin = new Admin(base());
  open.push(() => admin.close());
  await producerOf().send({messages: [{topic: 'described', partition: 0, value: 'x'}]});
  const member = await consume('described-group', 'described', 'static-1');
  await expect.poll(() => member.got.length).toBe(1);
  expect([...(await admin.listGroups()).keys()]).toContain('described-group');
  const group = (await admin.describeGroups({groups: ['described-group']})).get('described-group');
  expect([...(group?.members.values() ?? [])]).toMatchObject([{clientId: 'platformatic', groupInstanceId: 'static-1'}]);
  await expect(admin.deleteGroups({groups: ['described-group']})).rejects.toThrow();
  await member.close();
  await expect.poll(async () => (await admin.listGroups()).get('described-group')?.state).toMatch(/empty/i);
  await admin.deleteGroups({groups: ['described-group']});
  expect([...(await admin.listGroups()).keys()]).not.toContain('described-group');
});
