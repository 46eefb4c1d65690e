/** Statements and conditions by their outcome: valid ones, those that do not parse, and those that the check refuses. */
import {describe, expect, it} from 'vitest';
import {compileCondition, compileStatement, type OttlContext, pointAt, transformFunctions} from './index.ts';
import {parseCondition, parseStatement, parseValue} from './parse.ts';
import {printExpression, printStatement} from './print.ts';

const validStatements: readonly (readonly [OttlContext, string])[] = [
  ['span', 'set(name, "a")'],
  ['span', 'set(span.attributes["a"]["b"][0], 1) where not (kind == 1 or name == "x") and true'],
  ['span', 'set(attributes["a"], -1.5e3 * (2 + attributes["b"]) / .5)'],
  ['span', 'set(attributes["a"], {"x": [1, nil, {"y": 0xff}], "z": true})'],
  ['span', 'set(attributes["t"], Split(name, "/")[1]) where Len(Split(name, "/")) > 1'],
  ['span', 'set(attributes[Concat(["a", "b"], "")], attributes[name])'],
  ['span', 'replace_all_patterns(attributes, "value", "a", "b", replacement_format = "%s", function = SHA256)'],
  ['span', 'replace_all_patterns(attributes, "value", "a", "b", SHA256, replacementFormat = "%s")'],
  [
    'spanevent',
    'set(spanevent.attributes["i"], event_index) where span.name == "a" and resource.attributes["x"] != nil',
  ],
  ['log', 'set(severity_number, SEVERITY_NUMBER_WARN2) where severity_text == "warn"'],
  ['log', 'set(body["a"][0]["b"], log.body) where IsMap(body)'],
  ['log', 'set(cache["a"], ParseJSON(body.string))'],
  ['metric', 'convert_sum_to_gauge() where type == METRIC_DATA_TYPE_SUM and is_monotonic == false'],
  [
    'datapoint',
    'set(value_double, Double(value_int) * 1.5) where metric.name == "a" and flags != FLAG_NO_RECORDED_VALUE',
  ],
  ['datapoint', 'set(explicit_bounds, [1.0, 2.0]) where positive.bucket_counts == nil'],
  ['resource', 'keep_keys(attributes, ["a"]) where resource.dropped_attributes_count == 0'],
  ['scope', 'set(scope.attributes["a"], resource.attributes["b"]) where scope.name == "x"'],
  ['span', '  set( name ,"a" )\n  where\ttrue '],
];

const validConditions: readonly string[] = [
  'true',
  'not false and not not true',
  'name == "a" or name == "b" and name == "c"',
  '(name == "a" or name == "b") and name == "c"',
  '1 + 2 * 3 == 7 and (1 + 2) * 3 == 9',
  'IsMatch(name, "a") and not IsRootSpan()',
  'Any(attributes["a"], (_, v) => v == "x" or v["y"] == 1)',
  'When(() => name == "a" and true, 1, 2) == -(1 - 3)',
  'attributes["a"] != nil and -9223372036854775808 < 9223372036854775807',
  '"\\"quoted\\" \\\\ \\n" == name',
  'trace_id != TraceID(0x00000000000000000000000000000000)',
];

describe.each(validStatements)('ottl: valid in %s: %s', (context, text) => {
  it(`ottl: ${text} compiles`, () =>
    expect(compileStatement(text, context, {functions: transformFunctions})).toMatchObject({kind: 'ok'}));
  it(`ottl: ${text} prints as it parses`, () => {
    const printed = printStatement(parseStatement(text));
    expect(printStatement(parseStatement(printed))).toBe(printed);
    expect(withoutPlaces(parseStatement(printed))).toEqual(withoutPlaces(parseStatement(text)));
  });
});

describe.each(validConditions)('ottl: valid condition %s', (text) => {
  it(`ottl: ${text} compiles`, () => expect(compileCondition(text, 'span')).toMatchObject({kind: 'ok'}));
  it(`ottl: ${text} prints as it parses`, () => {
    const printed = printExpression(parseCondition(text));
    expect(withoutPlaces(parseCondition(printed))).toEqual(withoutPlaces(parseCondition(text)));
  });
});

