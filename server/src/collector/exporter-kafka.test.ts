/** The Kafka exporter on the shop's stand-in for a broker, read by KafkaJS; `e2e/kafka/weft.test.ts` has it on Apache Kafka. */
import {Kafka, type KafkaMessage, logLevel} from 'kafkajs';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {startKafkaStandIn} from '../../../shop/src/stand-in-kafka.ts';
import {createMeter, defaultTenant, toHex, utf8Bytes} from '../base/index.ts';
import type {AnyBatch, ConsumeContext, Signal, SpanBatch} from '../model/index.ts';
import {loadConfig} from '../pipeline/index.ts';
import {contextOf, countOf, namesOf, testSettings} from '../pipeline/testing.ts';
import {type OtlpCodec, otlp} from '../wire/index.ts';
import {kafkaExporter} from './exporter-kafka.ts';
import {packRecords, unpackRecords} from './exporter-kafka-messages.ts';
import {saramaHash} from './exporter-kafka-partitioner.ts';
import {kafkaDecoder} from './kafka-decode.ts';
import {registry} from './registry.ts';
import {requestOf, servicesOf} from './testing-contract.ts';

let broker: Awaited<ReturnType<typeof startKafkaStandIn>>;
let kafka: Kafka;
beforeAll(async () => {
  broker = await startKafkaStandIn();
  kafka = new Kafka({clientId: 'test', brokers: [broker.brokers], logLevel: logLevel.NOTHING});
});
afterAll(() => broker.close());

const direct = 'retry_on_failure: {enabled: false}, sending_queue: {enabled: false}';

async function configOf(config: string): Promise<Parameters<typeof kafkaExporter.create>[1]> {
  const loaded = await loadConfig({
    configs: [
      `yaml:receivers: {otlp: {protocols: {grpc: }}}\nexporters: {kafka: {brokers: "${broker.brokers}", ${direct}, ${config}}}\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [kafka]}}}`,
    ],
    env: {},
    registry,
  });
  if (loaded.kind === 'faulty') throw new Error(loaded.faults.map(({message}) => message).join('\n'));
  return loaded.config.components.exporters.get('kafka')?.config as never;
}

const codecOf = (signal: Signal): OtlpCodec<AnyBatch> => otlp[signal] as unknown as OtlpCodec<AnyBatch>;
const batchOf = (signal: Signal, request: object): AnyBatch =>
  codecOf(signal).decodeJson(utf8Bytes(JSON.stringify(request))).batch;

/** Exports, and gives the counters. */
async function send(config: string, batch: AnyBatch, context: ConsumeContext = contextOf()) {
  const meter = createMeter();
  const exporter = kafkaExporter.create(testSettings({meter}), await configOf(config));
  try {
    await exporter.consumer.consume(batch as never, context);
  } finally {
    await exporter.stop?.();
  }
  return meter;
}

type Read = KafkaMessage & {readonly partition: number};

/** Everything in a topic, as KafkaJS reads it. */
async function read(topic: string, count: number): Promise<Read[]> {
  const consumer = kafka.consumer({groupId: `read-${topic}`, maxWaitTimeInMs: 20});
  await consumer.connect();
  try {
    await consumer.subscribe({topic, fromBeginning: true});
    const messages: Read[] = [];
    await consumer.run({eachMessage: async ({message, partition}) => void messages.push({...message, partition})});
    await expect.poll(() => messages.length).toBe(count);
    return messages;
  } finally {
    await consumer.disconnect();
  }
}

const services = (message: Read | undefined, signal: Signal = 'traces'): string[] =>
  servicesOf(codecOf(signal).decodeProto(new Uint8Array(message?.value as Buffer)).batch);

const resource = (service: string, ...spans: readonly object[]) => ({
  resource: {attributes: [{key: 'service.name', value: {stringValue: service}}]},
  scopeSpans: [{spans}],
});
const span = (trace: string, name = 'n') => ({
  traceId: trace.repeat(32),
  spanId: 'a'.repeat(16),
  name,
  startTimeUnixNano: '1',
  endTimeUnixNano: '2',
});
const spansOf = (...services: readonly string[]): AnyBatch =>
  codecOf('traces').decodeProto(requestOf('traces', services)).batch;

it('Kafka exporter: a batch becomes one message of otlp_proto without a key', async () => {
  const meter = await send('traces: {topic: whole}', spansOf('a', 'b'));
  const [message] = await read('whole', 1);
  expect(message?.key).toBeNull();
  expect(services(message)).toEqual(['a', 'b']);
  expect(countOf(meter, 'otelcol_exporter_sent_spans', {})).toBe(2);
  expect(countOf(meter, 'otelcol_kafka_exporter_records', {topic: 'whole', outcome: 'success'})).toBe(1);
});

