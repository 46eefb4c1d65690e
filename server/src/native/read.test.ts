import {expect, test} from 'vitest';
import {ArrayColumn, DictionaryColumn, MapColumn, stringColumn, TupleColumn, u32Column, writeBlock} from './columns.ts';
import {readBlocks} from './read.ts';
import {ByteSink} from './sink.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A column of every kind; the fifth row of each block has nothing in its lists. */
function blockOf(rows: number, seed: number): Uint8Array {
  const columns = {
    number: u32Column(),
    text: stringColumn(),
    label: new DictionaryColumn(),
    map: new MapColumn(new DictionaryColumn(), stringColumn()),
    list: new ArrayColumn(new TupleColumn({at: u32Column(), name: new DictionaryColumn(), texts: stringColumn()})),
    last: u32Column(),
  };
  for (let row = 0; row < rows; row++) {
    const text = bytesOf('x'.repeat((row * seed) % 300));
    const count = row === 4 ? 0 : (row * seed) % 3;
    columns.number.data.u32(row + seed);
    columns.text.data.string(text, 0, text.length);
    const label = bytesOf(`label ${row}`);
    columns.label.append(label, 0, label.length);
    for (let i = 0; i < count; i++) {
      columns.map.keys.append(text, 0, text.length);
      columns.map.values.data.string(label, 0, label.length);
      columns.list.items.elements.at.data.u32(i);
      columns.list.items.elements.name.append(label, 0, label.length);
      columns.list.items.elements.texts.data.string(text, 0, text.length);
    }
    columns.map.close(count);
    columns.list.close(count);
    columns.last.data.u32(row * seed);
  }
  return writeBlock(columns, rows, new ByteSink());
}

test('reading Native: columns that are passed over change nothing about the others', () => {
  // A block whose lists are all empty, and one of more labels than a byte counts.
  const bytes = new Uint8Array(Buffer.concat([blockOf(1, 7), blockOf(300, 11), blockOf(9, 13)]));
  const all = [...readBlocks(bytes)];
  expect(all.map(({rows}) => rows)).toEqual([1, 300, 9]);
  for (const name of ['number', 'text', 'label', 'map', 'last']) {
    const some = [...readBlocks(bytes, new Set([name, 'last']))];
    expect(some.map(({columns}) => [...columns.keys()])).toEqual(all.map(() => [...new Set([name, 'last'])]));
    expect(some.map(({columns}) => columns.get(name))).toEqual(all.map(({columns}) => columns.get(name)));
    expect(some.map(({columns}) => columns.get('last'))).toEqual(all.map(({columns}) => columns.get('last')));
  }
});

test('dictionary: rows that are taken away leave its values and their indexes', () => {
  const label = new DictionaryColumn();
  label.append(bytesOf('a'), 0, 1);
  label.append(bytesOf('b'), 0, 1);
  label.resetRows();
  label.push(1);
  const [block] = [...readBlocks(writeBlock({label}, 1, new ByteSink()))];
  const read = block?.columns.get('label');
  expect(read?.kind === 'dictionary' && [...read.indexes]).toEqual([1]);
  expect(label.intern(bytesOf('b'), 0, 1)).toBe(1);
});
