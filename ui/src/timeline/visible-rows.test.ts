import {expect, test} from 'vitest';
import {
  chooseSpans,
  errorOrigins,
  failedSpans,
  longestWork,
  nextSpan,
  placeIn,
  selectionOf,
  stepIn,
} from './selection.ts';
import {groupFacts} from './sibling-groups.ts';
import {randomTrace, type SpanSketch, traceOf} from './testing.ts';
import {layOutTrace} from './trace-layout.ts';
import {modelTrace} from './trace-model.ts';
import {
  type Folding,
  foldableDepth,
  foldedSpans,
  isGroup,
  isLabel,
  keptSpans,
  nothingFolded,
  ORPHANS_LABEL,
  RINGS_LABEL,
  reveal,
  spanOf,
  toggleFold,
  toggleGroup,
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
const failed = Uint8Array.from(spans.status, (status) => (status === 2 ? 1 : 0));
const show = (folding: Partial<Folding> = {}, errorsOnly = false): string =>
  [
    ...visibleRows(
      layout,
      foldedSpans(layout, {...nothingFolded, ...folding}),
      errorsOnly ? keptSpans(layout, failed) : undefined,
    ).rows,
  ]
    .map((span) => (span < 0 ? '|' : spans.spanId[span]))
    .join('');

test('visible rows: all rows, the orphans labelled', () => expect(show()).toBe('abcde|f'));
test('visible rows: rings and orphans are labelled apart, rings first', () => {
  const broken = traceOf(
    {id: 'r', start: 0, end: 9},
    {id: 'x', parent: 'y', start: 1, end: 5},
    {id: 'y', parent: 'x', start: 2, end: 4},
    {id: 'l', parent: 'lost', start: 3, end: 4},
  );
  const {rows} = visibleRows(layOutTrace(broken.spans), foldedSpans(layOutTrace(broken.spans), nothingFolded));
  const shown = Array.from(rows, (row) =>
    row === RINGS_LABEL ? '~' : row === ORPHANS_LABEL ? '|' : broken.spans.spanId[row],
  );
  expect(shown.join('')).toBe('r~xy|l');
  expect([RINGS_LABEL, ORPHANS_LABEL].map((row) => [isLabel(row), isGroup(row)])).toEqual([
    [true, false],
    [true, false],
  ]);
});
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
  const folding = reveal(layout, spans, {...nothingFolded, depth: 0}, layout.indexOf.get('d')!);
  expect(show(folding)).toBe('abcde|f');
  expect(reveal(layout, spans, folding, layout.indexOf.get('d')!)).toBe(folding);
  expect(show(reveal(layout, spans, {...nothingFolded, depth: 0}, layout.indexOf.get('e')!))).toBe('abe|f');
});
test('visible rows: the deepest depth worth folding', () => expect(foldableDepth(layout)).toBe(2));

