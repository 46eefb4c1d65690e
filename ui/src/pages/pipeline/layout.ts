/** Where the parts of the graph are drawn: columns in the order of the data, a lane for each pipeline. Pixels. */
import type {PipelineEdge, PipelineNode, PipelineResponse} from '../../api/index.ts';

export const nodeHeight = 56;
const gapY = 24;
const pitchY = nodeHeight + gapY;
/** Where there is room, and where there is least: narrower, nothing can be read, and the graph is scrolled instead. */
const roomy: Sizes = {node: 186, gap: 84};
const tight: Sizes = {node: 142, gap: 60};
const margin = 14;
/** Above a lane, for its name. */
const laneHead = 20;

export interface PlacedNode {
  readonly node: PipelineNode;
  readonly column: number;
  readonly x: number;
  readonly y: number;
}

export interface PlacedEdge {
  readonly edge: PipelineEdge;
  /** An SVG path. */
  readonly path: string;
  /** The middle of its rate. */
  readonly label: {readonly x: number; readonly y: number};
}

export interface Lane {
  readonly id: string;
  /** No processor stands in it: it is a line with a name. */
  readonly isEmpty: boolean;
  readonly signal: PipelineEdge['signal'];
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly lanes: readonly Lane[];
  readonly width: number;
  readonly height: number;
  readonly nodeWidth: number;
}

interface Sizes {
  readonly node: number;
  /** Between columns, for a rate on an edge. */
  readonly gap: number;
}

type Graph = Pick<PipelineResponse, 'pipelines' | 'nodes' | 'edges'>;

/** Extensions take no part in it. `room`: pixels that there are beside each other. */
export function layOut({pipelines, nodes: all, edges}: Graph, room = Number.POSITIVE_INFINITY): Layout {
  const nodes = all.filter(({kind}) => kind !== 'extension');
  const columns = columnsOf(nodes, edges);
  const last = Math.max(0, ...columns.values());
  const sizes = sizesFor(last + 1, room - 2 * margin);
  const nodeWidth = sizes.node;
  const xOf = (column: number): number => margin + column * (sizes.node + sizes.gap);
  const edgesOf = Map.groupBy(edges, ({pipeline}) => pipeline);
  const firstColumn = (id: string): number => Math.min(...(edgesOf.get(id) ?? []).map(({to}) => columns.get(to) ?? 0));

  // Pipelines behind connectors lie below those that feed them.
  const ordered = pipelines.toSorted((a, b) => firstColumn(a.id) - firstColumn(b.id));
  const rows = new Map<string, number>();
  const lanes = new Map<string, Lane>();
  let top = margin;
  for (const {id, signal} of ordered) {
    const own = edgesOf.get(id) ?? [];
    // Connectors at its end stand below one another; what goes on to exporters keeps the first row.
    const ends = nodes.filter(({key, kind}) => kind === 'connector' && own.some(({to}) => to === key));
    const goesOn = own.some(({to}) => to.startsWith('exporter/'));
    const fresh = ends.filter(({key}) => !rows.has(key));
    const y = top + laneHead;
    for (const [index, {key}] of fresh.entries()) rows.set(key, y + (index + (goesOn ? 1 : 0)) * pitchY);
    const inside = nodes.filter(({pipeline}) => pipeline === id);
    for (const {key} of inside) rows.set(key, y);
    const count = Math.max(1, fresh.length + (goesOn ? 1 : 0));
    const within = inside.map(({key}) => columns.get(key) ?? 0);
    const from = within.length === 0 ? Math.min(firstColumn(id), Math.max(1, last - 1)) : Math.min(...within);
    const to = within.length === 0 ? from : Math.max(...within);
    lanes.set(id, {
      id,
      signal,
      isEmpty: inside.length === 0,
      x: xOf(from) - 10,
      y: top,
      width: xOf(to) + nodeWidth - xOf(from) + 20,
      height: nodeHeight + laneHead + 10,
    });
    top += count * pitchY - gapY + laneHead + 10 + 14;
  }
  const laneY = (id: string): number => (lanes.get(id)?.y ?? margin) + laneHead;

  // Receivers and exporters stand in the middle of the lanes that they serve.
  for (const kind of ['receiver', 'exporter'] as const) {
    const own = nodes.filter((node) => node.kind === kind);
    const wanted = own.map(({key}) => {
      const at = edges.filter(({from, to}) => from === key || to === key).map(({pipeline}) => laneY(pipeline));
      return at.length === 0 ? margin : at.reduce((sum, y) => sum + y, 0) / at.length;
    });
    for (const [index, y] of spread(wanted).entries()) rows.set((own[index] as PipelineNode).key, y);
  }
  const lowest = Math.min(margin, ...rows.values());
  if (lowest < margin) for (const [key, y] of rows) rows.set(key, y + margin - lowest);

  const placed = nodes.map((node): PlacedNode => {
    const column = columns.get(node.key) ?? 0;
    return {node, column, x: xOf(column), y: rows.get(node.key) ?? margin};
  });
  const place = new Map(placed.map((each) => [each.node.key, each]));
  const into = Map.groupBy(edges, ({to}) => to);
  const together = Map.groupBy(edges, ({to, pipeline}) => `${pipeline} ${to}`);
  const shift = lowest < margin ? margin - lowest : 0;
  return {
    nodes: placed,
    edges: edges.flatMap((edge) => {
      const [from, to] = [place.get(edge.from), place.get(edge.to)];
      if (from === undefined || to === undefined) return [];
      const beside = {
        arriving: into.get(edge.to)?.length ?? 1,
        inLane: together.get(`${edge.pipeline} ${edge.to}`)?.length ?? 1,
      };
      return [drawn(edge, from, to, laneY(edge.pipeline) + shift, beside, sizes)];
    }),
    lanes: [...lanes.values()].map((lane) => ({...lane, y: lane.y + shift})),
    width: xOf(last) + nodeWidth + margin,
    nodeWidth,
    height: Math.max(top + shift, ...placed.map(({y}) => y + nodeHeight + margin)),
  };
}

