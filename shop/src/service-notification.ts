/** Notification: takes `order.created` from Kafka in batches and sends mails through the outside mail provider. */
import {setTimeout as sleep} from 'node:timers/promises';
import {context, propagation, type SpanContext, trace} from '@opentelemetry/api';
import {consumeBatch, extractHeaders, traced} from '@weft/instrument';
import {Kafka, type KafkaMessage, logLevel} from 'kafkajs';
import {callJson} from './http-client.ts';
import {serveHttp} from './http-service.ts';
import {createMetrics} from './metrics.ts';
import type {Service, ServiceContext} from './service.ts';
import {createTopics, orderCreatedTopic} from './topics.ts';

interface OrderCreated {
  readonly order_id: string;
  readonly tenant: string;
  readonly total_cents: number;
}

const mailTimeoutMilliseconds = 5_000;
/** Between two tries to join the broker. */
const rejoinMilliseconds = 1_000;

export async function startService({control, log, port}: ServiceContext): Promise<Service> {
  const kafka = new Kafka({
    clientId: 'notification',
    brokers: (await control.peer('kafka')).split(','),
    logLevel: logLevel.NOTHING,
  });
  const consumer = kafka.consumer({groupId: 'notification', sessionTimeout: 30_000, maxWaitTimeInMs: 1_000});
  const metrics = createMetrics('notification');
  const sent = metrics.counter('shop_notifications_total', 'Notifications sent.', ['channel']);
  const lag = metrics.gauge('shop_consumer_lag', 'Messages of the partition that wait, as its last batch found them.', [
    'partition',
  ]);
  const provider = await control.peer('provider');
  let running = false;
  let isStopping = false;

  /** One mail of a batch: in the batch's trace, linked to its own order's, with that order's baggage. */
  function notifyOf(message: KafkaMessage): Promise<void> {
    const order = JSON.parse(message.value?.toString() ?? '{}') as OrderCreated;
    const producer = extractHeaders(message.headers);
    const baggage = propagation.getBaggage(producer);
    const here = context.active();
    return context.with(baggage === undefined ? here : propagation.setBaggage(here, baggage), () =>
      notify(order, Date.now() - Number(message.timestamp), trace.getSpanContext(producer)),
    );
  }

  /** `age` is how long the message waited, in ms. */
  async function notify(order: OrderCreated, age: number, producer: SpanContext | undefined): Promise<void> {
    const links = producer === undefined ? [] : [{context: producer}];
    const attributes = {'order.id': order.order_id, 'notification.channel': 'email', 'messaging.message.age_ms': age};
    await traced('send order confirmation', {attributes, links}, async () => {
      const started = performance.now();
      let status = 'failed';
      try {
        await callJson('Mail provider', `${provider}/mails`, {
          method: 'POST',
          json: {template: 'order-confirmation', order_id: order.order_id},
          timeoutMilliseconds: mailTimeoutMilliseconds,
        });
        status = 'sent';
      } finally {
        metrics.observe({method: 'Kafka', route: orderCreatedTopic, status}, (performance.now() - started) / 1000);
      }
    });
    sent.inc({channel: 'email'});
    log.info({order_id: order.order_id, age_ms: age}, 'confirmation sent');
  }

  async function consume(): Promise<void> {
    await createTopics(kafka);
    await consumer.connect();
    await consumer.subscribe({topic: orderCreatedTopic, fromBeginning: true});
    await consumer.run({
      eachBatch: async ({batch, resolveOffset, heartbeat}) => {
        const behind = Number(BigInt(batch.highWatermark) - BigInt(batch.firstOffset() ?? batch.highWatermark));
        lag.set({partition: batch.partition}, behind);
        log.debug({partition: batch.partition, messages: batch.messages.length, lag: behind}, 'batch taken');
        const attributes = {
          'messaging.destination.partition.id': String(batch.partition),
          'messaging.kafka.consumer_lag': behind,
        };
        await consumeBatch(
          {system: 'kafka', destination: batch.topic, messages: batch.messages, attributes},
          async () => {
            for (const message of batch.messages) {
              await notifyOf(message);
              resolveOffset(message.offset);
              await heartbeat();
            }
          },
        );
      },
    });
  }
  consumer.on(consumer.events.GROUP_JOIN, () => {
    running = true;
  });
  consumer.on(consumer.events.CRASH, ({payload}) => {
    running = false;
    log.error({err: payload.error, restart: payload.restart}, 'the consumer crashed');
  });
  /** The service is up before its broker answers, and stays when it does not: /health tells. */
  void (async () => {
    while (!isStopping) {
      try {
        return await consume();
      } catch (error) {
        log.warn({err: error}, 'the broker cannot be joined; it is tried again');
        await consumer.disconnect().catch(() => undefined);
        await sleep(rejoinMilliseconds, undefined, {ref: false});
      }
    }
  })();

  const http = await serveHttp({port, log, metrics, routes: [], isHealthy: () => running});
  log.info({url: http.url}, 'notification listens');
  return {
    peers: {notification: http.url},
    stop: async () => {
      isStopping = true;
      await http.stop();
      await consumer.disconnect();
    },
  };
}
