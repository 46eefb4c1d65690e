import {useQuery} from '@tanstack/react-query';
import {useState} from 'react';
import {queries, type TraceSearchResponse} from '../../api/index.ts';
import {type SearchUrl, searchParameters} from '../../urls/index.ts';

const LIVE_INTERVAL = 2_000;

/** The results of the search. In live mode newer findings come by themselves, but wait while `hold` is true. */
export function useResults(url: SearchUrl, hold: boolean) {
  const {sort: _, live, ...asked} = url;
  const key = JSON.stringify(asked);
  const query = useQuery({
    ...queries.traces(asked, () => searchParameters(asked, Date.now())),
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
    /** When the API was asked for what is on show. */
    at: current.at,
    /** Ids that came with the latest refresh. */
    fresh: current.fresh,
    showWaiting: () => setReleased(found),
    /** How many have arrived and wait. */
    waiting: found === undefined || found === current.data ? 0 : newIds(current.data, found).size,
  };
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
