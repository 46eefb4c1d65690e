/** The language against values that expr-lang 1.17.8, which the Collector has, gives for the same expressions. */
import {describe, expect, it} from 'vitest';
import {convertFunctions} from './functions-convert.ts';
import {compileExpression, type Environment, ExprError} from './index.ts';

const labels: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['foo', 'bar'],
  ['count', 5n],
  ['empty', ''],
  ['n', '12'],
]);
const environment: Environment<undefined> = {
  MetricName: {gives: 'string', read: () => 'my.metric'},
  MetricType: {gives: 'string', read: () => 'Sum'},
  HasLabel: {gives: 'bool', parameters: ['string'], read: (_, [key]) => labels.has(key as string)},
  Label: {
    gives: 'string',
    parameters: ['string'],
    read(_, [key]) {
      const value = labels.get(key as string);
      return typeof value === 'string' ? value : '';
    },
  },
};

/** The value as Go's `%v`, or every fault with its position. */
function run(text: string): string {
  const compiled = compileExpression(text, environment);
  if (compiled.kind === 'faulty')
    return compiled.faults.map(({position, message}) => `${position}: ${message}`).join('; ');
  const value = compiled.value.evaluate(undefined);
  return convertFunctions.string.call([value], {spend() {}}) as string;
}

it.each([
  ['HasLabel("foo") and Label("foo") == "bar"', 'true'],
  ['Label("count")', ''],
  ['Label("none") == ""', 'true'],
  ['"MetricName" in $env', 'true'],
  ['"HasLabel" in $env', 'false'],
  ['$env.MetricName', 'my.metric'],
  ['$env["MetricName"]', 'my.metric'],
  ['MetricName[0]', '109'],
  ['MetricName[0:2]', 'my'],
  ['1 / 2', '0.5'],
  ['7 % 2', '1'],
  ['2 ** 3', '8'],
  ['{a:1} == {a:1.0}', 'false'],
  ['[1] == [1.0]', 'true'],
  ['1 == 1.0', 'true'],
  ['MetricName in [1, "my.metric"]', 'true'],
  ['1 < 2 < 3', 'true'],
  ['3 > 2 < 3', 'true'],
  ['[1,2,3][-1]', '3'],
  ['{a:1}.b', '<nil>'],
  ['string([1,nil,{a:2.50}])', '[1 <nil> map[a:2.5]]'],
  ['toJSON({a:[1,"<"], b:nil})', '{\n  "a": [\n    1,\n    "\\u003c"\n  ],\n  "b": null\n}'],
  ['1..3', '[1 2 3]'],
  ['3..1', '[]'],
  ['let x = 3; x + 1', '4'],
  ['if MetricType == "Sum" {1} else {2}', '1'],
  ['sum(1..3)', '6'],
  ['mean([1,2])', '1.5'],
  ['max([1,5.5,2])', '5.5'],
  ['reduce(1..4, #acc + #)', '10'],
  ['sortBy([{a:2},{a:1}], .a)', '[map[a:1] map[a:2]]'],
  ['groupBy(1..4, # % 2)', 'map[0:[2 4] 1:[1 3]]'],
  ['"a" | upper() | repeat(2)', 'AA'],
  ['1; 2', '2'],
  ['-2 ** 2', '-4'],
  ['not true == false', 'true'],
  ['!true or true', 'true'],
  ['true ? 1 : 2', '1'],
  ['nil ?? 3', '3'],
  ['9223372036854775807 + 1', '-9223372036854775808'],
  ['count([true,false])', '1'],
  ['"ab" < "b"', 'true'],
  ['"\\u00e9" + \'x\'', 'éx'],
  ['indexOf("éa", "a")', '2'],
  ['len("éa")', '2'],
  ['all(1..3, # > 0) and none([1], {# > 2})', 'true'],
  ['filter(1..5, {let y = #; any(1..2, # == y)})', '[1 2]'],
  ['get([1],5)', '<nil>'],
  ['uniq([1,1.0,"a"])', '[1 a]'],
  ['flatten([1,[2,[3]]])', '[1 2 3]'],
  ['int("12")+int(2.9)', '14'],
  ['float("1.5")', '1.5'],
  ['string(1e21)', '1e+21'],
  ['string(1e20)', '1e+20'],
  ['string(0.000001)', '1e-06'],
  ['1_000', '1000'],
  ['0x1F', '31'],
  ['.5', '0.5'],
  ['type(1.5)', 'float'],
  ['type(nil)', 'nil'],
  ['type([])', 'array'],
  ['keys({a:1})', '[a]'],
  ['toPairs({a:1})', '[[a 1]]'],
  ['fromPairs([["a",1]])', 'map[a:1]'],
  ['join(["a","b"],"-")', 'a-b'],
  ['split("a,b,c",",",2)', '[a b,c]'],
  ['abs(-5)', '5'],
  ['round(2.5)', '3'],
  ['round(-2.5)', '-3'],
  ['ceil(1)', '1'],
  ['bitand(6,3)', '2'],
  ['bitnot(1)', '-2'],
  ['bitshl(1,70)', '0'],
  ['bitushr(-5,2)', '4611686018427387902'],
  ['first([])', '<nil>'],
  ['take([1,2],5)', '[1 2]'],
  ['sort(["b","a"],"desc")', '[b a]'],
  ['concat([1],["a"])', '[1 a]'],
  ['find(1..3, # > 5)', '<nil>'],
  ['findLastIndex(1..3, # < 3)', '1'],
  ['one([1,2], # == 1)', 'true'],
  ['trim("  a ")', 'a'],
  ['trim("__a_","_")', 'a'],
  ['replace("aaa","a","b",2)', 'bba'],
  ['lastIndexOf("abab","b")', '3'],
  ['hasPrefix("ab","a")', 'true'],
  ['fromJSON(\'{"a":[1,2]}\').a[1]', '2'],
  ['toBase64("hi")', 'aGk='],
  ['fromBase64("aGk=")', 'hi'],
  ['median([3,1,2])', '2'],
  ['min(1,2.5)', '1'],
  ['MetricName startsWith "my" && MetricName endsWith "metric"', 'true'],
  ['MetricName not contains "x"', 'true'],
  ['not (MetricName contains "x")', 'true'],
  ['MetricName not startsWith "x" and true', 'true'],
  ['::len("abc")', '3'],
  ['[1,2,3][1:]', '[2 3]'],
  ['[1,2,3][:-1]', '[1 2]'],
  ['[1,2,3][5:]', '[]'],
  ['map(1..3, #index)', '[0 1 2]'],
  ['map(["a","b"], # + "x")', '[ax bx]'],
  ['map([{a:{b:1}}], .a.b)', '[1]'],
  ['reduce(["a","b"], #acc + #, "z")', 'zab'],
  ['sum([{n:1},{n:2.5}], .n)', '3.5'],
  ['count([1,2,3], # > 1)', '2'],
  ['find([{a:1},{a:2}], .a == 2).a', '2'],
  ['findLast([1,2,3], # < 3)', '2'],
  ['findIndex([1,2,3], # == 9)', '<nil>'],
  ['sortBy(["bb","a"], len(#), "desc")', '[bb a]'],
  ['{a: {b: 1}}.a?.b', '1'],
  ['{a: nil}.a?.b.c', '<nil>'],
  ['{a: nil}?.a?.b ?? "none"', 'none'],
  ['{"x y": 1}["x y"]', '1'],
  ['{(1 > 0 ? "k" : "l"): 2}.k', '2'],
  ['"b" in {a: 1, b: nil}', 'true'],
  ['2 in 1..3', 'true'],
  ['"x" not in ["y"]', 'true'],
  ['1 + 2 * 3 - 4 / 2', '5'],
  ['-5 % 3', '-2'],
  ['2 * -3', '-6'],
  ['7 / 2 * 2', '7'],
  ['1.5 + 1', '2.5'],
  ['1 - 0.5', '0.5'],
  ['"a" + "b" + `c\\n`', 'abc\\n'],
  ["'it\\'s \\x41\\u{1F600}'", "it's A😀"],
  ['1 <= 1 and 2 >= 3 or 1 != 2', 'true'],
  ['true && false || true', 'true'],
  ['MetricName matches "^my\\\\.[a-z]+$"', 'true'],
  ['MetricName matches Label("foo") + "|metric"', 'true'],
  ['Label("foo") in ["bar", "baz"] ? "in" : "out"', 'in'],
  ['HasLabel("empty") ?: false', 'true'],
  ['let a = 2; let b = a * 3; a + b', '8'],
  ['let l = Label("n"); int(l) > 10 && l == "12"', 'true'],
  ['if 1 > 2 {"a"} else if 2 > 1 {"b"} else {"c"}', 'b'],
  ['[1, 2, 3] | filter(# > 1) | map(# * 2) | sum()', '10'],
  ['MetricName | split(".") | last() | upper()', 'METRIC'],
  ['any(["my.", "your."], MetricName startsWith #)', 'true'],
  ['none(["x"], MetricName contains #)', 'true'],
  ['one(split(MetricName, "."), # == "my")', 'true'],
  ['splitAfter("a,b", ",")', '[a, b]'],
  ['split("abc", "")', '[a b c]'],
  ['split("a,b", ",", 0)', '[]'],
  ['replace("abc", "", "-")', '-a-b-c-'],
  ['replace("abc", "", "-", 2)', '-a-bc'],
  ['trimPrefix("  a")', ' a'],
  ['trimSuffix("ab", "b")', 'a'],
  ['repeat("ab", 0)', ''],
  ['upper("straße ǆ")', 'STRAßE Ǆ'],
  ['lastIndexOf("éé", "é")', '2'],
  ['abs(-1.5)', '1.5'],
  ['floor(-1.5)', '-2'],
  ['round(-0.5)', '-1'],
  ['mean([])', '0'],
  ['median([1, 2, [3, 4]])', '2.5'],
  ['max([1, [7, 2]], 3)', '7'],
  ['max([])', '<nil>'],
  ['bitshl(1, 63)', '-9223372036854775808'],
  ['bitshr(-8, 1)', '-4'],
  ['bitnand(35, 9)', '34'],
  ['bitxor(6, 3)', '5'],
  ['int(-2.7)', '-2'],
  ['int("-7")', '-7'],
  ['float(3)', '3'],
  ['string(1.0)', '1'],
  ['string(123456789.0)', '1.23456789e+08'],
  ['string(0.0001)', '0.0001'],
  ['string(true)', 'true'],
  ['string("x")', 'x'],
  ['string({b: [1], a: "x"})', 'map[a:x b:[1]]'],
  ['toJSON([])', '[]'],
  ['toJSON({})', '{}'],
  ['toJSON(1.5)', '1.5'],
  ['fromJSON("[1, null, true]")', '[1 <nil> true]'],
  ['values({a: 1})', '[1]'],
  ['fromPairs([["a", 1], ["b", 2]]).b', '2'],
  ['groupBy(["a", "bb", "c"], len(#))[1]', '[a c]'],
  ['flatten([[], [1, []]])', '[1]'],
  ['uniq(["a", "b", "a"])', '[a b]'],
  ['reverse([1, 2])', '[2 1]'],
  ['sort([2, 1.5, 1])', '[1 1.5 2]'],
  ['take([1], 0)', '[]'],
  ['get({a: 1}, "b")', '<nil>'],
  ['get([1, 2], -1)', '2'],
  ['len([1, [2]])', '2'],
  ['len({a: 1})', '1'],
  ['concat([1], [2], ["x"])', '[1 2 x]'],
  ['[1, 2] == [1, 2]', 'true'],
  ['[1, 2] != [1, 3]', 'true'],
  ['{a: 1} == {a: 1}', 'true'],
  ['nil == nil', 'true'],
  ['nil == 1', 'false'],
  ['"a" == nil', 'false'],
  ['1.', '1'],
  ['1e3', '1000'],
  ['1_0.5_0', '10.5'],
  ['08', '8'],
  ['let MetricName = 1; 2', '2'],
  ['$env.Label("foo")', 'bar'],
  ['"foo" in $env', 'false'],
  ['"b" > "a" > ""', 'true'],
  ['1 in [1.0]', 'true'],
  ['1.0 in [1]', 'true'],
  ['9223372036854775807 * 2', '-2'],
  ['-9223372036854775807 - 2', '9223372036854775807'],
  ['-(5)', '-5'],
  ['- 5', '-5'],
  ['+5', '5'],
  ['!!true', 'true'],
  ['not not true', 'true'],
  ['!(1 == 2)', 'true'],
  ['1 > 2 == false', 'true'],
  ['nil ?? nil ?? 4', '4'],
  ['(nil ?? 3) + 1', '4'],
  ['1 ?? 2', '1'],
  ['reduce([], #acc + #, 0)', '0'],
  ['map(1..3, {let y = # * 2; y + 1})', '[3 5 7]'],
  ['filter(1..6, # % 2 == 0 and # > 2)', '[4 6]'],
  ['map(filter(1..4, # > 2), # * #)', '[9 16]'],
  ['any([[1], [2]], any(#, # == 2))', 'true'],
  ['"é" matches "^.$"', 'true'],
  ['"a\\nb" matches "a.b"', 'false'],
  ['MetricType in ["Gauge", "Sum"] and not HasLabel("nope") and Label("foo") != "x"', 'true'],
])('expr: %s is %j', (text, value) => expect(run(text)).toBe(value));

