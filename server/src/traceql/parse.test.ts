/** What is taken, refused and printed: beside Tempo's verdicts on queries put together by chance. */
import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {pointAt} from '../base/index.ts';
import {checkFilterSize} from '../query/index.ts';
import {check, fold, type Pipeline, parse, parsePartial, plan, print} from './index.ts';

const {accepted, refusedByParser, refusedByCheck} = JSON.parse(
  readFileSync(new URL('../../../fixtures/traceql/queries.json', import.meta.url), 'utf8'),
) as {accepted: [string, string | null][]; refusedByParser: string[]; refusedByCheck: string[]};

const faultsOf = (text: string) => {
  const parsed = parse(text);
  return parsed.kind === 'ok' ? check(fold(parsed.value)) : parsed.faults;
};
const tree = (text: string) => {
  const parsed = parse(text);
  if (parsed.kind === 'faulty') throw new Error(`${text}: ${JSON.stringify(parsed.faults)}`);
  return parsed.value;
};
/** Without places. */
const shape = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, each) =>
      key === 'at' || key === 'end' ? undefined : typeof each === 'bigint' ? `${each}n` : each,
    ),
  );

describe('traceql: as Tempo', () => {
  it('takes what Tempo takes, and prints it alike', () => {
    for (const [text, printed] of accepted) {
      expect(faultsOf(text), text).toEqual([]);
      if (printed !== null) expect(print(fold(tree(text)))).toBe(printed);
    }
  });
  it('refuses what its parser refuses', () => {
    for (const text of refusedByParser) expect(parse(text).kind, text).toBe('faulty');
  });
  it('refuses what its check refuses', () => {
    for (const text of refusedByCheck) {
      expect(parse(text).kind, text).toBe('ok');
      expect(faultsOf(text), text).not.toEqual([]);
    }
  });
  it('prints what reads as the same tree', () => {
    for (const text of [...accepted.map(([query]) => query), ...refusedByCheck]) {
      const printed = print(tree(text));
      expect(print(tree(printed)), text).toBe(printed);
      expect(shape(fold(tree(printed))), text).toEqual(shape(fold(tree(text))));
    }
  });
});

describe('traceql: beyond Tempo', () => {
  it.each([
    '{ parent.a != 3 }',
    '{ parent.resource.service.name = "shop" }',
    '({}) && ({} | count() > 1)',
    '{} >> ({} | count() > 1)',
    '({} | count() > 1) && ({}) | select(.a)',
  ])('takes %s', (text) => {
    expect(faultsOf(text)).toEqual([]);
    expect(print(tree(print(tree(text))))).toBe(print(tree(text)));
  });
});

describe('traceql: names, texts and numbers', () => {
  it.each([
    ['{ ."a \\" b" = 1 }', '{ ."a \\" b" = 1 }'],
    ['{ parent."span.a" = 1 }', '{ parent."span.a" = 1 }'],
    ['{ ."" = 1 }', '{ ."" = 1 }'],
    ['{ .a-b+1 > 2 }', '{ .a-b+1 > 2 }'],
    ['{ .a = "`\\n" }', '{ .a = "`\\n" }'],
    ['{ .a = minInt }', '{ .a = minInt }'],
    ['{ .a > 1d2h }', '{ .a > 26h0m0s }'],
    ['{ .a > 1.5h }', '{ .a > 1h30m0s }'],
    ['{ .a = 1 /* why */ // or not\n}', '{ .a = 1 }'],
    ['{ .a = .5 || .b && .c }', '{ ((.a = 0.5) || .b) && .c }'],
    ['{ -.a ^ 2 = 1 }', '{ (-(.a ^ 2)) = 1 }'],
  ])('%s', (text, printed) => expect(print(tree(text))).toBe(printed));
});

