/**
 * Spans in columns, found by their ids: what pairing looks at. Blocks of ClickHouse's are appended, and nothing is an object a span.
 * A hot path, as the whole store goes through it once: `npm run bench:write`.
 */
import {
  DictionaryColumn,
  type DictionaryValues,
  dictionaryColumn,
  fixedColumn,
  type NativeBlock,
  textColumn,
} from '../native/index.ts';
import {spanWeight} from '../red/index.ts';
import {traceStateProbability} from '../sampling/index.ts';
import {WordColumn} from './derive-columns.ts';
import {type Peer, peerOfValues, readTemplate, type Template, textAt} from './graph-peers.ts';
import {TraceTable} from './graph-traces.ts';
import {grown} from './grown.ts';

/** Texts and their numbers. */
export class Texts {
  readonly list: string[] = [];
  private readonly numbers = new Map<string, number>();

  number(text: string): number {
    let number = this.numbers.get(text);
    if (number === undefined) {
      number = this.list.length;
      this.list.push(text);
      this.numbers.set(text, number);
    }
    return number;
  }

  /** Of the entries of a block's dictionary. */
  numbersOf({bytes}: NativeBlock, {keys: {slices}}: DictionaryValues): Uint32Array {
    return Uint32Array.from({length: slices.length / 2}, (_, i) => this.number(textAt(bytes, slices, i)));
  }
}

export const kindMask = 7;
export const failedFlag = 8;
/** The same span, stored before. */
export const copyFlag = 16;
/** A span of another service is below it. */
export const answeredFlag = 32;
export const rootFlag = 64;
/** A span of another service has the same ids. */
export const sharedFlag = 128;

export const clientKind = 3;
export const serverKind = 2;
export const producerKind = 4;
export const consumerKind = 5;

/** Of one question, beyond what a person would name. */
const maxPeers = 10_000;
/** Spans that share an id and are no copies of each other. An id that more of them have tells nothing of who called whom. */
const maxAlike = 64;

/** Values that name other ends, as long as they are short: three numbers of them make a key. */
const maxKnownTexts = 2 ** 16;
const maxKnownText = 128;

interface KnownTemplate {
  readonly template: Template;
  /** Where it is fixed. */
  readonly peer: number;
  /** By the numbers of the values that tell. */
  readonly peers: Map<number, number>;
}

export interface GraphSpansOptions {
  /** Nanoseconds since 1970 from which `starts` count. */
  readonly from: bigint;
  /** Whether the blocks have `attribute_values` and `trace_state`. */
  readonly values: boolean;
  readonly weights: boolean;
}

export class GraphSpans {
  count = 0;
  readonly tenants = new Texts();
  readonly services = new Texts();
  readonly names = new Texts();
  /** Number 0 is none. */
  readonly peers: (Peer | undefined)[] = [undefined];
  readonly traces = new TraceTable(this);
  trace = new Uint32Array(0);
  /** Two words each, as those of parents. */
  ids = new Uint32Array(0);
  parents = new Uint32Array(0);
  /** Nanoseconds. */
  starts = new Float64Array(0);
  durations = new Float64Array(0);
  tenant = new Uint16Array(0);
  service = new Uint32Array(0);
  name = new Uint32Array(0);
  peer = new Uint32Array(0);
  flags = new Uint8Array(0);
  probability = new Float64Array(0);
  weight = new Float64Array(0);
  /** The next span with the same ids, or -1. */
  next = new Int32Array(0);
  after = new Int32Array(0);
  private readonly options: GraphSpansOptions;
  private readonly templates = new Map<string, KnownTemplate>();
  private texts = new DictionaryColumn();
  private readonly peerNumbers = new Map<string, number>();
  private readonly traceWords = new WordColumn();
  private readonly spanWords = new WordColumn();
  private readonly parentWords = new WordColumn();
  private readonly startWords = new WordColumn();
  private readonly durationWords = new WordColumn();

  constructor(options: GraphSpansOptions) {
    this.options = options;
  }

