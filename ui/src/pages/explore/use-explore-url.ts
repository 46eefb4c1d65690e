import {getRouteApi} from '@tanstack/react-router';
import {useMemo} from 'react';
import {useOwnAddress} from '../../frame/index.ts';
import {
  type ExploreUrl,
  type PageContext,
  type Question,
  questionOf,
  readContext,
  readExploreUrl,
  writeQuestion,
} from '../../urls/index.ts';

const route = getRouteApi('/');

/** All that the address says of the page. */
export interface Asked {
  readonly context: PageContext;
  readonly question: Question;
  readonly url: ExploreUrl;
}

export type ChangeAsked = (change: Partial<PageContext & ExploreUrl>, history?: 'keep' | 'replace') => void;

/** The page's address and the one way to change it. Each narrowing of the search goes into the browser's history. */
export function useExploreUrl(): readonly [Asked, ChangeAsked] {
  const search = route.useSearch();
  const change: ChangeAsked = useOwnAddress<PageContext & ExploreUrl>();
  const asked = useMemo(() => {
    const url = readExploreUrl({...search});
    return {context: readContext({...search}), question: questionOf(url), url};
  }, [search]);
  return [asked, change];
}

/** The part of an address that says a question, with what goes with it. */
export const asksFor = (
  question: Question,
  also: Partial<PageContext & ExploreUrl> = {},
): Partial<PageContext & ExploreUrl> => ({where: writeQuestion(question), ...also});
