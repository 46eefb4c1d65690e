/** The columns that hold attributes, resources and scopes: the same in every table of the three signals. */
import {utf8Bytes} from '../base/index.ts';
import type {Batch, Lent} from '../model/index.ts';
import {ByteSink, DictionaryColumn, MapColumn, type NativeColumn, stringColumn} from '../native/index.ts';
import {origin} from '../wire/index.ts';
import {letterOf, writeValueText} from './value-text.ts';

/** `Map(key, text of the value)` and, in step with it, the type letters: '' where every value is a string. */
export class AttributeColumns {
  readonly map = new MapColumn(new DictionaryColumn(), stringColumn());
  readonly types = new DictionaryColumn();
  private readonly letters = new ByteSink();
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
      letters.u8(letterOf(type));
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
    this.types.append(letters.bytes, 0, allStrings ? 0 : letters.length);
  }

  reset(): void {
    this.map.reset();
    this.types.reset();
  }
}

const serviceNameKey = utf8Bytes('service.name');
/** What the specification names a service that does not name itself. */
const unknownService = utf8Bytes('unknown_service');

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
    const {service, resource, resource_attributes: map, scope, scope_name: name, scope_version: version} = this.columns;
    const resources = Array.from({length: batch.resources.count}, (_, row) => this.internResource(batch, row));
    const scopes = Array.from({length: batch.scopes.count}, (_, row) => this.internScope(batch, row));
    for (let row = 0; row < count; row++) {
      const from = resources[resourceOf[row] as number] as InternedResource;
      service.push(from.service);
      resource.push(from.exact);
      for (let i = 0; i < from.keys.length; i++) {
        map.keys.push(from.keys[i] as number);
        map.values.push(from.values[i] as number);
      }
      map.close(from.keys.length);
      const by = scopes[scopeOf[row] as number] as InternedScope;
      scope.push(by.exact);
      name.push(by.name);
      version.push(by.version);
    }
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
