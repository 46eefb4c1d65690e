/** `weft tail`: traces as they come in, filtered by TraceQL. */
import {setTimeout as delay} from 'node:timers/promises';
import type {TempoSearchResponse, TempoTrace} from '../api/index.ts';
import {errorMessage, parseDuration} from '../base/index.ts';
import {sayDuration} from '../insight/index.ts';
import {clientFlags, weftAddress} from './api-client.ts';
import {type Command, readFlags, UsageError, type Values} from './command.ts';
import {untilSignal} from './signals.ts';
import {fit, visible} from './terminal-text.ts';

const flags = {
  ...clientFlags,
  tenant: {value: 'NAME', help: 'Whose data (default: default)'},
  window: {value: 'TIME', default: '5m', help: 'How long ago a span may have started that has only just arrived'},
  past: {help: 'Begin with the traces of that time instead of with the next one'},
  count: {value: 'N', help: 'End after this many traces'},
  json: {help: "A line of JSON for each trace, as Tempo's search answers"},
} as const;

const everyMs = 1000;
/** Of one look; more in a second nobody reads. */
const most = 200;
/** Of those that are asked for again. */
const mostAgain = 1000;
const requestSeconds = 30;

export const tailCommand: Command = {
  name: 'tail',
  summary: 'Show traces as they come in, filtered by TraceQL, until Ctrl-C.',
  usage: "['{ TraceQL }']",
  details: [
    "tail '{ status = error }'                           failed requests as they happen",
    'tail \'{ resource.service.name = "cart" && duration > 500ms }\' --json | jq .traceID',
    '',
    'A trace is shown when nothing more of it has come for a second. `weft trace ID` says why it was slow or failed.',
  ].join('\n'),
  flags,
  async run(args) {
    const values = readFlags(flags, args, 1);
    const {words} = values;
    const ended = new AbortController();
    void untilSignal().then(() => ended.abort());
    process.stdout.on('error', () => ended.abort()); // whoever read it has left
    const count = countOf(values);
    let shown = 0;
    for await (const trace of liveTraces(searchOf(values, words[0] ?? '{}'), {
      windowMs: windowOf(values),
      past: values.on('past'),
      signal: ended.signal,
    })) {
      console.log(values.on('json') ? JSON.stringify(trace) : describeTrace(trace, process.stdout.columns ?? 120));
      if (ended.signal.aborted) break;
      if (++shown === count) break;
    }
    return 0;
  },
};

