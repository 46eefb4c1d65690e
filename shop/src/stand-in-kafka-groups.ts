/** The consumer groups of the Kafka stand-in by name, and the bounds of what they may hold together. */
import {kafkaError} from './stand-in-kafka-errors.ts';
import {ConsumerGroup} from './stand-in-kafka-group.ts';

const maximumGroups = 1_000;
/** Of all groups together. */
const maximumMembers = 1_000;
const maximumNameLength = 249;

export class Groups {
  readonly #groups = new Map<string, ConsumerGroup>();

  get(name: string): ConsumerGroup | undefined {
    return this.#groups.get(name);
  }
  all(): Iterable<readonly [string, ConsumerGroup]> {
    return this.#groups;
  }
  /** The group of that name, made where it is not there, or the error code that refuses it. */
  take(name: string): ConsumerGroup | number {
    if (name === '' || name.length > maximumNameLength) return kafkaError.invalidGroupId;
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    if (this.#groups.size >= maximumGroups) this.#forgetUnused();
    if (this.#groups.size >= maximumGroups) return kafkaError.groupMaxSizeReached;
    const made = new ConsumerGroup();
    this.#groups.set(name, made);
    return made;
  }
  get isFull(): boolean {
    let members = 0;
    for (const one of this.#groups.values()) members += one.size;
    return members >= maximumMembers;
  }
  delete(name: string): number {
    const group = this.#groups.get(name);
    if (group === undefined) return kafkaError.groupIdNotFound;
    if (group.state !== 'Empty') return kafkaError.nonEmptyGroup;
    group.close();
    this.#groups.delete(name);
    return kafkaError.none;
  }
  forgetTopic(topic: string): void {
    for (const {committed} of this.#groups.values())
      for (const key of committed.keys()) if (key.startsWith(`${topic}/`)) committed.delete(key);
  }
  close(): void {
    for (const one of this.#groups.values()) one.close();
  }
  #forgetUnused(): void {
    for (const [name, {size, committed}] of this.#groups) if (size === 0 && committed.size === 0) this.delete(name);
  }
}
