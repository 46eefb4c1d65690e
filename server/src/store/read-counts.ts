/**
 * Spans counted by some of their values, by when they start and perhaps by a number, in one pass over the columns that these need. A span
 * that was sent twice counts twice, as in the rates.
 */
import {QueryError, type TenantId, unixNano} from '../base/index.ts';
import type {Budget, CountMeasure, CountQuery, SpanCounts} from '../query/index.ts';
import {
  type AttributeForms,
  type CountColumn,
  CountValues,
  countColumn,
  otherForms,
  typedText,
} from './count-columns.ts';
import {isLossy} from './lossy-text.ts';
import {spanWhere, Where} from './read-conditions.ts';
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
  if (keys.some(isLossy) || query.start < 0n) return undefined;
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
  const search = {...filter, start: unixNano(start + 1n), end};
  const where = spanWhere(tenant, await narrowed(queries, tenant, search, {budget, inWindows: false}));
  const columns = keys.map((key) => countColumn(where, key, forms));
  const distinct = [...new Map(columns.map((column) => [column.sql, column])).values()];
  const at = columns.map(({sql}) => distinct.findIndex((each) => each.sql === sql));
  const index = `toUInt32(intDiv(toUnixTimestamp64Nano(start_time) - ${intervals.first + 1n}, ${intervals.step}))`;
  const numbers = measure === undefined ? undefined : measureSql(where, measure, forms);
  const other = ofSpans.length === 0 ? '' : otherForms(where, ofSpans, forms);
  const rows = await queries.rows(
    {
      sql: `
SELECT [${distinct.map(({shown}, i) => shown(`any(c${i})`)).join(', ')}]::Array(String) AS texts, max(other) AS missed,
  groupArray(i) AS intervals, groupArray(n) AS spans, groupArray(toString(toUnixTimestamp64Nano(t))) AS times,
  ${numbers === undefined ? '[] AS numbers, [] AS sums, [] AS least, [] AS most' : 'groupArray(with_number) AS numbers, groupArray(total) AS sums, groupArray(low) AS least, groupArray(high) AS most'},
  groupArray(b) AS buckets
FROM (
  SELECT ${distinct.map(({sql}, i) => `any(${sql}) AS c${i}, `).join('')}
    any(${hashOf(distinct)}) AS values_hash, any(${index}) AS i, any(${numbers?.bucket ?? '0'}) AS b,
    any(start_time) AS t, count() AS n, ${other === '' ? '0' : `max(${other})`} AS other
    ${numbers === undefined ? '' : `, ${numbers.columns}`}
  FROM spans_11 ${where.clauses}
  GROUP BY ${hashOf(distinct)} + ${multiplier(0)} * ${index}${numbers?.bucket === undefined ? '' : ` + ${multiplier(1)} * cityHash64(${numbers.bucket})`}
) GROUP BY values_hash`,
      parameters: where.parameters,
      settings: {max_rows_to_group_by: maxCounts, group_by_overflow_mode: 'throw'},
      budget,
    },
    {
      ...{texts: 'texts', missed: 'number', intervals: 'numbers', spans: 'numbers', times: 'texts'},
      ...{numbers: 'numbers', sums: 'numbers', least: 'numbers', most: 'numbers', buckets: 'numbers'},
    } as const,
  );
  if (rows.some(({missed}) => missed > 0)) return 'otherForms';
  if (rows.length > maxGroups) return undefined;
  const read = new CountValues();
  const counts: SpanCounts[] = [];
  for (const {texts, missed: _, ...row} of rows) {
    const values = keys.map((key, i) => read.read(key, texts[at[i] as number] as string));
    if (values.includes(undefined)) return undefined;
    counts.push({...row, values: values.map((each) => each?.value)});
  }
  return counts;
}

/** Odd, so that a sum of numbers times these differs where one of them does. */
const multiplier = (i: number): string => String(BigInt.asUintN(64, 0x9e37_79b9_7f4a_7c15n * BigInt(2 * i + 1)));

/** A number of 64 bits for all values together: grouping by one number costs a third of grouping by several columns. */
const hashOf = (columns: readonly CountColumn[]): string =>
  columns.length === 0 ? 'toUInt64(0)' : columns.map(({hash}, i) => `${multiplier(i + 2)} * ${hash}`).join(' + ');

/** Numbers are doubles, as the language has them. */
function measureSql(where: Where, {of, inBuckets}: CountMeasure, forms: AttributeForms) {
  const [isNumber, value] =
    of === 'duration' ? ['1', 'greatest(duration_ns, 0)'] : integerOf(typedText(where, of.key, forms));
  const number = `toFloat64(${value})`;
  const columns =
    `countIf(${isNumber}) AS with_number, sumIf(${number}, ${isNumber}) AS total, ` +
    `minIf(${number}, ${isNumber}) AS low, maxIf(${number}, ${isNumber}) AS high`;
  if (!inBuckets) return {columns, bucket: undefined};
  const power = `toFloat64(roundToExp2(toUInt64(${number}) - 1)) * 2`;
  return {columns, bucket: `if(${isNumber} AND ${number} >= 2, ${power}, 0)`};
}

const integerOf = (text: string): readonly [isNumber: string, value: string] => [
  `endsWith(${text}, '\\x1di')`,
  `toInt64OrZero(substring(${text}, 1, toInt64(length(${text})) - 2))`,
];
