/** The Kafka receiver on the shop's stand-in for a broker; `e2e/kafka/weft.test.ts` has it on Apache Kafka. */
import {Consumer, Producer} from '@platformatic/kafka';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {startKafkaStandIn} from '../../../shop/src/stand-in-kafka.ts';
import {PermanentError, RetryableError, utf8} from '../base/index.ts';
import {type LogBatch, readAttributes, readValue} from '../model/index.ts';
import {recordingLog} from '../pipeline/testing.ts';
import {startTestCollector, type TestCollector} from './testing.ts';
import {requestOf, servicesOf} from './testing-contract.ts';

let broker: Awaited<ReturnType<typeof startKafkaStandIn>>;
let producer: Producer;
beforeAll(async () => {
  broker = await startKafkaStandIn();
  producer = new Producer({clientId: 'test', bootstrapBrokers: [broker.brokers], autocreateTopics: true});
});
afterAll(async () => {
  await producer.close();
  await broker.close();
});

let topics = 0;
/** A topic that is there, with the stand-in's partitions. */
async function newTopic(): Promise<string> {
  const topic = `topic-${++topics}`;
  await producer.metadata({topics: [topic], autocreateTopics: true});
  return topic;
}

interface Sent {
  readonly value: Uint8Array | string;
  readonly partition?: number;
  readonly headers?: Readonly<Record<string, string>>;
}
const send = (topic: string, ...messages: readonly Sent[]) =>
  producer.send({
    acks: -1,
    messages: messages.map(({value, partition = 0, headers = {}}) => ({
      topic,
      partition,
      value: Buffer.from(value),
      headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
    })),
  });

const traces = (...services: readonly string[]): Sent => ({value: requestOf('traces', services)});

const start = (
  kafka: string,
  options: Omit<NonNullable<Parameters<typeof startTestCollector>[0]>, 'yaml'> & {readonly signal?: string} = {},
): Promise<TestCollector> => {
  const {signal = 'traces', ...rest} = options;
  const quick = {max_fetch_wait: '10ms', error_backoff: '{initial_interval: 1ms}', autocommit: '{interval: 20ms}'};
  for (const [key, value] of Object.entries(quick)) if (!kafka.includes(key)) kafka += `, ${key}: ${value}`;
  return startTestCollector({
    yaml: `receivers: {kafka: {brokers: ["${broker.brokers}"], initial_offset: earliest, ${kafka}}}
exporters: {weft: }
service: {pipelines: {${signal}: {receivers: [kafka], exporters: [weft]}}}`,
    ...rest,
  });
};

const services = ({traces: batches}: TestCollector): string[] => batches.flatMap((batch) => servicesOf(batch));

/** The offset that a group has committed of partition 0. */
async function committed(group: string, topic: string): Promise<bigint | undefined> {
  const reader = new Consumer({clientId: 'reader', bootstrapBrokers: [broker.brokers], groupId: group});
  try {
    reader.topics.track(topic);
    return (await reader.listCommittedOffsets({topics: [{topic, partitions: [0]}]})).get(topic)?.[0];
  } finally {
    await reader.close();
  }
}

it('Kafka receiver: messages of several partitions arrive, in their order within each', async () => {
  const topic = await newTopic();
  await send(topic, traces('a'), {...traces('x'), partition: 1}, traces('b', 'c'), traces('d'));
  await using collector = await start(`traces: {topics: [${topic}]}, group_id: g1`);
  await expect.poll(() => services(collector).length).toBe(5);
  expect(services(collector).filter((each) => each !== 'x')).toEqual(['a', 'b', 'c', 'd']);
  expect(collector.count('otelcol_receiver_accepted_spans', {receiver: 'kafka', transport: 'kafka'})).toBe(5);
  expect(collector.count('otelcol_kafka_receiver_records', {topic, partition: '0'})).toBe(3);
  expect(collector.contexts[0]?.metadata?.get('kafka.topic')).toEqual([topic]);
});

it('Kafka receiver: an offset is committed when the pipeline has the message safe, not before', async () => {
  const topic = await newTopic();
  await send(topic, traces('a'), traces('b'));
  const held = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const collector = await start(`traces: {topics: [${topic}]}, group_id: g2`, {
    sink: {
      async traces(batch) {
        if (servicesOf(batch)[0] !== 'b') return;
        arrived.resolve();
        await held.promise;
      },
    },
  });
  await arrived.promise;
  await expect.poll(() => committed('g2', topic)).toBe(1n);
  held.resolve();
  await expect.poll(() => committed('g2', topic)).toBe(2n);
  await collector.stop();
});

it('Kafka receiver: a clean stop commits, and the next one goes on from there', async () => {
  const topic = await newTopic();
  await send(topic, traces('a'));
  {
    await using first = await start(`traces: {topics: [${topic}]}, group_id: g3, autocommit: {interval: 1h}`);
    await expect.poll(() => services(first)).toEqual(['a']);
  }
  await send(topic, traces('b'));
  await using second = await start(`traces: {topics: [${topic}]}, group_id: g3`);
  await expect.poll(() => services(second)).toEqual(['b']);
});

