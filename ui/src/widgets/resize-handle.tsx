import type {KeyboardEvent, PointerEvent} from 'react';
import classes from './resize-handle.module.css';

/** A line between two columns that can be dragged, or moved by the arrow keys. Sizes are pixels. */
export function ResizeHandle({
  label,
  value,
  min,
  max,
  reversed = false,
  className,
  onResize,
}: {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** The column that is sized lies to the right of the line. */
  readonly reversed?: boolean;
  readonly className?: string;
  readonly onResize: (pixels: number) => void;
}) {
  const sign = reversed ? -1 : 1;
  const resize = (pixels: number): void => onResize(Math.round(Math.min(max, Math.max(min, pixels))));
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = {ArrowLeft: -16, ArrowRight: 16}[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    resize(value + step * sign);
  };
  const onPointerDown = (down: PointerEvent): void => {
    if (down.button !== 0) return;
    down.preventDefault();
    const move = (event: globalThis.PointerEvent): void => resize(value + (event.clientX - down.clientX) * sign);
    const done = (): void => {
      removeEventListener('pointermove', move);
      removeEventListener('pointerup', done);
      removeEventListener('pointercancel', done);
    };
    addEventListener('pointermove', move);
    addEventListener('pointerup', done);
    addEventListener('pointercancel', done);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that moves is no thematic break
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={Math.round(value)}
      aria-valuemin={min}
      aria-valuemax={max}
      tabIndex={0}
      className={`${classes.handle} ${className ?? ''}`}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
    />
  );
}
