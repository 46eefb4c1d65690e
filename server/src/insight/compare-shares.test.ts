/** What a selection shares: planted attributes are found, chance is not, and the arithmetic is the textbooks'. */
import {expect, test} from 'vitest';
import {appendAttribute, createSpanBatch, type SpanBatch} from '../model/index.ts';
import {seededRandom} from '../model/testing.ts';
import {leastDifference} from './chance.ts';
import {compareShares, mostChance} from './compare-shares.ts';
import {dissect, impliedBy} from './index.ts';
import {sketched} from './testing.ts';
import {TraceFeatures} from './trace-features.ts';

type Values = Readonly<Record<string, string | number | boolean>>;
const never = (): boolean => false;

/** A trace of one span. */
function batchOf(attributes: Values): SpanBatch {
  const batch = createSpanBatch();
  const {heap} = batch;
  const c = batch.spans.columns;
  const put = (key: string, value: string | number | boolean): unknown =>
    appendAttribute(
      batch.attributes,
      heap,
      key,
      typeof value === 'string'
        ? {type: 'string', value}
        : typeof value === 'boolean'
          ? {type: 'bool', value}
          : {type: 'int', value: BigInt(value)},
    );
  put('service.name', 'shop');
  batch.resources.columns.attributes.setPair(batch.resources.add(), 0, 1);
  batch.scopes.add();
  const row = batch.spans.add();
  for (const [key, value] of Object.entries(attributes)) put(key, value);
  c.attributes.setPair(row, 1, batch.attributes.count - 1);
  c.traceId.set(row, new Uint8Array(16).fill(1));
  c.spanId.set(row, new Uint8Array(8).fill(1));
  const at = heap.appendText('GET /');
  c.name.setPair(row, at, heap.length - at);
  c.end.set(row, 10_000_000n);
  return batch;
}

function tableOf(selected: readonly Values[], baseline: readonly Values[]): TraceFeatures {
  const table = new TraceFeatures();
  for (const [side, traces] of [selected, baseline].entries()) {
    for (const attributes of traces) {
      const batch = batchOf(attributes);
      table.add(side as 0 | 1, batch, dissect(batch));
    }
  }
  return table;
}

test('shares: few traces make a difference small, however far the shares lie apart', () => {
  const of = (n: number) => leastDifference(n, n, 0, n);
  expect(of(3)).toBeLessThan(0.3);
  expect(of(30)).toBeGreaterThan(0.7);
  expect(of(300)).toBeGreaterThan(0.95);
  expect(leastDifference(1, 10, 2, 10)).toBe(0);
  expect(leastDifference(0, 40, 30, 40)).toBeCloseTo(leastDifference(30, 40, 0, 40), 12);
});

/** 200 attributes, from those that all traces have to those that few have, and an id. */
function noise(random: () => number): Values {
  const values: Record<string, string | number> = {'request.id': random().toString(36)};
  for (let i = 0; i < 200; i++) {
    if (random() < 0.2) continue;
    values[`noise.${i}`] = i % 4 === 0 ? Math.floor(random() * 1000) : `value ${Math.floor(random() * (1 + (i % 30)))}`;
  }
  return values;
}

test('shares: a planted attribute is found first among 200 that tell nothing, in 20 populations', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seededRandom(seed);
    const plant = (share: number) => ({...noise(random), 'app.tenant': random() < share ? 'acme' : 'other'});
    const table = tableOf(
      Array.from({length: 100}, () => plant(0.6)),
      Array.from({length: 100}, () => plant(0.1)),
    );
    const {features} = compareShares(table, never);
    expect(features[0], `seed ${seed}`).toMatchObject({key: 'app.tenant', value: 'acme', direction: 'more'});
  }
}, 60_000);

test('shares: of equal populations nothing is told, but for the share of cases that is stated', () => {
  const cases = 150;
  let wrong = 0;
  for (let seed = 1; seed <= cases; seed++) {
    const random = seededRandom(1000 + seed);
    const table = tableOf(
      Array.from({length: 40}, () => noise(random)),
      Array.from({length: 40}, () => noise(random)),
    );
    const {features, looked} = compareShares(table, never);
    expect(looked).toBeGreaterThan(500);
    if (features.length > 0) wrong++;
  }
  // Three deviations above what is stated.
  expect(wrong).toBeLessThanOrEqual(cases * mostChance + 3 * Math.sqrt(cases * mostChance));
}, 120_000);

const many = (count: number, values: (i: number) => Values): Values[] =>
  Array.from({length: count}, (_, i) => values(i));

