/** Editors, one line a case: statements and outcomes of the Collector's end-to-end tests of the language. */
import {describe, expect, it} from 'vitest';
import {findAttribute} from '../model/index.ts';
import {compileStatement, transformFunctions} from './index.ts';
import {type PlainAttributes, testLog, testSpan} from './testing.ts';
import {attributesOf} from './testing-attributes.ts';

const before: PlainAttributes = {
  'http.method': 'get',
  'http.path': '/health',
  'http.url': 'http://localhost/health',
  flags: 'A|B|C',
  'total.string': '123456789',
  foo: {bar: 'pass', flags: 'pass', slice: ['val'], nested: {test: 'pass'}},
  array: ['looong', 1n, 1.5],
};
const without = (...keys: readonly string[]): PlainAttributes =>
  Object.fromEntries(Object.entries(before).filter(([key]) => !keys.includes(key)));
const foo = before.foo as object;

function outcome(statement: string): Record<string, unknown> {
  const batch = testLog(before);
  const compiled = compileStatement(statement, 'log', {functions: transformFunctions});
  if (compiled.kind === 'faulty') throw new Error(compiled.faults.map(({message}) => message).join('\n'));
  compiled.value.run(batch, 0);
  return attributesOf(batch, batch.logs.columns.attributes, 0);
}
const f = (statement: string, after: PlainAttributes) =>
  it(`ottl: ${statement}`, () => expect(outcome(statement)).toEqual(after));
const fails = (statement: string, message: string) =>
  it(`ottl: ${statement} fails: ${message}`, () => expect(() => outcome(statement)).toThrow(message));

describe('maps', () => {
  f('delete_key(attributes, "http.method")', without('http.method'));
  f('delete_key(attributes["foo"], "bar")', {...before, foo: {flags: 'pass', slice: ['val'], nested: {test: 'pass'}}});
  f('delete_key(attributes, "none")', before);
  f('delete_matching_keys(attributes, "^http")', without('http.method', 'http.path', 'http.url'));
  f('keep_matching_keys(attributes, "^http")', without('flags', 'total.string', 'foo', 'array'));
  f('keep_keys(attributes, ["flags", "total.string"])', {flags: 'A|B|C', 'total.string': '123456789'});
  f('keep_keys(attributes["foo"], ["\\\\", "bar"])', {...before, foo: {bar: 'pass'}});
  f('limit(attributes, 100, [])', before);
  f('limit(attributes, 1, ["total.string"])', {'total.string': '123456789'});
  f('limit(attributes, 2, ["total.string"])', {'http.method': 'get', 'total.string': '123456789'});
  f('merge_maps(attributes, {"new": 1, "flags": "x"}, "insert")', {...before, new: 1n});
  f('merge_maps(attributes, {"new": 1, "flags": "x"}, "update")', {...before, flags: 'x'});
  f('merge_maps(attributes, attributes["foo"], "upsert")', {...before, ...foo});
  f('flatten(attributes, depth=1)', {
    ...without('foo', 'array'),
    'foo.bar': 'pass',
    'foo.flags': 'pass',
    'foo.slice': ['val'],
    'foo.nested': {test: 'pass'},
    'array.0': 'looong',
    'array.1': 1n,
    'array.2': 1.5,
  });
  f('flatten(attributes["foo"], "test")', {
    ...before,
    foo: {'test.bar': 'pass', 'test.flags': 'pass', 'test.slice.0': 'val', 'test.nested.test': 'pass'},
  });
  f('flatten(attributes["foo"], resolveConflicts=true)', {
    ...before,
    foo: {bar: 'pass', flags: 'pass', slice: 'val', 'nested.test': 'pass'},
  });
  f('truncate_all(attributes, 1)', {
    ...before,
    'http.method': 'g',
    'http.path': '/',
    'http.url': 'h',
    flags: 'A',
    'total.string': '1',
  });
  f('truncate_all(attributes, 7, truncation_marker = "(…)")', {
    ...before,
    'http.path': '/health',
    'http.url': 'ht(…)',
    'total.string': '12(…)',
  });
  f('stringify_all(attributes["foo"])', {
    ...before,
    foo: {bar: 'pass', flags: 'pass', slice: '["val"]', nested: '{"test":"pass"}'},
  });
  fails('delete_key(attributes["none"], "a")', 'expected map, found nil');
  fails('limit(attributes, 1, ["a", "b"])', 'there are 2 keys, and the limit is 1');
  fails('flatten(attributes, depth=0)', 'expected a number from 1, found 0');
  fails('append(attributes["foo"], 1)', 'cannot append to a map');
  fails('limit(attributes, -1, [])', 'expected a number from 0');
  fails('merge_maps(attributes, {}, "replace")', 'expected one of insert, update, upsert');
});

