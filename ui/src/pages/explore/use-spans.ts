import {useQuery} from '@tanstack/react-query';
import {queries} from '../../api/index.ts';
import {groupParameters, isAskable, type SpanOrder, spanParameters} from '../../urls/index.ts';
import type {Asked} from './use-explore-url.ts';

const LIVE_INTERVAL = 3_000;
/** Groups are counted over everything that fits. */
const LIVE_GROUPS_INTERVAL = 10_000;

/** The order of a list of spans. */
export const spanOrder = ({url: {sort}}: Asked): SpanOrder => (sort === 'longest' ? sort : 'newest');

/**
 * The first spans that fit, kept with the entry of the history. While `hold` is true, nothing comes by itself: a reader is in the
 * middle of them.
 */
export function useSpans(asked: Asked, entry: string, hold: boolean) {
  const {context, question, url} = asked;
  const {live, ...scope} = context;
  const order = spanOrder(asked);
  return useQuery({
    ...queries.spans([entry, JSON.stringify([scope, question, url.limit, order, url.column])], () =>
      spanParameters(context, question, {limit: url.limit, order, columns: url.column}, Date.now()),
    ),
    enabled: isAskable(question),
    refetchInterval: live && !hold ? LIVE_INTERVAL : false,
  });
}

export function useSpanGroups({context, question, url}: Asked, by: string, entry: string, hold: boolean) {
  const {live, ...scope} = context;
  return useQuery({
    ...queries.spanGroups([entry, JSON.stringify([scope, question, by, url.order, url.limit])], () =>
      groupParameters(context, question, {by, order: url.order, limit: url.limit}, Date.now()),
    ),
    enabled: isAskable(question),
    refetchInterval: live && !hold ? LIVE_GROUPS_INTERVAL : false,
  });
}