describe('expr: a fault says its place, what was found and what was expected', () => {
  it.each([
    ['', '0: expected a value, found the end'],
    ['MetricName ==', '13: expected a value, found the end'],
    ['MetricName = "a"', '11: expected an operator or the end of the expression, found `=`'],
    ['MetricName == "a" MetricType', '18: expected an operator or the end of the expression, found `MetricType`'],
    ['(1', '2: expected `)`, found the end'],
    ['[1 2]', '3: expected `,` or `]`, found `2`'],
    ['{[1]: 2}', '1: expected a key: a name, a text, a number, or an expression in parentheses, found `[`'],
    ['"abc', '0: the text that begins here has no closing `"`'],
    ['1 /* x', '2: the comment that begins here has no closing `*/`'],
    ['@', '0: found `@`, which means nothing in an expression'],
    ["'\\q'", '1: `\\q` is no escape of a text'],
    ['12ab', '0: `12ab` is no number'],
    ['9223372036854775808', '0: `9223372036854775808` does not fit in 64 bits'],
    ['nil ?? 3 == 3', '9: `==` and `??` do not mix: put one of them in parentheses'],
    ['1 not 2', '6: expected `in`, `matches`, `contains`, `startsWith` or `endsWith` after `not`, found `2`'],
    ['filter([1])', '10: expected a predicate for `filter`, found `)`'],
    ['#', '0: expected a value, found `#`'],
    ['b"x"', '0: bytes (`b"…"`) are not available'],
    [`${'('.repeat(200)}1`, '100: expressions nest deeper than 100 levels'],
    ['metricName == "a"', '0: there is no `metricName`; did you mean `MetricName`?'],
    ['HasLable("a")', '0: there is no function `HasLable`; did you mean `HasLabel`?'],
    ['constructor("a")', '0: there is no function `constructor`'],
    ['HasLabel', '0: `HasLabel` is a function: write `HasLabel(…)`'],
    ['MetricName()', '0: `MetricName` is a value, no function'],
    ['HasLabel(1)', '0: argument 1 of `HasLabel` is string, found int'],
    ['HasLabel("a", "b")', '0: `HasLabel` takes 1 arguments, found 2'],
    ['now() == nil', '0: `now` is not available: expressions here know no times'],
    ['MetricName < 1', '11: `<` does not work on string and int'],
    ['MetricName.foo', '11: an element of string is chosen by a number, found string'],
    ['MetricName.Foo()', '11: values have no methods here'],
    ['not MetricName', '0: `not` takes true or false, found string'],
    ['1 + "a"', '2: `+` does not work on int and string'],
    ['1 % 0', '2: division by zero'],
    ['[1, 2, 3][5]', '9: the index 5 lies outside of an array of 3'],
    ['MetricName matches "["', '11: a `[` without its `]`'],
    ['filter([1], #foo)', '12: there is no `#foo`: there are `#`, `#index` and `#acc`'],
    ['filter([1], 1)', '0: the predicate of `filter` says true or false, found int'],
    ['let len = 1; 2', '4: `len` has a meaning already: the variable needs another name'],
    ['1 < foo < 3', '4: there is no `foo`'],
    ['foo or bar', '0: there is no `foo`; 7: there is no `bar`'],
  ])('%s', (text, faults) => expect(run(text)).toBe(faults));
});