describe('replacing', () => {
  f('replace_all_matches(attributes, "*/*", "test")', {...before, 'http.path': 'test', 'http.url': 'test'});
  f('replace_all_patterns(attributes, "value", "/", "@")', {
    ...before,
    'http.path': '@health',
    'http.url': 'http:@@localhost@health',
  });
  f('replace_all_patterns(attributes, "key", "^http", "test")', {
    ...without('http.method', 'http.path', 'http.url'),
    'test.method': 'get',
    'test.path': '/health',
    'test.url': 'http://localhost/health',
  });
  f('replace_all_patterns(attributes, "key", "^http\\\\.(\\\\w+)", "h.$1")', {
    ...without('http.method', 'http.path', 'http.url'),
    'h.method': 'get',
    'h.path': '/health',
    'h.url': 'http://localhost/health',
  });
  f('replace_match(attributes["http.path"], "*/*", "test")', {...before, 'http.path': 'test'});
  f('replace_match(attributes["http.path"], "x*", "test")', before);
  f('replace_pattern(attributes["http.path"], "/", "@")', {...before, 'http.path': '@health'});
  f('replace_pattern(attributes["http.path"], "h", "$$1")', {...before, 'http.path': '/$1ealt$1'});
  f('replace_pattern(attributes["http.path"], "(?P<x>he)", "<$x>")', {...before, 'http.path': '/<he>alth'});
  f('replace_pattern(attributes["flags"], "\\\\|.", "b", SHA256, "[%s]")', {
    ...before,
    flags: `A${'[3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d]'.repeat(2)}`,
  });
  f('replace_pattern(attributes["array"], "o", "0")', before);
  f('replace_pattern(attributes["none"], "o", "0")', before);
  fails('replace_pattern(attributes["flags"], "(", "0")', '`regex` of replace_pattern');
  fails('replace_pattern(attributes["flags"], "a", "b", SHA256, "%d")', '`%s` exactly once');
  fails('replace_pattern(attributes["flags"], "a", "b", Concat)', 'does not take exactly one argument');
  fails('replace_all_patterns(attributes, "both", "a", "b")', 'expected key or value');
});

