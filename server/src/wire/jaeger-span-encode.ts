/** A span as Jaeger's query service shows it → protobuf's `jaeger.api_v2.Span` (`model.proto` of jaeger-idl). */
import {fromHex} from '../base/index.ts';
import {type AnyValue, type KeyValue, ProtoWriter} from '../model/index.ts';

export interface JaegerSpan {
  /** In hexadecimal and full length, as all ids here. */
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly references: readonly JaegerReference[];
  readonly sampled: boolean;
  /** Nanoseconds. */
  readonly start: bigint;
  readonly duration: bigint;
  readonly tags: readonly KeyValue[];
  readonly logs: readonly JaegerLog[];
  readonly process: JaegerProcess;
  readonly warnings: readonly string[];
}
export interface JaegerReference {
  readonly type: 'CHILD_OF' | 'FOLLOWS_FROM';
  readonly traceId: string;
  readonly spanId: string;
}
export interface JaegerLog {
  readonly time: bigint;
  readonly fields: readonly KeyValue[];
}
export interface JaegerProcess {
  readonly service: string;
  readonly tags: readonly KeyValue[];
}

/** `text` is the text form of lists, maps and of nothing, which Jaeger has no types for. */
export function encodeJaegerSpan(span: JaegerSpan, text: (value: AnyValue) => string): Uint8Array {
  const writer = new ProtoWriter(512);
  // What comes last is written first.
  for (const warning of span.warnings.toReversed()) writer.textField(12, warning);
  writer.messageField(10, () => {
    tags(writer, 2, span.process.tags, text);
    writer.textField(1, span.process.service);
  });
  for (const {time, fields} of span.logs.toReversed()) {
    writer.messageField(9, () => {
      tags(writer, 2, fields, text);
      timeField(writer, 1, time);
    });
  }
  tags(writer, 8, span.tags, text);
  timeField(writer, 7, span.duration);
  timeField(writer, 6, span.start);
  if (span.sampled) writer.numberField(5, 1);
  for (const {type, traceId, spanId} of span.references.toReversed()) {
    writer.messageField(4, () => {
      if (type === 'FOLLOWS_FROM') writer.numberField(3, 1);
      writer.bytesField(2, idBytes(spanId));
      writer.bytesField(1, idBytes(traceId));
    });
  }
  writer.textField(3, span.name);
  writer.bytesField(2, idBytes(span.spanId));
  writer.bytesField(1, idBytes(span.traceId));
  return writer.finish();
}

function tags(writer: ProtoWriter, field: number, list: readonly KeyValue[], text: (value: AnyValue) => string): void {
  for (const {key, value} of list.toReversed()) {
    writer.messageField(field, () => {
      switch (value.type) {
        case 'string':
          writer.textField(3, value.value);
          break;
        case 'bool':
          if (value.value) writer.numberField(4, 1);
          writer.numberField(2, 1);
          break;
        case 'int':
          signed(writer, 5, value.value);
          writer.numberField(2, 2);
          break;
        case 'double':
          writer.doubleField(6, value.value);
          writer.numberField(2, 3);
          break;
        case 'bytes':
          writer.bytesField(7, value.value);
          writer.numberField(2, 4);
          break;
        default:
          writer.textField(3, text(value));
      }
      writer.textField(1, key);
    });
  }
}

/** A Timestamp or Duration. */
export function timeField(writer: ProtoWriter, field: number, nanos: bigint): void {
  writer.messageField(field, () => {
    signed(writer, 2, nanos % 1_000_000_000n);
    signed(writer, 1, nanos / 1_000_000_000n);
  });
}

function signed(writer: ProtoWriter, field: number, value: bigint): void {
  const bits = BigInt.asUintN(64, value);
  writer.varint(Number(bits & 0xffff_ffffn), Number(bits >> 32n));
  writer.tag(field, 0);
}

const idBytes = (hex: string): Uint8Array => fromHex(hex) as Uint8Array;
