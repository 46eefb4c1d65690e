/** What orchestrators and Prometheus ask the process: `/ready`, `/metrics`. */

import type {Meter} from '../base/index.ts';
import {metricsText} from './metrics-text.ts';
import {json, type Route} from './route.ts';

/** `meter` holds the API's own counters, shown together with those of the other threads. */
export const processRoutes = (meter: Meter): readonly Route[] => [
  {
    method: 'GET',
    path: '/ready',
    dialect: 'weft',
    summary: 'Whether everything accepts: receivers, store, queries.',
    parameters: [],
    answer: '`{ready, reasons}`; status 503 with the reasons where something does not accept',
    async handle(_request, {control}) {
      const reasons = await control.notReady();
      return json({ready: reasons.length === 0, reasons}, reasons.length === 0 ? 200 : 503);
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
