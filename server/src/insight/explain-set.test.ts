/** Why some requests of the shop are bad, held against the others of the same time: see `tools/insight/record.ts`. */
import {expect, test} from 'vitest';
import {seededRandom} from '../model/testing.ts';
import type {TraceFilter} from '../query/index.ts';
import {dissect, explainLanguages, impliedBy, type SetExplanation, SetReader, saySetParagraph} from './index.ts';
import {periodOf} from './period.ts';
import {recorded, sketched} from './testing.ts';

const failed: TraceFilter = {conditions: [], trace: {outcomes: ['failed']}};
const slow = (seconds: number): TraceFilter => ({
  conditions: [],
  trace: {minDurationNano: BigInt(Math.round(seconds * 1e9))},
});

/** Requests under a fault: those that fit against the others. */
function compared(name: string, filter: TraceFilter): SetExplanation {
  const reader = new SetReader();
  const {minDurationNano, outcomes} = filter.trace ?? {};
  for (const batch of recorded(name)) {
    const {trace, root} = dissect(batch);
    const fits = outcomes === undefined ? trace.total >= Number(minDurationNano) : trace.spans.status[root] === 2;
    reader.add(fits ? 0 : 1, batch);
  }
  return reader.explain(impliedBy(filter));
}

const firstFinding = ({findings: [first]}: SetExplanation): string =>
  first === undefined ? '' : `${first.typical.kind} ${first.typical.facts.service} ${first.typical.facts.operation}`;

test('explain selection: failed checkouts share the canary’s version, and the customer’s tier', () => {
  const set = compared('bad-canary-among', failed);
  expect(firstFinding(set)).toBe('error payment apply tier discount');
  const open = set.shares.features.filter(({implied}) => !implied);
  expect(open[0]).toMatchObject({key: 'service.version', value: '3.2.0-canary', services: ['payment']});
  expect(open[0]?.selected).toBe(set.selection.traces);
  expect(open.map(({key, value}) => `${key}=${value}`)).toContain('user.tier=gold');
});

test('explain selection: checkouts of 8 seconds wait between two attempts, which explains most of the time', () => {
  const set = compared('slow-checkout-among', slow(3));
  expect(firstFinding(set)).toBe('retry_backoff payment charge card attempt');
  expect(set.findings[0]).toMatchObject({traces: set.selection.traces, baseline: 0});
  expect(set.steps[0]).toMatchObject({service: 'payment', operation: 'retry.backoff', changes: ['only']});
  expect(set.steps[0]?.explains).toBeGreaterThan(0.5);
  const provider = set.steps.find(({operation, changes}) => operation === 'POST' && changes.includes('slower'));
  expect(provider?.affectedNanos).toBeGreaterThan(2.5e9);
  expect(provider?.usualNanos).toBeLessThan(0.5e9);
});

test('explain selection: slow product pages spend seconds in one statement, and share that the cache missed', () => {
  const set = compared('missing-index-among', slow(0.8));
  expect(firstFinding(set)).toBe('slow_statement inventory pg.query:SELECT shop');
  expect(set.steps[0]).toMatchObject({service: 'inventory', operation: 'pg.query:SELECT shop'});
  expect(set.steps[0]?.changes).toContain('slower');
  expect(set.steps[0]?.explains).toBeGreaterThan(0.8);
  const [first] = set.shares.features.filter(({implied}) => !implied);
  const names = [first, ...(first?.twins ?? [])].map((one) => `${one?.key}=${one?.value}`);
  expect(names).toContain('cache.hit=false');
});

test('explain selection: errors of a pool that is restarted every 12 seconds come with their period', () => {
  const set = compared('pool-restart-among', failed);
  expect(firstFinding(set)).toBe('error payment pg-pool.connect');
  const seconds = (set.findings[0]?.period?.nanos ?? 0) / 1e9;
  expect(Math.round(seconds)).toBe(12);
  expect(saySetParagraph(set, {selected: undefined, baseline: undefined}, 'en')).toContain('about every 12 s');
});

test('explain selection: halves of healthy requests have nothing that sets them apart', () => {
  const reader = new SetReader();
  for (const [at, batch] of recorded('healthy').entries()) reader.add(at % 2 === 0 ? 0 : 1, batch);
  const set = reader.explain(() => false);
  expect(set.shares.features).toEqual([]);
  expect(set.steps).toEqual([]);
  expect(set.findings).toEqual([]);
});

