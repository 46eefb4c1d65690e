import {type QueryClient, useQuery, useQueryClient} from '@tanstack/react-query';
import {useEffect, useState} from 'react';
import {queries, type TraceHeatmapResponse, type TraceSearchResponse} from '../../api/index.ts';
import {useConnection} from '../../frame/index.ts';
import {conditionParameters, isAskable, mostListed, rangeInNanos, searchParameters} from '../../urls/index.ts';
import type {Asked} from './use-explore-url.ts';

const LIVE_INTERVAL = 2_000;
/** All of the range is counted: that may cost more than the newest hundred. */
const LIVE_HEATMAP_INTERVAL = 5_000;
export const heatmapColumns = 120;
export const heatmapRows = 36;
const MAX_KEPT = 30;

/** What is on show: the question that was asked, its answer, and when. */
interface Shown {
  readonly asked: Asked;
  readonly entry: string;
  readonly data: TraceSearchResponse | undefined;
  /** When the API was asked for it; milliseconds since 1970. */
  readonly at: number;
  /** Ids that came with the latest refresh. */
  readonly fresh: ReadonlySet<string>;
}

export interface Results extends Shown {
  /** The traces of the plot where each is a point: more than the list has, where there are more. */
  readonly plotted: TraceSearchResponse | undefined;
  /** Everything that fits the question on show, counted. */
  readonly heatmap: TraceHeatmapResponse | undefined;
  /** The counting failed, for now. */
  readonly uncounted: boolean;
  /** Of another search than the one that is asked for, or of the same one before the reader went away. */
  readonly old: boolean;
  /** Nothing on show may be operated: the answer to what is asked is still to come. */
  readonly inert: boolean;
  /** How many have arrived and wait. */
  readonly waiting: number;
  readonly showWaiting: () => void;
}

/**
 * The results of a search: the answer before as a whole, or the new one; never the plot of one with the rows of the other. In live mode
 * newer findings come by themselves, but wait while `hold` is true.
 */
export function useResults(asked: Asked, entry: string, hold: boolean) {
  const {context, question, url} = asked;
  const client = useQueryClient();
  const live = context.live === true;
  const key = [entry, listKey(asked)] as const;
  const query = useQuery({
    ...queries.traces(key, () => searchParameters(context, question, {limit: url.limit, order: url.sort}, Date.now())),
    enabled: isAskable(question),
    refetchInterval: live ? LIVE_INTERVAL : false,
  });
  const found = query.isPlaceholderData ? undefined : query.data;
  const [shown, setShown] = useState<Shown>(() => before(client, asked, entry));
  const [released, setReleased] = useState<TraceSearchResponse>();

  let current = shown;
  const isSame = shown.entry === entry && listKey(shown.asked) === listKey(asked);
  const isRefresh = isSame && shown.data !== undefined;
  if (found !== undefined && found !== shown.data && !(isRefresh && live && hold && found !== released)) {
    const fresh = isRefresh && live ? newIds(shown.data, found) : new Set<string>();
    current = {asked, entry, data: found, at: query.dataUpdatedAt, fresh};
    setShown(current);
  }
  const old = current.data !== undefined && !(current.entry === entry && listKey(current.asked) === listKey(asked));
  const counted = useHeatmap(asked, entry, current);
  const plotted = usePlotted(asked, entry, current, hold);
  const failed = useConnection().kind === 'gone' || query.error !== null;
  const results: Results = {
    ...current,
    // Of the same question, what is asked now says more: live, and the like.
    asked: old ? current.asked : asked,
    ...counted,
    plotted,
    old,
    inert: old && !(failed && listKey(current.asked) === listKey(asked)),
    showWaiting: () => setReleased(found),
    waiting: found === undefined || found === current.data ? 0 : newIds(current.data, found).size,
  };
  return {query, results};
}

