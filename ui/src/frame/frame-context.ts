import {createContext, use, useEffect} from 'react';

/** What the parts of the frame tell each other without anything being drawn again. */
export interface FrameNotes {
  /** When the answer on show was given; milliseconds since 1970. */
  shownAt: number | undefined;
  /** True from a step to another page until that page has taken the focus. */
  arriving: boolean;
}

export const FrameContext = createContext<FrameNotes>({shownAt: undefined, arriving: false});

export const useFrameNotes = (): FrameNotes => use(FrameContext);

/** Notes of when the answer on show is, so that a link that is copied leads to the same time. */
export function useShownAt(at: number | undefined): void {
  const notes = useFrameNotes();
  useEffect(() => {
    notes.shownAt = at;
    return () => {
      notes.shownAt = undefined;
    };
  }, [notes, at]);
}
