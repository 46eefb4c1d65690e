import {useEffect, useEffectEvent} from 'react';
import {type FoundThing, findThing, findThingAt} from './thing.ts';

/** A finger that rests this long asks for the menu. */
const LONG_PRESS = 500;
const TREMBLE = 10;

/** Watches the whole page for things: right click and long press ask for the menu, the pointer over one shows the small button. */
export function useThingListeners({
  onMenu,
  onPoint,
  paused,
}: {
  readonly onMenu: (found: FoundThing, x: number, y: number) => void;
  readonly onPoint: (found: FoundThing | undefined) => void;
  readonly paused: boolean;
}): void {
  const menu = useEffectEvent((event: MouseEvent) => {
    // Shift leaves the browser its own menu, and so does a text that has been selected to be copied.
    if (event.defaultPrevented || event.shiftKey || !(getSelection()?.isCollapsed ?? true)) return;
    const found = findThingAt(event.target, event.clientX, event.clientY);
    if (found === undefined) return;
    event.preventDefault();
    onMenu(found, event.clientX, event.clientY);
  });
  const point = useEffectEvent((event: PointerEvent) => {
    if (paused || event.pointerType !== 'mouse') return;
    if (event.target instanceof Element && event.target.closest('[data-thing-menu-button]') !== null) return;
    const found = findThing(event.target);
    onPoint(found?.element.dataset.thingButton === 'none' ? undefined : found);
  });
  const leave = useEffectEvent(() => onPoint(undefined));
  const press = useEffectEvent((found: FoundThing, x: number, y: number) => onMenu(found, x, y));

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let from = {x: 0, y: 0};
    const onDown = (event: PointerEvent): void => {
      clearTimeout(timer);
      const found = event.pointerType === 'touch' ? findThingAt(event.target, event.clientX, event.clientY) : undefined;
      if (found === undefined) return;
      from = {x: event.clientX, y: event.clientY};
      timer = setTimeout(() => press(found, from.x, from.y), LONG_PRESS);
    };
    const onMove = (event: PointerEvent): void => {
      if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > TREMBLE) clearTimeout(timer);
    };
    const onUp = (): void => clearTimeout(timer);
    const stop = new AbortController();
    const options = {signal: stop.signal, passive: true};
    document.addEventListener('contextmenu', (event) => menu(event), {signal: stop.signal});
    document.addEventListener('pointerover', (event) => point(event), options);
    document.addEventListener('pointerdown', onDown, options);
    document.addEventListener('pointermove', onMove, options);
    document.addEventListener('pointerup', onUp, options);
    document.addEventListener('pointercancel', onUp, options);
    // What moves away under the pointer takes its button along; scrolling boxes do not bubble.
    document.addEventListener('scroll', () => leave(), {...options, capture: true});
    document.addEventListener('keydown', (event) => event.key !== 'm' && leave(), options);
    window.addEventListener('resize', () => leave(), options);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, []);
}
