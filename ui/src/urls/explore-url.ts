/** What the search page shows beside the page's context, as it stands in the address bar. Defaults are left out. */

import {type RawQuery, type Reader, readerOf, writeQuery} from './query-string.ts';
import {type Question, type QuestionUrl, readTerm, readWhere, type Term, writeTerm} from './question.ts';
import {attributeField, kinds, statuses} from './question-fields.ts';

export const limits = [20, 50, 100, 200, 500, 1500] as const;
export const defaultLimit = 100;
export const mostListed = 1_500;
export const orders = ['newest', 'longest', 'spans', 'errors'] as const;
export type Order = (typeof orders)[number];

export interface ExploreUrl extends QuestionUrl {
  readonly limit?: number | undefined;
  readonly sort?: Order | undefined;
  /** Kind of result: an id of the page's registry. Undefined is the first. */
  readonly results?: string | undefined;
  /** Spans are counted by this: a word of `groupFields`, or an attribute as a field of the question. */
  readonly by?: string | undefined;
  /** What stands first among the groups; the most frequent where not given. */
  readonly order?: Exclude<GroupOrder, 'spans'> | undefined;
  /** Columns of a list of spans, joined by commas. */
  readonly columns?: string | undefined;
  /** Keys of attributes that have a column of their own there. */
  readonly column?: readonly string[] | undefined;
}

/** All of them: they are there again when a reader comes back to the page. */
export const exploreKeys = ['where', 'limit', 'sort', 'results', 'by', 'order', 'columns', 'column'] as const;
type Missing = Exclude<keyof ExploreUrl, (typeof exploreKeys)[number]>;
exploreKeys satisfies Missing extends never ? readonly (keyof ExploreUrl)[] : Missing;

/** Orders of a list of spans, and of their groups. */
export type SpanOrder = 'newest' | 'longest';
export const groupOrders = ['spans', 'errors', 'p95'] as const;
export type GroupOrder = (typeof groupOrders)[number];
/** What every span can be counted by, beside attributes. */
export const groupFields = ['service', 'operation', 'kind', 'status', 'environment', 'version'] as const;
export type GroupField = (typeof groupFields)[number];
/** As many as the API lists. */
export const mostColumns = 12;

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

/** Proxies commonly pass addresses of 8 kB: room is left for everything beside the question. */
const longestQuestion = 6_000;
export const isTooLong = (question: Question): boolean =>
  writeQuery({where: question.map(writeTerm)}).length > longestQuestion;

/** The keys that are no longer written are undefined where they stood, lest a later link carry them along as they were. */
export function readExploreUrl(query: RawQuery | Reader): ExploreUrl {
  const from = readerOf(query);
  const limit = from.integer('limit', 1, mostListed);
  const sort = from.oneOf('sort', orders);
  // As some would write it; otherwise that of a span, see below.
  const kind = from.oneOf('kind', ['spans', 'traces']);
  const order = from.oneOf('order', groupOrders);
  const older = olderTerms(from);
  const where = [...(readWhere(from).where ?? []), ...older.map(writeTerm)];
  const url: ExploreUrl & OlderSearch = {
    where: where.length === 0 ? undefined : [...new Set(where)],
    limit: limit === defaultLimit ? undefined : limit,
    sort: sort === 'newest' ? undefined : sort,
    results: from.text('results') ?? kind,
    by: from.text('by'),
    order: order === 'spans' ? undefined : order,
    columns: from.text('columns'),
    column: from.list('column', (key) => [key])?.slice(0, mostColumns),
  };
  return Object.fromEntries([
    ...(older.length === 0 && kind === undefined ? [] : olderKeys.map((key) => [key, undefined])),
    ...Object.entries(url).filter(([, value]) => value !== undefined),
  ]);
}

const olderKeys = [
  'operation',
  'kind',
  'status',
  'attribute',
  'min',
  'max',
] as const satisfies readonly (keyof OlderSearch)[];

function olderTerms(from: Reader): Term[] {
  const one = (field: string, op: Term['op'], value: string | undefined): Term[] =>
    value === undefined ? [] : [{field, op, value}];
  return [
    ...one('operation', '=', from.text('operation')),
    ...one('kind', '=', from.oneOf('kind', kinds)),
    ...one('status', '=', from.oneOf('status', statuses)),
    ...(from.list('attribute', (text) => (text.indexOf('=') > 0 ? [olderAttribute(text)] : undefined)) ?? []),
    ...one('span.duration', '>=', from.text('min')),
    ...one('span.duration', '<=', from.text('max')),
  ];
}

function olderAttribute(text: string): Term {
  const quoted = text.startsWith('"') ? readTerm(text) : undefined;
  const at = text.indexOf('=');
  const [key, value] = quoted === undefined ? [text.slice(0, at), text.slice(at + 1)] : [quoted.field, quoted.value];
  return {field: attributeField(key), op: '=', value};
}
