/** The ways of `contract.test.ts` for components that speak to Kafka, over the shop's stand-in for a broker. */
import {Admin, Consumer, Producer} from '@platformatic/kafka';
import {startKafkaStandIn} from '../../../shop/src/stand-in-kafka.ts';
import {defaultTenant, RetryableError, type TenantId} from '../base/index.ts';
import type {Signal} from '../model/index.ts';
import {defaultTopics} from './kafka-settings.ts';
import type {Subject} from './testing-contract.ts';

export const startBroker = startKafkaStandIn;

const group = 'otel-collector';

/**
 * Sends messages to a receiver: a sender may forget one when the group has committed it. One that was not taken before the
 * receiver stopped stays in Kafka for the next: to this receiver it was never sent.
 */
export async function kafkaSender(brokers: string, signals: readonly Signal[]) {
  const client = {clientId: 'contract', bootstrapBrokers: [brokers]};
  const producer = new Producer({...client, autocreateTopics: true});
  const reader = new Consumer({...client, groupId: group});
  for (const signal of signals) {
    await producer.metadata({topics: [defaultTopics[signal]], autocreateTopics: true});
    reader.topics.track(defaultTopics[signal]);
  }
  let hasStopped = false;
  const waiting = new Set<Promise<void>>();
  const untilCommitted = async (topic: string, end: bigint): Promise<void> => {
    for (;;) {
      const last = hasStopped;
      const committed = await reader.listCommittedOffsets({topics: [{topic, partitions: [0]}]});
      if ((committed.get(topic)?.[0] ?? -1n) >= end) return;
      if (last) throw new RetryableError('stopped', 'nobody read it');
    }
  };
  return {
    async send(signal: Signal, body: Uint8Array, tenant: TenantId): Promise<void> {
      const topic = defaultTopics[signal];
      const headers =
        tenant === defaultTenant ? {} : {headers: new Map([[Buffer.from('X-Scope-OrgID'), Buffer.from(tenant)]])};
      if (hasStopped) throw new RetryableError('stopped', 'nobody reads');
      const {offsets = []} = await producer.send({
        acks: 1,
        messages: [{topic, partition: 0, value: Buffer.from(body), ...headers}],
      });
      const end = (offsets[0]?.offset ?? 0n) + 1n;
      const done = untilCommitted(topic, end);
      waiting.add(done);
      await done;
    },
    /** The receiver has stopped: what it has not committed by now it never will. */
    async stop(): Promise<void> {
      hasStopped = true;
      await Promise.allSettled(waiting);
      await Promise.all([producer.close(), reader.close()]);
    },
  };
}

/** Topics of one partition, so that what is sent in turn comes in turn. */
export async function createTopics(brokers: string, topics: readonly string[]): Promise<void> {
  const admin = new Admin({clientId: 'contract', bootstrapBrokers: [brokers]});
  await admin.createTopics({topics: [...topics], partitions: 1, replicas: 1});
  await admin.close();
}

/** Data that goes on through Kafka is there some time after the answer: a stop waits for all that was answered with success. */
export function throughKafka(subject: Subject, out: readonly string[], close: () => Promise<void>): Subject {
  let sent = 0;
  let stopping: Promise<void> | undefined;
  return {
    ...subject,
    out,
    async send(signal, body, tenant) {
      await subject.send(signal, body, tenant);
      if (body.length > 0) sent++;
    },
    stop: () =>
      (stopping ??= (async () => {
        await subject.stop();
        while (out.length < sent) await new Promise((resolve) => setImmediate(resolve));
        await close();
      })()),
  };
}
