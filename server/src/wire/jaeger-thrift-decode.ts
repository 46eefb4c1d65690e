/** Jaeger's Thrift (`jaeger.thrift` of github.com/jaegertracing/jaeger-idl) → columnar batch, whose heap is the received body. */
import {type AttributeTable, type RangeColumn, type SpanBatch, valueType} from '../model/index.ts';
import {JaegerRows} from './jaeger-rows.ts';
import {checkBodySize, type Decoded, fault} from './otlp-rejections.ts';
import {addTo} from './otlp-rows.ts';
import {batchOver, decodeSpans} from './span-decode.ts';
import type {HeapSlice} from './span-origins.ts';
import {type ThriftProtocol, ThriftReader, thriftType} from './thrift-reader.ts';
import {microsToNanos, setEnd, type Words64} from './time-words.ts';

/** Decodes a `Batch`. Takes the body. Throws MalformedError; spans without ids are left out and counted. */
export function decodeJaegerThrift(
  body: Uint8Array,
  protocol: ThriftProtocol = 'binary',
  spare?: SpanBatch,
): Decoded<SpanBatch> {
  checkBodySize(body);
  return decodeJaegerBatch(new ThriftReader(body, protocol), spare);
}

/** Decodes the `Batch` at which the reader stands. */
export function decodeJaegerBatch(reader: ThriftReader, spare?: SpanBatch): Decoded<SpanBatch> {
  const {bytes} = reader;
  const batch = batchOver(bytes, spare, 8, 5);
  return decodeSpans(batch, bytes.length, (rejections) =>
    new BatchDecoder(reader, new JaegerRows(batch, rejections)).batch(),
  );
}

class BatchDecoder {
  private readonly reader: ThriftReader;
  private readonly rows: JaegerRows;
  private readonly start: Words64 = {low: 0, high: 0};
  private readonly duration: Words64 = {low: 0, high: 0};
  private readonly text: HeapSlice = {start: 0, length: 0};

  constructor(reader: ThriftReader, rows: JaegerRows) {
    this.reader = reader;
    this.rows = rows;
  }

  batch(): void {
    const {reader, rows} = this;
    const resource = rows.batch.resources.add();
    reader.enter();
    while (reader.field()) {
      if (reader.id === 1) {
        if (reader.is(thriftType.struct)) this.process(resource);
      } else if (reader.id === 2) {
        if (reader.isListOf(thriftType.struct)) for (let left = reader.count; left > 0; left--) this.span(resource);
      } else reader.skip();
    }
  }

  private process(resource: number): void {
    const {reader, rows, text} = this;
    const range = rows.batch.resources.columns.attributes;
    range.setPair(resource, 0, 0);
    text.length = 0;
    reader.enter();
    while (reader.field()) {
      if (reader.id === 1) {
        if (reader.is(thriftType.string)) this.slice();
      } else if (reader.id === 2) {
        if (reader.isListOf(thriftType.struct)) this.tags(range, resource);
      } else reader.skip();
    }
    rows.applyProcess(resource, text);
  }

  private slice(): void {
    const {reader, text} = this;
    reader.binary();
    text.start = reader.from;
    text.length = reader.to - reader.from;
  }

  private span(resource: number): void {
    const {reader, rows, start, duration} = this;
    const {columns} = rows.batch.spans;
    const row = rows.begin(resource);
    start.low = start.high = duration.low = duration.high = 0;
    reader.enter();
    while (reader.field()) {
      switch (reader.id) {
        case 1:
          if (reader.is(thriftType.i64)) reader.idBytes(columns.traceId.bytes, 16 * row + 8);
          break;
        case 2:
          if (reader.is(thriftType.i64)) reader.idBytes(columns.traceId.bytes, 16 * row);
          break;
        case 3:
          if (reader.is(thriftType.i64)) reader.idBytes(columns.spanId.bytes, 8 * row);
          break;
        case 4:
          if (reader.is(thriftType.i64)) reader.idBytes(columns.parentSpanId.bytes, 8 * row);
          break;
        case 5:
          if (!reader.is(thriftType.string)) break;
          reader.binary();
          columns.name.setPair(row, reader.from, reader.to - reader.from);
          break;
        case 6:
          if (reader.isListOf(thriftType.struct)) for (let left = reader.count; left > 0; left--) this.reference();
          break;
        case 7:
          if (reader.is(thriftType.i32)) rows.setFlags(row, reader.i32());
          break;
        case 8:
          if (reader.is(thriftType.i64)) this.words(start);
          break;
        case 9:
          if (reader.is(thriftType.i64)) this.words(duration);
          break;
        case 10:
          if (!reader.isListOf(thriftType.struct)) break;
          columns.attributes.setPair(row, 0, 0);
          this.tags(columns.attributes, row);
          rows.applyTags(row);
          break;
        case 11:
          if (reader.isListOf(thriftType.struct)) for (let left = reader.count; left > 0; left--) this.log(row);
          break;
        default:
          reader.skip();
      }
    }
    rows.applyReferences(row);
    microsToNanos(duration);
    const inTime = microsToNanos(start) && setEnd(columns.end, row, start, duration);
    columns.start.setPair(row, start.low, start.high);
    if (!inTime) rows.items.fault = fault.timeRange;
    rows.end(row);
  }

