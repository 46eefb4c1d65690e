/** The cases of actions are those of the Collector's `attraction`, those of include and exclude of its `filterspan`, `filterlog`. */
import {createHash} from 'node:crypto';
import {describe, expect, test} from 'vitest';
import {contextOf} from '../pipeline/testing.ts';
import {attributesProcessor as factory} from './processor-attributes.ts';
import {resourceProcessor} from './processor-resource.ts';
import {
  configFaults,
  itemsOf,
  logBatch,
  metricBatch,
  type PlainLog,
  type PlainMap,
  type PlainSpan,
  spanBatch,
  testProcessor,
} from './testing-processor.ts';

const sha = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
const int64 = (value: bigint): Uint8Array => new Uint8Array(BigInt64Array.of(value).buffer);
const double = (value: number): Uint8Array => new Uint8Array(Float64Array.of(value).buffer);

const insert = '{key: attribute1, action: insert, value: 123}';
const insertFrom = '{key: string key, action: insert, from_attribute: anotherkey}';
const update = '{key: db.secret, action: update, value: redacted}';
const updateFrom = '{key: boo, action: update, from_attribute: foo}';
const upsert = '{key: region, action: upsert, value: planet-earth}';
const upsertFrom = '{key: new_user_key, action: upsert, from_attribute: user_key}';
const extract = String.raw`{key: user_key, action: extract, pattern: '^\/api\/v1\/document\/(?P<new_user_key>.*)\/update\/(?P<version>.*)$'}`;
const remove = '{key: duplicate_key, pattern: ^duplicate_key_., action: delete}';
const hash = '{key: updateme, pattern: "^updatemeby.*", action: hash}';
const ordered =
  '{key: operation, action: insert, value: default}, {key: svc.operation, action: upsert, from_attribute: operation}, {key: operation, action: delete}';
const path = '/api/v1/document/12345678/update/v1';

