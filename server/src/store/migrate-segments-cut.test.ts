/** Version 11 of the schema, given up and killed on its way: what it copied is there once. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {ClickHouseError} from '@clickhouse/client';
import {afterAll, expect, test} from 'vitest';
import {silentLog} from '../base/index.ts';
import {createEmbeddedEngine, type EmbeddedEngine, type Engine} from '../engine/index.ts';
import {loadPlan} from './migration-plan.ts';
import {migrate} from './migrations.ts';
import {copied, former, insertFormerSpans, migrateTo, rowsOf} from './testing-former.ts';

const root = await mkdtemp(join(tmpdir(), 'weft-cut-'));
afterAll(() => rm(root, {recursive: true, force: true}));

interface Cut {
  /** Whether it is to give up at a statement, or at the rows of an INSERT as JSON. */
  readonly isAt: (statement: string) => boolean;
  /** Whether the engine runs it, and nobody hears. */
  readonly isRun: boolean;
  readonly afterwards?: () => Promise<void>;
  readonly error?: Error;
}

function cutShort(of: EmbeddedEngine, {isAt, isRun, afterwards, error = new Error('cut short')}: Cut): Engine {
  const client = new Proxy(of.client, {
    get: (target, name: 'command' | 'insert' | 'query') => async (statement: {query?: string; values?: unknown}) => {
      const isLast = isAt(statement.query ?? JSON.stringify(statement.values));
      if (isLast && !isRun) throw error;
      const run = target[name] as (given: unknown) => Promise<unknown>;
      const answer = await run.call(target, statement);
      if (!isLast) return answer;
      await afterwards?.();
      throw error;
    },
  });
  return {...of, client};
}

test.each([true, false])(
  'migration 11: given up at any statement and run again, it ends in the same state (statement run: %s)',
  {
    timeout: 240_000,
  },
  async (isRun) => {
    const other = createEmbeddedEngine({directory: join(root, `cut-${isRun}`), log: silentLog});
    await other.start();
    try {
      await migrateTo(other, 10);
      await insertFormerSpans(other, 1000);
      const before = await former(other);
      await loadPlan(other, 300);
      const given = new Set<string>();
      const isAt = (statement: string): boolean => given.size < given.add(statement).size;
      for (let isDone = false; !isDone; ) {
        isDone = await migrate(cutShort(other, {isAt, isRun}), silentLog).then(
          () => true,
          (error: Error) => {
            if (error.message !== 'cut short') throw error;
            return false;
          },
        );
      }
      expect(given.size).toBeGreaterThan(30);
      expect(await copied(other)).toEqual(before);
      expect(await rowsOf(other, 'SELECT toUInt32(count()) AS n FROM trace_index_11')).toEqual([{n: 1000}]);
    } finally {
      await other.stop();
    }
  },
);

test('migration 11: a stretch that ClickHouse has no memory for goes in parts, also in the run after one that was cut short', async () => {
  const other = createEmbeddedEngine({directory: join(root, 'memory'), log: silentLog});
  await other.start();
  try {
    await migrateTo(other, 10);
    await insertFormerSpans(other, 1000);
    const before = await former(other);
    const error = new ClickHouseError({
      message: 'Query memory limit exceeded',
      code: '241',
      type: 'MEMORY_LIMIT_EXCEEDED',
    });
    const isSpans = (statement: string): boolean => statement.startsWith('INSERT INTO spans_11 ');
    // All of it and its halves are too much; two of the quarters go in before the run ends.
    const isTooMuch = (statement: string): boolean => isSpans(statement) && !statement.includes('% 4 =');
    const poor = {...other, client: cutShort(other, {isAt: isTooMuch, isRun: false, error}).client};
    let quarters = 0;
    const isAt = (statement: string): boolean => isSpans(statement) && statement.includes('% 4 =') && ++quarters === 3;
    await expect(migrate(cutShort(poor, {isAt, isRun: false}), silentLog)).rejects.toThrow('cut short');
    const [{n} = {n: 0}] = await rowsOf<{n: number}>(other, 'SELECT toUInt32(count()) AS n FROM spans_11');
    expect(n).toBeGreaterThan(0);
    expect(n).toBeLessThan(1000);
    expect(await migrate(poor, silentLog)).toEqual([11, 12, 13, 14, 15]);
    expect(await copied(other)).toEqual(before);
  } finally {
    await other.stop();
  }
});

test('migration 11: killed after each of its INSERTs, it adds nothing twice and loses nothing', {
  timeout: 240_000,
}, async () => {
  const directory = join(root, 'killed');
  let other = createEmbeddedEngine({directory, log: silentLog});
  await other.start();
  const kill = async (): Promise<void> => {
    const {pid} = other;
    process.kill(pid as number, 'SIGKILL');
    while (other.pid === pid) await delay(1);
    await other.stop();
    other = createEmbeddedEngine({directory, log: silentLog});
    await other.start();
  };
  try {
    await migrateTo(other, 10);
    await insertFormerSpans(other, 1000);
    const before = await former(other);
    await loadPlan(other, 300);
    for (const nth of [1, 2, 2]) {
      // The first INSERT of a later run is that which the run before did not record.
      let inserts = 0;
      const isAt = (statement: string): boolean => statement.startsWith('INSERT INTO spans_11 ') && ++inserts === nth;
      await expect(migrate(cutShort(other, {isAt, isRun: true, afterwards: kill}), silentLog)).rejects.toThrow(
        'cut short',
      );
    }
    expect(await migrate(other, silentLog)).toEqual([11, 12, 13, 14, 15]);
    expect(await copied(other)).toEqual(before);
  } finally {
    await other.stop();
  }
});
