/**
 * Lists and groups of spans against the real engine: random spans with attributes on every level, of equal lengths and times, sent
 * twice, with ids that two different spans share, of two tenants; held against a look at every span.
 */
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {type TenantId, unixNano, utf8Bytes} from '../base/index.ts';
import {seededRandom} from '../model/testing.ts';
import {
  Budget,
  comparisonOperators,
  type GroupKey,
  groupFields,
  hasValue,
  kindNames,
  type SpanCondition,
  spanGroupOrders,
  spanOrders,
  statusNames,
  type TraceFilter,
  type TraceOutcome,
  traceOutcomes,
} from '../query/index.ts';
import {otlp} from '../wire/index.ts';
import {readGroups} from './read-groups.ts';
import {createPresence} from './read-presence.ts';
import {createQueries} from './read-query.ts';
import {createReader, type Reader} from './reader.ts';
import {startTestStore, type TestStore} from './testing.ts';

const seed = Number(process.env.WEFT_SEED ?? 51);
const random = seededRandom(seed);
const pick = (n: number): number => Math.floor(random() * n);
const one = <T>(list: readonly T[]): T => list[pick(list.length)] as T;
const chance = <T>(share: number, make: () => T): T | undefined => (random() < share ? make() : undefined);

const second = 1_000_000_000n;
const now = ((BigInt(Date.now()) * 1_000_000n) / second) * second;
const tenants = ['first', 'second'] as const;
const keys = ['team', 'code', 'kind', 'rare', 'event'] as const;

type Attributes = Readonly<Record<string, string>>;
interface TestSpan {
  readonly trace: string;
  readonly span: string;
  readonly parent: string;
  readonly start: bigint;
  readonly duration: bigint;
  readonly name: string;
  readonly kind: number;
  readonly status: number;
  readonly message: string;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  readonly scope: Attributes;
  readonly events: readonly {readonly name: string; readonly attributes: Attributes}[];
  readonly links: readonly Attributes[];
}

