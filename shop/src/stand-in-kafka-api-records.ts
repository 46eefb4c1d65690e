/** Produce and Fetch: records in and out. Layouts: `ProduceRequest.json`, `FetchRequest.json` and their responses in Apache Kafka 4.1. */
import {type Api, api, type Context, leaderEpoch, topicOf} from './stand-in-kafka-api.ts';
import {kafkaError} from './stand-in-kafka-errors.ts';
import * as f from './stand-in-kafka-fields.ts';
import type {PartitionLog} from './stand-in-kafka-log.ts';
import {KafkaProtocolError} from './stand-in-kafka-wire.ts';

const topicIdsOfProduce = 13;
const zstdOfProduce = 7;
const topicIdsOfFetch = 13;
/** Of record batches in one answer, so that slow readers hold little; a batch has at most a mebibyte. */
const maximumAnswerBytes = 8 * 1024 * 1024;

const leader = f.struct({leaderId: f.int32, leaderEpoch: f.int32});

const produce = api({
  key: 0,
  versions: [3, 13],
  flexible: 9,
  request: {
    transactionalId: f.nullableString,
    acks: f.int16,
    timeout: f.int32,
    topics: f.array(
      f.struct({
        name: f.between(0, 12, f.string, ''),
        id: f.from(topicIdsOfProduce, f.uuid, f.noUuid),
        partitions: f.array(f.struct({index: f.int32, records: f.records})),
      }),
    ),
  },
  response: {
    topics: f.array(
      f.struct({
        name: f.between(0, 12, f.string, ''),
        id: f.from(topicIdsOfProduce, f.uuid, f.noUuid),
        partitions: f.array(
          f.struct({
            index: f.int32,
            error: f.int16,
            baseOffset: f.int64,
            logAppendTime: f.int64,
            logStart: f.from(5, f.int64, -1n),
            recordErrors: f.from(8, f.array(f.struct({index: f.int32, message: f.nullableString})), []),
            message: f.from(8, f.nullableString, undefined),
            currentLeader: f.tagged(10, 0, leader, {leaderId: -1, leaderEpoch: -1}),
          }),
        ),
      }),
    ),
    throttle: f.int32,
  },
  answer({transactionalId, acks, topics}, {broker, version}) {
    const validAcks = acks >= -1 && acks <= 1;
    let failed = !validAcks;
    const answered = topics.map((asked) => {
      const topic = topicOf(broker, asked, version >= topicIdsOfProduce);
      const partitions = asked.partitions.map(({index, records}) => {
        const log = topic?.partitions[index];
        const {error, offset} = ((): {error: number; offset: bigint} => {
          const refuse = (code: number): {error: number; offset: bigint} => ({error: code, offset: -1n});
          if (transactionalId !== undefined) return refuse(kafkaError.transactionalIdAuthorizationFailed);
          if (!validAcks) return refuse(kafkaError.invalidRequiredAcks);
          if (log === undefined) return refuse(unknown(topic, version >= topicIdsOfProduce));
          return broker.topics.append(log, records, version >= zstdOfProduce);
        })();
        failed ||= error !== kafkaError.none;
        const isStored = error === kafkaError.none;
        return {index, error, baseOffset: offset, logAppendTime: -1n, logStart: isStored ? log?.start : -1n};
      });
      return {name: asked.name, id: asked.id, partitions};
    });
    if (acks !== 0) return {topics: answered, throttle: 0};
    // A producer that wants no answers learns of a refusal by the end of its connection, as with Kafka.
    if (failed) throw new KafkaProtocolError('records of a producer that wants no answer were refused');
    return undefined;
  },
});

/** The error for a partition that is not there. */
function unknown(topic: unknown, hasIds: boolean): number {
  return hasIds && topic === undefined ? kafkaError.unknownTopicId : kafkaError.unknownTopicOrPartition;
}