test('selection: errors began where nothing below failed', () => {
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
test('selection: the longest work first, as much of it as is wanted', () => {
  const work = (count?: number) => [...longestWork(layout, count)].map((span) => spans.spanId[span]).join('');
  expect(work()).toBe('abcefd');
  expect(work(2)).toBe('ab');
});

test('selection: next and previous wrap around', () => {
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
    const folding = {
      depth: seed % 5 === 0 ? 2 : undefined,
      toggled: [`s${seed % 7}`, `s${seed % 11}`],
      spread: 'all' as const,
    };
    const folded = foldedSpans(tree, folding);
    const hidden = (span: number): boolean => {
      const up = tree.parent[span]!;
      return up >= 0 && (folded.below[up] === 1 || hidden(up));
    };
    const rows = visibleRows(tree, folded).rows.filter((span) => span >= 0);
    expect([...rows]).toEqual([...tree.order].filter((span) => !hidden(span)));
  },
);

/** Rows with their level; a group as its size in brackets. */
function crowd(folding: Partial<Folding>, only: readonly string[] = [], ...more: readonly SpanSketch[]): string {
  const all = crowded(...more);
  const tree = layOutTrace(all.spans);
  const marks = Uint8Array.from(all.spans.spanId, (id) => (only.includes(id) ? 1 : 0));
  const {rows, level} = visibleRows(
    tree,
    foldedSpans(tree, {...nothingFolded, ...folding}),
    only.length > 0 ? keptSpans(tree, marks) : undefined,
  );
  return Array.from(rows, (row, i) => {
    const name = isGroup(row) ? `[${tree.groups.size[spanOf(row)]}]` : all.spans.spanId[row];
    return `${level[i]}${name}`;
  }).join(' ');
}
/** Five queries among which something else happened, one with a span below it. */
const crowded = (...more: readonly SpanSketch[]) =>
  traceOf(
    {id: 'a', start: 0, end: 99},
    ...[1, 2, 3, 4, 5].map((n) => ({id: `q${n}`, parent: 'a', name: 'query', start: 10 * n, end: 10 * n + 5})),
    {id: 'x', parent: 'a', start: 22, end: 23},
    {id: 'below', parent: 'q4', start: 41, end: 42, error: true},
    ...more,
  );
test('sibling groups: five equal siblings are one row, where the first of them stands', () =>
  expect(crowd({})).toBe('0a 1[5] 1x'));
test('sibling groups: shown one by one, they stand below the row that held them', () =>
  expect(crowd({spread: ['q1']})).toBe('0a 1[5] 2q1 2q2 2q3 2q4 3below 2q5 1x'));
test('sibling groups: any member names its group', () => expect(crowd({spread: ['q3']})).toBe(crowd({spread: ['q1']})));
test('sibling groups: folding by depth leaves them as they are', () =>
  expect(crowd({depth: 1, spread: 'all'})).toBe('0a 1[5] 2q1 2q2 2q3 2q4 2q5 1x'));
test('sibling groups: where only some spans are wanted, there are none', () =>
  expect(crowd({}, ['q2', 'below'])).toBe('0a 1q2 1q4 2below'));
test('sibling groups: another kind or service is another group', () =>
  expect(crowd({}, [], {id: 'q6', parent: 'a', name: 'query', kind: 3, start: 60, end: 61})).toBe('0a 1[5] 1x 1q6'));
test('sibling groups: four are four rows', () =>
  expect(
    [...visibleRows(layOutTrace(four.spans), foldedSpans(layOutTrace(four.spans), nothingFolded)).rows].length,
  ).toBe(5));
const four = traceOf(
  {id: 'a', start: 0, end: 99},
  ...[1, 2, 3, 4].map((n) => ({id: `q${n}`, parent: 'a', name: 'query', start: 10 * n, end: 10 * n + 5})),
);
test('sibling groups: revealing a span below a member shows the members', () => {
  const {spans} = crowded();
  const tree = layOutTrace(spans);
  const folding = reveal(tree, spans, nothingFolded, tree.indexOf.get('below')!);
  expect(folding.spread).toEqual(['q1']);
  expect(reveal(tree, spans, folding, tree.indexOf.get('below')!)).toBe(folding);
  expect(toggleGroup(tree, spans, folding, tree.indexOf.get('q1')!).spread).toEqual([]);
  expect(toggleGroup(tree, spans, {...folding, spread: 'all'}, tree.indexOf.get('q1')!).spread).toEqual([]);
});
test('sibling groups: their sum, their longest, and those that failed or below which something did', () => {
  const model = modelTrace(crowded());
  const facts = groupFacts(model, model.layout.indexOf.get('q1')!);
  expect({...facts, members: [...facts.members].map((span) => model.trace.spans.spanId[span])}).toEqual({
    members: ['q1', 'q2', 'q3', 'q4', 'q5'],
    sum: 25,
    longest: 5,
    from: 10,
    to: 55,
    failed: 1,
  });
});

test('selection: ranked spans are stepped through by rank, others on from where one stands', () => {
  const model = modelTrace(trace);
  const name = (span: number | undefined) => (span === undefined ? undefined : spans.spanId[span]);
  const work = chooseSpans(model, 'work');
  expect(name(stepIn(work, layout, layout.indexOf.get('b'), 1))).toBe('c');
  expect(name(stepIn(work, layout, undefined, 1))).toBe('a');
  expect(name(stepIn(work, layout, undefined, -1))).toBe('d');
  const found = selectionOf(layout, 'find', Int32Array.of(layout.indexOf.get('b')!, layout.indexOf.get('e')!));
  expect(name(stepIn(found, layout, layout.indexOf.get('c'), 1))).toBe('e');
  expect(placeIn(found, layout.indexOf.get('e'))).toBe(1);
  expect(placeIn(found, layout.indexOf.get('c'))).toBe(-1);
});
test('selection: a caller that waits for a server in the trace does not work, one that calls a database does', () => {
  const calls = modelTrace(
    traceOf(
      {id: 'a', start: 0, end: 100},
      {id: 'call', parent: 'a', kind: 3, start: 0, end: 60},
      {id: 'served', parent: 'call', kind: 2, start: 20, end: 30},
      {id: 'select', parent: 'a', kind: 3, start: 70, end: 90},
    ),
  );
  const {work, self, indexOf} = calls.layout;
  const of = (values: Float64Array) => ['a', 'call', 'served', 'select'].map((id) => values[indexOf.get(id)!]);
  expect(of(self)).toEqual([20, 50, 10, 20]);
  expect(of(work)).toEqual([20, 0, 10, 20]);
});
