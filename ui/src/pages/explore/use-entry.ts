import {useRouterState} from '@tanstack/react-router';
import {useState} from 'react';
import {readContext, readExploreUrl} from '../../urls/index.ts';

/**
 * The entry of the browser's history that is on show, by a key that is the same when a reader comes back to it. While another
 * page or another search is still being fetched it is that of the one on show: `search` is what the page was given.
 */
export function useEntry(search: object): string {
  const here = JSON.stringify(said(search));
  const arrived = useRouterState({
    select: ({location: {pathname, search: next, state}}) =>
      pathname === '/' && JSON.stringify(said(next)) === here ? (state.__TSR_key ?? 'first') : undefined,
  });
  const [entry, setEntry] = useState(arrived ?? 'first');
  if (arrived !== undefined && arrived !== entry) setEntry(arrived);
  return arrived ?? entry;
}

const said = (search: object): object => ({...readContext({...search}), ...readExploreUrl({...search})});
