/** Windows of durations, the longest first, so that all columns but one are read of few spans where what is wanted is common. */
import type {TenantId} from '../base/index.ts';
import type {Budget, SpanFilter} from '../query/index.ts';
import {readsAttributes, spanWhere} from './read-conditions.ts';
import type {Queries} from './read-query.ts';

/** Spans in the first window for each one wanted, where attributes are asked for too. */
const amongAttributes = 4;
const windowGrowth = 16;
/** A last window that is worth its own query. */
const maxWindow = 200_000;

/**
 * Conditions on `duration_ns` that together let every duration pass. The first ones are for the longest of those spans that fit as
 * far as the narrow columns tell.
 */
export async function* durationWindows(
  queries: Queries,
  tenant: TenantId,
  filter: SpanFilter,
  wanted: number,
  budget: Budget,
): AsyncGenerator<string> {
  const conditions = filter.conditions.filter((condition) => !readsAttributes(condition));
  const first = conditions.length < filter.conditions.length ? amongAttributes * wanted : wanted;
  let below: bigint | undefined;
  for (let count = first; count <= maxWindow; count *= windowGrowth) {
    const where = spanWhere(tenant, {...filter, conditions});
    const [row] = await queries.rows(
      {
        sql:
          'SELECT toString(min(duration)) AS least, count() AS found FROM (SELECT duration_ns AS duration ' +
          `FROM spans_11 ${where.clauses} ORDER BY duration_ns DESC LIMIT ${count})`,
        parameters: where.parameters,
        budget,
      },
      {least: 'text', found: 'number'},
    );
    if (row === undefined || row.found < count) break;
    const least = BigInt(row.least);
    // As many as that are equally long.
    if (least === below) continue;
    yield between(least, below);
    below = least;
  }
  yield between(undefined, below);
}

const between = (from: bigint | undefined, below: bigint | undefined): string =>
  [
    ...(from === undefined ? [] : [`duration_ns >= ${from}`]),
    ...(below === undefined ? [] : [`duration_ns < ${below}`]),
  ].join(' AND ') || 'true';
