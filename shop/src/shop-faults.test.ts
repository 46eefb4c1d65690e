import {readFileSync} from 'node:fs';
import {type CapturedSpan, sensitiveFindings} from '@weft/instrument/testing';
import pg from 'pg';
import {afterAll, beforeAll, expect, type TestContext, test} from 'vitest';
import {type FaultId, faultIds, faults} from './faults.ts';
import {availabilityQuery} from './inventory-schema.ts';
import {births, drawTraces, hasFailed, milliseconds} from './testing.ts';
import {startTestShop, type TestShop} from './testing-shop.ts';

/**
 * Each test switches one fault on, does what a visitor would do, and looks for what the fault's story tells. Afterwards
 * the search that the storefront leads to must find it.
 */
let it: TestShop;
const told: string[] = [];
/** Texts that a story has seen beside the telemetry, for the words of its page. */
const seenElsewhere: string[] = [];
const page = (name: string): string => readFileSync(new URL(`../../docs/shop/${name}.md`, import.meta.url), 'utf8');
/** Their searches find healthy traces too: what is to be seen is in how many there are, or in what each looks like. */
const seenByComparison = ['lost-context', 'cardinality-explosion', 'chatty-n-plus-1', 'head-sampling'];
beforeAll(async () => {
  it = await startTestShop();
});
afterAll(() => it?.stop());

const story = (id: FaultId, run: (context: TestContext) => Promise<void>): void => {
  told.push(id);
  test(`shop fault ${id}: it happens as its page says, and the search on the page finds it`, async (context) => {
    const before = it.sink.spans.length;
    await run(context);
    await it.sink.until(() => found(id, it.sink.spans.slice(before))[0]);
    // Logs and metrics come a moment after the spans.
    const untrue = () => wordsOfPage(id).filter((word) => !isInTelemetry(word));
    await expect.poll(untrue, {message: `words of docs/shop/${id}.md that no telemetry holds`}).toEqual([]);
    const unfound = () => {
      const names = new Set(it.sink.spans.map((span) => span.name));
      return operationsOfPage(id).filter((name) => !names.has(name));
    };
    const message = `operations that docs/shop/${id}.md searches for and no span is called`;
    await expect.poll(unfound, {message}).toEqual([]);
  });
};

const howToFind = (id: FaultId): string => /## Find it in Weft\n([\s\S]*?)\n## /.exec(page(id))?.[1] ?? '';

/** The operations that the page has its reader search for: each must be a span's whole name. */
const operationsOfPage = (id: FaultId): string[] =>
  [...howToFind(id).matchAll(/operation\s+`([^`]+)`/g)].map(([, name = '']) => name);

/** The words that the page's part on Weft quotes from the telemetry: names, attributes, values. */
function wordsOfPage(id: FaultId): string[] {
  const words = [...howToFind(id).matchAll(/`([^`]+)`/g)].map(([, word = '']) => word.replaceAll(/\s+/g, ' '));
  // A duration to search by is not in the telemetry.
  return words.filter((word) => !/^\d+m?s$/.test(word));
}

