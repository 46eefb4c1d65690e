import {expect, it} from 'vitest';
import {defaultTenant, type TenantId} from '../base/index.ts';
import {serviceGraphConfig} from './connector-servicegraph-settings.ts';
import {ServiceGraph} from './connector-servicegraph-state.ts';
import {startTestCollector} from './testing.ts';
import {configOf, type PointText, pointsOf, type SpanText, spansOf} from './testing-metrics.ts';

const begin = 1_700_000_000_000;

/** A connector by itself, at a time that the test sets. */
function graph(yaml = '{}') {
  const told: Record<string, number> = {};
  const tell = (what: string): void => void (told[what] = (told[what] ?? 0) + 1);
  const state = new ServiceGraph(configOf(serviceGraphConfig, yaml), {
    waits: () => tell('waits'),
    expired: () => tell('expired'),
    dropped: () => tell('dropped'),
    uncounted: tell,
  });
  let now = begin;
  const batches = () => Array.from(state.flush(now));
  return {
    state,
    told,
    batches,
    at(millis: number): void {
      now = begin + millis;
      state.expire(now);
    },
    add: (...spans: readonly SpanText[]): void => state.add(spansOf(...spans), defaultTenant, now),
    addFor: (tenant: string, ...spans: readonly SpanText[]): void =>
      state.add(spansOf(...spans), tenant as TenantId, now),
    flush: () => pointsOf(batches().map(({batch}) => batch)),
    clean: (): void => state.clean(now),
  };
}

const named = (points: readonly PointText[], name: string) =>
  points.filter((point) => point.name === `traces_service_graph_${name}`);
/** `client → server (connection type): how many` of every edge. */
const edges = (points: readonly PointText[], name = 'request_total'): string[] =>
  named(points, name).map(
    ({labels, value}) =>
      `${labels.client} → ${labels.server}${labels.connection_type === '' ? '' : ` (${labels.connection_type})`}: ${value}`,
  );

const call = {service: 'shop', kind: 'client', id: 1, parent: 9, millis: 30} as const;
const served = {service: 'cart', kind: 'server', id: 2, parent: 1, start: 5, millis: 20} as const;

it('servicegraph: a client span and the server span below it are a request, with the names and labels of the Collector', () => {
  const {add, flush} = graph('{latency_histogram_buckets: [10ms, 25ms]}');
  add(call, served);
  const shared = {resource: {}, scope: 'traces_service_graph', temporality: 2};
  const labels = {client: 'shop', server: 'cart', connection_type: '', failed: false};
  const times = {startTimeUnixNano: `${begin}000000`, timeUnixNano: `${begin}000000`};
  const histogram = (sum: number, ...bucketCounts: readonly string[]) => ({
    ...shared,
    unit: 's',
    type: 'histogram',
    labels,
    point: {...times, count: '1', sum, explicitBounds: [0.01, 0.025], bucketCounts},
  });
  expect(flush()).toEqual([
    {...shared, name: 'traces_service_graph_request_total', unit: '', type: 'sum', labels, value: 1, point: times},
    {...histogram(0.02, '0', '1', '0'), name: 'traces_service_graph_request_server'},
    {...histogram(0.03, '0', '0', '1'), name: 'traces_service_graph_request_client'},
  ]);
});

it('servicegraph: a pair is one request whichever half comes first, in one batch or two', () => {
  for (const batches of [[[call, served]], [[served, call]], [[call], [served]], [[served], [call]]]) {
    const {add, flush, state} = graph();
    for (const batch of batches) add(...batch);
    expect(edges(flush())).toEqual(['shop → cart: 1']);
    expect(state.pairing.store.count).toBe(0);
  }
});

it('servicegraph: a request fails where either end did', () => {
  const {add, flush} = graph();
  add(call, {...served, failed: true});
  add({...call, trace: 2, failed: true}, {...served, trace: 2}, {...call, trace: 3}, {...served, trace: 3});
  const points = flush();
  expect(named(points, 'request_total').map(({labels, value}) => [labels.failed, value])).toEqual([
    [true, 2],
    [false, 1],
  ]);
  expect(named(points, 'request_failed_total').map(({labels, value}) => [labels.failed, value])).toEqual([[true, 2]]);
});

it('servicegraph: sampled pairs count for as many as the rarer of them stands for', () => {
  const {add, flush} = graph('{latency_histogram_buckets: [10s]}');
  add({...call, state: 'ot=th:8'}, {...served, state: 'ot=th:c'});
  const points = flush();
  expect(edges(points)).toEqual(['shop → cart: 4']);
  expect(named(points, 'request_server')[0]?.point).toMatchObject({count: '4', bucketCounts: ['4', '0']});
});

it('servicegraph: a database is the other end at once, measured by its client', () => {
  const {add, flush, state} = graph('{latency_histogram_buckets: [10s]}');
  add({...call, attributes: {'db.name': 'orders', 'peer.service': 'pg'}});
  const points = flush();
  expect(edges(points)).toEqual(['shop → orders (database): 1']);
  expect(named(points, 'request_server')[0]?.point).toMatchObject({count: '1', sum: 0.03});
  expect(state.pairing.store.count).toBe(0);
});

