/** The rows that `derive-spans.ts` has grouped, as Native blocks of their tables. */
import {
  ArrayColumn,
  ByteSink,
  DictionaryColumn,
  type NativeColumn,
  PlainColumn,
  u8Column,
  u32Column,
  u64Column,
  writeBlock,
} from '../native/index.ts';
import type {Block} from './block-writer.ts';
import {GroupTable} from './group-table.ts';
import {traceIndexTable} from './schema-segments.ts';

/** Where the words of a row of `traces` are; of those with two, the low one. A row is as long as a line of the processor's cache. */
export const trace = {
  owner: 0,
  bucket: 1,
  id: 2,
  head: 6,
  last: 8,
  spans: 10,
  errors: 11,
  root: 12,
  /** A bit for each of the first `bitOrigins` origins. */
  origins: 13,
  /** Of the others, where the last one is in `moreOrigins`, plus 1. */
  more: 14,
  /** The number of the last block that brought a span of it. */
  lastBlock: 15,
  keyWords: 6,
  valueWords: 10,
} as const;

export const bitOrigins = 32;

/** Where the words of a row of `rates` are. */
export const rate = {owner: 0, minute: 1, service: 2, name: 3, kindStatusStep: 4, spans: 5, keyWords: 5} as const;
/** And of its rows as they are written: `spans` has two words. */
const writtenRate = {...rate, sampledOut: 7, words: 8} as const;

/** Rows of `width` words. */
interface Rows {
  readonly words: Uint32Array;
  readonly width: number;
  readonly count: number;
}

interface Dictionaries {
  /** Without rows: their indexes stand for the texts. */
  readonly tenants: DictionaryColumn;
  readonly services: DictionaryColumn;
  readonly names: DictionaryColumn;
}

export interface DerivedRows extends Dictionaries {
  readonly traces: GroupTable;
  /** Trace (where it begins in its table) and origin to the entry before of the same trace, plus 1. */
  readonly moreOrigins: GroupTable;
  /** Owner, trace hash, bucket, segment. */
  readonly index: {words: Uint32Array<ArrayBuffer>; readonly width: 4; count: number};
  readonly rates: GroupTable;
  /**
   * Where a row of `rates` begins to the spans that were sampled out, for which those of the row stand too: two words. A table of its
   * own, since most spans stand for nobody else.
   */
  readonly sampledOut: GroupTable;
  /** Two words of each origin's number. */
  readonly originWords: number[];
}

/** A tenant and whether the row is a stray. */
export const ownerOf = (tenant: number, stray: number): number => tenant * 2 + stray;
const minutesPerDay = 1440;

/** The columns of each table's blocks. */
function derivedColumns({tenants: tenant, services: service, names: name}: Dictionaries) {
  return {
    traces: {
      ...{tenant, stray: u8Column(), bucket: u32Column(), trace_id: new PlainColumn('FixedString(16)')},
      ...{head: u64Column(), last: u64Column(), spans: u64Column(), errors: u64Column()},
      ...{root: u8Column(), origins: new ArrayColumn(u64Column())},
    },
    index: {tenant, stray: u8Column(), trace_hash: u32Column(), bucket: u32Column(), segment: u32Column()},
    rates: {
      ...{tenant, stray: u8Column(), minute: new PlainColumn("DateTime('UTC')"), service, name},
      ...{kind: u8Column(), status_code: u8Column(), duration_step: u8Column(), sampled_out: u8Column()},
      spans: u64Column(),
    },
    days: {
      ...{tenant, stray: u8Column(), day: new PlainColumn('Date'), service, name, kind: u8Column()},
      spans: u64Column(),
    },
  };
}

const typesOf = (columns: Readonly<Record<string, NativeColumn>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(columns).map(([name, {type}]) => [name, type]));

/** By table: the names and types of the columns of its blocks. */
export const derivedTypes: Readonly<Record<string, Readonly<Record<string, string>>>> = (() => {
  const dictionary = new DictionaryColumn();
  const {traces, index, rates, days} = derivedColumns({tenants: dictionary, services: dictionary, names: dictionary});
  const columns = {traces, [traceIndexTable]: index, span_rates: rates, operations: days};
  return Object.fromEntries(Object.entries(columns).map(([table, its]) => [table, typesOf(its)]));
})();

