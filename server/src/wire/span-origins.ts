import {sameBytes, utf8, utf8Bytes} from '../base/index.ts';
import {type SpanBatch, valueType} from '../model/index.ts';
import {HeapConstants} from './heap-constants.ts';
import {addTo} from './otlp-rows.ts';

const serviceNameKey = utf8Bytes('service.name');

/** A slice of the batch's heap. */
export interface HeapSlice {
  start: number;
  length: number;
}

/** Rows of a table by what they say, each added at its end. */
export class KnownRows {
  private readonly rows = new Map<string, number>();
  /** The keys in the order of their rows. */
  private readonly keys: string[] = [];

  get(key: string): number | undefined {
    return this.rows.get(key);
  }

  set(key: string, row: number): void {
    this.rows.set(key, row);
    this.keys.push(key);
  }

  /** Forgets the rows from `count` on. */
  rewind(count: number): void {
    for (let last = this.keys.at(-1); last !== undefined; last = this.keys.at(-1)) {
      if ((this.rows.get(last) as number) < count) return;
      this.rows.delete(last);
      this.keys.pop();
    }
  }
}

/** Resources and scopes of protocols that say them with every span: equal ones become one row. */
export class SpanOrigins {
  readonly constants: HeapConstants;
  private readonly batch: SpanBatch;
  private readonly scopes = new KnownRows();
  private readonly services = new KnownRows();
  private plainScope = -1;
  private lastScope = -1;
  private lastService = -1;
  private lastServiceName: HeapSlice = {start: 0, length: -1};

  constructor(batch: SpanBatch) {
    this.batch = batch;
    this.constants = new HeapConstants(batch.heap);
  }

  /** Forgets the rows that are gone: a decoder takes back what a span added that it rejects. */
  rewind(): void {
    const {scopes, resources} = this.batch;
    if (this.lastScope >= scopes.count) this.lastScope = -1;
    if (this.plainScope >= scopes.count) this.plainScope = -1;
    if (this.lastService >= resources.count) this.lastServiceName.length = -1;
    this.scopes.rewind(scopes.count);
    this.services.rewind(resources.count);
  }

  /** The scope without a name. */
  noScope(): number {
    if (this.plainScope < 0) this.plainScope = this.batch.scopes.add();
    return this.plainScope;
  }

  /** The scope of a name and a version. */
  scope(name: HeapSlice, version: HeapSlice): number {
    const {heap, scopes} = this.batch;
    if (name.length === 0 && version.length === 0) return this.noScope();
    const {columns} = scopes;
    if (this.lastScope >= 0) {
      const last = this.lastScope;
      const {bytes} = heap;
      if (
        sameBytes(bytes, name.start, name.length, bytes, columns.name.start(last), columns.name.size(last)) &&
        sameBytes(bytes, version.start, version.length, bytes, columns.version.start(last), columns.version.size(last))
      ) {
        return last;
      }
    }
    const key = `${utf8(heap.bytes, name.start, name.length)}\0${utf8(heap.bytes, version.start, version.length)}`;
    let row = this.scopes.get(key);
    if (row === undefined) {
      this.scopes.set(key, (row = scopes.add()));
      columns.name.setPair(row, name.start, name.length);
      columns.version.setPair(row, version.start, version.length);
    }
    this.lastScope = row;
    return row;
  }

  /** The resource that is a service's name and nothing else; without a name, the empty one. */
  service(name: HeapSlice): number {
    const {bytes} = this.batch.heap;
    const last = this.lastServiceName;
    if (sameBytes(bytes, name.start, name.length, bytes, last.start, last.length)) return this.lastService;
    const key = utf8(bytes, name.start, name.length);
    let row = this.services.get(key);
    if (row === undefined) {
      this.services.set(key, (row = this.batch.resources.add()));
      if (name.length > 0) this.addServiceName(row, name);
    }
    this.lastService = row;
    last.start = name.start;
    last.length = name.length;
    return row;
  }

  /** Adds `service.name` to a resource whose attributes are the table's last, or which has none. */
  addServiceName(resource: number, name: HeapSlice): void {
    this.addText(resource, serviceNameKey, name);
  }

  /** The same of any attribute. */
  addText(resource: number, key: Uint8Array, text: HeapSlice): void {
    const {attributes, resources} = this.batch;
    const row = addTo(resources.columns.attributes, resource, attributes);
    const {columns} = attributes;
    columns.key.setPair(row, this.constants.start(key), key.length);
    columns.type.set(row, valueType.string);
    columns.value.setPair(row, text.start, text.length);
  }
}
