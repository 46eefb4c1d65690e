/**
 * Orders, conditions on whole traces and heatmaps against the real engine: random traces that straddle INSERTs, buckets and the
 * range's ends, with asynchronous parts, without roots, sent twice, strays, of two tenants, of an earlier version, before and after a
 * merge and a kill; held against a look at every span.
 */
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import type {TenantId, TraceId, UnixNano} from '../base/index.ts';
import {appendAttribute, createSpanBatch, type SpanBatch} from '../model/index.ts';
import {seededRandom} from '../model/testing.ts';
import {
  Budget,
  environmentIs,
  environmentKeys,
  environmentOf,
  type SpanFilter,
  type TraceConditions,
  type TraceFilter,
  type TraceOrder,
  type TraceOutcome,
  traceOrders,
  traceOutcomes,
} from '../query/index.ts';
import {durationStep, lastTraceStep} from '../red/index.ts';
import {createKeptExtents} from './kept-extents.ts';
import {createPresence} from './read-presence.ts';
import {createQueries} from './read-query.ts';
import {createReader, type Reader} from './reader.ts';
import {startTestStore, type TestStore} from './testing.ts';

const second = 1_000_000_000n;
const day = 86_400n * second;
const seed = Number(process.env.WEFT_SEED ?? 45);
const random = seededRandom(seed);
const pick = (n: number): number => Math.floor(random() * n);
const one = <T>(list: readonly T[]): T => list[pick(list.length)] as T;
const maybe = <T>(make: () => T): T | undefined => (random() < 0.4 ? make() : undefined);

interface TestSpan {
  readonly trace: string;
  readonly span: string;
  readonly parent: string;
  readonly start: bigint;
  readonly duration: bigint;
  readonly service: string;
  readonly status: number;
  /** By its name in the semantic conventions, and by the one that it had. */
  readonly environments: readonly [string | undefined, string | undefined];
}

/** None, by either name, by both of them, and two. */
const environments = [
  [undefined, undefined],
  ['live', undefined],
  ['live', undefined],
  [undefined, 'live'],
  ['test', 'test'],
  ['test', 'live'],
] as const;

/** The store's today, at noon, so that no trace crosses midnight by chance; and a day of a week ago, whose spans are strays. */
const today = BigInt(Date.now()) * 1_000_000n - ((BigInt(Date.now()) * 1_000_000n) % day) + day / 2n;
const now = today + 3600n * second;
const tenants = ['first', 'second'] as const satisfies readonly string[];
const traceCount = 120;

/** Of one tenant: every trace begins within the hour before `now`, or a week earlier. */
function generate(tenant: number): TestSpan[] {
  return Array.from({length: traceCount}, (_, i) => {
    // Both tenants have traces of the same ids.
    const trace = (i + 1).toString(16).padStart(24, '0') + (i * 2_654_435_761).toString(16).padStart(8, '0').slice(-8);
    const id = (n: number): string => (tenant * 1_000_000 + i * 100 + n + 1).toString(16).padStart(16, '0');
    const begin = (i % 7 === 0 ? now - 8n * day : now) - BigInt(pick(3_600_000)) * 1_000_000n;
    // Some go on for most of the hour, and so do their parts: they reach into ranges far from their beginning.
    const isLong = i % 13 === 0;
    // One of them lasts for more than a day.
    const length = BigInt(Math.floor(isLong ? random() * (i === 26 ? 2e14 : 3e12) : Math.exp(6 + random() * 19)));
    const count = 1 + pick(8);
    const isRootless = i % 11 === 0;
    return Array.from({length: count}, (_, n): TestSpan => {
      const isRoot = n === 0;
      // Parts of a trace follow its root's end, some of them by minutes.
      const hop = n === count - 1 && i % 5 === 0 ? BigInt(pick(420)) * second : 0n;
      const after = hop + BigInt(Math.floor(random() * Math.min(Number(length), 2e11)));
      const start = isRoot ? begin : begin + after;
      const duration = isRoot || isLong ? length : BigInt(Math.floor(random() * Number(length)));
      return {
        trace,
        span: id(n),
        parent: isRoot ? (isRootless ? id(99) : '') : id(pick(n)),
        start,
        duration,
        service: `service-${pick(4)}`,
        environments: one(environments),
        status: pick(isRoot ? 6 : 12) === 0 ? 2 : pick(2),
      };
    });
  }).flat();
}

