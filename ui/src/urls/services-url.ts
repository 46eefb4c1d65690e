/** What the page of services shows beside the context that every page has. */
import {type RawQuery, type Reader, readerOf} from './query-string.ts';

export const serviceColumns = ['name', 'rate', 'errors', 'p50', 'p95', 'p99', 'requests'] as const;
export type ServiceColumn = (typeof serviceColumns)[number];

export interface ServicesUrl {
  readonly sort?: ServiceColumn | undefined;
  /** Ascending; otherwise descending. */
  readonly up?: true | undefined;
  /** Columns on show, joined by commas, where others are than at first. */
  readonly columns?: string | undefined;
  /** Words that the services on show contain. */
  readonly find?: string | undefined;
  /** Services whose operations are on show. */
  readonly open?: readonly string[] | undefined;
}

export function readServicesUrl(query: RawQuery | Reader): ServicesUrl {
  const from = readerOf(query);
  const all: ServicesUrl = {
    sort: from.oneOf('sort', serviceColumns),
    up: from.flag('up'),
    columns: from.words('columns', serviceColumns),
    find: from.text('find'),
    open: from.list('open', (one) => [one]),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
