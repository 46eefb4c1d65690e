/**
 * Functions over time as the store counts them, against the plain evaluation of the same spans: over traces and queries that are put
 * together by chance.
 */
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {type TenantId, unixNano} from '../base/index.ts';
import {seededRandom} from '../base/testing.ts';
import {Budget} from '../query/index.ts';
import {createReader} from '../store/index.ts';
import {startTestStore, type TestStore} from '../store/testing.ts';
import {
  check,
  fold,
  isMetrics,
  type Metrics,
  MetricsEvaluator,
  type Name,
  parse,
  readerOf,
  type SeriesRange,
  SpanView,
  textOf,
} from '../traceql/index.ts';
import {arbitraryTraces, firstStart} from '../traceql/testing.ts';
import {evaluateMetrics} from './tempo-metrics.ts';
import {readTag, TagValues, tagNames, tagValues} from './tempo-tags.ts';
import {spanBatchOf, type TestAttributes} from './testing.ts';

const tenant = 'counted' as TenantId;
const second = 1_000_000_000n;
let store: TestStore;
let reader: ReturnType<typeof createReader>;
const view = new SpanView(arbitraryTraces(7, 120));

/** Values that vary, that a template cannot hold, or that are odd in other ways. */
const odd = 'odd' as TenantId;
const oddSpans = Array.from({length: 60}, (_, i) => ({
  traceId: String(1 + i).padStart(32, '0'),
  spanId: String(1 + i).padStart(16, '0'),
  name: ['a', 'b'][i % 2] as string,
  start: firstStart + BigInt(i) * 500_000_000n,
  duration: [-5_000_000n, 0n, 1n, 2n, 2n ** 40n, 1_000_000_007n][i % 6] as bigint,
  resource: [{'service.name': ''}, {'service.name': 5n}, {}, {'service.name': 'x', 'k=\u001d': 'v'}][
    i % 4
  ] as TestAttributes,
  attributes: {
    vary: `value ${i % 30}`,
    big: [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 3n][i % 4] as bigint,
    real: [Number.NaN, Number.POSITIVE_INFINITY, -0, 1e-7, 0.1, i][i % 6] as number,
    ...(i % 3 === 0 && {'key=\n': `free ${i % 4}`}),
    ...(i % 5 === 0 && {bytes: {type: 'bytes', value: Uint8Array.of(i, 255)} as const}),
    ...(i % 7 === 0 && {map: {type: 'map', value: [{key: 'a', value: {type: 'int', value: 1n}}]} as const}),
    ...(i === 11 && {
      mixed: {
        type: 'array',
        value: [
          {type: 'double', value: 1},
          {type: 'int', value: 1n},
        ],
      } as const,
    }),
  },
}));
const oddView = new SpanView(spanBatchOf(oddSpans));

beforeAll(async () => {
  store = await startTestStore();
  await store.sink.consume(arbitraryTraces(7, 120), {tenant});
  await store.sink.consume(spanBatchOf(oddSpans), {tenant: odd});
  await store.spool.flush();
  reader = createReader({client: store.engine.queries, clock: {now: () => Number(firstStart / 1_000_000n) + 600_000}});
}, 120_000);
afterAll(() => store?.stop());

function metrics(query: string): Metrics {
  const parsed = parse(query);
  if (parsed.kind === 'faulty') throw new Error(`${query}: ${JSON.stringify(parsed.faults)}`);
  const {root} = fold(parsed.value);
  if (!isMetrics(root)) throw new Error(query);
  return root;
}

const random = seededRandom(5);
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const values = ['"foo"', '"baz"', '1', '500', '7', '1.5', 'true', '2', '0', '-3', '""'];
const conditions = [
  ...['span.a', 'span.b', 'resource.b', 'resource.r', 'instrumentation.z', 'span.http.status_code'].flatMap((name) =>
    values.map((value) => `${name} ${pick(['=', '=', '!=', '>', '<=', '<'])} ${value}`),
  ),
  ...['span.a =~ "f.*"', 'span.a !~ "b.*"', 'span.a = nil', 'span.b != nil', '!span.b', 'span.b', 'true', 'false'],
  ...['resource.service.name = "shop"', 'resource.service.name != "shop"', 'name = "send"', 'name =~ "GET.*"'],
  ...['status = error', 'status != ok', 'kind = server', 'kind != client', 'statusMessage = "boom"'],
  ...['duration > 100ms', 'duration < 5ms', 'duration = 3500ms', '5ms <= duration', 'duration != 250ms'],
  ...['duration > 99999999.5', 'nestedSetParent < 0', 'nestedSetParent = -1', '0 > nestedSetParent'],
  ...['nestedSetParent >= 0', 'instrumentation:name = "db"', 'instrumentation:version != "2"'],
  ...['span.b + 1 > 2', 'span.b * 2 = span.http.status_code', '-span.b < 0'],
];
const condition = (): string =>
  random() < 0.4 ? pick(conditions) : `(${pick(conditions)} ${pick(['&&', '||'])} ${pick(conditions)})`;
