/** What queries find: beside Tempo's answers, and where Weft differs from it on purpose. */
import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {toHex} from '../base/index.ts';
import {type AnyValue, appendAttribute, createSpanBatch} from '../model/index.ts';
import {check, Evaluator, fold, MetricsEvaluator, type Pipeline, parse, type Query, SpanView, textOf} from './index.ts';
import {arbitraryTraces, firstStart} from './testing.ts';

const {spansets, series} = JSON.parse(
  readFileSync(new URL('../../../fixtures/traceql/answers.json', import.meta.url), 'utf8'),
) as {spansets: [string, Record<string, string[]>][]; series: [string, Record<string, number[]>][]};

function queryOf(text: string): Query {
  const parsed = parse(text);
  if (parsed.kind === 'faulty') throw new Error(`${text}: ${JSON.stringify(parsed.faults)}`);
  expect(check(fold(parsed.value)), text).toEqual([]);
  return fold(parsed.value);
}
const evaluate = (view: SpanView, text: string, trace: number) =>
  new Evaluator(view).evaluate(queryOf(text).root as Pipeline, trace);
const oneType = {whole: true, arrays: false, typed: true};

describe('traceql: finds what Tempo finds', () => {
  const view = new SpanView(arbitraryTraces(6, 25, oneType));
  const id = (row: number): string => toHex(view.batch.spans.columns.spanId.get(row)).slice(0, 4);
  it.each(spansets)('%s', (text, found) => {
    const ours = view.traces.flatMap((trace, i) => {
      const sets = evaluate(view, text, i).map(({rows}) => rows.map(id).sort().join(' '));
      return sets.length === 0 ? [] : [[trace.id.replace(/^0+/, '').slice(0, 6), sets.sort()] as const];
    });
    const sorted = Object.entries(found).map(([trace, sets]) => [
      trace,
      sets.map((set) => set.split(' ').sort().join(' ')).sort(),
    ]);
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(sorted));
  });
});

describe('traceql: series are those of Tempo', () => {
  const view = new SpanView(arbitraryTraces(11, 30, oneType));
  const step = 15_000_000_000n;
  const from = firstStart + 7_300_000_000n;
  const start = from - (from % step) - step;
  const range = {start, end: start + 12n * step, step, instant: false};
  const labelOf = (value: Parameters<typeof textOf>[0]): string => {
    if (value.type === 'int') return `int_value:${value.value} `;
    if (value.type === 'float') return `double_value:${value.value} `;
    if (value.type === 'boolean') return `bool_value:${value.value} `;
    return `string_value:${JSON.stringify(textOf(value))} `;
  };
  it.each(series)('%s', (text, expected) => {
    const evaluator = new MetricsEvaluator(queryOf(text).root as never, range, {exemplars: 0, series: 10_000});
    evaluator.observe(view);
    const ours = evaluator.series().map(({labels, values}) => {
      const name = labels.map((label) => `${label.name}=${labelOf(label.value)}`).sort();
      const present = [...values].filter((value) => !Number.isNaN(value)).map((value) => Number(value.toPrecision(9)));
      return [name.join(','), present] as const;
    });
    expect(Object.fromEntries(ours.filter(([, values]) => values.length > 0))).toEqual(expected);
  });
});

interface TestSpan {
  readonly id: number;
  readonly parent?: number;
  readonly trace?: number;
  readonly attributes?: Readonly<Record<string, AnyValue>>;
  readonly events?: readonly Readonly<Record<string, AnyValue>>[];
}
const text = (value: string): AnyValue => ({type: 'string', value});
const int = (value: bigint): AnyValue => ({type: 'int', value});