  private reference(): void {
    const {reader, rows} = this;
    const reference = rows.reference();
    reader.enter();
    while (reader.field()) {
      if (reader.id === 1) {
        if (reader.is(thriftType.i32)) reference.type = reader.i32();
      } else if (reader.id >= 2 && reader.id <= 4) {
        if (reader.is(thriftType.i64)) reader.idBytes(reference.ids, referenceIds[reader.id - 2] as number);
      } else reader.skip();
    }
  }

  private log(span: number): void {
    const {reader, rows} = this;
    const {events, spans} = rows.batch;
    const row = addTo(spans.columns.events, span, events);
    const time: Words64 = {low: 0, high: 0};
    reader.enter();
    while (reader.field()) {
      if (reader.id === 1) {
        if (reader.is(thriftType.i64)) this.words(time);
      } else if (reader.id === 2) {
        if (!reader.isListOf(thriftType.struct)) continue;
        events.columns.attributes.setPair(row, 0, 0);
        this.tags(events.columns.attributes, row);
        rows.nameEvent(row);
      } else reader.skip();
    }
    if (!microsToNanos(time)) rows.items.fault = fault.timeRange;
    events.columns.time.setPair(row, time.low, time.high);
  }

  /** Reads a list of tags into the owner's attributes. */
  private tags(owner: RangeColumn, row: number): void {
    const {attributes} = this.rows.batch;
    for (let left = this.reader.count; left > 0; left--) this.tag(attributes, addTo(owner, row, attributes));
  }

  private tag(attributes: AttributeTable, row: number): void {
    const {reader} = this;
    const {key} = attributes.columns;
    let wanted = 0;
    // Each field of a value by the tag's type: STRING, DOUBLE, BOOL, LONG, BINARY.
    const values = this.values.fill(0);
    reader.enter();
    while (reader.field()) {
      switch (reader.id) {
        case 1:
          if (!reader.is(thriftType.string)) break;
          reader.binary();
          key.setPair(row, reader.from, reader.to - reader.from);
          break;
        case 2:
          if (reader.is(thriftType.i32)) wanted = reader.i32();
          break;
        case 3:
          if (!reader.is(thriftType.string)) break;
          reader.binary();
          values[0] = reader.from;
          values[1] = reader.to - reader.from;
          break;
        case 4:
          if (!reader.is(thriftType.double)) break;
          reader.double();
          values[2] = reader.low;
          values[3] = reader.high;
          break;
        case 5:
          if (reader.is(thriftType.bool)) values[4] = reader.bool() ? 1 : 0;
          break;
        case 6:
          if (!reader.is(thriftType.i64)) break;
          reader.i64();
          values[6] = reader.low;
          values[7] = reader.high;
          break;
        case 7:
          if (!reader.is(thriftType.string)) break;
          reader.binary();
          values[8] = reader.from;
          values[9] = reader.to - reader.from;
          break;
        default:
          reader.skip();
      }
    }
    this.rows.setTag(row, tagTypes, wanted, values);
  }

  private readonly values = new Uint32Array(10);

  private words(into: Words64): void {
    const {reader} = this;
    reader.i64();
    into.low = reader.low;
    into.high = reader.high;
  }
}

/** Where `traceIdLow`, `traceIdHigh` and `spanId` of a SpanRef lie in a reference's ids. */
const referenceIds = [8, 0, 16] as const;
const tagTypes = [valueType.string, valueType.double, valueType.bool, valueType.int, valueType.bytes] as const;
