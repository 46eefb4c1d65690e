/** Statements in SQL against the real engine: what is refused, what a tenant sees, what limits and cancels them. */
import {text} from 'node:stream/consumers';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {systemClock, type TenantId} from '../base/index.ts';
import type {QueryClient} from '../engine/index.ts';
import {Budget, type BudgetLimits, type SqlQuery} from '../query/index.ts';
import {functionNames, SqlFault, sqlTables} from '../sql/index.ts';
import {conversionStatements, harmlessStatements, refusedStatements} from '../sql/testing.ts';
import {otlp} from '../wire/index.ts';
import {createReader, type Reader} from './reader.ts';
import {startTestStore, type TestStore} from './testing.ts';

let store: TestStore;
let reader: Reader;
/** What the engine was sent. */
const sent: string[] = [];
const mine = 'mine' as TenantId;
const theirs = 'theirs' as TenantId;
const now = BigInt(Date.now()) * 1_000_000n;
const spansEach = 300;

beforeAll(async () => {
  store = await startTestStore();
  const client: QueryClient = {
    ...store.engine.queries,
    open(question) {
      sent.push(question.sql);
      return store.engine.queries.open(question);
    },
  };
  reader = createReader({client, clock: systemClock, recent: () => store.changes.recent});
  // Together, so that rows of both lie in the same granules.
  await Promise.all(
    [
      {tenant: mine, word: (n: number) => String(n + 1)},
      {tenant: theirs, word: (n: number) => `secret ${n}`},
    ].flatMap(({tenant, word}) => [
      store.sink.consume(spansOf(word), {tenant}),
      store.sink.consume(logsOf(word), {tenant}),
    ]),
  );
  await store.spool.flush();
  for (const table of ['spans_11', 'traces', 'span_rates', 'operations', 'logs']) {
    await store.engine.client.command({query: `OPTIMIZE TABLE ${table} FINAL`});
  }
}, 60_000);
afterAll(() => store.stop());

const attribute = (key: string, value: string) => ({key, value: {stringValue: value}});

function spansOf(word: (n: number) => string) {
  const spans = Array.from({length: spansEach}, (_, n) => ({
    traceId: (1000 + (n >> 2)).toString(10).padEnd(32, word(0) === '1' ? '1' : '2'),
    spanId: (n + 1).toString(16).padStart(16, '0'),
    parentSpanId: n % 4 === 0 ? '' : ((n & ~3) + 1).toString(16).padStart(16, '0'),
    name: word(n % 5),
    kind: 1 + (n % 5),
    startTimeUnixNano: String(now - 60_000_000_000n + BigInt(n) * 1_000_000n),
    endTimeUnixNano: String(now - 60_000_000_000n + BigInt(n * 2 + 1) * 1_000_000n),
    traceState: word(1),
    status: {code: n % 10 === 0 ? 2 : 0, message: word(n)},
    attributes: [attribute('key', word(n)), attribute('route', `/r/${n % 3}`)],
    events: [{name: word(2), timeUnixNano: String(now), attributes: [attribute('key', word(3))]}],
    links: [],
  }));
  const resource = {attributes: [attribute('service.name', word(0)), attribute('key', word(4))]};
  const body = {resourceSpans: [{resource, scopeSpans: [{scope: {name: word(6), version: '1'}, spans}]}]};
  return otlp.traces.decodeJson(Buffer.from(JSON.stringify(body))).batch;
}

function logsOf(word: (n: number) => string) {
  const logRecords = Array.from({length: 50}, (_, n) => ({
    timeUnixNano: String(now - 60_000_000_000n + BigInt(n)),
    severityNumber: 17,
    severityText: word(n),
    body: {stringValue: word(n)},
    attributes: [attribute('key', word(n))],
  }));
  const resource = {attributes: [attribute('service.name', word(0))]};
  return otlp.logs.decodeJson(Buffer.from(JSON.stringify({resourceLogs: [{resource, scopeLogs: [{logRecords}]}]})))
    .batch;
}

interface Asked extends Partial<SqlQuery> {
  readonly limits?: Partial<BudgetLimits>;
  readonly signal?: AbortSignal;
  readonly tenant?: TenantId;
}

