import {criticalPath} from '@weft/server/trace-shape';
import {expect, test} from 'vitest';
import {randomTrace, type SpanSketch, traceOf} from './testing.ts';
import {modelTrace} from './trace-model.ts';

/** The path as text, from the end to the beginning: `C 60-101, E 50-60`. */
function path(...spans: readonly SpanSketch[]): string {
  const model = modelTrace(traceOf(...spans));
  const {parts} = criticalPath(model.trace.spans, model.layout);
  return [...parts]
    .flatMap(([span, list]) =>
      list.map(([from, to]) => ({id: spans.length > 0 ? model.trace.spans.spanId[span] : '', from, to})),
    )
    .sort((a, b) => b.to - a.to)
    .map(({id, from, to}) => `${id} ${from}-${to}`)
    .join(', ');
}
const f = (title: string, expected: string, ...spans: readonly SpanSketch[]) =>
  test(`critical path: ${title}`, () => expect(path(...spans)).toBe(expected));

// Facts: Jaeger UI's `CriticalPath/testCases`, by their numbers.
f(
  'children one after the other (Jaeger 1)',
  'C 60-101, E 50-60, C 40-50, D 20-40, C 1-20',
  {id: 'C', start: 1, end: 101},
  {id: 'D', parent: 'C', start: 20, end: 40},
  {id: 'E', parent: 'C', start: 50, end: 60},
);
f(
  'of two at the same time, the one that ended last (Jaeger 2)',
  'X 60-101, C 20-60, X 1-20',
  {id: 'X', start: 1, end: 101},
  {id: 'A', parent: 'X', start: 10, end: 50},
  {id: 'C', parent: 'X', start: 20, end: 60},
);
f(
  'nobody waits for a consumer (Jaeger 5)',
  'A 1-31',
  {id: 'A', kind: 4, start: 1, end: 31},
  {id: 'B', parent: 'A', kind: 5, start: 10, end: 20},
  {id: 'C', parent: 'B', start: 12, end: 14},
);
f(
  'a grandchild that starts too early counts from its parent on (Jaeger 6)',
  'B 25-35, C 15-25, A 1-15',
  {id: 'A', start: 1, end: 30},
  {id: 'B', parent: 'A', start: 15, end: 35},
  {id: 'C', parent: 'B', start: 10, end: 25},
);
f(
  'each outlives its parent (Jaeger 7, and on to the end of the trace)',
  'C 20-40, B 15-20, A 1-15',
  {id: 'A', start: 1, end: 30},
  {id: 'B', parent: 'A', start: 15, end: 35},
  {id: 'C', parent: 'B', start: 20, end: 40},
);
f(
  'a child that ended before its parent began (Jaeger 9)',
  'A 10-30',
  {id: 'A', start: 10, end: 30},
  {id: 'B', parent: 'A', start: 1, end: 5},
);
// Jaeger bounds the root (3 and 4); a trace lasts until its last span has ended, the time in the queue left out.
f(
  'a message taken later is what the trace lasts for',
  'C 55-60, B 50-55, P 15-20, A 1-15',
  {id: 'A', start: 1, end: 30},
  {id: 'P', parent: 'A', kind: 4, start: 15, end: 20},
  {id: 'B', parent: 'P', kind: 5, start: 50, end: 58},
  {id: 'C', parent: 'B', start: 55, end: 60},
);
f(
  'what hangs over is cut for whoever hangs below it as well',
  'A 60-100, C 50-60, B 10-50, A 0-10',
  {id: 'A', start: 0, end: 100},
  {id: 'B', parent: 'A', start: 10, end: 60},
  {id: 'C', parent: 'B', start: 50, end: 70},
);
f(
  'spans without a root',
  'B 50-60, A 10-30',
  {id: 'A', parent: 'gone', start: 10, end: 30},
  {id: 'B', parent: 'lost', start: 50, end: 60},
);

test.each(Array.from({length: 200}, (_, seed) => seed))(
  'critical path: its parts do not overlap, and lie in their spans (seed %d)',
  (seed) => {
    const model = modelTrace(randomTrace(seed, 60, seed % 2 === 0));
    const {parts, spans} = criticalPath(model.trace.spans, model.layout);
    expect(spans.length).toBe(parts.size);
    const all = [...parts].flatMap(([span, list]) => list.map(([from, to]) => ({span, from, to})));
    all.sort((a, b) => a.from - b.from);
    for (const [i, {span, from, to}] of all.entries()) {
      const start = model.trace.spans.start[span]!;
      expect(from).toBeGreaterThanOrEqual(start);
      expect(to).toBeLessThanOrEqual(start + model.trace.spans.duration[span]!);
      if (i > 0) expect(from).toBeGreaterThanOrEqual(all[i - 1]!.to);
    }
    expect(all.at(-1)?.to).toBe(Math.max(...model.trace.spans.start.map((s, i) => s + model.trace.spans.duration[i]!)));
  },
);

test('critical path: 100,000 spans in a chain and side by side need no recursion', () => {
  const chain = modelTrace(deep(100_000, (i) => i - 1));
  expect(criticalPath(chain.trace.spans, chain.layout).spans.length).toBe(100_000);
  const empty = modelTrace(deep(100_000, () => 0));
  expect(criticalPath(empty.trace.spans, empty.layout).spans.length).toBeGreaterThan(0);
});

function deep(count: number, parentOf: (i: number) => number) {
  const one = traceOf({id: 's0', start: 0, end: 1});
  const zero = Array.from({length: count}, () => 0);
  return {
    ...one,
    spans: {
      ...one.spans,
      spanId: zero.map((_, i) => `s${i}`),
      parentSpanId: zero.map((_, i) => (i === 0 ? '' : `s${parentOf(i)}`)),
      ...{service: zero, name: zero, host: zero, kind: zero, status: zero, events: zero, links: zero},
      start: zero.map((_, i) => i),
      duration: zero.map((_, i) => 2 * count - 2 * i),
    },
  };
}
