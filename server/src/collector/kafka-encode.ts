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
  valueType,
} from '../model/index.ts';
import {encodeJson, encodeProto} from '../wire/index.ts';

/** Writes a batch as the value of one message, or each item as a message of its own. */
export type KafkaEncoder =
  | {readonly kind: 'batch'; encode(batch: Lent<AnyBatch>): Uint8Array}
  | {readonly kind: 'item'; encode(batch: Lent<AnyBatch>, row: number): EncodedItem | undefined};

/** `key` is the message's, where the encoding has one of its own. */
export interface EncodedItem {
  readonly key?: Uint8Array;
  readonly value: Uint8Array;
}

export const encodedEncodings: Readonly<Record<Signal, readonly string[]>> = {
  traces: ['otlp_proto', 'otlp_json'],
  metrics: ['otlp_proto', 'otlp_json'],
  logs: ['otlp_proto', 'otlp_json', 'raw'],
};

/** Undefined where there is no such encoding of the signal. */
export function kafkaEncoder(signal: Signal, encoding: string): KafkaEncoder | undefined {
  if (!encodedEncodings[signal].includes(encoding)) return undefined;
  return encoders[encoding];
}

const encoders: Readonly<Record<string, KafkaEncoder>> = {
  otlp_proto: {kind: 'batch', encode: encodeProto},
  otlp_json: {kind: 'batch', encode: encodeJson},
  raw: {kind: 'item', encode: (batch, row) => rawBody(batch as Lent<LogBatch>, row)},
};

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
