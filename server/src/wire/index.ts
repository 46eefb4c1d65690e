import {
  type AnyBatch,
  type Batch,
  createLogBatch,
  createMetricBatch,
  createSpanBatch,
  type Heap,
  type Lent,
} from '../model/index.ts';
import {decodeOtlpJson} from './otlp-json-decode.ts';
import {encodeOtlpJson} from './otlp-json-encode.ts';
import {decodeOrigin, decodeOtlpProto} from './otlp-proto-decode.ts';
import {encodedSize, encodeOrigin, encodeOtlpProto} from './otlp-proto-encode.ts';
import type {Decoded} from './otlp-rejections.ts';
import {type SignalSchema, schemas} from './otlp-schema.ts';

export {decodeAgentMessage} from './jaeger-agent-decode.ts';
export {decodeJaegerProto} from './jaeger-proto-decode.ts';
export {encodeJaegerProto} from './jaeger-proto-encode.ts';
export {
  dependenciesResponse,
  healthResponse,
  type JaegerDependency,
  type JaegerFindRequest,
  type JaegerOperation,
  type JaegerTraceSummary,
  operationsResponse,
  readDependenciesRequest,
  readFindRequest,
  readHealthRequest,
  readOperationsRequest,
  readTraceIdRequest,
  servicesResponse,
  spansChunk,
  summariesResponse,
} from './jaeger-query.ts';
export {
  encodeJaegerSpan,
  type JaegerLog,
  type JaegerProcess,
  type JaegerReference,
  type JaegerSpan,
} from './jaeger-span-encode.ts';
export {decodeJaegerThrift} from './jaeger-thrift-decode.ts';
export type {Decoded} from './otlp-rejections.ts';
export {type Encoding, encodeExportResponse, encodeRpcStatus} from './otlp-responses.ts';
export {type SpanEncoding, type SpanEncodingName, spanEncodings} from './span-encodings.ts';
export type {ThriftProtocol} from './thrift-reader.ts';
export {encodeZipkinJson, encodeZipkinProto, missingServiceName, zipkinJson} from './zipkin-encode.ts';
export {decodeZipkinJson} from './zipkin-json-decode.ts';
export {type ZipkinSpan, zipkinSpans} from './zipkin-model.ts';
export {decodeZipkinProto} from './zipkin-proto-decode.ts';
export type {ZipkinOptions} from './zipkin-rows.ts';
export {decodeZipkinThrift} from './zipkin-thrift-decode.ts';
export {decodeZipkinV1Json} from './zipkin-v1-json-decode.ts';
export {encodedSize};

/** The OTLP codec of one signal. */
export interface OtlpCodec<B extends Batch> {
  /**
   * Decodes an export request. The body becomes the batch's heap: do not change it afterwards. Throws MalformedError.
   * `spare`, an empty batch that `recycle` made, is filled instead of a new one.
   */
  decodeProto(body: Uint8Array, spare?: B): Decoded<B>;
  /** The same from OTLP JSON (UTF-8). The MalformedError says where by the JSON path. */
  decodeJson(body: Uint8Array): Decoded<B>;
  /**
   * Encodes all items as an export request, grouped by resource and scope. The batch is only read. With `room`, memory of about
   * `encodedSize(batch)`, the request is a part of it, if it suffices.
   */
  encodeProto(batch: Lent<B>, room?: Uint8Array): Uint8Array;
  encodeJson(batch: Lent<B>): Uint8Array;
}

const codec = <B extends Batch>(schema: SignalSchema, create: (heap: Heap) => B): OtlpCodec<B> => ({
  decodeProto: (body, spare) => decodeOtlpProto(schema, create, body, spare),
  decodeJson: (body) => decodeOtlpJson(schema, create, body),
  encodeProto: (batch, room) => encodeOtlpProto(schema, batch, room),
  encodeJson: (batch) => encodeOtlpJson(schema, batch),
});

/** OTLP, protobuf and JSON: `otlp.traces.decodeProto(body).batch`. */
export const otlp = {
  traces: codec(schemas.traces, createSpanBatch),
  logs: codec(schemas.logs, createLogBatch),
  metrics: codec(schemas.metrics, createMetricBatch),
};

/** An export request of a batch of any signal. The batch is only read. */
export const encodeProto = (batch: Lent<AnyBatch>): Uint8Array => encodeOtlpProto(schemas[batch.signal], batch);
export const encodeJson = (batch: Lent<AnyBatch>): Uint8Array => encodeOtlpJson(schemas[batch.signal], batch);

/**
 * The exact bytes of one resource or scope with its schema URL, as the message that wraps it in an export request, and back to a
 * new row of any batch. The field numbers are the same in every signal.
 */
export const origin = {
  encode: (batch: Lent<Batch>, table: 'resources' | 'scopes', row: number): Uint8Array =>
    encodeOrigin(schemas.traces, batch, table, row),
  decode: (batch: Batch, table: 'resources' | 'scopes', message: Uint8Array): number =>
    decodeOrigin(schemas.traces, batch, table, message),
};

export {decodeLokiJson, decodeLokiProto} from './loki-push.ts';
export {lz4Decompress} from './lz4.ts';
export {customBuckets, type WriteHistogram} from './prometheus-histogram.ts';
export {
  addLabel,
  isPlainLabel,
  isPlainMetric,
  labelName,
  metricName,
  type NamedType,
  type NameRules,
  type TranslationStrategy,
  targetKeys,
  targetLabels,
  translationStrategies,
} from './prometheus-names.ts';
export {
  sortLabels,
  type WriteExemplar,
  type WriteLabels,
  type WriteMetadata,
  type WriteRequest,
  type WriteSeries,
  writeRequestV1,
  writeRequestV2,
} from './prometheus-write.ts';
export {snappyCompress, snappyDecompress} from './snappy.ts';
