import {type KeyboardEvent, useEffect, useMemo, useRef} from 'react';
import type {GraphEdge, GraphNode} from '../../api/index.ts';
import {layOutGraph, nodeHeight, type Spot} from '../../graph/index.ts';
import {useFormat, useText, useVisible} from '../../i18n/index.ts';
import {useWidth} from '../../widgets/index.ts';
import classes from './service-map.module.css';
import type {ShownGraph} from './shown-graph.ts';
import {mapText} from './text/index.ts';
import {useNodeName} from './use-node-name.ts';

export interface ServiceMapProps {
  readonly graph: ShownGraph;
  readonly focus: string | undefined;
  readonly edge: string | undefined;
  readonly onFocus: (id: string | undefined) => void;
  readonly onEdge: (id: string) => void;
}

/** Callers to the left of what they call. One stop of the Tab key; arrow keys go from node to node. */
export function ServiceMap({graph, focus, edge: chosen, onFocus, onEdge}: ServiceMapProps) {
  const text = useText(mapText).map;
  const frame = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const {nodes, edges} = graph;
  const place = useWidth(frame) || undefined;
  const {spots, lines, width, height, nodeWidth} = useMemo(
    () =>
      layOutGraph(
        nodes.map(({id}) => id),
        edges,
        place,
      ),
    [nodes, edges, place],
  );
  const most = Math.max(...edges.map(({rate}) => rate), Number.MIN_VALUE);
  const stop = nodes.some(({id}) => id === focus) ? focus : nodes[0]?.id;
  useEffect(() => {
    if (focus === undefined) return;
    box.current
      ?.querySelector(`[data-node="${CSS.escape(focus)}"]`)
      ?.scrollIntoView({block: 'nearest', inline: 'nearest'});
  }, [focus]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const {node: from} = (event.target as HTMLElement).dataset;
    const next = from === undefined ? undefined : neighbour(spots, from, event.key);
    if (next === undefined) return;
    event.preventDefault();
    box.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(next)}"]`)?.focus();
  };
  return (
    <div ref={frame} className={classes.frame}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset belongs to a form */}
      <div
        ref={box}
        className={classes.canvas}
        style={{width, height}}
        onKeyDown={onKeyDown}
        role="group"
        aria-label={text.picture}
      >
        <svg className={classes.edges} width={width} height={height} aria-hidden="true">
          <defs>
            <marker
              id="map-arrow"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              markerUnits="userSpaceOnUse"
              orient="auto"
            >
              <path d="M0,0 L8,4 L0,8 z" className={classes.arrow} />
            </marker>
          </defs>
          {edges.map((edge) => (
            <Edge
              key={edge.id}
              edge={edge}
              path={lines.get(edge.id)?.path}
              share={edge.rate / most}
              chosen={edge.id === chosen}
              onEdge={onEdge}
            />
          ))}
        </svg>
        {nodes.map((node) => {
          const spot = spots.get(node.id);
          return spot === undefined ? undefined : (
            <Node
              key={node.id}
              node={node}
              spot={spot}
              width={nodeWidth}
              chosen={node.id === focus}
              tabIndex={node.id === stop ? 0 : -1}
              onFocus={onFocus}
            />
          );
        })}
      </div>
    </div>
  );
}

function Edge({
  edge,
  path,
  share,
  chosen,
  onEdge,
}: {
  readonly edge: GraphEdge;
  readonly path: string | undefined;
  readonly share: number;
  readonly chosen: boolean;
  readonly onEdge: (id: string) => void;
}) {
  if (path === undefined) return undefined;
  const state = edge.calls === 0 ? 'gone' : edge.baseline === null ? 'new' : edge.errors > 0 ? 'failing' : 'fine';
  return (
    <g className={classes.edge} data-state={state} data-kind={edge.kind} data-chosen={chosen} data-edge={edge.id}>
      <path d={path} className={classes.line} strokeWidth={1 + 5 * Math.sqrt(share)} markerEnd="url(#map-arrow)" />
      {/* The table of edges is the way for keys and screen readers. */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: as above */}
      <path d={path} className={classes.grip} onClick={() => onEdge(edge.id)} />
    </g>
  );
}

function Node({
  node,
  spot,
  width,
  chosen,
  tabIndex,
  onFocus,
}: {
  readonly node: GraphNode;
  readonly spot: Spot;
  readonly width: number;
  readonly chosen: boolean;
  readonly tabIndex: number;
  readonly onFocus: (id: string | undefined) => void;
}) {
  const text = useText(mapText).map;
  const format = useFormat();
  const visible = useVisible();
  const nameOf = useNodeName();
  const name = nameOf(node);
  const share = node.requests === 0 ? 0 : node.errors / node.requests;
  const figures = share > 0 ? `${format.rate(node.rate)} · ${format.percent(share)}` : format.rate(node.rate);
  return (
    <button
      type="button"
      className={classes.node}
      data-node={node.id}
      data-kind={node.kind}
      data-failing={share > 0}
      aria-pressed={chosen}
      title={visible(name)}
      tabIndex={tabIndex}
      style={{left: spot.x, top: spot.y, width, height: nodeHeight}}
      onClick={() => onFocus(chosen ? undefined : node.id)}
    >
      <span className={classes.name}>{visible(name)}</span>
      <span className="visually-hidden">{text.kinds[node.kind]}</span>
      <span className={classes.figures}>
        {node.system !== undefined && <span className={classes.system}>{visible(node.system)} · </span>}
        {figures}
        {share > 0 && <span className="visually-hidden"> {text.errors}</span>}
      </span>
    </button>
  );
}

/** The nearest node in the direction of an arrow key. */
function neighbour(spots: ReadonlyMap<string, Spot>, from: string, key: string): string | undefined {
  const here = spots.get(from);
  if (here === undefined) return undefined;
  const far = (spot: Spot): number => {
    const [x, y] = [spot.x - here.x, spot.y - here.y];
    if (key === 'ArrowRight') return x > 0 ? x + 2 * Math.abs(y) : -1;
    if (key === 'ArrowLeft') return x < 0 ? -x + 2 * Math.abs(y) : -1;
    if (key === 'ArrowDown') return y > 0 ? y + 3 * Math.abs(x) : -1;
    if (key === 'ArrowUp') return y < 0 ? -y + 3 * Math.abs(x) : -1;
    return -1;
  };
  return [...spots]
    .map(([id, spot]) => ({id, distance: far(spot)}))
    .filter(({distance}) => distance > 0)
    .sort((a, b) => a.distance - b.distance)[0]?.id;
}
