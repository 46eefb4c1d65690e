import type {Attributes} from '@opentelemetry/api';
import {beforeEach, describe, expect, test} from 'vitest';
import {cleaner, type PrivacyOptions} from './privacy.ts';
import {maskSql} from './sql-mask.ts';
import {assertNothingSensitive, captureSpans, sensitiveFindings} from './testing/index.ts';
import {traced} from './traced.ts';

const f = (sql: string, masked: string): void => expect(maskSql(sql)).toBe(masked);

describe('maskSql', () => {
  test('literals', () => {
    f("SELECT * FROM users WHERE email = 'a@b.c'", 'SELECT * FROM users WHERE email = ?');
    f("SELECT 'it''s', E'a\\'b', N'x', X'ff', U&'\\0041'", 'SELECT ?, ?, ?, ?, ?');
    f('SELECT 1, -2.5, .5, 1e10, 0xFF', 'SELECT ?, -?, ?, ?, ?');
    f("SELECT $$it's$$, $tag$ $$ $tag$", 'SELECT ?, ?');
    f("INSERT INTO t VALUES ('a', 2), ('b', 3)", 'INSERT INTO t VALUES (?), (?)');
    f('SELECT id FROM t WHERE id IN (1, 2, 3)', 'SELECT id FROM t WHERE id IN (?)');
    f("SELECT DATE '2026-01-01', true, NULL", 'SELECT DATE ?, true, NULL');
  });
  test('names, parameters and operators stay', () => {
    f('SELECT "Col 1", t1.a2, `b-3` FROM s3.t4', 'SELECT "Col 1", t1.a2, `b-3` FROM s3.t4');
    f('UPDATE t SET a = $1, b = :name, c = @v WHERE d = ?', 'UPDATE t SET a = $1, b = :name, c = @v WHERE d = ?');
    f('SELECT a::int4, b->>$1 FROM 資料表', 'SELECT a::int4, b->>$1 FROM 資料表');
  });
  test('comments go', () => {
    f("SELECT a -- 'secret'\nFROM t /* 4111 */ WHERE 1=1", 'SELECT a FROM t WHERE ?=?');
  });
  test('cut off anywhere', () => {
    const whole = "SELECT 'secret1', $$secret2$$, \"col\" /* secret3 */ FROM t WHERE a = 'secret4'";
    for (let end = 0; end <= whole.length; end++) expect(maskSql(whole.slice(0, end))).not.toMatch(/secret\d/);
  });
  test('long input in linear time', () => {
    const sql = `SELECT ${"'x', ".repeat(200_000)}1`;
    expect(maskSql(sql).length).toBeLessThan(sql.length);
  });
});

const clean = (attributes: Attributes, options: PrivacyOptions = {}): Attributes => {
  cleaner(options)(attributes);
  return attributes;
};