let store: TestStore;
let reader: Reader;
/** Extents in memory: from before the first span came, and read when all were there. */
let [keeping, loading] = [] as unknown as [Keeping, Keeping];
interface Keeping {
  readonly reader: Reader;
  /** Statements about the table of traces so far. */
  statements: number;
}
const spans = tenants.map((_, i) => generate(i));

beforeAll(async () => {
  store = await startTestStore();
  reader = createReader({client: store.engine.queries, clock});
  keeping = keepingReader();
  await kept(keeping);
  for (const [i, tenant] of tenants.entries()) {
    const shuffled = (spans[i] as TestSpan[])
      .map((span) => ({span, key: random()}))
      .sort((a, b) => a.key - b.key)
      .map(({span}) => span);
    const parts = 6;
    const size = Math.ceil(shuffled.length / parts);
    for (let part = 0; part < parts; part++) {
      const batch = shuffled.slice(part * size, (part + 1) * size);
      await store.sink.consume(batchOf(batch), {tenant: tenant as TenantId});
      await store.spool.flush();
      // A sender that heard no answer sends again.
      if (part % 3 !== 0) continue;
      await store.sink.consume(batchOf(batch), {tenant: tenant as TenantId});
      await store.spool.flush();
    }
    if (i > 0) continue;
    // What merges join must be the same as what questions group, and what a process has that was killed as what it had.
    await store.engine.client.command({query: 'OPTIMIZE TABLE traces FINAL'});
    process.kill(store.engine.pid as number, 'SIGKILL');
  }
  loading = keepingReader();
  await kept(loading);
}, 120_000);

const clock = {now: () => Number(now / 1_000_000n)};

function keepingReader(): Keeping {
  const {queries} = store.engine;
  const one: {reader?: Reader; statements: number} = {statements: 0};
  const ask: typeof queries.ask = (statement) => {
    if (/FROM traces\b/.test(statement.sql)) one.statements++;
    return queries.ask(statement);
  };
  const client = {...queries, ask};
  const presence = createPresence();
  const extents = createKeptExtents({queries: createQueries(client, presence), presence, clock, news: store.news()});
  one.reader = createReader({client, clock, memory: {extents}, recent: () => store.changes.recent});
  return one as Keeping;
}

/** Resolves when it asks nothing of the table any more. */
async function kept(one: Keeping): Promise<void> {
  const start = 0n as UnixNano;
  const end = (now + day) as UnixNano;
  await vi.waitFor(
    async () => {
      const before = one.statements;
      await one.reader.heatmap('first' as TenantId, {start, end, conditions: [], columns: 1}, asked());
      expect(one.statements).toBe(before);
    },
    {timeout: 60_000},
  );
}

afterAll(() => store.stop());

function batchOf(list: readonly TestSpan[]): SpanBatch {
  const batch = createSpanBatch();
  const {heap} = batch;
  const c = batch.spans.columns;
  for (const span of list) {
    const resource = batch.resources.add();
    const from = batch.attributes.count;
    appendAttribute(batch.attributes, heap, 'service.name', {type: 'string', value: span.service});
    // Such a resource does not tell its origin by a number.
    if (span.span.endsWith('3')) {
      for (let i = 0; i < 2; i++) appendAttribute(batch.attributes, heap, 'twice', {type: 'string', value: 'same'});
    }
    span.environments.forEach((value, i) => {
      if (value === undefined) return;
      appendAttribute(batch.attributes, heap, environmentKeys[i] as string, {type: 'string', value});
    });
    batch.resources.columns.attributes.setPair(resource, from, batch.attributes.count - from);
    const scope = batch.scopes.add();
    const row = batch.spans.add();
    c.resource.set(row, resource);
    c.scope.set(row, scope);
    c.traceId.set(row, Buffer.from(span.trace, 'hex'));
    c.spanId.set(row, Buffer.from(span.span, 'hex'));
    if (span.parent !== '') c.parentSpanId.set(row, Buffer.from(span.parent, 'hex'));
    const at = heap.appendText('work');
    c.name.setPair(row, at, heap.length - at);
    c.kind.set(row, 2);
    c.statusCode.set(row, span.status);
    c.start.set(row, span.start);
    c.end.set(row, span.start + span.duration);
  }
  return batch;
}

// ── the oracle ──────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Whole {
  readonly id: string;
  readonly start: bigint;
  readonly duration: bigint;
  readonly spans: number;
  readonly errors: number;
  readonly outcome: TraceOutcome;
  readonly state: 'complete' | 'arriving' | 'incomplete';
  /** Of its spans that fit. */
  readonly newest: bigint;
}

