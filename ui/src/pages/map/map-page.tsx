import {IconTopologyStar3} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {getRouteApi} from '@tanstack/react-router';
import {type ReactNode, useMemo} from 'react';
import {queries, type ServiceGraphResponse} from '../../api/index.ts';
import {ServicesTabs, useOwnAddress, usePageContext, View} from '../../frame/index.ts';
import {useFormat, useText, useVisible} from '../../i18n/index.ts';
import {comparedRange, type MapUrl, mapViews, rangeInNanos} from '../../urls/index.ts';
import {QuietPanel, Segmented} from '../../widgets/index.ts';
import {EdgeTable} from './edge-table.tsx';
import classes from './map-page.module.css';
import {MapPane} from './map-pane.tsx';
import {Propagation} from './propagation.tsx';
import {ServiceMap} from './service-map.tsx';
import {shownGraph} from './shown-graph.ts';
import {mapText} from './text/index.ts';

const route = getRouteApi('/map');
const nodeOfService = (service: string): string => `service:${service}`;

/** Who calls whom: as a picture, as a table, and how whole the traces are that it is made of. */
export function MapPage(): ReactNode {
  const url = route.useSearch();
  return url.view === 'propagation' ? <Propagation bar={<MapBar graph={undefined} folded={0} />} /> : <MapView />;
}

function MapView() {
  const text = useText(mapText).map;
  const url = route.useSearch();
  const change = useOwnAddress<MapUrl>();
  const [context] = usePageContext();
  const {last, start, end, compare, service} = context;
  const range = {last, start, end};
  const answer = useQuery({
    ...queries.serviceGraph({...range, compare}, () => {
      const now = Date.now();
      const other = comparedRange(context, now);
      const baseline = other === undefined ? undefined : rangeInNanos(other, now);
      return {
        ...rangeInNanos(range, now),
        ...(baseline === undefined ? {} : {baselineStart: baseline.start, baselineEnd: baseline.end}),
      };
    }),
    refetchInterval: start === undefined ? 30_000 : false,
  });
  // The service that the reader looks at everywhere is what the map is about, until another is chosen.
  const focus = url.focus ?? (service === undefined ? undefined : nodeOfService(service));
  const shown = useMemo(
    () => (answer.data === undefined ? undefined : shownGraph(answer.data, {focus, find: url.find, all: url.all})),
    [answer.data, focus, url.find, url.all],
  );
  return (
    <div className={classes.page}>
      <View
        title={text.title}
        note={text.explain}
        bar={<MapBar graph={answer.data} folded={shown?.folded ?? 0} />}
        answer={answer}
        empty={({edges, nodes}) =>
          edges.length === 0 && nodes.length === 0 ? (
            <QuietPanel icon={<IconTopologyStar3 size={26} />} title={text.empty} hint={text.emptyHint} />
          ) : undefined
        }
      >
        {(graph) => (
          <div className={classes.content}>
            {url.view === 'table' ? (
              <EdgeTable graph={graph} edges={shown?.edges ?? []} onEdge={(edge) => change({edge}, 'keep')} />
            ) : (
              shown !== undefined && (
                <ServiceMap
                  graph={shown}
                  focus={focus}
                  edge={url.edge}
                  onFocus={(id) => change({focus: id, edge: undefined})}
                  onEdge={(edge) => change({edge})}
                />
              )
            )}
            <MapPane graph={graph} focus={focus} edge={url.edge} onChange={change} />
          </div>
        )}
      </View>
    </div>
  );
}

/** Tabs, views, the search and what is left out. */
function MapBar({graph, folded}: {readonly graph: ServiceGraphResponse | undefined; readonly folded: number}) {
  const text = useText(mapText).map;
  const format = useFormat();
  const url = route.useSearch();
  const change = useOwnAddress<MapUrl>();
  const visible = useVisible();
  const [{environment, service}] = usePageContext();
  const focus = url.focus ?? (service === undefined ? undefined : nodeOfService(service));
  const isThere = graph === undefined || graph.nodes.length === 0 || graph.nodes.some(({id}) => id === focus);
  const missing = isThere || url.view === 'propagation' ? undefined : focus;
  return (
    <>
      <ServicesTabs />
      <div className={classes.bar}>
        <Segmented
          label={text.views}
          value={url.view ?? 'map'}
          choices={mapViews.map((view) => ({value: view, label: text.view[view]}))}
          onChange={(view) => change({view: view === 'map' ? undefined : view})}
        />
        {url.view !== 'propagation' && (
          <input
            type="search"
            className={classes.find}
            aria-label={text.find}
            placeholder={text.find}
            value={url.find ?? ''}
            onChange={({target}) =>
              change({find: target.value === '' ? undefined : target.value, focus: undefined}, 'replace')
            }
          />
        )}
        {missing !== undefined && (
          <span className={classes.note} role="status">
            {text.notThere(visible(missing.slice(missing.indexOf(':') + 1)))}
          </span>
        )}
        {url.focus !== undefined && (
          <button type="button" className={classes.plain} onClick={() => change({focus: undefined, edge: undefined})}>
            {text.wholeMap}
          </button>
        )}
        {folded > 0 && (
          <span className={classes.note}>
            {text.folded(format.count(folded))}{' '}
            <button type="button" className={classes.plain} onClick={() => change({all: true})}>
              {text.showAll}
            </button>
          </span>
        )}
        {environment !== undefined && (
          <span className={classes.note}>{text.everyEnvironment(visible(environment))}</span>
        )}
        {graph?.pendingMinutes !== undefined && (
          <span className={classes.note}>{text.pending(format.count(graph.pendingMinutes))}</span>
        )}
        {graph?.share !== undefined && <span className={classes.note}>{text.share(format.count(graph.share))}</span>}
      </div>
    </>
  );
}