describe('traceql: faults say where, what was found, and what was expected', () => {
  it.each([
    [
      '{ foo = 3 }',
      2,
      'expected an attribute, an intrinsic or a value, found `foo`; an attribute begins with `.`, `span.` or `resource.`: `.foo`',
    ],
    ['{ .a = 3', 8, 'expected an operator or `}`, found the end'],
    ['{ .a == 3 }', 6, 'expected an attribute, an intrinsic or a value, found `=`'],
    ['{ span. = 3 }', 7, 'expected the name of an attribute after `span.`'],
    [
      '{ trace:name = "a" }',
      8,
      'expected `trace:duration`, `trace:rootName`, `trace:rootService`, `trace:id`, found `name`',
    ],
    ['{} | count()', 12, 'expected a comparison, as in `count() > 2`, found the end'],
    ['{} + {}', 3, '`+` cannot stand between a set of spans and a set of spans'],
    ['{} | rate() | topk(x)', 19, 'expected a whole number, found `x`'],
    ['({} | rate()) * 10s', 16, 'a duration cannot stand in arithmetic with series'],
    ['{ .a = "x }', 7, 'the text that begins here has no closing `"`'],
    ['{ status > ok }', 2, '`>` does not take a status: `status`'],
    ['{ .a =~ "[" }', 8, expect.stringContaining('not a regular expression')],
    ['{ 1 = "a" }', 2, '`1` is an integer and `"a"` a text: `=` needs the same'],
    ['{ name = nil }', 2, '`name` is never nil: every span has it'],
    ['{} | by(1)', 8, 'expected something of the span to group by, found `1`'],
    [
      '{} | compare({status=error}) | topk(2)',
      5,
      '`compare(…)` stands alone: no other function and no arithmetic takes its series',
    ],
  ])('%s', (text, position, message) => {
    expect(faultsOf(text)).toEqual([{position, message}]);
    expect(pointAt(text, faultsOf(text)[0]!)).toContain('^');
  });
  it('ends what nests too deep with a fault', () => {
    expect(faultsOf(`{ ${'('.repeat(3000)}`)[0]?.message).toBe('the query nests deeper than 100 levels');
    expect(parsePartial(`${'('.repeat(3000)}`).faults[0]?.message).toBe('the query nests deeper than 100 levels');
  });
});

describe('traceql: queries that are too long for a tree', () => {
  const long = [
    `{ ${Array(20_000).fill('.a=1').join('||')} }`,
    `{ .a = ${Array(20_000).fill('.b').join(' + ')} }`,
    `{ .a ${'= nil '.repeat(20_000)}}`,
    Array(20_000).fill('{}').join('>>'),
    `{} | ${'-'.repeat(50_000)}1 < count()`,
    `{} | rate()${'>1'.repeat(20_000)}`,
  ];
  it.each(long.map((text) => [text.slice(0, 16), text]))('%s … ends with a fault', (_name, text) => {
    expect(faultsOf(text)[0]?.message).toMatch(/more than 4000 words and signs|deeper than 100 levels/);
    expect(parsePartial(text).faults[0]?.message).toMatch(/more than 4000 words and signs|deeper than 100 levels/);
  });
  it.each([
    ['||', 900, 0],
    ['&&', 900, 64],
    ['||', 256, 1],
  ])('of `%s` between %i comparisons as many narrow the search as it takes', (operator, count, narrowing) => {
    const {root} = fold(tree(`{ ${Array.from({length: count}, (_, i) => `.a${i} = 1`).join(operator)} }`));
    expect(check({root, hints: []})).toEqual([]);
    const {conditions} = plan(root as Pipeline, () => false)[0].filter;
    expect(conditions).toHaveLength(narrowing);
    expect(() => checkFilterSize({conditions})).not.toThrow();
  });
});

describe('traceql: texts that are still being typed', () => {
  const wanted = (text: string) => [...new Set(parsePartial(text).wanted.map(({kind}) => kind))];
  it.each([
    ['', ['spanset']],
    ['{', ['field']],
    ['{ .a', ['operator', 'sign']],
    ['{ .a = ', ['value', 'field']],
    ['{ .a = 1 && ', ['field']],
    ['{ span:', ['intrinsic', 'operator', 'sign']],
    ['{} | ', ['stage', 'spanset']],
    ['{} | rate() ', ['by', 'sign', 'operator']],
    ['{} | rate() | ', ['secondStage', 'sign', 'operator']],
    ['{} | by(', ['field', 'operator', 'sign']],
    ['{} | select(.a, ', ['name', 'sign']],
  ])('after `%s`', (text, kinds) => expect(wanted(text)).toEqual(expect.arrayContaining(kinds.slice(0, 1))));
  it('keeps what there is, and every fault', () => {
    const {query, faults} = parsePartial('{ .a = } | by() | select(.b');
    expect(query?.root.kind).toBe('pipeline');
    expect(query?.root.kind === 'pipeline' && query.root.stages.map(({kind}) => kind)).toEqual([
      'filter',
      'by',
      'select',
    ]);
    expect(faults.map(({position}) => position)).toEqual([7, 14, 27]);
  });
  it('reads every beginning of a query, and has no faults where the parser has none', () => {
    for (const [text] of accepted) {
      for (let end = 0; end <= text.length; end++) {
        const beginning = text.slice(0, end);
        expect(parsePartial(beginning).faults.length === 0, beginning).toBe(parse(beginning).kind === 'ok');
      }
    }
  });
});
