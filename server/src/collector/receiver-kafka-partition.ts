/**
 * One partition that this member of the group reads. Its messages start in their order, several at a time; the offset that may be
 * committed is that of the first message that is not done, so that a message is only left behind when the pipeline has it safe.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {errorMessage, PermanentError, RetryableError} from '../base/index.ts';

export interface KafkaMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Of the leader that took it, or -1. */
  readonly leaderEpoch: number;
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [name: Uint8Array | null, value: Uint8Array | null])[];
  /** The memory that it takes while it waits, in bytes. */
  readonly cost: number;
  /** Why it cannot be read: it stands for all messages of a batch that could not be unpacked. */
  readonly fault?: PermanentError;
}

/** How messages that cannot be handed on are dealt with. */
export interface KafkaPatience {
  readonly initialMs: number;
  readonly maxMs: number;
  readonly multiplier: number;
  readonly randomness: number;
  /** After so long a message that is refused retryably is passed over; undefined: never. */
  readonly giveUpMs: number | undefined;
  /** Whether a message that never can be handed on is passed over; else its partition is held. */
  readonly passesOver: boolean;
}

export interface PartitionWork {
  /**
   * Room in memory for the message: a function that gives it back, or how many milliseconds to wait before asking again. Throws
   * PermanentError where there never is enough.
   */
  admit(message: KafkaMessage): (() => void) | number;
  /** Hands the message on; rejects as a `Consumer` does. Called again for the same message after a RetryableError. */
  deliver(message: KafkaMessage): Promise<void>;
  /** A message is passed over although it was not handed on. */
  passedOver(message: KafkaMessage, error: Error): void;
  /** A message never can be handed on, and its partition stops here. */
  held(message: KafkaMessage, error: Error): void;
  /** There may be something to fetch, or to commit. */
  moved(): void;
}

/** Messages that wait for the pipeline at once. */
const window = 256;

interface Started {
  readonly message: KafkaMessage;
  done: boolean;
}

/** Where reading begins. An offset that the group does not know yet is committed at once: another stay begins there too. */
export interface Begin {
  readonly offset: bigint;
  readonly isCommitted: boolean;
}

export class KafkaPartition {
  readonly topic: string;
  readonly partition: number;
  /** The offset to fetch from. */
  next: bigint;
  /** Of the last message that was taken. */
  leaderEpoch = -1;
  fetching = false;
  #isHeld = false;
  readonly #queue: KafkaMessage[] = [];
  #waitingBytes = 0;
  /** Those under way, in the order of their offsets, and those done behind one that is not. */
  readonly #started: Started[] = [];
  readonly #work: PartitionWork;
  readonly #patience: KafkaPatience;
  readonly #ended = new AbortController();
  #running = 0;
  #trying = 0;
  #waiting: NodeJS.Timeout | undefined;
  #committed: bigint;
  #whenIdle: (() => void)[] = [];

  constructor(topic: string, partition: number, begin: Begin, patience: KafkaPatience, work: PartitionWork) {
    this.topic = topic;
    this.partition = partition;
    this.next = begin.offset;
    this.#committed = begin.isCommitted ? begin.offset : -1n;
    this.#patience = patience;
    this.#work = work;
  }

  /** The memory of messages that have not started. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Whether more should be fetched. */
  get isHungry(): boolean {
    return !this.fetching && !this.#isHeld && !this.#ended.signal.aborted && this.#queue.length === 0;
  }