const withoutPlaces = (tree: unknown): unknown =>
  JSON.parse(
    JSON.stringify(tree, (key, value) =>
      key === 'at' ? undefined : typeof value === 'bigint' ? `int ${value}` : value,
    ),
  );

/** Where the fault is told, marked by `^` under the statement. */
const faultsOf = (text: string, context: OttlContext, isCondition: boolean): string => {
  const compiled = isCondition
    ? compileCondition(text, context)
    : compileStatement(text, context, {functions: transformFunctions});
  return compiled.kind === 'ok' ? 'ok' : compiled.faults.map((fault) => pointAt(text, fault)).join('\n');
};
const refused = (
  name: string,
  context: OttlContext,
  isCondition: boolean,
  cases: readonly (readonly [string, number, string])[],
) =>
  describe(name, () => {
    it.each(cases)('ottl: %s is refused at %i: %s', (text, at, message) => {
      expect(faultsOf(text, context, isCondition)).toBe(`${message}\n  ${text}\n  ${' '.repeat(at)}^`);
    });
  });

refused('statements that do not parse', 'span', false, [
  ['', 0, 'expected an editor such as `set(…)`, found the end'],
  ['set', 3, 'expected `(` after the editor `set`, found the end'],
  ['set(name, "a"', 13, 'expected `,` or `)`, found the end'],
  ['set(name, "a) where true', 10, 'the text that begins here has no closing `"`'],
  ["set(name, 'a')", 10, "found `'`, which means nothing in OTTL; texts stand in double quotes"],
  ['set(name, "a") where', 20, 'expected a value, found the end'],
  ['set(name, "a") when true', 15, 'expected `where` or the end of the statement, found `when`'],
  ['set(name, "a") WHERE true', 15, 'expected `where` or the end of the statement, found `WHERE`; write `where`'],
  ['set(name, “a”)', 10, 'found `“`, which means nothing in OTTL; texts stand in plain double quotes: `"`'],
  ['set(name, "a"); set(kind, 1)', 14, 'found `;`, which means nothing in OTTL; each statement is an item of its own'],
  ['Set(name, "a")', 0, 'a statement begins with an editor, whose name begins with a lower-case letter; found `Set`'],
  ['set(name, concat(["a"], ""))', 10, 'converters begin with an upper-case letter; found `concat`'],
  ['set(name, "a")["b"]', 15, 'only paths and converters may be indexed, not the editor `set`'],
  ['set(target = name, "a")', 19, 'an argument without a name cannot follow one with a name'],
  ['set(name, 0xabc)', 10, 'bytes have two digits each; `0xabc` has an odd number'],
  ['set(name, 9223372036854775808)', 10, '`9223372036854775808` does not fit in 64 bits'],
  ['set(name., "a")', 9, 'expected the name of a field, found `,`'],
  ['set(name, {a: 1})', 11, 'expected a key in double quotes, found `a`'],
  ['set(name, "a") set(name, "b")', 15, 'expected `where` or the end of the statement, found `set`'],
]);

refused('conditions that do not parse', 'span', true, [
  ['name', 4, 'expected a comparison (`==`, `!=`, `<`, `<=`, `>`, `>=`), found the end'],
  ['name = "a"', 5, 'expected a comparison (`==`, `!=`, `<`, `<=`, `>`, `>=`), found `=`; equality is `==`'],
  ['name == ', 8, 'expected a value, found the end'],
  ['name == "a" && true', 12, 'found `&`, which means nothing in OTTL; write `and`'],
  ['name == "a" || true', 12, 'found `|`, which means nothing in OTTL; write `or`'],
  ['name == "a" OR true', 12, 'expected `and`, `or` or the end of the condition, found `OR`; write `or`'],
  ['!IsRootSpan()', 0, 'found `!`, which means nothing in OTTL; write `not`'],
  ['NOT IsRootSpan()', 4, 'expected a comparison (`==`, `!=`, `<`, `<=`, `>`, `>=`), found `IsRootSpan`; write `not`'],
  ['name =~ "a"', 6, 'found `~`, which means nothing in OTTL; a pattern is matched by `IsMatch(value, "pattern")`'],
  [
    'name in ["a"]',
    5,
    'expected a comparison (`==`, `!=`, `<`, `<=`, `>`, `>=`), found `in`; `ContainsValue(["a", "b"], value)` looks into a list',
  ],
  [
    'end_time - start_time > 5s',
    25,
    'expected `and`, `or` or the end of the condition, found `s`; a duration is written `Duration("5s")`',
  ],
  ['(name == "a"', 12, 'expected `)`, found the end'],
  ['name == "a" and', 15, 'expected a value, found the end'],
  ['true and name', 13, 'expected a comparison (`==`, `!=`, `<`, `<=`, `>`, `>=`), found the end'],
  ['1 < 2 < 3', 6, 'expected `and`, `or` or the end of the condition, found `<`'],
  ['where true', 0, 'expected a value, found `where`'],
]);

