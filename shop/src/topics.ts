/** The topics of the shop's broker. */
import type {Kafka} from 'kafkajs';

export const orderCreatedTopic = 'order.created';
const partitions = 3;

/** Creates what is not there yet: a broker may not make topics by itself, and one that does answers too early. */
export async function createTopics(kafka: Kafka): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.createTopics({topics: [{topic: orderCreatedTopic, numPartitions: partitions}]});
  } finally {
    await admin.disconnect();
  }
}
