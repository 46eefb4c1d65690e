/** Tempo's metrics: series over time, and one value of each for a whole range. */
import {QueryError, type UnixNano, unixNano} from '../base/index.ts';
import {
  countingOf,
  type MetricSeries,
  type Metrics,
  MetricsEvaluator,
  type Pipeline,
  type Query,
  type Series,
  type SeriesRange,
  type Spansets,
  SpanView,
  textOf,
} from '../traceql/index.ts';
import {first, type Query as Parameters} from './parameters.ts';
import {type Asked, candidates, planOf} from './tempo-candidates.ts';
import {anyValue, jsonNumber} from './tempo-json.ts';
import {invalid, readCount, readDuration, readTime} from './tempo-query.ts';
import {evaluated} from './tempo-search.ts';

const second = 1_000_000_000n;
const hour = 3600n * second;
const maxRange = 24n * hour;
const maxIntervals = 10_000n;
const maxSeries = 1000;
const maxExemplars = 100;
/** Of all traces of exemplars together; of more the earliest are looked at. */
const maxExemplarSpans = 50_000;

interface Times {
  readonly start: bigint;
  readonly end: bigint;
}

/** `since` before `end`, which is now; an hour where nothing is said. */
function readTimes(parameters: Parameters, now: UnixNano): Times {
  const end = readTime(first(parameters, 'end'), 'end') ?? now;
  const since = readDuration(first(parameters, 'since'), 'since') ?? hour;
  const start = readTime(first(parameters, 'start'), 'start') ?? (end < now ? end : now) - since;
  if (start >= end) throw invalid('end must be greater than start');
  const clamped = end < now ? end : now;
  if (start >= clamped) throw invalid('query window falls entirely into the future');
  if (clamped - start > maxRange)
    throw invalid('metrics query time range exceeds the maximum allowed duration of 24h0m0s');
  return {start, end: clamped};
}

/** Whole intervals around the range and one more before it, none beyond now. */
export function readSeriesRange(parameters: Parameters, now: UnixNano): SeriesRange {
  const {start, end} = readTimes(parameters, now);
  const step = readStep(first(parameters, 'step'), end - start);
  if ((end - start) / step > maxIntervals)
    throw invalid(
      `step of ${seconds(step)} is too small, minimum step for given range is ${seconds((end - start) / maxIntervals)}`,
    );
  const from = start - (start % step);
  const to = end + ((step - (end % step)) % step);
  return {start: from > step ? from - step : from, end: to > now ? now - (now % step) : to, step, instant: false};
}

const seconds = (nanos: bigint): string => `${Number(nanos) / 1e9}s`;

export function readInstantRange(parameters: Parameters, now: UnixNano): SeriesRange {
  const {start, end} = readTimes(parameters, now);
  return {start, end, step: end - start, instant: true};
}

function readStep(text: string, range: bigint): bigint {
  if (text === '') return defaultStep(range);
  const nanos = /^\d+(?:\.\d+)?$/.test(text) ? BigInt(Math.round(Number(text) * 1e9)) : readDuration(text, 'step');
  if (nanos === undefined || nanos <= 0n)
    throw invalid(`cannot parse ${JSON.stringify(text.slice(0, 50))}: step must be positive`);
  return nanos;
}

/** About 240 intervals, of a round length. */
function defaultStep(range: bigint): bigint {
  const wanted = range / 240n;
  const lengths =
    range < 60n * second ? [second / 20n] : [hour, 300n * second, 60n * second, 15n * second, 5n * second, second];
  const length = lengths.find((each) => wanted > each);
  return length === undefined ? (lengths.at(-1) as bigint) : (wanted / length) * length;
}

/** The traces that any of the functions counts. */
function unionOf(functions: readonly Series[]): Pipeline {
  const place = {at: 0, end: 0};
  const union = functions
    .map(({pipeline}): Spansets => pipeline)
    .reduce((left, right) => ({kind: 'spansets', operator: '||', variant: 'plain', left, right, ...place}));
  return {kind: 'pipeline', stages: [union], ...place};
}

/** What needs no whole trace is counted by the store; of all else every trace that may fit is evaluated. */
export async function evaluateMetrics(
  root: Metrics,
  range: SeriesRange,
  exemplars: number,
  asked: Asked & {readonly series?: number},
) {
  const evaluator = new MetricsEvaluator(root, range, {exemplars, series: asked.series ?? maxSeries});
  let spans = 0;
  const rest: Series[] = [];
  for (const leaf of evaluator.leaves) {
    const counted = await countSeries(evaluator, leaf, range, asked);
    if (counted === undefined) rest.push(leaf);
    else spans += counted;
  }
  if (exemplars > 0) await observeExemplars(evaluator, exemplars, asked);
  const within = {start: unixNano(range.start), end: unixNano(range.end)};
  let missing: string | undefined;
  if (rest.length > 0) {
    let oldest = range.end;
    try {
      for await (const view of candidates(await planOf(unionOf(rest), within, asked), within, {
        ...asked,
        copies: true,
      })) {
        spans += view.batch.spans.count;
        evaluated(() => evaluator.observe(view));
        for (const {start} of view.traces) if (start < oldest) oldest = start;
      }
    } catch (error) {
      // The newest traces are there already: these are an answer, which says what it lacks.
      if (!isLimit(error) || spans === 0) throw error;
      missing = `${error.message} Traces that start before ${new Date(Number(oldest / 1_000_000n)).toISOString()} are left out.`;
    }
  }
  return {
    evaluator,
    missing,
    counted: evaluator.leaves.length - rest.length,
    metrics: {inspectedSpans: String(spans), completedJobs: 1, totalJobs: 1},
  };
}

