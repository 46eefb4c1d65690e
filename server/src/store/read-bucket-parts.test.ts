import {expect, test} from 'vitest';
import type {TenantId} from '../base/index.ts';
import {bucketParts, cellsOf} from './read-bucket-parts.ts';
import type {Queries} from './read-query.ts';

const cells = [5, 9, 7, 8, 6, 9].map((segment) => ({segment, spans: 10}));

test('bucket parts: the newest segments come first, each later part has more, and together they are all', () => {
  expect([...bucketParts(cells, 15, () => false)]).toEqual(['segment >= 9', 'segment < 9']);
  expect([...bucketParts(cells, 3, () => false)]).toEqual([
    'segment >= 9',
    'segment >= 6 AND segment < 9',
    'segment < 6',
  ]);
  expect([...bucketParts(cells, 100, () => false)]).toEqual(['true']);
  expect([...bucketParts([], 100, () => false)]).toEqual(['true']);
});

test('bucket parts: the rest is one part as soon as there is enough', () => {
  expect([...bucketParts(cells, 25, () => true)]).toEqual(['segment >= 8', 'segment < 8']);
});

test('cells of buckets: those of the filters and of segments that are not summed up, and none where a filter is missing', () => {
  const of = (...list: number[]): Uint32Array => Uint32Array.from(list);
  const one = {last: 12, segments: of(1, 1, 2), firsts: of(10, 11, 12), lasts: of(10, 11, 12), counts: of(3, 4, 5)};
  const all = [{...one, words: new Uint8Array(0)}];
  const queries = {
    recent: () => [{segment: 3, first: 11, last: 13, spans: 6}],
    memory: {filters: {of: () => ({from: 10, all})}},
  } as unknown as Queries;
  const asked = (first: number, last: number) => cellsOf(queries, 'default' as TenantId, {first, last});
  expect(asked(11, 12)).toEqual(
    new Map([
      [
        11,
        [
          {segment: 1, spans: 4},
          {segment: 3, spans: 6},
        ],
      ],
      [
        12,
        [
          {segment: 2, spans: 5},
          {segment: 3, spans: 6},
        ],
      ],
    ]),
  );
  expect(asked(9, 12)).toBeUndefined();
});
