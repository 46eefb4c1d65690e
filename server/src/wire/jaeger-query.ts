/**
 * The messages of Jaeger's query services (`api_v2/query.proto` and `api_v3/query_service.proto` of jaeger-idl): requests read, answers
 * written. A field that is absent has its type's zero, as in Go.
 */
import {toHex, utf8} from '../base/index.ts';
import {ProtoReader, ProtoWriter} from '../model/index.ts';

export interface JaegerTraceRequest {
  /** Of `api_v2`: the bytes that were sent, in hexadecimal. Of `api_v3`: the text. */
  readonly traceId: string;
  readonly raw: boolean;
}

export interface JaegerFindRequest {
  readonly service: string;
  readonly operation: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Nanoseconds since 1970; undefined where it was not sent. */
  readonly start: bigint | undefined;
  readonly end: bigint | undefined;
  /** Nanoseconds. */
  readonly minDuration: bigint;
  readonly maxDuration: bigint;
  readonly depth: number;
  readonly raw: boolean;
  /** Whether there is a structured filter. */
  readonly filtered: boolean;
}

export interface JaegerOperation {
  readonly name: string;
  readonly spanKind: string;
}
export interface JaegerDependency {
  readonly parent: string;
  readonly child: string;
  readonly callCount: number;
}
export interface JaegerTraceSummary {
  readonly traceId: string;
  readonly rootServiceName?: string;
  readonly rootOperationName?: string;
  readonly minStartTimeUnixNano: string;
  readonly maxEndTimeUnixNano: string;
  readonly spanCount: number;
  readonly errorSpanCount?: number;
  readonly orphanSpanCount?: number;
  readonly services: readonly {readonly name: string; readonly spanCount: number; readonly errorSpanCount?: number}[];
}

/** Calls `field` for each field of the message between the offsets: its number, and where its payload lies. */
function eachField(
  reader: ProtoReader,
  start: number,
  end: number,
  field: (number: number, from: number, to: number) => void,
): void {
  for (let at = start; at < end; ) {
    at = reader.next(at, end);
    field(reader.tag >>> 3, reader.from, at);
  }
}

const textAt = (reader: ProtoReader, from: number, to: number): string => utf8(reader.bytes, from, to - from);
const isTrue = (reader: ProtoReader): boolean => reader.low !== 0 || reader.high !== 0;

/** Of a Timestamp or Duration. */
function nanosAt(reader: ProtoReader, from: number, to: number): bigint {
  let seconds = 0n;
  let nanos = 0n;
  eachField(reader, from, to, (number) => {
    const value = BigInt.asIntN(64, (BigInt(reader.high) << 32n) | BigInt(reader.low));
    if (number === 1) seconds = value;
    else if (number === 2) nanos = BigInt.asIntN(32, value);
  });
  return seconds * 1_000_000_000n + nanos;
}

export function readTraceIdRequest(message: Uint8Array, version: 2 | 3): JaegerTraceRequest {
  const reader = new ProtoReader(message);
  let traceId = '';
  let raw = false;
  eachField(reader, 0, message.length, (number, from, to) => {
    if (number === 1) traceId = version === 2 ? toHex(message.subarray(from, to)) : textAt(reader, from, to);
    else if (number === 4) raw = isTrue(reader);
  });
  return {traceId, raw};
}

/** Undefined where there is no query in it. */
export function readFindRequest(message: Uint8Array): JaegerFindRequest | undefined {
  const reader = new ProtoReader(message);
  let found = false;
  let [service, operation, depth, raw, filtered] = ['', '', 0, false, false];
  let [start, end, minDuration, maxDuration]: (bigint | undefined)[] = [];
  const tags: Record<string, string> = Object.create(null);
  const query = (number: number, from: number, to: number): void => {
    switch (number) {
      case 1:
        service = textAt(reader, from, to);
        break;
      case 2:
        operation = textAt(reader, from, to);
        break;
      case 3: {
        let [key, value] = ['', ''];
        eachField(reader, from, to, (part, at, until) => {
          if (part === 1) key = textAt(reader, at, until);
          else if (part === 2) value = textAt(reader, at, until);
        });
        tags[key] = value;
        break;
      }
      case 4:
        start = nanosAt(reader, from, to);
        break;
      case 5:
        end = nanosAt(reader, from, to);
        break;
      case 6:
        minDuration = nanosAt(reader, from, to);
        break;
      case 7:
        maxDuration = nanosAt(reader, from, to);
        break;
      case 8:
        depth = reader.low | 0;
        break;
      case 9:
        raw = isTrue(reader);
        break;
      case 10:
        filtered = true;
    }
  };
  eachField(reader, 0, message.length, (number, from, to) => {
    if (number !== 1) return;
    found = true;
    eachField(reader, from, to, query);
  });
  if (!found) return undefined;
  return {
    service,
    operation,
    tags,
    start,
    end,
    minDuration: minDuration ?? 0n,
    maxDuration: maxDuration ?? 0n,
    depth,
    raw,
    filtered,
  };
}

