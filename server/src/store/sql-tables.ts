/**
 * The tables that people ask in SQL, out of those that there are. Each is a query in the place of the table's name. That it reads one
 * tenant's rows is said in PREWHERE: ClickHouse computes a condition of the statement around it for the rows that are left. In WHERE
 * it may compute both for all rows, and a conversion that fails tells a value of somebody else's in its message.
 */
import {kindNames, statusNames, type TimeRange} from '../query/index.ts';
import {firstStepNanos, lastStep, stepMillis, stepsPerDoubling} from '../red/index.ts';
import type {PrintedReading, SqlTableName} from '../sql/index.ts';
import {quoteText} from '../sql/index.ts';
import {type AttributeColumn, keySql, pairsSql, scopeField} from './attribute-sql.ts';
import {bucketOf, timeTerms, type Where} from './read-conditions.ts';
import {bucketNanos, traceHash} from './schema-spans.ts';
import type {RecentSegment} from './span-changes.ts';

/** What the tables of one statement read. `where` has the tenant, and takes what is bound. */
export interface SqlTables {
  readonly where: Where;
  /** Both optional: tables hold no rows outside of it. */
  readonly range: Partial<TimeRange>;
  /** Segments that the index of traces does not know yet. */
  readonly recent: readonly RecentSegment[];
}

export const selectTable = (tables: SqlTables, table: SqlTableName, reading: PrintedReading): string =>
  selects[table](tables, reading);

const selects: Readonly<Record<SqlTableName, (tables: SqlTables, reading: PrintedReading) => string>> = {
  spans({where, range, recent}, reading) {
    const columns = {
      trace_id: 'lower(hex(trace_id))',
      span_id: 'lower(hex(span_id))',
      parent_span_id: `if(parent_span_id = toFixedString('', 8), '', lower(hex(parent_span_id)))`,
      service: 'toString(service)',
      name: 'toString(name)',
      kind: named('kind', kindNames),
      start_time: 'start_time',
      end_time: 'start_time + toIntervalNanosecond(duration_ns)',
      duration_ms: 'duration_ns / 1000000',
      duration_ns: 'duration_ns',
      status: named('status_code', statusNames),
      status_message: 'status_message',
      attributes: mapOf('attributes'),
      resource_attributes: mapOf('resource_attributes'),
      scope_name: scopeField.name,
      scope_version: scopeField.version,
      trace_state: 'trace_state',
      events: `arrayMap((at, label, m) -> ${record(
        "time DateTime64(9, 'UTC'), name String, attributes Map(String, String)",
        "fromUnixTimestamp64Nano(toInt64(at), 'UTC'), label, m",
      )}, events.time, events.name, events.attributes)`,
      links: `arrayMap((trace, span, m) -> ${record(
        'trace_id String, span_id String, attributes Map(String, String)',
        'lower(hex(trace)), lower(hex(span)), m',
      )}, links.trace_id, links.span_id, links.attributes)`,
      ...Object.fromEntries(reading.keys.map(({column, key, as}) => [as, keySql(where, column, key).value])),
    };
    const terms = [
      where.sql,
      ...timeTerms(range),
      ...reading.times.map(bucketBound),
      ...reading.traces.map((id) => ofTrace(where, id, recent)),
    ];
    return select(columns, 'spans_11', terms, reading.columns);
  },

  traces({where, range}, {columns: wanted}) {
    const columns = {
      trace_id: 'lower(hex(id))',
      start_time: "fromUnixTimestamp64Nano(toInt64(bitShiftRight(first, 1)), 'UTC')",
      end_time: "fromUnixTimestamp64Nano(toInt64(end), 'UTC')",
      duration_ms: '(toInt64(end) - toInt64(bitShiftRight(first, 1))) / 1000000',
      spans: 'all_spans',
      errors: 'all_errors',
      root_status: "transform(root_state, [1, 2], ['ok', 'error'], 'missing')",
    };
    const sums =
      'SELECT trace_id AS id, min(head) AS first, max(last) AS end, sum(spans) AS all_spans, sum(errors) AS all_errors, ' +
      `max(root) AS root_state FROM traces PREWHERE ${[where.sql, ...bucketTerms(range)].join(' AND ')} GROUP BY trace_id`;
    return `SELECT ${list(columns, wanted)} FROM (${sums})`;
  },

  rates({where, range}, {columns: wanted}) {
    const columns = {
      minute: 'minute',
      service: 'toString(service)',
      name: 'toString(name)',
      kind: named('kind', kindNames),
      status: named('status_code', statusNames),
      duration_ms:
        `multiIf(duration_step = 0, ${stepMillis(0)}, duration_step >= ${lastStep}, ${stepMillis(lastStep)}, ` +
        `exp2((duration_step + 0.5) / ${stepsPerDoubling}) * ${firstStepNanos / 1_000_000})`,
      calls: 'spans',
    };
    const {start, end} = range;
    const terms = [
      where.sql,
      ...(start === undefined ? [] : [`minute >= toStartOfMinute(toDateTime(${start / 1_000_000_000n}, 'UTC'))`]),
      ...(end === undefined ? [] : [`minute <= toDateTime(${end / 1_000_000_000n}, 'UTC')`]),
    ];
    return select(columns, 'span_rates', terms, wanted);
  },

  operations({where}, {columns: wanted}) {
    const columns = {
      day: 'day',
      service: 'toString(service)',
      name: 'toString(name)',
      kind: named('kind', kindNames),
      spans: 'spans',
    };
    return select(columns, 'operations', [where.sql], wanted);
  },

  logs({where, range}, {columns: wanted}) {
    const {start, end} = range;
    const columns = {
      time: 'time',
      service: 'toString(service)',
      severity: 'toString(severity_text)',
      severity_number: 'severity_number',
      body: 'body',
      trace_id: `if(trace_id = toFixedString('', 16), '', lower(hex(trace_id)))`,
      span_id: `if(span_id = toFixedString('', 8), '', lower(hex(span_id)))`,
      attributes: textMap('attributes'),
      resource_attributes: textMap('resource_attributes'),
    };
    const terms = [
      where.sql,
      ...(start === undefined ? [] : [`time >= fromUnixTimestamp64Nano(${start})`]),
      ...(end === undefined ? [] : [`time <= fromUnixTimestamp64Nano(${end})`]),
    ];
    return select(columns, 'logs', terms, wanted);
  },
};

