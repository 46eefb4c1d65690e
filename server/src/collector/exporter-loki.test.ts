/** The loki exporter before a server that reads pushes with protobufjs, as Loki's own schema has them. */
import * as http from 'node:http';
import type {AddressInfo} from 'node:net';
import protobuf from 'protobufjs';
import {afterEach, expect, it} from 'vitest';
import {defaultTenant, type TenantId, utf8Bytes} from '../base/index.ts';
import {parseYaml} from '../config/index.ts';
import {countOf, testSettings} from '../pipeline/testing.ts';
import {otlp, snappyDecompress} from '../wire/index.ts';
import {lokiExporter} from './exporter-loki.ts';

/** `pkg/push/push.proto`. */
const PushRequest = protobuf
  .parse(`syntax = "proto3";
    message PushRequest { repeated Stream streams = 1; }
    message Stream { string labels = 1; repeated Entry entries = 2; }
    message Entry { Timestamp timestamp = 1; string line = 2; }
    message Timestamp { int64 seconds = 1; int32 nanos = 2; }`)
  .root.lookupType('PushRequest');
interface Push {
  readonly streams: readonly {
    readonly labels: string;
    readonly entries: readonly {
      readonly timestamp: {readonly seconds: string; readonly nanos?: number};
      readonly line: string;
    }[];
  }[];
}

