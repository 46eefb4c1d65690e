/** The cases are those of the Collector's own tests of its redaction processor, where a comment does not say otherwise. */
import {createHash, createHmac} from 'node:crypto';
import {describe, expect, test} from 'vitest';
import {redactionProcessor as factory} from './processor-redaction.ts';
import {sanitizeRedis} from './redaction-redis.ts';
import {sanitizeSql} from './redaction-sql.ts';
import {sanitizeUrl} from './redaction-url.ts';
import {
  configFaults,
  itemsOf,
  logBatch,
  metricBatch,
  type Plain,
  type PlainMap,
  type PlainSpan,
  spanBatch,
  testProcessor,
} from './testing-processor.ts';

const visa = '"4[0-9]{12}(?:[0-9]{3})?"';

/** The attributes after the processor, as a span, a record and a point have them: all the same. */
async function redacted(yaml: string, attributes: PlainMap): Promise<PlainMap> {
  const [spans] = await testProcessor(factory, yaml, 'traces').run(spanBatch({attributes}));
  const [logs] = await testProcessor(factory, yaml, 'logs').run(logBatch({attributes}));
  const [points] = await testProcessor(factory, yaml, 'metrics').run(metricBatch({points: [{attributes}]}));
  const [first, ...others] = [spans!, logs!, points!].map((batch) => itemsOf(batch)[0]!.attributes as PlainMap);
  for (const other of others) expect(other).toEqual(first);
  return first!;
}

