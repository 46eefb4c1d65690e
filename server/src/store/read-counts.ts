/**
 * Spans counted by some of their values, by when they start and perhaps by a number, in one pass over the columns that these need. A span
 * that was sent twice counts twice, as in the rates.
 */
import {bug, QueryError, type TenantId, type UnixNano, unixNano} from '../base/index.ts';
import type {Budget, CountKey, CountMeasure, CountQuery, SpanCounts, SpanFilter} from '../query/index.ts';
import {
  type AttributeForms,
  type CountColumn,
  CountValues,
  countColumns,
  otherForms,
  typedText,
} from './count-columns.ts';
import {isLossy} from './lossy-text.ts';
import {addMoments, bucketTerms, spanWhere, timesSql, Where} from './read-conditions.ts';
import {countKnown} from './read-minutes.ts';
import {narrowed} from './read-narrow.ts';
import type {Queries} from './read-query.ts';
import {mark} from './span-text.ts';

/** Of values with intervals and buckets; more of them are not counted. */
const maxCounts = 400_000;
/** Of different values: each takes a name in memory. */
const maxGroups = 50_000;

/** Undefined where spans differ too much to be counted, or have values that only whole spans tell. */
export async function countSpans(
  queries: Queries,
  tenant: TenantId,
  query: CountQuery,
  budget: Budget,
): Promise<readonly SpanCounts[] | undefined> {
  const keys = ofSpans(query);
  const {start, end, intervals} = query;
  if (start !== intervals.first || (end - start) % intervals.step !== 0n)
    bug('the range to count in is not of whole intervals');
  if (keys.some(isLossy) || start < 0n) return undefined;
  try {
    let forms: AttributeForms = {varying: await mayVary(queries, tenant, keys, budget), free: false};
    for (;;) {
      const found = await count(queries, tenant, query, {forms, keys, budget});
      if (found !== 'otherForms') return found;
      forms = {varying: true, free: true};
    }
  } catch (error) {
    if (error instanceof QueryError && error.reason === 'too_large') return undefined;
    throw error;
  }
}

/** The keys of spans' own attributes. */
const ofSpans = ({keys, measure}: CountQuery): readonly string[] => [
  ...keys.flatMap((key) => (key.type === 'double' || (key.type === 'attribute' && key.of === 'span') ? [key.key] : [])),
  ...(measure === undefined || measure.of === 'duration' ? [] : [measure.of.key]),
];

/** Whether some span may have one of the keys with a value that does not stand in its template. */
async function mayVary(queries: Queries, tenant: TenantId, keys: readonly string[], budget: Budget): Promise<boolean> {
  if (keys.length === 0) return false;
  const where = new Where(tenant);
  const tests = keys.map((key) => `position(text, ${where.bind(`${mark.varying}${key}${mark.end}`)}) > 0`);
  where.add(`(${tests.join(' OR ')})`);
  const sql = `SELECT 1 AS one FROM span_texts WHERE ${where.sql} LIMIT 1`;
  return (await queries.rows({sql, parameters: where.parameters, budget}, {one: 'number'})).length > 0;
}

interface Counting {
  readonly forms: AttributeForms;
  readonly keys: readonly string[];
  readonly budget: Budget;
}

async function count(
  queries: Queries,
  tenant: TenantId,
  {start, end, intervals, filter, keys, measure}: CountQuery,
  {forms, keys: ofSpans, budget}: Counting,
): Promise<readonly SpanCounts[] | 'otherForms' | undefined> {
  const search = await narrowed(
    queries,
    tenant,
    {...filter, start: unixNano(start + 1n), end},
    {budget, inWindows: false},
  );
  // Intervals begin and end with the range, so a group is in it or is not: no span's time is compared, and no bucket read.
  const where = spanWhere(tenant, search, [`indexHint(${bucketTerms(search).join(' AND ')})`]);
  const hash = hashOf(countColumns(where, keys, forms).columns);
  // One more than it is, since intDiv rounds towards zero: before the range it is zero or less.
  const index = (time: string): string =>
    `intDiv(toUnixTimestamp64Nano(${time}) - ${intervals.first + 1n - intervals.step}, ${intervals.step})`;
  const number = measure === undefined ? undefined : numberSql(where, measure, forms);
  const bucket = number !== undefined && measure?.inBuckets === true ? bucketSql(number) : undefined;
  const numbers = number === undefined || bucket !== undefined ? undefined : sumsSql(number);
  const other = ofSpans.length === 0 ? '' : otherForms(where, ofSpans, forms);
  const rows = await queries.rows(
    {
      sql: `
SELECT toString(values_hash) AS hash, max(other) AS missed,
  groupArray(toUInt32(${index('t')} - 1)) AS intervals, groupArray(n) AS spans, groupArray(toString(toUnixTimestamp64Nano(t))) AS times,
  ${numbers === undefined ? '[] AS numbers, [] AS sums, [] AS least, [] AS most' : 'groupArray(with_number) AS numbers, groupArray(total) AS sums, groupArray(low) AS least, groupArray(high) AS most'},
  groupArray(b) AS buckets
FROM (
  SELECT any(${hash}) AS values_hash, any(${bucket ?? '0'}) AS b, any(start_time) AS t, count() AS n,
    ${other === '' ? '0' : `max(${other})`} AS other${numbers === undefined ? '' : `, ${numbers}`}
  FROM spans_11 ${where.clauses}
  GROUP BY ${hash} + ${multiplier(0)} * ${index('start_time')}${bucket === undefined ? '' : ` + ${multiplier(1)} * cityHash64(${bucket})`}
) WHERE ${timesSql('t', search).join(' AND ')} GROUP BY values_hash`,
      parameters: where.parameters,
      settings: {max_rows_to_group_by: maxCounts, group_by_overflow_mode: 'throw'},
      budget,
    },
    {
      ...{hash: 'text', missed: 'number', intervals: 'numbers', spans: 'numbers', times: 'texts'},
      ...{numbers: 'numbers', sums: 'numbers', least: 'numbers', most: 'numbers', buckets: 'numbers'},
    } as const,
  );
  if (rows.some(({missed}) => missed > 0)) return 'otherForms';
  if (rows.length > maxGroups) return undefined;
  const examples = new Map(rows.map(({hash, times}) => [hash, unixNano(BigInt(times[0] as string))]));
  const values = await readValues(queries, tenant, keys, examples, {forms, budget});
  if (values === undefined) return undefined;
  return rows.map(({hash, missed: _, ...row}) => ({...row, values: values.get(hash) ?? []}));
}

