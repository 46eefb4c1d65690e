import {expect, it} from 'vitest';
import {defaultTenant, type TenantId} from '../base/index.ts';
import {spanMetricsConfig} from './connector-spanmetrics-settings.ts';
import {SpanMetrics} from './connector-spanmetrics-state.ts';
import {startTestCollector} from './testing.ts';
import {configOf, pointsOf, type SpanText, spansOf} from './testing-metrics.ts';

const begin = 1_700_000_000_000;
const nanos = (millis: number): string => `${begin + millis}000000`;

/** A connector by itself, at a time that the test sets. */
function counting(yaml = '{}') {
  const uncounted: Record<string, number> = {};
  const state = new SpanMetrics(configOf(spanMetricsConfig, yaml), 'me', (reason, spans) => {
    uncounted[reason] = (uncounted[reason] ?? 0) + spans;
  });
  let now = begin;
  return {
    state,
    uncounted,
    at: (millis: number): void => void (now = begin + millis),
    add: (...spans: readonly SpanText[]): void => state.add(spansOf(...spans), defaultTenant, now),
    addFor: (tenant: string, ...spans: readonly SpanText[]): void =>
      state.add(spansOf(...spans), tenant as TenantId, now),
    flush: () => pointsOf(Array.from(state.flush(now), ({batch}) => batch)),
    batches: () => Array.from(state.flush(now)),
  };
}

const calls = 'traces.span.metrics.calls';
const duration = 'traces.span.metrics.duration';
/** The labels of a series that differ from those of most spans here, and how many it counted. */
const callsOf = (points: ReturnType<typeof pointsOf>) =>
  points.filter(({name}) => name === calls).map(({labels, value}) => [labels, value]);

it('spanmetrics: counts calls and durations with the names and labels of the Collector', () => {
  const {add, flush} = counting();
  add(
    {service: 'shop', name: 'GET /cart', kind: 'server', millis: 7},
    {service: 'shop', name: 'GET /cart', kind: 'server', millis: 30},
  );
  add({service: 'shop', name: 'GET /cart', kind: 'server', millis: 2, failed: true});
  const labels = (status: string) => ({
    'service.name': 'shop',
    'span.name': 'GET /cart',
    'span.kind': 'SPAN_KIND_SERVER',
    'status.code': status,
    'collector.instance.id': 'me',
  });
  const shared = {resource: {'service.name': 'shop'}, scope: 'spanmetricsconnector', temporality: 2};
  const times = {startTimeUnixNano: nanos(0), timeUnixNano: nanos(0)};
  const bounds = [2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10_000, 15_000];
  const counts = (...at: readonly number[]) =>
    Array.from({length: 17}, (_, i) => String(at.filter((each) => each === i).length));
  expect(flush()).toEqual([
    {...shared, name: calls, unit: '', type: 'sum', labels: labels('STATUS_CODE_UNSET'), value: 2, point: times},
    {...shared, name: calls, unit: '', type: 'sum', labels: labels('STATUS_CODE_ERROR'), value: 1, point: times},
    {
      ...shared,
      name: duration,
      unit: 'ms',
      type: 'histogram',
      labels: labels('STATUS_CODE_UNSET'),
      point: {...times, count: '2', sum: 37, explicitBounds: bounds, bucketCounts: counts(3, 5)},
    },
    {
      ...shared,
      name: duration,
      unit: 'ms',
      type: 'histogram',
      labels: labels('STATUS_CODE_ERROR'),
      // A bound belongs to the bucket below it.
      point: {...times, count: '1', sum: 2, explicitBounds: bounds, bucketCounts: counts(0)},
    },
  ]);
});

it('spanmetrics: a sampled span counts for as many as it stands for, in calls, buckets and sums', () => {
  const {add, flush} = counting('{histogram: {explicit: {buckets: [10ms]}}}');
  add(
    {state: 'ot=th:8', millis: 4},
    {state: 'vendor=x,ot=rv:ab;th:c', millis: 20},
    {state: 'ot=th:0', millis: 5},
    {millis: 1},
  );
  const points = flush();
  expect(points[0]?.value).toBe(2 + 4 + 1 + 1);
  expect(points[1]?.point).toMatchObject({count: '8', sum: 2 * 4 + 4 * 20 + 5 + 1, bucketCounts: ['4', '4']});
});

