/** Metrics as they are stored: which there are, their series, their points. */
import type {TenantId} from '../base/index.ts';
import {metricType} from '../model/index.ts';
import {fixedColumn, readBlocks} from '../native/index.ts';
import type {
  Budget,
  MetricIdentity,
  MetricTypeName,
  PointPart,
  PointQuery,
  PointRange,
  StoredExemplar,
  StoredMetric,
  StoredPoints,
  StoredResource,
  StoredSeries,
} from '../query/index.ts';
import {Where} from './read-conditions.ts';
import type {Queries, Row} from './read-query.ts';

const typeNames = new Map<number, MetricTypeName>(
  Object.entries(metricType).map(([name, number]) => [number, name as MetricTypeName]),
);
const temporalities = ['unspecified', 'delta', 'cumulative'] as const;

const identitySpec = {name: 'text', unit: 'text', type: 'number', temporality: 'number', monotonic: 'number'} as const;
const identitySql = 'toString(name) AS name, toString(unit) AS unit, type, temporality, monotonic';

const identityOf = ({name, unit, type, temporality, monotonic}: Row<typeof identitySpec>): MetricIdentity => ({
  name,
  unit,
  type: typeNames.get(type) ?? 'gauge',
  temporality: temporalities[temporality] ?? 'unspecified',
  isMonotonic: monotonic !== 0,
});

const dayMs = 86_400_000;
const greatestDay = 65_535;
/** As many as a DateTime64(9) holds: the year 2262. */
const latestMs = 9_223_372_036_854;

/** Series are described once a day, so the days that a range touches have them all. */
function ofDays(where: Where, {from, to}: PointRange): Where {
  const day = (millis: number): number => Math.max(0, Math.min(greatestDay, Math.floor(millis / dayMs)));
  return where.add(`(stray = 1 OR day BETWEEN toDate(${day(from)}) AND toDate(${day(to)}))`);
}

/** Every metric with points on the days that the range touches. */
export async function readMetrics(
  queries: Queries,
  tenant: TenantId,
  range: PointRange,
  budget: Budget,
): Promise<StoredMetric[]> {
  const where = ofDays(new Where(tenant), range);
  const rows = await queries.rows(
    {
      sql: `SELECT ${identitySql}, any(description) AS description FROM metric_series WHERE ${where.sql}
GROUP BY metric_series.name, metric_series.unit, type, temporality, monotonic ORDER BY name`,
      parameters: where.parameters,
      budget,
    },
    {...identitySpec, description: 'text'},
  );
  return rows.map((row) => ({...identityOf(row), description: row.description}));
}

const pairs = (keys: readonly string[], texts: readonly string[]) =>
  keys.map((key, i) => [key, texts[i] as string] as const);

/** The series of metrics by their names. */
export async function readSeries(
  queries: Queries,
  tenant: TenantId,
  names: readonly string[],
  range: PointRange,
  budget: Budget,
): Promise<StoredSeries[]> {
  const where = ofDays(new Where(tenant), range);
  where.add(`name IN ${where.bind(names, 'Array(String)')}`);
  const rows = await queries.rows(
    {
      sql: `SELECT toString(series) AS id, ${identitySql},
  mapKeys(attributes) AS keys, mapValues(attributes) AS texts,
  CAST(mapKeys(resource_attributes), 'Array(String)') AS resource_keys, CAST(mapValues(resource_attributes), 'Array(String)') AS resource_texts,
  toString(scope_name) AS scope_name, toString(scope_version) AS scope_version
FROM metric_series WHERE ${where.sql} LIMIT 1 BY series`,
      parameters: where.parameters,
      budget,
    },
    {
      ...identitySpec,
      id: 'text',
      keys: 'texts',
      texts: 'texts',
      resource_keys: 'texts',
      resource_texts: 'texts',
      scope_name: 'text',
      scope_version: 'text',
    },
  );
  return rows.map((row) => ({
    id: row.id,
    metric: identityOf(row),
    attributes: pairs(row.keys, row.texts),
    resource: pairs(row.resource_keys, row.resource_texts),
    scope: {name: row.scope_name, version: row.scope_version},
  }));
}

/** Of a point, as columns `bound` and `number`; a part that it may have several of makes as many rows. */
const partSql: Readonly<Record<PointPart, {readonly bound: string; readonly number: string; readonly join?: string}>> =
  {
    value: {bound: 'toFloat64(0)', number: 'value'},
    count: {bound: 'toFloat64(0)', number: 'toFloat64(count)'},
    sum: {bound: 'toFloat64(0)', number: 'sum'},
    buckets: {
      bound: 'part.1',
      number: 'toFloat64(part.2)',
      // Points that count no buckets have one all the same.
      join: `arrayZip(arrayConcat(bounds, [inf]), if(empty(bucket_counts), [count], arrayCumSum(bucket_counts)))`,
    },
    quantiles: {
      bound: 'part.1',
      number: 'part.2',
      join: 'arrayMap((q, v) -> (q, v), quantiles.quantile, quantiles.value)',
    },
  };

