/** Zipkin's v2 JSON (https://zipkin.io/zipkin-api/) → columnar batch, whose heap is the received text. */
import {MalformedError, utf8} from '../base/index.ts';
import {type SpanBatch, valueType} from '../model/index.ts';
import {spanKind} from './jaeger-tags.ts';
import {JsonKeys} from './json-keys.ts';
import {int64, readInteger} from './json-number.ts';
import {jsonPathAt} from './json-path.ts';
import {array, JsonReader, object} from './json-reader.ts';
import {readText, type Slice} from './json-text.ts';
import {isNull} from './otlp-json-value.ts';
import {checkBodySize, type Decoded, fault, type Rejections} from './otlp-rejections.ts';
import {addTo} from './otlp-rows.ts';
import {batchOver, decodeSpans} from './span-decode.ts';
import {readHexId} from './span-ids.ts';
import type {Words64} from './time-words.ts';
import {type ZipkinOptions, ZipkinRows} from './zipkin-rows.ts';
import {type Endpoint, shortIp6} from './zipkin-tags.ts';

/**
 * Decodes a list of spans. Takes the body. Throws MalformedError with the path; spans without ids are left out and counted.
 * Numbers and booleans are taken where tags must be texts, `null` means absent, unknown keys are ignored.
 */
export function decodeZipkinJson(body: Uint8Array, options: ZipkinOptions = {}, spare?: SpanBatch): Decoded<SpanBatch> {
  checkBodySize(body);
  const batch = batchOver(body, spare, 9, 6);
  return withPaths(body, () =>
    decodeSpans(batch, body.length, (rejections) =>
      new ListDecoder(body, new ZipkinRows(batch, rejections, options), rejections).list(),
    ),
  );
}

/** Tells of a fault in JSON where it is: `[3].localEndpoint.port: …`. */
export function withPaths<T>(body: Uint8Array, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof MalformedError) || error.offset === undefined) throw error;
    const path = jsonPathAt(body, error.offset);
    throw path === '' ? error : error.within(path);
  }
}

const spanKeys = new JsonKeys([
  ['traceId', 'traceId'],
  ['id', 'id'],
  ['parentId', 'parentId'],
  ['name', 'name'],
  ['kind', 'kind'],
  ['timestamp', 'timestamp'],
  ['duration', 'duration'],
  ['localEndpoint', 'local'],
  ['remoteEndpoint', 'remote'],
  ['annotations', 'annotations'],
  ['tags', 'tags'],
] as const);
const endpointKeys = new JsonKeys([
  ['serviceName', 'name'],
  ['ipv4', 'ipv4'],
  ['ipv6', 'ipv6'],
  ['port', 'port'],
] as const);
const annotationKeys = new JsonKeys([
  ['timestamp', 'timestamp'],
  ['value', 'value'],
] as const);
const kinds: Readonly<Record<string, number>> = {
  CLIENT: spanKind.client,
  SERVER: spanKind.server,
  PRODUCER: spanKind.producer,
  CONSUMER: spanKind.consumer,
};

class ListDecoder {
  private readonly reader: JsonReader;
  private readonly rows: ZipkinRows;
  private readonly slice: Slice = {start: 0, length: 0};
  private readonly time: Words64 = {low: 0, high: 0};
  private readonly rejections: Rejections;
  /** Where the present span has an id that is none; -1 where it has not. */
  private badId = -1;

  constructor(body: Uint8Array, rows: ZipkinRows, rejections: Rejections) {
    this.reader = new JsonReader(body);
    this.rows = rows;
    this.rejections = rejections;
  }

  list(): void {
    const {reader} = this;
    if (reader.enter(array)) {
      do this.span();
      while (reader.more(array));
    }
    reader.end();
  }

