/** SQL with the real thing: the command line, the HTTP API with readers that others wrote, and the examples of the docs. */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {SqlResponse} from '../server/src/api/contract.ts';
import {type RunningWeft, startWeft} from './harness.ts';

const root = join(import.meta.dirname, '..');
const cli = join(root, 'server', 'src', 'main', 'cli.ts');
const directory = mkdtempSync(join(tmpdir(), 'weft-sql-'));
let weft: RunningWeft;

const attribute = (key: string, value: string) => ({key, value: {stringValue: value}});

/** Requests to `web`, each with a call to `db`; every fifth fails. */
function body(route: string, count: number) {
  const now = BigInt(Date.now()) * 1_000_000n - 60_000_000_000n;
  const web = [];
  const db = [];
  for (let n = 0; n < count; n++) {
    const traceId = (n + 1).toString(16).padStart(32, 'a');
    const start = now + BigInt(n) * 1_000_000n;
    const ids = {parent: (2 * n + 1).toString(16).padStart(16, '0'), child: (2 * n + 2).toString(16).padStart(16, '0')};
    const failed = n % 5 === 0;
    web.push({
      traceId,
      spanId: ids.parent,
      name: `GET ${route}`,
      kind: 2,
      startTimeUnixNano: `${start}`,
      endTimeUnixNano: `${start + BigInt(n + 1) * 1_000_000n}`,
      status: {code: failed ? 2 : 0},
      attributes: [attribute('http.route', route), attribute('odd', 'tab\there\u001b[31m')],
      events: failed
        ? [{name: 'exception', timeUnixNano: `${start}`, attributes: [attribute('exception.type', 'Boom')]}]
        : [],
    });
    db.push({
      traceId,
      spanId: ids.child,
      parentSpanId: ids.parent,
      name: 'SELECT',
      kind: 3,
      startTimeUnixNano: `${start}`,
      endTimeUnixNano: `${start + 500_000n}`,
      attributes: [attribute('db.query.text', `SELECT * FROM carts WHERE id = ${n} AND owner = 'u${n}'`)],
    });
  }
  const resource = (name: string) => ({
    attributes: [attribute('service.name', name), attribute('service.version', '1.2.0')],
  });
  return {
    resourceSpans: [
      {resource: resource('web'), scopeSpans: [{spans: web}]},
      {resource: resource('db'), scopeSpans: [{spans: db}]},
    ],
  };
}

beforeAll(async () => {
  weft = await startWeft({dataDirectory: directory});
  const sent = await fetch(`http://${weft.endpoints.otlp_http}/v1/traces`, {
    method: 'POST',
    headers: {'content-type': 'application/json', 'x-scope-orgid': 'other'},
    body: JSON.stringify(body('/theirs', 10)),
  });
  expect(sent.status).toBe(200);
  await weft.send(body('/cart', 50));
});
afterAll(async () => {
  await weft.stop();
  rmSync(directory, {recursive: true, force: true});
});

function query(args: readonly string[], input = ''): [status: number | null, stdout: string, stderr: string] {
  const {status, stdout, stderr} = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', cli, 'query', '--data', directory, ...args],
    {encoding: 'utf8', input},
  );
  return [status, stdout, stderr];
}

const address = (statement: string, more = ''): string =>
  `${weft.http}/api/weft/v1/sql?query=${encodeURIComponent(statement)}${more}`;

describe('weft query', () => {
  const byService = 'SELECT service, count() AS spans FROM spans GROUP BY service ORDER BY service';

  test('weft query: a table', () => {
    expect(query([byService, '--since', '1h'])).toEqual([
      0,
      'service  spans\ndb          50\nweb         50\n\n2 rows\n',
      '',
    ]);
  });

  test('weft query: rows of another tenant are asked by its name', () => {
    expect(query([byService, '--tenant', 'other', '--csv'])).toEqual([0, '"service","spans"\n"db",10\n"web",10\n', '']);
  });

  test('weft query: JSON, a statement from standard input, parameters, a limit', () => {
    const statement = "SELECT name FROM spans WHERE attributes['http.route'] = {route:String}";
    const [status, stdout] = query(['--json', '--param', 'route=/cart', '--limit', '2'], statement);
    expect([status, JSON.parse(stdout)]).toEqual([
      0,
      {
        columns: [{name: 'name', type: 'LowCardinality(String)'}],
        rows: [['GET /cart'], ['GET /cart']],
        truncated: true,
      },
    ]);
    expect(query([`${statement} LIMIT 1`, '--param', 'route=/theirs'])[1]).toBe('name\n\n0 rows\n');
  });

  test('weft query: a terminal obeys nothing that was sent', () => {
    expect(query(["SELECT attributes['odd'] AS odd FROM spans WHERE odd != '' LIMIT 1"])[1]).toBe(
      'odd\ntab·here·[31m\n\n1 row\n',
    );
  });

  test('weft query: a fault is marked under its place', () => {
    expect(query(['SELECT service,\n  servise FROM spans'])).toEqual([
      1,
      '',
      'weft query: There is no column servise; there is service. DESCRIBE and the name of a table tell its columns.\n    servise FROM spans\n    ^\n',
    ]);
    expect(query(['DROP TABLE spans'])[2]).toContain('statements only read');
    expect(query(['--format', 'xml', 'SELECT 1'])[0]).toBe(2);
    expect(query(['--json', '--csv', 'SELECT 1'])[2]).toContain('name one of --json and --csv');
  });
});

