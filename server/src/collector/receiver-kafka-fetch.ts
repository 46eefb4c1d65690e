/** Fetches messages for the partitions that want some: one request at a time to each broker, all others go on meanwhile. */
import {setTimeout as sleep} from 'node:timers/promises';
import {
  type BaseOptions,
  type ClusterMetadata,
  ConnectionPool,
  type Consumer,
  findErrorBy,
  IS_CONTROL,
  protocolErrors,
} from '@platformatic/kafka';
import {errorMessage, type Log, MalformedError, type PermanentError, TooLargeError} from '../base/index.ts';
import {type FetchedPartition, type FetchResponse, packedFetches} from './kafka-fetch-response.ts';
import {type KafkaRecord, unpackRecords} from './kafka-records.ts';
import type {KafkaMessage, KafkaPartition} from './receiver-kafka-partition.ts';

type FetchRequestTopic = Parameters<Consumer['fetch']>[0]['topics'][number];

export interface FetchLimits {
  readonly min_fetch_size: number;
  readonly max_fetch_size: number;
  readonly max_fetch_wait: number;
  readonly max_partition_fetch_size: number;
  /** What a batch may take when it is unpacked, and all messages together that wait. */
  readonly max_decompress_batch_bytes: number;
  readonly use_leader_epoch: boolean;
}

export interface FetcherOptions {
  readonly consumer: Consumer;
  readonly client: BaseOptions;
  readonly limits: FetchLimits;
  readonly partitions: ReadonlyMap<string, KafkaPartition>;
  readonly log: Log;
  /** A fetch brought these of the partition, whose end is at `end`. */
  onFetched(partition: KafkaPartition, messages: readonly KafkaMessage[], end: bigint): void;
  /** Where to go on in a partition whose offset is not there any more. */
  restart(partition: KafkaPartition): Promise<bigint>;
}

export interface Fetcher {
  /** Something may have become hungry. Cheap; may be called often. */
  look(): void;
  /** Starts nothing more; resolves when nothing is under way. */
  stop(): Promise<void>;
}

const longestWaitMs = 10_000;

export function createFetcher(options: FetcherOptions): Fetcher {
  const {consumer, limits, partitions, log} = options;
  // A fetch waits at the broker, and what follows it on the same connection waits with it.
  const pool = new ConnectionPool(options.client.clientId, options.client);
  const packed = packedFetches(pool);
  const ended = new AbortController();
  const busy = new Map<number, Promise<void>>();
  let isLooking = false;
  let failures = 0;
  /** Something that was fetched had no room beside what waits: nothing more is fetched before that has gone. */
  let isFull = false;
  const waitingBytes = (): number => [...partitions.values()].reduce((sum, each) => sum + each.waitingBytes, 0);

  const look = (): void => {
    if (isLooking || ended.signal.aborted) return;
    isLooking = true;
    setImmediate(() => void assign());
  };
  const hungry = (): KafkaPartition[] => {
    isFull &&= waitingBytes() > 0;
    return isFull ? [] : [...partitions.values()].filter(({isHungry}) => isHungry);
  };
  const assign = async (): Promise<void> => {
    try {
      if (hungry().length === 0) return;
      const metadata = await consumer.metadata({topics: [...consumer.topics.current]});
      const byNode = new Map<number, KafkaPartition[]>();
      for (const each of hungry()) {
        const node = metadata.topics.get(each.topic)?.partitions[each.partition]?.leader;
        if (node === undefined || busy.has(node)) continue;
        const known = byNode.get(node);
        if (known === undefined) byNode.set(node, [each]);
        else known.push(each);
      }
      if (ended.signal.aborted) return;
      for (const [node, wanted] of byNode) busy.set(node, run(node, wanted, metadata));
    } catch (error) {
      await failed(error);
    } finally {
      isLooking = false;
    }
  };
  const run = async (node: number, wanted: readonly KafkaPartition[], metadata: ClusterMetadata): Promise<void> => {
    for (const each of wanted) each.fetching = true;
    try {
      const topics = requestOf(wanted, metadata, limits.use_leader_epoch, limits.max_partition_fetch_size);
      const response = (await consumer.fetch({
        node,
        topics,
        minBytes: limits.min_fetch_size,
        maxBytes: limits.max_fetch_size,
        maxWaitTime: limits.max_fetch_wait,
        connectionPool: packed,
      })) as unknown as FetchResponse;
      failures = 0;
      for (const each of wanted) each.fetching = false;
      take(response, wanted, metadata);
    } catch (error) {
      if (!(await restarted(error, wanted, metadata))) await failed(error);
      for (const each of wanted) each.fetching = false;
    } finally {
      busy.delete(node);
      look();
    }
  };
  const take = (response: FetchResponse, wanted: readonly KafkaPartition[], metadata: ClusterMetadata): void => {
    for (const {partition, answer} of answersOf(response, wanted, metadata)) {
      const {messages, next, isCut} = messagesOf(partition, answer, limits.max_decompress_batch_bytes, waitingBytes());
      isFull ||= isCut;
      options.onFetched(partition, messages, answer.highWatermark);
      if (next > partition.next) partition.add(messages, next);
    }
  };
  /** Whether the error was that offsets are gone, and these partitions go on elsewhere. */
  const restarted = async (
    error: unknown,
    wanted: readonly KafkaPartition[],
    metadata: ClusterMetadata,
  ): Promise<boolean> => {
    const outOfRange = findErrorBy(error as Error, 'apiId', 'OFFSET_OUT_OF_RANGE');
    const response = (error as {readonly response?: FetchResponse}).response;
    if (outOfRange === null || response === undefined) return false;
    try {
      for (const {partition, answer} of answersOf(response, wanted, metadata)) {
        if (answer.errorCode !== protocolErrors.OFFSET_OUT_OF_RANGE?.code) continue;
        const from = partition.next;
        partition.jump(await options.restart(partition));
        log.warn(
          {topic: partition.topic, partition: partition.partition, from: String(from), to: String(partition.next)},
          'the broker does not have the offset any more: messages between were deleted before they were read',
        );
      }
      return true;
    } catch {
      return false;
    }
  };
  const failed = async (error: unknown): Promise<void> => {
    if (ended.signal.aborted) return;
    const waitMs = Math.min(longestWaitMs, 250 * 2 ** failures++);
    log.warn({error: errorMessage(error), waitMs}, 'messages could not be fetched; trying again');
    await sleep(waitMs, undefined, {signal: ended.signal}).catch(() => {});
    setImmediate(look);
  };
  return {
    look,
    async stop() {
      ended.abort();
      // Ends the requests that wait at a broker.
      await pool.close();
      await Promise.all(busy.values());
    },
  };
}

