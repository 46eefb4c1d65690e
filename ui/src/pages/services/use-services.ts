import {type UseQueryResult, useQuery} from '@tanstack/react-query';
import {queries, type ServicesRedResponse} from '../../api/index.ts';
import {type PageContext, rangeInNanos} from '../../urls/index.ts';
import {comparedTime} from './compared-time.ts';

export interface Services {
  readonly now: UseQueryResult<ServicesRedResponse>;
  /** What it is compared with. Its data is of what the context compares with now, or undefined. */
  readonly other: UseQueryResult<ServicesRedResponse>;
}

/** The figures of the context's time, and those of the other time or version that they are compared with. */
export function useServices(context: PageContext): Services {
  const {last, start, end, compare} = context;
  const range = {last, start, end};
  const now = useQuery({
    ...queries.servicesRed(range, () => rangeInNanos(range, Date.now())),
    refetchInterval: start === undefined ? 15_000 : false,
  });
  const time = now.data === undefined || compare === undefined ? undefined : comparedTime(now.data, compare);
  const other = useQuery({
    ...queries.servicesRed({compare, ...time}, () => ({...time})),
    enabled: time !== undefined,
    staleTime: 60_000,
    // Another minute of the same comparison may stand in for it; another comparison may not.
    placeholderData: (before, query) => {
      const key = query?.queryKey[1] as {readonly compare?: unknown} | undefined;
      return key?.compare === compare ? before : undefined;
    },
  });
  return {now, other};
}
