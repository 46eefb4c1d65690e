import {type KeyboardEvent, type RefObject, useLayoutEffect, useMemo, useRef, useState} from 'react';
import type {Line} from './row-tree.ts';

export interface RowFocus {
  /** The row that Tab reaches; -1 where there are none. */
  readonly index: number;
  readonly go: (index: number) => void;
  /** ↑ and ↓ from elsewhere on the page: into the table at the row that had the focus last. */
  readonly enter: (by: 1 | -1) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onFocus: (event: {readonly target: EventTarget}) => void;
  readonly onBlur: () => void;
}

/**
 * The focus goes from row to row by keys, and Tab knows one row only: its link or button first, then the others in it. The focus
 * stays at its row while rows come, go and are sorted, and passes to a neighbour when the row is gone.
 */
export function useRowFocus<Row>(
  lines: readonly Line<Row>[],
  {
    body,
    page,
    bringIntoView,
    onToggle,
  }: {
    readonly body: RefObject<HTMLElement | null>;
    /** Rows that PageUp and PageDown pass over. */
    readonly page: () => number;
    readonly bringIntoView: (index: number) => void;
    readonly onToggle: ((id: string, open: boolean) => void) | undefined;
  },
): RowFocus {
  const [current, setCurrent] = useState<{readonly id: string; readonly index: number} | undefined>();
  const indexOf = useMemo(() => new Map(lines.map((line, index) => [line.id, index])), [lines]);
  const wanted = useRef(false);
  const inside = useRef(false);
  const found = current === undefined ? 0 : (indexOf.get(current.id) ?? current.index);
  const index = Math.min(found, lines.length - 1);

  // After every render: a row that is to have the focus may just have been drawn, and one that had it may be gone.
  useLayoutEffect(() => {
    const lost = inside.current && document.activeElement === document.body;
    if (!wanted.current && !lost) return;
    const main = mainOf(body.current, index);
    if (main === undefined) return;
    wanted.current = false;
    main.focus({preventScroll: true});
  });

  const go = (to: number): void => {
    const next = Math.max(0, Math.min(lines.length - 1, to));
    const line = lines[next];
    if (line === undefined) return;
    wanted.current = true;
    setCurrent({id: line.id, index: next});
    bringIntoView(next);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const line = lines[index];
    if (line === undefined || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    // What a menu of the row has in another place of the page sends its keys here too.
    if (!(event.target instanceof HTMLElement) || body.current?.contains(event.target) !== true) return;
    if (event.target.matches('input, textarea, select')) return;
    if (act(event.shiftKey ? `Shift+${event.key}` : event.key, line, event.target)) event.preventDefault();
  };

  /** True where the key does something here. */
  function act(key: string, line: Line<Row>, target: HTMLElement): boolean {
    const to = whereTo(key, index, lines.length, page);
    const atMain = target.matches('[data-main]');
    if (to !== undefined) go(to);
    else if (key === 'ArrowRight' && line.open === false) onToggle?.(line.id, true);
    else if (key === 'ArrowRight') beside(target, 1);
    else if (key === 'ArrowLeft' && !atMain) beside(target, -1);
    else if (key === 'ArrowLeft' && line.open === true) onToggle?.(line.id, false);
    else if (key === 'ArrowLeft' && line.level === 2)
      go(lines.findLastIndex((one, at) => at < index && one.level === 1));
    else {
      // The menu of the row, which is another's to open, stands beside what the row is of.
      if (key === 'm') {
        bringIntoView(index);
        mainOf(body.current, index)?.focus({preventScroll: true});
      }
      return false;
    }
    return true;
  }

  return {
    index,
    go,
    enter: (by) => go(current === undefined ? (by > 0 ? 0 : lines.length - 1) : index),
    onKeyDown,
    onFocus: ({target}) => {
      inside.current = true;
      const row = target instanceof Element ? target.closest<HTMLElement>('[data-index]') : null;
      const line = lines[Number(row?.dataset.index)];
      if (line !== undefined && line.id !== current?.id) setCurrent({id: line.id, index: Number(row?.dataset.index)});
    },
    onBlur: () => {
      inside.current = false;
    },
  };
}

/** The row that a key leads to from `index`; undefined for other keys. */
function whereTo(key: string, index: number, count: number, page: () => number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return index + 1;
    case 'ArrowUp':
      return index - 1;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    case 'PageDown':
      return index + page();
    case 'PageUp':
      return index - page();
    default:
      return undefined;
  }
}

/** What takes the focus in a row. */
const stops = 'a[href], button:not(:disabled)';

const mainOf = (body: HTMLElement | null, index: number): HTMLElement | undefined =>
  body?.querySelector<HTMLElement>(`[data-index="${index}"] [data-main]`) ?? undefined;

function beside(target: HTMLElement, by: 1 | -1): void {
  const row = target.closest('[data-index]');
  const all = [...(row?.querySelectorAll<HTMLElement>(stops) ?? [])].filter((one) => !one.matches('[data-toggle]'));
  all[all.indexOf(target) + by]?.focus();
}
