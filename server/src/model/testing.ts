/** For tests: batches as plain objects to compare, and arbitrary batches from a seed. */

import {toHex, utf8} from '../base/index.ts';
import {seededRandom} from '../base/testing.ts';
import {type AnyValue, appendAttribute, type KeyValue, readAttributes} from './any-value.ts';
import type {Batch} from './batch.ts';
import type {RangeColumn, SliceColumn} from './columns.ts';
import {createSpanBatch, type SpanBatch} from './span-batch.ts';

export {seededRandom};

/** Everything a span batch says, whatever its layout in memory: two batches are equal when these are. */
export function spansAsObjects(batch: SpanBatch) {
  const text = (column: SliceColumn, row: number): string => utf8(column.bytes(row, batch.heap));
  const attributes = (column: RangeColumn, row: number): KeyValue[] =>
    readAttributes(batch, column.from(row), column.count(row));
  const children = <T>(range: RangeColumn, row: number, read: (child: number) => T): T[] =>
    Array.from({length: range.count(row)}, (_, i) => read(range.from(row) + i));
  const s = batch.spans.columns;
  const e = batch.events.columns;
  const l = batch.links.columns;
  return Array.from({length: batch.spans.count}, (_, row) => ({
    resource: originAsObject(batch, 'resources', s.resource.get(row)),
    scope: originAsObject(batch, 'scopes', s.scope.get(row)),
    traceId: toHex(s.traceId.get(row)),
    spanId: toHex(s.spanId.get(row)),
    parentSpanId: toHex(s.parentSpanId.get(row)),
    traceState: text(s.traceState, row),
    flags: s.flags.get(row),
    name: text(s.name, row),
    kind: s.kind.get(row),
    start: s.start.get(row),
    end: s.end.get(row),
    attributes: attributes(s.attributes, row),
    droppedAttributes: s.droppedAttributes.get(row),
    events: children(s.events, row, (event) => ({
      time: e.time.get(event),
      name: text(e.name, event),
      attributes: attributes(e.attributes, event),
      droppedAttributes: e.droppedAttributes.get(event),
    })),
    droppedEvents: s.droppedEvents.get(row),
    links: children(s.links, row, (link) => ({
      traceId: toHex(l.traceId.get(link)),
      spanId: toHex(l.spanId.get(link)),
      traceState: text(l.traceState, link),
      flags: l.flags.get(link),
      attributes: attributes(l.attributes, link),
      droppedAttributes: l.droppedAttributes.get(link),
    })),
    droppedLinks: s.droppedLinks.get(row),
    statusCode: s.statusCode.get(row),
    statusMessage: text(s.statusMessage, row),
  }));
}

export function originAsObject(batch: Batch, table: 'resources' | 'scopes', row: number) {
  const {attributes, droppedAttributes, schemaUrl} = batch[table].columns;
  const {name, version} = batch.scopes.columns;
  return {
    ...(table === 'scopes' && {name: utf8(name.bytes(row, batch.heap)), version: utf8(version.bytes(row, batch.heap))}),
    attributes: readAttributes(batch, attributes.from(row), attributes.count(row)),
    droppedAttributes: droppedAttributes.get(row),
    schemaUrl: utf8(schemaUrl.bytes(row, batch.heap)),
  };
}

/** Arbitrary valid values with all their corners: empty, huge, negative, not a number, other scripts, nested. */
export function arbitraryValue(random: () => number, depth = 0): AnyValue {
  const pick = Math.floor(random() * (depth > 2 ? 6 : 8));
  switch (pick) {
    case 0:
      return {type: 'empty'};
    case 1:
      return {type: 'string', value: arbitraryText(random)};
    case 2:
      return {type: 'bool', value: random() < 0.5};
    case 3:
      return {type: 'int', value: arbitraryInt(random)};
    case 4:
      return {
        type: 'double',
        value: oneOf(random, [0, -0, 1.5, -1e300, 5e-324, Number.NaN, Infinity, -Infinity, random()]),
      };
    case 5:
      return {type: 'bytes', value: Uint8Array.from({length: Math.floor(random() * 20)}, () => random() * 256)};
    case 6:
      return {
        type: 'array',
        value: Array.from({length: Math.floor(random() * 4)}, () => arbitraryValue(random, depth + 1)),
      };
    default:
      return {
        type: 'map',
        value: Array.from({length: Math.floor(random() * 4)}, (_, i) => ({
          key: `${arbitraryText(random)}${i}`,
          value: arbitraryValue(random, depth + 1),
        })),
      };
  }
}

