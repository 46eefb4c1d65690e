/** Stands between the end of an INSERT and its answer: ClickHouse's own promises about tokens end at a failure and at a power cut. */
import {setTimeout as delay} from 'node:timers/promises';
import {readTables, syncLogs, tokensWithoutPart} from './deduplication-log.ts';
import {createListing, createTokenWatch} from './token-watch.ts';

export interface InsertGuard {
  /** Runs an INSERT. Resolves when its tokens would survive a power cut; rejects where its repetition can succeed. */
  run<T>(insert: () => Promise<T>, token: string | undefined): Promise<T>;
}

/** So long two INSERTs that are under way may have a token whose part is about to come. */
const commitMs = 2000;

/**
 * `giveUp` ends the process, whose next one mends what this one cannot: ClickHouse remembers the token of a part that it could not
 * commit (no memory, a full disk) and drops the repetition, and writes to a log no more once that failed.
 */
export function createInsertGuard(data: string, giveUp: (reason: string) => Promise<never>): InsertGuard {
  const list = createListing();
  const watch = createTokenWatch(data, Date.now, list);
  const synced = new Map<string, number>();
  const orphans = (): string[] =>
    readTables(data).flatMap((table) => tokensWithoutPart(table).map(({block}) => `${table.directory} ${block}`));
  const failed = async (error: Error): Promise<void> => {
    if (brokenLog.test(error.message)) await giveUp(`a deduplication log takes no more: ${error.message}`);
    const deadline = performance.now() + commitMs;
    for (let left = orphans(); left.length > 0; ) {
      if (performance.now() > deadline) await giveUp(`an INSERT left a token without its part: ${error.message}`);
      await delay(100);
      const now = new Set(orphans());
      left = left.filter((token) => now.has(token));
    }
  };
  return {
    async run(insert, token) {
      const before = token === undefined ? undefined : new Set(watch.partsWithoutToken());
      const result = await insert().catch(async (error: Error) => {
        await failed(error);
        throw error;
      });
      const [part] = before === undefined ? [] : watch.partsWithoutToken().filter((path) => !before.has(path));
      // ClickHouse says nothing of a record that it could not write to a full disk.
      if (part !== undefined) await giveUp(`an INSERT left a part without its token: ${part}`);
      await syncLogs(data, synced, list);
      return result;
    },
  };
}

/** A LOGICAL_ERROR: see https://github.com/ClickHouse/ClickHouse/pull/118350. */
const brokenLog = /Cannot write to (canceled|finalized) buffer/;
