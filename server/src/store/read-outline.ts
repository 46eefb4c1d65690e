/** The outline of a trace: the part of it that a waterfall draws. */
import type {TenantId, TraceId} from '../base/index.ts';
import {createSpanBatch} from '../model/index.ts';
import {type DictionaryValues, dictionaryColumn, fixedColumn, type NativeBlock, readBlocks} from '../native/index.ts';
import {type Budget, type EndsBeforeStart, hostOf, type TraceOutline} from '../query/index.ts';
import {origin} from '../wire/index.ts';
import {spansWithoutCopies, withoutCopies} from './read-copies.ts';
import type {Queries} from './read-query.ts';
import {textOf} from './read-spans.ts';
import {whereTraces} from './read-traces.ts';

/** Reads the part of a trace that a waterfall draws, without its attributes: a tenth of the bytes, and no object a span. */
export async function readOutline(
  queries: Queries,
  tenant: TenantId,
  id: TraceId,
  maxSpans: number,
  budget: Budget,
): Promise<TraceOutline | undefined> {
  const where = whereTraces(tenant, [id]);
  const read = async (limitBy: string): Promise<OutlineBuilder> => {
    const answer = await queries.native({
      sql:
        'SELECT start_time, duration_ns, span_id, parent_span_id, service, name, resource, kind, status_code, ' +
        'toUInt32(length(events.time)) AS events, toUInt32(length(links.flags)) AS links ' +
        `FROM spans WHERE ${where.sql} ORDER BY start_time, span_id ${limitBy} LIMIT ${maxSpans}`,
      parameters: where.parameters,
      budget,
    });
    const builder = new OutlineBuilder();
    for (const block of readBlocks(answer)) builder.append(block);
    budget.spendRows(builder.spans);
    return builder;
  };
  let outline = await read('');
  if (outline.hasIdTwice) outline = await read(withoutCopies);
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

class OutlineBuilder {
  private readonly services = new Dictionary(textOf);
  private readonly names = new Dictionary(textOf);
  private readonly hosts = new Dictionary(hostAt);
  private readonly spanId: string[] = [];
  private readonly parentSpanId: string[] = [];
  private readonly service: number[] = [];
  private readonly name: number[] = [];
  private readonly host: number[] = [];
  private readonly kind: number[] = [];
  private readonly status: number[] = [];
  private readonly start: number[] = [];
  private readonly duration: number[] = [];
  private readonly events: number[] = [];
  private readonly links: number[] = [];
  private readonly endsBeforeStart: EndsBeforeStart[] = [];
  private first = 0n;
  private end = 0n;

  get spans(): number {
    return this.start.length;
  }

  get hasIdTwice(): boolean {
    return new Set(this.spanId).size < this.spanId.length;
  }

  append(block: NativeBlock): void {
    const {rows} = block;
    const start = fixedColumn(block, 'start_time');
    const duration = fixedColumn(block, 'duration_ns');
    if (this.start.length === 0) {
      this.first = start.bytes.readBigInt64LE(start.at);
      this.end = this.first;
    }
    for (let row = 0; row < rows; row++) {
      const from = start.bytes.readBigInt64LE(start.at + 8 * row);
      const length = duration.bytes.readBigInt64LE(duration.at + 8 * row);
      const shown = length > 0n ? length : 0n;
      if (from + shown > this.end) this.end = from + shown;
      if (length < 0n) this.endsBeforeStart.push([this.start.length, Number(-length)]);
      this.start.push(Number(from - this.first));
      this.duration.push(Number(shown));
    }
    append(this.spanId, ids(block, 'span_id'));
    append(
      this.parentSpanId,
      ids(block, 'parent_span_id').map((id) => (id === noId ? '' : id)),
    );
    append(this.service, this.services.indexes(block, 'service'));
    append(this.name, this.names.indexes(block, 'name'));
    append(this.host, this.hosts.indexes(block, 'resource'));
    append(this.kind, numbers(block, 'kind'));
    append(this.status, numbers(block, 'status_code'));
    append(this.events, numbers(block, 'events'));
    append(this.links, numbers(block, 'links'));
  }

  finish(omitted: number): TraceOutline | undefined {
    if (this.start.length === 0) return undefined;
    const {spanId, parentSpanId, service, name, host, kind, status, start, duration, events, links} = this;
    return {
      startUnixNano: this.first,
      endUnixNano: this.end,
      services: this.services.texts,
      names: this.names.texts,
      hosts: this.hosts.texts,
      ...{spanId, parentSpanId, service, name, host, kind, status, start, duration, events, links},
      endsBeforeStart: this.endsBeforeStart,
      omitted,
    };
  }
}

const noId = '0'.repeat(16);

function append<T>(target: T[], values: readonly T[]): void {
  for (const value of values) target.push(value);
}

/** Ids in hexadecimal: the whole column at once, then cut. */
function ids(block: NativeBlock, name: string): string[] {
  const {bytes, at, width} = fixedColumn(block, name);
  const text = bytes.toString('hex', at, at + width * block.rows);
  return Array.from({length: block.rows}, (_, row) => text.slice(2 * width * row, 2 * width * (row + 1)));
}

function numbers(block: NativeBlock, name: string): number[] {
  const {bytes, at, width} = fixedColumn(block, name);
  return Array.from({length: block.rows}, (_, row) => bytes.readUIntLE(at + width * row, Math.min(width, 6)));
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
