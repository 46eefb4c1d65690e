/** Zipkin's Thrift (`zipkinCore.thrift` of openzipkin/zipkin-api), a list of v1 spans → columnar batch. */
import {signed64, utf8} from '../base/index.ts';
import {type AnyValue, createSpanBatch, Heap, type SpanBatch} from '../model/index.ts';
import {checkBodySize, type Decoded} from './otlp-rejections.ts';
import {decodeSpans} from './span-decode.ts';
import {type ThriftProtocol, ThriftReader, thriftType} from './thrift-reader.ts';
import {ipText} from './zipkin-proto-decode.ts';
import type {ZipkinOptions} from './zipkin-rows.ts';
import {
  keep,
  newV1Span,
  type V1Annotation,
  type V1BinaryAnnotation,
  type V1Endpoint,
  ZipkinV1Rows,
} from './zipkin-v1-rows.ts';

/** Decodes a list of spans. Throws MalformedError; spans without ids are left out and counted. */
export function decodeZipkinThrift(
  body: Uint8Array,
  protocol: ThriftProtocol = 'binary',
  options: ZipkinOptions = {},
): Decoded<SpanBatch> {
  checkBodySize(body);
  const reader = new ThriftReader(body, protocol);
  if (reader.list() !== thriftType.struct && reader.count > 0) reader.fail('expected a list of spans', 0);
  return decodeZipkinList(reader, options);
}

/** Decodes the list of spans whose head the reader has just read. */
export function decodeZipkinList(reader: ThriftReader, options: ZipkinOptions): Decoded<SpanBatch> {
  const {length} = reader.bytes;
  const batch = createSpanBatch(Heap.empty(length));
  return decodeSpans(batch, length, (rejections) =>
    new ListDecoder(reader, new ZipkinV1Rows(batch, rejections, options)).list(),
  );
}

class ListDecoder {
  private readonly reader: ThriftReader;
  private readonly rows: ZipkinV1Rows;

  constructor(reader: ThriftReader, rows: ZipkinV1Rows) {
    this.reader = reader;
    this.rows = rows;
  }

  list(): void {
    for (let left = this.reader.count; left > 0; left--) this.span();
  }

  private span(): void {
    const {reader} = this;
    const span = newV1Span();
    const {ids} = span;
    reader.enter();
    while (reader.field()) {
      switch (reader.id) {
        case 1:
          if (reader.is(thriftType.i64)) reader.idBytes(ids.trace, 8);
          break;
        case 3:
          if (reader.is(thriftType.string)) span.name = this.text();
          break;
        case 4:
          if (reader.is(thriftType.i64)) reader.idBytes(ids.span, 0);
          break;
        case 5:
          if (reader.is(thriftType.i64)) reader.idBytes(ids.parent, 0);
          break;
        case 6:
          if (!reader.isListOf(thriftType.struct)) break;
          for (let left = reader.count; left > 0; left--) keep(span.annotations, this.annotation(), 'annotations');
          break;
        case 8:
          if (!reader.isListOf(thriftType.struct)) break;
          for (let left = reader.count; left > 0; left--)
            keep(span.binaryAnnotations, this.binaryAnnotation(), 'annotations');
          break;
        case 10:
          if (reader.is(thriftType.i64)) span.timestamp = this.i64();
          break;
        case 11:
          if (reader.is(thriftType.i64)) span.duration = this.i64();
          break;
        case 12:
          if (reader.is(thriftType.i64)) reader.idBytes(ids.trace, 0);
          break;
        default:
          reader.skip();
      }
    }
    this.rows.add(span);
  }

  private annotation(): V1Annotation {
    const {reader} = this;
    const annotation: V1Annotation = {timestamp: 0n, value: ''};
    reader.enter();
    while (reader.field()) {
      if (reader.id === 1 && reader.type === thriftType.i64) annotation.timestamp = this.i64();
      else if (reader.id === 2 && reader.type === thriftType.string) annotation.value = this.text();
      else if (reader.id === 3 && reader.type === thriftType.struct) annotation.endpoint = this.endpoint();
      else reader.skip();
    }
    return annotation;
  }

  private binaryAnnotation(): V1BinaryAnnotation {
    const {reader} = this;
    const annotation: V1BinaryAnnotation = {key: '', value: {type: 'empty'}};
    let from = 0;
    let to = 0;
    let type = 0;
    reader.enter();
    while (reader.field()) {
      if (reader.id === 1 && reader.type === thriftType.string) annotation.key = this.text();
      else if (reader.id === 2 && reader.type === thriftType.string) {
        reader.binary();
        ({from, to} = reader);
      } else if (reader.id === 3 && reader.type === thriftType.i32) type = reader.i32();
      else if (reader.id === 4 && reader.type === thriftType.struct) annotation.endpoint = this.endpoint();
      else reader.skip();
    }
    annotation.value = annotationValue(type, reader.bytes.subarray(from, to));
    return annotation;
  }

  private endpoint(): V1Endpoint {
    const {reader} = this;
    const endpoint: V1Endpoint = {serviceName: '', ipv4: '', ipv6: '', port: 0};
    reader.enter();
    while (reader.field()) {
      if (reader.id === 1 && reader.type === thriftType.i32) {
        const ip = reader.i32();
        if (ip !== 0) endpoint.ipv4 = [ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255].join('.');
      } else if (reader.id === 2 && reader.type === thriftType.i16) {
        reader.integer(thriftType.i16);
        endpoint.port = reader.low & 0xffff;
      } else if (reader.id === 3 && reader.type === thriftType.string) endpoint.serviceName = this.text();
      else if (reader.id === 4 && reader.type === thriftType.string) {
        reader.binary();
        endpoint.ipv6 = ipText(reader.bytes, reader.from, reader.to - reader.from);
      } else reader.skip();
    }
    return endpoint;
  }

  private text(): string {
    const {reader} = this;
    reader.binary();
    return utf8(reader.bytes, reader.from, reader.to - reader.from);
  }

  private i64(): bigint {
    const {reader} = this;
    reader.i64();
    return signed64(reader);
  }
}

/** A binary annotation's value by its type: BOOL, BYTES, I16, I32, I64, DOUBLE, STRING. Numbers are big-endian. */
function annotationValue(type: number, bytes: Uint8Array): AnyValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const least = [0, 0, 2, 4, 8, 8, 0][type];
  if (least === undefined) return {type: 'string', value: `<unknown zipkin v1 binary annotation type (${type})>`};
  if (bytes.length < least) return {type: 'string', value: '<not enough bytes representing the number>'};
  switch (type) {
    case 0:
      return {type: 'bool', value: bytes.length === 1 && bytes[0] === 1};
    case 1:
      return {type: 'bytes', value: bytes.slice()};
    case 2:
      return {type: 'int', value: BigInt(view.getInt16(0))};
    case 3:
      return {type: 'int', value: BigInt(view.getInt32(0))};
    case 4:
      return {type: 'int', value: view.getBigInt64(0)};
    case 5:
      return {type: 'double', value: view.getFloat64(0)};
    default:
      return {type: 'string', value: utf8(bytes)};
  }
}
