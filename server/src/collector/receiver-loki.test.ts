/** The receiver `loki` over its port: pushes as Loki's clients send them, protobuf written with Loki's own schema. */
import {gzipSync} from 'node:zlib';
import protobuf from 'protobufjs';
import {expect, it} from 'vitest';
import {RetryableError, toHex} from '../base/index.ts';
import {type LogBatch, readAttributes, readValue} from '../model/index.ts';
import {snappyCompress} from '../wire/index.ts';
import {startTestCollector} from './testing.ts';

/** `pkg/push/push.proto`. */
const PushRequest = protobuf
  .parse(`syntax = "proto3";
    message PushRequest { repeated Stream streams = 1; string format = 2; }
    message Stream { string labels = 1; repeated Entry entries = 2; uint64 hash = 3; }
    message Entry { Timestamp timestamp = 1; string line = 2; repeated LabelPair structuredMetadata = 3; }
    message LabelPair { string name = 1; string value = 2; }
    message Timestamp { int64 seconds = 1; int32 nanos = 2; }`)
  .root.lookupType('PushRequest');
const pushed = (streams: readonly object[]): Uint8Array =>
  snappyCompress(PushRequest.encode(PushRequest.fromObject({streams})).finish());

const yaml = (more = ''): string =>
  `receivers: {loki: {protocols: {http: }${more}}}\nexporters: {weft: }\nservice: {pipelines: {logs: {receivers: [loki], exporters: [weft]}}}`;

