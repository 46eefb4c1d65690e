/** What attributes and intrinsics read of a span. */
import {toHex, utf8, utf8Bytes} from '../base/index.ts';
import {type AnyValue, findAttribute, type RangeColumn, readValue, type SliceColumn} from '../model/index.ts';
import {attributeText, kindNames, statusNames} from '../query/index.ts';
import type {Attribute, AttributeScope, Binary, IntrinsicName, Name} from './ast.ts';
import {isRoot, noRoot, type SpanView} from './span-view.ts';
import {nil, type Value, whole} from './value.ts';

/** The value of a row of spans; nil where it has none. */
export type Reader = (row: number) => Value;

/** What conditions and functions read: of the spans of a view, or of what a store has counted. */
export interface Readers {
  name(name: Name): Reader;
  /** Of a comparison that is known as a whole. */
  test?(node: Binary): Reader | undefined;
}

export const readersOf = (view: SpanView): Readers => ({name: (name) => readerOf(view, name)});

/** The name that the semantic conventions give to a service that says none. */
const unknownService: Value = {type: 'string', value: 'unknown_service'};

export const readerOf = (view: SpanView, name: Name): Reader =>
  name.kind === 'intrinsic' ? intrinsicReader(view, name.name) : attributeReader(view, name);

export function attributeReader(view: SpanView, {scope, parent, name}: Omit<Attribute, 'kind' | 'at' | 'end'>): Reader {
  const read = scopedReader(view, scope, name);
  if (!parent) return read;
  return (row) => {
    const above = view.parents[row] as number;
    return above < 0 ? nil : read(above);
  };
}

/** A service without a name has that of the semantic conventions. */
export const resourceValue = (name: string, value: Value): Value =>
  name === 'service.name' && (value === nil || (value.type === 'string' && value.value === ''))
    ? unknownService
    : value;

function scopedReader(view: SpanView, scope: AttributeScope | undefined, name: string): Reader {
  const {batch} = view;
  const {attributes, events, links, resource, scope: scopes} = batch.spans.columns;
  const key = utf8Bytes(name);
  const read = (owner: RangeColumn, row: number): Value => {
    const at = findAttribute(batch, owner, row, key);
    return at < 0 ? nil : typedValue(readValue(batch, at));
  };
  const several = (ranges: RangeColumn, owner: RangeColumn, row: number): Value => {
    const values: Value[] = [];
    for (let at = ranges.from(row); at < ranges.from(row) + ranges.count(row); at++) {
      const value = read(owner, at);
      if (value !== nil) values.push(value);
    }
    return severalOf(values);
  };
  switch (scope) {
    case 'span':
      return (row) => read(attributes, row);
    case 'resource': {
      const cached = cache((row) => resourceValue(name, read(batch.resources.columns.attributes, row)));
      return (row) => cached(resource.get(row));
    }
    case 'instrumentation': {
      const cached = cache((row) => read(batch.scopes.columns.attributes, row));
      return (row) => cached(scopes.get(row));
    }
    case 'event':
      return (row) => several(events, batch.events.columns.attributes, row);
    case 'link':
      return (row) => several(links, batch.links.columns.attributes, row);
    case undefined: {
      const readers = (['span', 'resource', 'event', 'link', 'instrumentation'] as const).map((each) =>
        scopedReader(view, each, name),
      );
      return (row) => {
        for (const reader of readers) {
          const value = reader(row);
          if (value !== nil) return value;
        }
        return nil;
      };
    }
  }
}

function cache(read: Reader): Reader {
  const values: Value[] = [];
  return (row) => {
    let value = values[row];
    if (value === undefined) {
      value = read(row);
      values[row] = value;
    }
    return value;
  };
}

function severalOf(values: readonly Value[]): Value {
  if (values.length < 2) return values[0] ?? nil;
  return {type: 'several', values};
}

