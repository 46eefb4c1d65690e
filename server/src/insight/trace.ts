/** The spans of one trace as columns, out of a batch; attributes, events and texts are read where they are asked for. */
import {toHex, utf8, utf8Bytes} from '../base/index.ts';
import {
  findAttribute,
  type RangeColumn,
  readAttributes,
  readValue,
  type SliceColumn,
  type SpanBatch,
} from '../model/index.ts';
import {attributeText, hostOf} from '../query/index.ts';
import {byStart, type ClockSkew, clockSkew, moveStarts} from './clock-skew.ts';
import type {SpanColumns, TraceColumns} from './columns.ts';
import {buildTree, type TraceTree, type TreeOrder, walkTree} from './tree.ts';

export interface Trace extends TraceColumns {
  readonly traceId: string;
  readonly startUnixNano: bigint;
  readonly names: readonly string[];
  readonly spans: SpanColumns & {readonly name: readonly number[]};
  readonly count: number;
  /** Nanoseconds from the first start to the last end, clocks adjusted; at least 1. */
  readonly total: number;
  /** As `order`, `depth` and so on are of the adjusted spans, so are `spans.start`. */
  readonly tree: TraceTree & TreeOrder;
  /** Undefined where no two clocks contradict each other. */
  readonly skew: ClockSkew | undefined;
  /** Spans that were sent with an end before their start. */
  readonly endsBeforeStart: number;
  /** Spans whose id an earlier one has. */
  readonly repeatedIds: number;
  /** Of the span itself: the text of the first of `keys` that it has. */
  attribute(span: number, ...keys: readonly AttributeKey[]): string | undefined;
  resource(span: number, key: AttributeKey): string | undefined;
  attributes(span: number): readonly {readonly key: string; readonly value: string}[];
  events(span: number): readonly TraceEvent[];
  statusMessage(span: number): string;
  traceState(span: number): string;
}

export interface TraceEvent {
  readonly name: string;
  /** Nanoseconds after the trace's start, as the span's clock is adjusted. */
  readonly at: number;
  readonly attributes: ReadonlyMap<string, string>;
}

/** A key with its bytes, made once. */
export interface AttributeKey {
  readonly key: string;
  readonly bytes: Uint8Array;
}
export const attributeKey = (key: string): AttributeKey => ({key, bytes: utf8Bytes(key)});

