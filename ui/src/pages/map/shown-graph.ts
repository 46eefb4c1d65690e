/** What of a service graph is on show: all, what is busiest, what a search finds, or the neighbourhood of one node. */
import type {GraphEdge, GraphNode, ServiceGraphResponse} from '../../api/index.ts';

/** Of more nodes than these, those that are called least are folded away. */
export const mostNodes = 40;

export interface ShownGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Nodes that are left out because they are called least. */
  readonly folded: number;
}

export interface Shown {
  readonly focus?: string | undefined;
  readonly find?: string | undefined;
  readonly all?: true | undefined;
}

export function shownGraph({nodes, edges}: ServiceGraphResponse, {focus, find, all}: Shown): ShownGraph {
  const drawn = withoutDoubles(edges);
  const focused = nodes.some(({id}) => id === focus) ? focus : undefined;
  let kept: Set<string>;
  if (focused !== undefined) {
    kept = new Set([
      focused,
      ...drawn.flatMap(({from, to}) => (from === focused ? [to] : to === focused ? [from] : [])),
    ]);
  } else if (find !== undefined && find.trim() !== '') {
    const words = find.toLowerCase().split(/\s+/).filter(Boolean);
    const found = nodes.filter(({name, system = ''}) =>
      words.every((word) => `${system} ${name}`.toLowerCase().includes(word)),
    );
    const ids = new Set(found.map(({id}) => id));
    kept = new Set([...ids, ...drawn.flatMap(({from, to}) => (ids.has(from) || ids.has(to) ? [from, to] : []))]);
  } else if (all === true || nodes.length <= mostNodes) kept = new Set(nodes.map(({id}) => id));
  else kept = new Set(busiest(nodes, drawn));
  const shown = nodes.filter(({id}) => kept.has(id));
  return {
    nodes: shown,
    edges: drawn.filter(({from, to}) => kept.has(from) && kept.has(to)),
    folded: focused === undefined && (find ?? '').trim() === '' ? nodes.length - shown.length : 0,
  };
}

/** A message whose queue is known is drawn through the queue. */
export function withoutDoubles(edges: readonly GraphEdge[]): GraphEdge[] {
  const queues = Map.groupBy(
    edges.filter(({kind}) => kind === 'produce'),
    ({from}) => from,
  );
  const consumers = new Set(edges.filter(({kind}) => kind === 'consume').map(({from, to}) => `${from}\0${to}`));
  return edges.filter(
    ({kind, from, to}) =>
      (kind !== 'async' && kind !== 'link') ||
      !(queues.get(from) ?? []).some((queue) => consumers.has(`${queue.to}\0${to}`)),
  );
}

function busiest(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): string[] {
  const calls = new Map<string, number>();
  for (const {from, to, calls: count} of edges) {
    for (const id of [from, to]) calls.set(id, (calls.get(id) ?? 0) + count);
  }
  return nodes
    .toSorted((a, b) => (calls.get(b.id) ?? 0) - (calls.get(a.id) ?? 0))
    .slice(0, mostNodes)
    .map(({id}) => id);
}