const least = (values: readonly bigint[]): bigint => values.reduce((a, b) => (b < a ? b : a));
const greatest = (values: readonly bigint[]): bigint => values.reduce((a, b) => (b > a ? b : a));

function fitting(tenant: number, filter: TraceFilter): Whole[] {
  const byTrace = Map.groupBy(spans[tenant] as TestSpan[], ({trace}) => trace);
  return [...byTrace].flatMap(([id, all]): Whole[] => {
    const fit = all.filter((span) => fitsSpan(span, filter));
    if (fit.length === 0) return [];
    const start = least(all.map((span) => span.start));
    const end = greatest(all.map((span) => span.start + span.duration));
    const roots = all.filter(({parent}) => parent === '');
    const earliest = all.filter((span) => span.start === start);
    const failed =
      roots.length > 0
        ? roots.some(({status}) => status === 2)
        : // Of two that start at once, one that did not fail.
          earliest.every(({status}) => status === 2);
    const errors = all.filter(({status}) => status === 2).length;
    const ago = now - end;
    const whole: Whole = {
      id,
      start,
      duration: end - start,
      spans: all.length,
      errors,
      outcome: failed ? 'failed' : errors > 0 ? 'healed' : 'clean',
      state: roots.length > 0 ? 'complete' : ago < 30n * second && ago > -30n * second ? 'arriving' : 'incomplete',
      newest: greatest(fit.map((span) => span.start)),
    };
    return fitsWhole(whole, filter.trace) ? [whole] : [];
  });
}

const fitsSpan = (span: TestSpan, {start, end, service, minDurationNano, conditions}: SpanFilter): boolean =>
  conditions.every((condition) => span.environments.includes(environmentOf(condition))) &&
  (start === undefined || span.start >= start) &&
  (end === undefined || span.start <= end) &&
  (service === undefined || span.service === service) &&
  (minDurationNano === undefined || span.duration >= minDurationNano);

const fitsWhole = (whole: Whole, {minDurationNano, maxDurationNano, outcomes = []}: TraceConditions = {}): boolean =>
  (minDurationNano === undefined || whole.duration >= minDurationNano) &&
  (maxDurationNano === undefined || whole.duration <= maxDurationNano) &&
  (outcomes.length === 0 || (whole.state !== 'arriving' && outcomes.includes(whole.outcome)));

const compare = (a: bigint | number, b: bigint | number): number => (a > b ? -1 : a < b ? 1 : 0);
const before: Readonly<Record<TraceOrder, (a: Whole, b: Whole) => number>> = {
  newest: (a, b) => compare(a.newest, b.newest),
  longest: (a, b) => compare(a.duration, b.duration),
  spans: (a, b) => compare(a.spans, b.spans),
  errors: (a, b) => compare(a.errors, b.errors),
};

function ordered(tenant: number, filter: TraceFilter, order: TraceOrder): Whole[] {
  const settled = order === 'longest' || order === 'errors';
  return fitting(tenant, filter)
    .filter(({state}) => !settled || state !== 'arriving')
    .sort((a, b) => before[order](a, b) || compare(a.start, b.start) || (a.id < b.id ? -1 : 1));
}

// ── the questions ───────────────────────────────────────────────────────────────────────────────────────────────────────

const {signal} = new AbortController();
const asked = () => ({budget: new Budget(signal)});

function randomFilter(): TraceFilter {
  const all = spans.flat();
  const start = maybe(() => (one(all).start - BigInt(pick(20)) * second) as UnixNano);
  const end = maybe(() => (one(all).start + BigInt(pick(20)) * second) as UnixNano);
  const isInOrder = start === undefined || end === undefined || start < end;
  return {
    start,
    end: isInOrder ? end : undefined,
    service: random() < 0.4 ? `service-${pick(5)}` : undefined,
    minDurationNano: random() < 0.2 ? one(all).duration : undefined,
    conditions: random() < 0.4 ? [environmentIs(one(['live', 'test', 'live', 'none']))] : [],
    trace: {
      minDurationNano: random() < 0.3 ? one(all).duration : undefined,
      maxDurationNano: random() < 0.2 ? one(all).duration * 3n : undefined,
      outcomes: random() < 0.3 ? traceOutcomes.filter(() => random() < 0.5) : undefined,
    },
  };
}

