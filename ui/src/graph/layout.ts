/** Places a graph of callers and called from left to right, within a given width as far as it stays legible. */
import {closingEdges, type LaidEdge, layerNodes, orderLayers} from './layers.ts';

export interface Spot {
  readonly x: number;
  readonly y: number;
  readonly layer: number;
}
export interface Layout {
  readonly spots: ReadonlyMap<string, Spot>;
  /** The line of each edge, as the `d` of an SVG path, and where its label stands; by the edge's id. */
  readonly lines: ReadonlyMap<string, Line>;
  readonly width: number;
  readonly height: number;
  readonly nodeWidth: number;
}
export interface Line {
  readonly path: string;
  readonly label: readonly [x: number, y: number];
}

export const nodeHeight = 44;
/** As wide as there is room for, from what can still be read on. */
const nodeWidths = {least: 112, most: 168} as const;
const gaps = {least: 40, most: 96} as const;
const between = 22;
/** An edge that passes a column has a lane of its own there. */
const lane = 8;
/** A picture of more edges than these is not read edge by edge: they may pass behind nodes. */
const mostLanes = 300;
const margin = 16;

/** `nodes` in the order of their weight: a cycle is broken at the first. `place`: the width that there is, in pixels. */
export function layOutGraph(nodes: readonly string[], edges: readonly LaidEdge[], place?: number): Layout {
  const closing = closingEdges(nodes, edges);
  const layers = layerNodes(nodes, edges);
  const rank = new Map(layers.flatMap((layer, at) => layer.map((id) => [id, at] as const)));
  const lanes = lanesOf(edges, closing, rank);
  lanes.forEach((chain) => {
    for (const {id, layer} of chain) layers[layer]!.push(id);
  });
  const isLane = new Set([...lanes.values()].flatMap((chain) => chain.map(({id}) => id)));
  const ordered = orderLayers(layers, piecesOf(edges, lanes));
  const {nodeWidth, gap} = fitColumns(layers.length, place);

  const heightOf = (id: string): number => (isLane.has(id) ? lane : nodeHeight);
  const columnHeight = (layer: readonly string[]): number =>
    layer.reduce((sum, id) => sum + heightOf(id) + between, -between);
  const tallest = Math.max(nodeHeight, ...ordered.map(columnHeight));
  const spots = new Map<string, Spot>();
  const passing = new Map<string, Spot>();
  ordered.forEach((layer, at) => {
    let y = margin + (tallest - columnHeight(layer)) / 2;
    for (const id of layer) {
      (isLane.has(id) ? passing : spots).set(id, {x: margin + at * (nodeWidth + gap), y, layer: at});
      y += heightOf(id) + between;
    }
  });
  const width = 2 * margin + Math.max(1, layers.length) * (nodeWidth + gap) - gap;
  const lines = new Map<string, Line>();
  const back = backwards({spots, gap, nodeWidth});
  for (const edge of edges) {
    const [from, to] = [spots.get(edge.from), spots.get(edge.to)];
    if (from === undefined || to === undefined) continue;
    const chain = (lanes.get(pairOf(edge)) ?? []).map(({id}) => passing.get(id)!);
    lines.set(edge.id, to.layer > from.layer ? forwards(from, chain, to, nodeWidth) : back.line(from, to));
  }
  return {spots, lines, width, height: Math.max(tallest + 2 * margin, back.lowest() + margin), nodeWidth};
}

/** The gaps between columns give way first, then the columns; what is wider still, scrolls. */
export function fitColumns(
  count: number,
  place: number | undefined,
): {readonly nodeWidth: number; readonly gap: number} {
  if (place === undefined || count < 1) return {nodeWidth: nodeWidths.most, gap: gaps.most};
  const room = place - 2 * margin;
  const clamp = (value: number, {least, most}: {readonly least: number; readonly most: number}): number =>
    Math.floor(Math.min(most, Math.max(least, value)));
  const gap = count === 1 ? gaps.most : clamp((room - count * nodeWidths.most) / (count - 1), gaps);
  return {gap, nodeWidth: clamp((room - (count - 1) * gap) / count, nodeWidths)};
}

