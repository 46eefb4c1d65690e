import {afterAll, beforeEach, describe, expect, test} from 'vitest';
import {getBaggage, withBaggage} from './baggage.ts';
import {assertChildOf, assertLinkedTo, captureSpans} from './testing/index.ts';
import {isMissing, type RealServer, sayMissing, startKafka, startRabbit} from './testing-servers.ts';
import {traced} from './traced.ts';

const capture = captureSpans();
beforeEach(() => capture.clear());

const [kafka, rabbit] = await Promise.all([startKafka(), startRabbit()]);
afterAll(async () => {
  for (const server of [kafka, rabbit]) if (!isMissing(server)) await server.stop();
});

describe('KafkaJS', () => {
  const skip = sayMissing(kafka);
  const client = async () => {
    const {Kafka, logLevel} = await import('kafkajs');
    const {host, port} = kafka as RealServer;
    return new Kafka({clientId: 'test', brokers: [`${host}:${port}`], logLevel: logLevel.NOTHING});
  };

  test.skipIf(skip)('a message carries trace and baggage; its consumer is the child of its producer', async () => {
    const broker = await client();
    const admin = broker.admin();
    await admin.connect();
    await admin.createTopics({topics: [{topic: 'orders'}]});
    await admin.disconnect();
    const [producer, consumer] = [broker.producer(), broker.consumer({groupId: 'single'})];
    await Promise.all([producer.connect(), consumer.connect()]);
    await consumer.subscribe({topic: 'orders', fromBeginning: true});
    const handled = Promise.withResolvers<string | undefined>();
    await consumer.run({
      eachMessage: async () => {
        traced('handle', () => {});
        handled.resolve(getBaggage('tenant'));
      },
    });
    await withBaggage({tenant: 'acme'}, () =>
      traced('request', () => producer.send({topic: 'orders', messages: [{key: 'k', value: 'v'}]})),
    );
    expect(await handled.promise).toBe('acme');
    await Promise.all([producer.disconnect(), consumer.disconnect()]);
    const [send, process_] = [capture.one('send orders'), await capture.waitFor('process orders')];
    assertChildOf(send, capture.one('request'));
    assertChildOf(process_, send);
    assertChildOf(capture.one('handle'), process_);
    expect([send.kind, process_.kind]).toEqual(['producer', 'consumer']);
  });

  test.skipIf(skip)('a batch is one span that links to every producer', async () => {
    const broker = await client();
    const admin = broker.admin();
    await admin.connect();
    await admin.createTopics({topics: [{topic: 'batches'}]});
    await admin.disconnect();
    const producer = broker.producer();
    await producer.connect();
    for (const value of ['a', 'b', 'c']) {
      await traced('request', {root: true}, () => producer.send({topic: 'batches', messages: [{value}]}));
    }
    const consumer = broker.consumer({groupId: 'batch'});
    await consumer.connect();
    await consumer.subscribe({topic: 'batches', fromBeginning: true});
    let seen = 0;
    const handled = Promise.withResolvers<void>();
    await consumer.run({
      eachBatch: async ({batch}) => {
        traced('handle batch', () => {});
        seen += batch.messages.length;
        if (seen === 3) handled.resolve();
      },
    });
    await handled.promise;
    await consumer.disconnect();
    await producer.disconnect();
    const batches = capture.all('process batches');
    expect(batches.reduce((sum, {attributes}) => sum + Number(attributes['messaging.batch.message_count']), 0)).toBe(3);
    for (const send of capture.all('send batches')) {
      expect(batches.filter(({links}) => links.some(({spanId}) => spanId === send.spanId))).toHaveLength(1);
    }
    assertChildOf(capture.one('handle batch'), batches[0]!);
    expect(batches.length).toBeLessThan(3);
  });
});

describe('amqplib', () => {
  const skip = sayMissing(rabbit);
  test.skipIf(skip)('a message carries trace and baggage; its consumer is the child of its producer', async () => {
    const {connect} = await import('amqplib');
    const {host, port} = rabbit as RealServer;
    const connection = await connect(`amqp://guest:guest@${host}:${port}`);
    const channel = await connection.createChannel();
    await channel.assertQueue('mails', {durable: false});
    const handled = Promise.withResolvers<string | undefined>();
    await channel.consume('mails', (message) => {
      traced('handle', () => {});
      if (message !== null) channel.ack(message);
      handled.resolve(getBaggage('tenant'));
    });
    withBaggage({tenant: 'acme'}, () => traced('request', () => channel.sendToQueue('mails', Buffer.from('hello'))));
    expect(await handled.promise).toBe('acme');
    await channel.close();
    await connection.close();
    const [send] = capture.all(({kind}) => kind === 'producer');
    const [process_] = capture.all(({kind}) => kind === 'consumer');
    assertChildOf(send!, capture.one('request'));
    assertChildOf(process_!, send!);
    assertChildOf(capture.one('handle'), process_!);
    expect(process_!.attributes['messaging.system']).toBe('rabbitmq');
    expect(() => assertLinkedTo(process_!, send!)).toThrow('link');
  });
});
