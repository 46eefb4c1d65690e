import {type RefObject, useLayoutEffect, useState} from 'react';

/** Pixels inside `element`, followed as it changes; 0 before the first look. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const watched = element.current;
    if (watched === null) return;
    const measure = (): void => setWidth(watched.clientWidth);
    measure();
    const resized = new ResizeObserver(measure);
    resized.observe(watched);
    return () => resized.disconnect();
  }, [element]);
  return width;
}
