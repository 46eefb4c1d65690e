/** Pairs spans with their parents and with what they link to, and counts the edges of each minute. */
import {type GraphEdgeKind as EdgeKind, graphEdgeKinds as edgeKinds} from '../query/index.ts';
import {
  answeredFlag,
  clientKind,
  consumerKind,
  copyFlag,
  failedFlag,
  type GraphSpans,
  kindMask,
  producerKind,
  rootFlag,
  serverKind,
  sharedFlag,
} from './graph-spans.ts';
import {bucketNanos} from './schema-spans.ts';
import {type Edge, type ServiceFacts, ServiceGraph} from './service-graph.ts';

/** What the span in the row `child` links to, by the words of its ids. */
export interface Link {
  readonly child: number;
  readonly trace: Uint32Array;
  readonly span: Uint32Array;
}

export interface PairingOptions {
  readonly spans: GraphSpans;
  /** Spans that start in the first so many nanoseconds are counted, those around them are only looked at. */
  readonly length: number;
  /** Nanoseconds of a graph. */
  readonly each: number;
  /** Whether spans have weights. */
  readonly weighted: boolean;
}

const guesses = 0xfff;
const answerNanos = Number(bucketNanos);
/** Links that are looked for beyond the spans. */
const maxMissing = 10_000;

/** The graph of a minute of a tenant, and what is quickly found in it. */
interface Minute {
  readonly graph: ServiceGraph;
  /** Among all minutes. */
  readonly number: number;
  /** By the number of the service. */
  readonly facts: (ServiceFacts | undefined)[];
  /** Parents that are not stored. */
  readonly lost: Set<string>;
}

export class Pairing {
  /** Rows whose parents are not among the spans, and links to what is not. */
  readonly orphans: number[] = [];
  readonly missing: Link[] = [];
  private readonly options: PairingOptions;
  /** By tenant's number, then by minute. */
  private readonly minutes: (Minute | undefined)[][] = [];
  private minuteCount = 0;
  /** The minute of the last row, and where it begins and ends: the next row is mostly of the same. */
  private last:
    | {readonly minute: Minute; readonly tenant: number; readonly from: number; readonly to: number}
    | undefined;
  private readonly edges: (Edge | undefined)[] = new Array(guesses + 1);
  private readonly edgeKeys = new Float64Array(2 * (guesses + 1)).fill(-1);

  constructor(options: PairingOptions) {
    this.options = options;
  }

  /** By tenant's number, then by minute. */
  get graphs(): (ServiceGraph | undefined)[][] {
    return this.minutes.map((minutes) => minutes.map((minute) => minute?.graph));
  }

  private minuteOf(row: number): Minute | undefined {
    const {spans, length, each} = this.options;
    const start = spans.starts[row] as number;
    const tenant = spans.tenant[row] as number;
    const {last} = this;
    if (last !== undefined && start >= last.from && start < last.to && tenant === last.tenant) return last.minute;
    if (start < 0 || start >= length) return undefined;
    let minutes = this.minutes[tenant];
    if (minutes === undefined) {
      minutes = [];
      this.minutes[tenant] = minutes;
    }
    const index = Math.floor(start / each);
    let minute = minutes[index];
    if (minute === undefined) {
      minute = {graph: new ServiceGraph(), number: this.minuteCount++, facts: [], lost: new Set()};
      minutes[index] = minute;
    }
    this.last = {minute, tenant, from: index * each, to: Math.min(length, (index + 1) * each)};
    return minute;
  }

  /** Rows from `first` up to `before` with their parents. */
  pair(first: number, before: number): void {
    const {spans} = this.options;
    const {flags, parents, name} = spans;
    for (let row = first; row < before; row++) {
      const flag = flags[row] as number;
      if ((flag & copyFlag) !== 0) continue;
      const minute = this.minuteOf(row);
      if (minute !== undefined) {
        const facts = this.factsOf(minute, row);
        facts.spans += this.weightOf(row);
        if ((flag & failedFlag) !== 0) facts.errors += this.weightOf(row);
        if ((flag & rootFlag) !== 0) facts.roots++;
        if (spans.names.list[name[row] as number] === '') facts.unnamed++;
      }
      if ((flag & rootFlag) !== 0) {
        if ((flag & (sharedFlag | kindMask)) === (sharedFlag | serverKind)) this.pairHalves(row, minute);
        continue;
      }
      const [p0, p1] = [parents[2 * row] as number, parents[2 * row + 1] as number];
      const parent = spans.find(row, p0, p1);
      if (parent >= 0) this.below(parent, row, minute);
      else if (minute !== undefined) this.orphans.push(row);
    }
  }

