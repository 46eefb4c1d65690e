/** Bodies that say nothing, or say it deeply: the decoders of Jaeger and Zipkin stay within memory that fits the body. */
import {describe, expect, test} from 'vitest';
import {MalformedError, TooLargeError} from '../base/index.ts';
import {batchBytes} from '../model/index.ts';
import {
  decodeAgentMessage,
  decodeJaegerProto,
  decodeJaegerThrift,
  decodeZipkinJson,
  decodeZipkinProto,
  decodeZipkinThrift,
  decodeZipkinV1Json,
  spanEncodings,
} from './index.ts';

const size = 2 ** 20;
const text = (start: string, repeated: string, end: string): Uint8Array =>
  Buffer.from(start + repeated.repeat(Math.floor(size / repeated.length)) + end);
const bytes = (...parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));
/** Header of a protobuf field of `size` bytes. */
const long = (tag: number): number[] => [tag, 0x80, 0x80, 0x40];
/** A Thrift list field of as many empty structs as there are bytes. */
const list = (id: number): number[] => [15, 0, id, 12, 0, 0x10, 0, 0];
const empties = new Uint8Array(size);

describe.each<[string, () => {readonly batch: Parameters<typeof batchBytes>[0]}]>([
  ['Thrift: spans without a field', () => decodeJaegerThrift(bytes(list(2), empties, [0]))],
  [
    'Thrift: tags without a field',
    () => decodeJaegerThrift(bytes([15, 0, 2, 12, 0, 0, 0, 1], list(10), empties, [0, 0])),
  ],
  [
    'Thrift: logs without a field',
    () => decodeJaegerThrift(bytes([15, 0, 2, 12, 0, 0, 0, 1], list(11), empties, [0, 0])),
  ],
  [
    'Thrift: references without a field',
    () => decodeJaegerThrift(bytes([15, 0, 2, 12, 0, 0, 0, 1], list(6), empties, [0, 0])),
  ],
  ['Thrift: process tags without a field', () => decodeJaegerThrift(bytes([12, 0, 1], list(2), empties, [0, 0]))],
  [
    'Zipkin Thrift: annotations without a field',
    () => decodeZipkinThrift(bytes([12, 0, 0, 0, 1], list(6), empties, [0])),
  ],
  [
    'Zipkin Thrift: binary annotations without a field',
    () => decodeZipkinThrift(bytes([12, 0, 0, 0, 1], list(8), empties, [0])),
  ],
  [
    'protobuf: spans without a field',
    () => decodeJaegerProto(bytes(long(0x0a), Buffer.alloc(size, Buffer.of(0x0a, 0)))),
  ],
  [
    'protobuf: tags without a field',
    () => decodeJaegerProto(bytes([0x0a, 0x84, 0x80, 0x40], long(0x0a), Buffer.alloc(size, Buffer.of(0x42, 0)))),
  ],
  [
    'protobuf: references without a field',
    () => decodeJaegerProto(bytes([0x0a, 0x84, 0x80, 0x40], long(0x0a), Buffer.alloc(size, Buffer.of(0x22, 0)))),
  ],
  [
    'protobuf: processes of a span',
    () => decodeJaegerProto(bytes([0x0a, 0x84, 0x80, 0x40], long(0x0a), Buffer.alloc(size, Buffer.of(0x52, 0)))),
  ],
  [
    'Zipkin protobuf: tags without a field',
    () => decodeZipkinProto(bytes(long(0x0a), Buffer.alloc(size, Buffer.of(0x5a, 0)))),
  ],
  [
    'Zipkin protobuf: annotations without a field',
    () => decodeZipkinProto(bytes(long(0x0a), Buffer.alloc(size, Buffer.of(0x52, 0)))),
  ],
  ['Zipkin JSON: spans without a field', () => decodeZipkinJson(text('[', '{},', '{}]'))],
  ['Zipkin JSON: tags without a name', () => decodeZipkinJson(text('[{"tags":{', '"":"",', '"":""}}]'))],
  ['Zipkin JSON: annotations without a field', () => decodeZipkinJson(text('[{"annotations":[', '{},', '{}]}]'))],
  ['Zipkin v1 JSON: spans without a field', () => decodeZipkinV1Json(text('[', '{},', '{}]'))],
  ['Zipkin v1 JSON: annotations without a field', () => decodeZipkinV1Json(text('[{"annotations":[', '{},', '{}]}]'))],
  [
    'Zipkin v1 JSON: binary annotations without a field',
    () => decodeZipkinV1Json(text('[{"binaryAnnotations":[', '{},', '{}]}]')),
  ],
])('hostile spans: %s', (_, decode) => {
  test('cost at most some times their size, or are refused as too large', () => {
    try {
      expect(batchBytes(decode().batch)).toBeLessThan(40 * size);
    } catch (error) {
      expect(error).toBeInstanceOf(TooLargeError);
    }
  });
});

