/** The routes for orchestrators and Prometheus: `/ready`, `/metrics`. */

import type {Meter} from '../base/index.ts';
import type {ReadyResponse} from './contract.ts';
import {metricsText} from './metrics-text.ts';
import {json, type Route} from './route.ts';

/** `meter` holds the API's own counters, shown together with those of the other threads. */
export const processRoutes = (meter: Meter): readonly Route[] => [
  {
    method: 'GET',
    path: '/ready',
    dialect: 'weft',
    summary: 'Whether data is taken, for load balancers and orchestrators.',
    parameters: [],
    answer:
      '`ReadyResponse`; status 503 with the reasons where data is refused. Without ClickHouse, Weft takes data as long as its spool has room: status 200, and `degraded` says what is amiss',
    async handle(_request, {control}) {
      const readiness = await control.readiness();
      const ready = readiness.reasons.length === 0;
      return json({ready, ...readiness} satisfies ReadyResponse, ready ? 200 : 503);
    },
  },
  {
    method: 'GET',
    path: '/metrics',
    dialect: 'weft',
    summary: "Weft's own counters.",
    parameters: [],
    answer: 'Prometheus text format 0.0.4',
    async handle(_request, {control}) {
      const families = [...(await control.metrics()), ...meter.read()];
      return {kind: 'text', text: metricsText(families), type: 'text/plain; version=0.0.4; charset=utf-8'};
    },
  },
];
