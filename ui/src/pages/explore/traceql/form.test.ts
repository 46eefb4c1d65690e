import {expect, test} from 'vitest';
import {type Question, readTerm} from '../../../urls/index.ts';
import {toForm} from './to-form.ts';
import {toTraceql} from './to-traceql.ts';

const question = (...terms: readonly string[]): Question => terms.map((text) => readTerm(text)!);

test.each([
  ['{ }', [], {}],
  ['{ resource.service.name = "shop" }', [], {service: 'shop'}],
  [
    '{ name = "GET /cart" && status = error && kind != client }',
    ['operation=GET /cart', 'status=error', 'kind!=client'],
    {},
  ],
  ['{ duration > 1500ms && traceDuration <= 2s }', ['span.duration>1.5s', 'duration<=2s'], {}],
  ['{ .tenant = "acme" && .tenant != "b" }', ['tenant=acme', 'tenant!=b'], {}],
  ['{ (.http.status_code = "500" || .http.status_code = 500) && .size > 10 }', ['http.status_code=500', 'size>10'], {}],
  ['{ .tenant != nil && .region = nil }', ['has=tenant', 'has!=region'], {}],
  [
    '{ (resource.deployment.environment.name = "live" || resource.deployment.environment = "live") && status = ok }',
    ['status=ok'],
    {environment: 'live'},
  ],
  ['{ .tenant = "a" } && { nestedSetParent < 0 && status = error }', ['outcome=failed', 'tenant=a'], {}],
  ['{ nestedSetParent < 0 && status != error }', ['outcome!=failed'], {}],
  ['{ status = error } && { nestedSetParent < 0 && status != error }', ['outcome=healed'], {}],
  ['{ ."with space" = "a \\"quoted\\" one" }', ['"with space"="a \\"quoted\\" one"'], {}],
] as const)('form and TraceQL: %s', (text, terms, context) => {
  const written = toTraceql(question(...terms), context);
  expect(written).toEqual({text, left: []});
  const form = toForm(text);
  expect(form).toMatchObject({kind: 'form', context: {service: undefined, environment: undefined, ...context}});
  expect(form.kind === 'form' && new Set(form.question.map((term) => JSON.stringify(term)))).toEqual(
    new Set(question(...terms).map((term) => JSON.stringify(term))),
  );
});

test('form to TraceQL: what it cannot say is named', () =>
  expect(toTraceql(question('outcome=clean', 'tenant=a'), {})).toEqual({
    text: '{ .tenant = "a" }',
    left: [{field: 'outcome', op: '=', value: 'clean'}],
  }));

test('form to TraceQL: groups and columns are stages', () => {
  expect(toTraceql([], {}, {by: 'service'}).text).toBe('{ } | by(resource.service.name)');
  expect(toTraceql([], {}, {by: 'http.route'}).text).toBe('{ } | by(.http.route)');
  expect(toTraceql([], {}, {column: ['a', 'b c']}).text).toBe('{ } | select(.a, ."b c")');
});

test.each([
  ['{ .a = 1 || .b = 2 }', '.a = 1 || .b = 2'],
  ['{ .a =~ "x.*" }', '.a =~ "x.*"'],
  ['{ .a = 1 } >> { .b = 2 }', '{ .a = 1 } >> { .b = 2 }'],
  ['{ .a = 1 } | count() > 2', 'count() > 2'],
  ['{ } | rate() by (name)', 'rate() by (name)'],
  ['{ event:name = "x" }', 'event:name = "x"'],
  ['{ parent.a = 1 }', 'parent.a = 1'],
  ['{ rootName = "x" }', 'rootName = "x"'],
  ['{ status = error && status = ok }', 'status = ok'],
  ['{ resource.service.name = "a" && resource.service.name = "b" }', 'resource.service.name = "b"'],
  ['{ .a = ', '{ .a ='],
  ['{ duration = 1s }', 'duration = 1s'],
])('TraceQL to form: %s stays', (text, part) => expect(toForm(text)).toEqual({kind: 'none', part}));

test('TraceQL to form: a scope that the form does not tell is said', () =>
  expect(toForm('{ span.tenant = "a" }')).toMatchObject({kind: 'form', widened: ['span.tenant']}));
