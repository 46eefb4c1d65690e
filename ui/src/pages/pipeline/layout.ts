/**
 * Where the parts of the graph are drawn: columns in the order of the data, a lane for each pipeline, or, where these do not fit beside
 * each other, lanes of several rows. Pixels.
 */
import type {PipelineEdge, PipelineNode, PipelineResponse} from '../../api/index.ts';
import {type Box, drawDetour, drawFlow, type Point, placeRates, type Route} from './layout-edges.ts';

export const nodeHeight = 56;
const gapY = 24;
const pitchY = nodeHeight + gapY;
/** Where there is room, and where there is least: narrower, nothing can be read, and lanes get several rows instead. */
const roomy: Sizes = {node: 186, gap: 84};
const tight: Sizes = {node: 142, gap: 60};
const margin = 14;
/** Above a lane, for its name. */
const laneHead = 20;
const laneFoot = 10;

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
  readonly label: Point;
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
  const inOrder = columnsOf(nodes, edges);
  const perRow = rowLength(Math.max(0, ...inOrder.values()) + 1, room - 2 * margin);
  const {columns, rows: rowOf} =
    perRow === undefined ? {columns: inOrder, rows: new Map()} : wrap(nodes, edges, perRow);
  const last = Math.max(0, ...columns.values());
  const sizes = sizesFor(last + 1, room - 2 * margin);
  const laneGap = perRow === undefined ? 14 : 30;
  const nodeWidth = sizes.node;
  const xOf = (column: number): number => margin + column * (sizes.node + sizes.gap);
  const edgesOf = Map.groupBy(edges, ({pipeline}) => pipeline);
  const firstColumn = (id: string): number => Math.min(...(edgesOf.get(id) ?? []).map(({to}) => inOrder.get(to) ?? 0));

  // Pipelines behind connectors lie below those that feed them.
  const ordered = pipelines.toSorted((a, b) => firstColumn(a.id) - firstColumn(b.id));
  const rows = new Map<string, number>();
  const lanes = new Map<string, Lane>();
  /** Where a lane ends: the height of its last row. */
  const exits = new Map<string, number>();
  let top = margin;
  for (const {id, signal} of ordered) {
    const own = edgesOf.get(id) ?? [];
    // Connectors at its end stand below one another; what goes on to exporters keeps the first row.
    const ends = nodes.filter(({key, kind}) => kind === 'connector' && own.some(({to}) => to === key));
    const goesOn = own.some(({to}) => to.startsWith('exporter/'));
    const fresh = ends.filter(({key}) => !rows.has(key));
    const y = top + laneHead;
    const inside = nodes.filter(({pipeline}) => pipeline === id);
    for (const {key} of inside) rows.set(key, y + (rowOf.get(key) ?? 0) * pitchY);
    const lastRow = Math.max(0, ...inside.map(({key}) => rowOf.get(key) ?? 0));
    const endRow = Math.max(lastRow, ...fresh.map(({key}) => rowOf.get(key) ?? 0));
    const aside = goesOn && endRow === lastRow ? 1 : 0;
    for (const [index, {key}] of fresh.entries()) rows.set(key, y + (endRow + index + aside) * pitchY);
    exits.set(id, y + lastRow * pitchY);
    const count = Math.max(lastRow + 1, endRow + fresh.length + aside);
    const within = inside.map(({key}) => columns.get(key) ?? 0);
    const begin =
      perRow === undefined ? firstColumn(id) : 1 + Math.min(...own.map((edge) => columns.get(edge.from) ?? 0));
    const from = within.length === 0 ? Math.min(begin, Math.max(1, last - 1)) : Math.min(...within);
    const to = within.length === 0 ? from : Math.max(...within);
    lanes.set(id, {
      id,
      signal,
      isEmpty: inside.length === 0,
      x: xOf(from) - 10,
      y: top,
      width: xOf(to) + nodeWidth - xOf(from) + 20,
      height: lastRow * pitchY + nodeHeight + laneHead + laneFoot,
    });
    top += count * pitchY - gapY + laneHead + laneFoot + laneGap;
  }
  const laneY = (id: string): number => (lanes.get(id)?.y ?? margin) + laneHead;

  // Receivers and exporters stand in the middle of the lanes that they serve.
  for (const kind of ['receiver', 'exporter'] as const) {
    const own = nodes.filter((node) => node.kind === kind);
    const wanted = own.map(({key}) => {
      const at = edges
        .filter(({from, to}) => from === key || to === key)
        .map(({pipeline}) => (kind === 'exporter' ? exits.get(pipeline) : undefined) ?? laneY(pipeline));
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
  const parting = Map.groupBy(edges, ({from, pipeline}) => `${pipeline} ${from}`);
  const shift = lowest < margin ? margin - lowest : 0;
  const boxOf = ({x, y}: PlacedNode): Box => ({left: x, right: x + nodeWidth, middle: y + nodeHeight / 2});
  const connectors = placed.filter(({node}) => node.kind === 'connector').map(({node}) => node.key);
  const route = (edge: PipelineEdge, from: PlacedNode, to: PlacedNode): Route => {
    const [start, end] = [boxOf(from), boxOf(to)];
    const lane = laneY(edge.pipeline) + shift + nodeHeight / 2;
    const beside = {
      arriving: into.get(edge.to)?.length ?? 1,
      parting: parting.get(`${edge.pipeline} ${edge.from}`)?.length ?? 1,
    };
    const isNext = to.column === from.column + 1;
    // A lane without processors is a line with a name.
    const isBare = lanes.get(edge.pipeline)?.isEmpty === true && to.node.kind === 'exporter';
    if (perRow !== undefined && isNext && isBare && from.node.kind === 'connector') {
      const third = sizes.gap / 3;
      return drawDetour(start, end, {out: start.right + third, at: lane, into: end.left - third});
    }
    if (perRow === undefined || isNext) return drawFlow(start, end, lane, beside, sizes.gap);
    if (to.node.kind === 'exporter') return drawFlow(start, end, isBare ? lane : start.middle, beside, sizes.gap);
    // Above the row of its end, where nothing stands.
    const isHead = to.y === laneY(edge.pipeline) + shift;
    const above = isHead ? to.y - laneHead - laneGap / 2 : to.y - gapY / 2;
    const turn = from.node.kind === 'connector' ? turnOf(connectors.indexOf(from.node.key)) : 0;
    const half = sizes.gap / 2 - turn;
    return drawDetour(start, end, {out: start.right + half, at: above - turn, into: end.left - half});
  };
  const drawn = edges.flatMap((edge) => {
    const [from, to] = [place.get(edge.from), place.get(edge.to)];
    return from === undefined || to === undefined ? [] : [{edge, ...route(edge, from, to)}];
  });
  const labels = placeRates(drawn, (spot, wide) =>
    placed.some(
      ({x, y}) => spot.x + wide / 2 > x && spot.x - wide / 2 < x + nodeWidth && spot.y > y && spot.y < y + nodeHeight,
    ),
  );
  return {
    nodes: placed,
    edges: drawn.map(({edge, path}, index) => ({edge, path, label: labels[index] as Point})),
    lanes: [...lanes.values()].map((lane) => ({...lane, y: lane.y + shift})),
    width: xOf(last) + nodeWidth + margin,
    nodeWidth,
    height: Math.max(top + shift, ...placed.map(({y}) => y + nodeHeight + margin)),
  };
}

/** How many components stand beside each other in a lane; undefined where all columns fit. */
function rowLength(columns: number, room: number): number | undefined {
  const pitch = tight.node + tight.gap;
  if (columns * pitch - tight.gap <= room) return undefined;
  // Receivers and exporters have a column of their own.
  return Math.max(1, Math.floor((room + tight.gap) / pitch) - 2);
}

/** Lanes of rows: the column of each node, and its row within the lane. A connector follows the first lane that leads to it. */
function wrap(nodes: readonly PipelineNode[], edges: readonly PipelineEdge[], perRow: number) {
  const columns = new Map<string, number>();
  const rows = new Map<string, number>();
  const place = (key: string, index: number): void => {
    if (columns.has(key)) return;
    columns.set(key, 1 + (index % perRow));
    rows.set(key, Math.floor(index / perRow));
  };
  for (const {key, kind} of nodes) {
    if (kind === 'receiver') columns.set(key, 0);
    if (kind === 'exporter') columns.set(key, perRow + 1);
  }
  const lanes = Map.groupBy(
    nodes.filter(({pipeline}) => pipeline !== undefined),
    ({pipeline}) => pipeline,
  );
  for (const inside of lanes.values()) for (const [index, {key}] of inside.entries()) place(key, index);
  for (const {key, kind} of nodes) {
    if (kind !== 'connector') continue;
    const before = edges.find(({to}) => to === key)?.pipeline;
    place(key, lanes.get(before)?.length ?? 0);
  }
  return {columns, rows};
}

/** Lines that turn in one gap keep a distance from each other. */
const turnOf = (index: number): number => (index % 3) * 5 - 5;

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
