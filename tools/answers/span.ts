/**
 * A span as it is sent, in plain values, and how it becomes a batch.
 *
 * A text may have bytes that are not UTF-8: each of them, 0x80 to 0xff, is the lone surrogate U+DC80 to U+DCFF.
 */
import {createHash} from 'node:crypto';
import type {TenantId} from '../../server/src/base/index.ts';
import {
  type AnyValue,
  type AttributeTable,
  appendAttribute,
  createSpanBatch,
  type KeyValue,
  type SpanBatch,
} from '../../server/src/model/index.ts';
import {attributeText} from '../../server/src/query/index.ts';

export interface Span {
  readonly tenant: TenantId;
  readonly resource: Resource;
  readonly scope: Scope;
  /** Hexadecimal. */
  readonly traceId: string;
  readonly spanId: string;
  /** Zeros for a root. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly flags: number;
  readonly name: string;
  readonly kind: number;
  readonly start: bigint;
  /** May lie before `start`. */
  readonly end: bigint;
  readonly attributes: readonly KeyValue[];
  readonly droppedAttributes: number;
  readonly events: readonly SpanEvent[];
  readonly droppedEvents: number;
  readonly links: readonly SpanLink[];
  readonly droppedLinks: number;
  readonly statusCode: number;
  readonly statusMessage: string;
}
export interface Resource {
  readonly attributes: readonly KeyValue[];
  readonly droppedAttributes: number;
  readonly schemaUrl: string;
}
export interface Scope extends Resource {
  readonly name: string;
  readonly version: string;
}
export interface SpanEvent {
  readonly time: bigint;
  readonly name: string;
  readonly attributes: readonly KeyValue[];
  readonly droppedAttributes: number;
}
export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly flags: number;
  readonly attributes: readonly KeyValue[];
  readonly droppedAttributes: number;
}

export const noParent = '0'.repeat(16);

const rawByte = /[\udc80-\udcff]/;

/** The bytes that are sent for a text. */
export function bytesOf(text: string): Uint8Array {
  if (!rawByte.test(text)) return Buffer.from(text);
  return Buffer.concat(
    [...text].map((one) => (rawByte.test(one) ? Buffer.of(one.charCodeAt(0) & 0xff) : Buffer.from(one))),
  );
}

/** The text as every reader shows it. Readers differ in how many U+FFFD stand for a run of bytes, so here one does. */
export const shown = (text: string): string =>
  Buffer.from(bytesOf(text))
    .toString('utf8')
    .replaceAll(/\uFFFD+/g, '\uFFFD');

/** The one text of a value, as it was sent. */
export const textOf = (value: AnyValue): string => (value.type === 'string' ? value.value : attributeText(value));