describe('redaction: attributes', () => {
  const common = {
    id: 5n,
    name: 'placeholder 4111111111111111',
    credit_card: '4111111111111111',
    safe: 'x 4111111111111112',
  };
  test.each<[string, string, PlainMap, PlainMap]>([
    [
      'keys that are not allowed go',
      'allowed_keys: [group, id]',
      {group: 'g', id: 5n, card: '1'},
      {group: 'g', id: 5n},
    ],
    [
      'another text takes the place of what is masked, as it is written',
      `allow_all_keys: true, masking_string: "[$&]", blocked_values: [${visa}], blocked_key_patterns: [token]`,
      {name: 'a 4111111111111111 b', token: 'x'},
      {name: 'a [$&] b', token: '[$&]'},
    ],
    ['without allowed keys all go', '', {id: 5n}, {}],
    ['all keys may be allowed', 'allowed_keys: [id], allow_all_keys: true', {id: 5n, name: 'n'}, {id: 5n, name: 'n'}],
    [
      'values are masked although all keys are allowed',
      `allow_all_keys: true, blocked_values: [${visa}]`,
      {id: 5n, credit_card: 'placeholder 4111111111111111'},
      {id: 5n, credit_card: 'placeholder ****'},
    ],
    [
      'summary: debug',
      `allowed_keys: [id, name], blocked_values: [${visa}], ignored_keys: [safe], summary: debug`,
      common,
      {
        id: 5n,
        name: 'placeholder ****',
        safe: 'x 4111111111111112',
        'redaction.redacted.keys': 'credit_card',
        'redaction.redacted.count': 1n,
        'redaction.masked.keys': 'name',
        'redaction.masked.count': 1n,
        'redaction.ignored.count': 1n,
      },
    ],
    [
      'summary: info',
      `allowed_keys: [id, name], blocked_values: [${visa}], ignored_keys: [safe], summary: info`,
      common,
      {
        id: 5n,
        name: 'placeholder ****',
        safe: 'x 4111111111111112',
        'redaction.redacted.count': 1n,
        'redaction.masked.count': 1n,
        'redaction.ignored.count': 1n,
      },
    ],
    [
      'summary: silent',
      `allowed_keys: [id, name], blocked_values: [${visa}], summary: silent`,
      common,
      {id: 5n, name: 'placeholder ****'},
    ],
    [
      'several patterns',
      `allowed_keys: [id, name, mystery], blocked_values: [${visa}, "(5[1-5][0-9]{3})"], summary: debug`,
      {id: 5n, mystery: 'mystery 52000', name: 'placeholder 4111111111111111 52000', credit_card: '4111111111111111'},
      {
        id: 5n,
        mystery: 'mystery ****',
        name: 'placeholder **** ****',
        'redaction.redacted.keys': 'credit_card',
        'redaction.redacted.count': 1n,
        'redaction.masked.keys': 'mystery,name',
        'redaction.masked.count': 2n,
      },
    ],
    [
      'a second processor adds to the summary of the first',
      `allowed_keys: [id, credit_card, mystery], blocked_values: [${visa}], summary: debug`,
      {
        id: 5n,
        redundant: 1.2,
        mystery: 'mystery ****',
        credit_card: '4111111111111111',
        'redaction.redacted.keys': 'dropped_attr1,dropped_attr2',
        'redaction.redacted.count': 2n,
        'redaction.masked.keys': 'mystery',
        'redaction.masked.count': 1n,
      },
      {
        id: 5n,
        mystery: 'mystery ****',
        credit_card: '****',
        'redaction.redacted.keys': 'dropped_attr1,dropped_attr2,redundant',
        'redaction.redacted.count': 3n,
        'redaction.masked.keys': 'credit_card,mystery',
        'redaction.masked.count': 2n,
      },
    ],
    [
      'keys are masked by pattern, whatever their values are',
      'allow_all_keys: true, blocked_key_patterns: [".*(token|api_key).*"]',
      {my_token: 'a\nb', api_key: 5n, other: 'x', empty_token: ''},
      {my_token: '****\n****', api_key: '****', other: 'x', empty_token: '****'},
    ],
    [
      'allowed values pass although they are blocked',
      'allow_all_keys: true, blocked_values: ["[a-z]+@[a-z.]+"], allowed_values: [".+@mycompany.com"], summary: debug',
      {email: 'me@mycompany.com', other: 'you@elsewhere.org'},
      {
        email: 'me@mycompany.com',
        other: '****',
        'redaction.allowed.keys': 'email',
        'redaction.allowed.count': 1n,
        'redaction.masked.keys': 'other',
        'redaction.masked.count': 1n,
      },
    ],
    [
      'keys are ignored by pattern',
      `allow_all_keys: true, ignored_key_patterns: ["^safe\\\\."], blocked_values: [${visa}]`,
      {'safe.card': '4111111111111111', 'unsafe.card': '4111111111111111'},
      {'safe.card': '4111111111111111', 'unsafe.card': '****'},
    ],
    [
      'numbers and lists pass as they are',
      `allow_all_keys: true, blocked_values: [${visa}]`,
      {card: 4111111111111111n, cards: ['4111111111111111']},
      {card: 4111111111111111n, cards: ['4111111111111111']},
    ],
    [
      'redact_all_types looks at numbers and lists as texts',
      `allow_all_keys: true, redact_all_types: true, blocked_values: [${visa}]`,
      {card: 4111111111111111n, cards: ['4111111111111111'], ok: true, n: 5n},
      {card: '****', cards: '["****"]', ok: true, n: 5n},
    ],
  ])('%s', async (_, yaml, before, after) => expect(await redacted(`{${yaml}}`, before)).toEqual(after));

  test.each([
    ['md5', '', (text: string) => createHash('md5').update(text).digest('hex')],
    ['sha1', '', (text: string) => createHash('sha1').update(text).digest('hex')],
    ['sha3', '', (text: string) => createHash('sha3-256').update(text).digest('hex')],
    ['hmac-sha256', 'k'.repeat(32), (text: string) => createHmac('sha256', 'k'.repeat(32)).update(text).digest('hex')],
    ['hmac-sha512', 'k'.repeat(64), (text: string) => createHmac('sha512', 'k'.repeat(64)).update(text).digest('hex')],
  ])('hash_function: %s', async (name, key, hashed) => {
    const yaml = `{allow_all_keys: true, blocked_values: [${visa}], blocked_key_patterns: [token], hash_function: ${name}, hmac_key: "${key}"}`;
    expect(await redacted(yaml, {card: 'my 4111111111111111', token: 'mega'})).toEqual({
      card: `my ${hashed('4111111111111111')}`,
      token: hashed('mega'),
    });
  });

  test('a value that came before is judged again, however it is remembered', async () => {
    const processor = testProcessor(factory, `{allow_all_keys: true, blocked_values: [${visa}]}`, 'traces');
    const card = {attributes: {a: 'fine', b: '4111111111111111'}};
    for (let round = 0; round < 3; round++) {
      const [batch] = await processor.run(spanBatch(card, card));
      expect(itemsOf(batch!).map(({attributes}) => attributes)).toEqual([
        {a: 'fine', b: '****'},
        {a: 'fine', b: '****'},
      ]);
    }
    expect(processor.count('weft_processor_redaction_attributes', {action: 'masked'})).toBe(6);
  });
});

