/** Some rows of several Native blocks, in any order, as one block that needs nothing of theirs any more. */
import {bug} from '../base/index.ts';
import type {DictionaryValues, NativeBlock, NativeValues, StringValues} from './read.ts';
import {ByteSink} from './sink.ts';

/** Row `rows[i]` of block `blocks[i]`, for every i. */
export interface RowList {
  readonly blocks: Uint32Array;
  readonly rows: Uint32Array;
}

/** The blocks must have the same columns. */
export function gatherRows(blocks: readonly NativeBlock[], list: RowList): NativeBlock {
  const [first] = blocks;
  if (first === undefined) bug('rows of no block');
  const texts: Texts = {from: blocks.map(({bytes}) => bytes), sink: new ByteSink(4096)};
  const columns = new Map<string, NativeValues>();
  for (const name of first.columns.keys()) {
    const parts = blocks.map((block) => block.columns.get(name) ?? bug(`a block without the column ${name}`));
    columns.set(name, gather(parts, list, texts));
  }
  const {sink} = texts;
  const bytes = Buffer.from(sink.bytes.buffer, sink.bytes.byteOffset, sink.length);
  return {rows: list.rows.length, bytes, from: 0, to: bytes.length, columns};
}

/** The bytes of each block, and where the texts that are wanted go. */
interface Texts {
  readonly from: readonly Buffer[];
  readonly sink: ByteSink;
}

function gather(parts: readonly NativeValues[], list: RowList, texts: Texts): NativeValues {
  const [first] = parts as [NativeValues];
  switch (first.kind) {
    case 'fixed':
      return gatherFixed(ofKind(parts, 'fixed'), list, first.width);
    case 'strings':
      return gatherStrings(ofKind(parts, 'strings'), list, texts);
    case 'dictionary':
      return gatherDictionary(ofKind(parts, 'dictionary'), list, texts);
    case 'array': {
      const all = ofKind(parts, 'array');
      const {ends, items} = itemsOf(all, list);
      return {
        kind: 'array',
        ends,
        items: gather(
          all.map((one) => one.items),
          items,
          texts,
        ),
      };
    }
    case 'map': {
      const all = ofKind(parts, 'map');
      const {ends, items} = itemsOf(all, list);
      const [keys, values] = [all.map((one) => one.keys), all.map((one) => one.values)];
      return {kind: 'map', ends, keys: gather(keys, items, texts), values: gather(values, items, texts)};
    }
    case 'tuple': {
      const all = ofKind(parts, 'tuple');
      const elements = new Map<string, NativeValues>();
      for (const name of first.elements.keys()) {
        elements.set(
          name,
          gather(
            all.map((one) => one.elements.get(name) as NativeValues),
            list,
            texts,
          ),
        );
      }
      return {kind: 'tuple', elements};
    }
  }
}

type Of<K extends NativeValues['kind']> = Extract<NativeValues, {kind: K}>;

const ofKind = <K extends NativeValues['kind']>(parts: readonly NativeValues[], kind: K): readonly Of<K>[] =>
  parts.every((part) => part.kind === kind)
    ? (parts as readonly Of<K>[])
    : bug('a column has another type in another block');

function gatherFixed(parts: readonly Of<'fixed'>[], {blocks, rows}: RowList, width: number): NativeValues {
  const bytes = Buffer.alloc(width * rows.length);
  for (let i = 0; i < rows.length; i++) {
    const {bytes: from, at} = parts[blocks[i] as number] as Of<'fixed'>;
    const start = at + width * (rows[i] as number);
    for (let byte = 0; byte < width; byte++) bytes[width * i + byte] = from[start + byte] as number;
  }
  return {kind: 'fixed', width, bytes, at: 0};
}

function gatherStrings(parts: readonly StringValues[], {blocks, rows}: RowList, texts: Texts): StringValues {
  const slices = new Uint32Array(2 * rows.length);
  for (let i = 0; i < rows.length; i++) {
    const block = blocks[i] as number;
    copyText(slices, i, texts, block, parts[block] as StringValues, rows[i] as number);
  }
  return {kind: 'strings', slices};
}

function copyText(
  slices: Uint32Array,
  to: number,
  {from, sink}: Texts,
  block: number,
  column: StringValues,
  row: number,
): void {
  const start = column.slices[2 * row] as number;
  const length = column.slices[2 * row + 1] as number;
  slices[2 * to] = sink.length;
  slices[2 * to + 1] = length;
  sink.copy(from[block] as Buffer, start, length);
}

/** With those keys only that the rows have. */
function gatherDictionary(parts: readonly DictionaryValues[], {blocks, rows}: RowList, texts: Texts): DictionaryValues {
  const places = parts.map(() => new Map<number, number>());
  const indexes = new Uint32Array(rows.length);
  const slices = new Uint32Array(2 * rows.length);
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    const block = blocks[i] as number;
    const part = parts[block] as DictionaryValues;
    const known = places[block] as Map<number, number>;
    const index = part.indexes[rows[i] as number] as number;
    let place = known.get(index);
    if (place === undefined) {
      place = count++;
      known.set(index, place);
      copyText(slices, place, texts, block, part.keys, index);
    }
    indexes[i] = place;
  }
  return {kind: 'dictionary', keys: {kind: 'strings', slices: slices.subarray(0, 2 * count)}, indexes};
}

/** The elements of the rows' lists, and where each list ends among these. */
function itemsOf(parts: readonly {readonly ends: Uint32Array}[], {blocks, rows}: RowList) {
  const ends = new Uint32Array(rows.length);
  const items = {blocks: [] as number[], rows: [] as number[]};
  for (let i = 0; i < rows.length; i++) {
    const block = blocks[i] as number;
    const from = (parts[block] as {readonly ends: Uint32Array}).ends;
    const row = rows[i] as number;
    for (let item = row === 0 ? 0 : (from[row - 1] as number); item < (from[row] as number); item++) {
      items.blocks.push(block);
      items.rows.push(item);
    }
    ends[i] = items.rows.length;
  }
  return {ends, items: {blocks: Uint32Array.from(items.blocks), rows: Uint32Array.from(items.rows)}};
}
