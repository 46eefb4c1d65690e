/** The readers against the real engine: arbitrary searches find what a look at every span finds. */
import {once} from 'node:events';
import {type AddressInfo, createServer, type Socket} from 'node:net';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {defaultTenant, type TenantId, type TraceId, toHex, type UnixNano, utf8} from '../base/index.ts';
import {createQueryClient} from '../engine/index.ts';
import {appendAttribute, createSpanBatch, type SpanBatch} from '../model/index.ts';
import {seededRandom, spansAsObjects} from '../model/testing.ts';
import {
  Budget,
  type BudgetLimits,
  kindNames,
  type SpanCondition,
  statusNames,
  type TraceQuery,
} from '../query/index.ts';
import {createReader} from './reader.ts';
import {startTestStore, type TestStore} from './testing.ts';

const second = 1_000_000_000n;
const {signal} = new AbortController();
const asked = () => ({budget: new Budget(signal)});
let store: TestStore;
const spans = generateSpans(4000);

beforeAll(async () => {
  store = await startTestStore();
  await store.sink.consume(batchOf(spans), {tenant: defaultTenant});
  await store.spool.flush();
});
afterAll(() => store.stop());

interface TestSpan {
  readonly trace: number;
  readonly start: bigint;
  readonly duration: bigint;
  readonly service: string;
  readonly name: string;
  readonly kind: number;
  readonly status: number;
  readonly route: string;
  readonly version: string;
  readonly exception: string | undefined;
}

/** Traces in a burst today, in a stray hour a week earlier, and in 1970. */
function generateSpans(count: number): TestSpan[] {
  const random = seededRandom(7);
  const pick = (n: number): number => Math.floor(random() * n);
  const now = BigInt(Date.now()) * 1_000_000n;
  const epochs = [now - 300n * second, now - 7n * 86_400n * second, 3600n * second];
  return Array.from({length: count}, (_, i) => {
    const trace = Math.floor(i / 5);
    const epoch = epochs[trace % 10 === 0 ? 2 : trace % 10 < 3 ? 1 : 0] as bigint;
    return {
      trace,
      start: epoch + BigInt(trace) * 200_000_000n + BigInt(pick(20_000)) * 1_000_000n,
      duration: BigInt(Math.floor(Math.exp(random() * 16))) * 1000n,
      service: `service-${pick(4)}`,
      name: `operation ${pick(6)}`,
      kind: pick(6),
      status: pick(30) === 0 ? 2 : pick(2),
      route: `/r/${pick(pick(3) === 0 ? 400 : 4)}`,
      version: `1.${pick(3)}`,
      exception: pick(40) === 0 ? `E${pick(3)}` : undefined,
    };
  });
}

const idOf = (trace: number): string => `${'ab'.repeat(12)}${(trace + 1).toString(16).padStart(8, '0')}`;

function batchOf(list: readonly TestSpan[]): SpanBatch {
  const batch = createSpanBatch();
  const {heap} = batch;
  const c = batch.spans.columns;
  const attributes = (entries: Record<string, string>): [number, number] => {
    const from = batch.attributes.count;
    for (const [key, value] of Object.entries(entries)) {
      appendAttribute(batch.attributes, heap, key, {type: 'string', value});
    }
    return [from, Object.keys(entries).length];
  };
  list.forEach((span, i) => {
    const resource = batch.resources.add();
    batch.resources.columns.attributes.setPair(
      resource,
      ...attributes({'service.name': span.service, 'service.version': span.version}),
    );
    const scope = batch.scopes.add();
    const row = batch.spans.add();
    c.resource.set(row, resource);
    c.scope.set(row, scope);
    c.traceId.set(row, Buffer.from(idOf(span.trace), 'hex'));
    c.spanId.set(row, Buffer.from((i + 1).toString(16).padStart(16, '0'), 'hex'));
    if (i % 5 !== 0) c.parentSpanId.set(row, Buffer.from((i - (i % 5) + 1).toString(16).padStart(16, '0'), 'hex'));
    const at = heap.appendText(span.name);
    c.name.setPair(row, at, heap.length - at);
    c.kind.set(row, span.kind);
    c.statusCode.set(row, span.status);
    c.start.set(row, span.start);
    c.end.set(row, span.start + span.duration);
    c.attributes.setPair(row, ...attributes({'http.route': span.route, 'a=b': 'c'}));
    if (span.exception !== undefined) {
      const event = batch.events.add();
      batch.events.columns.time.set(event, span.start);
      batch.events.columns.attributes.setPair(event, ...attributes({'exception.type': span.exception}));
      c.events.setPair(row, event, 1);
    }
  });
  return batch;
}