it('spanmetrics: a glob makes a label of every attribute that matches, of the span, else of its resource', () => {
  const {add, flush} = counting(`
histogram: {disable: true}
exclude_dimensions: [service.name, span.name, span.kind, status.code, collector.instance.id]
dimensions: [{name: region}, {glob: "k8s.*.name"}, {glob: "db.**"}]
`);
  add(
    {
      attributes: {'k8s.pod.name': 'a', 'k8s.pod.label.name': 'x'},
      resource: {'k8s.pod.name': 'b', 'k8s.node.name': 'n'},
    },
    {attributes: {'db.system': 'pg', region: 'r'}},
    // The order in which a span has its attributes tells no series apart.
    {attributes: {'db.a.b': '1', 'db.system': 'pg'}},
    {attributes: {'db.system': 'pg', 'db.a.b': '1'}},
    {attributes: {'db.a.b': 'pg', 'db.system': '1'}},
  );
  expect(callsOf(flush())).toEqual([
    [{'k8s.pod.name': 'a', 'k8s.node.name': 'n'}, 1],
    [{region: 'r', 'db.system': 'pg'}, 1],
    [{'db.a.b': '1', 'db.system': 'pg'}, 2],
    [{'db.a.b': 'pg', 'db.system': '1'}, 1],
  ]);
});

it('spanmetrics: sampling.method tells what was extrapolated', () => {
  const {add, flush} = counting('{enable_metrics_sampling_method: true, histogram: {disable: true}}');
  add({state: 'ot=th:8'}, {state: 'ot=th:8'}, {});
  expect(flush().map(({labels, value}) => [labels['sampling.method'], value])).toEqual([
    ['extrapolated', 4],
    ['counted', 1],
  ]);
});

it('spanmetrics: dimensions come from the span, else from its resource, else from the default', () => {
  const {add, flush} = counting(`
histogram: {disable: true}
exclude_dimensions: [service.name, span.name, span.kind, status.code, collector.instance.id]
dimensions: [{name: region}, {name: http.method, default: GET}]
`);
  add(
    {attributes: {region: 'span'}, resource: {region: 'resource'}},
    {resource: {region: 'resource'}},
    {attributes: {'http.method': 'PUT'}},
    {attributes: {'http.method': 'GET', region: ''}},
  );
  expect(callsOf(flush())).toEqual([
    [{region: 'span', 'http.method': 'GET'}, 1],
    [{region: 'resource', 'http.method': 'GET'}, 1],
    [{'http.method': 'PUT'}, 1],
    [{region: '', 'http.method': 'GET'}, 1],
  ]);
});

it('spanmetrics: a number and its text are one label, other types are labels of their own', () => {
  const {add, flush} = counting(
    '{histogram: {disable: true}, dimensions: [{name: code}], resource_metrics_key_attributes: [service.name]}',
  );
  for (const code of [200, '200', -5, '-5', true, 'true', 1.5, 2 ** 40]) add({attributes: {code}});
  expect(flush().map(({labels, value}) => [labels.code, value])).toEqual([
    [200, 2],
    [-5, 2],
    [true, 1],
    ['true', 1],
    [1.5, 1],
    [2 ** 40, 1],
  ]);
});

it('spanmetrics: calls and durations with labels of their own are series of their own', () => {
  const {add, flush} = counting(`
exclude_dimensions: [service.name, span.name, span.kind, status.code, collector.instance.id]
calls_dimensions: [{name: user}]
histogram: {dimensions: [{name: route}], unit: s, explicit: {buckets: [1s]}}
`);
  add({attributes: {user: 'a', route: '/'}, millis: 500}, {attributes: {user: 'b', route: '/'}, millis: 1500});
  expect(flush().map(({name, unit, labels, value, point}) => [name, unit, labels, value ?? point.sum])).toEqual([
    [calls, '', {user: 'a'}, 1],
    [calls, '', {user: 'b'}, 1],
    [duration, 's', {route: '/'}, 2],
  ]);
});

