/** Edges between services and what they use, of some stretch of time: counted minute by minute, summed, written down as JSON. */
import {type GraphEdgeKind as EdgeKind, graphEdgeKinds as edgeKinds} from '../query/index.ts';
import {createStepTable, lastStep} from '../red/index.ts';

/** Durations in nanoseconds, and how many calls have each step of the histogram. */
export class Durations {
  calls = 0;
  sum = 0;
  steps: Float64Array | undefined;

  add(nanos: number, calls: number): void {
    this.calls += calls;
    this.sum += Math.max(0, nanos) * calls;
    this.steps ??= new Float64Array(lastStep + 1);
    const step = stepOf(nanos);
    this.steps[step] = (this.steps[step] as number) + calls;
  }

  addAll({calls, sum, steps}: Durations, share: number): void {
    this.calls += share * calls;
    this.sum += share * sum;
    if (steps === undefined) return;
    this.steps ??= new Float64Array(lastStep + 1);
    for (let i = 0; i <= lastStep; i++) this.steps[i] = (this.steps[i] as number) + share * (steps[i] as number);
  }

  /** The step that a share of the calls does not exceed; undefined without calls. */
  quantile(level: number): number | undefined {
    const {steps} = this;
    if (steps === undefined || this.calls === 0) return undefined;
    let left = level * this.calls;
    for (let step = 0; step <= lastStep; step++) {
      left -= steps[step] as number;
      if (left <= 0 && (steps[step] as number) > 0) return step;
    }
    return lastStep;
  }

  write(): unknown {
    if (this.calls === 0) return 0;
    const pairs: number[] = [];
    this.steps?.forEach((count, step) => {
      if (count > 0) pairs.push(step, count);
    });
    return [this.calls, this.sum, pairs];
  }

  read(written: Written): void {
    if (written === 0) return;
    const [calls, sum, pairs] = written;
    this.calls += calls;
    this.sum += sum;
    this.steps ??= new Float64Array(lastStep + 1);
    for (let i = 0; i < pairs.length; i += 2) {
      const step = pairs[i] as number;
      this.steps[step] = (this.steps[step] as number) + (pairs[i + 1] as number);
    }
  }
}
type Written = 0 | [calls: number, sum: number, pairs: number[]];

const stepOf = createStepTable();

export interface Edge {
  readonly kind: EdgeKind;
  /** The service, database, queue …; `SYSTEM/NAME` of databases and queues. */
  readonly from: string;
  readonly to: string;
  calls: number;
  errors: number;
  /** Of the caller's span and of the callee's. */
  readonly client: Durations;
  readonly server: Durations;
  /** Of a call, by how much the callee's clock is ahead; of a message, how long it waited. Summed over so many of them. */
  offset: number;
  offsets: number;
  /** Callee's spans that began after the caller's had ended. */
  late: number;
}

export interface ServiceFacts {
  spans: number;
  errors: number;
  /** Without a parent; below a span of another service; with a parent that is not stored. */
  roots: number;
  remote: number;
  orphans: number;
  /** Spans that orphans name as their parents. */
  lost: number;
  unnamed: number;
  /** Below a span of the same service that had ended before. */
  late: number;
}

const factNames = [
  'spans',
  'errors',
  'roots',
  'remote',
  'orphans',
  'lost',
  'unnamed',
  'late',
] as const satisfies readonly (keyof ServiceFacts)[];

/** Edges of a graph, and services: of more, they are called so that they are one. */
const maxEdges = 20_000;
/** Operations of a graph whose spans lack their parents: of more, those of a service are called so that they are one. */
const maxOrphans = 5_000;
const others = '(other)';

export class ServiceGraph {
  readonly edges = new Map<string, Edge>();
  readonly services = new Map<string, ServiceFacts>();
  /** Links to spans that are not stored. Not written down: only who counts the spans knows of them. */
  missingLinks = 0;
  /** By service and operation. */
  readonly orphans = new Map<string, {readonly service: string; readonly operation: string; spans: number}>();