describe('reader: a search finds what a look at every span finds', () => {
  const random = seededRandom(11);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const maybe = <T>(make: () => T): T | undefined => (random() < 0.35 ? make() : undefined);
  const condition = (): SpanCondition => {
    const one: (() => SpanCondition)[] = [
      () => ({type: 'kind', kind: pick(kindNames)}),
      () => ({type: 'status', status: pick(statusNames)}),
      () => ({type: 'attribute', key: 'http.route', value: `/r/${Math.floor(random() * 5)}`, of: 'anywhere'}),
      () => {
        const value = `1.${Math.floor(random() * 4)}`;
        return {type: 'attribute', key: 'service.version', value, of: value === '1.1' ? 'resource' : 'anywhere'};
      },
      () => ({type: 'attribute', key: 'exception.type', value: `E${Math.floor(random() * 4)}`, of: 'anywhere'}),
      () => ({type: 'attribute', key: pick(['a', 'a=b']), value: pick(['c', 'b=c']), of: 'anywhere'}),
      () => ({type: 'any', of: [{type: 'status', status: 'error'}, condition()]}),
    ];
    return pick(one)();
  };
  const searches = Array.from({length: 150}, (_, seed): [number, TraceQuery] => {
    const start = maybe(() => (pick(spans).start - second) as UnixNano);
    return [
      seed,
      {
        start,
        end: maybe(() => pick(spans).start as UnixNano),
        service: maybe(() => `service-${Math.floor(random() * 5)}`),
        operation: maybe(() => `operation ${Math.floor(random() * 6)}`),
        minDurationNano: maybe(() => pick(spans).duration),
        maxDurationNano: maybe(() => pick(spans).duration),
        conditions: Array.from({length: Math.floor(random() * 3)}, condition),
        limit: pick([1, 5, 20, 1000]),
      },
    ];
  });

  test.each(searches)('search %d', async (_, search) => {
    const newest = new Map<number, bigint>();
    for (const span of spans) {
      if (!fits(span, search)) continue;
      const known = newest.get(span.trace);
      if (known === undefined || known < span.start) newest.set(span.trace, span.start);
    }
    const expected = [...newest].sort(([, a], [, b]) => (a < b ? 1 : -1)).map(([trace]) => idOf(trace));
    const {ids, more} = await store.reader.findTraces(defaultTenant, search, asked());
    expect({ids, more}).toEqual({ids: expected.slice(0, search.limit), more: expected.length > search.limit});
  });
});

function fits(span: TestSpan, search: TraceQuery): boolean {
  return (
    (search.start === undefined || span.start >= search.start) &&
    (search.end === undefined || span.start <= search.end) &&
    (search.service === undefined || span.service === search.service) &&
    (search.operation === undefined || span.name === search.operation) &&
    (search.minDurationNano === undefined || span.duration >= search.minDurationNano) &&
    (search.maxDurationNano === undefined || span.duration <= search.maxDurationNano) &&
    search.conditions.every((condition) => has(span, condition))
  );
}

function has(span: TestSpan, condition: SpanCondition): boolean {
  switch (condition.type) {
    case 'any':
      return condition.of.some((one) => has(span, one));
    case 'not':
      return !has(span, condition.condition);
    case 'kind':
      return span.kind === kindNames.indexOf(condition.kind);
    case 'status':
      return span.status === statusNames.indexOf(condition.status);
    case 'field':
    case 'key':
    case 'comparison':
      return false;
    case 'attribute': {
      const {key, value} = condition;
      if (condition.of === 'resource') return key === 'service.version' && span.version === value;
      const all: Record<string, string | undefined> = {
        'exception.type': span.exception,
        'http.route': span.route,
        'a=b': 'c',
        'service.version': span.version,
      };
      return all[key] === value;
    }
  }
}

