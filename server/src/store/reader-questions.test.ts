/** Single questions against the real engine: comparisons of attributes, rates of a part of the requests, names, states of traces. */
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {defaultTenant, type TenantId, type TraceId, type UnixNano, unixNano, utf8Bytes} from '../base/index.ts';
import {
  Budget,
  type ComparisonOperator,
  comparisonOperators,
  environmentIs,
  kindNames,
  type SpanCondition,
} from '../query/index.ts';
import {durationStep, pointTimes, stepMillis} from '../red/index.ts';
import {otlp} from '../wire/index.ts';
import {createReader, type Reader} from './reader.ts';
import {startTestStore, type TestStore} from './testing.ts';

const second = 1_000_000_000n;
const minute = 60n * second;
/** A whole minute, so that spans lie in known ones. */
const begin = ((BigInt(Date.now()) * 1_000_000n) / minute) * minute - 30n * minute;
const now = begin + 20n * minute;
const {signal} = new AbortController();
const asked = () => ({budget: new Budget(signal)});

type Value = {stringValue: string} | {intValue: string} | {doubleValue: number} | {boolValue: boolean};
interface TestSpan {
  readonly trace: number;
  readonly span: number;
  readonly parent?: number;
  readonly name?: string;
  readonly service?: string;
  readonly kind?: number;
  readonly start?: bigint;
  readonly duration?: bigint;
  readonly failed?: boolean;
  readonly attributes?: Readonly<Record<string, Value>>;
  readonly resource?: Readonly<Record<string, Value>>;
  readonly scope?: Readonly<Record<string, Value>>;
  readonly event?: Readonly<Record<string, Value>>;
}

const idOf = (trace: number): TraceId => trace.toString(16).padStart(32, '0') as TraceId;
const hex = (span: number): string => span.toString(16).padStart(16, '0');
const pairs = (values: Readonly<Record<string, Value>> = {}) =>
  Object.entries(values).map(([key, value]) => ({key, value}));

const request = (spans: readonly TestSpan[]): unknown => ({
  resourceSpans: spans.map((span) => ({
    resource: {attributes: pairs({'service.name': {stringValue: span.service ?? 'shop'}, ...span.resource})},
    scopeSpans: [
      {
        scope: {attributes: pairs(span.scope)},
        spans: [
          {
            traceId: idOf(span.trace),
            spanId: hex(span.span),
            ...(span.parent === undefined ? {} : {parentSpanId: hex(span.parent)}),
            name: span.name ?? 'work',
            kind: span.kind ?? 2,
            startTimeUnixNano: String(span.start ?? begin),
            endTimeUnixNano: String((span.start ?? begin) + (span.duration ?? 1000n)),
            attributes: pairs(span.attributes),
            status: span.failed === true ? {code: 2} : {},
            events: span.event === undefined ? [] : [{timeUnixNano: '1', name: 'e', attributes: pairs(span.event)}],
          },
        ],
      },
    ],
  })),
});

let store: TestStore;
let reader: Reader;
beforeAll(async () => {
  store = await startTestStore();
  reader = createReader({client: store.engine.queries, clock: {now: () => Number(now / 1_000_000n)}});
  for (const spans of [compared, rated, arriving]) {
    const {batch} = otlp.traces.decodeJson(utf8Bytes(JSON.stringify(request(spans))));
    await store.sink.consume(batch, {tenant: defaultTenant});
  }
  await store.spool.flush();
});
afterAll(() => store.stop());

// ── comparisons ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Each in a trace of its own, from 1 on. */
const values: readonly Value[] = [
  {intValue: '500'},
  {intValue: '499'},
  {doubleValue: 499.5},
  {doubleValue: 5e2},
  {stringValue: '503'},
  {stringValue: '5xx'},
  {stringValue: ''},
  {boolValue: true},
  {intValue: '-7'},
  {doubleValue: Number.MAX_VALUE},
  {intValue: '9007199254740993'},
  {intValue: '9223372036854775807'},
  {stringValue: '18446744073709551615'},
  {stringValue: '500 '},
];
const textOf = (value: Value): string => String(Object.values(value)[0]);
const compared: TestSpan[] = values.flatMap((value, i): TestSpan[] => {
  const span = {trace: i + 1, span: i + 1, service: 'compared'};
  // On each level in turn.
  return [
    i % 3 === 0
      ? {...span, attributes: {code: value}}
      : i % 3 === 1
        ? {...span, resource: {code: value}}
        : {...span, event: {code: value}},
  ];
});

