import {useQuery, useQueryClient} from '@tanstack/react-query';
import {useEffect, useState} from 'react';
import {queries, type TraceSearchResponse} from '../../api/index.ts';
import {conditionParameters, rangeInNanos, searchParameters} from '../../urls/index.ts';
import type {Asked} from './use-explore-url.ts';

const LIVE_INTERVAL = 2_000;
/** All of the range is counted: that may cost more than the newest hundred. */
const LIVE_HEATMAP_INTERVAL = 5_000;
export const heatmapColumns = 120;
const heatmapRows = 36;
const MAX_KEPT = 30;

/** The results of a search. In live mode newer findings come by themselves, but wait while `hold` is true. */
export function useResults({context, question, url}: Asked, entry: string, hold: boolean) {
  const {live, ...range} = context;
  const key = JSON.stringify([entry, range, question, url.limit, url.sort]);
  const query = useQuery({
    ...queries.traces(key, () => searchParameters(context, question, {limit: url.limit, order: url.sort}, Date.now())),
    refetchInterval: live ? LIVE_INTERVAL : false,
  });
  const found = query.isPlaceholderData ? undefined : query.data;
  const [shown, setShown] = useState<Shown>({key: '', data: undefined, at: 0, fresh: new Set()});

  let current = shown;
  const [released, setReleased] = useState<TraceSearchResponse>();
  const isRefresh = shown.key === key && shown.data !== undefined;
  if (found !== undefined && found !== shown.data && !(isRefresh && live && hold && found !== released)) {
    const fresh = isRefresh && live ? newIds(shown.data, found) : new Set<string>();
    current = {key, data: found, at: query.dataUpdatedAt, fresh};
    setShown(current);
  }
  return {
    query,
    data: current.data,
    /** Of another search than the one that is asked for. */
    old: current.key !== key,
    /** When the API was asked for what is on show. */
    at: current.at,
    /** Ids that came with the latest refresh. */
    fresh: current.fresh,
    showWaiting: () => setReleased(found),
    /** How many have arrived and wait. */
    waiting: found === undefined || found === current.data ? 0 : newIds(current.data, found).size,
  };
}

/** Answers are kept for as many searches as a reader may go back to; older ones are forgotten. */
export function useForgetting(entry: string): void {
  const cache = useQueryClient().getQueryCache();
  // biome-ignore lint/correctness/useExhaustiveDependencies: at each new entry
  useEffect(() => {
    for (const kind of ['traces', 'heatmap']) {
      const unused = cache
        .findAll({queryKey: [kind], type: 'inactive'})
        .sort((a, b) => b.state.dataUpdatedAt - a.state.dataUpdatedAt);
      for (const query of unused.slice(MAX_KEPT)) cache.remove(query);
    }
  }, [cache, entry]);
}

/** Everything that fits, counted: for the plot and for the sums. */
export function useHeatmap({context, question}: Asked, entry: string) {
  const {live, ...range} = context;
  return useQuery({
    ...queries.heatmap(JSON.stringify([entry, range, question]), () => ({
      ...conditionParameters(context, question),
      ...rangeInNanos(context, Date.now()),
      columns: heatmapColumns,
      rows: heatmapRows,
    })),
    refetchInterval: live ? LIVE_HEATMAP_INTERVAL : false,
  });
}

interface Shown {
  readonly key: string;
  readonly data: TraceSearchResponse | undefined;
  readonly at: number;
  readonly fresh: ReadonlySet<string>;
}

function newIds(before: TraceSearchResponse | undefined, now: TraceSearchResponse): Set<string> {
  const known = new Set(before?.traces.map((trace) => trace.traceId));
  return new Set(now.traces.map((trace) => trace.traceId).filter((id) => !known.has(id)));
}