/** Writes the blocks of all rows; these, and the dictionaries, are as before afterwards. */
export function createDerivedWriter(derived: DerivedRows): () => readonly Block[] {
  const scratch = new ByteSink(64 * 1024);
  const operations = new GroupTable(5, 2);
  const {tenants: tenant, services: service, names: name} = derived;
  const {traces, index, rates, days} = derivedColumns(derived);

  function blockOf(table: string, columns: Readonly<Record<string, NativeColumn>>, rows: number): Block {
    const bytes = writeBlock(columns, rows, scratch);
    for (const column of Object.values(columns)) {
      if (column instanceof DictionaryColumn) column.resetRows();
      else column.reset();
    }
    return {table, bytes, rows};
  }

  function appendOwners(columns: {readonly stray: PlainColumn}, table: Rows, from: number): void {
    const {words, width, count} = table;
    for (let row = 0; row < count; row++) tenant.push((words[row * width + from] as number) >>> 1);
    gatherBytes(columns.stray.data, table, from, (owner) => owner & 1);
  }

  function appendTraces(): void {
    const table = derived.traces;
    appendOwners(traces, table, trace.owner);
    gather(traces.bucket.data, table, trace.bucket, 1);
    gather(traces.trace_id.data, table, trace.id, 4);
    gather(traces.head.data, table, trace.head, 2);
    gather(traces.last.data, table, trace.last, 2);
    gather(traces.spans.data, table, trace.spans, 1, 2);
    gather(traces.errors.data, table, trace.errors, 1, 2);
    gatherBytes(traces.root.data, table, trace.root);
    appendOrigins();
  }

  function appendOrigins(): void {
    const {words, width, count} = derived.traces;
    const {originWords} = derived;
    const more = derived.moreOrigins.words;
    const {items} = traces.origins;
    for (let at = 0; at < count * width; at += width) {
      const before = items.data.length;
      for (let rest = words[at + trace.origins] as number; rest !== 0; rest &= rest - 1) {
        const id = 31 - Math.clz32(rest & -rest);
        items.data.u64(originWords[2 * id] as number, originWords[2 * id + 1] as number);
      }
      for (let next = words[at + trace.more] as number; next !== 0; next = more[next + 1] as number) {
        const id = more[next] as number;
        items.data.u64(originWords[2 * id] as number, originWords[2 * id + 1] as number);
      }
      traces.origins.close((items.data.length - before) / 8);
    }
  }

  function appendIndex(): void {
    const table = derived.index;
    appendOwners(index, table, 0);
    gather(index.trace_hash.data, table, 1, 1);
    gather(index.bucket.data, table, 2, 1);
    gather(index.segment.data, table, 3, 1);
  }

  function appendRates(table: Rows): void {
    appendOwners(rates, table, rate.owner);
    const {words, width, count} = table;
    for (let at = 0; at < count * width; at += width) {
      rates.minute.data.u32((words[at + rate.minute] as number) * 60);
      service.push(words[at + rate.service] as number);
      name.push(words[at + rate.name] as number);
    }
    gatherBytes(rates.kind.data, table, rate.kindStatusStep);
    gatherBytes(rates.status_code.data, table, rate.kindStatusStep, (word) => word >>> 8);
    gatherBytes(rates.duration_step.data, table, rate.kindStatusStep, (word) => word >>> 16);
    gatherBytes(rates.sampled_out.data, table, writtenRate.sampledOut);
    gather(rates.spans.data, table, rate.spans, 2);
  }

  function sumOperations({words, width, count}: Rows): void {
    const {key} = operations;
    operations.reset();
    for (let at = 0; at < count * width; at += width) {
      key[0] = words[at + rate.owner] as number;
      key[1] = Math.floor((words[at + rate.minute] as number) / minutesPerDay);
      key[2] = words[at + rate.service] as number;
      key[3] = words[at + rate.name] as number;
      key[4] = (words[at + rate.kindStatusStep] as number) & 0xff;
      const sum = operations.find() + key.length;
      const spans = at + rate.spans;
      addWords(operations.words, sum, words[spans] as number, words[spans + 1] as number);
    }
  }

  function appendOperations(): void {
    appendOwners(days, operations, 0);
    const {words, width, count} = operations;
    for (let at = 0; at < count * width; at += width) {
      const day = words[at + 1] as number;
      days.day.data.u8(day);
      days.day.data.u8(day >>> 8);
      service.push(words[at + 2] as number);
      name.push(words[at + 3] as number);
    }
    gatherBytes(days.kind.data, operations, 4);
    gather(days.spans.data, operations, 5, 2);
  }

  return () => {
    appendTraces();
    const blocks = [blockOf('traces', traces, derived.traces.count)];
    appendIndex();
    blocks.push(blockOf(traceIndexTable, index, derived.index.count));
    const written = writtenRates(derived);
    appendRates(written);
    blocks.push(blockOf('span_rates', rates, written.count));
    sumOperations(written);
    appendOperations();
    blocks.push(blockOf('operations', days, operations.count));
    return blocks;
  };
}

/** The rows of the stored spans, then those of the spans that were sampled out. */
function writtenRates({rates, sampledOut}: DerivedRows): Rows {
  const {words: width, keyWords, spans, sampledOut: flag} = writtenRate;
  const count = rates.count + sampledOut.count;
  const words = new Uint32Array(count * width);
  for (let row = 0; row < rates.count; row++) {
    const from = row * rates.width;
    words.set(rates.words.subarray(from, from + rates.width), row * width);
  }
  for (let row = 0; row < sampledOut.count; row++) {
    const at = (rates.count + row) * width;
    const from = row * sampledOut.width;
    const rateAt = sampledOut.words[from] as number;
    words.set(rates.words.subarray(rateAt, rateAt + keyWords), at);
    words.set(sampledOut.words.subarray(from + 1, from + 3), at + spans);
    words[at + flag] = 1;
  }
  return {words, width, count};
}

/** Adds to a number of two words, of which `at` is the low one. */
export function addWords(words: Uint32Array, at: number, low: number, high: number): void {
  const sum = (words[at] as number) + low;
  words[at] = sum;
  words[at + 1] = (words[at + 1] as number) + high + (sum > 0xffff_ffff ? 1 : 0);
}

/** Appends `size` words of every row, from word `from` of the row on, each row's followed by zeros up to `stride` words. */
function gather(sink: ByteSink, {words, width, count}: Rows, from: number, size: number, stride = size): void {
  const column = new Uint32Array(count * stride);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < size; i++) column[row * stride + i] = words[row * width + from + i] as number;
  }
  sink.copy(new Uint8Array(column.buffer), 0, column.byteLength);
}

/** Appends the low byte of what `of` makes of a word of every row. */
function gatherBytes(sink: ByteSink, table: Rows, from: number, of = (word: number): number => word): void {
  const {words, width, count} = table;
  const at = sink.reserve(count);
  for (let row = 0; row < count; row++) sink.bytes[at + row] = of(words[row * width + from] as number);
}
