/** What the search page shows beside the page's context, as it stands in the address bar. Defaults are left out. */

import {readBy} from './group-by.ts';
import {type RawQuery, type Reader, readerOf, writeQuery} from './query-string.ts';
import {type Question, type QuestionUrl, readTerm, readWhere, type Term, writeTerm} from './question.ts';
import {attributeField, isOneName, isViewWord, kinds, statuses} from './question-fields.ts';

export const limits = [20, 50, 100, 200, 500, 1500] as const;
export const defaultLimit = 100;
export const mostListed = 1_500;
export const orders = ['newest', 'longest', 'spans', 'errors'] as const;
export type Order = (typeof orders)[number];
export const resultKindIds = ['traces', 'spans'] as const;
export type ResultKindId = (typeof resultKindIds)[number];
/** Kinds of result of a query of TraceQL; what series are shown as. */
export const traceqlResults = ['traces', 'spans', 'groups', 'table'] as const;
export type TraceqlResult = (typeof traceqlResults)[number];

/** How the plot of traces is drawn: all of them counted, or each as a point. */
export const plotKinds = ['heatmap', 'scatter'] as const;
export type PlotKind = (typeof plotKinds)[number];

export interface ExploreUrl extends QuestionUrl {
  /** A query of TraceQL, in place of the question of the form. */
  readonly q?: string | undefined;
  readonly limit?: number | undefined;
  readonly sort?: Order | undefined;
  /** What the traces on show share is told, against those of the same time (`same`) or of another one: two moments with a `~` between. */
  readonly against?: string | undefined;
  /** How the plot is drawn. Undefined is the first. */
  readonly plot?: Exclude<PlotKind, 'heatmap'> | undefined;
  /** Kind of result. Undefined is the first. */
  readonly results?: Exclude<ResultKindId | TraceqlResult, 'traces'> | undefined;
  /** Spans are counted by this: a word of `groupFields`, or an attribute as a field of the question. */
  readonly by?: string | undefined;
  /** What stands first among the groups; the most frequent where not given. */
  readonly order?: Exclude<GroupOrder, 'spans'> | undefined;
  /** Columns of the groups, joined by commas. */
  readonly figures?: string | undefined;
  /** Columns of a list of spans, joined by commas. */
  readonly columns?: string | undefined;
  /** Keys of attributes that have a column of their own there. */
  readonly column?: readonly string[] | undefined;
}

/** How a kind of result is shown. Each kind has its own: what one is shown by may mean nothing to another. */
export const viewKeys = [
  'sort',
  'against',
  'plot',
  'by',
  'order',
  'figures',
  'columns',
  'column',
] as const satisfies readonly (keyof ExploreUrl)[];
/** All of them: they are there again when a reader comes back to the page. */
export const exploreKeys = ['q', 'where', 'limit', 'results', ...viewKeys] as const;
type Missing = Exclude<keyof ExploreUrl, (typeof exploreKeys)[number]>;
exploreKeys satisfies Missing extends never ? readonly (keyof ExploreUrl)[] : Missing;