const filter = (): string => (random() < 0.2 ? '{}' : `{ ${condition()} }`);
const names = [
  ...['span.a', 'span.b', '.b', '.a', 'resource.b', '.r', 'resource.service.name', 'name', 'kind', 'status'],
  ...['statusMessage', 'instrumentation:name', 'instrumentation.z', 'span.missing', 'span.http.status_code'],
];
const numbers = ['duration', 'span.b', 'span.a', 'span.http.status_code', 'resource.b', 'span.missing'];
const by = (): string =>
  pick(['', '', ` by(${pick(names)})`, ` by(${pick(names)})`, ` by(${pick(names)}, ${pick(names)})`]);
const functions = (): string => {
  const of = pick(numbers);
  return pick([
    'rate()',
    'count_over_time()',
    `min_over_time(${of})`,
    `max_over_time(${of})`,
    `sum_over_time(${of})`,
    `avg_over_time(${of})`,
    `histogram_over_time(${of})`,
    `quantile_over_time(${of}, 0.5, 0.99)`,
  ]);
};
const pipelines = (): string =>
  random() < 0.7
    ? filter()
    : pick([
        `${filter()} | ${filter()}`,
        `${filter()} || ${filter()}`,
        `${filter()} | select(name)`,
        `${filter()} | by(name)`,
      ]);
const queries = Array.from({length: 180}, () => `${pipelines()} | ${functions()}${by()}`);

type Shown = readonly (readonly [labels: string, values: readonly number[]])[];
const shown = (series: ReturnType<MetricsEvaluator['series']>): Shown =>
  series
    .map(
      ({labels, values}) =>
        [labels.map(({name, value}) => `${name}: ${value.type} ${textOf(value)}`).join(', '), [...values]] as const,
    )
    .filter(([, all]) => all.some((value) => !Number.isNaN(value)))
    .sort(([a], [b]) => (a < b ? -1 : 1));

/** Sums of doubles differ by the order in which they are made. */
const rounded = (value: number): string => value.toPrecision(12);

describe('tempo: what the store counts is what an evaluation of every trace counts', () => {
  it.each(queries)('%s', async (query) => {
    const root = metrics(query);
    if (check({root, hints: []}).length > 0) return;
    const step = pick([7n * second, 10n * second, 1n * second, 60n * second]);
    const instant = random() < 0.2;
    const range = instant
      ? {start: firstStart + 11n * second, end: firstStart + 171n * second, step: 160n * second, instant}
      : {
          start: firstStart - (firstStart % step) + 2n * step,
          end: firstStart - (firstStart % step) + 20n * step,
          step,
          instant,
        };
    expect(await compared(root, range, tenant, view)).toBe(1);
  });
});

describe('tempo: odd values are counted as they are evaluated', () => {
  const range = {start: firstStart - 10n * second, end: firstStart + 30n * second, step: 5n * second, instant: false};
  it.each([
    '{} | rate() by(span.vary)',
    '{ span.vary = "value 7" } | count_over_time()',
    '{} | count_over_time() by(span.big)',
    '{ span.big > 9007199254740992 } | sum_over_time(span.big)',
    '{} | quantile_over_time(span.big, .5) by(name)',
    '{} | histogram_over_time(span.big)',
    '{} | min_over_time(span.real) by(name)',
    '{} | avg_over_time(span.real)',
    '{} | count_over_time() by(span.real)',
    '{} | count_over_time() by(resource.service.name)',
    '{ resource.service.name = "unknown_service" } | rate()',
    '{ resource.service.name != "x" } | rate() by(.service.name, name)',
    '{} | quantile_over_time(duration, .1, .9) by(name)',
    '{} | histogram_over_time(duration)',
    '{ duration <= 0 } | max_over_time(duration)',
    '{ duration >= 1.5 } | sum_over_time(duration) by(span.bytes)',
    '{ span."key=\n" = "free 3" } | rate()',
    '{} | rate() by(span."key=\n")',
    '{} | rate() by(resource."k=\u001d")',
    '{} | rate() by(span.map)',
  ])('%s', async (query) => {
    expect(await compared(metrics(query), range, odd, oddView)).toBe(1);
  });
  it('spans before and after the range make no series', async () => {
    const part = {...range, start: firstStart + 5n * second, end: firstStart + 10n * second};
    expect(await compared(metrics('{} | rate() by(span.vary)'), part, odd, oddView)).toBe(1);
    const instant = {...part, step: 5n * second, instant: true};
    expect(await compared(metrics('{} | rate() by(span.vary)'), instant, odd, oddView)).toBe(1);
  });
  it('what only whole spans tell is evaluated', async () => {
    expect(await compared(metrics('{} | rate() by(span.mixed)'), range, odd, oddView)).toBe(0);
    expect(await compared(metrics('{} >> {} | rate() by(name)'), range, odd, oddView)).toBe(0);
  });
  it('parts of a query may be counted and evaluated', async () => {
    const query = '({ name = "a" } | rate() by(span.vary)) + ({ span:childCount = 0 } | rate() by(span.vary))';
    expect(await compared(metrics(query), range, odd, oddView)).toBe(1);
  });
  it('an evaluation that meets a limit says which traces it left out', async () => {
    const budget = new Budget(new AbortController().signal, {rows: 450});
    const all = {...range, end: firstStart + 300n * second};
    const {missing, evaluator} = await evaluateMetrics(metrics('{} >> {} | count_over_time()'), all, 0, {
      ...askedOf(tenant),
      budget,
    });
    expect(missing).toMatch(/more than 450 rows.* Traces that start before 2023-11-14T22:1\d:.* are left out/);
    expect(evaluator.series()[0]?.values.some((value) => value > 0)).toBe(true);
  });
  it('of too many series those of most spans are given', async () => {
    const root = metrics('{} | count_over_time() by(span.big, span.vary)');
    const {evaluator} = await evaluateMetrics(root, range, 0, {...askedOf(odd), series: 5});
    expect([evaluator.isCut, evaluator.series().length]).toEqual([true, 5]);
  });
  it('examples are spans that were counted, all over the range', async () => {
    const root = metrics('{ name = "a" } | count_over_time() by(span.vary)');
    const {evaluator} = await evaluateMetrics(root, range, 12, askedOf(odd));
    const examples = evaluator
      .series()
      .flatMap(({labels, exemplars}) => exemplars.map((each) => ({of: labels, ...each})));
    expect(examples).toHaveLength(12);
    expect(new Set(examples.map(({time}) => evaluator.intervals.indexOf(time))).size).toBeGreaterThan(4);
    for (const {of, labels} of examples) {
      expect(labels).toEqual(expect.arrayContaining([...of]));
      expect(labels.find(({name}) => name === 'name')?.value).toEqual({type: 'string', value: 'a'});
    }
  });
});