/** Gaps give way before nodes do. */
function sizesFor(columns: number, room: number): Sizes {
  const width = ({node, gap}: Sizes): number => columns * node + (columns - 1) * gap;
  const gaps = Math.max(1, columns - 1);
  const gap = Math.max(tight.gap, Math.min(roomy.gap, roomy.gap - Math.ceil((width(roomy) - room) / gaps)));
  const over = width({node: roomy.node, gap}) - room;
  return {gap, node: Math.max(tight.node, Math.min(roomy.node, roomy.node - Math.ceil(over / columns)))};
}

/** The longest way from a receiver to each; exporters stand together in the last column. */
function columnsOf(nodes: readonly PipelineNode[], edges: readonly PipelineEdge[]): Map<string, number> {
  const before = Map.groupBy(edges, ({to}) => to);
  const columns = new Map<string, number>();
  const columnOf = (key: string): number => {
    const known = columns.get(key);
    if (known !== undefined) return known;
    columns.set(key, 0); // no circle is possible; a broken answer must not hang the page
    const own = Math.max(-1, ...(before.get(key) ?? []).map(({from}) => columnOf(from))) + 1;
    columns.set(key, own);
    return own;
  };
  const inner = nodes.filter(({kind}) => kind !== 'exporter');
  // A pipeline without processors has its name between those at its ends.
  const direct = new Set(nodes.filter(({kind}) => kind !== 'processor').map(({key}) => key));
  const exporters = new Set(nodes.filter(({kind}) => kind === 'exporter').map(({key}) => key));
  const bare = edges.filter(({from, to}) => direct.has(from) && exporters.has(to));
  const last = Math.max(1, ...inner.map(({key}) => columnOf(key) + 1), ...bare.map(({from}) => columnOf(from) + 2));
  for (const {key, kind} of nodes) if (kind === 'exporter') columns.set(key, last);
  return columns;
}

/** Positions as near to those wanted as the height of a node allows. */
function spread(wanted: readonly number[]): number[] {
  const order = wanted.map((_, index) => index).sort((a, b) => (wanted[a] as number) - (wanted[b] as number));
  const at = [...wanted];
  for (const [position, index] of order.entries()) {
    const above = order[position - 1];
    if (above !== undefined) at[index] = Math.max(at[index] as number, (at[above] as number) + pitchY);
  }
  const off = at.reduce((sum, y, index) => sum + y - (wanted[index] as number), 0) / Math.max(1, at.length);
  return at.map((y) => y - off);
}

/** Along the lane, with a bend at either end where a node stands elsewhere. */
function drawn(
  edge: PipelineEdge,
  from: PlacedNode,
  to: PlacedNode,
  lane: number,
  {arriving, inLane}: {readonly arriving: number; readonly inLane: number},
  {node, gap}: Sizes,
): PlacedEdge {
  const half = nodeHeight / 2;
  const [x0, y0, x1, y1] = [from.x + node, from.y + half, to.x, to.y + half];
  const isNear = x1 - x0 <= gap;
  // Only a lane of its own can be followed over other columns.
  const along = isNear ? y1 : lane + half;
  const near = x0 + gap;
  const far = x1 - gap;
  const path = isNear
    ? `M${x0} ${y0}${bend(x0, y0, x1, y1)}`
    : `M${x0} ${y0}${bend(x0, y0, near, along)}L${far} ${along}${bend(far, along, x1, y1)}`;
  // Where several arrive, each is told apart where it sets out.
  const label = isNear
    ? {x: (x0 + x1) / 2, y: y0 === y1 ? y0 : arriving > 1 ? y0 + (y1 - y0) * 0.3 : y0 + (y1 - y0) * 0.7}
    : inLane > 1
      ? {x: (x0 + near) / 2, y: y0 + (along - y0) * 0.3}
      : {x: near + 6 > far ? (x0 + x1) / 2 : (near + far) / 2, y: along};
  return {edge, path, label};
}

function bend(x0: number, y0: number, x1: number, y1: number): string {
  if (y0 === y1) return `L${x1} ${y1}`;
  const middle = (x0 + x1) / 2;
  return `C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`;
}
