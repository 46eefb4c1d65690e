import {expect, test} from 'vitest';
import {firstQuery, readSimple, type SimpleQuery, writeSimple} from './simple-query.ts';

const some: SimpleQuery = {metric: 'm', kind: 'gauge', matchers: [], by: [], figure: 'avg'};
const cart = {label: 'job', sign: '=', value: 'shop/"cart"'} as const;

test.each<[SimpleQuery, string]>([
  [some, 'avg(m)'],
  [{...some, matchers: [cart], by: ['host', 'a.b']}, 'avg by (host, "a.b") (m{job="shop/\\"cart\\""})'],
  [{...some, metric: 'http.requests', kind: 'counter', figure: 'sum'}, 'sum(rate({"http.requests"}[5m]))'],
  [
    {...some, metric: 'd_bucket', kind: 'histogram', figure: '0.95', by: ['job'], matchers: [{...cart, sign: '!~'}]},
    'histogram_quantile(0.95, sum by (le, job) (rate(d_bucket{job!~"shop/\\"cart\\""}[5m])))',
  ],
])('form of metrics: %o is written as PromQL, and read again', (query, text) => {
  expect(writeSimple(query)).toBe(text);
  expect(readSimple(text)).toEqual(query);
});

test.each([
  'avg(m) + 1',
  'avg(m offset 1h)',
  'sum without (a) (m)',
  'sum(rate(m[1m]))',
  'topk(3, m)',
  'm',
  'sum(',
  'histogram_quantile(0.5, sum by (job) (rate(m_bucket[5m])))',
])('form of metrics: has no place for %s', (text) => expect(readSimple(text)).toBeUndefined());

test.each([
  ['requests_total', 'counter', 'sum(rate(requests_total[5m]))'],
  ['requests_total', undefined, 'sum(rate(requests_total[5m]))'],
  ['memory_bytes', 'gauge', 'avg(memory_bytes)'],
  ['d_bucket', 'histogram', 'histogram_quantile(0.95, sum by (le) (rate(d_bucket[5m])))'],
  ['d_count', 'histogram', 'sum(rate(d_count[5m]))'],
])('form of metrics: %s, a %s, is first asked for as %s', (metric, type, text) =>
  expect(writeSimple(firstQuery(metric, type))).toBe(text),
);