/** Of a statement, which is at most 256 KiB. */
const idsAtOnce = 5000;

/** Points of series, by series, bound and time. Of points of the same time the last is taken. */
export async function readPoints(
  queries: Queries,
  tenant: TenantId,
  {ids, part, range: {from, to}, isDelta}: PointQuery,
  budget: Budget,
): Promise<StoredPoints[]> {
  if (ids.length > idsAtOnce) {
    const parts = Array.from({length: Math.ceil(ids.length / idsAtOnce)}, (_, i) => i * idsAtOnce);
    const all: StoredPoints[] = [];
    for (const at of parts) {
      const some = {ids: ids.slice(at, at + idsAtOnce), part, range: {from, to}, isDelta};
      all.push(...(await readPoints(queries, tenant, some, budget)));
    }
    return all;
  }
  if (ids.length === 0) return [];
  const where = new Where(tenant);
  where.add(`series IN (${ids.map(BigInt).join(', ')})`);
  // Deltas are added up from a moment that every question has in common.
  inTime(where, isDelta ? Math.floor(from / dayMs) * dayMs - 1 : from, to);
  // A point without a sum has a zero there.
  if (part === 'sum') where.add('bitAnd(has, 4) != 0');
  const {bound, number, join} = partSql[part];
  const points = `SELECT series, ${bound} AS bound, toInt64(toUnixTimestamp64Milli(time)) AS millis, ${number} AS number,
  toUInt8(bitAnd(flags, 1)) AS ended${isDelta ? ', time' : ''}
FROM metric_points ${join === undefined ? '' : `ARRAY JOIN ${join} AS part `}WHERE ${where.sql}`;
  const answer = await queries.native({
    sql: `${isDelta ? addedUp(points, from) : points} ORDER BY series, bound, millis`,
    parameters: where.parameters,
    budget,
  });
  const rows = readRows(answer);
  budget.spendRows(rows.count);
  return [...seriesOf(rows)];
}

function inTime(where: Where, from: number, to: number): Where {
  return where.add(
    `time > fromUnixTimestamp64Milli(${clamped(from)}) AND time <= fromUnixTimestamp64Milli(${clamped(to)})`,
  );
}

const clamped = (millis: number): number => Math.trunc(Math.max(-1, Math.min(latestMs, millis)));

/** Sums of deltas since the start of the day. A point that came twice counts once; one without a value, or with none that can be added, adds nothing. */
const addedUp = (points: string, from: number): string =>
  `SELECT series, bound, millis, number, ended FROM (
SELECT series, bound, millis, ended, sum(if(ended = 1, 0, ifNotFinite(delta, 0))) OVER (
    PARTITION BY series, bound, intDiv(millis, ${dayMs}) ORDER BY time ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS number
FROM (SELECT series, bound, millis, time, ended, number AS delta FROM (${points}) LIMIT 1 BY series, bound, time)
) WHERE millis > ${clamped(from)}`;

/** How much later than an exemplar its point may be: exporters that are slow send one every few minutes. */
const exportMs = 300_000;

/** Exemplars of series, the newest `limit` of them, by ascending time. One that came with several points is one. */
export async function readMetricExemplars(
  queries: Queries,
  tenant: TenantId,
  {ids, range, limit}: {readonly ids: readonly string[]; readonly range: PointRange; readonly limit: number},
  budget: Budget,
): Promise<StoredExemplar[]> {
  const all: StoredExemplar[] = [];
  for (let at = 0; at < ids.length; at += idsAtOnce) {
    const where = inTime(new Where(tenant), range.from, range.to + exportMs);
    where.add(
      `series IN (${ids
        .slice(at, at + idsAtOnce)
        .map(BigInt)
        .join(', ')})`,
    );
    where.add(`one.time > ${clamped(range.from)} * 1000000 AND one.time < ${clamped(range.to) + 1} * 1000000`);
    const rows = await queries.rows(
      {
        sql: `SELECT toString(series) AS id, toString(arrayFirst(b -> b >= one.value, arrayConcat(bounds, [inf]))) AS bound,
  toFloat64(intDiv(one.time, 1000000)) AS millis, toString(one.value) AS text, lower(hex(one.trace_id)) AS trace,
  lower(hex(one.span_id)) AS span, CAST(mapKeys(one.attributes), 'Array(String)') AS keys, mapValues(one.attributes) AS texts
FROM metric_points ARRAY JOIN exemplars AS one WHERE ${where.sql}
ORDER BY one.time DESC LIMIT 1 BY series, one.time, one.trace_id, one.span_id, one.value LIMIT ${limit}`,
        parameters: where.parameters,
        budget,
      },
      {
        id: 'text',
        bound: 'text',
        millis: 'number',
        text: 'text',
        trace: 'text',
        span: 'text',
        keys: 'texts',
        texts: 'texts',
      },
    );
    budget.spendRows(rows.length);
    for (const {id, bound, millis, text, trace, span, keys, texts} of rows) {
      const [traceId, spanId] = [idText(trace), idText(span)];
      all.push({
        id,
        bound: float(bound),
        time: millis,
        value: float(text),
        traceId,
        spanId,
        attributes: pairs(keys, texts),
      });
    }
  }
  return all.sort((a, b) => a.time - b.time).slice(-limit);
}

