import {expect, test} from 'vitest';
import {type Features, parse, prettify, print} from './index.ts';

const all: Features = {functions: true, fill: true};

/** How a query reads once it is printed, and that this reads the same again. */
function printed(text: string): string {
  const parsed = parse(text, all);
  if (parsed.kind === 'faulty') throw new Error(`${text}: ${parsed.faults[0]?.message}`);
  const once = print(parsed.value);
  const again = parse(once, all);
  expect(again.kind === 'ok' && print(again.value), once).toBe(once);
  return once;
}

test.each([
  // Numbers as Go reads them.
  ['1', '1'],
  ['0x1F', '31'],
  ['010', '8'],
  ['1_000.5e-3', '1.0005'],
  ['.5', '0.5'],
  ['-Inf', '-Inf'],
  ['nan', 'NaN'],
  ['1e300 * 10', `1${'0'.repeat(300)} * 10`],
  ['5m', '5m'],
  ['90m', '1h30m'],
  ['8760h', '1y'],
  // Texts.
  [`'it\\'s'`, `"it's"`],
  ['`a\\b`', '"a\\\\b"'],
  ['"\\xe4\\xb8\\xad\\u00e9"', '"中é"'],
  // Selectors; the name may be in the braces, and be none that stands outside of them.
  ['up', 'up'],
  ['sum{by="x"}', 'sum{by="x"}'],
  ['{job=~"a|b",x!="y"}', '{job=~"a|b",x!="y"}'],
  ['{"a.b",x="y",}', '{__name__="a.b",x="y"}'],
  ['{"le.x"="1", y="z"}', '{"le.x"="1",y="z"}'],
  ['a:b:c[5m] @ 1.5 offset -1h', 'a:b:c[5m] @ 1.500 offset -1h'],
  ['up offset 5m @ end()', 'up @ end() offset 5m'],
  ['rate(x[5m] anchored)', 'rate(x[5m] anchored)'],
  ['up smoothed', 'up smoothed'],
  ['x[2*step():30s] offset (1m+1s)', 'x[2 * step():30s] offset (1m + 1s)'],
  ['x[min_of(step(), 1m)]', 'x[min_of(step(), 1m)]'],
  ['(a + b)[1h:]', '(a + b)[1h:]'],
  // What binds how much.
  ['-a ^ b', '-a ^ b'],
  ['2 ^ 3 ^ 2', '2 ^ 3 ^ 2'],
  ['a + b * c', 'a + b * c'],
  ['a and b or c unless d', 'a and b or c unless d'],
  ['a == bool on(x,) group_left(y) b', 'a == bool on (x) group_left (y) b'],
  ['a / ignoring(b) c', 'a / ignoring (b) c'],
  ['a + on() fill(0) b', 'a + on () fill (0) b'],
  // Their numbers are printed as Go prints them, unlike other numbers.
  ['a + fill(1000000) b', 'a + fill (1e+06) b'],
  ['fill + fill', 'fill + fill'],
  // Aggregations: their words are names of metrics where nothing follows.
  ['SUM(x) BY (a, "b.c")', 'sum by (a, "b.c") (x)'],
  ['topk without() (3, x)', 'topk without () (3, x)'],
  ['avg + sum', 'avg + sum'],
  ['count_values("v", x)', 'count_values("v", x)'],
  ['label_join(x, "a", ",", "b", "c")', 'label_join(x, "a", ",", "b", "c")'],
  ['# a comment\nup # and another', 'up'],
])('%s', (text, wanted) => {
  expect(printed(text)).toBe(wanted);
});

test('strength: what is printed alike is not always the same tree', () => {
  const tree = (text: string): unknown => {
    const parsed = parse(text);
    return parsed.kind === 'ok' ? parsed.value.kind : parsed.faults;
  };
  expect(tree('-a ^ b')).toBe('unary');
  expect(tree('-a * b')).toBe('binary');
  expect(tree('-1 ^ 2')).toBe('unary');
  expect(tree('-1')).toBe('number');
});