describe('reader: traces', () => {
  const ofTrace = (trace: number): TestSpan[] =>
    spans.filter((span) => span.trace === trace).sort((a, b) => (a.start < b.start ? -1 : 1));
  const id = (trace: number): TraceId => idOf(trace) as TraceId;

  test('a whole trace, by start time, wherever in time it lies', async () => {
    for (const trace of [0, 1, 799, 500]) {
      const batch = (await store.reader.traces(defaultTenant, [id(trace)], {...asked(), maxSpans: 100})) as SpanBatch;
      expect(spansAsObjects(batch).map(({start, end}) => ({start, duration: end - start}))).toEqual(
        ofTrace(trace).map(({start, duration}) => ({start, duration})),
      );
    }
  });
  test('several traces at once', async () => {
    const batch = (await store.reader.traces(defaultTenant, [3, 30, 300].map(id), {
      ...asked(),
      maxSpans: 100,
    })) as SpanBatch;
    const found = new Set(spansAsObjects(batch).map(({traceId}) => traceId));
    expect([batch.spans.count, found]).toEqual([15, new Set([3, 30, 300].map(idOf))]);
  });
  test('the earliest spans where there are too many', async () => {
    const batch = (await store.reader.traces(defaultTenant, [id(4)], {...asked(), maxSpans: 2})) as SpanBatch;
    const {start} = batch.spans.columns;
    expect([start.get(0), start.get(1), batch.spans.count]).toEqual([
      ...ofTrace(4)
        .map((s) => s.start)
        .slice(0, 2),
      2,
    ]);
  });
  test('none', async () => {
    const none = 'f'.repeat(32) as TraceId;
    expect(await store.reader.traces(defaultTenant, [none], {...asked(), maxSpans: 2})).toBeUndefined();
    expect(await store.reader.traces(defaultTenant, [], {...asked(), maxSpans: 2})).toBeUndefined();
    expect(await store.reader.outline(defaultTenant, none, {...asked(), maxSpans: 2})).toBeUndefined();
    expect(await store.reader.summaries(defaultTenant, [none], asked())).toEqual([]);
    expect(await store.reader.traces('other' as TenantId, [id(1)], {...asked(), maxSpans: 2})).toBeUndefined();
  });
  test('summaries, in the order asked for', async () => {
    const list = await store.reader.summaries(defaultTenant, [id(7), id(2)], asked());
    expect(list.map(({traceId}) => traceId)).toEqual([idOf(7), idOf(2)]);
    const mine = spans.filter(({trace}) => trace === 7);
    const root = mine[0] as TestSpan;
    const inOrder = (times: bigint[]): bigint[] => times.sort((a, b) => (a < b ? -1 : 1));
    const first = inOrder(mine.map((s) => s.start))[0] as bigint;
    const last = inOrder(mine.map((s) => s.start + s.duration)).at(-1) as bigint;
    expect(list[0]).toMatchObject({
      rootService: root.service,
      rootName: root.name,
      rootArrived: true,
      start: first,
      durationNano: last - first,
      spans: 5,
      errors: mine.filter((s) => s.status === 2).length,
    });
    expect(list[0]?.services.reduce((sum, service) => sum + service.spans, 0)).toBe(5);
  });
  test('an outline says what the spans say', async () => {
    const outline = await store.reader.outline(defaultTenant, id(8), {...asked(), maxSpans: 100});
    const batch = (await store.reader.traces(defaultTenant, [id(8)], {...asked(), maxSpans: 100})) as SpanBatch;
    const c = batch.spans.columns;
    const rows = Array.from({length: batch.spans.count}, (_, row) => row);
    expect(outline).toMatchObject({
      spanId: rows.map((row) => toHex(c.spanId.get(row))),
      parentSpanId: rows.map((row) => toHex(c.parentSpanId.get(row)).replace(/^0{16}$/, '')),
      kind: rows.map((row) => c.kind.get(row)),
      status: rows.map((row) => c.statusCode.get(row)),
      start: rows.map((row) => Number(c.start.get(row) - c.start.get(0))),
      duration: rows.map((row) => Number(c.end.get(row) - c.start.get(row))),
      events: rows.map((row) => c.events.count(row)),
      links: rows.map(() => 0),
      omitted: 0,
    });
    expect(outline?.name.map((index) => outline.names[index])).toEqual(
      rows.map((row) => utf8(batch.heap.bytes, c.name.start(row), c.name.size(row))),
    );
    expect(outline?.service.map((index) => outline.services[index])).toEqual(ofTrace(8).map(({service}) => service));
  });
  test('an outline tells how many spans it leaves out', async () =>
    expect(await store.reader.outline(defaultTenant, id(8), {...asked(), maxSpans: 3})).toMatchObject({omitted: 2}));
});

