/** One service in a time, beside another time: its operations, and what else the page of a service tells. */
import type {TenantId, UnixNano} from '../base/index.ts';
import {
  type Budget,
  kindNames,
  type OperationsRed,
  type RedFigures,
  type RedFilter,
  type TimeRange,
} from '../query/index.ts';
import {pointTimes, wholeMinutes} from '../red/index.ts';
import type {CountedTime, OperationsRedResponse} from './contract.ts';
import {ApiFailure} from './errors.ts';
import {integer, moment, oneOf, required, text} from './parameters.ts';
import {environment, inOrder} from './parameters-question.ts';
import {json, type Route, weftRoute} from './route.ts';
import type {Source} from './source.ts';

export const redParameters = {
  start: required(moment('Spans that start from here on.')),
  end: required(moment('Spans that start before.')),
  environment,
  version: text('Only spans of this `service.version`. Like the environment, it is counted from the spans themselves.'),
};
export const baselineParameters = {
  baselineStart: moment('Beside it the same of another time: from here on.'),
  baselineEnd: moment('Beside it the same of another time: up to here.'),
};
const service = required(text('The name of the service.'));

export const serviceRoutes: readonly Route[] = [
  weftRoute({
    method: 'GET',
    path: '/operations/red',
    summary:
      'Rate, errors and duration of each operation of a service, the busiest first. A span that was sent twice counts twice.',
    parameters: {
      service,
      ...redParameters,
      kind: oneOf(kindNames, 'Only spans of this kind.'),
      points: integer(
        1,
        60,
        'Adds what the service served, and for it and its 30 busiest operations a series of this many equal parts of the time, or fewer: of whole minutes.',
      ),
      ...baselineParameters,
    },
    answer: 'OperationsRedResponse',
    async handle({tenant, budget, values}, {source, clock}) {
      const {service, kind, environment, version, points} = values;
      const asked = {source, tenant, budget};
      const filter = {...rangeOf(values, clock.now()), service, kind, environment, version};
      const before = baselineOf(values, clock.now());
      const times = points === undefined ? undefined : pointTimes(filter, points);
      const [now, former, series] = await Promise.all([
        operationsOf(filter, asked, points !== undefined || before !== undefined),
        before === undefined ? undefined : operationsOf({...filter, ...before}, asked, true),
        times === undefined ? undefined : source.operationSeries(tenant, filter, {budget, points: times}),
      ]);
      const key = ({name, kind}: {name: string; kind: string}): string => `${kind} ${name}`;
      const seriesOf = new Map(series?.operations.map((one) => [key(one), one.series]));
      const formerOf = new Map(former?.red.operations.map(({name, kind, ...red}) => [key({name, kind}), red]));
      return json({
        ...countedTime(filter, now.red.coveredStart),
        operations: now.red.operations.map((one) => {
          const own = seriesOf.get(key(one));
          return {
            ...one,
            ...(own === undefined ? {} : {series: own}),
            ...(former === undefined ? {} : {baseline: formerOf.get(key(one)) ?? null}),
          };
        }),
        more: now.red.more,
        ...(now.whole === undefined
          ? {}
          : {
              service: {
                ...now.whole,
                ...(series === undefined ? {} : {series: series.whole}),
                ...(former?.whole === undefined ? {} : {baseline: former.whole}),
              },
            }),
        ...(times === undefined ? {} : {points: {...times, start: times.start.toString()}}),
        ...(former === undefined || before === undefined
          ? {}
          : {baseline: countedTime(before, former.red.coveredStart)}),
      } satisfies OperationsRedResponse);
    },
  }),
];

export interface Asking {
  readonly source: Source;
  readonly tenant: TenantId;
  readonly budget: Budget;
}

async function operationsOf(
  filter: RedFilter,
  {source, tenant, budget}: Asking,
  wantsWhole: boolean,
): Promise<{red: OperationsRed; whole: RedFigures | undefined}> {
  const [red, whole] = await Promise.all([
    source.operationsRed(tenant, filter, {budget}),
    wantsWhole ? source.servedRed(tenant, filter, {budget}) : undefined,
  ]);
  return {red, whole};
}

/** In whole minutes, as everything is counted. */
export function rangeOf({start, end}: {readonly start: UnixNano; readonly end: UnixNano}, now: number): TimeRange {
  inOrder(start, end);
  return wholeMinutes(start, end, now);
}

/** The other time, of which both ends are to be given. */
export function baselineOf(
  {
    baselineStart: start,
    baselineEnd: end,
  }: {readonly baselineStart: UnixNano | undefined; readonly baselineEnd: UnixNano | undefined},
  now: number,
): TimeRange | undefined {
  if (start === undefined && end === undefined) return undefined;
  if (start === undefined || end === undefined) {
    const missing = start === undefined ? 'baselineStart' : 'baselineEnd';
    throw new ApiFailure('parameter_missing', {parameter: missing, expected: {phrase: 'moment', values: {}}}, missing);
  }
  inOrder(start, end, 'baselineEnd');
  return wholeMinutes(start, end, now);
}

export const countedTime = ({start, end}: TimeRange, coveredStart: UnixNano): CountedTime => ({
  start: start.toString(),
  end: end.toString(),
  coveredStart: coveredStart.toString(),
});
