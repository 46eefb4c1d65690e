/** A block that is inserted in the life of the engine that made the schema, and replayed in the next one. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {silentLog} from '../base/index.ts';
import {createEmbeddedEngine, type EmbeddedEngine} from '../engine/index.ts';
import {migrate} from './migrations.ts';

test('schema: a block that is replayed after a restart counts once in every view', {
  timeout: 120_000,
}, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'weft-replay-'));
  try {
    const counts: unknown[] = [];
    for (let life = 0; life < 2; life++) {
      const engine = createEmbeddedEngine({directory, log: silentLog});
      await engine.start();
      await migrate(engine, silentLog);
      await insert(engine);
      counts.push(await countAll(engine));
      await engine.stop();
    }
    expect(counts).toEqual(Array(2).fill({spans: 100, traces: 100, rates: 100, operations: 100}));
  } finally {
    await rm(directory, {recursive: true, force: true});
  }
});

const insert = (engine: EmbeddedEngine): Promise<unknown> =>
  engine.client.command({
    query: `INSERT INTO spans (start_time, trace_id, span_id, name, service)
      SELECT toDateTime64('2026-01-02 03:04:05', 9, 'UTC'), unhex(leftPad(hex(number), 32, '0')), 'span    ', 'n', 's' FROM numbers(100)`,
    clickhouse_settings: {insert_deduplication_token: 'spans.1-a'},
  });

async function countAll(engine: EmbeddedEngine): Promise<unknown> {
  const answer = await engine.client.query({
    query: `SELECT toUInt32(count()) AS spans, (SELECT toUInt32(count()) FROM trace_index) AS traces,
      (SELECT toUInt32(sum(spans)) FROM span_rates) AS rates, (SELECT toUInt32(sum(spans)) FROM operations) AS operations FROM spans`,
    format: 'JSONEachRow',
  });
  return (await answer.json())[0];
}
