import {type RefObject, useEffect} from 'react';
import {useFrameNotes} from './frame-context.ts';

/**
 * Gives the focus to the heading of a page that has just been gone to, so that a screen reader says where it is and Tab begins there;
 * unless the page has put the focus somewhere already, or nothing was gone to (the first load).
 */
export function useFocusOnArrival(view: RefObject<HTMLElement | null>): void {
  const notes = useFrameNotes();
  // At every drawing: a heading that names what was asked for comes with the answer.
  useEffect(() => {
    if (!notes.arriving) return;
    const main = view.current?.closest('main');
    const active = document.activeElement;
    // A palette or menu that was opened meanwhile is where the reader types.
    const inDialog = active?.closest('dialog, [role=dialog], [role=menu]') != null;
    const taken = inDialog || (active !== main && main?.contains(active) === true);
    const heading = view.current?.querySelector('h1');
    if (!taken && (heading === null || heading === undefined)) return;
    notes.arriving = false;
    if (taken || !heading) return;
    if (!heading.hasAttribute('tabindex')) heading.tabIndex = -1;
    heading.focus({preventScroll: true});
  });
}
