/** Offsets of partitions: by time, by leader's epoch, and the first one kept. Layouts: `ListOffsets`, `OffsetForLeaderEpoch`, `DeleteRecords` in Apache Kafka 4.1. */
import {type Api, api, leaderEpoch} from './stand-in-kafka-api.ts';
import {kafkaError} from './stand-in-kafka-errors.ts';
import * as f from './stand-in-kafka-fields.ts';
import type {PartitionLog} from './stand-in-kafka-log.ts';

/** Times that mean a place, and the first version that knows each. Tiers of storage are not here: nothing is in them. */
const place = {end: -1n, start: -2n, latestTime: -3n, localStart: -4n, tieredEnd: -5n} as const;
const knownSince = new Map<bigint, number>([
  [place.latestTime, 7],
  [place.localStart, 8],
  [place.tieredEnd, 9],
]);
const none = {timestamp: -1n, offset: -1n, leaderEpoch: -1};

function locate(log: PartitionLog, timestamp: bigint): typeof none {
  const at = (offset: bigint): typeof none => ({timestamp: -1n, offset, leaderEpoch});
  switch (timestamp) {
    case place.end:
      return at(log.end);
    case place.start:
    case place.localStart:
      return at(log.start);
    case place.tieredEnd:
      return none;
    default: {
      const found = timestamp === place.latestTime ? log.latest() : log.atTime(timestamp);
      if (found === undefined) return none;
      return {...found, offset: found.offset > log.start ? found.offset : log.start, leaderEpoch};
    }
  }
}

const listOffsets = api({
  key: 2,
  versions: [1, 10],
  flexible: 6,
  request: {
    replicaId: f.int32,
    isolationLevel: f.from(2, f.int8, 0),
    topics: f.array(
      f.struct({
        name: f.string,
        partitions: f.array(f.struct({index: f.int32, currentLeaderEpoch: f.from(4, f.int32, -1), timestamp: f.int64})),
      }),
    ),
    timeout: f.from(10, f.int32, 0),
  },
  response: {
    throttle: f.from(2, f.int32, 0),
    topics: f.array(
      f.struct({
        name: f.string,
        partitions: f.array(
          f.struct({
            index: f.int32,
            error: f.int16,
            timestamp: f.int64,
            offset: f.int64,
            leaderEpoch: f.from(4, f.int32, -1),
          }),
        ),
      }),
    ),
  },
  answer: ({topics}, {broker, version}) => ({
    topics: topics.map(({name, partitions}) => ({
      name,
      partitions: partitions.map(({index, timestamp, currentLeaderEpoch}) => {
        const log = broker.topics.get(name)?.partitions[index];
        const refuse = (error: number) => ({index, error, ...none});
        if (log === undefined) return refuse(kafkaError.unknownTopicOrPartition);
        if (currentLeaderEpoch > leaderEpoch) return refuse(kafkaError.unknownLeaderEpoch);
        const isKnown = timestamp >= place.start || version >= (knownSince.get(timestamp) ?? Number.POSITIVE_INFINITY);
        if (!isKnown) return refuse(kafkaError.unsupportedVersion);
        return {index, error: kafkaError.none, ...locate(log, timestamp)};
      }),
    })),
  }),
});

const offsetForLeaderEpoch = api({
  key: 23,
  versions: [2, 4],
  flexible: 4,
  request: {
    replicaId: f.from(3, f.int32, -2),
    topics: f.array(
      f.struct({
        name: f.string,
        partitions: f.array(f.struct({index: f.int32, currentLeaderEpoch: f.int32, leaderEpoch: f.int32})),
      }),
    ),
  },
  response: {
    throttle: f.int32,
    topics: f.array(
      f.struct({
        name: f.string,
        partitions: f.array(f.struct({error: f.int16, index: f.int32, leaderEpoch: f.int32, endOffset: f.int64})),
      }),
    ),
  },
  answer: ({topics}, {broker}) => ({
    throttle: 0,
    topics: topics.map(({name, partitions}) => ({
      name,
      partitions: partitions.map(({index, currentLeaderEpoch, leaderEpoch: asked}) => {
        const log = broker.topics.get(name)?.partitions[index];
        const refuse = (error: number) => ({index, error, leaderEpoch: -1, endOffset: -1n});
        if (log === undefined) return refuse(kafkaError.unknownTopicOrPartition);
        if (currentLeaderEpoch > leaderEpoch) return refuse(kafkaError.unknownLeaderEpoch);
        if (asked !== leaderEpoch) return refuse(kafkaError.none);
        return {index, error: kafkaError.none, leaderEpoch, endOffset: log.end};
      }),
    })),
  }),
});

const deleteRecords = api({
  key: 21,
  versions: [0, 2],
  flexible: 2,
  request: {
    topics: f.array(f.struct({name: f.string, partitions: f.array(f.struct({index: f.int32, offset: f.int64}))})),
    timeout: f.int32,
  },
  response: {
    throttle: f.int32,
    topics: f.array(
      f.struct({
        name: f.string,
        partitions: f.array(f.struct({index: f.int32, lowWatermark: f.int64, error: f.int16})),
      }),
    ),
  },
  answer: ({topics}, {broker}) => ({
    throttle: 0,
    topics: topics.map(({name, partitions}) => ({
      name,
      partitions: partitions.map(({index, offset}) => {
        const log = broker.topics.get(name)?.partitions[index];
        if (log === undefined) return {index, lowWatermark: -1n, error: kafkaError.unknownTopicOrPartition};
        const before = offset === place.end ? log.end : offset;
        if (before < 0n || before > log.end) return {index, lowWatermark: -1n, error: kafkaError.offsetOutOfRange};
        log.dropBefore(before);
        return {index, lowWatermark: log.start, error: kafkaError.none};
      }),
    })),
  }),
});

export const offsetApis: readonly Api[] = [listOffsets, deleteRecords, offsetForLeaderEpoch];
