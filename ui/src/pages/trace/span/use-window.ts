import {type RefObject, useCallback, useLayoutEffect, useRef, useState} from 'react';

/** Beyond the view on either side, in pixels. */
const MARGIN = 300;
/** Fewer rows are all drawn. */
const FEW = 60;

/**
 * Which rows of a long list within a scrolling box are near the view. Rows are `rowHeight` high; some are open, and higher by what
 * was last measured of them. The list draws `[first, end)` between two fillers of `before` and `after` pixels.
 */
export function useWindow(
  list: RefObject<HTMLElement | null>,
  count: number,
  rowHeight: number,
  open: ReadonlySet<number>,
) {
  const extra = useRef(new Map<number, number>());
  const [range, setRange] = useState({first: 0, end: Math.min(count, FEW)});
  const offsetOf = useCallback(
    (row: number): number => {
      let offset = row * rowHeight;
      for (const one of open) if (one < row) offset += extra.current.get(one) ?? 0;
      return offset;
    },
    [open, rowHeight],
  );
  const update = useCallback(() => {
    const element = list.current;
    const box = element?.closest('[data-scroller]');
    if (element === null || box === null || box === undefined) return;
    if (count <= FEW) return setRange((before) => (before.end === count ? before : {first: 0, end: count}));
    const top = box.getBoundingClientRect().top - element.getBoundingClientRect().top - MARGIN;
    const first = rowAt(top);
    const end = Math.min(count, rowAt(top + box.clientHeight + 2 * MARGIN) + 1);
    setRange((before) => (before.first === first && before.end === end ? before : {first, end}));

    /** The last row that begins at or above `y`. */
    function rowAt(y: number): number {
      let low = 0;
      let high = count - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (offsetOf(middle) <= y) low = middle;
        else high = middle - 1;
      }
      return low;
    }
  }, [list, count, offsetOf]);
  useLayoutEffect(() => {
    const box = list.current?.closest('[data-scroller]');
    update();
    if (box === null || box === undefined) return;
    const resized = new ResizeObserver(update);
    resized.observe(box);
    box.addEventListener('scroll', update, {passive: true});
    return () => {
      resized.disconnect();
      box.removeEventListener('scroll', update);
    };
  }, [list, update]);
  const first = Math.min(range.first, Math.max(0, count - 1));
  const end = Math.min(Math.max(range.end, first + 1), count);
  return {
    first,
    end,
    before: offsetOf(first),
    after: offsetOf(count) - offsetOf(end),
    /** Hears how high an open row is. */
    measured: useCallback(
      (row: number, height: number) => {
        extra.current.set(row, Math.max(0, height - rowHeight));
      },
      [rowHeight],
    ),
  };
}
