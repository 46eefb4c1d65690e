import {expect, test} from 'vitest';
import {appendBatch, createSpanBatch} from '../model/index.ts';
import {type Anatomy, dissect} from './anatomy.ts';
import {type ComparedStep, compareTraces, compareWithUsual, keepSteps} from './compare.ts';
import {explainLanguages} from './say.ts';
import {sayComparison} from './say-compare.ts';
import {nameShape, stepsOf} from './steps.ts';
import {recorded, type Sketch, sketched} from './testing.ts';
import {shapeOfTraces} from './usual-shape.ts';

const anatomyOf = (...spans: readonly Sketch[]): Anatomy => dissect(sketched(...spans));
const compared = (a: Anatomy, b: Anatomy) =>
  compareTraces(stepsOf(a), stepsOf(b), {here: a.trace.spans.duration, other: b.trace.spans.duration});
const against = (a: Anatomy, usual: readonly Anatomy[]) =>
  compareWithUsual(stepsOf(a), shapeOfTraces(usual.map((one) => stepsOf(one))), a.trace.spans.duration);
/** `name: changes`, of those that changed. */
const changesOf = ({steps}: {readonly steps: readonly ComparedStep[]}) =>
  steps.flatMap(({name, changes}) => (changes.length === 0 ? [] : [`${name}: ${changes.join(' ')}`]));

const root: Sketch = {id: 'r', name: 'shop: GET /cart', kind: 'server', at: 0, ms: 100};
const call = (id: string, name: string, at: number, ms: number, more: Partial<Sketch> = {}): Sketch => ({
  ...{id, parent: 'r', name, at, ms},
  ...more,
});

test('compare: a slower step, a new one, a missing one and a failed one are told, and nothing else', () => {
  const here = anatomyOf(
    {...root, ms: 150},
    call('a', 'shop: load', 0, 80),
    call('b', 'shop: audit', 85, 5),
    call('c', 'shop: render', 100, 30, {failed: 'no template'}),
  );
  const other = anatomyOf(
    root,
    call('a', 'shop: load', 0, 30),
    call('d', 'shop: cache', 40, 5),
    call('c', 'shop: render', 60, 30),
  );
  expect(changesOf(compared(here, other))).toEqual([
    'GET /cart: slower',
    'load: slower',
    'cache: missing',
    'audit: new',
    'render: failed',
  ]);
  expect(changesOf(compared(other, here))).toEqual([
    'GET /cart: faster',
    'load: faster',
    'audit: missing',
    'cache: new',
  ]);
});

test('compare: repeated siblings are matched in order, and the rest counted', () => {
  const repeated = (count: number, ms: number): Anatomy =>
    anatomyOf(
      {...root, ms: 500},
      ...Array.from({length: count}, (_, index) => call(`q${index}`, 'shop: SELECT', index * 20, ms)),
    );
  const step = compared(repeated(21, 10), repeated(2, 10)).steps[1];
  expect(step).toMatchObject({
    name: 'SELECT',
    changes: ['more'],
    here: {calls: 21},
    other: {calls: 2},
    matched: {count: 2, nanos: 0, restNanos: 190e6},
  });
});

test('compare: own time is told beside the duration', () => {
  const deep = (ms: number) =>
    anatomyOf(root, call('a', 'shop: load', 0, 90), {...call('b', 'shop: SELECT', 5, ms), parent: 'a'});
  const [, load, select] = compared(deep(10), deep(70)).steps;
  expect([load?.changes, select?.changes]).toEqual([[], ['faster']]);
  expect([load?.here?.selfNanos, load?.other?.selfNanos]).toEqual([80e6, 20e6]);
});

test('compare: a renamed root is still the root, and ids in names make no other step', () => {
  const a = anatomyOf({...root, name: 'edge: GET /v2/cart'}, call('a', 'shop: load user 4711', 0, 20));
  const b = anatomyOf({...root, name: 'gateway: GET /cart'}, call('a', 'shop: load user 12', 0, 20));
  const {steps} = compared(a, b);
  expect(steps.map(({name, changes}) => `${name} ${changes}`)).toEqual(['GET /v2/cart ', 'load user 4711 ']);
  expect(nameShape('GET /users/5b8efff798038103d269b633813fc60c')).toBe(nameShape('GET /users/7'));
  expect(nameShape('GET /users')).not.toBe(nameShape('GET /orders'));
});

