/** Who of a consumer group gets which partitions: Kafka's strategies, for the member that the broker makes the leader. */
import {cooperativeStickyAssigner, type GroupPartitionsAssigner} from '@platformatic/kafka';

export const rebalanceStrategies = ['range', 'roundrobin', 'sticky', 'cooperative-sticky'] as const;
export type RebalanceStrategy = (typeof rebalanceStrategies)[number];

type Arguments = Parameters<GroupPartitionsAssigner>;

/**
 * The assigner for members that offer these strategies, the preferred one first. All of them give every partition to exactly one
 * of those that want it, which is what a group asks of its leader whichever of them it has agreed on; moving partitions in two
 * rounds is only done where `cooperative-sticky` is offered.
 */
export function kafkaAssigner(strategies: readonly RebalanceStrategy[]): GroupPartitionsAssigner {
  if (strategies.includes('cooperative-sticky')) return cooperativeStickyAssigner;
  if (strategies[0] === 'range') return range;
  return strategies[0] === 'sticky' ? stickyAssigner() : roundRobin;
}

/** The members that want a topic, by id, so that every leader comes to the same result. */
const takersOf = (members: Arguments[1], topic: string): string[] =>
  [...members]
    .filter(([, {topics}]) => topics?.includes(topic))
    .map(([id]) => id)
    .sort();

const topicsOf = (members: Arguments[1]): string[] =>
  [...new Set([...members.values()].flatMap(({topics}) => topics ?? []))].sort();

/** Each topic in runs of neighbouring partitions; the first members get one more where they do not come out even. */
const range: GroupPartitionsAssigner = (_, members, __, metadata) => {
  const out = emptyFor(members);
  for (const topic of topicsOf(members)) {
    const takers = takersOf(members, topic);
    const count = metadata.topics.get(topic)?.partitionsCount ?? 0;
    for (let partition = 0; partition < count; partition++) {
      const share = Math.floor(count / takers.length);
      const larger = count % takers.length;
      const border = larger * (share + 1);
      const index =
        partition < border ? Math.floor(partition / (share + 1)) : larger + Math.floor((partition - border) / share);
      give(out, takers[index] as string, topic, partition);
    }
  }
  return resultOf(out);
};

/** All partitions of all topics, one by one to the next member that wants the topic. */
const roundRobin: GroupPartitionsAssigner = (_, members, __, metadata) => {
  const out = emptyFor(members);
  const everybody = [...members.keys()].sort();
  let turn = 0;
  for (const topic of topicsOf(members)) {
    const takers = new Set(takersOf(members, topic));
    const count = metadata.topics.get(topic)?.partitionsCount ?? 0;
    for (let partition = 0; partition < count; partition++) {
      while (!takers.has(everybody[turn % everybody.length] as string)) turn++;
      give(out, everybody[turn++ % everybody.length] as string, topic, partition);
    }
  }
  return resultOf(out);
};

/** Evenly, and as it was where that is even: for as long as this member is the leader. */
function stickyAssigner(): GroupPartitionsAssigner {
  let before = new Map<string, string>();
  return (_, members, __, metadata) => {
    const out = emptyFor(members);
    const load = (member: string): number =>
      [...(out.get(member)?.values() ?? [])].reduce((sum, {length}) => sum + length, 0);
    const open: {readonly topic: string; readonly partition: number}[] = [];
    const all = topicsOf(members).flatMap((topic) =>
      Array.from({length: metadata.topics.get(topic)?.partitionsCount ?? 0}, (__, partition) => ({topic, partition})),
    );
    const most = Math.ceil(all.length / members.size);
    for (const each of all) {
      const owner = before.get(`${each.topic}:${each.partition}`);
      const keeps = owner !== undefined && takersOf(members, each.topic).includes(owner) && load(owner) < most;
      if (keeps) give(out, owner, each.topic, each.partition);
      else open.push(each);
    }
    for (const {topic, partition} of open) {
      const [least] = takersOf(members, topic).toSorted((a, b) => load(a) - load(b));
      give(out, least as string, topic, partition);
    }
    before = new Map(
      [...out].flatMap(([member, topics]) =>
        [...topics].flatMap(([topic, list]) => list.map((partition) => [`${topic}:${partition}`, member] as const)),
      ),
    );
    return resultOf(out);
  };
}

type Shares = Map<string, Map<string, number[]>>;

const emptyFor = (members: Arguments[1]): Shares => new Map([...members.keys()].map((id) => [id, new Map()]));

function give(out: Shares, member: string, topic: string, partition: number): void {
  const topics = out.get(member);
  const list = topics?.get(topic);
  if (list === undefined) topics?.set(topic, [partition]);
  else list.push(partition);
}

const resultOf = (out: Shares): ReturnType<GroupPartitionsAssigner> =>
  [...out].map(([memberId, topics]) => ({
    memberId,
    assignments: new Map([...topics].map(([topic, partitions]) => [topic, {topic, partitions}])),
  }));
