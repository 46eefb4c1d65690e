/** Membership of consumer groups. Layouts: `JoinGroup`, `SyncGroup`, `Heartbeat`, `LeaveGroup` in Apache Kafka 4.1. */
import {type Api, api} from './stand-in-kafka-api.ts';
import {kafkaError} from './stand-in-kafka-errors.ts';
import * as f from './stand-in-kafka-fields.ts';

/** A member's protocols, or one assignment: kept, so bounded. */
const maximumMemberBytes = 256 * 1024;
const longestSession = 1_800_000;
const maximumInstanceLength = 249;

const joinGroup = api({
  key: 11,
  versions: [0, 9],
  flexible: 6,
  request: {
    group: f.string,
    sessionTimeout: f.int32,
    rebalanceTimeout: f.from(1, f.int32, -1),
    member: f.string,
    instance: f.from(5, f.nullableString, undefined),
    protocolType: f.string,
    protocols: f.array(f.struct({name: f.string, metadata: f.bytes})),
    reason: f.from(8, f.nullableString, undefined),
  },
  response: {
    throttle: f.from(2, f.int32, 0),
    error: f.int16,
    generation: f.int32,
    protocolType: f.from(7, f.nullableString, undefined),
    protocol: f.nullableString,
    leader: f.string,
    skipAssignment: f.from(9, f.boolean, false),
    member: f.string,
    members: f.array(f.struct({id: f.string, instance: f.from(5, f.nullableString, undefined), metadata: f.bytes})),
  },
  async answer({group: name, ...request}, {broker, version, clientId, clientHost}) {
    const nullable = version >= 7 ? undefined : '';
    const refuse = (error: number) => ({
      error,
      generation: -1,
      protocol: nullable,
      leader: '',
      member: request.member,
      members: [],
    });
    const {sessionTimeout, rebalanceTimeout, protocolType, instance, member} = request;
    const protocols = request.protocols.map((one) => ({...one, metadata: Buffer.from(one.metadata)}));
    const size = protocols.reduce((sum, one) => sum + one.name.length + one.metadata.length, protocolType.length);
    if (size > maximumMemberBytes || (instance?.length ?? 0) > maximumInstanceLength)
      return refuse(kafkaError.invalidRequest);
    if (sessionTimeout < 1 || sessionTimeout > longestSession) return refuse(kafkaError.invalidSessionTimeout);
    const group = broker.groups.take(name);
    if (typeof group === 'number') return refuse(group);
    if (member === '' && broker.groups.isFull) return refuse(kafkaError.groupMaxSizeReached);
    const reply = await group.join({
      member,
      instance,
      clientId,
      clientHost,
      sessionTimeout,
      rebalanceTimeout: rebalanceTimeout < 0 ? sessionTimeout : rebalanceTimeout,
      protocolType,
      protocols,
      idFirst: version >= 4,
    });
    const isJoined = reply.error === kafkaError.none;
    return {...reply, protocol: reply.protocol ?? nullable, protocolType: isJoined ? protocolType : undefined};
  },
});

const syncGroup = api({
  key: 14,
  versions: [0, 5],
  flexible: 4,
  request: {
    group: f.string,
    generation: f.int32,
    member: f.string,
    instance: f.from(3, f.nullableString, undefined),
    protocolType: f.from(5, f.nullableString, undefined),
    protocol: f.from(5, f.nullableString, undefined),
    assignments: f.array(f.struct({member: f.string, assignment: f.bytes})),
  },
  response: {
    throttle: f.from(1, f.int32, 0),
    error: f.int16,
    protocolType: f.from(5, f.nullableString, undefined),
    protocol: f.from(5, f.nullableString, undefined),
    assignment: f.bytes,
  },
  async answer({group: name, protocol, protocolType, assignments, ...sender}, {broker}) {
    const refuse = (error: number) => ({error, assignment: Buffer.alloc(0)});
    if (name === '') return refuse(kafkaError.invalidGroupId);
    const group = broker.groups.get(name);
    if (group === undefined) return refuse(kafkaError.unknownMemberId);
    if (assignments.some(({assignment}) => assignment.length > maximumMemberBytes))
      return refuse(kafkaError.invalidRequest);
    if (protocolType !== undefined && group.size > 0 && protocolType !== group.protocolType)
      return refuse(kafkaError.inconsistentGroupProtocol);
    const copies = new Map(assignments.map((one) => [one.member, Buffer.from(one.assignment)]));
    const {error, assignment} = await group.sync(sender, protocol, copies);
    if (error !== kafkaError.none) return refuse(error);
    return {error, assignment, protocolType: group.protocolType, protocol: group.protocol};
  },
});

const heartbeat = api({
  key: 12,
  versions: [0, 4],
  flexible: 4,
  request: {
    group: f.string,
    generation: f.int32,
    member: f.string,
    instance: f.from(3, f.nullableString, undefined),
  },
  response: {throttle: f.from(1, f.int32, 0), error: f.int16},
  answer({group, ...sender}, {broker}) {
    if (group === '') return {error: kafkaError.invalidGroupId};
    return {error: broker.groups.get(group)?.heartbeat(sender) ?? kafkaError.unknownMemberId};
  },
});

const leaveGroup = api({
  key: 13,
  versions: [0, 5],
  flexible: 4,
  request: {
    group: f.string,
    member: f.between(0, 2, f.string, ''),
    members: f.from(
      3,
      f.array(f.struct({id: f.string, instance: f.nullableString, reason: f.from(5, f.nullableString, undefined)})),
      [],
    ),
  },
  response: {
    throttle: f.from(1, f.int32, 0),
    error: f.int16,
    members: f.from(3, f.array(f.struct({id: f.string, instance: f.nullableString, error: f.int16})), []),
  },
  answer({group: name, member, members}, {broker, version}) {
    if (name === '') return {error: kafkaError.invalidGroupId};
    const leave = (id: string, instance: string | undefined): number =>
      broker.groups.get(name)?.leave(id, instance) ?? kafkaError.unknownMemberId;
    if (version < 3) return {error: leave(member, undefined)};
    return {
      error: kafkaError.none,
      members: members.map(({id, instance}) => ({id, instance, error: leave(id, instance)})),
    };
  },
});

export const groupApis: readonly Api[] = [joinGroup, heartbeat, leaveGroup, syncGroup];
