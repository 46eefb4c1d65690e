/**
 * What PromQL answers, in Prometheus's own language of tests. Prometheus's own tests are run by `npm run test:promql`, and in
 * `e2e/interop/promql.test.ts` where Go can fetch them.
 */
import {expect, test} from 'vitest';
import {evaluate, Labels, PromqlError, parse} from './index.ts';
import {runScript, sourceOf} from './testing.ts';
import {readScript} from './testing-script.ts';

const scripts: Readonly<Record<string, string>> = {
  'samples stand for five minutes, and not for what comes after a series has ended': `
load 1m
  a 1 2 3
  ended 1 stale 5

eval range from 0 to 8m step 1m a
  a 1 2 3 3 3 3 3 _ _

eval range from 0 to 2m step 1m ended
  ended 1 _ 5

eval instant at 7m a offset 5m
  a 3

eval range from 0 to 2m step 1m a @ 60
  a 2 2 2
`,
  'a range is open at its start': `
load 15s
  c_total 0+15x20

eval instant at 1m count_over_time(c_total[1m])
  {} 4

eval instant at 5m rate(c_total[1m])
  {} 1

eval instant at 5m increase(c_total[1m])
  {} 60
`,
  'a counter that falls has begun anew': `
load 1m
  c_total 10 20 5 15

eval instant at 3m increase(c_total[4m])
  {} 33.333333333333336

eval instant at 3m resets(c_total[10m])
  {} 1

eval instant at 3m irate(c_total[10m])
  {} 0.16666666666666666

eval instant at 3m delta(c_total[4m])
  {} 6.666666666666667
`,
  'groups, and choices within them': `
load 1m
  m{a="1",b="x"} 1
  m{a="1",b="y"} 3
  m{a="2",b="x"} NaN
  m{a="2",b="y"} 10

eval instant at 0 sum by (b) (m{b="y"})
  {b="y"} 13

eval instant at 0 max without (b) (m)
  {a="1"} 3
  {a="2"} 10

eval instant at 0 topk(1, m) by (a)
  m{a="1",b="y"} 3
  m{a="2",b="y"} 10

eval instant at 0 sort_desc(m)
  expect ordered
  m{a="2",b="y"} 10
  m{a="1",b="y"} 3
  m{a="1",b="x"} 1
  m{a="2",b="x"} NaN

eval instant at 0 quantile(0.5, m{a="1"})
  {} 2

eval instant at 0 count_values("v", m > 2)
  {v="3"} 1
  {v="10"} 1
`,
  'series are matched by their labels': `
load 1m
  errors{route="a",code="500"} 2
  errors{route="a",code="503"} 1
  errors{route="b",code="500"} 5
  calls{route="a"} 10
  calls{route="c"} 10

eval instant at 0 errors / on (route) group_left calls
  {route="a",code="500"} 0.2
  {route="a",code="503"} 0.1

eval instant at 0 errors / on (route) calls
  expect fail

eval instant at 0 calls unless on (route) errors
  calls{route="c"} 10

eval instant at 0 calls{route="a"} or calls
  calls{route="a"} 10
  calls{route="c"} 10

eval instant at 0 calls > bool 10
  {route="a"} 0
  {route="c"} 0

eval instant at 0 1 < bool 2
  1

eval instant at 0 {__name__=~"errors|calls"} * 2
  {route="a"} 20
  {route="c"} 20
  {route="a",code="500"} 4
  {route="a",code="503"} 2
  {route="b",code="500"} 10

eval instant at 0 sum by (route) (errors) + on (route) fill (0) calls
  {route="a"} 13
  {route="b"} 5
  {route="c"} 10
`,
  'two series that become one at a moment are a fault': `
load 1m
  a{x="1"} 1
  b{x="1"} 2

eval instant at 0 abs({__name__=~"a|b"})
  expect fail msg: vector cannot contain metrics with the same labelset
`,
  'quantiles of buckets': `
load 1m
  h_bucket{le="0.1"} 0
  h_bucket{le="1"} 50
  h_bucket{le="+Inf"} 100

eval instant at 0 histogram_quantile(0.25, h_bucket)
  {} 0.55

eval instant at 0 histogram_quantile(0.9, h_bucket)
  {} 1

eval instant at 0 histogram_fraction(0, 1, h_bucket)
  {} 0.5

eval instant at 0 histogram_quantile(1.5, h_bucket)
  expect warn regex: quantile value should be between 0 and 1, got 1.5 \\(1:20\\)
  {} Inf
`,
  'labels are changed': `
load 1m
  m{path="/a/1"} 1

eval instant at 0 label_replace(m, "dir", "$1", "path", "/(\\\\w+)/.*")
  m{path="/a/1",dir="a"} 1

eval instant at 0 label_replace(m, "path", "", "path", ".*")
  m 1

eval instant at 0 label_join(m, "both", "-", "path", "path")
  m{path="/a/1",both="/a/1-/a/1"} 1

eval instant at 0 absent(nothing{a="b",c=~"d"})
  {a="b"} 1

eval instant at 0 absent(m)
`,
  'subqueries are on multiples of their step': `
load 10s
  g 0+1x60

eval instant at 95s max_over_time(g[30s:20s])
  {} 8

eval instant at 5m sum_over_time(rate(g[1m])[2m:1m])
  {} 0.2
  expect info
`,
  'what a target is': `
load 1m
  up_total{instance="i",job="j"} 1
  up_total{instance="other",job="j"} 1
  target_info{instance="i",job="j",version="2"} 1

eval instant at 0 info(up_total, {version=~".+"})
  up_total{instance="i",job="j",version="2"} 1

eval instant at 2m info(up_total offset 2m or up_total offset 120)
  up_total{instance="i",job="j",version="2"} 1
  up_total{instance="other",job="j"} 1
`,
  'ranges with ends': `
load 1m
  c_total 0+60x10

eval instant at 3m30s increase(c_total[1m] anchored)
  {} 60

eval instant at 3m30s increase(c_total[1m] smoothed)
  {} 60
`,
};

test.each(Object.entries(scripts))('%s', async (_name, script) => {
  const {passed, failed, skipped} = await runScript(readScript(script));
  expect(failed).toEqual([]);
  expect(skipped).toBe(0);
  expect(passed).toBeGreaterThan(0);
});

test('a question may not have more samples in memory than it is allowed', async () => {
  const text = 'sum(m) + sum(m)';
  const parsed = parse(text);
  if (parsed.kind !== 'ok') throw new Error('faulty');
  const times = Float64Array.from({length: 100}, (_, i) => i * 1000);
  const source = sourceOf([{labels: Labels.of([['__name__', 'm']]), times, values: times}]);
  const ask = (maxSamples: number) =>
    evaluate(parsed.value, {source, start: 0, end: 99_000, step: 1000, text, maxSamples});
  await expect(ask(10_000)).resolves.toMatchObject({kind: 'vector'});
  await expect(ask(300)).rejects.toThrow(PromqlError);
});