const pairOf = ({from, to}: LaidEdge): string => `${from}\0${to}`;

interface Lane {
  readonly id: string;
  readonly layer: number;
}

/** The columns that an edge passes between its ends, by the pair of its ends. */
function lanesOf(
  edges: readonly LaidEdge[],
  closing: ReadonlySet<string>,
  rank: ReadonlyMap<string, number>,
): ReadonlyMap<string, readonly Lane[]> {
  const lanes = new Map<string, readonly Lane[]>();
  let count = 0;
  for (const edge of edges) {
    const [from, to] = [rank.get(edge.from), rank.get(edge.to)];
    if (from === undefined || to === undefined || closing.has(edge.id) || to - from < 2) continue;
    const pair = pairOf(edge);
    if (lanes.has(pair)) continue;
    count += to - from - 1;
    if (count > mostLanes) return new Map();
    lanes.set(
      pair,
      Array.from({length: to - from - 1}, (_, i) => ({id: `\0${pair}\0${i}`, layer: from + 1 + i})),
    );
  }
  return lanes;
}

/** Edges cut where they pass a column, so that lanes are ordered as nodes are. */
const piecesOf = (edges: readonly LaidEdge[], lanes: ReadonlyMap<string, readonly Lane[]>): LaidEdge[] =>
  edges.flatMap((edge) => {
    const stops = [edge.from, ...(lanes.get(pairOf(edge)) ?? []).map(({id}) => id), edge.to];
    return stops.slice(1).map((to, i) => ({id: `${edge.id}\0${i}`, from: stops[i]!, to}));
  });

/** From the right of one to the left of the other, straight through the columns that it passes. */
function forwards(from: Spot, chain: readonly Spot[], to: Spot, nodeWidth: number): Line {
  let [x, y] = [from.x + nodeWidth, from.y + nodeHeight / 2];
  let path = `M${x},${y}`;
  const bendTo = (nextX: number, nextY: number): void => {
    const bend = (nextX - x) / 2;
    path += ` C${x + bend},${y} ${nextX - bend},${nextY} ${nextX},${nextY}`;
    [x, y] = [nextX, nextY];
  };
  const [first] = [...chain.map((one) => one.y + lane / 2), to.y + nodeHeight / 2];
  const end = chain[0]?.x ?? to.x;
  const label = [(x + end) / 2, (y + first!) / 2] as const;
  for (const one of chain) {
    bendTo(one.x, one.y + lane / 2);
    x = one.x + nodeWidth;
    path += ` L${x},${y}`;
  }
  bendTo(to.x, to.y + nodeHeight / 2);
  return {path, label};
}

/** One that goes back, or to itself, goes around: out into the gap, below all nodes on its way, and in from the left. */
function backwards({
  spots,
  gap,
  nodeWidth,
}: {
  readonly spots: ReadonlyMap<string, Spot>;
  readonly gap: number;
  readonly nodeWidth: number;
}) {
  const bottoms = new Map<number, number>();
  for (const {layer, y} of spots.values()) bottoms.set(layer, Math.max(bottoms.get(layer) ?? 0, y + nodeHeight));
  let count = 0;
  let lowest = 0;
  const out = Math.min(14, gap / 3);
  const line = (from: Spot, to: Spot): Line => {
    const [x1, y1] = [from.x + nodeWidth, from.y + nodeHeight / 2];
    const [x2, y2] = [to.x, to.y + nodeHeight / 2];
    let below = from.y + nodeHeight + between / 2;
    if (from !== to) {
      const on = [...bottoms].filter(([layer]) => layer >= to.layer && layer <= from.layer);
      below = Math.max(...on.map(([, bottom]) => bottom)) + 14 + 8 * (count++ % 6);
    }
    lowest = Math.max(lowest, below);
    const r = 6;
    const path =
      `M${x1},${y1} h${out - r} q${r},0 ${r},${r} V${below - r} q0,${r} ${-r},${r} ` +
      `H${x2 - out + r} q${-r},0 ${-r},${-r} V${y2 + r} q0,${-r} ${r},${-r} H${x2}`;
    return {path, label: [(x1 + x2) / 2, below]};
  };
  return {line, lowest: () => lowest};
}