const arbitraryInt = (random: () => number): bigint =>
  oneOf(random, [0n, 1n, -1n, 500n, 2n ** 31n, -(2n ** 31n), 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)]);

const arbitraryText = (random: () => number): string =>
  oneOf(random, [
    '',
    'a',
    'GET /orders/{id}',
    '訂單建立',
    '支付🙂',
    'x'.repeat(300),
    'two\nlines\0nul',
    'it\'s \\ "quoted"',
  ]) + (random() < 0.5 ? Math.floor(random() * 1e6).toString(36) : '');

const oneOf = <T>(random: () => number, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

/** A batch of `count` spans in which every field is sometimes set and sometimes empty. */
export function arbitrarySpanBatch(random: () => number, count: number): SpanBatch {
  const batch = createSpanBatch();
  const {heap} = batch;
  const some = (limit: number): number => Math.floor(random() * limit);
  const bytes = (length: number): Uint8Array => Uint8Array.from({length}, () => 1 + some(255));
  const setText = (column: SliceColumn, row: number, value = arbitraryText(random)): void => {
    column.setText(row, heap, value);
  };
  const setAttributes = (column: RangeColumn, row: number): void => {
    const from = batch.attributes.count;
    const added = some(5);
    for (let i = 0; i < added; i++) {
      appendAttribute(batch.attributes, heap, `key.${i}${oneOf(random, ['', '.鍵'])}`, arbitraryValue(random));
    }
    column.setPair(row, from, added);
  };
  for (let i = 0; i < 3; i++) {
    const resource = batch.resources.add();
    setAttributes(batch.resources.columns.attributes, resource);
    batch.resources.columns.droppedAttributes.set(resource, some(2) * 300);
    setText(batch.resources.columns.schemaUrl, resource);
    const scope = batch.scopes.add();
    setText(batch.scopes.columns.name, scope);
    setText(batch.scopes.columns.version, scope);
    setAttributes(batch.scopes.columns.attributes, scope);
    batch.scopes.columns.droppedAttributes.set(scope, some(2) * 70000);
    setText(batch.scopes.columns.schemaUrl, scope);
  }
  const s = batch.spans.columns;
  for (let i = 0; i < count; i++) {
    const row = batch.spans.add();
    s.resource.set(row, some(3));
    s.scope.set(row, some(3));
    s.traceId.set(row, bytes(16));
    s.spanId.set(row, bytes(8));
    if (some(3) > 0) s.parentSpanId.set(row, bytes(8));
    setText(s.traceState, row, oneOf(random, ['', 'congo=t61rcWkgMzE,rojo=00f067aa0ba902b7']));
    s.flags.set(row, oneOf(random, [0, 1, 0x301, 0xffff_ffff]));
    setText(s.name, row);
    s.kind.set(row, some(6));
    const start = oneOf(random, [0n, 1n, 1_700_000_000_123_456_789n + BigInt(some(1e9)), 2n ** 63n - 1n]);
    s.start.set(row, start);
    s.end.set(row, oneOf(random, [0n, start, start + BigInt(some(1e9)), 2n ** 63n - 1n]));
    setAttributes(s.attributes, row);
    s.droppedAttributes.set(row, some(3));
    const firstEvent = batch.events.count;
    const events = some(3);
    for (let e = 0; e < events; e++) {
      const event = batch.events.add();
      batch.events.columns.time.set(event, start + BigInt(e));
      setText(batch.events.columns.name, event);
      setAttributes(batch.events.columns.attributes, event);
      batch.events.columns.droppedAttributes.set(event, some(2));
    }
    s.events.setPair(row, firstEvent, events);
    s.droppedEvents.set(row, some(2));
    const firstLink = batch.links.count;
    const links = some(3);
    for (let l = 0; l < links; l++) {
      const link = batch.links.add();
      batch.links.columns.traceId.set(link, bytes(16));
      batch.links.columns.spanId.set(link, bytes(8));
      setText(batch.links.columns.traceState, link, oneOf(random, ['', 'a=b']));
      batch.links.columns.flags.set(link, some(2));
      setAttributes(batch.links.columns.attributes, link);
      batch.links.columns.droppedAttributes.set(link, some(2));
    }
    s.links.setPair(row, firstLink, links);
    s.droppedLinks.set(row, some(2));
    s.statusCode.set(row, some(3));
    setText(s.statusMessage, row);
  }
  return batch;
}
