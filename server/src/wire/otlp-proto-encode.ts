/** Columnar batch → OTLP protobuf (an Export…ServiceRequest), for all three signals. */
import {bug, isZero} from '../base/index.ts';
import {
  type Batch,
  type IdColumn,
  type Lent,
  ProtoWriter,
  type RangeColumn,
  type SliceColumn,
  type TableView,
  type U32Column,
  type U64Column,
  type ValueType,
  valueType,
} from '../model/index.ts';
import {AttributeBytes} from './otlp-attribute-bytes.ts';
import {type Grouping, groupItems} from './otlp-grouping.ts';
import type {Field, Message} from './otlp-message.ts';
import {originMessage, type SignalSchema} from './otlp-schema.ts';

/** What an encoded batch takes at the most, as far as one can tell beforehand. */
export const encodedSize = (batch: Lent<Batch>): number => batch.heap.length + 64 * batch.items.count + 1024;

/** Encodes all items, grouped by resource and scope; the batch is only read. Into `room`, where it is given and suffices. */
export function encodeOtlpProto(schema: SignalSchema, batch: Lent<Batch>, room?: Uint8Array): Uint8Array {
  const writer = new ProtoWriter(room ?? encodedSize(batch));
  new RequestEncoder(schema, batch, groupItems(batch), writer).request();
  return writer.finish();
}

/** One resource or scope as the message that wraps it (ResourceSpans, ScopeSpans) without anything else in it. */
export function encodeOrigin(
  schema: SignalSchema,
  batch: Lent<Batch>,
  table: 'resources' | 'scopes',
  row: number,
): Uint8Array {
  const writer = new ProtoWriter(512);
  new RequestEncoder(schema, batch, noItems, writer).envelope(
    originMessage(schema, table),
    batch[table],
    row,
    () => {},
  );
  return writer.finish();
}

const noItems: Grouping = {resources: [], points: new Map()};

/** Everything is written last first: see ProtoWriter. */
class RequestEncoder {
  private readonly schema: SignalSchema;
  private readonly batch: Lent<Batch>;
  private readonly grouping: Grouping;
  private readonly writer: ProtoWriter;
  private readonly wire: AttributeBytes;

  constructor(schema: SignalSchema, batch: Lent<Batch>, grouping: Grouping, writer: ProtoWriter) {
    this.schema = schema;
    this.batch = batch;
    this.grouping = grouping;
    this.writer = writer;
    this.wire = new AttributeBytes(batch);
  }

  request(): void {
    const {schema, batch, writer} = this;
    const items = batch.tables[schema.item.table] ?? bug(`no table ${schema.item.table}`);
    for (const {resource, scopes} of this.grouping.resources.toReversed()) {
      const resourceEnd = writer.length;
      this.envelope(schema.resource, batch.resources, resource, () => {
        for (const {scope, items: rows} of scopes.toReversed()) {
          const scopeEnd = writer.length;
          this.envelope(schema.scope, batch.scopes, scope, () => {
            for (let i = rows.length - 1; i >= 0; i--) this.message(2, schema.item, items, rows[i] as number);
          });
          writer.delimited(2, scopeEnd);
        }
      });
      writer.delimited(1, resourceEnd);
    }
  }

  /** A resource or scope with what it wraps as field 2, which stands between the envelope's own fields 1 and 3. */
  envelope(message: Message, table: TableView, row: number, inner: () => void): void {
    for (const field of message.fields.toReversed()) {
      if (field.number === 1) inner();
      this.field(message, field, table, row);
    }
  }

  private message(number: number, message: Message, table: TableView, row: number): void {
    const end = this.writer.length;
    this.fields(message, table, row);
    this.writer.delimited(number, end);
  }

  private fields(message: Message, table: TableView, row: number): void {
    const {fields} = message;
    for (let i = fields.length - 1; i >= 0; i--) this.field(message, fields[i] as Field, table, row);
  }

