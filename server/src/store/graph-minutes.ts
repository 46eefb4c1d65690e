/**
 * What the table of the service graph has of which minutes, and whether that is still so. The rates by the minute tell: they count every
 * span once, whoever stored it and whenever it came. See docs/decisions/0086-the-stored-service-graph.md.
 */
import type {Budget} from '../query/index.ts';
import {latestMinute} from '../red/index.ts';
import type {Queries} from './read-query.ts';
import {graphTable} from './schema-graph.ts';
import {isStored} from './schema-spans.ts';

export const minuteNanos = 60_000_000_000n;
export const minuteMs = 60_000;
/** Of a minute's spans, parents may have been stored this many minutes before. */
const farMinutes = 60;
/** Later spans count in this one. */
export const lastMinute = Math.floor(latestMinute / 60);

/** Spans that are stored, by minute since 1970. */
export class MinuteCounts {
  readonly spans = new Map<number, number>();
  /** Minutes in which spans stand for several. */
  readonly weighted = new Set<number>();

  /** The counts by which a graph of a minute is known to be as new as the spans. */
  marks(minute: number): GraphMarks {
    let far = 0;
    for (let i = 2; i <= farMinutes; i++) far += this.spans.get(minute - i) ?? 0;
    return {near: this.around(minute), far};
  }

  around(minute: number): number {
    const of = (at: number): number => this.spans.get(at) ?? 0;
    return of(minute - 1) + of(minute) + of(minute + 1);
  }

  isWeighted(first: number, last: number): boolean {
    for (const minute of this.weighted) if (minute >= first - farMinutes && minute <= last + 1) return true;
    return false;
  }
}

export interface GraphMarks {
  readonly near: number;
  readonly far: number;
}

/** A graph is counted from a minute and its neighbours; where parents were missing, from the hour before too. */
export const isAsNew = (kept: GraphMarks & {readonly orphans: number}, {near, far}: GraphMarks): boolean =>
  kept.near === near && (kept.orphans === 0 || kept.far === far);

/** Of minutes that are to be judged: from `first` up to `last`, both of them too. */
export async function readCounts(
  queries: Queries,
  {tenant, first, last, strays}: {tenant: string | undefined; first: number; last: number; strays: boolean},
  budget: Budget,
  settings: Readonly<Record<string, number>> = {},
): Promise<Map<string, MinuteCounts>> {
  const [from, to] = [Math.max(0, first - farMinutes), Math.min(lastMinute, last + 1)];
  const rows = await queries.rows(
    {
      sql: `
SELECT tenant, toUInt32(intDiv(toUInt32(minute), 60)) AS at, sumIf(spans, ${isStored}) AS stored, max(sampled_out) AS weighted
FROM span_rates WHERE ${tenant === undefined ? '1' : 'tenant = {tenant:String}'} AND minute >= toDateTime(${from * 60}, 'UTC')
  AND minute <= toDateTime(${to * 60}, 'UTC')${strays ? '' : ' AND stray = 0'} GROUP BY tenant, at`,
      ...(tenant === undefined ? {} : {parameters: {tenant}}),
      settings,
      budget,
    },
    {tenant: 'text', at: 'number', stored: 'number', weighted: 'number'},
  );
  const counts = new Map<string, MinuteCounts>();
  for (const row of rows) {
    const of = counts.get(row.tenant) ?? new MinuteCounts();
    counts.set(row.tenant, of);
    of.spans.set(row.at, row.stored);
    if (row.weighted === 1) of.weighted.add(row.at);
  }
  return counts;
}

export interface KeptGraph extends GraphMarks {
  readonly tenant: string;
  readonly minute: number;
  /** Milliseconds since 1970. */
  readonly version: number;
  readonly orphans: number;
  /** As it was written; empty unless it was asked for. */
  readonly graph: string;
}

export async function readKept(
  queries: Queries,
  {tenant, first, last, whole}: {tenant: string | undefined; first: number; last: number; whole: boolean},
  budget: Budget,
): Promise<KeptGraph[]> {
  return queries.rows(
    {
      sql: `
SELECT tenant, minute, version, near, far, orphans, ${whole ? 'graph' : `'' AS graph`} FROM ${graphTable} FINAL
WHERE ${tenant === undefined ? '1' : 'tenant = {tenant:String}'} AND minute BETWEEN ${first} AND ${last}`,
      ...(tenant === undefined ? {} : {parameters: {tenant}}),
      budget,
    },
    {
      tenant: 'text',
      minute: 'number',
      version: 'number',
      near: 'number',
      far: 'number',
      orphans: 'number',
      graph: 'text',
    },
  );
}

/** Minutes one after the other, as long as a stretch of them has at most so many spans. */
export function stretchesOf(
  minutes: readonly number[],
  spansOf: (minute: number) => number,
  most: number,
): {first: number; last: number; spans: number}[] {
  const stretches: {first: number; last: number; spans: number}[] = [];
  for (const minute of minutes.toSorted((a, b) => a - b)) {
    const spans = spansOf(minute);
    const before = stretches.at(-1);
    if (
      before !== undefined &&
      minute - before.last === 1 &&
      before.spans + spans <= most &&
      minute - before.first < maxMinutes
    ) {
      before.last = minute;
      before.spans += spans;
    } else stretches.push({first: minute, last: minute, spans});
  }
  return stretches;
}
const maxMinutes = 15;