it.each(['gzip', 'snappy', 'lz4', 'zstd'])('Kafka exporter: messages go compressed with %s', async (compression) => {
  await send(
    `traces: {topic: "by-${compression}"}, producer: {compression: ${compression}, required_acks: all}`,
    spansOf('a'),
  );
  // KafkaJS knows gzip by itself; the offset shows that the broker took the others.
  if (compression === 'gzip') expect(services((await read('by-gzip', 1))[0])).toEqual(['a']);
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(`by-${compression}`);
  await admin.disconnect();
  expect(offsets.reduce((sum, {high}) => sum + Number(high), 0)).toBe(1);
});

it('Kafka exporter: with `partition_traces_by_id` a trace has a message of its own, in the partition of its id', async () => {
  const batch = batchOf('traces', {
    resourceSpans: [resource('a', span('1'), span('2')), resource('b', span('1'))],
  });
  await send('topic: by-trace, partition_traces_by_id: true', batch);
  const messages = await read('by-trace', 2);
  const byKey = new Map(messages.map((message) => [String(message.key), message]));
  expect([...byKey.keys()].toSorted()).toEqual(['1'.repeat(32), '2'.repeat(32)]);
  expect(services(byKey.get('1'.repeat(32)))).toEqual(['a', 'b']);
  for (const [key, {partition}] of byKey) expect(partition).toBe(saramaHash(utf8Bytes(key)) % 3);
});

it('Kafka exporter: with `partition_logs_by_resource_attributes` records of equal resources share a key', async () => {
  const logs = (service: string) => ({
    resource: {attributes: [{key: 'service.name', value: {stringValue: service}}]},
    scopeLogs: [{logRecords: [{timeUnixNano: '1', body: {stringValue: 'x'}}]}],
  });
  const batch = batchOf('logs', {resourceLogs: [logs('a'), logs('b'), logs('a')]});
  await send('logs: {topic: by-resource}, partition_logs_by_resource_attributes: true', batch);
  const messages = await read('by-resource', 2);
  expect(messages.map((each) => services(each, 'logs')).toSorted()).toEqual([['a', 'a'], ['b']]);
  expect(new Set(messages.map(({key}) => String(key))).size).toBe(2);
});

it('Kafka exporter: the topic comes from metadata, else from an attribute of each resource, else from the signal', async () => {
  const config = 'traces: {topic: fallback, topic_from_metadata_key: Topic}, topic_from_attribute: service.name';
  await send(config, spansOf('from-a', 'from-b'));
  expect(services((await read('from-a', 1))[0])).toEqual(['from-a']);
  expect(services((await read('from-b', 1))[0])).toEqual(['from-b']);
  await send(config, spansOf('from-c'), contextOf(defaultTenant, {topic: 'from-metadata'}));
  expect(services((await read('from-metadata', 1))[0])).toEqual(['from-c']);
  await send(config, batchOf('traces', {resourceSpans: [{scopeSpans: [{spans: [span('3')]}]}]}));
  expect((await read('fallback', 1)).length).toBe(1);
});

it('Kafka exporter: metadata, fixed headers and the tenant go along as headers, and a key from metadata', async () => {
  await send(
    'traces: {topic: with-headers, message_key_from_metadata_key: Shard}, include_metadata_keys: [Region, absent], record_headers: {origin: weft}, signal_header: true, dial_timeout: 2s, producer: {max_inflight_requests_per_broker: 1}, use_leader_epoch: true',
    spansOf('a'),
    contextOf('team-a', {region: 'north', shard: '7'}),
  );
  const [message] = await read('with-headers', 1);
  const headers = Object.entries(message?.headers ?? {}).map(([name, value]) => [name, String(value)]);
  expect(headers).toEqual([
    ['origin', 'weft'],
    ['otelcol.signal', 'traces'],
    ['Region', 'north'],
    ['x-scope-orgid', 'team-a'],
  ]);
  expect(String(message?.key)).toBe('7');
});

it('Kafka exporter: a batch larger than `max_message_bytes` is split, and an item that is larger by itself is rejected', async () => {
  const spans = Array.from({length: 40}, (_, i) => span('1', `${i}${'x'.repeat(i === 7 ? 5000 : 100)}`));
  const batch = batchOf('traces', {resourceSpans: [resource('a', ...spans)]});
  const meter = await send('traces: {topic: split}, producer: {max_message_bytes: 2000}', batch);
  expect(countOf(meter, 'otelcol_exporter_sent_spans', {})).toBe(39);
  expect(countOf(meter, 'otelcol_exporter_send_failed_spans', {reason: 'partial_success'})).toBe(1);
  const messages = await read('split', countOf(meter, 'otelcol_kafka_exporter_records', {topic: 'split'}));
  expect(messages.flatMap((each) => services(each)).length).toBe(39);
  expect(Math.max(...messages.map(({value}) => value?.length ?? 0))).toBeLessThan(2000);
});

