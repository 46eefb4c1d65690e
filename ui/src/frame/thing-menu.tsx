import {IconDots} from '@tabler/icons-react';
import {useRef, useState} from 'react';
import {useText} from '../i18n/index.ts';
import {DialogBoundary} from './dialog-boundary.tsx';
import {lazyPart} from './lazy-part.ts';
import {type FoundThing, findThing} from './thing.ts';
import classes from './thing-menu.module.css';
import {useThingKeys} from './use-thing-keys.ts';
import {useThingListeners} from './use-thing-listeners.ts';

const ThingMenuList = lazyPart(async () => (await import('./thing-menu-list.tsx')).ThingMenuList);

/** An open menu: for what, and at which point of the window. */
export interface OpenThing {
  readonly found: FoundThing;
  readonly x: number;
  readonly y: number;
}

/** The one menu of everything on the page that is a thing (`thingOf`), and the small button that shows that there is one. */
export function ThingMenu() {
  const text = useText().thing;
  const [open, setOpen] = useState<OpenThing | undefined>();
  const [pointed, setPointed] = useState<FoundThing | undefined>();
  const before = useRef<HTMLElement | null>(null);
  const show = (found: FoundThing, x: number, y: number): void => {
    before.current = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    setPointed(undefined);
    setOpen({found, x, y});
  };
  const close = (): void => {
    setOpen(undefined);
    if (before.current?.isConnected) before.current.focus({preventScroll: true});
  };
  useThingListeners({onMenu: show, onPoint: setPointed, paused: open !== undefined});
  useThingKeys(() => {
    const found = findThing(document.activeElement) ?? pointed;
    if (found === undefined) return;
    const box = found.element.getBoundingClientRect();
    show(found, box.left + 16, Math.min(box.bottom, window.innerHeight - 8));
  });
  return (
    <>
      {pointed !== undefined && open === undefined && (
        <PointedButton key={pointed.element.dataset.thing} found={pointed} label={text.menu} onOpen={show} />
      )}
      {open !== undefined && (
        <DialogBoundary onFault={close}>
          <ThingMenuList open={open} onClose={close} />
        </DialogBoundary>
      )}
    </>
  );
}

/** Stands over the end of the thing that the pointer is on. Not in the order of Tab: the keyboard has its key. */
function PointedButton({
  found,
  label,
  onOpen,
}: {
  readonly found: FoundThing;
  readonly label: string;
  readonly onOpen: (found: FoundThing, x: number, y: number) => void;
}) {
  const box = found.element.getBoundingClientRect();
  return (
    <button
      type="button"
      tabIndex={-1}
      data-thing-menu-button
      className={classes.button}
      aria-label={label}
      title={label}
      style={{
        left: Math.min(box.right, document.documentElement.clientWidth) - 26,
        top: box.top + Math.min(box.height, 48) / 2 - 12,
      }}
      onClick={(event) => onOpen(found, event.clientX, event.clientY)}
    >
      <IconDots size={15} />
    </button>
  );
}
