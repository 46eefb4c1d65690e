/** The requests by which clients find their way: topics, brokers, coordinators, producer ids. Layouts: `Metadata`, `FindCoordinator`, `InitProducerId`, `DescribeCluster` in Apache Kafka 4.1. */
import {type Api, api, clusterId, leaderEpoch, nodeId, operationsNotAsked} from './stand-in-kafka-api.ts';
import {kafkaError} from './stand-in-kafka-errors.ts';
import * as f from './stand-in-kafka-fields.ts';
import type {Topic} from './stand-in-kafka-topics.ts';

const noTransactions = 'The stand-in has no transactions';

const metadata = api({
  key: 3,
  versions: [0, 13],
  flexible: 9,
  request: {
    topics: f.nullableArray(f.struct({id: f.from(10, f.uuid, f.noUuid), name: f.nullableString})),
    allowAutoTopicCreation: f.from(4, f.boolean, true),
    includeClusterOperations: f.between(8, 10, f.boolean, false),
    includeTopicOperations: f.from(8, f.boolean, false),
  },
  response: {
    throttle: f.from(3, f.int32, 0),
    brokers: f.array(
      f.struct({nodeId: f.int32, host: f.string, port: f.int32, rack: f.from(1, f.nullableString, undefined)}),
    ),
    clusterId: f.from(2, f.nullableString, undefined),
    controllerId: f.from(1, f.int32, -1),
    topics: f.array(
      f.struct({
        error: f.int16,
        name: f.nullableString,
        id: f.from(10, f.uuid, f.noUuid),
        isInternal: f.from(1, f.boolean, false),
        partitions: f.array(
          f.struct({
            error: f.int16,
            index: f.int32,
            leader: f.int32,
            leaderEpoch: f.from(7, f.int32, -1),
            replicas: f.array(f.int32),
            inSync: f.array(f.int32),
            offline: f.from(5, f.array(f.int32), []),
          }),
        ),
        operations: f.from(8, f.int32, operationsNotAsked),
      }),
    ),
    clusterOperations: f.between(8, 10, f.int32, operationsNotAsked),
    error: f.from(13, f.int16, 0),
  },
  answer({topics: asked, allowAutoTopicCreation}, {broker, version}) {
    const describe = ({name, id, partitions}: Topic) => ({
      error: kafkaError.none,
      name,
      id,
      partitions: partitions.map((_, index) => ({
        error: kafkaError.none,
        index,
        leader: nodeId,
        leaderEpoch,
        replicas: [nodeId],
        inSync: [nodeId],
      })),
    });
    const describeAsked = ({name, id}: {readonly name: string | undefined; readonly id: string}) => {
      // Versions 10 and 11 have the id, but only newer ones may ask by it.
      if (name === undefined) {
        const topic = broker.topics.byId(id);
        const error = version < 12 ? kafkaError.invalidRequest : kafkaError.unknownTopicId;
        return topic && version >= 12
          ? describe(topic)
          : {error, name: version < 12 ? '' : undefined, id, partitions: []};
      }
      const error = broker.topics.get(name)
        ? kafkaError.none
        : allowAutoTopicCreation
          ? broker.topics.create(name)
          : kafkaError.unknownTopicOrPartition;
      const topic = broker.topics.get(name);
      return topic ? describe(topic) : {error, name, partitions: []};
    };
    const isAll = asked === undefined || (version === 0 && asked.length === 0);
    return {
      brokers: [{nodeId, host: broker.host, port: broker.port}],
      clusterId,
      controllerId: nodeId,
      topics: isAll ? broker.topics.all().map(describe) : asked.map(describeAsked),
    };
  },
});

const coordinatorOfGroups = 0;
const findCoordinator = api({
  key: 10,
  versions: [0, 6],
  flexible: 3,
  request: {
    key: f.between(0, 3, f.string, ''),
    keyType: f.from(1, f.int8, coordinatorOfGroups),
    keys: f.from(4, f.array(f.string), []),
  },
  response: {
    throttle: f.from(1, f.int32, 0),
    error: f.between(0, 3, f.int16, 0),
    message: f.between(1, 3, f.nullableString, undefined),
    nodeId: f.between(0, 3, f.int32, -1),
    host: f.between(0, 3, f.string, ''),
    port: f.between(0, 3, f.int32, -1),
    coordinators: f.from(
      4,
      f.array(
        f.struct({
          key: f.string,
          nodeId: f.int32,
          host: f.string,
          port: f.int32,
          error: f.int16,
          message: f.nullableString,
        }),
      ),
      [],
    ),
  },
  answer({key, keyType, keys}, {broker: {host, port}}) {
    const its =
      keyType === coordinatorOfGroups
        ? {error: kafkaError.none, message: undefined, nodeId, host, port}
        : {
            error: kafkaError.transactionalIdAuthorizationFailed,
            message: noTransactions,
            nodeId: -1,
            host: '',
            port: -1,
          };
    return {...its, coordinators: keys.map((one) => ({key: one, ...its})), key};
  },
});

const initProducerId = api({
  key: 22,
  versions: [0, 5],
  flexible: 2,
  request: {
    transactionalId: f.nullableString,
    transactionTimeout: f.int32,
    producerId: f.from(3, f.int64, -1n),
    producerEpoch: f.from(3, f.int16, -1),
  },
  response: {throttle: f.int32, error: f.int16, producerId: f.int64, producerEpoch: f.int16},
  answer: ({transactionalId}, {broker}) =>
    transactionalId === undefined
      ? {throttle: 0, error: kafkaError.none, producerId: broker.nextProducerId(), producerEpoch: 0}
      : {throttle: 0, error: kafkaError.transactionalIdAuthorizationFailed, producerId: -1n, producerEpoch: -1},
});

const describeCluster = api({
  key: 60,
  versions: [0, 2],
  flexible: 0,
  request: {
    includeOperations: f.boolean,
    endpointType: f.from(1, f.int8, 1),
    includeFenced: f.from(2, f.boolean, false),
  },
  response: {
    throttle: f.int32,
    error: f.int16,
    message: f.nullableString,
    endpointType: f.from(1, f.int8, 1),
    clusterId: f.string,
    controllerId: f.int32,
    brokers: f.array(
      f.struct({
        nodeId: f.int32,
        host: f.string,
        port: f.int32,
        rack: f.nullableString,
        isFenced: f.from(2, f.boolean, false),
      }),
    ),
    operations: f.int32,
  },
  answer: (_, {broker: {host, port}}) => ({
    throttle: 0,
    error: kafkaError.none,
    message: undefined,
    clusterId,
    controllerId: nodeId,
    brokers: [{nodeId, host, port, rack: undefined}],
    operations: operationsNotAsked,
  }),
});

export const clusterApis: readonly Api[] = [metadata, findCoordinator, initProducerId, describeCluster];
