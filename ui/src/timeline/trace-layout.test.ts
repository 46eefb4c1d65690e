import {expect, test} from 'vitest';
import {randomTrace, type SpanSketch, traceOf} from './testing.ts';
import {ancestors, layOutTrace, ORPHAN, RING} from './trace-layout.ts';

/** The tree as text: `root(child(grandchild) child)`, rings after `~`, orphans after `|`. */
function tree(...sketches: readonly SpanSketch[]): string {
  const {spans} = traceOf(...sketches);
  const layout = layOutTrace(spans);
  let text = '';
  let depth = 0;
  layout.order.forEach((span, at) => {
    const here = layout.depth[span]!;
    if (at === layout.firstRing && at < layout.firstOrphan) text += `${')'.repeat(depth)} ~`;
    else if (at === layout.firstOrphan) text += `${')'.repeat(depth)} |`;
    else if (here > depth) text += '(';
    else text += ')'.repeat(depth - here);
    text += `${text.endsWith('(') || text === '' ? '' : ' '}${spans.spanId[span]}`;
    depth = here;
  });
  return text + ')'.repeat(depth);
}

const f = (text: string, sketches: readonly SpanSketch[]) => test(text, () => expect(tree(...sketches)).toBe(text));

f('a', [{id: 'a', start: 0, end: 1}]);
f('a(b(d) c)', [
  {id: 'c', parent: 'a', start: 5, end: 6},
  {id: 'a', start: 0, end: 10},
  {id: 'd', parent: 'b', start: 2, end: 3},
  {id: 'b', parent: 'a', start: 1, end: 4},
]);
// A child that starts before its parent (clock skew) still hangs below it.
f('a(b)', [
  {id: 'b', parent: 'a', start: 0, end: 3},
  {id: 'a', start: 2, end: 9},
]);
f('a | b(c)', [
  {id: 'b', parent: 'lost', start: 0, end: 3},
  {id: 'c', parent: 'b', start: 1, end: 2},
  {id: 'a', start: 2, end: 9},
]);
// Two spans that name each other, and one that names itself.
f(' ~ a(b) c', [
  {id: 'a', parent: 'b', start: 0, end: 1},
  {id: 'b', parent: 'a', start: 1, end: 2},
  {id: 'c', parent: 'c', start: 3, end: 4},
]);
// Zipkin's two sides of a call share an id, whichever clock is ahead: client, server below it, and below that what it called.
f('a(x(x(y(z(z)))))', [
  {id: 'a', start: 0, end: 9, kind: 2},
  {id: 'x', parent: 'a', start: 1, end: 8, kind: 3},
  {id: 'x', parent: 'a', start: 2, end: 7, kind: 2},
  {id: 'y', parent: 'x', start: 3, end: 6},
  {id: 'z', parent: 'y', start: 3, end: 5, kind: 2},
  {id: 'z', parent: 'y', start: 4, end: 5, kind: 3},
]);
// A ring is cut at its earliest span, whichever span leads into it; what is lost is told from it.
f('r ~ b(c(d(t))) | l', [
  {id: 't', parent: 'd', start: 0, end: 9},
  {id: 'r', start: 1, end: 9},
  {id: 'b', parent: 'd', start: 2, end: 9},
  {id: 'c', parent: 'b', start: 3, end: 9},
  {id: 'd', parent: 'c', start: 4, end: 9},
  {id: 'l', parent: 'lost', start: 5, end: 9},
]);

test('trace layout: an empty trace has no rows', () => {
  const {spans} = traceOf();
  expect(layOutTrace(spans)).toMatchObject({count: 0, maxDepth: 0, firstOrphan: 0});
});

