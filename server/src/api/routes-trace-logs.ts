/** The log records of a trace: a part of Weft's own API, as `contract.ts` has it. */
import {type TenantId, type TraceId, unixNano, unixNanoFromMillis} from '../base/index.ts';
import {type Budget, type LogLine, severityName, type TimeRange} from '../query/index.ts';
import type {LogLine as ContractLine, TraceLogsResponse} from './contract.ts';
import {integer, withDefault} from './parameters.ts';
import {json, type Route, weftRoute} from './route.ts';
import type {Source} from './source.ts';
import {attributes, attributeValue} from './span-response.ts';
import {traceIdOf} from './trace-id.ts';

/** Clocks differ, and what a request left to be done is logged later. */
const aroundNanos = 3_600_000_000_000n;
/** Where no span is stored, nothing tells when it was. */
const withoutSpansNanos = 24n * aroundNanos;

export const traceLogRoutes: readonly Route[] = [
  weftRoute({
    method: 'GET',
    path: '/traces/:traceId/logs',
    summary:
      'The log records with the id of a trace, by time: from an hour before its first span to an hour after its last one; of a trace without spans, of the last 24 hours.',
    pathParameters: {traceId: 'The id in hexadecimal; leading zeros may be left out.'},
    parameters: {limit: withDefault(integer(1, 10_000, 'How many records at most, the earliest ones.'), 1000)},
    answer: 'TraceLogsResponse',
    async handle({tenant, budget, path, values}, {source, clock}) {
      const id = traceIdOf(path.traceId as string);
      const range = await timeOf(id, {source, tenant, budget, now: clock.now()});
      const {lines, more} = await source.traceLogs(tenant, id, {...range, limit: values.limit}, {budget});
      return json({lines: lines.map(listed), more} satisfies TraceLogsResponse);
    },
  }),
];

interface Asking {
  readonly source: Source;
  readonly tenant: TenantId;
  readonly budget: Budget;
  /** Milliseconds since 1970. */
  readonly now: number;
}

async function timeOf(id: TraceId, {source, tenant, budget, now}: Asking): Promise<TimeRange> {
  const [trace] = await source.summaries(tenant, [id], {budget});
  const [first, last, around] =
    trace === undefined
      ? [unixNanoFromMillis(now), unixNanoFromMillis(now), withoutSpansNanos]
      : [trace.start, trace.start + trace.durationNano, aroundNanos];
  return {start: unixNano(first > around ? first - around : 0n), end: unixNano(last + around)};
}

const listed = ({time, body, attributes: list, severityNumber, spanId, service, ...line}: LogLine): ContractLine => ({
  timeUnixNano: time.toString(),
  spanId,
  service,
  severity: severityName(severityNumber),
  severityNumber,
  ...line,
  body: attributeValue(body),
  attributes: attributes(list),
});
