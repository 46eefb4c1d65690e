/** The service graph as the page takes it: nodes of every kind, edges with their rates, and where the context breaks. */
import type {Coverage, GraphEdge, GraphService, Red, StoredGraph, TimeRange} from '../query/index.ts';
import type {
  GraphEdgeFigures,
  GraphEdge as GraphEdgeOut,
  GraphNode,
  GraphNodeKind,
  PropagationBreak,
  PropagationResponse,
  ServiceGraphResponse,
} from './contract.ts';

interface Counted {
  readonly range: TimeRange;
  readonly graph: StoredGraph;
  readonly red: Red;
}

/** With `service`, only what is next to it. */
export function graphResponse(now: Counted, baseline: Counted | undefined, service?: string): ServiceGraphResponse {
  const before = new Map(baseline?.graph.edges.map((edge) => [keyOf(edge), edge]));
  const known = new Set(now.graph.services.map(({name}) => name));
  const isNear = ({from, to}: GraphEdge): boolean => service === undefined || from === service || to === service;
  const edges = now.graph.edges.filter(isNear);
  const gone = (baseline?.graph.edges ?? []).filter((edge) => isNear(edge) && !has(now.graph.edges, edge));
  const seconds = secondsOf(now);
  const beforeSeconds = baseline === undefined ? 1 : secondsOf(baseline);
  const listed: GraphEdgeOut[] = [
    ...edges.map((edge) => {
      const former = before.get(keyOf(edge));
      return {
        ...endsOf(edge),
        ...figuresOf(edge, seconds),
        ...(baseline === undefined ? {} : {baseline: former === undefined ? null : figuresOf(former, beforeSeconds)}),
      };
    }),
    // Of the baseline alone.
    ...gone.map((edge) => ({...endsOf(edge), ...noCalls, baseline: figuresOf(edge, beforeSeconds)})),
  ].sort((a, b) => b.calls - a.calls || compare(a.id, b.id));
  const nodes = new Map<string, GraphNode>();
  const wanted = new Set(listed.flatMap(({from, to}) => [from, to]));
  const rates = new Map(now.red.services.map((one) => [one.name, one]));
  const names = new Set([...known, ...(baseline?.graph.services.map(({name}) => name) ?? [])]);
  for (const name of names) {
    if (service !== undefined && name !== service && !wanted.has(nodeId('service', name))) continue;
    const red = rates.get(name);
    nodes.set(nodeId('service', name), {
      id: nodeId('service', name),
      kind: 'service',
      name,
      requests: red?.requests ?? 0,
      errors: red?.errors ?? 0,
      rate: (red?.requests ?? 0) / seconds,
      ...(red === undefined ? {} : {durations: {p50: red.p50, p95: red.p95, p99: red.p99}}),
    });
  }
  for (const {kind, from, to, calls, errors, client, server} of listed) {
    for (const id of [from, to]) {
      const [nodeKind, name] = splitId(id);
      if (nodeKind === 'service') continue;
      // A queue is asked of by those who put into it; the others by those who call.
      const counts = kind !== 'consume';
      const node = nodes.get(id) ?? {id, kind: nodeKind, ...namesOf(nodeKind, name), requests: 0, errors: 0, rate: 0};
      const durations = client ?? server;
      nodes.set(id, {
        ...node,
        requests: node.requests + (counts ? calls : 0),
        errors: node.errors + (counts ? errors : 0),
        rate: node.rate + (counts ? calls / seconds : 0),
        // Of one edge they are the node's; of several, no quantile is.
        ...(node.requests === 0 && counts && durations !== undefined ? {durations} : {}),
      });
      if (node.requests > 0 && counts) delete (nodes.get(id) as {durations?: unknown}).durations;
    }
  }
  return {
    ...times(now.range, now.graph),
    ...(baseline === undefined ? {} : {baseline: times(baseline.range, baseline.graph)}),
    nodes: [...nodes.values()].sort((a, b) => b.requests - a.requests || compare(a.id, b.id)),
    edges: listed,
  };
}