  private span(): void {
    const {reader, rows, slice} = this;
    const {heap, spans} = rows.batch;
    const {columns} = spans;
    const row = rows.begin();
    reader.peek();
    const start = reader.at;
    this.badId = -1;
    // Annotations may have attributes, which must not lie between the span's: they are read once all else has been.
    let annotations = -1;
    if (reader.enter(object)) {
      do {
        reader.key();
        const key = spanKeys.find(reader);
        if (key === undefined) reader.skip();
        else if (isNull(reader)) continue;
        else if (key === 'traceId') this.id(columns.traceId.bytes, 16 * row, 16);
        else if (key === 'id') this.id(columns.spanId.bytes, 8 * row, 8);
        else if (key === 'parentId') this.id(columns.parentSpanId.bytes, 8 * row, 8);
        else if (key === 'name') {
          readText(reader, heap, slice);
          columns.name.setPair(row, slice.start, slice.length);
        } else if (key === 'kind') {
          reader.string();
          columns.kind.set(row, kinds[reader.text()] ?? 0);
        } else if (key === 'timestamp') readInteger(reader, rows.timestamp, int64);
        else if (key === 'duration') readInteger(reader, rows.duration, int64);
        else if (key === 'local') this.endpoint(rows.local);
        else if (key === 'remote') this.endpoint(rows.remote);
        else if (key === 'tags') this.tags(row);
        else {
          reader.peek();
          annotations = reader.at;
          reader.skip();
        }
      } while (reader.more(object));
    }
    rows.endFields(row);
    if (annotations >= 0) {
      const after = reader.at;
      reader.at = annotations;
      this.annotations(row);
      reader.at = after;
    }
    rows.end(row);
    if (this.rejections.total > 0 && this.rejections.example === '') this.rejections.example = this.place(start);
  }

  /** Of the span that begins there and was rejected, and of its id where that is why. */
  private place(start: number): string {
    const {badId} = this;
    const {bytes} = this.reader;
    if (badId < 0) return jsonPathAt(bytes, start);
    const end = Math.min(bytes.indexOf(0x22, badId), badId + 40);
    const words = 'expected hexadecimal digits that are not all zero, 32 of a trace and 16 of a span at most';
    return `${jsonPathAt(bytes, badId - 1)}: ${words}, got "${utf8(bytes, badId, end - badId)}"`;
  }

  private tags(span: number): void {
    const {reader, slice} = this;
    const {attributes, heap, spans} = this.rows.batch;
    const {key, type, value} = attributes.columns;
    const range = spans.columns.attributes;
    range.setPair(span, 0, 0);
    if (!reader.enter(object)) return;
    do {
      reader.key();
      let start = reader.from;
      let length = reader.to - reader.from;
      if (reader.escaped) {
        start = heap.appendText(reader.text());
        length = heap.length - start;
      }
      if (isNull(reader)) continue;
      const row = addTo(range, span, attributes);
      key.setPair(row, start, length);
      type.set(row, valueType.string);
      if (reader.peek() === 0x22) readText(reader, heap, slice);
      else this.bare();
      value.setPair(row, slice.start, slice.length);
    } while (reader.more(object));
  }

  /** A number or boolean where a text is asked for, as it stands. */
  private bare(): void {
    const {reader, slice} = this;
    const start = reader.at;
    const byte = reader.peek();
    if (byte === 0x7b || byte === 0x5b) reader.expected('a string');
    reader.skip();
    slice.start = start;
    slice.length = reader.at - start;
  }

  private endpoint(endpoint: Endpoint): void {
    const {reader, slice} = this;
    const {heap} = this.rows.batch;
    if (!reader.enter(object)) return;
    do {
      reader.key();
      const key = endpointKeys.find(reader);
      if (key === undefined) reader.skip();
      else if (isNull(reader)) continue;
      else if (key === 'port') {
        readInteger(reader, this.time, int64);
        endpoint.port = this.time.high === 0 && this.time.low < 65536 ? this.time.low : 0;
      } else {
        readText(reader, heap, slice);
        const into = key === 'name' ? endpoint.name : endpoint.ip;
        if (key === 'ipv6' && slice.length > 0) {
          const short = shortIp6(reader.text());
          if (short === '') continue;
          slice.start = heap.appendText(short);
          slice.length = heap.length - slice.start;
        }
        if (slice.length === 0) continue;
        into.start = slice.start;
        into.length = slice.length;
      }
    } while (reader.more(object));
  }

  private annotations(span: number): void {
    const {reader, rows, slice, time} = this;
    const {heap} = rows.batch;
    if (!reader.enter(array)) return;
    do {
      time.low = time.high = slice.length = 0;
      if (isNull(reader) || !reader.enter(object)) continue;
      do {
        reader.key();
        const key = annotationKeys.find(reader);
        if (key === undefined) reader.skip();
        else if (isNull(reader)) continue;
        else if (key === 'timestamp') readInteger(reader, time, int64);
        else readText(reader, heap, slice);
      } while (reader.more(object));
      rows.annotation(span, time, slice.start, slice.length);
    } while (reader.more(array));
  }

  private id(target: Uint8Array, at: number, width: number): void {
    const {reader} = this;
    reader.string();
    if (!readHexId(reader.bytes, reader.from, reader.to, target, at, width)) {
      this.rows.items.fault = fault.otherId;
      this.badId = reader.from;
    }
  }
}
