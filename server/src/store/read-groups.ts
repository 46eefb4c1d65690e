/** Spans that fit, counted by one of their values: errors and durations of each, in one pass over the columns that it needs. */
import {type TenantId, type UnixNano, unixNanoFromMillis} from '../base/index.ts';
import {
  type Budget,
  checkFilterSize,
  type GroupField,
  type GroupKey,
  kindNames,
  resourceFields,
  type SpanFigures,
  type SpanGroupOrder,
  type SpanGroups,
  type SpanGroupsQuery,
  statusNames,
} from '../query/index.ts';
import {shownSql} from './lossy-text.ts';
import {
  type AttributePlace,
  attributePlaces,
  attributeValue,
  beginning,
  resourceValue,
  type ValueSql,
} from './read-attribute-value.ts';
import {bucketOf, spanWhere, type Where} from './read-conditions.ts';
import {fittingIds, hasTraceConditions} from './read-extents.ts';
import {countKnown} from './read-minutes.ts';
import {narrowed} from './read-narrow.ts';
import type {Queries} from './read-query.ts';
import {readFirstStart} from './read-rates.ts';

/** Up to so many spans every duration is kept, 8 bytes each, and percentiles are exact; beyond, sketches have a bound of their own. */
export const exactSpans = 20_000_000;
const levels = [0.5, 0.95, 0.99] as const;
/**
 * The least duration that so great a share of the spans do not exceed (the nearest rank), as the rates have it. Of n sorted values
 * `quantilesExact` takes that at ⌊level × n⌋, the one after it where level × n is whole: a level that is lower by less than a
 * hundredth of a span, and by more than a double's rounding, is at the rank itself.
 */
const exactLevels = levels.map((level) => level - 0.001 / exactSpans);

const fields: Readonly<Record<GroupField, (where: Where) => ValueSql>> = {
  service: () => ({has: '1', value: 'service'}),
  operation: () => ({has: '1', value: 'name'}),
  // Numbers that no name stands for are shown as the first one.
  kind: () => ({has: '1', value: `if(kind < ${kindNames.length}, kind, 0)`}),
  status: () => ({has: '1', value: `if(status_code < ${statusNames.length}, status_code, 0)`}),
  environment: (where) => resourceValue(where, resourceFields.environment),
  version: (where) => resourceValue(where, resourceFields.version),
};

/** What stands first: a column of a group. */
const ranks = {
  spans: 'spans',
  errors: 'errors',
  errorRate: 'errors / spans',
  p50: 'quantiles[1]',
  p95: 'quantiles[2]',
  p99: 'quantiles[3]',
} as const satisfies Readonly<Record<SpanGroupOrder, string>>;

