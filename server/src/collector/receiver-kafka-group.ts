/**
 * One stay in a consumer group: joins it, reads the partitions that it is given, commits how far they are safe, and leaves.
 * What goes wrong for longer than a request is tried again ends the stay, and the receiver begins another.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {Admin, type BaseOptions, Consumer, type GroupAssignment, ListOffsetTimestamps} from '@platformatic/kafka';
import {errorMessage, type Log} from '../base/index.ts';
import {kafkaAssigner, type RebalanceStrategy} from './kafka-assign.ts';
import {createFetcher, type FetchLimits} from './receiver-kafka-fetch.ts';
import {
  type Begin,
  type KafkaMessage,
  KafkaPartition,
  type KafkaPatience,
  type PartitionWork,
} from './receiver-kafka-partition.ts';

export interface GroupOptions {
  readonly client: BaseOptions;
  readonly group: {
    readonly group_id: string;
    readonly session_timeout: number;
    readonly heartbeat_interval: number;
    readonly initial_offset: 'latest' | 'earliest';
    readonly strategies: readonly RebalanceStrategy[];
  };
  readonly limits: FetchLimits;
  readonly patience: KafkaPatience;
  /** How often offsets are committed; undefined: whenever they move. */
  readonly commitEveryMs: number | undefined;
  readonly refreshMs: number;
  readonly log: Log;
  /** Topics that are read, by their names. */
  readonly named: readonly string[];
  /** Whether another one of the cluster's topics is read. */
  matches(topic: string): boolean;
  readonly work: Omit<PartitionWork, 'moved'>;
  onFetched(partition: KafkaPartition, messages: readonly KafkaMessage[], end: bigint): void;
  onAssigned(partition: KafkaPartition): void;
  onLost(partition: KafkaPartition): void;
}

/** How long the others of a group wait for a member that has to join again. */
export const rebalanceMs = 30_000;

const commitAgainMs = 1000;

/** How soon a topic that is named and not there is looked for again. */
const missingMs = 10_000;

/** Resolves when `stop` aborts and everything is committed; rejects when the stay came to an unwanted end. */
export async function stayInGroup(options: GroupOptions, stop: AbortSignal): Promise<void> {
  const {group, log} = options;
  const consumer = new Consumer({
    ...options.client,
    groupId: group.group_id,
    sessionTimeout: group.session_timeout,
    heartbeatInterval: group.heartbeat_interval,
    heartbeatStallTimeout: group.session_timeout,
    rebalanceTimeout: Math.max(rebalanceMs, group.session_timeout),
    protocols: group.strategies.map((name) => ({name, version: name === 'cooperative-sticky' ? 3 : 1})),
    partitionAssigner: kafkaAssigner(group.strategies),
    metadataMaxAge: Math.min(options.refreshMs, 30_000),
    autocommit: false,
  });
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => {});
  const fail = (error: Error): void => broken.reject(error);
  const partitions = new Map<string, KafkaPartition>();
  const positions = positionsOf(consumer, group.initial_offset);
  const fetcher = createFetcher({
    consumer,
    client: options.client,
    limits: options.limits,
    partitions,
    log,
    onFetched: options.onFetched,
    restart: async ({topic, partition}) => {
      const [offset] = await positions.initial([{topic, partition}]);
      return offset as bigint;
    },
  });

  let committing: Promise<boolean> | undefined;
  /** Whether everything that is safe is committed. One request at a time: two of them could land in the wrong order. */
  const commit = async (): Promise<boolean> => {
    while (committing !== undefined) await committing;
    const offsets = [...partitions.values()].flatMap(({topic, partition, safe, leaderEpoch}) =>
      safe === undefined ? [] : [{topic, partition, offset: safe, leaderEpoch}],
    );
    if (offsets.length === 0) return true;
    committing = send(offsets);
    return committing;
  };
  const send = async (offsets: Parameters<Consumer['commit']>[0]['offsets']): Promise<boolean> => {
    try {
      await consumer.commit({offsets});
      for (const {topic, partition, offset} of offsets) partitions.get(`${topic}:${partition}`)?.committed(offset);
      return true;
    } catch (error) {
      log.warn({error: errorMessage(error)}, 'offsets could not be committed; what they stand for may come again');
      return false;
    } finally {
      committing = undefined;
    }
  };
  /** Without an interval: what moves while a commit is under way is committed by the next, which its end begins. */
  const commitOnward = async (): Promise<void> => {
    if (committing !== undefined) return;
    if (!(await commit())) await sleep(commitAgainMs, undefined, {signal: stop}).catch(() => {});
    if (!stop.aborted && [...partitions.values()].some(({safe}) => safe !== undefined)) await commitOnward();
  };
  const moved = (): void => {
    fetcher.look();
    if (options.commitEveryMs === undefined) void commitOnward();
  };
  const work: PartitionWork = {...options.work, moved};

  const drop = (key: string, partition: KafkaPartition): void => {
    partitions.delete(key);
    partition.end();
    options.onLost(partition);
  };
  let member = '';
  let generation = -1;
  const isCooperative = group.strategies.every((each) => each === 'cooperative-sticky');
  /** Keeps what stays with this member without a gap, and reads the rest from where the group has come to. */
  const assigned = async (assignments: readonly GroupAssignment[]): Promise<void> => {
    const wanted = new Set(assignments.flatMap(({topic, partitions: list}) => list.map((each) => `${topic}:${each}`)));
    const isUnbroken = consumer.memberId === member && consumer.generationId === generation + 1;
    member = consumer.memberId ?? '';
    const own = (generation = consumer.generationId);
    for (const [key, partition] of partitions) if (!isUnbroken || !wanted.has(key)) drop(key, partition);
    const fresh = assignments.flatMap(({topic, partitions: list}) =>
      list.filter((each) => !partitions.has(`${topic}:${each}`)).map((partition) => ({topic, partition})),
    );
    const begin = await positions.of(fresh);
    // Another assignment may have come meanwhile.
    if (generation !== own || stop.aborted) return;
    for (const [index, {topic, partition}] of fresh.entries()) {
      const opened = new KafkaPartition(topic, partition, begin[index] as Begin, options.patience, work);
      partitions.set(`${topic}:${partition}`, opened);
      options.onAssigned(opened);
    }
    fetcher.look();
  };
  consumer.on('error', fail);
  consumer.on('consumer:heartbeat:stalled', ({lastError}) => fail(lastError ?? new Error('no heartbeat is answered')));
  consumer.on('consumer:group:join', ({assignments}) => void assigned(assignments ?? []).catch(fail));
  consumer.on('consumer:group:rebalance', () => {
    // Still of the generation that ends: what is safe goes along with it.
    void commit();
    if (!isCooperative) return;
    generation = consumer.generationId;
    const kept = new Set(
      consumer.assignments?.flatMap(({topic, partitions: list}) => list.map((p) => `${topic}:${p}`)),
    );
    for (const [key, partition] of partitions) if (!kept.has(key)) drop(key, partition);
  });

  const timer =
    options.commitEveryMs === undefined ? undefined : setInterval(() => void commit(), options.commitEveryMs);
  const admin = new Admin(options.client);
  const aborted = new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), {once: true}));
  try {
    await Promise.race([broken.promise, aborted, follow({...options, consumer, admin, stop})]);
  } finally {
    clearInterval(timer);
    for (const partition of partitions.values()) partition.end();
    await fetcher.stop();
    await Promise.all([...partitions.values()].map((partition) => partition.idle()));
    if (stop.aborted) await commit();
    for (const [key, partition] of partitions) drop(key, partition);
    // With an error there is nothing more to do: the broker notices that the member is gone.
    await Promise.allSettled([consumer.close(true), admin.close()]);
  }
}

