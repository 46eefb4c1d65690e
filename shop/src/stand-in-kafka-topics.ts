/** The topics of the Kafka stand-in, by name and by id, and the bounds of what they may hold together. */
import {randomUUID} from 'node:crypto';
import {kafkaError} from './stand-in-kafka-errors.ts';
import {type Appended, PartitionLog} from './stand-in-kafka-log.ts';

export interface Topic {
  readonly name: string;
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly partitions: readonly PartitionLog[];
}
/** A topic as requests name it: older versions by name, newer ones by id. */
export interface TopicReference {
  readonly name: string;
  readonly id: string;
}

const maximumPartitions = 2_048;
export const partitionsByDefault = 3;
const legalName = /^[a-zA-Z0-9._-]{1,249}$/;

export class Topics {
  readonly #byName = new Map<string, Topic>();
  readonly #byId = new Map<string, Topic>();
  readonly #maximumBytes: number;
  #partitions = 0;

  /** `maximumBytes` bounds the batches of all partitions together. */
  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes;
  }

  all(): readonly Topic[] {
    return [...this.#byName.values()];
  }
  get(name: string): Topic | undefined {
    return this.#byName.get(name);
  }
  byId(id: string): Topic | undefined {
    return this.#byId.get(id);
  }

  /** Why a topic of that name and size cannot be made; `none` where it can. */
  check(name: string, partitions: number): number {
    if (!legalName.test(name) || name === '.' || name === '..') return kafkaError.invalidTopic;
    if (this.#byName.has(name)) return kafkaError.topicAlreadyExists;
    return this.#checkPartitions(partitions);
  }
  #checkPartitions(more: number): number {
    if (more < 1) return kafkaError.invalidPartitions;
    return this.#partitions + more > maximumPartitions ? kafkaError.policyViolation : kafkaError.none;
  }
  create(name: string, partitions = partitionsByDefault): number {
    const error = this.check(name, partitions);
    if (error !== kafkaError.none) return error;
    this.#put({name, id: randomUUID().replaceAll('-', ''), partitions: logs(partitions)});
    this.#partitions += partitions;
    return kafkaError.none;
  }
  /** Makes partitions until there are `count`. */
  grow(name: string, count: number, isTrial: boolean): number {
    const topic = this.#byName.get(name);
    if (topic === undefined) return kafkaError.unknownTopicOrPartition;
    const more = count - topic.partitions.length;
    const error = this.#checkPartitions(more);
    if (error !== kafkaError.none || isTrial) return error;
    this.#put({...topic, partitions: [...topic.partitions, ...logs(more)]});
    this.#partitions += more;
    return kafkaError.none;
  }
  delete({name, id, partitions}: Topic): void {
    this.#byName.delete(name);
    this.#byId.delete(id);
    this.#partitions -= partitions.length;
    for (const one of partitions) one.wake();
  }
  #put(topic: Topic): void {
    this.#byName.set(topic.name, topic);
    this.#byId.set(topic.id, topic);
  }

  /** Appends, then drops the oldest batches of the largest partitions until all fit the bound. */
  append(log: PartitionLog, records: Buffer | undefined, takesZstd: boolean): Appended {
    const appended = log.append(records, takesZstd);
    const every = this.all().flatMap(({partitions}) => partitions);
    let size = every.reduce((sum, one) => sum + one.size, 0);
    while (size > this.#maximumBytes) {
      const spare = every.filter((one) => one.batches > (one === log ? 1 : 0));
      if (spare.length === 0) break;
      const largest = spare.reduce((most, one) => (one.size > most.size ? one : most));
      size -= largest.size;
      largest.dropOldest();
      size += largest.size;
    }
    return appended;
  }
}

const logs = (count: number): PartitionLog[] => Array.from({length: count}, () => new PartitionLog());