/** Maps, bytes and arrays of several types are their texts. */
export function typedValue(value: AnyValue): Value {
  switch (value.type) {
    case 'empty':
      return nil;
    case 'string':
      return {type: 'string', value: value.value};
    case 'bool':
      return {type: 'boolean', value: value.value};
    case 'int':
      return {type: 'int', value: whole(value.value)};
    case 'double':
      return {type: 'float', value: value.value};
    case 'array': {
      const elements = value.value.map(typedValue);
      const type = elements[0]?.type ?? 'string';
      const isPlain = /^(?:int|float|string|boolean)$/.test(type) && elements.every((each) => each.type === type);
      if (isPlain) return {type: `${type as 'int'}[]`, elements};
      return {type: 'string', value: attributeText(value)};
    }
    default:
      return {type: 'string', value: attributeText(value)};
  }
}

export function intrinsicReader(view: SpanView, name: IntrinsicName): Reader {
  const {batch} = view;
  const {spans, events, links, scopes} = batch;
  const columns = spans.columns;
  const text = (column: SliceColumn, row: number): Value => ({
    type: 'string',
    value: utf8(batch.heap.bytes, column.start(row), column.size(row)),
  });
  const ranged = (ranges: RangeColumn, read: (at: number, row: number) => Value): Reader => {
    return (row) => {
      const from = ranges.from(row);
      return severalOf(Array.from({length: ranges.count(row)}, (_each, i) => read(from + i, row)));
    };
  };
  const nested = (set: 'left' | 'right' | 'parent'): Reader => {
    const numbers = view.nested[set];
    return (row) => ({type: 'int', value: numbers[row] as number});
  };
  switch (name) {
    case 'duration':
      return (row) => ({type: 'duration', value: view.duration(row)});
    case 'name':
      return (row) => text(columns.name, row);
    case 'status':
      return (row) => ({type: 'status', value: statusNames[columns.statusCode.get(row)] ?? 'unset'});
    case 'statusMessage':
      return (row) => text(columns.statusMessage, row);
    case 'kind':
      return (row) => ({type: 'kind', value: kindNames[columns.kind.get(row)] ?? 'unspecified'});
    case 'parent':
      return () => nil;
    case 'rootName':
      return ofTrace(view, ({root}) => (root < 0 ? {type: 'string', value: noRoot} : text(columns.name, root)));
    case 'rootServiceName': {
      const service = scopedReader(view, 'resource', 'service.name');
      return ofTrace(view, ({root}) => (root < 0 ? {type: 'string', value: noRoot} : service(root)));
    }
    case 'traceDuration':
      return ofTrace(view, ({durationNano}) => ({type: 'duration', value: durationNano}));
    case 'trace:id':
      return ofTrace(view, ({id}) => ({type: 'string', value: id.replace(/^0+/, '')}));
    case 'nestedSetLeft':
      return nested('left');
    case 'nestedSetRight':
      return nested('right');
    case 'nestedSetParent':
      return nested('parent');
    case 'span:id':
      return (row) => ({type: 'string', value: toHex(columns.spanId.get(row))});
    case 'span:parentID':
      return (row) =>
        view.parents[row] === isRoot
          ? {type: 'string', value: ''}
          : {type: 'string', value: toHex(columns.parentSpanId.get(row))};
    case 'span:childCount':
      return (row) => ({type: 'int', value: view.children[row] as number});
    case 'event:name':
      return ranged(columns.events, (at) => text(events.columns.name, at));
    case 'event:timeSinceStart':
      return ranged(columns.events, (at, row) => ({
        type: 'duration',
        value: Number(events.columns.time.get(at) - view.start(row)),
      }));
    case 'link:traceID':
      return ranged(columns.links, (at) => ({type: 'string', value: toHex(links.columns.traceId.get(at))}));
    case 'link:spanID':
      return ranged(columns.links, (at) => ({type: 'string', value: toHex(links.columns.spanId.get(at))}));
    case 'instrumentation:name':
      return (row) => text(scopes.columns.name, columns.scope.get(row));
    case 'instrumentation:version':
      return (row) => text(scopes.columns.version, columns.scope.get(row));
  }
}

function ofTrace(view: SpanView, read: (trace: SpanView['traces'][number]) => Value): Reader {
  const cached = cache((index) => read(view.traces[index] as SpanView['traces'][number]));
  return (row) => cached(view.traceOf[row] as number);
}
