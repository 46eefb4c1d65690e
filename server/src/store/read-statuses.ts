/** What the root spans of traces were answered with: read apart from lists, since attributes cost several times what a list does. */
import type {TenantId, TraceId} from '../base/index.ts';
import {type Budget, type ResponseStatus, responseStatus, responseStatusKeys} from '../query/index.ts';
import {keySql} from './attribute-sql.ts';
import {beginning} from './read-attribute-value.ts';
import {findPlaces, whereTraces} from './read-places.ts';
import type {Queries} from './read-query.ts';

/** By trace id, of the earliest root span; traces without a root, or whose root has no such status, are left out. */
export async function readResponseStatuses(
  queries: Queries,
  tenant: TenantId,
  ids: readonly TraceId[],
  budget: Budget,
): Promise<ReadonlyMap<TraceId, ResponseStatus>> {
  const places = await findPlaces(queries, tenant, ids, {budget});
  if (places === undefined) return new Map();
  const where = whereTraces(tenant, places).add(`parent_span_id = toFixedString('', 8)`);
  const texts = responseStatusKeys.map((key) => beginning(keySql(where, 'attributes', key).value));
  const rows = await queries.rows(
    {
      sql: `
SELECT lower(hex(trace_id)) AS id, [${texts.join(', ')}]::Array(String) AS texts
FROM spans_11 ${where.clauses} ORDER BY start_time, name LIMIT 1 BY trace_id`,
      parameters: where.parameters,
      budget,
    },
    {id: 'text', texts: 'texts'},
  );
  return new Map(
    rows.flatMap(({id, texts}) => {
      const status = responseStatus((key) => texts[responseStatusKeys.indexOf(key)]);
      return status === undefined ? [] : [[id as TraceId, status] as const];
    }),
  );
}
