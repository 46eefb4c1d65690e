/**
 * The service graph of any range: whole minutes as they are kept, the newest ones and the ends of the range out of the spans. See
 * docs/decisions/0086-the-stored-service-graph.md.
 */
import {type TenantId, unixNano} from '../base/index.ts';
import type {Budget, Call, DurationFigures, GraphEdge, StoredGraph, TimeRange} from '../query/index.ts';
import {stepMillis} from '../red/index.ts';
import {
  isAsNew,
  lastMinute,
  type MinuteCounts,
  minuteNanos,
  readCounts,
  readKept,
  stretchesOf,
} from './graph-minutes.ts';
import {readGraphs} from './graph-read.ts';
import type {Queries} from './read-query.ts';
import {type Durations, ServiceGraph} from './service-graph.ts';

/** Spans that a question reads at most: of more, it looks at the traces of some. */
const exactSpans = 500_000;
/** Beyond this many, older minutes wait until they have been counted. */
const maxSpans = 20_000_000;
const maxStretches = 60;
const keptMinutes = 256;

/** Graphs of minutes that are not in the table yet, as questions have counted them. */
export class GraphCache {
  private readonly graphs = new Map<
    string,
    {readonly near: number; readonly far: number; readonly graph: ServiceGraph}
  >();

  find(tenant: string, minute: number, {near, far}: {near: number; far: number}): ServiceGraph | undefined {
    const key = `${minute} ${tenant}`;
    const known = this.graphs.get(key);
    if (known === undefined || known.near !== near || (known.far !== far && known.graph.unfound > 0)) return undefined;
    this.graphs.delete(key);
    this.graphs.set(key, known);
    return known.graph;
  }

  keep(tenant: string, minute: number, {near, far}: {near: number; far: number}, graph: ServiceGraph): void {
    const key = `${minute} ${tenant}`;
    this.graphs.delete(key);
    this.graphs.set(key, {near, far, graph});
    for (const [oldest] of this.graphs) {
      if (this.graphs.size <= keptMinutes) break;
      this.graphs.delete(oldest);
    }
  }
}

export interface GraphReader {
  readonly cache: GraphCache;
  /** Is told of minutes that a question had to leave out. */
  readonly wanted: (firstMinute: number, lastMinute: number) => void;
}

interface Found {
  readonly graph: ServiceGraph;
  /** Minutes that are not counted yet. */
  readonly pending: number;
  /** Of so many traces one was looked at in the newest minutes. */
  readonly share: number;
}

export async function readStoredGraph(
  queries: Queries,
  reader: GraphReader,
  tenant: TenantId,
  range: TimeRange,
  budget: Budget,
): Promise<StoredGraph> {
  const {graph, pending, share} = await readGraph(queries, reader, tenant, range, budget);
  return {
    edges: Array.from(graph.edges.values(), edgeFigures),
    services: Array.from(graph.services, ([name, facts]) => ({name, ...facts})),
    orphans: [...graph.orphans.values()].sort((a, b) => b.spans - a.spans),
    pendingMinutes: pending,
    share,
  };
}

/** Calls from one service to another: by the parent, or by a link within the trace. */
export async function readDependencies(
  queries: Queries,
  reader: GraphReader,
  tenant: TenantId,
  range: TimeRange,
  budget: Budget,
): Promise<Call[]> {
  // Its end is asked for too.
  const {graph} = await readGraph(queries, reader, tenant, {...range, end: unixNano(range.end + 1n)}, budget);
  const calls = new Map<string, {parent: string; child: string; calls: number; errors: number}>();
  for (const {kind, from, to, calls: count, errors} of graph.edges.values()) {
    if (kind !== 'call' && kind !== 'async') continue;
    const key = `${from}\0${to}`;
    const known = calls.get(key);
    if (known === undefined) calls.set(key, {parent: from, child: to, calls: count, errors});
    else {
      known.calls += count;
      known.errors += errors;
    }
  }
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...calls.values()].sort((a, b) => compare(a.parent, b.parent) || compare(a.child, b.child));
}

