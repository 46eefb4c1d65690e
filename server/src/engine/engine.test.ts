/**
 * One suite for every kind of engine, over `@clickhouse/client`. The real server's part runs where WEFT_TEST_CLICKHOUSE names
 * one: `http://user:password@host:8123/database`.
 */
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {type AddressInfo, connect, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {setTimeout as delay} from 'node:timers/promises';
import {gunzipSync} from 'node:zlib';
import {ClickHouseError, type ClickHouseSettings} from '@clickhouse/client';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {silentLog} from '../base/index.ts';
import {createEmbeddedEngine} from './embedded.ts';
import type {Engine} from './engine.ts';
import type {ParameterValue} from './query-client.ts';
import {createRemoteEngine} from './remote.ts';

const directory = await mkdtemp(join(tmpdir(), 'weft-engine-'));
afterAll(() => rm(directory, {recursive: true, force: true}));

engineSuite('embedded', () => createEmbeddedEngine({directory: join(directory, 'engine'), log: silentLog}));

// The way to a server, over TCP: what answers behind it is the engine process.
const behind = createEmbeddedEngine({directory: join(directory, 'behind'), log: silentLog});
const proxy = createServer((socket) => {
  const inner = connect((behind.endpoint as {path: string}).path);
  socket.pipe(inner).pipe(socket);
  for (const [one, other] of [
    [socket, inner],
    [inner, socket],
  ] as const) {
    one.on('error', () => other.destroy()).on('close', () => other.destroy());
  }
});
beforeAll(async () => {
  await behind.start();
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  proxy.close();
  await behind.stop();
});
engineSuite('remote', () => {
  const {port} = proxy.address() as AddressInfo;
  return createRemoteEngine({url: `http://user:secret@127.0.0.1:${port}/weft%20test`, log: silentLog});
});

const server = process.env.WEFT_TEST_CLICKHOUSE;
describe.skipIf(server === undefined)('engine: a ClickHouse server', () => {
  engineSuite('remote', () => createRemoteEngine({url: server as string, log: silentLog}));
});

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function engineSuite(name: string, create: () => Engine): void {
  describe(name, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = create();
      await engine.start();
    });
    afterAll(() => engine.stop());

    const rows = async <T>(query: string, query_params: Record<string, unknown> = {}): Promise<T[]> =>
      (await engine.client.query({query, query_params, format: 'JSONEachRow'})).json<T>();
    const code = async (work: Promise<unknown>): Promise<string> => {
      const error = await work.then(
        () => undefined,
        (cause: unknown) => cause,
      );
      return error instanceof ClickHouseError ? `${error.code} ${error.type}` : `not ClickHouse's: ${String(error)}`;
    };
    const command = (query: string) => engine.client.command({query});
    const bytes = async (query: string): Promise<Buffer> => {
      const {stream} = await engine.client.exec({query});
      return collect(stream);
    };
    const table = async (columns: string): Promise<string> => {
      const name = `t_${Math.random().toString(36).slice(2)}`;
      await command(
        `CREATE TABLE ${name} (${columns}) ENGINE = MergeTree ORDER BY tuple() SETTINGS non_replicated_deduplication_window = 100`,
      );
      return name;
    };

    test('says that it is ready, and its version', () => {
      expect(engine.state).toEqual({kind: 'ready', version: expect.stringMatching(/^\d+\.\d+/)});
    });

    test.each([{select: false}, {select: true}])('answers a ping %o', async (how) => {
      expect(await engine.client.ping(how as {select: true})).toEqual({success: true});
    });

    test.each<[string, unknown, unknown]>([
      ['String', "it's \t a \\ 'quote'\n\0 {x:String}", "it's \t a \\ 'quote'\n\0 {x:String}"],
      ['String', 'é 漢 😀', 'é 漢 😀'],
      ['Array(String)', ["a'b", '\\', ','], ["a'b", '\\', ',']],
      ['Array(UInt8)', [1, 2], [1, 2]],
      ['UInt64', 18446744073709551615n, '18446744073709551615'],
      ['Nullable(String)', null, null],
      ['Map(String, String)', {k: "v'"}, {k: "v'"}],
      ['Float64', 0.1, 0.1],
    ])('binds a %s', async (type, value, expected) => {
      const [row] = await rows<{v: unknown}>(
        `SELECT {v:${type}} AS v SETTINGS output_format_json_quote_64bit_integers = 1`,
        {v: value},
      );
      expect(row?.v).toEqual(expected);
    });

    test.each<[string, ParameterValue]>([
      ['String', 'plain'],
      ['String', ''],
      ['String', "it's \t a \\ 'quote'\r\n {x:String} \\N \\t"],
      ['String', String.fromCharCode(...Array.from({length: 32}, (_, i) => i), 127, 0x85, 0x2028)],
      ['String', String.fromCharCode(...Array.from({length: 31}, (_, i) => i + 1), 127, 0x85, 0x2028)],
      ['String', "' OR 1 -- */ ; {v:String}"],
      ['String', 'é 漢 😀 \ufffd half \ud83d'],
      ['String', '&a=b+c%20d#e;f?'],
      ['Array(String)', []],
      ['Array(String)', ['']],
      ['Array(String)', ["a'b", '\\', ',', ']', '"', '\t\n\r\b\f\0', '😀\ufffd', 'NULL']],
      ['Array(UInt32)', []],
      ['Array(UInt32)', [0, 4294967295]],
      ['Int64', -9223372036854775808n],
      ['Int64', -1n],
      ['UInt8', 255],
      ['Array(Int64)', [-1, 2]],
      ['UInt64', 18446744073709551615n],
      ['Float64', 0.1],
    ])('a question binds a %s as @clickhouse/client does (%#)', async (type, value) => {
      const sql = `SELECT {v:${type}} AS v, toTypeName(v) AS type, hex(toString(v)) AS bytes`;
      const answer = await engine.queries.ask({
        sql: `${sql} FORMAT JSONEachRow`,
        parameters: {v: value},
        settings: {},
        signal: new AbortController().signal,
      });
      expect(JSON.parse(answer.toString())).toEqual((await rows(sql, {v: value}))[0]);
    });

    test('a question says the code of what ClickHouse refuses, and has what it sets for itself', async () => {
      const {signal} = new AbortController();
      const ask = (sql: string, settings = {}) => engine.queries.ask({sql, parameters: {}, settings, signal});
      await expect(ask('SELECT nosuch')).rejects.toMatchObject({code: '47'});
      await expect(ask('SELECT throwIf(number = 200000) FROM numbers(1000000)')).rejects.toMatchObject({code: '395'});
      const size = `SELECT toUInt32(getSetting('max_block_size')) FORMAT TSV`;
      expect(String(await ask(size, {max_block_size: 1234}))).toBe('1234\n');
      expect(String(await ask(size))).not.toBe('1234\n');
    });

    test('a question that is given up is cancelled in ClickHouse', async () => {
      const marker = `asked_${Math.random().toString(36).slice(2)}`;
      const running = async (): Promise<number> => {
        const list = await rows<{query: string}>('SELECT query FROM system.processes');
        return list.filter(({query}) => query.includes(`'${marker}'`)).length;
      };
      const aborting = new AbortController();
      const sql = `SELECT '${marker}', sum(sipHash64(number)) FROM numbers_mt(1000000000000)`;
      const settled = engine.queries
        .ask({sql, parameters: {}, settings: {}, signal: aborting.signal})
        .catch((error: Error) => error.name);
      while ((await running()) === 0) await delay(10);
      aborting.abort();
      expect(await settled).toBe('AbortError');
      while ((await running()) > 0) await delay(20);
    });

    test('binds a parameter that is too long for a URL', async () => {
      const answer = await engine.client.query({
        query: 'SELECT toUInt32(length({v:String})) AS n',
        query_params: {v: 'x'.repeat(200_000)},
        use_multipart_params: true,
        format: 'JSONEachRow',
      });
      expect(await answer.json()).toEqual([{n: 200_000}]);
    });

    test.each([
      ['SELECT nosuch', '47 UNKNOWN_IDENTIFIER'],
      ['SELECT )', '62 SYNTAX_ERROR'],
      ['SELECT * FROM nosuch', '60 UNKNOWN_TABLE'],
      ['SELECT {a:String}', '456 UNKNOWN_QUERY_PARAMETER'],
      ['SELECT throwIf(1)', '395 FUNCTION_THROW_IF_VALUE_IS_NON_ZERO'],
      ['SELECT 1; SELECT 2', '62 SYNTAX_ERROR'],
    ])('refuses %s', async (query, expected) => {
      expect(await code(rows(query))).toBe(expected);
    });

    test('refuses an unknown setting, and goes on', async () => {
      const query = engine.client.query({query: 'SELECT 1', clickhouse_settings: {nosuch: 1} as ClickHouseSettings});
      expect(await code(query)).toBe('115 UNKNOWN_SETTING');
      expect(await rows('SELECT 1 AS one')).toEqual([{one: 1}]);
    });

    test('keeps what one statement sets from the next', async () => {
      const seen = new Set<string>();
      await Promise.all(
        Array.from({length: 60}, async (_, i) => {
          const answer = await engine.client.query({
            query: `SELECT getSetting('max_block_size') AS size, {p:String} AS p`,
            query_params: {p: `${i}`},
            ...(i % 2 === 0 ? {clickhouse_settings: {max_block_size: '1234'}} : {}),
            format: 'JSONEachRow',
          });
          const [row] = await answer.json<{size: unknown; p: string}>();
          expect(row?.p).toBe(`${i}`);
          seen.add(`${i % 2} ${Number(row?.size) === 1234}`);
        }),
      );
      expect([...seen].sort()).toEqual(['0 true', '1 false']);
    });

    test('writes nothing for who may only read', async () => {
      const name = await table('a UInt8');
      const query = engine.client.query({query: `TRUNCATE TABLE ${name}`, clickhouse_settings: {readonly: '1'}});
      expect(await code(query)).toBe('164 READONLY');
      await command(`TRUNCATE TABLE ${name}`);
    });

    test('gives back binary data as it is, whole', async () => {
      const native = await bytes(`SELECT unhex('0a0a00ff') AS v, number FROM numbers(200000) FORMAT RowBinary`);
      expect(native.length).toBe(200_000 * 13);
      expect(native.subarray(-13).toString('hex')).toBe('040a0a00ff3f0d030000000000');
    });

    test('streams more rows than it could keep', async () => {
      const answer = await engine.client.query({
        query: `SELECT number AS n, 'some text to fill the row' AS t FROM numbers(2000000)`,
        format: 'JSONEachRow',
      });
      let count = 0;
      for await (const chunk of answer.stream()) count += chunk.length;
      expect(count).toBe(2_000_000);
    });

    test('says so when a statement fails half-way through its rows', async () => {
      const query = `SELECT throwIf(number = 1500000) AS n FROM numbers(2000000) SETTINGS max_block_size = 10000, max_threads = 1`;
      await expect(bytes(`${query} FORMAT Native`)).rejects.toThrow();
      expect(await rows('SELECT 1 AS one')).toEqual([{one: 1}]);
    });

    test('compresses for a client that asks for it', async () => {
      const {stream, response_headers} = await engine.client.exec({
        query: 'SELECT number FROM numbers(1000) FORMAT TSV',
        clickhouse_settings: {enable_http_compression: 1},
        decompress_response_stream: false,
        http_headers: {'Accept-Encoding': 'gzip'},
      });
      expect(response_headers['content-encoding']).toBe('gzip');
      const text = gunzipSync(await collect(stream)).toString();
      expect(text.split('\n').at(-2)).toBe('999');
    });

    test('ends the query of a client that goes away', async () => {
      const marker = `gone_${Math.random().toString(36).slice(2)}`;
      const running = async (): Promise<number> => {
        const list = await rows<{query: string}>('SELECT query FROM system.processes');
        return list.filter(({query}) => query.includes(`'${marker}'`)).length;
      };
      const aborting = new AbortController();
      const query = engine.client.query({
        query: `SELECT '${marker}', sum(sipHash64(number)) FROM numbers_mt(1000000000000)`,
        abort_signal: aborting.signal,
      });
      const settled = query.catch((error: Error) => error.message);
      while ((await running()) === 0) await delay(10);
      aborting.abort();
      expect(await settled).toMatch(/abort/);
      while ((await running()) > 0) await delay(20);
    });

    test('answers others while a subquery is worked out', async () => {
      const aborting = new AbortController();
      const heavy = engine.client
        .query({
          query: 'SELECT (SELECT sum(sipHash64(number)) FROM numbers(1000000000000)) AS a',
          format: 'JSONEachRow',
          abort_signal: aborting.signal,
        })
        .catch((error: Error) => error.message);
      await delay(100);
      expect(await rows('SELECT 1 AS one')).toEqual([{one: 1}]);
      aborting.abort();
      expect(await heavy).toMatch(/abort/);
    });

    test('takes text that would end an inline INSERT, and runs none of it', async () => {
      const name = await table('a String');
      const values = [{a: `x\n\n; DROP TABLE ${name}; --`}, {a: '\n\n'}, {a: "');"}];
      await engine.client.insert({table: name, values, format: 'JSONEachRow'});
      expect(await rows(`SELECT a FROM ${name}`)).toEqual(values);
    });

    test('inserts the columns that are named, in any format', async () => {
      const name = await table("a UInt8, b String DEFAULT 'else', `c.d` UInt8");
      await engine.client.insert({
        table: name,
        values: [[7, 'x']],
        columns: ['c.d', 'b'],
        format: 'JSONCompactEachRow',
      });
      await engine.client.insert({
        table: name,
        values: Readable.from(['1,"y, z"\n'], {objectMode: false}),
        columns: ['a', 'b'],
        format: 'CSV',
      });
      await command(`INSERT INTO ${name} (a) VALUES (2), (3)`);
      expect(await rows(`SELECT * FROM ${name} ORDER BY a`)).toEqual([
        {a: 0, b: 'x', 'c.d': 7},
        {a: 1, b: 'y, z', 'c.d': 0},
        {a: 2, b: 'else', 'c.d': 0},
        {a: 3, b: 'else', 'c.d': 0},
      ]);
    });

    test('refuses a body that is not what it says', async () => {
      const name = await table('a UInt8');
      const {client} = engine;
      const values = Readable.from([Buffer.from('no block at all')], {objectMode: false});
      await expect(client.exec({query: `INSERT INTO ${name} FORMAT Native`, values})).rejects.toThrow(ClickHouseError);
      expect(await rows(`SELECT toUInt32(count()) AS n FROM ${name}`)).toEqual([{n: 0}]);
    });

    test('matches the columns of a Native block by name', async () => {
      const name = await table('a UInt8, b String, c UInt8 MATERIALIZED a + 1');
      const block = await bytes(`SELECT 'text' AS b, toUInt8(5) AS a FORMAT Native`);
      await engine.client.exec({query: `INSERT INTO ${name} FORMAT Native`, values: Readable.from([block, block])});
      expect(await rows(`SELECT a, b, c FROM ${name} LIMIT 1`)).toEqual([{a: 5, b: 'text', c: 6}]);
      expect(await rows(`SELECT toUInt32(count()) AS n FROM ${name}`)).toEqual([{n: 2}]);
    });

    test('inserts a file once however often, as one block, and the same rows again under another token', async () => {
      const name = await table('n UInt64, s String');
      const block = await bytes(`SELECT number AS n, repeat('x', 100) AS s FROM numbers(100000) FORMAT Native`);
      const path = join(directory, `${name}.native`);
      await writeFile(path, Buffer.concat([block, block]));
      const insert = (token: string) => engine.insertFile(name, path, token, new AbortController().signal);
      await insert('one');
      await insert('one');
      await Promise.all([insert('one'), insert('one')]);
      const parts = `SELECT toUInt32(rows) AS rows FROM system.parts WHERE active AND database = currentDatabase() AND table = '${name}'`;
      expect(await rows(parts)).toEqual([{rows: 200_000}]);
      await insert('two');
      expect(await rows(`SELECT toUInt32(count()) AS n FROM ${name}`)).toEqual([{n: 400_000}]);
    });

    test('inserts a file of a given shape with its constants, by name, once however often, and into views', async () => {
      const name = await table(`n UInt64, time DateTime64(9, 'UTC'), label LowCardinality(String), segment UInt32`);
      const counts = await table('segment UInt32, rows UInt64');
      await command(
        `CREATE MATERIALIZED VIEW ${name}_view TO ${counts} AS SELECT segment, count() AS rows FROM ${name} GROUP BY segment`,
      );
      const block = await bytes(
        `SELECT toLowCardinality('l') AS label, number AS n, toDateTime64(n, 9, 'UTC') AS time FROM numbers(1000) FORMAT Native`,
      );
      const path = join(directory, `${name}.native`);
      await writeFile(path, Buffer.concat([block, block]));
      const columns = {n: 'UInt64', time: `DateTime64(9, 'UTC')`, label: 'LowCardinality(String)'};
      const insert = (segment: number) =>
        engine.insertFile(name, path, `token ${segment}`, new AbortController().signal, {
          columns,
          constants: {segment},
        });
      await insert(4_294_967_295);
      await insert(4_294_967_295);
      await insert(7);
      const found = `SELECT segment, toUInt32(count()) AS rows, toUInt32(sum(n)) AS sum, max(label) AS label, toUInt32(max(time)) AS last
        FROM ${name} GROUP BY segment ORDER BY segment`;
      const row = {rows: 2000, sum: 999_000, label: 'l', last: 999};
      expect(await rows(found)).toEqual([7, 4_294_967_295].map((segment) => ({segment, ...row})));
      expect(await rows(`SELECT toUInt32(count()) AS parts, toUInt32(sum(rows)) AS rows FROM ${counts}`)).toEqual([
        {parts: 2, rows: 4000},
      ]);
    });

    test('runs inserts while every place for queries is taken', async () => {
      const name = await table('a UInt8');
      const aborting = new AbortController();
      const slow = Array.from({length: 12}, () =>
        engine.client
          .query({
            query: 'SELECT sleepEachRow(3) FROM numbers(20) SETTINGS max_block_size = 1',
            abort_signal: aborting.signal,
          })
          .catch(() => {}),
      );
      await engine.client.insert({table: name, values: [{a: 1}], format: 'JSONEachRow'});
      aborting.abort();
      await Promise.all(slow);
      expect(await rows(`SELECT toUInt32(count()) AS n FROM ${name}`)).toEqual([{n: 1}]);
    });
  });
}