  private field(message: Message, field: Field, table: TableView, row: number): void {
    const {writer} = this;
    const {number} = field;
    const end = writer.length;
    const column = table.all[field.column];
    switch (field.kind) {
      case 'text': {
        const {words} = column as SliceColumn;
        const size = words[2 * row + 1] as number;
        if (size > 0) this.bytes(number, words[2 * row] as number, size);
        return;
      }
      case 'id': {
        const {bytes, width} = column as IdColumn;
        if (!isZero(bytes, row * width, width)) {
          writer.slice(bytes, row * width, width);
          writer.delimited(number, end);
        }
        return;
      }
      case 'time':
      case 'fixed64':
      case 'double':
      case 'int': {
        const {words} = column as U64Column;
        const low = words[2 * row] as number;
        const high = words[2 * row + 1] as number;
        const set =
          field.has === 0
            ? low !== 0 || high !== 0
            : ((table.all[message.has] as U32Column).get(row) & field.has) !== 0;
        if (set) {
          writer.fixed64(low, high);
          writer.tag(number, 1);
        }
        return;
      }
      case 'fixed32': {
        const value = (column as U32Column).get(row);
        if (value !== 0) {
          writer.fixed32(value);
          writer.tag(number, 5);
        }
        return;
      }
      case 'uint32':
      case 'enum':
      case 'bool':
      case 'sint32': {
        const value = (column as U32Column).get(row);
        if (value === 0) return;
        if (field.kind === 'sint32') writer.varint(((value << 1) ^ (value >> 31)) >>> 0, 0);
        // Enum values are signed: a negative one (none is defined) has all its upper bits set.
        else writer.varint(value, field.kind === 'enum' && value > 0x7fff_ffff ? 0xffff_ffff : 0);
        writer.tag(number, 0);
        return;
      }
      case 'attributes': {
        const range = column as RangeColumn;
        return this.attributes(number, range.from(row), range.count(row));
      }
      case 'value': {
        const range = column as RangeColumn;
        if (range.count(row) === 0) return;
        this.anyValue(range.from(row));
        return writer.delimited(number, end);
      }
      case 'embedded':
        this.fields(field.of as Message, table, row);
        if (writer.length > end) writer.delimited(number, end);
        return;
      case 'data':
        if ((table.columns.type as U32Column).get(row) === number) this.data(field, table, row);
        return;
      default:
        return this.range(field, column as RangeColumn, row);
    }
  }

  /** A field whose values are rows of another table. Numbers are packed. */
  private range(field: Field, range: RangeColumn, row: number): void {
    const {writer} = this;
    const count = range.count(row);
    if (count === 0) return;
    const from = range.from(row);
    const child = this.batch.tables[range.child] ?? bug(`no table ${range.child}`);
    const end = writer.length;
    for (let at = from + count - 1; at >= from; at--) {
      if (field.kind === 'rows') this.message(field.number, field.of as Message, child, at);
      else if (field.kind === 'texts') {
        const slice = child.all[0] as SliceColumn;
        this.bytes(field.number, slice.start(at), slice.size(at));
      } else {
        const {words} = child.all[0] as U64Column;
        const low = words[2 * at] as number;
        const high = words[2 * at + 1] as number;
        if (field.kind === 'uint64s') writer.varint(low, high);
        else writer.fixed64(low, high);
      }
    }
    if (field.kind !== 'rows' && field.kind !== 'texts') writer.delimited(field.number, end);
  }

  private data(field: Field, metrics: TableView, metric: number): void {
    const {writer} = this;
    const end = writer.length;
    this.fields(field.of as Message, metrics, metric);
    const rows = this.grouping.points.get(metric) ?? [];
    for (let i = rows.length - 1; i >= 0; i--) {
      this.message(1, field.points as Message, this.batch.items, rows[i] as number);
    }
    writer.delimited(field.number, end);
  }

  /** Attributes that lie in the heap as they are to be written, as those of a received body do, are copied together. */
  private attributes(number: number, from: number, count: number): void {
    const {writer, wire} = this;
    let start = 0;
    let end = 0;
    for (let at = from + count - 1; at >= from; at--) {
      const field = wire.fieldOf((number << 3) | 2, at);
      if (field >= 0 && wire.end === start && end > start) start = field;
      else {
        if (end > start) writer.slice(this.batch.heap.bytes, start, end - start);
        start = end = 0;
        if (field >= 0) {
          start = field;
          end = wire.end;
        } else this.keyValue(number, at);
      }
    }
    if (end > start) writer.slice(this.batch.heap.bytes, start, end - start);
  }

  private keyValue(number: number, attribute: number): void {
    const {writer} = this;
    const end = writer.length;
    this.anyValue(attribute);
    writer.delimited(2, end);
    const {key} = this.batch.attributes.columns;
    if (key.size(attribute) > 0) this.bytes(1, key.start(attribute), key.size(attribute));
    writer.delimited(number, end);
  }

  /** The fields of an AnyValue; a value that is set is written even where it is empty or zero, as a oneof has it. */
  private anyValue(attribute: number): void {
    const {writer} = this;
    const {type, value} = this.batch.attributes.columns;
    const low = value.words[2 * attribute] as number;
    const high = value.words[2 * attribute + 1] as number;
    switch (type.get(attribute) as ValueType) {
      case valueType.empty:
        return;
      case valueType.string:
        return this.bytes(1, low, high);
      case valueType.bool:
        writer.varint(low, 0);
        return writer.tag(2, 0);
      case valueType.int:
        writer.varint(low, high);
        return writer.tag(3, 0);
      case valueType.double:
        writer.fixed64(low, high);
        return writer.tag(4, 1);
      case valueType.array:
        return this.bytes(5, low, high);
      case valueType.map:
        return this.bytes(6, low, high);
      case valueType.bytes:
        return this.bytes(7, low, high);
    }
  }

  /** A length-delimited field that is a slice of the heap. */
  private bytes(number: number, start: number, size: number): void {
    const {writer} = this;
    const end = writer.length;
    writer.slice(this.batch.heap.bytes, start, size);
    writer.delimited(number, end);
  }
}