describe('reader: the catalogue', () => {
  const count = (fit: (span: TestSpan) => boolean): number => spans.filter(fit).length;
  test('services', async () =>
    expect(await store.reader.services(defaultTenant, asked())).toEqual(
      [0, 1, 2, 3].map((n) => ({name: `service-${n}`, spans: count((s) => s.service === `service-${n}`)})),
    ));
  test('operations', async () => {
    const found = await store.reader.operations(defaultTenant, 'service-1', asked());
    expect(found).toContainEqual({
      name: 'operation 2',
      kind: 'server',
      spans: count((s) => s.service === 'service-1' && s.name === 'operation 2' && s.kind === 2),
    });
  });
  test('attribute keys of span and resource', async () => {
    const keys = await store.reader.attributeKeys(defaultTenant, undefined, asked());
    expect(keys.map(({key, of}) => `${of} ${key}`).sort()).toEqual([
      'resource service.name',
      'resource service.version',
      'span a=b',
      'span http.route',
    ]);
  });
  test('attribute values, most frequent first', async () => {
    const values = await store.reader.attributeValues(
      defaultTenant,
      {key: 'service.version', service: 'service-2', prefix: '1.', limit: 2},
      asked(),
    );
    const all = ['1.0', '1.1', '1.2'].map((value) => ({
      value,
      spans: count((s) => s.service === 'service-2' && s.version === value),
    }));
    expect(values).toEqual(all.sort((a, b) => b.spans - a.spans).slice(0, 2));
  });
});

test('reader: rate, errors and duration within a step of the histogram', async () => {
  const end = (BigInt(Date.now()) * 1_000_000n) as UnixNano;
  const start = (end - (end % (60n * second)) - 3600n * second) as UnixNano;
  const {services: red, coveredStart} = await store.reader.red(defaultTenant, {start, end}, asked());
  const within = spans.filter((s) => s.start >= start && s.start <= end);
  expect(coveredStart).toBe(within.reduce<bigint>((least, s) => (s.start < least ? s.start : least), end));
  const served = spans.filter((s) => s.start > start && s.service === 'service-3' && (s.kind === 2 || s.kind === 5));
  const mine = red.find(({name}) => name === 'service-3');
  expect(mine).toMatchObject({requests: served.length, errors: served.filter((s) => s.status === 2).length});
  const sorted = served.map((s) => Number(s.duration) / 1e6).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] as number;
  expect(mine?.p50).toBeGreaterThan(median * 0.85);
  expect(mine?.p50).toBeLessThan(median * 1.15);
});

test('reader: a time without spans is covered from its start on', async () => {
  const range = {start: (86_400n * second) as UnixNano, end: (2n * 86_400n * second) as UnixNano};
  const red = await store.reader.red(defaultTenant, range, asked());
  expect(red).toEqual({coveredStart: range.start, services: []});
});

test('reader: calls between services', async () => {
  const start = 0n as UnixNano;
  const end = (BigInt(Date.now()) * 1_000_000n) as UnixNano;
  const calls = await store.reader.dependencies(defaultTenant, {start, end}, asked());
  const rootOf = (i: number) => spans[i - (i % 5)] as TestSpan;
  const expected = spans.filter((span, i) => {
    const root = rootOf(i);
    return i % 5 !== 0 && root.service === 'service-0' && span.service === 'service-1';
  });
  const call = calls.find(({parent, child}) => parent === 'service-0' && child === 'service-1');
  const failed = expected.filter((span) => {
    const root = rootOf(spans.indexOf(span));
    return span.status === 2 || (root.kind === 3 && root.status === 2);
  });
  expect(failed.length).toBeGreaterThan(0);
  expect(call).toMatchObject({calls: expected.length, errors: failed.length});
});

