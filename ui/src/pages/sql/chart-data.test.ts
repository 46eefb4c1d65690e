import {expect, test} from 'vitest';
import {drawnOf} from './chart-data.ts';

const columns = [
  {name: 'minute', type: "DateTime('UTC')"},
  {name: 'service', type: 'LowCardinality(String)'},
  {name: 'calls', type: 'UInt64'},
  {name: 'p99', type: 'Nullable(Float64)'},
];
const answer = (rows: unknown[][]) => ({columns, rows, truncated: false});

test('SQL chart: numbers over time, in the order of time', () =>
  expect(
    drawnOf(
      answer([
        ['2026-01-02 03:05:00', 'a', 7, null],
        ['2026-01-02 03:04:00', 'a', 5, 1.5],
      ]),
    ),
  ).toEqual({
    x: [1_767_323_040, 1_767_323_100],
    series: [
      {name: 'calls', y: [5, 7]},
      {name: 'p99', y: [1.5, undefined]},
    ],
  }));

test.each([
  [
    'the same time twice',
    answer([
      ['2026-01-02 03:04:00', 'a', 5, 1],
      ['2026-01-02 03:04:00', 'b', 5, 1],
    ]),
  ],
  ['one row', answer([['2026-01-02 03:04:00', 'a', 5, 1]])],
  [
    'no time',
    {
      columns: columns.slice(1),
      rows: [
        ['a', 1, 1],
        ['b', 1, 1],
      ],
      truncated: false,
    },
  ],
  [
    'no number',
    {
      columns: columns.slice(0, 2),
      rows: [
        ['2026-01-02', 'a'],
        ['2026-01-03', 'b'],
      ],
      truncated: false,
    },
  ],
])('SQL chart: nothing is drawn of %s', (_, one) => expect(drawnOf(one)).toBeUndefined());

test('SQL chart: days are times too', () =>
  expect(
    drawnOf({
      columns: [
        {name: 'day', type: 'Date'},
        {name: 'n', type: 'Int8'},
      ],
      rows: [
        ['2026-01-02', 1],
        ['2026-01-03', 2],
      ],
      truncated: false,
    })?.x,
  ).toEqual([1_767_312_000, 1_767_398_400]));