/** On each level now and then; `rare` almost nowhere. */
function attributes(share: number): Attributes {
  const list: [string, string | undefined][] = [
    ['team', chance(share, () => one(['a', 'b', 'c', '', 'ß']))],
    ['code', chance(share, () => String(400 + pick(4)))],
    ['kind', chance(share / 2, () => one(['x', 'y']))],
    ['rare', chance(share / 100, () => 'needle')],
  ];
  return Object.fromEntries(list.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

function generate(tenant: number): TestSpan[] {
  return Array.from({length: 150}, (_, i) => {
    const trace = (i + 1).toString(16).padStart(24, '0') + (i * 2_654_435_761).toString(16).padStart(8, '0').slice(-8);
    const id = (n: number): string => (tenant * 1_000_000 + i * 100 + n + 1).toString(16).padStart(16, '0');
    const begin = now - 7200n * second + BigInt(pick(3600)) * second;
    const count = 1 + pick(5);
    const of = (n: number): TestSpan => ({
      trace,
      span: id(n),
      parent: n === 0 ? '' : id(pick(n)),
      start: begin + BigInt(pick(3)) * 7n * second,
      // Few lengths, so that many spans are equally long; one in eight is unlike any other.
      duration: random() < 0.125 ? BigInt(pick(1e9)) : BigInt(pick(6)) * 1_000_000n,
      name: one(['GET /', 'POST /pay', '', 'work']),
      kind: pick(6),
      status: pick(8) === 0 ? 2 : pick(2),
      message: pick(20) === 0 ? 'declined' : '',
      attributes: attributes(0.5),
      resource: {
        'service.name': `service-${pick(4)}`,
        ...(random() < 0.6
          ? {[one(['deployment.environment', 'deployment.environment.name'])]: one(['live', 'stage'])}
          : {}),
        ...(random() < 0.5 ? {'service.version': `v${pick(3)}`} : {}),
        ...attributes(0.2),
      },
      scope: attributes(0.1),
      events: Array.from({length: pick(5) === 0 ? 1 + pick(2) : 0}, () => ({
        name: one(['retry', 'exception']),
        attributes: attributes(0.4),
      })),
      links: pick(10) === 0 ? [attributes(0.5)] : [],
    });
    const list = Array.from({length: count}, (_, n) => of(n));
    // Another span of the same id, time and length, as Zipkin's two sides of a call may be.
    const [first] = list as [TestSpan];
    return i % 9 === 0
      ? [...list, {...first, attributes: {...first.attributes, twin: 'yes'}, kind: (first.kind + 1) % 6}]
      : list;
  }).flat();
}

const pairs = (values: Attributes) =>
  Object.entries(values).map(([key, value]) => ({key, value: {stringValue: value}}));
const request = (spans: readonly TestSpan[]): unknown => ({
  resourceSpans: spans.map((span) => ({
    resource: {attributes: pairs(span.resource)},
    scopeSpans: [
      {
        scope: {name: 'lib', attributes: pairs(span.scope)},
        spans: [
          {
            traceId: span.trace,
            spanId: span.span,
            parentSpanId: span.parent,
            name: span.name,
            kind: span.kind,
            startTimeUnixNano: String(span.start),
            endTimeUnixNano: String(span.start + span.duration),
            attributes: pairs(span.attributes),
            status: {code: span.status, message: span.message},
            events: span.events.map(({name, attributes}) => ({timeUnixNano: '1', name, attributes: pairs(attributes)})),
            links: span.links.map((link) => ({traceId: span.trace, spanId: span.span, attributes: pairs(link)})),
          },
        ],
      },
    ],
  })),
});

/** As they arrived: with copies. */
const arrived: TestSpan[][] = [];
/** Each once. */
const stored = tenants.map((_, i) => generate(i));
let store: TestStore;
let reader: Reader;

beforeAll(async () => {
  store = await startTestStore();
  reader = createReader({client: store.engine.queries, clock: {now: () => Number(now / 1_000_000n)}});
  for (const [i, tenant] of tenants.entries()) {
    const all = stored[i] as TestSpan[];
    const half = Math.ceil(all.length / 2);
    // A sender that heard no answer sends again.
    const sent = [all.slice(0, half), all.slice(half), all.slice(0, half / 2)];
    arrived[i] = sent.flat();
    for (const spans of sent) {
      const {batch} = otlp.traces.decodeJson(utf8Bytes(JSON.stringify(request(spans))));
      await store.sink.consume(batch, {tenant: tenant as string as TenantId});
      await store.spool.flush();
    }
  }
}, 120_000);
afterAll(() => store.stop());

// ── the oracle ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function valuesOf(span: TestSpan, key: string): string[] {
  const maps = [
    span.attributes,
    span.resource,
    span.scope,
    ...span.events.map(({attributes}) => attributes),
    ...span.links,
  ];
  const found = maps.flatMap((map) => map[key] ?? []);
  return key === 'event' ? [...found, ...span.events.map(({name}) => name)] : found;
}

function holds(span: TestSpan, condition: SpanCondition): boolean {
  switch (condition.type) {
    case 'any':
      return condition.of.some((one) => holds(span, one));
    case 'not':
      return !holds(span, condition.condition);
    case 'kind':
      return span.kind === kindNames.indexOf(condition.kind);
    case 'status':
      return span.status === statusNames.indexOf(condition.status);
    case 'field':
      return (condition.field === 'service' ? span.resource['service.name'] : span.name) === condition.value;
    case 'attribute':
      return valuesOf(span, condition.key).includes(condition.value);
    case 'key':
      return condition.of === 'resource' ? condition.key in span.resource : valuesOf(span, condition.key).length > 0;
    case 'comparison': {
      const all = valuesOf(span, condition.key);
      if (condition.operator === '!=') return all.length > 0 && !all.includes(condition.value);
      const than = Number(condition.value);
      const compared = {
        '>': (n: number) => n > than,
        '<': (n: number) => n < than,
        '>=': (n: number) => n >= than,
        '<=': (n: number) => n <= than,
      };
      return all.some((text) => text !== '' && compared[condition.operator as '>'](Number(text)));
    }
  }
}

function fitting(spans: readonly TestSpan[], {trace, ...filter}: TraceFilter): TestSpan[] {
  const wholes = Map.groupBy(spans, (span) => span.trace);
  return spans.filter(
    (span) =>
      (filter.start === undefined || span.start >= filter.start) &&
      (filter.end === undefined || span.start <= filter.end) &&
      (filter.service === undefined || span.resource['service.name'] === filter.service) &&
      (filter.operation === undefined || span.name === filter.operation) &&
      (filter.minDurationNano === undefined || span.duration >= filter.minDurationNano) &&
      (filter.maxDurationNano === undefined || span.duration <= filter.maxDurationNano) &&
      filter.conditions.every((condition) => holds(span, condition)) &&
      fitsWhole(wholes.get(span.trace) as TestSpan[], trace),
  );
}

function fitsWhole(spans: readonly TestSpan[], trace: TraceFilter['trace'] = {}): boolean {
  const start = spans.reduce((least, span) => (span.start < least ? span.start : least), spans[0]?.start as bigint);
  const end = spans.reduce((most, span) => (span.start + span.duration > most ? span.start + span.duration : most), 0n);
  const failed = spans.some((span) => span.parent === '' && span.status === 2);
  const outcome: TraceOutcome = failed ? 'failed' : spans.some(({status}) => status === 2) ? 'healed' : 'clean';
  const {minDurationNano, maxDurationNano, outcomes = []} = trace;
  return (
    (minDurationNano === undefined || end - start >= minDurationNano) &&
    (maxDurationNano === undefined || end - start <= maxDurationNano) &&
    (outcomes.length === 0 || outcomes.includes(outcome))
  );
}

const descending = (a: bigint, b: bigint): number => (a > b ? -1 : a < b ? 1 : 0);
const ascending = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byIds = (a: TestSpan, b: TestSpan): number => ascending(a.trace, b.trace) || ascending(a.span, b.span);
const before = {
  newest: (a: TestSpan, b: TestSpan) => descending(a.start, b.start) || byIds(a, b),
  longest: (a: TestSpan, b: TestSpan) =>
    descending(a.duration, b.duration) || descending(a.start, b.start) || byIds(a, b),
} as const;

// ── the questions ───────────────────────────────────────────────────────────────────────────────────────────────────────

const {signal} = new AbortController();
const asked = () => ({budget: new Budget(signal)});

const randomCondition = (): SpanCondition =>
  one<() => SpanCondition>([
    () => ({type: 'kind', kind: one(kindNames)}),
    () => ({type: 'status', status: one(statusNames)}),
    () => ({type: 'attribute', key: one(keys), value: one(['a', '', '401', 'x', 'needle', 'retry']), of: 'anywhere'}),
    () => ({type: 'comparison', key: 'code', operator: one(comparisonOperators), value: '401', of: 'anywhere'}),
    () => ({type: 'field', field: 'operation', value: one(['', 'work'])}),
    () => hasValue(one(groupKeys)),
    () => ({type: 'field', field: 'service', value: `service-${pick(5)}`}),
    () => ({type: 'not', condition: randomCondition()}),
    () => ({type: 'any', of: [randomCondition(), {type: 'status', status: 'error'}]}),
  ])();

function randomFilter(tenant: number): TraceFilter {
  const all = stored[tenant] as TestSpan[];
  const start = chance(0.4, () => unixNano(one(all).start - BigInt(pick(600)) * second));
  const end = chance(0.4, () => unixNano((start ?? one(all).start) + BigInt(1 + pick(2400)) * second));
  return {
    start,
    end,
    service: chance(0.2, () => `service-${pick(4)}`),
    operation: chance(0.1, () => one(['GET /', ''])),
    minDurationNano: chance(0.2, () => one(all).duration),
    maxDurationNano: chance(0.2, () => one(all).duration),
    conditions: Array.from({length: pick(3)}, randomCondition),
    trace: {
      minDurationNano: chance(0.2, () => one(all).duration * 2n),
      maxDurationNano: chance(0.1, () => 10n * second),
      outcomes: chance(0.2, () => traceOutcomes.filter(() => random() < 0.5)),
    },
  };
}

describe(`span lists (seed ${seed})`, () => {
  const questions = Array.from({length: 40}, (_, n) => {
    const tenant = pick(2);
    return [n, tenant, one(spanOrders), randomFilter(tenant), one([1, 7, 100, 1500])] as const;
  });

  test.each(questions)(
    'question %d of tenant %d, %s first, lists what a look at every span lists',
    async (_, tenant, order, filter, limit) => {
      const columns = keys;
      const found = await reader.listSpans(
        tenants[tenant] as string as TenantId,
        {...filter, order, limit, columns},
        asked(),
      );
      const expected = fitting(stored[tenant] as TestSpan[], filter).sort(before[order]);
      const key = (trace: string, span: string, start: bigint, duration: bigint): string =>
        `${trace} ${span} ${start} ${duration}`;
      expect(found.spans.map((span) => key(span.traceId, span.spanId, span.start, span.durationNano))).toEqual(
        expected.slice(0, limit).map((span) => key(span.trace, span.span, span.start, span.duration)),
      );
      expect(found.more).toBe(expected.length > limit);
      if (expected.length > limit) return;
      const whole = expected.map((span) => ({
        traceId: span.trace,
        spanId: span.span,
        parentSpanId: span.parent,
        service: span.resource['service.name'],
        name: span.name,
        kind: kindNames[span.kind],
        status: {code: statusNames[span.status], message: span.message},
        start: span.start,
        durationNano: span.duration,
        attributes: Object.fromEntries(
          columns.flatMap((key) =>
            valuesOf(span, key)
              .slice(0, 1)
              .map((value) => [key, value]),
          ),
        ),
      }));
      expect(new Set(found.spans.map(line))).toEqual(new Set(whole.map(line)));
    },
  );
});

const line = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one));