  /** What a root links to in its trace is its parent; what a span links to in others, it only links to. */
  link(links: Iterable<Link>): void {
    const {spans} = this.options;
    for (const link of links) {
      const minute = this.minuteOf(link.child);
      if (minute === undefined) continue;
      const isRoot = ((spans.flags[link.child] as number) & rootFlag) !== 0;
      const isHere = isSame(link.trace, spans.traceOf(link.child));
      if (isHere && !isRoot) continue;
      const found = this.findLinked(link);
      if (found >= 0) this.linked(found, link.child, isHere, minute);
      else if (this.missing.length < maxMissing) this.missing.push(link);
      else minute.graph.missingLinks++;
    }
  }

  /** Looks once more for what was missing: spans have been appended since. What is still missing is not stored. */
  settle(): void {
    const {spans} = this.options;
    for (const row of this.orphans.splice(0)) {
      const minute = this.minuteOf(row);
      if (minute === undefined) continue;
      const found = spans.find(row, spans.parents[2 * row] as number, spans.parents[2 * row + 1] as number);
      if (found >= 0) this.below(found, row, minute);
      else this.orphan(row, minute);
    }
    for (const link of this.missing.splice(0)) {
      const minute = this.minuteOf(link.child);
      const found = this.findLinked(link);
      if (minute === undefined) continue;
      if (found < 0) {
        minute.graph.missingLinks++;
        continue;
      }
      this.linked(found, link.child, isSame(link.trace, spans.traceOf(link.child)), minute);
    }
  }

  /** Edges of which only one end has a span, of the rows up to `before`. To be called when all is paired. */
  addPeers(first: number, before: number): void {
    const {spans} = this.options;
    for (let row = first; row < before; row++) {
      const flag = spans.flags[row] as number;
      const kind = flag & kindMask;
      if (kind < serverKind || (flag & copyFlag) !== 0) continue;
      const minute = this.minuteOf(row);
      if (minute === undefined) continue;
      const service = spans.services.list[spans.service[row] as number] as string;
      if (kind === serverKind) {
        const isCalled = (flag & sharedFlag) !== 0 && this.alike(row).some((at) => this.isClient(at));
        if ((flag & rootFlag) !== 0 && !isCalled) this.half(minute, 'user', 'user', service, row);
        continue;
      }
      const peer = spans.peers[spans.peer[row] as number];
      if (peer === undefined) continue;
      if (peer.kind === 'queue') {
        const takes = kind === consumerKind || (kind === clientKind && peer.receives);
        if (takes) this.half(minute, 'consume', peer.name, service, row);
        else this.half(minute, 'produce', service, peer.name, row);
      } else if (kind === clientKind && peer.kind === 'database')
        this.half(minute, 'database', service, peer.name, row);
      else if (kind === clientKind && (flag & answeredFlag) === 0 && !this.isAnsweredByHalf(row, flag))
        this.half(minute, 'external', service, peer.name, row);
    }
  }

  private isClient(row: number): boolean {
    return ((this.options.spans.flags[row] as number) & kindMask) === clientKind;
  }

  private isAnsweredByHalf(row: number, flag: number): boolean {
    const {flags} = this.options.spans;
    return (flag & sharedFlag) !== 0 && this.alike(row).some((at) => ((flags[at] as number) & kindMask) === serverKind);
  }

  private half(minute: Minute, kind: EdgeKind, from: string, to: string, row: number): void {
    const {spans} = this.options;
    const edge = this.kept(minute, kind, spans.service[row] as number, spans.peer[row] as number, from, to);
    const calls = this.weightOf(row);
    edge.calls += calls;
    if (((spans.flags[row] as number) & failedFlag) !== 0) edge.errors += calls;
    const duration = spans.durations[row] as number;
    (kind === 'consume' || kind === 'user' ? edge.server : edge.client).add(duration, calls);
  }