it('spanmetrics: durations in exponential histograms keep their extremes', () => {
  const {add, flush} = counting('{histogram: {exponential: {max_size: 4}}}');
  add({millis: 1}, {millis: 2}, {millis: 4}, {millis: 0});
  expect(flush()[1]).toMatchObject({
    type: 'exponentialHistogram',
    point: {count: '4', sum: 7, min: 0, max: 4, zeroCount: '1', positive: {offset: -1, bucketCounts: ['1', '1', '1']}},
  });
});

it('spanmetrics: events are counted by their own labels', () => {
  const {add, flush} = counting(`
histogram: {disable: true}
exclude_dimensions: [service.name, span.kind, status.code, collector.instance.id]
events: {enabled: true, dimensions: [{name: exception.type}]}
`);
  const events = ['IOError', 'IOError', 'Late'].map((type) => ({
    name: 'exception',
    attributes: {'exception.type': type},
  }));
  add({name: 'a', events, state: 'ot=th:8'}, {name: 'b'});
  expect(flush().map(({name, labels, value}) => [name, labels, value])).toEqual([
    [calls, {'span.name': 'a'}, 2],
    [calls, {'span.name': 'b'}, 1],
    ['traces.span.metrics.events', {'span.name': 'a', 'exception.type': 'IOError'}, 4],
    ['traces.span.metrics.events', {'span.name': 'a', 'exception.type': 'Late'}, 2],
  ]);
});

it('spanmetrics: exemplars name the first spans of each flush, up to their bound', () => {
  const {add, flush, at} = counting('{exemplars: {enabled: true, max_per_data_point: 2}}');
  add({id: 1, millis: 5}, {id: 2, millis: 6}, {id: 3, millis: 7});
  const example = (id: number, value: number, time = 0) => ({
    timeUnixNano: nanos(time),
    asDouble: value,
    traceId: `${'0'.repeat(31)}1`,
    spanId: `${'0'.repeat(15)}${id}`,
  });
  expect(flush().map(({point}) => point.exemplars)).toEqual(Array(2).fill([example(1, 5), example(2, 6)]));
  at(1000);
  add({id: 4, millis: 8});
  expect(flush().map(({point}) => point.exemplars)).toEqual(Array(2).fill([example(4, 8, 1000)]));
  expect(flush().map(({point}) => point.exemplars)).toEqual([undefined, undefined]);
});

it('spanmetrics: resources with the same attributes in another order are one', () => {
  const {add, flush} = counting('{histogram: {disable: true}}');
  add({resource: {a: 1, b: 'x'}}, {resource: {b: 'x', a: 1}}, {resource: {a: 1, b: 'y'}});
  expect(flush().map(({resource, value}) => [resource.b, value])).toEqual([
    ['x', 2],
    ['y', 1],
  ]);
});

it('spanmetrics: resource_metrics_key_attributes decide which resources count as one', () => {
  const {add, flush} = counting('{histogram: {disable: true}, resource_metrics_key_attributes: [service.name]}');
  add({resource: {'process.pid': 1}}, {resource: {'process.pid': 2}}, {service: 'cart'});
  expect(flush().map(({resource, value}) => [resource, value])).toEqual([
    [{'service.name': 'shop', 'process.pid': 1}, 2],
    [{'service.name': 'cart'}, 1],
  ]);
});

it('spanmetrics: tenants never share a series or a batch', () => {
  const {addFor, batches} = counting('{histogram: {disable: true}}');
  addFor('x', {}, {service: 'cart'});
  addFor('y', {});
  expect(batches().map(({tenant, batch}) => [tenant, callsOf(pointsOf([batch])).map(([, value]) => value)])).toEqual([
    ['x', [1, 1]],
    ['y', [1]],
  ]);
});

it('spanmetrics: a scope that is asked for becomes a label', () => {
  const {add, flush} = counting('{histogram: {disable: true}, include_instrumentation_scope: [express]}');
  add({scope: {name: 'express', version: '1.0'}}, {scope: {name: 'other'}}, {scope: {name: 'express'}});
  expect(
    flush().map(({labels}) => [
      labels['span.instrumentation.scope.name'],
      labels['span.instrumentation.scope.version'],
    ]),
  ).toEqual([
    ['express', '1.0'],
    [undefined, undefined],
    ['express', undefined],
  ]);
});