refused('statements that the check refuses', 'span', false, [
  ['sett(name, "a")', 0, 'there is no editor `sett`; did you mean `set`?'],
  ['set(nmae, "a")', 4, 'span has no path `nmae`; did you mean `name`?'],
  ['set(status.cod, 1)', 4, 'span has no path `status.cod`; did you mean `status.code`?'],
  ['set(log.body, "a")', 4, 'the context span has no `log`; it has span, scope, resource'],
  [
    'set(kind, SPAN_KIND_SERVR)',
    10,
    '`SPAN_KIND_SERVR` is no name of an enum of the context span; did you mean `SPAN_KIND_SERVER`?',
  ],
  [
    'set(status.code, ERROR)',
    17,
    '`ERROR` is no name of an enum of the context span; did you mean `STATUS_CODE_ERROR`?',
  ],
  ['set(name, None)', 10, '`None` is no name of an enum of the context span; write `nil`'],
  ['set(name, null)', 10, 'span has no path `null`; write `nil`'],
  [
    'set(span.attributes.http.method, "GET")',
    9,
    'span has no path `attributes.http.method`; its keys stand in brackets: `span.attributes["http.method"]`',
  ],
  [
    'set(count, 1)',
    4,
    'span has no path `count`; did you mean `dropped_attributes_count` or `dropped_events_count` or `dropped_links_count`?',
  ],
  ['drop()', 0, 'there is no editor `drop`; the processor `filter` drops by conditions'],
  ['set(name)', 0, '`set` needs the argument `value` (any): set(target, value)'],
  ['set(name, "a", "b")', 15, '`set` takes at most 2 arguments: set(target, value)'],
  ['set(events, [])', 4, '`target` of set: `events` can be read only'],
  ['set("a", "b")', 4, '`target` of set: expected a path that can be written, found "a"'],
  ['set(name[0], "b")', 9, '`name` is of type string: it has no keys'],
  ['set(attributes[0], "b")', 15, '`attributes` is indexed by a string, not by int'],
  ['set(resource["a"], "b")', 4, '`resource` has no keys: write `resource.attributes[…]`'],
  ['set(cache.a, "b")', 10, 'the cache has keys, and no fields: `cache["key"]`'],
  ['limit(attributes, name, [])', 18, '`limit` of limit: expected a whole number, found name'],
  ['delete_matching_keys(attributes, "(")', 33, '`pattern` of delete_matching_keys: a `(` without its `)`'],
  ['convert_sum_to_gauge()', 0, '`convert_sum_to_gauge` works in metric only, not in the context span'],
  ['set(name, (a) => a)', 10, 'a lambda can only be an argument of a function that takes one'],
]);

it('ottl: every fault of a statement is told, each where it is', () => {
  expect(compileStatement('set(nmae, Fooo(1)) where knd == SPAN_KIND_X', 'span')).toMatchObject({
    kind: 'faulty',
    faults: [{position: 4}, {position: 10}, {position: 25}, {position: 32}],
  });
});

it('ottl: an expression that nests too deep is refused, and does not exhaust the stack', () => {
  expect(() => parseValue('('.repeat(10_000))).toThrow('nest deeper than 100 levels');
  expect(() => parseCondition(`${'not '.repeat(10_000)}true`)).toThrow('nest deeper than 100 levels');
  expect(() => parseValue(`${'['.repeat(10_000)}`)).toThrow();
});