function countOf(values: Values): number | undefined {
  const text = values.text('count');
  if (text === undefined || /^[1-9]\d*$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new UsageError(`--count ${text}: expected a number from 1 on`);
}

function windowOf(values: Values): number {
  const text = values.text('window') as string;
  const nanos = parseDuration(text);
  if (nanos === undefined || nanos < 1_000_000_000n) {
    throw new UsageError(`--window ${text}: expected a time such as 5m, of a second at least`);
  }
  return Number(nanos / 1_000_000n);
}

/** Nanoseconds since 1970, both inclusive. */
interface Range {
  readonly start: string;
  readonly end: string;
}

/** Traces of which a span that fits started in the range, the newest first. */
type Search = (range: Range, limit: number, signal: AbortSignal) => Promise<readonly TempoTrace[]>;

/** A query that Weft refuses. */
class RefusedQuery extends Error {}

function searchOf(values: Values, query: string): Search {
  const tenant = values.text('tenant');
  let address: string | undefined;
  return async ({start, end}, limit, signal) => {
    // One that was started again may listen elsewhere.
    address = weftAddress(values, address);
    const question = new URLSearchParams({q: query, limit: `${limit}`, spss: '1', start, end});
    let response: Response;
    try {
      response = await fetch(`${address}/tempo/api/search?${question}`, {
        headers: tenant === undefined ? {} : {'x-scope-orgid': tenant},
        signal: AbortSignal.any([signal, AbortSignal.timeout(1000 * requestSeconds)]),
      });
    } catch (error) {
      const why = errorMessage((error as Error).cause ?? error);
      throw new Error(
        `no Weft answers at ${address} (${why}). Start it with ./weft serve, or name its address with --http`,
      );
    }
    if (response.ok) return ((await response.json()) as TempoSearchResponse).traces;
    const said = `${await response.text()} (HTTP ${response.status})`;
    throw response.status < 500 ? new RefusedQuery(said) : new Error(said);
  };
}

interface Following {
  readonly windowMs: number;
  readonly past: boolean;
  readonly signal: AbortSignal;
}

/** Of a trace that is not shown yet: as it was when it was last seen. */
type Known = 'shown' | TempoTrace;

/** Each trace once, when its number of spans has stayed the same for a look. A Weft that goes away is waited for. */
export async function* liveTraces(search: Search, {windowMs, past, signal}: Following): AsyncGenerator<TempoTrace> {
  let known = new Map<string, Known>();
  let away = false;
  for (let looks = 0; !signal.aborted; looks++) {
    try {
      const since = Math.floor((Date.now() - windowMs) / 1000);
      const found = await search({start: `${since}`, end: `${2 ** 31}`}, most, signal);
      const isFull = found.length === most;
      const ids = new Set(found.map(({traceID}) => traceID));
      // Newer ones have pushed these out: they are asked for by their own time, and are not waited for longer where that has too many.
      const pushed = [...known.values()].filter((each) => each !== 'shown' && isFull && !ids.has(each.traceID));
      const waiting = new Map((pushed as TempoTrace[]).map((each) => [each.traceID, each]));
      const again = waiting.size === 0 ? [] : await search(rangeOf([...waiting.values()]), mostAgain, signal);
      const next = new Map<string, Known>();
      const settled: TempoTrace[] = [];
      for (const trace of [...found, ...again.filter(({traceID}) => waiting.delete(traceID))]) {
        const before = known.get(trace.traceID);
        const isSettled = before !== undefined && before !== 'shown' && spansOf(before) === spansOf(trace);
        if (isSettled) settled.push(trace);
        next.set(trace.traceID, isSettled || before === 'shown' || (looks === 0 && !past) ? 'shown' : trace);
      }
      for (const trace of waiting.values()) {
        settled.push(trace);
        next.set(trace.traceID, 'shown');
      }
      // Those that fell out of a full answer may be there again when it is not.
      if (isFull) for (const [id] of known) if (!next.has(id) && next.size < 50 * most) next.set(id, 'shown');
      known = next;
      away = false;
      yield* settled.sort((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)));
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof RefusedQuery || looks === 0) throw error;
      if (!away) console.error(`${errorMessage(error)} Waiting for it …`);
      away = true;
    }
    await delay(everyMs, undefined, {signal}).catch(() => {}); // ended meanwhile
  }
}

const spansOf = ({serviceStats}: TempoTrace): number =>
  Object.values(serviceStats).reduce((sum, {spanCount}) => sum + spanCount, 0);

/** In which each of the traces has a span that fits. */
function rangeOf(traces: readonly TempoTrace[]): Range {
  const starts = traces.map(({spanSets, startTimeUnixNano}) =>
    BigInt(spanSets[0]?.spans[0]?.startTimeUnixNano ?? startTimeUnixNano),
  );
  const [least, greatest] = [(a: bigint, b: bigint) => (a < b ? a : b), (a: bigint, b: bigint) => (a > b ? a : b)];
  return {start: `${starts.reduce(least)}`, end: `${starts.reduce(greatest) + 1n}`};
}

/** `12:03:04.567  ✗  1.2 s  8 spans  gateway POST /checkout  5b8e…`. */
export function describeTrace(trace: TempoTrace, width: number): string {
  const spans = spansOf(trace);
  const failed = Object.values(trace.serviceStats).some(({errorCount = 0}) => errorCount > 0);
  const time = new Date(Number(BigInt(trace.startTimeUnixNano) / 1_000_000n)).toISOString().slice(11, 23);
  const head = `${time}  ${failed ? '✗' : ' '} ${sayDuration(trace.durationMs * 1e6).padStart(9)}  ${String(spans).padStart(4)} ${spans === 1 ? 'span ' : 'spans'}  `;
  const name = visible(`${trace.rootServiceName} ${trace.rootTraceName ?? ''}`);
  return `${head}${fit(name, Math.max(20, width - head.length - trace.traceID.length - 2))}  ${trace.traceID}`;
}