it('spanmetrics: beyond the limit of a resource, spans count in its overflow series and are told', () => {
  const {add, flush, uncounted} = counting('{histogram: {disable: true}, aggregation_cardinality_limit: 2}');
  for (const name of ['a', 'b', 'c', 'd', 'a']) add({name});
  add({service: 'cart', name: 'c'});
  expect(
    callsOf(flush()).map(([labels, value]) => [(labels as Record<string, unknown>)['span.name'] ?? labels, value]),
  ).toEqual([
    ['a', 2],
    ['b', 1],
    [{'otel.metric.overflow': true}, 2],
    ['c', 1],
  ]);
  expect(uncounted).toEqual({overflow: 2});
});

it('spanmetrics: the bound on all series holds over resources, and spans without a service are told', () => {
  const {add, state, uncounted} = counting('{histogram: {disable: true}, max_series: 3}');
  for (const service of ['a', 'b', 'c', 'd', '']) add({service, name: 'x'}, {service, name: 'y'});
  // Three resources; the third one's series and what came after it are overflow.
  expect(state.series).toBeLessThanOrEqual(3 + 3);
  expect(uncounted).toEqual({overflow: 3, max_series: 2, no_service_name: 2});
});

it('spanmetrics: cumulative points count from the start, delta points since the last flush', () => {
  for (const [temporality, second, third] of [
    ['CUMULATIVE', [{value: 3, start: 0}], [{value: 3, start: 0}]],
    ['DELTA', [{value: 1, start: 1000}], []],
  ] as const) {
    const {add, flush, at} = counting(
      `{aggregation_temporality: AGGREGATION_TEMPORALITY_${temporality}, histogram: {disable: true}}`,
    );
    const seen = () => flush().map(({value, point}) => ({value, start: point.startTimeUnixNano}));
    add({}, {});
    at(1000);
    expect(seen()).toEqual([{value: 2, start: nanos(0)}]);
    add({});
    at(2000);
    expect(seen()).toEqual(second.map(({value, start}) => ({value, start: nanos(start)})));
    at(3000);
    expect(seen()).toEqual(third.map(({value, start}) => ({value, start: nanos(start)})));
  }
});

it.each(['explicit: {buckets: [10ms]}', 'exponential: '])(
  'spanmetrics: deltas that were refused come with the next flush (%s)',
  (histogram) => {
    const {add, batches, at} = counting(
      `{aggregation_temporality: AGGREGATION_TEMPORALITY_DELTA, histogram: {${histogram}}}`,
    );
    add({millis: 4});
    at(1000);
    for (const {failed} of batches()) failed();
    add({millis: 6});
    at(2000);
    const points = pointsOf(batches().map(({batch}) => batch));
    expect(points.map(({value, point}) => [value ?? Number(point.count), point.startTimeUnixNano, point.sum])).toEqual([
      [2, nanos(0), undefined],
      [2, nanos(0), 10],
    ]);
  },
);

it('spanmetrics: with delta temporality, series that are idle are forgotten beyond the size of their cache', () => {
  const {add, flush, at, state} = counting(
    '{aggregation_temporality: AGGREGATION_TEMPORALITY_DELTA, metric_timestamp_cache_size: 2, histogram: {disable: true}}',
  );
  for (const [index, name] of ['a', 'b', 'c'].entries()) {
    at(index * 1000);
    add({name});
  }
  expect(flush()).toHaveLength(3);
  expect(state.series).toBe(2);
  at(5000);
  add({name: 'a'}, {name: 'b'});
  expect(flush().map(({labels, point}) => [labels['span.name'], point.startTimeUnixNano])).toEqual([
    ['b', nanos(2000)],
    ['a', nanos(5000)],
  ]);
});

it('spanmetrics: resources and series of which nothing comes expire', () => {
  const {add, flush, at, state} = counting(
    '{histogram: {disable: true}, metrics_expiration: 10s, series_expiration: 5s}',
  );
  add({service: 'a', name: 'x'}, {service: 'a', name: 'y'}, {service: 'b', name: 'x'});
  at(4000);
  add({service: 'a', name: 'x'});
  at(6000);
  expect(flush()).toHaveLength(3);
  expect(state.series).toBe(1);
  at(8000);
  expect(flush().map(({labels, value}) => [labels['span.name'], value])).toEqual([['x', 2]]);
  at(15_000);
  flush();
  expect(state.series).toBe(0);
  add({service: 'c', name: 'x'});
  expect(flush().map(({resource, value}) => [resource['service.name'], value])).toEqual([['c', 1]]);
});