describe('values', () => {
  f('set(attributes["test"], "pass")', {...before, test: 'pass'});
  f('set(attributes["test"], nil)', {...before, test: undefined});
  f('set(attributes["test"], attributes["unknown"])', {...before, test: undefined});
  f('set(attributes["test"], attributes["foo"]["bar"])', {...before, test: 'pass'});
  f('set(attributes["test"], attributes["foo"])', {...before, test: foo});
  f('set(attributes["foo"]["test"], "pass")', {...before, foo: {...foo, test: 'pass'}});
  f('set(attributes["new"]["list"][1], 2.5)', {...before, new: {list: [undefined, 2.5]}});
  f('set(attributes["test"], "\\\\")', {...before, test: '\\'});
  f('set(attributes["test"], "\\"")', {...before, test: '"'});
  f('set(attributes, {"only": [1, true, 0x0a]})', {only: [1n, true, Uint8Array.of(10)]});
  f('set(attributes["test"], trace_id.string)', {...before, test: '0102030405060708090a0b0c0d0e0f10'});
  f('set(attributes["test"], "pass") where body == "operationB"', before);
  f('set(attributes["test"], "pass") where resource.attributes["host.name"] == "localhost"', {...before, test: 'pass'});
  f('set(attributes["test"], "pass") where trace_id == TraceID(0x0102030405060708090a0b0c0d0e0f10)', {
    ...before,
    test: 'pass',
  });
  f('set(attributes["test"], "pass") where body == Concat(["operation", "A"], "")', {...before, test: 'pass'});
  f('append(attributes["array"], "x")', {...before, array: ['looong', 1n, 1.5, 'x']});
  f('append(attributes["flags"], values = ["D", 5])', {...before, flags: ['A|B|C', 'D', 5n]});
  f('append(attributes["tags"], attributes["http.method"])', {...before, tags: ['get']});
  f('delete_index(attributes["array"], 0)', {...before, array: [1n, 1.5]});
  f('delete_index(attributes["array"], 0, 2)', {...before, array: [1.5]});
  f('delete_index(attributes["array"], Len(attributes["array"]) - 1)', {...before, array: ['looong', 1n]});
  fails('delete_index(attributes["array"], 3)', 'index 3 is out of bounds');
  fails('set(attributes["array"][7], 1)', 'index 7 is out of bounds');
  fails('set(attributes["flags"]["a"], 1)', 'a value of type string cannot be indexed');
  fails('set(attributes["test"], Now())', 'an attribute cannot hold a value of type time');
  fails('append(attributes["a"])', 'expected `value` or `values`');
});

describe('fields', () => {
  const read = (statement: string, path: string): unknown => {
    const batch = testSpan();
    for (const text of [statement, `set(attributes["out"], ${path})`]) {
      const compiled = compileStatement(text, 'span');
      if (compiled.kind === 'faulty') throw new Error(compiled.faults[0]?.message);
      compiled.value.run(batch, 0);
    }
    const found = findAttribute(batch, batch.spans.columns.attributes, 0, new TextEncoder().encode('out'));
    return found < 0 ? undefined : attributesOf(batch, batch.spans.columns.attributes, 0).out;
  };
  it.each([
    ['set(name, "x")', 'name', 'x'],
    ['set(kind, SPAN_KIND_CLIENT)', 'kind.string', 'Client'],
    ['set(kind.deprecated_string, "SPAN_KIND_PRODUCER")', 'kind', 4n],
    ['set(status.code, STATUS_CODE_OK)', 'status.code', 1n],
    ['set(status.message, "fine")', 'status["message"]', 'fine'],
    ['set(start_time, end_time - Duration("1s"))', 'Milliseconds(end_time - start_time)', 1000n],
    ['set(start_time_unix_nano, 5)', 'start_time_unix_nano', 5n],
    [
      'set(trace_id.string, "ffffffffffffffffffffffffffffffff")',
      'String(trace_id)',
      'ffffffffffffffffffffffffffffffff',
    ],
    ['set(span_id, SpanID(0x0000000000000000))', 'span_id.string', '0000000000000000'],
    ['set(trace_state["key2"], "new")', 'trace_state', 'key2=new,key1=val1'],
    ['set(trace_state, "")', 'trace_state["key1"]', ''],
    ['set(resource.attributes["a"], 1)', 'resource.attributes["a"]', 1n],
    ['set(scope.name, "s")', 'instrumentation_scope.name', 's'],
    ['set(cache["a"], 1)', 'cache["a"]', undefined],
    ['set(dropped_events_count, 7)', 'dropped_events_count', 7n],
    ['set(name, "x")', 'Len(events)', 1n],
    ['set(name, "x")', 'events[0]["name"]', 'event'],
  ])('ottl: after %s the path %s is as set', (statement, path, value) => expect(read(statement, path)).toEqual(value));
});
