/**
 * Spans in columns, found by their ids: what pairing looks at. Blocks of ClickHouse's are appended, and nothing is an object a span.
 * A hot path, as the whole store goes through it once: `npm run bench:write`.
 */
import {type DictionaryValues, dictionaryColumn, fixedColumn, type NativeBlock, textColumn} from '../native/index.ts';
import {spanWeight} from '../red/index.ts';
import {traceStateProbability} from '../sampling/index.ts';
import {WordColumn} from './derive-columns.ts';
import {type Peer, peerOfValues, readTemplate, type Template, textAt} from './graph-peers.ts';

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
  /** Six words each: of the trace and of the span. */
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
  private slots = new Int32Array(1024).fill(-1);
  private readonly seed = (Math.random() * 2 ** 32) | 0;
  private readonly options: GraphSpansOptions;
  private readonly templates = new Map<string, {readonly template: Template; readonly peer: number}>();
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
    const [first, {ids, parents, starts, durations, flags}] = [this.count, this];
    const trace = this.traceWords.read(fixedColumn(block, 'trace_id'), rows);
    const span = this.spanWords.read(fixedColumn(block, 'span_id'), rows);
    const parent = this.parentWords.read(fixedColumn(block, 'parent_span_id'), rows);
    const start = this.startWords.read(fixedColumn(block, 'start_time'), rows);
    const duration = this.durationWords.read(fixedColumn(block, 'duration_ns'), rows);
    const kinds = fixedColumn(block, 'kind').at;
    const statuses = fixedColumn(block, 'status_code').at;
    const [fromHigh, fromLow] = [Number(this.options.from >> 32n), Number(this.options.from & 0xffff_ffffn)];
    for (let row = 0; row < rows; row++) {
      const at = first + row;
      for (let i = 0; i < 4; i++) ids[6 * at + i] = trace[4 * row + i] as number;
      ids[6 * at + 4] = span[2 * row] as number;
      ids[6 * at + 5] = span[2 * row + 1] as number;
      const [p0, p1] = [parent[2 * row] as number, parent[2 * row + 1] as number];
      parents[2 * at] = p0;
      parents[2 * at + 1] = p1;
      starts[at] = ((start[2 * row + 1] as number) - fromHigh) * 2 ** 32 + ((start[2 * row] as number) - fromLow);
      durations[at] = ((duration[2 * row + 1] as number) | 0) * 2 ** 32 + (duration[2 * row] as number);
      const kind = bytes[kinds + row] as number;
      flags[at] =
        (kind > consumerKind ? 0 : kind) |
        (bytes[statuses + row] === 2 ? failedFlag : 0) |
        ((p0 | p1) === 0 ? rootFlag : 0);
    }
    this.label(block, 'tenant', this.tenants, this.tenant);
    this.label(block, 'service', this.services, this.service);
    this.label(block, 'name', this.names, this.name);
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
    const known: ({readonly template: Template; readonly peer: number} | undefined)[] = [];
    const values = this.options.values ? block.columns.get('weft_values') : undefined;
    for (let row = 0; row < rows; row++) {
      const at = this.count + row;
      this.peer[at] = 0;
      if (((this.flags[at] as number) & kindMask) < clientKind) continue;
      const index = column.indexes[row] as number;
      known[index] ??= this.templateOf(textAt(bytes, column.keys.slices, index));
      const {template, peer} = known[index] as {template: Template; peer: number};
      if (template.kind === 'fixed') this.peer[at] = peer;
      else if (values?.kind === 'array' && values.items.kind === 'strings') {
        const {slices} = values.items;
        const from = row === 0 ? 0 : (values.ends[row - 1] as number);
        const count = (values.ends[row] as number) - from;
        this.peer[at] = this.numberOf(peerOfValues(template, count, (i) => textAt(bytes, slices, from + i)));
      }
    }
  }

  private templateOf(text: string): {readonly template: Template; readonly peer: number} {
    let known = this.templates.get(text);
    if (known === undefined) {
      const template = readTemplate(text);
      known = {template, peer: template.kind === 'fixed' ? this.numberOf(template.peer) : 0};
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

  /** Puts a span into the table of ids, behind those that have the same ones. Copies are not in it. */
  private index(at: number): void {
    const {slots, ids, next} = this;
    next[at] = -1;
    const [s0, s1] = [ids[6 * at + 4] as number, ids[6 * at + 5] as number];
    for (let slot = this.hash(at, s0, s1) & (slots.length - 1); ; slot = (slot + 1) & (slots.length - 1)) {
      const found = slots[slot] as number;
      if (found < 0) {
        slots[slot] = at;
        return;
      }
      if (!this.isSpan(found, at, s0, s1)) continue;
      let last = found;
      let count = 0;
      for (let other = found; other >= 0; other = next[other] as number) {
        if (this.isCopy(other, at)) return this.merge(other, at);
        last = other;
        count++;
      }
      if (count >= maxAlike) return;
      for (let other = found; other >= 0; other = next[other] as number) {
        if (this.service[other] === this.service[at]) continue;
        this.flags[at] = (this.flags[at] as number) | sharedFlag;
        this.flags[other] = (this.flags[other] as number) | sharedFlag;
      }
      next[last] = at;
      return;
    }
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
    const {slots} = this;
    for (let slot = this.hash(near, s0, s1) & (slots.length - 1); ; slot = (slot + 1) & (slots.length - 1)) {
      const found = slots[slot] as number;
      if (found < 0 || this.isSpan(found, near, s0, s1)) return found;
    }
  }

  /** The same in any trace of a tenant. */
  findIn(tenant: number, trace: Uint32Array, span: Uint32Array): number {
    // In the place behind the last span, where nothing is yet.
    this.reserve(this.count + 1);
    this.ids.set(trace, 6 * this.count);
    this.tenant[this.count] = tenant;
    return this.find(this.count, span[0] as number, span[1] as number);
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

  private isSpan(found: number, near: number, s0: number, s1: number): boolean {
    const {ids, tenant} = this;
    const [a, b] = [6 * found, 6 * near];
    return (
      ids[a + 4] === s0 &&
      ids[a + 5] === s1 &&
      ids[a + 3] === ids[b + 3] &&
      ids[a + 2] === ids[b + 2] &&
      ids[a + 1] === ids[b + 1] &&
      ids[a] === ids[b] &&
      tenant[found] === tenant[near]
    );
  }

  private hash(near: number, s0: number, s1: number): number {
    const {ids} = this;
    const at = 6 * near;
    let hash = this.seed;
    hash = Math.imul(hash ^ (ids[at] as number), 0x2c1b3c6d);
    hash = Math.imul(hash ^ (hash >>> 15) ^ (ids[at + 1] as number), 0x297a2d39);
    hash = Math.imul(hash ^ (hash >>> 15) ^ (ids[at + 2] as number), 0x2c1b3c6d);
    hash = Math.imul(hash ^ (hash >>> 15) ^ (ids[at + 3] as number), 0x297a2d39);
    hash = Math.imul(hash ^ (hash >>> 15) ^ s0, 0x2c1b3c6d);
    hash = Math.imul(hash ^ (hash >>> 15) ^ s1, 0x297a2d39);
    return hash ^ (hash >>> 15);
  }

  /** Makes room for so many spans in all. */
  reserve(rows: number): void {
    if (rows <= this.starts.length) return;
    const length = Math.max(rows, 2 * this.starts.length, 4096);
    const grown = <A extends Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array>(
      array: A,
      width = 1,
    ): A => {
      const larger = new (array.constructor as new (length: number) => A)(width * length);
      larger.set(array);
      return larger;
    };
    this.ids = grown(this.ids, 6);
    this.parents = grown(this.parents, 2);
    this.starts = grown(this.starts);
    this.durations = grown(this.durations);
    this.tenant = grown(this.tenant);
    this.service = grown(this.service);
    this.name = grown(this.name);
    this.peer = grown(this.peer);
    this.flags = grown(this.flags);
    this.next = grown(this.next);
    if (this.options.weights) {
      this.probability = grown(this.probability);
      this.weight = grown(this.weight);
    }
    this.slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * length))).fill(-1);
    // Copies are marked already; the chains are made again.
    for (let at = 0; at < this.count; at++) this.index(at);
  }
}

/** The name of what there is too much of. */
export const otherPeers = '(other)';
