import {useQuery} from '@tanstack/react-query';
import {useState} from 'react';
import {queries, type TempoSearchResponse} from '../../../api/index.ts';
import type {Answer} from '../../../frame/index.ts';
import {type RangeUrl, rangeInNanos} from '../../../urls/index.ts';

export const LIVE_INTERVAL = 2_000;
/** The plot's traces are many, and cost more. */
const LIVE_PLOT_INTERVAL = 10_000;
/** Spans of a set that are listed. */
const SPANS_OF_SET = 100;
/** As many as are answered. */
export const mostTraces = 1000;

interface Shown {
  readonly key: string;
  readonly data: TempoSearchResponse;
  readonly at: number;
  /** Ids that came with the latest refresh. */
  readonly fresh: ReadonlySet<string>;
}

export interface Spansets {
  readonly answer: Answer<TempoSearchResponse>;
  readonly fresh: ReadonlySet<string>;
  /** Traces that have arrived and wait. */
  readonly waiting: number;
  readonly showWaiting: () => void;
  /** Those of the plot: more than are listed, where there are more. */
  readonly plotted: TempoSearchResponse['traces'];
  /** There are more than the plot has. */
  readonly isCut: boolean;
}

/**
 * The traces that a query finds. In live mode newer ones come by themselves, but wait while `hold` is true: nothing moves under the hand of
 * a reader. Undefined: nothing is asked.
 */
export function useSpansets(
  asked: string | undefined,
  {
    range,
    limit,
    live,
    plots,
  }: {readonly range: RangeUrl; readonly limit: number; readonly live: boolean; readonly plots: boolean},
  hold: boolean,
): Spansets {
  const key = JSON.stringify([asked, range, limit]);
  const query = useQuery({
    ...queries.tempoSearch([key], () => ({
      q: asked ?? '',
      limit: Math.min(limit, mostTraces),
      spss: SPANS_OF_SET,
      ...rangeInNanos(range, Date.now()),
    })),
    enabled: asked !== undefined,
    refetchInterval: live ? LIVE_INTERVAL : false,
  });
  const found = query.isPlaceholderData ? undefined : query.data;
  const [shown, setShown] = useState<Shown>();
  const [released, setReleased] = useState<TempoSearchResponse>();
  let current = shown;
  const isRefresh = shown?.key === key;
  if (found !== undefined && found !== shown?.data && !(isRefresh && live && hold && found !== released)) {
    const fresh = isRefresh && live ? newIds(shown.data, found) : new Set<string>();
    current = {key, data: found, at: query.dataUpdatedAt, fresh};
    setShown(current);
  }
  const listed = current?.key === key ? current.data.traces : undefined;
  const isMore = listed !== undefined && listed.length >= limit;
  const most = useQuery({
    ...queries.tempoSearch(['plot', asked, range], () => ({
      q: asked ?? '',
      limit: mostTraces,
      spss: 1,
      ...rangeInNanos(range, Date.now()),
    })),
    enabled: plots && isMore && limit < mostTraces,
    refetchInterval: live && !hold ? LIVE_PLOT_INTERVAL : false,
  });
  const more = isMore && limit < mostTraces && !most.isPlaceholderData ? most.data?.traces : undefined;
  const plotted = more ?? current?.data.traces ?? [];
  return {
    answer: {
      ...query,
      data: current?.data,
      dataUpdatedAt: current?.at ?? 0,
      isPlaceholderData: current !== undefined && current.key !== key,
    },
    fresh: current?.fresh ?? new Set(),
    waiting:
      found === undefined || current === undefined || found === current.data ? 0 : newIds(current.data, found).size,
    showWaiting: () => setReleased(found),
    plotted,
    isCut: plotted.length >= (more === undefined ? limit : mostTraces),
  };
}

function newIds(before: TempoSearchResponse, now: TempoSearchResponse): Set<string> {
  const known = new Set(before.traces.map(({traceID}) => traceID));
  return new Set(now.traces.map(({traceID}) => traceID).filter((id) => !known.has(id)));
}
