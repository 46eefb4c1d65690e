/** Committed offsets. Layouts: `OffsetCommit`, `OffsetFetch` in Apache Kafka 4.1. */
import {type Api, api, type Broker} from './stand-in-kafka-api.ts';
import {kafkaError} from './stand-in-kafka-errors.ts';
import * as f from './stand-in-kafka-fields.ts';

/** Kafka's default for `offset.metadata.max.bytes`. */
const maximumMetadataBytes = 4096;

const offsetCommit = api({
  key: 8,
  versions: [2, 9],
  flexible: 8,
  request: {
    group: f.string,
    generation: f.int32,
    member: f.string,
    instance: f.from(7, f.nullableString, undefined),
    retention: f.between(2, 4, f.int64, -1n),
    topics: f.array(
      f.struct({
        name: f.string,
        partitions: f.array(
          f.struct({
            index: f.int32,
            offset: f.int64,
            leaderEpoch: f.from(6, f.int32, -1),
            metadata: f.nullableString,
          }),
        ),
      }),
    ),
  },
  response: {
    throttle: f.from(3, f.int32, 0),
    topics: f.array(f.struct({name: f.string, partitions: f.array(f.struct({index: f.int32, error: f.int16}))})),
  },
  answer({group: name, topics, ...sender}, {broker}) {
    const taken = mayTake(broker, name, sender.generation);
    const refusal = typeof taken === 'number' ? taken : taken.mayCommit(sender);
    const commit = (topic: string, index: number, offset: bigint, metadata: string): number => {
      if (broker.topics.get(topic)?.partitions[index] === undefined) return kafkaError.unknownTopicOrPartition;
      if (refusal !== kafkaError.none) return refusal;
      if (Buffer.byteLength(metadata) > maximumMetadataBytes) return kafkaError.offsetMetadataTooLarge;
      if (typeof taken !== 'number') taken.committed.set(`${topic}/${index}`, {offset, metadata});
      return kafkaError.none;
    };
    return {
      topics: topics.map((topic) => ({
        name: topic.name,
        partitions: topic.partitions.map(({index, offset, metadata = ''}) => ({
          index,
          error: commit(topic.name, index, offset, metadata),
        })),
      })),
    };
  },
});

/** A commit without membership makes its group; one with a generation wants a group that is there. */
function mayTake(broker: Broker, name: string, generation: number) {
  if (name !== '' && generation >= 0) return broker.groups.get(name) ?? kafkaError.illegalGeneration;
  return broker.groups.take(name);
}

const fetched = f.struct({
  index: f.int32,
  offset: f.int64,
  leaderEpoch: f.from(5, f.int32, -1),
  metadata: f.nullableString,
  error: f.int16,
});
const fetchedTopics = f.array(f.struct({name: f.string, partitions: f.array(fetched)}));
const askedTopics = f.nullableArray(f.struct({name: f.string, partitions: f.array(f.int32)}));

const offsetFetch = api({
  key: 9,
  versions: [1, 9],
  flexible: 6,
  request: {
    group: f.between(0, 7, f.string, ''),
    topics: f.between(0, 7, askedTopics, undefined),
    groups: f.from(
      8,
      f.array(
        f.struct({
          group: f.string,
          member: f.from(9, f.nullableString, undefined),
          memberEpoch: f.from(9, f.int32, -1),
          topics: askedTopics,
        }),
      ),
      [],
    ),
    requireStable: f.from(7, f.boolean, false),
  },
  response: {
    throttle: f.from(3, f.int32, 0),
    topics: f.between(0, 7, fetchedTopics, []),
    error: f.between(2, 7, f.int16, 0),
    groups: f.from(8, f.array(f.struct({group: f.string, topics: fetchedTopics, error: f.int16})), []),
  },
  answer: ({group, topics, groups}, {broker, version}) => {
    const find = (name: string, asked: typeof topics) => {
      const committed = broker.groups.get(name)?.committed ?? new Map<string, {offset: bigint; metadata: string}>();
      const wanted = asked ?? everyTopic(committed.keys());
      return wanted.map((topic) => ({
        name: topic.name,
        partitions: topic.partitions.map((index) => {
          const {offset, metadata} = committed.get(`${topic.name}/${index}`) ?? {offset: -1n, metadata: ''};
          return {index, offset, metadata, error: kafkaError.none};
        }),
      }));
    };
    if (version < 8) return {topics: find(group, topics)};
    return {groups: groups.map((one) => ({group: one.group, topics: find(one.group, one.topics), error: 0}))};
  },
});

function everyTopic(keys: Iterable<string>): {readonly name: string; readonly partitions: readonly number[]}[] {
  const topics = new Map<string, number[]>();
  for (const key of keys) {
    const [name = '', index] = key.split('/');
    topics.set(name, [...(topics.get(name) ?? []), Number(index)]);
  }
  return [...topics].map(([name, partitions]) => ({name, partitions}));
}

export const commitApis: readonly Api[] = [offsetCommit, offsetFetch];
