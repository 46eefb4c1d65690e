/**
 * Segments that an earlier version left for tables which this one replaces. Some may be in these tables already, which alone know
 * their tokens: they wait until the tables are there, and go in before anything is copied from them.
 */
import type {Engine} from '../engine/index.ts';
import {createInserter, type Inserter, type InserterFigures, type InserterOptions} from './insert.ts';
import type {Segment} from './segment.ts';

export interface FormerSegments {
  keep(segment: Segment): void;
  /** Resolves when all that was kept is in, or put aside; called again, it waits for the same. Rejects when it is stopped. */
  insert(engine: Pick<Engine, 'insertFile'>): Promise<void>;
  /** What was kept and not inserted: the caller's from now on. */
  take(): readonly Segment[];
  /** Resolves when nothing is left. */
  drained(): Promise<void>;
  /** Of what is being inserted; undefined where nothing was. */
  readonly figures: InserterFigures | undefined;
  readonly waiting: {readonly segments: number; readonly bytes: number};
  stop(): Promise<void>;
}

export function createFormerSegments(options: Omit<InserterOptions, 'engine' | 'onFree'>): FormerSegments {
  const kept: Segment[] = [];
  const gone = Promise.withResolvers<void>();
  gone.promise.catch(() => {}); // only `drained` wants to know
  let inserter: Inserter | undefined;
  return {
    get figures() {
      return inserter?.figures;
    },
    get waiting() {
      return {segments: kept.length, bytes: kept.reduce((sum, {bytes}) => sum + bytes, 0)};
    },
    keep: (segment) => void kept.push(segment),
    async insert(engine) {
      if (kept.length > 0) {
        // Where another Weft has replaced the table meanwhile, it does not come back.
        inserter ??= createInserter({...options, engine, onFree: () => {}, absentForEver: true});
        for (const segment of kept.splice(0)) inserter.add(segment);
      }
      await inserter?.drained();
      gone.resolve();
    },
    take() {
      gone.resolve();
      return kept.splice(0);
    },
    async drained() {
      if (kept.length > 0 || inserter !== undefined) await gone.promise;
    },
    async stop() {
      gone.reject(new Error('the store is stopping'));
      await inserter?.stop();
    },
  };
}
