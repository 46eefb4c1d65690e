/** What the Kafka stand-in answers to each request of the protocol; the layouts are those of the versions in `apis`. */
import {ConsumerGroup} from './stand-in-kafka-group.ts';
import type {TopicLogs} from './stand-in-kafka-log.ts';
import {type KafkaReader, KafkaWriter, kafkaError} from './stand-in-kafka-wire.ts';

export interface Broker {
  readonly port: number;
  readonly topics: TopicLogs;
  readonly groups: Map<string, ConsumerGroup>;
  readonly partitionsByDefault: number;
}
export interface Request {
  readonly version: number;
  readonly clientId: string;
  readonly body: KafkaReader;
}
export interface Api {
  readonly key: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly answer: (broker: Broker, request: Request) => KafkaWriter | undefined | Promise<KafkaWriter | undefined>;
}

function group(broker: Broker, name: string): ConsumerGroup {
  let found = broker.groups.get(name);
  if (found === undefined) broker.groups.set(name, (found = new ConsumerGroup()));
  return found;
}

function topicsWithPartitions<T>(
  body: KafkaReader,
  partition: (reader: KafkaReader) => T,
): {topic: string; partitions: T[]}[] {
  return body.array((reader) => ({topic: reader.string(), partitions: reader.array(partition)}));
}

function produce(broker: Broker, {body}: Request): KafkaWriter | undefined {
  body.string();
  const acknowledgements = body.int16();
  body.int32();
  const topics = topicsWithPartitions(body, (reader) => ({index: reader.int32(), records: reader.bytes()}));
  const answer = new KafkaWriter().array(topics, (writer, {topic, partitions}) =>
    writer.string(topic).array(partitions, (inner, {index, records}) => {
      broker.topics.create(topic, broker.partitionsByDefault);
      const log = broker.topics.partition(topic, index);
      const error = log === undefined ? kafkaError.unknownTopicOrPartition : kafkaError.none;
      inner
        .int32(index)
        .int16(error)
        .int64(log?.append(records) ?? -1n)
        .int64(-1n);
    }),
  );
  return acknowledgements === 0 ? undefined : answer.int32(0);
}

async function fetch(broker: Broker, {body}: Request): Promise<KafkaWriter> {
  body.int32();
  const maximumWait = body.int32();
  const minimumBytes = body.int32();
  body.int32();
  body.int8();
  const topics = topicsWithPartitions(body, (reader) => ({
    index: reader.int32(),
    offset: reader.int64(),
    maximumBytes: reader.int32(),
  }));
  const wanted = topics.flatMap(({topic, partitions}) =>
    partitions.map((one) => ({...one, log: broker.topics.partition(topic, one.index)})),
  );
  const isAnswerable = (): boolean =>
    minimumBytes <= 0 || wanted.some(({log, offset}) => log === undefined || offset !== log.end);
  if (!isAnswerable()) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(finish, maximumWait);
      function finish(): void {
        clearTimeout(timer);
        for (const {log} of wanted) log?.forget(finish);
        resolve();
      }
      for (const {log} of wanted) log?.onAppend(finish);
    });
  }
  return new KafkaWriter().int32(0).array(topics, (writer, {topic, partitions}) =>
    writer.string(topic).array(partitions, (inner, {index, offset, maximumBytes}) => {
      const log = broker.topics.partition(topic, index);
      const inRange = log !== undefined && offset >= log.start && offset <= log.end;
      const error =
        log === undefined
          ? kafkaError.unknownTopicOrPartition
          : inRange
            ? kafkaError.none
            : kafkaError.offsetOutOfRange;
      const end = log?.end ?? -1n;
      inner
        .int32(index)
        .int16(error)
        .int64(end)
        .int64(end)
        .array([], () => {});
      inner.bytes(...(inRange ? log.read(offset, maximumBytes) : []));
    }),
  );
}

function listOffsets(broker: Broker, {body}: Request): KafkaWriter {
  body.int32();
  const topics = topicsWithPartitions(body, (reader) => ({index: reader.int32(), timestamp: reader.int64()}));
  return new KafkaWriter().array(topics, (writer, {topic, partitions}) =>
    writer.string(topic).array(partitions, (inner, {index, timestamp}) => {
      const log = broker.topics.partition(topic, index);
      const offset = timestamp === -2n ? log?.start : log?.end;
      const error = log === undefined ? kafkaError.unknownTopicOrPartition : kafkaError.none;
      inner
        .int32(index)
        .int16(error)
        .int64(-1n)
        .int64(offset ?? -1n);
    }),
  );
}

function metadata(broker: Broker, {body}: Request): KafkaWriter {
  const asked = body.array((reader) => reader.string());
  for (const topic of asked) broker.topics.create(topic, broker.partitionsByDefault);
  return new KafkaWriter()
    .array([broker.port], (writer, port) => writer.int32(0).string('127.0.0.1').int32(port).nothing())
    .int32(0)
    .array(asked.length > 0 ? asked : broker.topics.names(), (writer, topic) =>
      writer
        .int16(kafkaError.none)
        .string(topic)
        .int8(0)
        .array(
          broker.topics.partitions(topic).map((_, index) => index),
          (inner, index) => inner.int16(kafkaError.none).int32(index).int32(0).array([0], nodeId).array([0], nodeId),
        ),
    );
}
const nodeId = (writer: KafkaWriter, id: number): KafkaWriter => writer.int32(id);

