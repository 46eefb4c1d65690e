import {useQueries} from '@tanstack/react-query';
import {createContext, use} from 'react';
import {queries, type ResponseStatus, type TraceStatusesResponse, type TraceSummary} from '../../api/index.ts';

/** As many as the API tells at once. */
const AT_ONCE = 100;

export type ResponseStatuses = ReadonlyMap<string, ResponseStatus>;
const StatusContext = createContext<ResponseStatuses>(new Map());
export const StatusProvider = StatusContext.Provider;

/**
 * What the requests of a list were answered with, as far as it is a failure that the list does not show as one. It comes after the list,
 * which does not wait for attributes.
 */
export function useResponseStatuses(traces: readonly TraceSummary[]): ResponseStatuses {
  const ids = traces
    .filter(({rootArrived, outcome}) => rootArrived && outcome !== 'failed')
    .map(({traceId}) => traceId);
  const parts = Array.from({length: Math.ceil(ids.length / AT_ONCE)}, (_, part) =>
    ids.slice(part * AT_ONCE, (part + 1) * AT_ONCE),
  );
  return useQueries({queries: parts.map(queries.traceStatuses), combine: unmarked});
}

const unmarked = (answers: readonly {readonly data: TraceStatusesResponse | undefined}[]): ResponseStatuses =>
  new Map(
    answers
      .flatMap(({data}) => data?.statuses ?? [])
      .filter(({verdict}) => verdict === 'bad')
      .map((status) => [status.traceId, status]),
  );

/** Of a trace whose answer was a failure, though no status of its first span says so. */
export const useUnmarked = (traceId: string): ResponseStatus | undefined => use(StatusContext).get(traceId);
