/** Parts that the tests of the spool share: a real engine, tables of one column, directories. */
import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {silentLog} from '../base/index.ts';
import {createEmbeddedEngine, type EmbeddedEngine, type Engine} from '../engine/index.ts';
import {createSpool, type Spool, type SpoolOptions} from './spool.ts';

export interface SpoolWorld {
  readonly engine: EmbeddedEngine;
  /** A table and a directory of their own. */
  setup(columns?: string, more?: string): Promise<{table: string; directory: string}>;
  start(directory: string, options?: Partial<SpoolOptions>): Promise<Spool>;
  /** Count, distinct, sum of the column `n`: what is there, and whether once. */
  contents(table: string): Promise<[count: number, distinct: number, sum: number]>;
  /** After each test. */
  stopSpools(): Promise<void>;
  end(): Promise<void>;
}

export async function createSpoolWorld(memoryBytes?: number): Promise<SpoolWorld> {
  const root = await mkdtemp(join(tmpdir(), 'weft-spool-'));
  const engine = createEmbeddedEngine({
    directory: join(root, 'engine'),
    log: silentLog,
    ...(memoryBytes !== undefined && {limits: {memoryBytes}}),
  });
  await engine.start();
  const spools: Spool[] = [];
  let made = 0;
  return {
    engine,
    async setup(columns = 'n UInt64', more = '') {
      const table = `t${++made}`;
      await engine.client.command({
        query: `CREATE TABLE ${table} (${columns}) ENGINE = MergeTree ${more} ORDER BY n SETTINGS non_replicated_deduplication_window = 1000`,
      });
      return {table, directory: join(root, table)};
    },
    async start(directory, options = {}) {
      const spool = createSpool({
        directory,
        engine,
        log: silentLog,
        segmentMs: 20,
        backoffMs: {first: 10, last: 50},
        ...options,
      });
      spools.push(spool);
      await spool.start();
      return spool;
    },
    async contents(table) {
      const answer = await engine.client.query({
        query: `SELECT toUInt32(count()) AS c, toUInt32(uniqExact(n)) AS u, toFloat64(sum(n)) AS s FROM ${table}`,
        format: 'JSONEachRow',
      });
      const [row] = await answer.json<{c: number; u: number; s: number}>();
      return [row?.c ?? -1, row?.u ?? -1, row?.s ?? -1];
    },
    async stopSpools() {
      for (const spool of spools.splice(0)) await spool.stop(0);
    },
    async end() {
      await engine.stop();
      await rm(root, {recursive: true, force: true});
    },
  };
}

/** `contents` of the numbers from 0 to `to`, exclusive. */
export const numbers = (to: number): [number, number, number] => [to, to, (to * (to - 1)) / 2];

/** The segments' files in a spool's directory. */
export const segmentFiles = async (directory: string): Promise<string[]> =>
  (await readdir(directory)).filter((name) => /\.(native|frames)$/.test(name)).sort();

/** An engine that nobody reaches: what is acknowledged stays in the spool. */
export const awayEngine: Pick<Engine, 'insertFile'> = {
  insertFile: () => Promise.reject(new Error('connect ECONNREFUSED')),
};
