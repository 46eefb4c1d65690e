/**
 * What Jaeger's monitor tab shows: `/api/metrics/*`, from the rates by the minute that Weft counts of every span. Facts:
 * `query_parser.go` of Jaeger 2 and its Prometheus metrics store, whose names, units and gaps the answers have.
 */
import type {CallSeries, CallSeriesQuery, SpanKindName} from '../query/index.ts';
import {goFloat, goInteger, inGo, JaegerParameterError} from './jaeger-go.ts';
import {readBoolean, readKind, readTime} from './jaeger-parameters.ts';
import {first, type Query} from './parameters.ts';
import type {Answer, ParameterDoc, RouteRequest, Services} from './route.ts';
import {json, queryDoc} from './route.ts';

type Metric = 'latencies' | 'calls' | 'errors';
export const jaegerMetrics: readonly Metric[] = ['latencies', 'calls', 'errors'];

const summaries: Readonly<Record<Metric, string>> = {
  latencies: 'a quantile of the latency, in milliseconds',
  calls: 'calls a second',
  errors: 'the share of calls that failed',
};
export const metricSummary = (metric: Metric): string => `Jaeger's monitor tab: ${summaries[metric]}, over time.`;
export const metricAnswer = '`{name, type, help, metrics: [{labels, metricPoints}]}`; a value that is none is "NaN"';

const milliseconds = 'milliseconds';

export const metricParameters = (metric: Metric): readonly ParameterDoc[] => [
  queryDoc('service', 'a text', 'A service.', {required: true, repeatable: true}),
  ...(metric === 'latencies'
    ? [queryDoc('quantile', 'a number from 0 to 1', 'Which quantile of the latency.', {required: true})]
    : []),
  queryDoc('groupByOperation', 'true or false', 'Tells operations apart; at most the 1,000 busiest.', {
    default: 'false',
  }),
  queryDoc('spanKind', 'a span kind', 'Which spans count.', {repeatable: true, default: 'server'}),
  queryDoc('endTs', `${milliseconds} since 1970`, 'The last point.', {default: 'now'}),
  queryDoc('lookback', milliseconds, 'How long before it the first point is.', {default: '3600000'}),
  queryDoc('step', milliseconds, 'The distance of points, of which there are at most 11,000.', {default: '5000'}),
  queryDoc('ratePer', milliseconds, 'Over how long a point counts; whole minutes, up to the one that it lies in.', {
    default: '600000',
  }),
];

const hour = 3_600_000;
const minute = 60_000;
const defaults = {lookback: hour, step: 5000, ratePer: 10 * minute} as const;
/** As in Prometheus. */
const maxPoints = 11_000;
/** Each point adds up the minutes of its window. */
const maxCounted = 2_000_000;
const maxSeries = 1000;
/** In one answer. */
const maxValues = 500_000;

/** `now` in milliseconds. */
export function readMetrics(query: Query, wantsQuantile: boolean, now: number): CallSeriesQuery {
  const quantile = wantsQuantile ? inGo('quantile', first(query, 'quantile'), goFloat) : undefined;
  const services = query.service;
  if (services === undefined) {
    throw new JaegerParameterError("unable to parse param 'service': please provide at least one service name");
  }
  const byOperation = readBoolean(query, 'groupByOperation');
  const kinds: readonly SpanKindName[] = (query.spanKind ?? ['server']).map(readKind);
  const end = readTime(query, 'endTs', 1_000_000n);
  const [lookback, step, ratePer] = (['lookback', 'step', 'ratePer'] as const).map((name) => {
    const text = first(query, name);
    return text === '' ? defaults[name] : Number(inGo(name, text, goInteger));
  }) as [number, number, number];
  const wrong = (name: string, reason: string): never => {
    throw new JaegerParameterError(`unable to parse param '${name}': ${reason}`);
  };
  if (quantile !== undefined && !(quantile >= 0 && quantile <= 1)) wrong('quantile', 'expected a number from 0 to 1');
  if (lookback < 0) wrong('lookback', 'it is negative');
  if (step <= 0) wrong('step', 'it must be greater than 0');
  if (ratePer <= 0) wrong('ratePer', 'it must be greater than 0');
  const last = end === undefined ? now : Number(end / 1_000_000n);
  if (lookback > last) wrong('lookback', 'it reaches back before 1970');
  const count = Math.floor(lookback / step) + 1;
  const minutes = Math.ceil(ratePer / minute);
  if (count > maxPoints)
    wrong('step', `it gives ${count} points; at most ${maxPoints}. Lengthen it, or look back less`);
  if (count * minutes > maxCounted) wrong('ratePer', 'it is too long for so many points. Shorten it, or lengthen step');
  return {
    services: [...new Set(services)],
    kinds,
    byOperation,
    start: last - lookback,
    // Longer, there is one point whatever it is.
    step: Math.min(step, lookback + 1),
    count,
    minutes,
    quantile,
    limit: Math.max(1, Math.min(maxSeries, Math.floor(maxValues / count))),
  };
}

