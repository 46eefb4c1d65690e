import {useNavigate, useSearch} from '@tanstack/react-router';
import {useCallback, useMemo} from 'react';
import {type PageContext, readContext} from '../urls/index.ts';

/** The context of whatever page is on show, and the one way to change it. A change is a step in the browser's history. */
export function usePageContext(): readonly [
  PageContext,
  (change: Partial<PageContext>, history?: 'keep' | 'replace') => void,
] {
  const search = useSearch({strict: false});
  const navigate = useNavigate();
  const context = useMemo(() => readContext(search), [search]);
  const change = useCallback(
    (patch: Partial<PageContext>, history: 'keep' | 'replace' = 'keep') =>
      void navigate({
        to: '.',
        search: (before: object) => ({...before, ...patch}),
        replace: history === 'replace',
      } as never),
    [navigate],
  );
  return [context, change];
}