describe.each<[string, () => unknown, RegExp]>([
  [
    'Thrift structs',
    () => decodeJaegerThrift(bytes(Buffer.alloc(3000, Buffer.of(12, 0, 9)))),
    /nest deeper than 32 levels/,
  ],
  [
    'Thrift lists',
    () => decodeJaegerThrift(bytes([15, 0, 9], Buffer.alloc(5000, Buffer.of(15, 0, 0, 0, 1)))),
    /nest deeper than 32 levels/,
  ],
  [
    'Thrift maps',
    () => decodeJaegerThrift(bytes([13, 0, 9], Buffer.alloc(6000, Buffer.of(3, 13, 0, 0, 0, 1, 0)))),
    /nest deeper than 32 levels/,
  ],
  [
    'compact structs',
    () => decodeJaegerThrift(bytes(Buffer.alloc(3000, Buffer.of(0x9c))), 'compact'),
    /nest deeper than 32 levels/,
  ],
  ['JSON arrays', () => decodeZipkinJson(text('[{"x":', '[', '')), /nest deeper than 128 levels/],
  ['JSON objects', () => decodeZipkinV1Json(text('[{"x":', '{"a":', '')), /nest deeper than 128 levels/],
])('hostile spans: deep %s', (_, decode, message) => {
  test('are refused where they are too deep', () => {
    expect(decode).toThrow(MalformedError);
    expect(decode).toThrow(message);
  });
});

test.each<[string, readonly number[], RegExp]>([
  ['a list of 2^31 elements', [15, 0, 2, 12, 0x7f, 0xff, 0xff, 0xff], /announces more elements/],
  ['a list of 2^31 bools', [15, 0, 9, 2, 0x7f, 0xff, 0xff, 0xff], /announces more elements/],
  ['a map of 2^31 entries', [13, 0, 9, 3, 3, 0x7f, 0xff, 0xff, 0xff], /announces more elements/],
  ['a string of 2^32 bytes', [12, 0, 1, 11, 0, 1, 0xff, 0xff, 0xff, 0xff], /a string is longer than the message/],
  ['a type that is none', [99, 0, 1], /has the type 99, which is none/],
  ['nothing at all', [], /cut off/],
])('hostile Thrift: %s is refused before anything is allocated for it', (_, body, message) => {
  expect(() => decodeJaegerThrift(Uint8Array.from(body))).toThrow(message);
});

test.each<[string, Uint8Array, RegExp]>([
  ['a reply', bytes([0x80, 1, 0, 2, 0, 0, 0, 9], Buffer.from('emitBatch'), [0, 0, 0, 0, 0]), /the message is no call/],
  [
    'another method',
    bytes([0x80, 1, 0, 4, 0, 0, 0, 4], Buffer.from('stop'), [0, 0, 0, 0, 0]),
    /the agent has no method "stop"/,
  ],
  [
    'a call without its argument',
    bytes([0x80, 1, 0, 4, 0, 0, 0, 9], Buffer.from('emitBatch'), [0, 0, 0, 0, 0]),
    /emitBatch has no argument/,
  ],
  [
    'a call with another argument',
    bytes([0x80, 1, 0, 4, 0, 0, 0, 9], Buffer.from('emitBatch'), [0, 0, 0, 0, 8, 0, 1, 0, 0, 0, 0, 0]),
    /an argument of another type/,
  ],
  ['the other protocol', bytes([0x82, 0x81, 0, 9], Buffer.from('emitBatch')), /no message of the binary protocol/],
])('hostile agent messages: %s is refused', (_, body, message) => {
  expect(() => decodeAgentMessage(body, 'binary')).toThrow(message);
});

test('hostile Jaeger JSON: faults name their place', () => {
  const of = (value: unknown) => (): unknown => spanEncodings.jaeger_json.decode(Buffer.from(JSON.stringify(value)));
  expect(of([])).toThrow('span: expected an object');
  expect(of({tags: [{key: 'a', vType: 'WORD'}]})).toThrow('span.tags[0].vType: expected one of STRING, BOOL');
  expect(of({startTime: 'today'})).toThrow('span.startTime: expected a time such as');
  expect(of({traceId: '!'})).toThrow('span.traceId: expected base64');
  expect(() => spanEncodings.jaeger_json.decode(Buffer.from('{'))).toThrow(MalformedError);
});