  /** The two sides of a call have the same id, as Zipkin's clients give them, and no parent. */
  private pairHalves(row: number, minute: Minute | undefined): void {
    const {flags, service} = this.options.spans;
    const clients = this.alike(row).filter(
      (at) =>
        ((flags[at] as number) & (kindMask | rootFlag)) === (clientKind | rootFlag) && service[at] !== service[row],
    );
    for (const client of clients) this.call(client, row, minute, this.leastKept([...clients, row]));
  }

  /** Spans that have the ids of this one, itself too, without copies. */
  private alike(row: number): number[] {
    const {spans} = this.options;
    return this.chain(spans.find(row, spans.ids[2 * row] as number, spans.ids[2 * row + 1] as number));
  }

  private chain(first: number): number[] {
    const {flags, next} = this.options.spans;
    const rows: number[] = [];
    for (let at = first; at >= 0; at = next[at] as number) if (((flags[at] as number) & copyFlag) === 0) rows.push(at);
    return rows;
  }

  /** Whether the service of a row is among those of the chain; counts what that says of the trace. */
  private isLocal(first: number, row: number, minute: Minute | undefined): boolean {
    const {service, flags, next, starts, durations} = this.options.spans;
    for (let at = first; at >= 0; at = next[at] as number) {
      if (service[at] !== service[row] || ((flags[at] as number) & copyFlag) !== 0) continue;
      if (((flags[row] as number) & kindMask) === serverKind) this.answer(at, row);
      const isLate = (starts[row] as number) > (starts[at] as number) + Math.max(0, durations[at] as number);
      if (isLate && minute !== undefined && !this.isMessage(at, row)) this.factsOf(minute, row).late++;
      return true;
    }
    return false;
  }

  /** `first` begins the spans that have the parent's id: of several, the server is the parent. */
  private below(first: number, row: number, minute: Minute | undefined, kind?: EdgeKind): void {
    const {flags, next} = this.options.spans;
    if (this.isLocal(first, row, minute)) return;
    if ((next[first] as number) < 0) return this.call(first, row, minute, first, kind);
    const above = this.chain(first);
    const servers = above.filter((at) => ((flags[at] as number) & kindMask) === serverKind);
    const isFailed =
      servers.length === 0 &&
      above.some((at) => ((flags[at] as number) & (kindMask | failedFlag)) === (clientKind | failedFlag));
    const callers = new Map((servers.length === 0 ? above : servers).map((at) => [this.options.spans.service[at], at]));
    for (const caller of callers.values()) this.call(caller, row, minute, this.leastKept(above), kind, isFailed);
  }

  private leastKept(rows: readonly number[]): number {
    const {weighted, spans} = this.options;
    if (!weighted) return rows[0] as number;
    return rows.reduce((least, row) =>
      (spans.probability[row] as number) < (spans.probability[least] as number) ? row : least,
    );
  }

  /** Only soon after the client: what is looked at of later spans depends on the stretch. */
  private answer(client: number, row: number): void {
    const {flags, starts} = this.options.spans;
    const isSoon = (starts[row] as number) - (starts[client] as number) < answerNanos;
    if (isSoon) flags[client] = (flags[client] as number) | answeredFlag;
  }

  private isMessage(parent: number, row: number): boolean {
    const {flags} = this.options.spans;
    return (
      ((flags[row] as number) & kindMask) === consumerKind || ((flags[parent] as number) & kindMask) === producerKind
    );
  }

  /** A span of one service below one of another. `kept` is the caller's span that was the least likely to be kept. */
  private call(
    parent: number,
    row: number,
    minute: Minute | undefined,
    kept: number,
    as?: EdgeKind,
    isFailed = false,
  ): void {
    const {spans} = this.options;
    this.answer(parent, row);
    if (minute === undefined) return;
    if (as === undefined) this.factsOf(minute, row).remote++;
    const kind = as ?? (this.isMessage(parent, row) ? 'async' : 'call');
    const edge = this.count(parent, row, kind, minute, kept, isFailed);
    const {starts, durations} = spans;
    const [parentStart, start] = [starts[parent] as number, starts[row] as number];
    const parentEnd = parentStart + Math.max(0, durations[parent] as number);
    if (kind !== 'call') return wait(edge, start - parentEnd);
    if (start > parentEnd) edge.late++;
    if (((spans.flags[parent] as number) & kindMask) !== clientKind) return;
    edge.offset += (start - parentStart + start + Math.max(0, durations[row] as number) - parentEnd) / 2;
    edge.offsets++;
  }