function requestOf(
  wanted: readonly KafkaPartition[],
  metadata: ClusterMetadata,
  usesEpoch: boolean,
  partitionMaxBytes: number,
): FetchRequestTopic[] {
  const topics = new Map<string, FetchRequestTopic>();
  for (const {topic, partition, next} of wanted) {
    const known = metadata.topics.get(topic);
    if (known === undefined) continue;
    let request = topics.get(topic);
    if (request === undefined) topics.set(topic, (request = {topicId: known.id, partitions: []}));
    request.partitions.push({
      partition,
      currentLeaderEpoch: usesEpoch ? (known.partitions[partition]?.leaderEpoch ?? -1) : -1,
      fetchOffset: next,
      lastFetchedEpoch: -1,
      partitionMaxBytes,
    });
  }
  return [...topics.values()];
}

/** The answers to what was asked: a broker may tell of partitions that it remembers from an earlier request. */
function answersOf(
  response: FetchResponse,
  wanted: readonly KafkaPartition[],
  metadata: ClusterMetadata,
): {readonly partition: KafkaPartition; readonly answer: FetchedPartition}[] {
  const asked = new Map(wanted.map((each) => [`${metadata.topics.get(each.topic)?.id} ${each.partition}`, each]));
  return response.responses.flatMap(({topicId, partitions}) =>
    partitions.flatMap((answer) => {
      const partition = asked.get(`${topicId} ${answer.partitionIndex}`);
      return partition === undefined ? [] : [{partition, answer}];
    }),
  );
}

/**
 * Without those before the offset that was asked for, which come along in their batch, and without the marks of transactions.
 * They may take `limit` bytes beside the `waiting` ones; `isCut` where batches had to be left for later, from `next` on.
 */
function messagesOf(
  {topic, partition, next: begin}: KafkaPartition,
  answer: FetchedPartition,
  limit: number,
  waiting: number,
): {readonly messages: KafkaMessage[]; readonly next: bigint; readonly isCut: boolean} {
  const messages: KafkaMessage[] = [];
  let next = begin;
  let taken = waiting;
  for (const batch of answer.records ?? []) {
    const {firstOffset, lastOffsetDelta, partitionLeaderEpoch: leaderEpoch} = batch;
    const place = {topic, partition, leaderEpoch};
    const end = firstOffset + BigInt(lastOffsetDelta) + 1n;
    if ((batch.attributes & IS_CONTROL) === 0 && end > next) {
      let records: KafkaRecord[] = [];
      try {
        records = unpackRecords(batch, limit - taken);
      } catch (error) {
        if (!(error instanceof TooLargeError || error instanceof MalformedError)) throw error;
        if (error instanceof TooLargeError && taken > 0) return {messages, next, isCut: true};
        const offset = firstOffset > next ? firstOffset : next;
        messages.push({...place, offset, value: null, headers: [], cost: 0, fault: batchFault(error, offset, end)});
      }
      for (const {offsetDelta, value, headers, cost} of records) {
        const offset = firstOffset + BigInt(offsetDelta);
        if (offset >= next) messages.push({...place, offset, value, headers, cost});
        taken += cost;
      }
    }
    if (end > next) next = end;
  }
  return {messages, next, isCut: false};
}

function batchFault(error: TooLargeError | MalformedError, from: bigint, end: bigint): PermanentError {
  const message = `the batch with the offsets ${from} to ${end - 1n} cannot be read: ${error.message}`;
  return error instanceof TooLargeError ? new TooLargeError(message, error.limitBytes) : new MalformedError(message);
}
