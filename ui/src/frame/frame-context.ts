import {createContext, use, useEffect, useSyncExternalStore} from 'react';

/** What the parts of the frame tell each other without the whole page being drawn again. */
export interface FrameNotes {
  /** When the answer on show was given, milliseconds since 1970; undefined where none is on show. */
  readonly shownAt: () => number | undefined;
  readonly noteShownAt: (at: number | undefined) => void;
  readonly subscribe: (listener: () => void) => () => void;
  /** True from a step to another page until that page has taken the focus. */
  arriving: boolean;
}

export function createFrameNotes(): FrameNotes {
  let shownAt: number | undefined;
  const listeners = new Set<() => void>();
  return {
    shownAt: () => shownAt,
    noteShownAt: (at) => {
      shownAt = at;
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    arriving: false,
  };
}

export const FrameContext = createContext<FrameNotes>(createFrameNotes());

export const useFrameNotes = (): FrameNotes => use(FrameContext);

/** When the answer on show was given, for what says so. */
export function useShownAt(): number | undefined {
  const {subscribe, shownAt} = useFrameNotes();
  return useSyncExternalStore(subscribe, shownAt);
}

/** Notes of when the answer on show is: a link that is copied leads to the same time. */
export function useNotedShownAt(at: number | undefined): void {
  const {noteShownAt} = useFrameNotes();
  useEffect(() => {
    noteShownAt(at);
    return () => noteShownAt(undefined);
  }, [noteShownAt, at]);
}
