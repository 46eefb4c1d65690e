/**
 * Counts the service graph in the background: minutes that have settled, older ones into which spans came late, and what an earlier
 * version or another Weft stored. What is done and what is not, only the tables say, so a kill costs nothing, and of several Wefts
 * any does it. See docs/decisions/0086-the-stored-service-graph.md.
 */
import {setTimeout as delay} from 'node:timers/promises';
import {type Clock, errorMessage, type Log} from '../base/index.ts';
import {insertSettings, type QueryClient} from '../engine/index.ts';
import {Budget} from '../query/index.ts';
import {quoteText} from '../sql/index.ts';
import {isAsNew, type MinuteCounts, minuteMs, minuteNanos, readCounts, readKept, stretchesOf} from './graph-minutes.ts';
import {readGraphs} from './graph-read.ts';
import type {Presence} from './read-presence.ts';
import type {Queries} from './read-query.ts';
import {graphTable} from './schema-graph.ts';
import {ServiceGraph} from './service-graph.ts';

export interface GraphKeeperOptions {
  readonly queries: Queries;
  readonly client: QueryClient;
  readonly presence: Presence;
  readonly clock: Clock;
  readonly log?: Log | undefined;
  /** How often something was stored, as far as it is known; undefined where others store too. */
  readonly inserts?: (() => number) | undefined;
}

export interface GraphKeeper {
  /** A question needs these minutes: they go first. */
  want(firstMinute: number, lastMinute: number): void;
  /** Counts what is due once, and resolves to how many minutes that were. */
  cycle(): Promise<number>;
  start(): void;
  stop(): void;
}

/** After the end of a minute: spans of it, and what is below them, still arrive. */
const settleMs = 90_000;
const cycleMs = 30_000;
/** A start has better things to do. */
const firstMs = 10_000;
/** Minutes that are looked at in every cycle, and in each step through older ones. */
const hotMinutes = 120;
const oldMinutes = 360;
const spansAtOnce = 500_000;
/** Tenants of one statement. */
const tenantsAtOnce = 200;
/** Of its time, it rests this many times as long before older minutes go on. */
const restFactor = 4;
/** A minute is counted again once it is this many times as old as it was: of spans that come late all the time, a few times. */
const ageFactor = 4;
/** Cycles without anything new, after which it rests. */
const idleCycles = 60;

