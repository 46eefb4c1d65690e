/**
 * Each item of instrumentation that the shop demonstrates, checked on the telemetry that arrives: each row of the table in
 * docs/shop/README.md. That context crosses every hop is in shop-context.test.ts.
 */
import {
  assertChildOf,
  assertLinkedTo,
  assertNothingSensitive,
  type CapturedMetric,
  type CapturedSpan,
} from '@weft/instrument/testing';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {drawTraces} from './testing.ts';
import {type Bought, startTestShop, type TestShop} from './testing-shop.ts';

let it: TestShop;
let bought: Bought;
let spans: readonly CapturedSpan[];
beforeAll(async () => {
  it = await startTestShop();
  // A cart of two, so that there is a loop to see, and a tier that is not the first.
  bought = await it.buy(['SKU-008', 'SKU-009'], 'gold');
  spans = await it.traceWhen(
    bought.traceId,
    (all) => isWhole(all) && all.some((span) => span.service === 'payment' && span.kind === 'server'),
  );
});
afterAll(() => it?.stop());

/** Gateway and inventory, whose spans end last in their services, have sent theirs, and no span waits for its parent. */
function isWhole(all: readonly CapturedSpan[]): boolean {
  const ids = new Set(all.map((span) => span.spanId));
  return (
    all.every((span) => span.parentSpanId === undefined || ids.has(span.parentSpanId)) &&
    ['POST /api/checkout', 'POST /reservations'].every((name) => all.some((span) => span.name === name))
  );
}
const named = (name: string): CapturedSpan[] => spans.filter((span) => span.name === name);
const one = (name: string): CapturedSpan => {
  const [found, ...more] = named(name);
  if (found === undefined || more.length > 0)
    throw new Error(`${more.length + 1} spans "${name}":\n${drawTraces(spans)}`);
  return found;
};

test('shop instrumentation, traced: manual spans with attributes stand between those of the libraries', () => {
  const checks = named('check stock');
  // The gateway asks for each price, the reservation for each line.
  expect(checks.map((span) => span.attributes['product.sku'])).toEqual(['SKU-008', 'SKU-009', 'SKU-008', 'SKU-009']);
  expect(checks.map((span) => span.attributes['cache.hit'])).toEqual([false, false, true, true]);
  const below = checks.map(({spanId}) => spans.filter((span) => span.parentSpanId === spanId).map(({name}) => name));
  const asked = ['get', 'pg-pool.connect', expect.stringMatching(/^pg\.query:SELECT/), 'set'];
  expect(below).toEqual([asked, asked, ['get'], ['get']]);
  for (const check of checks.slice(2)) assertChildOf(check, one('POST /reservations'));
});

test('shop instrumentation, saga: the steps stand below it in order, and its outcome is told', () => {
  const whole = one('saga order');
  expect(whole.attributes).toMatchObject({'saga.outcome': 'committed', 'saga.steps': 3});
  const steps = ['saga.step reserve stock', 'saga.step take payment', 'saga.step store order'].map(one);
  for (const [index, step] of steps.entries()) {
    assertChildOf(step, whole);
    expect(step.start).toBeGreaterThanOrEqual(steps[index - 1]?.end ?? 0n);
  }
});

test('shop instrumentation, retry and circuit breaker: each call is an attempt, and each attempt says what state it met', () => {
  const whole = one('charge card');
  expect(whole.attributes).toMatchObject({'retry.attempts': 1, 'retry.outcome': 'succeeded'});
  const attempt = one('charge card attempt');
  assertChildOf(attempt, whole);
  const circuit = one('circuit_breaker payment provider');
  assertChildOf(circuit, attempt);
  expect(circuit.attributes).toMatchObject({'circuit_breaker.state': 'closed'});
});

