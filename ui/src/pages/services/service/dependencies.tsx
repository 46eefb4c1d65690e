import {IconTopologyStar3} from '@tabler/icons-react';
import {getRouteApi, Link} from '@tanstack/react-router';
import {useMemo} from 'react';
import type {GraphEdge, GraphEdgeFigures, GraphNode, ServiceGraphResponse} from '../../../api/index.ts';
import {useOwnAddress, usePageContext} from '../../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../../i18n/index.ts';
import {type ServiceUrl, servicePage} from '../../../urls/index.ts';
import {QuietPanel, ServiceName} from '../../../widgets/index.ts';
import {Part} from './part.tsx';
import {type PlainColumn, PlainTable} from './plain-table.tsx';
import classes from './service-page.module.css';
import {serviceText} from './text/index.ts';
import {useServicePart} from './use-service.ts';

const route = getRouteApi('/services/$service');

interface Dependency {
  readonly edge: GraphEdge;
  readonly node: GraphNode;
}

/** Who calls the service, and what it calls: services, databases, queues, other systems. */
export function Dependencies({service, comparing}: {readonly service: string; readonly comparing: boolean}) {
  const {service: words} = useText(serviceText);
  const text = words.dependencies;
  const visible = useVisible();
  const [{environment}] = usePageContext();
  const answer = useServicePart('service-graph', service);
  return (
    <Part
      answer={answer}
      label={text.label}
      empty={({edges}) =>
        edges.length === 0 ? (
          <QuietPanel icon={<IconTopologyStar3 size={26} />} title={text.none} hint={text.noneHint} />
        ) : undefined
      }
    >
      {(graph) => (
        <>
          {environment !== undefined && (
            <p className={classes.quiet}>
              {visible(environment)}: {text.every}
            </p>
          )}
          <div className={classes.two}>
            <Side service={service} comparing={comparing} graph={graph} end="from" />
            <Side service={service} comparing={comparing} graph={graph} end="to" />
          </div>
        </>
      )}
    </Part>
  );
}

function Side({
  service,
  comparing,
  graph,
  end,
}: {
  readonly service: string;
  readonly comparing: boolean;
  readonly graph: ServiceGraphResponse | undefined;
  /** Which end of an edge is the other. */
  readonly end: 'from' | 'to';
}) {
  const {service: words} = useText(serviceText);
  const text = words.dependencies;
  const url = route.useSearch();
  const change = useOwnAddress<ServiceUrl>();
  const columns = useColumns(service, end, comparing);
  const rows = useMemo(() => {
    if (graph === undefined) return undefined;
    const own = `service:${service}`;
    const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
    return graph.edges.flatMap((edge): Dependency[] => {
      const node = nodes.get(edge[end]);
      return edge[end === 'from' ? 'to' : 'from'] === own && node !== undefined ? [{edge, node}] : [];
    });
  }, [graph, service, end]);
  const title = end === 'from' ? text.incoming : text.outgoing;
  if (rows?.length === 0) return undefined;
  return (
    <div>
      <h2 className={classes.title}>{title}</h2>
      <PlainTable
        label={title}
        columns={columns}
        rows={rows}
        rowId={({edge}) => edge.id}
        sort={{column: url.sort, up: url.up === true}}
        onSort={(sort, up) => change({sort, up: up ? true : undefined})}
      />
    </div>
  );
}

const shareOf = ({calls, errors}: GraphEdgeFigures): number => (calls === 0 ? 0 : errors / calls);

function useColumns(service: string, end: 'from' | 'to', comparing: boolean): readonly PlainColumn<Dependency>[] {
  const {service: words} = useText(serviceText);
  const text = words.dependencies;
  const format = useFormat();
  const visible = useVisible();
  const [context] = usePageContext();
  return useMemo(() => {
    // What was waited for counts: the caller's spans, and the callee's where it has none.
    const durations = ({client, server}: GraphEdgeFigures) => (end === 'to' ? (client ?? server) : (server ?? client));
    const millis = (value: number | undefined): string => (value === undefined ? '–' : format.duration(value * 1e6));
    const was = (of: GraphEdge, write: (figures: GraphEdgeFigures) => string) =>
      of.baseline == null ? undefined : <small className={classes.was}>{words.errors.times(write(of.baseline))}</small>;
    const percentile = (name: 'p50' | 'p95'): PlainColumn<Dependency> => ({
      id: name,
      header: text[name],
      align: 'end',
      ...(name === 'p50' ? {rank: 2} : {}),
      value: ({edge}) => durations(edge)?.[name],
      draw: ({edge}) => (
        <>
          {millis(durations(edge)?.[name])}
          {name === 'p95' && was(edge, (figures) => millis(durations(figures)?.p95))}
        </>
      ),
    });
    return [
      {
        id: 'name',
        header: text.name,
        up: true,
        value: ({node}) => node.name,
        draw: ({edge, node}) => {
          const name = node.kind === 'user' ? text.user : visible(node.name);
          const map = {focus: `service:${service}`, edge: edge.id};
          return (
            <span className={classes.stack}>
              {node.kind === 'service' ? (
                <Link {...servicePage(node.name, {context})}>
                  <ServiceName name={node.name} />
                </Link>
              ) : (
                <Link to="/map" search={map}>
                  {name}
                </Link>
              )}
              <small>
                {[text.kinds[node.kind], node.system].filter(Boolean).join(' · ')}
                {comparing && edge.baseline === null && <b className={classes.fresh}> {text.isNew}</b>}
                {edge.calls === 0 && <b className={classes.fresh}> {text.gone}</b>}
                {node.kind === 'service' && (
                  <>
                    {' · '}
                    <Link to="/map" search={map} aria-label={text.edgeOf(name)}>
                      {text.edge}
                    </Link>
                  </>
                )}
              </small>
            </span>
          );
        },
      },
      {
        id: 'rate',
        header: text.rate,
        align: 'end',
        value: ({edge}) => edge.rate,
        draw: ({edge}) => (
          <>
            {format.rate(edge.rate)}
            {was(edge, ({rate}) => format.rate(rate))}
          </>
        ),
      },
      {
        id: 'errors',
        header: text.errors,
        align: 'end',
        value: ({edge}) => shareOf(edge),
        draw: ({edge}) => (
          <span className={edge.errors > 0 ? classes.bad : classes.quiet}>{format.percent(shareOf(edge))}</span>
        ),
      },
      percentile('p50'),
      percentile('p95'),
    ];
  }, [service, end, comparing, words, text, format, visible, context]);
}