function viewOf(list: readonly TestSpan[]): SpanView {
  const batch = createSpanBatch();
  batch.resources.add();
  batch.scopes.add();
  const {columns} = batch.spans;
  const write = (attributes: Readonly<Record<string, AnyValue>> = {}): readonly [number, number] => {
    const from = batch.attributes.count;
    for (const [key, value] of Object.entries(attributes)) appendAttribute(batch.attributes, batch.heap, key, value);
    return [from, Object.keys(attributes).length];
  };
  for (const {id, parent, trace = 1, attributes, events = []} of list) {
    const row = batch.spans.add();
    columns.traceId.set(row, new Uint8Array(16).fill(trace));
    columns.spanId.set(row, new Uint8Array(8).fill(id));
    if (parent !== undefined) columns.parentSpanId.set(row, new Uint8Array(8).fill(parent));
    columns.start.set(row, firstStart + BigInt(row));
    columns.end.set(row, firstStart + BigInt(row) + 1000n);
    columns.attributes.setPair(row, ...write(attributes));
    const first = batch.events.count;
    for (const event of events) {
      const at = batch.events.add();
      batch.events.columns.attributes.setPair(at, ...write(event));
    }
    columns.events.setPair(row, first, events.length);
  }
  return new SpanView(batch);
}
/** The ids of the spans of the sets of the first trace. */
const found = (spans: readonly TestSpan[], query: string): number[][] => {
  const view = viewOf(spans);
  return evaluate(view, query, 0).map(({rows}) =>
    rows.map((row) => view.batch.spans.columns.spanId.get(row)[0] as number),
  );
};

describe('traceql: trees', () => {
  const tree: TestSpan[] = [
    {id: 1},
    {id: 2, parent: 1},
    {id: 3, parent: 1},
    {id: 4, parent: 2},
    {id: 5, parent: 4},
    // Its parent has not arrived; the one below it has one all the same.
    {id: 6, parent: 99},
    {id: 7, parent: 6},
    {id: 8, parent: 99},
  ].map((span) => ({...span, attributes: {n: int(BigInt(span.id))}}));
  const n = (value: number): string => `{ .n = ${value} }`;
  it.each([
    [`${n(1)} > {}`, [2, 3]],
    [`${n(1)} >> {}`, [2, 3, 4, 5]],
    [`${n(1)} !>> {}`, [1, 6, 7, 8]],
    [`${n(1)} !> {}`, [1, 4, 5, 6, 7, 8]],
    [`${n(5)} < {}`, [4]],
    [`${n(5)} << {}`, [1, 2, 4]],
    [`${n(2)} ~ {}`, [3]],
    [`${n(6)} ~ {}`, [8]],
    [`${n(6)} >> {}`, [7]],
    [`${n(1)} &> {}`, [1, 2, 3]],
    [`{} &>> ${n(5)}`, [1, 2, 4, 5]],
    [`${n(2)} &~ ${n(3)}`, [2, 3]],
    ['{ nestedSetParent = -1 }', [1]],
    ['{ span:childCount = 2 }', [1]],
    ['{ parent.n = 1 }', [2, 3]],
    ['{ nestedSetLeft > 1 && nestedSetRight < 10 && nestedSetParent != 0 }', [2, 3, 4, 5]],
  ])('%s', (query, ids) => expect(found(tree, query)).toEqual([ids]));
  it('cuts a cycle of parents at its first span', () => {
    const cycle = [
      {id: 1, parent: 3},
      {id: 2, parent: 1},
      {id: 3, parent: 2},
    ];
    expect(found(cycle, '{} >> {}')).toHaveLength(1);
    expect(found(cycle, '{ nestedSetLeft > 0 && nestedSetRight > nestedSetLeft }')).toEqual([[1, 2, 3]]);
  });
  it('walks a tree that is deeper than the stack', () => {
    const deep = Array.from({length: 254}, (_each, i) => ({id: i + 1, ...(i > 0 && {parent: i})}));
    expect(found(deep, '{ nestedSetLeft = 254 && nestedSetRight = 255 }')).toEqual([[254]]);
    expect(found(deep, '{ nestedSetParent = -1 } >> {}')[0]).toHaveLength(253);
  });
});