/** Answers with a `MetricFamily` as gogo's jsonpb writes it: `NaN` is a text, since JSON has none. */
export const metricHandler =
  (metric: Metric) =>
  async ({tenant, query, budget}: RouteRequest, {source, clock}: Services): Promise<Answer> => {
    const now = clock.now();
    const wanted = readMetrics(query, metric === 'latencies', now);
    const series = await source.callSeries(tenant, wanted, {budget});
    return {kind: 'stream', chunks: family(metric, wanted, series, now), holds: 64 * series.length * wanted.count};
  };

/** The shortest step that may be asked for. */
export const minStep = async (): Promise<Answer> => json({data: 1, total: 0, limit: 0, offset: 0, errors: null});

function* family(
  metric: Metric,
  query: CallSeriesQuery,
  series: readonly CallSeries[],
  now: number,
): Generator<string> {
  const noun = {latencies: 'latencies', calls: 'call_rate', errors: 'error_rate'}[metric];
  const help = {
    latencies: `${(query.quantile ?? 0).toFixed(2)}th quantile latency, grouped by service`,
    calls: 'calls/sec, grouped by service',
    errors: 'error rate, computed as a fraction of errors/sec over calls/sec, grouped by service',
  }[metric];
  const name = `${query.byOperation ? 'service_operation' : 'service'}_${noun}`;
  yield `{"name":"${name}","type":"GAUGE","help":"${help}${query.byOperation ? ' & operation' : ''}","metrics":[`;
  let separator = '';
  for (const one of series) {
    const labels = [
      {name: 'service_name', value: one.service},
      ...(query.byOperation ? [{name: 'operation', value: one.operation}] : []),
    ];
    yield `${separator}{"labels":${JSON.stringify(labels)},"metricPoints":[`;
    separator = ',';
    for (let point = 0, at = 0; point < query.count; point++) {
      const has = one.point[at] === point;
      const value = has
        ? pointValue(metric, one, at++, secondsCounted(query, point, now))
        : metric === 'calls'
          ? 0
          : Number.NaN;
      const shown = Number.isNaN(value) ? '"NaN"' : String(value);
      yield `${point > 0 ? ',' : ''}{"gaugeValue":{"doubleValue":${shown}},"timestamp":"${moment(query.start + point * query.step)}"}`;
    }
    yield ']}';
  }
  yield ']}';
}

function pointValue(metric: Metric, series: CallSeries, at: number, seconds: number): number {
  const calls = series.calls[at] as number;
  switch (metric) {
    case 'latencies':
      return series.quantile[at] as number;
    case 'calls':
      return calls / seconds;
    case 'errors':
      return (series.errors[at] as number) / calls;
  }
}

/** The length of a point's window, as far as it has passed. */
function secondsCounted({start, step, minutes}: CallSeriesQuery, point: number, now: number): number {
  const end = (Math.floor((start + point * step) / minute) + 1) * minute;
  const ahead = Math.max(0, end - Math.max(now, end - minute + 1000));
  return (minutes * minute - ahead) / 1000;
}

/** As Go's protobuf prints a timestamp. */
const moment = (millis: number): string => new Date(millis).toISOString().replace('.000Z', 'Z');
