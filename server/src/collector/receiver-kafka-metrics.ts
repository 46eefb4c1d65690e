/** What the Kafka receiver counts, by the Collector's names where it has them. */
import type {Settings} from '../pipeline/index.ts';
import type {KafkaMessage, KafkaPartition} from './receiver-kafka-partition.ts';

type Place = {readonly topic: string; readonly partition: number};

export function createKafkaMetrics({meter, id}: Settings) {
  const own = {receiver: id};
  const labels = ({topic, partition}: Place) => ({...own, topic, partition: String(partition)});
  const records = meter.counter('otelcol_kafka_receiver_records', 'The number of received records.');
  const bytes = meter.counter(
    'otelcol_kafka_receiver_bytes_uncompressed',
    'The uncompressed size in bytes of received records seen by the client.',
  );
  const offset = meter.gauge('otelcol_kafka_receiver_current_offset', 'Current message offset.');
  const lag = meter.gauge('otelcol_kafka_receiver_offset_lag', 'Messages between the last one taken and the end.');
  const starts = meter.counter('otelcol_kafka_receiver_partition_start', 'Number of started partitions.').with(own);
  const closes = meter.counter('otelcol_kafka_receiver_partition_close', 'Number of finished partitions.').with(own);
  const passed = meter.counter(
    'weft_kafka_receiver_passed_over',
    'Messages that could not be handed on and were passed over.',
  );
  const held = meter
    .gauge('weft_kafka_receiver_held_partitions', 'Partitions that stand still at a message that cannot be handed on.')
    .with(own);
  const failures = meter
    .counter('weft_kafka_receiver_failures', 'Times that the consumer group had to be joined again after an error.')
    .with(own);
  return {
    fetched(partition: KafkaPartition, messages: readonly KafkaMessage[], end: bigint): void {
      const last = messages.at(-1);
      const series = labels(partition);
      lag.with(series).set(Number(end - (last === undefined ? partition.next : last.offset + 1n)));
      if (last === undefined) return;
      offset.with(series).set(Number(last.offset));
      records.with({...series, outcome: 'success'}).add(messages.length);
      let sum = 0;
      for (const {value} of messages) sum += value?.length ?? 0;
      bytes.with({...series, outcome: 'success'}).add(sum);
    },
    assigned: (): void => starts.add(1),
    lost(partition: Place): void {
      closes.add(1);
      // Somebody else reads it: this one is not behind.
      lag.with(labels(partition)).set(0);
    },
    /** `noun` is what the items of the signal are called. */
    malformed(message: Place, noun: string): void {
      meter
        .counter(`otelcol_kafka_receiver_unmarshal_failed_${noun}`, 'Number of messages that could not be decoded.')
        .with(labels(message))
        .add(1);
    },
    passedOver(message: Place, reason: string): void {
      passed.with({...labels(message), reason}).add(1);
    },
    held: (change: number): void => held.add(change),
    failed: (): void => failures.add(1),
  };
}
