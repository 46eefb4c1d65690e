import {afterAll, describe, expect, test} from 'vitest';
import {exportEverything, sentinel} from './testing-exported.ts';
import {isMissing, type RealServer, sayMissing, startKafka, startRabbit} from './testing-servers.ts';
import {traced} from './traced.ts';

const exported = await exportEverything();
const [kafka, rabbit] = await Promise.all([startKafka(), startRabbit()]);
afterAll(async () => {
  for (const server of [kafka, rabbit]) if (!isMissing(server)) await server.stop();
  await exported.stop();
});

const frozen = <T extends object>(value: T): T => {
  for (const inner of Object.values(value))
    if (typeof inner === 'object' && inner !== null && !ArrayBuffer.isView(inner)) frozen(inner);
  return Object.freeze(value);
};

describe('KafkaJS: the caller’s messages', () => {
  const skip = sayMissing(kafka);
  test.skipIf(skip)(
    'KafkaJS: frozen messages carry the context, none is written into, and no key or value is exported',
    async () => {
      const {Kafka, logLevel} = await import('kafkajs');
      const {host, port} = kafka as RealServer;
      const broker = new Kafka({
        clientId: 'test',
        brokers: [`${host}:${port}`],
        logLevel: logLevel.NOTHING,
        retry: {retries: 2},
      });
      const admin = broker.admin();
      await admin.connect();
      await admin.createTopics({topics: [{topic: 'frozen'}]});
      await admin.disconnect();
      const [producer, consumer] = [broker.producer(), broker.consumer({groupId: 'frozen'})];
      await Promise.all([producer.connect(), consumer.connect()]);
      await consumer.subscribe({topic: 'frozen', fromBeginning: true});
      const parents: string[] = [];
      const handled = Promise.withResolvers<void>();
      await consumer.run({
        eachMessage: async ({message}) => {
          parents.push(String(message.headers?.traceparent));
          if (parents.length === 3) handled.resolve();
        },
      });
      const message = {key: sentinel, value: sentinel, headers: {own: '1'}};
      const record = frozen({topic: 'frozen', messages: [message]});
      const batch = frozen({topicMessages: [{topic: 'frozen', messages: [{key: sentinel, value: sentinel}]}]});
      await traced('request', async () => {
        await producer.send(record);
        await producer.send(record);
        await producer.sendBatch(batch);
      });
      await handled.promise;
      expect(record.messages[0]).toEqual({key: sentinel, value: sentinel, headers: {own: '1'}});
      expect(batch.topicMessages[0]!.messages[0]).toEqual({key: sentinel, value: sentinel});

      const broken = {topic: 'frozen', messages: [{key: sentinel} as never]};
      await expect(traced('refused', () => producer.send(broken))).rejects.toThrow(sentinel);
      await expect(producer.send({topic: 'frozen', messages: undefined as never})).rejects.toThrow('messages');
      await Promise.all([producer.disconnect(), consumer.disconnect()]);

      const spans = await exported.spans();
      const sends = spans.filter(({name}) => name === 'send frozen');
      expect(
        sends
          .slice(0, 3)
          .map(({traceId, spanId}) => `00-${traceId}-${spanId}-01`)
          .sort(),
      ).toEqual(parents.sort());
      expect(sends[3]).toMatchObject({status: 'error', statusMessage: 'KafkaJSNonRetriableError'});
      expect(spans.find(({name}) => name === 'refused')?.statusMessage).toBe('KafkaJSNonRetriableError');
      await exported.expectNoSentinel();
    },
  );
});

describe('amqplib: the caller’s options', () => {
  const skip = sayMissing(rabbit);
  test.skipIf(skip).each(['createChannel', 'createConfirmChannel'] as const)(
    'amqplib: frozen headers carry the context, and nothing is written into: %s',
    async (create) => {
      const {connect} = await import('amqplib');
      const {host, port} = rabbit as RealServer;
      const connection = await connect(`amqp://guest:guest@${host}:${port}`);
      const channel = await connection[create]();
      await channel.assertQueue(create, {durable: false});
      const parents: string[] = [];
      const handled = Promise.withResolvers<void>();
      await channel.consume(create, (message) => {
        parents.push(String(message?.properties.headers?.traceparent));
        expect(message?.properties.messageId === 'm1' || parents.length === 4).toBe(true);
        if (message !== null) channel.ack(message);
        if (parents.length === 4) handled.resolve();
      });
      const headers = {own: sentinel};
      const all = [
        {messageId: 'm1', headers},
        Object.freeze({messageId: 'm1'}),
        frozen({messageId: 'm1', headers: {own: sentinel}}),
        undefined,
      ];
      traced('request', () => {
        for (const options of all) channel.sendToQueue(create, Buffer.from(sentinel), options);
      });
      await handled.promise;
      expect(headers).toEqual({own: sentinel});
      expect(all[0]).toEqual({messageId: 'm1', headers});
      expect(all[1]).toEqual({messageId: 'm1'});

      const unsendable = {headers: {odd: Symbol(sentinel) as unknown as string}};
      expect(() => traced('refused', () => channel.sendToQueue(create, Buffer.from('x'), unsendable))).toThrow();
      await channel.close();

      const lost = await connection.createChannel();
      lost.on('error', () => {});
      await expect(traced('absent', () => lost.checkQueue(sentinel))).rejects.toThrow(sentinel);
      await connection.close();

      const spans = await exported.spans();
      const sends = spans.filter(({kind}) => kind === 'producer');
      expect(sends).toHaveLength(5);
      expect(
        sends
          .slice(0, 4)
          .map(({traceId, spanId}) => `00-${traceId}-${spanId}-01`)
          .sort(),
      ).toEqual(parents.sort());
      expect(sends[4]).toMatchObject({status: 'error', statusMessage: 'TypeError'});
      expect(spans.find(({name}) => name === 'absent')?.statusMessage).toBe('AMQP 404 (NOT-FOUND)');
      await exported.expectNoSentinel();
    },
  );
});
