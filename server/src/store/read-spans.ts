/** Rows of the table of spans back to a batch: the inverse of `write-spans.ts`. */
import {bug, utf8} from '../base/index.ts';
import {
  createSpanBatch,
  Heap,
  type RangeColumn,
  type SpanBatch,
  type U32Column,
  type U64Column,
  valueType,
} from '../model/index.ts';
import {
  type ArrayValues,
  arrayColumn,
  asFixed,
  asStrings,
  dictionaryColumn,
  type FixedValues,
  fixedColumn,
  type MapValues,
  type NativeBlock,
  type NativeValues,
  readBlocks,
  type StringValues,
  textColumn,
} from '../native/index.ts';
import {origin} from '../wire/index.ts';
import {linkCount} from './read-links.ts';
import {appendTemplates} from './read-templates.ts';
import {readExact, readValueText} from './value-text.ts';

/** The columns that a query must select for `readSpanBatch`: the list after SELECT. The order of rows is the query's. */
export const spanColumnsSql = [
  'start_time, duration_ns, trace_id, span_id, parent_span_id, trace_state, flags, name, kind, status_code, status_message',
  'attribute_template, attribute_values, dropped_attributes, resource, scope',
  // Lists whole: field by field, each costs a column more, and the numbers of items once more.
  'events, dropped_events, links, dropped_links',
].join(', ');

/** The same, with the number of links in place of these: enough for spans that have none. */
export const unlinkedColumnsSql = spanColumnsSql.replace(/\blinks\b/, linkCount);

/** The spans of an answer in the format Native. The batch takes the bytes: most of its texts are slices of them. */
export const readSpanBatch = (answer: Uint8Array): SpanBatch => spanBatchOf(answer, readBlocks(answer));

/** The same of blocks that lie in `bytes`. */
export function spanBatchOf(bytes: Uint8Array, blocks: Iterable<NativeBlock>): SpanBatch {
  const batch = createSpanBatch(Heap.of(bytes));
  const resources = new Map<string, number>();
  const scopes = new Map<string, number>();
  for (const block of blocks) appendBlock(batch, block, resources, scopes);
  return batch;
}

function appendBlock(
  batch: SpanBatch,
  block: NativeBlock,
  resources: Map<string, number>,
  scopes: Map<string, number>,
): void {
  const {rows} = block;
  const {spans} = batch;
  const first = spans.count;
  spans.reserve(rows);
  for (let i = 0; i < rows; i++) spans.add();
  const c = spans.columns;
  copyWords(c.start, first, fixedColumn(block, 'start_time'), rows);
  copySums(c.end, c.start, first, fixedColumn(block, 'duration_ns'), rows);
  copyIds(c.traceId.bytes, 16 * first, fixedColumn(block, 'trace_id'), rows);
  copyIds(c.spanId.bytes, 8 * first, fixedColumn(block, 'span_id'), rows);
  copyIds(c.parentSpanId.bytes, 8 * first, fixedColumn(block, 'parent_span_id'), rows);
  c.traceState.words.set(textColumn(block, 'trace_state').slices, 2 * first);
  copyNumbers(c.flags, first, fixedColumn(block, 'flags'), rows);
  c.name.words.set(textColumn(block, 'name').slices, 2 * first);
  copyNumbers(c.kind, first, fixedColumn(block, 'kind'), rows);
  copyNumbers(c.statusCode, first, fixedColumn(block, 'status_code'), rows);
  c.statusMessage.words.set(textColumn(block, 'status_message').slices, 2 * first);
  copyNumbers(c.droppedAttributes, first, fixedColumn(block, 'dropped_attributes'), rows);
  copyNumbers(c.droppedEvents, first, fixedColumn(block, 'dropped_events'), rows);
  copyNumbers(c.droppedLinks, first, fixedColumn(block, 'dropped_links'), rows);
  appendTemplates(batch, block, c.attributes, first);
  appendOrigins(c.resource, first, block, 'resource', resources, (bytes) => origin.decode(batch, 'resources', bytes));
  appendOrigins(c.scope, first, block, 'scope', scopes, (bytes) => origin.decode(batch, 'scopes', bytes));
  appendEvents(batch, block, first);
  appendLinks(batch, block, first);
}

function appendEvents(batch: SpanBatch, block: NativeBlock, firstSpan: number): void {
  const times = arrayColumn(block, 'events.time');
  const count = appendRanges(batch.spans.columns.events, firstSpan, times, batch.events.count);
  if (count === 0) return;
  const first = batch.events.count;
  for (let i = 0; i < count; i++) batch.events.add();
  const {time, name, attributes, droppedAttributes} = batch.events.columns;
  copyWords(time, first, asFixed(times.items), count);
  name.words.set(items(block, 'events.name', asStrings).slices, 2 * first);
  copyNumbers(droppedAttributes, first, items(block, 'events.dropped_attributes', asFixed), count);
  const types = items(block, 'events.attribute_types', asStrings);
  appendAttributes(batch, block, attributes, first, count, items(block, 'events.attributes', asMap), types);
}

