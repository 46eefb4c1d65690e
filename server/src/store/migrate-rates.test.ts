/** Rates of version 12: in their table, and in segments that its spool left behind. */
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {defaultTenant, silentLog, type TenantId} from '../base/index.ts';
import {createEmbeddedEngine, type EmbeddedEngine} from '../engine/index.ts';
import {ByteSink, DictionaryColumn, PlainColumn, u8Column, u64Column, writeBlock} from '../native/index.ts';
import {type Budget, Budget as createBudget} from '../query/index.ts';
import {migrate} from './migrations.ts';
import {createReader} from './reader.ts';
import {segmentShape} from './segment-shape.ts';
import {migrateTo, rowsOf} from './testing-former.ts';

let directory: string;
let engine: EmbeddedEngine;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weft-migrate-rates-'));
  engine = createEmbeddedEngine({directory: join(directory, 'engine'), log: silentLog});
  await engine.start();
});
afterAll(async () => {
  await engine.stop();
  await rm(directory, {recursive: true, force: true});
});

const asked = (): {budget: Budget} => ({budget: new createBudget(new AbortController().signal)});
const minute = Date.UTC(2026, 10, 30, 10) / 60_000;

/** One row of server spans without errors, as version 12 wrote it. */
function formerBlock(tenant: TenantId, spans: number): Uint8Array {
  const columns = {
    tenant: new DictionaryColumn(),
    stray: u8Column(),
    minute: new PlainColumn("DateTime('UTC')"),
    service: new DictionaryColumn(),
    name: new DictionaryColumn(),
    kind: u8Column(),
    status_code: u8Column(),
    duration_step: u8Column(),
    spans: u64Column(),
  };
  const text = (column: DictionaryColumn, value: string): void =>
    column.append(Buffer.from(value), 0, Buffer.byteLength(value));
  text(columns.tenant, tenant);
  text(columns.service, 'cart');
  text(columns.name, 'GET /');
  columns.minute.data.u32(60 * minute);
  for (const [column, value] of [
    [columns.stray, 0],
    [columns.kind, 2],
    [columns.status_code, 0],
    [columns.duration_step, 40],
  ] as const)
    column.data.u8(value);
  columns.spans.data.u64(spans, 0);
  return writeBlock(columns, 1, new ByteSink());
}

test('migration 13: rates that are there, and segments for them, go on counting stored spans; merges keep both counts', async () => {
  await migrateTo(engine, 12);
  const insert = async (bytes: Uint8Array, token: string): Promise<void> => {
    const path = join(directory, `${token}.native`);
    await writeFile(path, bytes);
    const shape = segmentShape('span_rates', token);
    await engine.insertFile('span_rates', path, token, new AbortController().signal, shape);
  };
  await engine.client.command({
    query: `INSERT INTO span_rates (tenant, minute, service, name, kind, duration_step, spans)
      VALUES ('${defaultTenant}', toDateTime(${60 * minute}, 'UTC'), 'cart', 'GET /', 2, 40, 30)`,
  });
  expect(await migrate(engine, silentLog)).toEqual([13, 14, 15]);
  await insert(formerBlock(defaultTenant, 12), 'former');
  await engine.client.command({
    query: `INSERT INTO span_rates (tenant, minute, service, name, kind, duration_step, sampled_out, spans)
      SELECT '${defaultTenant}', toDateTime(${60 * minute}, 'UTC'), 'cart', 'GET /', 2, 40, arrayJoin([0, 1]) AS out, if(out, 72, 8)`,
  });
  const reader = createReader({client: engine.queries, clock: {now: () => 60_000 * (minute + 1)}});
  const range = {start: BigInt(minute) * 60_000_000_000n, end: BigInt(minute + 1) * 60_000_000_000n};
  const red = async () =>
    (await reader.red(defaultTenant, range as Parameters<typeof reader.red>[1], asked())).services;
  const expected = [{name: 'cart', requests: 122, stored: 50, errors: 0}];
  expect(await red()).toMatchObject(expected);
  await engine.client.command({query: 'OPTIMIZE TABLE span_rates FINAL'});
  expect(await rowsOf(engine, 'SELECT sampled_out, toUInt32(spans) AS spans FROM span_rates ORDER BY ALL')).toEqual([
    {sampled_out: 0, spans: 50},
    {sampled_out: 1, spans: 72},
  ]);
  expect(await red()).toMatchObject(expected);
});
