import {useRouterState} from '@tanstack/react-router';
import {useSyncExternalStore} from 'react';
import {createTraceMemory, type Neighbours, type TraceList} from './trace-list-memory.ts';

/** A tab has one history, and so one memory of it. */
const memory = createTraceMemory(() => sessionStorage);

/** Remembers the list on show, in its order, for the traces that are opened from it. Call it whenever the list has changed. */
export function rememberList(list: TraceList): void {
  memory.rememberList(list, Number(history.state?.__TSR_index ?? 0));
}

/** The trace before and after this one in the list that the reader came from; undefined where there was none. */
export function useNeighbours(traceId: string): Neighbours | undefined {
  const step = useRouterState({select: (state) => state.location.state.__TSR_index});
  return memory.neighbours(traceId, step);
}

/** Marks a trace as looked at, for every list of this tab. */
export const markSeen = (traceId: string): void => memory.markSeen(traceId);

/** The traces looked at in this tab. */
export const useSeen = (): ReadonlySet<string> => useSyncExternalStore(memory.subscribe, memory.seen);
