/** Attributes as Jaeger's typed tags, written as JSON text. Facts: the Collector's Jaeger translator and Jaeger's UI model. */
import type {AnyValue, KeyValue} from '../model/index.ts';
import {plainJson} from '../query/index.ts';

/** One that is shown more than once: its JSON is written once. */
export class Tag implements KeyValue {
  readonly key: string;
  readonly value: AnyValue;
  private text: string | undefined;

  constructor(key: string, value: AnyValue) {
    this.key = key;
    this.value = value;
  }

  get json(): string {
    return (this.text ??= tagJson(this.key, this.value));
  }
}

/** `[tag, tag, …]`. */
export function tagsJson(attributes: readonly KeyValue[]): string {
  let text = '';
  for (const tag of attributes) {
    if (text !== '') text += ',';
    text += tag instanceof Tag ? tag.json : tagJson(tag.key, tag.value);
  }
  return `[${text}]`;
}

export function tagJson(key: string, value: AnyValue): string {
  const name = JSON.stringify(key);
  switch (value.type) {
    case 'string':
      return `{"key":${name},"type":"string","value":${JSON.stringify(value.value)}}`;
    case 'bool':
      return `{"key":${name},"type":"bool","value":${value.value}}`;
    case 'int':
      return `{"key":${name},"type":"int64","value":${safeInteger(value.value)}}`;
    case 'double':
      return `{"key":${name},"type":"float64","value":${double(value.value)}}`;
    case 'bytes':
      return `{"key":${name},"type":"binary","value":"${base64(value.value)}"}`;
    case 'array':
    case 'map':
      return `{"key":${name},"type":"string","value":${JSON.stringify(plainJson(value))}}`;
    case 'empty':
      return `{"key":${name},"type":"string","value":""}`;
  }
}

const largest = BigInt(Number.MAX_SAFE_INTEGER);

/** As a number where JavaScript can read it exactly, else as a text. */
const safeInteger = (value: bigint): string => (value > largest || value < -largest ? `"${value}"` : value.toString());

/** JSON has no NaN and no infinities: they are written as texts (Jaeger fails on them). */
const double = (value: number): string => (Number.isFinite(value) ? String(value) : `"${value}"`);

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