it('Kafka receiver: a message that is refused retryably is tried again until it is taken, and none is lost', async () => {
  const topic = await newTopic();
  await send(topic, traces('a'), traces('b'), traces('c'));
  let refusals = 3;
  const taken: string[] = [];
  await using collector = await start(`traces: {topics: [${topic}]}, group_id: g4`, {
    sink: {
      async traces(batch) {
        const [service = ''] = servicesOf(batch);
        if (service === 'b' && refusals-- > 0) throw new RetryableError('full', 'later', 1);
        taken.push(service);
      },
    },
  });
  await expect.poll(() => taken.toSorted()).toEqual(['a', 'b', 'c']);
  await expect.poll(() => committed('g4', topic)).toBe(3n);
  expect(collector.count('weft_kafka_receiver_passed_over')).toBe(0);
});

it('Kafka receiver: a message that cannot be decoded is passed over and counted', async () => {
  const topic = await newTopic();
  await send(topic, traces('a'), {value: 'no protobuf'}, traces('b'));
  await using collector = await start(`traces: {topics: [${topic}]}, group_id: g5`);
  await expect.poll(() => services(collector)).toEqual(['a', 'b']);
  await expect.poll(() => committed('g5', topic)).toBe(3n);
  expect(collector.count('otelcol_kafka_receiver_unmarshal_failed_spans', {topic, partition: '0'})).toBe(1);
  expect(collector.count('weft_kafka_receiver_passed_over', {topic, reason: 'malformed'})).toBe(1);
});

it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
  'Kafka receiver: a batch that %s has made a bomb is passed over and counted, and the next message arrives',
  async (compression) => {
    const topic = await newTopic();
    const zeros = {topic, partition: 0, value: Buffer.alloc(8 << 20)};
    await send(topic, traces('a'));
    await producer.send({acks: -1, compression, messages: [zeros]});
    await send(topic, traces('b'));
    const log = recordingLog();
    await using collector = await start(
      `traces: {topics: [${topic}]}, group_id: bomb-${compression}, max_decompress_batch_bytes: 1000000`,
      {log},
    );
    await expect.poll(() => services(collector)).toEqual(['a', 'b']);
    await expect.poll(() => committed(`bomb-${compression}`, topic)).toBe(3n);
    expect(collector.count('weft_kafka_receiver_passed_over', {topic, reason: 'too_large'})).toBe(1);
    expect(JSON.stringify(log.lines)).toContain('the batch with the offsets 1 to 1 cannot be read');
  },
);

it('Kafka receiver: batches that are too large together are unpacked one after the other', async () => {
  const topic = await newTopic();
  const names = ['a', 'b', 'c', 'd'];
  for (const name of names) {
    const value = Buffer.from(requestOf('traces', Array<string>(300).fill(name)));
    await producer.send({acks: -1, compression: 'zstd', messages: [{topic, partition: 0, value}]});
  }
  await using collector = await start(
    `traces: {topics: [${topic}]}, group_id: together, max_decompress_batch_bytes: 40000`,
  );
  await expect.poll(() => collector.traces.map((batch) => servicesOf(batch)[0])).toEqual(names);
  expect(collector.count('weft_kafka_receiver_passed_over')).toBe(0);
});

it('Kafka receiver: with `message_marking: {after: true}` its partition is held at a message that never can be taken', async () => {
  const topic = await newTopic();
  await send(topic, traces('a'), traces('bad'), traces('b'), {...traces('other'), partition: 1});
  const taken: string[] = [];
  await using collector = await start(`traces: {topics: [${topic}]}, group_id: g6, message_marking: {after: true}`, {
    sink: {
      async traces(batch) {
        const [service = ''] = servicesOf(batch);
        if (service === 'bad') throw new PermanentError('bad', 'never');
        taken.push(service);
      },
    },
  });
  await expect.poll(() => collector.count('weft_kafka_receiver_held_partitions')).toBe(1);
  await expect.poll(() => taken).toContain('other');
  await expect.poll(() => committed('g6', topic)).toBe(1n);
});

it('Kafka receiver: with `on_error` a message that is refused for too long is passed over and counted', async () => {
  const topic = await newTopic();
  await send(topic, traces('bad'), traces('b'));
  await using collector = await start(
    `traces: {topics: [${topic}]}, group_id: g7, message_marking: {on_error: true}, error_backoff: {initial_interval: 1ms, max_elapsed_time: 5ms}`,
    {
      sink: {
        async traces(batch) {
          if (servicesOf(batch)[0] === 'bad') throw new RetryableError('full', 'later', 1);
        },
      },
    },
  );
  await expect.poll(() => collector.count('weft_kafka_receiver_passed_over', {reason: 'full'})).toBe(1);
  await expect.poll(() => committed('g7', topic)).toBe(2n);
});

