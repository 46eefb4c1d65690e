// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of configurations look like templates
/** The cases are those of the Collector's own tests: confmap/expand_test.go and confmap/internal/e2e. */
import {describe, expect, test} from 'vitest';
import {expandNodes} from './expand.ts';
import type {ConfigNode, Report} from './node.ts';
import {bool, type ConfigType, integer, list, mapOf, object, optional, text} from './schema.ts';
import {byteSize, duration} from './units.ts';
import {parseYaml} from './yaml.ts';

type Env = Readonly<Record<string, string>>;

/** The value of a setting `field` of this type, or its faults. */
function read(yaml: string, env: Env, type: ConfigType<unknown>): unknown {
  const faults: string[] = [];
  const report: Report = {fault: (_, message) => void faults.push(message), warn() {}, listens() {}, refers() {}};
  const node = parseYaml('main.yaml', yaml, report) as ConfigNode;
  const readFile = (path: string): string => {
    if (path === 'token.txt') return 'a: b: c\n';
    throw new Error('no such file');
  };
  const expanded = expandNodes(node, {env, readFile}, report);
  const value = object({field: optional(type, '')}).read(expanded, report).field;
  return faults.length > 0 ? faults : value;
}

const plain = (node: ConfigNode): unknown =>
  node.kind === 'scalar'
    ? node.value
    : node.kind === 'list'
      ? node.items.map(plain)
      : Object.fromEntries([...node.entries].map(([key, {value}]) => [key, plain(value)]));
const anything: ConfigType<unknown> = {label: 'any', read: plain};

const direct = 'field: ${env:ENV}';
const inline = 'field: "inline field with ${env:ENV} expansion"';

