/**
 * OTLP protobuf → columnar batch, for all three signals. The heap is the received body; every text is a slice of it.
 *
 * Attributes of one owner must lie together in the attribute table, whatever the order of fields on the wire, so a message is
 * read in two passes: first its own scalars and attributes, then (only where it has any) the fields that add rows of their own.
 */
import {bug, MalformedError} from '../base/index.ts';
import {
  type Batch,
  type Columns,
  Heap,
  type IdColumn,
  NestingError,
  ProtoReader,
  type RangeColumn,
  type SliceColumn,
  type Table,
  type U32Column,
  type U64Column,
} from '../model/index.ts';
import type {Field, Message} from './otlp-message.ts';
import {protoPathAt} from './otlp-proto-path.ts';
import {decodeAnyValue, decodeKeyValue, decodeMerged, decodeUsualAttributes} from './otlp-proto-value.ts';
import {checkBodySize, type Decoded, fault, Rejections, withBoundedTables} from './otlp-rejections.ts';
import {addRange, addTo, ItemRows, setHas} from './otlp-rows.ts';
import {originMessage, type SignalSchema} from './otlp-schema.ts';

/**
 * Decodes an Export…ServiceRequest. Takes the body: it is the batch's heap from here on. Throws MalformedError.
 * `spare`, an empty batch that `recycle` made, is filled instead of a new one.
 */
export function decodeOtlpProto<B extends Batch>(
  schema: SignalSchema,
  create: (heap: Heap) => B,
  body: Uint8Array,
  spare?: B,
): Decoded<B> {
  checkBodySize(body);
  spare?.heap.reset(body);
  const batch = spare ?? create(Heap.of(body));
  // A guess at usual sizes, at most about as much memory as the body: it spares most of the tables' growing.
  batch.items.reserve(body.length >>> 8);
  batch.attributes.reserve(body.length >>> 5);
  const rejections = new Rejections();
  const decoder = new RequestDecoder(schema, batch, rejections);
  withBoundedTables(batch, body.length, () => decoder.request(body.length));
  if (decoder.firstRejected >= 0) rejections.example = protoPathAt(schema, body, decoder.firstRejected);
  const {total} = rejections;
  return {batch, rejected: total, rejectedReason: rejections.describe(schema.noun, batch.items.count)};
}

/**
 * Adds the resource or scope of a ResourceSpans or ScopeSpans message, which may be without anything else, to the batch and
 * returns its row. The batch keeps a copy of the bytes.
 */
export function decodeOrigin(
  schema: SignalSchema,
  batch: Batch,
  table: 'resources' | 'scopes',
  message: Uint8Array,
): number {
  const start = batch.heap.append(message);
  const row = batch[table].add();
  const decoder = new RequestDecoder(schema, batch, new Rejections());
  decoder.fields(originMessage(schema, table), batch[table], row, start, start + message.length);
  return row;
}

class RequestDecoder {
  private readonly schema: SignalSchema;
  private readonly batch: Batch;
  private readonly reader: ProtoReader;
  private readonly items: ItemRows;
  /** The metric's `data` that was seen last, and where its run of occurrences starts. */
  private data: Field | undefined;
  private dataFrom = 0;
  /** Where the first item that was left out starts in the body; -1 where none was. */
  firstRejected = -1;

  constructor(schema: SignalSchema, batch: Batch, rejections: Rejections) {
    this.schema = schema;
    this.batch = batch;
    this.reader = new ProtoReader(batch.heap.bytes);
    this.items = new ItemRows(batch, rejections);
  }

  request(end: number): void {
    const {reader} = this;
    for (let at = 0; at < end; ) {
      at = reader.next(at, end);
      if (reader.tag === 0x0a) this.resource(reader.from, at);
    }
  }

  private resource(start: number, end: number): void {
    const {reader} = this;
    const {resources} = this.batch;
    const row = resources.add();
    this.fields(this.schema.resource, resources, row, start, end);
    for (let at = start; at < end; ) {
      at = reader.next(at, end);
      if (reader.tag === 0x12) this.scope(row, reader.from, at);
    }
  }

  private scope(resource: number, start: number, end: number): void {
    const {reader} = this;
    const {scopes, items, signal} = this.batch;
    const row = scopes.add();
    this.fields(this.schema.scope, scopes, row, start, end);
    for (let at = start; at < end; ) {
      at = reader.next(at, end);
      if (reader.tag !== 0x12) continue;
      if (signal === 'metrics') this.metric(resource, row, reader.from, at);
      else this.item(this.schema.item, items, resource, row, reader.from, at);
    }
  }