/** What is called as a column of the table but is no longer one is `t.` and its name in conditions. */
const select = (
  columns: Readonly<Record<string, string>>,
  table: string,
  terms: readonly string[],
  wanted: PrintedReading['columns'],
): string => `SELECT ${list(columns, wanted)} FROM ${table} AS t PREWHERE ${terms.join(' AND ')}`;

/** Without the columns that nobody names: planning them costs more than many a statement. */
const list = (columns: Readonly<Record<string, string>>, wanted: PrintedReading['columns']): string =>
  Object.entries(columns)
    .filter(([name]) => wanted === undefined || wanted.has(name) || name.startsWith('weft_'))
    .map(([name, sql]) => (name === sql ? name : `${sql} AS ${name}`))
    .join(', ') || '1 AS weft_row';

const named = (column: string, names: readonly string[]): string =>
  `transform(${column}, [${names.map((_, i) => i).join(', ')}], [${names.map(quoteText).join(', ')}], ${quoteText(names[0] as string)})`;

const mapOf = (column: AttributeColumn): string =>
  `mapFromArrays(${pairsSql(column).keys}, ${pairsSql(column).values})`;
const textMap = (map: string): string => `CAST(${map}, 'Map(String, String)')`;
/** A tuple whose members have names. */
const record = (type: string, values: string): string => `CAST(tuple(${values}), ${quoteText(`Tuple(${type})`)})`;

/** A constant that is no time bounds nothing: the comparison in the statement says what it means. */
function bucketBound({operator, sql}: PrintedReading['times'][number]): string {
  const nanos = `toUnixTimestamp64Nano(accurateCastOrNull(${sql}, 'DateTime64(9, \\'UTC\\')'))`;
  const bucket = `intDiv(${nanos}, ${bucketNanos})`;
  return operator === '>' ? `bucket >= ifNull(${bucket}, 0)` : `bucket <= ifNull(${bucket}, 4294967295)`;
}

const bucketTerms = ({start, end}: Partial<TimeRange>): string[] => [
  ...(start === undefined || start <= 0n ? [] : [`bucket >= ${bucketOf(start)}`]),
  ...(end === undefined ? [] : [`bucket <= ${bucketOf(end)}`]),
];

/** By the index of traces, which has the last bytes of each id. */
function ofTrace(where: Where, id: string, recent: readonly RecentSegment[]): string {
  const bytes = `toFixedString(substring(leftPad(unhex(${id}), 16, '\\0'), 1, 16), 16)`;
  const places = [
    `(bucket, segment) IN (SELECT bucket, segment FROM trace_index_11 PREWHERE ${where.sql} AND trace_hash = ${traceHash(bytes)})`,
    ...recent.map(({segment, first, last}) => `(bucket BETWEEN ${first} AND ${last} AND segment = ${segment})`),
  ];
  return `(${places.join(' OR ')}) AND t.trace_id = ${bytes}`;
}
