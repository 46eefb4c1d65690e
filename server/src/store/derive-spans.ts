/**
 * What is kept of spans beside them, computed from the blocks that were inserted: extents of traces, the trace index, rates and
 * operations. As materialized views these cost more than half of every INSERT. A hot path: `write-spans.bench.ts`.
 */
import {utf8} from '../base/index.ts';
import {
  DictionaryColumn,
  type DictionaryValues,
  dictionaryColumn,
  fixedColumn,
  type NativeBlock,
  readBlocks,
  textColumn,
} from '../native/index.ts';
import {createStepTable} from '../red/index.ts';
import type {Block} from './block-writer.ts';
import {addWords, bitOrigins, createDerivedWriter, type DerivedRows, ownerOf, rate, trace} from './derive-blocks.ts';
import {bucketOf, idsOf, numberOf, WordColumn} from './derive-columns.ts';
import {FilterRows} from './derive-filters.ts';
import {IndexRows, type TracePlaces} from './derive-index.ts';
import {checkFiltered, filteredColumns} from './derive-pairs.ts';
import {SpanWeights} from './derive-weights.ts';
import {GroupTable} from './group-table.ts';
import {tenantMix} from './place-key.ts';
import {bucketNanos} from './schema-spans.ts';
import {markDigits, unknownOrigin} from './span-text.ts';

/** Rows of the tables that are kept beside spans, out of blocks of spans. */
export interface SpanDeriver {
  /**
   * Takes blocks of `spans_11` as the writer made them (a whole segment file: several Native blocks), inserted under that segment's
   * number. The bytes are the caller's again. Throws where they are no such blocks, and has added nothing of them then.
   */
  add(bytes: Uint8Array, segment: number): void;
  /** Spans added since the last `finish`. */
  readonly rows: number;
  /** Of the spans of the last `add`, the least and the greatest bucket, as the column has them; undefined where it had none. */
  readonly buckets: {readonly first: number; readonly last: number} | undefined;
  /** Where each block of the last `add` begins, and where the last one ends. */
  readonly blockStarts: Uint32Array;
  /** Where the traces of the last `add` lie: the caller's own. */
  places(): TracePlaces;
  /**
   * Blocks for `traces`, `trace_index_11`, `span_rates`, `operations` and `span_filters`, none where no span was added; empties it.
   * Every key comes once, of the index once an `add`. The bytes are of the pool: give them back when they are stored.
   */
  finish(): readonly Block[];
  /** Forgets what was added. */
  reset(): void;
}

export const createSpanDeriver = (): SpanDeriver => new Deriver();

const fixedColumns = [
  'stray',
  'start_time',
  'duration_ns',
  'trace_id',
  'span_id',
  'parent_span_id',
  'kind',
  'status_code',
];
const dictionaryColumns = ['tenant', 'name', 'service', 'origin'];
const readColumns: ReadonlySet<string> = new Set([
  ...fixedColumns,
  ...dictionaryColumns,
  ...filteredColumns,
  'trace_state',
]);

function checkColumns(block: NativeBlock): void {
  for (const name of fixedColumns) fixedColumn(block, name);
  for (const name of dictionaryColumns) dictionaryColumn(block, name);
  textColumn(block, 'trace_state');
  checkFiltered(block);
}

const bucketsPerMinute = Number(60_000_000_000n / bucketNanos);
/** 2106-01-01 in minutes since 1970: see `minuteOf`. */
const lastMinute = Date.UTC(2106, 0, 1) / 60_000;
const failed = 2;
const guessMask = 0xfff;

