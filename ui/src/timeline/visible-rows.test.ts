import {expect, test} from 'vitest';
import {randomTrace, traceOf} from './testing.ts';
import {layOutTrace} from './trace-layout.ts';
import {
  errorOrigins,
  failedSpans,
  foldableDepth,
  foldedSpans,
  longestWork,
  nextSpan,
  nothingFolded,
  reveal,
  toggleFold,
  visibleRows,
} from './visible-rows.ts';

const trace = traceOf(
  {id: 'a', start: 0, end: 99},
  {id: 'b', parent: 'a', start: 1, end: 50},
  {id: 'c', parent: 'b', start: 2, end: 20},
  {id: 'd', parent: 'c', start: 3, end: 10, error: true},
  {id: 'e', parent: 'a', start: 60, end: 70},
  {id: 'f', parent: 'lost', start: 80, end: 90},
);
const {spans} = trace;
const layout = layOutTrace(spans);
const show = (folding = nothingFolded, errorsOnly = false): string =>
  [...visibleRows(layout, spans, foldedSpans(layout, folding), errorsOnly)]
    .map((span) => (span < 0 ? '|' : spans.spanId[span]))
    .join('');

test('visible rows: all rows, the orphans labelled', () => expect(show()).toBe('abcde|f'));
test('visible rows: one folded', () => expect(show({depth: undefined, toggled: ['b']})).toBe('abe|f'));
test('visible rows: folded from a depth down', () => expect(show({depth: 1, toggled: []})).toBe('abe|f'));
test('visible rows: all folded but one', () => expect(show({depth: 0, toggled: ['a']})).toBe('abe|f'));
test('visible rows: an id that is not in the trace folds nothing', () =>
  expect(show({depth: undefined, toggled: ['zz']})).toBe('abcde|f'));
test('visible rows: errors and the way to them', () => expect(show(nothingFolded, true)).toBe('abcd'));
test('visible rows: errors below a folded span', () => expect(show({depth: 1, toggled: []}, true)).toBe('ab'));
test('visible rows: toggling twice is nothing', () =>
  expect(toggleFold(toggleFold(nothingFolded, 'b'), 'b')).toEqual(nothingFolded));
test('visible rows: revealing unfolds exactly the way down', () => {
  const folding = reveal(layout, spans, {depth: 0, toggled: []}, layout.indexOf.get('d')!);
  expect(show(folding)).toBe('abcde|f');
  expect(reveal(layout, spans, folding, layout.indexOf.get('d')!)).toBe(folding);
  expect(show(reveal(layout, spans, {depth: 0, toggled: []}, layout.indexOf.get('e')!))).toBe('abe|f');
});
test('visible rows: the deepest depth worth folding', () => expect(foldableDepth(layout)).toBe(2));

test('visible rows: errors began where nothing below failed', () => {
  const failing = traceOf(
    {id: 'a', start: 0, end: 99, error: true},
    {id: 'b', parent: 'a', start: 1, end: 50, error: true},
    {id: 'c', parent: 'b', start: 2, end: 20},
    {id: 'd', parent: 'c', start: 3, end: 10, error: true},
    {id: 'e', parent: 'a', start: 60, end: 70, error: true},
  );
  const origins = errorOrigins(layOutTrace(failing.spans), failing.spans);
  expect([...origins].map((span) => failing.spans.spanId[span])).toEqual(['d', 'e']);
});
test('visible rows: the longest work first, as much of it as is wanted', () => {
  const work = (count?: number) => [...longestWork(layout, count)].map((span) => spans.spanId[span]).join('');
  expect(work()).toBe('abcefd');
  expect(work(2)).toBe('ab');
});

test('visible rows: next and previous wrap around', () => {
  const b = layout.indexOf.get('b')!;
  const e = layout.indexOf.get('e')!;
  const candidates = Int32Array.of(b, e);
  expect(nextSpan(candidates, layout, undefined, 1)).toBe(b);
  expect(nextSpan(candidates, layout, b, 1)).toBe(e);
  expect(nextSpan(candidates, layout, e, 1)).toBe(b);
  expect(nextSpan(candidates, layout, layout.indexOf.get('c')!, 1)).toBe(e);
  expect(nextSpan(candidates, layout, b, -1)).toBe(e);
  expect(nextSpan(candidates, layout, undefined, -1)).toBe(e);
  expect(nextSpan(failedSpans(layout, spans), layout, e, 1)).toBe(layout.indexOf.get('d'));
  expect(nextSpan(new Int32Array(0), layout, e, 1)).toBeUndefined();
});

test.each(Array.from({length: 100}, (_, seed) => seed))(
  'visible rows: a row shows exactly when nothing above it is folded (seed %d)',
  (seed) => {
    const random = randomTrace(seed, 40, seed % 3 === 0);
    const tree = layOutTrace(random.spans);
    const folding = {depth: seed % 5 === 0 ? 2 : undefined, toggled: [`s${seed % 7}`, `s${seed % 11}`]};
    const folded = foldedSpans(tree, folding);
    const hidden = (span: number): boolean => {
      const up = tree.parent[span]!;
      return up >= 0 && (folded[up] === 1 || hidden(up));
    };
    const rows = visibleRows(tree, random.spans, folded, false).filter((span) => span >= 0);
    expect([...rows]).toEqual([...tree.order].filter((span) => !hidden(span)));
  },
);
