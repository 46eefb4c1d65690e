import {type RefObject, useLayoutEffect} from 'react';
import {createKeptPlaces} from './kept-places.ts';

/** A tab has one history, and so one memory of its places. */
const places = createKeptPlaces();

/** A row that has not been drawn by then is not there any more. */
const MOST_FRAMES = 20;

/** Keeps where a list was scrolled to and which row had the focus, and brings both back when its history entry comes back. */
export function useKeptPlace(scroller: RefObject<HTMLElement | null>, entry: string, old: boolean): void {
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || old) return;
    const place = places.of(entry);
    element.scrollTop = place?.top ?? 0;
    let frame = 0;
    if (place?.row !== undefined) {
      // The rows of that place are drawn after the list has heard that it was scrolled.
      const row = place.row;
      const attempt = (left: number): void => {
        if (!focusRow(element, row) && left > 0) frame = requestAnimationFrame(() => attempt(left - 1));
      };
      frame = requestAnimationFrame(() => attempt(MOST_FRAMES));
    }
    return () => {
      cancelAnimationFrame(frame);
      const row = document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset.row ?? lastRow(element);
      places.keep(entry, {top: element.scrollTop, row});
    };
  }, [scroller, entry, old]);
}

function focusRow(list: HTMLElement, row: string): boolean {
  const main = list.querySelector<HTMLElement>(`[data-row="${CSS.escape(row)}"] [data-main]`);
  main?.focus({preventScroll: true});
  return main !== null;
}

/** A link that was clicked has lost the focus by the time that the list goes: the row that Tab reaches is still the one. */
const lastRow = (list: HTMLElement): string | undefined =>
  list.querySelector<HTMLElement>('[data-main][tabindex="0"]')?.closest<HTMLElement>('[data-row]')?.dataset.row;
