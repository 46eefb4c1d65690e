import {expect, test} from 'vitest';
import {readIds} from './read-ids.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const span = '00f067aa0ba902b7';
const both = [{traceId: trace, spanId: span}];
const alone = [{traceId: trace}];
const short = [{traceId: `0000000000000000${span}`}];
// The same sixteen and eight bytes, as protobuf libraries write them in JSON.
const base64 = 'S/kvNXezTaajzpKdDg5HNg==';
const spanBase64 = 'APBnqgupArc=';

test.each([
  ['W3C traceparent', `00-${trace}-${span}-01`, both],
  ['its header', `traceparent: 00-${trace}-${span}-01\ntracestate: ot=th:8`, both],
  ['a version to come', `cc-${trace}-${span}-01`, both],
  ['version ff, which the specification forbids: the id alone', `ff-${trace}-${span}-01`, alone],
  ['B3 single', `b3: ${trace}-${span}-1-05e3ac9a4f6e3b90`, both],
  ['B3 single without a decision', `${trace}-${span}`, both],
  ['B3 single, 64 bits', `${span}-00f067aa0ba902b8-d`, [{traceId: short[0]!.traceId, spanId: '00f067aa0ba902b8'}]],
  ['B3 multi', `X-B3-TraceId: ${trace}\nX-B3-SpanId: ${span}\nX-B3-Sampled: 1`, both],
  ['Jaeger', `uber-trace-id: ${trace}:${span}:0:1`, both],
  ['Jaeger in an address', `${trace}%3A${span}%3A0%3A1`, both],
  [
    'Jaeger without its zeros',
    '5af7183fb1d4cf5f:f067aa0ba902b7:0:1',
    [{traceId: '00000000000000005af7183fb1d4cf5f', spanId: span}],
  ],
  ['X-Ray', `X-Amzn-Trace-Id: Root=1-${trace.slice(0, 8)}-${trace.slice(8)};Parent=${span};Sampled=1`, both],
  ['X-Ray alone', `1-${trace.slice(0, 8)}-${trace.slice(8)}`, alone],
  ['logfmt', `level=error trace_id=${trace} span_id=${span} msg="boom"`, both],
  ['a key in quotes', `{"traceId":"${trace}","spanId":"${span}"}`, both],
  ['JSON inside of JSON', `"{\\"trace_id\\":\\"${trace}\\"}"`, alone],
  ['a parent is not the span', `{"traceId":"${trace}","parentSpanId":"${span}"}`, alone],
  ['Elastic', `trace.id: ${trace.toUpperCase()}`, alone],
  ['OTLP JSON in base64', `{"traceId":"${base64}","spanId":"${spanBase64}"}`, both],
  ['base64 alone', base64, alone],
  ['Weft', `http://localhost:16686/trace/${trace}?last=5m&span=${span}`, both],
  ['Jaeger UI', `https://jaeger.example/trace/${trace}?uiFind=${span}`, both],
  ['Jaeger UI, 64 bits', `https://jaeger.example/trace/${span}`, short],
  ['Tempo', `http://tempo:3200/api/v2/traces/${trace}`, alone],
  ['Zipkin', `http://zipkin:9411/zipkin/traces/${span}`, short],
  [
    'Grafana',
    `https://g.example/explore?panes=%7B%22a%22:%7B%22queries%22:%5B%7B%22query%22:%22${trace}%22%7D%5D%7D%7D`,
    alone,
  ],
  [
    'Grafana before version 10',
    `https://g.example/explore?left=%5B%22now-1h%22,%22now%22,%22Tempo%22,%7B%22query%22:%22${trace}%22%7D%5D`,
    alone,
  ],
  ['TraceQL', `{ trace:id = "${trace}" && span:id = "${span}" }`, both],
  ['Grafana Traces Drilldown', `https://g.example/a/app/explore?traceId=${trace}&spanId=${span}`, both],
  ['a UUID', '4BF92F35-77B3-4DA6-A3CE-929D0E0E4736', alone],
  ['quotes and spaces', ` "${trace}", `, alone],
  ['a short id', `'${span}'`, short],
  ['among words', `see trace ${trace}.`, alone],
])('ids: %s', (_, text, found) => expect(readIds(text)).toEqual(found));

test.each([
  ['nothing'],
  ['0'.repeat(32)],
  [`00-${'0'.repeat(32)}-${span}-01`],
  [`sha256:${trace}${trace}`],
  ['trace_id=none'],
  ['a word of sixteen letters: deadbeefdeadbeef is not alone'],
  ['payment-service-1234'],
  ['2026-01-02T03:04:05Z'],
  ['127.0.0.1:4317'],
  ['12:34:56:78'],
])('ids: none in %j', (text) => expect(readIds(text)).toEqual([]));

test('ids: several traces are told in order, each once, and no more than can be chosen from', () => {
  const lines = Array.from({length: 40}, (_, i) => `trace_id=${trace.slice(0, 30)}${String(i + 10)} span_id=${span}`);
  const found = readIds([lines[0], ...lines].join('\n'));
  expect(found.slice(0, 2)).toEqual([
    {traceId: `${trace.slice(0, 30)}10`, spanId: span},
    {traceId: `${trace.slice(0, 30)}11`, spanId: span},
  ]);
  expect(found).toHaveLength(20);
});

// The square of this length would be the work of hours: the limit of the test ends that.
test('ids: a megabyte of anything is read in a time that grows with its length', () => {
  for (const one of ['a', 'a-', '"traceId":', '/trace/', '1-', '%41', ':'])
    expect(readIds(one.repeat(1_000_000)), one).toEqual([]);
});