  /** A span or a log record: a row that says its own origin. */
  private item(
    message: Message,
    table: Table<Columns>,
    resource: number,
    scope: number,
    start: number,
    end: number,
  ): void {
    // Nothing at all would still cost a whole row.
    if (start === end) return this.reject(fault.empty, start);
    const row = this.items.begin();
    (table.all[0] as U32Column).set(row, resource);
    (table.all[1] as U32Column).set(row, scope);
    this.readItem(message, table, row, start, end);
  }

  /** Reads the item that was begun; one that cannot be taken leaves nothing behind. */
  private readItem(message: Message, table: Table<Columns>, row: number, start: number, end: number): void {
    const {items} = this;
    try {
      this.fields(message, table, row, start, end);
      items.end(row);
      if (items.fault === '') return;
    } catch (error) {
      if (!(error instanceof NestingError)) throw error;
      items.discard(fault.nested);
    }
    if (this.firstRejected < 0) this.firstRejected = start;
  }

  private reject(reason: string, start: number): void {
    this.items.reject(reason);
    if (this.firstRejected < 0) this.firstRejected = start;
  }

  /** A metric with its points. One without any is not kept: the batch has a row a point. */
  private metric(resource: number, scope: number, start: number, end: number): void {
    const {reader} = this;
    const metrics = this.batch.tables.metrics ?? bug('a batch of metrics without their table');
    const attributesBefore = this.batch.attributes.count;
    const pointsBefore = this.batch.items.count;
    const row = metrics.add();
    (metrics.all[0] as U32Column).set(row, resource);
    (metrics.all[1] as U32Column).set(row, scope);
    this.data = undefined;
    this.fields(this.schema.item, metrics, row, start, end);
    const data = this.data as Field | undefined;
    if (data !== undefined) {
      (metrics.columns.type as U32Column).set(row, data.number);
      for (let at = this.dataFrom; at < end; ) {
        at = reader.next(at, end);
        if (reader.tag === ((data.number << 3) | 2)) this.points(data, row, reader.from, at);
      }
    }
    if (this.batch.items.count === pointsBefore) {
      metrics.truncate(row);
      this.batch.attributes.truncate(attributesBefore);
    }
  }

  private points(data: Field, metric: number, start: number, end: number): void {
    const {reader} = this;
    const points = this.batch.items;
    const metrics = this.batch.tables.metrics as Table<Columns>;
    this.fields(data.of as Message, metrics, metric, start, end);
    for (let at = start; at < end; ) {
      at = reader.next(at, end);
      if (reader.tag !== 0x0a) continue;
      // A time, a count and a value have 9 bytes each: what is shorter has none of them, yet would cost a whole row.
      if (at - reader.from < 9) {
        this.reject(fault.noValue, reader.from);
        continue;
      }
      const {from} = reader;
      const row = this.items.begin();
      (points.all[0] as U32Column).set(row, metric);
      this.readItem(data.points as Message, points, row, from, at);
    }
  }

