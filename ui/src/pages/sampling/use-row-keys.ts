import {useKeys} from '../../widgets/index.ts';

/** A row of the table carries `data-row`, the service's name; its button opens and closes the row. */
const rowOf = (element: Element | null): HTMLElement | null => element?.closest<HTMLElement>('[data-row]') ?? null;
const buttonOf = (row: Element | null | undefined): HTMLButtonElement | null =>
  row?.querySelector<HTMLButtonElement>('[data-toggle]') ?? null;

/** ↑ and ↓ walk from service to service, → and ← open and close one, `o` sets something for it for a time. */
export function useRowKeys({onEdit}: {readonly onEdit: (service: string) => void}): void {
  const step = (by: 1 | -1) => (): void => {
    const rows = [...document.querySelectorAll('[data-row]')];
    const here = rows.indexOf(rowOf(document.activeElement) as Element);
    const next = here < 0 ? (by > 0 ? 0 : rows.length - 1) : here + by;
    const button = buttonOf(rows[next]);
    button?.focus();
    button?.scrollIntoView({block: 'nearest'});
  };
  const open = (wanted: boolean) => (): void => {
    const button = buttonOf(rowOf(document.activeElement));
    if (button !== null && (button.getAttribute('aria-expanded') === 'true') !== wanted) button.click();
  };
  useKeys({
    ArrowDown: step(1),
    ArrowUp: step(-1),
    ArrowRight: open(true),
    ArrowLeft: open(false),
    o: () => {
      const service = rowOf(document.activeElement)?.dataset.row;
      if (service) onEdit(service);
    },
  });
}
