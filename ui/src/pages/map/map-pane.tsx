import {IconX} from '@tabler/icons-react';
import {Link} from '@tanstack/react-router';
import type {ReactNode} from 'react';
import type {GraphDurations, GraphEdge, GraphEdgeFigures, GraphNode, ServiceGraphResponse} from '../../api/index.ts';
import {useFormat, useText, useVisible} from '../../i18n/index.ts';
import {type MapUrl, servicePage} from '../../urls/index.ts';
import {IconAction} from '../../widgets/index.ts';
import classes from './map-page.module.css';
import {mapText} from './text/index.ts';
import {useNodeName} from './use-node-name.ts';

/** What the chosen edge or node did, and the way into its traces. */
export function MapPane({
  graph,
  focus,
  edge: edgeId,
  onChange,
}: {
  readonly graph: ServiceGraphResponse;
  readonly focus: string | undefined;
  readonly edge: string | undefined;
  readonly onChange: (patch: Partial<MapUrl>) => void;
}) {
  const text = useText(mapText).map;
  const edge = graph.edges.find(({id}) => id === edgeId);
  const node = graph.nodes.find(({id}) => id === focus);
  if (edge === undefined && node === undefined) return undefined;
  return (
    <aside className={classes.pane} aria-label={text.details}>
      {edge === undefined ? (
        node !== undefined && (
          <NodeDetails graph={graph} node={node} onChange={onChange} onClose={() => onChange({focus: undefined})} />
        )
      ) : (
        <EdgeDetails graph={graph} edge={edge} onClose={() => onChange({edge: undefined})} />
      )}
    </aside>
  );
}

function Head({title, onClose}: {readonly title: string; readonly onClose: () => void}) {
  const text = useText(mapText).map;
  return (
    <div className={classes.paneHead}>
      <h2>{title}</h2>
      <IconAction label={text.close} icon={<IconX size={15} />} onClick={onClose} />
    </div>
  );
}

function NodeDetails({
  graph,
  node,
  onChange,
  onClose,
}: {
  readonly graph: ServiceGraphResponse;
  readonly node: GraphNode;
  readonly onChange: (patch: Partial<MapUrl>) => void;
  readonly onClose: () => void;
}) {
  const text = useText(mapText).map;
  const format = useFormat();
  const visible = useVisible();
  const nameOf = useNodeName();
  const share = node.requests === 0 ? 0 : node.errors / node.requests;
  return (
    <>
      <Head title={visible(nameOf(node))} onClose={onClose} />
      <dl className={classes.figures}>
        <Row name={text.kind} value={[text.kinds[node.kind], node.system].filter(Boolean).join(' · ')} />
        <Row name={text.rate} value={format.rate(node.rate)} />
        <Row name={text.errors} value={format.percent(share)} bad={share > 0} />
        {node.durations !== undefined && <Row name={text.p95} value={format.duration(node.durations.p95 * 1e6)} />}
      </dl>
      {node.kind === 'service' && <Traces service={node.name} />}
      <Edges
        graph={graph}
        title={text.incoming}
        edges={graph.edges.filter(({to}) => to === node.id)}
        end="from"
        onChange={onChange}
      />
      <Edges
        graph={graph}
        title={text.outgoing}
        edges={graph.edges.filter(({from}) => from === node.id)}
        end="to"
        onChange={onChange}
      />
    </>
  );
}