describe('expr: a value that only a row has is refused with its place when it does not fit', () => {
  it.each([
    ['int(Label("foo")) > 1', 0],
    ['1 < 2 and int(MetricName) > 1', 10],
    ['[Label("foo")][0] < 1', 18],
    ['MetricName matches Label("foo") + "["', 11],
    ['split(MetricName, ".")[2]', 22],
    ['{a: [MetricName]}.a.b', 20],
    ['any([MetricName], #)', 0],
    ['join([MetricName, 1])', 0],
    // What goes on and on ends.
    ['all(1..2000, all(1..2000, # > 0 and MetricName != ""))', 13],
    ['reduce(1..64, #acc + #acc, MetricName)', 19],
    ['reduce(1..9000, {flatten([#acc])}, [MetricName]) | len()', undefined],
    ['string(reduce(1..9000, [#acc], [MetricName]))', 0],
    ['repeat(MetricName, 1000000)', 0],
    ['replace(repeat(MetricName, 1000), "", repeat(MetricName, 1000))', 0],
  ])('%s', (text, position) => {
    if (position === undefined) return expect(run(text)).toBe('1');
    const outcome = (): unknown => {
      try {
        return run(text);
      } catch (error) {
        return error;
      }
    };
    const error = outcome();
    expect(error).toBeInstanceOf(ExprError);
    expect((error as ExprError).position).toBe(position);
  });
});

