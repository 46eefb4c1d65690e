import {afterEach, expect, test} from 'vitest';
import {kafkaError} from './stand-in-kafka-errors.ts';
import {ConsumerGroup, type Join, type JoinReply} from './stand-in-kafka-group.ts';

let group = new ConsumerGroup();
afterEach(() => {
  group.close();
  group = new ConsumerGroup();
});
const join = (more: Partial<Join> = {}): Promise<JoinReply> =>
  group.join({
    member: '',
    instance: undefined,
    clientId: 'client',
    clientHost: '/127.0.0.1',
    sessionTimeout: 60_000,
    rebalanceTimeout: 60_000,
    protocolType: 'consumer',
    protocols: [{name: 'range', metadata: Buffer.from('m')}],
    idFirst: false,
    ...more,
  });
const sender = ({member, generation}: JoinReply, instance?: string) => ({member, generation, instance});
/** The leader hands out `assignment` to itself. */
const settle = (leader: JoinReply, assignment = 'all') =>
  group.sync(sender(leader), 'range', new Map([[leader.member, Buffer.from(assignment)]]));

test('Kafka stand-in group: a newer member is given its id first and joins with it', async () => {
  const first = await join({idFirst: true});
  expect(first.error).toBe(kafkaError.memberIdRequired);
  const second = await join({idFirst: true, member: first.member});
  expect(second).toMatchObject({error: kafkaError.none, member: first.member, leader: first.member});
});

test('Kafka stand-in group: an id that was given and never joined with does not hold up the others for ever', async () => {
  await join({idFirst: true, sessionTimeout: 30});
  expect((await join()).error).toBe(kafkaError.none);
});

test('Kafka stand-in group: a member whose session ends leaves its place, and the rest rebalances', async () => {
  const [mortal, other] = await Promise.all([join({sessionTimeout: 100}), join()]);
  const [leader, follower] = mortal.leader === mortal.member ? [mortal, other] : [other, mortal];
  const synced = group.sync(sender(follower), 'range', new Map());
  await settle(leader);
  await synced;
  await expect.poll(() => group.heartbeat(sender(other))).toBe(kafkaError.rebalanceInProgress);
  const again = await join({member: other.member});
  expect(again).toMatchObject({error: kafkaError.none, leader: other.member});
  expect(again.members.map(({id}) => id)).toEqual([other.member]);
  expect(group.heartbeat(sender(mortal))).toBe(kafkaError.unknownMemberId);
});

test('Kafka stand-in group: a member that does not join again in time is left out of the next generation', async () => {
  const silent = await join({rebalanceTimeout: 100});
  await settle(silent);
  const second = await join({rebalanceTimeout: 100});
  expect(second).toMatchObject({error: kafkaError.none, leader: second.member, generation: silent.generation + 1});
  expect(group.mayCommit(sender(silent))).toBe(kafkaError.unknownMemberId);
});

test('Kafka stand-in group: a static member that comes back keeps its place without a rebalance, and its namesake is fenced', async () => {
  const [leader, follower] = await Promise.all([join(), join({instance: 'b'})]);
  const synced = group.sync(sender(follower, 'b'), 'range', new Map());
  const all = new Map([
    [leader.member, Buffer.from('one')],
    [follower.member, Buffer.from('two')],
  ]);
  await group.sync(sender(leader), 'range', all);
  expect((await synced).assignment.toString()).toBe('two');
  const back = await join({instance: 'b'});
  expect(back).toMatchObject({error: kafkaError.none, generation: follower.generation});
  expect(back.member).not.toBe(follower.member);
  expect((await group.sync(sender(back, 'b'), 'range', new Map())).assignment.toString()).toBe('two');
  expect(group.heartbeat(sender(leader))).toBe(kafkaError.none);
  expect(group.heartbeat(sender(follower, 'b'))).toBe(kafkaError.fencedInstanceId);
});

test('Kafka stand-in group: commits are for members of this generation; without membership, for an empty group only', async () => {
  const nobody = {member: '', generation: -1, instance: undefined};
  expect(group.mayCommit(nobody)).toBe(kafkaError.none);
  const member = await join();
  expect(group.mayCommit(sender(member))).toBe(kafkaError.rebalanceInProgress);
  await settle(member);
  expect(group.mayCommit(sender(member))).toBe(kafkaError.none);
  expect(group.mayCommit({...sender(member), generation: 99})).toBe(kafkaError.illegalGeneration);
  expect(group.mayCommit(nobody)).toBe(kafkaError.unknownMemberId);
});

test('Kafka stand-in group: a member without a protocol that all others know is refused', async () => {
  await settle(await join());
  const stranger = await join({protocols: [{name: 'sticky', metadata: Buffer.alloc(0)}]});
  expect(stranger.error).toBe(kafkaError.inconsistentGroupProtocol);
});

test('Kafka stand-in group: once its last member left it is empty, and a new member begins a new generation', async () => {
  const member = await join();
  await settle(member);
  expect(group.leave(member.member, undefined)).toBe(kafkaError.none);
  expect(group.state).toBe('Empty');
  expect((await join()).generation).toBeGreaterThan(member.generation);
});

test('Kafka stand-in group: a static member that is awaited by a rebalance and comes back ends it', async () => {
  const only = await join({instance: 'a', rebalanceTimeout: 50});
  await settle(only);
  const newcomer = join({rebalanceTimeout: 50});
  expect(group.state).toBe('PreparingRebalance');
  const back = await join({instance: 'a', rebalanceTimeout: 50});
  expect((await newcomer).generation).toBe(back.generation);
  expect([back, await newcomer].map(({leader}) => leader)).toEqual([back.member, back.member]);
});
