/** The WHERE of a search for spans, with its bound parameters. */

import {
  type AttributeOwner,
  kindNames,
  type SpanCondition,
  type SpanField,
  type SpanFilter,
  statusNames,
} from '../query/index.ts';
import {type AttributeColumn, type KeySql, keySql, scopeField, textIs} from './attribute-sql.ts';
import {isLossy} from './lossy-text.ts';
import {amongSql, hintedIn, type Narrowed} from './read-narrow.ts';
import {pairHash} from './schema.ts';
import {spanHashes} from './schema-segments.ts';
import {bucketNanos} from './schema-spans.ts';
import type {PairKind} from './span-filter.ts';

export const fieldColumns = {
  service: 'service',
  operation: 'name',
  'scope.name': scopeField.name,
  'scope.version': scopeField.version,
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

interface Times {
  readonly start?: bigint | undefined;
  readonly end?: bigint | undefined;
}

/** The conditions on time: those on `bucket` select what is read, those on `start_time` are exact. */
export const timeTerms = (range: Times): string[] => [...bucketTerms(range), ...timesSql('start_time', range)];

const hasStart = ({start}: Times): boolean => start !== undefined && start > 0n;
const hasEnd = ({end}: Times): boolean => end !== undefined && end < latest;

/** The buckets that the range touches. */
export const bucketTerms = (range: Times): string[] => [
  ...(hasStart(range) ? [`bucket >= ${bucketOf(range.start as bigint)}`] : []),
  ...(hasEnd(range) ? [`bucket <= ${bucketOf(range.end as bigint)}`] : []),
];

/** Whether a time is in the range. */
export const timesSql = (time: string, range: Times): string[] => [
  ...(hasStart(range) ? [`${time} >= fromUnixTimestamp64Nano(${range.start})`] : []),
  ...(hasEnd(range) ? [`${time} <= fromUnixTimestamp64Nano(${range.end})`] : []),
];

export function addTimes(where: Where, range: Times): void {
  for (const term of timeTerms(range)) where.add(term);
}

/** Spans that start at one of these times. */
export function addMoments(where: Where, times: readonly bigint[]): void {
  const buckets = [...new Set(times.map((time) => Number(bucketOf(time))))];
  where.add(`bucket IN ${where.bind(buckets, 'Array(UInt32)')}`);
  where.add(`start_time IN (${times.map((time) => `fromUnixTimestamp64Nano(${time})`).join(', ')})`);
}

const latest = 2n ** 63n - 1n;
export const bucketOf = (nanos: bigint): bigint => nanos / bucketNanos;

/** `times` in place of the conditions on the filter's own range. */
export function spanWhere(tenant: string, filter: Narrowed<SpanFilter>, times = timeTerms(filter)): Where {
  const where = new Where(tenant);
  for (const term of times) where.add(term);
  const among = amongSql(filter);
  if (among !== undefined) where.add(among);
  if (filter.service !== undefined) where.add(textIs(where, 'service', filter.service));
  if (filter.operation !== undefined) where.add(textIs(where, 'name', filter.operation));
  if (filter.minDurationNano !== undefined) where.add(`duration_ns >= ${where.bind(filter.minDurationNano, 'Int64')}`);
  if (filter.maxDurationNano !== undefined) where.add(`duration_ns <= ${where.bind(filter.maxDurationNano, 'Int64')}`);
  for (const condition of hintedIn(filter)) addCondition(where, condition);
  return where;
}

function addCondition(where: Where, condition: SpanCondition): void {
  const hashes = knownHashes(where, condition);
  if (hashes !== undefined) where.add(`indexHint(hasAny(${spanHashes}, [${hashes.join(', ')}]))`);
  const sql = conditionSql(where, condition);
  if (readsAttributes(condition)) where.addCostly(sql);
  else where.add(sql);
}

/**
 * With the hashes of the texts that have the pair, as `read-texts.ts` finds them: numbers as texts. And with the kinds in which spans
 * may have it, as `read-narrow.ts` finds them.
 */
export type KnownCondition = SpanCondition & {
  readonly texts?: readonly string[];
  readonly kinds?: ReadonlySet<PairKind>;
};

/** One of these a span must have of what the bloom filter knows. Undefined where it cannot rule anything out. */
function knownHashes(where: Where, condition: KnownCondition): string[] | undefined {
  if (condition.type === 'attribute') {
    const {key, value, texts} = condition;
    if (texts === undefined || isLossy(key) || isLossy(value)) return undefined;
    return [`cityHash64(${where.bind(value)})`, pairHash(where.bind(key), where.bind(value)), ...texts];
  }
  if (condition.type !== 'any') return undefined;
  const all = condition.of.map((one) => knownHashes(where, one));
  return all.includes(undefined) ? undefined : (all as string[][]).flat();
}

/** Whether it needs columns that are large: the text of a resource is looked at once for many spans. */
export const readsAttributes = (condition: KnownCondition): boolean =>
  condition.type === 'any'
    ? condition.of.some(readsAttributes)
    : condition.type === 'not'
      ? readsAttributes(condition.condition)
      : (condition.type === 'attribute' || condition.type === 'key' || condition.type === 'comparison') &&
        condition.of !== 'resource' &&
        (condition.kinds === undefined || condition.kinds.has('own') || condition.kinds.has('record'));

export function conditionSql(where: Where, condition: KnownCondition): string {
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
    case 'attribute': {
      const {kinds} = condition;
      return attributeSql(
        where,
        condition,
        (one) => one.is(condition.value, kinds),
        (name) => textIs(where, name, condition.value),
        kinds,
      );
    }
    case 'key':
      return hasKey(where, condition);
    case 'comparison':
      return comparisonSql(where, condition);
  }
}

function comparisonSql(where: Where, condition: SpanCondition & {type: 'comparison'}): string {
  const {operator, value, ...attribute} = condition;
  if (operator === '!=') {
    return `(${hasKey(where, attribute)} AND NOT ${conditionSql(where, {...attribute, type: 'attribute', value})})`;
  }
  const test = numberTest(where, operator, value);
  return attributeSql(where, attribute, (one) => one.passes(test), test);
}

interface Attribute {
  readonly key: string;
  readonly of: AttributeOwner;
}

const hasKey = (where: Where, attribute: Attribute): string =>
  attributeSql(
    where,
    attribute,
    ({has}) => has,
    () => 'true',
  );

/**
 * `test` is of the key in one of the columns, `isEvent` of the name of an event, which is the value of the key `event`. Only where it
 * may be, by `kinds`.
 */
function attributeSql(
  where: Where,
  {key, of}: Attribute,
  test: (key: KeySql) => string,
  isEvent: (name: string) => string,
  kinds?: ReadonlySet<PairKind>,
): string {
  const inColumn = (column: AttributeColumn): string => test(keySql(where, column, key));
  if (of === 'resource') return inColumn('resource_attributes');
  const mayBe = (kind: PairKind): boolean => kinds?.has(kind) !== false;
  const inRecord = mayBe('record');
  const tests = [
    ...(mayBe('own') || mayBe('template') ? [inColumn('attributes')] : []),
    ...(mayBe('origin') ? (['resource_attributes', 'scope_attributes'] as const).map(inColumn) : []),
    ...(inRecord
      ? ['events.attributes', 'links.attributes'].map((maps) => `arrayExists(m -> ${inColumn('m')}, ${maps})`)
      : []),
    ...(inRecord && key === 'event' ? [`arrayExists(n -> ${isEvent('n')}, events.name)`] : []),
  ];
  return tests.length === 0 ? 'false' : `(${tests.join(' OR ')})`;
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