test('shop instrumentation, events and exceptions: a failure is recorded on each span of its way up', async () => {
  const failed = await it.withFault('fourth-layer-error', () => it.buy(['SKU-030']));
  const all = await it.traceWhen(failed.traceId, isWhole);
  const way = ['feature store lookup', 'POST /reservations', 'saga.step reserve stock', 'POST /api/checkout'];
  for (const name of way) {
    const span = all.find((each) => each.name === name);
    expect(span?.status, `${name} in\n${drawTraces(all)}`).toBe('error');
    const exception = span?.events.find((event) => event.name === 'exception');
    expect(exception?.attributes['exception.stacktrace'], name).toEqual(expect.stringContaining('.ts:'));
  }
  const rollback = all.find((span) => span.name === 'saga order')?.events.find(({name}) => name === 'saga.rollback');
  expect(rollback?.attributes).toMatchObject({'saga.failed_step': 'reserve stock', 'saga.completed_steps': 0});
});

test('shop instrumentation, batch consumer: one span with a link for each message, and baggage goes with each mail', async () => {
  const producer = one('send order.created');
  const mail = await it.sink.until(() =>
    it.sink.spans.find(
      (span) => span.name === 'send order confirmation' && span.attributes['order.id'] === bought.orderId,
    ),
  );
  assertLinkedTo(mail, producer);
  expect(mail.attributes).toMatchObject({'tenant.id': 'acme', 'user.tier': 'gold'});
  const batch = await it.sink.until(() => it.sink.spans.find((span) => span.spanId === mail.parentSpanId));
  expect(batch).toMatchObject({kind: 'consumer', name: 'process order.created'});
  assertLinkedTo(batch, producer);
  expect(batch.links).toHaveLength(Number(batch.attributes['messaging.batch.message_count']));
  expect(batch.traceId).not.toBe(producer.traceId);
});

test('shop instrumentation: baggage stands on every span of the services behind the gateway', () => {
  const behind = spans.filter((span) => span.service !== 'gateway');
  const without = behind.filter(
    (span) => span.attributes['tenant.id'] !== 'acme' || span.attributes['user.tier'] !== 'gold',
  );
  expect(without.map((span) => `${span.service}: ${span.name}`)).toEqual([]);
});

test('shop instrumentation: statements have no literals, and nothing sensitive is in any attribute', () => {
  const statements = spans
    .filter(({attributes}) => attributes['db.system.name'] === 'postgresql' && 'db.query.text' in attributes)
    .map(({attributes}) => String(attributes['db.query.text']));
  expect(statements.length).toBeGreaterThan(8);
  expect(statements.filter((statement) => /'[^']+'|\b\d{2,}\b/.test(statement))).toEqual([]);
  assertNothingSensitive(spans);
});

test('shop instrumentation: every log line of a request belongs to one of its spans', async () => {
  const logs = await it.sink.until(() => {
    const its = it.sink.logs.filter((log) => log.traceId === bought.traceId);
    return its.length >= 4 ? its : undefined;
  });
  const services = new Map(spans.map((span) => [span.spanId, span.service]));
  for (const log of logs) expect(services.get(log.spanId), String(log.body)).toBe(log.service);
});

test('shop instrumentation: rate, errors and duration go out by route, with exemplars', async () => {
  const requests = (): CapturedMetric[] =>
    it.sink.metrics.filter((point) => point.name === 'http.server.request.duration');
  const points = await it.sink.until(() => {
    const its = requests().filter((point) => point.attributes['http.route'] === '/charges');
    return its.some((point) => point.exemplars.length > 0) ? its : undefined;
  });
  const exemplars = points.flatMap((point) => point.exemplars);
  const known = new Set(it.sink.spans.map((span) => `${span.traceId}/${span.spanId}`));
  expect(exemplars.some(({traceId, spanId}) => known.has(`${traceId}/${spanId}`))).toBe(true);
  const labels = new Set(requests().flatMap((point) => Object.keys(point.attributes)));
  expect([...labels].filter((label) => /url\.(path|full)|user|order|trace/.test(label))).toEqual([]);
});

test('shop instrumentation: resources name the service, its version and where it runs', () => {
  for (const service of ['gateway', 'order', 'inventory', 'payment']) {
    const {resource} = spans.find((span) => span.service === service) ?? {resource: {}};
    expect(resource).toMatchObject({
      'service.namespace': 'shop',
      'service.version': expect.stringMatching(/^\d+\.\d+\.\d+$/),
      'deployment.environment.name': 'demo',
      'process.pid': expect.anything(),
      'host.name': expect.any(String),
    });
  }
});