describe(`trace lists (seed ${seed})`, () => {
  const searches = Array.from({length: 60}, (_, n): [number, number, TraceOrder, TraceFilter, number] => [
    n,
    pick(2),
    one(traceOrders),
    randomFilter(),
    one([1, 3, 20, 1000]),
  ]);

  test.each(searches)(
    'search %d of tenant %d by %s lists what a look at every span lists',
    async (_, tenant, order, filter, limit) => {
      const search = {...filter, order, limit};
      const found = await reader.listTraces(tenants[tenant] as TenantId, search, asked());
      // The newest are found without extents.
      for (const one of order === 'newest' ? [] : [keeping, loading])
        expect(await one.reader.listTraces(tenants[tenant] as TenantId, search, asked())).toEqual(found);
      const expected = ordered(tenant, filter, order);
      const shown = found.traces.map(({traceId, start, durationNano, spans, errors, outcome, state}) => ({
        id: traceId,
        start,
        duration: durationNano,
        ...{spans, errors, outcome, state},
      }));
      expect(shown).toEqual(expected.slice(0, limit).map(({newest, ...whole}) => whole));
      expect(found.more).toBe(expected.length > limit);
      if (limit > 3) return;
      const {ids, more} = await reader.findTraces(tenants[tenant] as TenantId, {...filter, order, limit}, asked());
      expect([ids, more]).toEqual([shown.map(({id}) => id as TraceId), found.more]);
    },
  );

  const heatmaps = Array.from({length: 20}, (_, n): [number, number, TraceFilter, number] => [
    n,
    pick(2),
    randomFilter(),
    one([1, 7, 120]),
  ]);

  test.each(heatmaps)('heatmap %d of tenant %d counts every trace that fits', async (_, tenant, filter, columns) => {
    const start = filter.start ?? ((now - 3600n * second) as UnixNano);
    const end = (filter.end !== undefined && filter.end > start ? filter.end : start + 7200n * second) as UnixNano;
    const range = {...filter, start, end};
    const map = await reader.heatmap(tenants[tenant] as TenantId, {...range, columns}, asked());
    for (const one of [keeping, loading])
      expect(await one.reader.heatmap(tenants[tenant] as TenantId, {...range, columns}, asked())).toEqual(map);
    const all = fitting(tenant, range);
    const cells = new Map<string, [traces: number, failed: number, healed: number]>();
    for (const whole of all) {
      if (whole.state === 'arriving') continue;
      const at = whole.start < start ? 0n : (whole.start - start) / map.columnNano;
      const key = `${Math.min(columns - 1, Number(at))} ${durationStep(whole.duration, lastTraceStep)}`;
      const cell = cells.get(key) ?? [0, 0, 0];
      cell[0]++;
      if (whole.outcome === 'failed') cell[1]++;
      if (whole.outcome === 'healed') cell[2]++;
      cells.set(key, cell);
    }
    const shown = map.column.map((column, i) => [
      `${column} ${map.step[i]}`,
      [map.traces[i], map.failed[i], map.healed[i]],
    ]);
    expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(cells));
    expect(map.arriving).toBe(all.filter(({state}) => state === 'arriving').length);
    expect(map.columnNano * BigInt(columns)).toBeGreaterThanOrEqual(end - start);
  });
});

describe('trace samples', () => {
  const samples = Array.from({length: 20}, (_, n): [number, number, TraceFilter] => [n, pick(2), randomFilter()]);

  test.each(samples)('sample %d of tenant %d is of the traces that fit, and counts them', async (_, tenant, filter) => {
    const all = fitting(tenant, filter);
    const ask = (of: Reader, limit: number, more: Partial<TraceFilter> = {}) =>
      of.sampleTraces(tenants[tenant] as TenantId, {...filter, ...more, limit}, asked());
    const whole = await ask(reader, all.length + 1);
    expect(whole.total).toBe(all.length);
    expect(whole.traces.map(({id}) => id).sort()).toEqual(all.map(({id}) => id).sort());
    for (const {id, start} of whole.traces) expect(start).toBe(all.find((one) => one.id === id)?.start);
    for (const {reader: other} of [keeping, loading]) expect(await ask(other, all.length + 1)).toEqual(whole);
    const some = Math.ceil(all.length / 3);
    for (const one of [reader, keeping.reader]) {
      if (some > 0) expect(await ask(one, some)).toEqual({...whole, traces: whole.traces.slice(0, some)});
    }
  });

  test('traces of a narrower question come in the order that they have in a wider one', async () => {
    const [tenant, limit] = [tenants[0] as TenantId, 10_000];
    const wide = await reader.sampleTraces(tenant, {conditions: [], limit}, asked());
    const narrow = await keeping.reader.sampleTraces(
      tenant,
      {conditions: [], trace: {minDurationNano: 5n * second}, limit},
      asked(),
    );
    expect(narrow.total).toBeGreaterThan(0);
    expect(narrow.total).toBeLessThan(wide.total);
    const kept = new Set(narrow.traces.map(({id}) => id));
    expect(wide.traces.filter(({id}) => kept.has(id))).toEqual(narrow.traces);
  });
});

