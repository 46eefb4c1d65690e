/** The outline of a trace: the part of it that a waterfall draws. */
import type {TenantId, TraceId} from '../base/index.ts';
import {createSpanBatch} from '../model/index.ts';
import {
  arrayColumn,
  type DictionaryValues,
  dictionaryColumn,
  type FixedValues,
  fixedColumn,
  type NativeBlock,
  readBlocks,
} from '../native/index.ts';
import {type Budget, type EndsBeforeStart, hostOf, type TraceOutline} from '../query/index.ts';
import {origin} from '../wire/index.ts';
import {spansWithoutCopies, withoutCopies} from './read-copies.ts';
import {findPlaces, type Places, readFiles, whereTraces} from './read-places.ts';
import type {Queries} from './read-query.ts';
import {textOf} from './read-spans.ts';
import {readInOrder} from './span-order.ts';

/** Reads the part of a trace that a waterfall draws, without its attributes: a tenth of the bytes, and no object a span. */
export async function readOutline(
  queries: Queries,
  tenant: TenantId,
  id: TraceId,
  maxSpans: number,
  budget: Budget,
): Promise<TraceOutline | undefined> {
  const places = await findPlaces(queries, tenant, [id], {budget});
  if (places === undefined) return undefined;
  const where = whereTraces(tenant, places);
  let outline =
    outlineOf(queries, tenant, places) ?? builderOf(await readInOrder(queries, columns, where, {maxSpans, budget}));
  budget.spendRows(outline.spans);
  if (outline.hasIdTwice || outline.spans > maxSpans) {
    const sql = `SELECT ${columns} FROM spans_11 WHERE ${where.sql} ORDER BY start_time, span_id ${withoutCopies} LIMIT ${maxSpans}`;
    outline = builderOf(readBlocks(await queries.native({sql, parameters: where.parameters, budget})));
    budget.spendRows(outline.spans);
  }
  if (outline.spans < maxSpans) return outline.finish(0);
  const [row] = await queries.rows(
    {
      sql: `SELECT count() AS total FROM ${spansWithoutCopies('1', where.sql)}`,
      parameters: where.parameters,
      budget,
    },
    {total: 'number'},
  );
  return outline.finish((row?.total ?? outline.spans) - outline.spans);
}

const columns =
  'start_time, duration_ns, span_id, parent_span_id, service, name, resource, kind, status_code, ' +
  'toUInt32(events.size0) AS events, toUInt32(links.size0) AS links';

function builderOf(blocks: Iterable<NativeBlock>): OutlineBuilder {
  const builder = new OutlineBuilder();
  for (const block of blocks) builder.append(block);
  return builder;
}

/** Out of files, where these have all spans. */
function outlineOf(queries: Queries, tenant: TenantId, places: Places): OutlineBuilder | undefined {
  const block = readFiles(queries, tenant, places, readColumns);
  if (block === undefined) return undefined;
  const all = new Map(block.columns);
  all.set('events', lengthsOf(block, 'events.time'));
  all.set('links', lengthsOf(block, 'links.flags'));
  return builderOf([{...block, columns: all}]);
}

const readColumns = [
  ...['start_time', 'duration_ns', 'span_id', 'parent_span_id', 'service', 'name', 'resource', 'kind', 'status_code'],
  ...['events', 'links'],
];

/** How many elements the list of each row has, as 32-bit numbers. */
function lengthsOf(block: NativeBlock, list: string): FixedValues {
  const {ends} = arrayColumn(block, list);
  const bytes = Buffer.alloc(4 * ends.length);
  for (let row = 0; row < ends.length; row++)
    bytes.writeUInt32LE((ends[row] as number) - (row === 0 ? 0 : (ends[row - 1] as number)), 4 * row);
  return {kind: 'fixed', width: 4, bytes, at: 0};
}

class OutlineBuilder {
  private readonly services = new Dictionary(textOf);
  private readonly names = new Dictionary(textOf);
  private readonly hosts = new Dictionary(hostAt);
  /** By column, of each block in turn: joined once, which costs a tenth of growing one array an entry at a time. */
  private readonly spanId: string[][] = [];
  private readonly parentSpanId: string[][] = [];
  private readonly service: number[][] = [];
  private readonly name: number[][] = [];
  private readonly host: number[][] = [];
  private readonly kind: number[][] = [];
  private readonly status: number[][] = [];
  private readonly start: number[][] = [];
  private readonly duration: number[][] = [];
  private readonly events: number[][] = [];
  private readonly links: number[][] = [];
  private readonly idBytes: Uint8Array[] = [];
  private readonly endsBeforeStart: EndsBeforeStart[] = [];
  private count = 0;
  private first = 0n;
  private end = 0n;

  get spans(): number {
    return this.count;
  }

  get hasIdTwice(): boolean {
    return repeats(this.idBytes, this.count);
  }