/**
 * The values behind the hashes, each out of a span that starts at the time given: in the first statement, to carry texts along cost more
 * than to count. Undefined where they do not tell all.
 */
async function readValues(
  queries: Queries,
  tenant: TenantId,
  keys: readonly CountKey[],
  examples: ReadonlyMap<string, UnixNano>,
  {forms, budget}: Pick<Counting, 'forms' | 'budget'>,
): Promise<ReadonlyMap<string, SpanCounts['values']> | undefined> {
  if (keys.length === 0 || examples.size === 0) return new Map();
  const where = new Where(tenant);
  const {columns, indexes} = countColumns(where, keys, forms);
  addMoments(where, [...examples.values()]);
  const rows = await queries.rows(
    {
      sql: `
SELECT toString(values_hash) AS hash, [${columns.map(({shown}, i) => shown(`c${i}`)).join(', ')}]::Array(String) AS texts
FROM (SELECT ${hashOf(columns)} AS values_hash, ${columns.map(({sql}, i) => `any(${sql}) AS c${i}`).join(', ')}
  FROM spans_11 ${where.clauses} GROUP BY values_hash)`,
      parameters: where.parameters,
      budget,
    },
    {hash: 'text', texts: 'texts'},
  );
  const read = new CountValues();
  const values = new Map<string, SpanCounts['values']>();
  for (const {hash, texts} of rows) {
    if (!examples.has(hash)) continue;
    const found = keys.map((key, i) => read.read(key, texts[indexes[i] as number] as string));
    if (found.includes(undefined)) return undefined;
    values.set(
      hash,
      found.map((each) => each?.value),
    );
  }
  // Spans may be deleted in between.
  return values.size === examples.size ? values : undefined;
}

/** Odd, so that a sum of numbers times these differs where one of them does. */
const multiplier = (i: number): string => String(BigInt.asUintN(64, 0x9e37_79b9_7f4a_7c15n * BigInt(2 * i + 1)));

/** A number of 64 bits for all values together: grouping by one number costs a third of grouping by several columns. */
const hashOf = (columns: readonly CountColumn[]): string =>
  columns.length === 0 ? 'toUInt64(0)' : columns.map(({hash}, i) => `${multiplier(i + 2)} * ${hash}`).join(' + ');

interface NumberSql {
  readonly isNumber: string;
  /** A double, as the language has all numbers. */
  readonly value: string;
}

function numberSql(where: Where, {of}: CountMeasure, forms: AttributeForms): NumberSql {
  if (of === 'duration') return {isNumber: '1', value: 'toFloat64(greatest(duration_ns, 0))'};
  const text = typedText(where, of.key, forms);
  return {
    isNumber: `endsWith(${text}, '\\x1di')`,
    value: `toFloat64(toInt64OrZero(substring(${text}, 1, toInt64(length(${text})) - 2)))`,
  };
}

const sumsSql = ({isNumber, value}: NumberSql): string =>
  isNumber === '1'
    ? `count() AS with_number, sum(${value}) AS total, min(${value}) AS low, max(${value}) AS high`
    : `countIf(${isNumber}) AS with_number, sumIf(${value}, ${isNumber}) AS total, ` +
      `minIf(${value}, ${isNumber}) AS low, maxIf(${value}, ${isNumber}) AS high`;

/** The power of two that is not below the number: 2 and more have one. */
const bucketSql = ({isNumber, value}: NumberSql): string =>
  `if(${isNumber} AND ${value} >= 2, toFloat64(roundToExp2(toUInt64(${value}) - 1)) * 2, 0)`;

/** By the rates, and by the filters of values where these leave few places. */
export async function countAtMost(
  queries: Queries,
  tenant: TenantId,
  filter: SpanFilter,
  budget: Budget,
): Promise<number> {
  const {narrow} = await narrowed(queries, tenant, filter, {budget, inWindows: true});
  const inCells = narrow?.among?.reduce((sum, {spans}) => sum + spans, 0) ?? Number.POSITIVE_INFINITY;
  return Math.min(inCells, await countKnown(queries, tenant, filter, budget));
}