it('servicegraph: the attributes that name a database can be others', () => {
  const {add, flush} = graph('{database_name_attributes: [db.namespace, db.system.name]}');
  add(
    {...call, attributes: {'db.system.name': 'redis'}},
    {...call, attributes: {'db.system.name': 'redis', 'db.namespace': '0'}},
  );
  expect(edges(flush())).toEqual(['shop → redis (database): 1', 'shop → 0 (database): 1']);
});

it('servicegraph: a client whose server sends no spans calls a virtual node, named by its peer or unknown', () => {
  const {add, at, flush, told} = graph('{virtual_node_extra_label: true}');
  add({...call, attributes: {'peer.service': 'stripe', 'db.system': 'x'}}, {...call, id: 5});
  expect(flush()).toEqual([]);
  at(1999);
  expect(flush()).toEqual([]);
  at(2000);
  const points = flush();
  expect(edges(points)).toEqual(['shop → stripe (virtual_node): 1', 'shop → unknown (virtual_node): 1']);
  expect(points[0]?.labels.virtual_node).toBe('server');
  // Nobody measured the server.
  expect(named(points, 'request_server')).toEqual([]);
  expect(named(points, 'request_client')).toHaveLength(2);
  expect(told).toEqual({waits: 2, expired: 2});
});

it('servicegraph: a server span without a parent was called by the user', () => {
  const {add, flush} = graph('{virtual_node_extra_label: true}');
  add({service: 'shop', kind: 'server', id: 1}, {service: 'shop', kind: 'server', id: 2});
  const points = flush();
  expect(edges(points)).toEqual(['user → shop (virtual_node): 2']);
  expect(points[0]?.labels.virtual_node).toBe('client');
});

it('servicegraph: a server span whose client never comes is unpaired', () => {
  const {add, at, flush} = graph();
  add(served);
  at(2000);
  const points = flush();
  expect(edges(points)).toEqual([]);
  expect(edges(points, 'unpaired_spans_total')).toEqual([' → cart: 1']);
});

it('servicegraph: without virtual nodes, every span whose other end does not come is unpaired', () => {
  const {add, at, flush} = graph('{virtual_node_peer_attributes: []}');
  add({...call, attributes: {'peer.service': 'stripe'}}, {service: 'shop', kind: 'server', id: 7, trace: 4});
  at(2000);
  expect(edges(flush(), 'unpaired_spans_total').toSorted()).toEqual([' → shop: 1', 'shop → : 1']);
});

it('servicegraph: a producer and its consumer are a request through a messaging system, whose own time can be measured', () => {
  const {add, flush} = graph('{enable_messaging_system_latency_histogram: true, latency_histogram_buckets: [10s]}');
  add({...call, kind: 'producer', millis: 10}, {...served, kind: 'consumer', start: 260, millis: 5});
  const points = flush();
  expect(edges(points)).toEqual(['shop → cart (messaging_system): 1']);
  const [measured] = named(points, 'request_messaging_system');
  expect(measured?.point.count).toBe('1');
  expect(measured?.point.sum).toBeCloseTo(0.25, 5);
});

/** A consumer that names its producers in links. */
function consumerOf(
  service: string,
  trace: number,
  ...links: readonly {readonly trace: number; readonly id: number}[]
) {
  const batch = spansOf({service, kind: 'consumer', trace, id: 77});
  const {columns} = batch.links;
  for (const link of links) {
    const row = batch.links.add();
    columns.traceId.bytes[16 * row + 15] = link.trace;
    columns.spanId.bytes[8 * row + 7] = link.id;
  }
  batch.spans.columns.links.setPair(0, 0, links.length);
  return batch;
}

it('servicegraph: consumers find producers by their links, several one producer and one several, in any order', () => {
  const {add, at, state, flush} = graph();
  const consume = (batch: ReturnType<typeof consumerOf>): void => state.add(batch, defaultTenant, begin);
  consume(consumerOf('mail', 8, {trace: 1, id: 1}, {trace: 2, id: 1}));
  add({...call, kind: 'producer', trace: 1}, {...call, kind: 'producer', trace: 2});
  consume(consumerOf('audit', 9, {trace: 1, id: 1}));
  at(5000);
  expect(edges(flush())).toEqual(['shop → mail (messaging_system): 2', 'shop → audit (messaging_system): 1']);
});

it('servicegraph: spans beyond the room for waiting are dropped and told, unless the oldest has waited enough', () => {
  const {add, at, flush, told, state} = graph('{store: {max_items: 2, ttl: 1s}, virtual_node_peer_attributes: []}');
  for (const trace of [1, 2, 3]) add({...call, trace});
  expect(told.dropped).toBe(1);
  state.add(spansOf({...call, trace: 4}), defaultTenant, begin + 1000);
  expect(told).toEqual({waits: 3, dropped: 1, expired: 1});
  at(5000);
  const points = flush();
  expect(edges(points, 'dropped_spans_total')).toEqual(['shop → : 1']);
  expect(edges(points, 'unpaired_spans_total')).toEqual(['shop → : 3']);
});

