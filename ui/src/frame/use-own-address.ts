import {useMatch, useRouter} from '@tanstack/react-router';
import {useCallback} from 'react';

/**
 * The one way for a page to change its own part of the address. A page stays on show while the code of the next one comes, and a late
 * change of it (a zoom written at its end, a field left, a key) must not lead back to it, nor into the address of the next: it is dropped.
 */
export function useOwnAddress<Url extends object>(): (change: Partial<Url>, history?: 'keep' | 'replace') => void {
  const router = useRouter();
  // A match is one page of one path.
  const own = useMatch({strict: false, select: ({id}) => id});
  return useCallback(
    (patch: Partial<Url>, history: 'keep' | 'replace' = 'keep') => {
      // Known as soon as the reader sets out; what is on show follows later.
      const goingTo = router.matchRoutes(router.latestLocation);
      if (!goingTo.some(({id}) => id === own)) return;
      void router.navigate({
        to: '.',
        search: (before: object) => ({...before, ...patch}),
        replace: history === 'replace',
      } as never);
    },
    [router, own],
  );
}
