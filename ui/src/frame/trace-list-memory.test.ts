import {expect, test} from 'vitest';
import {createTraceMemory, MAX_IDS, MAX_LISTS, MAX_SEEN} from './trace-list-memory.ts';

function storage(stored: Record<string, string> = {}) {
  return {
    stored,
    getItem: (key: string) => stored[key] ?? null,
    setItem: (key: string, value: string) => {
      stored[key] = value;
    },
  };
}

test('trace list: a trace knows the ones before and after it, and where the list is', () => {
  const memory = createTraceMemory(storage);
  memory.rememberList({href: '/?last=5m', traceIds: ['a', 'b', 'c']}, 0);
  expect(memory.neighbours('b', 1)).toEqual({previous: 'a', next: 'c', position: 2, count: 3, href: '/?last=5m'});
  expect(memory.neighbours('c', 1)).toMatchObject({previous: 'b', next: undefined});
  expect(memory.neighbours('d', 1)).toBeUndefined();
});

test('trace list: each step of the history has the list that it came from', () => {
  const memory = createTraceMemory(storage);
  memory.rememberList({href: '/first', traceIds: ['a', 'b']}, 0);
  memory.rememberList({href: '/second', traceIds: ['b', 'a']}, 2);
  expect(memory.neighbours('a', 1)?.href).toBe('/first');
  expect(memory.neighbours('a', 3)?.href).toBe('/second');
  // The same step shows another list after another search.
  memory.rememberList({href: '/third', traceIds: ['a']}, 2);
  expect(memory.neighbours('a', 3)?.href).toBe('/third');
});

test('trace list: lists and visits outlive a reload, and no more of them than the bound', () => {
  const disk = storage();
  const memory = createTraceMemory(() => disk);
  for (let step = 0; step <= MAX_LISTS; step++)
    memory.rememberList(
      {href: `/${step}`, traceIds: Array.from({length: MAX_IDS + 1}, (_, i) => `${step}-${i}`)},
      step,
    );
  for (let i = 0; i <= MAX_SEEN; i++) memory.markSeen(`seen ${i}`);
  const again = createTraceMemory(() => disk);
  expect(again.neighbours('0-0', 99)).toBeUndefined();
  expect(again.neighbours('1-0', 99)?.count).toBe(MAX_IDS);
  expect(again.seen().size).toBe(MAX_SEEN);
  expect(again.seen().has('seen 0')).toBe(false);
});

test('trace list: a storage that holds something else or refuses is as if it were empty', () => {
  const odd = createTraceMemory(() => storage({'weft.lists': '{"a":1}', 'weft.seen': 'no JSON'}));
  expect(odd.neighbours('a', 1)).toBeUndefined();
  const refusing = createTraceMemory(() => {
    throw new Error('SecurityError');
  });
  refusing.markSeen('a');
  expect(refusing.seen()).toEqual(new Set(['a']));
});

test('trace list: who watches the visited traces is told of a new one, once', () => {
  const memory = createTraceMemory(storage);
  let told = 0;
  memory.subscribe(() => told++);
  memory.markSeen('a');
  memory.markSeen('a');
  expect(told).toBe(1);
});
