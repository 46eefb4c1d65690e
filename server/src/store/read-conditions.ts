/** The WHERE of a search for spans, with its bound parameters. */

import {utf8Bytes} from '../base/index.ts';
import {
  type AttributeOwner,
  kindNames,
  type SpanCondition,
  type SpanField,
  type SpanFilter,
  statusNames,
} from '../query/index.ts';
import {collapsed, isLossy, shownSql} from './lossy-text.ts';
import {pairDigest} from './pair-digest.ts';
import {pairHash} from './schema.ts';
import {digestHash, spanPairs} from './schema-attribute-search.ts';
import {bucketNanos} from './schema-spans.ts';

const fieldColumns = {
  service: 'service',
  operation: 'name',
  'scope.name': 'scope_name',
  'scope.version': 'scope_version',
  'status.message': 'status_message',
  'trace.state': 'trace_state',
} as const satisfies Readonly<Record<SpanField, string>>;

/** Conditions and the values that they name; every text that came from outside is a parameter. */
export class Where {
  readonly parameters: Record<string, string | number | bigint | readonly string[] | readonly number[]> = {};
  private readonly terms: string[] = [];
  private readonly costly: string[] = [];

  constructor(tenant: string) {
    this.add(`tenant = ${this.bind(tenant)}`);
  }

  add(term: string): this {
    this.terms.push(term);
    return this;
  }

  /** A condition on large columns: they are read only where everything else holds. */
  addCostly(term: string): this {
    this.costly.push(term);
    return this;
  }

  /** A placeholder for the value. */
  bind(value: string | number | bigint | readonly string[] | readonly number[], type = 'String'): string {
    const name = `p${Object.keys(this.parameters).length}`;
    this.parameters[name] = value;
    return `{${name}:${type}}`;
  }

  /** All conditions as one expression. */
  get sql(): string {
    return [...this.terms, ...this.costly].join(' AND ');
  }

  /** All conditions as the clauses that follow FROM, for a table of which much may be read. */
  get clauses(): string {
    const rest = this.costly.length === 0 ? '' : ` WHERE ${this.costly.join(' AND ')}`;
    return `PREWHERE ${this.terms.join(' AND ')}${rest}`;
  }
}

/** The conditions on time: those on `bucket` select what is read, those on `start_time` are exact. */
export const timeTerms = ({start, end}: {start?: bigint | undefined; end?: bigint | undefined}): string[] => [
  ...(start === undefined || start <= 0n
    ? []
    : [`bucket >= ${bucketOf(start)}`, `start_time >= fromUnixTimestamp64Nano(${start})`]),
  ...(end === undefined || end >= latest
    ? []
    : [`bucket <= ${bucketOf(end)}`, `start_time <= fromUnixTimestamp64Nano(${end})`]),
];

export function addTimes(where: Where, range: {start?: bigint | undefined; end?: bigint | undefined}): void {
  for (const term of timeTerms(range)) where.add(term);
}
const latest = 2n ** 63n - 1n;
export const bucketOf = (nanos: bigint): bigint => nanos / bucketNanos;

export function spanWhere(tenant: string, filter: SpanFilter): Where {
  const where = new Where(tenant);
  addTimes(where, filter);
  if (filter.service !== undefined) where.add(textIs(where, 'service', filter.service));
  if (filter.operation !== undefined) where.add(textIs(where, 'name', filter.operation));
  if (filter.minDurationNano !== undefined) where.add(`duration_ns >= ${where.bind(filter.minDurationNano, 'Int64')}`);
  if (filter.maxDurationNano !== undefined) where.add(`duration_ns <= ${where.bind(filter.maxDurationNano, 'Int64')}`);
  for (const condition of filter.conditions) addCondition(where, condition);
  return where;
}

function addCondition(where: Where, condition: SpanCondition): void {
  const hashes = pairHashes(where, condition);
  if (hashes !== undefined) where.add(`indexHint(hasAny(${spanPairs}, [${hashes.join(', ')}]))`);
  const sql = conditionSql(where, condition);
  if (readsAttributes(condition)) where.addCostly(sql);
  else where.add(sql);
}

/** One of these pairs a span must have: what the filters know. Undefined where they cannot rule anything out. */
function pairHashes(where: Where, condition: SpanCondition): string[] | undefined {
  if (condition.type === 'attribute') {
    const {key, value} = condition;
    if (isLossy(key) || isLossy(value)) return undefined;
    const digest = where.bind(pairDigest(utf8Bytes(key), utf8Bytes(value)));
    return [pairHash(where.bind(key), where.bind(value)), digestHash(digest), digestHash("''")];
  }
  if (condition.type !== 'any') return undefined;
  const all = condition.of.map((one) => pairHashes(where, one));
  return all.includes(undefined) ? undefined : (all as string[][]).flat();
}

/** Whether a span's digests say which of them are of its resource. */
export const isMarked = `startsWith(origin_hashes, '@')`;

/**
 * A condition on attributes of the resource out of the digests of a marked span, which ClickHouse looks at once a dictionary, where
 * it would build the map of every span. Undefined where digests cannot tell. Two pairs have the same once in 2^64.
 */