  edge(kind: EdgeKind, from: string, to: string): Edge {
    const key = `${kind}\0${from}\0${to}`;
    let edge = this.edges.get(key);
    if (edge === undefined) {
      if (this.edges.size >= maxEdges && (from !== others || to !== others)) return this.edge(kind, others, others);
      edge = {
        kind,
        from,
        to,
        calls: 0,
        errors: 0,
        client: new Durations(),
        server: new Durations(),
        offset: 0,
        offsets: 0,
        late: 0,
      };
      this.edges.set(key, edge);
    }
    return edge;
  }

  service(name: string): ServiceFacts {
    let facts = this.services.get(name);
    if (facts === undefined) {
      if (this.services.size >= maxEdges && name !== others) return this.service(others);
      facts = {spans: 0, errors: 0, roots: 0, remote: 0, orphans: 0, lost: 0, unnamed: 0, late: 0};
      this.services.set(name, facts);
    }
    return facts;
  }

  addOrphans(service: string, operation: string, spans: number): void {
    const key = `${service}\0${operation}`;
    const known = this.orphans.get(key);
    if (known !== undefined) known.spans += spans;
    // Names with ids in them: each is of a span or two.
    else if (this.orphans.size >= maxOrphans && operation !== others) this.addOrphans(service, others, spans);
    else this.orphans.set(key, {service, operation, spans});
  }

  /** Sums up; each of the other's calls stands for `share`. */
  add(other: ServiceGraph, share = 1): void {
    for (const edge of other.edges.values()) {
      const mine = this.edge(edge.kind, edge.from, edge.to);
      mine.calls += share * edge.calls;
      mine.errors += share * edge.errors;
      mine.client.addAll(edge.client, share);
      mine.server.addAll(edge.server, share);
      mine.offset += share * edge.offset;
      mine.offsets += share * edge.offsets;
      mine.late += share * edge.late;
    }
    for (const [name, facts] of other.services) {
      const mine = this.service(name);
      for (const fact of factNames) mine[fact] += share * facts[fact];
    }
    for (const {service, operation, spans} of other.orphans.values())
      this.addOrphans(service, operation, share * spans);
    this.missingLinks += share * other.missingLinks;
  }

  /** What spans name and is not stored, and may come yet: parents and links. */
  get unfound(): number {
    let sum = this.missingLinks;
    for (const {orphans} of this.services.values()) sum += orphans;
    return sum;
  }

  write(): string {
    return JSON.stringify({
      edges: Array.from(this.edges.values(), (edge) => [
        edgeKinds.indexOf(edge.kind),
        edge.from,
        edge.to,
        edge.calls,
        edge.errors,
        edge.client.write(),
        edge.server.write(),
        edge.offset,
        edge.offsets,
        edge.late,
      ]),
      services: Array.from(this.services, ([name, facts]) => [name, ...factNames.map((fact) => facts[fact])]),
      orphans: Array.from(this.orphans.values(), ({service, operation, spans}) => [service, operation, spans]),
    });
  }

  /** Adds what `write` has written. */
  read(text: string): void {
    const {edges, services, orphans} = JSON.parse(text) as WrittenGraph;
    for (const [kind, from, to, calls, errors, client, server, offset, offsets, late] of edges) {
      const edge = this.edge(edgeKinds[kind] as EdgeKind, from, to);
      edge.calls += calls;
      edge.errors += errors;
      edge.client.read(client);
      edge.server.read(server);
      edge.offset += offset;
      edge.offsets += offsets;
      edge.late += late;
    }
    for (const [name, ...values] of services) {
      const facts = this.service(name);
      factNames.forEach((fact, i) => {
        facts[fact] += values[i] as number;
      });
    }
    for (const [service, operation, spans] of orphans) this.addOrphans(service, operation, spans);
  }
}

interface WrittenGraph {
  readonly edges: readonly [number, string, string, number, number, Written, Written, number, number, number][];
  readonly services: readonly [name: string, ...facts: number[]][];
  readonly orphans: readonly [string, string, number][];
}