/** `now` in milliseconds since 1970; `exactUpTo` for tests. */
export async function readGroups(
  queries: Queries,
  tenant: TenantId,
  asked: SpanGroupsQuery,
  {now, budget, exactUpTo = exactSpans}: {now: number; budget: Budget; exactUpTo?: number},
): Promise<SpanGroups> {
  checkFilterSize(asked);
  const query = await narrowed(queries, tenant, asked, {budget, inWindows: false});
  const {by, limit, order} = query;
  const nanos = unixNanoFromMillis(now);
  const [known, first, places] = await Promise.all([
    countKnown(queries, tenant, query, budget),
    readFirstStart(queries, tenant, query, budget),
    by.type === 'attribute' ? placesOf(queries, tenant, query, by.key, nanos, budget) : [],
  ]);
  const exact = known <= exactUpTo;
  const sketch = exact ? 'quantilesExact' : 'quantilesDD';
  const parameters = exact ? `(${exactLevels.join(', ')})` : `(0.01, ${levels.join(', ')})`;
  const where = fitting(tenant, query, nanos);
  const {has, value} = by.type === 'attribute' ? attributeValue(where, by.key, places) : fields[by.field](where);
  const rows = await queries.rows(
    {
      // Texts that are shown alike are one group.
      sql: `
SELECT has_value, count() AS groups, sum(spans) AS all_spans, sum(errors) AS all_errors,
  groupArraySorted(${limit})((-toFloat64(${ranks[order]}), -toFloat64(spans), shown, spans, errors, quantiles)) AS top,
  top.3 AS names, top.4 AS counts, top.5 AS failures,
  arrayMap(g -> g.6[1], top) AS p50, arrayMap(g -> g.6[2], top) AS p95, arrayMap(g -> g.6[3], top) AS p99
FROM (
  SELECT has_value, ${beginning(shownSql('value'))} AS shown, sum(count) AS spans, sum(failed) AS errors,
    arrayMap(nanos -> toFloat64(nanos), ${sketch}Merge${parameters}(durations)) AS quantiles
  FROM (
    SELECT toUInt8(${has}) AS has_value, ${value} AS value,
      count() AS count, countIf(status_code = 2) AS failed, ${sketch}State${parameters}(greatest(duration_ns, 0)) AS durations
    FROM spans_11 ${where.clauses} GROUP BY has_value, value
  ) GROUP BY has_value, shown
) GROUP BY has_value`,
      parameters: where.parameters,
      budget,
    },
    {
      ...{has_value: 'number', groups: 'number', all_spans: 'number', all_errors: 'number'},
      ...{names: 'texts', counts: 'numbers', failures: 'numbers', p50: 'numbers', p95: 'numbers', p99: 'numbers'},
    } as const,
  );
  const figures = (row: (typeof rows)[number], i: number): SpanFigures => ({
    spans: row.counts[i] as number,
    errors: row.failures[i] as number,
    p50: (row.p50[i] as number) / 1e6,
    p95: (row.p95[i] as number) / 1e6,
    p99: (row.p99[i] as number) / 1e6,
  });
  const found = rows.find((row) => row.has_value === 1);
  const without = rows.find((row) => row.has_value === 0);
  const groups = (found?.names ?? []).map((name, i) => ({
    value: shownName(by, name),
    ...figures(found as (typeof rows)[number], i),
  }));
  const rest = (all: number | undefined, name: 'spans' | 'errors'): number =>
    groups.reduce((left, group) => left - group[name], all ?? 0);
  return {
    coveredStart: first ?? query.start,
    exact,
    groups,
    without: without && figures(without, 0),
    others: {
      groups: (found?.groups ?? 0) - groups.length,
      spans: rest(found?.all_spans, 'spans'),
      errors: rest(found?.all_errors, 'errors'),
    },
  };
}

function fitting(tenant: TenantId, query: SpanGroupsQuery, now: UnixNano): Where {
  const where = spanWhere(tenant, query);
  const {trace, start, end} = query;
  if (trace === undefined || !hasTraceConditions(trace)) return where;
  const buckets = {first: Number(bucketOf(start)), last: Number(bucketOf(end))};
  return where.add(`trace_id IN (${fittingIds(where, tenant, trace, buckets, now)})`);
}

/** Where any of these spans has the key: its values are read there alone, since those of five places cost twice as much as of one. */
async function placesOf(
  queries: Queries,
  tenant: TenantId,
  query: SpanGroupsQuery,
  key: string,
  now: UnixNano,
  budget: Budget,
): Promise<readonly AttributePlace[]> {
  const found = await Promise.all(
    attributePlaces.map(async (place) => {
      const where = fitting(tenant, query, now);
      where.add(attributeValue(where, key, [place]).has);
      const sql = `SELECT 1 AS one FROM spans_11 ${where.clauses} LIMIT 1`;
      const rows = await queries.rows({sql, parameters: where.parameters, budget}, {one: 'number'});
      return rows.length > 0;
    }),
  );
  return attributePlaces.filter((_, i) => found[i]);
}

function shownName(by: GroupKey, text: string): string {
  if (by.type !== 'field') return text;
  if (by.field === 'kind') return kindNames[Number(text)] ?? text;
  return by.field === 'status' ? (statusNames[Number(text)] ?? text) : text;
}