export function resourceDigestTest(where: Where, condition: SpanCondition): string | undefined {
  if (condition.type === 'any') {
    const all = condition.of.map((one) => resourceDigestTest(where, one));
    return all.includes(undefined) ? undefined : `(${all.join(' OR ')})`;
  }
  if (condition.type !== 'attribute' || condition.of !== 'resource') return undefined;
  const {key, value} = condition;
  if (isLossy(key) || isLossy(value)) return undefined;
  const digest = where.bind(` ${pairDigest(utf8Bytes(key), utf8Bytes(value))} `);
  return `position(concat(substringIndex(origin_hashes, '|', 1), ' '), ${digest}) > 0`;
}

/** Whether it needs columns that are large. */
export const readsAttributes = (condition: SpanCondition): boolean =>
  condition.type === 'any'
    ? condition.of.some(readsAttributes)
    : condition.type === 'not'
      ? readsAttributes(condition.condition)
      : condition.type === 'attribute' || condition.type === 'key' || condition.type === 'comparison';

export function conditionSql(where: Where, condition: SpanCondition): string {
  switch (condition.type) {
    case 'any':
      return condition.of.length === 0
        ? 'false'
        : `(${condition.of.map((one) => conditionSql(where, one)).join(' OR ')})`;
    case 'not':
      return `NOT ${conditionSql(where, condition.condition)}`;
    case 'kind':
      return `kind = ${kindNames.indexOf(condition.kind)}`;
    case 'status':
      return `status_code = ${statusNames.indexOf(condition.status)}`;
    case 'field':
      return textIs(where, fieldColumns[condition.field], condition.value);
    case 'attribute':
      return attributeSql(condition, pairTest(where, condition.key, condition.value), (name) =>
        textIs(where, name, condition.value),
      );
    case 'key':
      return keySql(where, condition);
    case 'comparison':
      return comparisonSql(where, condition);
  }
}

function comparisonSql(where: Where, condition: SpanCondition & {type: 'comparison'}): string {
  const {operator, value, ...attribute} = condition;
  if (operator === '!=') {
    return `(${keySql(where, attribute)} AND NOT ${conditionSql(where, {...attribute, type: 'attribute', value})})`;
  }
  const test = numberTest(where, operator, value);
  return attributeSql(attribute, keyTest(where, attribute.key, test), test);
}

const keySql = (where: Where, attribute: {key: string; of: AttributeOwner}): string =>
  attributeSql(attribute, keyTest(where, attribute.key), () => 'true');

/** `has` tests a map of attributes, `isEvent` the name of an event, which is the value of the key `event`. */
function attributeSql(
  {key, of}: {key: string; of: AttributeOwner},
  has: (map: string) => string,
  isEvent: (name: string) => string,
): string {
  if (of === 'resource') return has('resource_attributes');
  const tests = [
    ...['attributes', 'resource_attributes', 'scope_attributes'].map(has),
    ...['events.attributes', 'links.attributes'].map((maps) => `arrayExists(m -> ${has('m')}, ${maps})`),
    ...(key === 'event' ? [`arrayExists(n -> ${isEvent('n')}, events.name)`] : []),
  ];
  return `(${tests.join(' OR ')})`;
}

/** Whether a map has the pair. */
function pairTest(where: Where, key: string, value: string): (map: string) => string {
  if (isLossy(key) || isLossy(value)) {
    const test = `${textIs(where, 'k', key)} AND ${textIs(where, 'v', value)}`;
    return (map) => `arrayExists((k, v) -> ${test}, mapKeys(${map}), mapValues(${map}))`;
  }
  const k = where.bind(key);
  const v = where.bind(value);
  // An absent key reads as the empty text.
  return (map) => `${map}[${k}] = ${v}${value === '' ? ` AND mapContains(${map}, ${k})` : ''}`;
}

/** Whether a map has the key, with a value that passes. */
function keyTest(where: Where, key: string, test?: (value: string) => string): (map: string) => string {
  const passes = (value: string): string => (test === undefined ? '' : ` AND ${test(value)}`);
  if (isLossy(key)) {
    const isKey = textIs(where, 'k', key);
    return (map) => `arrayExists((k, v) -> ${isKey}${passes('v')}, mapKeys(${map}), mapValues(${map}))`;
  }
  const k = where.bind(key);
  return (map) => `(mapContains(${map}, ${k})${passes(`${map}[${k}]`)})`;
}

/**
 * How a value compares with a number. Texts that read as numbers are numbers, as the text "500" is found by 500; integers are
 * compared as such, since beyond 2^53 two of them may be the same double.
 */
function numberTest(where: Where, operator: string, value: string): (text: string) => string {
  const isInteger = /^[+-]?\d{1,19}$/.test(value) && BigInt.asIntN(64, integer(value)) === integer(value);
  const number = isInteger ? where.bind(integer(value), 'Int64') : where.bind(String(Number(value)), 'Float64');
  const read = (type: string, text: string): string => `${type}(toString(${text})) ${operator} ${number}`;
  return (text) => `ifNull(${read('toInt64OrNull', text)}, ifNull(${read('toFloat64OrNull', text)}, false))`;
}

const integer = (text: string): bigint => BigInt(text.replace(/^\+/, ''));

/** Whether a column shows the text. */
export const textIs = (where: Where, column: string, text: string): string =>
  isLossy(text) ? `${shownSql(column)} = ${where.bind(collapsed(text))}` : `${column} = ${where.bind(text)}`;
