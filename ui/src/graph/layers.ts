/** Puts the nodes of a graph in layers, callers before what they call, in an order in which few edges cross. */

export interface LaidEdge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

const sweeps = 12;

/** Edges that close a cycle, as a walk from callers to called finds them. */
export function closingEdges(nodes: readonly string[], edges: readonly LaidEdge[]): ReadonlySet<string> {
  const out = Map.groupBy(edges, ({from}) => from);
  const called = new Set(edges.filter(({from, to}) => from !== to).map(({to}) => to));
  const state = new Map<string, 'open' | 'done'>();
  const closing = new Set<string>();
  // Those that nobody calls first. Without recursion: a chain may be long.
  for (const root of [...nodes.filter((id) => !called.has(id)), ...nodes]) {
    if (state.has(root)) continue;
    const stack = [{id: root, next: 0}];
    state.set(root, 'open');
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const edge = (out.get(top.id) ?? [])[top.next++];
      if (edge === undefined) {
        state.set(top.id, 'done');
        stack.pop();
      } else if (state.get(edge.to) === 'open') closing.add(edge.id);
      else if (!state.has(edge.to)) {
        state.set(edge.to, 'open');
        stack.push({id: edge.to, next: 0});
      }
    }
  }
  return closing;
}

/** Each as far to the right as the longest way to it. */
export function layerNodes(nodes: readonly string[], edges: readonly LaidEdge[]): string[][] {
  const closing = closingEdges(nodes, edges);
  const forward = edges.filter(({id, from, to}) => from !== to && !closing.has(id));
  const out = Map.groupBy(forward, ({from}) => from);
  const waiting = new Map<string, number>();
  for (const {to} of forward) waiting.set(to, (waiting.get(to) ?? 0) + 1);
  const rank = new Map(nodes.map((id) => [id, 0]));
  const ready = nodes.filter((id) => !waiting.has(id));
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    for (const {to} of out.get(id) ?? []) {
      rank.set(to, Math.max(rank.get(to) ?? 0, (rank.get(id) ?? 0) + 1));
      const left = (waiting.get(to) ?? 1) - 1;
      waiting.set(to, left);
      if (left === 0) ready.push(to);
    }
  }
  const layers: string[][] = [];
  for (const id of nodes) (layers[rank.get(id) ?? 0] ??= []).push(id);
  return Array.from(layers, (layer) => layer ?? []);
}

/** Each near the middle of its neighbours, from the left and from the right in turn. The order with the fewest crossings stays. */
export function orderLayers(layers: string[][], edges: readonly LaidEdge[]): string[][] {
  const beside = new Map<string, string[]>();
  for (const {from, to} of edges) {
    beside.set(from, [...(beside.get(from) ?? []), to]);
    beside.set(to, [...(beside.get(to) ?? []), from]);
  }
  let best = layers;
  let fewest = crossings(layers, edges);
  let now = layers;
  for (let sweep = 0; sweep < sweeps && fewest > 0; sweep++) {
    const place = new Map<string, number>();
    const note = (layer: readonly string[]): void =>
      layer.forEach((id, i) => {
        place.set(id, (i + 0.5) / layer.length);
      });
    now.forEach(note);
    const next = now.map((layer) => [...layer]);
    const order = next.map((_, i) => (sweep % 2 === 0 ? i : next.length - 1 - i));
    for (const at of order) {
      const layer = next[at] as string[];
      const middle = new Map(
        layer.map((id) => [
          id,
          mean(
            (beside.get(id) ?? []).map((one) => place.get(one) ?? 0.5),
            place.get(id),
          ),
        ]),
      );
      layer.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0));
      note(layer);
    }
    now = next;
    const count = crossings(now, edges);
    if (count >= fewest) continue;
    fewest = count;
    best = now;
  }
  return best;
}

const mean = (values: readonly number[], otherwise = 0.5): number =>
  values.length === 0 ? otherwise : values.reduce((sum, one) => sum + one, 0) / values.length;

/** Of edges between the same two layers. */
export function crossings(layers: readonly (readonly string[])[], edges: readonly LaidEdge[]): number {
  const place = new Map<string, readonly [layer: number, at: number]>();
  for (const [at, layer] of layers.entries()) for (const [i, id] of layer.entries()) place.set(id, [at, i]);
  const spans = edges.flatMap(({from, to}) => {
    const [a, b] = [place.get(from), place.get(to)];
    if (a === undefined || b === undefined || a[0] === b[0]) return [];
    return [a[0] < b[0] ? {a, b} : {a: b, b: a}];
  });
  let count = 0;
  for (const group of Map.groupBy(spans, ({a, b}) => `${a[0]} ${b[0]}`).values()) {
    for (let i = 0; i < group.length; i++) {
      for (let j = i + 1; j < group.length; j++) {
        const [one, other] = [group[i], group[j]] as [(typeof spans)[number], (typeof spans)[number]];
        if ((one.a[1] - other.a[1]) * (one.b[1] - other.b[1]) < 0) count++;
      }
    }
  }
  return count;
}
