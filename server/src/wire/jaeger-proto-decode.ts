/**
 * Jaeger's protobuf (`model.proto` of github.com/jaegertracing/jaeger-idl) → columnar batch, whose heap is the received body: a
 * `PostSpansRequest` of the collector's gRPC service, or one `Span`, as Jaeger's topics in Kafka hold it.
 */
import {type AttributeTable, ProtoReader, type SpanBatch, valueType} from '../model/index.ts';
import {JaegerRows} from './jaeger-rows.ts';
import {checkBodySize, type Decoded, fault} from './otlp-rejections.ts';
import {addTo} from './otlp-rows.ts';
import {batchOver, decodeSpans} from './span-decode.ts';
import {copyId} from './span-ids.ts';
import type {HeapSlice} from './span-origins.ts';
import {secondsToNanos, setEnd, setNanos, type Words64} from './time-words.ts';

/** Decodes a `PostSpansRequest`. Takes the body. Throws MalformedError; spans without ids are left out and counted. */
export const decodeJaegerProto = (body: Uint8Array, spare?: SpanBatch): Decoded<SpanBatch> =>
  decode(body, spare, (decoder) => decoder.request());

/** Decodes one `Span` with its process in it. */
export const decodeJaegerSpan = (body: Uint8Array): Decoded<SpanBatch> =>
  decode(body, undefined, (decoder) => decoder.single());

function decode(
  body: Uint8Array,
  spare: SpanBatch | undefined,
  run: (decoder: RequestDecoder) => void,
): Decoded<SpanBatch> {
  checkBodySize(body);
  const batch = batchOver(body, spare, 8, 5);
  return decodeSpans(batch, body.length, (rejections) =>
    run(new RequestDecoder(body, new JaegerRows(batch, rejections))),
  );
}

class RequestDecoder {
  private readonly reader: ProtoReader;
  private readonly rows: JaegerRows;
  private readonly processes = new Map<string, number>();
  private readonly start: Words64 = {low: 0, high: 0};
  private readonly duration: Words64 = {low: 0, high: 0};
  private readonly text: HeapSlice = {start: 0, length: 0};
  private seconds = 0;
  private nanos = 0;

  constructor(body: Uint8Array, rows: JaegerRows) {
    this.reader = new ProtoReader(body);
    this.rows = rows;
  }

  /** `batch` is field 1; one that is repeated is merged with its first occurrence. */
  request(): void {
    const {reader} = this;
    const resource = this.rows.batch.resources.add();
    const end = reader.bytes.length;
    for (let at = 0; at < end; ) {
      at = reader.next(at, end);
      if (reader.tag === 0x0a) this.batch(resource, reader.from, at);
    }
  }

  single(): void {
    this.span(this.rows.batch.resources.add(), 0, this.reader.bytes.length);
  }

  private batch(resource: number, start: number, end: number): void {
    const {reader} = this;
    for (let at = start; at < end; ) {
      at = reader.next(at, end);
      if (reader.tag === 0x12) this.process(resource, reader.from, at);
    }
    for (let at = start; at < end; ) {
      at = reader.next(at, end);
      if (reader.tag === 0x0a) this.span(resource, reader.from, at);
    }
  }

  private process(resource: number, start: number, end: number): void {
    const {reader, rows, text} = this;
    const {attributes, resources} = rows.batch;
    const range = resources.columns.attributes;
    range.setPair(resource, 0, 0);
    text.length = 0;
    for (let at = start; at < end; ) {
      at = reader.next(at, end);
      const {tag, from} = reader;
      if (tag === 0x0a) {
        text.start = from;
        text.length = at - from;
      } else if (tag === 0x12) this.keyValue(attributes, addTo(range, resource, attributes), from, at);
    }
    rows.applyProcess(resource, text);
  }

  /** The resource of a span's own process; equal ones share it. */
  private ownProcess(start: number, end: number): number {
    const {buffer, byteOffset} = this.reader.bytes;
    const key = Buffer.from(buffer, byteOffset + start, end - start).toString('latin1');
    let resource = this.processes.get(key);
    if (resource === undefined) {
      this.processes.set(key, (resource = this.rows.batch.resources.add()));
      this.process(resource, start, end);
    }
    return resource;
  }

