/** Finding spans in one trace: one pass over the trace's own rows, whatever is asked of them. */
import type {TenantId, TraceId} from '../base/index.ts';
import {type Budget, type FindTerm, type FoundSpans, kindNames, statusNames} from '../query/index.ts';
import {type AttributeColumn, pairsSql, scopeField} from './attribute-sql.ts';
import {position} from './lossy-text.ts';
import {conditionSql, type Where} from './read-conditions.ts';
import {findPlaces, type Places, whereTraces} from './read-places.ts';
import type {Queries} from './read-query.ts';

export async function findInTrace(
  queries: Queries,
  tenant: TenantId,
  id: TraceId,
  terms: readonly FindTerm[],
  {limit, budget}: {readonly limit: number; readonly budget: Budget},
): Promise<FoundSpans | undefined> {
  const places = await findPlaces(queries, tenant, [id], {budget});
  if (places === undefined) return undefined;
  const where = whereTraces(tenant, places);
  const fits = terms.map((term) => `(${termSql(where, term)})`).join(' AND ');
  // A span that was sent twice is found once. One row with a list costs less than a row a span.
  const [row] = await queries.rows(
    {
      sql: `
SELECT groupArray(${limit})(id) AS ids, count() AS total FROM (
  SELECT lower(hex(span_id)) AS id FROM spans_11 WHERE ${where.sql} AND ${fits}
  GROUP BY span_id ORDER BY min(start_time), span_id
)`,
      parameters: where.parameters,
      budget,
    },
    {ids: 'texts', total: 'number'},
  );
  if (row !== undefined && row.total > 0) return {spanIds: row.ids, total: row.total};
  return (await isThere(queries, tenant, places, budget)) ? {spanIds: [], total: 0} : undefined;
}

async function isThere(queries: Queries, tenant: TenantId, places: Places, budget: Budget): Promise<boolean> {
  const {sql, parameters} = whereTraces(tenant, places);
  const rows = await queries.rows(
    {sql: `SELECT 1 AS one FROM spans_11 WHERE ${sql} LIMIT 1`, parameters, budget},
    {one: 'number'},
  );
  return rows.length > 0;
}

function termSql(where: Where, term: FindTerm): string {
  switch (term.type) {
    case 'word':
      return wordSql(where, term.word);
    case 'is':
      return conditionSql(where, {type: 'attribute', key: term.key, value: term.value, of: 'anywhere'});
    case 'isNot':
      return conditionSql(where, {...compared(term.key, term.value), operator: '!='});
    case 'number':
      return conditionSql(where, {...compared(term.key, String(term.value)), operator: term.operator});
    case 'duration':
      return `duration_ns ${term.operator} ${where.bind(term.nanos, 'Int64')}`;
    case 'status':
      return `status_code ${term.not ? '!=' : '='} ${statusNames.indexOf(term.status)}`;
    case 'kind':
      return `kind ${term.not ? '!=' : '='} ${kindNames.indexOf(term.kind)}`;
    case 'field':
      return `${term.not ? 'NOT ' : ''}(${conditionSql(where, {type: 'field', field: term.field, value: term.value})})`;
    case 'has':
      return `${term.not ? 'NOT ' : ''}(${conditionSql(where, {type: 'key', key: term.key, of: 'anywhere'})})`;
  }
}

const compared = (key: string, value: string) => ({type: 'comparison', key, value, of: 'anywhere'}) as const;

function wordSql(where: Where, word: string): string {
  const bound = where.bind(word);
  const has = (text: string): string => `${position(text, bound)} > 0`;
  const inPairs = (column: AttributeColumn): string => {
    const {keys, values} = pairsSql(column);
    return `arrayExists((k, v) -> ${has('k')} OR ${has('v')}, ${keys}, ${values})`;
  };
  const tests = [
    ...['name', 'service', 'status_message', scopeField.name].map(has),
    ...(['attributes', 'resource_attributes', 'scope_attributes'] as const).map(inPairs),
    ...['events.attributes', 'links.attributes'].map((maps) => `arrayExists(m -> ${inPairs('m')}, ${maps})`),
    `arrayExists(n -> ${has('n')}, events.name)`,
    `arrayExists(t -> lower(hex(t)) = lower(${bound}), links.trace_id)`,
  ];
  if (/^[0-9a-f]{4,16}$/i.test(word)) tests.push(`startsWith(lower(hex(span_id)), lower(${bound}))`);
  return tests.join(' OR ');
}