async function ask(statement: string, {limits, signal, tenant = mine, ...query}: Asked = {}): Promise<string> {
  const budget = new Budget(signal ?? new AbortController().signal, limits);
  const asked = {statement, parameters: {}, range: {}, format: 'rows', rows: 10_000, whole: false, ...query} as const;
  return text(await reader.sql(tenant, asked, {budget}));
}

/** Without the names and types. */
const rows = async (statement: string, asked?: Asked): Promise<unknown[][]> =>
  (await ask(statement, asked))
    .trimEnd()
    .split('\n')
    .slice(2)
    .map((line) => JSON.parse(line) as unknown[]);

describe('SQL: hostile statements', () => {
  test('SQL: the corpus has enough of them', () => expect(new Set(refusedStatements).size).toBeGreaterThan(250));

  test.each([...new Set(refusedStatements)].map((one) => [one.slice(0, 100), one]))(
    'SQL: refused: %s',
    async (_, statement) => {
      const before = sent.length;
      await expect(ask(statement, {parameters: {t: 'spans_11', x: 'spans_11'}})).rejects.toThrow(SqlFault);
      expect(sent.slice(before)).toEqual([]);
    },
  );

  test.each(harmlessStatements)("SQL: answers with nothing of another tenant's: %s", async (statement) => {
    const answer = await ask(statement).catch((error: unknown) => {
      expect(error).toBeInstanceOf(SqlFault);
      return (error as SqlFault).message;
    });
    // A statement may name what it looks for: what it was told is not what it found.
    const told = statement.includes('secret') ? answer.split('\n').slice(2).join('\n') : answer;
    expect(told).not.toMatch(/secret|theirs/);
  });

  test.each(conversionStatements)("SQL: computes nothing for another tenant's rows: %s", async (statement) => {
    const answer = await rows(statement);
    expect(answer.length).toBeGreaterThan(0);
    if (!statement.includes('traces')) await expect(ask(statement, {tenant: theirs})).rejects.toThrow('secret');
  });

  test('SQL: the statements that are let through read tables of people alone', async () => {
    sent.length = 0;
    for (const statement of harmlessStatements) await ask(statement).catch(() => {});
    const allowed = new Set(['spans_11', 'traces', 'span_rates', 'operations', 'logs', 'trace_index_11']);
    const sources = new Set<string>();
    for (const sql of sent) {
      // Names and texts of the statement are quoted, whatever they are; what is not is ours.
      const bare = sql
        .replaceAll(/'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`/g, 'quoted')
        .replaceAll(/ARRAY JOIN quoted/g, '');
      for (const [, name] of bare.matchAll(/\b(?:FROM|JOIN|IN) ([A-Za-z_]\w*)/g)) sources.add(name as string);
    }
    const made = /^(?:weft_common_\d+|numbers|generateSeries)$/;
    const names = [...sources].filter((name) => !made.test(name));
    expect(new Set(names)).toEqual(allowed);
  });
});

describe('SQL: tables', () => {
  test.each(sqlTables)('SQL: $name has the columns that its reference tells', async ({name, columns}) => {
    const [names, types] = (await ask(`SELECT * FROM ${name} LIMIT 1`))
      .split('\n')
      .map((line) => line && JSON.parse(line));
    expect(names.map((one: string, i: number) => `${one} ${types[i]}`)).toEqual(
      columns.map((one) => `${one.name} ${one.type}`),
    );
    // Each for itself: only the columns that are named are made.
    for (const column of columns) {
      expect(await rows(`SELECT toTypeName(${column.name}) FROM ${name} LIMIT 1`)).toEqual([
        [expect.toSatisfy((type: string) => type.replaceAll(/\s+/g, '') === column.type.replaceAll(' ', ''))],
      ]);
    }
  });

  test('SQL: a span has what was sent', async () => {
    const all =
      'service, name, kind, duration_ms, duration_ns, status, status_message, attributes, resource_attributes, scope_name';
    expect(
      await rows(`SELECT trace_id, span_id, parent_span_id, ${all} FROM spans ORDER BY start_time LIMIT 2`),
    ).toEqual([
      [
        '1000'.padEnd(32, '1'),
        '0000000000000001',
        '',
        '1',
        '1',
        'internal',
        1,
        1_000_000,
        'error',
        '1',
        {key: '1', route: '/r/0'},
        {'service.name': '1', key: '5'},
        '7',
      ],
      [
        '1000'.padEnd(32, '1'),
        '0000000000000002',
        '0000000000000001',
        '1',
        '2',
        'server',
        2,
        2_000_000,
        'unset',
        '2',
        {key: '2', route: '/r/1'},
        {'service.name': '1', key: '5'},
        '7',
      ],
    ]);
    expect(await rows("SELECT e.name, e.attributes['key'] FROM spans ARRAY JOIN events AS e LIMIT 1")).toEqual([
      ['3', '4'],
    ]);
  });

  test.each([
    ["attributes['route']", "mapValues(attributes)[indexOf(mapKeys(attributes), 'route')]"],
    ["resource_attributes['key']", "mapValues(resource_attributes)[indexOf(mapKeys(resource_attributes), 'key')]"],
    ["attributes['nothing']", "''"],
    ["s.attributes['key']", "mapValues(s.attributes)[indexOf(mapKeys(s.attributes), 'key')]"],
  ])('SQL: one key is read as out of the whole map: %s', async (key, whole) => {
    expect(await rows(`SELECT countIf(${key} = ${whole}), count() FROM spans AS s`)).toEqual([[spansEach, spansEach]]);
  });

  test('SQL: the sums agree with the spans', async () => {
    const [[spans, errors]] = (await rows("SELECT count(), countIf(status = 'error') FROM spans")) as [
      [number, number],
    ];
    expect([spans, errors]).toEqual([spansEach, spansEach / 10]);
    expect(await rows("SELECT sum(calls), sumIf(calls, status = 'error') FROM rates")).toEqual([[spans, errors]]);
    expect(await rows('SELECT sum(spans), sum(errors), count() FROM traces')).toEqual([[spans, errors, spansEach / 4]]);
    expect(await rows('SELECT sum(spans) FROM operations')).toEqual([[spans]]);
    const perTrace =
      'SELECT trace_id, min(start_time) AS start_time, max(end_time) AS end_time, count() AS spans FROM spans GROUP BY trace_id';
    expect(await rows(`SELECT trace_id, start_time, end_time, spans FROM traces EXCEPT (${perTrace})`)).toEqual([]);
    const exact = (await rows('SELECT quantileExact(0.5)(duration_ms) FROM spans'))[0]?.[0] as number;
    const stepped = (await rows('SELECT quantileExactWeighted(0.5)(duration_ms, calls) FROM rates'))[0]?.[0] as number;
    expect(Math.abs(stepped / exact - 1)).toBeLessThan(0.1);
  });

  test.each([
    ["start_time >= toDateTime64('{T}', 9, 'UTC')", '>='],
    ["start_time < '{T}'", '<'],
    ["'{T}' > start_time", '<'],
    ["start_time BETWEEN '{T}' AND now() + INTERVAL 1 DAY", '>='],
  ])('SQL: a bound on time leaves out what does not meet it, and nothing else: %s', async (condition) => {
    const middle = new Date(Number((now - 60_000_000_000n) / 1_000_000n) + 150)
      .toISOString()
      .slice(0, 23)
      .replace('T', ' ');
    const wanted = condition.replace('{T}', middle);
    // The bound is known within a single table only.
    const slow = `SELECT countIf(${wanted}) FROM spans`;
    expect(await rows(`SELECT count() FROM spans WHERE ${wanted}`)).toEqual(await rows(slow));
    expect(sent.at(-2)).toContain('bucket ');
    expect(sent.at(-1)).not.toContain('bucket ');
  });

  test('SQL: a trace by its id is found by the index', async () => {
    const id = '1003'.padEnd(32, '1');
    expect(await rows(`SELECT count() FROM spans WHERE trace_id = '${id}'`)).toEqual([[4]]);
    expect(sent.at(-1)).toContain('trace_index_11');
    expect(await rows(`SELECT count() FROM spans WHERE trace_id = '${id.replaceAll('1', '2')}'`)).toEqual([[0]]);
  });

  test('SQL: a range cuts every table', async () => {
    const range = {start: now - 3_600_000_000_000n, end: now - 1_800_000_000_000n} as unknown as SqlQuery['range'];
    for (const table of ['spans', 'traces', 'rates', 'logs']) {
      expect([table, await rows(`SELECT count() FROM ${table}`, {range})]).toEqual([table, [[0]]]);
    }
  });
});

describe('SQL: what may be said', () => {
  test('SQL: every function of the reference is one that the engine has', async () => {
    const answer = await store.engine.client.query({query: 'SELECT name FROM system.functions', format: 'JSONEachRow'});
    const known = new Set((await answer.json<{name: string}>()).map(({name}) => name));
    expect(functionNames.filter((name) => !known.has(name))).toEqual(['untuple']);
    expect(new Set(functionNames).size).toBe(functionNames.length);
  });

  test.each<[string, unknown[][]]>([
    ['SELECT 1 + 2 * 3 - -4, 7 % 4, 7 DIV 2, 2 * (3 + 4)', [[11, 3, 3, 14]]],
    ['SELECT NOT 1 = 2 AND 3 > 2 OR 0', [[1]]],
    ["SELECT 'a' || 'b', 'x' LIKE 'X', 'x' ILIKE 'X', 'x' NOT LIKE 'y%'", [['ab', 0, 1, 1]]],
    ['SELECT 3 BETWEEN 1 AND 5, 3 NOT BETWEEN 1 AND 5 OR 1, NULL IS NULL, 1 IS NOT NULL', [[1, 1, 1, 1]]],
    ["SELECT CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END, CASE WHEN 0 THEN 1 ELSE 2 END", [['b', 2]]],
    ["SELECT CAST('5' AS UInt8), CAST('5', 'Int16'), '7'::UInt32, [1]::Array(String)", [[5, 5, 7, ['1']]]],
    ['SELECT arrayMap(x -> x * 2, [1, 2]), arrayFold((a, x) -> a + x, [1, 2, 3], toInt64(0))', [[[2, 4], 6]]],
    ['SELECT (1, 2).2, [10, 20][2], map(1, 2)[1], tuple(1)', [[2, 20, 2, [1]]]],
    [
      'SELECT 1 IN (1, 2), 3 IN (1, 2), 1 NOT IN (2), 1 IN (SELECT 1), 1 IN [1], (1, 2) IN ((1, 2), (3, 4)), 1 IN ()',
      [[1, 0, 1, 1, 1, 1, false]],
    ],
    [
      "SELECT toStartOfHour(toDateTime('2026-01-02 03:04:05', 'UTC') + INTERVAL 1 HOUR), DATE '2026-01-02'",
      [['2026-01-02 04:00:00', '2026-01-02']],
    ],
    [
      "SELECT toDateTime('2026-01-02 03:04:05', 'UTC') - INTERVAL '2 days', EXTRACT(MONTH FROM toDate('2026-02-01'))",
      [['2025-12-31 03:04:05', 2]],
    ],
    [
      'SELECT quantile(0.5)(number), countIf(number > 2), count(DISTINCT number), sum(number) FILTER (WHERE number < 3) FROM numbers(5)',
      [[2, 2, 5, 3]],
    ],
    [
      'SELECT number, sum(number) OVER (ORDER BY number ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM numbers(3) ORDER BY 1',
      [
        [0, 0],
        [1, 1],
        [2, 3],
      ],
    ],
    [
      'SELECT number, row_number() OVER w FROM numbers(2) WINDOW w AS (ORDER BY number DESC) ORDER BY number',
      [
        [0, 2],
        [1, 1],
      ],
    ],
    ['WITH 3 AS n, x AS (SELECT number AS a FROM numbers(n)) SELECT sum(a) FROM x', [[3]]],
    [
      'WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 4) SELECT arraySort(groupArray(n)) FROM t',
      [[[1, 2, 3, 4]]],
    ],
    [
      'SELECT a.number, b.number FROM numbers(3) AS a LEFT JOIN (SELECT number FROM numbers(2)) AS b USING (number) ORDER BY 1 DESC LIMIT 1',
      [[2, 0]],
    ],
    ['SELECT x FROM (SELECT [1, 2] AS a) ARRAY JOIN a AS x ORDER BY x DESC', [[2], [1]]],
    ['SELECT number % 2 AS k, count() FROM numbers(5) GROUP BY k HAVING count() > 2', [[0, 3]]],
    [
      'SELECT number % 2 AS k, number FROM numbers(4) ORDER BY k, number LIMIT 1 BY k',
      [
        [0, 0],
        [1, 1],
      ],
    ],
    ['SELECT number FROM numbers(10) ORDER BY number DESC LIMIT 2 OFFSET 1', [[8], [7]]],
    ['SELECT number FROM numbers(10) ORDER BY number LIMIT 1, 2', [[1], [2]]],
    ['SELECT 1 UNION ALL SELECT 1 UNION DISTINCT SELECT 2', [[1], [2]]],
    [
      'SELECT n, count() FROM (SELECT arrayJoin([1, 3]) AS n) GROUP BY n ORDER BY n WITH FILL',
      [
        [1, 1],
        [2, 0],
        [3, 1],
      ],
    ],
    ['SELECT DISTINCT ON (number % 2) number FROM numbers(4) ORDER BY number', [[0], [1]]],
    [
      "SELECT '\\x41\\n\\'\\\\\\d', 'it''s', $$text$$ IS NULL".replace(', $$text$$ IS NULL', ''),
      [["A\n'\\\\d", "it's"]],
    ],
    ['SELECT 1 AS `a b`, "a b" + 1 AS "c\\"d"', [[1, 2]]],
    ['SELECT 0x10, 1e3, .5 -- a comment\n/* and one more */', [[16, 1000, 0.5]]],
    ['select COUNT(*) from NUMBERS(3)', [[3]]],
  ])('SQL: %s', async (statement, expected) => {
    const answer = await rows(statement);
    expect(statement.includes('UNION') ? answer.sort() : answer).toEqual(expected);
  });

  test('SQL: columns without a name have the text that was written', async () => {
    const [names] = (
      await ask("SELECT count(*), attributes['route'],\n  1+1 FROM spans GROUP BY attributes['route']")
    ).split('\n');
    expect(JSON.parse(names as string)).toEqual(['count(*)', "attributes['route']", '1+1']);
  });

  test('SQL: parameters are values, whatever is in them', async () => {
    const statement = 'SELECT {a:String}, {b:Array(String)}, {c:Nullable(UInt64)} + 1, {a:String}';
    const odd = "'; DROP TABLE spans_11; --\t\\N\n`";
    expect(await rows(statement, {parameters: {a: odd, b: "['x','y']", c: '41'}})).toEqual([
      [odd, ['x', 'y'], 42, odd],
    ]);
    await expect(ask(statement, {parameters: {a: '', b: '[]'}})).rejects.toThrow(
      'The parameter c (Nullable(UInt64)) has no value.',
    );
    await expect(ask('SELECT 1', {parameters: {z: '1'}})).rejects.toThrow('The statement has no parameter z');
    await expect(ask('SELECT {a:UInt8}', {parameters: {a: '1) + (SELECT 1'}})).rejects.toThrow(SqlFault);
  });
});

describe('SQL: what tired people write', () => {
  test('SQL: hundreds of alternatives', async () => {
    const many = Array.from({length: 900}, (_, n) => `name = 'none ${n}'`).join(' OR ');
    expect(await rows(`SELECT count() FROM spans WHERE ${many} OR name = '1'`)).toEqual([[60]]);
  });

  test.each([
    [
      "WITH e AS (SELECT trace_id FROM spans WHERE status = 'error') SELECT count() > 0 FROM spans WHERE trace_id IN e",
      1,
    ],
    ["WITH e AS (SELECT name FROM spans) SELECT count() FROM logs WHERE body NOT IN e AND severity = '1'", 0],
    ["SELECT count() FROM spans WHERE start_time > '2020-01-31T12:00:00Z'", spansEach],
    ["SELECT count() FROM spans WHERE start_time < '2020-01-31T12:00:00.123Z'", 0],
    ["SELECT count() FROM logs WHERE time BETWEEN '2020-01-31T12:00:00+01:00' AND now()", 50],
    ["SELECT count() FROM rates WHERE minute < '2020-01-31T12:00:00.000Z'", 0],
    ["SELECT count() > 0 FROM spans WHERE name REGEXP '^1$' AND name NOT REGEXP '2'", 1],
    ["SELECT toString('2020-01-31T12:00:00Z'::DateTime('UTC'))", '2020-01-31 12:00:00'],
    ["SELECT start_time >= '2020-01-31' FROM spans LIMIT 1", 1],
    ['SELECT .5 + 1.', 1.5],
    ['SELECT mod(7, 4)', 3],
    ["SELECT year(toDateTime('2020-01-31 12:34:56', 'UTC')) + hour(now()) * 0", 2020],
    ["SELECT char_length('abc')", 3],
    ['SELECT round(stddev_pop(number), 1) FROM numbers(3)', 0.8],
    ['SELECT count() FROM numbers(2), numbers(3)', 6],
  ])('SQL: %s', async (statement, value) => expect((await rows(statement))[0]?.[0]).toEqual(value));

  test.each([
    ['DateTime', '2020-01-31 12:00:00'],
    ["DateTime64(3, 'UTC')", '2020-01-31 12:00:00.250'],
    ["DateTime64(1, 'Asia/Tokyo')", '2020-01-31 21:00:00.2'],
    ["DateTime('Asia/Tokyo')", '2020-01-31 21:00:00'],
  ])('SQL: a parameter of type %s takes a time as programs write it', async (type, value) => {
    for (const t of ['2020-01-31T12:00:00.250Z', '2020-01-31T13:00:00.25+01:00']) {
      expect(await rows(`SELECT toString({t:${type}})`, {parameters: {t}})).toEqual([[value]]);
    }
  });

  test('SQL: columns are called as they were written, however long, and never by what was made of them', async () => {
    const names = async (statement: string): Promise<unknown> =>
      JSON.parse((await ask(statement)).split('\n')[0] ?? '');
    expect(await names("SELECT 'a  b',\n'a b'")).toEqual(["'a  b'", "'a b'"]);
    const long = `multiIf(${Array.from({length: 20}, (_, n) => `attributes['key'] = '${n}', '${n}'`).join(', ')}, '')`;
    const called = (await names(`SELECT ${long}, concat(${long}, 'x'), ${long} || 'y' FROM spans LIMIT 1`)) as string[];
    expect(new Set(called).size).toBe(3);
    for (const name of called) expect(name).toMatch(/^(?:multiIf|concat\(multiIf)\(attributes\['key'\] = /);
  });
});

describe('SQL: faults', () => {
  test.each([
    ['SELECT foo FROM spans', 'There is no column foo', 'foo'],
    ['SELECT durations FROM spans', 'There is no column durations; there is duration_ms.', 'durations'],
    ['SELECT count() FROM span', 'There is no table span. There are spans,', 'span'],
    ['SELECT coutn() FROM spans', 'The function coutn may not be called here; there is count.', 'coutn'],
    ['SELECT name, count() FROM spans', "Column 'spans.name' is not under aggregate function", 'name'],
    ['SELECT sum(name) FROM spans', 'Illegal type', 'sum'],
    ['SELECT 1 FROM spans WHERE', 'Expected a value, a column or a function, but the statement ends here.', ''],
    ['SELECT 1 +* 2', 'Expected a value', undefined],
    ['SELECT 1 FROM spans LIMIT 1 SETTINGS max_threads = 1', 'A statement brings no settings', 'SETTINGS'],
    ['SELECT 1 FORMAT CSV', 'A format is asked for beside the statement', 'FORMAT'],
    ["SELECT toUInt8('x')", "Cannot parse string 'x' as UInt8", undefined],
    ['SELECT 1e999 FROM spans', 'This number is too large.', '1e999'],
    [
      'SELECT sum(calls) OVER (ROWS BETWEEN .5 PRECEDING AND CURRENT ROW) FROM rates',
      'ClickHouse does not understand',
      '',
    ],
    [`SELECT 1${'+1'.repeat(20_000)}`, 'more than 5,000 operators and joins', '1'],
    [`SELECT 1${'::Int8'.repeat(10_000)}`, 'more than 5,000 operators and joins', undefined],
    [`SELECT 1${' = 1'.repeat(15_000)}`, 'more than 5,000 operators and joins', undefined],
    [`WITH a AS (SELECT 1) SELECT 1 FROM a${',a'.repeat(30_000)}`, 'more than 5,000 operators and joins', 'a'],
    [`SELECT ${'('.repeat(50)}1${`${'+1'.repeat(200)})`.repeat(50)}`, 'more than 5,000 operators and joins', undefined],
    [`SELECT 1${' + 1'.repeat(500)}`, 'The expressions are nested too deep', ''],
    [`SELECT a${'.a'.repeat(20_000)} FROM spans`, 'There is no column a.a.a', ''],
    [`SELECT ${'1,'.repeat(30_000)}1`, 'The statement is too long once its tables are written out', ''],
    ['SELECT quantile(duration_ms, 0.99) FROM spans', 'quantile(0.99)(duration_ms)', 'quantile'],
    ['SELECT http.route FROM spans', "An attribute is attributes['http.route']", 'http.route'],
    ['SELECT count() FROM spans WHERE status = "error"', 'A text is in single quotes.', 'error'],
    ["SELECT 'x' IN spans", 'Expected (…), […] or a query', 'spans'],
  ])('SQL: %s', async (statement, message, word) => {
    const fault = (await ask(statement).catch((error: unknown) => error)) as SqlFault;
    expect(fault).toBeInstanceOf(SqlFault);
    expect(fault.message).toContain(message);
    // Nothing of what was made of the statement.
    expect(fault.message).not.toMatch(/spans_11|PREWHERE|tenant|weft_|__table|version/);
    if (word !== undefined) expect(statement.slice(fault.start, fault.end)).toBe(word);
  });
});

describe('SQL: limits', () => {
  test('SQL: time', async () => {
    const asked = ask('SELECT count() FROM numbers(1000000000000) WHERE number % 3 = 1', {limits: {seconds: 1}});
    await expect(asked).rejects.toMatchObject({reason: 'timeout', told: {reason: 'query_seconds'}});
  });

  test('SQL: memory', async () => {
    const limits = {memoryBytes: 100 * 1024 ** 2};
    for (const statement of [
      'SELECT length(groupArray(number)) FROM numbers(1000000000)',
      'SELECT uniqExact(number) FROM numbers(1000000000)',
      "SELECT length(repeat('x', 500000000))",
      'SELECT count() FROM numbers(1000000) AS a JOIN numbers(100000000) AS b ON a.number = b.number',
    ]) {
      const error = (await ask(statement, {limits}).catch((error: unknown) => error)) as Error;
      expect([statement, error.message]).toEqual([
        statement,
        expect.stringMatching(/more than 100 MiB of memory|Too large/),
      ]);
    }
  });

  test('SQL: rows', async () => {
    expect(await rows('SELECT number FROM numbers(100)', {rows: 7})).toHaveLength(8);
    expect(await rows('SELECT 1 UNION ALL SELECT number FROM numbers(100)', {rows: 7})).toHaveLength(8);
    const whole = ask('SELECT number FROM numbers(100)', {rows: 7, whole: true, format: 'csv'});
    await expect(whole).rejects.toMatchObject({reason: 'too_large', told: {reason: 'query_rows'}});
  });

  test('SQL: bytes', async () => {
    const asked = ask("SELECT repeat('x', 10000 + number) FROM numbers(1000)", {limits: {answerBytes: 1024 ** 2}});
    await expect(asked).rejects.toMatchObject({reason: 'too_large', told: {reason: 'query_bytes'}});
  });

  const running = async (): Promise<number> => {
    const answer = await store.engine.client.query({
      query:
        "SELECT count() AS n FROM system.processes WHERE query LIKE '%numbers(1000000000001)%' AND query NOT LIKE '%processes%'",
      format: 'JSONEachRow',
    });
    return Number((await answer.json<{n: string}>())[0]?.n);
  };

  test('SQL: ends in the engine when the client goes away; at most two run', async () => {
    const gone = new AbortController();
    const statement = 'SELECT count() FROM numbers(1000000000001) WHERE number % 3 = 1';
    const asked = Array.from({length: 4}, () => ask(statement, {signal: gone.signal}));
    const all = Promise.allSettled(asked);
    await expect.poll(running, {timeout: 10_000}).toBe(2);
    gone.abort();
    for (const {status} of await all) expect(status).toBe('rejected');
    await expect.poll(running, {timeout: 10_000}).toBe(0);
    expect(await rows('SELECT 1')).toEqual([[1]]);
  });
});
