import {keepPreviousData, type UseQueryResult, useQueries, useQuery} from '@tanstack/react-query';
import {type OperationsRedResponse, type Parameters, queries, type ServicesRedResponse} from '../../api/index.ts';
import {type PageContext, rangeInNanos} from '../../urls/index.ts';
import {comparedTime} from './compared-time.ts';

/** Points of a service's line over time. */
const POINTS = 40;

export interface Services {
  readonly now: UseQueryResult<ServicesRedResponse>;
  /** What it is compared with. Its data is of what the context compares with now, or undefined. */
  readonly other: UseQueryResult<ServicesRedResponse>;
  /** By service, those of the services that are open. */
  readonly operations: ReadonlyMap<string, Operations>;
}
export interface Operations {
  readonly now: UseQueryResult<OperationsRedResponse>;
  /** Undefined where nothing is compared. */
  readonly other: UseQueryResult<OperationsRedResponse> | undefined;
}

/** The figures of the context's time, and those of the other time or version that they are compared with. */
export function useServices(context: PageContext, open: readonly string[]): Services {
  const {last, start, end, compare, environment, service} = context;
  const range = {last, start, end};
  const asked = {environment, service};
  const refetchInterval = start === undefined ? (15_000 as const) : (false as const);
  const present = (): Parameters => ({...rangeInNanos(range, Date.now())});
  const now = useQuery({
    ...queries.servicesRed({...range, ...asked}, () => ({...present(), ...asked, points: POINTS})),
    refetchInterval,
  });
  const time = now.data === undefined || compare === undefined ? undefined : comparedTime(now.data, compare);
  // Another minute of the same comparison may stand in for it; another comparison may not.
  const sameComparison = <T>(before: T | undefined, query: {readonly queryKey: readonly unknown[]} | undefined) => {
    const key = query?.queryKey[1] as {readonly compare?: unknown} | undefined;
    return key?.compare === compare ? before : undefined;
  };
  const other = useQuery({
    ...queries.servicesRed({compare, ...asked, ...time}, () => ({...asked, ...time})),
    enabled: time !== undefined,
    staleTime: 60_000,
    placeholderData: sameComparison,
  });
  const presents = useQueries({
    queries: open.map((one) => ({
      ...queries.operationsRed({...range, environment, service: one}, () => ({
        ...present(),
        environment,
        service: one,
      })),
      refetchInterval,
      placeholderData: keepPreviousData<OperationsRedResponse>,
    })),
  });
  const others = useQueries({
    queries: open.map((one) => ({
      ...queries.operationsRed({compare, environment, service: one, ...time}, () => ({
        environment,
        service: one,
        ...time,
      })),
      enabled: time !== undefined,
      staleTime: 60_000,
      placeholderData: sameComparison<OperationsRedResponse>,
    })),
  });
  const operations = new Map(
    open.map((one, index): [string, Operations] => [
      one,
      {now: presents[index]!, other: time === undefined ? undefined : others[index]},
    ]),
  );
  return {now, other, operations};
}
