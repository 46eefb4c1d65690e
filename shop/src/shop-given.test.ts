/**
 * The shop on servers given by URL: a PostgreSQL, a Redis and, where the machine has one, an Apache Kafka that it has not
 * started itself. The other tests run on what it starts itself.
 */
import {assertChain, assertLinkedTo, assertNoOrphans} from '@weft/instrument/testing';
import pg from 'pg';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {isMissing, sayMissing, startKafka, startRedis} from '../../instrument/src/testing-servers.ts';
import {startPostgres} from './engine-postgres.ts';
import type {ShopOptions} from './start-shop.ts';
import {births, drawTraces, milliseconds} from './testing.ts';
import {startTestShop, type TestShop} from './testing-shop.ts';

const undo: (() => unknown)[] = [];
let given: ShopOptions;
beforeAll(async () => {
  const [postgres, redis, kafka] = await Promise.all([startPostgres(), startRedis(), startKafka()]);
  undo.push(() => postgres?.close());
  for (const server of [redis, kafka]) if (!sayMissing(server) && !isMissing(server)) undo.push(server.stop);
  given = {
    ...(postgres === undefined ? {} : {postgres: postgres.url}),
    ...(isMissing(redis) ? {} : {redis: `redis://127.0.0.1:${redis.port}`}),
    ...(isMissing(kafka) ? {} : {kafka: `127.0.0.1:${kafka.port}`}),
  };
});
afterAll(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

async function withShop<T>(options: ShopOptions, work: (it: TestShop) => Promise<T>): Promise<T> {
  const it = await startTestShop(options);
  try {
    return await work(it);
  } finally {
    await it.stop();
  }
}

/** Buys and follows the order to its mail. */
async function buyAndFollow(it: TestShop): Promise<string> {
  const bought = await it.buy(['SKU-001']);
  expect(bought.status).toBe(201);
  const producer = await it.sink.until(() =>
    it.sink.trace(bought.traceId).find((span) => span.name === 'send order.created'),
  );
  const consumer = await it.sink.until(() =>
    it.sink.spans.find(
      (span) => span.kind === 'consumer' && span.links.some((link) => link.spanId === producer.spanId),
    ),
  );
  assertLinkedTo(consumer, producer);
  const mail = await it.sink.until(() =>
    it.sink.spans.find(
      (span) => span.name === 'send order confirmation' && span.attributes['order.id'] === bought.orderId,
    ),
  );
  expect(mail.parentSpanId).toBe(consumer.spanId);
  return bought.traceId;
}

test('shop with given servers: only the servers that were not given are started', async () => {
  await withShop(given, async (it) => {
    const started = ['postgres', 'redis', 'kafka'].filter((name) => !Object.hasOwn(given, name));
    expect(it.shop.notes.length).toBe(started.length === 0 ? 0 : 1);
    expect('engines' in it.shop.services).toBe(started.length > 0);
    const traceId = await buyAndFollow(it);
    const spans = await it.traceWhen(traceId, (all) => all.some((span) => span.name === 'POST /api/checkout'));
    assertNoOrphans(spans);
    assertChain(spans, ['POST /api/checkout', 'POST /reservations', 'deduct stock']);
  });
});

test('shop with given servers: a second shop goes on where the first stopped and sends no mail twice', async () => {
  const first = await withShop(given, async (it) => {
    await buyAndFollow(it);
    return it.sink.spans.flatMap(({name, attributes}) =>
      name === 'send order confirmation' ? [attributes['order.id']] : [],
    );
  });
  await withShop(given, async (it) => {
    await buyAndFollow(it);
    const mails = it.sink.spans.filter((span) => span.name === 'send order confirmation');
    expect(mails.filter((span) => first.includes(span.attributes['order.id']))).toEqual([]);
  });
});

test("shop with given servers: a superuser's shop waits five seconds for a deadlock, another as long as the server says", async ({
  skip,
}) => {
  const {postgres} = given;
  skip(postgres === undefined, 'this machine has no PostgreSQL');
  const admin = new pg.Client(postgres);
  await admin.connect();
  await admin.query('CREATE ROLE clerk LOGIN');
  await admin.query('CREATE DATABASE small OWNER clerk');
  await admin.end();
  const clerk = new URL(postgres ?? '');
  clerk.username = 'clerk';
  clerk.pathname = '/small';
  const waits = await Promise.all(
    [given, {...given, postgres: clerk.href}].map((options) => withShop(options, waitForDeadlock)),
  );
  expect(waits[0]).toBeGreaterThan(4_900);
  expect(waits[1]).toBeLessThan(4_000);
});

async function waitForDeadlock(it: TestShop): Promise<number> {
  const failed = await it.withFault('deadlock', async () => {
    for (;;) {
      const both = await Promise.all([it.buy(['SKU-001', 'SKU-002']), it.buy(['SKU-002', 'SKU-001'])]);
      const one = both.find(({status}) => status === 500);
      if (one !== undefined) return one;
    }
  });
  const spans = await it.traceWhen(failed.traceId, (all) => all.some((span) => span.name === 'POST /reservations'));
  const [birth] = births(spans);
  expect(birth?.statusMessage, drawTraces(spans)).toBe('deadlock detected');
  return birth === undefined ? Number.NaN : milliseconds(birth);
}
