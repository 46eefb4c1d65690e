import {type RefObject, useCallback, useLayoutEffect, useState} from 'react';

/** Rows come and go in steps of this many, so that most scroll events change nothing. */
const STEP = 8;

/**
 * Which of `count` rows of equal height are near the view: plain arithmetic, no list of measurements, so that 100,000 rows cost
 * as much as 100. `[first, end)`. `rows` is the element that holds them, where other things stand above it in the scroller.
 */
export function useFixedRows(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  rowHeight: number,
  rows?: RefObject<HTMLElement | null>,
) {
  const [range, setRange] = useState({first: 0, end: 64});
  const update = useCallback(() => {
    const element = scroller.current;
    if (element === null) return;
    const from = rows?.current
      ? element.getBoundingClientRect().top - rows.current.getBoundingClientRect().top
      : element.scrollTop;
    const first = Math.max(0, Math.floor(from / rowHeight / STEP - 1) * STEP);
    const end = Math.max(0, (Math.ceil((from + element.clientHeight) / rowHeight / STEP) + 1) * STEP);
    setRange((before) => (before.first === first && before.end === end ? before : {first, end}));
  }, [scroller, rowHeight, rows]);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    update();
    const resized = new ResizeObserver(update);
    resized.observe(element);
    element.addEventListener('scroll', update, {passive: true});
    return () => {
      resized.disconnect();
      element.removeEventListener('scroll', update);
    };
  }, [scroller, update]);

  // Fewer rows may have left the scroll position further up than it was.
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when the number of rows changes
  useLayoutEffect(update, [update, count]);
  return {first: Math.min(range.first, Math.max(0, count - 1)), end: Math.min(range.end, count)};
}