const selfOf = (...children: readonly [number, number][]): number => {
  const {spans} = traceOf(
    {id: 'a', start: 10, end: 110},
    ...children.map(([start, end], i) => ({id: `c${i}`, parent: 'a', start, end})),
  );
  const layout = layOutTrace(spans);
  return layout.self[layout.indexOf.get('a')!]!;
};
test.each([
  ['no children', [], 100],
  ['one child', [[20, 50]], 70],
  [
    'children one after the other',
    [
      [20, 30],
      [40, 60],
    ],
    70,
  ],
  [
    'children at the same time count once',
    [
      [20, 50],
      [30, 60],
      [35, 40],
    ],
    60,
  ],
  ['a child that outlives its parent', [[90, 500]], 80],
  ['a child that starts too early', [[0, 30]], 80],
  ['a child wholly outside', [[200, 300]], 100],
  ['a child as long as its parent', [[10, 110]], 0],
] as [string, [number, number][], number][])('self time with %s', (_, children, self) =>
  expect(selfOf(...children)).toBe(self),
);

test('trace layout: spans whose parent is not there are orphans', () => {
  const {spans} = traceOf({id: 'a', start: 10, end: 20}, {id: 'lost', parent: 'gone', start: 0, end: 50});
  expect(spans.spanId.filter((_, i) => layOutTrace(spans).orphan[i] === 1)).toEqual(['lost']);
});

test('trace layout: errors are counted above them', () => {
  const {spans} = traceOf(
    {id: 'a', start: 0, end: 9},
    {id: 'b', parent: 'a', start: 1, end: 9, error: true},
    {id: 'c', parent: 'b', start: 2, end: 9, error: true},
  );
  const layout = layOutTrace(spans);
  expect([...layout.errorsBelow]).toEqual([2, 1, 0]);
  expect(ancestors(layout, 2)).toEqual([0, 1]);
});

test.each(Array.from({length: 200}, (_, seed) => seed))(
  'trace layout: every span is drawn once, below its parent (seed %d)',
  (seed) => {
    const {spans} = randomTrace(seed, 1 + (seed % 60), seed % 2 === 1);
    const layout = layOutTrace(spans);
    expect([...layout.order].sort((a, b) => a - b)).toEqual(spans.spanId.map((_, i) => i));
    for (let span = 0; span < layout.count; span++) {
      const up = layout.parent[span]!;
      expect(layout.self[span]).toBeGreaterThanOrEqual(0);
      expect(layout.self[span]).toBeLessThanOrEqual(spans.duration[span]!);
      const above = layout.orphan[rootOf(span)];
      expect(layout.position[span]! >= layout.firstOrphan).toBe(above === ORPHAN);
      expect(layout.position[span]! >= layout.firstRing).toBe(above === ORPHAN || above === RING);
      if (up < 0) continue;
      expect(spans.spanId[up]).toBe(spans.parentSpanId[span]);
      expect(layout.depth[span]).toBe(layout.depth[up]! + 1);
      const offset = layout.position[span]! - layout.position[up]!;
      expect(offset).toBeGreaterThan(0);
      expect(offset).toBeLessThan(layout.size[up]!);
    }
    function rootOf(span: number): number {
      return layout.parent[span]! < 0 ? span : rootOf(layout.parent[span]!);
    }
  },
);

test('trace layout: a chain of 100,000 spans needs no recursion', () => {
  const sketches = Array.from({length: 100_000}, (_, i) => ({
    id: `s${i}`,
    name: 'op',
    start: i,
    end: 200_000 - i,
    ...(i === 0 ? {} : {parent: `s${i - 1}`}),
  }));
  const {spans} = {...traceOfLong(sketches)};
  expect(layOutTrace(spans)).toMatchObject({maxDepth: 99_999, firstOrphan: 100_000});
});

/** traceOf without spreading 100,000 arguments. */
function traceOfLong(sketches: readonly SpanSketch[]) {
  const one = traceOf({id: 's0', start: 0, end: 1});
  const zero = sketches.map(() => 0);
  return {
    ...one,
    spans: {
      spanId: sketches.map((span) => span.id),
      parentSpanId: sketches.map((span) => span.parent ?? ''),
      service: zero,
      name: zero,
      host: zero,
      kind: zero,
      status: zero,
      start: sketches.map((span) => span.start),
      duration: sketches.map((span) => span.end - span.start),
      events: zero,
      links: zero,
    },
  };
}
