/** Zipkin's v1 JSON (zipkin-api.yaml of openzipkin/zipkin-api) → columnar batch. */
import {signed64} from '../base/index.ts';
import {createSpanBatch, Heap, type SpanBatch} from '../model/index.ts';
import {JsonKeys} from './json-keys.ts';
import {int64, readInteger} from './json-number.ts';
import {array, JsonReader, object} from './json-reader.ts';
import {isNull} from './otlp-json-value.ts';
import {checkBodySize, type Decoded, fault} from './otlp-rejections.ts';
import {decodeSpans} from './span-decode.ts';
import {readHexId} from './span-ids.ts';
import {withPaths} from './zipkin-json-decode.ts';
import type {ZipkinOptions} from './zipkin-rows.ts';
import {shortIp6} from './zipkin-tags.ts';
import {
  keep,
  newV1Span,
  type V1Annotation,
  type V1BinaryAnnotation,
  type V1Endpoint,
  ZipkinV1Rows,
} from './zipkin-v1-rows.ts';

/** Decodes a list of v1 spans. Throws MalformedError with the path; spans without ids are left out and counted. */
export function decodeZipkinV1Json(body: Uint8Array, options: ZipkinOptions = {}): Decoded<SpanBatch> {
  checkBodySize(body);
  const batch = createSpanBatch(Heap.empty(body.length));
  return withPaths(body, () =>
    decodeSpans(batch, body.length, (rejections) =>
      new ListDecoder(body, new ZipkinV1Rows(batch, rejections, options)).list(),
    ),
  );
}

type SpanKey = 'traceId' | 'id' | 'parentId' | 'name' | 'timestamp' | 'duration' | 'annotations' | 'binaryAnnotations';
const spanKeys = new JsonKeys<SpanKey>(
  (['traceId', 'id', 'parentId', 'name', 'timestamp', 'duration', 'annotations', 'binaryAnnotations'] as const).map(
    (key) => [key, key] as const,
  ),
);
const noteKeys = new JsonKeys([
  ['timestamp', 'timestamp'],
  ['key', 'key'],
  ['value', 'value'],
  ['endpoint', 'endpoint'],
] as const);
const endpointKeys = new JsonKeys([
  ['serviceName', 'serviceName'],
  ['ipv4', 'ipv4'],
  ['ipv6', 'ipv6'],
  ['port', 'port'],
] as const);

class ListDecoder {
  private readonly reader: JsonReader;
  private readonly rows: ZipkinV1Rows;
  private readonly words = {low: 0, high: 0};

  constructor(body: Uint8Array, rows: ZipkinV1Rows) {
    this.reader = new JsonReader(body);
    this.rows = rows;
  }

  list(): void {
    this.each(() => this.span());
    this.reader.end();
  }

  private each(item: () => void): void {
    const {reader} = this;
    if (!reader.enter(array)) return;
    do item();
    while (reader.more(array));
  }

  private span(): void {
    const {reader} = this;
    const span = newV1Span();
    let problem = '';
    const id = (target: Uint8Array): void => {
      reader.string();
      if (!readHexId(reader.bytes, reader.from, reader.to, target, 0, target.length)) problem = fault.otherId;
    };
    if (reader.enter(object)) {
      do {
        reader.key();
        const key = spanKeys.find(reader);
        if (key === undefined) reader.skip();
        else if (isNull(reader)) continue;
        else if (key === 'traceId') id(span.ids.trace);
        else if (key === 'id') id(span.ids.span);
        else if (key === 'parentId') id(span.ids.parent);
        else if (key === 'name') span.name = this.text();
        else if (key === 'timestamp') span.timestamp = this.integer();
        else if (key === 'duration') span.duration = this.integer();
        else if (key === 'annotations') {
          span.annotations = [];
          this.each(() => keep(span.annotations, this.annotation(), 'annotations'));
        } else {
          span.binaryAnnotations = [];
          this.each(() => keep(span.binaryAnnotations, this.binaryAnnotation(), 'annotations'));
        }
      } while (reader.more(object));
    }
    this.rows.add(span, problem);
  }

  private annotation(): V1Annotation {
    const annotation: V1Annotation = {timestamp: 0n, value: ''};
    this.note((key) => {
      if (key === 'timestamp') annotation.timestamp = this.integer();
      else if (key === 'value') annotation.value = this.text();
      else if (key === 'endpoint') annotation.endpoint = this.endpoint();
      else this.reader.skip();
    });
    return annotation;
  }

  private binaryAnnotation(): V1BinaryAnnotation {
    const annotation: V1BinaryAnnotation = {key: '', value: {type: 'string', value: ''}};
    this.note((key) => {
      if (key === 'key') annotation.key = this.text();
      else if (key === 'value') annotation.value = this.value();
      else if (key === 'endpoint') annotation.endpoint = this.endpoint();
      else this.reader.skip();
    });
    return annotation;
  }

  private note(field: (key: string) => void): void {
    const {reader} = this;
    if (isNull(reader) || !reader.enter(object)) return;
    do {
      reader.key();
      const key = noteKeys.find(reader);
      if (key === undefined) reader.skip();
      else if (!isNull(reader)) field(key);
    } while (reader.more(object));
  }

  /** Texts in today's clients; `true` for an address, and numbers, in old ones. */
  private value(): V1BinaryAnnotation['value'] {
    const {reader} = this;
    if (reader.peek() === 0x22) return {type: 'string', value: this.text()};
    const literal = reader.literal();
    if (literal !== undefined) return {type: 'bool', value: literal === 'true'};
    reader.number();
    const text = Buffer.from(reader.bytes.subarray(reader.from, reader.to)).toString('latin1');
    return Number.isSafeInteger(Number(text))
      ? {type: 'int', value: BigInt(Number(text))}
      : {type: 'double', value: Number(text)};
  }

  private endpoint(): V1Endpoint {
    const {reader} = this;
    const endpoint: V1Endpoint = {serviceName: '', ipv4: '', ipv6: '', port: 0};
    if (!reader.enter(object)) return endpoint;
    do {
      reader.key();
      const key = endpointKeys.find(reader);
      if (key === undefined) reader.skip();
      else if (isNull(reader)) continue;
      else if (key === 'port') {
        const port = Number(this.integer());
        endpoint.port = port > 0 && port < 65536 ? port : 0;
      } else if (key === 'ipv6') endpoint.ipv6 = shortIp6(this.text());
      else endpoint[key] = this.text();
    } while (reader.more(object));
    return endpoint;
  }

  private text(): string {
    this.reader.string();
    return this.reader.text();
  }

  private integer(): bigint {
    readInteger(this.reader, this.words, int64);
    return signed64(this.words);
  }
}