describe('tempo: the values of a tag are those that spans have, with their types', () => {
  it.each([
    'span.a',
    'span.b',
    'resource.b',
    'resource.r',
    'span.http.status_code',
    'resource.service.name',
    'span.missing',
  ])('%s', (tag) => valuesCompared(tag, tenant, view));
  it.each([
    ...['span.vary', 'span.big', 'span."key=\n"', 'span.bytes', 'span.map', 'span.mixed', 'span.real'],
    ...['resource.service.name', 'resource."k=\u001d"'],
  ])('%s of odd spans', (tag) => valuesCompared(tag, odd, oddView));
  it('names of tags are the keys that spans and resources have, also such without a template', async () => {
    const range = {start: unixNano(firstStart - 10n * second), end: unixNano(firstStart + 600n * second)};
    const found = await tagNames('none', range, askedOf(odd));
    const keysOf = (all: readonly (TestAttributes | undefined)[]) =>
      [...new Set(all.flatMap((one) => Object.keys(one ?? {})))].sort();
    expect(found.find(({name}) => name === 'span')?.tags).toEqual(
      keysOf(oddSpans.map(({attributes}) => attributes as TestAttributes)),
    );
    expect(found.find(({name}) => name === 'resource')?.tags).toEqual(keysOf(oddSpans.map(({resource}) => resource)));
  });
  it('none that came on a day before the range', async () => {
    const day = 86_400n * second;
    const now = BigInt(Date.now()) * 1_000_000n;
    const later = {start: unixNano(now + 2n * day), end: unixNano(now + 3n * day)};
    expect(await tagValues('span.a', undefined, later, askedOf(tenant))).toEqual([]);
  });
});

async function valuesCompared(tag: string, of: TenantId, {batch}: SpanView): Promise<void> {
  const range = {start: unixNano(firstStart - 10n * second), end: unixNano(firstStart + 600n * second)};
  const shownOf = (values: readonly {type: string; value: string}[]) =>
    values.map(({type, value}) => `${type} ${value}`).sort();
  const all = new SpanView(batch);
  const read = readerOf(all, {...readTag(tag), at: 0, end: 0} as Name);
  const values = new TagValues();
  for (let row = 0; row < batch.spans.count; row++) values.add(read(row));
  expect(shownOf(await tagValues(tag, undefined, range, askedOf(of)))).toEqual(shownOf(values.list));
}

const askedOf = (of: TenantId) => ({source: reader, tenant: of, budget: new Budget(new AbortController().signal)});

/** How many functions the store has counted. */
async function compared(root: Metrics, range: SeriesRange, of: TenantId, all: SpanView): Promise<number> {
  const plain = new MetricsEvaluator(root, range, {exemplars: 0, series: 1000});
  plain.observe(all);
  const {evaluator, counted} = await evaluateMetrics(root, range, 0, askedOf(of));
  const [found, wanted] = [shown(evaluator.series()), shown(plain.series())];
  expect(found.map(([labels]) => labels)).toEqual(wanted.map(([labels]) => labels));
  for (const [i, [labels, all]] of found.entries())
    expect(all.map(rounded), labels).toEqual(wanted[i]?.[1].map(rounded));
  return counted;
}
