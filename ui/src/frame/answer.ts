import type {UseQueryResult} from '@tanstack/react-query';

/** As much of a query's result as a view needs. */
export type Answer<T> = Pick<
  UseQueryResult<T, Error>,
  | 'data'
  | 'error'
  | 'isFetching'
  | 'isPlaceholderData'
  | 'dataUpdatedAt'
  | 'errorUpdatedAt'
  | 'failureCount'
  | 'refetch'
>;

/**
 * A view's content: nothing yet; an answer to the question asked; an answer that is older than it should be, because another
 * question is being asked (`another`) or the last attempt failed (`failed`); no answer at all; or nothing that could be asked.
 */
export type Content<T> =
  | {readonly kind: 'pending'}
  | {readonly kind: 'unasked'}
  | {readonly kind: 'failed'; readonly error: Error}
  | {readonly kind: 'shown'; readonly data: T; readonly old?: 'another' | 'failed'};

/** `gone`: Weft does not answer, so that no answer is of now. */
export function contentOf<T>(
  {data, error, isPlaceholderData}: Answer<T>,
  gone: boolean,
): Exclude<Content<T>, {kind: 'unasked'}> {
  if (data === undefined) return error === null ? {kind: 'pending'} : {kind: 'failed', error};
  if (error !== null || gone) return {kind: 'shown', data, old: 'failed'};
  return {kind: 'shown', data, ...(isPlaceholderData ? {old: 'another'} : {})};
}
