/** In which minutes stored spans may fit, and how many there are, as the rates tell it without looking at spans. */
import type {TenantId} from '../base/index.ts';
import type {Budget, SpanCondition, SpanFilter} from '../query/index.ts';
import {durationStep, latestMinute} from '../red/index.ts';
import {textIs} from './attribute-sql.ts';
import type {Minute} from './kept-rates.ts';
import {bucketOf, conditionSql, Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {bucketNanos, bucketSeconds, isStored} from './schema-spans.ts';
import type {RecentSegment} from './span-changes.ts';

const hour = 3600;
const minutesAtOnce = 5000;

/** Minutes that may hold what is wanted, newest first; the last hour first, since that is where one mostly looks. */
export async function* minutes(
  queries: Queries,
  tenant: TenantId,
  filter: SpanFilter,
  now: number,
  budget: Budget,
): AsyncGenerator<Minute> {
  const first = filter.start === undefined ? 0 : seconds(filter.start);
  const last = filter.end === undefined ? latestMinute : seconds(filter.end);
  const newest = Math.min(last, Math.floor(now / 1000));
  const wholeMinute = (time: number): number => Math.max(0, time - (time % 60));
  let before = last + 1;
  const recent = queries.recent();
  const kept = queries.memory.rates?.minutes(tenant, filter, first, before);
  if (kept !== undefined) {
    const from = Math.max(first, kept.from);
    yield* withRecent(kept.list, recentMinutes(recent, from, before));
    before = Math.min(before, from);
  }
  for (const from of [wholeMinute(newest - hour), wholeMinute(newest - 25 * hour), 0]) {
    while (before > first) {
      const start = Math.max(from, first);
      if (start >= before) break;
      const page = await readMinutes(queries, tenant, filter, start, before, budget);
      yield* page;
      if (page.length < minutesAtOnce) {
        before = start;
        break;
      }
      before = page.at(-1)?.minute ?? start;
    }
  }
}

async function readMinutes(
  queries: Queries,
  tenant: TenantId,
  filter: SpanFilter,
  from: number,
  before: number,
  budget: Budget,
): Promise<readonly Minute[]> {
  const where = new Where(tenant)
    .add(isStored)
    .add(`minute >= toStartOfMinute(toDateTime(${from}, 'UTC'))`)
    .add(`minute < ${before}`);
  const matches = ratesCondition(where, filter);
  const recent = recentMinutes(queries.recent(), from, before);
  const known = await queries.rows(
    {
      sql:
        `SELECT toUInt32(minute) AS minute, sum(spans) AS total, sumIf(spans, ${matches}) AS matching ` +
        `FROM span_rates WHERE ${where.sql} GROUP BY minute HAVING matching > 0 ORDER BY minute DESC LIMIT ${minutesAtOnce}`,
      parameters: where.parameters,
      budget,
    },
    {minute: 'number', total: 'number', matching: 'number'},
  );
  const last = known.length < minutesAtOnce ? from : (known.at(-1)?.minute ?? from);
  return withRecent(
    known,
    recent.filter(({minute}) => minute >= last),
  );
}

function withRecent(known: readonly Minute[], recent: readonly Minute[]): readonly Minute[] {
  if (recent.length === 0) return known;
  const isKnown = new Set(known.map(({minute}) => minute));
  const unknown = recent.filter(({minute}) => !isKnown.has(minute));
  return unknown.length === 0 ? known : [...known, ...unknown].sort((a, b) => b.minute - a.minute);
}

/** Whether the spans of a segment lie in so many minutes that these are not listed: it is looked through for itself. */
export const isFarApart = ({first, last}: RecentSegment): boolean =>
  minuteOfBucket(last) - minuteOfBucket(first) > 2 * hour;

/** Minutes of spans that the rates do not know yet, newest first. */
function recentMinutes(segments: readonly RecentSegment[], from: number, before: number): Minute[] {
  const totals = new Map<number, number>();
  for (const segment of segments) {
    if (isFarApart(segment)) continue;
    const {first, last, spans} = segment;
    const end = Math.min(before - 1, minuteOfBucket(last));
    const begin = Math.max(from - (from % 60), minuteOfBucket(first));
    for (let minute = begin; minute <= end; minute += 60) totals.set(minute, (totals.get(minute) ?? 0) + spans);
  }
  return [...totals].map(([minute, total]) => ({minute, total, matching: total})).sort((a, b) => b.minute - a.minute);
}

const minuteOfBucket = (bucket: number): number => {
  const seconds = bucket * bucketSeconds;
  return Math.min(latestMinute, seconds - (seconds % 60));
};

/** How many spans fit, as far as the rates tell: never fewer than do, but for what they do not know yet. */
export async function countKnown(
  queries: Queries,
  tenant: TenantId,
  filter: SpanFilter,
  budget: Budget,
): Promise<number> {
  const first = filter.start === undefined ? 0 : seconds(filter.start);
  const before = filter.end === undefined ? latestMinute + 1 : seconds(filter.end) + 1;
  const kept = queries.memory.rates?.minutes(tenant, filter, first, before);
  if (kept !== undefined && kept.from <= first) return kept.list.reduce((sum, {matching}) => sum + matching, 0);
  const where = new Where(tenant).add(isStored);
  if (filter.start !== undefined) {
    where.add(`minute >= toStartOfMinute(toDateTime(${seconds(filter.start)}, 'UTC'))`);
  }
  if (filter.end !== undefined) where.add(`minute <= ${seconds(filter.end)}`);
  where.add(ratesCondition(where, filter));
  const [row] = await queries.rows(
    {sql: `SELECT sum(spans) AS known FROM span_rates WHERE ${where.sql}`, parameters: where.parameters, budget},
    {known: 'number'},
  );
  return row?.known ?? 0;
}

/** The filter's conditions as far as the rates know them: never stricter than the filter. */
function ratesCondition(where: Where, filter: SpanFilter): string {
  const terms = ['true'];
  if (filter.service !== undefined) terms.push(textIs(where, 'service', filter.service));
  if (filter.operation !== undefined) terms.push(textIs(where, 'name', filter.operation));
  if (filter.minDurationNano !== undefined) terms.push(`duration_step >= ${durationStep(filter.minDurationNano) - 1}`);
  if (filter.maxDurationNano !== undefined) terms.push(`duration_step <= ${durationStep(filter.maxDurationNano) + 1}`);
  // The columns of the rates are called as those of the spans.
  for (const condition of filter.conditions) if (isKnownToRates(condition)) terms.push(conditionSql(where, condition));
  return terms.join(' AND ');
}

/** Whether the rates know all conditions, so that their counts are those of spans that fit. */
export const isExact = (filter: SpanFilter): boolean => filter.conditions.every(isKnownToRates);

export const isKnownToRates = (condition: SpanCondition): boolean =>
  condition.type === 'any'
    ? condition.of.every(isKnownToRates)
    : condition.type === 'not'
      ? isKnownToRates(condition.condition)
      : condition.type === 'kind' ||
        condition.type === 'status' ||
        (condition.type === 'field' && (condition.field === 'service' || condition.field === 'operation'));

const seconds = (nanos: bigint): number =>
  Math.min(latestMinute, Number((bucketOf(nanos) * bucketNanos) / 1_000_000_000n));
