/** Encodings of spans other than OTLP, by the names that the Collector's Kafka components have for them. */
import type {Lent, SpanBatch} from '../model/index.ts';
import {decodeJaegerJson, encodeJaegerJson} from './jaeger-json.ts';
import {decodeJaegerSpan} from './jaeger-proto-decode.ts';
import {encodeJaegerSpans} from './jaeger-proto-encode.ts';
import {decodeJaegerThrift} from './jaeger-thrift-decode.ts';
import type {Decoded} from './otlp-rejections.ts';
import {encodeZipkinJson, encodeZipkinProto} from './zipkin-encode.ts';
import {decodeZipkinJson} from './zipkin-json-decode.ts';
import {decodeZipkinProto} from './zipkin-proto-decode.ts';
import {decodeZipkinThrift} from './zipkin-thrift-decode.ts';
import {decodeZipkinV1Json} from './zipkin-v1-json-decode.ts';

export interface SpanEncoding {
  /** Decodes one message. It is taken. Throws MalformedError; spans without ids are left out and counted. */
  decode(message: Uint8Array): Decoded<SpanBatch>;
  /**
   * Encodes a batch, which is only read, as messages: one a span where the encoding has one a message, in the order of the
   * spans; else one for all of them. Absent where it is only received.
   */
  readonly encode?: {
    readonly perSpan: boolean;
    run(batch: Lent<SpanBatch>): readonly Uint8Array[];
  };
}

export const spanEncodings = {
  jaeger_proto: {decode: decodeJaegerSpan, encode: {perSpan: true, run: encodeJaegerSpans}},
  jaeger_json: {decode: decodeJaegerJson, encode: {perSpan: true, run: encodeJaegerJson}},
  jaeger_thrift: {decode: (message) => decodeJaegerThrift(message)},
  zipkin_proto: {
    decode: (message) => decodeZipkinProto(message),
    encode: {perSpan: false, run: (batch) => [encodeZipkinProto(batch)]},
  },
  zipkin_json: {
    decode: (message) => decodeZipkinJson(message),
    encode: {perSpan: false, run: (batch) => [encodeZipkinJson(batch)]},
  },
  zipkin_thrift: {decode: (message) => decodeZipkinThrift(message)},
  zipkin_v1_json: {decode: (message) => decodeZipkinV1Json(message)},
} as const satisfies Readonly<Record<string, SpanEncoding>>;

export type SpanEncodingName = keyof typeof spanEncodings;