/** Everything that a value says as one text, for comparison: no two different values have the same. */
export function canonical(value: unknown): string {
  if (value === undefined) return 'undefined';
  return JSON.stringify(value, function (this: Record<string, unknown>, key) {
    const one = this[key];
    if (typeof one === 'bigint') return `${one}n`;
    if (typeof one === 'number' && (Object.is(one, -0) || !Number.isFinite(one)))
      return `number ${Object.is(one, -0) ? '-0' : one}`;
    if (one instanceof Uint8Array) return `bytes ${Buffer.from(one).toString('hex')}`;
    if (one instanceof Map) return [...one];
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

const digests = new WeakMap<Span, string>();

/** Spans of which this is equal are copies: they are equal in everything that was sent. */
export function identityOf(span: Span): string {
  let digest = digests.get(span);
  if (digest === undefined) digests.set(span, (digest = createHash('sha1').update(canonical(span)).digest('hex')));
  return digest;
}

/** One batch of the spans; resources and scopes that are the same object are one row. */
export function batchOf(spans: readonly Span[]): SpanBatch {
  const batch = createSpanBatch();
  const {heap} = batch;
  const rows = {resources: new Map<Resource, number>(), scopes: new Map<Scope, number>()};
  const s = batch.spans.columns;
  const set = (
    column: {setPair(row: number, start: number, length: number): void},
    row: number,
    text: string,
  ): void => {
    const bytes = bytesOf(text);
    column.setPair(row, heap.append(bytes), bytes.length);
  };
  const attributes = (list: readonly KeyValue[]): [number, number] => {
    const from = batch.attributes.count;
    for (const one of list) appendRaw(batch.attributes, batch, one);
    return [from, list.length];
  };
  const originRow = (table: 'resources' | 'scopes', origin: Resource): number => {
    const row = batch[table].add();
    const columns = batch[table].columns;
    columns.attributes.setPair(row, ...attributes(origin.attributes));
    columns.droppedAttributes.set(row, origin.droppedAttributes);
    set(columns.schemaUrl, row, origin.schemaUrl);
    return row;
  };
  const resourceRow = (origin: Resource): number => {
    const row = rows.resources.get(origin) ?? originRow('resources', origin);
    rows.resources.set(origin, row);
    return row;
  };
  const scopeRow = (origin: Scope): number => {
    const known = rows.scopes.get(origin);
    if (known !== undefined) return known;
    const row = originRow('scopes', origin);
    set(batch.scopes.columns.name, row, origin.name);
    set(batch.scopes.columns.version, row, origin.version);
    rows.scopes.set(origin, row);
    return row;
  };
  for (const span of spans) {
    const row = batch.spans.add();
    s.resource.set(row, resourceRow(span.resource));
    s.scope.set(row, scopeRow(span.scope));
    s.traceId.set(row, Buffer.from(span.traceId, 'hex'));
    s.spanId.set(row, Buffer.from(span.spanId, 'hex'));
    s.parentSpanId.set(row, Buffer.from(span.parentSpanId, 'hex'));
    set(s.traceState, row, span.traceState);
    s.flags.set(row, span.flags);
    set(s.name, row, span.name);
    s.kind.set(row, span.kind);
    s.start.set(row, span.start);
    s.end.set(row, span.end);
    s.attributes.setPair(row, ...attributes(span.attributes));
    s.droppedAttributes.set(row, span.droppedAttributes);
    const firstEvent = batch.events.count;
    const e = batch.events.columns;
    for (const event of span.events) {
      const at = batch.events.add();
      e.time.set(at, event.time);
      set(e.name, at, event.name);
      e.attributes.setPair(at, ...attributes(event.attributes));
      e.droppedAttributes.set(at, event.droppedAttributes);
    }
    s.events.setPair(row, firstEvent, span.events.length);
    s.droppedEvents.set(row, span.droppedEvents);
    const firstLink = batch.links.count;
    const l = batch.links.columns;
    for (const link of span.links) {
      const at = batch.links.add();
      l.traceId.set(at, Buffer.from(link.traceId, 'hex'));
      l.spanId.set(at, Buffer.from(link.spanId, 'hex'));
      set(l.traceState, at, link.traceState);
      l.flags.set(at, link.flags);
      l.attributes.setPair(at, ...attributes(link.attributes));
      l.droppedAttributes.set(at, link.droppedAttributes);
    }
    s.links.setPair(row, firstLink, span.links.length);
    s.droppedLinks.set(row, span.droppedLinks);
    s.statusCode.set(row, span.statusCode);
    set(s.statusMessage, row, span.statusMessage);
  }
  return batch;
}

function appendRaw(table: AttributeTable, batch: SpanBatch, {key, value}: KeyValue): void {
  const {heap} = batch;
  const row = appendAttribute(table, heap, '', value);
  const keyBytes = bytesOf(key);
  table.columns.key.setPair(row, heap.append(keyBytes), keyBytes.length);
  if (value.type !== 'string') return;
  const bytes = bytesOf(value.value);
  table.columns.value.setPair(row, heap.append(bytes), bytes.length);
}
