import {type ReactNode, type RefObject, useEffectEvent, useLayoutEffect, useRef} from 'react';
import classes from './floating.module.css';

/** Pixels between a panel and its anchor, and between it and the window's edge. */
const GAP = 4;
const EDGE = 8;

/**
 * A panel beside its anchor, above everything (the browser's own top layer), open as long as it is drawn. It takes the focus and gives it
 * back; Escape, a press elsewhere and Tab beyond its ends close it. What has `data-autofocus` gets the focus first.
 */
export function Floating({
  anchor,
  end = false,
  label,
  role = 'dialog',
  className = '',
  onClose,
  children,
}: {
  readonly anchor: RefObject<HTMLElement | null>;
  /** Ends where the anchor ends; otherwise begins where it begins. */
  readonly end?: boolean;
  readonly label: string;
  readonly role?: 'dialog' | 'menu';
  readonly className?: string | undefined;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const panel = useRef<HTMLDivElement>(null);
  const close = useEffectEvent(onClose);
  useLayoutEffect(() => {
    const element = panel.current!;
    const place = (): void => placeBeside(element, anchor.current, end);
    const press = (event: PointerEvent): void => {
      const target = event.target as Node;
      if (!element.contains(target) && anchor.current?.contains(target) !== true) close();
    };
    element.showPopover();
    place();
    const first =
      element.querySelector<HTMLElement>('[data-autofocus]') ?? element.querySelector<HTMLElement>(focusable);
    (first ?? element).focus({preventScroll: true});
    const resized = new ResizeObserver(place);
    resized.observe(element);
    window.addEventListener('resize', place);
    window.addEventListener('scroll', place, true);
    document.addEventListener('pointerdown', press, true);
    return () => {
      resized.disconnect();
      window.removeEventListener('resize', place);
      window.removeEventListener('scroll', place, true);
      document.removeEventListener('pointerdown', press, true);
      const hadFocus = element.contains(document.activeElement);
      if (element.matches(':popover-open')) element.hidePopover();
      if (hadFocus) anchor.current?.focus({preventScroll: true});
    };
  }, [anchor, end]);
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: a dialog or a menu, as `role` says
    // biome-ignore lint/a11y/noStaticElementInteractions: the same
    <div
      ref={panel}
      popover="manual"
      role={role}
      aria-label={label}
      tabIndex={-1}
      className={`${classes.panel} ${className}`}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.nativeEvent.isComposing) return;
        event.preventDefault();
        event.stopPropagation();
        onClose();
      }}
      onBlur={({relatedTarget, currentTarget}) => {
        if (relatedTarget !== null && relatedTarget !== anchor.current && !currentTarget.contains(relatedTarget))
          onClose();
      }}
    >
      {children}
    </div>
  );
}

const focusable = 'button:not(:disabled), a[href], input, select, [role^="menuitem"]';

/** Below the anchor, or above it where there is more room; never beyond the window, and as high as there is room. */
function placeBeside(panel: HTMLElement, anchor: HTMLElement | null, end: boolean): void {
  if (anchor === null) return;
  const {left, right, top, bottom} = anchor.getBoundingClientRect();
  const {style, offsetWidth: width, scrollHeight: height} = panel;
  const below = innerHeight - bottom - GAP - EDGE;
  const above = top - GAP - EDGE;
  const isBelow = height <= below || below >= above;
  const room = isBelow ? below : above;
  style.maxHeight = `${room}px`;
  style.left = `${Math.max(EDGE, Math.min(end ? right - width : left, innerWidth - width - EDGE))}px`;
  style.top = `${isBelow ? bottom + GAP : top - GAP - Math.min(height + 2, room)}px`;
}
