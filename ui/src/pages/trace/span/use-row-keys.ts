import type {KeyboardEvent, RefObject} from 'react';

/**
 * The arrow keys, Home and End go through the rows (`data-row-stop`) of `container`, which is one stop of the Tab key however many
 * rows it has; so they do from what holds it. On a row, the page's own key opens the menu of its thing.
 */
export function useRowKeys(container: RefObject<HTMLElement | null>): (event: KeyboardEvent) => void {
  return (event) => {
    const target = event.target as HTMLElement;
    if (!target.contains(container.current) && !target.matches('[data-row-stop]')) return;
    const rows = [...(container.current?.querySelectorAll<HTMLElement>('[data-row-stop]') ?? [])].filter(
      // Those of a section that is closed are not to be seen.
      (row) => row.offsetParent !== null,
    );
    const at = rows.indexOf(target);
    const next = {ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1}[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const row = rows[Math.min(rows.length - 1, Math.max(0, next))];
    row?.focus({preventScroll: true});
    row?.scrollIntoView({block: 'nearest'});
  };
}