  /** Reads the fields of the message at `start … end` into `row`, which is new and empty or holds an earlier part of it. */
  fields(message: Message, table: Table<Columns>, row: number, start: number, end: number): void {
    const {reader} = this;
    const {byTag} = message;
    const {all} = table;
    const {attributes} = this.batch;
    const attributesBefore = attributes.count;
    let later = 0;
    let laterFrom = start;
    for (let at = start; at < end; ) {
      if (reader.bytes[at] === message.attributesTag) {
        const added = attributes.count;
        at = decodeUsualAttributes(reader, attributes, message.attributesTag, at, end);
        addRange(all[message.attributesColumn] as RangeColumn, row, added, attributes.count - added);
        if (at >= end) break;
      }
      const fieldStart = at;
      at = reader.next(at, end);
      const {tag, from} = reader;
      const field = tag < byTag.length ? byTag[tag] : undefined;
      if (field === undefined) continue;
      const column = all[field.column];
      if (field.later !== 0) {
        if (field.kind === 'value' && attributes.count === attributesBefore) {
          // The usual order: no attribute came yet, so the value's row cannot part them.
          decodeAnyValue(reader, attributes, this.batch.heap, addTo(column as RangeColumn, row, attributes), from, at);
          continue;
        }
        if (later === 0) laterFrom = fieldStart;
        later |= field.later;
        continue;
      }
      switch (field.kind) {
        case 'attributes': {
          const attribute = addTo(column as RangeColumn, row, attributes);
          decodeKeyValue(reader, attributes, this.batch.heap, attribute, from, at);
          break;
        }
        case 'text':
          (column as SliceColumn).setPair(row, from, at - from);
          break;
        case 'time':
          if ((reader.bytes[from + 7] as number) > 127) this.items.fault = fault.time;
          (column as U64Column).setPair(row, reader.view.getUint32(from, true), reader.view.getUint32(from + 4, true));
          break;
        case 'fixed64':
        case 'double':
        case 'int':
          (column as U64Column).setPair(row, reader.view.getUint32(from, true), reader.view.getUint32(from + 4, true));
          if (field.has !== 0) setHas(all[message.has] as U32Column, row, field.has);
          break;
        case 'id':
          this.id(column as IdColumn, row, from, at - from);
          break;
        case 'fixed32':
          (column as U32Column).set(row, reader.view.getUint32(from, true));
          break;
        case 'uint32':
        case 'enum':
          (column as U32Column).set(row, reader.low);
          break;
        case 'bool':
          (column as U32Column).set(row, reader.low !== 0 || reader.high !== 0 ? 1 : 0);
          break;
        case 'sint32':
          (column as U32Column).set(row, (reader.low >>> 1) ^ -(reader.low & 1));
          break;
        case 'embedded':
          this.fields(field.of as Message, table, row, from, at);
          break;
        case 'data':
          if (this.data !== field) {
            this.data = field;
            this.dataFrom = fieldStart;
          }
          break;
        default:
          bug(`a field of kind ${field.kind} is read later`);
      }
    }
    if (later === 0) return;
    for (const field of message.fields) {
      if ((field.later & later) === 0) continue;
      if (field.kind === 'value') this.laterValue(table, row, field, start, end);
      else this.laterField(message, table, row, field, laterFrom, end);
    }
  }

  /** Reads all occurrences of one field that adds rows to another table. */
  private laterField(
    message: Message,
    table: Table<Columns>,
    row: number,
    field: Field,
    start: number,
    end: number,
  ): void {
    const {reader} = this;
    for (let at = start; at < end; ) {
      at = reader.next(at, end);
      if (message.byTag[reader.tag] !== field) continue;
      const {from} = reader;
      if (field.kind === 'embedded') {
        this.fields(field.of as Message, table, row, from, at);
        continue;
      }
      const range = table.all[field.column] as RangeColumn;
      const child = this.batch.tables[range.child] ?? bug(`no table ${range.child}`);
      switch (field.kind) {
        case 'rows':
          this.fields(field.of as Message, child, addTo(range, row, child), from, at);
          break;
        case 'texts':
          (child.all[0] as SliceColumn).setPair(addTo(range, row, child), from, at - from);
          break;
        case 'doubles':
        case 'fixed64s':
          if ((at - from) % 8 !== 0) throw new MalformedError(`${field.name}: the packed numbers are cut off`, from);
          for (let i = from; i < at; i += 8) this.number(range, row, child, i);
          break;
        case 'uint64s':
          for (let i = from; i < at; ) {
            i = reader.varint(i, at);
            (child.all[0] as U64Column).setPair(addTo(range, row, child), reader.low, reader.high);
          }
          break;
        default:
          bug(`a field of kind ${field.kind} is not read later`);
      }
    }
  }

  private number(range: RangeColumn, row: number, child: Table<Columns>, at: number): void {
    const {view} = this.reader;
    (child.all[0] as U64Column).setPair(
      addTo(range, row, child),
      view.getUint32(at, true),
      view.getUint32(at + 4, true),
    );
  }

  /** A value that came after attributes, or came several times, which makes one message of all of them. */
  private laterValue(table: Table<Columns>, row: number, field: Field, start: number, end: number): void {
    const {reader} = this;
    const {attributes, heap} = this.batch;
    const range = table.all[field.column] as RangeColumn;
    const attribute = range.count(row) === 0 ? addTo(range, row, attributes) : range.from(row);
    decodeMerged(reader, attributes, heap, attribute, start, end, (field.number << 3) | 2);
  }

  private id(column: IdColumn, row: number, from: number, length: number): void {
    if (length === column.width) column.set(row, this.reader.bytes, from);
    else {
      column.clearRow(row);
      if (length !== 0) this.items.fault = fault.otherId;
    }
  }
}
