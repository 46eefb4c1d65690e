/** Topics made, grown and deleted on request. Layouts: `CreateTopics`, `DeleteTopics`, `CreatePartitions` in Apache Kafka 4.1. */
import {type Api, api} from './stand-in-kafka-api.ts';
import {kafkaError} from './stand-in-kafka-errors.ts';
import * as f from './stand-in-kafka-fields.ts';
import {partitionsByDefault} from './stand-in-kafka-topics.ts';

/** A client's "as many as the broker is used to". */
const byDefault = -1;

const createTopics = api({
  key: 19,
  versions: [2, 7],
  flexible: 5,
  request: {
    topics: f.array(
      f.struct({
        name: f.string,
        partitions: f.int32,
        replicationFactor: f.int16,
        assignments: f.array(f.struct({partition: f.int32, brokers: f.array(f.int32)})),
        configs: f.array(f.struct({name: f.string, value: f.nullableString})),
      }),
    ),
    timeout: f.int32,
    validateOnly: f.boolean,
  },
  response: {
    throttle: f.int32,
    topics: f.array(
      f.struct({
        name: f.string,
        id: f.from(7, f.uuid, f.noUuid),
        error: f.int16,
        message: f.nullableString,
        partitions: f.from(5, f.int32, -1),
        replicationFactor: f.from(5, f.int16, -1),
        configs: f.from(
          5,
          f.nullableArray(
            f.struct({
              name: f.string,
              value: f.nullableString,
              readOnly: f.boolean,
              source: f.int8,
              isSensitive: f.boolean,
            }),
          ),
          [],
        ),
      }),
    ),
  },
  answer: ({topics, validateOnly}, {broker}) => ({
    throttle: 0,
    topics: topics.map(({name, assignments, ...asked}) => {
      const isAssigned = assignments.length > 0;
      const wanted = asked.partitions === byDefault ? partitionsByDefault : asked.partitions;
      const partitions = isAssigned ? assignments.length : wanted;
      const twice = topics.filter((one) => one.name === name).length > 1;
      const contradicts = isAssigned && (asked.partitions !== byDefault || asked.replicationFactor !== byDefault);
      const error =
        twice || contradicts
          ? kafkaError.invalidRequest
          : asked.replicationFactor !== byDefault && asked.replicationFactor !== 1
            ? kafkaError.invalidReplicationFactor
            : validateOnly
              ? broker.topics.check(name, partitions)
              : broker.topics.create(name, partitions);
      if (error !== kafkaError.none) return {name, error, message: undefined, partitions: -1, replicationFactor: -1};
      return {name, id: broker.topics.get(name)?.id, error, message: undefined, partitions, replicationFactor: 1};
    }),
  }),
});

const deleteTopics = api({
  key: 20,
  versions: [1, 6],
  flexible: 4,
  request: {
    topics: f.from(6, f.array(f.struct({name: f.nullableString, id: f.uuid})), []),
    names: f.between(1, 5, f.array(f.string), []),
    timeout: f.int32,
  },
  response: {
    throttle: f.int32,
    topics: f.array(
      f.struct({
        name: f.nullableString,
        id: f.from(6, f.uuid, f.noUuid),
        error: f.int16,
        message: f.from(5, f.nullableString, undefined),
      }),
    ),
  },
  answer: ({topics, names}, {broker}) => ({
    throttle: 0,
    topics: [...topics, ...names.map((name) => ({name, id: f.noUuid}))].map(({name, id}) => {
      const topic = name === undefined ? broker.topics.byId(id) : broker.topics.get(name);
      const unknown = name === undefined ? kafkaError.unknownTopicId : kafkaError.unknownTopicOrPartition;
      if (topic === undefined) return {name, id, error: unknown};
      broker.topics.delete(topic);
      broker.groups.forgetTopic(topic.name);
      return {name: topic.name, id: topic.id, error: kafkaError.none};
    }),
  }),
});

const createPartitions = api({
  key: 37,
  versions: [0, 3],
  flexible: 2,
  request: {
    topics: f.array(
      f.struct({
        name: f.string,
        count: f.int32,
        assignments: f.nullableArray(f.struct({brokers: f.array(f.int32)})),
      }),
    ),
    timeout: f.int32,
    validateOnly: f.boolean,
  },
  response: {
    throttle: f.int32,
    topics: f.array(f.struct({name: f.string, error: f.int16, message: f.nullableString})),
  },
  answer: ({topics, validateOnly}, {broker}) => ({
    throttle: 0,
    topics: topics.map(({name, count}) => ({
      name,
      error: broker.topics.grow(name, count, validateOnly),
      message: undefined,
    })),
  }),
});

export const topicApis: readonly Api[] = [createTopics, deleteTopics, createPartitions];