test('redaction: resources, scopes, events, links and exemplars are redacted too', async () => {
  const yaml = `{allowed_keys: [name], blocked_values: [${visa}]}`;
  const attributes = {name: 'x 4111111111111111', secret: 's'};
  const batch = spanBatch({resource: attributes, scope: {attributes}, events: [{attributes}, {attributes}]});
  const link = batch.links.add();
  // The last event's attributes are the link's as well: nobody else is redacted through it, but they come out clean.
  const {columns: e} = batch.events;
  batch.links.columns.attributes.setPair(link, e.attributes.from(1), e.attributes.count(1));
  e.attributes.setPair(1, 0, 0);
  batch.spans.columns.links.setPair(0, link, 1);
  const [out] = await testProcessor(factory, yaml, 'traces').run(batch);
  const [span] = itemsOf(out!);
  expect(span).toMatchObject({resource: {name: 'x ****'}, events: [{attributes: {name: 'x ****'}}, {attributes: {}}]});
  const {scopes, links} = out!;
  expect([scopes.columns.attributes.count(0), links.columns.attributes.count(link)]).toEqual([1, 1]);
});

describe('redaction: bodies of log records', () => {
  const summary = 'summary: debug';
  test.each<[string, Plain, Plain, PlainMap]>([
    [`allow_all_keys: true, blocked_values: [${visa}]`, 'card 4111111111111111', 'card ****', {}],
    [`allow_all_keys: true, blocked_values: [${visa}]`, 4111111111111111n, '****', {}],
    [
      `allow_all_keys: true, blocked_values: [${visa}], ${summary}`,
      'card 4111111111111111',
      'card ****',
      {'redaction.body.masked.keys': 'body', 'redaction.body.masked.count': 1n},
    ],
    [
      `allowed_keys: [id, nested, list, token], blocked_key_patterns: [token], blocked_values: [${visa}], ignored_keys: [safe], ${summary}`,
      {
        id: 5n,
        gone: 'x',
        safe: '4111111111111111',
        token: 'secret',
        nested: {id: '4111111111111111', gone: 1n, list: [{id: 'ok'}, '4111111111111111']},
      },
      {id: 5n, safe: '4111111111111111', token: '****', nested: {id: '****', list: [{id: 'ok'}, '****']}},
      {
        'redaction.body.redacted.keys': 'gone,nested.gone',
        'redaction.body.redacted.count': 2n,
        'redaction.body.masked.keys': 'nested.id,nested.list.[1],token',
        'redaction.body.masked.count': 3n,
        'redaction.body.ignored.count': 1n,
      },
    ],
    [
      `allow_all_keys: true, blocked_values: [${visa}], allowed_values: ["^ok"], ${summary}`,
      ['ok 4111111111111111', '4111111111111111'],
      ['ok 4111111111111111', '****'],
      {
        'redaction.body.allowed.keys': '[0]',
        'redaction.body.allowed.count': 1n,
        'redaction.body.masked.keys': '[1]',
        'redaction.body.masked.count': 1n,
      },
    ],
    [
      'allow_all_keys: true, db_sanitizer: {sql: {enabled: true}, redis: {enabled: true}}',
      'SET user:123 john',
      'SET user:? ?',
      {},
    ],
    ['allow_all_keys: true, url_sanitizer: {enabled: true}', '/api/users/12345?x=1', '/api/users/*', {}],
    [
      'allow_all_keys: true, url_sanitizer: {enabled: true, sanitize_log_body: false}',
      '/api/users/12345?x=1',
      '/api/users/12345?x=1',
      {},
    ],
  ])('{%s} %o', async (yaml, body, after, attributes) => {
    const [batch] = await testProcessor(factory, `{${yaml}}`, 'logs').run(logBatch({body}));
    expect(itemsOf(batch!)[0]).toMatchObject({body: after, attributes});
  });
});

