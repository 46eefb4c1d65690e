/** Summaries folded from spans against the sums that ClickHouse makes, and the ways to where spans lie. */
import {afterAll, beforeAll, expect, test} from 'vitest';
import {type TenantId, type TraceId, utf8Bytes} from '../base/index.ts';
import {seededRandom} from '../model/testing.ts';
import {Budget} from '../query/index.ts';
import {otlp} from '../wire/index.ts';
import {findPlaces} from './read-places.ts';
import {createPresence} from './read-presence.ts';
import {createQueries, type Queries} from './read-query.ts';
import {orphans, summaries} from './read-summaries.ts';
import {readTraces} from './read-traces.ts';
import {startTestStore, type TestStore} from './testing.ts';

const tenant = 'summaries' as TenantId;
const second = 1_000_000_000n;
const now = BigInt(Date.now()) * 1_000_000n;
const {signal} = new AbortController();
let store: TestStore;
let queries: Queries;

interface TestSpan {
  readonly traceId: TraceId;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly service: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly failed: boolean;
}

const idOf = (trace: number): TraceId => trace.toString(16).padStart(32, '0') as TraceId;
const spanIdOf = (span: number): string => span.toString(16).padStart(16, '0');
const budget = (): Budget => new Budget(signal);

async function send(spans: readonly TestSpan[]): Promise<void> {
  const resourceSpans = spans.map(({service, traceId, spanId, parentSpanId, start, end, failed}) => ({
    resource: {attributes: [{key: 'service.name', value: {stringValue: service}}]},
    scopeSpans: [
      {
        spans: [
          {
            ...{traceId, spanId, parentSpanId, name: `work of ${service}`},
            startTimeUnixNano: String(start),
            endTimeUnixNano: String(end),
            status: failed ? {code: 2} : {},
          },
        ],
      },
    ],
  }));
  const {batch} = otlp.traces.decodeJson(utf8Bytes(JSON.stringify({resourceSpans})));
  await store.sink.consume(batch, {tenant});
  await store.spool.flush();
}

const seed = 20261129;
const generated = generate();

/** Small traces with equal times, copies, roots and parents that never come, several services, ends before starts. */
function generate(): TestSpan[] {
  const random = seededRandom(seed);
  const below = (count: number): number => Math.floor(random() * count);
  return Array.from({length: 120}, (_, trace) => {
    const first = now - BigInt(below(4000)) * second;
    const spans = Array.from({length: 1 + below(9)}, (_, i): TestSpan => {
      const start = first + BigInt(below(4)) * 6n * second;
      return {
        traceId: idOf(trace + 1),
        spanId: spanIdOf(100 * trace + i + 1),
        parentSpanId: i === 0 && below(3) > 0 ? '' : spanIdOf(100 * trace + below(12) + 1),
        service: ['shop', 'pay', 'ä 漢 😀', ''][below(4)] as string,
        start,
        end: start + BigInt(below(3000) - 200) * 1_000_000n,
        failed: below(5) === 0,
      };
    });
    return below(4) === 0 ? [...spans, spans[below(spans.length)] as TestSpan] : spans;
  }).flat();
}

/** More ten seconds than the text of a statement takes. */
const long = idOf(1000);
const longSpans = Array.from({length: 1100}, (_, i): TestSpan => {
  const start = now - BigInt(i) * 20n * second;
  return {
    ...{traceId: long, spanId: spanIdOf(i + 1), parentSpanId: '', service: 'long'},
    start,
    end: start,
    failed: false,
  };
});

beforeAll(async () => {
  store = await startTestStore();
  queries = createQueries(store.engine.queries, createPresence());
  // In several INSERTs, so that a trace has several rows in the index.
  for (let from = 0; from < generated.length; from += 150) await send(generated.slice(from, from + 150));
  await send(longSpans);
});
afterAll(() => store.stop());

test(`trace summaries: folded from spans they are what ClickHouse sums (seed ${seed})`, async () => {
  const ids = Array.from({length: 122}, (_, trace) => idOf(trace + 1));
  const asked = {now: Number(now / 1_000_000n)};
  const folded = await summaries(queries, tenant, ids, {...asked, budget: budget()});
  expect(folded.length).toBe(120);
  expect(folded).toEqual(await summaries(queries, tenant, ids, {...asked, budget: budget(), foldUpTo: 0}));
  const states = new Set(folded.map(({state, outcome}) => `${state} ${outcome}`));
  expect([...states].sort()).toEqual(
    expect.arrayContaining([
      'complete clean',
      'complete failed',
      'complete healed',
      'incomplete clean',
      'incomplete failed',
    ]),
  );
  const sent = Map.groupBy(generated, ({traceId}) => traceId);
  for (const {traceId, spans} of folded) {
    expect([traceId, spans]).toEqual([traceId, new Set(sent.get(traceId)?.map(({spanId}) => spanId)).size]);
  }
});

test('places of traces: a trace in too many for a statement is read like any other', async () => {
  expect((await findPlaces(queries, tenant, [long], {budget: budget()}))?.kind).toBe('many');
  expect((await findPlaces(queries, tenant, [idOf(1)], {budget: budget()}))?.kind).toBe('listed');
  const asked = {maxSpans: 5000, copies: false, starts: undefined};
  for (const ids of [[long], [long, idOf(1)]]) {
    const batch = await readTraces(queries, tenant, ids, {...asked, budget: budget()});
    const expected = [...longSpans, ...generated].filter(({traceId}) => ids.includes(traceId));
    expect(batch?.spans.count).toBe(new Set(expected.map(({traceId, spanId}) => traceId + spanId)).size);
    const listed = await summaries(queries, tenant, ids, {now: Number(now / 1_000_000n), budget: budget()});
    expect(listed.map(({spans}) => spans)[0]).toBe(longSpans.length);
  }
});

test('places of traces: ids that the index does not tell apart are read each for itself', async () => {
  const twin = `${'a'.repeat(24)}${idOf(1).slice(24)}` as TraceId;
  const one = generated.filter(({traceId}) => traceId === idOf(1))[0] as TestSpan;
  await send([{...one, traceId: twin, start: one.start - 900n * second, end: one.start}]);
  const both = await summaries(queries, tenant, [twin, idOf(1)], {now: 0, budget: budget()});
  expect(both.map(({traceId, spans}) => [traceId, spans > 0])).toEqual([
    [twin, true],
    [idOf(1), true],
  ]);
  expect(both[0]?.spans).toBe(1);
});

test('places of traces: a trace that is nowhere costs one statement', async () => {
  const nobody = 'f'.repeat(32) as TraceId;
  const one = (): Budget => new Budget(signal, {queries: 1});
  expect(
    await readTraces(queries, tenant, [nobody], {maxSpans: 9, copies: false, starts: undefined, budget: one()}),
  ).toBe(undefined);
  expect(await summaries(queries, tenant, [nobody], {now: 0, budget: one()})).toEqual([]);
  expect(await orphans(queries, tenant, [nobody], one())).toEqual(new Map());
});
