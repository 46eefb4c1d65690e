import {describe, expect, test} from 'vitest';
import {amountOf, boundOf, changeOf, compareServices, type FigureName, figuresOf} from './compare-services.ts';

const minute = 60_000_000_000n;
const answer = (...services: readonly (readonly [name: string, requests: number, errors: number, p99: number])[]) => ({
  start: '0',
  coveredStart: '0',
  end: String(10n * minute),
  services: services.map(([name, requests, errors, p99]) => ({name, requests, errors, p50: p99, p95: p99, p99})),
});

test('compare services: those of either time, with rates of the time that each has data of', () => {
  const then = {...answer(['gone', 60, 0, 5], ['both', 60, 30, 10]), coveredStart: String(9n * minute)};
  const rows = compareServices(answer(['both', 600, 0, 10], ['new', 1, 0, 3]), then);
  expect(rows.map(({name, now, before}) => [name, now?.rate, before?.rate])).toEqual([
    ['both', 1, 1],
    ['new', 1 / 600, undefined],
    ['gone', undefined, 1],
  ]);
  expect(rows.map((row) => changeOf(row, 'rate')?.kind)).toEqual(['same', 'new', 'gone']);
});

type Side = readonly [requests: number, errors: number, p99: number];
const change = (figure: FigureName, now: Side, then: Side) =>
  changeOf(compareServices(answer(['x', ...now]), answer(['x', ...then]))[0]!, figure);

test.each([
  ['rate', [120, 0, 1], [100, 0, 1], 'up', 0.2],
  ['rate', [102, 0, 1], [100, 0, 1], 'same', 0.02],
  ['errors', [100, 5, 1], [100, 2, 1], 'up', 0.03],
  ['errors', [100, 0, 1], [100, 2, 1], 'down', -0.02],
  ['p99', [100, 0, 300], [100, 0, 100], 'up', 2],
  ['p99', [100, 0, 108], [100, 0, 100], 'same', 0.08],
  ['p99', [100, 0, 50], [100, 0, 100], 'down', -0.5],
  ['p99', [100, 0, 50], [100, 0, 0], 'up', 1],
] as const)('compare services: %s of %j against %j: %s', (figure, now, then, kind, by) => {
  const found = change(figure, now, then);
  expect(found).toMatchObject({kind, few: false});
  expect(found).toHaveProperty('by', expect.closeTo(by, 9));
});

test('compare services: a percentile of a handful of requests is said to be of few', () =>
  expect(change('p99', [19, 0, 9], [1000, 0, 1])).toMatchObject({kind: 'up', few: true}));

test('compare services: requests that a few sampled spans stand for are as few as these', () => {
  const sampled = answer(['x', 1000, 0, 9]);
  const [service] = sampled.services;
  const of = (stored: number) => ({...sampled, services: [{...service!, stored}]});
  const few = (now: number, then: number) => {
    const found = changeOf(compareServices(of(now), of(then))[0]!, 'rate');
    return found !== undefined && 'few' in found && found.few;
  };
  expect([few(19, 500), few(500, 19), few(20, 20)]).toEqual([true, true, false]);
});

test('compare services: where nothing is compared, every service is as it is', () =>
  expect(compareServices(answer(['x', 1, 0, 1]), undefined)).toMatchObject([{name: 'x', before: undefined}]));

describe('compare services: percentiles that are bounds', () => {
  const side = (p99: number, bound?: 'most' | 'least') =>
    figuresOf({requests: 100, errors: 0, p50: 1, p95: 1, p99, ...(bound && {bounds: {p99: bound}})}, 60);
  const [most, least] = [side(0.00109, 'most'), side(3_938_000, 'least')];
  test.each([
    ['a bound now', side(1000), least, {kind: 'up', least: true}],
    ['a bound then', least, side(1000), {kind: 'down', least: true}],
    ['a bound on either side', most, least, {kind: 'up', least: true}],
    ['the same bound: nothing is known', least, least, undefined],
    ['a bound and a step beside it: nothing is known', side(3_700_000), least, undefined],
    ['none', side(1), side(2), {kind: 'up', least: false}],
  ] as const)('%s', (_, before, now, expected) => {
    const change = changeOf({name: 'x', now, before}, 'p99');
    expected === undefined ? expect(change).toBeUndefined() : expect(change).toMatchObject(expected);
  });
  test('only the figure that is one', () =>
    expect([boundOf(least, 'p99'), boundOf(least, 'p50')]).toEqual(['least', undefined]));
});

test.each([
  ['p99', 0.5, false, {in: 'percent', by: 50}],
  ['p99', -0.25, false, {in: 'percent', by: 25}],
  ['p99', 8.99, false, {in: 'percent', by: 899}],
  // Of 10 ms and 13.2796 s.
  ['p99', 1326.96, false, {in: 'times', by: 1328}],
  ['rate', 9, false, {in: 'times', by: 10}],
  ['rate', 9.9, true, {in: 'times', by: 10}],
  ['errors', 0.5, false, {in: 'points', by: 50}],
] as const)('amount of a change: %s by %d', (figure, by, least, wanted) =>
  expect(amountOf({by, least}, figure)).toEqual(wanted),
);
