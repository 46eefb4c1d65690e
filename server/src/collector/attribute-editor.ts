/**
 * Editing attributes on columns: keys and values of a configuration, prepared once, are put into a batch's heap at most once and
 * then shared by all that get them.
 */
import {utf8Bytes} from '../base/index.ts';
import {
  type AnyValue,
  addAttribute,
  type Batch,
  encodeArray,
  encodeMap,
  findAttribute,
  type RangeColumn,
  valueType,
} from '../model/index.ts';

/** A value of the configuration: its type, and its bytes or its two words (see `ValueColumn`). */
export interface Constant {
  readonly type: number;
  readonly bytes: Uint8Array | undefined;
  readonly low: number;
  readonly high: number;
}

export function constant(value: AnyValue): Constant {
  const slice = (bytes: Uint8Array): Constant => ({type: valueType[value.type], bytes, low: 0, high: 0});
  const words = (low: number, high: number): Constant => ({type: valueType[value.type], bytes: undefined, low, high});
  switch (value.type) {
    case 'empty':
      return words(0, 0);
    case 'string':
      return slice(utf8Bytes(value.value));
    case 'bool':
      return words(value.value ? 1 : 0, 0);
    case 'int':
      return words(Number(value.value & 0xffff_ffffn), Number((value.value >> 32n) & 0xffff_ffffn));
    case 'double': {
      const [low = 0, high = 0] = new Uint32Array(Float64Array.of(value.value).buffer);
      return words(low, high);
    }
    case 'bytes':
      return slice(value.value);
    case 'array':
      return slice(encodeArray(value.value));
    case 'map':
      return slice(encodeMap(value.value));
  }
}

/** Edits the attributes of one batch. */
export class AttributeEditor {
  readonly batch: Batch;
  private readonly placed = new Map<Uint8Array, number>();

  constructor(batch: Batch) {
    this.batch = batch;
  }

  /** Where prepared bytes lie in the heap. */
  place(bytes: Uint8Array): number {
    let start = this.placed.get(bytes);
    if (start === undefined) this.placed.set(bytes, (start = this.batch.heap.append(bytes)));
    return start;
  }

  /** The row of the owner's attribute of this key, added without a value where there is none. */
  put(owner: RangeColumn, row: number, key: Uint8Array): number {
    const found = findAttribute(this.batch, owner, row, key);
    return found >= 0 ? found : this.add(owner, row, key);
  }

  /** Adds an attribute without a value; the owner has none of this key. */
  add(owner: RangeColumn, row: number, key: Uint8Array): number {
    const start = this.place(key);
    const added = addAttribute(this.batch, owner, row);
    this.batch.attributes.columns.key.setPair(added, start, key.length);
    return added;
  }

  setConstant(at: number, {type, bytes, low, high}: Constant): void {
    if (bytes !== undefined) this.set(at, type, this.place(bytes), bytes.length);
    else this.set(at, type, low, high);
  }

  setText(at: number, text: string): void {
    const {heap} = this.batch;
    const start = heap.appendText(text);
    this.set(at, valueType.string, start, heap.length - start);
  }

  set(at: number, type: number, low: number, high: number): void {
    const {columns} = this.batch.attributes;
    columns.type.set(at, type);
    columns.value.setPair(at, low, high);
  }
}
