/** A store that version 10 wrote, with every odd case, brought into the tables by segment and template. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {silentLog} from '../base/index.ts';
import {createEmbeddedEngine, type EmbeddedEngine, type Engine} from '../engine/index.ts';
import {migrate} from './migrations.ts';
import {copied, former, insertFormerCases, insertFormerSpans, migrateTo, rowsOf} from './testing-former.ts';

const root = await mkdtemp(join(tmpdir(), 'weft-former-'));
let engine: EmbeddedEngine;
beforeAll(async () => {
  engine = createEmbeddedEngine({directory: join(root, 'engine'), log: silentLog});
  await engine.start();
});
afterAll(async () => {
  await engine.stop();
  await rm(root, {recursive: true, force: true});
});

const rows = <T>(query: string, of: Engine = engine): Promise<T[]> => rowsOf<T>(of, query);

/** The migrated columns of the span with a name; control characters and bytes that are no UTF-8 spelled in hexadecimal. */
const cases: readonly {
  readonly name: string;
  readonly span: Readonly<Record<string, string>>;
  readonly template?: string;
  readonly values?: readonly string[];
  readonly origin?: string;
}[] = [
  {name: 'without attributes', span: {}, template: '', values: []},
  {
    name: 'only strings, in their order',
    span: {attributes: `map('z', '1', 'a', '', 'm', 'x=y')`},
    template: '\x1ez\x1ds\x1ea\x1ds\x1em\x1ds',
    values: ['1', '', 'x=y'],
  },
  {
    name: 'typed',
    span: {
      attributes: `map('i', '5', 'd', '0.5', 'b', 'true', 'n', '', 'y', 'AAEC', 's', 't')`,
      attribute_types: `'idbnys'`,
    },
    template: '\x1ei\x1di\x1ed\x1dd\x1eb\x1db\x1en\x1dn\x1ey\x1dy\x1es\x1ds',
    values: ['5', '0.5', 'true', '', 'AAEC', 't'],
  },
  {
    name: 'nested, with the exact values of two behind the others',
    span: {
      attributes: `map('j', '[1,2]', 'x', '[1]', 'J', '{"a":1}', 'm', '{}', 'a', '[]', 'x2', '[2]')`,
      attribute_types: `'jxJmax[{"arrayValue":{"values":[]}},{}]'`,
    },
    template: '\x1ej\x1dj\x1ex\x1dx\x1eJ\x1dJ\x1em\x1dm\x1ea\x1da\x1ex2\x1dx',
    values: ['[1,2]', '[1]', '{"a":1}', '{}', '[]', '[2]', '[{"arrayValue":{"values":[]}},{}]'],
  },
  {
    name: 'a key twice',
    span: {attributes: `map('k', '1', 'k', '2')`, attribute_types: `'is'`},
    template: '\x1a',
    values: ['k', 'i', '1', 'k', 's', '2'],
  },
  {
    name: 'a key twice, with exact values',
    span: {attributes: `map('k', '[1]', 'k', '2')`, attribute_types: `'xs[{}]'`},
    template: '\x1a',
    values: ['k', 'x', '[1]', 'k', 's', '2', '[{}]'],
  },
  {name: 'a key with =', span: {attributes: `map('a=b', 'c')`}, template: '\x1a', values: ['a=b', 's', 'c']},
  ...['\\x00', '\\x1d', '\\x1f', '\\n'].map((control) => ({
    name: `a key with ${control.slice(1)}`,
    span: {attributes: `map('a${control}b', 'c')`},
    template: '\x1a',
  })),
  {name: 'a key that is no UTF-8', span: {attributes: `map('a\\xff', 'c')`}, template: '\x1a'},
  {name: 'a key with U+FFFD', span: {attributes: `map('a\\xef\\xbf\\xbd', 'c')`}, template: '\x1a'},
  {
    name: 'keys too long for a template',
    span: {attributes: `map(repeat('k', 20000), 'v')`},
    template: '\x1a',
    values: ['k'.repeat(20_000), 's', 'v'],
  },
  {name: 'an empty key', span: {attributes: `map('', 'v')`}, template: '\x1e\x1ds', values: ['v']},
  {name: 'a key beyond ASCII', span: {attributes: `map('ключ', 'v')`}, template: '\x1eключ\x1ds', values: ['v']},
  {
    name: 'control characters in a value',
    span: {attributes: `map('k', '\\x1d\\x1e\\x00')`},
    template: '\x1ek\x1ds',
    values: ['\x1d\x1e\x00'],
  },
  {
    name: 'of a resource and scope',
    span: {
      resource_attributes: `map('service.name', 's', 'a.b', '1')`,
      scope_name: `'lib'`,
      scope_version: `'1.2'`,
      scope_attributes: `map('k', 'v')`,
      origin_hashes: `'@00000000012345678901 3k2f9a | 1x8c0b'`,
    },
    origin: '00000000012345678901\x1fservice.name=s\x1d\x1fa.b=1\x1d\x1clib\x1d\x1a1.2\x1d\x1ek=v\x1d',
  },
  {
    name: 'of a resource without a number',
    span: {resource_attributes: `map('a', '1', 'a', '2')`, origin_hashes: `'3k2f9a 3k2f9b'`},
    origin: '00000000000000000000\x1fa=1\x1d\x1fa=2\x1d\x1c\x1d\x1a\x1d',
  },
  {name: 'of nothing', span: {}, origin: '00000000000000000000\x1c\x1d\x1a\x1d'},
  {
    name: 'what would be taken for marks',
    span: {
      resource_attributes: `map('=\\x1a\\x1b', '=\\x1c\\x1d', '\\x1bE', '\\x1bB')`,
      scope_name: `'\\x1d='`,
      scope_version: `'\\x1e'`,
      scope_attributes: `map('\\x1f=', '\\x1f')`,
    },
    origin:
      '00000000000000000000\x1f\x1bE\x1bZ\x1bB==\x1bC\x1bD\x1d\x1f\x1bBE=\x1bBB\x1d\x1c\x1bD=\x1d\x1a\x1bS\x1d\x1e\x1bU\x1bE=\x1bU\x1d',
  },
];

