import {expect, test} from 'vitest';
import {FRAME_HEIGHT, frameAt, neighbour, placeOf} from './flame-draw.ts';
import {flameTree} from './flame-tree.ts';
import {traceOf} from './testing.ts';
import {layOutTrace} from './trace-layout.ts';

const trace = traceOf(
  {id: 'a', start: 0, end: 100},
  {id: 'b', parent: 'a', start: 0, end: 60},
  {id: 'c', parent: 'a', start: 60, end: 90},
  {id: 'd', parent: 'c', start: 60, end: 90},
);
const tree = flameTree(trace, layOutTrace(trace.spans));
const frame = (name: string): number => tree.name.indexOf(trace.names.indexOf(name));
const name = (found: number | undefined) =>
  found === undefined ? undefined : found === 0 ? 'whole' : trace.names[tree.name[found]!];

test.each([
  [0.3, 0, 'whole'],
  [0.3, 1, 'a'],
  [0.3, 2, 'b'],
  [0.7, 2, 'c'],
  [0.7, 3, 'd'],
  [0.95, 2, undefined],
  [0.3, 3, undefined],
])('flame draw: at %d, level %d is %s', (share, level, found) =>
  expect(name(frameAt(tree, 0, share, level * FRAME_HEIGHT + 3))).toBe(found),
);

test('flame draw: a focused frame fills the width, with those above it', () => {
  const focused = frame('c');
  expect(placeOf(tree, focused, focused)).toEqual([0, 1]);
  expect(placeOf(tree, focused, frame('a'))?.map((share) => Math.round(share * 1e6) / 1e6)).toEqual([0, 1]);
  expect(placeOf(tree, focused, frame('b'))).toBeUndefined();
  expect(name(frameAt(tree, focused, 0.01, 3 * FRAME_HEIGHT))).toBe('d');
});

test('flame draw: arrow keys', () => {
  expect(name(neighbour(tree, frame('a'), 'down'))).toBe('b');
  expect(name(neighbour(tree, frame('b'), 'right'))).toBe('c');
  expect(name(neighbour(tree, frame('c'), 'left'))).toBe('b');
  expect(name(neighbour(tree, frame('d'), 'up'))).toBe('c');
  expect(name(neighbour(tree, frame('d'), 'down'))).toBe('d');
  expect(name(neighbour(tree, 0, 'up'))).toBe('whole');
});