/** All spans of `batch` are taken for one trace's, in any order. The batch is read for as long as the trace is. */
export function readTrace(batch: SpanBatch): Trace {
  const c = batch.spans.columns;
  const rows = rowsByStart(batch);
  const count = rows.length;
  const text = (column: SliceColumn, row: number): string =>
    utf8(batch.heap.bytes, column.start(row), column.size(row));
  const services = new Dictionary();
  const names = new Dictionary();
  const hosts = new Dictionary();
  const origins = new Map<number, {readonly service: number; readonly host: number}>();
  const first = count === 0 ? 0n : c.start.get(rows[0] as number);
  let endsBeforeStart = 0;
  const sent = {
    spanId: new Array<string>(count),
    parentSpanId: new Array<string>(count),
    service: new Array<number>(count),
    host: new Array<number>(count),
    name: new Array<number>(count),
    kind: new Array<number>(count),
    status: new Array<number>(count),
    start: new Array<number>(count),
    duration: new Array<number>(count),
  };
  for (let span = 0; span < count; span++) {
    const row = rows[span] as number;
    const resource = c.resource.get(row);
    let origin = origins.get(resource);
    if (origin === undefined) {
      const service = textOf(batch, batch.resources.columns.attributes, resource, serviceName);
      origin = {service: services.index(service || 'unknown_service'), host: hosts.index(hostOf(batch, resource))};
      origins.set(resource, origin);
    }
    const start = c.start.get(row);
    const end = c.end.get(row);
    if (end < start) endsBeforeStart++;
    sent.spanId[span] = toHex(c.spanId.get(row));
    sent.parentSpanId[span] = c.parentSpanId.isEmpty(row) ? '' : toHex(c.parentSpanId.get(row));
    sent.service[span] = origin.service;
    sent.host[span] = origin.host;
    sent.name[span] = names.index(text(c.name, row));
    sent.kind[span] = c.kind.get(row);
    sent.status[span] = c.statusCode.get(row);
    sent.start[span] = Number(start - first);
    sent.duration[span] = end > start ? Number(end - start) : 0;
  }
  const columns = {services: services.texts, hosts: hosts.texts, spans: sent};
  const asSent = treeOf(sent);
  const skew = clockSkew(columns, asSent);
  const start = skew === undefined ? sent.start : moveStarts(sent, skew).start;
  const spans = {...sent, start};
  const tree = skew === undefined ? asSent : treeOf(spans, byStart(start));
  let total = 1;
  for (let span = 0; span < count; span++) total = Math.max(total, start[span]! + sent.duration[span]!);
  const read = (owner: RangeColumn, row: number, keys: readonly AttributeKey[]): string | undefined => {
    for (const key of keys) {
      const found = textOf(batch, owner, row, key);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return {
    ...columns,
    traceId: count === 0 ? '' : toHex(c.traceId.get(rows[0] as number)),
    startUnixNano: first,
    names: names.texts,
    spans,
    count,
    total,
    tree,
    skew,
    endsBeforeStart,
    repeatedIds: sent.spanId.reduce((sum, id, span) => sum + (tree.indexOf.get(id) === span ? 0 : 1), 0),
    attribute: (span, ...keys) => read(c.attributes, rows[span] as number, keys),
    resource: (span, key) => read(batch.resources.columns.attributes, c.resource.get(rows[span] as number), [key]),
    attributes: (span) => texts(batch, c.attributes, rows[span] as number),
    events(span) {
      const row = rows[span] as number;
      const e = batch.events.columns;
      const from = c.events.from(row);
      const moved = start[span]! - Number(c.start.get(row) - first);
      return Array.from({length: Math.min(maxEvents, c.events.count(row))}, (_, index) => ({
        name: text(e.name, from + index),
        at: Number(e.time.get(from + index) - first) + moved,
        attributes: new Map(texts(batch, e.attributes, from + index).map(({key, value}) => [key, value])),
      }));
    },
    statusMessage: (span) => text(c.statusMessage, rows[span] as number),
    traceState: (span) => text(c.traceState, rows[span] as number),
  };
}

/** Of one span. */
const maxEvents = 100;
const serviceName = attributeKey('service.name');

function treeOf(spans: SpanColumns, order?: Int32Array): TraceTree & TreeOrder {
  const tree = buildTree(spans, order);
  return {...tree, ...walkTree(tree, tree.children, order)};
}

function rowsByStart(batch: SpanBatch): Int32Array {
  const {start} = batch.spans.columns;
  const {count} = batch.spans;
  const starts = new BigUint64Array(count);
  const rows = new Int32Array(count);
  let isSorted = true;
  for (let row = 0; row < count; row++) {
    starts[row] = start.get(row);
    rows[row] = row;
    if (row > 0 && starts[row - 1]! > starts[row]!) isSorted = false;
  }
  return isSorted ? rows : rows.sort((a, b) => (starts[a]! < starts[b]! ? -1 : starts[a]! > starts[b]! ? 1 : a - b));
}

function textOf(batch: SpanBatch, owner: RangeColumn, row: number, key: AttributeKey): string | undefined {
  const at = findAttribute(batch, owner, row, key.bytes);
  return at < 0 ? undefined : attributeText(readValue(batch, at));
}

const texts = (batch: SpanBatch, owner: RangeColumn, row: number) =>
  readAttributes(batch, owner.from(row), owner.count(row)).map(({key, value}) => ({key, value: attributeText(value)}));

class Dictionary {
  readonly texts: string[] = [];
  private readonly indexes = new Map<string, number>();

  index(text: string): number {
    let index = this.indexes.get(text);
    if (index === undefined) {
      index = this.texts.push(text) - 1;
      this.indexes.set(text, index);
    }
    return index;
  }
}