function offsetCommit(broker: Broker, {body}: Request): KafkaWriter {
  const its = group(broker, body.string());
  const error = its.mayCommit(body.int32(), body.string());
  body.int64();
  const topics = topicsWithPartitions(body, (reader) => ({
    index: reader.int32(),
    offset: reader.int64(),
    metadata: reader.string(),
  }));
  return new KafkaWriter().array(topics, (writer, {topic, partitions}) =>
    writer.string(topic).array(partitions, (inner, {index, offset, metadata: note}) => {
      if (error === kafkaError.none) its.committed.set(`${topic}/${index}`, {offset, metadata: note});
      inner.int32(index).int16(error);
    }),
  );
}

function offsetFetch(broker: Broker, {body}: Request): KafkaWriter {
  const its = group(broker, body.string());
  const topics = topicsWithPartitions(body, (reader) => reader.int32());
  return new KafkaWriter().array(topics, (writer, {topic, partitions}) =>
    writer.string(topic).array(partitions, (inner, index) => {
      const committed = its.committed.get(`${topic}/${index}`);
      inner
        .int32(index)
        .int64(committed?.offset ?? -1n)
        .string(committed?.metadata ?? '')
        .int16(kafkaError.none);
    }),
  );
}

async function joinGroup(broker: Broker, {body, clientId}: Request): Promise<KafkaWriter> {
  const its = group(broker, body.string());
  const sessionTimeout = body.int32();
  const rebalanceTimeout = body.int32();
  const member = body.string();
  body.string();
  const protocols = body.array((reader) => ({name: reader.string(), metadata: reader.bytes()}));
  const reply = await its.join({member, clientId, sessionTimeout, rebalanceTimeout, protocols});
  return new KafkaWriter()
    .int16(reply.error)
    .int32(reply.generation)
    .string(reply.protocol)
    .string(reply.leader)
    .string(reply.member)
    .array(reply.members, (writer, one) => writer.string(one.id).bytes(one.metadata));
}

async function syncGroup(broker: Broker, {body}: Request): Promise<KafkaWriter> {
  const its = group(broker, body.string());
  const generation = body.int32();
  const member = body.string();
  const assignments = new Map(body.array((reader) => [reader.string(), reader.bytes()] as const));
  const reply = await its.sync(generation, member, assignments);
  return new KafkaWriter().int16(reply.error).bytes(reply.assignment);
}

function createTopics(broker: Broker, {body}: Request): KafkaWriter {
  const topics = body.array((reader) => {
    const topic = {name: reader.string(), partitions: reader.int32()};
    reader.int16();
    reader.array((inner) => [inner.int32(), inner.array((id) => id.int32())]);
    reader.array((inner) => [inner.string(), inner.string()]);
    return topic;
  });
  return new KafkaWriter().array(topics, (writer, {name, partitions}) =>
    writer.string(name).int16(broker.topics.create(name, partitions) ? kafkaError.none : kafkaError.topicAlreadyExists),
  );
}

function apiVersions(_: Broker, {version}: Request): KafkaWriter {
  const known = version <= 2;
  const writer = new KafkaWriter()
    .int16(known ? kafkaError.none : 35)
    .array(apis, (inner, {key, minimum, maximum}) => inner.int16(key).int16(minimum).int16(maximum));
  return known && version >= 1 ? writer.int32(0) : writer;
}

/** Every request that is understood, with the versions whose layouts are the ones above. */
export const apis: readonly Api[] = [
  {key: 0, minimum: 3, maximum: 3, answer: produce},
  {key: 1, minimum: 4, maximum: 4, answer: fetch},
  {key: 2, minimum: 1, maximum: 1, answer: listOffsets},
  {key: 3, minimum: 1, maximum: 1, answer: metadata},
  {key: 8, minimum: 2, maximum: 2, answer: offsetCommit},
  {key: 9, minimum: 1, maximum: 1, answer: offsetFetch},
  {
    key: 10,
    minimum: 0,
    maximum: 0,
    answer: (broker) => new KafkaWriter().int16(kafkaError.none).int32(0).string('127.0.0.1').int32(broker.port),
  },
  {key: 11, minimum: 1, maximum: 1, answer: joinGroup},
  {
    key: 12,
    minimum: 0,
    maximum: 0,
    answer: (broker, {body}) =>
      new KafkaWriter().int16(group(broker, body.string()).heartbeat(body.int32(), body.string())),
  },
  {
    key: 13,
    minimum: 0,
    maximum: 0,
    answer: (broker, {body}) => new KafkaWriter().int16(group(broker, body.string()).leave(body.string())),
  },
  {key: 14, minimum: 0, maximum: 0, answer: syncGroup},
  {key: 18, minimum: 0, maximum: 2, answer: apiVersions},
  {key: 19, minimum: 0, maximum: 0, answer: createTopics},
];