describe('attribute actions', () => {
  test.each<[string, PlainMap, PlainMap]>([
    [insert, {}, {attribute1: 123n}],
    [insert, {anotherkey: 'bob'}, {anotherkey: 'bob', attribute1: 123n}],
    [insert, {attribute1: 'bob'}, {attribute1: 'bob'}],
    [insertFrom, {}, {}],
    [insertFrom, {bob: 1n}, {bob: 1n}],
    [insertFrom, {anotherkey: 8892342n}, {anotherkey: 8892342n, 'string key': 8892342n}],
    [insertFrom, {anotherkey: 1n, 'string key': 'here'}, {anotherkey: 1n, 'string key': 'here'}],
    [update, {}, {}],
    [update, {boo: 'foo'}, {boo: 'foo'}],
    [update, {'db.secret': 'password1234'}, {'db.secret': 'redacted'}],
    [updateFrom, {boo: 'bob'}, {boo: 'bob'}],
    [updateFrom, {foo: 'over there'}, {foo: 'over there'}],
    [updateFrom, {foo: 'party', boo: 'not here'}, {foo: 'party', boo: 'party'}],
    [upsert, {}, {region: 'planet-earth'}],
    [upsert, {mission: 'to mars'}, {mission: 'to mars', region: 'planet-earth'}],
    [upsert, {mission: 'to mars', region: 'solar system'}, {mission: 'to mars', region: 'planet-earth'}],
    [upsertFrom, {user_key: [1n, 'a'], new_user_key: 1n}, {user_key: [1n, 'a'], new_user_key: [1n, 'a']}],
    [extract, {}, {}],
    [extract, {user_key: 1234n}, {user_key: 1234n}],
    [extract, {user_key: 'does not match'}, {user_key: 'does not match'}],
    [extract, {user_key: '/api/v1/document/1/update'}, {user_key: '/api/v1/document/1/update'}],
    [extract, {user_key: path}, {user_key: path, new_user_key: '12345678', version: 'v1'}],
    [extract, {user_key: path, version: 'na'}, {user_key: path, version: 'v1', new_user_key: '12345678'}],
    ["{key: a, action: extract, pattern: '(?P<b>x)|(?P<c>y)'}", {a: 'y'}, {a: 'y', b: '', c: 'y'}],
    [remove, {}, {}],
    [remove, {duplicate_key: 3245.6, original_key: 3245.6}, {original_key: 3245.6}],
    [remove, {duplicate_key_a: 1n, a: 2n, duplicate_key_b: 3n, not_duplicate_key: 4n}, {a: 2n, not_duplicate_key: 4n}],
    ['{pattern: "duplicate.*", action: delete}', {duplicate_key: 1n, a: 'x', not_duplicate: true}, {a: 'x'}],
    [hash, {}, {}],
    [hash, {updateme: 'foo'}, {updateme: sha('foo')}],
    [hash, {updateme: 24n}, {updateme: sha(int64(24n))}],
    [hash, {updateme: 2.4}, {updateme: sha(double(2.4))}],
    [hash, {updateme: true}, {updateme: sha(Uint8Array.of(1))}],
    [hash, {updateme: false}, {updateme: sha(Uint8Array.of(0))}],
    [hash, {updatemebyregexp: false, not: false}, {updatemebyregexp: sha(Uint8Array.of(0)), not: false}],
    [hash, {updateme: ''}, {updateme: sha('')}],
    [hash, {updateme: {secret: 'x'}}, {updateme: ''}],
    ['{key: boo, action: insert, from_attribute: boo}', {boo: 'x'}, {boo: 'x'}],
    [ordered, {foo: 'f'}, {foo: 'f', 'svc.operation': 'default'}],
    [ordered, {foo: 'f', operation: 'add'}, {foo: 'f', 'svc.operation': 'add'}],
    [ordered, {foo: 'f', operation: 'add', 'svc.operation': 'x'}, {foo: 'f', 'svc.operation': 'add'}],
    ['{key: n, action: convert, converted_type: int}', {n: '123'}, {n: 123n}],
    ['{key: n, action: convert, converted_type: int}', {n: 'foo'}, {n: 'foo'}],
    ['{key: n, action: convert, converted_type: int}', {n: '123.4'}, {n: '123.4'}],
    ['{key: n, action: convert, converted_type: int}', {n: -123.9}, {n: -123n}],
    ['{key: n, action: convert, converted_type: int}', {n: true}, {n: 1n}],
    ['{key: n, action: convert, converted_type: int}', {n: [1n]}, {n: [1n]}],
    ['{key: n, action: convert, converted_type: double}', {n: '1.5'}, {n: 1.5}],
    ['{key: n, action: convert, converted_type: double}', {n: 5n}, {n: 5}],
    ['{key: n, action: convert, converted_type: double}', {n: false}, {n: 0}],
    ['{key: n, action: convert, converted_type: double}', {n: 'foo'}, {n: 'foo'}],
    ['{key: n, action: convert, converted_type: string}', {n: 1.25}, {n: '1.25'}],
    ['{key: n, action: convert, converted_type: string}', {n: [1n, 'a']}, {n: '[1,"a"]'}],
    ['{key: one, action: Upsert, value: 1.0}', {}, {one: 1}],
    ['{key: one, action: UPSERT, value: [a, 2, {b: true}]}', {}, {one: ['a', 2n, {b: true}]}],
    ['{key: a, action: insert, from_attribute: b, default_value: none}', {}, {a: 'none'}],
    ['{key: a, action: insert, from_attribute: b, default_value: none}', {b: 'x'}, {b: 'x', a: 'x'}],
  ])('%s: %o becomes %o', async (actions, before, after) => {
    // Neighbours before and behind show that no other span is touched.
    const spans = [{attributes: {left: 1n}}, {attributes: before}, {attributes: {right: 'r'}}];
    const [batch] = await testProcessor(factory, `{actions: [${actions}]}`, 'traces').run(spanBatch(...spans));
    const all = itemsOf(batch!).map(({attributes}) => attributes);
    expect(all[1]).toEqual(after);
    expect(all[0]).toMatchObject({left: 1n});
    expect(all[2]).toMatchObject({right: 'r'});
  });

  test.each([
    ['source', undefined],
    ['source_single_val', 'single_val'],
    ['Metadata.none', undefined],
    ['metadata.Source_Single_Val', 'single_val'],
    ['source_multiple_val', 'first;second'],
    ['auth.subject', undefined],
    ['client.address', undefined],
  ])('from_context: %s', async (from, value) => {
    const processor = testProcessor(factory, `{actions: [{key: dest, action: insert, from_context: ${from}}]}`, 'logs');
    const context = {
      ...contextOf(),
      metadata: new Map([
        ['source_single_val', ['single_val']],
        ['source_multiple_val', ['first', 'second']],
      ]),
    };
    const [batch] = await processor.run(logBatch({}), context);
    expect(itemsOf(batch!)[0]!.attributes).toEqual(value === undefined ? {} : {dest: value});
  });

  test.each([
    ['{action: upsert, value: 1}', '`key` is required'],
    ['{key: a, action: invalid}', 'expected one of `insert`'],
    ['{key: a, action: insert}', 'needs `value`'],
    ['{key: a, action: upsert, value: 1, from_attribute: b}', 'only one of `value`, `from_attribute`'],
    ['{key: a, action: insert, value: 1, pattern: x}', '`pattern` does not go with `action: insert`'],
    ['{key: a, action: extract}', 'needs a `pattern`'],
    ["{key: a, action: extract, pattern: '(?P<b>.*)', value: x}", '`value` does not go with `action: extract`'],
    ["{key: a, action: extract, pattern: '(?P<in.valid>.*)'}", '`in.valid` is not the name of a group'],
    ["{key: a, action: extract, pattern: '.*'}", 'no named group'],
    ["{key: a, action: extract, pattern: '(?P<b>.*)(.*)'}", 'a group without a name'],
    ['{key: a, action: convert}', 'needs `converted_type`'],
    ['{key: a, action: convert, converted_type: bool}', 'one of `int`, `double`, `string`'],
    ['{key: a, action: delete, value: 1}', '`value` does not go with `action: delete`'],
    ['{key: a, action: delete, attribute: b}', 'unknown key `attribute`'],
  ])('configuration %s is faulty', (action, fault) => {
    expect(configFaults(factory, `{actions: [${action}]}`).join('\n')).toContain(fault);
  });

  test('an empty list of actions is a fault', () => {
    expect(configFaults(factory, '{actions: []}').join()).toContain('`actions` is empty');
    expect(configFaults(resourceProcessor, '{attributes: []}').join()).toContain('`attributes` is empty');
  });
});

