import {afterAll, beforeAll, expect, test} from 'vitest';
import {drawTrace, type SeenSpan} from './testing.ts';
import {startTestShop, type TestShop} from './testing-shop.ts';

let it: TestShop;
beforeAll(async () => {
  it = await startTestShop();
});
afterAll(() => it?.stop());

const of = (spans: readonly SeenSpan[], service: string, name: string | RegExp): SeenSpan => {
  const found = spans.find(
    (span) => span.service === service && (typeof name === 'string' ? span.name === name : name.test(span.name)),
  );
  if (found === undefined) throw new Error(`no span ${service}: ${name} in\n${drawTrace(spans)}`);
  return found;
};
/** The spans that end last in each service: when they are here, so is the rest. */
const last = ['POST /api/checkout', 'send order.created', 'POST /reservations', 'POST /charges', 'GET /products/:sku'];
const isWhole = (spans: readonly SeenSpan[]): boolean => last.every((name) => spans.some((span) => span.name === name));

test('one checkout is one trace over HTTP and gRPC, with databases and the broker in it', async () => {
  const {status, traceId} = await it.buy(['SKU-001', 'SKU-002']);
  expect(status).toBe(201);
  const spans = await it.traceWhen(traceId, isWhole);
  const ids = new Set(spans.map((span) => span.spanId));
  const orphans = spans.filter((span) => span.parentId !== '' && !ids.has(span.parentId));
  expect(orphans, drawTrace(spans)).toEqual([]);
  expect(spans.filter((span) => span.parentId === '').map((span) => span.name)).toEqual(['POST /api/checkout']);

  const checkout = of(spans, 'gateway', 'POST /api/checkout');
  const ask = of(spans, 'gateway', /CreateOrder/);
  const create = of(spans, 'order', /CreateOrder/);
  expect([ask.parentId, create.parentId]).toEqual([checkout.spanId, ask.spanId]);
  for (const [service, name, parentService] of [
    ['inventory', 'POST /reservations', 'order'],
    ['payment', 'POST /charges', 'order'],
  ] as const) {
    const server = of(spans, service, name);
    expect(spans.find((span) => span.spanId === server.parentId)).toMatchObject({
      service: parentService,
      kind: 'client',
    });
  }
  const systems = new Set(
    spans.map((span) => span.attributes['db.system.name'] ?? span.attributes['messaging.system']),
  );
  expect([...systems].filter((one) => one !== undefined).sort()).toEqual(['kafka', 'postgresql', 'redis']);
});

test("the consumer's span links to the producer's, and the mail is sent within it", async () => {
  const {traceId} = await it.buy(['SKU-003']);
  const spans = await it.traceWhen(traceId, isWhole);
  const producer = spans.find((span) => span.kind === 'producer');
  const consumer = await it.sink.until(() =>
    it.sink.spans.find(
      (span) => span.service === 'notification' && span.links.some((link) => link.spanId === producer?.spanId),
    ),
  );
  expect(consumer.links).toContainEqual({traceId, spanId: producer?.spanId});
  await it.sink.until(() =>
    it.sink.spans.find((span) => span.name === 'send order confirmation' && span.traceId === consumer.traceId),
  );
});

test('baggage of the gateway reaches the services behind it', async () => {
  const {traceId} = await it.buy(['SKU-004'], 'gold');
  const spans = await it.traceWhen(traceId, isWhole);
  expect(of(spans, 'gateway', 'POST /api/checkout').attributes).toMatchObject({
    'tenant.id': 'acme',
    'user.tier': 'gold',
  });
  expect(of(spans, 'payment', 'POST /charges').attributes).toMatchObject({'tenant.id': 'acme', 'user.tier': 'gold'});
});

test('logs carry the span they were written in', async () => {
  const {traceId} = await it.buy(['SKU-005']);
  const spans = await it.traceWhen(traceId, isWhole);
  const logs = await it.sink.until(() => {
    const its = it.sink.logs.filter((log) => log.traceId === traceId);
    return its.length >= 4 ? its : undefined;
  });
  expect(logs.map((log) => log.service).sort()).toEqual(['gateway', 'inventory', 'order', 'payment']);
  const ids = new Set(spans.map((span) => span.spanId));
  expect(logs.filter((log) => !ids.has(log.spanId))).toEqual([]);
});

test('names and attributes stay low in cardinality, statements have no literals, health checks are not traced', async () => {
  await fetch(`${it.shop.services.inventory?.url}/health`);
  const {traceId, orderId} = await it.buy(['SKU-006']);
  await it.get(`/api/orders/${orderId}`);
  await it.traceWhen(traceId, isWhole);
  const detail = await it.sink.until(() => it.sink.spans.find((span) => span.name === 'GET /api/orders/:id'));
  expect(detail.attributes['http.route']).toBe('/api/orders/:id');
  const statements = it.sink.spans
    .map((span) => String(span.attributes['db.query.text'] ?? ''))
    .filter((text) => /^INSERT/.test(text));
  expect(statements.length).toBeGreaterThan(0);
  expect(statements.filter((text) => /'|ORD-/.test(text))).toEqual([]);
  expect(it.sink.spans.filter((span) => /health|metrics/.test(String(span.attributes['url.path'])))).toEqual([]);
});

test('every service has /health and /metrics with exemplars', async () => {
  await it.buy(['SKU-007']);
  for (const name of ['gateway', 'order-http', 'inventory', 'payment', 'notification']) {
    const url = name === 'order-http' ? it.shop.urls['order-http'] : it.shop.services[name]?.url;
    expect((await fetch(`${url}/health`)).status, name).toBe(200);
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('process_resident_memory_bytes');
    if (name === 'payment')
      expect(text).toMatch(/shop_request_duration_seconds_bucket\{.*route="\/charges".*# \{trace_id="[0-9a-f]{32}"/);
    if (name === 'order-http') expect(text).toMatch(/shop_orders_total\{.*outcome="created".*\} [1-9]/);
  }
});

test('nobody without a session buys, and a nonsense cart is refused', async () => {
  const response = await fetch(`${it.shop.storefrontUrl}/api/checkout`, {method: 'POST', body: '{}'});
  expect(response.status).toBe(401);
  expect((await it.buy(['NOSUCH'])).status).toBe(404);
  expect((await it.buy([])).status).toBe(400);
  expect((await it.get('/api/nothing')).status).toBe(404);
});

test('nobody complained', () => {
  expect(it.complaints).toEqual([]);
});
