/**
 * The attributes of a batch as Jaeger shows them. Spans of one kind share keys and most values, as the same slices of the batch's
 * bytes: these are decoded once, and their JSON is written once.
 */
import {utf8} from '../base/index.ts';
import {type AnyValue, readValue, type SpanBatch} from '../model/index.ts';
import {compareText} from '../query/index.ts';
import {Tag} from './jaeger-tags.ts';

/** A key where it stands, and the last value that it had. */
interface Known {
  readonly size: number;
  readonly key: string;
  type: number;
  /** Its two words: a slice, or the value itself. */
  low: number;
  high: number;
  tag: Tag | undefined;
}

/** Of a batch whose spans share nothing, more would be a second copy of its keys. */
const maxKnown = 4096;
/** Beyond it, sorting by insertion takes longer. */
const fewTags = 32;

const addressKeys = new Set(['ip', 'peer.ipv4']);

export class ShownAttributes {
  private readonly batch: SpanBatch;
  private readonly raw: boolean;
  private readonly known = new Map<number, Known>();

  /** With `raw`, in the order in which they arrived and as they are; otherwise sorted by key and with readable addresses. */
  constructor(batch: SpanBatch, raw: boolean) {
    this.batch = batch;
    this.raw = raw;
  }

  list(from: number, count: number): Tag[] {
    const list: Tag[] = [];
    for (let row = from; row < from + count; row++) list.push(this.tag(row));
    if (!this.raw) sortByKey(list);
    return list;
  }

  private tag(row: number): Tag {
    const {known} = this;
    const {bytes} = this.batch.heap;
    const {key, type, value} = this.batch.attributes.columns;
    const [start, size, of] = [key.start(row), key.size(row), type.get(row)];
    const [low, high] = [value.words[2 * row] as number, value.words[2 * row + 1] as number];
    let one = known.get(start);
    if (one === undefined || one.size !== size) {
      if (known.size >= maxKnown) known.clear();
      one = {size, key: utf8(bytes, start, size), type: -1, low: 0, high: 0, tag: undefined};
      known.set(start, one);
    }
    if (one.tag !== undefined && one.type === of && one.low === low && one.high === high) return one.tag;
    const read = readValue(this.batch, row);
    const tag = new Tag(one.key, this.raw || !addressKeys.has(one.key) ? read : readableAddress(read));
    [one.type, one.low, one.high, one.tag] = [of, low, high, tag];
    return tag;
  }
}

/** Equal keys stay in their order. */
function sortByKey(list: Tag[]): void {
  if (list.length > fewTags) {
    list.sort((a, b) => compareText(a.key, b.key));
    return;
  }
  for (let i = 1; i < list.length; i++) {
    const tag = list[i] as Tag;
    let to = i;
    for (; to > 0 && (list[to - 1] as Tag).key > tag.key; to--) list[to] = list[to - 1] as Tag;
    list[to] = tag;
  }
}

/** An IPv4 address packed into a number, as old Zipkin clients send it, in dotted form. */
function readableAddress(value: AnyValue): AnyValue {
  if (value.type !== 'int' && value.type !== 'double') return value;
  const packed = value.type === 'int' ? Number(BigInt.asUintN(32, value.value)) : Math.trunc(value.value) >>> 0;
  const text = [packed >>> 24, (packed >>> 16) & 255, (packed >>> 8) & 255, packed & 255].join('.');
  return {type: 'string', value: text};
}
