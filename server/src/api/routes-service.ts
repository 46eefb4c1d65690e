/** One service in a time, beside another time: its operations, and what else the page of a service tells. */
import type {UnixNano} from '../base/index.ts';
import {
  kindNames,
  type OperationsRed,
  type RedFigures,
  type RedFilter,
  type ServiceFilter,
  type TimeRange,
} from '../query/index.ts';
import {pointTimes, wholeMinutes} from '../red/index.ts';
import type {
  ExemplarsResponse,
  OperationsRedResponse,
  ServiceChangesResponse,
  ServiceErrorsResponse,
  ServiceInstancesResponse,
  ServiceStatementsResponse,
} from './contract.ts';
import {ApiFailure} from './errors.ts';
import {integer, moment, oneOf, required, text, unquotedEmpty, withDefault} from './parameters.ts';
import {environment, inOrder} from './parameters-question.ts';
import {json, type Route, weftRoute} from './route.ts';
import {changesResponse} from './service-changes-response.ts';
import {
  type Asking,
  countedTime,
  errorGroups,
  errorsOf,
  part,
  statementFigures,
  statementsOf,
} from './service-response.ts';

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
  weftRoute({
    method: 'GET',
    path: '/service/exemplars',
    summary:
      'Stored spans of a service to stand for its requests in a chart of durations: spread over time and durations, the slowest and failed ones among them.',
    parameters: {
      service,
      ...redParameters,
      operation: text('Only spans of this name.'),
      kind: oneOf(
        kindNames,
        'Only spans of this kind. Default: server and consumer, or any where `operation` is given.',
      ),
      limit: withDefault(integer(1, 200, 'How many at most.'), 100),
    },
    answer: 'ExemplarsResponse',
    async handle({tenant, budget, values}, {source, clock}) {
      const {operation, kind, limit} = values;
      const filter = {...filterOf(values, clock.now()), operation: named(operation), kind, limit};
      const [{exemplars, ...looked}, covered] = await Promise.all([
        source.exemplars(tenant, filter, {budget}),
        source.firstStart(tenant, filter, {budget}),
      ]);
      return json({...part(filter, covered, looked), exemplars} satisfies ExemplarsResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/service/instances',
    summary:
      'What a service ran as: requests, errors and durations by version, environment, instance, host and whatever else its resources say, with when each was first and last seen.',
    parameters: {service, ...redParameters},
    answer: 'ServiceInstancesResponse',
    async handle({tenant, budget, values}, {source, clock}) {
      const filter = filterOf(values, clock.now());
      const [{share, ...instances}, covered] = await Promise.all([
        source.instances(tenant, filter, {budget}),
        source.firstStart(tenant, filter, {budget}),
      ]);
      return json({...part(filter, covered, {share}), ...instances} satisfies ServiceInstancesResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/service/errors',
    summary:
      'Failed spans of a service where their errors were born, grouped by operation, kind, type and message without ids and numbers.',
    parameters: {
      service,
      ...redParameters,
      operation: text('Only spans of this name.'),
      points: integer(1, 60, 'Adds the errors of this many equal parts of the time, or fewer: of whole minutes.'),
      ...baselineParameters,
      limit: withDefault(integer(1, 200, 'How many groups at most.'), 50),
    },
    answer: 'ServiceErrorsResponse',
    async handle({tenant, budget, values}, {source, clock}) {
      const {operation, points, limit} = values;
      const filter = {...filterOf(values, clock.now()), operation: named(operation)};
      const before = baselineOf(values, clock.now());
      const times = points === undefined ? undefined : pointTimes(filter, points);
      const asking = {source, tenant, budget};
      const [now, former] = await Promise.all([
        errorsOf(filter, asking, times),
        before === undefined ? undefined : errorsOf({...filter, ...before}, asking),
      ]);
      return json({
        ...now.part,
        ...errorGroups(now.found, former?.found, limit),
        ...(times === undefined ? {} : {points: {...times, start: times.start.toString()}}),
        ...(former === undefined ? {} : {baseline: former.part}),
      } satisfies ServiceErrorsResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/service/statements',
    summary: 'What a service asked of databases and caches, by statement without literals, most time first.',
    parameters: {
      service,
      ...redParameters,
      ...baselineParameters,
      limit: withDefault(integer(1, 200, 'How many statements at most.'), 50),
    },
    answer: 'ServiceStatementsResponse',
    async handle({tenant, budget, values}, {source, clock}) {
      const filter = filterOf(values, clock.now());
      const before = baselineOf(values, clock.now());
      const asking = {source, tenant, budget};
      const [now, former] = await Promise.all([
        statementsOf(filter, asking),
        before === undefined ? undefined : statementsOf({...filter, ...before}, asking),
      ]);
      return json({
        ...now.part,
        ...statementFigures(now.found, former?.found, now.requests, values.limit),
        ...(former === undefined ? {} : {baseline: former.part}),
      } satisfies ServiceStatementsResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/service/changes',
    summary:
      'What is different in a service from another time, the most telling first: versions, rates, errors, durations, operations, statements, dependencies.',
    parameters: {
      service,
      ...redParameters,
      baselineStart: moment('The other time: from here on. Default: as long a time, just before.'),
      baselineEnd: moment('The other time: up to here.'),
    },
    answer: 'ServiceChangesResponse',
    async handle({tenant, budget, values}, {source, clock}) {
      const filter = filterOf(values, clock.now());
      const {start, end} = filter;
      const before = baselineOf(values, clock.now()) ?? rangeBefore({start, end}, clock.now());
      return json((await changesResponse(filter, before, {source, tenant, budget})) satisfies ServiceChangesResponse);
    },
  }),
];

/** As long, and in whole minutes. */
function rangeBefore({start, end}: TimeRange, now: number): TimeRange {
  const from = start - (end - start);
  return {start: wholeMinutes(from < 0n ? 0n : from, start, now).start, end: start};
}

/** `""` stands for spans without a name, as everywhere. */
const named = (operation: string | undefined): string | undefined =>
  operation === undefined ? undefined : unquotedEmpty(operation);

function filterOf(
  {
    service,
    environment,
    version,
    ...range
  }: {
    readonly service: string;
    readonly environment: string | undefined;
    readonly version: string | undefined;
    readonly start: UnixNano;
    readonly end: UnixNano;
  },
  now: number,
): ServiceFilter {
  return {...rangeOf(range, now), service, environment, version};
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
