/** Counts what the page shows of the running graph: a few additions a batch, beside the meter. */
import {createDistribution, createMeter, errorMessage, type Histogram, type Log, type Meter} from '../base/index.ts';
import type {Consumer} from '../model/index.ts';
import {around} from './kit.ts';

/** Seconds that a batch took until it was safe, the components behind included. */
export const durationBounds = [0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Of an edge. */
export interface EdgeTally {
  items: number;
  /** Of these, how many were refused behind it. */
  refused: number;
  /** By `durationBounds`. */
  readonly seconds: Histogram & {readonly counts: readonly number[]};
}

/** Of a component. */
export interface PartTally {
  /** Batches that are inside now. */
  inside: () => number;
  /** The last warning or error that it told of. */
  problem: Problem | undefined;
  /** What it counts, apart from other instances of its id, whose series of the process's meter are the same. */
  readonly meter: Meter;
}

export interface Problem {
  readonly level: 'warning' | 'error';
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export const createEdgeTally = (): EdgeTally => ({
  items: 0,
  refused: 0,
  seconds: createDistribution(durationBounds),
});
export const createPartTally = (): PartTally => ({inside: () => 0, problem: undefined, meter: createMeter()});

/** `target`, with what passes counted. */
export function tallied(tally: EdgeTally, target: Consumer): Consumer {
  return around(target, (consume, batch, context) => {
    const {count} = batch.items;
    const begin = performance.now();
    tally.items += count;
    const done = consume(batch, context);
    const took = (): void => tally.seconds.record((performance.now() - begin) / 1000);
    done.then(took, () => {
      tally.refused += count;
      took();
    });
    return done;
  });
}

/** Notes who an error comes from: it passes everybody in front of that one too. */
export type Blame = (tally: PartTally, error: unknown) => void;

export function createBlame(now: () => number): Blame {
  const seen = new WeakSet<object>();
  return (tally, error) => {
    if (typeof error !== 'object' || error === null || seen.has(error)) return;
    seen.add(error);
    tally.problem = {level: 'error', message: errorMessage(error), at: now()};
  };
}

/** A component's log, whose warnings and errors are also noted for the page. Failed attempts after the first are told of at `debug`. */
export function notingLog(log: Log, tally: PartTally, now: () => number): Log {
  const note = (level: Problem['level'], fields: object, message: string): void => {
    const {error, err} = fields as {readonly error?: unknown; readonly err?: unknown};
    const cause = typeof error === 'string' ? error : err === undefined ? undefined : errorMessage(err);
    tally.problem = {level, message: cause === undefined ? message : `${message}: ${cause}`, at: now()};
  };
  const noting =
    (method: 'debug' | 'warn' | 'error', level: Problem['level']) =>
    (fields: object, message: string): void => {
      if (method !== 'debug' || 'error' in fields || 'err' in fields) note(level, fields, message);
      log[method](fields, message);
    };
  return {
    debug: noting('debug', 'warning'),
    info: (fields, message) => log.info(fields, message),
    warn: noting('warn', 'warning'),
    error: noting('error', 'error'),
    child: (fields) => notingLog(log.child(fields), tally, now),
  };
}
