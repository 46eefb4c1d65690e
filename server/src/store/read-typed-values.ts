/**
 * The values that an attribute has, with their types, without looking at the spans that share them: the texts that spans share have those
 * that stand in templates and origins. Only where a key varies, or stands in spans without a template, the newest such spans are looked at.
 */
import type {TenantId, UnixNano} from '../base/index.ts';
import type {AnyValue} from '../model/index.ts';
import type {Budget} from '../query/index.ts';
import {escapedText, isFreeSql, pairsSql} from './attribute-sql.ts';
import {CountValues, keyPattern, typedText} from './count-columns.ts';
import {isLossy} from './lossy-text.ts';
import {bucketTerms, spanWhere, Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {windows} from './read-windows.ts';
import {spanHashes} from './schema-segments.ts';
import {fitsTemplate, mark, originMarks} from './span-text.ts';

export interface TypedValuesQuery {
  readonly of: 'span' | 'resource';
  readonly key: string;
  readonly start: UnixNano | undefined;
  readonly end: UnixNano | undefined;
  readonly limit: number;
}

/** Values that vary are those of about so many of the newest spans that have them. */
const sample = 20_000;
/** Looking for a rare one ends after this long, with what was found. */
export const maxSeconds = 3;

export interface TypedValues {
  readonly values: readonly AnyValue[];
  /** Whether there are no others that only whole spans tell. */
  readonly isAll: boolean;
}

/** Those of texts are of all spans that came since the day on which the range begins. */
export async function readTypedValues(
  queries: Queries,
  tenant: TenantId,
  query: TypedValuesQuery,
  now: number,
  budget: Budget,
): Promise<TypedValues> {
  if (isLossy(query.key)) return {values: [], isAll: false};
  return query.of === 'resource'
    ? ofResources(queries, tenant, query, budget)
    : ofSpans(queries, tenant, query, now, budget);
}

const dayNanos = 86_400_000_000_000n;
const greatestDay = 65_535;

/** For the table of texts. */
export function textsSince(tenant: TenantId, start: UnixNano | undefined): Where {
  const where = new Where(tenant);
  // A date is a number of days that is not below zero; whoever asks may name any time.
  const day = start === undefined ? 0 : Number(start / dayNanos);
  if (day > 0) where.add(`day >= toDate(${Math.min(day, greatestDay)})`);
  return where;
}

/** Whether a text is an origin and no template: these begin with digits. */
export const isOriginSql = `match(text, '^[0-9]')`;

async function ofSpans(
  queries: Queries,
  tenant: TenantId,
  query: TypedValuesQuery,
  now: number,
  budget: Budget,
): Promise<TypedValues> {
  const {key, limit, start, end} = query;
  const where = textsSince(tenant, start);
  const constant = fitsTemplate(key, true)
    ? `extract(text, ${where.bind(`${mark.constant}${keyPattern(key)}=([^${mark.end}]*${mark.end}.)`)})`
    : `''`;
  const varies = `position(text, ${where.bind(`${mark.varying}${key}${mark.end}`)}) > 0`;
  const [row] = await queries.rows(
    {
      sql:
        `SELECT groupUniqArrayIf(${limit})(${constant} AS value, value != '') AS found, max(${varies}) AS varying, ` +
        `max(text = '${mark.free}') AS free FROM span_texts WHERE ${where.sql} AND NOT ${isOriginSql}`,
      parameters: where.parameters,
      budget,
    },
    {found: 'texts', varying: 'number', free: 'number'},
  );
  const texts = new Set(row?.found);
  const isFree = row?.free === 1;
  const settings = {max_execution_time: maxSeconds, timeout_overflow_mode: 'break'};
  if (isFree) {
    const own = spanWhere(tenant, {start, end, conditions: []});
    const hashes = [mark.free, key].map((text) => `cityHash64(${own.bind(text)})`);
    own.add(`${isFreeSql} AND indexHint(hasAll(${spanHashes}, [${hashes.join(', ')}]))`);
    const text = typedText(own, key, {varying: false, free: true});
    const sql = `SELECT DISTINCT ${text} AS value FROM spans_11 ${own.clauses} WHERE value != '' LIMIT ${limit}`;
    const rows = await queries.rows({sql, parameters: own.parameters, settings, budget}, {value: 'text'});
    for (const {value} of rows) texts.add(value);
  }
  if (row?.varying === 1) {
    const deadline = performance.now() + 1000 * maxSeconds;
    let total = 0;
    const filter = {start, end, conditions: []};
    for await (const window of windows(queries, tenant, filter, {now, spans: sample, budget})) {
      const own = spanWhere(tenant, window.filter).add(window.sql);
      own.add(`position(attribute_template, ${own.bind(`${mark.varying}${key}${mark.end}`)}) > 0`);
      const text = typedText(own, key, {varying: true, free: false});
      const sql =
        `SELECT ${text} AS value, count() AS spans FROM spans_11 ${own.clauses} ` +
        `GROUP BY value ORDER BY spans DESC, value LIMIT ${limit}`;
      const rows = await queries.rows(
        {sql, parameters: own.parameters, settings, budget},
        {value: 'text', spans: 'number'},
      );
      for (const {value, spans} of rows) {
        texts.add(value);
        total += spans;
      }
      if (total >= sample || texts.size >= limit || performance.now() > deadline) break;
    }
  }
  return valuesOf({type: 'attribute', of: 'span', key}, [...texts]);
}

/** What might be the text of another value than a text. Origins do not say the types of theirs. */
const mayBeTyped = /^$|^[-+\d[{]|^(?:true|false|NaN|Infinity)$/;

async function ofResources(
  queries: Queries,
  tenant: TenantId,
  query: TypedValuesQuery,
  budget: Budget,
): Promise<TypedValues> {
  const {key, limit, start, end} = query;
  const where = textsSince(tenant, start);
  const pair = `${originMarks.resource}${escapedText(key, true)}=`;
  const {keys, values} = pairsSql('resource_attributes');
  const rows = await queries.rows(
    {
      // Of an origin that has the key, all of its pairs: the first one counts, as everywhere.
      sql:
        `SELECT DISTINCT ${values}[indexOf(${keys}, ${where.bind(key)})] AS value FROM (SELECT text AS origin FROM span_texts ` +
        `WHERE ${where.sql} AND ${isOriginSql} AND position(text, ${where.bind(pair)}) > 0) LIMIT ${limit}`,
      parameters: where.parameters,
      budget,
    },
    {value: 'text'},
  );
  if (!rows.some(({value}) => mayBeTyped.test(value) || isLossy(value)))
    return {values: rows.map(({value}) => ({type: 'string', value})), isAll: true};
  const own = new Where(tenant);
  const buckets = bucketTerms({start, end});
  if (buckets.length > 0) own.add(`indexHint(${buckets.join(' AND ')})`);
  const exact = await queries.rows(
    {
      sql: `SELECT base64Encode(resource) AS value FROM (SELECT DISTINCT resource FROM spans_11 ${own.clauses})`,
      parameters: own.parameters,
      budget,
    },
    {value: 'text'},
  );
  return valuesOf(
    {type: 'attribute', of: 'resource', key},
    exact.map(({value}) => value),
  );
}

function valuesOf(
  key: {readonly type: 'attribute'; readonly of: 'span' | 'resource'; readonly key: string},
  texts: readonly string[],
): TypedValues {
  const read = new CountValues();
  const found = texts.map((text) => read.read(key, text));
  return {
    values: found.flatMap((each) => (each?.value === undefined ? [] : [each.value])),
    isAll: !found.includes(undefined),
  };
}