class Deriver implements SpanDeriver {
  rows = 0;
  buckets: {readonly first: number; readonly last: number} | undefined;
  private readonly derived: DerivedRows = {
    traces: new GroupTable(trace.keyWords, trace.valueWords),
    moreOrigins: new GroupTable(2, 1),
    index: {words: new Uint32Array(0), width: 4, count: 0},
    rates: new GroupTable(rate.keyWords, 1),
    sampledOut: new GroupTable(1, 2),
    tenants: new DictionaryColumn(),
    services: new DictionaryColumn(),
    names: new DictionaryColumn(),
    originWords: [],
  };
  private readonly write = createDerivedWriter(this.derived);
  private readonly filters = new FilterRows(this.derived.tenants);
  /** The digits of every `originNumber`; the words of the numbers are `originWords`. */
  private readonly originDigits = new DictionaryColumn();
  private readonly index = new IndexRows(this.derived);
  /** Of each tenant. */
  private readonly mixes: number[] = [];
  /** Of each span of a block: its owner, its bucket, where in `traces` its trace is. */
  private owners = new Uint32Array(0);
  private spanBuckets = new Uint32Array(0);
  private traceAt = new Uint32Array(0);
  private readonly starts = new WordColumn();
  private readonly durations = new WordColumn();
  private readonly traceIds = new WordColumn();
  private readonly parents = new WordColumn();
  private readonly stepOf = createStepTable();
  private readonly weights = new SpanWeights();
  /** Where in `rates` the last span of a name and step was: a guess. */
  private readonly rateAt = new Uint32Array(guessMask + 1);
  /** The same of `sampledOut`. */
  private readonly sampledOutAt = new Uint32Array(guessMask + 1);

  add(bytes: Uint8Array, segment: number): void {
    // Whatever is wrong with any of them is found before the first is added.
    const blocks = [...readBlocks(bytes, readColumns)];
    blocks.forEach(checkColumns);
    this.buckets = undefined;
    this.index.begin(blocks);
    this.filters.begin();
    for (const block of blocks) this.addBlock(block, segment);
  }

  /** In several passes, each a loop that is short enough for the processor to look ahead to its next rows. */
  private addBlock(block: NativeBlock, segment: number): void {
    if (block.rows > this.owners.length) {
      this.owners = new Uint32Array(2 * block.rows);
      this.spanBuckets = new Uint32Array(2 * block.rows);
      this.traceAt = new Uint32Array(2 * block.rows);
    }
    const start = this.starts.read(fixedColumn(block, 'start_time'), block.rows);
    const duration = this.durations.read(fixedColumn(block, 'duration_ns'), block.rows);
    this.place(block, start);
    this.addRates(block, start, duration);
    this.findTraces(block);
    this.addExtents(block, start, duration);
    this.addOrigins(block);
    this.index.add(this.traceAt, block.rows, segment, this.mixes);
    this.filters.add(block, this.owners, this.spanBuckets, segment);
    this.rows += block.rows;
  }

  /** To whom, and in which ten seconds, each span belongs. */
  private place(block: NativeBlock, start: Uint32Array): void {
    const {rows, bytes} = block;
    const {owners, spanBuckets} = this;
    const tenant = dictionaryColumn(block, 'tenant');
    const tenantIds = idsOf(block, tenant, this.derived.tenants);
    const {slices} = tenant.keys;
    for (const [i, id] of tenantIds.entries())
      this.mixes[id] = tenantMix(bytes, slices[2 * i] as number, slices[2 * i + 1] as number);
    const stray = fixedColumn(block, 'stray').at;
    let [first, last] = [this.buckets?.first ?? 0xffff_ffff, this.buckets?.last ?? 0];
    for (let row = 0; row < rows; row++) {
      owners[row] = ownerOf(tenantIds[tenant.indexes[row] as number] as number, bytes[stray + row] as number);
      const bucket = bucketOf(start[2 * row] as number, start[2 * row + 1] as number);
      spanBuckets[row] = bucket;
      if (bucket < first) first = bucket;
      if (bucket > last) last = bucket;
    }
    this.buckets = {first, last};
  }

