import {useFormat} from '../../i18n/index.ts';

/** `1.23K/s`, `4.5/s`: as short as an edge needs. */
export function useRateText(): (perSecond: number) => string {
  const format = useFormat();
  return (perSecond) => {
    if (perSecond === 0) return '0/s';
    return perSecond >= 10 ? `${format.compact(perSecond)}/s` : format.rate(perSecond);
  };
}
