import {useCallback} from 'react';
import {useFormat} from '../../i18n/index.ts';
import type {FigureName} from './compare-services.ts';

/** Nanoseconds in a millisecond, in which the API tells percentiles. */
export const MILLI = 1e6;

/** A figure of a service in the reader's language. */
export function useFigureText(): (figure: FigureName, value: number) => string {
  const format = useFormat();
  return useCallback(
    (figure, value) => {
      if (figure === 'rate') return format.rate(value);
      return figure === 'errors' ? format.percent(value) : format.duration(value * MILLI);
    },
    [format],
  );
}
