/** The encodings of messages that the Kafka exporter writes. */
import {isZero, toHex, utf8Bytes} from '../base/index.ts';
import {
  type AnyBatch,
  type AnyValue,
  type KeyValue,
  type Lent,
  type LogBatch,
  readValue,
  type Signal,
  type SpanBatch,
  valueType,
} from '../model/index.ts';
import {encodeJson, encodeProto, type SpanEncoding, spanEncodings} from '../wire/index.ts';

/** Writes a batch as the value of one message, or each item as a message of its own, in the order of the items. */
export type KafkaEncoder =
  | {readonly kind: 'batch'; encode(batch: Lent<AnyBatch>): Uint8Array}
  | {readonly kind: 'items'; encode(batch: Lent<AnyBatch>): readonly (EncodedItem | undefined)[]};

/** `key` is the message's, where the encoding has one of its own. */
export interface EncodedItem {
  readonly key?: string | undefined;
  readonly value: Uint8Array;
}

const ofSpans = Object.fromEntries(
  Object.entries<SpanEncoding>(spanEncodings).flatMap(([name, {encode}]) =>
    encode === undefined ? [] : [[name, encode] as const],
  ),
);

export const encodedEncodings: Readonly<Record<Signal, readonly string[]>> = {
  traces: ['otlp_proto', 'otlp_json', ...Object.keys(ofSpans)],
  metrics: ['otlp_proto', 'otlp_json'],
  logs: ['otlp_proto', 'otlp_json', 'raw'],
};

/** Undefined where there is no such encoding of the signal. */
export function kafkaEncoder(signal: Signal, encoding: string): KafkaEncoder | undefined {
  if (encoding === 'otlp_proto') return {kind: 'batch', encode: encodeProto};
  if (encoding === 'otlp_json') return {kind: 'batch', encode: encodeJson};
  if (signal === 'logs' && encoding === 'raw') return {kind: 'items', encode: encodeRaw};
  const spans = signal === 'traces' && Object.hasOwn(ofSpans, encoding) ? ofSpans[encoding] : undefined;
  return spans === undefined ? undefined : spanEncoder(spans);
}

function spanEncoder({perSpan, run}: NonNullable<SpanEncoding['encode']>): KafkaEncoder {
  if (!perSpan) return {kind: 'batch', encode: (batch) => run(batch as Lent<SpanBatch>)[0] as Uint8Array};
  return {
    kind: 'items',
    encode(batch) {
      const {traceId} = (batch as Lent<SpanBatch>).spans.columns;
      return run(batch as Lent<SpanBatch>).map((value, row) => ({key: traceKey(traceId.bytes, row), value}));
    },
  };
}

const encodeRaw = (batch: Lent<AnyBatch>): (EncodedItem | undefined)[] =>
  Array.from({length: batch.items.count}, (_, row) => rawBody(batch as Lent<LogBatch>, row));

/** A body of bytes as it is, another one as JSON. A record without a body is no message. */
function rawBody(batch: Lent<LogBatch>, row: number): EncodedItem | undefined {
  const {body} = batch.logs.columns;
  if (body.isEmpty(row)) return undefined;
  const at = body.from(row);
  if (batch.attributes.columns.type.get(at) === valueType.empty) return undefined;
  const value = readValue(batch, at);
  if (value.type === 'bytes') return value.value.length === 0 ? undefined : {value: value.value};
  return {value: utf8Bytes(jsonText(value))};
}

/** As Go writes JSON: keys in order, bytes in base64, numbers of 64 bits as numbers. */
function jsonText(value: AnyValue): string {
  switch (value.type) {
    case 'empty':
      return 'null';
    case 'int':
      return String(value.value);
    case 'bytes':
      return `"${Buffer.from(value.value).toString('base64')}"`;
    case 'array':
      return `[${value.value.map(jsonText).join(',')}]`;
    case 'map':
      return `{${value.value
        .toSorted(byKey)
        .map(({key, value: each}) => `${JSON.stringify(key)}:${jsonText(each)}`)
        .join(',')}}`;
    default:
      return JSON.stringify(value.value);
  }
}

const byKey = ({key: a}: KeyValue, {key: b}: KeyValue): number => (a < b ? -1 : a > b ? 1 : 0);

/** A trace's id as the key of a message: hexadecimal text, as the Collector writes it. Undefined where there is none. */
export const traceKey = (ids: Uint8Array, row: number): string | undefined =>
  isZero(ids, 16 * row, 16) ? undefined : toHex(ids, 16 * row, 16);