describe('attributes', () => {
  test('SQL is masked, Redis commands are not SQL', () => {
    expect(clean({'db.system.name': 'postgresql', 'db.query.text': "SELECT 'x'"})['db.query.text']).toBe('SELECT ?');
    expect(clean({'db.system': 'redis', 'db.statement': 'GET user:1'})['db.statement']).toBe('GET user:1');
  });

  test.each([
    ['url.full', 'https://u:p@h/x?token=abc&page=2#f', 'https://REDACTED@h/x?token=REDACTED&page=2#f'],
    ['url.query', 'api_key=1&q=shoes', 'api_key=REDACTED&q=shoes'],
    ['url.query', '?X-Amz-Signature=1&a', '?X-Amz-Signature=REDACTED&a'],
    ['http.target', '/p?password=1;sig=2', '/p?password=REDACTED;sig=REDACTED'],
    ['url.full', 'http://h/a=b/c', 'http://h/a=b/c'],
    ['url.query', 'order%5Ftoken=5', 'order%5Ftoken=REDACTED'],
  ])('%s %s', (key, before, after) => expect(clean({[key]: before})[key]).toBe(after));

  test('privacy: a query’s parameters and a message’s key are dropped, whoever records them', () => {
    const attributes = {
      'db.query.parameter.0': 'a@b.c',
      'db.operation.parameter.id': '7',
      'db.postgresql.values': ['a@b.c'],
      'db.statement.parameters': '["a@b.c"]',
      'messaging.kafka.message.key': 'a@b.c',
      'db.connection_string': 'postgresql://ann:secret@db/shop',
      'messaging.url': 'amqp://ann:secret@mq/',
      'db.collection.name': 'customers',
    };
    expect(clean(attributes)).toEqual({
      'db.connection_string': 'postgresql://REDACTED@db/shop',
      'messaging.url': 'amqp://REDACTED@mq/',
      'db.collection.name': 'customers',
    });
  });

  test('denied headers keep their key and lose their value', () => {
    const attributes = {
      'http.request.header.authorization': ['Bearer x'],
      'http.request.header.accept': ['a'],
      'http.response.header.x-internal': ['i'],
    };
    expect(clean(attributes, {denyHeaders: ['X-Internal']})).toEqual({
      'http.request.header.authorization': 'REDACTED',
      'http.request.header.accept': ['a'],
      'http.response.header.x-internal': 'REDACTED',
    });
  });

  test('further query parameters can be denied', () => {
    expect(clean({'url.query': 'member=1&a=2'}, {denyQuery: ['member']})['url.query']).toBe('member=REDACTED&a=2');
  });

  test('an allow-list keeps the conventions and what it names, nothing else', () => {
    const attributes = {
      'http.route': '/a',
      'order.id': 1,
      'order.email': 'x',
      'tenant.id': 't',
      email: 'a@b.c',
      httpish: 1,
    };
    expect(clean(attributes, {allowAttributes: ['tenant.id', 'order.*']})).toEqual({
      'http.route': '/a',
      'order.id': 1,
      'order.email': 'x',
      'tenant.id': 't',
    });
  });
});

describe('on its way out', () => {
  const capture = captureSpans({privacy: {allowAttributes: ['order.*']}});
  beforeEach(() => capture.clear());

  test('a span, its events and links are clean before anything sees them', () => {
    traced('work', {attributes: {'order.id': 1, email: 'a@b.cc'}}, (span) => {
      span.addEvent('seen', {email: 'a@b.cc', 'order.step': 2});
      span.addLink({context: span.spanContext(), attributes: {email: 'a@b.cc'}});
      span.setAttribute('db.query.text', "SELECT * FROM t WHERE mail = 'a@b.cc'");
    });
    expect(capture.one('work')).toMatchObject({
      attributes: {'order.id': 1, 'db.query.text': 'SELECT * FROM t WHERE mail = ?'},
      events: [{attributes: {'order.step': 2}}],
    });
    assertNothingSensitive(capture.spans);
    expect(JSON.stringify(capture.one('work').attributes)).not.toContain('a@b.cc');
  });

  test.each([
    ['order.note', 'write to a@b.cc', /e-mail/],
    ['order.note', 'Bearer abcdefgh12345', /credential/],
    ['order.note', '4111 1111 1111 1111', /card number/],
    ['order.note', 'eyJhbGciOiJIUzI1.eyJzdWIiOiIx.c2ln', /web token/],
    ['order.password', 'x', /secret by its name/],
  ])('the testing kit finds what a team must not send: %s=%s', (key, value, finding) => {
    traced('work', {attributes: {[key]: value}}, () => {});
    expect(sensitiveFindings(capture.spans).join()).toMatch(finding);
    expect(() => assertNothingSensitive(capture.spans)).toThrow(finding);
  });

  test('and is quiet about ids, times and prices', () => {
    traced(
      'work',
      {
        attributes: {
          'order.id': '018f3c5e-7b1a-7c3d-9e2f-123456789012',
          'order.at': '2026-11-21T01:02:03.456Z',
          'order.nanos': '1795223701572000123',
          'order.price': 129.9,
        },
      },
      () => {},
    );
    expect(sensitiveFindings(capture.spans)).toEqual([]);
  });
});
