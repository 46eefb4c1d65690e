import {type RefObject, useEffect, useLayoutEffect, useRef, useState} from 'react';
import {createPortal} from 'react-dom';
import classes from './data-table.module.css';

/** A pointer that only passes over a cell shows nothing. */
const DWELL = 350;

interface Shown {
  readonly text: string;
  readonly place: DOMRect;
}

/**
 * The whole text of a cell that had to be cut, while the pointer rests on the cell or the keyboard's focus is in it. Escape hides
 * it. Readers of the screen have the whole text anyway.
 */
export function FullText({body}: {readonly body: RefObject<HTMLElement | null>}) {
  const [shown, setShown] = useState<Shown | undefined>();
  const bubble = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = body.current;
    if (element === null) return;
    let cell: Element | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hide = (): void => {
      cell = undefined;
      clearTimeout(timer);
      setShown(undefined);
    };
    const show = (next: Element | undefined, delay: number): void => {
      if (next === cell) return;
      hide();
      cell = next;
      const cut = next === undefined ? undefined : cutIn(next);
      if (cut !== undefined) timer = setTimeout(() => setShown(cut), delay);
    };
    const onMove = (event: PointerEvent): void => {
      if (event.pointerType === 'mouse') show(cellAt(event), DWELL);
    };
    const onFocus = (event: FocusEvent): void => {
      const target = event.target as Element;
      if (target.matches(':focus-visible')) show(target.closest('[data-cell]') ?? undefined, 0);
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') hide();
    };
    // The keys that move the focus scroll as well; the text then goes along with its row.
    const onScroll = (): void => {
      const focused = document.activeElement;
      const stays = cell?.contains(focused) === true && focused?.matches(':focus-visible') === true;
      const before = cell;
      hide();
      if (stays) show(before, 0);
    };
    element.addEventListener('pointermove', onMove, {passive: true});
    element.addEventListener('pointerleave', hide);
    element.addEventListener('focusin', onFocus);
    element.addEventListener('focusout', hide);
    document.addEventListener('keydown', onKey);
    document.addEventListener('scroll', onScroll, {capture: true, passive: true});
    return () => {
      clearTimeout(timer);
      element.removeEventListener('pointermove', onMove);
      element.removeEventListener('pointerleave', hide);
      element.removeEventListener('focusin', onFocus);
      element.removeEventListener('focusout', hide);
      document.removeEventListener('keydown', onKey);
      document.removeEventListener('scroll', onScroll, {capture: true});
    };
  }, [body]);

  // Above where there is no room below.
  useLayoutEffect(() => {
    const element = bubble.current;
    if (element === null || shown === undefined) return;
    const {place} = shown;
    const {width, height} = element.getBoundingClientRect();
    const below = place.bottom + 2;
    element.style.left = `${Math.max(8, Math.min(place.left - 8, innerWidth - width - 8))}px`;
    element.style.top = `${below + height > innerHeight - 8 ? place.top - height - 2 : below}px`;
  }, [shown]);

  if (shown === undefined) return undefined;
  return createPortal(
    <div ref={bubble} className={classes.full} aria-hidden="true" data-full-text>
      <bdi>{shown.text}</bdi>
    </div>,
    document.body,
  );
}

/** The link of a row covers all of it: the cell under the pointer is found by its place. */
function cellAt({target, clientX, clientY}: PointerEvent): Element | undefined {
  const row = (target as Element).closest('[data-index]');
  return [...(row?.querySelectorAll('[data-cell]') ?? [])].find((cell) => {
    const {left, right, top, bottom} = cell.getBoundingClientRect();
    return clientX >= left && clientX < right && clientY >= top && clientY < bottom;
  });
}

/** The first text in the cell of which not all is to be seen. */
function cutIn(cell: Element): Shown | undefined {
  for (const element of [cell, ...cell.querySelectorAll('*')]) {
    if (element.scrollWidth <= element.clientWidth || getComputedStyle(element).textOverflow !== 'ellipsis') continue;
    const text = element.textContent.trim();
    if (text !== '') return {text, place: element.getBoundingClientRect()};
  }
  return undefined;
}
