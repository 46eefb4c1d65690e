import {expect, it} from 'vitest';
import {type AnyBatch, setAttribute} from '../model/index.ts';
import {type CompileOptions, compileCondition, compileStatement, type OttlContext} from './index.ts';
import {testLog, testSpan} from './testing.ts';

function holds(text: string, batch: AnyBatch, context: OttlContext, options?: CompileOptions): boolean {
  const compiled = compileCondition(text, context, options);
  if (compiled.kind === 'faulty') throw new Error(compiled.faults.map(({message}) => message).join('\n'));
  return compiled.value.test(batch, 0, 0);
}

it.each([
  ['name == "operationA"', true],
  ['span.name != "operationA"', false],
  ['kind == SPAN_KIND_SERVER and status.code == STATUS_CODE_ERROR', true],
  ['kind.string == "Server"', true],
  ['attributes["http.method"] == "GET"', true],
  ['attributes["http.method"] == "POST" or attributes["http.status"] >= 500', true],
  ['attributes["http.status"] == 503.0', true],
  ['500 < attributes["http.status"]', true],
  ['attributes["none"] == nil', true],
  ['attributes["http.method"] != nil', true],
  ['attributes["nested"]["a"][1] == "y"', true],
  ['attributes["nested"]["none"][1] == nil', true],
  ['attributes[Concat(["http", "method"], ".")] == "GET"', true],
  ['resource.attributes["host.name"] == "localhost"', true],
  ['instrumentation_scope.name == "scope" and scope.version == ""', true],
  ['end_time - start_time == end_time - start_time', true],
  ['end_time_unix_nano - start_time_unix_nano == 250 * 1000000', true],
  ['trace_state["key2"] == "val2"', true],
  ['trace_id.string == "0102030405060708090a0b0c0d0e0f10"', true],
  ['IsMatch(name, "^op.*A$") and not IsRootSpan()', true],
  ['attributes["http.method"] == 1', false],
  ['attributes["http.method"] != 1', true],
  ['"b" > "a" and 1 < 1.5 and true > false', true],
])('ottl: of a span, the condition %s is %s', (text, expected) => {
  const batch = testSpan({'http.method': 'GET', 'http.status': 503, nested: {a: ['x', 'y']}});
  expect(holds(text, batch, 'span')).toBe(expected);
});

it('ottl: a log body is a text, or a map to reach into', () => {
  expect(holds('body == "operationA"', testLog(), 'log')).toBe(true);
  expect(holds('log.body["a"]["b"] == 2', testLog({}, {a: {b: 2}}), 'log')).toBe(true);
  expect(holds('IsMap(body) and body.string == "{\\"a\\":1}"', testLog({}, {a: 1}), 'log')).toBe(true);
});

it('ottl: a statement runs where its condition holds, and says whether it did', () => {
  const batch = testSpan({'http.method': 'GET'});
  const compiled = compileStatement(
    'set(attributes["m"], attributes["http.method"]) where name == "operationA"',
    'span',
  );
  if (compiled.kind === 'faulty') throw new Error(compiled.faults[0]?.message);
  expect(compiled.value.run(batch, 0)).toBe(true);
  expect(holds('attributes["m"] == "GET"', batch, 'span')).toBe(true);
});

it('ottl: faults say where they are, and the nearest known name', () => {
  expect(compileCondition('nam == "a"', 'span')).toEqual({
    kind: 'faulty',
    faults: [{position: 0, message: 'span has no path `nam`; did you mean `name`?'}],
  });
  expect(compileCondition('IsMtch(name, "a")', 'span')).toEqual({
    kind: 'faulty',
    faults: [{position: 0, message: 'there is no converter `IsMtch`; did you mean `IsMatch`?'}],
  });
  expect(compileStatement('set(name, "a") where kind == SPAN_KIND_SERVR', 'span')).toMatchObject({
    kind: 'faulty',
    faults: [{position: 29}],
  });
});

it('ottl: an attribute is looked for in its own row only, wherever it was in the row before', () => {
  const batch = testSpan({a: 1, b: 2, c: 3, wanted: 'x'});
  const {columns} = batch.spans;
  const other = batch.spans.add();
  setAttribute(batch, columns.attributes, other, 'one', {type: 'string', value: 'y'});
  const third = batch.spans.add();
  setAttribute(batch, columns.attributes, third, 'k', {type: 'string', value: 'z'});
  setAttribute(batch, columns.attributes, third, 'wanted', {type: 'string', value: 'x'});
  const compiled = compileCondition('attributes["wanted"] == "x"', 'span');
  if (compiled.kind === 'faulty') throw new Error(compiled.faults[0]?.message);
  expect([0, other, third, other, 0].map((row) => compiled.value.test(batch, row))).toEqual([
    true,
    false,
    true,
    false,
    true,
  ]);
});