test.each([
  ['', 0, 'no expression found in input'],
  ['sum(', 4, 'unexpected end of input'],
  ['a b', 2, 'unexpected identifier "b"'],
  ['up{job="a"', 10, 'unexpected end of input in label matching, expected "," or "}"'],
  ['up{job==a}', 7, 'unexpected "=" in label matching, expected string'],
  ['up{job=~"("}', 3, 'a `(` without its `)`'],
  ['{}', 0, 'vector selector must contain at least one non-empty matcher'],
  ['{x=~".*"}', 0, 'vector selector must contain at least one non-empty matcher'],
  ['up{__name__="x"}', 0, 'metric name must not be set twice: "up" or "x"'],
  ['foo(x)', 0, 'unknown function with name "foo"'],
  ['rate(x)', 5, 'expected type range vector in call to function "rate", got instant vector'],
  ['rate(x[5m], 1)', 0, 'expected 1 argument(s) in call to "rate", got 2'],
  ['sum(x[5m])', 4, 'expected type instant vector in aggregation expression, got range vector'],
  ['topk(x)', 0, 'wrong number of arguments for aggregate expression provided, expected 2, got 1'],
  ['1 > 2', 1, 'comparisons between scalars must use BOOL modifier'],
  ['a + bool b', 1, 'bool modifier can only be used on comparison operators'],
  ['1 and a', 0, 'set operator "and" not allowed in binary scalar expression'],
  ['a and on(x) group_left b', 0, 'no grouping allowed for "and" operation'],
  ['a[5m] + 1', 0, 'binary expression must contain only scalar and instant vector types'],
  ['a[0s]', 2, 'duration must be greater than 0'],
  ['a offset 1m offset 2m', 0, 'offset may not be set multiple times'],
  ['a[5m][5m]', 5, 'ranges only allowed for vector selectors'],
  ['1 @ 5', 0, '@ modifier must be preceded by an instant vector selector or range vector selector or a subquery'],
  ['"a\\q"', 2, '`\\q` is no escape of a text'],
  ['1h30', 0, 'not a number or duration: "1h30"'],
  ['1e999', 0, 'the number 1e999 is out of range'],
])('fault of %s', (text, position, message) => {
  const parsed = parse(text, all);
  expect(parsed.kind === 'faulty' && parsed.faults[0]).toEqual({position, message: expect.stringContaining(message)});
});

test('what stands behind a flag is refused without it', () => {
  const fault = (text: string) => {
    const parsed = parse(text);
    return parsed.kind === 'faulty' ? parsed.faults[0]?.message : undefined;
  };
  expect(fault('mad_over_time(x[5m])')).toBe('function "mad_over_time" is not enabled');
  expect(fault('limitk(2, x)')).toMatch(/^limitk\(\) is experimental/);
  expect(fault('a + fill(0) b')).toBe('binop fill modifiers are experimental and not enabled');
});

test('no text exhausts the stack', () => {
  const depth = (count: number) => `${'('.repeat(count)}x${')'.repeat(count)}`;
  expect(parse(depth(100)).kind).toBe('ok');
  expect(parse(depth(100_000)).kind).toBe('faulty');
  expect(parse(`x${' + x'.repeat(1000)}`).kind).toBe('ok');
  expect(parse(`x${' + x'.repeat(9000)}`).kind).toBe('faulty');
  expect(parse(`${'-'.repeat(15_000)}x`).kind).toBe('faulty');
  expect(parse(`x[${'('.repeat(15_000)}1`).kind).toBe('faulty');
  expect(parse(`x[${'-'.repeat(15_000)}1m]`).kind).toBe('faulty');
});

test('a long query is broken into lines', () => {
  const text =
    'sum by (service) (rate(http_server_request_duration_seconds_count{status="500"}[5m])) / sum by (service) (rate(http_server_request_duration_seconds_count[5m]))';
  const parsed = parse(text);
  expect(parsed.kind === 'ok' && prettify(parsed.value)).toBe(
    [
      '  sum by (service) (rate(http_server_request_duration_seconds_count{status="500"}[5m]))',
      '/',
      '  sum by (service) (rate(http_server_request_duration_seconds_count[5m]))',
    ].join('\n'),
  );
});