it('Kafka receiver: headers become metadata, and with `header_extraction` attributes of the resource', async () => {
  const topic = await newTopic();
  await send(topic, {...traces('a'), headers: {'X-Scope-OrgID': 'team-a', Region: 'north', other: 'x'}});
  await using collector = await start(
    `traces: {topics: [${topic}]}, group_id: g8, header_extraction: {extract_headers: true, headers: [Region, absent]}`,
  );
  await expect.poll(() => collector.traces.length).toBe(1);
  const [batch] = collector.traces;
  const {attributes} = batch!.resources.columns;
  expect(readAttributes(batch!, attributes.from(0), attributes.count(0))).toContainEqual({
    key: 'kafka.header.Region',
    value: {type: 'string', value: 'north'},
  });
  expect(attributes.count(0)).toBe(2);
  expect(collector.contexts[0]?.tenant).toBe('team-a');
  expect(collector.contexts[0]?.metadata?.get('region')).toEqual(['north']);
});

const bodyOf = (batch: LogBatch): unknown => readValue(batch, batch.logs.columns.body.from(0));
const logCases = [
  {encoding: 'raw', value: Buffer.from([0xff, 1]), body: {type: 'bytes', value: Uint8Array.of(0xff, 1)}},
  {encoding: 'text', value: 'grüß', body: {type: 'string', value: 'grüß'}},
  {encoding: 'text_shift_jis', value: Buffer.from([0x93, 0xfa]), body: {type: 'string', value: '日'}},
  {
    encoding: 'json',
    value: '{"a":[1,"x",null],"b":true}',
    body: {
      type: 'map',
      value: [
        {
          key: 'a',
          value: {
            type: 'array',
            value: [{type: 'double', value: 1}, {type: 'string', value: 'x'}, {type: 'empty'}],
          },
        },
        {key: 'b', value: {type: 'bool', value: true}},
      ],
    },
  },
] as const;
it.each(logCases)(
  'Kafka receiver: the encoding $encoding makes a log record of a message',
  async ({encoding, value, body}) => {
    const topic = await newTopic();
    await send(topic, {value});
    await using collector = await start(`logs: {topics: [${topic}], encoding: ${encoding}}, group_id: ${topic}`, {
      signal: 'logs',
    });
    await expect.poll(() => collector.logs.length).toBe(1);
    expect(bodyOf(collector.logs[0]!)).toEqual(body);
  },
);

it('Kafka receiver: otlp_json of each signal comes from its own topic', async () => {
  const [spans, points] = [await newTopic(), await newTopic()];
  const json = (signal: string, inner: object) => JSON.stringify({[`resource${signal}`]: [inner]});
  await send(spans, {
    value: json('Spans', {scopeSpans: [{spans: [{traceId: '1'.repeat(32), spanId: '2'.repeat(16), name: 'n'}]}]}),
  });
  await send(points, {
    value: json('Metrics', {scopeMetrics: [{metrics: [{name: 'm', gauge: {dataPoints: [{asInt: 1}]}}]}]}),
  });
  await using collector = await startTestCollector({
    yaml: `receivers: {kafka: {brokers: "${broker.brokers}", initial_offset: earliest, group_id: g9, encoding: otlp_json, traces: {topic: ${spans}}, metrics: {topic: ${points}}}}
exporters: {weft: }
service: {pipelines: {traces: {receivers: [kafka], exporters: [weft]}, metrics: {receivers: [kafka], exporters: [weft]}}}`,
  });
  await expect.poll(() => [collector.traces.length, collector.metrics.length]).toEqual([1, 1]);
  const [batch] = collector.metrics;
  expect(utf8(batch!.metrics.columns.name.bytes(0, batch!.heap))).toBe('m');
});

it('Kafka receiver: topics are found by an expression, without those excluded', async () => {
  const prefix = `found-${++topics}`;
  for (const name of ['a', 'b', 'test']) {
    await producer.metadata({topics: [`${prefix}-${name}`], autocreateTopics: true});
    await send(`${prefix}-${name}`, traces(name));
  }
  await using collector = await start(`traces: {topics: ["^${prefix}-.*"], exclude_topics: ["-test$"]}, group_id: g10`);
  await expect.poll(() => services(collector).toSorted()).toEqual(['a', 'b']);
});

it('Kafka receiver: two members of a group share the partitions, and one takes over what the other leaves', async () => {
  const topic = await newTopic();
  const config = `traces: {topics: [${topic}]}, group_id: g11, heartbeat_interval: 10ms, session_timeout: 6s`;
  await using first = await start(config);
  await expect.poll(() => first.count('otelcol_kafka_receiver_partition_start')).toBe(3);
  const second = await start(config);
  await expect.poll(() => second.count('otelcol_kafka_receiver_partition_start')).toBeGreaterThan(0);
  for (const partition of [0, 1, 2]) await send(topic, {...traces(`s${partition}`), partition});
  await expect.poll(() => [...services(first), ...services(second)].toSorted()).toEqual(['s0', 's1', 's2']);
  expect(services(first).length).toBeGreaterThan(0);
  expect(services(second).length).toBeGreaterThan(0);
  await second.stop();
  for (const partition of [0, 1, 2]) await send(topic, {...traces(`t${partition}`), partition});
  await expect
    .poll(() =>
      services(first)
        .filter((each) => each.startsWith('t'))
        .toSorted(),
    )
    .toEqual(['t0', 't1', 't2']);
  await second[Symbol.asyncDispose]();
});