const marked = '{key: marked, action: insert, value: true}';

/** Which of the items were worked on. */
async function spansMarked(match: string, ...spans: readonly PlainSpan[]): Promise<boolean[]> {
  const processor = testProcessor(factory, `{${match}, actions: [${marked}]}`, 'traces');
  const [batch] = await processor.run(spanBatch(...spans));
  return itemsOf(batch!).map(({attributes}) => 'marked' in (attributes as object));
}

describe('include and exclude of spans', () => {
  const span: PlainSpan = {
    name: 'spanName',
    kind: 2,
    resource: {'service.name': 'wonderService', resString: 'arithmetic'},
    scope: {name: 'lib', version: 'ver'},
    attributes: {keyString: 'arithmetic', keyInt: 123n, keyDouble: 3245.6, keyBool: true, keyExists: 'present'},
  };
  test.each<[string, boolean]>([
    ['match_type: strict, services: [wonderService]', true],
    ['match_type: strict, services: [wonderServic]', false],
    ['match_type: regexp, services: [w.nder]', true],
    ['match_type: strict, span_names: [other, spanName]', true],
    ['match_type: strict, span_names: [spanNam]', false],
    ['match_type: regexp, span_names: ["^span"]', true],
    ['match_type: regexp, span_names: ["^pan"], regexp: {cacheenabled: true}', false],
    ['match_type: regexp, span_names: ["^span"], regexp: {cacheenabled: true, cachemaxnumentries: 1}', true],
    ['match_type: strict, span_kinds: [SPAN_KIND_SERVER]', true],
    ['match_type: strict, span_kinds: [SPAN_KIND_CLIENT]', false],
    ['match_type: regexp, span_kinds: [CLIENT|SERVER]', true],
    ['match_type: strict, attributes: [{key: keyInt, value: 123}]', true],
    ['match_type: strict, attributes: [{key: keyInt, value: 123.0}]', false],
    ['match_type: strict, attributes: [{key: keyInt, value: "123"}]', false],
    ['match_type: strict, attributes: [{key: keyDouble, value: 3245.6}]', true],
    ['match_type: strict, attributes: [{key: keyBool, value: true}, {key: keyExists}]', true],
    ['match_type: strict, attributes: [{key: keyExists}, {key: none}]', false],
    ['match_type: regexp, attributes: [{key: keyString, value: "arith.*"}]', true],
    ['match_type: regexp, attributes: [{key: keyInt, value: "^1.3$"}]', true],
    ['match_type: regexp, attributes: [{key: keyBool, value: "^true$"}]', true],
    ['match_type: regexp, attributes: [{key: keyDouble, value: "5.6$"}]', true],
    ['match_type: strict, resources: [{key: resString, value: arithmetic}]', true],
    ['match_type: strict, resources: [{key: resString, value: algebra}]', false],
    ['match_type: strict, libraries: [{name: lib}]', true],
    ['match_type: strict, libraries: [{name: lib, version: ver}]', true],
    ['match_type: strict, libraries: [{name: lib, version: ""}]', false],
    ['match_type: strict, services: [wonderService], span_names: [other]', false],
  ])('{%s} chooses %s', async (properties, isChosen) => {
    expect(await spansMarked(`include: {${properties}}`, span)).toEqual([isChosen]);
    expect(await spansMarked(`exclude: {${properties}}`, span)).toEqual([!isChosen]);
  });

  test('a resource without a name, a scope without a version, a kind beyond the known ones', async () => {
    const bare: PlainSpan = {kind: 9, scope: {name: 'lib'}};
    expect(await spansMarked('include: {match_type: strict, services: [<nil-service-name>]}', bare)).toEqual([true]);
    const versionless = 'include: {match_type: strict, libraries: [{name: lib, version: ""}]}';
    expect(await spansMarked(versionless, bare)).toEqual([true]);
    expect(await spansMarked('include: {match_type: regexp, span_kinds: ["^$"]}', bare, {kind: 1})).toEqual([
      true,
      false,
    ]);
  });

  test('exclude goes before include', async () => {
    const match =
      'include: {match_type: strict, services: [svcA, svcB]}, exclude: {match_type: strict, attributes: [{key: redact_trace, value: false}]}';
    const of = (service: string, redact: PlainMap): PlainSpan => ({
      resource: {'service.name': service},
      attributes: redact,
    });
    const spans = [
      of('svcB', {redact_trace: 'false'}),
      of('svcA', {redact_trace: true}),
      of('svcB', {redact_trace: false}),
      of('svcC', {}),
    ];
    expect(await spansMarked(match, ...spans)).toEqual([true, true, false, false]);
  });

  test.each([
    ['include: {match_type: strict}', 'at least one of'],
    ['include: {services: [a]}', '`match_type` is required'],
    ['include: {match_type: exact, services: [a]}', 'expected one of `strict`, `regexp`'],
    ['include: {match_type: strict, span_kinds: [SERVER]}', '`SERVER` is no kind of spans'],
    ['include: {match_type: regexp, span_names: ["["]}', 'without its `]`'],
    ['include: {match_type: regexp, attributes: [{key: a, value: 5}]}', 'must be a text'],
    ['include: {match_type: strict, attributes: [{value: 5}]}', '`key` is required'],
    ['exclude: {match_type: strict, span_name: [a]}', 'unknown key `span_name`; did you mean `span_names`?'],
  ])('{%s} is faulty', (match, fault) => {
    expect(configFaults(factory, `{${match}, actions: [${marked}]}`).join('\n')).toContain(fault);
  });

  test.each([
    ['logs', 'span_names: [a]'],
    ['logs', 'services: [a]'],
    ['traces', 'log_bodies: [a]'],
    ['metrics', 'attributes: [{key: a}]'],
  ] as const)('a property that does not fit %s is refused: %s', (signal, property) => {
    const yaml = `{include: {match_type: strict, ${property}}, actions: [${marked}]}`;
    expect(() => testProcessor(factory, yaml, signal)).toThrow(`in a pipeline of ${signal}: \`include\` has`);
  });
});