it('spanmetrics: beyond the size of the cache, the resources seen longest ago begin again', () => {
  const {add, flush, at} = counting('{histogram: {disable: true}, resource_metrics_cache_size: 2}');
  for (const [index, service] of ['a', 'b', 'c'].entries()) {
    at(index * 1000);
    add({service});
  }
  expect(flush()).toHaveLength(3);
  at(4000);
  add({service: 'a'}, {service: 'b'}, {service: 'c'});
  expect(
    flush()
      .map(({resource, value}) => [resource['service.name'], value])
      .toSorted(),
  ).toEqual([
    ['a', 1],
    ['b', 2],
    ['c', 2],
  ]);
});

it('spanmetrics: many series go on in several batches, each of them once', () => {
  const {add, batches} = counting('{histogram: {disable: true}}');
  add(...Array.from({length: 5000}, (_, i) => ({service: `s${i % 3}`, name: `n${i}`})));
  const all = batches();
  expect(all.length).toBe(2);
  const names = callsOf(pointsOf(all.map(({batch}) => batch))).map(
    ([labels]) => (labels as Record<string, string>)['span.name'],
  );
  expect(new Set(names).size).toBe(5000);
  expect(names).toHaveLength(5000);
});

it.each([
  ['{dimensions: [{name: span.name}]}', 'the label `span.name` is there already'],
  ['{dimensions: [{name: a}], histogram: {dimensions: [{name: a}]}}', 'the label `a` is there already'],
  ['{histogram: {explicit: , exponential: }}', 'use either `explicit` or `exponential`'],
  ['{histogram: {explicit: {buckets: [2s, 1s]}}}', '`buckets` must ascend'],
  ['{events: {enabled: true}}', '`events` needs `dimensions`'],
  ['{dimensions: [{}]}', 'set either `name` or `glob`'],
  ['{dimensions: [{name: a, glob: "b.*"}]}', 'set either `name` or `glob`'],
  ['{dimensions: [{glob: "b.*", default: x}]}', '`default` goes with `name`, not with `glob`'],
  ['{dimensions: [{glob: "b.["}]}', 'a `[` without its `]`, in "b.["'],
  ['{dimensions: [{name: b.c}, {glob: "b.*"}]}', 'the label `b.c` is there already, and a `glob` matches it too'],
  ['{dimensions: [{glob: "*.name"}]}', 'the label `service.name` is there already'],
])('spanmetrics: the configuration %s is told what is wrong with it', (yaml, fault) => {
  expect(() => configOf(spanMetricsConfig, yaml)).toThrow(fault);
});

it('spanmetrics: in a pipeline, metrics go on at intervals and a last time when it stops', async () => {
  await using collector = await startTestCollector({
    yaml: `
receivers: {otlp: {protocols: {http: }}}
connectors: {spanmetrics: {metrics_flush_interval: 10ms}}
exporters: {weft: }
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [spanmetrics, weft]}
    metrics: {receivers: [spanmetrics], exporters: [weft]}
`,
  });
  const body = {
    resourceSpans: [
      {
        resource: {attributes: [{key: 'service.name', value: {stringValue: 'shop'}}]},
        scopeSpans: [{spans: [{traceId: '1'.padStart(32, '0'), spanId: '1'.padStart(16, '0'), name: 'x'}]}],
      },
    ],
  };
  const send = () =>
    fetch(`http://${collector.endpoints.otlp_http}/v1/traces`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify(body),
    });
  expect((await send()).status).toBe(200);
  await expect.poll(() => callsOf(pointsOf(collector.metrics)).at(-1)?.[1]).toBe(1);
  await send();
  await collector.stop(1000);
  expect(callsOf(pointsOf(collector.metrics)).at(-1)?.[1]).toBe(2);
  expect(collector.count('weft_connector_series', {connector: 'spanmetrics'})).toBe(1);
});
