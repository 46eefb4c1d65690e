/** Whether the mends of the shop's faults helped, on traces that the shop produced before and after: see `tools/insight/record.ts`. */
import {expect, test} from 'vitest';
import {judgeMend, type MendEntry, requestsOf} from './mend.ts';
import {sayMend} from './say-mend.ts';
import {recorded} from './testing.ts';

const judged = (id: string, entry: MendEntry) => {
  const side = (name: string) => recorded(`mend-${id}-${name}`).flatMap((batch) => requestsOf(batch, entry));
  return judgeMend(side('before'), side('after'));
};

test('mend: the index that is there again makes the checks that ask the database quicker, in their statement', () => {
  const entry = {
    service: 'inventory',
    operation: 'check stock',
    attribute: {key: 'cache.hit', value: 'false'},
  };
  const mend = judged('missing-index', entry);
  expect(mend).toMatchObject({verdict: 'better', latency: {verdict: 'better'}, errors: {verdict: 'no_difference'}});
  const statement = mend.steps.find(({name}) => name === 'pg.query:SELECT shop');
  expect(statement?.verdict).toBe('better');
  expect((statement?.after?.p50 ?? 0) * 10).toBeLessThan(statement?.before?.p50 ?? 0);
  expect(sayMend(mend, entry, 'en')).toMatch(/^inventory "check stock" is better than before/);
});

test('mend: deadlocks that are tried again at rush hour are no mend, since those that wait take all connections', () => {
  const mend = judged('deadlock', {service: 'inventory', operation: 'POST /reservations'});
  expect(mend.verdict).toBe('no_difference');
  expect([mend.before.retried, mend.before.healed]).toEqual([0, 0]);
  expect(mend.after.retried).toBeGreaterThan(mend.after.healed);
  expect(mend.after.healed).toBeGreaterThan(0);
});

test('mend: a pool that is renewed and not cut leaves no failed charge', () => {
  const mend = judged('pool-restart', {service: 'payment', operation: 'POST /charges'});
  expect(mend).toMatchObject({errors: {verdict: 'better'}, after: {failed: 0}});
  expect(mend.before.failed).toBeGreaterThan(10);
  expect(mend.errors.interval[1]).toBeLessThan(0);
});

test('mend: one statement for the items of all orders is sent where there was one for each', () => {
  const mend = judged('chatty-n-plus-1', {service: 'order', operation: 'weft.shop.v1.OrderService/ListOrders'});
  expect(mend).toMatchObject({verdict: 'better', latency: {verdict: 'better'}});
  const statement = mend.steps.find(({name}) => name === 'pg.query:SELECT shop');
  expect(statement).toMatchObject({verdict: 'better', after: {calls: 2}});
  expect(statement?.before?.calls).toBeGreaterThan(15);
});
