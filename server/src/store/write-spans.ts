/** Spans as rows of their table: encodes batches into one ClickHouse Native block. A hot path: `npm run bench:ingest`. */
import {type Clock, type TenantId, utf8Bytes} from '../base/index.ts';
import type {Lent, SpanBatch} from '../model/index.ts';
import {
  ArrayColumn,
  ByteSink,
  DictionaryColumn,
  type NativeColumn,
  PlainColumn,
  stringColumn,
  TupleColumn,
  u8Column,
  u32Column,
  u64Column,
  writeBlock,
} from '../native/index.ts';
import type {BlockWriter} from './block-writer.ts';
import {spanTable} from './schema-segments.ts';
import {AttributeColumns} from './write-attributes.ts';
import {SpanOriginColumns} from './write-origins.ts';
import {SpanTexts} from './write-span-texts.ts';
import {TemplateColumns} from './write-templates.ts';

export interface SpanWriter extends BlockWriter<SpanBatch> {
  /** What was told of the texts that spans share may be gone: all are told again. */
  forget(): void;
}

export function createSpanWriter(clock: Clock): SpanWriter {
  const texts = new SpanTexts(clock);
  const attributes = new TemplateColumns(texts);
  const origin = new SpanOriginColumns(texts);
  const eventAttributes = new AttributeColumns();
  const linkAttributes = new AttributeColumns();
  const columns = {
    tenant: new DictionaryColumn(),
    stray: u8Column(),
    start_time: new PlainColumn("DateTime64(9, 'UTC')"),
    duration_ns: new PlainColumn('Int64'),
    trace_id: new PlainColumn('FixedString(16)'),
    span_id: new PlainColumn('FixedString(8)'),
    parent_span_id: new PlainColumn('FixedString(8)'),
    trace_state: stringColumn(),
    flags: u32Column(),
    name: new DictionaryColumn(),
    kind: u8Column(),
    status_code: u8Column(),
    status_message: stringColumn(),
    attribute_template: attributes.template,
    attribute_values: attributes.values,
    dropped_attributes: u32Column(),
    ...origin.columns,
    events: new ArrayColumn(
      new TupleColumn({
        time: u64Column(),
        name: new DictionaryColumn(),
        attributes: eventAttributes.map,
        attribute_types: eventAttributes.types,
        dropped_attributes: u32Column(),
      }),
    ),
    dropped_events: u32Column(),
    links: new ArrayColumn(
      new TupleColumn({
        trace_id: new PlainColumn('FixedString(16)'),
        span_id: new PlainColumn('FixedString(8)'),
        trace_state: stringColumn(),
        flags: u32Column(),
        attributes: linkAttributes.map,
        attribute_types: linkAttributes.types,
        dropped_attributes: u32Column(),
      }),
    ),
    dropped_links: u32Column(),
  } satisfies Record<string, NativeColumn>;
  const scratch = new ByteSink(64 * 1024);
  let rows = 0;

  return {
    get rows() {
      return rows;
    },
    append(batch, tenant, places) {
      const spans = batch.spans.columns;
      const count = batch.spans.count;
      const {heap} = batch;
      appendTenant(columns.tenant, tenant, count);
      appendPlaces(columns.stray.data, places, count);
      appendWords(columns.start_time.data, spans.start.words, count);
      appendDifference(columns.duration_ns.data, spans.end.words, spans.start.words, count);
      columns.trace_id.data.copy(spans.traceId.bytes, 0, 16 * count);
      columns.span_id.data.copy(spans.spanId.bytes, 0, 8 * count);
      columns.parent_span_id.data.copy(spans.parentSpanId.bytes, 0, 8 * count);
      appendSlices(columns.trace_state.data, heap.bytes, spans.traceState.words, count);
      appendWords32(columns.flags.data, spans.flags.data, count);
      texts.begin(places === undefined ? 0 : latestMs(spans.start.words, count));
      const name = spans.name.words;
      const ranges = spans.attributes.words;
      for (let row = 0; row < count; row++) {
        const index = columns.name.intern(heap.bytes, name[2 * row] as number, name[2 * row + 1] as number);
        columns.name.push(index);
        attributes.append(batch, ranges[2 * row] as number, ranges[2 * row + 1] as number, index, tenant);
      }
      appendBytes(columns.kind.data, spans.kind.data, count);
      appendBytes(columns.status_code.data, spans.statusCode.data, count);
      appendSlices(columns.status_message.data, heap.bytes, spans.statusMessage.words, count);
      appendWords32(columns.dropped_attributes.data, spans.droppedAttributes.data, count);
      origin.append(batch, tenant);
      appendEvents(batch);
      appendWords32(columns.dropped_events.data, spans.droppedEvents.data, count);
      appendLinks(batch);
      appendWords32(columns.dropped_links.data, spans.droppedLinks.data, count);
      rows += count;
    },
    finish() {
      const block = {table: spanTable, bytes: writeBlock(columns, rows, scratch), rows};
      for (const column of Object.values(columns)) (column as NativeColumn).reset();
      attributes.reset();
      rows = 0;
      // The texts first: a search must not find a span whose texts nobody knows.
      return {blocks: [...texts.finish(), block], failed: () => texts.forget()};
    },
    forget: () => texts.forget(),
  };

  function appendEvents(batch: Lent<SpanBatch>): void {
    const ranges = batch.spans.columns.events.words;
    const {time, name, attributes: of, droppedAttributes} = batch.events.columns;
    const into = columns.events.items.elements;
    for (let row = 0; row < batch.spans.count; row++) {
      const from = ranges[2 * row] as number;
      const count = ranges[2 * row + 1] as number;
      for (let event = from; event < from + count; event++) {
        into.time.data.u64(time.words[2 * event] as number, time.words[2 * event + 1] as number);
        into.name.append(batch.heap.bytes, name.start(event), name.size(event));
        eventAttributes.append(batch, of.from(event), of.count(event));
        into.dropped_attributes.data.u32(droppedAttributes.get(event));
      }
      columns.events.close(count);
    }
  }

  function appendLinks(batch: Lent<SpanBatch>): void {
    const ranges = batch.spans.columns.links.words;
    const {traceId, spanId, traceState, flags, attributes: of, droppedAttributes} = batch.links.columns;
    const into = columns.links.items.elements;
    for (let row = 0; row < batch.spans.count; row++) {
      const from = ranges[2 * row] as number;
      const count = ranges[2 * row + 1] as number;
      for (let link = from; link < from + count; link++) {
        into.trace_id.data.copy(traceId.bytes, 16 * link, 16);
        into.span_id.data.copy(spanId.bytes, 8 * link, 8);
        into.trace_state.data.string(batch.heap.bytes, traceState.start(link), traceState.size(link));
        into.flags.data.u32(flags.get(link));
        linkAttributes.append(batch, of.from(link), of.count(link));
        into.dropped_attributes.data.u32(droppedAttributes.get(link));
      }
      columns.links.close(count);
    }
  }
}