  private addRates(block: NativeBlock, start: Uint32Array, duration: Uint32Array): void {
    const {rows, bytes} = block;
    const {owners, spanBuckets, rateAt, stepOf} = this;
    const {rates, services, names} = this.derived;
    const service = dictionaryColumn(block, 'service');
    const serviceIds = idsOf(block, service, services);
    const name = dictionaryColumn(block, 'name');
    const nameIds = idsOf(block, name, names);
    const kind = fixedColumn(block, 'kind').at;
    const status = fixedColumn(block, 'status_code').at;
    const {key} = rates;
    const weights = this.weights.read(block);
    let [bucket, minute] = [-1, 0];
    for (let row = 0; row < rows; row++) {
      const isBefore1970 = (start[2 * row + 1] as number) > 0x7fff_ffff;
      if (spanBuckets[row] !== bucket) {
        bucket = spanBuckets[row] as number;
        minute = isBefore1970 ? 0 : Math.min(lastMinute, Math.floor(bucket / bucketsPerMinute));
      }
      const step = stepOf(((duration[2 * row + 1] as number) | 0) * 2 ** 32 + (duration[2 * row] as number));
      key[rate.owner] = owners[row] as number;
      key[rate.minute] = minute;
      key[rate.service] = serviceIds[service.indexes[row] as number] as number;
      key[rate.name] = nameIds[name.indexes[row] as number] as number;
      key[rate.kindStatusStep] = (bytes[kind + row] as number) | ((bytes[status + row] as number) << 8) | (step << 16);
      const guess = ((nameIds[name.indexes[row] as number] as number) << 6) ^ step;
      const at = rates.findNear(rateAt[guess & guessMask] as number);
      rateAt[guess & guessMask] = at;
      const spans = at + rate.spans;
      rates.words[spans] = (rates.words[spans] as number) + 1;
      if (weights !== undefined) this.addSampledOut(at, (weights[row] as number) - 1, guess & guessMask);
    }
  }

  /** Spans for which one that counts in the row of rates stands, beside itself. */
  private addSampledOut(rateAt: number, spans: number, guess: number): void {
    if (spans === 0) return;
    const {sampledOut} = this.derived;
    sampledOut.key[0] = rateAt;
    const at = sampledOut.findNear(this.sampledOutAt[guess] as number);
    this.sampledOutAt[guess] = at;
    addWords(sampledOut.words, at + 1, spans >>> 0, Math.floor(spans / 2 ** 32));
  }

  private findTraces(block: NativeBlock): void {
    const {owners, spanBuckets, traceAt} = this;
    const {traces} = this.derived;
    const id = this.traceIds.read(fixedColumn(block, 'trace_id'), block.rows);
    const {key} = traces;
    let at = 0;
    for (let row = 0; row < block.rows; row++) {
      key[trace.owner] = owners[row] as number;
      key[trace.bucket] = spanBuckets[row] as number;
      key[trace.id] = id[4 * row] as number;
      key[trace.id + 1] = id[4 * row + 1] as number;
      key[trace.id + 2] = id[4 * row + 2] as number;
      key[trace.id + 3] = id[4 * row + 3] as number;
      traceAt[row] = at = traces.findNear(at + traces.width);
    }
  }

