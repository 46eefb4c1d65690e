/**
 * The spans of one service in a time, for questions that have to look at spans: of very many only those of some stretches of ten
 * seconds, or of some traces, so that a question has a bound whatever is stored.
 */
import {type TenantId, unixNano} from '../base/index.ts';
import {type Budget, environmentIs, type ServiceFilter, type SpanCondition, type TimeRange} from '../query/index.ts';
import {servingKinds} from '../red/index.ts';
import {bucketOf, conditionSql, spanWhere, type Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {rates} from './read-rates.ts';
import {bucketNanos} from './schema-spans.ts';
import {probabilitySql, weightSql} from './weight-sql.ts';

export interface ServiceSpans {
  /** Conditions on the table of spans. */
  where(): Where;
  /** How many a span stands for, `share` not counted. */
  readonly weight: string;
  /** One in so many was chosen. */
  readonly share: number;
}

/** Where so many buckets would be left, whole traces are left out and not more buckets. */
const leastBuckets = 32n;

/**
 * At most some `most` spans, counted by what the rates know of spans with `condition`. `by` trace, spans of a trace are chosen
 * together, which costs more.
 */
export async function serviceSpans(
  queries: Queries,
  tenant: TenantId,
  filter: ServiceFilter,
  {most, condition, by, budget}: {most: number; condition: string; by: 'time' | 'trace'; budget: Budget},
): Promise<ServiceSpans> {
  const {start, end, service, kind} = filter;
  const {from, stored, where} = rates(tenant, {start, end, service, kind}, condition, []);
  const [counts] = await queries.rows(
    {sql: `SELECT sum(spans) AS sent, ${stored} AS kept FROM ${from}`, parameters: where.parameters, budget},
    {sent: 'number', kept: 'number'},
  );
  const {sent, kept} = counts ?? {sent: 0, kept: 0};
  const share = 2 ** Math.max(0, Math.ceil(Math.log2(kept / most)));
  const buckets = (end - start) / bucketNanos;
  let ofBuckets = 1;
  while (by === 'time' && ofBuckets < share && buckets / BigInt(2 * ofBuckets) >= leastBuckets) ofBuckets *= 2;
  const ofTraces = share / ofBuckets;
  return {
    where: () => {
      const all = whereService(tenant, filter);
      if (ofBuckets > 1) all.add(bucketChosen({start, end}, ofBuckets));
      if (ofTraces > 1) all.add(traceChosen(ofTraces));
      return all;
    },
    weight: sent === kept ? '1' : weightSql(probabilitySql('trace_state'), 'span_id'),
    share,
  };
}

/** Named one by one, the others are not even looked at; of more, each row is. */
const mostNamed = 5_000;

/** One of each run of buckets, which one differs: what comes at equal distances is not missed, or hit, each time. */
function bucketChosen({start, end}: TimeRange, each: number): string {
  const first = Math.floor(Number(bucketOf(start)) / each);
  const last = Math.floor(Number(bucketOf(end)) / each);
  if (last - first > mostNamed) {
    return `bucket % ${each} = cityHash64(toUInt32(intDiv(bucket, ${each}))) % ${each}`;
  }
  return `bucket IN (SELECT toUInt32(number * ${each} + cityHash64(toUInt32(number)) % ${each}) FROM numbers(${first}, ${last - first + 1}))`;
}

/** By the last bytes of the trace id, which are random in every scheme. */
const traceChosen = (share: number): string =>
  `intHash32(reinterpretAsUInt32(substring(trace_id, 13, 4))) % ${share} = 0`;

/** Spans of another service that belong to chosen traces. */
export const chosenTraces = (share: number): readonly string[] => (share === 1 ? [] : [traceChosen(share)]);

function whereService(tenant: TenantId, filter: ServiceFilter): Where {
  const {start, end, service, kind, operation, environment, version} = filter;
  const conditions: SpanCondition[] = kind === undefined ? [] : [{type: 'kind', kind}];
  const where = spanWhere(tenant, {start, end: unixNano(end - 1n), service, operation, conditions});
  if (environment !== undefined) where.add(conditionSql(where, environmentIs(environment)));
  if (version !== undefined) {
    where.add(conditionSql(where, {type: 'attribute', key: 'service.version', value: version, of: 'resource'}));
  }
  return where;
}

export const isServing = `kind IN (${servingKinds.join(', ')})`;
export const idText = (column: string): string => `lower(hex(${column}))`;
export const nanosText = (column: string): string => `toString(toUnixTimestamp64Nano(${column}))`;