export function propagationResponse(
  range: TimeRange,
  graph: StoredGraph,
  {services: silent, routes, more}: Coverage,
): PropagationResponse {
  const seconds = Math.max(1, Number(range.end - range.start) / 1e9);
  const services = graph.services
    .map(({name, ...facts}) => {
      const entries = facts.roots + facts.remote + facts.orphans;
      return {service: name, ...facts, entries, share: entries === 0 ? 0 : facts.orphans / entries};
    })
    .sort((a, b) => b.orphans - a.orphans || compare(a.service, b.service));
  return {
    ...times(range, graph),
    services,
    operations: graph.orphans.slice(0, maxOperations),
    breaks: breaksOf(graph, seconds),
    clocks: graph.edges
      .filter(({kind, offset, late}) => kind === 'call' && (offset !== undefined || late > 0))
      .map(({from, to, calls, offset, late}) => ({
        from,
        to,
        calls,
        late,
        ...(offset === undefined ? {} : {aheadMs: offset}),
      }))
      .sort((a, b) => Math.abs(b.aheadMs ?? 0) - Math.abs(a.aheadMs ?? 0)),
    coverage: {
      services: silent.slice(0, maxUncovered),
      routes: routes.slice(0, maxUncovered),
      ...(more || silent.length > maxUncovered || routes.length > maxUncovered ? {more: true} : {}),
    },
  };
}
const maxOperations = 100;
const maxUncovered = 200;

/**
 * A client that names a service which has spans, and none of them below it: between the two the context is lost, as long as the
 * service begins traces of its own, or has spans whose parents are missing.
 */
function breaksOf(graph: StoredGraph, seconds: number): PropagationBreak[] {
  const services = new Map(graph.services.map((one) => [one.name, one]));
  return graph.edges
    .filter(({kind}) => kind === 'external')
    .flatMap((edge): PropagationBreak[] => {
      const service = serviceOf(edge.to, services);
      if (service === undefined || service.name === edge.from || service.roots + service.orphans === 0) return [];
      const {calls, from, to: address} = edge;
      return [
        {from, to: service.name, address, calls, rate: calls / seconds, roots: service.roots, orphans: service.orphans},
      ];
    })
    .sort((a, b) => b.calls - a.calls);
}

/** The service that an address is of: by its whole name, or the first part of a host's (`cart.shop.svc:8080`). */
function serviceOf(address: string, services: ReadonlyMap<string, GraphService>): GraphService | undefined {
  const host = address.replace(/:\d+$/, '');
  return services.get(address) ?? services.get(host) ?? services.get(host.split('.')[0] as string);
}

const kindsOf = {
  call: ['service', 'service'],
  async: ['service', 'service'],
  link: ['service', 'service'],
  database: ['service', 'database'],
  produce: ['service', 'queue'],
  consume: ['queue', 'service'],
  external: ['service', 'external'],
  user: ['user', 'service'],
} as const satisfies Readonly<Record<GraphEdge['kind'], readonly [GraphNodeKind, GraphNodeKind]>>;

const nodeId = (kind: GraphNodeKind, name: string): string => `${kind}:${name}`;
function splitId(id: string): [GraphNodeKind, string] {
  const at = id.indexOf(':');
  return [id.slice(0, at) as GraphNodeKind, id.slice(at + 1)];
}

/** Of databases and queues `SYSTEM/NAME`. */
function namesOf(kind: GraphNodeKind, name: string): {name: string; system?: string} {
  if (kind !== 'database' && kind !== 'queue') return {name};
  const slash = name.indexOf('/');
  return slash < 0 ? {name, system: name} : {name: name.slice(slash + 1), system: name.slice(0, slash)};
}

function endsOf({kind, from, to}: GraphEdge) {
  const [fromKind, toKind] = kindsOf[kind];
  const [fromId, toId] = [nodeId(fromKind, from), nodeId(toKind, to)];
  return {id: `${kind} ${fromId} ${toId}`, kind, from: fromId, to: toId};
}

const keyOf = ({kind, from, to}: GraphEdge): string => `${kind}\0${from}\0${to}`;
const has = (edges: readonly GraphEdge[], edge: GraphEdge): boolean => edges.some((one) => keyOf(one) === keyOf(edge));
const noCalls = {calls: 0, errors: 0, rate: 0};

function figuresOf({calls, errors, client, server, kind, offset}: GraphEdge, seconds: number): GraphEdgeFigures {
  const isMessage = kind === 'async' || kind === 'link';
  return {
    calls,
    errors,
    rate: calls / seconds,
    ...(client === undefined ? {} : {client}),
    ...(server === undefined ? {} : {server}),
    ...(offset === undefined ? {} : isMessage ? {waitMs: offset} : {aheadMs: offset}),
  };
}

/** From the first data on. */
function secondsOf({range, red}: Counted): number {
  const start = red.coveredStart > range.start && red.coveredStart < range.end ? red.coveredStart : range.start;
  return Math.max(1, Number(range.end - start) / 1e9);
}

const times = ({start, end}: TimeRange, {pendingMinutes, share}: StoredGraph) => ({
  start: start.toString(),
  end: end.toString(),
  ...(pendingMinutes === 0 ? {} : {pendingMinutes}),
  ...(share === 1 ? {} : {share}),
});

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