function Edges({
  graph,
  title,
  edges,
  end,
  onChange,
}: {
  readonly graph: ServiceGraphResponse;
  readonly title: string;
  readonly edges: readonly GraphEdge[];
  readonly end: 'from' | 'to';
  readonly onChange: (patch: Partial<MapUrl>) => void;
}) {
  const format = useFormat();
  const visible = useVisible();
  const nameOf = useNodeName();
  if (edges.length === 0) return undefined;
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  return (
    <>
      <h3>{title}</h3>
      <ul className={classes.edges}>
        {edges.map((edge) => (
          <li key={edge.id}>
            <button type="button" className={classes.edgeButton} onClick={() => onChange({edge: edge.id})}>
              <span>{visible(nameOf(nodes.get(edge[end])))}</span>
              <span className={edge.errors > 0 ? classes.bad : undefined}>
                {format.rate(edge.rate)}
                {edge.errors > 0 && ` · ${format.percent(edge.errors / edge.calls)}`}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function EdgeDetails({
  graph,
  edge,
  onClose,
}: {
  readonly graph: ServiceGraphResponse;
  readonly edge: GraphEdge;
  readonly onClose: () => void;
}) {
  const text = useText(mapText).map;
  const format = useFormat();
  const visible = useVisible();
  const nameOf = useNodeName();
  const [from, to] = [edge.from, edge.to].map((id) => graph.nodes.find((node) => node.id === id));
  const was = edge.baseline ?? undefined;
  const share = ({errors, calls}: GraphEdgeFigures): number => (calls === 0 ? 0 : errors / calls);
  const duration = (ms: number): string => format.duration(ms * 1e6);
  const former = (value: string | undefined): string | undefined => (value === undefined ? undefined : text.was(value));
  const service = to?.kind === 'service' ? to : from?.kind === 'service' ? from : undefined;
  const {client, server} = edge;
  return (
    <>
      <Head
        title={text.edgeName(visible(nameOf(from)), text.edgeKinds[edge.kind], visible(nameOf(to)))}
        onClose={onClose}
      />
      {edge.baseline === null && <p className={classes.note}>{text.isNew}</p>}
      {edge.calls === 0 && <p className={classes.note}>{text.gone}</p>}
      <dl className={classes.figures}>
        <Row name={text.calls} value={format.count(edge.calls)} />
        <Row name={text.rate} value={format.rate(edge.rate)} was={former(was && format.rate(was.rate))} />
        <Row
          name={text.errors}
          value={format.percent(share(edge))}
          was={former(was && format.percent(share(was)))}
          bad={edge.errors > 0}
        />
        {edge.waitMs !== undefined && <Row name={text.wait} value={duration(edge.waitMs)} />}
        {client !== undefined && server !== undefined && edge.kind === 'call' && (
          <Row name={text.network} value={duration(Math.max(0, client.mean - server.mean))} />
        )}
        {Math.abs(edge.aheadMs ?? 0) >= 1 && (
          <Row
            name={text.ahead}
            value={`${(edge.aheadMs ?? 0) < 0 ? '−' : ''}${duration(Math.abs(edge.aheadMs ?? 0))}`}
          />
        )}
      </dl>
      <Durations title={text.client} of={client} was={was?.client} />
      <Durations title={text.server} of={server} was={was?.server} />
      {service !== undefined && <Traces service={service.name} />}
    </>
  );
}

function Durations({
  title,
  of,
  was,
}: {
  readonly title: string;
  readonly of: GraphDurations | undefined;
  readonly was: GraphDurations | undefined;
}) {
  const text = useText(mapText).map;
  const format = useFormat();
  if (of === undefined) return undefined;
  const rows = [
    [text.mean, of.mean, was?.mean],
    ['P50', of.p50, was?.p50],
    ['P95', of.p95, was?.p95],
    ['P99', of.p99, was?.p99],
  ] as const;
  return (
    <>
      <h3>{title}</h3>
      <dl className={classes.figures}>
        {rows.map(([name, now, before]) => (
          <Row
            key={name}
            name={name}
            value={format.duration(now * 1e6)}
            was={before === undefined ? undefined : text.was(format.duration(before * 1e6))}
          />
        ))}
      </dl>
    </>
  );
}

function Row({
  name,
  value,
  was,
  bad,
}: {
  readonly name: string;
  readonly value: ReactNode;
  readonly was?: string | undefined;
  readonly bad?: boolean;
}) {
  return (
    <>
      <dt>{name}</dt>
      <dd className={bad === true ? classes.bad : undefined}>
        {value} {was !== undefined && <span className={classes.was}>{was}</span>}
      </dd>
    </>
  );
}

function Traces({service}: {readonly service: string}) {
  const text = useText(mapText).map;
  return (
    <div className={classes.links}>
      <Link {...servicePage(service)}>{text.openService}</Link>
      <Link to="/" search={{service}}>
        {text.traces}
      </Link>
      <Link to="/" search={{service, where: ['status=error']}}>
        {text.failedTraces}
      </Link>
    </div>
  );
}
