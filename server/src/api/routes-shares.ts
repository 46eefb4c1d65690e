/** What traces share, and why they are slow or fail: of a selection against others. A part of Weft's own API, as `contract.ts` has it. */
import {type UnixNano, unixNanoFromMillis} from '../base/index.ts';
import {explainLanguages} from '../insight/index.ts';
import type {SpanCondition, TraceFilter} from '../query/index.ts';
import type {Pipeline} from '../traceql/index.ts';
import {type ComparedQuestion, compareSides, type Selected} from './compared-sides.ts';
import type {ExplainTracesResponse, SharesResponse} from './contract.ts';
import {ApiFailure, ForeignFailure} from './errors.ts';
import {moment, oneOf, required, text, type Values, withDefault} from './parameters.ts';
import {inOrder, questionFilter, questionParameters} from './parameters-question.ts';
import {json, type Route, weftRoute} from './route.ts';
import {explainTracesResponse, sharesResponse} from './shares-response.ts';
import {readSpansetQuery} from './tempo-query.ts';

const comparedParameters = {
  ...questionParameters,
  q: text(
    'A query of TraceQL: the selection is the traces that it gives. It is the whole question: no condition may stand beside it.',
  ),
  start: required(moment('Spans of the selection that start from here on.')),
  end: withDefault(moment('Spans of the selection that start up to here.'), undefined, 'now'),
  baselineStart: withDefault(moment('The same for what it is held against.'), undefined, '`start`'),
  baselineEnd: withDefault(moment('The same for what it is held against.'), undefined, '`end`'),
  baseline: withDefault(
    text('A query of TraceQL: what the selection is held against.'),
    undefined,
    'other traces of the same question, without its conditions on durations, statuses and outcomes; where it has no such, all others',
  ),
  language: withDefault(oneOf(explainLanguages, 'The language of the texts.'), 'en'),
};

export const sharesRoutes: readonly Route[] = [
  weftRoute({
    method: 'GET',
    path: '/compare',
    summary:
      'What the traces of a selection share that others do not have, and which of their steps differ. Of many traces a sample is read, and said so.',
    parameters: comparedParameters,
    answer: 'SharesResponse',
    async handle({tenant, budget, values}, {source, clock}) {
      const question = comparedQuestion(values, unixNanoFromMillis(clock.now()));
      const sides = await compareSides(question, {source, tenant, budget});
      return json(sharesResponse(sides, question, values.language) satisfies SharesResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/explain',
    summary:
      'Why the traces of a selection were slow or failed: what was found in how many of them, with what `GET /compare` answers, and a paragraph in words.',
    parameters: comparedParameters,
    answer: 'ExplainTracesResponse',
    async handle({tenant, budget, values}, {source, clock}) {
      const question = comparedQuestion(values, unixNanoFromMillis(clock.now()));
      const sides = await compareSides(question, {source, tenant, budget});
      return json(explainTracesResponse(sides, question, values.language) satisfies ExplainTracesResponse);
    },
  }),
];

function comparedQuestion(values: Values<typeof comparedParameters>, now: UnixNano): ComparedQuestion {
  const {start, q, baseline} = values;
  const end = values.end ?? now;
  const range = {start: values.baselineStart ?? start, end: values.baselineEnd ?? end};
  const isOwn = values.baselineStart !== undefined || values.baselineEnd !== undefined;
  if (isOwn) inOrder(range.start, range.end, 'baselineEnd');
  const filter = questionFilter({...values, start, end});
  if (q !== undefined) notBeside(values);
  const selection: Selected =
    q === undefined ? {kind: 'filter', filter} : {kind: 'query', pipeline: queryOf(q, 'q'), filter};
  if (baseline !== undefined) {
    const own = {kind: 'query', pipeline: queryOf(baseline, 'baseline'), filter: {...range, conditions: []}} as const;
    return {selection, baseline: own, own: true};
  }
  const others = q === undefined ? othersOf(filter, range) : {...range, conditions: []};
  return {selection, baseline: others && {kind: 'filter', filter: others}, own: false};
}

/** A query is the whole question: a condition beside it would be silently left out. */
function notBeside(values: Values<typeof comparedParameters>): void {
  for (const parameter of Object.keys(questionParameters) as (keyof typeof questionParameters)[]) {
    const value: unknown = values[parameter];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    throw new ApiFailure('question_twice', {parameter}, parameter);
  }
}

/** The same question without what makes its traces the bad ones. */
function othersOf(filter: TraceFilter, range: Pick<TraceFilter, 'start' | 'end'>): TraceFilter | undefined {
  const conditions = filter.conditions.filter((condition) => !isOfStatus(condition));
  const {minDurationNano, maxDurationNano, trace} = filter;
  const isBad =
    conditions.length < filter.conditions.length ||
    [minDurationNano, maxDurationNano, trace?.minDurationNano, trace?.maxDurationNano].some(
      (one) => one !== undefined,
    ) ||
    (trace?.outcomes ?? []).length > 0 ||
    range.start !== filter.start ||
    range.end !== filter.end;
  if (isBad) return {...range, service: filter.service, operation: filter.operation, conditions};
  const isAll = filter.service === undefined && filter.operation === undefined && conditions.length === 0;
  return isAll ? undefined : {...range, conditions: []};
}

const isOfStatus = (condition: SpanCondition): boolean =>
  condition.type === 'status' || (condition.type === 'not' && isOfStatus(condition.condition));

function queryOf(query: string, parameter: string): Pipeline {
  try {
    return readSpansetQuery(query);
  } catch (error) {
    if (!(error instanceof ForeignFailure)) throw error;
    const fault = error.message.replace(/^invalid TraceQL query: /, '');
    throw new ApiFailure('traceql_invalid', {parameter, fault, example: '{ status = error }'}, parameter);
  }
}
