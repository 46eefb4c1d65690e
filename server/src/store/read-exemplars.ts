/** Spans to stand for the requests of a service in a chart of durations: spread over time and durations, slow and failed ones first. */
import type {TenantId} from '../base/index.ts';
import {type Budget, type Exemplar, kindNames, type Looked, type ServiceFilter} from '../query/index.ts';
import {stepsPerDoubling} from '../red/index.ts';
import type {Queries} from './read-query.ts';
import {durationStep} from './schema-spans.ts';
import {idText, isServing, nanosText, serviceSpans} from './service-spans.ts';

const mostSpans = 500_000;
/** Equal parts of the time. */
const columns = 48n;

interface Candidate {
  readonly exemplar: Exemplar;
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
  argMax((start_time, duration_ns, trace_id, span_id, name, kind), duration_ns) AS longest,
  ${nanosText('longest.1')} AS start, toString(longest.2) AS duration, ${idText('longest.3')} AS trace, ${idText('longest.4')} AS span,
  toString(longest.5) AS operation, longest.6 AS span_kind
FROM spans_11 ${all.clauses} GROUP BY column, failed, row`,
      parameters: all.parameters,
      budget,
    },
    {
      ...{column: 'number', failed: 'number', start: 'text', duration: 'text', trace: 'text', span: 'text'},
      ...{operation: 'text', span_kind: 'number'},
    } as const,
  );
  const candidates = rows.map(
    ({column, failed, start, duration, ...row}): Candidate => ({
      column,
      failed: failed === 1,
      duration: BigInt(duration),
      exemplar: {
        ...{traceId: row.trace, spanId: row.span, startUnixNano: start, durationNano: duration},
        ...{operation: row.operation, kind: kindNames[row.span_kind] ?? 'unspecified', failed: failed === 1},
      },
    }),
  );
  const exemplars = choose(candidates, limit).map(({exemplar}) => exemplar);
  return {share, exemplars: exemplars.sort((a, b) => (BigInt(a.startUnixNano) < BigInt(b.startUnixNano) ? -1 : 1))};
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
