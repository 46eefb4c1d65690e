/** Receivers of other protocols, fed with bytes that their clients wrote, and exporters to other protocols. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {type Case, exporter, type Item, type Place, type Request, receiver, type Sent, type Settings} from './case.ts';
import {logs, metrics, spans, valueSpans} from './inputs.ts';
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
  return linesOf(await answer.text()).map((line) => ({line}));
};

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
  exported(
    'prometheus',
    what,
    (place) => ({endpoint: place.address('scrape'), ...settings}),
    [metrics(71), metrics(72)],
    {
      read: scraped,
    },
  );

const exporters: readonly Case[] = [
  toZipkin('spans', [spans(73), spans(74)]),
  toZipkin('values of every type', [valueSpans]),
  toZipkin('a service by default', [spans(75)], {default_service_name: 'nobody'}),
  toPrometheus('as it is'),
  toPrometheus('a namespace and labels', {namespace: 'weft', const_labels: {a: 'b'}}),
  toPrometheus('timestamps', {send_timestamps: true}),
  toPrometheus('attributes of resources', {resource_to_telemetry_conversion: {enabled: true}}),
  toPrometheus('names as they are', {add_metric_suffixes: false}),
  exported('file', 'JSON', (place) => ({path: join(place.directory, 'out.json')}), [spans(76), logs(77), metrics(78)], {
    read: written,
    settle: 1500,
  }),
];

export const protocolCases: readonly Case[] = [...receivers, ...exporters];
