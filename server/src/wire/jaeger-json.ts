/**
 * Jaeger's spans in protobuf's JSON mapping (`jaeger_json` of the Collector's Kafka components): one span a message, with its
 * process in it. Both ways go through the protobuf, so that the mapping is written once.
 */
import {MalformedError, signed64, utf8, utf8Bytes} from '../base/index.ts';
import {type Lent, ProtoReader, ProtoWriter, type SpanBatch} from '../model/index.ts';
import {decodeJaegerSpan} from './jaeger-proto-decode.ts';
import {encodeJaegerSpans} from './jaeger-proto-encode.ts';
import type {Decoded} from './otlp-rejections.ts';

type Kind =
  | 'text'
  | 'bytes'
  | 'bool'
  | 'int64'
  | 'uint32'
  | 'double'
  | 'time'
  | 'duration'
  | Message
  | readonly string[];
interface Field {
  readonly name: string;
  readonly kind: Kind;
  readonly repeated?: boolean;
}
/** The fields of a message by their numbers. */
type Message = Readonly<Record<number, Field>>;

const keyValue: Message = {
  1: {name: 'key', kind: 'text'},
  2: {name: 'vType', kind: ['STRING', 'BOOL', 'INT64', 'FLOAT64', 'BINARY']},
  3: {name: 'vStr', kind: 'text'},
  4: {name: 'vBool', kind: 'bool'},
  5: {name: 'vInt64', kind: 'int64'},
  6: {name: 'vFloat64', kind: 'double'},
  7: {name: 'vBinary', kind: 'bytes'},
};
const log: Message = {
  1: {name: 'timestamp', kind: 'time'},
  2: {name: 'fields', kind: keyValue, repeated: true},
};
const reference: Message = {
  1: {name: 'traceId', kind: 'bytes'},
  2: {name: 'spanId', kind: 'bytes'},
  3: {name: 'refType', kind: ['CHILD_OF', 'FOLLOWS_FROM']},
};
const process: Message = {
  1: {name: 'serviceName', kind: 'text'},
  2: {name: 'tags', kind: keyValue, repeated: true},
};
const span: Message = {
  1: {name: 'traceId', kind: 'bytes'},
  2: {name: 'spanId', kind: 'bytes'},
  3: {name: 'operationName', kind: 'text'},
  4: {name: 'references', kind: reference, repeated: true},
  5: {name: 'flags', kind: 'uint32'},
  6: {name: 'startTime', kind: 'time'},
  7: {name: 'duration', kind: 'duration'},
  8: {name: 'tags', kind: keyValue, repeated: true},
  9: {name: 'logs', kind: log, repeated: true},
  10: {name: 'process', kind: process},
};

/** Decodes one span. Throws MalformedError with the path. */
export function decodeJaegerJson(body: Uint8Array): Decoded<SpanBatch> {
  let value: unknown;
  try {
    value = JSON.parse(utf8(body));
  } catch (error) {
    throw new MalformedError(error instanceof Error ? error.message : 'not JSON');
  }
  const writer = new ProtoWriter(body.length);
  writeMessage(writer, span, value, 'span');
  return decodeJaegerSpan(writer.finish());
}

/** One message a span. */
export const encodeJaegerJson = (batch: Lent<SpanBatch>): Uint8Array[] =>
  encodeJaegerSpans(batch).map((message) =>
    utf8Bytes(JSON.stringify(readMessage(new ProtoReader(message), span, 0, message.length))),
  );

function readMessage(reader: ProtoReader, message: Message, start: number, end: number): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (let at = start; at < end; ) {
    at = reader.next(at, end);
    const field = message[reader.tag >>> 3];
    if (field === undefined) continue;
    const read = readField(reader, field.kind, reader.from, at);
    if (field.repeated === true) ((value[field.name] as unknown[] | undefined) ?? (value[field.name] = [])).push(read);
    else value[field.name] = read;
  }
  return value;
}

function readField(reader: ProtoReader, kind: Kind, from: number, to: number): unknown {
  const {bytes, low, view} = reader;
  if (typeof kind === 'object') {
    return Array.isArray(kind) ? (kind[low] ?? low) : readMessage(reader, kind as Message, from, to);
  }
  switch (kind) {
    case 'text':
      return utf8(bytes, from, to - from);
    case 'bytes':
      return Buffer.from(bytes.subarray(from, to)).toString('base64');
    case 'bool':
      return low !== 0;
    case 'int64':
      return String(signed64(reader));
    case 'uint32':
      return low;
    case 'double': {
      const value = view.getFloat64(from, true);
      return Number.isFinite(value) ? value : String(value);
    }
    default: {
      const nanos = readNanos(reader, from, to);
      return kind === 'time' ? timeText(nanos) : durationText(nanos);
    }
  }
}