/** Orders of a list of spans, and of their groups. */
export const spanOrders = ['newest', 'longest'] as const satisfies readonly Order[];
export type SpanOrder = (typeof spanOrders)[number];
/** Columns of the groups by which they can be ordered. */
export const groupOrders = ['spans', 'errors', 'errorRate', 'rate', 'p50', 'p95', 'p99'] as const;
export type GroupOrder = (typeof groupOrders)[number];
export const groupColumnIds = ['value', ...groupOrders] as const;
export type GroupColumnId = (typeof groupColumnIds)[number];
/** Those beside attributes. */
export const spanColumnIds = ['span', 'duration', 'start', 'status', 'kind', 'traceId'] as const;
export type SpanColumnId = (typeof spanColumnIds)[number];
/** As many as the API lists. */
export const mostColumns = 12;
export const mostGroups = 1_000;

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
  const q = from.text('q');
  if (q !== undefined) return readTraceqlUrl(from, q, limit);
  // As some would write it; otherwise that of a span, see below.
  const kind = from.oneOf('kind', resultKindIds);
  const results = from.oneOf('results', resultKindIds) ?? kind ?? 'traces';
  const older = olderTerms(from);
  const {where, unasked} = askable([...(readWhere(from).where ?? []), ...older.map(writeTerm)], from.text('service'));
  if (unasked.length > 0) from.leave('where', unasked);
  const url: ExploreUrl & OlderSearch = {
    where: where.length === 0 ? undefined : where,
    limit: limit === defaultLimit ? undefined : limit,
    results: results === 'traces' ? undefined : results,
    ...(results === 'traces' ? readTraceView(from) : readSpanView(from)),
  };
  return Object.fromEntries([
    ...(older.length === 0 && kind === undefined ? [] : olderKeys.map((key) => [key, undefined])),
    ...Object.entries(url).filter(([, value]) => value !== undefined),
  ]);
}

/** A query says all of what is asked: the form's part of the address is not read, so that the page says so. */
function readTraceqlUrl(from: Reader, q: string, limit: number | undefined): ExploreUrl {
  const results = from.oneOf('results', traceqlResults);
  return {
    q,
    ...(limit === undefined || limit === defaultLimit ? {} : {limit}),
    ...(results === undefined || results === 'traces' ? readPlotView(from) : {results}),
  };
}

/**
 * Conditions that can be asked together: of two names that one span cannot both have, the first. The one service that the context
 * names is the scope of all.
 */
function askable(
  conditions: readonly string[],
  service: string | undefined,
): {readonly where: readonly string[]; readonly unasked: readonly string[]} {
  const wanted = new Map<string, string>(service === undefined ? [] : [['service', service]]);
  const isAsked = (condition: string): boolean => {
    const {field, op, value} = readTerm(condition)!;
    // Typed, these change the scope, the view or the page: in an address they have keys of their own.
    if (field === 'environment' || isViewWord(field)) return false;
    if (op !== '=' || !isOneName(field)) return true;
    const first = wanted.get(field) ?? value;
    wanted.set(field, first);
    return first === value;
  };
  const {true: where = [], false: unasked = []} = Object.groupBy(new Set(conditions), (one) => `${isAsked(one)}`);
  return {where, unasked};
}

type ViewUrl = Pick<ExploreUrl, (typeof viewKeys)[number]>;

/** What belongs to another kind of result is not read, so that the page says so. */
function readTraceView(from: Reader): ViewUrl {
  const sort = from.oneOf('sort', orders);
  return {sort: sort === 'newest' ? undefined : sort, ...readPlotView(from)};
}

function readPlotView(from: Reader): Pick<ExploreUrl, 'against' | 'plot'> {
  const plot = from.oneOf('plot', plotKinds);
  const against = from.parsed('against', readAgainst);
  return {...(against === undefined ? {} : {against}), ...(plot === 'scatter' ? {plot} : {})};
}

function readAgainst(text: string): string | undefined {
  if (text === 'same') return text;
  const moments = text.split('~').map((moment) => Date.parse(moment));
  return moments.length === 2 && moments[0]! < moments[1]! ? text : undefined;
}

/** Groups lead to a list, which has its order and columns beside theirs. */
function readSpanView(from: Reader): ViewUrl {
  const sort = from.oneOf('sort', spanOrders);
  const by = from.parsed('by', readBy);
  const order = by === undefined ? undefined : from.oneOf('order', groupOrders);
  return {
    sort: sort === 'newest' ? undefined : sort,
    by,
    order: order === 'spans' ? undefined : order,
    figures: by === undefined ? undefined : from.words('figures', groupColumnIds),
    columns: from.words('columns', spanColumnIds),
    column: from.list('column', (key) => [key], mostColumns),
  };
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
