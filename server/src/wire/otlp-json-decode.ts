/**
 * OTLP JSON → columnar batch, for all three signals: protobuf's JSON mapping with the deviations of the OTLP specification
 * (ids in hexadecimal, enums as numbers). More is taken than it asks to send: enum names, the field names of the .proto files,
 * integers and doubles in quotes or bare. Unknown keys are ignored, `null` means absent, and of a key that comes twice the last
 * one holds, except that lists of resources, scopes, items and points add up, so that nothing sent is lost.
 *
 * The heap is the received text; strings without escapes are slices of it.
 */
import {bug, MalformedError} from '../base/index.ts';
import {
  type Batch,
  type Columns,
  Heap,
  type IdColumn,
  NestingError,
  type RangeColumn,
  type SliceColumn,
  type Table,
  type U32Column,
  type U64Column,
} from '../model/index.ts';
import {JsonKeys} from './json-keys.ts';
import {int32, int64, readDouble, readInteger, uint32, uint64, type Words} from './json-number.ts';
import {jsonPathAt} from './json-path.ts';
import {array, JsonReader, object} from './json-reader.ts';
import {readId, readText, type Slice} from './json-text.ts';
import {isNull, JsonValues, readBool} from './otlp-json-value.ts';
import type {Field, Message} from './otlp-message.ts';
import {checkBodySize, type Decoded, fault, Rejections, withBoundedTables} from './otlp-rejections.ts';
import {addTo, ItemRows, setHas} from './otlp-rows.ts';
import type {SignalSchema} from './otlp-schema.ts';

/** Decodes an Export…ServiceRequest. Takes the body: it is the batch's heap from here on. Throws MalformedError with the path. */
export function decodeOtlpJson<B extends Batch>(
  schema: SignalSchema,
  create: (heap: Heap) => B,
  body: Uint8Array,
): Decoded<B> {
  checkBodySize(body);
  const batch = create(Heap.of(body));
  // A guess at usual sizes, as for protobuf: JSON is about twice as long.
  batch.items.reserve(body.length >>> 9);
  batch.attributes.reserve(body.length >>> 6);
  const rejections = new Rejections();
  const decoder = new RequestDecoder(schema, batch, rejections, body);
  try {
    withBoundedTables(batch, body.length, () => decoder.request());
  } catch (error) {
    throw error instanceof MalformedError ? located(error, body) : error;
  }
  const first = decoder.firstFault;
  if (first !== undefined)
    rejections.example = typeof first === 'number' ? jsonPathAt(body, first) : located(first, body).message;
  const {total} = rejections;
  return {batch, rejected: total, rejectedReason: rejections.describe(schema.noun, batch.items.count)};
}

/** Told with its path in the request. */
function located(error: MalformedError, body: Uint8Array): MalformedError {
  const path = error.offset === undefined ? '' : jsonPathAt(body, error.offset);
  return path === '' ? error : error.within(path);
}

class RequestDecoder {
  /** Of the items that were left out because a field of theirs could not be read. */
  firstFault: MalformedError | number | undefined;
  private readonly schema: SignalSchema;
  private readonly batch: Batch;
  private readonly reader: JsonReader;
  private readonly items: ItemRows;
  private readonly values: JsonValues;
  private readonly slice: Slice = {start: 0, length: 0};
  private readonly words: Words = {low: 0, high: 0};
  /** The metric's `data` that holds. */
  private data: Field | undefined;

  constructor(schema: SignalSchema, batch: Batch, rejections: Rejections, body: Uint8Array) {
    this.schema = schema;
    this.batch = batch;
    this.reader = new JsonReader(body);
    this.items = new ItemRows(batch, rejections);
    this.values = new JsonValues(this.reader, batch.heap, batch.attributes);
  }

