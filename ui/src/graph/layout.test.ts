import {expect, test} from 'vitest';
import {closingEdges, crossings, type LaidEdge} from './layers.ts';
import {type Layout, layOutGraph, nodeHeight} from './layout.ts';

const edges = (...pairs: string[]): LaidEdge[] =>
  pairs.map((pair) => ({id: pair, from: pair.split('>')[0] as string, to: pair.split('>')[1] as string}));
const nodesOf = (list: readonly LaidEdge[]): string[] => [...new Set(list.flatMap(({from, to}) => [from, to]))];

test('graph layout: whoever calls is to the left of what it calls, by the longest way', () => {
  const list = edges('a>b', 'b>c', 'a>c', 'c>d', 'x>d');
  const {spots} = layOutGraph(nodesOf(list), list);
  expect(['a', 'b', 'c', 'd', 'x'].map((id) => spots.get(id)?.layer)).toEqual([0, 1, 2, 3, 0]);
  for (const {from, to} of list) expect(spots.get(from)!.x).toBeLessThan(spots.get(to)!.x);
});

test('graph layout: a cycle is broken where it comes back to the first caller, and a service that calls itself stays', () => {
  const list = edges('user>a', 'a>b', 'b>c', 'c>a', 'b>b');
  expect([...closingEdges(nodesOf(list), list)].sort()).toEqual(['b>b', 'c>a']);
  const {spots} = layOutGraph(nodesOf(list), list);
  expect(['user', 'a', 'b', 'c'].map((id) => spots.get(id)?.layer)).toEqual([0, 1, 2, 3]);
});

test('graph layout: edges that cross are uncrossed where that can be', () => {
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

test('graph layout: no two of 300 services lie on each other, and all within the picture', () => {
  const list = Array.from({length: 299}, (_, i) => ({id: `${i}`, from: `s${Math.floor(i / 3)}`, to: `s${i + 1}`}));
  const {spots, width, height, nodeWidth} = layOutGraph(nodesOf(list), list);
  const all = [...spots.values()];
  expect(all).toHaveLength(300);
  for (const [i, one] of all.entries()) {
    expect(one.x >= 0 && one.y >= 0 && one.x + nodeWidth <= width && one.y + nodeHeight <= height).toBe(true);
    for (const other of all.slice(i + 1)) {
      if (one.x === other.x) expect(Math.abs(one.y - other.y)).toBeGreaterThanOrEqual(nodeHeight);
    }
  }
});

/** The ids of nodes that a line runs behind: of points along it, ends left out. */
function behind({spots, lines, nodeWidth}: Layout, {id, from, to}: LaidEdge): string[] {
  const hit = new Set<string>();
  for (const [x, y] of along(lines.get(id)!.path)) {
    for (const [node, spot] of spots) {
      if (node === from || node === to) continue;
      if (x > spot.x && x < spot.x + nodeWidth && y > spot.y && y < spot.y + nodeHeight) hit.add(node);
    }
  }
  return [...hit];
}

/** Points of a path of M, L, C, and of h, q, V, H as lines. */
function along(path: string): [number, number][] {
  const points: [number, number][] = [];
  let [x, y] = [0, 0];
  const goTo = (tx: number, ty: number): void => {
    for (let i = 1; i <= 20; i++) points.push([x + ((tx - x) * i) / 20, y + ((ty - y) * i) / 20]);
    [x, y] = [tx, ty];
  };
  for (const [, command, rest] of path.matchAll(/([MLChqVH])([^MLChqVH]*)/g)) {
    const n = rest!.match(/-?[\d.]+/g)!.map(Number) as [number, number, number, number, number, number];
    if (command === 'M') [x, y] = [n[0], n[1]];
    else if (command === 'L') goTo(n[0], n[1]);
    else if (command === 'h') goTo(x + n[0], y);
    else if (command === 'q') goTo(x + n[2], y + n[3]);
    else if (command === 'H') goTo(n[0], y);
    else if (command === 'V') goTo(x, n[0]);
    else {
      const start = [x, y] as const;
      for (let i = 1; i <= 40; i++) {
        const t = i / 40;
        const at = (a: number, b: number, c: number, d: number): number =>
          (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t ** 2 * c + t ** 3 * d;
        points.push([at(start[0], n[0], n[2], n[4]), at(start[1], n[1], n[3], n[5])]);
      }
      [x, y] = [n[4], n[5]];
    }
  }
  return points;
}

test('graph layout: a line goes from the right of its caller to the left of the called one', () => {
  const list = edges('a>b');
  const {lines, spots, nodeWidth} = layOutGraph(['a', 'b'], list);
  const points = along(lines.get('a>b')!.path);
  expect(points.at(-1)).toEqual([spots.get('b')!.x, spots.get('b')!.y + nodeHeight / 2]);
  expect(points[0]![0]).toBeGreaterThan(spots.get('a')!.x + nodeWidth);
});

test.each([
  ['that pass a column', ['a>b', 'b>c', 'a>c', 'c>d', 'a>d']],
  ['that go back', ['a>b', 'b>c', 'a>x', 'x>y', 'c>a', 'c>b']],
  ['to itself', ['a>b', 'a>c', 'b>b', 'c>c']],
] as const)('graph layout: edges %s run behind no node, and stay within the picture', (_, pairs) => {
  const list = edges(...pairs);
  for (const place of [undefined, 700]) {
    const layout = layOutGraph(nodesOf(list), list, place);
    for (const edge of list) {
      expect(behind(layout, edge), edge.id).toEqual([]);
      for (const [x, y] of along(layout.lines.get(edge.id)!.path)) {
        expect(x >= 0 && x <= layout.width && y >= 0 && y <= layout.height, `${edge.id} at ${x},${y}`).toBe(true);
      }
    }
  }
});

test('graph layout: six columns fit into their place, gaps first, until they could not be read', () => {
  const list = edges('a>b', 'b>c', 'c>d', 'd>e', 'e>f');
  const at = (place: number | undefined) => layOutGraph(nodesOf(list), list, place);
  expect(at(undefined)).toMatchObject({nodeWidth: 168, width: 1520});
  expect(at(3000).width).toBe(1520);
  const wide = at(1400);
  expect(wide.nodeWidth).toBe(168);
  expect(wide.width).toBeLessThanOrEqual(1400);
  const narrow = at(950);
  expect(narrow.nodeWidth).toBeLessThan(168);
  expect(narrow.width).toBeLessThanOrEqual(950);
  expect(at(300)).toMatchObject({nodeWidth: 112, width: at(700).width});
});

test('graph layout: nothing at all has a size', () => {
  expect(layOutGraph([], []).width).toBeGreaterThan(0);
});
