/** A consumer group of the Kafka stand-in: who is in it, who leads, which generation, who has which partitions. */
import {randomUUID} from 'node:crypto';
import {kafkaError} from './stand-in-kafka-errors.ts';

export interface Protocol {
  readonly name: string;
  readonly metadata: Buffer;
}
export interface Join {
  readonly member: string;
  /** The name of a static member, which keeps its partitions over a restart. */
  readonly instance: string | undefined;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeout: number;
  readonly rebalanceTimeout: number;
  readonly protocolType: string;
  readonly protocols: readonly Protocol[];
  /** Newer versions are given their id first and join with it, so that a join sent twice makes one member. */
  readonly idFirst: boolean;
}
export interface JoinReply {
  readonly error: number;
  readonly generation: number;
  readonly protocol: string | undefined;
  readonly leader: string;
  readonly member: string;
  readonly members: readonly {readonly id: string; readonly instance: string | undefined; readonly metadata: Buffer}[];
}
export interface SyncReply {
  readonly error: number;
  readonly assignment: Buffer;
}
/** Whom a request says it is from. */
export interface Sender {
  readonly member: string;
  readonly instance: string | undefined;
  readonly generation: number;
}
interface Member extends Join {
  readonly id: string;
  seen: number;
  assignment: Buffer;
  joining: ((reply: JoinReply) => void) | undefined;
  syncing: ((reply: SyncReply) => void) | undefined;
}
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable';

/** How long a first rebalance waits for more members (Kafka: `group.initial.rebalance.delay.ms`). */
const settleMilliseconds = 50;
const nothing = Buffer.alloc(0);

export class ConsumerGroup {
  readonly committed = new Map<string, {readonly offset: bigint; readonly metadata: string}>();
  readonly #members = new Map<string, Member>();
  /** Ids that were given and not joined with yet, and until when they hold. */
  readonly #promised = new Map<string, number>();
  #state: GroupState = 'Empty';
  #generation = 0;
  #leader = '';
  #protocol: string | undefined;
  #deadline = 0;
  #timer: NodeJS.Timeout | undefined;