/** Subscribes to the topics that are there, and again when others are, or have more partitions. Ends with `stop`. */
async function follow({
  consumer,
  admin,
  stop,
  named,
  matches,
  refreshMs,
  log,
}: GroupOptions & {readonly consumer: Consumer; readonly admin: Admin; readonly stop: AbortSignal}): Promise<void> {
  let seen = '';
  let told = '';
  while (!stop.aborted) {
    const all = await admin.listTopics();
    const topics = all.filter((topic) => named.includes(topic) || matches(topic)).toSorted();
    const missing = named.filter((topic) => !all.includes(topic));
    if (missing.length > 0 && told !== missing.join()) {
      log.warn({topics: missing}, `there is no topic ${missing.join(', ')} yet; looking for it again`);
      told = missing.join();
    }
    const metadata = await consumer.metadata({topics: [...topics], forceUpdate: true});
    const now = topics.map((topic) => `${topic}:${metadata.topics.get(topic)?.partitionsCount}`).join();
    if (now !== seen && topics.length > 0) {
      for (const topic of [...consumer.topics.keys()]) if (!topics.includes(topic)) consumer.topics.untrack(topic);
      for (const topic of topics) if (!consumer.topics.has(topic)) consumer.topics.track(topic);
      await consumer.joinGroup({});
      seen = now;
    }
    const wait = missing.length > 0 || topics.length === 0 ? Math.min(missingMs, refreshMs) : refreshMs;
    await sleep(wait, undefined, {signal: stop}).catch(() => {});
  }
}

type Place = {readonly topic: string; readonly partition: number};

/** Where to begin: where the group has come to, or where `initial_offset` says. */
function positionsOf(consumer: Consumer, initialOffset: 'latest' | 'earliest') {
  const initial = async (places: readonly Place[]): Promise<bigint[]> => {
    if (places.length === 0) return [];
    const offsets = await consumer.listOffsets({
      topics: [...new Set(places.map(({topic}) => topic))],
      partitions: Object.fromEntries(byTopic(places)),
      timestamp: initialOffset === 'earliest' ? ListOffsetTimestamps.EARLIEST : ListOffsetTimestamps.LATEST,
    });
    return places.map(({topic, partition}) => {
      const offset = offsets.get(topic)?.[partition];
      if (offset === undefined || offset < 0n) throw new Error(`no offset is known of ${topic}/${partition}`);
      return offset;
    });
  };
  return {
    initial,
    async of(places: readonly Place[]): Promise<Begin[]> {
      if (places.length === 0) return [];
      const committed = await consumer.listCommittedOffsets({
        topics: [...byTopic(places)].map(([topic, partitions]) => ({topic, partitions})),
      });
      const known = places.map(({topic, partition}) => committed.get(topic)?.[partition] ?? -1n);
      const open = places.filter((_, index) => (known[index] as bigint) < 0n);
      const begin = await initial(open);
      return known.map((offset, index) =>
        offset >= 0n
          ? {offset, isCommitted: true}
          : {offset: begin[open.indexOf(places[index] as Place)] as bigint, isCommitted: false},
      );
    },
  };
}

function byTopic(places: readonly Place[]): Map<string, number[]> {
  const topics = new Map<string, number[]>();
  for (const {topic, partition} of places) {
    const known = topics.get(topic);
    if (known === undefined) topics.set(topic, [partition]);
    else known.push(partition);
  }
  return topics;
}
