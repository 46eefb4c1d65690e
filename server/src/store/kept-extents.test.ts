/** The bounds of what is kept: rows come by statements, whose answers are made here, and by news. */
import {expect, test} from 'vitest';
import type {TenantId} from '../base/index.ts';
import {seededRandom} from '../model/testing.ts';
import type {ExtentRows} from './extent-rows.ts';
import {createKeptExtents} from './kept-extents.ts';
import {SeenLinks} from './read-links.ts';
import {createPresence} from './read-presence.ts';
import type {Query} from './read-query.ts';
import type {SpanNews} from './span-news.ts';
import {blockOfTraces, type TraceRow} from './testing-extents.ts';

const tenant = 'one' as TenantId;
const second = 1_000_000_000n;
const now = 1_800_000_000n * second;

/** A table, and whoever is told of it. */
function setUp(rows: readonly TraceRow[], maxRows: number, rowsAtOnce?: number) {
  const listeners: ((news: SpanNews) => void)[] = [];
  const tell = (news: SpanNews): void => listeners.forEach((listener) => void listener(news));
  const statements: string[] = [];
  const presence = createPresence();
  let again = 0;
  const kept = createKeptExtents({
    queries: {
      memory: {},
      links: new SeenLinks(),
      rows: () => Promise.reject(new Error('not asked')),
      open: () => Promise.reject(new Error('not asked')),
      recent: () => [],
      async native({sql}: Query) {
        statements.push(sql);
        const [, from = '0'] = /last >= (\d+)/.exec(sql) ?? [];
        const [, before = String(2n ** 64n)] = /last < (\d+)/.exec(sql) ?? [];
        const [, limit] = /LIMIT (\d+)/.exec(sql) ?? [];
        return blockOfTraces(
          tenant,
          rows.filter(({end}) => end >= BigInt(from) && end < BigInt(before)).slice(0, Number(limit)),
        );
      },
    },
    presence,
    clock: {now: () => Number(now / 1_000_000n)},
    news: {subscribe: (listener) => void listeners.push(listener), again: () => again++},
    maxRows,
    ...(rowsAtOnce !== undefined && {rowsAtOnce}),
  });
  return {kept, tell, statements, presence, asked: () => again};
}

const tracesOf = (rows: ExtentRows | undefined, from: bigint): number[] | undefined =>
  rows &&
  Array.from({length: rows.count}, (_, row) => row)
    .filter((row) => ((BigInt(rows.endHigh[row] as number) << 32n) | BigInt(rows.endLow[row] as number)) >= from)
    .map((row) => rows.ids[4 * row + 3] as number)
    .sort((a, b) => a - b);

const expected = (rows: readonly TraceRow[], from: bigint): number[] =>
  rows
    .filter(({end}) => end >= from)
    .map(({trace}) => trace)
    .sort((a, b) => a - b);

test('kept extents: of more rows than there is room for, the newest are there, all of them from a time on', async () => {
  const random = seededRandom(7);
  const table = Array.from({length: 5000}, (_, trace) => ({
    trace,
    end: now - BigInt(Math.floor(random() * 30 * 86_400)) * second,
  }));
  const {kept, tell, statements} = setUp(table, 3000);
  expect(kept.rows(tenant, now)).toBeUndefined();
  expect(statements).toEqual([]);
  tell({kind: 'settled'});
  await expect.poll(() => kept.rows(tenant, now - 5n * 86_400n * second)).toBeDefined();
  const known = [...table];
  for (let i = 0; i < 40; i++) {
    for (let days = 0; days < 31; days++) {
      const from = now - BigInt(days) * 86_400n * second;
      const rows = kept.rows(tenant, from);
      if (rows !== undefined) expect(tracesOf(rows, from)).toEqual(expected(known, from));
      if (days < 2 && i < 5) expect(rows).toBeDefined();
      expect(rows?.count ?? 0).toBeLessThanOrEqual(3000);
    }
    expect(kept.rows(tenant, 0n)).toBeUndefined();
    expect(kept.rows(tenant, now + BigInt(i) * second)).toBeDefined();
    const more = Array.from({length: 100}, (_, n) => ({trace: 10_000 + 100 * i + n, end: now + BigInt(i) * second}));
    known.push(...more);
    tell({kind: 'summing up'});
    tell({kind: 'summed up', tokens: [], sums: [{table: 'traces', bytes: blockOfTraces(tenant, more)}]});
  }
});

test('kept extents: everything is there where there is room, and nothing after news were missed or ClickHouse was lost', async () => {
  const table = Array.from({length: 500}, (_, trace) => ({trace, end: now - BigInt(trace * trace) * second}));
  const {kept, tell, presence, asked} = setUp(table, 3000);
  const isThere = () => expect.poll(() => tracesOf(kept.rows(tenant, 0n), 0n)).toEqual(expected(table, 0n));
  tell({kind: 'settled'});
  await isThere();
  tell({kind: 'missed'});
  expect(kept.rows(tenant, 0n)).toBeUndefined();
  tell({kind: 'settled'});
  await isThere();
  tell({kind: 'summing up'});
  tell({kind: 'summed up', tokens: [], sums: undefined});
  await isThere();
  presence.change(false);
  expect([kept.rows(tenant, 0n), asked()]).toEqual([undefined, 0]);
  presence.change(true);
  expect([kept.rows(tenant, 0n), asked()]).toEqual([undefined, 1]);
  tell({kind: 'settled'});
  await isThere();
});

test('kept extents: rows that are inserted while the table is read are not counted twice', async () => {
  const table = [{trace: 1, end: now}];
  const {kept, tell, statements} = setUp(table, 100);
  tell({kind: 'settled'});
  tell({kind: 'summing up'});
  expect(kept.rows(tenant, 0n)).toBeUndefined();
  tell({kind: 'summed up', tokens: [], sums: [{table: 'traces', bytes: blockOfTraces(tenant, table)}]});
  await expect.poll(() => kept.rows(tenant, 0n)?.count).toBe(1);
  expect([kept.rows(tenant, 0n)?.spans[0], statements.length > 0]).toEqual([1, true]);
});

test('kept extents: many rows of a minute, and years before them, take some dozens of statements', async () => {
  const dense = Array.from({length: 1000}, (_, trace) => ({trace, end: now - BigInt(trace % 60) * second}));
  const table = [...dense, {trace: 5000, end: now - 3n * 365n * 86_400n * second}, {trace: 5001, end: 9n * second}];
  const {kept, tell, statements} = setUp(table, 3000, 100);
  tell({kind: 'settled'});
  await expect.poll(() => tracesOf(kept.rows(tenant, 0n), 0n)).toEqual(expected(table, 0n));
  expect(statements.length).toBeLessThan(60);
});

test('kept extents: a trace of too many rows makes its tenant ask the table, one of as many as are allowed does not', async () => {
  const steady = Array.from({length: 10_000}, (_, i) => ({trace: 1, end: now - BigInt(10 * i) * second}));
  const {kept, tell} = setUp(steady, 30_000);
  tell({kind: 'settled'});
  await expect.poll(() => kept.rows(tenant, 0n)?.count).toBe(10_000);
  tell({kind: 'summing up'});
  const more = [
    {trace: 1, end: now + 10n * second},
    {trace: 2, end: now},
  ];
  tell({kind: 'summed up', tokens: [], sums: [{table: 'traces', bytes: blockOfTraces(tenant, more)}]});
  expect(kept.rows(tenant, now)).toBeUndefined();
});
