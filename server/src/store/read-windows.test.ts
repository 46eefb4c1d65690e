/** Windows beside segments that nothing is known of yet: the statements over a real store are in `reader.test.ts` and the like. */
import {expect, test} from 'vitest';
import {defaultTenant, type UnixNano, unixNano, unixNanoFromMillis} from '../base/index.ts';
import {Budget} from '../query/index.ts';
import {bucketOf} from './read-conditions.ts';
import {SeenLinks} from './read-links.ts';
import type {Queries} from './read-query.ts';
import {windows} from './read-windows.ts';
import type {RecentSegment} from './span-changes.ts';

const now = Date.UTC(2026, 10, 30, 12);
const day = 86_400_000;
const bucketAt = (millis: number): number => Number(bucketOf(unixNanoFromMillis(millis)));
const segment = (number: number, from: number, to: number): RecentSegment => ({
  segment: number,
  first: bucketAt(from),
  last: bucketAt(to),
  spans: 10,
  serial: number,
});

async function listed(recent: readonly RecentSegment[], since?: () => UnixNano | undefined) {
  const queries: Queries = {
    rows: async () => [],
    native: () => Promise.reject(new Error('not asked')),
    open: () => Promise.reject(new Error('not asked')),
    recent: () => recent,
    memory: {},
    links: new SeenLinks(),
  };
  const budget = new Budget(new AbortController().signal);
  const found: {sql: string; first: number; last: number}[] = [];
  const options = {now, spans: 1, budget, ...(since && {since})};
  for await (const {sql, first, last} of windows(queries, defaultTenant, {conditions: []}, options))
    found.push({sql, first, last});
  return found;
}

test('windows: a last segment with spans of minutes near each other is looked through in these minutes', async () => {
  const found = await listed([segment(5, now - 60_000, now)]);
  expect(found.length).toBeGreaterThan(0);
  expect(Math.min(...found.map(({first}) => first))).toBeLessThanOrEqual(bucketAt(now - 60_000));
  for (const {sql} of found) expect(sql).not.toContain('segment');
});

test('windows: one with spans of months is looked through whole, and by no other window', async () => {
  const far = segment(7, now - 300 * day, now);
  const [first, ...others] = await listed([far, segment(5, now - 60_000, now)]);
  expect(first).toEqual({
    sql: `((bucket BETWEEN ${far.first} AND ${far.last} AND segment = 7))`,
    first: far.first,
    last: far.last,
  });
  expect(others.length).toBeGreaterThan(0);
  for (const {sql} of others) expect(sql).toContain(`AND NOT ${first?.sql}`);
});

test('windows: what it has of old spans does not end the search for newer ones', async () => {
  const old = unixNano(unixNanoFromMillis(now - 200 * day));
  const all = await listed([segment(7, now - 300 * day, now), segment(5, now - 60_000, now)], () => old);
  expect(all.length).toBeGreaterThan(1);
});
