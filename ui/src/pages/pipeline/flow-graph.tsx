import {type KeyboardEvent, useEffect, useMemo, useRef} from 'react';
import type {PipelineEdge, PipelineResponse} from '../../api/index.ts';
import {useText} from '../../i18n/index.ts';
import {useNow, useWidth} from '../../widgets/index.ts';
import classes from './flow-graph.module.css';
import {layOut, type PlacedEdge, type PlacedNode} from './layout.ts';
import {NodeCard} from './node-card.tsx';
import {pipelineText} from './text/index.ts';
import {useRateText} from './use-rate-text.ts';

export interface FlowProps {
  readonly pipeline: PipelineResponse;
  readonly chosen: string | undefined;
  readonly onChoose: (key: string | undefined) => void;
}

/** Components in columns, one lane for each pipeline, with items a second on what joins them. One stop of the Tab key. */
export function FlowGraph({pipeline, chosen, onChoose}: FlowProps) {
  const text = useText(pipelineText).pipeline;
  const now = useNow(5_000);
  const box = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const room = useWidth(frame);
  const {nodes, edges, lanes, width, height, nodeWidth} = useMemo(() => layOut(pipeline, room), [pipeline, room]);
  const stop = nodes.some(({node}) => node.key === chosen) ? chosen : nodes[0]?.node.key;
  // The details take room away: what they are of stays in sight.
  useEffect(() => {
    if (chosen === undefined || room === 0) return;
    const card = box.current?.querySelector(`[data-node="${CSS.escape(chosen)}"]`);
    card?.scrollIntoView({block: 'nearest', inline: 'nearest'});
  }, [chosen, room]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const from = nodes.find(({node}) => node.key === (event.target as HTMLElement).dataset.node);
    const next = from === undefined ? undefined : neighbour(nodes, from, event.key);
    if (next === undefined) return;
    event.preventDefault();
    box.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(next.node.key)}"]`)?.focus();
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
        aria-label={text.graph}
      >
        {lanes.map(({id, signal, isEmpty, x, y, width: wide, height: high}) => (
          <div
            key={id}
            className={classes.lane}
            data-empty={isEmpty}
            style={{left: x, top: y, width: wide, height: high}}
          >
            <span className={classes.laneName} data-signal={signal}>
              {id}
            </span>
          </div>
        ))}
        <svg className={classes.edges} width={width} height={height} aria-hidden="true">
          {edges.map(({edge, path}) => (
            <Edge key={`${edge.from} ${edge.to} ${edge.pipeline}`} edge={edge} path={path} />
          ))}
        </svg>
        {edges.map((placed) => (
          <EdgeLabel key={`${placed.edge.from} ${placed.edge.to} ${placed.edge.pipeline}`} placed={placed} />
        ))}
        {nodes.map(({node, x, y}) => (
          <NodeCard
            key={node.key}
            node={node}
            pipeline={pipeline}
            now={now}
            chosen={node.key === chosen}
            tabIndex={node.key === stop ? 0 : -1}
            style={{left: x, top: y, width: nodeWidth}}
            onChoose={onChoose}
          />
        ))}
      </div>
    </div>
  );
}

function Edge({edge, path}: {readonly edge: PipelineEdge; readonly path: string}) {
  const {perSecond, refusedPerSecond, signal} = edge;
  const state = refusedPerSecond > 0 ? 'refused' : perSecond > 0 ? 'flowing' : 'idle';
  const weight = 1.5 + Math.min(4, Math.log10(1 + perSecond));
  return (
    <g data-signal={signal} data-state={state} className={classes.edge}>
      <path d={path} strokeWidth={weight} />
      {/* Faster where more flows, within what an eye can follow. */}
      {state !== 'idle' && (
        <path
          d={path}
          className={classes.moving}
          style={{animationDuration: `${Math.max(0.5, 2.4 - weight * 0.35)}s`}}
        />
      )}
    </g>
  );
}

function EdgeLabel({placed: {edge, label}}: {readonly placed: PlacedEdge}) {
  const text = useText(pipelineText).pipeline;
  const rate = useRateText();
  const {perSecond, refusedPerSecond} = edge;
  const refused = refusedPerSecond > 0;
  return (
    <span
      className={classes.label}
      data-refused={refused}
      data-idle={perSecond === 0}
      style={{left: label.x, top: label.y}}
      title={`${edge.pipeline}: ${rate(perSecond)} ${text.items[edge.signal]}${refused ? `, ${text.refused(rate(refusedPerSecond))}` : ''}`}
      aria-hidden="true"
    >
      {refused ? `✕ ${rate(refusedPerSecond)}` : perSecond === 0 ? text.idle : rate(perSecond)}
    </span>
  );
}

/** By arrow key, how far a component is in its direction; negative where it lies in another one. */
const distances: Readonly<Record<string, (from: PlacedNode, to: PlacedNode) => number>> = {
  arrowRight: (from, to) => across(to.column - from.column, to.y - from.y),
  arrowLeft: (from, to) => across(from.column - to.column, to.y - from.y),
  arrowDown: (from, to) => along(to.y - from.y, to.x - from.x),
  arrowUp: (from, to) => along(from.y - to.y, to.x - from.x),
};
const across = (columns: number, aside: number): number => (columns > 0 ? columns * 1000 + Math.abs(aside) : -1);
const along = (rows: number, aside: number): number => (rows > 0 ? rows + 3 * Math.abs(aside) : -1);

/** The nearest component in the direction of an arrow key; undefined where there is none. */
function neighbour(nodes: readonly PlacedNode[], from: PlacedNode, key: string): PlacedNode | undefined {
  const distance = distances[key.replace('Arrow', 'arrow')];
  if (distance === undefined) return undefined;
  return nodes
    .map((node) => ({node, far: distance(from, node)}))
    .filter(({far}) => far >= 0)
    .sort((a, b) => a.far - b.far)[0]?.node;
}