describe('reader: failures', () => {
  test('a caller that goes away cancels its query', async () => {
    const controller = new AbortController();
    const asked = store.reader.services(defaultTenant, {budget: new Budget(controller.signal)});
    controller.abort();
    await expect(asked).rejects.toMatchObject({name: 'QueryError', reason: 'cancelled'});
  });
  test('reader: an engine that accepts a query and never answers is away once the time of the question is over', async () => {
    const sockets = new Set<Socket>();
    const mute = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const url = new URL(`http://127.0.0.1:${(mute.address() as AddressInfo).port}`);
    const client = createQueryClient({kind: 'url', url}, 'default');
    try {
      const reader = createReader({client, clock: {now: Date.now}});
      await expect(reader.services(defaultTenant, {budget: new Budget(signal, {seconds: 0.05})})).rejects.toMatchObject(
        {name: 'QueryError', reason: 'unavailable'},
      );
    } finally {
      for (const socket of sockets) socket.destroy();
      mute.close();
      client.close();
    }
  });
  test.each<[string, Partial<BudgetLimits>, string]>([
    ['rows', {rows: 1}, 'The answer has more than 1 rows. Narrow the time range, or lower the limit.'],
    [
      'memory',
      {memoryBytes: 1000},
      'The question needs more than 0 MiB of memory. Narrow its time range, or lower its limit.',
    ],
  ])(
    'reader: a question that needs more %s than its budget has is refused by that name',
    async (_, limits, message) => {
      await expect(store.reader.services(defaultTenant, {budget: new Budget(signal, limits)})).rejects.toMatchObject({
        name: 'QueryError',
        reason: 'too_large',
        message,
      });
    },
  );
  test('reader: the queries of one question share its budget', async () => {
    const budget = new Budget(signal, {queries: 2});
    const search = {conditions: [], limit: 1000};
    await expect(store.reader.findTraces(defaultTenant, search, {budget})).rejects.toMatchObject({
      reason: 'too_large',
      message: expect.stringContaining('more than 2 queries'),
    });
  });
  test.each([
    ['conditions', Array.from({length: 65}, (_, i) => tag(`k${i}`, 'v')), '65 conditions; at most 64'],
    [
      'alternatives',
      [{type: 'any' as const, of: Array.from({length: 257}, (_, i) => tag(`k${i}`, 'v'))}],
      '257 alternatives',
    ],
    ['text', [tag('k', 'v'.repeat(70_000))], '70,001 characters'],
  ])('reader: a search with too much of %s is refused by that name', async (_, conditions, message) => {
    await expect(store.reader.findTraces(defaultTenant, {conditions, limit: 1}, asked())).rejects.toMatchObject({
      reason: 'too_large',
      message: expect.stringContaining(message),
    });
  });
});

const tag = (key: string, value: string): SpanCondition => ({type: 'attribute', key, value, of: 'anywhere'});

test('search: conditions with alternatives take as many queries as one without, however many there are', async () => {
  const either = (i: number): SpanCondition => ({
    type: 'any',
    of: [tag('http.route', `/r/${i}`), tag('a=b', 'c'), {type: 'status', status: 'error'}],
  });
  const queriesFor = async (conditions: SpanCondition[]): Promise<number> => {
    let queries = 0;
    const budget = new Budget(signal);
    const takeQuery = budget.takeQuery.bind(budget);
    budget.takeQuery = () => {
      queries++;
      return takeQuery();
    };
    await store.reader.findTraces(defaultTenant, {conditions, limit: 1000}, {budget});
    return queries;
  };
  const one = await queriesFor([either(0)]);
  expect(await queriesFor(Array.from({length: 60}, (_, i) => either(i)))).toBeLessThanOrEqual(one);
});