async function readGraph(
  queries: Queries,
  {cache, wanted}: GraphReader,
  tenant: TenantId,
  range: TimeRange,
  budget: Budget,
): Promise<Found> {
  const sum = new ServiceGraph();
  const [start, end] = [range.start < 0n ? 0n : range.start, range.end];
  if (end <= start) return {graph: sum, pending: 0, share: 1};
  // Whole minutes: from `first`, up to `before`.
  const first = Number((start + minuteNanos - 1n) / minuteNanos);
  const before = Math.min(Number(end / minuteNanos), 2 ** 32 - 1);
  const [outer, last] = [Number(start / minuteNanos), Number((end - 1n) / minuteNanos)];
  const [all, kept] = await Promise.all([
    readCounts(queries, {tenant, first: outer, last, strays: true}, budget),
    before > first ? readKept(queries, {tenant, first, last: before - 1, whole: true}, budget) : [],
  ]);
  const counts = all.get(tenant);
  if (counts === undefined) return {graph: sum, pending: 0, share: 1};
  const missing = new Set<number>(
    [...counts.spans.keys()].filter((minute) => minute >= first && minute < Math.min(before, lastMinute)),
  );
  const former = new Map<number, string>();
  for (const row of kept) {
    if (!isAsNew(row, counts.marks(row.minute))) {
      former.set(row.minute, row.graph);
      continue;
    }
    missing.delete(row.minute);
    sum.read(row.graph);
  }
  for (const minute of missing) {
    const known = cache.find(tenant, minute, counts.marks(minute));
    if (known === undefined) continue;
    missing.delete(minute);
    sum.add(known);
  }
  const pieces = [...piecesOf(missing, counts, start, end, first, before)];
  const chosen: Piece[] = [];
  let spans = 0;
  let pending = 0;
  // The newest first.
  for (const piece of pieces.sort((a, b) => (a.from < b.from ? 1 : -1))) {
    if (chosen.length < maxStretches && (chosen.length === 0 || spans + piece.spans <= maxSpans)) {
      chosen.push(piece);
      spans += piece.spans;
      continue;
    }
    for (let minute = piece.first; minute <= piece.last; minute++) {
      const text = former.get(minute);
      if (text !== undefined) sum.read(text);
      else pending++;
    }
    wanted(piece.first, piece.last);
  }
  const share = 2 ** Math.max(0, Math.ceil(Math.log2(spans / exactSpans)));
  for (const piece of chosen) {
    const stretch = {
      tenants: [tenant],
      from: piece.from,
      to: piece.to,
      each: piece.whole ? minuteNanos : piece.to - piece.from,
      spans: counts.around(piece.first) + (piece.last > piece.first ? piece.spans : 0),
      weighted: counts.isWeighted(piece.first, piece.last),
      share,
      budget,
    };
    const found = (await readGraphs(queries, stretch)).get(tenant) ?? [];
    for (let i = 0; i <= piece.last - piece.first; i++) {
      const graph = found[i] ?? new ServiceGraph();
      sum.add(graph, share);
      if (piece.whole && share === 1) cache.keep(tenant, piece.first + i, counts.marks(piece.first + i), graph);
    }
  }
  return {graph: sum, pending, share};
}

/** What is to be read of the spans: minutes, or less where a range begins or ends within one. */
interface Piece {
  readonly from: bigint;
  readonly to: bigint;
  readonly first: number;
  readonly last: number;
  readonly spans: number;
  readonly whole: boolean;
}

function* piecesOf(
  missing: ReadonlySet<number>,
  counts: MinuteCounts,
  start: bigint,
  end: bigint,
  first: number,
  before: number,
): Generator<Piece> {
  for (const {first: from, last, spans} of stretchesOf(
    [...missing],
    (minute) => counts.spans.get(minute) ?? 0,
    exactSpans,
  )) {
    yield {from: BigInt(from) * minuteNanos, to: BigInt(last + 1) * minuteNanos, first: from, last, spans, whole: true};
  }
  const part = function* (from: bigint, to: bigint): Generator<Piece> {
    if (to <= from) return;
    const minute = Math.min(Number(from / minuteNanos), lastMinute);
    const spans = counts.spans.get(minute) ?? 0;
    if (spans > 0) yield {from, to, first: minute, last: minute, spans, whole: false};
  };
  const [inner, outer] = [BigInt(first) * minuteNanos, BigInt(before) * minuteNanos];
  // Whatever is later counts in the last minute.
  const late = BigInt(lastMinute) * minuteNanos;
  if (before > lastMinute) {
    if (inner < late) yield* part(start, inner);
    yield* part(late > start ? late : start, end);
  } else if (before < first) yield* part(start, end);
  else {
    yield* part(start, inner < end ? inner : end);
    yield* part(outer > start ? outer : start, end);
  }
}

function edgeFigures({
  kind,
  from,
  to,
  calls,
  errors,
  client,
  server,
  offset,
  offsets,
  late,
}: ServiceGraph['edges'] extends Map<string, infer E> ? E : never): GraphEdge {
  return {
    kind,
    from,
    to,
    calls,
    errors,
    ...figuresOf('client', client),
    ...figuresOf('server', server),
    ...(offsets === 0 ? {} : {offset: offset / offsets / 1e6}),
    late,
  };
}

function figuresOf<Name extends 'client' | 'server'>(
  name: Name,
  durations: Durations,
): {readonly [N in Name]?: DurationFigures} {
  if (durations.calls === 0) return {};
  const at = (level: number): number => stepMillis(durations.quantile(level) ?? 0);
  const figures: DurationFigures = {
    mean: durations.sum / durations.calls / 1e6,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
  };
  return {[name]: figures} as {readonly [N in Name]?: DurationFigures};
}
