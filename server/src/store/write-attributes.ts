/** The columns that hold attributes, resources and scopes: the same in every table of the three signals. */
import {utf8Bytes} from '../base/index.ts';
import {type AnyBatch, type Batch, type Lent, valueType} from '../model/index.ts';
import {ByteSink, DictionaryColumn, MapColumn, type NativeColumn, stringColumn} from '../native/index.ts';
import {origin} from '../wire/index.ts';
import {TypeLetters, writeValueText} from './value-text.ts';

/** `Map(key, text of the value)` and, in step with it, the type letters: '' where every value is a string. */
export class AttributeColumns {
  readonly map = new MapColumn(new DictionaryColumn(), stringColumn());
  readonly types = new DictionaryColumn();
  private readonly letters = new TypeLetters();
  private readonly text = new ByteSink();
  /** The key that the last owner had at each place: neighbours tend to have the same. */
  private readonly guesses: number[] = [];

  /** Appends a row with the attributes `from … from + count - 1` of the batch. */
  append(batch: Lent<Batch>, from: number, count: number): void {
    const {heap, attributes} = batch;
    const key = attributes.columns.key.words;
    const types = attributes.columns.type.data;
    const value = attributes.columns.value.words;
    const {keys, values} = this.map;
    const {letters, text, guesses} = this;
    letters.reset();
    let allStrings = true;
    for (let row = from; row < from + count; row++) {
      const keyStart = key[2 * row] as number;
      const keyLength = key[2 * row + 1] as number;
      const guess = guesses[row - from] ?? 0;
      if (keys.is(guess, heap.bytes, keyStart, keyLength)) keys.push(guess);
      else {
        const index = keys.intern(heap.bytes, keyStart, keyLength);
        guesses[row - from] = index;
        keys.push(index);
      }
      const type = types[row] as number;
      letters.append(batch, row);
      if (type === 1) {
        values.data.string(heap.bytes, value[2 * row] as number, value[2 * row + 1] as number);
      } else {
        allStrings = false;
        text.reset();
        writeValueText(text, batch, row);
        values.data.string(text.bytes, 0, text.length);
      }
    }
    this.map.close(count);
    letters.end();
    this.types.append(letters.sink.bytes, 0, allStrings ? 0 : letters.sink.length);
  }

  reset(): void {
    this.map.reset();
    this.types.reset();
  }
}

export const serviceNameKey = utf8Bytes('service.name');
/** The specification's name for a service that does not name itself. */
export const unknownService = utf8Bytes('unknown_service');

/**
 * The columns that say where a row came from. A resource is looked at once a batch, not once a row: `resource` and
 * `scope` hold its exact bytes (see `origin` in `wire/`), `resource_attributes` its searchable text.
 */
export class OriginColumns {
  readonly columns = {
    service: new DictionaryColumn(),
    resource: new DictionaryColumn(),
    resource_attributes: new MapColumn(new DictionaryColumn(), new DictionaryColumn()),
    scope: new DictionaryColumn(),
    scope_name: new DictionaryColumn(),
    scope_version: new DictionaryColumn(),
  };
  private readonly text = new ByteSink();

  /** Appends a row for each of `count` items, whose resource and scope rows are given. */
  append(batch: Lent<Batch>, resourceOf: Uint32Array, scopeOf: Uint32Array, count: number): void {
    const appendRow = this.rowsOf(batch);
    for (let row = 0; row < count; row++) appendRow(resourceOf[row] as number, scopeOf[row] as number);
  }

  /** A function that appends a row of the given resource and scope; each of them is looked at once, when the first row has it. */
  rowsOf(batch: Lent<Batch>): (resourceRow: number, scopeRow: number) => void {
    const {service, resource, resource_attributes: map, scope, scope_name: name, scope_version: version} = this.columns;
    const resources = new Array<InternedResource | undefined>(batch.resources.count);
    const scopes = new Array<InternedScope | undefined>(batch.scopes.count);
    return (resourceRow, scopeRow) => {
      const from = (resources[resourceRow] ??= this.internResource(batch, resourceRow));
      service.push(from.service);
      resource.push(from.exact);
      for (let i = 0; i < from.keys.length; i++) {
        map.keys.push(from.keys[i] as number);
        map.values.push(from.values[i] as number);
      }
      map.close(from.keys.length);
      const by = (scopes[scopeRow] ??= this.internScope(batch, scopeRow));
      scope.push(by.exact);
      name.push(by.name);
      version.push(by.version);
    };
  }

