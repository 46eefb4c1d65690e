/** Attributes out of `attribute_template` and `attribute_values`: the inverse of `write-templates.ts`. */
import {bug} from '../base/index.ts';
import {type RangeColumn, type SpanBatch, type ValueType, valueType} from '../model/index.ts';
import {arrayColumn, asStrings, dictionaryColumn, type NativeBlock} from '../native/index.ts';
import {mark} from './span-text.ts';
import {readExact, readValueText} from './value-text.ts';

const [constant, varying, end, free] = [mark.constant, mark.varying, mark.end, mark.free].map((one) =>
  one.charCodeAt(0),
);
const equals = '='.charCodeAt(0);
const string = 's'.charCodeAt(0);
const exactLetter = 'x'.charCodeAt(0);

/** An attribute of a template: slices of the answer's bytes, the code of its letter. */
interface Entry {
  readonly key: number;
  readonly keyLength: number;
  readonly letter: number;
  /** Where its value stands, unless that varies. */
  readonly value: number | undefined;
  readonly valueLength: number;
  /** The row of an attribute that has the value already. */
  row: number;
}

/** Sets each span's attribute range; the attributes are appended to the batch's table. */
export function appendTemplates(batch: SpanBatch, block: NativeBlock, owner: RangeColumn, firstOwner: number): void {
  const {keys: templates, indexes} = dictionaryColumn(block, 'attribute_template');
  const values = arrayColumn(block, 'attribute_values');
  const {slices} = asStrings(values.items);
  const parsed: (readonly Entry[] | undefined)[] = [];
  let at = 0;
  for (let span = 0; span < block.rows; span++) {
    const index = indexes[span] as number;
    const start = templates.slices[2 * index] as number;
    const length = templates.slices[2 * index + 1] as number;
    const last = values.ends[span] as number;
    const first = batch.attributes.count;
    if (length === 1 && block.bytes[start] === free) appendFree(batch, block, slices, at, last);
    else {
      const entries = (parsed[index] ??= parse(block.bytes, start, length));
      appendEntries(batch, block, entries, slices, at, last);
    }
    owner.setPair(firstOwner + span, first, batch.attributes.count - first);
    at = last;
  }
}

function parse(bytes: Buffer, start: number, length: number): Entry[] {
  const entries: Entry[] = [];
  for (let at = start; at < start + length; ) {
    const isConstant = bytes[at] === constant;
    if (!isConstant && bytes[at] !== varying) bug('a template has an entry of neither kind');
    const close = bytes.indexOf(end as number, at);
    const separator = isConstant ? bytes.indexOf(equals, at) : close;
    entries.push({
      key: at + 1,
      keyLength: separator - at - 1,
      letter: bytes[close + 1] as number,
      value: isConstant ? separator + 1 : undefined,
      valueLength: close - separator - 1,
      row: -1,
    });
    at = close + 2;
  }
  return entries;
}

function appendEntries(
  batch: SpanBatch,
  {bytes}: NativeBlock,
  entries: readonly Entry[],
  slices: Uint32Array,
  from: number,
  to: number,
): void {
  const {attributes} = batch;
  const {key, type, value} = attributes.columns;
  const exact = entries.some(({letter}) => letter === exactLetter)
    ? readExact(bytes, slices[2 * (to - 1)] as number, slices[2 * (to - 1) + 1] as number, 0)
    : [];
  let next = from;
  for (const entry of entries) {
    const row = attributes.add();
    key.setPair(row, entry.key, entry.keyLength);
    if (entry.value === undefined) {
      setValue(batch, row, entry.letter, bytes, slices[2 * next] as number, slices[2 * next + 1] as number, exact);
      next++;
    } else if (entry.row < 0) {
      setValue(batch, row, entry.letter, bytes, entry.value, entry.valueLength, exact);
      entry.row = row;
    } else {
      type.set(row, type.get(entry.row) as ValueType);
      value.setPair(row, value.words[2 * entry.row] as number, value.words[2 * entry.row + 1] as number);
    }
  }
}

function appendFree(batch: SpanBatch, {bytes}: NativeBlock, slices: Uint32Array, from: number, to: number): void {
  const {attributes} = batch;
  const count = Math.floor((to - from) / 3);
  const exact =
    to > from + 3 * count
      ? readExact(bytes, slices[2 * (to - 1)] as number, slices[2 * (to - 1) + 1] as number, 0)
      : [];
  for (let i = 0; i < count; i++) {
    const at = 2 * (from + 3 * i);
    const row = attributes.add();
    attributes.columns.key.setPair(row, slices[at] as number, slices[at + 1] as number);
    const letter = bytes[slices[at + 2] as number] as number;
    setValue(batch, row, letter, bytes, slices[at + 4] as number, slices[at + 5] as number, exact);
  }
}

function setValue(
  batch: SpanBatch,
  row: number,
  letter: number,
  bytes: Buffer,
  start: number,
  length: number,
  exact: ReturnType<typeof readExact>,
): void {
  if (letter !== string) return readValueText(batch, row, letter, bytes, start, length, exact);
  batch.attributes.columns.type.set(row, valueType.string);
  batch.attributes.columns.value.setPair(row, start, length);
}
