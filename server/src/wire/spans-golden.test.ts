/**
 * Jaeger's and Zipkin's messages, written by their own Go libraries and read by the OpenTelemetry Collector's translators:
 * beside each stands what these make of it, as OTLP JSON. Deviations that docs/decisions/0069 names are in `v1.*` and
 * `v2-endpoints.json` only.
 */
import {readFileSync} from 'node:fs';
import {describe, expect, test} from 'vitest';
import type {SpanBatch} from '../model/index.ts';
import {decodeAgentMessage} from './jaeger-agent-decode.ts';
import {decodeJaegerJson, encodeJaegerJson} from './jaeger-json.ts';
import {decodeJaegerProto, decodeJaegerSpan} from './jaeger-proto-decode.ts';
import {encodeJaegerProto, encodeJaegerSpans} from './jaeger-proto-encode.ts';
import {decodeJaegerThrift} from './jaeger-thrift-decode.ts';
import {type ReadSpan, readSpans} from './testing.ts';
import {encodeZipkinJson, encodeZipkinProto} from './zipkin-encode.ts';
import {decodeZipkinJson} from './zipkin-json-decode.ts';
import {decodeZipkinProto} from './zipkin-proto-decode.ts';
import {decodeZipkinThrift} from './zipkin-thrift-decode.ts';
import {decodeZipkinV1Json} from './zipkin-v1-json-decode.ts';

const folder = new URL('../../../fixtures/', import.meta.url);
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));
const expected = (name: string): readonly ReadSpan[] => JSON.parse(Buffer.from(read(`${name}.spans.json`)).toString());
const taken = ({batch, rejected}: {readonly batch: SpanBatch; readonly rejected: number}): readonly ReadSpan[] => {
  expect(rejected).toBe(0);
  return readSpans(batch);
};

const cases: readonly (readonly [string, string, (body: Uint8Array) => {batch: SpanBatch; rejected: number}])[] = [
  ['jaeger/batch.thrift', 'jaeger/batch', (body) => decodeJaegerThrift(body)],
  ['jaeger/agent.compact', 'jaeger/batch', (body) => decodeAgentMessage(body, 'compact')],
  ['jaeger/agent.binary', 'jaeger/batch', (body) => decodeAgentMessage(body, 'binary')],
  ['jaeger/agent-zipkin.compact', 'zipkin/v1-thrift', (body) => decodeAgentMessage(body, 'compact')],
  ['jaeger/agent-zipkin.binary', 'zipkin/v1-thrift', (body) => decodeAgentMessage(body, 'binary')],
  ['jaeger/post-spans.pb', 'jaeger/post-spans', (body) => decodeJaegerProto(body)],
  ['jaeger/span.pb', 'jaeger/span', decodeJaegerSpan],
  ['jaeger/span.json', 'jaeger/span', decodeJaegerJson],
  ['zipkin/v1.thrift', 'zipkin/v1-thrift', (body) => decodeZipkinThrift(body)],
  ['zipkin/v1.json', 'zipkin/v1', (body) => decodeZipkinV1Json(body)],
  ['zipkin/v2.json', 'zipkin/v2', (body) => decodeZipkinJson(body)],
  ['zipkin/v2-endpoints.json', 'zipkin/v2-endpoints', (body) => decodeZipkinJson(body, {now: () => 1e12})],
];

test.each(cases)('golden spans: %s says the same as %s.spans.json', (input, name, decode) => {
  expect(taken(decode(read(input)))).toEqual(expected(name));
});

test('golden spans: Zipkin protobuf says what its JSON says, but for names, which Go writes to JSON in lower case', () => {
  const spans = taken(decodeZipkinProto(read('zipkin/v2.pb')));
  expect(spans.map((span) => ({...span, name: String(span.name).toLowerCase()}))).toEqual(expected('zipkin/v2'));
});

describe('golden spans: back to the protocol and in again, nothing is lost', () => {
  const batch = (): SpanBatch => decodeJaegerProto(read('jaeger/post-spans.pb')).batch;
  const spans = expected('jaeger/post-spans');

  test('Jaeger protobuf', () => expect(taken(decodeJaegerProto(encodeJaegerProto(batch())))).toEqual(spans));

  test('Jaeger protobuf and JSON, a span a message', () => {
    for (const [messages, decode] of [
      [encodeJaegerSpans(batch()), decodeJaegerSpan],
      [encodeJaegerJson(batch()), decodeJaegerJson],
    ] as const) {
      expect(messages.flatMap((message) => taken(decode(message)))).toEqual(spans);
    }
  });

  test('Jaeger JSON of a span is what protobuf’s Go library writes, but for the order of tags', () => {
    const sorted = (value: unknown): unknown => {
      const span = value as {tags: {key: string}[]; process: {tags: {key: string}[]}};
      const byKey = (a: {key: string}, b: {key: string}): number => (a.key < b.key ? -1 : 1);
      return {
        ...span,
        tags: span.tags.toSorted(byKey),
        process: {...span.process, tags: span.process.tags.toSorted(byKey)},
      };
    };
    const [own = new Uint8Array()] = encodeJaegerJson(decodeJaegerSpan(read('jaeger/span.pb')).batch);
    const theirs = JSON.parse(Buffer.from(read('jaeger/span.json')).toString());
    // Weft keeps the host's name as OpenTelemetry calls it, and says the status twice, as the specification has it.
    theirs.process.tags[0].key = 'host.name';
    theirs.tags.push({key: 'otel.status_code', vStr: 'ERROR'});
    expect(sorted(JSON.parse(Buffer.from(own).toString()))).toEqual(sorted(theirs));
  });

  test('Zipkin JSON and protobuf, whose tags were texts before', () => {
    const clock = {now: () => 1e12};
    for (const name of ['zipkin/v2', 'zipkin/v2-endpoints']) {
      const {batch: start} = decodeZipkinJson(read(`${name}.json`), clock);
      const spans = readSpans(start);
      expect(taken(decodeZipkinJson(encodeZipkinJson(start, ''), clock))).toEqual(spans);
      expect(taken(decodeZipkinProto(encodeZipkinProto(start, ''), clock))).toEqual(spans);
    }
  });
});
