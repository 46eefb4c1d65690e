/** Spans that fit, as a list and counted by one of their values: a part of Weft's own API, as `contract.ts` has it. */
import {unixNanoFromMillis} from '../base/index.ts';
import {groupFields, type ListedSpan, type SpanFigures, spanGroupOrders, spanOrders} from '../query/index.ts';
import type {ListedSpan as ContractSpan, SpanGroupsResponse, SpanListResponse} from './contract.ts';
import {ApiFailure} from './errors.ts';
import {integer, moment, oneOf, required, text, texts, withDefault} from './parameters.ts';
import {groupKey, questionFilter, questionParameters} from './parameters-question.ts';
import {json, type Route, weftRoute} from './route.ts';

const maxColumns = 12;

export const spanRoutes: readonly Route[] = [
  weftRoute({
    method: 'GET',
    path: '/spans',
    summary: 'Of all stored spans that fit, in traces that fit, the first by their order.',
    parameters: {
      ...questionParameters,
      start: moment('Spans that start from here on.'),
      end: moment('Spans that start up to here.'),
      order: withDefault(oneOf(spanOrders, 'What comes first.'), 'newest'),
      columns: texts(`The key of an attribute to list: at most ${maxColumns} of them.`),
      limit: withDefault(integer(1, 1500, 'How many spans at most.'), 100),
    },
    answer: 'SpanListResponse',
    async handle({tenant, budget, values}, {source}) {
      const {order, limit} = values;
      const filter = questionFilter(values);
      const columns = [...new Set(values.columns)];
      if (columns.length > maxColumns) {
        throw new ApiFailure('columns_many', {count: columns.length, most: maxColumns}, 'columns');
      }
      const {spans, more} = await source.listSpans(tenant, {...filter, order, limit, columns}, {budget});
      return json({spans: spans.map(listed), more} satisfies SpanListResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/spans/groups',
    summary:
      'All stored spans that fit, counted by one of their values: rate, errors and durations of each group. A span that was sent twice counts twice.',
    parameters: {
      ...questionParameters,
      start: required(moment('Spans that start from here on.')),
      end: withDefault(moment('Spans that start up to here.'), undefined, 'now'),
      by: required(
        text(
          `What to group by: ${groupFields.map((field) => `\`${field}\``).join(', ')}, or the key of an attribute. An attribute that is called as one of these has a dot before it.`,
        ),
      ),
      order: withDefault(
        oneOf(
          spanGroupOrders,
          'Which groups come first: those of most spans, of most errors, of the largest share of errors, or of the longest 50th, 95th or 99th percentile.',
        ),
        'spans',
      ),
      limit: withDefault(integer(1, 1000, 'How many groups at most; the others are counted together.'), 100),
    },
    answer: 'SpanGroupsResponse',
    async handle({tenant, budget, values}, {source, clock}) {
      const {start, order, limit} = values;
      const end = values.end ?? unixNanoFromMillis(clock.now());
      const filter = questionFilter({...values, start, end});
      const {coveredStart, exact, groups, without, others} = await source.spanGroups(
        tenant,
        {...filter, start, end, by: groupKey(values.by), order, limit},
        {budget},
      );
      const seconds = Number(end - coveredStart) / 1e9;
      const figures = <Figures extends SpanFigures>(one: Figures) => ({
        ...one,
        rate: seconds > 0 ? one.spans / seconds : 0,
      });
      return json({
        start: start.toString(),
        end: end.toString(),
        coveredStart: coveredStart.toString(),
        percentiles: exact ? 'exact' : 'estimated',
        groups: groups.map(figures),
        ...(without === undefined ? {} : {without: figures(without)}),
        others,
      } satisfies SpanGroupsResponse);
    },
  }),
];

const listed = ({start, durationNano, ...span}: ListedSpan): ContractSpan => ({
  ...span,
  startUnixNano: start.toString(),
  durationNano: durationNano.toString(),
});