test.each([
  ['/api/users/123e4567-e89b-12d3-a456-426614174000', '/api/users/*'],
  ['/api/users/12345', '/api/users/*'],
  ['/api/users/123/posts/456', '/api/users/*/posts/*'],
  ['/api/users', '/api/users'],
  ['/api/users?id=123&name=john', '/api/users'],
  ['', ''],
  ['GET /api/v1/payments/123', 'GET /api/v1/payments/*'],
  // Not of the Collector's tests: whole URLs keep their host.
  ['https://me:secret@h:8443/a/me@example.com#x', 'https://h:8443/a/*'],
  ['/a/bcdfgh/dGhpcyBpcyBhIHRva2VuIG9mIHNvbWU', '/a/*/*'],
])('redaction: the URL %j is %j', (url, sanitized) => expect(sanitizeUrl(url)).toBe(sanitized));

test.each([
  ['SELECT * FROM users WHERE id = 123', '', 'SELECT * FROM users WHERE id = ?'],
  ['UPDATE accounts SET balance = 10.5e3 WHERE id = 0x1F', '', 'UPDATE accounts SET balance = ? WHERE id = ?'],
  ["INSERT INTO t VALUES ('it''s', E'a\\'b', N'x')", '', 'INSERT INTO t VALUES (?, ?, ?)'],
  ["SELECT 'not ended", '', 'SELECT ?'],
  ['SELECT "name1" FROM t2', 'postgresql', 'SELECT "name?" FROM t?'],
  ['SELECT * FROM t WHERE n = "secret"', 'mysql', 'SELECT * FROM t WHERE n = ?'],
  ["SELECT $1, $$se'cret$$, $tag$ x $tag$", '', 'SELECT ?, ?, ?'],
  [
    "SELECT a /* it's 5 */ FROM t -- 5 o'clock\nWHERE b IS NULL OR c = true",
    '',
    "SELECT a /* it's 5 */ FROM t -- 5 o'clock\nWHERE b IS ? OR c = ?",
  ],
  ['SELECT `a1` FROM t WHERE x=-5', '', 'SELECT `a?` FROM t WHERE x=-?'],
])('redaction: the statement %j of %j is %j', (sql, system, sanitized) => {
  expect(sanitizeSql(sql, system)).toBe(sanitized);
});

test.each([
  ['SET user:123 john', 'SET user:123 ?'],
  ['GET key:123', 'GET key:123'],
  ['AUTH user "my pass"', 'AUTH ?'],
  ['HSET h f1 v1 f2 v2', 'HSET h f1 ? f2 ?'],
  ['mset a 1 b 2', 'mset a ? b ?'],
  ['SETEX k 10 "a b"\nLPUSH l a b', 'SETEX k 10 ?\nLPUSH l ?'],
])('redaction: the command %j is %j', (command, sanitized) => expect(sanitizeRedis(command)).toBe(sanitized));

