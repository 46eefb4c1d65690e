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
  return async (kind) => {
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
    await copyText(`${location.origin}${pathname}${writeQuery(shown)}${hash === '' ? '' : `#${hash}`}`);
    say(kind === 'live' ? text.copiedLive : text.copiedFixed);
  };
}