describe('traceql: values', () => {
  const spans: TestSpan[] = [
    {
      id: 1,
      attributes: {
        a: int(2n ** 53n + 1n),
        list: {type: 'array', value: [text('x'), text('y')]},
        numbers: {type: 'array', value: [int(1n), int(7n)]},
        mixed: {type: 'array', value: [int(1n), text('x')]},
        yes: {type: 'bool', value: true},
      },
      events: [{e: text('one')}, {e: text('two')}],
    },
  ];
  it.each([
    ['{ .a = 9007199254740993 }', true],
    ['{ .a = 9007199254740992 }', false],
    ['{ .a > 9007199254740992 }', true],
    ['{ .a * 4 - .a = 27021597764222979 }', true],
    ['{ maxInt + 1 = minInt }', true],
    ['{ 2 ^ 10 = 1024 }', true],
    ['{ .list = "y" }', true],
    ['{ .list != "y" }', false],
    ['{ .list !~ "z" }', true],
    ['{ .numbers > 6 }', true],
    ['{ 6 > .numbers }', true],
    ['{ .numbers > 7 }', false],
    ['{ .mixed = `[1,"x"]` }', true],
    ['{ event.e = "two" }', true],
    ['{ event.e = "one" && event.e = "two" }', true],
    ['{ event.e != "one" }', true],
    ['{ event.e = "on" }', false],
    ['{ event.e =~ "t.*" }', true],
    ['{ .yes }', true],
    ['{ !.yes }', false],
    // Tempo ends the query with an error at each of these.
    ['{ !.nothing }', false],
    ['{ 1 / (.a - .a) = 1 }', false],
    ['{ .nothing || .yes }', true],
    ['{ .nothing = nil }', true],
    ['{ .nothing != 3 }', false],
    ['{ .a = "9007199254740993" }', false],
    ['{ resource.service.name = "unknown_service" }', true],
    ['{ trace:id = "0001010101010101010101010101010102" }', false],
    ['{ trace:id = "0001010101010101010101010101010101" }', true],
    ['{ name = "" && statusMessage = "" && kind = unspecified && status = unset }', true],
  ])('%s %s', (query, fits) => expect(found(spans, query)).toEqual(fits ? [[1]] : []));
});

describe('traceql: groups', () => {
  const spans: TestSpan[] = ['a', 'b', 'a'].map((g, i) => ({
    id: i + 1,
    attributes: {g: text(g), n: int(BigInt(i + 1))},
  }));
  it('keep their value and what was counted of them', () => {
    const sets = evaluate(viewOf(spans), '{} | by(.g) | count() > 1 | avg(.n) = 2', 0);
    expect(
      sets.map(({rows, attributes}) => [rows, attributes.map(({name, value}) => `${name} ${textOf(value)}`)]),
    ).toEqual([
      [
        [0, 2],
        ['by(.g) a', 'count() 2', 'avg(.n) 2.0'],
      ],
    ]);
  });
  it('are one set again behind coalesce()', () => {
    expect(found(spans, '{} | by(.g) | coalesce()')).toEqual([[1, 2, 3]]);
  });
  it('are not related to each other', () => {
    expect(() => found(spans, '({} | by(.g)) > {}')).toThrow(/Put `\| coalesce\(\)` behind it/);
  });
});

describe('traceql: exemplars', () => {
  it('are one a trace, named with all of the span, and no more than asked for', () => {
    const view = new SpanView(arbitraryTraces(1, 40));
    const range = {start: firstStart - 1n, end: firstStart + 100_000_000_000n, step: 10_000_000_000n, instant: false};
    const evaluator = new MetricsEvaluator(queryOf('{} | max_over_time(duration)').root as never, range, {
      exemplars: 10,
      series: 10,
    });
    evaluator.observe(view);
    const exemplars = evaluator.series().flatMap((one) => one.exemplars);
    expect(exemplars).toHaveLength(10);
    const traces = exemplars.map(({labels}) => textOf(labels.find(({name}) => name === 'trace:id')!.value));
    expect(new Set(traces).size).toBe(10);
    expect(exemplars.every(({value}) => (value ?? 0) > 0)).toBe(true);
    expect(exemplars[0]!.labels.map(({name}) => name)).toContain('resource.service.name');
  });
  it('leaves out series beyond the limit, and says so', () => {
    const range = {start: firstStart - 1n, end: firstStart + 100_000_000_000n, step: 10_000_000_000n, instant: true};
    const evaluator = new MetricsEvaluator(queryOf('{} | rate() by(span:id)').root as never, range, {
      exemplars: 0,
      series: 7,
    });
    evaluator.observe(new SpanView(arbitraryTraces(1, 40)));
    expect(evaluator.series()).toHaveLength(7);
    expect(evaluator.isCut).toBe(true);
  });
});