const servers: http.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.closeAllConnections() ?? server.close();
});
async function loki(status: () => number = () => 204) {
  const pushes: {readonly push: Push; readonly tenant: unknown; readonly contentType: unknown}[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = snappyDecompress(new Uint8Array(Buffer.concat(chunks)), 1 << 20);
      const push = PushRequest.toObject(PushRequest.decode(body), {longs: String}) as Push;
      const answer = status();
      if (answer === 204)
        pushes.push({push, tenant: request.headers['x-scope-orgid'], contentType: request.headers['content-type']});
      response.writeHead(answer).end(answer === 204 ? undefined : 'entry too far behind\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return {pushes, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/loki/api/v1/push`};
}

const strict = {
  fault(_: unknown, message: string) {
    throw new Error(message);
  },
  warn() {},
  listens() {},
  refers() {},
};
const text = (key: string, value: string) => ({key, value: {stringValue: value}});
const direct = 'sending_queue: {enabled: false}, retry_on_failure: {enabled: false}';

async function push(url: string, resourceLogs: readonly object[], more = '', settings = testSettings({id: 'loki'})) {
  const yaml = `{endpoint: "${url}", ${direct}${more}}`;
  const exporter = lokiExporter.create(settings, lokiExporter.config.read(parseYaml('', yaml, strict)!, strict));
  const {batch} = otlp.logs.decodeJson(utf8Bytes(JSON.stringify({resourceLogs})));
  try {
    await exporter.consumer.consume(batch, {tenant: defaultTenant as TenantId});
  } finally {
    await exporter.stop?.();
  }
  return settings;
}

const record = {
  timeUnixNano: '1581452773000000789',
  severityNumber: 9,
  severityText: 'Info',
  body: {stringValue: 'order <1> "paid"'},
  traceId: 'a1'.repeat(16),
  spanId: 'b2'.repeat(8),
  attributes: [text('event.name', 'paid'), text('user', 'ada')],
};
const shop = [
  text('service.name', 'checkout'),
  text('service.namespace', 'shop'),
  text('service.instance.id', 'i-1'),
  text('zone', 'a'),
];

it('loki exporter: default labels, and a JSON line with what is no label', async () => {
  const {url, pushes} = await loki();
  await push(url, [
    {resource: {attributes: shop}, scopeLogs: [{scope: {name: 's', version: '1'}, logRecords: [record]}]},
  ]);
  expect(pushes).toEqual([
    {
      tenant: undefined,
      contentType: 'application/x-protobuf',
      push: {
        streams: [
          {
            labels: '{exporter="OTLP", instance="i-1", job="shop/checkout", level="INFO"}',
            entries: [
              {
                timestamp: {seconds: '1581452773', nanos: 789},
                line: `{"body":"order \\u003c1\\u003e \\"paid\\"","traceid":"${'a1'.repeat(16)}","spanid":"${'b2'.repeat(8)}","severity":"Info","attributes":{"event.name":"paid","user":"ada"},"resources":{"service.instance.id":"i-1","service.name":"checkout","service.namespace":"shop","zone":"a"},"instrumentation_scope":{"name":"s","version":"1"}}`,
              },
            ],
          },
        ],
      },
    },
  ]);
});

it('loki exporter: hints make labels of attributes, choose the format and the tenant, and are not sent', async () => {
  const {url, pushes} = await loki();
  await push(url, [
    {
      resource: {
        attributes: [
          ...shop,
          text('loki.resource.labels', 'zone, absent'),
          text('loki.format', 'raw'),
          text('loki.tenant', 'zone'),
        ],
      },
      scopeLogs: [
        {
          logRecords: [
            {...record, attributes: [...record.attributes, text('loki.attribute.labels', 'event.name')]},
            record,
          ],
        },
      ],
    },
  ]);
  expect(
    pushes.map(({tenant, push: {streams}}) => [
      tenant,
      streams.map(({labels, entries}) => [labels, entries.map(({line}) => line)]),
    ]),
  ).toEqual([
    [
      'a',
      [
        [
          '{event_name="paid", exporter="OTLP", instance="i-1", job="shop/checkout", level="INFO", zone="a"}',
          ['order <1> "paid"'],
        ],
        ['{exporter="OTLP", instance="i-1", job="shop/checkout", level="INFO", zone="a"}', ['order <1> "paid"']],
      ],
    ],
  ]);
});

const anyValue = (value: unknown): object => {
  if (typeof value === 'string') return {stringValue: value};
  if (typeof value === 'boolean') return {boolValue: value};
  if (typeof value === 'number') return Number.isInteger(value) ? {intValue: String(value)} : {doubleValue: value};
  if (value instanceof Uint8Array) return {bytesValue: Buffer.from(value).toString('base64')};
  if (Array.isArray(value)) return {arrayValue: {values: value.map(anyValue)}};
  if (value === null) return {};
  return {kvlistValue: {values: Object.entries(value as object).map(([key, each]) => ({key, value: anyValue(each)}))}};
};
const attribute = (key: string, value: unknown) => ({key, value: anyValue(value)});

/** The Collector's own cases (encode_test.go of its translator), and others of what they say of logfmt. */
it.each<[unknown, string]>([
  [null, ''],
  ['', ''],
  ['a', 'a='],
  ['Example log', 'Example= log='],
  ['msg="hello world"', 'msg="hello world"'],
  ['a=1 b="two \\"words\\"" c= d="" severity=low\n', 'a=1 b="two \\"words\\"" c= d= severity=low'],
  ['a="\\u00e9\\t"', 'a="é\\t"'],
  ['a="\\x"', 'msg="a=\\"\\\\x\\""'],
  ['a="open', 'msg="a=\\"open"'],
  ['a="b"c', 'a=b c='],
  ['a==b', 'msg="a==b"'],
  ['a=bc=d', 'msg="a=bc=d"'],
  ['a b"c', 'msg="a b\\"c"'],
  ['=b', 'msg="=b"'],
  ['a=b"c', 'msg="a=b\\"c"'],
  ['two\nlines', 'msg="two\\nlines"'],
  [1, 'msg=1'],
  [1.1, 'msg=1.1'],
  [1.5e-7, 'msg=1.5e-07'],
  [true, 'msg=true'],
  [Buffer.from('abc'), 'msg=abc'],
  [
    {key: 'val', 'a "b"=c': 'null', path: 'C:\\x', nested: {n: null, list: ['x', 'y\bz']}},
    'key=val abc="null" path=C:\\x nested_list_0=x nested_list_1="y\\u0008z"',
  ],
  [['a', 'b'], 'body_0=a body_1=b'],
])('loki exporter: writes a body %j as logfmt', async (body, line) => {
  const {url, pushes} = await loki();
  const hint = text('loki.format', 'logfmt');
  await push(url, [{scopeLogs: [{logRecords: [{body: anyValue(body), attributes: [hint]}]}]}]);
  expect(pushes[0]!.push.streams[0]!.entries.map(({line}) => line)).toEqual([line]);
});

it('loki exporter: logfmt has the fields, attributes, resource and scope, and fields in the place of parts of a map', async () => {
  const {url, pushes} = await loki();
  const slice = ['fooo', {slice: [true], foo: 'bar'}, {nested: 'deeply nested', uint: 123}];
  const [traceId, spanId] = [`01020304${'0'.repeat(24)}`, `05060708${'0'.repeat(8)}`];
  const off = ', default_labels_enabled: {level: false}';
  const like = {severityText: 'error', severityNumber: 17, flags: 1, traceId, spanId};
  await push(
    url,
    [
      {
        resource: {attributes: [text('host.name', 'something'), text('loki.format', 'logfmt')]},
        scopeLogs: [
          {
            scope: {name: 'example-logger-name', version: 'v1'},
            logRecords: [
              // The format of the resource counts.
              {
                ...like,
                body: anyValue('severity=x'),
                attributes: [attribute('aslice', slice), text('loki.format', 'raw')],
              },
              {...like, body: anyValue({severity: 'x', a: 1})},
            ],
          },
        ],
      },
    ],
    off,
  );
  const ids = `traceID=${traceId} spanID=${spanId}`;
  const rest =
    'resource_host.name=something instrumentation_scope_name=example-logger-name instrumentation_scope_version=v1';
  const aslice = `attribute_aslice_0=fooo attribute_aslice_1_slice_0=true attribute_aslice_1_foo=bar attribute_aslice_2_nested="deeply nested" attribute_aslice_2_uint=123`;
  expect(pushes[0]!.push.streams[0]!.entries.map(({line}) => line)).toEqual([
    `severity=x ${ids} severity=error flags=1 ${aslice} ${rest}`,
    `severity=error a=1 ${ids} flags=1 ${rest}`,
  ]);
});

it('loki exporter: labels come from maps in maps, and only what became a label is left out of the line', async () => {
  const {url, pushes} = await loki();
  await push(url, [
    {
      scopeLogs: [
        {
          logRecords: [
            {
              attributes: [
                attribute('a.b', {c: 'deep', 'd.e': 'dotted'}),
                attribute('a', {b: 'other'}),
                attribute('event.name', 'paid'),
                attribute('event_name', 'kept'),
                attribute('exporter', 'hidden'),
                attribute('loki.attribute.labels', ['a.b.c', 'a.b.d.e', 'event.name', 'a.x']),
              ],
            },
          ],
        },
      ],
    },
  ]);
  const [stream] = pushes[0]!.push.streams;
  expect(stream!.labels).toBe('{a_b_c="deep", a_b_d_e="dotted", event_name="paid", exporter="OTLP"}');
  expect(JSON.parse(stream!.entries[0]!.line)).toEqual({
    attributes: {a: {b: 'other'}, 'a.b': {c: 'deep', 'd.e': 'dotted'}, event_name: 'kept'},
  });
});

it('loki exporter: a hint of the tenant wins over the header, and names an attribute of resource or record', async () => {
  const {url, pushes} = await loki();
  const hint = text('loki.tenant', 'team');
  await push(
    url,
    [
      {resource: {attributes: [hint, text('team', 'a')]}, scopeLogs: [{logRecords: [record]}]},
      {resource: {attributes: [hint]}, scopeLogs: [{logRecords: [{...record, attributes: [text('team', 'b')]}]}]},
      {scopeLogs: [{logRecords: [record]}]},
    ],
    ', headers: {X-Scope-OrgID: acme}',
  );
  expect(pushes.map(({tenant}) => tenant).toSorted()).toEqual(['a', 'acme', 'b']);
});

it('loki exporter: records without any label are dropped and counted', async () => {
  const {url} = await loki();
  const off = ', default_labels_enabled: {exporter: false, job: false, instance: false, level: false}';
  const settings = await push(url, [{scopeLogs: [{logRecords: [record]}]}], off);
  expect(countOf(settings.meter, 'otelcol_lokiexporter_send_failed_due_to_missing_labels', {})).toBe(1);
});

it.each([
  [429, 'RetryableError'],
  [503, 'RetryableError'],
  [400, 'PermanentError'],
])('loki exporter: an answer %d is a %s', async (status, name) => {
  const {url} = await loki(() => status);
  await expect(push(url, [{scopeLogs: [{logRecords: [record]}]}])).rejects.toMatchObject({
    name,
    message: `Loki answered HTTP ${status}: entry too far behind`,
  });
});

it('loki exporter: a note names its successor', () => {
  const notes: string[] = [];
  const report = {...strict, warn: (_: unknown, message: string) => void notes.push(message)};
  lokiExporter.config.read(parseYaml('', '{endpoint: "http://loki:3100/loki/api/v1/push"}', report)!, report);
  expect(notes).toEqual([expect.stringContaining('its successor is `otlphttp`')]);
});