test('trace lists: extents in memory are what most of the questions above were answered from', async () => {
  for (const one of [keeping, loading]) {
    await kept(one);
    const before = one.statements;
    const filter = {start: (now - 3600n * second) as UnixNano, end: (now + 1n) as UnixNano, conditions: []};
    for (const order of ['longest', 'spans', 'errors'] as const)
      await one.reader.listTraces('first' as TenantId, {...filter, order, limit: 20}, asked());
    expect(one.statements).toBe(before);
    // A condition on spans is for the table.
    await one.reader.listTraces(
      'first' as TenantId,
      {...filter, minDurationNano: 5n, order: 'longest', limit: 20},
      asked(),
    );
    expect(one.statements).toBeGreaterThan(before);
  }
});

test('trace lists: the generated traces have what the tests are about', () => {
  const all = fitting(0, {conditions: []});
  const states = new Set(all.map(({state}) => state));
  const outcomes = new Set(all.map(({outcome}) => outcome));
  const parted = all.filter(({duration}) => duration > 60n * second);
  expect([states.has('incomplete'), outcomes.size, parted.length > 10]).toEqual([true, 3, true]);
});

test('trace lists: a trace is looked for by its part on this side of a pause of more than ten minutes, and shown whole', async () => {
  const tenant = 'pausing' as TenantId;
  const start = now - 600n * second;
  const span = (n: number, part: number, from: bigint, length: bigint): TestSpan => ({
    trace: String(n).padStart(32, '0'),
    span: `${n}${part}`.padStart(16, '0'),
    parent: '',
    start: from,
    duration: length * second,
    ...{service: 'a', status: 0, environments: [undefined, undefined]},
  });
  const list = [
    span(1, 0, start, 5n),
    span(2, 0, start, 4n),
    span(3, 0, start, 1n),
    span(3, 1, start - 7200n * second, 1n),
  ];
  await store.sink.consume(batchOf(list), {tenant});
  await store.spool.flush();
  const longest = async (limit: number): Promise<[number, bigint][]> => {
    const search = {start: start as UnixNano, end: now as UnixNano, conditions: [], order: 'longest', limit} as const;
    const {traces} = await reader.listTraces(tenant, search, asked());
    return traces.map(({traceId, durationNano}) => [Number(traceId), durationNano / second]);
  };
  expect(await longest(1)).toEqual([[1, 5n]]);
  expect(await longest(3)).toEqual([
    [3, 7201n],
    [1, 5n],
    [2, 4n],
  ]);
});

test('trace lists: traces that are in no index yet are listed and read all the same', async () => {
  const tenant = 'just arrived' as TenantId;
  const list = Array.from(
    {length: 30},
    (_, n): TestSpan => ({
      trace: (n + 1).toString(16).padStart(32, '0'),
      span: (n + 1).toString(16).padStart(16, '0'),
      parent: n % 3 === 0 ? 'f'.repeat(16) : '',
      start: now - BigInt(40 + n) * second,
      duration: BigInt(n + 1),
      ...{service: 'a', status: 2, environments: [undefined, undefined]},
    }),
  );
  await store.sink.consume(batchOf(list), {tenant});
  await store.spool.flush();
  // As between the moment at which spans can be seen and that at which what the views made of them can.
  await store.engine.client.command({query: `DELETE FROM trace_index_11 WHERE tenant = '${tenant}'`});
  for (const order of traceOrders) {
    for (const limit of [1, 25]) {
      const search = {start: (now - 3600n * second) as UnixNano, service: 'a', conditions: [], order, limit};
      const {traces, more} = await reader.listTraces(tenant, search, asked());
      expect([order, new Set(traces.map(({traceId}) => traceId)).size, more]).toEqual([order, limit, true]);
      expect(traces.every(({spans, rootName}) => spans === 1 && rootName === 'work')).toBe(true);
      const {ids, starts} = await reader.findTraces(tenant, search, asked());
      const batch = await reader.traces(tenant, ids, {...asked(), maxSpans: 100, starts});
      expect([order, batch?.spans.count]).toEqual([order, limit]);
    }
  }
});