  request(): void {
    const {resources, scopes, items} = this.batch;
    const {schema} = this;
    const [resourcesKey, scopesKey, itemsKey] = schema.keys;
    this.lists(resourcesKey, undefined, resources, 0, () => {
      const resource = resources.add();
      this.lists(scopesKey, schema.resource, resources, resource, () => {
        const scope = scopes.add();
        this.lists(itemsKey, schema.scope, scopes, scope, () => {
          if (this.batch.signal === 'metrics') this.metric(resource, scope);
          else this.item(items, resource, scope);
        });
      });
    });
    this.reader.end();
  }

  /** Reads an object that holds a list of others under `key`, beside the fields of `message`. */
  private lists(key: string, message: Message | undefined, table: Table<Columns>, row: number, each: () => void): void {
    const {reader} = this;
    const keys = this.listKeys(key);
    if (!reader.enter(object)) return;
    do {
      reader.key();
      if (keys.find(reader) !== undefined) {
        if (isNull(reader) || !reader.enter(array)) continue;
        do each();
        while (reader.more(array));
      } else if (message !== undefined) this.field(message, table, row);
      else reader.skip();
    } while (reader.more(object));
  }

  private readonly knownLists = new Map<string, JsonKeys<string>>();
  private listKeys(key: string): JsonKeys<string> {
    let keys = this.knownLists.get(key);
    if (keys === undefined) this.knownLists.set(key, (keys = new JsonKeys([[key, key]])));
    return keys;
  }

  /** A span or a log record: a row that says its own origin. */
  private item(table: Table<Columns>, resource: number, scope: number): void {
    this.read(this.schema.item, fault.empty, table, (row) => {
      (table.all[0] as U32Column).set(row, resource);
      (table.all[1] as U32Column).set(row, scope);
    });
  }

  /**
   * Reads one item, whose row begins with `begin`. A fault within it concerns it alone: it is left out, and reading goes on
   * behind it. Where the text is no JSON there, nothing behind it can be read either, and the request fails.
   */
  private read(message: Message, emptyFault: string, table: Table<Columns>, begin: (row: number) => void): void {
    const {reader, items} = this;
    const byte = reader.peek();
    const start = reader.at;
    if (byte === object.open && !reader.enter(object)) {
      this.firstFault ??= start;
      return items.reject(emptyFault);
    }
    const row = items.begin();
    try {
      if (byte !== object.open) reader.expected(object.name);
      begin(row);
      this.entered(message, table, row);
      items.end(row);
      if (items.fault !== '') this.firstFault ??= start;
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      reader.at = start;
      reader.skip();
      this.firstFault ??= error;
      items.discard(error instanceof NestingError ? fault.nested : fault.field);
    }
  }

  /** A metric with its points. One without any is not kept: the batch has a row a point. */
  private metric(resource: number, scope: number): void {
    const metrics = this.batch.tables.metrics ?? bug('a batch of metrics without their table');
    const attributesBefore = this.batch.attributes.count;
    const pointsBefore = this.batch.items.count;
    const row = metrics.add();
    (metrics.all[0] as U32Column).set(row, resource);
    (metrics.all[1] as U32Column).set(row, scope);
    this.data = undefined;
    this.message(this.schema.item, metrics, row);
    if (this.batch.items.count === pointsBefore) {
      metrics.truncate(row);
      this.batch.attributes.truncate(attributesBefore);
    }
  }

  /** Gauge, Sum, …: of several in one metric the last one holds. */
  private dataOf(field: Field, metrics: Table<Columns>, metric: number): void {
    const points = this.batch.items;
    if (this.data !== undefined && this.data !== field) {
      let first = points.count;
      while (first > 0 && (points.all[0] as U32Column).get(first - 1) === metric) first--;
      points.truncate(first);
    }
    this.data = field;
    (metrics.columns.type as U32Column).set(metric, field.number);
    this.lists('dataPoints', field.of, metrics, metric, () => {
      this.read(field.points as Message, fault.noValue, points, (row) => {
        (points.all[0] as U32Column).set(row, metric);
      });
    });
  }

