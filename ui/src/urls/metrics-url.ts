/** What the page of metrics shows, as it stands in the address bar. */
import {type RawQuery, type Reader, readerOf} from './query-string.ts';

export interface MetricsUrl {
  /** The query that is answered. */
  readonly promql?: string | undefined;
}

export function readMetricsUrl(query: RawQuery | Reader): MetricsUrl {
  const promql = readerOf(query).text('promql');
  return promql === undefined ? {} : {promql};
}