async function push(
  endpoint: string | undefined,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const answer = await fetch(`http://${endpoint}/loki/api/v1/push`, {
    method: 'POST',
    headers: {'content-type': typeof body === 'string' ? 'application/json' : 'application/x-protobuf', ...headers},
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  return `${answer.status} ${await answer.text()}`;
}
const json = (stream: object, ...values: readonly unknown[]): string => JSON.stringify({streams: [{stream, values}]});

/** Each record as `{labels} time line {metadata} trace/span`. */
const recordsOf = (batch: LogBatch): string[] =>
  Array.from({length: batch.logs.count}, (_, row) => {
    const {columns} = batch.logs;
    const texts = (from: number, count: number): string =>
      readAttributes(batch, from, count)
        .map(({key, value}) => `${key}=${value.type === 'string' ? value.value : value.type}`)
        .join(' ');
    const labels = batch.resources.columns.attributes;
    const resource = columns.resource.get(row);
    const line = readValue(batch, columns.body.from(row));
    const ids = `${toHex(columns.traceId.get(row))}/${toHex(columns.spanId.get(row))}`;
    const metadata = texts(columns.attributes.from(row), columns.attributes.count(row));
    return `{${texts(labels.from(resource), labels.count(resource))}} ${columns.time.get(row)} ${line.type === 'string' ? line.value : ''} {${metadata}}${/[1-9a-f]/.test(ids) ? ` ${ids}` : ''}`;
  });

const trace = 'a1'.repeat(16);
const span = 'b2'.repeat(8);

it('loki receiver: JSON, zipped too, becomes records with labels as resource and metadata as attributes', async () => {
  await using collector = await startTestCollector({yaml: yaml()});
  const endpoint = collector.endpoints.loki_http;
  const body = json(
    {service_name: 'checkout', env: 'prod'},
    ['1581452773000000789', 'paid'],
    ['1581452773000000790', 'späť', {trace_id: trace, span_id: span, user: 'ada'}],
  );
  expect(await push(endpoint, body)).toBe('204 ');
  const zipped = new Uint8Array(gzipSync(body));
  const headers = {'content-type': 'application/json', 'content-encoding': 'gzip', 'x-scope-orgid': 'team-a'};
  expect(await push(endpoint, zipped, headers)).toBe('204 ');
  const records = [
    '{service.name=checkout env=prod} 1581452773000000789 paid {}',
    `{service.name=checkout env=prod} 1581452773000000790 späť {trace_id=${trace} span_id=${span} user=ada} ${trace}/${span}`,
  ];
  expect(collector.logs.map(recordsOf)).toEqual([records, records]);
  expect(collector.contexts.map(({tenant}) => tenant)).toEqual(['default', 'team-a']);
  expect(collector.count('otelcol_receiver_accepted_log_records', {transport: 'http'})).toBe(4);
});

it('loki receiver: Snappy may be named as the encoding too, and an empty answer has no length', async () => {
  await using collector = await startTestCollector({yaml: yaml()});
  const answer = await fetch(`http://${collector.endpoints.loki_http}/loki/api/v1/push`, {
    method: 'POST',
    headers: {'content-type': 'application/x-protobuf', 'content-encoding': 'snappy'},
    body: new Uint8Array(pushed([{labels: '{app="web"}', entries: [{timestamp: {seconds: 5}, line: 'up'}]}])),
  });
  expect([answer.status, answer.headers.get('content-length'), answer.headers.get('content-type')]).toEqual([
    204,
    null,
    null,
  ]);
  expect(collector.logs.map((batch) => batch.logs.count)).toEqual([1]);
  expect(await push(collector.endpoints.loki_http, '{}', {'content-encoding': 'br'})).toMatch(/^4\d\d .*br/);
});

it('loki receiver: protobuf in Snappy, with the strings of Go and the service by the labels that Loki looks at', async () => {
  await using collector = await startTestCollector({yaml: yaml()});
  const entries = [
    {
      timestamp: {seconds: 1581452773, nanos: 789},
      line: 'paid',
      structuredMetadata: [{name: 'traceID', value: trace}],
    },
  ];
  const body = pushed([
    {labels: '{app="web", path="C:\\\\x \\"y\\" \\u00e9", raw=`a\\b`, }', entries},
    {labels: "{job='batch'}", entries: [{timestamp: {seconds: 1}, line: 'b'}]},
  ]);
  expect(await push(collector.endpoints.loki_http, body)).toBe('204 ');
  expect(collector.logs.flatMap(recordsOf)).toEqual([
    `{service.name=web app=web path=C:\\x "y" é raw=a\\b} 1581452773000000789 paid {traceID=${trace}} ${trace}/${'0'.repeat(16)}`,
    '{service.name=batch job=batch} 1000000000 b {}',
  ]);
});

it('loki receiver: without use_incoming_timestamp a record has only the time at which it came', async () => {
  await using collector = await startTestCollector({yaml: yaml(', use_incoming_timestamp: false')});
  const before = BigInt(Date.now()) * 1_000_000n;
  expect(await push(collector.endpoints.loki_http, json({app: 'a'}, ['5', 'x']))).toBe('204 ');
  expect(collector.logs.flatMap(recordsOf)).toEqual(['{service.name=a app=a} 0 x {}']);
  expect(collector.logs[0]?.logs.columns.observedTime.get(0)).toBeGreaterThanOrEqual(before);
});

it('loki receiver: streams without sound labels and times out of range are a 400, and the rest is kept', async () => {
  await using collector = await startTestCollector({yaml: yaml()});
  const entries = [{timestamp: {seconds: 1}, line: 'x'}];
  const body = pushed([
    ...['{}', '', 'app="a"', '{app=}', '{app="\\q"}', '{a-b="c"}', '{app="a"'].map((labels) => ({labels, entries})),
    {labels: '{app="good"}', entries: [...entries, {timestamp: {seconds: -1}, line: 'before 1970'}]},
  ]);
  expect(await push(collector.endpoints.loki_http, body)).toBe(
    '400 8 of 9 lines rejected: 7 × its stream has no labels, or labels that are not of the form {name="value"}; 1 × a time is not between 1970 and the year 2262\n',
  );
  expect(collector.logs.flatMap(recordsOf)).toEqual(['{service.name=good app=good} 1000000000 x {}']);
  expect(collector.count('otelcol_receiver_refused_log_records', {reason: 'invalid'})).toBe(8);
});

it.each([
  ['{"streams": [', /^400 the push is not JSON/],
  ['{}', /^400 streams: expected an array/],
  [json({app: 1}, ['1', 'x']), /^400 streams\[0\]\.stream\.app: expected a string/],
  [json({app: 'a'}, [1, 'x']), /^400 streams\[0\]\.values\[0\]\[0\]: expected nanoseconds/],
  [json({app: 'a'}, ['1', 2]), /^400 streams\[0\]\.values\[0\]\[1\]: expected the line/],
  [json({app: 'a'}, ['1', 'x', {user: 7}]), /^400 streams\[0\]\.values\[0\]\[2\]\.user: expected a string/],
  [new Uint8Array([1, 2, 3]), /^400 /],
  [snappyCompress(new Uint8Array([0x0a, 0x7f])), /^400 /],
  [snappyCompress(new Uint8Array(20_000)), /^413 /],
])('loki receiver: refuses %j as %s', async (body, expected) => {
  await using collector = await startTestCollector({
    yaml: yaml().replace('http: ', 'http: {max_request_body_size: 10000}'),
  });
  expect(await push(collector.endpoints.loki_http, body)).toMatch(expected);
  expect(collector.logs).toEqual([]);
});

it('loki receiver: where the store cannot take more, the client is told to try again', async () => {
  const full = new RetryableError('spool_full', 'the spool is full');
  await using collector = await startTestCollector({yaml: yaml(), sink: {logs: () => Promise.reject(full)}});
  expect(await push(collector.endpoints.loki_http, json({app: 'a'}, ['1', 'x']))).toMatch(/^503 .*the spool is full/);
});
