/** The resources whose spans are counted: which of a batch count as one, and whom they belong to. */
import {type TenantId, utf8Bytes} from '../base/index.ts';
import {
  findAttribute,
  type KeyValue,
  type Lent,
  readAttributes,
  readValue,
  type SpanBatch,
  valueType,
} from '../model/index.ts';
import {KeyWriter, StableKeys} from '../red/index.ts';

export interface Group {
  readonly tenant: TenantId;
  readonly service: string;
  readonly attributes: readonly KeyValue[];
  /** Milliseconds since 1970. */
  lastSeen: number;
}

/** A resource without service.name, whose spans are not counted, as in the Collector; and one more than there may be. */
const unnamed = -1;
export const tooMany = -2;

const serviceKey = utf8Bytes('service.name');

/** Groups keep their number as long as they are known, because keys of series begin with it. */
export class Groups {
  /** By number; undefined where a group has gone. */
  readonly list: (Group | undefined)[] = [];
  private readonly keys = new StableKeys();
  private readonly key = new KeyWriter();
  private readonly keyAttributes: readonly Uint8Array[];
  private readonly most: number;

  constructor(keyAttributes: readonly string[], most: number) {
    this.keyAttributes = keyAttributes.map((name) => utf8Bytes(name));
    this.most = most;
  }

  get count(): number {
    return this.keys.count;
  }

  /** The number of the group of a row of the resource table, `unnamed` or `tooMany`. */
  of(batch: Lent<SpanBatch>, row: number, tenant: TenantId, now: number): number {
    const {attributes} = batch.resources.columns;
    const named = findAttribute(batch, attributes, row, serviceKey);
    if (named < 0) return unnamed;
    const {key} = this;
    const tenantBytes = utf8Bytes(tenant);
    key.begin().slice(tenantBytes, 0, tenantBytes.length);
    for (const at of this.keyRows(batch, row)) writeAttribute(batch, at, key);
    const found = this.keys.find(key.bytes, 0, key.length);
    if (found >= 0) {
      (this.list[found] as Group).lastSeen = now;
      return found;
    }
    if (this.keys.count >= this.most) return tooMany;
    const number = this.keys.add(key.bytes, 0, key.length);
    const service = readValue(batch, named);
    this.list[number] = {
      tenant,
      service: service.type === 'string' ? service.value : '',
      attributes: readAttributes(batch, attributes.from(row), attributes.count(row)),
      lastSeen: now,
    };
    return number;
  }

  /** Forgets those for which `isGone` says so. Their numbers are given to others: forget their series first. */
  remove(isGone: (number: number) => boolean): void {
    this.keys.remove(isGone, (number) => {
      this.list[number] = undefined;
    });
  }

  /** The rows of the attributes that tell resources apart, whatever their order in the resource. */
  private keyRows(batch: Lent<SpanBatch>, row: number): number[] {
    const {attributes} = batch.resources.columns;
    if (this.keyAttributes.length > 0) {
      return this.keyAttributes.map((name) => findAttribute(batch, attributes, row, name)).filter((at) => at >= 0);
    }
    const rows = Array.from({length: attributes.count(row)}, (_, i) => attributes.from(row) + i);
    const {key} = batch.attributes.columns;
    return rows.sort((a, b) => Buffer.compare(key.bytes(a, batch.heap), key.bytes(b, batch.heap)));
  }
}

function writeAttribute(batch: Lent<SpanBatch>, at: number, writer: KeyWriter): void {
  const {key, type, value} = batch.attributes.columns;
  const first = value.words[2 * at] as number;
  const second = value.words[2 * at + 1] as number;
  const kind = type.data[at] as number;
  writer.slice(batch.heap.bytes, key.start(at), key.size(at));
  writer.byte(kind);
  if (isSlice(kind)) writer.slice(batch.heap.bytes, first, second);
  else {
    writer.word(first);
    writer.word(second);
  }
}

/** Texts, arrays, maps and bytes lie in the heap. */
const isSlice = (kind: number): boolean => kind === valueType.string || kind >= valueType.array;
