/** Zipkin's v2 protobuf (`ListOfSpans` of zipkin.proto) → columnar batch, whose heap is the received body. */
import {isZero} from '../base/index.ts';
import {ProtoReader, type SpanBatch, valueType} from '../model/index.ts';
import {spanKind} from './jaeger-tags.ts';
import {checkBodySize, type Decoded, fault} from './otlp-rejections.ts';
import {addTo} from './otlp-rows.ts';
import {batchOver, decodeSpans} from './span-decode.ts';
import {copyId} from './span-ids.ts';
import type {Words64} from './time-words.ts';
import {type ZipkinOptions, ZipkinRows} from './zipkin-rows.ts';
import {type Endpoint, shortIp6} from './zipkin-tags.ts';

/** Decodes a `ListOfSpans`. Takes the body. Throws MalformedError; spans without ids are left out and counted. */
export function decodeZipkinProto(
  body: Uint8Array,
  options: ZipkinOptions = {},
  spare?: SpanBatch,
): Decoded<SpanBatch> {
  checkBodySize(body);
  const batch = batchOver(body, spare, 8, 5);
  return decodeSpans(batch, body.length, (rejections) =>
    new ListDecoder(body, new ZipkinRows(batch, rejections, options)).list(),
  );
}

const kinds = [0, spanKind.client, spanKind.server, spanKind.producer, spanKind.consumer];

class ListDecoder {
  private readonly reader: ProtoReader;
  private readonly rows: ZipkinRows;
  private readonly time: Words64 = {low: 0, high: 0};

  constructor(body: Uint8Array, rows: ZipkinRows) {
    this.reader = new ProtoReader(body);
    this.rows = rows;
  }

  list(): void {
    const {reader} = this;
    const end = reader.bytes.length;
    for (let at = 0; at < end; ) {
      at = reader.next(at, end);
      if (reader.tag === 0x0a) this.span(reader.from, at);
    }
  }

  private span(start: number, end: number): void {
    const {reader, rows} = this;
    const {columns} = rows.batch.spans;
    const row = rows.begin();
    let hasAnnotations = false;
    for (let at = start; at < end; ) {
      at = reader.next(at, end);
      const {tag, from} = reader;
      switch (tag) {
        case 0x0a:
          this.id(columns.traceId.bytes, 16 * row, 16, from, at - from);
          break;
        case 0x12:
          this.id(columns.parentSpanId.bytes, 8 * row, 8, from, at - from);
          break;
        case 0x1a:
          this.id(columns.spanId.bytes, 8 * row, 8, from, at - from);
          break;
        case 0x20:
          columns.kind.set(row, kinds[reader.low] ?? 0);
          break;
        case 0x2a:
          columns.name.setPair(row, from, at - from);
          break;
        case 0x31:
          this.fixed(rows.timestamp, from);
          break;
        case 0x38:
          rows.duration.low = reader.low;
          rows.duration.high = reader.high;
          break;
        case 0x42:
          this.endpoint(rows.local, from, at);
          break;
        case 0x4a:
          this.endpoint(rows.remote, from, at);
          break;
        case 0x52:
          hasAnnotations = true;
          break;
        case 0x5a:
          this.tag(row, from, at);
      }
    }
    rows.endFields(row);
    if (hasAnnotations) this.annotations(row, start, end);
    rows.end(row);
  }

  private tag(span: number, start: number, end: number): void {
    const {reader} = this;
    const {attributes, spans} = this.rows.batch;
    const {key, type, value} = attributes.columns;
    const row = addTo(spans.columns.attributes, span, attributes);
    type.set(row, valueType.string);
    for (let at = start; at < end; ) {
      at = reader.next(at, end);
      const {tag, from} = reader;
      if (tag === 0x0a) key.setPair(row, from, at - from);
      else if (tag === 0x12) value.setPair(row, from, at - from);
    }
  }

  private endpoint(endpoint: Endpoint, start: number, end: number): void {
    const {reader} = this;
    const {heap} = this.rows.batch;
    for (let at = start; at < end; ) {
      at = reader.next(at, end);
      const {tag, from, bytes} = reader;
      if (tag === 0x0a) {
        endpoint.name.start = from;
        endpoint.name.length = at - from;
      } else if (tag === 0x12 || tag === 0x1a) {
        const text = ipText(bytes, from, at - from);
        if (text === '') continue;
        endpoint.ip.start = heap.appendText(text);
        endpoint.ip.length = heap.length - endpoint.ip.start;
      } else if (tag === 0x20) endpoint.port = reader.high === 0 && reader.low < 65536 ? reader.low : 0;
    }
  }

  private annotations(span: number, start: number, end: number): void {
    const {reader} = this;
    for (let at = start; at < end; ) {
      at = reader.next(at, end);
      if (reader.tag === 0x52) this.annotation(span, reader.from, at);
    }
  }

  private annotation(span: number, start: number, end: number): void {
    const {reader, rows, time} = this;
    let text = 0;
    let length = 0;
    time.low = time.high = 0;
    for (let at = start; at < end; ) {
      at = reader.next(at, end);
      const {tag, from} = reader;
      if (tag === 0x09) this.fixed(time, from);
      else if (tag === 0x12) {
        text = from;
        length = at - from;
      }
    }
    rows.annotation(span, time, text, length);
  }

  private fixed(into: Words64, at: number): void {
    into.low = this.reader.view.getUint32(at, true);
    into.high = this.reader.view.getUint32(at + 4, true);
  }

  private id(target: Uint8Array, at: number, width: 8 | 16, from: number, length: number): void {
    if (!copyId(this.reader.bytes, from, length, target, at, width)) this.rows.items.fault = fault.otherId;
  }
}

/** Four or sixteen bytes as the text of an address; of other lengths it is none. */
export function ipText(bytes: Uint8Array, from: number, length: number): string {
  if (length === 4) return bytes.subarray(from, from + 4).join('.');
  if (length !== 16) return '';
  if (isMapped(bytes, from)) return bytes.subarray(from + 12, from + 16).join('.');
  const groups: string[] = [];
  for (let i = from; i < from + 16; i += 2) {
    groups.push((((bytes[i] as number) << 8) | (bytes[i + 1] as number)).toString(16));
  }
  return shortIp6(groups.join(':'));
}

/** An IPv4 address in the room of an IPv6 one (`::ffff:a.b.c.d`), as Go's clients send it. */
const isMapped = (bytes: Uint8Array, from: number): boolean =>
  isZero(bytes, from, 10) && bytes[from + 10] === 0xff && bytes[from + 11] === 0xff;
