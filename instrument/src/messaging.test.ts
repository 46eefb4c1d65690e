import {beforeEach, describe, expect, test} from 'vitest';
import {getBaggage, withBaggage} from './baggage.ts';
import {consume, consumeBatch, extractHeaders, injectHeaders, type MessageHeaders, publish} from './messaging.ts';
import {assertChildOf, assertLinkedTo, captureSpans} from './testing/index.ts';
import {traced} from './traced.ts';

const capture = captureSpans();
beforeEach(() => capture.clear());

const orders = {system: 'kafka', destination: 'orders'} as const;

/** Publishes one message and returns its headers as a broker's client would hand them over. */
const published = (as: (value: string) => unknown = (value) => Buffer.from(value)): MessageHeaders => {
  const headers: MessageHeaders = {};
  publish({...orders, headers}, () => {});
  return Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, as(String(value))]));
};

describe('messaging', () => {
  test.each<[string, (value: string) => unknown]>([
    ['text (amqplib)', (value) => value],
    ['buffers (KafkaJS)', (value) => Buffer.from(value)],
    ['a list (KafkaJS, repeated header)', (value) => [Buffer.from(value), Buffer.from('other')]],
  ])('a consumer is the child of its producer: headers as %s', (_what, as) => {
    const headers = published(as);
    consume({...orders, headers, attributes: {'messaging.message.id': 'm1'}}, () => traced('handle', () => {}));
    const [producer, consumer] = [capture.one('send orders'), capture.one('process orders')];
    assertChildOf(consumer, producer);
    assertChildOf(capture.one('handle'), consumer);
    expect(producer).toMatchObject({kind: 'producer', attributes: {'messaging.operation.type': 'send'}});
    expect(consumer).toMatchObject({
      kind: 'consumer',
      attributes: {
        'messaging.system': 'kafka',
        'messaging.destination.name': 'orders',
        'messaging.operation.type': 'process',
        'messaging.message.id': 'm1',
      },
    });
  });

  test('or, by choice, in a trace of its own with a link; baggage comes along', () => {
    const headers = withBaggage({tenant: 'acme'}, () => published());
    const tenant = consume({...orders, headers, relation: 'link'}, () => getBaggage('tenant'));
    const [producer, consumer] = [capture.one('send orders'), capture.one('process orders')];
    expect(consumer.parentSpanId).toBeUndefined();
    expect(consumer.traceId).not.toBe(producer.traceId);
    assertLinkedTo(consumer, producer);
    expect(tenant).toBe('acme');
  });

  test('a batch is one span with a link per message', async () => {
    const messages = [{headers: published()}, {headers: published()}, {headers: undefined}, {}];
    await consumeBatch({...orders, messages}, async () => {});
    const batch = capture.one('process orders');
    expect(batch.parentSpanId).toBeUndefined();
    expect(batch.attributes['messaging.batch.message_count']).toBe(4);
    for (const producer of capture.all('send orders')) assertLinkedTo(batch, producer);
    expect(batch.links).toHaveLength(2);
  });

  test('a message without context starts a trace', () => {
    consume({...orders, headers: {}}, () => {});
    consume({...orders, headers: {traceparent: Buffer.from('nonsense')}, relation: 'link'}, () => {});
    for (const span of capture.all('process orders')) expect([span.parentSpanId, span.links]).toEqual([undefined, []]);
  });

  test('headers can be written and read without a span of their own', () => {
    const headers: MessageHeaders = {};
    traced('place', () => injectHeaders(headers));
    consume({...orders, headers}, () => {});
    assertChildOf(capture.one('process orders'), capture.one('place'));
    expect(extractHeaders(undefined)).toBeDefined();
  });
});