it('servicegraph: dimensions become labels of the end that has them', () => {
  const {add, flush} = graph('{dimensions: [region, zone]}');
  add(
    {...call, resource: {region: 'eu'}, attributes: {region: 'span', zone: 1}},
    {...served, attributes: {region: 'us'}},
  );
  expect(named(flush(), 'request_total')[0]?.labels).toEqual({
    client: 'shop',
    server: 'cart',
    connection_type: '',
    failed: false,
    client_region: 'eu',
    server_region: 'us',
    client_zone: '1',
  });
});

it('servicegraph: tenants never pair, nor share a batch', () => {
  const {addFor, at, batches} = graph();
  addFor('x', call);
  addFor('y', served);
  addFor('x', served);
  at(2000);
  expect(
    batches().map(({tenant, batch}) => [
      tenant,
      edges(pointsOf([batch])),
      edges(pointsOf([batch]), 'unpaired_spans_total'),
    ]),
  ).toEqual([
    ['x', ['shop → cart: 1'], []],
    ['y', [], [' → cart: 1']],
  ]);
});

it('servicegraph: an edge without a request in 15 minutes is forgotten, with the nodes that nothing else names', () => {
  const {add, at, flush, clean, state} = graph();
  add(call, served);
  at(10 * 60_000);
  add({...call, trace: 2}, {...served, trace: 2, service: 'stock'});
  clean();
  expect(state.series).toBe(2);
  at(16 * 60_000);
  clean();
  expect(edges(flush())).toEqual(['shop → stock: 1']);
  expect(state.nodes.count).toBe(2);
  add({...call, trace: 3}, {...served, trace: 3});
  expect(edges(flush())).toEqual(['shop → stock: 1', 'shop → cart: 1']);
});

it('servicegraph: beyond the bound on edges, requests count in the overflow edge of their tenant', () => {
  const {add, flush, told} = graph('{max_series: 2}');
  for (const trace of [1, 2, 3, 4])
    add({...call, trace}, {...served, trace, service: `s${Math.min(trace, 3)}`, failed: trace === 4});
  expect(
    named(flush(), 'request_total').map(({labels, value}) => [
      labels.server ?? labels['otel.metric.overflow'],
      labels.failed,
      value,
    ]),
  ).toEqual([
    ['s1', false, 1],
    ['s2', false, 1],
    [true, false, 1],
    [true, true, 1],
  ]);
  expect(told.overflow).toBe(2);
});

it('servicegraph: exponential histograms and a time offset are as configured', () => {
  const {add, flush} = graph('{exponential_histogram_max_size: 160, metrics_timestamp_offset: 1s}');
  add(call, served);
  const points = flush();
  expect(named(points, 'request_server')[0]).toMatchObject({
    type: 'exponentialHistogram',
    point: {count: '1', sum: 0.02},
  });
  expect(points[0]?.point.timeUnixNano).toBe(`${begin - 1000}000000`);
});

it('servicegraph: spans of other kinds and without a service are no part of a request', () => {
  const {add, flush, told, at} = graph();
  add({...call, kind: 'internal'}, {...served, service: ''});
  at(9000);
  expect(flush()).toEqual([]);
  expect(told).toEqual({no_service_name: 1});
});

it.each([
  ['{latency_histogram_buckets: [2s, 1s]}', 'the buckets must ascend'],
  ['{latency_histogram_buckets: [-1]}', 'expected a duration'],
  ['{latency_histogram_buckets: [1s], exponential_histogram_max_size: 4}', 'use either'],
])('servicegraph: the configuration %s is told what is wrong with it', (yaml, fault) => {
  expect(() => configOf(serviceGraphConfig, yaml)).toThrow(fault);
});

it('servicegraph: in a pipeline, an interval of 0 hands metrics on with every batch', async () => {
  await using collector = await startTestCollector({
    yaml: `
receivers: {otlp: {protocols: {http: }}}
connectors: {servicegraph: {metrics_flush_interval: 0s}}
exporters: {weft: }
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [servicegraph]}
    metrics: {receivers: [servicegraph], exporters: [weft]}
`,
  });
  const span = {traceId: '1'.padStart(32, '0'), spanId: '1'.padStart(16, '0'), name: 'x', kind: 2};
  const resource = {attributes: [{key: 'service.name', value: {stringValue: 'shop'}}]};
  const answer = await fetch(`http://${collector.endpoints.otlp_http}/v1/traces`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({resourceSpans: [{resource, scopeSpans: [{spans: [span]}]}]}),
  });
  expect(answer.status).toBe(200);
  expect(edges(pointsOf(collector.metrics))).toEqual(['user → shop (virtual_node): 1']);
});