  append(block: NativeBlock): void {
    const {rows, bytes} = block;
    this.reserve(this.count + rows);
    const [first, {ids, parents, starts, durations, flags, trace, tenant, traces}] = [this.count, this];
    this.label(block, 'tenant', this.tenants, tenant);
    this.label(block, 'service', this.services, this.service);
    this.label(block, 'name', this.names, this.name);
    const traceIds = this.traceWords.read(fixedColumn(block, 'trace_id'), rows);
    ids.set(this.spanWords.read(fixedColumn(block, 'span_id'), rows).subarray(0, 2 * rows), 2 * first);
    parents.set(this.parentWords.read(fixedColumn(block, 'parent_span_id'), rows).subarray(0, 2 * rows), 2 * first);
    const start = this.startWords.read(fixedColumn(block, 'start_time'), rows);
    const duration = this.durationWords.read(fixedColumn(block, 'duration_ns'), rows);
    const kinds = fixedColumn(block, 'kind').at;
    const statuses = fixedColumn(block, 'status_code').at;
    const [fromHigh, fromLow] = [Number(this.options.from >> 32n), Number(this.options.from & 0xffff_ffffn)];
    for (let row = 0; row < rows; row++) {
      const at = first + row;
      const id = 4 * row;
      const isOfLast =
        row > 0 &&
        traceIds[id + 3] === traceIds[id - 1] &&
        traceIds[id + 2] === traceIds[id - 2] &&
        traceIds[id + 1] === traceIds[id - 3] &&
        traceIds[id] === traceIds[id - 4] &&
        tenant[at] === tenant[at - 1];
      trace[at] = isOfLast ? (trace[at - 1] as number) : traces.number(tenant[at] as number, traceIds, id);
      starts[at] = ((start[2 * row + 1] as number) - fromHigh) * 2 ** 32 + ((start[2 * row] as number) - fromLow);
      durations[at] = ((duration[2 * row + 1] as number) | 0) * 2 ** 32 + (duration[2 * row] as number);
      const kind = bytes[kinds + row] as number;
      flags[at] =
        (kind > consumerKind ? 0 : kind) |
        (bytes[statuses + row] === 2 ? failedFlag : 0) |
        (((parents[2 * at] as number) | (parents[2 * at + 1] as number)) === 0 ? rootFlag : 0);
    }
    this.addPeers(block);
    if (this.options.weights) this.addWeights(block);
    this.count += rows;
    for (let at = first; at < this.count; at++) this.index(at);
  }

  private label(block: NativeBlock, name: string, texts: Texts, into: Uint16Array | Uint32Array): void {
    const column = dictionaryColumn(block, name);
    const numbers = texts.numbersOf(block, column);
    const {indexes} = column;
    for (let row = 0; row < block.rows; row++) into[this.count + row] = numbers[indexes[row] as number] as number;
  }

  private addPeers(block: NativeBlock): void {
    const {rows, bytes} = block;
    const column = dictionaryColumn(block, 'attribute_template');
    const known: (KnownTemplate | undefined)[] = [];
    const values = this.options.values ? block.columns.get('weft_values') : undefined;
    for (let row = 0; row < rows; row++) {
      const at = this.count + row;
      this.peer[at] = 0;
      if (((this.flags[at] as number) & kindMask) < clientKind) continue;
      const index = column.indexes[row] as number;
      let of = known[index];
      if (of === undefined) {
        of = this.templateOf(textAt(bytes, column.keys.slices, index));
        known[index] = of;
      }
      if (of.template.kind === 'fixed') this.peer[at] = of.peer;
      else if (values?.kind === 'array' && values.items.kind === 'strings') {
        const {slices} = values.items;
        const from = row === 0 ? 0 : (values.ends[row - 1] as number);
        this.peer[at] = this.peerOf(of, bytes, slices, from, (values.ends[row] as number) - from);
      }
    }
  }

  /** By the values that tell of the other end, as numbers: spans of a template have few different ones. */
  private peerOf(of: KnownTemplate, bytes: Buffer, slices: Uint32Array, from: number, count: number): number {
    const {template, peers} = of;
    if (template.kind === 'fixed') return of.peer;
    let key = 0;
    const places = template.kind === 'varying' ? template.places : [];
    let isShort = places.length > 0 && places.length <= 3;
    for (let i = 0; isShort && i < places.length; i++) {
      const at = 2 * (from + (places[i]?.[0] as number));
      const length = slices[at + 1] as number;
      isShort = length <= maxKnownText && (places[i]?.[0] as number) < count;
      if (isShort) key = key * maxKnownTexts + this.texts.intern(bytes, slices[at] as number, length);
    }
    const known = isShort ? peers.get(key) : undefined;
    if (known !== undefined) return known;
    const peer = this.numberOf(peerOfValues(template, count, (i) => textAt(bytes, slices, from + i)));
    if (!isShort) return peer;
    if (this.texts.size >= maxKnownTexts - 3 || peers.size >= maxKnownTexts) {
      this.texts = new DictionaryColumn();
      for (const {peers: others} of this.templates.values()) others.clear();
    } else peers.set(key, peer);
    return peer;
  }

  private templateOf(text: string): KnownTemplate {
    let known = this.templates.get(text);
    if (known === undefined) {
      const template = readTemplate(text);
      known = {template, peer: template.kind === 'fixed' ? this.numberOf(template.peer) : 0, peers: new Map()};
      this.templates.set(text, known);
    }
    return known;
  }

  private numberOf(peer: Peer | undefined): number {
    if (peer === undefined) return 0;
    const key = `${peer.kind} ${peer.receives} ${peer.name}`;
    const known = this.peerNumbers.get(key);
    if (known !== undefined) return known;
    if (this.peers.length >= maxPeers && peer.name !== otherPeers) return this.numberOf({...peer, name: otherPeers});
    this.peerNumbers.set(key, this.peers.length);
    return this.peers.push(peer) - 1;
  }

