/** The values that one attribute has on the spans of a trace, each with its spans: one pass over the trace's own rows. */
import {QueryError, type TenantId, type TraceId} from '../base/index.ts';
import type {Budget, TraceValue} from '../query/index.ts';
import {shownSql} from './lossy-text.ts';
import {attributeValue} from './read-attribute-value.ts';
import {findPlaces, whereTraces} from './read-places.ts';
import type {Queries} from './read-query.ts';

/** Of longer values the beginning tells them apart. */
const most = 200;
const maxValues = 10_000;

/** The span's own value before that of its resource and of its scope. Empty where no span of the trace has the key. */
export async function readTraceValues(
  queries: Queries,
  tenant: TenantId,
  id: TraceId,
  key: string,
  budget: Budget,
): Promise<readonly TraceValue[]> {
  const places = await findPlaces(queries, tenant, [id], {budget});
  if (places === undefined) return [];
  const where = whereTraces(tenant, places);
  const {has, value} = attributeValue(where, key, ['attributes', 'resource_attributes', 'scope_attributes']);
  const rows = await queries.rows(
    {
      // A span that was sent twice is counted once.
      sql: `
SELECT value, groupArray(id) AS ids FROM (
  SELECT lower(hex(span_id)) AS id, any(leftUTF8(${shownSql(value)}, ${most})) AS value
  FROM spans_11 WHERE ${where.sql} AND ${has}
  GROUP BY span_id
) GROUP BY value ORDER BY length(ids) DESC, value LIMIT ${maxValues + 1}`,
      parameters: where.parameters,
      budget,
    },
    {value: 'text', ids: 'texts'},
  );
  if (rows.length > maxValues)
    throw new QueryError(
      'too_large',
      `The attribute has more than ${maxValues.toLocaleString('en')} values in this trace.`,
    );
  return rows.map(({value, ids}) => ({value, spanIds: ids}));
}
