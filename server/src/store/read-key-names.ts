/** The keys that attributes have, out of the texts that spans share: no span is read but such as have no template. */
import type {TenantId, UnixNano} from '../base/index.ts';
import type {Budget} from '../query/index.ts';
import {isFreeSql, pairsSql} from './attribute-sql.ts';
import {spanWhere} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {isOriginSql, maxSeconds, textsSince} from './read-typed-values.ts';
import {spanHashes} from './schema-segments.ts';
import {mark} from './span-text.ts';

export interface KeyNames {
  readonly span: readonly string[];
  readonly resource: readonly string[];
}

const maxKeys = 1000;

/** Of spans that came since the day on which the range begins. */
export async function readKeyNames(
  queries: Queries,
  tenant: TenantId,
  {start, end}: {readonly start: UnixNano | undefined; readonly end: UnixNano | undefined},
  budget: Budget,
): Promise<KeyNames> {
  const where = textsSince(tenant, start);
  const keysOf = (column: 'attributes' | 'resource_attributes', texts: string): string =>
    `SELECT groupUniqArrayArray(${maxKeys})(${pairsSql(column).keys}) FROM (SELECT ${texts} FROM span_texts WHERE ${where.sql} AND `;
  const [row] = await queries.rows(
    {
      sql:
        `SELECT (${keysOf('attributes', 'text AS attribute_template, []::Array(String) AS attribute_values')} NOT ${isOriginSql})) AS span, ` +
        `(${keysOf('resource_attributes', 'text AS origin')} ${isOriginSql})) AS resource, ` +
        `(SELECT count() FROM span_texts WHERE ${where.sql} AND text = '${mark.free}') AS free`,
      parameters: where.parameters,
      budget,
    },
    {span: 'texts', resource: 'texts', free: 'number'},
  );
  const span = new Set(row?.span);
  if ((row?.free ?? 0) > 0) {
    const own = spanWhere(tenant, {start, end, conditions: []});
    own.add(`${isFreeSql} AND indexHint(has(${spanHashes}, cityHash64(${own.bind(mark.free)})))`);
    const found = await queries.rows(
      {
        sql: `SELECT DISTINCT arrayJoin(${pairsSql('attributes').keys}) AS key FROM spans_11 ${own.clauses} LIMIT ${maxKeys}`,
        parameters: own.parameters,
        settings: {max_execution_time: maxSeconds, timeout_overflow_mode: 'break'},
        budget,
      },
      {key: 'text'},
    );
    for (const {key} of found) span.add(key);
  }
  return {span: [...span], resource: row?.resource ?? []};
}