it('expr: chains of comparisons within chains, whose middles run twice each, come to an end', () => {
  const text = `${'0 < ('.repeat(48)}len(MetricName)${' < 99 ? 1 : 2) < 99'.repeat(48)}`;
  expect(() => run(text)).toThrow('the expression goes through more than 1000000');
});

it('expr: an expression that failed says the right thing of the next row', () => {
  const names: Environment<string> = {Name: {gives: 'string', read: (row) => row}};
  const compiled = compileExpression('any(split(Name, "."), int(#) > 1)', names);
  if (compiled.kind !== 'ok') throw new Error('BUG: faulty');
  expect(() => compiled.value.evaluate('x')).toThrow('`int` reads no number in "x"');
  expect(compiled.value.evaluate('1.2')).toBe(true);
  expect(compiled.value.evaluate('1.0')).toBe(false);
});

it('expr: pieces put together by chance compile or have faults, and run or throw ExprError', () => {
  const pieces = ['MetricName', 'Label("foo")', '1', '2.5', '"a"', 'nil', '[', ']', '(', ')', '{', '}', ',', ':', '.a'];
  pieces.push(
    '?.b',
    '#',
    '|',
    'len(',
    'map(',
    'filter(',
    'reduce(',
    '+',
    '-',
    '*',
    '==',
    'in',
    'not',
    'and',
    '??',
    '?',
  );
  pieces.push('..', 'let x =', ';', 'x', 'if', 'else', 'matches', '<', '$env', '[1,2]', '{a: 1}', 'sort(', 'string(');
  let state = 20261130;
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from({length: 1 + next(9)}, () => pieces[next(pieces.length)]).join(' ');
    try {
      run(text);
    } catch (error) {
      if (!(error instanceof ExprError)) throw new Error(`${text}: ${String(error)}`, {cause: error});
    }
  }
});
