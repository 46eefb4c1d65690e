import {expect, test} from 'vitest';
import {closingEdges, crossings, edgePath, type LaidEdge, layOutGraph, nodeSize} from './layout.ts';

const edges = (...pairs: string[]): LaidEdge[] =>
  pairs.map((pair) => ({id: pair, from: pair.split('>')[0] as string, to: pair.split('>')[1] as string}));
const nodesOf = (list: readonly LaidEdge[]): string[] => [...new Set(list.flatMap(({from, to}) => [from, to]))];

test('map layout: whoever calls is to the left of what it calls, by the longest way', () => {
  const list = edges('a>b', 'b>c', 'a>c', 'c>d', 'x>d');
  const {spots} = layOutGraph(nodesOf(list), list);
  expect(['a', 'b', 'c', 'd', 'x'].map((id) => spots.get(id)?.layer)).toEqual([0, 1, 2, 3, 0]);
  for (const {from, to} of list) expect(spots.get(from)!.x).toBeLessThan(spots.get(to)!.x);
});

test('map layout: a cycle is broken where it comes back to the first caller, and a service that calls itself stays', () => {
  const list = edges('user>a', 'a>b', 'b>c', 'c>a', 'b>b');
  expect([...closingEdges(nodesOf(list), list)].sort()).toEqual(['b>b', 'c>a']);
  const {spots} = layOutGraph(nodesOf(list), list);
  expect(['user', 'a', 'b', 'c'].map((id) => spots.get(id)?.layer)).toEqual([0, 1, 2, 3]);
});

test('map layout: edges that cross are uncrossed where that can be', () => {
  const list = edges('a>z', 'b>y', 'c>x');
  const {spots} = layOutGraph(['a', 'b', 'c', 'x', 'y', 'z'], list);
  const layers = [0, 1].map((layer) =>
    [...spots]
      .filter(([, spot]) => spot.layer === layer)
      .sort(([, a], [, b]) => a.y - b.y)
      .map(([id]) => id),
  );
  expect(crossings(layers, list)).toBe(0);
});

test('map layout: no two of 300 services lie on each other, and all within the picture', () => {
  const list = Array.from({length: 299}, (_, i) => ({id: `${i}`, from: `s${Math.floor(i / 3)}`, to: `s${i + 1}`}));
  const {spots, width, height} = layOutGraph(nodesOf(list), list);
  const all = [...spots.values()];
  expect(all).toHaveLength(300);
  for (const [i, one] of all.entries()) {
    expect(one.x >= 0 && one.y >= 0 && one.x + nodeSize.width <= width && one.y + nodeSize.height <= height).toBe(true);
    for (const other of all.slice(i + 1)) {
      if (one.x === other.x) expect(Math.abs(one.y - other.y)).toBeGreaterThanOrEqual(nodeSize.height);
    }
  }
});

test('map layout: a path begins and ends at the sides of its nodes', () => {
  expect(edgePath({x: 0, y: 0, layer: 0}, {x: 300, y: 100, layer: 1})).toMatch(/^M168,22 C.* 300,122$/);
  expect(edgePath({x: 300, y: 0, layer: 1}, {x: 0, y: 0, layer: 0})).toMatch(/^M468,22 C.* 0,22$/);
});

test('map layout: nothing at all has a size', () => {
  expect(layOutGraph([], []).width).toBeGreaterThan(0);
});
