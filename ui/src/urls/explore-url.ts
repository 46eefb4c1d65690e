/** What the search page shows beside the page's context, as it stands in the address bar. Defaults are left out. */

import {type RawQuery, read} from './query-string.ts';
import {type QuestionUrl, readTerm, readWhere, type Term, writeTerm} from './question.ts';
import {attributeField, kinds, statuses} from './question-fields.ts';

export const limits = [20, 50, 100, 200, 500, 1500] as const;
export const defaultLimit = 100;
export const orders = ['newest', 'longest', 'spans', 'errors'] as const;
export type Order = (typeof orders)[number];

export interface ExploreUrl extends QuestionUrl {
  readonly limit?: number | undefined;
  readonly sort?: Order | undefined;
  /** Kind of result: an id of the page's registry. Undefined is the first. */
  readonly results?: string | undefined;
}

/** The keys that a question had before it was terms: they are still read, never written. */
export interface OlderSearch {
  readonly operation?: string | undefined;
  readonly kind?: string | undefined;
  readonly status?: string | undefined;
  /** Each `key=value`. */
  readonly attribute?: readonly string[] | undefined;
  /** Durations of a span as a person writes them: `200ms`. */
  readonly min?: string | undefined;
  readonly max?: string | undefined;
}

export function readExploreUrl(query: RawQuery): ExploreUrl {
  const limit = read.integer(query.limit, 1, 1500);
  const sort = read.oneOf(query.sort, orders);
  const where = [...(readWhere(query).where ?? []), ...olderTerms(query).map(writeTerm)];
  const url: ExploreUrl & OlderSearch = {
    where: where.length === 0 ? undefined : [...new Set(where)],
    limit: limit === defaultLimit ? undefined : limit,
    sort: sort === 'newest' ? undefined : sort,
    results: read.text(query.results),
  };
  const older = {
    operation: undefined,
    kind: undefined,
    status: undefined,
    attribute: undefined,
    min: undefined,
    max: undefined,
  };
  // Said to be undefined where they stood, lest a later link carry them along as they were.
  return Object.fromEntries([
    ...Object.keys(older).flatMap((key) => (query[key] === undefined ? [] : [[key, undefined]])),
    ...Object.entries(url).filter(([, value]) => value !== undefined),
  ]);
}

function olderTerms(query: RawQuery): Term[] {
  const one = (field: string, op: Term['op'], value: string | undefined): Term[] =>
    value === undefined ? [] : [{field, op, value}];
  return [
    ...one('operation', '=', read.text(query.operation)),
    ...one('kind', '=', read.oneOf(query.kind, kinds)),
    ...one('status', '=', read.oneOf(query.status, statuses)),
    ...(read.list(query.attribute, (text) => text.indexOf('=') > 0) ?? []).map(olderAttribute),
    ...one('span.duration', '>=', read.text(query.min)),
    ...one('span.duration', '<=', read.text(query.max)),
  ];
}

function olderAttribute(text: string): Term {
  const quoted = text.startsWith('"') ? readTerm(text) : undefined;
  const at = text.indexOf('=');
  const [key, value] = quoted === undefined ? [text.slice(0, at), text.slice(at + 1)] : [quoted.field, quoted.value];
  return {field: attributeField(key), op: '=', value};
}