describe('configuration: the value of a variable takes the type of its setting', () => {
  const cases: readonly [value: string, type: ConfigType<unknown>, expected: unknown][] = [
    ['123', integer(), 123],
    ['123', text, '123'],
    ['0123', integer(), 83],
    ['0123', text, '0123'],
    ['-0o17', integer(-100), -15],
    ['0b101', integer(), 5],
    ['1_000', integer(), 1000],
    ['0xdeadbeef', integer(), 3_735_928_559],
    ['0xdeadbeef', text, '0xdeadbeef'],
    ['"0123"', text, '"0123"'],
    ['"0123"', integer(), ['`field`: expected a whole number, found ""0123""']],
    ['!!str 0123', text, '!!str 0123'],
    ['t', bool, ['`field`: expected true or false, found "t"']],
    ['23', bool, ['`field`: expected true or false, found 23']],
    ['1111:1111:1111:1111:1111::', text, '1111:1111:1111:1111:1111::'],
    ['2006-01-02T15:04:05Z07:00', text, '2006-01-02T15:04:05Z07:00'],
    ['2023-03-20T03:17:55.432328Z', text, '2023-03-20T03:17:55.432328Z'],
    ['true # comment with a ${env:hello.world} reference', bool, true],
    [
      'true # comment with a ${env:hello.world} reference',
      text,
      [
        '`field`: expected text, found true # comment with a ${env:hello.world} reference: `${env:hello.world}`: `hello.world` is not the name of an environment variable',
      ],
    ],
    ['["a",', text, '["a",'],
    ['[filelog,windowseventlog/application]', list(text), ['filelog', 'windowseventlog/application']],
    ['[filelog,windowseventlog/application]', text, '[filelog,windowseventlog/application]'],
    ['$$ENV', text, '$ENV'],
    ['$${ENV}', text, '${ENV}'],
    ['$${env:ENV}', text, '${env:ENV}'],
    ['[filelog,${env:ENV_VALUE}]', text, '[filelog,testreceiver]'],
    ['[filelog,${ENV_VALUE}]', text, '[filelog,testreceiver]'],
    ['[filelog,"${ENV_VALUE}"]', list(text), ['filelog', 'testreceiver']],
    ['["filelog","$${env:ENV_VALUE}"]', text, '["filelog","${env:ENV_VALUE}"]'],
    ['["filelog","$$ENV_VALUE"]', text, '["filelog","$ENV_VALUE"]'],
    ['["filelog","$ENV_VALUE"]', text, '["filelog","$ENV_VALUE"]'],
    ['secret:', text, 'secret:'],
    ['{abc}', text, '{abc}'],
    ['[abc]', text, '[abc]'],
    ['a: b', text, 'a: b'],
    ['fe80::', text, 'fe80::'],
    ['@at', text, '@at'],
    ['null', anything, undefined],
    ['{}', anything, {}],
    ['# a comment', anything, undefined],
    ['', integer(), undefined],
    ['', text, undefined],
    ['', bool, undefined],
    ['', duration(), undefined],
    ['', list(text), undefined],
    ['0100', byteSize, 64],
    ['{a: [', mapOf(text), [expect.stringMatching(/^`field`: expected a map, found "\{a: \[" \(not valid YAML: /)]],
  ];
  test.each(cases)('%s as %o is %o', (value, type, expected) => {
    expect(read(direct, {ENV: value, ENV_VALUE: 'testreceiver'}, type)).toEqual(expected);
    // Through another variable it is the same.
    expect(read(direct, {ENV: '${env:ENV2}', ENV2: value, ENV_VALUE: 'testreceiver'}, type)).toEqual(expected);
  });
});

describe('configuration: the value of a variable within a text is its text', () => {
  test.each([
    ['123', '123'],
    ['0123', '0123'],
    ['0xdeadbeef', '0xdeadbeef'],
    ['"0123"', '"0123"'],
    ['!!str 0123', '!!str 0123'],
    ['{"field": 123}', '{"field": 123}'],
    ['1111:1111:1111:1111:1111::', '1111:1111:1111:1111:1111::'],
    ['2023-03-20T03:17:55.432328Z', '2023-03-20T03:17:55.432328Z'],
    ['["a",', '["a",'],
    ['[filelog,windowseventlog/application]', '[filelog,windowseventlog/application]'],
    ['$$ENV', '$ENV'],
    ['$${ENV}', '${ENV}'],
    ['secret:', 'secret:'],
    ['{abc}', '{abc}'],
    ['a: b', 'a: b'],
    ['fe80::', 'fe80::'],
    ['', ''],
    ["$&$'", "$&$'"],
  ])('%s', (value, expected) => {
    const result = `inline field with ${expected} expansion`;
    expect(read(inline, {ENV: value}, text)).toBe(result);
    expect(read(inline, {ENV: '${env:ENV2}', ENV2: value}, text)).toBe(result);
  });

  test('a group of a pattern that reads as a reference is told how to write it', () => {
    expect(read(inline, {ENV: 'true # ${1}'}, text)).toEqual([
      '`${1}`: `1` is not the name of an environment variable; for a group of a pattern write `$${1}`',
    ]);
  });

  test('a reference in it to what is no variable is a fault', () => {
    expect(read(inline, {ENV: 'true # ${env:hello.world}'}, text)).toEqual([
      '`${env:hello.world}`: `hello.world` is not the name of an environment variable',
    ]);
  });
});

test('configuration: variables refer to variables, in texts and in maps', () => {
  const wrapped = {ENV: 'The value ${env:ENV2} is wrapped', ENV2: 'The value ${env:ENV3} is wrapped', ENV3: '123'};
  expect(read(direct, wrapped, text)).toBe('The value The value 123 is wrapped is wrapped');
  const maps = {
    ENV: '{env: "${env:ENV2}", inline: "inline ${env:ENV2}"}',
    ENV2: '{env2: "${env:ENV3}"}',
    ENV3: '{value: 123}',
  };
  expect(read(direct, maps, anything)).toEqual({
    env: {env2: {value: 123}},
    inline: 'inline {env2: "{value: 123}"}',
  });
  expect(read(direct, maps, text)).toBe('{env: "{env2: "{value: 123}"}", inline: "inline {env2: "{value: 123}"}"}');
  const comment = {ENV: '# a comment with ${EXPAND_ME}\ndebug:\n  verbosity: detailed', EXPAND_ME: 'a value'};
  expect(read(direct, comment, anything)).toEqual({debug: {verbosity: 'detailed'}});
  expect(read(direct, comment, text)).toBe('# a comment with a value\ndebug:\n  verbosity: detailed');
});

test('configuration: a file in a reference is text like a variable, without its last line break', () => {
  expect(read('field: ${file:token.txt}', {}, text)).toBe('a: b: c');
  expect(read('field: ${file:absent.txt}', {}, text)).toEqual(['cannot read absent.txt: no such file']);
});

describe('configuration: dollar signs', () => {
  const env: Env = {
    ENV_VALUE: 'some expanded value',
    ENV_LIST: "['$$ESCAPE_ME','$${ESCAPE_ME}','$${env:ESCAPE_ME}']",
    ENV_MAP: "{'key1':'$$ESCAPE_ME','key2':'$${ESCAPE_ME}','key3':'$${env:ESCAPE_ME}'}",
    ENV_NESTED_DOLLARSIGN: 'here is 1 $$',
    ENV_NESTED_DOLLARSIGN_ESCAPED: 'here are 2 $$$',
    ENV_EXPAND_NESTED: '${env:ENV_VALUE} came from nested expansion',
  };
  test.each([
    ['$$ENV_VALUE', '$ENV_VALUE'],
    ['$$$$ENV_VALUE', '$$ENV_VALUE'],
    ['$$${ENV_VALUE}', '$some expanded value'],
    ['some${ENV_VALUE}text', 'somesome expanded valuetext'],
    ['some$${ENV_VALUE}text', 'some${ENV_VALUE}text'],
    ['$${ONE}$${TWO}', '${ONE}${TWO}'],
    ['text$$', 'text$'],
    ['$$', '$'],
    ['$', '$'],
    ['$${1}$${env:2}', '${1}${env:2}'],
    ['some$${env:ENV_VALUE}text', 'some${env:ENV_VALUE}text'],
    ['$${env:${ENV_VALUE}}', '${env:some expanded value}'],
    ['$${env:$${ENV_VALUE}}', '${env:${ENV_VALUE}}'],
    ['env:MAP_VALUE_2}$${ENV_VALUE}{', 'env:MAP_VALUE_2}${ENV_VALUE}{'],
    ['$$${env:ENV_VALUE}', '$some expanded value'],
    ['$ENV_VALUE', '$ENV_VALUE'],
    ['${env:ENV_LIST}', ['$ESCAPE_ME', '${ESCAPE_ME}', '${env:ESCAPE_ME}']],
    ['${env:ENV_MAP}', {key1: '$ESCAPE_ME', key2: '${ESCAPE_ME}', key3: '${env:ESCAPE_ME}'}],
    ['${env:ENV_NESTED_DOLLARSIGN}', 'here is 1 $'],
    ['${env:ENV_NESTED_DOLLARSIGN_ESCAPED}', 'here are 2 $$'],
    ['${env:ENV_EXPAND_NESTED}', 'some expanded value came from nested expansion'],
    ['${env:UNDEFINED_KEY:-default_value}', 'default_value'],
    ['${env:UNDEFINED_KEY:-}', ''],
    ['${env:UNDEFINED_KEY:-$${env:UNDEFINED_KEY}}', '${env:UNDEFINED_KEY:-${env:UNDEFINED_KEY}}'],
    [
      '${env:UNDEFINED_KEY:-a$$b}',
      ['`${env:UNDEFINED_KEY:-a$$b}`: a reference cannot hold `$`; put the text into a variable of its own'],
    ],
  ])('%s', (written, expected) => {
    expect(read(`field: ${JSON.stringify(written)}`, env, anything)).toEqual(expected);
  });
});

describe('configuration: references and braces', () => {
  const env: Env = {
    HOST: 'localhost',
    PORT: '3044',
    OS: 'ubuntu',
    PR: 'amd',
    COMPLEX_VALUE: '[localhost:3042]',
    BOOL: 'true',
  };
  test.each([
    ['${HOST}:${PORT}', 'localhost:3044'],
    ['${HOST}:$PORT', 'localhost:$PORT'],
    ['${env:COMPLEX_VALUE}', ['localhost:3042']],
    ['https://${env:HOST}:3045', 'https://localhost:3045'],
    ['${env:HOST}:${PORT}', 'localhost:3044'],
    ['test_${env:BOOL}_test_${env:BOOL}', 'test_true_test_true'],
    ['${yaml:localhost:${env:PORT}}', 'localhost:3044'],
    ['${yaml:${HOST}:${PORT}}', 'localhost:3044'],
    ['${yaml:localhost:${env:PORT}}?os=${env:OS}', 'localhost:3044?os=ubuntu'],
    ['${yaml:1${yaml:2${yaml:3${yaml:4}}}}', 1234],
    ['env:HOST}', 'env:HOST}'],
    ['${HOST', '${HOST'],
    ['HO{ST}', 'HO{ST}'],
    ['${env:HOST${env:PORT?os=${env:OS', '${env:HOST${env:PORT?os=${env:OS'],
    ['env:HOST}env:PORT}?os=env:OS}', 'env:HOST}env:PORT}?os=env:OS}'],
    ['env:HOST}${env:PORT', 'env:HOST}${env:PORT'],
    ['env:HOST}${env:PORT}', 'env:HOST}3044'],
    ['${env:HOST}env:PORT}', 'localhostenv:PORT}'],
    ['${env:HOST${env:PORT}', '${env:HOST3044'],
    ['${env:HOST}${env:PORT', 'localhost${env:PORT'],
    ['env:HOST}env:PORT}?os=${env:OS}', 'env:HOST}env:PORT}?os=ubuntu'],
    ['${env:HOST${env:PORT?os=${env:OS}', '${env:HOST${env:PORT?os=ubuntu'],
    ['${env:HOST}}}}}}${env:PORT?os=${env:OS}', 'localhost}}}}}${env:PORT?os=ubuntu'],
    ['${env:HOST}${${${${${env:PORT}?os=${env:OS}', 'localhost${${${${3044?os=ubuntu'],
    ['env:HOST}${env:PORT}?os=env:OS}&pr=${env:PR}', 'env:HOST}3044?os=env:OS}&pr=amd'],
    ['${env:HOST${env:PORT}?os=${env:OS&pr=${env:PR}', '${env:HOST3044?os=${env:OS&pr=amd'],
  ])('%s', (written, expected) => {
    expect(read(`field: ${JSON.stringify(written)}`, env, anything)).toEqual(expected);
  });
});
