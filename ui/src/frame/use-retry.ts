import {useEffect, useEffectEvent, useState} from 'react';
import {connection, failureOf} from '../api/index.ts';
import type {Answer} from './answer.ts';
import {useConnection} from './use-connection.ts';

/** Seconds before a question is asked again by itself, by how often it has failed. */
const waits = [2, 4, 8, 15];

/**
 * Asks again by itself where time may mend the failure: the store does not answer at the moment, or the request got lost. While Weft
 * is gone altogether, the connection waits and everything is asked when it is back. Returns when the next attempt is due.
 */
export function useRetry(answer: Answer<unknown>): {readonly nextAt: number | undefined; readonly retry: () => void} {
  const state = useConnection();
  const {error, failureCount, errorUpdatedAt, isFetching, refetch} = answer;
  const failure = error === null ? undefined : failureOf(error);
  const passing =
    failure !== undefined &&
    !isFetching &&
    state.kind === 'answering' &&
    (failure.kind === 'unreachable' || (failure.kind === 'refused' && failure.code === 'unavailable'));
  const [failed, setFailed] = useState({at: 0, times: 0});
  if (error === null && failed.times > 0) setFailed({at: 0, times: 0});
  else if (error !== null && failed.at !== errorUpdatedAt) setFailed({at: errorUpdatedAt, times: failed.times + 1});
  const wait = waits[Math.min(Math.max(1, failed.times), waits.length) - 1]! * 1_000;

  const again = useEffectEvent(() => void refetch());
  // biome-ignore lint/correctness/useExhaustiveDependencies: each failure waits by itself
  useEffect(() => {
    if (!passing) return;
    const timer = setTimeout(again, wait);
    return () => clearTimeout(timer);
  }, [passing, wait, errorUpdatedAt, failureCount]);

  return {
    nextAt: state.kind === 'gone' ? state.nextAt : passing ? errorUpdatedAt + wait : undefined,
    retry: () => (connection.state().kind === 'gone' ? connection.tryNow() : void refetch()),
  };
}