  private internResource(batch: Lent<Batch>, row: number): InternedResource {
    const {heap, attributes} = batch;
    const range = batch.resources.columns.attributes;
    const {service, resource, resource_attributes: map} = this.columns;
    const exact = origin.encode(batch, 'resources', row);
    const keys: number[] = [];
    const values: number[] = [];
    let serviceIndex: number | undefined;
    for (let at = range.from(row); at < range.from(row) + range.count(row); at++) {
      const key = attributes.columns.key.bytes(at, heap);
      this.text.reset();
      writeValueText(this.text, batch, at);
      keys.push(map.keys.intern(key, 0, key.length));
      values.push(map.values.intern(this.text.bytes, 0, this.text.length));
      if (serviceIndex === undefined && this.text.length > 0 && Buffer.compare(key, serviceNameKey) === 0) {
        serviceIndex = service.intern(this.text.bytes, 0, this.text.length);
      }
    }
    return {
      service: serviceIndex ?? service.intern(unknownService, 0, unknownService.length),
      exact: resource.intern(exact, 0, exact.length),
      keys,
      values,
    };
  }

  private internScope(batch: Lent<Batch>, row: number): InternedScope {
    const {scope, scope_name, scope_version} = this.columns;
    const {name, version} = batch.scopes.columns;
    const exact = origin.encode(batch, 'scopes', row);
    return {
      exact: scope.intern(exact, 0, exact.length),
      name: scope_name.intern(batch.heap.bytes, name.start(row), name.size(row)),
      version: scope_version.intern(batch.heap.bytes, version.start(row), version.size(row)),
    };
  }

  reset(): void {
    for (const column of Object.values(this.columns)) (column as NativeColumn).reset();
  }
}

/**
 * Bytes that ClickHouse may make of a batch, and Weft on the way: what arrived, and for each item what its resource and scope
 * say, which stands in the batch once. A service's name is copied for every row where rates are counted.
 */
export function expandedBytes(batch: Lent<AnyBatch>): number {
  const resources = weightsOf(batch, 'resources');
  const scopes = weightsOf(batch, 'scopes');
  const {resource, scope} = originsOf(batch);
  let sum = batch.heap.length;
  for (let row = 0; row < batch.items.count; row++) {
    sum += (resources[resource(row)] as number) + (scopes[scope(row)] as number);
  }
  return sum;
}

/** Of an attribute of a resource or scope in a row: its two indexes here and there, and its digest in the index. */
const pairBytes = 40;

/** The weight of each resource or scope in a row. */
function weightsOf(batch: Lent<AnyBatch>, table: 'resources' | 'scopes'): number[] {
  const {heap, attributes} = batch;
  const {key, type, value} = attributes.columns;
  const range = batch[table].columns.attributes;
  return Array.from({length: batch[table].count}, (_, row) => {
    let weight = pairBytes * range.count(row);
    for (let at = range.from(row); at < range.from(row) + range.count(row); at++) {
      if (key.size(at) !== serviceNameKey.length || type.get(at) !== valueType.string) continue;
      if (Buffer.compare(key.bytes(at, heap), serviceNameKey) === 0) weight += value.words[2 * at + 1] as number;
    }
    return weight;
  });
}

function originsOf(batch: Lent<AnyBatch>): Record<'resource' | 'scope', (row: number) => number> {
  switch (batch.signal) {
    case 'traces':
      return columnsOf(batch.spans.columns);
    case 'logs':
      return columnsOf(batch.logs.columns);
    case 'metrics': {
      const {resource, scope} = columnsOf(batch.metrics.columns);
      const {data} = batch.points.columns.metric;
      return {resource: (row) => resource(data[row] as number), scope: (row) => scope(data[row] as number)};
    }
  }
}

interface OriginRefs {
  readonly resource: {readonly data: Uint32Array};
  readonly scope: {readonly data: Uint32Array};
}
const columnsOf = ({resource, scope}: OriginRefs) => ({
  resource: (row: number): number => resource.data[row] as number,
  scope: (row: number): number => scope.data[row] as number,
});

interface InternedResource {
  readonly service: number;
  readonly exact: number;
  readonly keys: readonly number[];
  readonly values: readonly number[];
}
interface InternedScope {
  readonly exact: number;
  readonly name: number;
  readonly version: number;
}
