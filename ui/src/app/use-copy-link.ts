import {useRouter} from '@tanstack/react-router';
import {useFrameNotes, useSay} from '../frame/index.ts';
import {useText} from '../i18n/index.ts';
import {freeze, readContext, writeQuery} from '../urls/index.ts';
import {copyText} from '../widgets/index.ts';

/**
 * Copies the address of what is on show. `fixed`: a relative time becomes the one on show, so that whoever opens the link sees the
 * same; `live`: as it is, to be of the time when it is opened.
 */
export function useCopyLink(): (kind: 'fixed' | 'live') => Promise<void> {
  const router = useRouter();
  const notes = useFrameNotes();
  const say = useSay();
  const text = useText().context;
  const address = (kind: 'fixed' | 'live'): string => {
    const {pathname, hash} = router.state.location;
    // As it was understood.
    const search = {...(router.state.matches.at(-1)?.search as object), unread: undefined};
    const shown =
      kind === 'live'
        ? search
        : {
            ...search,
            ...freeze(readContext(search as object as Record<string, unknown>), notes.shownAt() ?? Date.now()),
          };
    return `${location.origin}${pathname}${writeQuery(shown)}${hash === '' ? '' : `#${hash}`}`;
  };
  return async (kind) => {
    // A key pressed just before may have led elsewhere: that is what the reader sees by the time the link is used.
    const arrived = router.latestLocation.href === router.state.resolvedLocation?.href;
    await copyText(arrived ? address(kind) : settled(router).then(() => address(kind)));
    say(kind === 'live' ? text.copiedLive : text.copiedFixed);
  };
}

/** Milliseconds after which a step that does not come to its end is not waited for. */
const LONGEST_STEP = 1_000;

/** Once the step that is being taken has led somewhere, and that is drawn. */
async function settled(router: ReturnType<typeof useRouter>): Promise<void> {
  const {promise, resolve} = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, LONGEST_STEP);
  const stop = router.subscribe('onResolved', () => resolve());
  await promise;
  clearTimeout(timer);
  stop();
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
}
