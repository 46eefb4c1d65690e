/** The WHERE of a search for spans, with its bound parameters. */
import {
  type AttributeOwner,
  kindNames,
  type SpanCondition,
  type SpanField,
  type SpanFilter,
  statusNames,
} from '../query/index.ts';
import {attributePairs, pairHash} from './schema.ts';
import {bucketNanos} from './schema-spans.ts';

const fieldColumns = {
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
  bind(value: string | number | bigint | readonly string[], type = 'String'): string {
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
export function addTimes(where: Where, {start, end}: {start?: bigint | undefined; end?: bigint | undefined}): void {
  if (start !== undefined && start > 0n) {
    where.add(`bucket >= ${bucketOf(start)}`).add(`start_time >= fromUnixTimestamp64Nano(${start})`);
  }
  if (end !== undefined && end < latest) {
    where.add(`bucket <= ${bucketOf(end)}`).add(`start_time <= fromUnixTimestamp64Nano(${end})`);
  }
}
const latest = 2n ** 63n - 1n;
export const bucketOf = (nanos: bigint): bigint => nanos / bucketNanos;

export function spanWhere(tenant: string, filter: SpanFilter): Where {
  const where = new Where(tenant);
  addTimes(where, filter);
  if (filter.service !== undefined) where.add(`service = ${where.bind(filter.service)}`);
  if (filter.operation !== undefined) where.add(`name = ${where.bind(filter.operation)}`);
  if (filter.minDurationNano !== undefined) where.add(`duration_ns >= ${where.bind(filter.minDurationNano, 'Int64')}`);
  if (filter.maxDurationNano !== undefined) where.add(`duration_ns <= ${where.bind(filter.maxDurationNano, 'Int64')}`);
  for (const condition of filter.conditions) addCondition(where, condition);
  return where;
}

function addCondition(where: Where, condition: SpanCondition): void {
  const sql = conditionSql(where, condition);
  if (readsAttributes(condition)) where.addCostly(sql);
  else where.add(sql);
  // Few spans have events, and that they have none is read from next to nothing.
  if (condition.type === 'attribute' && condition.of === 'event') where.add('notEmpty(events.name)');
}

const readsAttributes = (condition: SpanCondition): boolean =>
  condition.type === 'any' ? condition.of.some(readsAttributes) : condition.type === 'attribute';

export function conditionSql(where: Where, condition: SpanCondition): string {
  switch (condition.type) {
    case 'any':
      return `(${condition.of.map((one) => conditionSql(where, one)).join(' OR ')})`;
    case 'kind':
      return `kind = ${kindNames.indexOf(condition.kind)}`;
    case 'status':
      return `status_code = ${statusNames.indexOf(condition.status)}`;
    case 'field':
      return `${fieldColumns[condition.field]} = ${where.bind(condition.value)}`;
    case 'attribute':
      return attributeSql(where, condition);
  }
}

function attributeSql(where: Where, {key, value, of}: {key: string; value: string; of: AttributeOwner}): string {
  const k = where.bind(key);
  const v = where.bind(value);
  // An absent key reads as the empty text.
  const has = (map: string): string => `${map}[${k}] = ${v}${value === '' ? ` AND mapContains(${map}, ${k})` : ''}`;
  if (of === 'event') {
    const named = key === 'event' ? ` OR has(events.name, ${v})` : '';
    return `(arrayExists(m -> ${has('m')}, events.attributes)${named})`;
  }
  // The filters know hashes of pairs, hence the second test.
  const within = (map: string): string => `(indexHint(has(${attributePairs(map)}, ${pairHash(k, v)})) AND ${has(map)})`;
  if (of === 'resource') return within('resource_attributes');
  return `(${within('attributes')} OR ${within('resource_attributes')})`;
}