/** Of starts in nanoseconds, the last one in milliseconds. */
function latestMs(words: Uint32Array, count: number): number {
  let high = 0;
  for (let row = 0; row < count; row++) high = Math.max(high, words[2 * row + 1] as number);
  return ((high + 1) * 2 ** 32) / 1e6;
}

/** The tenant's name for each of `count` rows. */
export function appendTenant(column: DictionaryColumn, tenant: TenantId, count: number): void {
  const bytes = utf8Bytes(tenant);
  const index = column.intern(bytes, 0, bytes.length);
  for (let row = 0; row < count; row++) column.push(index);
}

/** A byte a row. */
export function appendPlaces(sink: ByteSink, places: Uint8Array | undefined, count: number): void {
  if (places !== undefined) return sink.copy(places, 0, count);
  const at = sink.reserve(count);
  sink.bytes.fill(0, at, at + count);
}

/** `count` 64-bit values. */
export function appendWords(sink: ByteSink, words: Uint32Array, count: number): void {
  sink.copy(new Uint8Array(words.buffer, words.byteOffset, 8 * count), 0, 8 * count);
}

export function appendWords32(sink: ByteSink, data: Uint32Array, count: number): void {
  sink.copy(new Uint8Array(data.buffer, data.byteOffset, 4 * count), 0, 4 * count);
}

/** The low byte of each number. */
export function appendBytes(sink: ByteSink, data: Uint32Array, count: number): void {
  const at = sink.reserve(count);
  for (let row = 0; row < count; row++) sink.bytes[at + row] = data[row] as number;
}

/** `a - b` of 64-bit values, wrapping: an end before its start comes back exactly. */
export function appendDifference(sink: ByteSink, a: Uint32Array, b: Uint32Array, count: number): void {
  for (let row = 0; row < count; row++) {
    const low = (a[2 * row] as number) - (b[2 * row] as number);
    sink.u64(low >>> 0, ((a[2 * row + 1] as number) - (b[2 * row + 1] as number) - (low < 0 ? 1 : 0)) >>> 0);
  }
}

/** `count` strings. */
export function appendSlices(sink: ByteSink, bytes: Uint8Array, words: Uint32Array, count: number): void {
  for (let row = 0; row < count; row++) sink.string(bytes, words[2 * row] as number, words[2 * row + 1] as number);
}
