/** The mends of faults: their cause goes on, and what it did to visitors is gone. */
import {readFileSync} from 'node:fs';
import pg from 'pg';
import {afterAll, beforeAll, expect, type TestContext, test} from 'vitest';
import {canBeMended, type FaultId, faultIds} from './faults.ts';
import {availabilityQuery} from './inventory-schema.ts';
import {hasFailed} from './testing.ts';
import {startTestShop, type TestShop} from './testing-shop.ts';

let it: TestShop;
const told: string[] = [];
beforeAll(async () => {
  it = await startTestShop();
});
afterAll(() => it?.stop());

const mend = (id: FaultId, run: (context: TestContext) => Promise<void>): void => {
  told.push(id);
  test(`shop mend ${id}: the cause goes on, and visitors no longer see it`, (context) =>
    it.withFault(id, () => run(context), {mode: 'mended', seconds: 1}));
};

mend('deadlock', async ({skip}) => {
  skip(it.shop.notes.join().includes('PGlite'), 'PGlite has one session: nothing can wait for each other');
  const isTriedAgain = () =>
    it.sink.spans.find(
      (span) => span.attributes['retry.outcome'] === 'succeeded' && Number(span.attributes['retry.attempts']) > 1,
    );
  while (isTriedAgain() === undefined) {
    const both = await Promise.all([it.buy(['SKU-001', 'SKU-002']), it.buy(['SKU-002', 'SKU-001'])]);
    expect(both.map(({status}) => status)).toEqual([201, 201]);
  }
  const whole = isTriedAgain();
  const attempts = it.sink.spans.filter(
    ({parentSpanId, name}) => parentSpanId === whole?.spanId && name === 'deduct lines attempt',
  );
  expect(attempts.map((span) => hasFailed(span))).toEqual([true, false]);
});

mend('missing-index', async () => {
  const {rows} = await ask(`EXPLAIN (GENERIC_PLAN) ${availabilityQuery}`);
  expect(JSON.stringify(rows)).toContain('idx_inventory_sku');
  const imported = await ask("SELECT count(*)::integer AS rows FROM inventory WHERE warehouse = 'marketplace'");
  expect((imported.rows as {rows: number}[])[0]?.rows).toBeGreaterThan(100_000);
  await it.sink.until(() => it.sink.spans.find((span) => span.name === 'create index'));
});

mend('pool-restart', async () => {
  const restarts = () => it.sink.spans.filter((span) => span.name === 'restart connection pool');
  while (restarts().length < 3) expect((await it.buy(['SKU-003'])).status).toBe(201);
  expect(restarts().some((span) => hasFailed(span))).toBe(false);
});

mend('chatty-n-plus-1', async () => {
  for (let count = 0; count < 4; count++) await it.buy(['SKU-016']);
  await it.get('/api/orders');
  const root = await it.sink.until(() => it.sink.spans.find((span) => span.name === 'GET /api/orders'));
  const spans = await it.traceWhen(root.traceId, (all) =>
    all.some(({service, kind}) => service === 'order' && kind === 'server'),
  );
  expect(spans.filter(({service, name}) => service === 'order' && name.includes('pg.query'))).toHaveLength(2);
});

async function ask(statement: string): Promise<pg.QueryResult> {
  const client = new pg.Client(it.shop.urls.postgres);
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}

test('shop mends: every one has its test here and its section in the documentation; others are refused', async () => {
  expect(told.toSorted()).toEqual(faultIds.filter(canBeMended).toSorted());
  for (const id of told) {
    expect(readFileSync(new URL(`../../docs/shop/${id}.md`, import.meta.url), 'utf8')).toContain('\n## The mend\n');
  }
  const answer = await fetch(`${it.shop.storefrontUrl}/api/faults/slow-consumer`, {
    method: 'PUT',
    headers: {'content-type': 'application/json'},
    body: '{"mode": "mended"}',
  });
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('slow-consumer has no mend')]);
});