test('explain selection: without others, and without traces, it says so', () => {
  const lone = new SetReader();
  for (const batch of recorded('fourth-layer-error')) lone.add(0, batch);
  const set = lone.explain(() => false);
  expect(firstFinding(set)).toBe('error inventory get');
  expect(saySetParagraph(set, {selected: 3, baseline: undefined}, 'en')).toContain('no others to compare');
  const none = new SetReader().explain(() => false);
  expect(saySetParagraph(none, {selected: 0, baseline: 0}, 'en')).toBe('No trace is in the selection.');
});

test.each(explainLanguages)('explain selection: every paragraph can be said in %s', (language) => {
  for (const [name, filter] of [
    ['bad-canary-among', failed],
    ['slow-checkout-among', slow(3)],
    ['missing-index-among', slow(0.8)],
    ['pool-restart-among', failed],
  ] as const) {
    const text = saySetParagraph(compared(name, filter), {selected: 12_345, baseline: undefined}, language);
    expect(text.replaceAll(/"[^"]*"|「[^」]*」|“[^”]*”/g, '…')).not.toMatch(/NaN|null|\[object| {2}/);
    expect(text).toContain('12,345');
    if (language !== 'en') expect(text).toMatch(/\p{Script=Han}/u);
  }
});

test('explain selection: an operation narrows what a side takes', () => {
  const reader = new SetReader();
  const [one, other] = [
    sketched({id: 'a', name: 'shop: GET /', at: 0, ms: 5}),
    sketched({id: 'a', name: 'shop: GET /cart', at: 0, ms: 5}),
  ];
  expect(reader.add(0, one)).toBe(true);
  expect(reader.root()).toEqual({service: 'shop', operation: 'GET /', share: 1});
  expect(reader.add(1, other, {service: 'shop', operation: 'GET /'})).toBe(false);
  expect(reader.explain(() => false).baseline.traces).toBe(0);
});

// ── periods ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const minute = 60e9;

test('period: bursts of errors every five minutes, one of them missed', () => {
  const bursts = [0, 5, 10, 20, 25, 30].flatMap((at) => [0, 0.4, 1.1, 3].map((second) => at * minute + second * 1e9));
  const found = periodOf(bursts);
  expect(found?.nanos).toBeCloseTo(5 * minute, -9);
  expect(found?.times).toBe(6);
  expect(found?.next).toBeCloseTo(35 * minute, -9);
});

test('period: single errors with some jitter', () => {
  const found = periodOf([0, 61, 119, 180, 242, 299].map((second) => second * 1e9));
  expect(Math.round((found?.nanos ?? 0) / 1e9)).toBe(60);
});

test('period: errors at random have none, in 99 of 100 cases', () => {
  let wrong = 0;
  for (let seed = 1; seed <= 500; seed++) {
    const random = seededRandom(seed);
    const moments = Array.from({length: 5 + (seed % 60)}, () => random() * 60 * minute);
    if (periodOf(moments) !== undefined) wrong++;
  }
  expect(wrong).toBeLessThanOrEqual(5);
});

test('period: too few times, and all at once, have none', () => {
  expect(periodOf([])).toBeUndefined();
  expect(periodOf([0, 1, 2, 3].map((at) => at * minute))).toBeUndefined();
  expect(periodOf(Array.from({length: 50}, () => minute))).toBeUndefined();
});

test('explain selection: one trace and two have no half and no share', () => {
  const some = (selected: number, others: number): SetExplanation => {
    const reader = new SetReader();
    const batches = recorded('slow-checkout-among');
    for (const [i, batch] of batches.slice(0, selected + others).entries()) reader.add(i < selected ? 0 : 1, batch);
    return reader.explain(impliedBy(failed));
  };
  const first = (selected: number, others: number, language: (typeof explainLanguages)[number] = 'en'): string =>
    saySetParagraph(some(selected, others), {selected, baseline: others}, language);
  expect(first(1, 0)).toMatch(/^1 trace: it took [\d.,]+ \S+; it did not fail\. /);
  expect(first(1, 1)).toMatch(
    /^1 trace against 1 other: it took .+, the other .+; it did not fail, the other did not fail\. /,
  );
  expect(first(2, 5)).toMatch(
    /^2 traces against 5 others: they took .+ and .+, half of the others more than .+; neither failed,/,
  );
  expect(first(3, 0)).toMatch(/^3 traces: half of them take more than /);
  expect(first(1, 0, 'zh-Hant')).toMatch(/^選取 1 筆追蹤：耗時 .+；沒有失敗。/);
  expect(first(2, 0, 'zh-Hans')).toMatch(/^选中 2 条链路：耗时 .+ 和 .+；都没有失败。/);
  const {selection} = some(2, 0);
  expect(selection.longest).toBeGreaterThan(selection.shortest);
});
