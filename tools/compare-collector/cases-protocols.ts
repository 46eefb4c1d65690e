/** Receivers of other protocols, fed with bytes that their clients wrote, and exporters to other protocols. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {type Case, exporter, type Item, type Place, type Request, receiver, type Sent, type Settings} from './case.ts';
import {attributes, int, logs, metrics, nanos, spans, text, valueSpans} from './inputs.ts';
import {itemsOf} from './items.ts';

const fixtures = join(import.meta.dirname, '..', '..', 'fixtures');
const bytesOf = (path: string): Uint8Array => readFileSync(join(fixtures, path));

/** Of Jaeger's and Zipkin's protocols; UDP is answered by nothing, and so a while is waited. */
function received(type: string, what: string, settings: (place: Place) => Settings, sent: Sent, settle?: number): Case {
  return {
    name: `${type} receiver: ${what}`,
    needs: [`receiver/${type}`],
    sent: [sent],
    ...(settle === undefined ? {} : {settle}),
    config: (place) => ({
      receivers: {[`${type}/${place.id}`]: settings(place)},
      exporters: exporter(place),
      pipelines: {
        [`traces/${place.id}`]: {receivers: [`${type}/${place.id}`], exporters: [`otlp_http/${place.id}`]},
      },
    }),
  };
}

const jaeger = (what: string, protocol: string, sent: Sent, settle?: number): Case =>
  received('jaeger', what, (place) => ({protocols: {[protocol]: {endpoint: place.address('jaeger')}}}), sent, settle);
const zipkin = (what: string, file: string, path: string, contentType: string, settings: Settings = {}): Case =>
  received('zipkin', what, (place) => ({endpoint: place.address('zipkin'), ...settings}), {
    port: 'zipkin',
    path,
    contentType,
    body: bytesOf(`zipkin/${file}`),
  });

const receivers: readonly Case[] = [
  jaeger('gRPC', 'grpc', {
    port: 'jaeger',
    call: '/jaeger.api_v2.CollectorService/PostSpans',
    message: bytesOf('jaeger/post-spans.pb'),
  }),
  jaeger('Thrift over HTTP', 'thrift_http', {
    port: 'jaeger',
    path: '/api/traces?format=jaeger.thrift',
    contentType: 'application/x-thrift',
    body: bytesOf('jaeger/batch.thrift'),
  }),
  jaeger('Thrift over HTTP that is none', 'thrift_http', {
    port: 'jaeger',
    path: '/api/traces?format=jaeger.thrift',
    contentType: 'application/x-thrift',
    body: Buffer.from('no thrift'),
  }),
  jaeger('UDP, compact', 'thrift_compact', {port: 'jaeger', datagram: bytesOf('jaeger/agent.compact')}, 1500),
  jaeger('UDP, binary', 'thrift_binary', {port: 'jaeger', datagram: bytesOf('jaeger/agent.binary')}, 1500),
  zipkin('v2 JSON', 'v2.json', '/api/v2/spans', 'application/json'),
  zipkin('v2 JSON of endpoints', 'v2-endpoints.json', '/api/v2/spans', 'application/json'),
  zipkin('v2 protobuf', 'v2.pb', '/api/v2/spans', 'application/x-protobuf'),
  zipkin('v1 JSON', 'v1.json', '/api/v1/spans', 'application/json'),
  zipkin('v1 Thrift', 'v1.thrift', '/api/v1/spans', 'application/x-thrift'),
  zipkin('v2 JSON, numbers out of texts', 'v2.json', '/api/v2/spans', 'application/json', {parse_string_tags: true}),
  zipkin('v1 JSON, numbers out of texts', 'v1.json', '/api/v1/spans', 'application/json', {parse_string_tags: true}),
  zipkin('protobuf that is none', 'v2.json', '/api/v2/spans', 'application/x-protobuf'),
];

