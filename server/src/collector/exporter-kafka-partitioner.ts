/** Which partition of its topic a message goes to: the strategies of the Collector's `record_partitioner`. */
import {compatibilityPartitioner, type MessageToProduce} from '@platformatic/kafka';

export interface PartitionerConfig {
  readonly kind: 'sticky_key' | 'round_robin';
  readonly hasher: 'sarama_compat' | 'murmur2';
}

/** Turns are counted across requests, so that all partitions get their share. */
let turn = Math.floor(Math.random() * 2 ** 20);

/**
 * The partitioner of one request: a number that the client takes modulo the partitions. Messages without a key go to one
 * partition together (`sticky_key`), or to each in turn.
 */
export function kafkaPartitioner({
  kind,
  hasher,
}: PartitionerConfig): (message: MessageToProduce, key?: Buffer) => number {
  const own = turn++;
  if (kind === 'round_robin') return () => turn++;
  return (message, key) => {
    if (key === undefined) return own;
    return hasher === 'murmur2' ? compatibilityPartitioner(message, key) : saramaHash(key);
  };
}

/** Sarama's: FNV-1a as a signed number, without its sign. */
export function saramaHash(key: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193);
  return Math.abs(hash | 0);
}
