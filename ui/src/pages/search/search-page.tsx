import {useQuery} from '@tanstack/react-query';
import {lazy, Suspense, useEffect, useEffectEvent, useMemo, useRef, useState} from 'react';
import {failureOf, queries, type TraceSearchResponse} from '../../api/index.ts';
import {useText} from '../../i18n/index.ts';
import type {SearchUrl} from '../../urls/index.ts';
import {FailurePanel, LoadingLine, useTitle} from '../../widgets/index.ts';
import {FilterBar} from './filter-bar.tsx';
import {NoMatch} from './no-match.tsx';
import {ResultsBar} from './results-bar.tsx';
import classes from './search-page.module.css';
import {sortTraces} from './sort-traces.ts';
import {searchText} from './text/index.ts';
import {TraceList} from './trace-list.tsx';
import {useResults} from './use-results.ts';
import {useSearchUrl} from './use-search-url.ts';
import {Welcome} from './welcome.tsx';

/** Fetched by itself, so that the list need not wait for the drawing library. */
const Scatter = lazy(() => import('./scatter.tsx').then((module) => ({default: module.Scatter})));

/** Finds traces: conditions above, what fits as a scatter plot and as a list. */
export function SearchPage() {
  const text = useText(searchText);
  const [url, change] = useSearchUrl();
  const [hold, setHold] = useState(false);
  const results = useResults(url, hold);
  const empty = results.data?.traces.length === 0;
  const waiting = useFirstSpan(empty, results.query.isFetching, () => void results.query.refetch());
  useTitle(`${text.search.title} · Weft`);

  if (waiting) return <Welcome />;
  return (
    <div className={classes.page}>
      <h1 className="visually-hidden">{text.search.title}</h1>
      <FilterBar
        url={url}
        onChange={change}
        onRefresh={() => void results.query.refetch()}
        failure={results.query.error ?? undefined}
      />
      <LoadingLine active={results.query.isFetching && !url.live} />
      {results.query.isError && !url.live ? (
        <FailurePanel failure={failureOf(results.query.error)} onRetry={() => void results.query.refetch()} />
      ) : empty ? (
        <NoMatch url={url} />
      ) : (
        results.data !== undefined && (
          <Found data={results.data} url={url} results={results} onHold={setHold} onChange={change} />
        )
      )}
    </div>
  );
}

/** The results. While a reader is in the middle of it, nothing may move under the hand: `onHold`. */
function Found({
  data,
  url,
  results,
  onHold,
  onChange,
}: {
  readonly data: TraceSearchResponse;
  readonly url: SearchUrl;
  readonly results: ReturnType<typeof useResults>;
  readonly onHold: (hold: boolean) => void;
  readonly onChange: (change: Partial<SearchUrl>) => void;
}) {
  const sorted = useMemo(() => sortTraces(data.traces, url.sort ?? 'newest'), [data, url.sort]);
  const [hovered, setHovered] = useState<string | undefined>();
  const list = useRef<HTMLDivElement>(null);
  const reader = useRef({pointer: false, focus: false});
  const tell = (change: Partial<typeof reader.current>): void => {
    Object.assign(reader.current, change);
    onHold(reader.current.pointer || reader.current.focus || (list.current?.scrollTop ?? 0) > 0);
  };
  useEffect(() => () => onHold(false), [onHold]);
  const showWaiting = (): void => {
    list.current?.scrollTo({top: 0});
    results.showWaiting();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: nothing to operate, it only notices that a reader is here
    <div
      className={classes.found}
      onMouseEnter={() => tell({pointer: true})}
      onMouseLeave={() => tell({pointer: false})}
      onFocus={() => tell({focus: true})}
      onBlur={() => tell({focus: false})}
    >
      <Suspense fallback={<div className={classes.plotToCome} />}>
        <Scatter data={data} range={url} at={results.at} hovered={hovered} onZoom={onChange} />
      </Suspense>
      <ResultsBar
        count={data.traces.length}
        more={data.more}
        url={url}
        waiting={results.waiting}
        onShowWaiting={showWaiting}
        onChange={onChange}
      />
      <TraceList
        scroller={list}
        traces={sorted}
        fresh={results.fresh}
        live={url.live === true}
        onScroll={() => tell({})}
        onHover={setHovered}
      />
    </div>
  );
}

/**
 * True while no service has ever sent a span, which is asked every 2 s; when the first one has, `search` is called, and it stays
 * true until that has found something.
 */
function useFirstSpan(empty: boolean, searching: boolean, search: () => void): boolean {
  const {data} = useQuery({
    ...queries.services(),
    refetchInterval: (query) => (empty && query.state.data?.services.length === 0 ? 2_000 : false),
  });
  const nothingEver = empty && data?.services.length === 0;
  const [waited, setWaited] = useState(false);
  if (nothingEver && !waited) setWaited(true);
  const arrived = waited && empty && !nothingEver;
  const onArrival = useEffectEvent(search);
  useEffect(() => {
    if (arrived) onArrival();
  }, [arrived]);
  return nothingEver || (arrived && searching);
}