/** OTLP → the exporter, whose output is read as `rest` says. */
function exported(
  type: string,
  what: string,
  settings: (place: Place) => Settings,
  sent: readonly Sent[],
  rest: Pick<Case, 'read' | 'settle' | 'ignored'> = {},
): Case {
  const signals = [...new Set(sent.flatMap((one) => ('signal' in one ? [one.signal] : [])))];
  return {
    name: `${type} exporter: ${what}`,
    needs: [`exporter/${type}`],
    sent,
    config: (place) => ({
      receivers: receiver(place),
      exporters: {[`${type}/${place.id}`]: settings(place)},
      pipelines: Object.fromEntries(
        signals.map((signal) => [
          `${signal}/${place.id}`,
          {receivers: [`otlp/${place.id}`], exporters: [`${type}/${place.id}`]},
        ]),
      ),
    }),
    ...rest,
  };
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

const scraped = async (place: Place): Promise<Item[]> => {
  const answer = await fetch(`http://${place.address('scrape')}/metrics`);
  // Numbers are the same however they are written.
  const plain = (line: string): string =>
    line.replace(/ (\d[^ ]*)( \d+)?$/, (_, value, time = '') => ` ${Number(value)}${time}`);
  return linesOf(await answer.text()).map((line) => ({line: plain(line)}));
};

/** One metric of each type: two types under one name, or two help texts, are shown in the order of a map of the Collector. */
const shown: Sent = {
  signal: 'metrics',
  request: {
    resourceMetrics: [
      {
        resource: {attributes: attributes({'service.name': text('shop'), 'host.name': text('h1')})},
        scopeMetrics: [
          {scope: {name: 'lib', version: '1.0', attributes: attributes({team: text('a')})}, metrics: shownMetrics()},
        ],
      },
    ],
  },
};

function shownMetrics(): readonly Request[] {
  const points = (point: Request): readonly Request[] =>
    ['a', 'b "c"\\\n'].map((label, index) => ({
      attributes: attributes({'http.label': text(label), n: int(index)}),
      startTimeUnixNano: nanos(0),
      timeUnixNano: nanos(1000 + index),
      ...point,
    }));
  const histogram = {count: 6, sum: 9.5, bucketCounts: [1, 2, 3], explicitBounds: [1, 2.5]};
  const quantileValues = [{quantile: 0.5, value: 3}];
  return [
    {name: 'queue.size', unit: 'By', description: 'a "b"\\\nc', gauge: {dataPoints: points({asDouble: 1e9})}},
    {name: 'requests', sum: {aggregationTemporality: 2, isMonotonic: true, dataPoints: points({asInt: '5'})}},
    {name: 'workers', sum: {aggregationTemporality: 2, dataPoints: points({asInt: '-5'})}},
    {
      name: 'added',
      unit: '1',
      sum: {aggregationTemporality: 1, isMonotonic: true, dataPoints: points({asDouble: 0.5})},
    },
    {name: 'latency', unit: 'ms', histogram: {aggregationTemporality: 2, dataPoints: points(histogram)}},
    {name: 'size', summary: {dataPoints: points({count: 10, sum: 42.5, quantileValues})}},
    {name: 'gone', gauge: {dataPoints: points({flags: 1})}},
  ];
}

/** Requests of OTLP JSON, one a line. */
const written = async (place: Place): Promise<Item[]> =>
  readdirSync(place.directory)
    .flatMap((name) => linesOf(readFileSync(join(place.directory, name), 'utf8')))
    .flatMap((line) => {
      const request = JSON.parse(line) as Request;
      if ('resourceSpans' in request) return itemsOf('traces', request);
      return itemsOf('resourceLogs' in request ? 'logs' : 'metrics', request);
    });

const toZipkin = (what: string, sent: readonly Sent[], settings: Settings = {}): Case =>
  exported(
    'zipkin',
    what,
    (place) => ({
      endpoint: `${place.sink}/${place.id}//api/v2/spans`,
      sending_queue: {enabled: false},
      retry_on_failure: {enabled: false},
      ...settings,
    }),
    sent,
  );
const toPrometheus = (what: string, settings: Settings = {}): Case =>
  exported('prometheus', what, (place) => ({endpoint: place.address('scrape'), ...settings}), [shown], {
    read: scraped,
  });

const exporters: readonly Case[] = [
  toZipkin('spans', [spans(73), spans(74)]),
  toZipkin('values of every type', [valueSpans]),
  toZipkin('a service by default', [spans(75)], {default_service_name: 'nobody'}),
  toPrometheus('as it is'),
  toPrometheus('a namespace and labels', {namespace: 'weft', const_labels: {a: 'b'}}),
  toPrometheus('timestamps', {send_timestamps: true}),
  toPrometheus('attributes of resources', {resource_to_telemetry_conversion: {enabled: true}}),
  toPrometheus('names without suffixes', {translation_strategy: 'UnderscoreEscapingWithoutSuffixes'}),
  toPrometheus('names without suffixes, as configured before', {add_metric_suffixes: false}),
  exported('file', 'JSON', (place) => ({path: join(place.directory, 'out.json')}), [spans(76), logs(77), metrics(78)], {
    read: written,
    settle: 1500,
  }),
];

export const protocolCases: readonly Case[] = [...receivers, ...exporters];