  get state(): GroupState {
    return this.#state;
  }
  get size(): number {
    return this.#members.size + this.#promised.size;
  }
  get protocolType(): string {
    return this.#some()?.protocolType ?? '';
  }
  get protocol(): string {
    return this.#protocol ?? '';
  }
  members(): readonly (Join & {readonly id: string; readonly assignment: Buffer; readonly metadata: Buffer})[] {
    return [...this.#members.values()].map((one) => ({...one, metadata: this.#metadata(one)}));
  }

  /** Resolves when the group's next generation is complete, or at once where nothing changes. */
  join(join: Join): Promise<JoinReply> {
    const {member: id, instance} = join;
    if (join.protocols.length === 0 || join.protocolType === '' || !this.#agrees(join))
      return this.#refuse(id, kafkaError.inconsistentGroupProtocol);
    const namesake = this.#byInstance(instance);
    if (id === '') {
      if (namesake !== undefined) return this.#replace(namesake, join);
      const given = `${instance ?? join.clientId}-${randomUUID()}`;
      if (!join.idFirst || instance !== undefined) return this.#enter(given, join);
      this.#promised.set(given, performance.now() + join.sessionTimeout);
      this.#schedule();
      return this.#refuse(given, kafkaError.memberIdRequired);
    }
    if (this.#promised.delete(id)) return this.#enter(id, join);
    const error = this.#identify(id, instance);
    if (error !== kafkaError.none) return this.#refuse(id, error);
    const known = this.#members.get(id) as Member;
    const isSame = sameProtocols(known.protocols, join.protocols);
    const isLeaderOfStable = this.#state === 'Stable' && id === this.#leader;
    if (this.#state !== 'PreparingRebalance' && isSame && !isLeaderOfStable) {
      known.seen = performance.now();
      return Promise.resolve(this.#joined(known));
    }
    return this.#enter(id, join);
  }

  sync(sender: Sender, protocol: string | undefined, assignments: ReadonlyMap<string, Buffer>): Promise<SyncReply> {
    const refuse = (error: number): Promise<SyncReply> => Promise.resolve({error, assignment: nothing});
    const error = this.#check(sender);
    if (error !== kafkaError.none) return refuse(error);
    if (protocol !== undefined && protocol !== this.#protocol) return refuse(kafkaError.inconsistentGroupProtocol);
    if (this.#state === 'PreparingRebalance') return refuse(kafkaError.rebalanceInProgress);
    const member = this.#members.get(sender.member) as Member;
    if (this.#state === 'Stable') return Promise.resolve({error, assignment: member.assignment});
    return new Promise((resolve) => {
      member.syncing?.({error: kafkaError.rebalanceInProgress, assignment: nothing});
      member.syncing = resolve;
      if (sender.member === this.#leader) this.#assign(assignments);
    });
  }

  heartbeat(sender: Sender): number {
    const error = this.#check(sender);
    if (error !== kafkaError.none) return error;
    return this.#state === 'PreparingRebalance' ? kafkaError.rebalanceInProgress : kafkaError.none;
  }

  /** Whether an offset commit of this sender is to be taken; commits are still taken while others join. */
  mayCommit(sender: Sender): number {
    if (sender.generation < 0 && sender.member === '' && this.#state === 'Empty') return kafkaError.none;
    const error = this.#check(sender);
    if (error !== kafkaError.none) return error;
    return this.#state === 'CompletingRebalance' ? kafkaError.rebalanceInProgress : kafkaError.none;
  }

  leave(id: string, instance: string | undefined): number {
    if (this.#promised.delete(id)) return kafkaError.none;
    const its = id === '' ? (this.#byInstance(instance)?.id ?? '') : id;
    const error = this.#identify(its, instance);
    if (error === kafkaError.none) this.#remove(this.#members.get(its) as Member);
    return error;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #some(): Member | undefined {
    return this.#members.values().next().value;
  }
  #byInstance(instance: string | undefined): Member | undefined {
    return instance === undefined ? undefined : [...this.#members.values()].find((one) => one.instance === instance);
  }
  #metadata({protocols}: Join): Buffer {
    return protocols.find(({name}) => name === this.#protocol)?.metadata ?? nothing;
  }
  #refuse(member: string, error: number): Promise<JoinReply> {
    return Promise.resolve(refusal(member, error));
  }

  /** Whether all others know a protocol that the newcomer knows as well. */
  #agrees({protocolType, protocols, member, instance}: Join): boolean {
    const others = [...this.#members.values()].filter(
      (one) => one.id !== member && (instance === undefined || one.instance !== instance),
    );
    if (others.some((one) => one.protocolType !== protocolType)) return false;
    return protocols.some(({name}) => others.every((one) => one.protocols.some((its) => its.name === name)));
  }
  #identify(id: string, instance: string | undefined): number {
    const namesake = this.#byInstance(instance);
    if (namesake !== undefined && namesake.id !== id) return kafkaError.fencedInstanceId;
    const known = this.#members.has(id) && (instance === undefined || namesake !== undefined);
    return known ? kafkaError.none : kafkaError.unknownMemberId;
  }
  #check({member: id, instance, generation}: Sender): number {
    const error = this.#identify(id, instance);
    if (error !== kafkaError.none) return error;
    (this.#members.get(id) as Member).seen = performance.now();
    return generation === this.#generation ? kafkaError.none : kafkaError.illegalGeneration;
  }

  #enter(id: string, join: Join): Promise<JoinReply> {
    const before = this.#members.get(id);
    before?.joining?.(refusal(id, kafkaError.unknownMemberId));
    return new Promise((resolve) => {
      this.#members.set(id, {
        ...join,
        id,
        seen: performance.now(),
        assignment: before?.assignment ?? nothing,
        joining: resolve,
        syncing: before?.syncing,
      });
      this.#rebalance();
    });
  }

  /** A static member that comes back has a new id; its namesake of before is fenced off. */
  #replace(old: Member, join: Join): Promise<JoinReply> {
    old.joining?.(refusal(old.id, kafkaError.fencedInstanceId));
    old.syncing?.({error: kafkaError.fencedInstanceId, assignment: nothing});
    this.#members.delete(old.id);
    const id = `${join.instance}-${randomUUID()}`;
    const wasLeader = this.#leader === old.id;
    if (wasLeader) this.#leader = id;
    const member: Member = {
      ...join,
      id,
      seen: performance.now(),
      assignment: old.assignment,
      joining: undefined,
      syncing: undefined,
    };
    this.#members.set(id, member);
    if (this.#state !== 'Stable' || wasLeader || !sameProtocols(old.protocols, join.protocols))
      return this.#enter(id, join);
    this.#schedule();
    return Promise.resolve(this.#joined(member));
  }

  #remove(member: Member): void {
    member.joining?.(refusal(member.id, kafkaError.unknownMemberId));
    member.syncing?.({error: kafkaError.unknownMemberId, assignment: nothing});
    this.#members.delete(member.id);
    this.#rebalance();
  }

  #rebalance(): void {
    const isFirst = this.#state === 'Empty' || (this.#state === 'PreparingRebalance' && this.#leader === '');
    if (this.#state !== 'PreparingRebalance') {
      this.#state = 'PreparingRebalance';
      this.#deadline = performance.now() + longestRebalance([...this.#members.values()]);
      for (const member of this.#members.values()) {
        member.syncing?.({error: kafkaError.rebalanceInProgress, assignment: nothing});
        member.syncing = undefined;
      }
    }
    if (isFirst && this.#members.size > 0) this.#deadline = performance.now() + settleMilliseconds;
    else this.#completeIfAllJoined();
    this.#schedule();
  }
  #completeIfAllJoined(): void {
    if (this.#state !== 'PreparingRebalance' || this.#promised.size > 0) return;
    if ([...this.#members.values()].every(({joining}) => joining !== undefined)) this.#complete();
  }

  #complete(): void {
    for (const {id, joining, instance} of [...this.#members.values()])
      if (joining === undefined && instance === undefined) this.#members.delete(id);
    const members = [...this.#members.values()];
    const leader =
      members.find(({id, joining}) => id === this.#leader && joining) ?? members.find((one) => one.joining);
    if (leader === undefined && members.length > 0) {
      // Static members that did not come back keep their place until their session ends.
      this.#deadline = performance.now() + longestRebalance(members);
      return;
    }
    this.#generation++;
    if (leader === undefined) {
      this.#state = 'Empty';
      this.#leader = '';
      this.#protocol = undefined;
      return;
    }
    this.#state = 'CompletingRebalance';
    this.#leader = leader.id;
    this.#protocol = leader.protocols.find(({name}) =>
      members.every((one) => one.protocols.some((its) => its.name === name)),
    )?.name;
    this.#deadline = performance.now() + longestRebalance(members);
    for (const member of members) {
      member.seen = performance.now();
      member.assignment = nothing;
      member.joining?.(this.#joined(member));
      member.joining = undefined;
    }
  }
  #joined({id}: Member): JoinReply {
    const members = [...this.#members.values()].map((one) => ({
      id: one.id,
      instance: one.instance,
      metadata: this.#metadata(one),
    }));
    const {none: error} = kafkaError;
    const [generation, protocol, leader] = [this.#generation, this.#protocol, this.#leader];
    return {error, generation, protocol, leader, member: id, members: id === leader ? members : []};
  }

  #assign(assignments: ReadonlyMap<string, Buffer>): void {
    this.#state = 'Stable';
    for (const member of this.#members.values()) {
      member.assignment = assignments.get(member.id) ?? nothing;
      member.seen = performance.now();
      member.syncing?.({error: kafkaError.none, assignment: member.assignment});
      member.syncing = undefined;
    }
    this.#schedule();
  }

  /** One timer for all that ends by time: sessions, promised ids, a rebalance that somebody keeps waiting. */
  #schedule(): void {
    clearTimeout(this.#timer);
    const ends = [...this.#promised.values()];
    for (const member of this.#members.values()) if (!isWaiting(member)) ends.push(member.seen + member.sessionTimeout);
    if (this.#state.endsWith('Rebalance')) ends.push(this.#deadline);
    if (ends.length === 0) return;
    const wait = Math.max(1, Math.min(...ends) - performance.now());
    this.#timer = setTimeout(() => this.#tick(), wait);
    this.#timer.unref();
  }
  #tick(): void {
    const now = performance.now();
    for (const [id, end] of this.#promised) if (now >= end) this.#promised.delete(id);
    for (const member of [...this.#members.values()])
      if (!isWaiting(member) && now >= member.seen + member.sessionTimeout) this.#remove(member);
    if (this.#state === 'PreparingRebalance' && now >= this.#deadline) this.#complete();
    else if (this.#state === 'CompletingRebalance' && now >= this.#deadline) {
      for (const member of [...this.#members.values()]) if (member.syncing === undefined) this.#remove(member);
    } else this.#completeIfAllJoined();
    this.#schedule();
  }
}

const longestRebalance = (members: readonly Member[]): number =>
  members.reduce((longest, {rebalanceTimeout}) => Math.max(longest, rebalanceTimeout), 0);
const isWaiting = ({joining, syncing}: Member): boolean => joining !== undefined || syncing !== undefined;
const refusal = (member: string, error: number): JoinReply => ({
  error,
  generation: -1,
  protocol: undefined,
  leader: '',
  member,
  members: [],
});
function sameProtocols(one: readonly Protocol[], other: readonly Protocol[]): boolean {
  return (
    one.length === other.length &&
    one.every(({name, metadata}, index) => name === other[index]?.name && metadata.equals(other[index].metadata))
  );
}