it('Kafka exporter: raw writes bodies, bytes as they are and others as JSON', async () => {
  const body = (value: object) => ({timeUnixNano: '1', body: value});
  const batch = batchOf('logs', {
    resourceLogs: [
      {
        scopeLogs: [
          {
            logRecords: [
              body({bytesValue: Buffer.from([1, 2]).toString('base64')}),
              body({stringValue: 'text'}),
              body({
                kvlistValue: {
                  values: [
                    {key: 'b', value: {intValue: '9007199254740993'}},
                    {key: 'a', value: {}},
                  ],
                },
              }),
              {timeUnixNano: '1'},
            ],
          },
        ],
      },
    ],
  });
  await send('logs: {topic: raw, encoding: raw}', batch);
  const values = (await read('raw', 3)).map(({value}) => value as Buffer);
  expect(values.map((value) => (value.length === 2 ? toHex(value) : String(value)))).toEqual([
    '0102',
    '"text"',
    '{"a":null,"b":9007199254740993}',
  ]);
});

it.each([
  {encoding: 'jaeger_proto', messages: 3, keys: 2},
  {encoding: 'jaeger_json', messages: 3, keys: 2},
  {encoding: 'zipkin_proto', messages: 1, keys: 1},
  {encoding: 'zipkin_json', messages: 1, keys: 1},
])('Kafka exporter: $encoding comes back as the spans that went out', async ({encoding, messages, keys}) => {
  const batch = batchOf('traces', {
    resourceSpans: [resource('a', span('1', 'x'), span('2', 'y')), resource('b', span('1', 'z'))],
  });
  await send(`traces: {topic: ${encoding}, encoding: ${encoding}}`, batch);
  const received = await read(encoding, messages);
  expect(new Set(received.map(({key}) => key?.toString())).size).toBe(keys);
  if (encoding.startsWith('jaeger')) {
    expect(new Set(received.map(({key}) => String(key)))).toEqual(new Set(['1'.repeat(32), '2'.repeat(32)]));
  }
  const decode = kafkaDecoder('traces', encoding);
  const names = received.flatMap(({value}) => {
    const spans = decode!(new Uint8Array(value as Buffer), undefined, 0).batch as SpanBatch;
    const services = servicesOf(spans);
    return namesOf(spans).map((name, row) => `${services[row]}/${name}`);
  });
  expect(names.toSorted()).toEqual(['a/x', 'a/y', 'b/z']);
});

it('Kafka exporter: without a broker a batch is refused retryably, and a topic that cannot be is counted as rejected', async () => {
  const closed = await startKafkaStandIn();
  await closed.close();
  const failing = send(
    `brokers: "${closed.brokers}", timeout: 1s, metadata: {retry: {backoff: 1ms}}`,
    spansOf('a'),
  ).catch((error) => error);
  await expect(failing).resolves.toMatchObject({name: 'Error'});
  const meter = await send('topic_from_attribute: service.name', spansOf('no topic!'));
  expect(countOf(meter, 'otelcol_exporter_send_failed_spans', {reason: 'partial_success'})).toBe(1);
});

it('Kafka exporter: the header that says the signal has a name of its own', async () => {
  await expect(configOf('signal_header: true, record_headers: {otelcol.signal: x}')).rejects.toThrow(
    '`otelcol.signal` is the name of the header that `signal_header` adds',
  );
});

it('Kafka exporter: messages come back from the bytes that a queue keeps', () => {
  const records = [
    {
      topic: 'a',
      key: Uint8Array.of(0, 1),
      value: Uint8Array.of(9),
      items: 300,
    },
    {topic: 'b', key: undefined, value: new Uint8Array(0), items: 1},
  ];
  expect(unpackRecords(packRecords(records))).toEqual(records);
});

it('Kafka exporter: keys go to the partitions that the Collector would choose', () => {
  // FNV-1a of the bytes: http://www.isthe.com/chongo/tech/comp/fnv/
  expect(saramaHash(utf8Bytes(''))).toBe(Math.abs(0x811c9dc5 | 0));
  expect(saramaHash(utf8Bytes('a'))).toBe(Math.abs(0xe40c292c | 0));
  expect(saramaHash(utf8Bytes('foobar'))).toBe(Math.abs(0xbf9cf968 | 0));
});
