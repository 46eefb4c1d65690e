/** The service graph and how whole the traces are, as `contract.ts` has them. */
import {type TenantId, type UnixNano, unixNano} from '../base/index.ts';
import type {Budget, TimeRange} from '../query/index.ts';
import {wholeMinutes} from '../red/index.ts';
import type {PropagationResponse, ServiceGraphResponse} from './contract.ts';
import {graphResponse, propagationResponse} from './graph-response.ts';
import {moment, required, text} from './parameters.ts';
import {inOrder} from './parameters-question.ts';
import {json, type Route, type Services, weftRoute} from './route.ts';
import {baselineOf, baselineParameters} from './routes-service.ts';

export const graphRoutes: readonly Route[] = [
  weftRoute({
    method: 'GET',
    path: '/service-graph',
    summary:
      'Who calls whom in whole minutes of a time: services, their databases, queues and whatever else they use, with calls, errors and durations of each edge at both ends.',
    parameters: {
      start: required(moment('Spans that start from here on.')),
      end: required(moment('Spans that start before.')),
      service: text('Only what is next to this service.'),
      ...baselineParameters,
    },
    answer: 'ServiceGraphResponse',
    async handle({tenant, budget, values}, {source, clock}) {
      const {start, end, service} = values;
      inOrder(start, end);
      const before = baselineOf(values, clock.now());
      const [now, baseline] = await Promise.all([
        graphOf({tenant, budget, start, end}, source, clock.now()),
        before === undefined ? undefined : graphOf({tenant, budget, ...before}, source, clock.now()),
      ]);
      return json(graphResponse(now, baseline, service) satisfies ServiceGraphResponse);
    },
  }),
  weftRoute({
    method: 'GET',
    path: '/propagation',
    summary:
      'How whole the traces are in whole minutes of a time: spans whose parent is not stored, where the context breaks, clocks that disagree, services and HTTP routes that metrics or logs know and spans do not.',
    parameters: {
      start: required(moment('Spans that start from here on.')),
      end: required(moment('Spans that start before.')),
    },
    answer: 'PropagationResponse',
    async handle({tenant, budget, values}, {source, clock}) {
      const {start, end} = values;
      inOrder(start, end);
      const range = wholeMinutes(start, end, clock.now());
      const whole = untilMinute(range);
      const [graph, coverage] = await Promise.all([
        source.serviceGraph(tenant, whole, {budget}),
        source.coverage(tenant, whole, {budget}),
      ]);
      return json(propagationResponse(range, graph, coverage) satisfies PropagationResponse);
    },
  }),
];

interface Asked {
  readonly tenant: TenantId;
  readonly budget: Budget;
  readonly start: UnixNano;
  readonly end: UnixNano;
}

/** The services' own rates are those of every other list. */
async function graphOf({tenant, budget, start, end}: Asked, source: Services['source'], now: number) {
  const range = wholeMinutes(start, end, now);
  const [graph, red] = await Promise.all([
    source.serviceGraph(tenant, untilMinute(range), {budget}),
    source.red(tenant, range, {budget}),
  ]);
  return {range, graph, red};
}

/** A minute that is not over is a whole one to the store, which keeps those. */
function untilMinute({start, end}: TimeRange): TimeRange {
  const minute = 60_000_000_000n;
  return {start, end: unixNano(((end + minute - 1n) / minute) * minute)};
}