  private span(batchResource: number, spanStart: number, spanEnd: number): void {
    const {reader, rows, start, duration} = this;
    const {attributes, spans} = rows.batch;
    const {columns} = spans;
    let resource = batchResource;
    // A process of the span's own adds attributes, which must not lie between the span's.
    for (let at = spanStart; at < spanEnd; ) {
      at = reader.next(at, spanEnd);
      if (reader.tag === 0x52) resource = this.ownProcess(reader.from, at);
    }
    const row = rows.begin(resource);
    start.low = start.high = duration.low = duration.high = 0;
    let inTime = true;
    let hasLogs = false;
    for (let at = spanStart; at < spanEnd; ) {
      at = reader.next(at, spanEnd);
      const {tag, from} = reader;
      switch (tag) {
        case 0x0a:
          this.id(columns.traceId.bytes, 16 * row, 16, from, at - from);
          break;
        case 0x12:
          this.id(columns.spanId.bytes, 8 * row, 8, from, at - from);
          break;
        case 0x1a:
          columns.name.setPair(row, from, at - from);
          break;
        case 0x22:
          this.reference(from, at);
          break;
        case 0x28:
          rows.setFlags(row, reader.low);
          break;
        case 0x32:
          this.time(from, at);
          inTime = secondsToNanos(start, this.seconds, this.nanos);
          break;
        case 0x3a:
          this.time(from, at);
          setNanos(duration, this.seconds * 1e9 + this.nanos);
          break;
        case 0x42:
          this.keyValue(attributes, addTo(columns.attributes, row, attributes), from, at);
          break;
        case 0x4a:
          hasLogs = true;
      }
    }
    rows.applyTags(row);
    if (hasLogs) this.logs(row, spanStart, spanEnd);
    rows.applyReferences(row);
    inTime = setEnd(columns.end, row, start, duration) && inTime;
    columns.start.setPair(row, start.low, start.high);
    if (!inTime) rows.items.fault = fault.timeRange;
    rows.end(row);
  }

  private logs(span: number, start: number, end: number): void {
    const {reader} = this;
    for (let at = start; at < end; ) {
      at = reader.next(at, end);
      if (reader.tag === 0x4a) this.log(span, reader.from, at);
    }
  }

  private log(span: number, start: number, end: number): void {
    const {reader, rows} = this;
    const {attributes, events, spans} = rows.batch;
    const row = addTo(spans.columns.events, span, events);
    const time: Words64 = {low: 0, high: 0};
    for (let at = start; at < end; ) {
      at = reader.next(at, end);
      const {tag, from} = reader;
      if (tag === 0x0a) {
        this.time(from, at);
        if (!secondsToNanos(time, this.seconds, this.nanos)) rows.items.fault = fault.timeRange;
      } else if (tag === 0x12) {
        this.keyValue(attributes, addTo(events.columns.attributes, row, attributes), from, at);
      }
    }
    events.columns.time.setPair(row, time.low, time.high);
    rows.nameEvent(row);
  }

  private reference(start: number, end: number): void {
    const {reader} = this;
    const reference = this.rows.reference();
    for (let at = start; at < end; ) {
      at = reader.next(at, end);
      const {tag, from} = reader;
      if (tag === 0x0a) this.id(reference.ids, 0, 16, from, at - from);
      else if (tag === 0x12) this.id(reference.ids, 16, 8, from, at - from);
      else if (tag === 0x18) reference.type = reader.low;
    }
  }

  private id(target: Uint8Array, at: number, width: 8 | 16, from: number, length: number): void {
    if (!copyId(this.reader.bytes, from, length, target, at, width)) this.rows.items.fault = fault.otherId;
  }

  /** A Timestamp or Duration into `seconds` and `nanos`. */
  private time(start: number, end: number): void {
    const {reader} = this;
    this.seconds = 0;
    this.nanos = 0;
    for (let at = start; at < end; ) {
      at = reader.next(at, end);
      if (reader.tag === 0x08) this.seconds = (reader.high | 0) * 2 ** 32 + reader.low;
      else if (reader.tag === 0x10) this.nanos = reader.low | 0;
    }
  }

  private readonly values = new Uint32Array(10);

  private keyValue(attributes: AttributeTable, row: number, start: number, end: number): void {
    const {reader} = this;
    const {key} = attributes.columns;
    const values = this.values.fill(0);
    let wanted = 0;
    for (let at = start; at < end; ) {
      at = reader.next(at, end);
      const {tag, from} = reader;
      switch (tag) {
        case 0x0a:
          key.setPair(row, from, at - from);
          break;
        case 0x10:
          wanted = reader.low;
          break;
        case 0x1a:
          values[0] = from;
          values[1] = at - from;
          break;
        case 0x20:
          values[2] = reader.low !== 0 || reader.high !== 0 ? 1 : 0;
          break;
        case 0x28:
          values[4] = reader.low;
          values[5] = reader.high;
          break;
        case 0x31:
          values[6] = reader.view.getUint32(from, true);
          values[7] = reader.view.getUint32(from + 4, true);
          break;
        case 0x3a:
          values[8] = from;
          values[9] = at - from;
      }
    }
    this.rows.setTag(row, tagTypes, wanted, values);
  }
}

/** ValueType: STRING, BOOL, INT64, FLOAT64, BINARY. */
const tagTypes = [valueType.string, valueType.bool, valueType.int, valueType.double, valueType.bytes] as const;
