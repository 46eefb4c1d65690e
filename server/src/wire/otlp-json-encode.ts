/** Columnar batch → OTLP JSON (an Export…ServiceRequest), for all three signals. */
import {bug, isZero, toHex, utf8, utf8Bytes} from '../base/index.ts';
import {
  type AnyValue,
  type Batch,
  type IdColumn,
  type Lent,
  type RangeColumn,
  readValue,
  type SliceColumn,
  type TableView,
  type U32Column,
  type U64Column,
} from '../model/index.ts';
import {type Grouping, groupItems} from './otlp-grouping.ts';
import type {Field, Message} from './otlp-message.ts';
import type {SignalSchema} from './otlp-schema.ts';

/** Encodes all items, grouped by resource and scope; the batch is only read. Fields with their default value are left out. */
export function encodeOtlpJson(schema: SignalSchema, batch: Lent<Batch>): Uint8Array {
  return utf8Bytes(new RequestEncoder(schema, batch, groupItems(batch)).request());
}

class RequestEncoder {
  private readonly schema: SignalSchema;
  private readonly batch: Lent<Batch>;
  private readonly grouping: Grouping;

  constructor(schema: SignalSchema, batch: Lent<Batch>, grouping: Grouping) {
    this.schema = schema;
    this.batch = batch;
    this.grouping = grouping;
  }

  request(): string {
    const {schema, batch} = this;
    const [resourcesKey, scopesKey, itemsKey] = schema.keys;
    const items = batch.tables[schema.item.table] ?? bug(`no table ${schema.item.table}`);
    const resources = this.grouping.resources.map(({resource, scopes}) => {
      const inner = scopes.map((group) => {
        const rows = group.items.map((row) => `{${this.fields(schema.item, items, row)}}`);
        return this.envelope(schema.scope, batch.scopes, group.scope, itemsKey, rows);
      });
      return this.envelope(schema.resource, batch.resources, resource, scopesKey, inner);
    });
    return `{"${resourcesKey}":[${resources.join(',')}]}`;
  }

  private envelope(message: Message, table: TableView, row: number, key: string, inner: readonly string[]): string {
    const own = this.fields(message, table, row);
    return `{${own}${own === '' ? '' : ','}"${key}":[${inner.join(',')}]}`;
  }

  /** The members of a message's object, without its braces. */
  private fields(message: Message, table: TableView, row: number): string {
    let text = '';
    for (const field of message.fields) {
      const value = this.value(message, field, table, row);
      if (value !== undefined) text += `${text === '' ? '' : ','}"${field.name}":${value}`;
    }
    return text;
  }

  /** The JSON of a field's value; undefined where it has its default. */
  private value(message: Message, field: Field, table: TableView, row: number): string | undefined {
    const column = table.all[field.column];
    switch (field.kind) {
      case 'text':
        return (column as SliceColumn).size(row) === 0 ? undefined : this.text(column as SliceColumn, row);
      case 'id': {
        const {bytes, width} = column as IdColumn;
        return isZero(bytes, row * width, width) ? undefined : `"${toHex(bytes, row * width, width)}"`;
      }
      case 'time':
      case 'fixed64':
      case 'double':
      case 'int': {
        const numbers = column as U64Column;
        const {words} = numbers;
        const set =
          field.has === 0
            ? words[2 * row] !== 0 || words[2 * row + 1] !== 0
            : ((table.all[message.has] as U32Column).get(row) & field.has) !== 0;
        if (!set) return undefined;
        if (field.kind === 'double') return doubleText(numbers.getDouble(row));
        return `"${field.kind === 'int' ? numbers.getSigned(row) : numbers.get(row)}"`;
      }
      case 'fixed32':
      case 'uint32':
      case 'sint32':
      case 'enum': {
        const value = (column as U32Column).get(row);
        if (value === 0) return undefined;
        return String(field.kind === 'sint32' || field.kind === 'enum' ? value | 0 : value);
      }
      case 'bool':
        return (column as U32Column).get(row) === 0 ? undefined : 'true';
      case 'value': {
        const range = column as RangeColumn;
        return range.count(row) === 0 ? undefined : valueText(readValue(this.batch, range.from(row)));
      }
      case 'embedded': {
        const inner = this.fields(field.of as Message, table, row);
        return inner === '' ? undefined : `{${inner}}`;
      }
      case 'data':
        return (table.columns.type as U32Column).get(row) === field.number ? this.data(field, table, row) : undefined;
      default:
        return this.range(field, column as RangeColumn, row);
    }
  }

  private range(field: Field, range: RangeColumn, row: number): string | undefined {
    const count = range.count(row);
    if (count === 0) return undefined;
    const from = range.from(row);
    const child = this.batch.tables[range.child] ?? bug(`no table ${range.child}`);
    const {heap} = this.batch;
    const {key} = this.batch.attributes.columns;
    let text = '';
    for (let at = from; at < from + count; at++) {
      text += at === from ? '[' : ',';
      switch (field.kind) {
        case 'attributes':
          text += keyValueText(utf8(key.bytes(at, heap)), readValue(this.batch, at));
          break;
        case 'rows':
          text += `{${this.fields(field.of as Message, child, at)}}`;
          break;
        case 'texts':
          text += this.text(child.all[0] as SliceColumn, at);
          break;
        case 'doubles':
          text += doubleText((child.all[0] as U64Column).getDouble(at));
          break;
        default:
          text += `"${(child.all[0] as U64Column).get(at)}"`;
      }
    }
    return `${text}]`;
  }

  private data(field: Field, metrics: TableView, metric: number): string {
    const rows = this.grouping.points.get(metric) ?? [];
    const points = rows.map((row) => `{${this.fields(field.points as Message, this.batch.items, row)}}`);
    return this.envelope(field.of as Message, metrics, metric, 'dataPoints', points);
  }

  private text(column: SliceColumn, row: number): string {
    return JSON.stringify(utf8(this.batch.heap.bytes, column.start(row), column.size(row)));
  }
}

function valueText(value: AnyValue): string {
  switch (value.type) {
    case 'empty':
      return '{}';
    case 'string':
      return `{"stringValue":${JSON.stringify(value.value)}}`;
    case 'bool':
      return `{"boolValue":${value.value}}`;
    case 'int':
      return `{"intValue":"${value.value}"}`;
    case 'double':
      return `{"doubleValue":${doubleText(value.value)}}`;
    case 'array':
      return `{"arrayValue":${listText(value.value.map(valueText))}}`;
    case 'map':
      return `{"kvlistValue":${listText(value.value.map((entry) => keyValueText(entry.key, entry.value)))}}`;
    case 'bytes':
      return `{"bytesValue":"${Buffer.from(value.value).toString('base64')}"}`;
  }
}

const keyValueText = (key: string, value: AnyValue): string =>
  `{${key === '' ? '' : `"key":${JSON.stringify(key)},`}"value":${valueText(value)}}`;

const listText = (values: readonly string[]): string =>
  values.length === 0 ? '{}' : `{"values":[${values.join(',')}]}`;

/** JSON has no NaN and no infinities: they are strings there. `-0` keeps its sign. */
function doubleText(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? '-0.0' : String(value);
}
