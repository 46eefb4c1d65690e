/**
 * Which of the texts that spans share have what is asked for: the bloom filter knows these as wholes. A pair that none of them has can
 * only be a value that varies, and one that few have leads to the few spans with these.
 */
import type {TenantId} from '../base/index.ts';
import type {Budget, SpanCondition, SpanFilter} from '../query/index.ts';
import {pairInTexts} from './attribute-sql.ts';
import {pairConditions} from './filter-pairs.ts';
import {type KnownCondition, Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';

/** More of them are in too many spans for the filter to rule any out. */
const maxTexts = 500;

/**
 * The search, its conditions with the texts that have their pairs, or those in `only`; one statement for all of them, and none where
 * there is no such.
 */
export async function withTexts<Search extends Pick<SpanFilter, 'conditions'>>(
  queries: Queries,
  tenant: TenantId,
  search: Search,
  budget: Budget,
  only?: ReadonlySet<SpanCondition>,
): Promise<Search> {
  const asked = pairConditions(search.conditions).filter((pair) => only?.has(pair) !== false);
  if (asked.length === 0) return search;
  const where = new Where(tenant);
  const tests = asked.map((condition) => pairInTexts(where, condition));
  const all = tests.map((test) => `arraySort(groupUniqArrayIf(${maxTexts + 1})(toString(hash), ${test}))`);
  const [row] = await queries.rows(
    {
      sql: `SELECT [${all.join(', ')}] AS found FROM (SELECT hash, text FROM span_texts WHERE ${where.sql})`,
      parameters: where.parameters,
      budget,
    },
    {found: 'lists'},
  );
  const texts = new Map(asked.map((condition, i) => [condition as SpanCondition, row?.found[i] ?? []]));
  const known = (condition: SpanCondition): SpanCondition => {
    if (condition.type === 'any') return {...condition, of: condition.of.map(known)};
    const found = texts.get(condition);
    return found === undefined || found.length > maxTexts
      ? condition
      : ({...condition, texts: found} as KnownCondition);
  };
  return {...search, conditions: search.conditions.map(known)};
}
