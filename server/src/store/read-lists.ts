/** Which keys may have lists as values: the texts that spans share say so, of each value that stands in them and each that does not. */
import type {TenantId} from '../base/index.ts';
import type {Budget} from '../query/index.ts';
import {escapedText} from './attribute-sql.ts';
import {Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {mark, originMarks} from './span-text.ts';

/** Of nested values, see `value-text.ts`. */
const nestedLetters = ['j', 'J', 'x', 'a'];

/** In attributes of spans, resources and scopes. A span that has a template of its own may have a list of which nothing is known. */
export async function keysWithLists(
  queries: Queries,
  tenant: TenantId,
  keys: readonly string[],
  budget: Budget,
): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const where = new Where(tenant);
  const tests = keys.map((key) => {
    const inOrigin = escapedText(key, true);
    const texts = [
      `${mark.constant}${key}=[`,
      ...nestedLetters.map((letter) => `${mark.varying}${key}${mark.end}${letter}`),
      `${originMarks.resource}${inOrigin}=[`,
      `${originMarks.scope}${inOrigin}=[`,
    ];
    return `toString(countIf(${texts.map((text) => `position(text, ${where.bind(text)}) > 0`).join(' OR ')}))`;
  });
  const [row] = await queries.rows(
    {
      sql: `SELECT [${tests.join(', ')}] AS found FROM span_texts WHERE ${where.sql}`,
      parameters: where.parameters,
      budget,
    },
    {found: 'texts'},
  );
  return new Set(keys.filter((_key, i) => (row?.found as readonly string[] | undefined)?.[i] !== '0'));
}
