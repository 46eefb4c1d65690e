/** The list of chosen differences, its page, and what counts as one. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import type {Item} from './case.ts';
import {cases} from './cases.ts';
import {differences} from './diff.ts';
import {chosenDifferences} from './differences.ts';
import {renderDifferences} from './differences-page.ts';
import {spans} from './inputs.ts';
import {itemsOf} from './items.ts';
import {decodeRequest, encodeRequest} from './messages.ts';

const names = cases.map(({name}) => name);
const ran = (...items: readonly Item[]) => ({kind: 'ran' as const, answers: ['200'], items});

it('comparison with the Collector: every case has a name of its own', () =>
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]));

it('comparison with the Collector: chosen differences name cases that exist', () =>
  expect(
    chosenDifferences.filter(({cases: shown}) => shown !== undefined && !names.some((name) => shown.test(name))),
  ).toEqual([]));

it('comparison with the Collector: the page of differences is what `npm run gen` writes', () =>
  expect(
    readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'reference', 'collector-differences.md'), 'utf8'),
  ).toBe(renderDifferences()));

it('comparison with the Collector: what is sent arrives with every field', () => {
  const sent = spans(1);
  if (!('signal' in sent)) throw new Error('BUG: no request');
  const items = itemsOf('traces', decodeRequest('traces', encodeRequest('traces', sent.request)));
  expect(items).toHaveLength(18);
  expect(items[0]).toMatchObject({span: {traceId: expect.any(String), startTimeUnixNano: expect.any(String)}});
});

const span = (name: string, value: unknown) => ({
  resourceSpans: [
    {
      scopeSpans: [
        {
          spans: [
            {
              name,
              spanId: 'AQ==',
              attributes: [
                {key: 'a', value},
                {key: 'b', value: {}},
              ],
            },
          ],
        },
      ],
    },
  ],
});

it('comparison with the Collector: a value of another type differs, the order of attributes does not', () => {
  const [left, right] = [{intValue: '1'}, {doubleValue: 1}].map((value) => ran(...itemsOf('traces', span('x', value))));
  expect(differences({}, left!, left!)).toEqual([]);
  expect(differences({}, left!, right!)).toEqual(['span "x" AQ== › span.attributes.a: Collector int 1, Weft double 1']);
});

it('comparison with the Collector: empty buckets at the ends of a list say nothing, one in between does', () => {
  const histogram = (offset: number, ...bucketCounts: readonly string[]) => {
    const metric = {name: 'm', exponentialHistogram: {dataPoints: [{positive: {offset, bucketCounts}}]}};
    return ran(...itemsOf('metrics', {resourceMetrics: [{scopeMetrics: [{metrics: [metric]}]}]}));
  };
  expect(differences({}, histogram(1, '0', '4', '0'), histogram(2, '4'))).toEqual([]);
  expect(differences({}, histogram(1, '0', '0'), histogram(0))).toEqual([]);
  expect(differences({}, histogram(1, '3', '0', '4'), histogram(1, '3', '4'))).not.toEqual([]);
});

it('comparison with the Collector: an item that comes twice, or not at all, differs', () => {
  const [item] = itemsOf('traces', span('x', {boolValue: true}));
  expect(differences({}, ran(item!), ran(item!, item!))).toEqual([expect.stringContaining('only from Weft')]);
  expect(differences({}, ran(item!), ran())).toEqual([expect.stringContaining('only from the Collector')]);
  expect(differences({onlyLast: true}, ran(item!), ran(item!, item!))).toEqual([]);
});

it('comparison with the Collector: a configuration that only one refuses differs', () => {
  const refused = {kind: 'refused' as const, message: 'no'};
  expect(differences({}, refused, refused)).toEqual([]);
  expect(differences({}, refused, ran())).toEqual(['configuration: the Collector refuses it (no), Weft takes it']);
  expect(differences({}, ran(), refused)).toEqual(['configuration: Weft refuses it (no), the Collector takes it']);
});