function readNanos(reader: ProtoReader, from: number, to: number): bigint {
  let nanos = 0n;
  for (let at = from; at < to; ) {
    at = reader.next(at, to);
    const value = signed64(reader);
    nanos += reader.tag === 0x08 ? value * second : value;
  }
  return nanos;
}

const second = 1_000_000_000n;
const fraction = (nanos: bigint): string =>
  nanos === 0n
    ? ''
    : `.${String(nanos)
        .padStart(9, '0')
        .replace(/(000){1,2}$/, '')}`;
const timeText = (nanos: bigint): string =>
  `${new Date(Number(nanos / second) * 1000).toISOString().slice(0, 19)}${fraction(nanos % second)}Z`;
const durationText = (nanos: bigint): string => {
  const size = nanos < 0n ? -nanos : nanos;
  return `${nanos < 0n ? '-' : ''}${size / second}${fraction(size % second)}s`;
};

/** Writes the fields of a JSON object, the last one first. */
function writeMessage(writer: ProtoWriter, message: Message, value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(path, 'an object');
  const given = value as Readonly<Record<string, unknown>>;
  for (const [number, field] of Object.entries(message).toReversed()) {
    const at = `${path}.${field.name}`;
    const one = given[field.name] ?? given[field.name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
    if (one === undefined || one === null) continue;
    if (field.repeated !== true) writeField(writer, Number(number), field.kind, one, at);
    else if (!Array.isArray(one)) fail(at, 'a list');
    else
      for (const [i, each] of [...one.entries()].reverse())
        writeField(writer, Number(number), field.kind, each, `${at}[${i}]`);
  }
}

function writeField(writer: ProtoWriter, number: number, kind: Kind, value: unknown, path: string): void {
  if (typeof kind === 'object' && !Array.isArray(kind)) {
    return writer.messageField(number, () => writeMessage(writer, kind as Message, value, path));
  }
  switch (kind) {
    case 'text':
      return typeof value === 'string' ? writer.textField(number, value) : fail(path, 'a string');
    case 'bytes':
      return isBase64(value) ? writer.bytesField(number, Buffer.from(value, 'base64')) : fail(path, 'base64');
    case 'bool':
      return typeof value === 'boolean' ? writer.numberField(number, value ? 1 : 0) : fail(path, 'true or false');
    case 'double': {
      const double = typeof value === 'string' ? Number(value) : value;
      return typeof double === 'number' ? writer.doubleField(number, double) : fail(path, 'a number');
    }
    case 'int64':
    case 'uint32':
      return writeInteger(writer, number, integerOf(value) ?? fail(path, 'a whole number'));
    case 'time':
      return writeNanos(writer, number, nanosOfTime(value) ?? fail(path, 'a time such as 2020-02-11T20:26:12.5Z'));
    case 'duration':
      return writeNanos(writer, number, nanosOfDuration(value) ?? fail(path, 'a duration such as 1.5s'));
    default: {
      const names = kind as readonly string[];
      const index = typeof value === 'number' ? value : names.indexOf(String(value));
      return index >= 0 && Number.isSafeInteger(index)
        ? writer.numberField(number, index)
        : fail(path, `one of ${names.join(', ')}`);
    }
  }
}

function writeInteger(writer: ProtoWriter, number: number, value: bigint): void {
  const bits = BigInt.asUintN(64, value);
  writer.varint(Number(bits & 0xffff_ffffn), Number(bits >> 32n));
  writer.tag(number, 0);
}

const writeNanos = (writer: ProtoWriter, number: number, nanos: bigint): void =>
  writer.messageField(number, () => {
    writeInteger(writer, 2, nanos % second);
    writeInteger(writer, 1, nanos / second);
  });

function integerOf(value: unknown): bigint | undefined {
  const isNumber = Number.isSafeInteger(value) || (typeof value === 'string' && /^-?\d{1,20}$/.test(value));
  return isNumber ? BigInt(value as number | string) : undefined;
}

function nanosOfTime(value: unknown): bigint | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(String(value));
  const millis = match === null ? Number.NaN : Date.parse(`${match[1]}${match[3]}`);
  return Number.isNaN(millis) ? undefined : BigInt(millis) * 1_000_000n + BigInt((match?.[2] ?? '').padEnd(9, '0'));
}

function nanosOfDuration(value: unknown): bigint | undefined {
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(String(value));
  if (match === null) return undefined;
  const nanos = BigInt(match[2] as string) * second + BigInt((match[3] ?? '').padEnd(9, '0'));
  return match[1] === '-' ? -nanos : nanos;
}

const isBase64 = (value: unknown): value is string => typeof value === 'string' && /^[\w+/-]*={0,2}$/.test(value);

const fail = (path: string, expected: string): never => {
  throw new MalformedError(`${path}: expected ${expected}`);
};