test('compare: the differences of all steps and the rest are the whole difference', () => {
  const healthy = recorded('healthy').map((batch) => dissect(batch));
  for (const name of ['slow-checkout', 'missing-index', 'pool-restart', 'slow-consumer', 'lost-context']) {
    for (const anatomy of recorded(name).map((batch) => dissect(batch))) {
      for (const one of [compared(anatomy, healthy[0] as Anatomy), against(anatomy, healthy)!]) {
        const sum = one.steps.reduce((all, {excessNanos}) => all + excessNanos, one.restExcessNanos);
        expect(Math.abs(sum - (one.totalNanos - one.otherNanos))).toBeLessThan(10);
      }
    }
  }
});

const checkouts = recorded('healthy')
  .map((batch) => dissect(batch))
  .filter(({trace, root: top}) => trace.names[trace.spans.name[top]!] === 'POST /api/checkout');
/** Nine checkouts are recorded: three times each stand for the hours before. */
const usual = [...checkouts, ...checkouts, ...checkouts];

test.each([
  ['slow-checkout', 'payment retry.backoff', 0.5],
  ['missing-index', 'inventory pg.query:SELECT shop', 0.8],
  ['deadlock-other', 'inventory pg.query:UPDATE shop', 0.6],
])('compare: of the shop’s %s most of what is more than usual is in %s', (name, step, least) => {
  const traces = recorded(name)
    .map((batch) => dissect(batch))
    .filter(({trace, root: top}) => trace.names[trace.spans.name[top]!] === 'POST /api/checkout');
  expect(traces.length).toBeGreaterThan(0);
  for (const anatomy of traces) {
    const found = against(anatomy, usual)!;
    const most = found.steps.reduce((a, b) => (b.excessNanos > a.excessNanos ? b : a));
    expect(`${most.service} ${most.name}`).toBe(step);
    expect(most.excessNanos / (found.totalNanos - found.otherNanos)).toBeGreaterThan(least);
    expect(sayComparison(found, 'en')).toContain(`${most.service} "${most.name}"`);
  }
});

test('compare: usual traces held against what is usual show no slower, new or missing step', () => {
  for (const anatomy of checkouts) {
    const found = against(anatomy, usual)!;
    expect(found.steps.filter(({changes}) => changes.includes('new') || changes.includes('missing'))).toEqual([]);
  }
});

test('compare: under twenty traces nothing is usual', () => {
  expect(against(checkouts[0] as Anatomy, checkouts)).toBeUndefined();
});

test.each(explainLanguages)('compare: every comparison can be said in %s', (language) => {
  const other = checkouts[0] as Anatomy;
  for (const name of ['slow-checkout', 'fourth-layer-error', 'pool-restart', 'chatty-n-plus-1', 'healthy']) {
    for (const anatomy of recorded(name).map((batch) => dissect(batch))) {
      for (const one of [compared(anatomy, other), compared(other, anatomy), against(anatomy, usual)!]) {
        const text = sayComparison(one, language);
        expect(text).not.toMatch(/undefined|NaN|\[object| {2}|^$/);
        if (language !== 'en') expect(text).toMatch(/\p{Script=Han}/u);
      }
    }
  }
  expect(sayComparison(compared(other, other), language)).toMatch(/No step differs|没有任何步骤不同|沒有任何步驟不同/);
});

/** One trace out of many sketches. */
function largeTrace(spans: readonly Sketch[]): Anatomy {
  const batch = createSpanBatch();
  for (let from = 0; from < spans.length; from += 5_000)
    appendBatch(batch, sketched(...spans.slice(from, from + 5_000)));
  return dissect(batch);
}
const longRoot = {...root, ms: 1e6};

test('compare: traces of 100,000 spans, and one chain of 20,000, are compared whole', () => {
  const wide = largeTrace([
    longRoot,
    ...Array.from({length: 100_000}, (_, index) =>
      call(`s${index}`, `shop: ${'x'.repeat(1 + (index % 300))}`, index, 1),
    ),
  ]);
  expect(compared(wide, wide).steps).toHaveLength(301);
  const deep = largeTrace([
    longRoot,
    ...Array.from({length: 20_000}, (_, index) => ({
      ...call(`s${index}`, 'shop: go', index, 1),
      parent: index === 0 ? 'r' : `s${index - 1}`,
    })),
  ]);
  const {steps} = compared(deep, deep);
  expect(steps).toHaveLength(20_001);
  expect(keepSteps(steps, (_, index) => index === 3).map(({parent}) => parent)).toEqual([-1, 0, 1, 2]);
});
