/** The cases are those of the Collector's own tests of its span processor. */
import {expect, test} from 'vitest';
import {spanProcessor as factory} from './processor-span.ts';
import {configFaults, itemsOf, type PlainMap, type PlainSpan, spanBatch, testProcessor} from './testing-processor.ts';

async function renamed(yaml: string, span: PlainSpan): Promise<[unknown, unknown]> {
  const [batch] = await testProcessor(factory, yaml, 'traces').run(spanBatch(span));
  const [item] = itemsOf(batch!);
  return [item!.name, item!.attributes];
}

test.each<[string, string, PlainMap, string]>([
  ['{from_attributes: [key1]}', '', {}, ''],
  ['{from_attributes: [key1]}', 'no attributes', {}, 'no attributes'],
  ['{from_attributes: [key1], separator: "::"}', 'x', {key1: 'bob'}, 'bob'],
  ['{from_attributes: [key1]}', 'x', {key1: 123n}, '123'],
  ['{from_attributes: [key1]}', 'x', {key1: 234.129312}, '234.129312'],
  ['{from_attributes: [key1]}', 'x', {key1: 1e21}, '1000000000000000000000'],
  ['{from_attributes: [key1]}', 'x', {key1: Infinity}, '+Inf'],
  ['{from_attributes: [key1]}', 'x', {key1: true}, 'true'],
  ['{from_attributes: [key1]}', 'x', {key1: [1n]}, '<unknown-attribute-type>'],
  ['{from_attributes: [key1, key2], separator: "::"}', 'x', {key2: 1n}, 'x'],
  ['{from_attributes: [key1, key2], separator: "::"}', 'x', {key1: 'bob', key2: 123n}, 'bob::123'],
  ['{from_attributes: [key1, key2]}', 'x', {key1: 'bob', key2: 123n}, 'bob123'],
])('span processor: name %s of %j with %o is %j', async (name, before, attributes, after) => {
  expect(await renamed(`{name: ${name}}`, {name: before, attributes})).toEqual([after, attributes]);
});

test.each<[string, string, string, PlainMap]>([
  [
    String.raw`rules: ['^\/api\/v1\/document\/(?P<documentId>.*)\/update\/1$']`,
    '/api/v1/document/321083210/update/1',
    '/api/v1/document/{documentId}/update/1',
    {documentId: '321083210'},
  ],
  [
    String.raw`rules: ['^\/api\/(?P<version>.*)\/document\/(?P<documentId>.*)\/update\/2$']`,
    '/api/v1/document/321083210/update/2',
    '/api/{version}/document/{documentId}/update/2',
    {version: 'v1', documentId: '321083210'},
  ],
  [
    String.raw`rules: ['^\/api\/.*\/document\/(?P<documentId>.*)\/update\/3$', '^\/api\/(?P<version>.*)\/document\/.*\/update\/3$']`,
    '/api/v1/document/321083210/update/3',
    '/api/{version}/document/{documentId}/update/3',
    {documentId: '321083210', version: 'v1'},
  ],
  [
    String.raw`rules: ['^\/api\/v1\/document\/(?P<documentId>.*)\/update\/4$', '^\/api\/(?P<version>.*)\/document\/(?P<documentId>.*)\/update\/4$'], break_after_match: true`,
    '/api/v1/document/321083210/update/4',
    '/api/v1/document/{documentId}/update/4',
    {documentId: '321083210'},
  ],
  [
    String.raw`rules: ['^\/api\/v1\/document\/(?P<documentId>.*)\/update$'], keep_original_name: true`,
    '/api/v1/document/7/update',
    '/api/v1/document/7/update',
    {documentId: '7'},
  ],
  ['rules: [rule]', '', '', {}],
  ["rules: ['(?P<a>x)|(?P<b>y)']", 'zy', 'z{b}', {a: '', b: 'y'}],
])('span processor: to_attributes {%s} of %j', async (rules, before, after, attributes) => {
  expect(await renamed(`{name: {to_attributes: {${rules}}}}`, {name: before})).toEqual([after, attributes]);
});

test('span processor: leaves spans alone that include and exclude leave out', async () => {
  const yaml = `{include: {match_type: regexp, services: [banks], span_names: ["/"]},
    exclude: {match_type: strict, span_names: [donot/change]},
    name: {to_attributes: {rules: ['(?P<operation_website>.*?)$']}}}`;
  const of = (service: string, name: string): PlainSpan => ({name, resource: {'service.name': service}});
  const spans = [
    of('bank', 'url/url'),
    of('banks', 'noslashes'),
    of('banks', 'www.test.com/code'),
    of('banks', 'donot/change'),
  ];
  const [batch] = await testProcessor(factory, yaml, 'traces').run(spanBatch(...spans));
  expect(itemsOf(batch!).map(({name, attributes}) => [name, attributes])).toEqual([
    ['url/url', {}],
    ['noslashes', {}],
    ['{operation_website}', {operation_website: 'www.test.com/code'}],
    ['donot/change', {}],
  ]);
});

test.each([
  ['{code: Error, description: "Error description"}', 2, 'Error description'],
  ['{code: Ok}', 1, ''],
  ['{code: Unset}', 0, ''],
])('span processor: status %s', async (status, code, message) => {
  const [batch] = await testProcessor(factory, `{status: ${status}}`, 'traces').run(
    spanBatch({statusCode: 2, statusMessage: 'before'}, {}),
  );
  const expected = {statusCode: code, statusMessage: message};
  expect(itemsOf(batch!)).toMatchObject([expected, expected]);
});

test.each([
  ['{}', 'one of `name.from_attributes`, `name.to_attributes` and `status` must be set'],
  ['{status: {code: Ok, description: x}}', '`description` goes only with `code: Error`'],
  ['{status: {code: error}}', 'expected one of `Ok`, `Error`, `Unset`'],
  ['{status: {description: x}}', '`code` is required'],
  ["{name: {to_attributes: {rules: ['(a)']}}}", 'every group in `rules` needs a name'],
  ["{name: {to_attributes: {rules: ['(']}}}", 'without its `)`'],
])('span processor: configuration %s is faulty', (yaml, fault) => {
  expect(configFaults(factory, yaml).join('\n')).toContain(fault);
});