  /** Reads the object that follows into a row. */
  private message(message: Message, table: Table<Columns>, row: number): void {
    if (this.reader.enter(object)) this.entered(message, table, row);
  }

  private entered(message: Message, table: Table<Columns>, row: number): void {
    const {reader} = this;
    do {
      reader.key();
      this.field(message, table, row);
    } while (reader.more(object));
  }

  /** Reads the value of the key that was read last. */
  private field(message: Message, table: Table<Columns>, row: number): void {
    const {reader, slice, words} = this;
    const field = message.byKey.find(reader);
    if (field === undefined) return reader.skip();
    if (isNull(reader)) return;
    const column = table.all[field.column];
    switch (field.kind) {
      case 'text':
        readText(reader, this.batch.heap, slice);
        return (column as SliceColumn).setPair(row, slice.start, slice.length);
      case 'id':
        return readId(reader, column as IdColumn, row);
      case 'time':
        readInteger(reader, words, uint64);
        if (words.high > 0x7fff_ffff) this.items.fault = fault.time;
        return (column as U64Column).setPair(row, words.low, words.high);
      case 'fixed64':
        readInteger(reader, words, uint64);
        return (column as U64Column).setPair(row, words.low, words.high);
      case 'int':
        readInteger(reader, words, int64);
        (column as U64Column).setPair(row, words.low, words.high);
        return setHas(table.all[message.has] as U32Column, row, field.has);
      case 'double':
        (column as U64Column).setDouble(row, readDouble(reader));
        if (field.has !== 0) setHas(table.all[message.has] as U32Column, row, field.has);
        return;
      case 'fixed32':
      case 'uint32':
        readInteger(reader, words, uint32);
        return (column as U32Column).set(row, words.low);
      case 'sint32':
        readInteger(reader, words, int32);
        return (column as U32Column).set(row, words.low);
      case 'enum':
        return (column as U32Column).set(row, this.enumValue(field));
      case 'bool':
        return (column as U32Column).set(row, readBool(reader) ? 1 : 0);
      case 'embedded':
        return this.message(field.of as Message, table, row);
      case 'data':
        return this.dataOf(field, table, row);
      case 'value': {
        const range = column as RangeColumn;
        range.setPair(row, 0, 0);
        return this.values.anyValue(addTo(range, row, this.batch.attributes));
      }
      default:
        return this.range(field, column as RangeColumn, row);
    }
  }

  /** A list whose elements are rows of another table. They follow each other there: nothing else is read meanwhile. */
  private range(field: Field, range: RangeColumn, row: number): void {
    const {reader, slice, words} = this;
    const child = this.batch.tables[range.child] ?? bug(`no table ${range.child}`);
    range.setPair(row, 0, 0);
    if (!reader.enter(array)) return;
    do {
      const at = addTo(range, row, child);
      switch (field.kind) {
        case 'attributes':
          this.values.keyValue(at);
          break;
        case 'rows':
          this.message(field.of as Message, child, at);
          break;
        case 'texts':
          readText(reader, this.batch.heap, slice);
          (child.all[0] as SliceColumn).setPair(at, slice.start, slice.length);
          break;
        case 'doubles':
          (child.all[0] as U64Column).setDouble(at, readDouble(reader));
          break;
        case 'fixed64s':
        case 'uint64s':
          readInteger(reader, words, uint64);
          (child.all[0] as U64Column).setPair(at, words.low, words.high);
          break;
        default:
          bug(`a field of kind ${field.kind} is no list`);
      }
    } while (reader.more(array));
  }

  private enumValue(field: Field): number {
    const {reader, words} = this;
    if (reader.peek() !== 0x22) {
      readInteger(reader, words, int32);
      return words.low;
    }
    const start = reader.at;
    reader.string();
    const number = field.names.indexOf(reader.text());
    if (number >= 0) return number;
    reader.at = start;
    return reader.expected(`a number or a name such as "${field.names[1]}"`);
  }
}
