/** A data directory that the version before left: spans in its table, in its spool, and in both. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {buffer} from 'node:stream/consumers';
import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, expect, test} from 'vitest';
import {createMeter, silentLog, systemClock} from '../base/index.ts';
import {createEmbeddedEngine, type EmbeddedEngine, type Engine} from '../engine/index.ts';
import {createSpool} from '../spool/index.ts';
import {migrate} from './migrations.ts';
import {spanColumns} from './schema-segments.ts';
import {createStore, type Store} from './store.ts';
import {insertFormerSpans, migrateTo} from './testing-former.ts';

const root = await mkdtemp(join(tmpdir(), 'weft-former-spool-'));
afterAll(() => rm(root, {recursive: true, force: true}));

const engineIn = (directory: string): EmbeddedEngine =>
  createEmbeddedEngine({directory: join(directory, 'engine'), log: silentLog});

async function openStore(directory: string, engine: Engine): Promise<Store> {
  const store = createStore({
    engine,
    directory,
    spoolLimitBytes: 64 * 1024 ** 2,
    retention: {traces: undefined, logs: undefined, metrics: undefined},
    clock: systemClock,
    meter: createMeter(),
    log: silentLog,
  });
  await store.start();
  await store.open();
  return store;
}

/** Appends the spans that the table has to a spool of the version before, three times; `engine` takes, or does not take, them. */
async function leaveSegments(
  directory: string,
  from: EmbeddedEngine,
  engine: Pick<Engine, 'insertFile'>,
): Promise<void> {
  const {stream} = await from.client.exec({query: 'SELECT * FROM spans FORMAT Native'});
  const block = await buffer(stream);
  const spool = createSpool({directory: join(directory, 'spool'), engine, log: silentLog, segmentRows: 1});
  await spool.start();
  for (let i = 0; i < 3; i++) await spool.append('spans', block, 1000);
  while (spool.status.segments < 3 || spool.status.error === undefined) await delay(5);
  await spool.stop(0);
}

const count = async (engine: EmbeddedEngine): Promise<unknown> => {
  const query = `SELECT toUInt32(count()) AS spans, (SELECT toUInt32(sum(spans)) FROM traces) AS extents,
    (SELECT toUInt32(sum(spans)) FROM span_rates) AS rates FROM spans_11`;
  return (await (await engine.client.query({query, format: 'JSONEachRow'})).json())[0];
};

test.each([
  ['that is in nowhere', false],
  ['that is in already, and was not confirmed', true],
])('former spool: a segment %s is in the new tables once', async (_, isIn) => {
  const directory = join(root, `segments-${isIn}`);
  const engine = engineIn(directory);
  await engine.start();
  await migrateTo(engine, 10);
  await insertFormerSpans(engine, 1000);
  await leaveSegments(directory, engine, {
    insertFile: async (...args) => {
      if (isIn) await engine.insertFile(...args);
      throw new Error('connect ECONNREFUSED');
    },
  });
  const store = await openStore(directory, engine);
  try {
    expect(store.problems).toEqual([]);
    expect(await count(engine)).toEqual({spans: 4000, extents: 4000, rates: 4000});
    expect(store.spool.status).toMatchObject({segments: 0, rejectedSegments: 0});
    // What comes after that has the number of its segment, and what was there has none.
    const columns = Object.keys(spanColumns).join(', ');
    const {stream} = await engine.client.exec({query: `SELECT ${columns} FROM spans_11 LIMIT 10 FORMAT Native`});
    await store.spool.append('spans_11', await buffer(stream), 10);
    await store.spool.flush();
    const numbered = await engine.client.query({
      query: `SELECT toUInt32(count()) AS spans, segment > 0 AS numbered FROM spans_11 GROUP BY numbered ORDER BY numbered`,
      format: 'JSONEachRow',
    });
    expect(await numbered.json()).toEqual([
      {spans: 4000, numbered: 0},
      {spans: 10, numbered: 1},
    ]);
  } finally {
    await store.stop(0);
  }
});

test('former spool: what turns up when its table is gone is put aside, and said', async () => {
  const directory = join(root, 'late');
  const engine = engineIn(directory);
  await engine.start();
  await migrateTo(engine, 10);
  await insertFormerSpans(engine, 1000);
  await leaveSegments(directory, engine, {insertFile: () => Promise.reject(new Error('connect ECONNREFUSED'))});
  await migrate(engine, silentLog);
  const store = await openStore(directory, engine);
  try {
    expect(await count(engine)).toEqual({spans: 1000, extents: 1000, rates: 1000});
    expect(store.spool.status).toMatchObject({segments: 0, rejectedSegments: 3});
    expect(store.problems).toEqual([expect.stringContaining('spool/rejected')]);
  } finally {
    await store.stop(0);
  }
});
