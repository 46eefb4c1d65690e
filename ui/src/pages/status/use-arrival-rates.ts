import {useState} from 'react';
import type {StatusResponse} from '../../api/index.ts';

type Counts = Pick<StatusResponse['store'], 'spans' | 'logs' | 'metricPoints'>;

/** How many of each arrive a second, between the last two answers; undefined before the second. `at` is in milliseconds. */
export function useArrivalRates(store: Counts, at: number): Counts | undefined {
  const [last, setLast] = useState<{at: number; counts: Counts; rates: Counts | undefined}>({
    at,
    counts: store,
    rates: undefined,
  });
  if (at === last.at) return last.rates;
  const rates = arrivalRates(last.counts, store, (at - last.at) / 1000);
  setLast({at, counts: store, rates});
  return rates;
}

/** Retention may remove more than arrives: that is no negative arrival. */
export function arrivalRates(before: Counts, now: Counts, seconds: number): Counts {
  const rate = (key: keyof Counts): number => Math.max(0, (now[key] - before[key]) / seconds);
  return {spans: rate('spans'), logs: rate('logs'), metricPoints: rate('metricPoints')};
}
