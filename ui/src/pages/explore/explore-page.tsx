import {useQueryClient} from '@tanstack/react-query';
import {getRouteApi, Link} from '@tanstack/react-router';
import {useRef} from 'react';
import {useText} from '../../i18n/index.ts';
import {type ExploreUrl, type ResultKindId, viewKeys} from '../../urls/index.ts';
import {Segmented} from '../../widgets/index.ts';
import {FilterBar} from './filter-bar.tsx';
import {kindOf, resultKinds} from './result-kinds.ts';
import {exploreText} from './text/index.ts';
import {useEntry} from './use-entry.ts';
import {useExploreUrl} from './use-explore-url.ts';
import {useFirstSpan} from './use-first-span.ts';
import {Welcome} from './welcome.tsx';

const route = getRouteApi('/');

/** One query bar, and under it the results of the kind that is chosen, which are shown as they were when they were left. */
export function ExplorePage() {
  const text = useText(exploreText);
  const client = useQueryClient();
  const [asked, change] = useExploreUrl();
  const entry = useEntry(route.useSearch());
  const kind = kindOf(asked.url.results);
  const waiting = useFirstSpan();
  const left = useRef<Partial<Record<ResultKindId, ExploreUrl>>>({});
  const show = (id: ResultKindId): void => {
    left.current[kind.id] = asked.url;
    const before: ExploreUrl = left.current[id] ?? {};
    const view = Object.fromEntries(viewKeys.map((key) => [key, before[key]]));
    change({...view, results: id === 'traces' ? undefined : id});
  };
  const down = useRef(() => undefined as void);
  const refresh = (): void => {
    for (const key of ['traces', 'heatmap', 'spans', 'span-groups'])
      void client.invalidateQueries({queryKey: [key], refetchType: 'active'});
  };

  if (waiting) return <Welcome />;
  return (
    <kind.Results
      key={kind.id}
      asked={asked}
      entry={entry}
      title={kind.name(text)}
      down={down}
      onChange={change}
      bar={
        <FilterBar
          kinds={
            <>
              <Segmented
                label={text.explore.kinds}
                value={kind.id}
                choices={resultKinds.map((one) => ({value: one.id, label: one.name(text)}))}
                onChange={show}
              />
              <Link to="/sql" title={text.explore.toSql}>
                SQL
              </Link>
            </>
          }
          asked={asked}
          onChange={change}
          onRefresh={refresh}
          onDown={() => down.current()}
        />
      }
    />
  );
}
