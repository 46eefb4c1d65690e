/** Spans to stand for the requests of a service in a chart of durations: spread over time and durations, slow and failed ones first. */
import type {TenantId} from '../base/index.ts';
import {type Budget, type Exemplar, kindNames, type Looked, type ServiceFilter} from '../query/index.ts';
import {stepsPerDoubling} from '../red/index.ts';
import {addMoments} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {durationStep} from './schema-spans.ts';
import {idText, isServing, nanosText, serviceSpans} from './service-spans.ts';

/** Only short columns are read of all of them. */
const mostSpans = 500_000;
/** Equal parts of the time. */
const columns = 48n;

interface Candidate {
  readonly start: bigint;
  readonly duration: bigint;
  readonly failed: boolean;
  readonly column: number;
}

export async function readExemplars(
  queries: Queries,
  tenant: TenantId,
  {limit, ...filter}: ServiceFilter & {readonly limit: number},
  budget: Budget,
): Promise<Looked & {readonly exemplars: readonly Exemplar[]}> {
  const condition = filter.operation === undefined && filter.kind === undefined ? isServing : 'true';
  const {where, share} = await serviceSpans(queries, tenant, filter, {
    ...{most: mostSpans, condition, by: 'time', budget},
  });
  const {start, end} = filter;
  const width = (end - start + columns - 1n) / columns;
  const all = where().add(condition);
  // Of each part of the time, and each doubling of durations, the longest that failed and the longest that did not.
  const rows = await queries.rows(
    {
      sql: `
SELECT toUInt32(intDiv(toUnixTimestamp64Nano(start_time) - ${start}, ${width})) AS column, status_code = 2 AS failed,
  intDiv(${durationStep('duration_ns')}, ${stepsPerDoubling}) AS row,
  argMax((start_time, duration_ns), duration_ns) AS longest, ${nanosText('longest.1')} AS start, toString(longest.2) AS duration
FROM spans_11 ${all.clauses} GROUP BY column, failed, row`,
      parameters: all.parameters,
      budget,
    },
    {column: 'number', failed: 'number', start: 'text', duration: 'text'},
  );
  const candidates = rows.map(({column, failed, ...row}) => ({
    ...{column, failed: failed === 1, start: BigInt(row.start), duration: BigInt(row.duration)},
  }));
  const chosen = choose(candidates, limit);
  if (chosen.length === 0) return {share, exemplars: []};
  const found = where().add(condition);
  const moments = chosen.map(({start}) => start);
  addMoments(found, moments);
  found.add(
    `(toUnixTimestamp64Nano(start_time), duration_ns) IN (${chosen.map(({start, duration}) => `(${start}, ${duration})`).join(', ')})`,
  );
  const spans = await queries.rows(
    {
      sql: `
SELECT ${idText('trace_id')} AS trace, ${idText('span_id')} AS span, toString(name) AS operation, kind AS span_kind,
  ${nanosText('start_time')} AS start, toString(duration_ns) AS duration, status_code = 2 AS failed
FROM spans_11 ${found.clauses} ORDER BY start_time, trace_id LIMIT 1 BY start_time, duration_ns, status_code LIMIT ${2 * limit}`,
      parameters: found.parameters,
      budget,
    },
    {
      ...{trace: 'text', span: 'text', operation: 'text', span_kind: 'number', start: 'text', duration: 'text'},
      failed: 'number',
    } as const,
  );
  const key = (start: string, duration: string, failed: boolean): string => `${start} ${duration} ${failed}`;
  const wanted = new Set(chosen.map((one) => key(`${one.start}`, `${one.duration}`, one.failed)));
  return {
    share,
    exemplars: spans
      .filter(({start, duration, failed}) => wanted.has(key(start, duration, failed === 1)))
      .map(({trace, span, operation, span_kind: kind, start, duration, failed}) => ({
        traceId: trace,
        spanId: span,
        startUnixNano: start,
        durationNano: duration,
        operation,
        kind: kindNames[kind] ?? 'unspecified',
        failed: failed === 1,
      })),
  };
}

/** The slowest, then failed ones, then others, each spread over the time. */
function choose(candidates: readonly Candidate[], limit: number): readonly Candidate[] {
  const chosen = new Set<Candidate>();
  const slowest = candidates.toSorted((a, b) => (a.duration < b.duration ? 1 : -1));
  for (const one of slowest.slice(0, Math.ceil(limit / 10))) chosen.add(one);
  const take = (from: readonly Candidate[], most: number): void => {
    const byColumn = [...Map.groupBy(from, ({column}) => column).values()];
    for (let round = 0; chosen.size < most && byColumn.some((list) => round < list.length); round++) {
      // Columns in an order that spreads: every seventh of 48 comes to each of them.
      for (let i = 0; i < byColumn.length && chosen.size < most; i++) {
        const one = byColumn[(i * spreading(byColumn.length)) % byColumn.length]?.[round];
        if (one !== undefined) chosen.add(one);
      }
    }
  };
  take(
    slowest.filter(({failed}) => failed),
    Math.ceil(limit / 2),
  );
  take(
    slowest.filter(({failed}) => !failed),
    limit,
  );
  take(slowest, limit);
  return [...chosen];
}

/** A step that leads to every one of so many before it comes back. */
const spreading = (count: number): number => [7, 5, 3].find((step) => count % step !== 0) ?? 1;
