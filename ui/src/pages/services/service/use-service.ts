/** What the page of a service asks: each part by itself, all of one time beside another. */
import {type UseQueryResult, useQuery} from '@tanstack/react-query';
import {type Parameters, queries, type ServiceParts} from '../../../api/index.ts';
import {usePageContext} from '../../../frame/index.ts';
import {type PageContext, rangeInNanos} from '../../../urls/index.ts';
import {comparedTime} from '../compared-time.ts';

/** Points of a curve: a minute each in an hour. */
export const points = 60;

export interface ServiceAsked {
  readonly service: string;
  readonly context: PageContext;
}

/** The time, and the one before where no other is chosen: what changed is the first question. A version is compared in the same time. */
function timesOf(context: PageContext): Parameters {
  const {start, end} = rangeInNanos(context, Date.now());
  const compare = context.compare ?? 'before';
  if (compare.startsWith('version:')) return {start, end};
  const other = comparedTime({start: wholeMinute(start), end}, compare);
  return {start, end, baselineStart: other.start, baselineEnd: other.end};
}

const MINUTE = 60_000_000_000n;
const wholeMinute = (nanos: string): string => String(BigInt(nanos) - (BigInt(nanos) % MINUTE));

/** `more`: parameters that make it another question. `baseline`: whether the part knows of one. */
export function useServicePart<P extends keyof ServiceParts>(
  part: P,
  service: string,
  {more = {}, baseline = true, enabled = true}: {more?: Parameters; baseline?: boolean; enabled?: boolean} = {},
): UseQueryResult<ServiceParts[P]> {
  const [context] = usePageContext();
  const {last, start, end, compare, environment} = context;
  const of = JSON.stringify([service, environment, more]);
  // The service graph knows no environments.
  const scope = part === 'service-graph' ? {service} : {service, environment};
  return useQuery({
    ...queries.servicePart(part, of, {last, start, end, ...(baseline ? {compare} : {})}, () => {
      const {baselineStart, baselineEnd, ...time} = timesOf(context);
      return {...scope, ...time, ...(baseline ? {baselineStart, baselineEnd} : {}), ...more};
    }),
    enabled,
    refetchInterval: start === undefined ? 30_000 : false,
  });
}