/** Of a block that was read without links, no span has any. */
function appendLinks(batch: SpanBatch, block: NativeBlock, firstSpan: number): void {
  if (!block.columns.has('links.trace_id')) return;
  const ids = arrayColumn(block, 'links.trace_id');
  const count = appendRanges(batch.spans.columns.links, firstSpan, ids, batch.links.count);
  if (count === 0) return;
  const first = batch.links.count;
  for (let i = 0; i < count; i++) batch.links.add();
  const {traceId, spanId, traceState, flags, attributes, droppedAttributes} = batch.links.columns;
  copyIds(traceId.bytes, 16 * first, asFixed(ids.items), count);
  copyIds(spanId.bytes, 8 * first, items(block, 'links.span_id', asFixed), count);
  traceState.words.set(items(block, 'links.trace_state', asStrings).slices, 2 * first);
  copyNumbers(flags, first, items(block, 'links.flags', asFixed), count);
  copyNumbers(droppedAttributes, first, items(block, 'links.dropped_attributes', asFixed), count);
  const types = items(block, 'links.attribute_types', asStrings);
  appendAttributes(batch, block, attributes, first, count, items(block, 'links.attributes', asMap), types);
}

const items = <T>(block: NativeBlock, name: string, as: (values: NativeValues) => T): T =>
  as(arrayColumn(block, name).items);

const asMap = (values: NativeValues): MapValues => (values.kind === 'map' ? values : bug('a map expected'));

const string = 's'.charCodeAt(0);

/** Sets each owner's attribute range; the attributes are appended to the batch's table. */
export function appendAttributes(
  batch: SpanBatch,
  block: NativeBlock,
  owner: RangeColumn,
  firstOwner: number,
  owners: number,
  map: MapValues,
  types: StringValues,
): void {
  const keys = asStrings(map.keys).slices;
  const values = asStrings(map.values).slices;
  const table = batch.attributes;
  const total = owners === 0 ? 0 : (map.ends[owners - 1] as number);
  table.reserve(total);
  const base = table.count;
  for (let i = 0; i < total; i++) table.add();
  const {key, type, value} = table.columns;
  key.words.set(keys, 2 * base);
  let from = 0;
  for (let row = 0; row < owners; row++) {
    const end = map.ends[row] as number;
    owner.setPair(firstOwner + row, base + from, end - from);
    const letters = types.slices[2 * row] as number;
    const typed = types.slices[2 * row + 1] as number;
    const exact = typed === 0 ? [] : readExact(block.bytes, letters, typed, end - from);
    for (let i = from; i < end; i++) {
      const start = values[2 * i] as number;
      const length = values[2 * i + 1] as number;
      const letter = typed === 0 ? string : (block.bytes[letters + i - from] as number);
      if (letter === string) {
        type.data[base + i] = valueType.string;
        value.setPair(base + i, start, length);
      } else readValueText(batch, base + i, letter, block.bytes, start, length, exact);
    }
    from = end;
  }
}

/** Resources and scopes: each distinct one is decoded once. */
export function appendOrigins(
  column: U32Column,
  first: number,
  block: NativeBlock,
  name: string,
  known: Map<string, number>,
  decode: (bytes: Uint8Array) => number,
): void {
  const {keys, indexes} = dictionaryColumn(block, name);
  const rows = Array.from({length: keys.slices.length / 2}, () => -1);
  for (let row = 0; row < indexes.length; row++) {
    const index = indexes[row] as number;
    let to = rows[index] as number;
    if (to < 0) {
      const start = keys.slices[2 * index] as number;
      const exact = block.bytes.subarray(start, start + (keys.slices[2 * index + 1] as number));
      const text = exact.toString('latin1');
      to = known.get(text) ?? decode(exact);
      known.set(text, to);
      rows[index] = to;
    }
    column.data[first + row] = to;
  }
}

/** Sets each owner's range over child rows that follow `childBase`; returns how many children there are. */
function appendRanges(owner: RangeColumn, firstOwner: number, values: ArrayValues, childBase: number): number {
  let from = 0;
  for (let row = 0; row < values.ends.length; row++) {
    const end = values.ends[row] as number;
    owner.setPair(firstOwner + row, childBase + from, end - from);
    from = end;
  }
  return from;
}

export function copyWords(column: U64Column, first: number, values: FixedValues, rows: number): void {
  const target = new Uint8Array(column.words.buffer, column.words.byteOffset, column.words.byteLength);
  target.set(values.bytes.subarray(values.at, values.at + 8 * rows), 8 * first);
}

/** `target = base + values`, wrapping at 64 bits. */
function copySums(target: U64Column, base: U64Column, first: number, values: FixedValues, rows: number): void {
  for (let row = 0; row < rows; row++) {
    const at = values.at + 8 * row;
    const low = (base.words[2 * (first + row)] as number) + values.bytes.readUInt32LE(at);
    const high =
      (base.words[2 * (first + row) + 1] as number) + values.bytes.readUInt32LE(at + 4) + (low > 0xffff_ffff ? 1 : 0);
    target.setPair(first + row, low >>> 0, high >>> 0);
  }
}

function copyIds(target: Uint8Array, at: number, values: FixedValues, rows: number): void {
  target.set(values.bytes.subarray(values.at, values.at + values.width * rows), at);
}

export function copyNumbers(column: U32Column, first: number, values: FixedValues, rows: number): void {
  const {bytes, at, width} = values;
  for (let row = 0; row < rows; row++) column.data[first + row] = bytes.readUIntLE(at + row * width, width);
}

export const textOf = (block: NativeBlock, column: StringValues, row: number): string =>
  utf8(block.bytes, column.slices[2 * row] as number, column.slices[2 * row + 1] as number);