const groupKeys: readonly GroupKey[] = [
  ...groupFields.map((field): GroupKey => ({type: 'field', field})),
  ...[...keys, 'nowhere'].map((key): GroupKey => ({type: 'attribute', key})),
];

function shownValue(span: TestSpan, by: GroupKey): string | undefined {
  if (by.type === 'attribute') return valuesOf(span, by.key)[0];
  switch (by.field) {
    case 'service':
      return span.resource['service.name'];
    case 'operation':
      return span.name;
    case 'kind':
      return kindNames[span.kind];
    case 'status':
      return statusNames[span.status];
    case 'environment':
      return span.resource['deployment.environment.name'] ?? span.resource['deployment.environment'];
    case 'version':
      return span.resource['service.version'];
  }
}

function figuresOf(spans: readonly TestSpan[]) {
  const durations = spans.map(({duration}) => Number(duration) / 1e6).sort((a, b) => a - b);
  // The nearest rank, in hundredths: 0.95 is not quite a number of them.
  const at = (percent: number): number => durations[Math.ceil((percent * durations.length) / 100) - 1] as number;
  return {
    spans: spans.length,
    errors: spans.filter(({status}) => status === 2).length,
    p50: at(50),
    p95: at(95),
    p99: at(99),
  };
}

describe(`span groups (seed ${seed})`, () => {
  const hour = {start: unixNano(now - 7200n * second), end: unixNano(now)};
  const questions = Array.from({length: 48}, (_, n) => {
    const tenant = pick(2);
    const filter = {
      ...randomFilter(tenant),
      ...(random() < 0.7 ? hour : {start: hour.start, end: unixNano(hour.start + BigInt(1 + pick(3600)) * second)}),
    };
    return [
      n,
      tenant,
      groupKeys[n % groupKeys.length] as GroupKey,
      one(spanGroupOrders),
      n < 2 * groupKeys.length ? {...hour, conditions: []} : filter,
      one([1, 3, 100]),
    ] as const;
  });

  test.each(questions)(
    'question %d of tenant %d by %o, most %s first, counts what a look at every span counts',
    async (_, tenant, by, order, filter, limit) => {
      const found = await reader.spanGroups(
        tenants[tenant] as string as TenantId,
        {...filter, by, order, limit},
        asked(),
      );
      const fits = fitting(arrived[tenant] as TestSpan[], filter);
      const grouped = Map.groupBy(fits, (span) => shownValue(span, by));
      const without = grouped.get(undefined);
      grouped.delete(undefined);
      const all = [...grouped].map(([value, spans]) => ({value: value as string, ...figuresOf(spans)}));
      const ranked = (group: (typeof all)[number]): number =>
        order === 'errorRate' ? group.errors / group.spans : group[order];
      const expected = all.sort((a, b) => ranked(b) - ranked(a) || b.spans - a.spans);
      // Of equal ones any order will do.
      const rank = (group: (typeof all)[number]): string => `${ranked(group)} ${group.spans}`;
      expect(found.groups.map(rank)).toEqual(expected.slice(0, limit).map(rank));
      for (const group of found.groups) expect(group).toEqual(expected.find(({value}) => value === group.value));
      expect(found.without).toEqual(without && figuresOf(without));
      const sum = (
        list: readonly {readonly spans: number; readonly errors: number}[],
        name: 'spans' | 'errors',
      ): number => list.reduce((total, group) => total + group[name], 0);
      expect(found.others).toEqual({
        groups: Math.max(0, all.length - limit),
        spans: sum(all, 'spans') - sum(found.groups, 'spans'),
        errors: sum(all, 'errors') - sum(found.groups, 'errors'),
      });
      const earliest = (stored[tenant] as TestSpan[])
        .filter((span) => span.start >= filter.start && span.start <= filter.end)
        .map(({start}) => start);
      expect(found.coveredStart).toBe(
        earliest.length === 0 ? filter.start : earliest.reduce((a, b) => (b < a ? b : a)),
      );
      expect(found.exact).toBe(true);
    },
  );

  test('of more spans than are kept one by one, percentiles are off by 1 % at most', async () => {
    const queries = createQueries(store.engine.queries, createPresence());
    const query = {...hour, conditions: [], by: {type: 'field', field: 'service'}, order: 'spans', limit: 10} as const;
    const {groups, exact} = await readGroups(queries, 'first' as TenantId, query, {
      now: Number(now / 1_000_000n),
      ...asked(),
      exactUpTo: 0,
    });
    expect(exact).toBe(false);
    expect(groups).toHaveLength(4);
    for (const {value, ...group} of groups) {
      const own = (arrived[0] as TestSpan[]).filter((span) => span.resource['service.name'] === value);
      const whole = {
        ...figuresOf(own),
        durations: own.map(({duration}) => Number(duration) / 1e6).sort((a, b) => a - b),
      };
      expect([group.spans, group.errors]).toEqual([whole.spans, whole.errors]);
      // A sketch tells the value of one rank or the next.
      const near = whole.durations.flatMap((duration) => [0.99 * duration - 1e-6, 1.01 * duration + 1e-6]);
      for (const [name, share] of [
        ['p50', 0.5],
        ['p95', 0.95],
        ['p99', 0.99],
      ] as const) {
        const rank = Math.floor(share * (whole.spans - 1));
        expect(group[name]).toBeGreaterThanOrEqual(near[2 * rank] as number);
        expect(group[name]).toBeLessThanOrEqual(near[2 * Math.min(rank + 1, whole.spans - 1) + 1] as number);
      }
    }
  });
});