  private addExtents(block: NativeBlock, start: Uint32Array, duration: Uint32Array): void {
    const {rows, bytes} = block;
    const {traceAt} = this;
    const {words} = this.derived.traces;
    const parent = this.parents.read(fixedColumn(block, 'parent_span_id'), rows);
    const status = fixedColumn(block, 'status_code').at;
    for (let row = 0; row < rows; row++) {
      const at = traceAt[row] as number;
      const isFailed = bytes[status + row] === failed ? 1 : 0;
      const isRoot = parent[2 * row] === 0 && parent[2 * row + 1] === 0;
      const spans = words[at + trace.spans] as number;
      words[at + trace.spans] = spans + 1;
      words[at + trace.errors] = (words[at + trace.errors] as number) + isFailed;
      if (isRoot && (words[at + trace.root] as number) <= isFailed) words[at + trace.root] = 1 + isFailed;

      const startLow = start[2 * row] as number;
      const startHigh = start[2 * row + 1] as number;
      const headLow = ((startLow << 1) | isFailed) >>> 0;
      const headHigh = ((startHigh << 1) | (startLow >>> 31)) >>> 0;
      const [head, last] = [at + trace.head, at + trace.last];
      if (spans === 0 || isLess(headLow, headHigh, words[head] as number, words[head + 1] as number)) {
        words[head] = headLow;
        words[head + 1] = headHigh;
      }
      // Wraps at 2^64, and is at most 2^63 - 1: see `spanEnd`.
      const isBackwards = (duration[2 * row + 1] as number) > 0x7fff_ffff;
      const sum = isBackwards ? startLow : startLow + (duration[2 * row] as number);
      const carried = startHigh + (sum > 0xffff_ffff ? 1 : 0);
      const sumHigh = (isBackwards ? startHigh : carried + (duration[2 * row + 1] as number)) >>> 0;
      const endLow = sumHigh > 0x7fff_ffff ? 0xffff_ffff : sum >>> 0;
      const endHigh = Math.min(sumHigh, 0x7fff_ffff);
      if (isLess(words[last] as number, words[last + 1] as number, endLow, endHigh)) {
        words[last] = endLow;
        words[last + 1] = endHigh;
      }
    }
  }

  private addOrigins(block: NativeBlock): void {
    const {traceAt} = this;
    const {words} = this.derived.traces;
    const origin = dictionaryColumn(block, 'origin');
    const ids = this.originIdsOf(block, origin);
    for (let row = 0; row < block.rows; row++) {
      const at = traceAt[row] as number;
      const id = ids[origin.indexes[row] as number] as number;
      if (id >= bitOrigins) this.addOrigin(at, id);
      else words[at + trace.origins] = (words[at + trace.origins] as number) | (1 << id);
    }
  }

  /** Puts an origin into the list of a trace, where it is not in it yet. */
  private addOrigin(at: number, originId: number): void {
    const {moreOrigins, traces} = this.derived;
    moreOrigins.key[0] = at;
    moreOrigins.key[1] = originId;
    const before = moreOrigins.count;
    const entry = moreOrigins.find();
    if (moreOrigins.count === before) return;
    moreOrigins.words[entry + 2] = traces.words[at + trace.more] as number;
    traces.words[at + trace.more] = entry + 1;
  }

  /** For every origin of a block, the place of its number. */
  private originIdsOf({bytes}: NativeBlock, {keys: {slices}}: DictionaryValues): Uint32Array {
    const {originWords} = this.derived;
    const ids = new Uint32Array(slices.length / 2);
    for (let i = 0; i < ids.length; i++) {
      const digits = utf8(bytes, slices[2 * i] as number, Math.min(markDigits, slices[2 * i + 1] as number));
      const number = numberOf(digits);
      const text = Buffer.from(number === 0n ? unknownOrigin : digits);
      const id = this.originDigits.intern(text, 0, text.length);
      if (2 * id === originWords.length) {
        originWords.push(Number(number & 0xffff_ffffn), Number(number >> 32n));
      }
      ids[i] = id;
    }
    return ids;
  }

  get blockStarts(): Uint32Array {
    return this.index.starts;
  }

  places(): TracePlaces {
    return this.index.places();
  }

  finish(): readonly Block[] {
    const {buckets} = this;
    const blocks = this.rows === 0 ? [] : [...this.write(), ...this.filters.finish()];
    this.reset();
    this.buckets = buckets;
    return blocks;
  }

  reset(): void {
    const {traces, moreOrigins, index, rates, sampledOut, tenants, services, names, originWords} = this.derived;
    index.count = 0;
    this.index.reset();
    for (const each of [traces, moreOrigins, rates, sampledOut, tenants, services, names, this.originDigits])
      each.reset();
    originWords.length = 0;
    this.filters.reset();
    this.rows = 0;
    this.buckets = undefined;
  }
}

/** Of 64-bit numbers without a sign. */
const isLess = (low: number, high: number, thanLow: number, thanHigh: number): boolean =>
  high < thanHigh || (high === thanHigh && low < thanLow);
