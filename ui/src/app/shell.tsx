import {Outlet, useNavigate, useRouterState} from '@tanstack/react-router';
import {type MouseEvent, useCallback, useEffect, useRef, useState} from 'react';
import {connection} from '../api/index.ts';
import {
  CommandsContext,
  createCommandRegistry,
  createFrameNotes,
  DialogBoundary,
  FrameContext,
  lazyPart,
  NoticeContext,
  ThingMenu,
  useCommandKeys,
  useCommands,
  useSay,
} from '../frame/index.ts';
import {useText} from '../i18n/index.ts';
import {ConnectionBanner} from './connection-banner.tsx';
import {ContextBar} from './context-bar.tsx';
import {searchOf, useDoorMemory} from './door-memory.ts';
import {doors} from './doors.ts';
import {Navigation} from './navigation.tsx';
import {Notice} from './notice.tsx';
import {PaletteComing} from './palette-coming.tsx';
import classes from './shell.module.css';
import {doorCommands, shellCommands} from './shell-commands.ts';
import {usePastedIds} from './use-pasted-ids.ts';
import {useNotedRecents} from './use-recents.ts';

const Palette = lazyPart(async () => (await import('./palette.tsx')).Palette);
const KeyboardHelp = lazyPart(async () => (await import('./keyboard-help.tsx')).KeyboardHelp);

/** When a page's own first load is over, everywhere but on the slowest of lines. */
const FETCH_AHEAD_AFTER = 3_000;

/** Gives every page its commands and the notes of its frame. */
export function Shell() {
  const [commands] = useState(createCommandRegistry);
  const [notes] = useState(createFrameNotes);
  const [notice, setNotice] = useState({text: '', count: 0});
  const say = useCallback((text: string) => setNotice(({count}) => ({text, count: count + 1})), []);
  useCommandKeys(commands);
  return (
    <CommandsContext value={commands}>
      <FrameContext value={notes}>
        <NoticeContext value={say}>
          <Surroundings notes={notes} />
          <Notice key={notice.count} text={notice.text} />
        </NoticeContext>
      </FrameContext>
    </CommandsContext>
  );
}

/** Navigation on the left, the page on the right, and the two dialogs that open from anywhere. */
function Surroundings({notes}: {readonly notes: {arriving: boolean}}) {
  const text = useText();
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<'palette' | 'help' | undefined>();
  /** What the palette begins with: a pasted text, or what was written before its code was there. */
  const [first, setFirst] = useState('');
  const close = (): void => setDialog(undefined);
  const openPalette = (first = ''): void => {
    setFirst(first);
    setDialog('palette');
  };
  const say = useSay();
  const onFault = (): void => {
    close();
    say(text.failure.lost);
  };
  useDoorMemory();
  useArrival(notes);
  useFetchedAhead();
  useNotedRecents();
  usePastedIds(openPalette);
  useCommands(shellCommands, {
    palette: () => (dialog === 'palette' ? close() : openPalette()),
    map: () => void navigate({to: '/map'}),
    metrics: () => void navigate({to: '/promql'}),
    mend: () => void navigate({to: '/mend'}),
    help: () => setDialog('help'),
  });
  useCommands(
    doorCommands,
    Object.fromEntries(
      doors.map((door) => [door.id, () => void navigate({to: door.to, search: searchOf(door.id) as never})]),
    ),
  );

  return (
    <div className={classes.shell}>
      {/* biome-ignore lint/a11y/useValidAnchor: it leads to the content, and for most pages does no more */}
      <a href="#content" className={classes.skip} onClick={skipToStop}>
        {text.skipToContent}
      </a>
      <Navigation onPalette={() => openPalette()} onHelp={() => setDialog('help')} />
      <div className={classes.column}>
        <ContextBar />
        <ConnectionBanner />
        <main id="content" className={classes.main} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <ThingMenu />
      <DialogBoundary
        key={dialog}
        onFault={onFault}
        fallback={dialog === 'palette' && <PaletteComing written={first} onWrite={setFirst} onClose={close} />}
      >
        {dialog === 'palette' && <Palette first={first} onClose={close} />}
        {dialog === 'help' && <KeyboardHelp onClose={close} />}
      </DialogBoundary>
    </div>
  );
}

/** To the stop of the keyboard that the page was opened for, where it marks one; else the link leads to the page as a whole. */
function skipToStop(event: MouseEvent): void {
  const stop = document.querySelector<HTMLElement>('#content [data-skip-to]');
  if (stop === null) return;
  event.preventDefault();
  stop.focus({preventScroll: true});
}

/** Notes each step to another page, whose heading then takes the focus; a Weft that is gone is asked again for it. */
function useArrival(notes: {arriving: boolean}): void {
  const path = useRouterState({select: (state) => state.location.pathname});
  const before = useRef(path);
  if (before.current !== path) {
    before.current = path;
    notes.arriving = true;
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: at each step
  useEffect(connection.tryNow, [path]);
}

/** Fetches the dialogs while nothing else is to do: they open at once, and open while Weft is gone. */
function useFetchedAhead(): void {
  useEffect(() => {
    const fetchAll = (): void => {
      if (connection.state().kind === 'gone') return;
      for (const part of [Palette, KeyboardHelp]) void part.preload();
    };
    const timer = setTimeout(fetchAll, FETCH_AHEAD_AFTER);
    return () => clearTimeout(timer);
  }, []);
}