test('shares: what always goes together is one entry, led by what people decide about', () => {
  const canary = {'service.version': '2', 'build.id': 'b2', 'host.name': 'h9'};
  const stable = (i: number) => ({'service.version': '1', 'build.id': 'b1', 'host.name': `h${i % 3}`});
  const {features} = compareShares(
    tableOf(
      many(30, () => canary),
      many(60, stable),
    ),
    never,
  );
  expect(features[0]).toMatchObject({key: 'service.version', value: '2', selected: 30, baseline: 0});
  expect(features[0]?.twins.map(({key}) => key).sort()).toEqual(['build.id', 'host.name']);
  expect(features).toHaveLength(1);
});

test('shares: rare values and ids are not told, however often they are only in the selection', () => {
  const {features, unique} = compareShares(
    tableOf(
      many(100, (i) => ({'order.id': `o${i}`, tag: i < 3 ? 'rare' : 'usual'})),
      many(100, (i) => ({'order.id': `p${i}`, tag: 'usual'})),
    ),
    never,
  );
  expect(features).toEqual([]);
  expect(unique).toContain('order.id');
});

test('shares: what the question asks for is told last, and marked', () => {
  const table = tableOf(
    many(40, (i) => ({'http.route': '/a', 'error.type': 'timeout', region: i % 8 === 0 ? 'us' : 'eu'})),
    many(40, (i) => ({'http.route': '/b', region: i % 2 === 0 ? 'us' : 'eu'})),
  );
  const {features} = compareShares(table, ({key}) => key === 'http.route' || key === 'error.type');
  expect(features.map(({key, implied}) => [key, implied])).toEqual([
    ['region', false],
    ['http.route', true],
  ]);
});

test('shares: a cause that is in all slow traces and in no other is told, not taken for what was asked for', () => {
  const table = new TraceFeatures();
  for (const [side, count] of [
    [0, 40],
    [1, 60],
  ] as const) {
    for (let i = 0; i < count; i++) {
      const [slow, ms] = [side === 0, side === 0 ? 900 + i : 20 + i];
      const batch = sketched({
        id: 'a',
        name: 'shop: GET /cart',
        at: 0,
        ms,
        ...(slow ? {attributes: {'user.tier': 'gold'}} : {}),
      });
      table.add(side, batch, dissect(batch));
    }
  }
  const {features} = compareShares(table, impliedBy({conditions: [], trace: {minDurationNano: 700_000_000n}}));
  expect(features[0]).toMatchObject({key: 'user.tier', value: 'gold', selected: 40, implied: false, twins: []});
});

test('shares: a version of which every request failed, and no other did, is told', () => {
  const table = new TraceFeatures();
  for (const [side, count] of [
    [0, 40],
    [1, 60],
  ] as const) {
    for (let i = 0; i < count; i++) {
      const failed = side === 0 ? {failed: 'no stock'} : {};
      const batch = sketched({
        id: 'a',
        name: 'shop: GET /cart',
        at: 0,
        ms: 20,
        host: side === 0 ? 'new' : 'old',
        ...failed,
      });
      table.add(side, batch, dissect(batch));
    }
  }
  const {features} = compareShares(table, impliedBy({conditions: [], trace: {outcomes: ['failed']}}));
  expect(features[0]).toMatchObject({of: 'resource', key: 'host.id', value: 'new', implied: false});
});

test('shares: numbers are told by the range in which the selection lies', () => {
  const random = seededRandom(7);
  const {features} = compareShares(
    tableOf(
      many(60, () => ({'cart.items': 40 + Math.floor(random() * 40)})),
      many(60, () => ({'cart.items': Math.floor(random() * 45)})),
    ),
    never,
  );
  expect(features[0]).toMatchObject({key: 'cart.items', direction: 'more'});
  expect(features[0]?.range?.from).toBeGreaterThanOrEqual(36);
  expect(features[0]?.range?.from).toBeLessThanOrEqual(50);
  expect(features.filter(({key}) => key === 'cart.items')).toHaveLength(1);
});

test('shares: that something is missing is told where nothing else says it', () => {
  const {features} = compareShares(
    tableOf(
      many(50, () => ({})),
      many(50, () => ({'cache.hit': true})),
    ),
    never,
  );
  expect(features).toMatchObject([{key: 'cache.hit', direction: 'less', selected: 0, baseline: 50}]);
});

test('shares: of nothing nothing is told', () => {
  expect(compareShares(new TraceFeatures(), never)).toMatchObject({selected: 0, baseline: 0, features: []});
  expect(
    compareShares(
      tableOf(
        many(50, () => ({a: 1})),
        [],
      ),
      never,
    ).features,
  ).toEqual([]);
});