export function createGraphKeeper({queries, client, presence, clock, log, inserts}: GraphKeeperOptions): GraphKeeper {
  const stopping = new AbortController();
  const {signal} = stopping;
  const wanted: {first: number; last: number}[] = [];
  const settings = {max_threads: 1};
  let seen = -1;
  let idle = 0;
  /** Where the walk through older minutes is; undefined where it has come to the end. */
  let walk: number | undefined = Number.POSITIVE_INFINITY;

  const budget = (): Budget => new Budget(signal, {seconds: 120});
  const newest = (): number => Math.floor((clock.now() - settleMs) / minuteMs) - 1;

  /** Counts what is due among some minutes. */
  const look = async (first: number, last: number, resting: boolean): Promise<number> => {
    const [counts, kept] = await Promise.all([
      readCounts(queries, {tenant: undefined, first, last, strays: false}, budget(), settings),
      readKept(queries, {tenant: undefined, first, last, whole: false}, budget()),
    ]);
    const known = new Map(kept.map((row) => [`${row.minute} ${row.tenant}`, row]));
    const now = clock.now();
    const isDue = (tenant: string, minute: number, of: MinuteCounts): boolean => {
      const row = known.get(`${minute} ${tenant}`);
      if (row === undefined) return true;
      const end = (minute + 1) * minuteMs;
      return !isAsNew(row, of.marks(minute)) && now - end >= ageFactor * (row.version - end);
    };
    const due = new Map<number, Set<string>>();
    for (const [tenant, of] of counts) {
      for (const [minute, spans] of of.spans) {
        if (minute < first || minute > last || spans === 0 || !isDue(tenant, minute, of)) continue;
        due.set(minute, (due.get(minute) ?? new Set()).add(tenant));
      }
    }
    const spansOf = (minute: number): number => {
      let sum = 0;
      for (const tenant of due.get(minute) ?? []) sum += counts.get(tenant)?.spans.get(minute) ?? 0;
      return sum;
    };
    let done = 0;
    // The newest first: these are asked for.
    for (const stretch of stretchesOf([...due.keys()], spansOf, spansAtOnce).reverse()) {
      const started = performance.now();
      done += await count(stretch, due, counts);
      if (resting) await delay(restFactor * (performance.now() - started), undefined, {signal, ref: false});
    }
    return done;
  };

  const count = async (
    {first, last, spans}: {first: number; last: number; spans: number},
    due: ReadonlyMap<number, ReadonlySet<string>>,
    counts: ReadonlyMap<string, MinuteCounts>,
  ): Promise<number> => {
    const minutes = Array.from({length: last - first + 1}, (_, i) => first + i);
    const all = [...new Set(minutes.flatMap((minute) => [...(due.get(minute) ?? [])]))];
    let done = 0;
    for (let from = 0; from < all.length; from += tenantsAtOnce) {
      const tenants = all.slice(from, from + tenantsAtOnce);
      const weighted = tenants.some((tenant) => counts.get(tenant)?.isWeighted(first, last));
      const graphs = await readGraphs(queries, {
        tenants,
        from: BigInt(first) * minuteNanos,
        to: BigInt(last + 1) * minuteNanos,
        each: minuteNanos,
        // With the ten seconds on either side.
        spans: Math.ceil((spans * (minutes.length + 1)) / minutes.length),
        weighted,
        budget: budget(),
        settings,
      });
      const rows: string[] = [];
      for (const minute of minutes) {
        for (const tenant of due.get(minute) ?? []) {
          if (!tenants.includes(tenant)) continue;
          const graph = graphs.get(tenant)?.[minute - first] ?? new ServiceGraph();
          const {near, far} = (counts.get(tenant) as MinuteCounts).marks(minute);
          rows.push(
            `(${quoteText(tenant)}, ${minute}, ${clock.now()}, ${near}, ${far}, ${graph.unfound}, ${quoteText(graph.write())})`,
          );
        }
      }
      await insert(rows);
      done += rows.length;
    }
    return done;
  };

  /** Some megabytes of text at once. */
  const insert = async (rows: readonly string[]): Promise<void> => {
    for (let from = 0; from < rows.length; ) {
      let bytes = 0;
      let to = from;
      while (to < rows.length && (to === from || bytes < 4_000_000)) bytes += (rows[to++] as string).length;
      const list = rows.slice(from, to).map((row) => `tuple${row}`);
      await client.ask({
        sql:
          `INSERT INTO ${graphTable} (tenant, minute, version, near, far, orphans, graph) ` +
          `SELECT row.1, row.2, row.3, row.4, row.5, row.6, row.7 FROM (SELECT arrayJoin([${list.join(', ')}]) AS row)`,
        parameters: {},
        settings: {...insertSettings(`${graphTable}-${crypto.randomUUID()}`), max_query_size: 256 * 1024 ** 2},
        signal,
      });
      from = to;
    }
  };

  /** The first minute of which there are rates; undefined where there are none. */
  const oldest = async (): Promise<number | undefined> => {
    const [row] = await queries.rows(
      {
        sql: 'SELECT toUInt32(intDiv(toUInt32(min(minute)), 60)) AS at, count() AS rows FROM span_rates WHERE stray = 0',
        settings,
        budget: budget(),
      },
      {at: 'number', rows: 'number'},
    );
    return row === undefined || row.rows === 0 ? undefined : row.at;
  };

  const cycle = async (): Promise<number> => {
    let done = 0;
    for (const {first, last} of wanted.splice(0)) {
      // The end of what was asked for: the rest comes as it is asked for again, or by itself.
      done += await look(Math.max(first, Math.min(last, newest()) - oldMinutes + 1), Math.min(last, newest()), false);
    }
    const last = newest();
    done += await look(last - hotMinutes + 1, last, false);
    if (walk === undefined) return done;
    const end = Math.min(walk, last - hotMinutes);
    const first = await oldest();
    if (first === undefined || end < first) {
      walk = undefined;
      return done;
    }
    done += await look(end - oldMinutes + 1, end, true);
    walk = end - oldMinutes;
    return done;
  };

  /** Whether there may be something that has not been looked at. */
  const isQuiet = (): boolean => {
    const now = inserts?.() ?? -1;
    if (inserts === undefined || now !== seen) idle = 0;
    else idle++;
    seen = now;
    return idle > idleCycles && walk === undefined && wanted.length === 0;
  };

  const run = async (): Promise<void> => {
    await delay(firstMs, undefined, {signal, ref: false});
    for (let cycles = 1; !signal.aborted; cycles++) {
      // Spans may have come late into any hour.
      if (walk === undefined && cycles % 720 === 0 && idle < idleCycles) walk = Number.POSITIVE_INFINITY;
      if (!presence.away && !isQuiet()) {
        await cycle().catch((error) => {
          if (!signal.aborted) log?.debug({err: error}, `the service graph was not counted: ${errorMessage(error)}`);
        });
      }
      const isBehind = walk !== undefined || wanted.length > 0;
      await delay(isBehind ? 1000 : cycleMs, undefined, {signal, ref: false});
    }
  };

  return {
    want(first, last) {
      if (wanted.length < 100) wanted.push({first, last});
    },
    cycle,
    start: () => void run().catch(() => {}), // stopped
    stop: () => stopping.abort(),
  };
}
