import {expect, test} from 'vitest';
import {createRecents, MAX_RECENTS, type Recent} from './recents.ts';

function storage(stored: Record<string, string> = {}) {
  return {
    getItem: (key: string) => stored[key] ?? null,
    setItem: (key: string, value: string) => {
      stored[key] = value;
    },
  };
}
const search = (n: number): Recent => ({href: `/?where=a=${n}`, name: `a=${n}`, kind: 'search'});

test('recents: the latest comes first, each once, and no more than the bound', () => {
  const disk = storage();
  const recents = createRecents(() => disk);
  for (let n = 0; n <= MAX_RECENTS; n++) recents.add(search(n));
  recents.add(search(5));
  expect(recents.list().slice(0, 2)).toEqual([search(5), search(MAX_RECENTS)]);
  expect(recents.list()).toHaveLength(MAX_RECENTS);
});

test('recents: an address of another site, or something else, is not one', () => {
  const stored = [
    {href: 'https://evil.example', name: 'x', kind: 'search'},
    {href: '//evil.example', name: 'x', kind: 'trace'},
    7,
    search(1),
  ];
  const disk = storage({'weft.recents': JSON.stringify(stored)});
  expect(createRecents(() => disk).list()).toEqual([search(1)]);
});