describe('redaction: names of spans', () => {
  const url = 'url_sanitizer: {enabled: true}';
  const sql = 'db_sanitizer: {sql: {enabled: true}}';
  const of = (system: string) => ({'db.system': system});
  test.each<[string, PlainSpan, string]>([
    [url, {name: '/users/123/profile', kind: 3}, '/users/*/profile'],
    [url, {name: '/users/123/profile', kind: 1}, '/users/123/profile'],
    [url, {name: 'GET /orders/123?sql=SELECT+1', kind: 3}, 'GET /orders/*'],
    [url, {name: 'queue-7 process', kind: 3}, 'queue-7 process'],
    [url, {name: '/123', kind: 2}, '/123'],
    [`${url}, allowed_values: [".*"]`, {name: '/users/123', kind: 2}, '/users/123'],
    ['url_sanitizer: {enabled: true, sanitize_span_name: false}', {name: '/users/1', kind: 2}, '/users/1'],
    [`${url}, ${sql}`, {name: '/payments/123/details', kind: 3}, '/payments/*/details'],
    [`${url}, ${sql}`, {name: 'SELECT 1', kind: 3, attributes: of('MySQL')}, 'SELECT ?'],
    [
      `${url}, ${sql}`,
      {name: 'GET /orders/123/lines/456?sql=SELECT+1', kind: 3, attributes: of('mysql')},
      'GET /orders/*/lines/*',
    ],
    [sql, {name: 'SELECT 42', kind: 3}, 'SELECT 42'],
    [sql, {name: 'SELECT 42', kind: 3, attributes: {'db.system.name': 'mariadb'}}, 'SELECT ?'],
    [sql, {name: 'SELECT 42', kind: 4, attributes: of('mysql')}, 'SELECT 42'],
    [sql, {name: 'SELECT 42', kind: 3, attributes: of('cassandra')}, 'SELECT 42'],
    [
      'db_sanitizer: {redis: {enabled: true}}',
      {name: 'SET user:1 x', kind: 3, attributes: of('redis')},
      'SET user:1 ?',
    ],
    [
      'db_sanitizer: {valkey: {enabled: true}}',
      {name: 'SET user:1 x', kind: 3, attributes: of('valkey')},
      'SET user:1 ?',
    ],
    [
      'db_sanitizer: {memcached: {enabled: true}}',
      {name: 'set key 0 60 5\r\nmysecret\r\n', kind: 3, attributes: of('memcached')},
      'set key 0 60 5',
    ],
    [
      'db_sanitizer: {mongo: {enabled: true}}',
      {name: '{"find":"users","filter":{"age":30}}', kind: 3, attributes: of('mongodb')},
      '{"find":"?","filter":{"age":"?"}}',
    ],
    [
      'db_sanitizer: {es: {enabled: true}}',
      {name: '{"query":{"match":{"title":"secret"}}}', kind: 3, attributes: of('elasticsearch')},
      '{"query":{"match":{"title":"?"}}}',
    ],
    [
      'db_sanitizer: {opensearch: {enabled: true}}',
      {name: '{"a":1}\n{"b":[1,2]}', kind: 3, attributes: of('opensearch')},
      '{"a":"?"}\n{"b":["?","?"]}',
    ],
    [
      'db_sanitizer: {sql: {enabled: true}, sanitize_span_name: false}',
      {name: 'SELECT 1', kind: 3, attributes: of('mysql')},
      'SELECT 1',
    ],
  ])('{%s} %o', async (yaml, span, name) => {
    const [batch] = await testProcessor(factory, `{allow_all_keys: true, ${yaml}}`, 'traces').run(spanBatch(span));
    expect(itemsOf(batch!)[0]!.name).toBe(name);
  });
});

test.each<[PlainMap, PlainMap]>([
  [
    {'db.system': 'mysql', 'db.statement': 'SELECT 1', other: 'SELECT 1'},
    {'db.system': 'mysql', 'db.statement': 'SELECT ?', other: 'SELECT 1'},
  ],
  [{'db.statement': 'SELECT 1'}, {'db.statement': 'SELECT 1'}],
  [
    {'db.system': 'cassandra', 'db.statement': 'SELECT 1'},
    {'db.system': 'cassandra', 'db.statement': 'SELECT 1'},
  ],
  [
    {'db.system': 'redis', 'db.statement': 'SET k v'},
    {'db.system': 'redis', 'db.statement': 'SET k ?'},
  ],
  // Not of the Collector, which keeps what it cannot take apart.
  [
    {'db.system': 'mongodb', 'db.statement': 'find secret'},
    {'db.system': 'mongodb', 'db.statement': '?'},
  ],
  [{'http.url': 'http://h/users/7?q=1'}, {'http.url': 'http://h/users/*'}],
])('redaction: sanitizers on attributes: %o is %o', async (before, after) => {
  const each = (kind: string): string => `${kind}: {enabled: true, attributes: [db.statement]}`;
  const yaml = `{allow_all_keys: true, url_sanitizer: {enabled: true, attributes: [http.url]}, db_sanitizer: {${['sql', 'redis', 'mongo'].map(each)}}}`;
  const [batch] = await testProcessor(factory, yaml, 'traces').run(spanBatch({attributes: before}));
  expect(itemsOf(batch!)[0]!.attributes).toEqual(after);
});

test.each([
  ['{blocked_values: ["("]}', 'without its `)`'],
  ['{hash_function: sha256}', 'one of `md5`, `sha1`, `sha3`, `hmac-sha256`, `hmac-sha512`'],
  ['{hash_function: hmac-sha256, hmac_key: short}', 'at least 32 bytes'],
  ['{hash_function: hmac-sha512}', 'at least 64 bytes'],
  ['{hash_function: MD5, masking_string: x}', '`hash_function` and `masking_string` exclude each other'],
  ['{summary: all}', 'one of `debug`, `info`, `silent`'],
  ['{allowed_key: [a]}', 'did you mean `allowed_keys`?'],
])('redaction: configuration %s is faulty', (yaml, fault) => {
  expect(configFaults(factory, yaml).join('\n')).toContain(fault);
});