const idText = (hex: string): string => (/^0*$/.test(hex) ? '' : hex);
/** As ClickHouse writes it. */
const float = (text: string): number => Number(text.replace('inf', 'Infinity'));

/** The half of the five minutes for which a sample stands. */
const slotMs = 150_000;

/** Every resource with points in the range, and when it had them. */
export async function readResources(
  queries: Queries,
  tenant: TenantId,
  range: PointRange,
  budget: Budget,
): Promise<StoredResource[]> {
  const points = inTime(new Where(tenant), range.from, range.to).add('bitAnd(flags, 1) = 0');
  const series = ofDays(new Where(tenant), range);
  const rows = await queries.rows(
    {
      sql: `SELECT CAST(mapKeys(resource), 'Array(String)') AS keys, CAST(mapValues(resource), 'Array(String)') AS texts,
  arraySort(groupUniqArrayArray([earliest, latest])) AS times
FROM (
  SELECT resource, toFloat64(toUnixTimestamp64Milli(min(first))) AS earliest, toFloat64(toUnixTimestamp64Milli(max(last))) AS latest
  FROM (
    SELECT series, intDiv(toUnixTimestamp64Milli(time), ${slotMs}) AS slot, min(time) AS first, max(time) AS last
    FROM metric_points WHERE ${points.sql} GROUP BY series, slot
  ) AS sent
  INNER JOIN (SELECT series, any(resource_attributes) AS resource FROM metric_series WHERE ${series.sql} GROUP BY series) AS described
  USING series GROUP BY resource, slot
) GROUP BY resource`,
      parameters: {...points.parameters, ...series.parameters},
      budget,
    },
    {keys: 'texts', texts: 'texts', times: 'numbers'},
  );
  budget.spendRows(rows.reduce((sum, {times}) => sum + times.length, 0));
  return rows.map(({keys, texts, times}) => ({attributes: pairs(keys, texts), times}));
}

/** Every resource with points on the days that the range touches, without times. */
export async function readUntimedResources(
  queries: Queries,
  tenant: TenantId,
  range: PointRange,
  budget: Budget,
): Promise<StoredResource[]> {
  const {sql, parameters} = ofDays(new Where(tenant), range);
  const rows = await queries.rows(
    {
      sql: `SELECT CAST(mapKeys(resource), 'Array(String)') AS keys, CAST(mapValues(resource), 'Array(String)') AS texts
FROM (SELECT resource_attributes AS resource FROM metric_series WHERE ${sql} GROUP BY resource)`,
      parameters,
      budget,
    },
    {keys: 'texts', texts: 'texts'},
  );
  return rows.map(({keys, texts}) => ({attributes: pairs(keys, texts), times: []}));
}

interface Rows {
  readonly count: number;
  readonly series: BigUint64Array;
  readonly bounds: Float64Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly ended: Uint8Array;
}

function readRows(answer: Uint8Array): Rows {
  const blocks = [...readBlocks(answer)];
  const count = blocks.reduce((sum, {rows}) => sum + rows, 0);
  const out = {
    count,
    series: new BigUint64Array(count),
    bounds: new Float64Array(count),
    times: new Float64Array(count),
    values: new Float64Array(count),
    ended: new Uint8Array(count),
  };
  let row = 0;
  for (const block of blocks) {
    // Of the answer's bytes, which lie where they lie: numbers of eight bytes are copied to where they can be read.
    const words = (name: string): ArrayBuffer => {
      const {bytes, at} = fixedColumn(block, name);
      return new Uint8Array(bytes.subarray(at, at + 8 * block.rows)).buffer;
    };
    out.series.set(new BigUint64Array(words('series')), row);
    out.bounds.set(new Float64Array(words('bound')), row);
    out.values.set(new Float64Array(words('number')), row);
    out.times.set(Float64Array.from(new BigInt64Array(words('millis')), Number), row);
    const {bytes, at} = fixedColumn(block, 'ended');
    out.ended.set(bytes.subarray(at, at + block.rows), row);
    row += block.rows;
  }
  return out;
}

function* seriesOf({count, series, bounds, times, values, ended}: Rows): Generator<StoredPoints> {
  for (let first = 0; first < count; ) {
    let end = first + 1;
    while (end < count && series[end] === series[first] && Object.is(bounds[end], bounds[first])) end++;
    const kept: number[] = [];
    for (let row = first; row < end; row++) {
      if (row + 1 < end && times[row + 1] === times[row]) continue;
      kept.push(row);
    }
    yield {
      id: String(series[first]),
      bound: bounds[first] as number,
      times: Float64Array.from(kept, (row) => times[row] as number),
      values: Float64Array.from(kept, (row) => values[row] as number),
      ended: Uint8Array.from(kept, (row) => ended[row] as number),
    };
    first = end;
  }
}
