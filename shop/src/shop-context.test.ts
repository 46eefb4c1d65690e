import {spawnSync} from 'node:child_process';
import {
  assertChain,
  assertConventions,
  assertLinkedTo,
  assertNoOrphans,
  assertNothingSensitive,
  type CapturedSpan,
} from '@weft/instrument/testing';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {drawTraces} from './testing.ts';
import {startTestShop, type TestShop} from './testing-shop.ts';

let it: TestShop;
beforeAll(async () => {
  it = await startTestShop();
});
afterAll(() => it?.stop());

const of = (spans: readonly CapturedSpan[], service: string, name: string): CapturedSpan => {
  const found = spans.find((span) => span.service === service && span.name === name);
  if (found === undefined) throw new Error(`no span ${service}: ${name} in\n${drawTraces(spans)}`);
  return found;
};
const createOrder = 'weft.shop.v1.OrderService/CreateOrder';
/** The spans that end last in each service: when they are here, so is the rest. */
const last = [
  'gateway/POST /api/checkout',
  `order/${createOrder}`,
  'inventory/POST /reservations',
  'payment/POST /charges',
];
async function checkout(skus: readonly string[], tier?: string): Promise<CapturedSpan[]> {
  const {status, traceId} = await it.buy(skus, tier);
  expect(status).toBe(201);
  return it.traceWhen(traceId, (spans) => {
    const here = new Set(spans.map((span) => `${span.service}/${span.name}`));
    return last.every((one) => here.has(one));
  });
}

test('shop context: one checkout is one trace over HTTP and gRPC, with databases and the broker in it', async () => {
  const spans = await checkout(['SKU-001', 'SKU-002']);
  assertNoOrphans(spans);
  assertChain(spans, ['POST /api/checkout', createOrder, 'POST /reservations', 'deduct stock', 'pg.query:UPDATE shop']);
  assertChain(spans, ['POST /api/checkout', createOrder, 'POST /charges', 'charge card attempt', 'POST']);
  assertChain(spans, ['POST /api/checkout', createOrder, 'send order.created']);
  const roots = spans.filter((span) => span.parentSpanId === undefined);
  expect(roots.map((span) => span.name)).toEqual(['POST /api/checkout']);
  const systems = new Set(
    spans.map((span) => span.attributes['db.system.name'] ?? span.attributes['messaging.system']),
  );
  expect([...systems].filter((one) => one !== undefined).sort()).toEqual(['kafka', 'postgresql', 'redis']);
});

test("shop context: the consumer's span links to the producer's, and the mail is sent within it", async () => {
  const spans = await checkout(['SKU-003']);
  const producer = of(spans, 'order', 'send order.created');
  const consumer = await it.sink.until(() =>
    it.sink.spans.find(
      (span) => span.kind === 'consumer' && span.links.some((link) => link.spanId === producer.spanId),
    ),
  );
  assertLinkedTo(consumer, producer);
  const mail = await it.sink.until(() =>
    it.sink.spans.find((span) => span.name === 'send order confirmation' && span.traceId === consumer.traceId),
  );
  expect(mail.parentSpanId).toBe(consumer.spanId);
});

test('shop context: baggage of the gateway reaches the services behind it', async () => {
  const spans = await checkout(['SKU-004'], 'gold');
  for (const span of [of(spans, 'gateway', 'POST /api/checkout'), of(spans, 'payment', 'POST /charges')]) {
    expect(span.attributes).toMatchObject({'tenant.id': 'acme', 'user.tier': 'gold'});
  }
});

test('shop context: logs carry the span they were written in', async () => {
  const spans = await checkout(['SKU-005']);
  const {traceId} = of(spans, 'gateway', 'POST /api/checkout');
  const logs = await it.sink.until(() => {
    const its = it.sink.logs.filter((log) => log.traceId === traceId);
    return its.length >= 4 ? its : undefined;
  });
  expect(logs.map((log) => log.service).sort()).toEqual(['gateway', 'inventory', 'order', 'payment']);
  const ids = new Set(spans.map((span) => span.spanId));
  expect(logs.filter((log) => !ids.has(log.spanId))).toEqual([]);
});

test('shop context: spans follow the conventions and hold nothing sensitive, and health checks are not traced', async () => {
  await fetch(`${it.shop.services.inventory?.url}/health`);
  await it.get('/api/faults');
  const spans = await checkout(['SKU-006']);
  const orderId = of(spans, 'inventory', 'deduct stock').attributes['order.id'];
  await it.get(`/api/orders/${orderId}`);
  const detail = await it.sink.until(() => it.sink.spans.find((span) => span.name === 'GET /api/orders/:id'));
  expect(detail.attributes['http.route']).toBe('/api/orders/:id');
  assertConventions(it.sink.spans);
  assertNothingSensitive(it.sink.spans);
  expect(it.sink.spans.filter((span) => /health|metrics|faults/.test(String(span.attributes['url.path'])))).toEqual([]);
});

const services = ['gateway', 'order-http', 'inventory', 'payment', 'notification'] as const;

test('shop services: every one has /health and /metrics with exemplars', async () => {
  await it.buy(['SKU-007']);
  await it.sink.until(() => it.sink.spans.find((span) => span.name === 'send order confirmation'));
  for (const name of services) {
    const url = it.shop.urls[name];
    await expect.poll(async () => (await fetch(`${url}/health`)).status).toBe(200);
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toContain('application/openmetrics-text');
    const text = await response.text();
    expect(text).toContain('process_resident_memory_bytes');
    expect(text, name).toMatch(/shop_request_duration_seconds_bucket\{.*route=.*\} \d+ # \{trace_id="[0-9a-f]{32}"/);
    if (name === 'order-http') expect(text).toMatch(/shop_orders_total\{.*outcome="created".*\} [1-9]/);
  }
});

test("shop services: the Prometheus project's own parser reads /metrics with its exemplars", async ({skip}) => {
  const python = spawnSync('python3', ['-c', 'import prometheus_client.openmetrics.parser']);
  skip(python.status !== 0, 'no python3 with prometheus_client (Debian: python3-prometheus-client)');
  await it.buy(['SKU-007']);
  const script = `
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
families = list(parse(sys.stdin.read()))
print(len(families), sum(1 for family in families for sample in family.samples if sample.exemplar))`;
  for (const name of services) {
    const input = await (await fetch(`${it.shop.urls[name]}/metrics`)).text();
    const {stdout, stderr} = spawnSync('python3', ['-c', script], {input, encoding: 'utf8'});
    const [families, exemplars] = stdout.split(' ').map(Number);
    expect(families, `${name}: ${stderr}`).toBeGreaterThan(20);
    expect(exemplars, name).toBeGreaterThan(0);
  }
});

test('shop gateway: a checkout without a session or with an invalid cart is refused', async () => {
  const response = await fetch(`${it.shop.storefrontUrl}/api/checkout`, {method: 'POST', body: '{}'});
  expect(response.status).toBe(401);
  expect((await it.buy(['NOSUCH'])).status).toBe(404);
  expect((await it.buy([])).status).toBe(400);
  expect((await it.get('/api/nothing')).status).toBe(404);
});

test('shop context: no process logs a warning or an error meanwhile', () => {
  expect(it.complaints).toEqual([]);
});
