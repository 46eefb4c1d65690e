/** Attribute values as text, for protocols whose tags are texts: as the Collector's `Value.AsString` writes them. */
import {utf8} from '../base/index.ts';
import {type AnyValue, type KeyValue, type Lent, readValue, type SpanBatch, valueType} from '../model/index.ts';

/** The text of one row of the attribute table. */
export function valueText(batch: Pick<Lent<SpanBatch>, 'attributes' | 'heap'>, row: number): string {
  const {type, value} = batch.attributes.columns;
  if (type.get(row) === valueType.string) {
    return utf8(batch.heap.bytes, value.words[2 * row] as number, value.words[2 * row + 1] as number);
  }
  return anyText(readValue(batch, row));
}

/** A string as it is, byte strings in base64, lists and maps in JSON. */
export function anyText(value: AnyValue): string {
  switch (value.type) {
    case 'empty':
      return '';
    case 'string':
      return value.value;
    case 'bytes':
      return Buffer.from(value.value).toString('base64');
    case 'double':
      return String(value.value).replace('Infinity', 'Inf');
    case 'bool':
    case 'int':
      return String(value.value);
    default:
      return anyJson(value);
  }
}

/** The same as JSON; integers keep their digits. */
export function anyJson(value: AnyValue): string {
  switch (value.type) {
    case 'empty':
      return 'null';
    case 'bool':
    case 'int':
      return String(value.value);
    case 'double':
      return Number.isFinite(value.value) ? String(value.value) : JSON.stringify(anyText(value));
    case 'array':
      return `[${value.value.map(anyJson).join(',')}]`;
    case 'map':
      return entriesJson(value.value);
    default:
      return JSON.stringify(anyText(value));
  }
}

/** A JSON object of some attributes, in the order of their keys. */
export function entriesJson(entries: readonly KeyValue[]): string {
  const sorted = entries.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return `{${sorted.map(({key, value}) => `${JSON.stringify(key)}:${anyJson(value)}`).join(',')}}`;
}