  /** What a root links to in its trace is its parent. */
  private linked(first: number, row: number, isHere: boolean, minute: Minute): void {
    if (isHere) return this.below(first, row, minute, 'async');
    const {service, next} = this.options.spans;
    for (let at = first; at >= 0; at = next[at] as number) if (service[at] === service[row]) return;
    const edge = this.count(first, row, 'link', minute, first, false);
    const {starts, durations} = this.options.spans;
    wait(edge, (starts[row] as number) - (starts[first] as number) - Math.max(0, durations[first] as number));
  }

  /** A call failed when its span did, or that of the client above it. */
  private count(parent: number, row: number, kind: EdgeKind, minute: Minute, kept: number, isFailed: boolean): Edge {
    const {spans, weighted} = this.options;
    const {flags, durations, probability} = spans;
    const [from, to] = [spans.service[parent] as number, spans.service[row] as number];
    const {list} = spans.services;
    const edge = this.kept(minute, kind, from, to, list[from] as string, list[to] as string);
    const parentKind = (flags[parent] as number) & kindMask;
    const parentFlag = parentKind === clientKind ? (flags[parent] as number) : 0;
    // For as many as that of the two stands that was the less likely to be kept.
    const byCaller = weighted && (probability[kept] as number) <= (probability[row] as number);
    const calls = this.weightOf(byCaller ? kept : row);
    edge.calls += calls;
    if (isFailed || (((flags[row] as number) | parentFlag) & failedFlag) !== 0) edge.errors += calls;
    if (parentKind === clientKind || parentKind === producerKind) edge.client.add(durations[parent] as number, calls);
    edge.server.add(durations[row] as number, calls);
    return edge;
  }

  /** The edge of these names, quickly where it was lately the one of these numbers. */
  private kept(minute: Minute, kind: EdgeKind, a: number, b: number, from: string, to: string): Edge {
    const graphKey = 8 * minute.number + edgeKinds.indexOf(kind);
    const pairKey = a * 2 ** 26 + b;
    const guess = (graphKey * 89 + a * 31 + b * 7) & guesses;
    const known = this.edges[guess];
    if (known !== undefined && this.edgeKeys[2 * guess] === graphKey && this.edgeKeys[2 * guess + 1] === pairKey)
      return known;
    const edge = minute.graph.edge(kind, from, to);
    this.edges[guess] = edge;
    this.edgeKeys[2 * guess] = graphKey;
    this.edgeKeys[2 * guess + 1] = pairKey;
    return edge;
  }

  private factsOf({graph, facts}: Minute, row: number): ServiceFacts {
    const {spans} = this.options;
    const service = spans.service[row] as number;
    let known = facts[service];
    if (known === undefined) {
      known = graph.service(spans.services.list[service] as string);
      facts[service] = known;
    }
    return known;
  }

  private orphan(row: number, minute: Minute): void {
    const {spans} = this.options;
    const service = spans.service[row] as number;
    const facts = this.factsOf(minute, row);
    facts.orphans++;
    const operation = spans.names.list[spans.name[row] as number] as string;
    minute.graph.addOrphans(spans.services.list[service] as string, operation, 1);
    const key = `${service} ${spans.parents[2 * row]} ${spans.parents[2 * row + 1]}`;
    if (minute.lost.has(key)) return;
    minute.lost.add(key);
    facts.lost++;
  }

  private findLinked({child, trace, span}: Link): number {
    const {spans} = this.options;
    return spans.findIn(spans.tenant[child] as number, trace, span);
  }

  private weightOf(row: number): number {
    return this.options.weighted ? (this.options.spans.weight[row] as number) : 1;
  }
}

function wait(edge: Edge, nanos: number): void {
  edge.offset += Math.max(0, nanos);
  edge.offsets++;
}

const isSame = (a: Uint32Array, b: Uint32Array): boolean =>
  a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3];