/** Everything that fits, counted, for the plot and for the sums: asked for the new question, told of the one on show. */
function useHeatmap(asked: Asked, entry: string, shown: Shown): Pick<Results, 'heatmap' | 'uncounted'> {
  const asking = useQuery({
    ...heatmapQuery(asked, entry),
    enabled: isAskable(asked.question),
    refetchInterval: asked.context.live ? LIVE_HEATMAP_INTERVAL : false,
  });
  const {data, error} = useQuery({...heatmapQuery(shown.asked, shown.entry), enabled: false});
  return {heatmap: data, uncounted: data === undefined && error !== null && !asking.isFetching};
}

/** As many as are listed at most. While a reader is among them they stay as they are: a point is told by its place. */
function usePlotted(asked: Asked, entry: string, shown: Shown, hold: boolean): TraceSearchResponse | undefined {
  const isAsked = asked.url.plot === 'scatter' && shown.data?.more === true;
  useQuery({
    ...plottedQuery(asked, entry),
    enabled: isAsked && isAskable(asked.question),
    refetchInterval: asked.context.live && !hold ? LIVE_HEATMAP_INTERVAL : false,
  });
  const {data, isPlaceholderData} = useQuery({...plottedQuery(shown.asked, shown.entry), enabled: false});
  return isAsked && !isPlaceholderData ? data : undefined;
}

const plottedQuery = (asked: Asked, entry: string) => {
  const {context, question, url} = asked;
  const most = {...asked, url: {...url, limit: mostListed}};
  return queries.traces([entry, listKey(most)], () =>
    searchParameters(context, question, {limit: mostListed, order: url.sort}, Date.now()),
  );
};

const heatmapQuery = ({context, question}: Asked, entry: string) => {
  const {live: _, ...scope} = context;
  return queries.heatmap([entry, JSON.stringify([scope, question])], () => ({
    ...conditionParameters(context, question),
    ...rangeInNanos(context, Date.now()),
    columns: heatmapColumns,
    rows: heatmapRows,
  }));
};

/** The same for two addresses that ask for the same rows. */
function listKey({context, question, url}: Asked): string {
  const {live: _, ...scope} = context;
  return JSON.stringify([scope, question, url.limit, url.sort]);
}

/** The latest answer to the same question that this tab remembers: there at once, and there while Weft is gone. */
function before(client: QueryClient, asked: Asked, entry: string): Shown {
  const same = client
    .getQueryCache()
    .findAll({
      queryKey: ['traces'],
      predicate: ({queryKey, state}) => isOf(queryKey, asked) && state.data !== undefined,
    })
    .reduce<{at: number; entry: string; data: TraceSearchResponse} | undefined>(
      (latest, {queryKey, state}) =>
        latest === undefined || state.dataUpdatedAt > latest.at
          ? {at: state.dataUpdatedAt, entry: entryOf(queryKey), data: state.data as TraceSearchResponse}
          : latest,
      undefined,
    );
  return {asked, entry: same?.entry ?? entry, data: same?.data, at: same?.at ?? 0, fresh: new Set()};
}

const entryOf = (queryKey: readonly unknown[]): string => (queryKey[1] as readonly [string, string])[0];
const isOf = (queryKey: readonly unknown[], asked: Asked): boolean =>
  (queryKey[1] as readonly [string, string])[1] === listKey(asked);

/** Answers are kept for as many searches as a reader may go back to; older ones are forgotten. */
export function useForgetting(entry: string): void {
  const cache = useQueryClient().getQueryCache();
  // biome-ignore lint/correctness/useExhaustiveDependencies: at each new entry
  useEffect(() => {
    for (const kind of ['traces', 'heatmap', 'spans', 'span-groups']) {
      const unused = cache
        .findAll({queryKey: [kind], type: 'inactive'})
        .sort((a, b) => b.state.dataUpdatedAt - a.state.dataUpdatedAt);
      for (const query of unused.slice(MAX_KEPT)) cache.remove(query);
    }
  }, [cache, entry]);
}

function newIds(before: TraceSearchResponse | undefined, now: TraceSearchResponse): Set<string> {
  const known = new Set(before?.traces.map((trace) => trace.traceId));
  return new Set(now.traces.map((trace) => trace.traceId).filter((id) => !known.has(id)));
}
