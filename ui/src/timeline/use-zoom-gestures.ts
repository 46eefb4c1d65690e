import {type RefObject, useEffect, useEffectEvent, useState} from 'react';
import type {Zoom} from '../urls/index.ts';
import {clampZoom, pan, zoomAt} from './zoom.ts';

/** Shares of the time column between which the pointer is being dragged. */
export interface Brush {
  readonly from: number;
  readonly to: number;
}

/**
 * Zooming by hand over the time column of `area`: Ctrl- or Cmd-wheel (and pinch) at the pointer, sideways wheel moves, dragging
 * chooses a part. `timeBox` gives the column's left edge and width on the screen.
 */
export function useZoomGestures({
  area,
  timeBox,
  zoom,
  total,
  onZoom,
}: {
  readonly area: RefObject<HTMLElement | null>;
  readonly timeBox: () => {readonly left: number; readonly width: number};
  readonly zoom: Zoom;
  readonly total: number;
  readonly onZoom: (zoom: Zoom | undefined) => void;
}): Brush | undefined {
  const [brush, setBrush] = useState<Brush>();
  const shareAt = (x: number): number => {
    const box = timeBox();
    return (x - box.left) / box.width;
  };
  const timeAt = (share: number): number => zoom.from + share * (zoom.to - zoom.from);

  const onWheel = useEffectEvent((event: WheelEvent) => {
    const share = shareAt(event.clientX);
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      if (share >= 0)
        onZoom(zoomAt(zoom, timeAt(share), Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.006), total));
      return;
    }
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (sideways === 0 || (!event.shiftKey && Math.abs(event.deltaX) < Math.abs(event.deltaY))) return;
    event.preventDefault();
    onZoom(pan(zoom, sideways / timeBox().width, total));
  });

  const onDown = useEffectEvent((event: PointerEvent) => {
    const start = shareAt(event.clientX);
    if (event.button !== 0 || start < 0 || (event.target as HTMLElement).closest('button, a, [role=separator]')) return;
    const startX = event.clientX;
    let current: Brush | undefined;
    const move = (moved: PointerEvent): void => {
      if (current === undefined && Math.abs(moved.clientX - startX) < 5) return;
      const at = Math.min(1, Math.max(0, shareAt(moved.clientX)));
      current = {from: Math.min(start, at), to: Math.max(start, at)};
      setBrush(current);
    };
    const done = (ended: PointerEvent): void => {
      removeEventListener('pointermove', move);
      removeEventListener('pointerup', done);
      removeEventListener('pointercancel', done);
      setBrush(undefined);
      if (current === undefined || ended.type === 'pointercancel') return;
      swallowClick();
      onZoom(clampZoom({from: timeAt(current.from), to: timeAt(current.to)}, total));
    };
    addEventListener('pointermove', move);
    addEventListener('pointerup', done);
    addEventListener('pointercancel', done);
  });

  useEffect(() => {
    const element = area.current;
    if (element === null) return;
    const wheel = (event: WheelEvent): void => onWheel(event);
    const down = (event: PointerEvent): void => onDown(event);
    element.addEventListener('wheel', wheel, {passive: false});
    element.addEventListener('pointerdown', down);
    return () => {
      element.removeEventListener('wheel', wheel);
      element.removeEventListener('pointerdown', down);
    };
  }, [area]);
  return brush;
}

/** The click that follows the end of a drag selects nothing. It comes at once or not at all. */
function swallowClick(): void {
  const swallow = (click: Event): void => click.stopPropagation();
  addEventListener('click', swallow, {capture: true, once: true});
  setTimeout(() => removeEventListener('click', swallow, {capture: true}), 0);
}
