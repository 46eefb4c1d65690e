/** Queries and parameters of Tempo's API: what is wrong with them is a text, as Tempo tells it and Grafana shows it. */
import {parseDuration, pointAt, type UnixNano, unixNano} from '../base/index.ts';
import {check, fold, isMetrics, type Metrics, type Pipeline, parse, type Query} from '../traceql/index.ts';
import {ForeignFailure} from './errors.ts';
import {first, type Query as Parameters} from './parameters.ts';

export const invalid = (message: string): ForeignFailure => new ForeignFailure(400, message);

/** Bytes of a query, as in Tempo's default. */
const maxQueryLength = 128 * 1024;

export function readQuery(text: string): Query {
  if (text.length > maxQueryLength)
    throw invalid(`invalid TraceQL query: it has ${text.length} characters, at most ${maxQueryLength} are read`);
  const parsed = parse(text);
  const query = parsed.kind === 'ok' ? fold(parsed.value) : undefined;
  const faults = parsed.kind === 'ok' ? check(query as Query) : parsed.faults;
  const [first] = faults;
  if (query !== undefined && first === undefined) return query;
  throw invalid(`invalid TraceQL query: ${pointAt(text, first ?? {position: 0, message: 'no query'})}`);
}

export function readSpansetQuery(text: string): Pipeline {
  const {root} = readQuery(text.trim() === '' ? '{}' : text);
  if (isMetrics(root))
    throw invalid(
      'invalid TraceQL query: it asks for series over time; ask `/api/metrics/query_range` or `/api/metrics/query`',
    );
  return root;
}

export function readMetricsQuery(text: string): {readonly root: Metrics; readonly hints: Query['hints']} {
  if (text.trim() === '') throw invalid('the parameter `q` is missing: a TraceQL query such as `{} | rate()`');
  const {root, hints} = readQuery(text);
  if (!isMetrics(root))
    throw invalid('invalid TraceQL query: expected a function over time behind `|`, such as `rate()`');
  return {root, hints};
}

/** A count; `fallback` where there is none. */
export function readCount(parameters: Parameters, name: string, fallback: number, most: number): number {
  const text = first(parameters, name);
  if (text === '') return fallback;
  if (!/^\d{1,10}$/.test(text))
    throw invalid(`invalid ${name}: expected a whole number, found ${JSON.stringify(text.slice(0, 50))}`);
  return Math.min(Number(text), most);
}

/** Seconds since 1970, with a fraction or without; nanoseconds, from 11 digits on; or RFC 3339. */
export function readTime(text: string, name: string): UnixNano | undefined {
  if (text === '') return undefined;
  if (/^\d+\.\d+$/.test(text)) {
    const [seconds, fraction] = text.split('.') as [string, string];
    return unixNano(BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0')));
  }
  if (/^\d{1,19}$/.test(text)) return unixNano(text.length <= 10 ? BigInt(text) * 1_000_000_000n : BigInt(text));
  const millis = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(millis))
    throw invalid(
      `invalid ${name}: expected seconds or nanoseconds since 1970 or a time of RFC 3339, found ${JSON.stringify(text.slice(0, 50))}`,
    );
  return unixNano(BigInt(Math.round(millis)) * 1_000_000n);
}

/** The range of a search: both ends or none. */
export function readSearchRange(parameters: Parameters): {start: UnixNano | undefined; end: UnixNano | undefined} {
  const start = readTime(first(parameters, 'start'), 'start');
  const end = readTime(first(parameters, 'end'), 'end');
  if ((start ?? 0n) === 0n && (end ?? 0n) === 0n) return {start: undefined, end: undefined};
  if ((end ?? 0n) <= (start ?? 0n))
    throw invalid(
      `http parameter start must be before end. received start=${first(parameters, 'start')} end=${first(parameters, 'end')}`,
    );
  return {start, end};
}

export function readDuration(text: string, name: string): bigint | undefined {
  if (text === '') return undefined;
  const nanos = parseDuration(text);
  if (nanos === undefined)
    throw invalid(`invalid ${name}: expected a duration such as 1.5s, found ${JSON.stringify(text.slice(0, 50))}`);
  return nanos;
}
