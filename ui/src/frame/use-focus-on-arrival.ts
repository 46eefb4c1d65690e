import {type RefObject, useEffect} from 'react';
import {useFrameNotes} from './frame-context.ts';

/**
 * Gives the focus to the heading of a page that has just been gone to, so that a screen reader says where it is and Tab begins there;
 * unless the page has put the focus somewhere already, or nothing was gone to (the first load).
 */
export function useFocusOnArrival(view: RefObject<HTMLElement | null>): void {
  const notes = useFrameNotes();
  useEffect(() => {
    if (!notes.arriving) return;
    notes.arriving = false;
    const main = view.current?.closest('main');
    const active = document.activeElement;
    if (active !== main && main?.contains(active)) return;
    view.current?.querySelector('h1')?.focus({preventScroll: true});
  }, [notes, view]);
}
