/** Everything that arrived with one span, for the details beside the waterfall. */
import {toHex, utf8} from '../base/index.ts';
import {type AnyValue, type KeyValue, readAttributes, type SliceColumn, type SpanBatch} from '../model/index.ts';
import {attributeText, kindNames, responseStatus, statusNames} from '../query/index.ts';
import type {Attribute, AttributeValue, SpanEvent, SpanLink, SpanResponse} from './contract.ts';

/** The span in `row`. */
export function spanResponse(batch: SpanBatch, row: number): SpanResponse {
  const c = batch.spans.columns;
  const r = batch.resources.columns;
  const s = batch.scopes.columns;
  const resource = c.resource.get(row);
  const scope = c.scope.get(row);
  const text = (column: SliceColumn, at: number): string => utf8(batch.heap.bytes, column.start(at), column.size(at));
  const parent = toHex(c.parentSpanId.get(row));
  const resourceAttributes = readAttributes(batch, r.attributes.from(resource), r.attributes.count(resource));
  const service = resourceAttributes.find(({key}) => key === 'service.name')?.value;
  const own = readAttributes(batch, c.attributes.from(row), c.attributes.count(row));
  const answered = responseStatus((key) => {
    const value = own.find((one) => one.key === key)?.value;
    return value === undefined ? undefined : attributeText(value);
  });
  const start = c.start.get(row);
  const end = c.end.get(row);
  return {
    traceId: toHex(c.traceId.get(row)),
    spanId: toHex(c.spanId.get(row)),
    parentSpanId: parent === '0000000000000000' ? '' : parent,
    traceState: text(c.traceState, row),
    flags: c.flags.get(row),
    name: text(c.name, row),
    service: (service === undefined ? '' : attributeText(service)) || 'unknown_service',
    kind: kindNames[c.kind.get(row)] ?? 'unspecified',
    startUnixNano: start.toString(),
    durationNano: (end > start ? end - start : 0n).toString(),
    ...(end < start ? {endsBeforeStartNano: (start - end).toString()} : {}),
    status: {code: statusNames[c.statusCode.get(row)] ?? 'unset', message: text(c.statusMessage, row)},
    ...(answered === undefined ? {} : {responseStatus: answered}),
    attributes: attributes(own),
    droppedAttributes: c.droppedAttributes.get(row),
    events: events(batch, c.events.from(row), c.events.count(row)),
    droppedEvents: c.droppedEvents.get(row),
    links: links(batch, c.links.from(row), c.links.count(row)),
    droppedLinks: c.droppedLinks.get(row),
    resource: {
      attributes: attributes(resourceAttributes),
      droppedAttributes: r.droppedAttributes.get(resource),
      schemaUrl: text(r.schemaUrl, resource),
    },
    scope: {
      name: text(s.name, scope),
      version: text(s.version, scope),
      attributes: attributes(readAttributes(batch, s.attributes.from(scope), s.attributes.count(scope))),
      droppedAttributes: s.droppedAttributes.get(scope),
      schemaUrl: text(s.schemaUrl, scope),
    },
  };
}

function events(batch: SpanBatch, from: number, count: number): SpanEvent[] {
  const e = batch.events.columns;
  return Array.from({length: count}, (_, index) => {
    const row = from + index;
    return {
      name: utf8(batch.heap.bytes, e.name.start(row), e.name.size(row)),
      timeUnixNano: e.time.get(row).toString(),
      attributes: attributes(readAttributes(batch, e.attributes.from(row), e.attributes.count(row))),
      droppedAttributes: e.droppedAttributes.get(row),
    };
  });
}

function links(batch: SpanBatch, from: number, count: number): SpanLink[] {
  const l = batch.links.columns;
  return Array.from({length: count}, (_, index) => {
    const row = from + index;
    return {
      traceId: toHex(l.traceId.get(row)),
      spanId: toHex(l.spanId.get(row)),
      traceState: utf8(batch.heap.bytes, l.traceState.start(row), l.traceState.size(row)),
      flags: l.flags.get(row),
      attributes: attributes(readAttributes(batch, l.attributes.from(row), l.attributes.count(row))),
      droppedAttributes: l.droppedAttributes.get(row),
    };
  });
}

export const attributes = (list: readonly KeyValue[]): Attribute[] =>
  list.map(({key, value}) => ({key, value: attributeValue(value)}));

export function attributeValue(value: AnyValue): AttributeValue {
  switch (value.type) {
    case 'empty':
    case 'string':
    case 'bool':
      return value;
    case 'int':
      return {type: 'int', value: value.value.toString()};
    case 'double':
      return {type: 'double', value: doubleValue(value.value)};
    case 'bytes':
      return {type: 'bytes', value: Buffer.from(value.value).toString('base64')};
    case 'array':
      return {type: 'array', value: value.value.map(attributeValue)};
    case 'map':
      return {type: 'map', value: attributes(value.value)};
  }
}

/** JSON has neither NaN nor infinities. */
function doubleValue(value: number): number | 'NaN' | 'Infinity' | '-Infinity' {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return value;
  return value > 0 ? 'Infinity' : '-Infinity';
}
