import {mkdir, readdir, rename, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {defaultTenant, silentLog, type TenantId} from '../base/index.ts';
import {arbitrarySpanBatch, seededRandom} from '../model/testing.ts';
import {mendLost} from './mend-lost.ts';
import {startTestStore, type TestStore} from './testing.ts';

let store: TestStore;
let rejectedDirectory: string;
beforeAll(async () => {
  store = await startTestStore();
  rejectedDirectory = join(store.directory, 'spool', 'rejected');
  await mkdir(rejectedDirectory, {recursive: true});
  for (const [seed, tenant] of [defaultTenant, 'other' as TenantId, defaultTenant].entries()) {
    const batch = arbitrarySpanBatch(seededRandom(seed + 1), 200);
    for (let row = 0; row < 200; row++)
      batch.spans.columns.start.set(row, 1_700_000_000_000_000_000n + BigInt(row * 400 + seed) * 1_000_000_000n);
    await store.sink.consume(batch, {tenant});
    await store.spool.flush();
  }
});
afterAll(() => store.stop());

async function rowsOf(query: string): Promise<string[]> {
  const answer = await store.engine.client.query({query, format: 'JSONEachRow'});
  return (await answer.json()).map((row) => JSON.stringify(row)).sort();
}
const index = () => rowsOf('SELECT DISTINCT tenant, stray, trace_hash, bucket, segment FROM trace_index_11');
const texts = () => rowsOf('SELECT DISTINCT tenant, toString(hash) AS hash FROM span_texts');
const recordFile = () => join(store.directory, 'mended.json');
const mended = () => mendLost({engine: store.engine, rejectedDirectory, recordFile: recordFile(), log: silentLog});
const command = (query: string) => store.engine.client.command({query});

test('lost rows: without a sign of a loss nothing is looked through', async () => {
  expect(await readdir(rejectedDirectory)).toEqual([]);
  expect(await mended()).toEqual([]);
});

test('lost rows: entries of the index and texts are made again from the spans where pieces were put aside', async () => {
  const [indexBefore, textsBefore] = [await index(), await texts()];
  expect(indexBefore.length).toBeGreaterThan(400);
  await command('DELETE FROM trace_index_11 WHERE bucket % 3 = 0');
  await command('DELETE FROM span_texts WHERE hash % 2 = 0');
  expect((await index()).length).toBeLessThan(indexBefore.length);
  expect((await texts()).length).toBeLessThan(textsBefore.length);
  await writeFile(join(rejectedDirectory, 'derived.000001766000000-0123456789abcdef.group'), '');
  expect(await mended()).toEqual(['trace_index_11']);
  expect(await index()).toEqual(indexBefore);
  await writeFile(join(rejectedDirectory, 'span_texts.000001766000000-0123456789abcdef'), '');
  // What was seen to before is not looked through again.
  expect(await mended()).toEqual(['span_texts']);
  expect(await mended()).toEqual([]);
  expect(await index()).toEqual(indexBefore);
  expect(await texts()).toEqual(textsBefore);
});

test('lost rows: a part that ClickHouse has found broken is a sign', async () => {
  for (const file of await readdir(rejectedDirectory)) await rm(join(rejectedDirectory, file));
  const before = await index();
  const parts = await rowsOf(`SELECT name FROM system.parts WHERE table = 'trace_index_11' AND active LIMIT 1`);
  const {name} = JSON.parse(parts[0] as string) as {name: string};
  await command(`ALTER TABLE trace_index_11 DETACH PART '${name}'`);
  expect((await index()).length).toBeLessThan(before.length);
  expect(await mended()).toEqual([]);
  const detached = await rowsOf(`SELECT path FROM system.detached_parts WHERE table = 'trace_index_11'`);
  const {path} = JSON.parse(detached[0] as string) as {path: string};
  await rename(path, join(dirname(path), `broken-on-start_${name}`));
  expect(await mended()).toEqual(['trace_index_11']);
  expect(await index()).toEqual(before);
});