describe('comparison: finds the values that compare so', () => {
  const numberOf = (text: string): bigint | number | undefined =>
    /^-?\d+$/.test(text) ? BigInt(text) : /^-?\d*\.?\d+(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
  const holds = (value: Value, operator: ComparisonOperator, than: string): boolean => {
    if (operator === '!=') return textOf(value) !== than;
    const a = numberOf(textOf(value));
    const b = numberOf(than) as bigint | number;
    if (a === undefined) return false;
    // JavaScript compares a bigint and a number by what they are worth.
    if (operator === '>=') return a >= b;
    if (operator === '<=') return a <= b;
    return operator === '>' ? a > b : a < b;
  };
  const than = ['500', '499.5', '-7', '0', '9007199254740992', '9223372036854775807', '1e300', '+500'];
  const cases = than.flatMap((value) => comparisonOperators.map((operator): [string, string] => [operator, value]));

  test.each(cases)('code %s %s', async (operator, value) => {
    const condition: SpanCondition = {
      type: 'comparison',
      ...{key: 'code', operator: operator as ComparisonOperator, value},
      of: 'anywhere',
    };
    const {ids} = await reader.findTraces(
      defaultTenant,
      {service: 'compared', conditions: [condition], limit: 100},
      asked(),
    );
    const expected = values.flatMap((one, i) =>
      holds(one, operator as ComparisonOperator, value.replace(/^\+/, operator === '!=' ? '+' : '')) ? idOf(i + 1) : [],
    );
    expect(ids.toSorted()).toEqual(expected);
  });

  test('a key that no span has compares with nothing', async () => {
    for (const operator of comparisonOperators) {
      const conditions: SpanCondition[] = [{type: 'comparison', key: 'none', operator, value: '0', of: 'anywhere'}];
      expect((await reader.findTraces(defaultTenant, {conditions, limit: 1}, asked())).ids).toEqual([]);
    }
  });
});

// ── rates ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

const environments = [
  {'deployment.environment.name': {stringValue: 'live'}},
  {'deployment.environment': {stringValue: 'live'}},
  {'deployment.environment.name': {stringValue: 'stage'}},
  {},
  {'deployment.environment.name': {stringValue: 'stage'}, 'deployment.environment': {stringValue: 'live'}},
] as const;
const rated: TestSpan[] = Array.from({length: 240}, (_, i) => ({
  trace: 1000 + i,
  span: 1,
  service: `rated-${i % 3}`,
  name: `operation ${i % 5}`,
  kind: [2, 2, 5, 3][i % 4] as number,
  start: begin + BigInt(i) * 4n * second,
  duration: BigInt(1 + i) * 1_000_000n,
  failed: i % 9 === 0,
  resource: {...environments[i % 5], 'service.version': {stringValue: `v${i % 2}`}},
  // Not the service's.
  scope: i % 7 === 0 ? {'service.version': {stringValue: 'v1'}} : {},
}));
const range = {start: begin as UnixNano, end: unixNano(begin + 16n * minute)};
const isServing = ({kind}: TestSpan): boolean => kind === 2 || kind === 5;
const versionOf = (span: TestSpan): string => textOf(span.resource?.['service.version'] as Value);
const isLive = (span: TestSpan): boolean =>
  JSON.stringify(span.resource).includes('"live"') && JSON.stringify(span.resource).includes('deployment');
const figures = (list: readonly TestSpan[]) => {
  const steps = list.map(({duration}) => durationStep(duration as bigint)).sort((a, b) => a - b);
  const at = (share: number): number => stepMillis(steps[Math.max(0, Math.ceil(share * steps.length) - 1)] as number);
  return {
    requests: list.length,
    errors: list.filter(({failed}) => failed).length,
    p50: expect.closeTo(at(0.5), 0),
    p95: at(0.95),
    p99: at(0.99),
  };
};

describe('rates: of a part of the requests', () => {
  const cases: [string, object, (span: TestSpan) => boolean][] = [
    ['a service', {service: 'rated-1'}, ({service}) => service === 'rated-1'],
    ['a version', {version: 'v1'}, (span) => versionOf(span) === 'v1'],
    ['an environment, by either name', {environment: 'live'}, isLive],
    [
      'all three',
      {service: 'rated-2', version: 'v0', environment: 'live'},
      (span) => span.service === 'rated-2' && versionOf(span) === 'v0' && isLive(span),
    ],
  ];
  test.each(cases)('%s: requests and errors of each service, and of each of its points', async (_, filter, fits) => {
    const times = pointTimes(range, 5);
    const {services} = await reader.red(defaultTenant, {...range, ...filter}, {...asked(), points: times});
    const mine = services.filter(({name}) => name.startsWith('rated'));
    const fitting = rated.filter((span) => isServing(span) && fits(span));
    const names = [...new Set(fitting.map(({service}) => service as string))].sort();
    expect(mine.map(({name}) => name)).toEqual(names);
    for (const {name, series, ...red} of mine) {
      const own = fitting.filter(({service}) => service === name);
      expect(red).toMatchObject({requests: own.length, errors: own.filter(({failed}) => failed).length});
      const inPoint = (span: TestSpan, point: number): boolean =>
        Math.floor(Number(((span.start as bigint) - begin) / second) / times.stepSeconds) === point;
      const expected = Array.from({length: times.count}, (_, point) => own.filter((span) => inPoint(span, point)));
      expect(series).toEqual({
        requests: expected.map((list) => list.length),
        errors: expected.map((list) => list.filter(({failed}) => failed).length),
      });
    }
  });

  test('without points there is no series', async () => {
    const {services} = await reader.red(defaultTenant, range, asked());
    expect(services.every((service) => !('series' in service))).toBe(true);
  });

  test('counted from spans, figures are those of the rates', async () => {
    const environment = 'live';
    const ofRates = await reader.operationsRed(defaultTenant, {...range, service: 'compared'}, asked());
    expect(ofRates.operations).toMatchObject([{name: 'work', kind: 'server', requests: values.length}]);
    const all = await reader.operationsRed(defaultTenant, {...range, service: 'rated-0'}, asked());
    const [v0, v1] = await Promise.all(
      ['v0', 'v1'].map((version) =>
        reader.operationsRed(defaultTenant, {...range, service: 'rated-0', version}, asked()),
      ),
    );
    const sum = (list: typeof all): number => list.operations.reduce((total, {requests}) => total + requests, 0);
    expect(sum(all)).toBe(sum(v0 as typeof all) + sum(v1 as typeof all));
    expect(sum(await reader.operationsRed(defaultTenant, {...range, service: 'rated-0', environment}, asked()))).toBe(
      rated.filter((span) => span.service === 'rated-0' && isLive(span)).length,
    );
  });

  test('a minute that begins within the range counts whole, however soon the range ends after that', async () => {
    const sum = async (times: {start: bigint; end: bigint}, part: object): Promise<number> => {
      const filter = {start: unixNano(times.start), end: unixNano(times.end), service: 'rated-0', ...part};
      const {operations} = await reader.operationsRed(defaultTenant, filter, asked());
      return operations.reduce((total, {requests}) => total + requests, 0);
    };
    const parts: [object, (span: TestSpan) => boolean][] = [
      [{}, () => true],
      [{version: 'v0'}, (span) => versionOf(span) === 'v0'],
    ];
    for (const [part, fits] of parts) {
      const own = rated.filter((span) => span.service === 'rated-0' && fits(span));
      const before = (end: bigint): number => own.filter((span) => (span.start as bigint) < end).length;
      expect(await sum({start: begin, end: begin + minute}, part)).toBe(before(begin + minute));
      expect(await sum({start: begin, end: begin + minute + 1n}, part)).toBe(before(begin + 2n * minute));
      expect(await sum({start: begin + 1n, end: begin + 2n * minute}, part)).toBe(
        before(begin + 2n * minute) - before(begin + minute),
      );
    }
  });

  test('durations beyond the ends of the histogram are told as bounds', async () => {
    const tenant = 'bounds' as TenantId;
    const lasting = [0n, 1n, 2n * second, 3n * 86_400n * second];
    const spans = lasting.map((duration, i) => ({trace: i + 1, span: 1, service: `lasts ${duration}`, duration}));
    const {batch} = otlp.traces.decodeJson(utf8Bytes(JSON.stringify(request(spans))));
    await store.sink.consume(batch, {tenant});
    await store.spool.flush();
    const {services} = await reader.red(tenant, range, asked());
    const all = (bound: 'most' | 'least') => ({p50: bound, p95: bound, p99: bound});
    const bounds = [all('most'), all('most'), undefined, all('least')];
    const found = new Map(services.map((service) => [service.name, service]));
    expect(spans.map(({service}) => found.get(service)?.bounds)).toEqual(bounds);
    expect(found.get(`lasts ${lasting[3]}`)?.p50).toBeLessThan(Number(lasting[3]) / 1e6);
    expect(found.get('lasts 0')?.p50).toBeGreaterThan(0);
  });

  test('operations of a service, the busiest first, of all kinds or one', async () => {
    const {operations, more, coveredStart} = await reader.operationsRed(
      defaultTenant,
      {...range, service: 'rated-1'},
      asked(),
    );
    const own = rated.filter(({service}) => service === 'rated-1');
    const groups = [...Map.groupBy(own, ({name, kind}) => `${name} ${kindNames[kind as number]}`)];
    expect(Object.fromEntries(operations.map(({name, kind, ...red}) => [`${name} ${kind}`, red]))).toEqual(
      Object.fromEntries(groups.map(([key, list]) => [key, {...figures(list), p50: expect.any(Number)}])),
    );
    const counts = operations.map(({requests}) => requests);
    expect(counts).toEqual(counts.toSorted((a, b) => b - a));
    expect([more, coveredStart]).toEqual([false, begin]);
    const served = await reader.operationsRed(defaultTenant, {...range, service: 'rated-1', kind: 'client'}, asked());
    expect(new Set(served.operations.map(({kind}) => kind))).toEqual(new Set(['client']));
  });
});

test('search: an environment goes by either of its names', async () => {
  const search = {conditions: [environmentIs('live')], limit: 1000};
  const {ids} = await reader.findTraces(defaultTenant, search, asked());
  expect(ids.toSorted()).toEqual(rated.filter(isLive).map(({trace}) => idOf(trace)));
});

// ── names ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

describe('find: names that contain a text', () => {
  const find = (text: string) => reader.findNames(defaultTenant, text, asked());

  test('services in any case, the exact name first', async () => {
    const {services} = await find('RATED');
    expect(services.map(({name}) => name).sort()).toEqual(['rated-0', 'rated-1', 'rated-2']);
    expect((await find('Rated-2')).services).toEqual([{name: 'rated-2', spans: 80}]);
  });
  test('operations with their service and kind: beginnings before words before the rest', async () => {
    const {operations} = await find('pay');
    expect(operations.map(({name}) => name)).toEqual(['Pay', 'payment of x', 'POST /pay', 'repay']);
    expect(operations[0]).toEqual({service: 'arriving', name: 'Pay', kind: 'server', spans: 1});
  });
  test('attribute keys of spans and resources', async () => {
    const {attributes} = await find('environment');
    expect(attributes.map(({key}) => key)).toEqual(['deployment.environment.name', 'deployment.environment']);
    expect((await find('VERSION')).attributes).toMatchObject([{key: 'service.version', of: 'resource'}]);
  });
  test('without a text the names of most spans', async () => {
    const {operations, services} = await find('');
    const spans = (all: readonly {readonly spans: number}[]) => all.map((one) => one.spans);
    expect(operations.length).toBeGreaterThan(0);
    expect(spans(operations)).toEqual(spans(operations).toSorted((a, b) => b - a));
    expect(spans(services)).toEqual(spans(services).toSorted((a, b) => b - a));
  });
  test('a name that ends amid a character does not hide the one after it, and is asked for as it is shown', async () => {
    const tenant = 'latin' as TenantId;
    const body = request([
      {trace: 0xe1, span: 0xe1, service: 'caf?', name: 'caf?', attributes: {'caf?': {stringValue: 'au lait'}}},
      {trace: 0xe1, span: 0xe2, parent: 0xe1, service: 'cart', name: 'checkout'},
    ]);
    const {batch} = otlp.traces.decodeJson(utf8Bytes(JSON.stringify(body)));
    const bytes = Buffer.from(batch.heap.bytes.buffer, batch.heap.bytes.byteOffset, batch.heap.length);
    for (let at = bytes.indexOf('caf?'); at >= 0; at = bytes.indexOf('caf?')) bytes[at + 3] = 0xe9;
    await store.sink.consume(batch, {tenant});
    await store.spool.flush();
    const {services, operations} = await reader.findNames(tenant, 'C', asked());
    expect(services.map(({name}) => name)).toEqual(['caf\uFFFD', 'cart']);
    expect(operations.map(({name}) => name)).toEqual(['caf\uFFFD', 'checkout']);
    const found = await reader.findInTrace(tenant, idOf(0xe1), [{type: 'word', word: 'checkout'}], {
      ...asked(),
      limit: 10,
    });
    expect(found?.spanIds).toEqual([hex(0xe2)]);
    const values = await reader.traceValues(tenant, idOf(0xe1), 'caf\uFFFD', asked());
    expect(values).toEqual([{value: 'au lait', spanIds: [hex(0xe1)]}]);
  });
  test('a word of a name that is not UTF-8 is found as a word', async () => {
    const tenant = 'raw' as TenantId;
    const names = ['query', '?? raw ?'];
    const body = request(names.map((name, i) => ({trace: 0xe3, span: i + 1, service: name, name})));
    const {batch} = otlp.traces.decodeJson(utf8Bytes(JSON.stringify(body)));
    const bytes = Buffer.from(batch.heap.bytes.buffer, batch.heap.bytes.byteOffset, batch.heap.length);
    for (let at = bytes.indexOf('?? raw ?'); at >= 0; at = bytes.indexOf('?? raw ?')) {
      bytes.set([0xff, 0xfe], at);
      bytes[at + 7] = 0x80;
    }
    await store.sink.consume(batch, {tenant});
    await store.spool.flush();
    const {services, operations} = await reader.findNames(tenant, 'R', asked());
    const shown = (all: readonly {readonly name: string}[]) => all.map(({name}) => name.replaceAll(/\uFFFD+/g, '?'));
    expect(shown(services)).toEqual(['? raw ?', 'query']);
    expect(shown(operations)).toEqual(['? raw ?', 'query']);
  });
  test('characters that mean something to a pattern are themselves', async () => {
    for (const text of ['%', '.*', '\\', "'", '_']) {
      expect((await find(text)).operations, text).toEqual([]);
    }
  });
});

// ── states of traces ────────────────────────────────────────────────────────────────────────────────────────────────────

const ended = (ago: bigint) => ({start: now - ago * second - second, duration: second});
const arriving: TestSpan[] = [
  // Its root has not come: a part is just over.
  {trace: 5001, span: 2, parent: 1, service: 'arriving', name: 'Pay', ...ended(5n)},
  {trace: 5001, span: 3, parent: 2, service: 'arriving', name: 'payment of x', ...ended(4n), failed: true},
  // The same, long ago.
  {trace: 5002, span: 2, parent: 1, service: 'arriving', name: 'repay', ...ended(31n), failed: true},
  // A clock far ahead does not keep it arriving.
  {trace: 5003, span: 2, parent: 1, service: 'arriving', ...ended(-100n)},
  // The root is there, a part just over.
  {trace: 5004, span: 1, service: 'arriving', name: 'POST /pay', ...ended(5n)},
  {trace: 5004, span: 2, parent: 1, service: 'arriving', ...ended(1n), failed: true},
  // By a clock that is late, the child began before its parent.
  {trace: 5005, span: 3, parent: 2, service: 'child', name: 'child', ...ended(120n)},
  {trace: 5005, span: 2, parent: 1, service: 'arriving', name: 'parent', ...ended(100n)},
];

describe('trace summary: state and outcome', () => {
  test('without a root a trace is arriving for half a minute, then incomplete; its highest known span names it', async () => {
    const ids = [5001, 5002, 5003, 5004, 5005].map(idOf);
    const list = await reader.summaries(defaultTenant, ids, asked());
    expect(list.map(({state, outcome, rootName, rootArrived}) => [state, outcome, rootName, rootArrived])).toEqual([
      ['arriving', 'healed', 'Pay', false],
      ['incomplete', 'failed', 'repay', false],
      ['incomplete', 'clean', 'work', false],
      ['complete', 'healed', 'POST /pay', true],
      ['incomplete', 'clean', 'parent', false],
    ]);
  });

  test('what is arriving is in no order but newest and spans, and fits no outcome', async () => {
    const search = {service: 'arriving', conditions: [], limit: 100};
    const has = async (more: object): Promise<boolean> =>
      (await reader.listTraces(defaultTenant, {...search, ...more}, asked())).traces.some(
        ({traceId}) => traceId === idOf(5001),
      );
    expect(await has({order: 'newest'})).toBe(true);
    expect(await has({order: 'spans'})).toBe(true);
    expect(await has({order: 'longest'})).toBe(false);
    expect(await has({order: 'errors'})).toBe(false);
    expect(await has({trace: {outcomes: ['failed', 'healed', 'clean']}})).toBe(false);
  });
});