  private addWeights(block: NativeBlock): void {
    const {rows, bytes} = block;
    const {slices} = textColumn(block, 'trace_state');
    const {at: spanIds} = fixedColumn(block, 'span_id');
    const ids = bytes.subarray(spanIds, spanIds + 8 * rows);
    for (let row = 0; row < rows; row++) {
      const probability = traceStateProbability(bytes, slices[2 * row] as number, slices[2 * row + 1] as number);
      this.probability[this.count + row] = probability;
      this.weight[this.count + row] = spanWeight(probability, ids, row);
    }
  }

  /** Puts a span where it is found by its ids, behind those that have the same ones. Copies are not there. */
  private index(at: number): void {
    const {ids, next, flags, service} = this;
    next[at] = -1;
    const found = this.traces.span(this.trace[at] as number, ids[2 * at] as number, ids[2 * at + 1] as number);
    if (found < 0) return this.traces.add(at);
    let last = found;
    let count = 0;
    for (let other = found; other >= 0; other = next[other] as number) {
      if (this.isCopy(other, at)) return this.merge(other, at);
      last = other;
      count++;
    }
    if (count >= maxAlike) return;
    for (let other = found; other >= 0; other = next[other] as number) {
      if (service[other] === service[at]) continue;
      flags[at] = (flags[at] as number) | sharedFlag;
      flags[other] = (flags[other] as number) | sharedFlag;
    }
    next[last] = at;
  }

  private isCopy(a: number, b: number): boolean {
    const {service, parents} = this;
    return service[a] === service[b] && parents[2 * a] === parents[2 * b] && parents[2 * a + 1] === parents[2 * b + 1];
  }

  /** A span that was sent again, in whatever words, is one: failed if any of them is, the server's if any is. */
  private merge(first: number, copy: number): void {
    const {flags} = this;
    if (((flags[first] as number) & copyFlag) !== 0) return;
    const [a, b] = [flags[first] as number, flags[copy] as number];
    const rank = (kind: number): number => (kind === serverKind ? 9 : kind === clientKind ? 8 : kind);
    const kind = rank(b & kindMask) > rank(a & kindMask) ? b & kindMask : a & kindMask;
    flags[first] = (a & ~kindMask) | kind | (b & failedFlag);
    flags[copy] = b | copyFlag;
    if (!this.options.weights || (this.probability[copy] as number) >= (this.probability[first] as number)) return;
    this.probability[first] = this.probability[copy] as number;
    this.weight[first] = this.weight[copy] as number;
  }

  /** The first span with an id in the trace of another span, or -1. */
  find(near: number, s0: number, s1: number): number {
    return this.traces.span(this.trace[near] as number, s0, s1);
  }

  /** The same in any trace of a tenant. */
  findIn(tenant: number, trace: Uint32Array, span: Uint32Array): number {
    const found = this.traces.find(tenant, trace);
    return found < 0 ? -1 : this.traces.span(found, span[0] as number, span[1] as number);
  }

  /** The span of a service with these ids and this parent, not a copy of it; or -1. */
  findRow(of: {tenant: number; service: number; trace: Uint32Array; span: Uint32Array; parent: Uint32Array}): number {
    const {service, parents, next} = this;
    for (let at = this.findIn(of.tenant, of.trace, of.span); at >= 0; at = next[at] as number) {
      if (service[at] === of.service && parents[2 * at] === of.parent[0] && parents[2 * at + 1] === of.parent[1])
        return at;
    }
    return -1;
  }

  /** The four words of the id of a span's trace. */
  traceOf(row: number): Uint32Array {
    const trace = this.trace[row] as number;
    return this.traces.ids.subarray(4 * trace, 4 * trace + 4);
  }

  /** Makes room for so many spans in all. */
  reserve(rows: number): void {
    if (rows <= this.starts.length) return;
    const length = Math.max(rows, Math.ceil(1.5 * this.starts.length), 4096);
    this.trace = grown(this.trace, length);
    this.ids = grown(this.ids, 2 * length);
    this.parents = grown(this.parents, 2 * length);
    this.starts = grown(this.starts, length);
    this.durations = grown(this.durations, length);
    this.tenant = grown(this.tenant, length);
    this.service = grown(this.service, length);
    this.name = grown(this.name, length);
    this.peer = grown(this.peer, length);
    this.flags = grown(this.flags, length);
    this.next = grown(this.next, length);
    this.after = grown(this.after, length);
    if (!this.options.weights) return;
    this.probability = grown(this.probability, length);
    this.weight = grown(this.weight, length);
  }
}

/** The name of what there is too much of. */
export const otherPeers = '(other)';
