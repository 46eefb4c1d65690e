/** Looking up and editing the attributes of one owner (a span, a resource, an event …) in place. */
import {sameBytes, utf8Bytes} from '../base/index.ts';
import {type AnyValue, writeValue} from './any-value.ts';
import type {Batch} from './batch.ts';
import type {RangeColumn} from './columns.ts';
import type {ColumnView, Lent} from './lent.ts';

/** The row of the owner's first attribute whose key is `key` (UTF-8 bytes), or -1. `owner[row]` is its attribute range. */
export function findAttribute(
  batch: Lent<Batch>,
  owner: ColumnView<RangeColumn>,
  row: number,
  key: Uint8Array,
): number {
  const keys = batch.attributes.columns.key.words;
  const end = owner.from(row) + owner.count(row);
  for (let at = owner.from(row); at < end; at++) {
    const length = keys[2 * at + 1] as number;
    if (length === key.length && sameBytes(batch.heap.bytes, keys[2 * at] as number, length, key, 0, length)) return at;
  }
  return -1;
}

/** Sets the attribute, adding it where the owner has none of that key. */
export function setAttribute(batch: Batch, owner: RangeColumn, row: number, key: string, value: AnyValue): void {
  const bytes = utf8Bytes(key);
  let found = findAttribute(batch, owner, row, bytes);
  if (found < 0) {
    found = addAttribute(batch, owner, row);
    batch.attributes.columns.key.setPair(found, batch.heap.append(bytes), bytes.length);
  }
  writeValue(batch.attributes, batch.heap, found, value);
}

/** Adds an empty attribute at the end of the owner's and returns its row: the caller sets key, type and value. */
export function addAttribute(batch: Batch, owner: RangeColumn, row: number): number {
  const from = owner.from(row);
  const count = owner.count(row);
  const table = batch.attributes;
  const start = table.count;
  if (count > 0 && from + count !== start) {
    // Neighbouring rows belong to another owner: the whole range moves to the end. The old rows stay behind, unreferenced.
    table.reserve(count + 1);
    table.count += count;
    copyRows(batch, start, from, count);
    owner.setPair(row, start, count + 1);
  } else owner.setPair(row, count === 0 ? start : from, count + 1);
  return table.add();
}

/** Removes the owner's attributes at the rows for which `remove` says so; the others keep their order. Returns how many went. */
export function removeAttributes(
  batch: Batch,
  owner: RangeColumn,
  row: number,
  remove: (attribute: number) => boolean,
): number {
  const from = owner.from(row);
  const count = owner.count(row);
  let kept = 0;
  for (let at = from; at < from + count; at++) {
    if (remove(at)) continue;
    if (at !== from + kept) moveRow(batch, from + kept, at);
    kept++;
  }
  owner.setPair(row, from, kept);
  return count - kept;
}

/** Both rows lie in the same batch, so slices are copied as they are. */
function moveRow(batch: Batch, to: number, from: number): void {
  const {key, type, value} = batch.attributes.columns;
  key.setPair(to, key.start(from), key.size(from));
  type.set(to, type.get(from));
  value.setPair(to, value.words[2 * from] as number, value.words[2 * from + 1] as number);
}

/** Gives `to` copies of the attributes of `from`, which the two can then change apart. `to` has none of its own. */
export function copyAttributes(batch: Batch, owner: RangeColumn, to: number, from: number): void {
  const first = owner.from(from);
  const count = owner.count(from);
  const table = batch.attributes;
  const start = table.count;
  table.reserve(count);
  table.count += count;
  copyRows(batch, start, first, count);
  owner.setPair(to, start, count);
}

/** Owners have few attributes: a loop over them is quicker than to call `copyWithin` for each column. */
function copyRows({attributes}: Batch, to: number, from: number, count: number): void {
  const keys = attributes.columns.key.words;
  const types = attributes.columns.type.data;
  const values = attributes.columns.value.words;
  for (let i = 0; i < count; i++) {
    types[to + i] = types[from + i] as number;
    keys[2 * (to + i)] = keys[2 * (from + i)] as number;
    keys[2 * (to + i) + 1] = keys[2 * (from + i) + 1] as number;
    values[2 * (to + i)] = values[2 * (from + i)] as number;
    values[2 * (to + i) + 1] = values[2 * (from + i) + 1] as number;
  }
}
