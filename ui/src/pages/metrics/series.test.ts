import {expect, test} from 'vitest';
import {extentOf, momentsOf, seriesOf} from './series.ts';

const grid = {start: 100, end: 130, step: 10};
const answer = (...result: {metric: Record<string, string>; values: [number, string][]}[]) =>
  ({resultType: 'matrix', result}) as const;

test('series of metrics: values stand at their moments, gaps stay, and what is not finite is left out', () => {
  expect(momentsOf(grid)).toEqual([100, 110, 120, 130]);
  const [one] = seriesOf(
    answer({
      metric: {job: 'a'},
      values: [
        [100, '1'],
        [120, '3'],
        [130, '+Inf'],
      ],
    }),
    grid,
  );
  expect(one).toMatchObject({y: [1, undefined, 3, undefined], last: 3, max: 3, mean: 2, name: 'a'});
});

test('series of metrics: names leave out what all have in common', () => {
  const metric = (job: string) => ({__name__: 'up', instance: 'x', job});
  const names = seriesOf(answer({metric: metric('a'), values: []}, {metric: metric('b'), values: []}), grid);
  expect(names.map(({name}) => name)).toEqual(['a', 'b']);
  expect(names[0]!.id).toBe('up{instance="x", job="a"}');
});

test.each([
  [['1', '10'], {min: 0, max: 10.5}],
  [['95', '100'], {min: 95, max: 100.25}],
  [['0', '0'], {min: 0, max: 1}],
  [['-2', '-2'], {min: -2.2, max: 0}],
  [[], {min: 0, max: 1}],
])('series of metrics: the axis of %o', (values, extent) => {
  const points = values.map((value, i): [number, string] => [100 + 10 * i, value]);
  const {min, max} = extentOf(seriesOf(answer({metric: {}, values: points}), grid));
  expect(min).toBeCloseTo(extent.min);
  expect(max).toBeCloseTo(extent.max);
});