describe('docs/how-to/sql.md', () => {
  const text = readFileSync(join(root, 'docs', 'how-to', 'sql.md'), 'utf8');
  const examples = [...text.matchAll(/```sql\n([\s\S]*?)```/g)].map((match) => match[1] as string);

  test('SQL examples: there are some', () => expect(examples.length).toBeGreaterThan(6));

  test.each(examples)('SQL example: answers with rows: %s', async (statement) => {
    await expect
      .poll(async () => {
        const response = await fetch(address(statement));
        const answer = (await response.json()) as SqlResponse;
        expect([response.status, answer]).toEqual([200, expect.objectContaining({truncated: false})]);
        return answer.rows.length;
      })
      .toBeGreaterThan(0);
  });

  test('SQL examples: statements are alike but for their values', async () => {
    const statement = examples.find((one) => one.includes('db.query.text')) as string;
    const {rows} = (await (await fetch(address(statement))).json()) as SqlResponse;
    expect(rows.map((row) => row.slice(0, 2))).toEqual([['SELECT * FROM carts WHERE id = ? AND owner = ?', 50]]);
  });
});

describe('formats', () => {
  const statement =
    "SELECT trace_id, service, duration_ms, start_time, attributes, events, attributes['http.route'] AS route FROM spans ORDER BY start_time, service";

  test.each([
    ['text/csv', 'text/csv; charset=utf-8; header=present'],
    ['application/vnd.apache.parquet', 'application/vnd.apache.parquet'],
    ['application/xml, application/vnd.apache.arrow.stream;q=0.5', 'application/vnd.apache.arrow.stream'],
    ['*/*', 'application/json; charset=utf-8'],
  ])('SQL: Accept: %s', async (accept, type) => {
    const response = await fetch(address('SELECT 1'), {headers: {accept}});
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
  });

  /** Python with pyarrow: `WEFT_PYTHON`, or the one on the path. */
  const python = process.env.WEFT_PYTHON ?? 'python3';
  const has = spawnSync(python, ['-c', 'import pyarrow.parquet']).status === 0;
  if (!has)
    console.warn(
      `SQL: Parquet and Arrow are not read back, since ${python} has no pyarrow (WEFT_PYTHON names another)`,
    );

  test.skipIf(!has)('SQL: pyarrow reads Parquet and Arrow, and has what the JSON has', async () => {
    const {rows, columns} = (await (await fetch(address(statement))).json()) as SqlResponse;
    const script = `
import json, sys, pyarrow.parquet as pq, pyarrow.ipc as ipc
parquet = pq.read_table(sys.argv[1])
arrow = ipc.open_stream(sys.argv[2]).read_all()
def shown(table):
    return [[r['trace_id'], r['service'], r['duration_ms'], r['start_time'].isoformat(), dict(r['attributes']),
      [[e['name'], dict(e['attributes'])] for e in r['events']], r['route']] for r in table.to_pylist()]
print(json.dumps({'names': parquet.column_names, 'parquet': shown(parquet), 'arrow': shown(arrow)}))`;
    const files = ['parquet', 'arrow'].map((format) => join(directory, `rows.${format}`));
    for (const [i, format] of ['parquet', 'arrow'].entries()) {
      const response = await fetch(address(statement, `&format=${format}`));
      expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="weft\./);
      writeFileSync(files[i] as string, Buffer.from(await response.arrayBuffer()));
    }
    const run = spawnSync(python, ['-c', script, ...files], {encoding: 'utf8', maxBuffer: 2 ** 26});
    expect(run.stderr).toBe('');
    const read = JSON.parse(run.stdout) as {names: string[]; parquet: unknown[][]; arrow: unknown[][]};
    expect(read.names).toEqual(columns.map(({name}) => name));
    expect(read.parquet).toHaveLength(100);
    expect(read.arrow).toEqual(read.parquet);
    const expected = rows.map((row) => [
      ...row.slice(0, 3),
      expect.stringContaining(String(row[3]).slice(0, 23).replace(' ', 'T')),
      row[4],
      (row[5] as {name: string; attributes: unknown}[]).map((event) => [event.name, event.attributes]),
      row[6],
    ]);
    expect(read.parquet).toEqual(expected);
  });

  test('SQL: a large answer comes whole, and the answer in JSON ends where it is told', async () => {
    const csv = await (await fetch(address('SELECT number FROM numbers(300000)', '&format=csv'))).text();
    expect(csv.split('\n')).toHaveLength(300_002);
    const json = (await (
      await fetch(address('SELECT number FROM numbers(300000)', '&limit=250000'))
    ).json()) as SqlResponse;
    expect([json.rows.length, json.rows.at(-1), json.truncated]).toEqual([250_000, [249_999], true]);
    const refused = await fetch(address('SELECT number FROM numbers(2000000)', '&format=csv'));
    expect([refused.status, ((await refused.json()) as {error: {reason: string}}).error.reason]).toEqual([
      413,
      'query_rows',
    ]);
  });

  test("SQL: another site's page can neither post statements nor ask by another name", async () => {
    const posted = await fetch(`${weft.http}/api/weft/v1/sql`, {
      method: 'POST',
      headers: {origin: 'http://evil.example'},
      body: JSON.stringify({query: 'SELECT 1'}),
    });
    expect(posted.status).toBe(403);
  });
});
