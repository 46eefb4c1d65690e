/** Some rows of several Native blocks, in any order, as one block: without copying texts. */
import {bug} from '../base/index.ts';
import type {DictionaryValues, NativeBlock, NativeValues, StringValues} from './read.ts';

/** Row `rows[i]` of block `blocks[i]`, for every i. */
export interface RowList {
  readonly blocks: Uint32Array;
  readonly rows: Uint32Array;
}

/** The blocks must have been read from the same bytes, and have the same columns. */
export function gatherRows(blocks: readonly NativeBlock[], list: RowList): NativeBlock {
  const [first] = blocks;
  if (first === undefined) bug('rows of no block');
  const columns = new Map<string, NativeValues>();
  for (const name of first.columns.keys()) {
    columns.set(
      name,
      gather(
        blocks.map((block) => block.columns.get(name) ?? bug(`a block without the column ${name}`)),
        list,
      ),
    );
  }
  return {...first, rows: list.rows.length, columns};
}

function gather(parts: readonly NativeValues[], list: RowList): NativeValues {
  const [first] = parts as [NativeValues];
  switch (first.kind) {
    case 'fixed':
      return gatherFixed(ofKind(parts, 'fixed'), list, first.width);
    case 'strings':
      return gatherStrings(ofKind(parts, 'strings'), list);
    case 'dictionary':
      return gatherDictionary(ofKind(parts, 'dictionary'), list);
    case 'array': {
      const all = ofKind(parts, 'array');
      const {ends, items} = itemsOf(all, list);
      return {
        kind: 'array',
        ends,
        items: gather(
          all.map((one) => one.items),
          items,
        ),
      };
    }
    case 'map': {
      const all = ofKind(parts, 'map');
      const {ends, items} = itemsOf(all, list);
      const [keys, values] = [all.map((one) => one.keys), all.map((one) => one.values)];
      return {kind: 'map', ends, keys: gather(keys, items), values: gather(values, items)};
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

function gatherStrings(parts: readonly StringValues[], {blocks, rows}: RowList): StringValues {
  const slices = new Uint32Array(2 * rows.length);
  for (let i = 0; i < rows.length; i++) {
    const from = (parts[blocks[i] as number] as StringValues).slices;
    const row = rows[i] as number;
    slices[2 * i] = from[2 * row] as number;
    slices[2 * i + 1] = from[2 * row + 1] as number;
  }
  return {kind: 'strings', slices};
}

/** With those keys only that the rows have. */
function gatherDictionary(parts: readonly DictionaryValues[], {blocks, rows}: RowList): DictionaryValues {
  const places = parts.map(() => new Map<number, number>());
  const indexes = new Uint32Array(rows.length);
  const slices: number[] = [];
  for (let i = 0; i < rows.length; i++) {
    const block = blocks[i] as number;
    const part = parts[block] as DictionaryValues;
    const known = places[block] as Map<number, number>;
    const index = part.indexes[rows[i] as number] as number;
    let place = known.get(index);
    if (place === undefined) {
      place = slices.length / 2;
      known.set(index, place);
      slices.push(part.keys.slices[2 * index] as number, part.keys.slices[2 * index + 1] as number);
    }
    indexes[i] = place;
  }
  return {kind: 'dictionary', keys: {kind: 'strings', slices: Uint32Array.from(slices)}, indexes};
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