test.each<[string, PlainLog, boolean]>([
  ['log_bodies: [AUTH login]', {body: 'AUTH login'}, true],
  ['log_bodies: ["5"]', {body: 5n}, true],
  ['log_bodies: ["AUTH"]', {body: 'AUTH login'}, false],
  ['log_severity_texts: [debug]', {severityText: 'debug'}, true],
  ['log_severity_number: {min: 9}', {severityNumber: 9}, true],
  ['log_severity_number: {min: 9}', {severityNumber: 8}, false],
  ['log_severity_number: {min: 9}', {}, false],
  ['log_severity_number: {min: 9, match_undefined: true}', {}, true],
  ['attributes: [{key: a, value: b}]', {attributes: {a: 'b'}}, true],
  ['resources: [{key: a, value: b}]', {resource: {a: 'c'}}, false],
])('include of log records: {%s} with %o is %s', async (property, log, isChosen) => {
  const yaml = `{include: {match_type: strict, ${property}}, actions: [${marked}]}`;
  const [batch] = await testProcessor(factory, yaml, 'logs').run(logBatch(log));
  expect('marked' in (itemsOf(batch!)[0]!.attributes as object)).toBe(isChosen);
});

test('attributes processor: works on the points of metrics, by name and resource of the metric', async () => {
  const yaml = `{include: {match_type: regexp, metric_names: ["^http"], resources: [{key: env, value: prod}]}, actions: [${marked}]}`;
  const resource = {env: 'prod'};
  const [batch] = await testProcessor(factory, yaml, 'metrics').run(
    metricBatch(
      {name: 'http.duration', resource, points: [{value: 1}, {attributes: {a: 1n}, value: 2}]},
      {name: 'db.duration', resource, points: [{value: 3}]},
      {name: 'http.duration', resource: {env: 'dev'}, points: [{value: 4}]},
    ),
  );
  expect(itemsOf(batch!).map(({attributes}) => attributes)).toEqual([{marked: true}, {a: 1n, marked: true}, {}, {}]);
});

test('resource processor: edits each resource once, of every signal', async () => {
  const yaml =
    '{attributes: [{key: cloud.zone, value: zone-1, action: upsert}, {key: k8s.cluster.name, from_attribute: k8s-cluster, action: insert}, {key: redundant, action: delete}]}';
  const resource = {redundant: 1n, 'k8s-cluster': 'c', 'cloud.zone': 'z'};
  const expected = {'k8s-cluster': 'c', 'cloud.zone': 'zone-1', 'k8s.cluster.name': 'c'};
  const items = {
    traces: (await testProcessor(resourceProcessor, yaml, 'traces').run(spanBatch({resource}, {resource}, {})))[0]!,
    logs: (await testProcessor(resourceProcessor, yaml, 'logs').run(logBatch({resource}, {resource}, {})))[0]!,
    metrics: (
      await testProcessor(resourceProcessor, yaml, 'metrics').run(
        metricBatch({resource, points: [{}, {}]}, {points: [{}]}),
      )
    )[0]!,
  };
  for (const batch of Object.values(items)) {
    expect(itemsOf(batch).map((item) => item.resource)).toEqual([expected, expected, {'cloud.zone': 'zone-1'}]);
  }
});
