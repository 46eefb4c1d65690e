/** Stands between the end of an INSERT and its answer: ClickHouse's own promises about tokens end at a failure and at a power cut. */
import {setTimeout as delay} from 'node:timers/promises';
import {readTables, syncLogs, tokensWithoutPart} from './deduplication-log.ts';

export interface InsertGuard {
  /** Resolves when the tokens of what has been inserted would survive a power cut. */
  confirm(): Promise<void>;
  /** After an INSERT that failed, and before anybody hears of it: resolves where its repetition can succeed. */
  failed(error: Error): Promise<void>;
}

/** So long two INSERTs that are under way may have a token whose part is about to come. */
const commitMs = 2000;

/**
 * `giveUp` ends the process, whose next one mends what this one cannot: ClickHouse remembers the token of a part that it could not
 * commit (no memory, a full disk) and drops the repetition, and writes to a log no more once that failed.
 */
export function createInsertGuard(data: string, giveUp: (reason: string) => Promise<never>): InsertGuard {
  const orphans = (): string[] =>
    readTables(data).flatMap((table) => tokensWithoutPart(table).map(({block}) => `${table.directory} ${block}`));
  return {
    confirm: () => syncLogs(data),
    async failed(error) {
      if (brokenLog.test(error.message)) await giveUp(`a deduplication log takes no more: ${error.message}`);
      const deadline = performance.now() + commitMs;
      for (let left = orphans(); left.length > 0; ) {
        if (performance.now() > deadline) await giveUp(`an INSERT left a token without its part: ${error.message}`);
        await delay(100);
        const now = new Set(orphans());
        left = left.filter((token) => now.has(token));
      }
    },
  };
}

/** A LOGICAL_ERROR: see https://github.com/ClickHouse/ClickHouse/pull/118350. */
const brokenLog = /Cannot write to (canceled|finalized) buffer/;