  /** Takes the messages that a fetch brought; `next` is where the following one begins. */
  add(messages: readonly KafkaMessage[], next: bigint): void {
    if (this.#ended.signal.aborted || this.#isHeld) return;
    this.next = next;
    for (const message of messages) {
      this.#queue.push(message);
      this.#waitingBytes += message.cost;
    }
    const last = messages.at(-1);
    if (last !== undefined) this.leaderEpoch = last.leaderEpoch;
    this.#pump();
  }

  /** Goes on from another offset: what was there is gone. Nothing may be under way. */
  jump(offset: bigint): void {
    this.next = offset;
  }

  /** The offset to commit; undefined where it is committed. */
  get safe(): bigint | undefined {
    const offset = this.#started[0]?.message.offset ?? this.#queue[0]?.offset ?? this.next;
    return offset > this.#committed ? offset : undefined;
  }

  committed(offset: bigint): void {
    if (offset > this.#committed) this.#committed = offset;
  }

  /** Starts nothing more and gives up waiting. What is with the pipeline goes on; `idle` tells when it is done. */
  end(): void {
    this.#ended.abort();
    clearTimeout(this.#waiting);
    // What has not begun is left to whoever reads the partition next, and `safe` must not pass it.
    const first = this.#queue[0];
    if (first !== undefined && this.#started.length === 0) this.next = first.offset;
    else if (first !== undefined) this.#started.push({message: first, done: false});
    this.#clear();
  }

  /** Resolves when no message is with the pipeline. */
  async idle(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  #pump(): void {
    const {signal} = this.#ended;
    clearTimeout(this.#waiting);
    // While one is tried again, none starts behind it.
    while (!signal.aborted && !this.#isHeld && this.#trying === 0 && this.#started.length < window) {
      const message = this.#queue[0];
      if (message === undefined) break;
      let leave: (() => void) | number;
      try {
        leave = this.#work.admit(message);
      } catch (error) {
        this.#shift();
        this.#started.push({message, done: this.#cannot(message, error as Error)});
        continue;
      }
      if (typeof leave === 'number') {
        this.#waiting = setTimeout(() => this.#pump(), leave);
        break;
      }
      this.#shift();
      const entry: Started = {message, done: false};
      this.#started.push(entry);
      void this.#run(entry, leave);
    }
    this.#settle();
    this.#work.moved();
  }

  #shift(): void {
    this.#waitingBytes -= this.#queue.shift()?.cost ?? 0;
  }

  #clear(): void {
    this.#queue.length = 0;
    this.#waitingBytes = 0;
  }

  async #run(entry: Started, leave: () => void): Promise<void> {
    this.#running++;
    try {
      entry.done = await this.#handOn(entry.message);
    } finally {
      this.#running--;
      leave();
      if (this.#running === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
    }
    this.#pump();
  }

  /** Leaves behind those that are done. */
  #settle(): void {
    let done = 0;
    while (this.#started[done]?.done === true) done++;
    if (done > 0) this.#started.splice(0, done);
  }

  /** Whether the message is done with. */
  async #handOn(message: KafkaMessage): Promise<boolean> {
    const {initialMs, maxMs, multiplier, randomness, giveUpMs} = this.#patience;
    const {signal} = this.#ended;
    const begin = performance.now();
    let isTrying = false;
    try {
      for (let waitMs = initialMs; ; waitMs = Math.min(waitMs * multiplier, maxMs)) {
        try {
          await this.#work.deliver(message);
          return true;
        } catch (error) {
          if (error instanceof PermanentError) return this.#cannot(message, error);
          if (signal.aborted) return false;
          const wait = Math.max(
            waitMs * (1 + randomness * (2 * Math.random() - 1)),
            error instanceof RetryableError ? error.retryAfterMs : 0,
          );
          if (giveUpMs !== undefined && performance.now() - begin + wait > giveUpMs) {
            this.#work.passedOver(message, error as Error);
            return true;
          }
          if (!isTrying) this.#trying++;
          isTrying = true;
          await sleep(Math.min(wait, 2 ** 31 - 1), undefined, {signal}).catch(() => {});
          if (signal.aborted) return false;
        }
      }
    } finally {
      if (isTrying) this.#trying--;
    }
  }

  #cannot(message: KafkaMessage, error: Error): boolean {
    if (this.#patience.passesOver) {
      this.#work.passedOver(message, error);
      return true;
    }
    // A second one behind it says nothing new.
    if (!this.#isHeld && !this.#ended.signal.aborted) {
      this.#isHeld = true;
      this.#clear();
      this.#work.held(message, error);
    }
    return false;
  }
}

/** For the log. */
export const placeOf = ({topic, partition, offset}: KafkaMessage): string => `${topic}/${partition}@${offset}`;

export const reasonOf = (error: Error): string =>
  error instanceof PermanentError || error instanceof RetryableError ? error.reason : 'unexpected';

export const describeFailure = (message: KafkaMessage, error: Error): string =>
  `message ${placeOf(message)} could not be handed on: ${errorMessage(error)}`;