test('migration 11: attributes, resources and scopes of every kind become templates, values and origins', async () => {
  await migrateTo(engine, 10);
  await insertFormerCases(
    engine,
    cases.map(({name, span}) => ({...span, name: `'${name}'`})),
  );
  await insertFormerSpans(engine, 3000);
  const before = await former(engine);
  expect(await migrate(engine, silentLog)).toEqual([11, 12, 13, 14, 15]);
  for (const {name, template, values, origin} of cases) {
    const [found] = await rows<{template: string; values: string[]; origin: string}>(
      `SELECT attribute_template AS template, attribute_values AS values, origin FROM spans_11
        WHERE tenant = 'cases' AND name = '${name}'`,
    );
    if (template !== undefined) expect([name, found?.template]).toEqual([name, template]);
    if (values !== undefined) expect([name, found?.values]).toEqual([name, values]);
    if (origin !== undefined) expect([name, found?.origin]).toEqual([name, origin]);
  }
  expect(await copied(engine)).toEqual(before);
});

test('migration 11: a value and a key that are no UTF-8 keep their bytes', async () => {
  expect(
    await rows(`SELECT hex(attribute_values[1]) AS key, attribute_values[2] AS letter FROM spans_11
      WHERE tenant = 'cases' AND name = 'a key that is no UTF-8'`),
  ).toEqual([{key: '61FF', letter: 's'}]);
});

test('migration 11: every text that spans share is in the table of texts, of today, and no other', async () => {
  const texts = `SELECT tenant, hex(text) AS text FROM span_texts WHERE day = today() ORDER BY tenant, text`;
  const used = `SELECT DISTINCT tenant, hex(arrayJoin([attribute_template, origin]) AS t) AS text FROM spans_11
    WHERE t != '' ORDER BY tenant, text`;
  expect(await rows(texts)).toEqual(await rows(used));
});

test('migration 11: the former tables and views are gone, and so is the plan', async () => {
  const names = await rows<{name: string}>(`SELECT name FROM system.tables WHERE database = 'default' ORDER BY name`);
  expect(names.map(({name}) => name)).toEqual([
    ...['logs', 'metric_points', 'metric_series', 'operations', 'schema_migrations', 'service_graph', 'span_filters'],
    ...['span_rates', 'span_texts', 'spans_11', 'trace_index_11', 'traces'],
  ]);
});

test('migration 11: where nearly every span has keys of its own, only the most common keys have templates', async () => {
  const other = createEmbeddedEngine({directory: join(root, 'keys'), log: silentLog});
  await other.start();
  try {
    await migrateTo(other, 10);
    await other.client.command({
      query: `INSERT INTO spans (start_time, attributes) SELECT now64(9), if(number % 4 = 0, map('k', 'v'), map(toString(number), 'v'))
        FROM numbers(4000)`,
    });
    await migrate(other, silentLog);
    const shapes = `SELECT attribute_template = '\\x1a' AS free, toUInt32(uniqExact(attribute_template)) AS templates,
      toUInt32(count()) AS spans, groupUniqArray(length(attribute_values)) AS lengths FROM spans_11 GROUP BY free ORDER BY free`;
    expect(await rows(shapes, other)).toEqual([
      {free: 0, templates: 1024, spans: 1000 + 1023, lengths: [1]},
      {free: 1, templates: 1, spans: 4000 - 1000 - 1023, lengths: [3]},
    ]);
    expect(
      await rows(
        `SELECT DISTINCT attribute_values[1] AS v FROM spans_11 WHERE attribute_template = '\\x1ek\\x1ds'`,
        other,
      ),
    ).toEqual([{v: 'v'}]);
  } finally {
    await other.stop();
  }
});
