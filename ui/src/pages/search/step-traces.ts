/** Moving through the list of traces by keys: the focus moves, so that Enter opens and a screen reader reads. */

/** Focuses the next or previous trace that is drawn; the first of them where none has the focus. False where there is none. */
export function stepTraces(step: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-trace-row]')];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const next = at < 0 ? firstInView(rows) : rows[at + step];
  next?.focus();
  return next !== undefined;
}

/** Of the rows drawn some lie above those in view: they are drawn ahead, for scrolling. */
function firstInView(rows: readonly HTMLElement[]): HTMLElement | undefined {
  const top = rows[0]?.closest('ul')?.parentElement?.getBoundingClientRect().top ?? 0;
  return rows.find((row) => row.getBoundingClientRect().top >= top);
}