export function readOperationsRequest(message: Uint8Array): {readonly service: string; readonly spanKind: string} {
  const reader = new ProtoReader(message);
  let [service, spanKind] = ['', ''];
  eachField(reader, 0, message.length, (number, from, to) => {
    if (number === 1) service = textAt(reader, from, to);
    else if (number === 2) spanKind = textAt(reader, from, to);
  });
  return {service, spanKind};
}

/** Nanoseconds since 1970; undefined where a time was not sent. */
export function readDependenciesRequest(message: Uint8Array): {start: bigint | undefined; end: bigint | undefined} {
  const reader = new ProtoReader(message);
  let [start, end]: (bigint | undefined)[] = [];
  eachField(reader, 0, message.length, (number, from, to) => {
    if (number === 1) start = nanosAt(reader, from, to);
    else if (number === 2) end = nanosAt(reader, from, to);
  });
  return {start, end};
}

/** The service of a `grpc.health.v1.HealthCheckRequest`. */
export const readHealthRequest = (message: Uint8Array): string => readOperationsRequest(message).service;

function message(write: (writer: ProtoWriter) => void): Uint8Array {
  const writer = new ProtoWriter();
  write(writer);
  return writer.finish();
}

export const healthResponse = (status: number): Uint8Array => message((writer) => writer.numberField(1, status));

/** A `SpansResponseChunk` of encoded spans. */
export const spansChunk = (spans: readonly Uint8Array[]): Uint8Array =>
  message((writer) => {
    for (const span of spans.toReversed()) writer.bytesField(1, span);
  });

export const servicesResponse = (names: readonly string[]): Uint8Array =>
  message((writer) => {
    for (const name of names.toReversed()) writer.textField(1, name);
  });

/** `api_v2` has the bare names too. */
export const operationsResponse = (operations: readonly JaegerOperation[], version: 2 | 3): Uint8Array =>
  message((writer) => {
    for (const {name, spanKind} of operations.toReversed()) {
      writer.messageField(version === 2 ? 2 : 1, () => {
        if (spanKind !== '') writer.textField(2, spanKind);
        writer.textField(1, name);
      });
    }
    if (version === 3) return;
    for (const name of [...new Set(operations.map((operation) => operation.name))].reverse()) writer.textField(1, name);
  });

export const dependenciesResponse = (dependencies: readonly JaegerDependency[]): Uint8Array =>
  message((writer) => {
    for (const {parent, child, callCount} of dependencies.toReversed()) {
      writer.messageField(1, () => {
        writer.numberField(3, callCount);
        writer.textField(2, child);
        writer.textField(1, parent);
      });
    }
  });

export const summariesResponse = (summaries: readonly JaegerTraceSummary[]): Uint8Array =>
  message((writer) => {
    for (const summary of summaries.toReversed()) writer.messageField(1, () => writeSummary(writer, summary));
  });

function writeSummary(writer: ProtoWriter, summary: JaegerTraceSummary): void {
  for (const {name, spanCount, errorSpanCount = 0} of summary.services.toReversed()) {
    writer.messageField(9, () => {
      if (errorSpanCount > 0) writer.numberField(3, errorSpanCount);
      writer.numberField(2, spanCount);
      writer.textField(1, name);
    });
  }
  const {errorSpanCount = 0, orphanSpanCount = 0, rootOperationName = '', rootServiceName = ''} = summary;
  if (orphanSpanCount > 0) writer.numberField(8, orphanSpanCount);
  if (errorSpanCount > 0) writer.numberField(7, errorSpanCount);
  writer.numberField(6, summary.spanCount);
  fixed64Field(writer, 5, BigInt(summary.maxEndTimeUnixNano));
  fixed64Field(writer, 4, BigInt(summary.minStartTimeUnixNano));
  if (rootOperationName !== '') writer.textField(3, rootOperationName);
  if (rootServiceName !== '') writer.textField(2, rootServiceName);
  writer.textField(1, summary.traceId);
}

function fixed64Field(writer: ProtoWriter, number: number, value: bigint): void {
  writer.fixed64(Number(value & 0xffff_ffffn), Number(value >> 32n));
  writer.tag(number, 1);
}
