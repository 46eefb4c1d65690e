import {useCallback} from 'react';
import {useFormat} from '../../i18n/index.ts';
import {boundOf, type FigureName, type Figures} from './compare-services.ts';

/** Nanoseconds in a millisecond, in which the API tells percentiles. */
export const MILLI = 1e6;
const HOUR = 3600e9;

/** A bound of an hour and some minutes as it is told: in whole hours, which are true of it and have room in a narrow column. */
export const leastNanos = (millis: number): number => Math.floor((millis * MILLI) / HOUR) * HOUR;

/** A figure of a service in the reader's language; of one that is a bound, with its sign. */
export function useFigureText(): (figure: FigureName, figures: Figures) => string {
  const format = useFormat();
  return useCallback(
    (figure, figures) => {
      const value = figures[figure];
      if (figure === 'rate') return format.rate(value);
      if (figure === 'errors') return format.percent(value);
      const bound = boundOf(figures, figure);
      if (bound === undefined) return format.duration(value * MILLI);
      return bound === 'most' ? `≤ ${format.duration(value * MILLI)}` : `≥ ${format.duration(leastNanos(value))}`;
    },
    [format],
  );
}