const fetch = api({
  key: 1,
  versions: [4, 18],
  flexible: 12,
  request: {
    clusterId: f.tagged(12, 0, f.nullableString, undefined),
    replicaId: f.between(0, 14, f.int32, -1),
    maximumWait: f.int32,
    minimumBytes: f.int32,
    maximumBytes: f.int32,
    isolationLevel: f.int8,
    sessionId: f.from(7, f.int32, 0),
    sessionEpoch: f.from(7, f.int32, -1),
    topics: f.array(
      f.struct({
        name: f.between(0, 12, f.string, ''),
        id: f.from(topicIdsOfFetch, f.uuid, f.noUuid),
        partitions: f.array(
          f.struct({
            index: f.int32,
            currentLeaderEpoch: f.from(9, f.int32, -1),
            offset: f.int64,
            lastFetchedEpoch: f.from(12, f.int32, -1),
            logStart: f.from(5, f.int64, -1n),
            maximumBytes: f.int32,
          }),
        ),
      }),
    ),
    forgotten: f.from(
      7,
      f.array(
        f.struct({
          name: f.between(0, 12, f.string, ''),
          id: f.from(topicIdsOfFetch, f.uuid, f.noUuid),
          partitions: f.array(f.int32),
        }),
      ),
      [],
    ),
    rackId: f.from(11, f.string, ''),
  },
  response: {
    throttle: f.int32,
    error: f.from(7, f.int16, 0),
    sessionId: f.from(7, f.int32, 0),
    topics: f.array(
      f.struct({
        name: f.between(0, 12, f.string, ''),
        id: f.from(topicIdsOfFetch, f.uuid, f.noUuid),
        partitions: f.array(
          f.struct({
            index: f.int32,
            error: f.int16,
            highWatermark: f.int64,
            lastStableOffset: f.int64,
            logStart: f.from(5, f.int64, -1n),
            abortedTransactions: f.nullableArray(f.struct({producerId: f.int64, firstOffset: f.int64})),
            preferredReadReplica: f.from(11, f.int32, -1),
            records: f.records,
          }),
        ),
      }),
    ),
  },
  async answer(request, context) {
    const error = sessionError(request);
    if (error !== kafkaError.none) return {throttle: 0, error, topics: []};
    const {version, broker} = context;
    const hasIds = version >= topicIdsOfFetch;
    const isolated = request.isolationLevel === 1;
    const find = () =>
      request.topics.map((asked) => {
        const topic = topicOf(broker, asked, hasIds);
        const partitions = asked.partitions.map((one) => {
          const log = topic?.partitions[one.index];
          return {...one, log, error: log === undefined ? unknown(topic, hasIds) : offsetError(log, one)};
        });
        return {...asked, partitions};
      });
    await untilAnswerable(() => find().flatMap(({partitions}) => partitions), request, context);
    let left = Math.min(request.maximumBytes, maximumAnswerBytes);
    let isFirst = true;
    const topics = find().map(({name, id, partitions}) => ({
      name,
      id,
      partitions: partitions.map(({index, log, offset, maximumBytes, ...one}) => {
        const found = log !== undefined && one.error === kafkaError.none;
        const batches = found ? log.read(offset, Math.min(maximumBytes, left), isFirst) : [];
        const records = batches.map(({bytes}) => bytes);
        isFirst &&= records.length === 0;
        left = Math.max(0, left - records.reduce((sum, {length}) => sum + length, 0));
        const watermark = found ? log.end : -1n;
        return {
          index,
          error: one.error,
          highWatermark: watermark,
          lastStableOffset: watermark,
          logStart: found ? log.start : -1n,
          abortedTransactions: isolated && found ? [] : undefined,
          records,
        };
      }),
    }));
    return {throttle: 0, error, topics};
  },
});

/** No session is kept: each request for one is answered in full with session 0, as by a broker whose sessions are all taken. */
function sessionError({sessionId, sessionEpoch}: {sessionId: number; sessionEpoch: number}): number {
  if (sessionEpoch <= 0) return kafkaError.none;
  return sessionId === 0 ? kafkaError.invalidFetchSessionEpoch : kafkaError.fetchSessionIdNotFound;
}

interface Wanted {
  readonly offset: bigint;
  readonly currentLeaderEpoch: number;
}
function offsetError(log: PartitionLog, {offset, currentLeaderEpoch}: Wanted): number {
  if (currentLeaderEpoch > leaderEpoch) return kafkaError.unknownLeaderEpoch;
  return offset < log.start || offset > log.end ? kafkaError.offsetOutOfRange : kafkaError.none;
}

/** Resolves when the bytes that the consumer wants are there, something is wrong, its patience ends, or it is gone. */
function untilAnswerable(
  find: () => readonly {readonly log: PartitionLog | undefined; readonly offset: bigint; readonly error: number}[],
  {minimumBytes, maximumWait}: {readonly minimumBytes: number; readonly maximumWait: number},
  {gone}: Context,
): Promise<void> {
  const isAnswerable = (): boolean => {
    let bytes = 0;
    for (const {log, offset, error} of find()) {
      if (error !== kafkaError.none || log === undefined) return true;
      for (const batch of log.read(offset, minimumBytes)) bytes += batch.bytes.length;
    }
    return bytes >= minimumBytes;
  };
  if (maximumWait <= 0 || gone.aborted || isAnswerable()) return Promise.resolve();
  const logs = find().flatMap(({log}) => log ?? []);
  return new Promise((resolve) => {
    const timer = setTimeout(finish, maximumWait);
    function finish(): void {
      clearTimeout(timer);
      gone.removeEventListener('abort', finish);
      for (const log of logs) log.forget(check);
      resolve();
    }
    function check(): void {
      if (isAnswerable()) finish();
    }
    gone.addEventListener('abort', finish);
    for (const log of logs) log.onAppend(check);
  });
}

export const recordApis: readonly Api[] = [produce, fetch];
