/** The traces of spans that start at given times: of such as were counted, to be looked at. */
import {type TenantId, type TraceId, type UnixNano, unixNano} from '../base/index.ts';
import type {Budget, SpanStarts} from '../query/index.ts';
import {addMoments, Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';

/** With the start of each one's span. */
export async function readTracesAt(
  queries: Queries,
  tenant: TenantId,
  times: readonly UnixNano[],
  limit: number,
  budget: Budget,
): Promise<SpanStarts> {
  if (times.length === 0) return new Map();
  const where = new Where(tenant);
  addMoments(where, times);
  const rows = await queries.rows(
    {
      sql: `
SELECT lower(hex(trace_id)) AS id, toString(toUnixTimestamp64Nano(min(start_time))) AS start
FROM spans_11 ${where.clauses} GROUP BY trace_id ORDER BY min(start_time), trace_id LIMIT ${limit}`,
      parameters: where.parameters,
      budget,
    },
    {id: 'text', start: 'text'},
  );
  return new Map(rows.map(({id, start}) => [id as TraceId, unixNano(BigInt(start))]));
}
