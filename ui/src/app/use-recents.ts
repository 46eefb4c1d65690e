import {useRouterState} from '@tanstack/react-router';
import {useEffect} from 'react';
import {createRecents} from '../frame/index.ts';
import {questionOf, readContext, readExploreUrl, readWhere, writeTerm} from '../urls/index.ts';

export const recents = createRecents(() => localStorage);

/** Notes searches with conditions, and traces by the title that they had, as the reader leaves them. */
export function useNotedRecents(): void {
  const location = useRouterState({select: (state) => state.resolvedLocation ?? state.location});
  const {pathname, href} = location;
  useEffect(() => {
    if (pathname === '/') {
      const name = nameOfSearch(location.search as Record<string, unknown>);
      if (name !== '') recents.add({href, name, kind: 'search'});
      return;
    }
    const traceId = /^\/trace\/([0-9a-f]{32})$/i.exec(pathname)?.[1];
    if (traceId === undefined) return;
    return () => {
      // The title is still that of the trace: the next page has not said its own.
      const title = document.title.replace(/ · Weft$/, '');
      recents.add({
        href: `/trace/${traceId}`,
        name: `${title === '' ? traceId : title} · ${traceId.slice(0, 8)}`,
        kind: 'trace',
      });
    };
  }, [pathname, href, location.search]);
}

function nameOfSearch(search: Record<string, unknown>): string {
  const {q} = readExploreUrl(search);
  if (q !== undefined) return q;
  const {service, environment} = readContext(search);
  return [service, environment, ...questionOf(readWhere(search)).map(writeTerm)].filter(Boolean).join(' · ');
}