/** The telemetry so far as text, each item written once. */
let telemetry = '';
const written = {spans: 0, logs: 0, metrics: 0};
function telemetryText(): string {
  for (const signal of ['spans', 'logs', 'metrics'] as const) {
    const fresh = it.sink[signal].slice(written[signal]);
    written[signal] += fresh.length;
    if (fresh.length === 0) continue;
    telemetry += JSON.stringify(fresh, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  }
  return telemetry;
}

/** Whether the word, or each of its parts around `=` and `…`, stands in a span, a log line, a metric, or what was seen. */
function isInTelemetry(word: string): boolean {
  const seen = [telemetryText(), ...seenElsewhere];
  return word.split(/[=…]/).every((part) => seen.some((text) => text.includes(part.trim())));
}

/** The spans that Weft's search finds by the fault's query: each fits all conditions. */
function found(id: FaultId, spans: readonly CapturedSpan[]): CapturedSpan[] {
  const {service, operation, status, attribute, min}: Readonly<Record<string, string>> = faults[id].search;
  const [, key = '', value] = /^([^=]*)=(.*)$/.exec(attribute ?? '') ?? [];
  const [, number, unit] = /^(\d+)(ms|s)$/.exec(min ?? '0ms') ?? [];
  const atLeast = Number(number) * (unit === 's' ? 1000 : 1);
  return spans.filter(
    (span) =>
      (service === undefined || span.service === service) &&
      (operation === undefined || span.name === operation) &&
      (status === undefined || span.status === status) &&
      (attribute === undefined || String(span.attributes[key] ?? span.resource[key]) === value) &&
      milliseconds(span) >= atLeast,
  );
}

test('shop faults: a healthy shop shows none', async () => {
  const {traceId} = await it.buy(['SKU-001', 'SKU-002']);
  await it.get('/api/orders');
  await traceWith(traceId, ...whole);
  await it.sink.until(() => it.sink.spans.find((span) => span.name === 'send order confirmation'));
  await it.sink.until(() => it.sink.spans.find((span) => span.name === 'GET /api/orders'));
  expect(faultIds.filter((id) => found(id, it.sink.spans).length > 0)).toEqual(seenByComparison);
});
const millisecondsOf = (span: CapturedSpan | undefined): number =>
  span === undefined ? Number.NaN : milliseconds(span);
const byService = (spans: readonly CapturedSpan[], service: string, name: string): CapturedSpan[] =>
  spans.filter((span) => span.service === service && span.name.includes(name));
/**
 * The trace of a request once every service it went through has sent all of it: the named spans (`service/part of the
 * name`, the last to end in each) are there, and no span waits for its parent.
 */
const traceWith = (traceId: string, ...more: string[]): Promise<CapturedSpan[]> =>
  it.traceWhen(traceId, (spans) => {
    const ids = new Set(spans.map((span) => span.spanId));
    const isWhole = spans.every((span) => span.parentSpanId === undefined || ids.has(span.parentSpanId));
    return (
      isWhole &&
      ['gateway/POST /api/checkout', 'order/OrderService/CreateOrder', ...more].every((wanted) => {
        const [service, ...name] = wanted.split('/');
        return spans.some((span) => span.service === service && span.name.includes(name.join('/')));
      })
    );
  });
const whole = ['inventory/POST /reservations', 'payment/POST /charges'];
/** Buys, one purchase after the other, until one is as wanted: a fault strikes only its share. */
async function buyUntil(
  wanted: (bought: Awaited<ReturnType<TestShop['buy']>>) => boolean,
  skus = ['SKU-001'],
  tier?: string,
) {
  for (;;) {
    const bought = await it.buy(skus, tier);
    if (wanted(bought)) return bought;
  }
}

story('slow-checkout', async () => {
  await it.withFault('slow-checkout', async () => {
    const slow = await Promise.race(
      Array.from({length: 12}, async (_, index) => {
        const started = performance.now();
        const bought = await it.buy([`SKU-0${10 + index}`]);
        return performance.now() - started > 7_000 ? bought : new Promise<never>(() => undefined);
      }),
    );
    expect(slow.status).toBe(201);
    const spans = await traceWith(slow.traceId, ...whole);
    const [backoff] = byService(spans, 'payment', 'retry.backoff');
    expect(millisecondsOf(backoff), drawTraces(spans)).toBeGreaterThan(4_900);
    const attempts = spans.filter((span) => span.name === 'charge card attempt');
    expect(attempts.map((span) => hasFailed(span))).toEqual([true, false]);
    const retried = spans.find((span) => span.name === 'charge card');
    expect(retried?.events.map((event) => event.name)).toContain('retry.scheduled');
    const [root] = spans.filter((span) => span.parentSpanId === undefined);
    expect(millisecondsOf(root)).toBeGreaterThan(8_000);
  });
});

story('provider-outage', async () => {
  const isRejected = (span: CapturedSpan): boolean => span.attributes['circuit_breaker.rejected'] === true;
  const refused = await it.withFault('provider-outage', async () => {
    // These open the circuit; their second attempts meet it open.
    const hanging = await Promise.all(Array.from({length: 10}, () => it.buy(['SKU-021'])));
    expect(new Set(hanging.map(({status}) => status))).toEqual(new Set([503]));
    return it.buy(['SKU-021']);
  });
  expect(refused).toMatchObject({status: 503, message: 'Payment service unavailable'});
  const spans = await traceWith(refused.traceId, ...whole);
  const [birth] = births(spans);
  expect(birth, drawTraces(spans)).toMatchObject({service: 'payment', name: 'circuit_breaker payment provider'});
  expect(birth?.attributes).toMatchObject({'circuit_breaker.state': 'open', 'circuit_breaker.rejected': true});
  expect(spans.filter((span) => span.parentSpanId === birth?.spanId)).toEqual([]);
  expect(spans.find((span) => span.name === 'charge card')?.attributes['retry.outcome']).toBe('not_retryable');
  await expect.poll(() => it.sink.spans.filter(isRejected).length).toBeGreaterThan(8);
  await buyUntil(({status}) => status === 201);
  const changes = await it.sink.until(() => {
    const found = it.sink.spans
      .toSorted((a, b) => Number(a.end - b.end))
      .flatMap((span) => span.events.filter(({name}) => name === 'circuit_breaker.state_change'))
      .map(({attributes}) => `${attributes['circuit_breaker.from']} → ${attributes['circuit_breaker.to']}`);
    return found.length >= 3 ? found : undefined;
  });
  expect(changes).toEqual(['closed → open', 'open → half_open', 'half_open → closed']);
});

story('fourth-layer-error', async () => {
  const bought = await it.withFault('fourth-layer-error', () => buyUntil(({status}) => status >= 500, ['SKU-030']));
  expect(bought).toMatchObject({status: 500, message: 'Internal Server Error'});
  const spans = await traceWith(bought.traceId, 'inventory/POST /reservations');
  const [birth, ...others] = births(spans);
  expect(others, drawTraces(spans)).toEqual([]);
  expect(birth).toMatchObject({service: 'inventory', name: 'get', kind: 'client'});
  expect(birth?.statusMessage).toContain('WRONGTYPE');
  expect(spans.filter((span) => hasFailed(span)).length, drawTraces(spans)).toBe(9); // So its page says.
  const services = new Set(spans.filter((span) => hasFailed(span)).map((span) => span.service));
  expect([...services].sort()).toEqual(['gateway', 'inventory', 'order']);
  expect(birth?.events.find((event) => event.name === 'exception')?.attributes['exception.stacktrace']).toBeDefined();
  const log = await it.sink.until(() =>
    it.sink.logs.find((one) => one.traceId === bought.traceId && one.service === 'inventory'),
  );
  expect(log.severityNumber).toBe(17);
});

story('deadlock', async ({skip}) => {
  skip(it.shop.notes.join().includes('PGlite'), 'PGlite has one session: nothing can wait for each other');
  const failed = await it.withFault('deadlock', async () => {
    for (;;) {
      const both = await Promise.all([it.buy(['SKU-001', 'SKU-002']), it.buy(['SKU-002', 'SKU-001'])]);
      const one = both.find(({status}) => status === 500);
      if (one !== undefined) return one;
    }
  });
  const spans = await traceWith(failed.traceId, 'inventory/POST /reservations');
  const [birth] = births(spans);
  expect(birth?.statusMessage, drawTraces(spans)).toBe('deadlock detected');
  expect(birth?.name).toContain('UPDATE');
  expect(millisecondsOf(birth)).toBeGreaterThan(4_900);
});

story('missing-index', async () => {
  const statement = (spans: readonly CapturedSpan[]) =>
    spans.find((span) => String(span.attributes['db.query.text']).includes('FROM inventory'));
  await it.withFault('missing-index', async () => {
    const {traceId} = await it.buy(['SKU-023']);
    const spans = await traceWith(traceId, ...whole);
    expect(millisecondsOf(statement(spans)), drawTraces(spans)).toBeGreaterThan(500);
    expect(statement(spans)?.attributes['db.query.text']).toContain('i.sku IN ($1)');
    seenElsewhere.push(await explain(availabilityQuery));
  });
  await it.sink.until(() => it.sink.spans.find((span) => span.name === 'restore index'));
  // A busy machine may take long for the first of them.
  const took = async (): Promise<number> => {
    const {traceId} = await it.buy(['SKU-023']);
    return millisecondsOf(statement(await traceWith(traceId, ...whole)));
  };
  await expect.poll(took).toBeLessThan(500);
});

/** The plan, as the engineer of the story asks for it. */
async function explain(statement: string): Promise<string> {
  const client = new pg.Client(it.shop.urls.postgres);
  await client.connect();
  const {rows} = await client.query(`EXPLAIN (GENERIC_PLAN) ${statement}`);
  await client.end();
  return `EXPLAIN ${JSON.stringify(rows)}`;
}

story('pool-restart', async () => {
  const twice = async () => {
    await buyUntil(({status}) => status === 503); // Its connection may have been cut under it.
    return buyUntil(({status}) => status === 503);
  };
  const bought = await it.withFault('pool-restart', twice, {seconds: 1});
  expect(bought.message).toBe('Payment service unavailable');
  const spans = await traceWith(bought.traceId, ...whole);
  expect(births(spans)[0]).toMatchObject({service: 'payment'});
  expect(byService(spans, 'order', 'saga.compensate reserve stock')).toHaveLength(1);
  await it.sink.until(() => it.sink.spans.find((span) => span.name === 'restart connection pool'));
  await it.sink.until(() => it.sink.logs.find((log) => log.body === 'connection pool restarts'));
  await buyUntil(({status}) => status === 201);
});

story('pool-exhausted', async () => {
  const bought = await it.withFault('pool-exhausted', () => buyUntil(({status}) => status === 500));
  const spans = await traceWith(bought.traceId, ...whole);
  const waited = births(spans).find((span) => span.service === 'order');
  expect(waited?.statusMessage, drawTraces(spans)).toContain('timeout exceeded when trying to connect');
  expect(millisecondsOf(waited)).toBeGreaterThan(2_900);
  const undone = spans.filter((span) => span.name.startsWith('saga.compensate')).map(({name}) => name);
  expect(undone).toEqual(['saga.compensate take payment', 'saga.compensate reserve stock']);
  expect(byService(spans, 'payment', 'pg.query:DELETE')).toHaveLength(1);
  const holder = await it.sink.until(() => it.sink.spans.find((span) => span.name === 'export invoice'));
  expect(millisecondsOf(holder)).toBeGreaterThan(14_000);
});

story('lost-context', async () => {
  const bought = await it.withFault('lost-context', () => it.buy(['SKU-014']));
  const spans = await traceWith(bought.traceId, 'payment/POST /charges');
  expect(byService(spans, 'inventory', 'POST /reservations'), drawTraces(spans)).toEqual([]);
  const orphan = await it.sink.until(() =>
    it.sink.spans.find((span) => span.name === 'POST /reservations' && span.parentSpanId === undefined),
  );
  expect(orphan.traceId).not.toBe(bought.traceId);
});

story('sensitive-data', async () => {
  const {traceId} = await it.withFault('sensitive-data', () => it.buy(['SKU-015']));
  const spans = await traceWith(traceId, ...whole);
  const findings = sensitiveFindings(spans);
  expect(findings).toContain('payment.card_number of "POST /charges": a card number');
  expect(findings).toContain('customer.email of "POST /api/checkout": an e-mail address');
  expect(findings).toContain('customer.session of "POST /api/checkout": a bearer or basic credential');
  expect(findings.filter((finding) => finding.startsWith('db.query.text'))).toEqual([]);
  const statements = spans.map((span) => String(span.attributes['debug.statement']));
  expect(statements).toContainEqual(expect.stringContaining("VALUES ('tester-silver@example.com')"));
  const log = await it.sink.until(() =>
    it.sink.logs.find((one) => one.traceId === traceId && one.service === 'payment'),
  );
  expect(log.body).toContain('4111111111111111');
});

story('cardinality-explosion', async () => {
  await it.withFault('cardinality-explosion', async () => {
    for (let visit = 0; visit < 5; visit++) await it.get('/api/products');
    const names = await it.sink.until(() => {
      const found = new Set(it.sink.spans.map((span) => span.name).filter((name) => name.includes('?visit=')));
      return found.size >= 5 ? found : undefined;
    });
    expect(names.size).toBe(5);
    await it.sink.until(() => {
      const series = new Set(
        it.sink.metrics.filter((point) => point.name === 'shop.visits').map((point) => point.attributes['visit.id']),
      );
      return series.size >= 5 ? series : undefined;
    });
  });
});

story('chatty-n-plus-1', async () => {
  for (let count = 0; count < 6; count++) await it.buy(['SKU-016']);
  const queries = async (): Promise<number> => {
    const seen = it.sink.spans.length;
    await it.get('/api/orders');
    const root = await it.sink.until(() => it.sink.spans.slice(seen).find((span) => span.name === 'GET /api/orders'));
    const spans = await it.traceWhen(root.traceId, (all) =>
      all.some((span) => span.service === 'order' && span.kind === 'server'),
    );
    return byService(spans, 'order', 'pg.query').length;
  };
  expect(await queries()).toBe(2);
  expect(await it.withFault('chatty-n-plus-1', queries)).toBeGreaterThan(6);
});

story('slow-consumer', async () => {
  await it.withFault('slow-consumer', async () => {
    const ids = await Promise.all(Array.from({length: 8}, async () => (await it.buy(['SKU-017'])).orderId));
    const mails = await it.sink.until(() => {
      const found = it.sink.spans.filter(
        (span) => ids.includes(String(span.attributes['order.id'])) && span.name === 'send order confirmation',
      );
      return found.length === ids.length ? found : undefined;
    });
    const ages = mails.map((span) => Number(span.attributes['messaging.message.age_ms']));
    expect(Math.max(...ages)).toBeGreaterThan(3_000);
    expect(Math.min(...mails.map((span) => milliseconds(span)))).toBeGreaterThan(1_400);
    seenElsewhere.push(`/metrics ${await (await fetch(`${it.shop.urls.notification}/metrics`)).text()}`);
    // A batch ends after its mails.
    await it.sink.until(() =>
      it.sink.spans.find(
        (span) =>
          span.name === 'process order.created' &&
          span.links.length > 1 &&
          Number(span.attributes['messaging.kafka.consumer_lag']) > 1,
      ),
    );
  });
});

story('head-sampling', async () => {
  const bought = await it.withFault('head-sampling', () =>
    Promise.all(Array.from({length: 20}, () => it.buy(['SKU-018']))),
  );
  const after = await it.buy(['SKU-019']);
  await traceWith(after.traceId, ...whole);
  const kept = bought.filter(({traceId}) => it.sink.trace(traceId).length > 0);
  expect(kept.length).toBeLessThan(6);
  expect(bought.every(({status}) => status === 201)).toBe(true);
});

story('bad-canary', async () => {
  const bought = await it.withFault('bad-canary', () => buyUntil(({status}) => status >= 500, ['SKU-020'], 'gold'));
  const spans = await traceWith(bought.traceId, ...whole);
  const [birth] = births(spans);
  expect(birth).toMatchObject({service: 'payment', resource: {'service.version': '3.2.0-canary'}});
  expect(birth?.statusMessage, drawTraces(spans)).toContain("Cannot destructure property 'rate'");
  expect(birth?.attributes).toMatchObject({'user.tier': 'gold'});
  await expect.poll(() => it.shop.services['payment-canary']).toBeUndefined();
  expect((await it.buy(['SKU-020'], 'gold')).status).toBe(201);
});

test('shop faults: every one has its story here and its page in the documentation', () => {
  expect(told.toSorted()).toEqual(faultIds.toSorted());
  const index = page('README');
  for (const id of faultIds) {
    expect(page(id)).toContain(`# ${faults[id].title}`);
    for (const part of ['The story', 'In the shop', 'Find it in Weft', 'The fix'])
      expect(page(id), id).toContain(`\n## ${part}\n`);
    expect(index).toContain(`(${id}.md)`);
  }
});
