/** A database that begins with the last version, beside one that went through all of them. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, afterEach, expect, test} from 'vitest';
import {silentLog} from '../base/index.ts';
import {createEmbeddedEngine, type EmbeddedEngine, type Engine} from '../engine/index.ts';
import {migrate, migrations} from './migrations.ts';
import {setRetention, ttlOf} from './retention.ts';

const root = await mkdtemp(join(tmpdir(), 'weft-shortcut-'));
const engines: EmbeddedEngine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.stop();
});
afterAll(() => rm(root, {recursive: true, force: true}));

async function startEngine(name: string): Promise<EmbeddedEngine> {
  const engine = createEmbeddedEngine({directory: join(root, name), log: silentLog});
  engines.push(engine);
  await engine.start();
  return engine;
}

const day = 86_400_000;
const retention = {traces: 7 * day, logs: undefined, metrics: 30 * day};
const versions = migrations.map(({version}) => version);
const shortly = (engine: Engine) => migrate(engine, silentLog, {ttlOf: (table) => ttlOf(retention, table)});

/** What a table keeps as it was made: spans had larger granules before version 14. */
const granules = /(?<=bloom_filter\(0\.02\) GRANULARITY )\d|(?<=index_granularity = )(?:2048|4096)/g;

/** Every table and view as its text has it, granules aside, and the versions on record. */
async function schemaOf(engine: Engine): Promise<unknown> {
  const rows = async <Row>(query: string): Promise<Row[]> =>
    (await engine.client.query({query, format: 'JSONEachRow'})).json();
  const tables = await rows<{name: string; text: string}>(
    `SELECT name, create_table_query AS text FROM system.tables WHERE database = 'default' ORDER BY name`,
  );
  return [
    tables.map(({name, text}) => ({name, text: text.replace(granules, 'some')})),
    await rows('SELECT DISTINCT version, title FROM schema_migrations ORDER BY version'),
  ];
}

async function schemaOfLongWay(): Promise<unknown> {
  const engine = await startEngine('long');
  await migrate(engine, silentLog, {shortcut: false});
  await setRetention(engine, retention, silentLog);
  return schemaOf(engine);
}
const long = schemaOfLongWay();

test('schema shortcut: a fresh database has the tables that it would have after all versions, with their retention', async () => {
  const engine = await startEngine('short');
  expect(await shortly(engine)).toEqual(versions);
  expect(await schemaOf(engine)).toEqual(await long);
  expect(await shortly(engine)).toEqual([]);
});

test('schema shortcut: cut short after any statement and run again, it ends in the same schema', async () => {
  const engine = await startEngine('cut');
  for (let allowed = 0, done = false; !done; allowed++) {
    const before = allowed;
    let left = allowed;
    const cut = new Proxy(engine.client, {
      get: (client, name) => {
        const value = Reflect.get(client, name);
        if (name !== 'command' && name !== 'insert') return typeof value === 'function' ? value.bind(client) : value;
        return (...args: unknown[]) => {
          if (left-- <= 0) return Promise.reject(new Error(`cut after ${before}`));
          return value.apply(client, args);
        };
      },
    });
    done = await shortly({...engine, kind: 'embedded', client: cut}).then(
      () => true,
      () => false,
    );
  }
  expect(await schemaOf(engine)).toEqual(await long);
});

test('schema shortcut: a database in which the long way was begun goes on with it', async () => {
  const engine = await startEngine('begun');
  for (const statement of migrations[0]?.statements(engine).slice(0, 1) ?? []) {
    await engine.client.command({query: statement});
  }
  expect(await shortly(engine)).toEqual(versions);
  await setRetention(engine, retention, silentLog);
  expect(await schemaOf(engine)).toEqual(await long);
});
