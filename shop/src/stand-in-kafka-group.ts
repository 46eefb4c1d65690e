/** A consumer group of the Kafka stand-in: who is in it, who leads, which generation, who has which partitions. */
import {kafkaError} from './stand-in-kafka-wire.ts';

export interface Protocol {
  readonly name: string;
  readonly metadata: Buffer;
}
export interface JoinReply {
  readonly error: number;
  readonly generation: number;
  readonly protocol: string;
  readonly leader: string;
  readonly member: string;
  readonly members: readonly {readonly id: string; readonly metadata: Buffer}[];
}
export interface SyncReply {
  readonly error: number;
  readonly assignment: Buffer;
}
interface Member {
  readonly id: string;
  readonly protocols: readonly Protocol[];
  readonly sessionTimeout: number;
  readonly rebalanceTimeout: number;
  lastSeen: number;
  joining: ((reply: JoinReply) => void) | undefined;
  syncing: ((reply: SyncReply) => void) | undefined;
}

/** How long a join waits for more members once everyone known has joined. */
const settleMilliseconds = 50;

export interface Join {
  readonly member: string;
  readonly clientId: string;
  readonly sessionTimeout: number;
  readonly rebalanceTimeout: number;
  readonly protocols: readonly Protocol[];
}

export class ConsumerGroup {
  readonly committed = new Map<string, {offset: bigint; metadata: string}>();
  readonly #members = new Map<string, Member>();
  #generation = 0;
  #leader = '';
  #state: 'stable' | 'joining' | 'syncing' = 'stable';
  #assignments = new Map<string, Buffer>();
  #timer: NodeJS.Timeout | undefined;
  #nextMember = 1;

  /** Resolves when the group's next generation is complete. */
  join({member: memberId, clientId, ...rest}: Join): Promise<JoinReply> {
    if (memberId !== '' && !this.#members.has(memberId)) {
      return Promise.resolve(this.#refusal(memberId, kafkaError.unknownMemberId));
    }
    const id = memberId === '' ? `${clientId}-${this.#nextMember++}` : memberId;
    const member: Member = {id, ...rest, lastSeen: Date.now(), joining: undefined, syncing: undefined};
    this.#members.set(id, member);
    return new Promise((resolve) => {
      member.joining = resolve;
      this.#rebalance();
    });
  }

  sync(generation: number, memberId: string, assignments: ReadonlyMap<string, Buffer>): Promise<SyncReply> {
    const error = this.#check(generation, memberId, this.#state === 'joining');
    if (error !== kafkaError.none) return Promise.resolve({error, assignment: Buffer.alloc(0)});
    if (memberId === this.#leader && this.#state === 'syncing') {
      this.#assignments = new Map(assignments);
      this.#state = 'stable';
      for (const member of this.#members.values()) {
        member.syncing?.({error: kafkaError.none, assignment: this.#assignments.get(member.id) ?? Buffer.alloc(0)});
        member.syncing = undefined;
      }
    }
    if (this.#state === 'stable') {
      return Promise.resolve({error: kafkaError.none, assignment: this.#assignments.get(memberId) ?? Buffer.alloc(0)});
    }
    return new Promise((resolve) => {
      const member = this.#members.get(memberId);
      if (member !== undefined) member.syncing = resolve;
    });
  }

  heartbeat(generation: number, memberId: string): number {
    this.expire();
    return this.#check(generation, memberId, this.#state === 'joining');
  }

  /** Whether an offset commit of this member is to be taken; commits are still taken while others join. */
  mayCommit(generation: number, memberId: string): number {
    return generation < 0 ? kafkaError.none : this.#check(generation, memberId, false);
  }

  leave(memberId: string): number {
    if (!this.#members.delete(memberId)) return kafkaError.unknownMemberId;
    if (this.#members.size > 0) this.#rebalance();
    return kafkaError.none;
  }

  /** Drops members whose session ended without a heartbeat. */
  expire(): void {
    const now = Date.now();
    for (const member of [...this.#members.values()]) {
      const waiting = member.joining !== undefined || member.syncing !== undefined;
      if (!waiting && now - member.lastSeen > member.sessionTimeout) this.leave(member.id);
    }
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #check(generation: number, memberId: string, rebalancing: boolean): number {
    const member = this.#members.get(memberId);
    if (member === undefined) return kafkaError.unknownMemberId;
    member.lastSeen = Date.now();
    if (generation !== this.#generation) return kafkaError.illegalGeneration;
    return rebalancing ? kafkaError.rebalanceInProgress : kafkaError.none;
  }

  #rebalance(): void {
    if (this.#state !== 'joining') {
      this.#state = 'joining';
      for (const member of this.#members.values()) {
        member.syncing?.({error: kafkaError.rebalanceInProgress, assignment: Buffer.alloc(0)});
        member.syncing = undefined;
      }
    }
    const absent = [...this.#members.values()].filter((member) => member.joining === undefined);
    const longest = Math.max(settleMilliseconds, ...absent.map((member) => member.rebalanceTimeout));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#complete(), longest);
  }

  #complete(): void {
    for (const member of [...this.#members.values()]) if (member.joining === undefined) this.#members.delete(member.id);
    const members = [...this.#members.values()];
    const [leader] = members;
    if (leader === undefined) return;
    this.#generation++;
    this.#state = 'syncing';
    this.#leader = leader.id;
    this.#assignments.clear();
    const protocol = leader.protocols.find(({name}) =>
      members.every((one) => one.protocols.some((its) => its.name === name)),
    );
    const name = protocol?.name ?? '';
    const metadataOf = (member: Member): Buffer =>
      member.protocols.find((one) => one.name === name)?.metadata ?? Buffer.alloc(0);
    for (const member of members) {
      member.joining?.({
        error: kafkaError.none,
        generation: this.#generation,
        protocol: name,
        leader: leader.id,
        member: member.id,
        members: member === leader ? members.map((one) => ({id: one.id, metadata: metadataOf(one)})) : [],
      });
      member.joining = undefined;
      member.lastSeen = Date.now();
    }
  }

  #refusal(member: string, error: number): JoinReply {
    return {error, generation: -1, protocol: '', leader: '', member, members: []};
  }
}