  append(block: NativeBlock): void {
    const {rows} = block;
    if (rows === 0) return;
    const starts = wideColumn(block, 'start_time');
    const lengths = wideColumn(block, 'duration_ns');
    if (this.count === 0) {
      this.first = starts.exact(0);
      this.end = this.first;
    }
    const sinceFirst = starts.minus(this.first);
    const lengthOf = lengths.minus(0n);
    const start = new Array<number>(rows);
    const duration = new Array<number>(rows);
    let latest = Number(this.end - this.first);
    for (let row = 0; row < rows; row++) {
      const from = sinceFirst(row);
      const length = lengthOf(row);
      const shown = Math.max(0, length);
      if (from + shown >= latest) {
        // Numbers are rounded beyond 104 days: the end of the trace is not.
        const exact = starts.exact(row) + (length > 0 ? lengths.exact(row) : 0n);
        if (exact > this.end) this.end = exact;
        latest = from + shown;
      }
      if (length < 0) this.endsBeforeStart.push([this.count + row, -length]);
      start[row] = from;
      duration[row] = shown;
    }
    this.count += rows;
    this.start.push(start);
    this.duration.push(duration);
    const {bytes, at} = fixedColumn(block, 'span_id');
    this.idBytes.push(bytes.subarray(at, at + 8 * rows));
    this.spanId.push(ids(block, 'span_id'));
    this.parentSpanId.push(ids(block, 'parent_span_id').map((id) => (id === noId ? '' : id)));
    this.service.push(this.services.indexes(block, 'service'));
    this.name.push(this.names.indexes(block, 'name'));
    this.host.push(this.hosts.indexes(block, 'resource'));
    this.kind.push(numbers(block, 'kind'));
    this.status.push(numbers(block, 'status_code'));
    this.events.push(numbers(block, 'events'));
    this.links.push(numbers(block, 'links'));
  }

  finish(omitted: number): TraceOutline | undefined {
    if (this.count === 0) return undefined;
    return {
      startUnixNano: this.first,
      endUnixNano: this.end,
      services: this.services.texts,
      names: this.names.texts,
      hosts: this.hosts.texts,
      spanId: joined(this.spanId),
      parentSpanId: joined(this.parentSpanId),
      service: joined(this.service),
      name: joined(this.name),
      host: joined(this.host),
      kind: joined(this.kind),
      status: joined(this.status),
      start: joined(this.start),
      duration: joined(this.duration),
      events: joined(this.events),
      links: joined(this.links),
      endsBeforeStart: this.endsBeforeStart,
      omitted,
    };
  }
}

const noId = '0'.repeat(16);

const joined = <T>(parts: readonly T[][]): T[] => (parts.length === 1 ? parts[0]! : ([] as T[]).concat(...parts));

/** Nobody who sends spans knows it: ids cannot be chosen to share a slot. */
const seed = Math.trunc(Math.random() * 2 ** 31) * 2 + 1;

/** Whether any of the ids, 8 bytes each, is there twice: a hash table in one flat array, a tenth of the cost of a Set of texts. */
function repeats(blocks: readonly Uint8Array[], count: number): boolean {
  const mask = 2 ** Math.ceil(Math.log2(Math.max(1, count) * 2)) - 1;
  const slots = new Int32Array(mask + 1).fill(-1);
  const high = new Int32Array(count);
  const low = new Int32Array(count);
  let id = 0;
  for (const bytes of blocks) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; at += 8, id++) {
      high[id] = view.getInt32(at, true);
      low[id] = view.getInt32(at + 4, true);
      const mixed = Math.imul(Math.imul(high[id]!, seed) ^ low[id]!, seed);
      let slot = (mixed ^ (mixed >>> 15)) & mask;
      while (slots[slot]! >= 0) {
        const other = slots[slot]!;
        if (high[other] === high[id] && low[other] === low[id]) return true;
        slot = (slot + 1) & mask;
      }
      slots[slot] = id;
    }
  }
  return false;
}

/** A column of 64-bit integers, read without making a bigint of each. */
function wideColumn(block: NativeBlock, name: string) {
  const {bytes, at} = fixedColumn(block, name);
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8 * block.rows);
  return {
    exact: (row: number): bigint => view.getBigInt64(8 * row, true),
    /** Exact up to 2^53. */
    minus(other: bigint): (row: number) => number {
      const [high, low] = [Number(other >> 32n), Number(other & 0xffff_ffffn)];
      return (row) => (view.getInt32(8 * row + 4, true) - high) * 2 ** 32 + (view.getUint32(8 * row, true) - low);
    },
  };
}

/** Ids in hexadecimal: the whole column at once, then cut. */
function ids(block: NativeBlock, name: string): string[] {
  const {bytes, at, width} = fixedColumn(block, name);
  const text = bytes.toString('hex', at, at + width * block.rows);
  return Array.from({length: block.rows}, (_, row) => text.slice(2 * width * row, 2 * width * (row + 1)));
}

function numbers(block: NativeBlock, name: string): number[] {
  const {bytes, at, width} = fixedColumn(block, name);
  const values = new Array<number>(block.rows);
  for (let row = 0; row < values.length; row++) {
    values[row] = width === 1 ? bytes[at + row]! : bytes.readUIntLE(at + width * row, Math.min(width, 6));
  }
  return values;
}

/** The host in a stored resource. */
function hostAt(block: NativeBlock, column: DictionaryValues['keys'], row: number): string {
  const start = column.slices[2 * row] as number;
  const batch = createSpanBatch();
  const bytes = block.bytes.subarray(start, start + (column.slices[2 * row + 1] as number));
  return hostOf(batch, origin.decode(batch, 'resources', bytes));
}

/** One dictionary over the dictionaries of all blocks, of what `read` makes of their entries. */
class Dictionary {
  readonly texts: string[] = [];
  private readonly known = new Map<string, number>();
  private readonly read: typeof textOf;

  constructor(read: typeof textOf) {
    this.read = read;
  }

  indexes(block: NativeBlock, column: string): number[] {
    const values: DictionaryValues = dictionaryColumn(block, column);
    const count = values.keys.slices.length / 2;
    const own = Array.from({length: count}, () => -1);
    return Array.from(values.indexes, (index) => {
      let to = own[index] as number;
      if (to < 0) {
        const text = this.read(block, values.keys, index);
        to = this.known.get(text) ?? this.texts.push(text) - 1;
        this.known.set(text, to);
        own[index] = to;
      }
      return to;
    });
  }
}
