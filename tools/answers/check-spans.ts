/** Lists and groups of spans against the plain reading. */
import type {TenantId} from '../../server/src/base/index.ts';
import type {
  ListedSpans,
  SpanFigures,
  SpanGroupOrder,
  SpanGroups,
  SpanGroupsQuery,
  SpanQuery,
} from '../../server/src/query/index.ts';
import {doubtful} from './check-traces.ts';
import {asksOfTraces, fittingSpans, type Model, withoutCopies} from './model.ts';
import {
  attributeOf,
  durationOf,
  failed,
  groupValue,
  kindOf,
  serviceOf,
  shownDuration,
  statusOf,
} from './model-filter.ts';
import {comparable, descending, firstFault, same, sameFirst} from './question.ts';
import {noParent, type Span, shown} from './span.ts';

/** Lists show so many characters of a text. */
const beginning = (text: string): string => [...shown(text)].slice(0, 1001).join('');

export function listed(span: Span, columns: readonly string[]) {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId === noParent ? '' : span.parentSpanId,
    service: shown(serviceOf(span)),
    name: shown(span.name),
    kind: kindOf(span),
    status: {code: statusOf(span), message: beginning(span.statusMessage)},
    start: span.start,
    durationNano: shownDuration(span),
    attributes: Object.fromEntries(
      columns.flatMap((key) => {
        const value = attributeOf(span, key);
        return value === undefined ? [] : [[key, beginning(value)]];
      }),
    ),
  };
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byId = (a: Span, b: Span): number => byText(a.traceId, b.traceId) || byText(a.spanId, b.spanId);
const spanOrders = {
  newest: (a: Span, b: Span) => descending(a.start, b.start) || byId(a, b) || descending(durationOf(a), durationOf(b)),
  longest: (a: Span, b: Span) => descending(durationOf(a), durationOf(b)) || descending(a.start, b.start) || byId(a, b),
} as const;

export function spanListFault(
  model: Model,
  tenant: TenantId,
  query: SpanQuery,
  {spans, more}: ListedSpans,
): string | undefined {
  const unbounded = query.start === undefined && query.end === undefined && query.order === 'longest';
  const unsure = asksOfTraces(query) && !unbounded ? doubtful(model, tenant, query) : new Set<string>();
  if (unsure.size > 0 && more) return undefined;
  const expected = withoutCopies(fittingSpans(model, tenant, query))
    .filter(({traceId}) => !unsure.has(traceId))
    .sort(spanOrders[query.order])
    .map((span) => listed(span, query.columns));
  const rank = ({traceId, spanId, start, durationNano}: (typeof expected)[number]) => [
    traceId,
    spanId,
    start,
    durationNano,
  ];
  return firstFault(
    sameFirst(
      expected.map((value) => ({rank: rank(value), value})),
      spans.filter(({traceId}) => !unsure.has(traceId)).map((value) => ({rank: rank(value), value})),
      query.limit,
    ),
    unsure.size > 0 ? undefined : same({more: expected.length > query.limit}, {more}),
  );
}

/** The least of these that so great a share of them do not exceed. */
export function nearestRank<T>(sorted: readonly T[], level: number): T {
  // Of a hundred spans the 99th, whatever a double makes of 0.99 × 100.
  const rank = Math.ceil(Number((level * sorted.length).toFixed(6)));
  return sorted[Math.max(0, rank - 1)] as T;
}

function figures(spans: readonly Span[]): SpanFigures {
  const durations = spans.map(shownDuration).sort((a, b) => -descending(a, b));
  const millis = (level: number): number => Number(nearestRank(durations, level)) / 1e6;
  return {
    spans: spans.length,
    errors: spans.filter(failed).length,
    p50: millis(0.5),
    p95: millis(0.95),
    p99: millis(0.99),
  };
}

const groupRanks: Readonly<Record<SpanGroupOrder, (group: SpanFigures) => number>> = {
  spans: ({spans}) => spans,
  errors: ({errors}) => errors,
  errorRate: ({errors, spans}) => errors / spans,
  p50: ({p50}) => p50,
  p95: ({p95}) => p95,
  p99: ({p99}) => p99,
};

export const earliestStart = (spans: readonly Span[], start: bigint, end: bigint): bigint => {
  const within = spans.map((span) => span.start).filter((one) => one >= start && one <= end);
  return within.length === 0 ? start : within.reduce((least, one) => (one < least ? one : least));
};

export function groupsFault(
  model: Model,
  tenant: TenantId,
  query: SpanGroupsQuery,
  answer: SpanGroups,
): string | undefined {
  if (asksOfTraces(query) && doubtful(model, tenant, query).size > 0) return undefined;
  const groups = new Map<string, Span[]>();
  const without: Span[] = [];
  for (const span of fittingSpans(model, tenant, query)) {
    const value = groupValue(span, query.by);
    if (value === undefined) {
      without.push(span);
      continue;
    }
    // Texts that are shown alike are one group.
    const group = groups.get(comparable(beginning(value)));
    if (group === undefined) groups.set(comparable(beginning(value)), [span]);
    else group.push(span);
  }
  const rank = groupRanks[query.order];
  const expected = [...groups.values()]
    .map((spans) => ({value: beginning(groupValue(spans[0] as Span, query.by) as string), ...figures(spans)}))
    .sort((a, b) => rank(b) - rank(a) || b.spans - a.spans);
  const sum = (list: readonly SpanFigures[], of: 'spans' | 'errors'): number =>
    list.reduce((all, one) => all + one[of], 0);
  const rest = (of: 'spans' | 'errors'): number => sum(expected, of) - sum(answer.groups, of);
  return firstFault(
    sameFirst(
      expected.map((value) => ({rank: [rank(value), value.spans], value})),
      answer.groups.map((value) => ({rank: [rank(value), value.spans], value})),
      query.limit,
    ),
    same(
      {
        coveredStart: earliestStart(model.spansOf(tenant), query.start, query.end),
        exact: true,
        without: without.length === 0 ? undefined : figures(without),
        others: {groups: expected.length - answer.groups.length, spans: rest('spans'), errors: rest('errors')},
      },
      {
        coveredStart: answer.coveredStart,
        exact: answer.exact,
        without: answer.without,
        others: {groups: answer.others.groups, spans: answer.others.spans, errors: answer.others.errors},
      },
    ),
  );
}