/** How many spans were counted; undefined where the store cannot count them, and the evaluator has seen nothing. */
export async function countSeries(
  evaluator: MetricsEvaluator,
  leaf: Series,
  range: SeriesRange,
  asked: Asked,
): Promise<number | undefined> {
  const counting = countingOf(leaf);
  if (counting === undefined) return undefined;
  const {source, tenant, budget} = asked;
  const within = {start: unixNano(range.start), end: unixNano(range.end)};
  const {filter, ofResult} = await planOf(leaf.pipeline, within, asked);
  const {first, step} = evaluator.intervals;
  const counts = await source.countSpans(
    tenant,
    {
      ...within,
      intervals: {first, step},
      filter: ofResult ? filter : {conditions: []},
      keys: counting.keys,
      measure: counting.measure,
    },
    {budget},
  );
  if (counts === undefined) return undefined;
  evaluated(() => evaluator.count(leaf, counting, counts));
  return counts.reduce((sum, each) => sum + each.spans.reduce((all, spans) => all + spans, 0), 0);
}

async function observeExemplars(
  evaluator: MetricsEvaluator,
  limit: number,
  {source, tenant, budget}: Asked,
): Promise<void> {
  const starts = await source.tracesAt(tenant, evaluator.exemplarTimes.map(unixNano), {budget, limit});
  if (starts.size === 0) return;
  const batch = await source.traces(tenant, [...starts.keys()], {budget, starts, maxSpans: maxExemplarSpans});
  if (batch !== undefined) evaluated(() => evaluator.observeExemplars(new SpanView(batch)));
}

const isLimit = (error: unknown): error is QueryError =>
  error instanceof QueryError && (error.reason === 'timeout' || error.reason === 'too_large');

function partial(isCut: boolean, missing: string | undefined): object {
  const cut = isCut ? `The query has more than ${maxSeries} series: the others are left out.` : undefined;
  const messages = [missing, cut].filter((each) => each !== undefined);
  return messages.length === 0 ? {} : {status: 'PARTIAL', message: messages.join(' ')};
}

/** `tempopb.QueryRangeResponse`. */
export async function querySeries(
  {root, hints}: {readonly root: Metrics; readonly hints: Query['hints']},
  parameters: Parameters,
  range: SeriesRange,
  asked: Asked,
): Promise<object> {
  const {evaluator, missing, metrics} = await evaluateMetrics(root, range, exemplarsOf(hints, parameters), asked);
  const {intervals} = evaluator;
  const series = sorted(evaluator.series()).flatMap((each) => {
    const samples = [...each.values].flatMap((value, i) =>
      Number.isNaN(value) ? [] : [{timestampMs: String(intervals.timestamp(i)), value: jsonNumber(value)}],
    );
    if (samples.length === 0) return [];
    const exemplars = each.exemplars.flatMap(({labels, value, time}) => {
      const shown = value ?? each.values[intervals.indexOf(time)] ?? Number.NaN;
      if (Number.isNaN(shown)) return [];
      return [{labels: labelsJson(labels), value: jsonNumber(shown), timestampMs: String(time / 1_000_000n)}];
    });
    return [{labels: labelsJson(each.labels), samples, ...(exemplars.length > 0 && {exemplars})}];
  });
  return {series, metrics, ...partial(evaluator.isCut, missing)};
}

/** `tempopb.QueryInstantResponse`. */
export async function queryInstant(root: Metrics, range: SeriesRange, asked: Asked): Promise<object> {
  const {evaluator, missing, metrics} = await evaluateMetrics(root, range, 0, asked);
  const series = sorted(evaluator.series()).flatMap(({labels, values}) => {
    const value = values[0] ?? Number.NaN;
    return Number.isNaN(value) ? [] : [{labels: labelsJson(labels), value: jsonNumber(value)}];
  });
  return {series, metrics, ...partial(evaluator.isCut, missing)};
}

const labelsJson = (labels: MetricSeries['labels']): object[] =>
  labels.map(({name, value}) => ({key: name, value: anyValue(value)}));

/** The same answer to the same question. */
function sorted(series: readonly MetricSeries[]): MetricSeries[] {
  const textOfLabels = ({labels}: MetricSeries): string =>
    labels.map(({name, value}) => `${name}=${textOf(value)}`).join(',');
  return series.toSorted((a, b) => (textOfLabels(a) < textOfLabels(b) ? -1 : 1));
}

/** The query's own hint goes before the parameter. */
function exemplarsOf(hints: Query['hints'], parameters: Parameters): number {
  const hint = hints.find(({name}) => name === 'exemplars')?.value;
  if (hint?.type === 'int') return Math.max(0, Math.min(maxExemplars, Number(hint.value)));
  if (hint?.type === 'boolean') return hint.value ? maxExemplars : 0;
  const asked = readCount(parameters, 'exemplars', 0, maxExemplars);
  return asked === 0 ? maxExemplars : asked;
}
