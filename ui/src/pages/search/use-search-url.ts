import {getRouteApi, useNavigate} from '@tanstack/react-router';
import type {SearchUrl} from '../../urls/index.ts';

const route = getRouteApi('/');

/** The search page's address and the one way to change it. Each narrowing of the search goes into the browser's history. */
export function useSearchUrl(): readonly [
  SearchUrl,
  (change: Partial<SearchUrl>, history?: 'keep' | 'replace') => void,
] {
  const url = route.useSearch();
  const navigate = useNavigate({from: '/'});
  const change = (patch: Partial<SearchUrl>, history: 'keep' | 'replace' = 'keep'): void =>
    void navigate({to: '/', search: (before) => ({...before, ...patch}), replace: history === 'replace'});
  return [url, change];
}
